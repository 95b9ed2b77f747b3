/* Tenants, users, tokens. See people.h. */
#include "flow/people.h"

#include "base/b64.h"
#include "flow/lead.h"
#include "flow/scheduler.h"
#include "flow/zones.h"
#include "store/query.h"

static const struct tenant_id install_id = {
    {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}};

struct install {
    const struct flow *f;
    struct key *key;
};

static int put_hex(struct db *db, const char *name, const void *p, size_t n, struct err *e) {
    BUF_AUTO hex;
    buf_init(&hex, 1024);
    buf_hex(&hex, p, n);
    return q_meta_put(db, &(struct q_meta_put_in){.name = str_of(name), .value = buf_str(&hex)}, NULL, e);
}

static int get_hex(struct db *db, const char *name, uint8_t *out, size_t n, struct err *e) {
    ARENA_AUTO a;
    arena_init(&a, 16 * 1024);
    struct q_meta_get_out row;
    int got = q_meta_get(db, &(struct q_meta_get_in){.name = str_of(name)}, &a, &row, e);
    if (got <= 0) return got;
    if (row.value.n != 2 * n) return err_set(e, ERR_INTERNAL, name, "is damaged");
    for (size_t i = 0; i < n; i++) {
        char pair[3] = {row.value.p[2 * i], row.value.p[2 * i + 1], 0}, *end;
        out[i] = (uint8_t)strtoul(pair, &end, 16);
        if (*end) return err_set(e, ERR_INTERNAL, name, "is damaged");
    }
    return 1;
}

/* The mark says under which master key version this database was sealed: a mark of a key we do not hold means
 * the wrong key file. */
static int check_mark(const struct flow *f, struct db *db, struct err *e) {
    uint8_t stored[20], mine[16];
    int got = get_hex(db, "master_mark", stored, sizeof stored, e);
    if (got <= 0) return got;
    uint32_t version =
        (uint32_t)stored[0] << 24 | (uint32_t)stored[1] << 16 | (uint32_t)stored[2] << 8 | stored[3];
    if (keyring_mark(f->keys, version, mine, NULL) || memcmp(mine, stored + 4, 16) != 0)
        return err_set(e, ERR_CONFLICT, "master key",
                       "this database was sealed with another master key (version %u)", version);
    return 1;
}

static int put_mark(const struct flow *f, struct db *db, struct err *e) {
    uint32_t v = keyring_current(f->keys);
    uint8_t mark[20] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
    if (keyring_mark(f->keys, v, mark + 4, e)) return -1;
    return put_hex(db, "master_mark", mark, sizeof mark, e);
}

static int install_work(struct db *db, void *ctx, struct err *e) {
    struct install *in = ctx;
    uint8_t wrapped[WRAPPED_BYTES];
    if (check_mark(in->f, db, e) < 0) return -1;
    int got = get_hex(db, "install_key", wrapped, sizeof wrapped, e);
    if (got < 0) return -1;
    if (got > 0)
        return tenant_key_open(in->f->keys, install_id, (struct str){(const char *)wrapped, sizeof wrapped},
                               in->key, e);
    if (tenant_key_make(in->f->keys, install_id, &in->f->chance, in->key, wrapped, e)) return -1;
    return put_hex(db, "install_key", wrapped, sizeof wrapped, e) || put_mark(in->f, db, e) ? -1 : 0;
}

int install_open(const struct flow *f, struct key *out, struct err *e) {
    struct install in = {f, out};
    return store_write(f->store, install_work, &in, e);
}

static int need(struct str s, size_t most, const char *where, struct err *e) {
    if (str_trim(s).n == 0) return err_set(e, ERR_INVALID, where, "is required");
    if (s.n > most) return err_set(e, ERR_INVALID, where, "has more than %zu bytes", most);
    return 0;
}

static int check_zone(const struct flow *f, struct str zone, struct err *e) {
    const struct zone *z;
    if (need(zone, 64, "zone", e)) return -1;
    if (zones_get(f->zones, zone, &z, NULL))
        return err_set(e, ERR_INVALID, "zone", "is no time zone of the IANA list, like America/New_York");
    return 0;
}

struct tenant_work {
    const struct flow *f;
    const struct new_tenant *in;
    struct made_tenant *out;
};

static int tenant_work(struct db *db, void *ctx, struct err *e) {
    struct tenant_work *w = ctx;
    const struct flow *f = w->f;
    int64_t now_us = clock_now(&f->clock);
    struct key key;
    uint8_t wrapped[WRAPPED_BYTES], hash[32];
    w->out->id = (struct tenant_id){chance_id(&f->chance, now_us)};
    if (tenant_key_make(f->keys, w->out->id, &f->chance, &key, wrapped, e)) return -1;
    key_wipe(&key);
    sha256(str_of(w->out->form_secret), hash);
    struct q_tenant_add_in row = {.tenant = w->out->id,
                                  .name = w->in->name,
                                  .location = w->in->location,
                                  .zone = w->in->zone,
                                  .key_wrapped = {(const char *)wrapped, sizeof wrapped},
                                  .site_key = str_of(w->out->site_key),
                                  .form_secret_hash = {(const char *)hash, sizeof hash},
                                  .now = now_us};
    struct err why = {0};
    if (q_tenant_add(db, &row, NULL, &why) == 0) return 0;
    if (why.kind == ERR_CONFLICT)
        return err_set(e, ERR_CONFLICT, "location", "a tenant with this location exists");
    if (e) *e = why;
    return -1;
}

int tenant_create(const struct flow *f, const struct new_tenant *in, struct made_tenant *out, struct err *e) {
    if (need(in->name, 200, "name", e) || need(in->location, 100, "location", e) ||
        check_zone(f, in->zone, e))
        return -1;
    struct made_tenant made = {0};
    uint8_t secret[32];
    BUF_AUTO text;
    buf_init(&text, 256);
    chance_fill(&f->chance, secret, sizeof secret);
    buf_hex(&text, secret, 16);
    memcpy(made.site_key, text.p, 32);
    buf_clear(&text);
    chance_fill(&f->chance, secret, sizeof secret);
    b64url_add(&text, secret, sizeof secret);
    str_to_z(buf_str(&text), made.form_secret, sizeof made.form_secret);
    struct tenant_work w = {f, in, &made};
    if (store_write(f->store, tenant_work, &w, e)) return -1;
    *out = made;
    return 0;
}

struct user_work {
    const struct flow *f;
    const struct new_user *in;
    const struct key *install;
    struct str password; /* encoded, or absent */
    struct id id;
};

static int seal_of(const struct flow *f, const struct tenant *t, const char *column, struct id row,
                   struct str plain, struct buf *out, struct err *e) {
    buf_init(out, 4096);
    return tenant_seal(f, t, column, row, plain, out, e);
}

static int add_agent(struct user_work *w, struct db *db, const struct tenant *t, int64_t now_us,
                     struct err *e) {
    BUF_AUTO name;
    if (seal_of(w->f, t, "agents.name", w->id, w->in->name, &name, e)) return -1;
    struct q_agent_add_in row = {.tenant = t->id,
                                 .id = w->id,
                                 .name = buf_str(&name),
                                 .zone = w->in->zone.n ? w->in->zone : t->zone,
                                 .language = w->in->language.n ? w->in->language : STR("en"),
                                 .ghl_user = w->in->ghl_user.n ? w->in->ghl_user : STR_NONE,
                                 .now = now_us};
    struct err why = {0};
    if (q_agent_add(db, &row, NULL, &why) == 0) return 0;
    if (why.kind == ERR_CONFLICT)
        return err_set(e, ERR_CONFLICT, "ghl-user", "another agent has this CRM user id");
    if (e) *e = why;
    return -1;
}

static int add_user(struct user_work *w, struct db *db, const struct tenant *t, struct str email,
                    int64_t now_us, struct err *e) {
    BUF_AUTO sealed;
    uint8_t hash[32];
    if (seal_of(w->f, t, "users.email", w->id, email, &sealed, e)) return -1;
    blind_index(w->install, "users.email", email, hash);
    struct q_user_add_in row = {.tenant = t->id,
                                .id = w->id,
                                .role = str_of(role_name(w->in->role)),
                                .email = buf_str(&sealed),
                                .email_hash = {(const char *)hash, sizeof hash},
                                .password = w->password,
                                .now = now_us};
    struct err why = {0};
    if (q_user_add(db, &row, NULL, &why) == 0) return 0;
    if (why.kind == ERR_CONFLICT) return err_set(e, ERR_CONFLICT, "email", "a user with this address exists");
    if (e) *e = why;
    return -1;
}

static int user_work(struct db *db, void *ctx, struct err *e) {
    struct user_work *w = ctx;
    int64_t now_us = clock_now(&w->f->clock);
    const struct tenant *t;
    ARENA_AUTO a;
    arena_init(&a, 4096);
    struct str email;
    if (tenant_by_id(w->f, db, w->in->tenant, &t, e)) return -1;
    if (!normal_email(w->in->email, &a, &email))
        return err_set(e, ERR_INVALID, "email", "is not an e-mail address");
    w->id = chance_id(&w->f->chance, now_us);
    if (add_agent(w, db, t, now_us, e) || add_user(w, db, t, email, now_us, e)) return -1;
    return scheduler_plan_agent(w->f, db, t, w->id, now_us, e);
}

static int check_user(const struct flow *f, const struct new_user *in, struct err *e) {
    if (need(in->name, 200, "name", e) || need(in->email, 254, "email", e)) return -1;
    if (in->zone.n && check_zone(f, in->zone, e)) return -1;
    if (in->language.n && !str_is(in->language, "en") && !str_is(in->language, "es"))
        return err_set(e, ERR_INVALID, "language", "must be en or es");
    if (in->role != ROLE_AGENT && in->role != ROLE_LEAD && in->role != ROLE_ADMIN)
        return err_set(e, ERR_INVALID, "role", "must be agent, team_lead or admin");
    if (in->password.n && (in->password.n < 10 || in->password.n > 200))
        return err_set(e, ERR_INVALID, "password", "must have 10 to 200 bytes");
    return 0;
}

int user_create(const struct flow *f, const struct new_user *in, struct id *out_id, struct err *e) {
    if (check_user(f, in, e)) return -1;
    struct key install;
    BUF_AUTO password;
    buf_init(&password, 512);
    if (install_open(f, &install, e)) return -1;
    if (in->password.n && password_hash(in->password, &f->chance, &password, e)) return -1;
    struct user_work w = {
        .f = f, .in = in, .install = &install, .password = in->password.n ? buf_str(&password) : STR_NONE};
    int rc = store_write(f->store, user_work, &w, e);
    key_wipe(&install);
    if (rc == 0) *out_id = w.id;
    return rc;
}

struct password_work {
    struct tenant_id tenant;
    struct id user;
    struct str encoded;
};

static int password_work(struct db *db, void *ctx, struct err *e) {
    struct password_work *w = ctx;
    int64_t changed;
    if (q_user_set_password(
            db, &(struct q_user_set_password_in){.tenant = w->tenant, .id = w->user, .password = w->encoded},
            &changed, e))
        return -1;
    return changed ? 0 : err_set(e, ERR_NOT_FOUND, "user", "no such user");
}

int user_set_password(const struct flow *f, struct tenant_id t, struct id user, struct str password,
                      struct err *e) {
    if (password.n < 10 || password.n > 200)
        return err_set(e, ERR_INVALID, "password", "must have 10 to 200 bytes");
    BUF_AUTO encoded;
    buf_init(&encoded, 512);
    if (password_hash(password, &f->chance, &encoded, e)) return -1;
    struct password_work w = {t, user, buf_str(&encoded)};
    return store_write(f->store, password_work, &w, e);
}

struct token_work {
    const struct flow *f;
    const char *kind;
    const struct claims *claims;
};

static int token_work(struct db *db, void *ctx, struct err *e) {
    struct token_work *w = ctx;
    const struct claims *c = w->claims;
    const struct tenant *t;
    if (tenant_by_id(w->f, db, c->tenant, &t, e))
        return err_set(e, ERR_NOT_FOUND, "tenant", "no such tenant");
    if (id_given(c->user)) {
        ARENA_AUTO a;
        arena_init(&a, 16 * 1024);
        struct q_user_get_out user;
        int got = q_user_get(db, &(struct q_user_get_in){.tenant = c->tenant, .id = c->user}, &a, &user, e);
        if (got < 0) return -1;
        if (got == 0 || !user.active) return err_set(e, ERR_NOT_FOUND, "user", "no such user");
    }
    struct q_token_add_in row = {.tenant = c->tenant,
                                 .id = c->token,
                                 .user_id = c->user,
                                 .role = str_of(role_name(c->role)),
                                 .kind = str_of(w->kind),
                                 .now = c->issued_s * US_SECOND,
                                 .expires_at = c->expires_s * US_SECOND};
    return q_token_add(db, &row, NULL, e);
}

int token_create(const struct flow *f, struct str jwt_secret, struct tenant_id t, enum role role,
                 struct id user, const char *kind, int64_t lifetime_s, struct buf *out_jwt,
                 struct claims *out_claims, struct err *e) {
    if (role == ROLE_NONE)
        return err_set(e, ERR_INVALID, "role", "must be agent, team_lead, admin or service");
    if (role == ROLE_AGENT && !id_given(user))
        return err_set(e, ERR_INVALID, "user", "is required: an agent's token sees that agent's data");
    int64_t now_us = clock_now(&f->clock);
    struct claims c = {.tenant = t,
                       .user = user,
                       .token = chance_id(&f->chance, now_us),
                       .role = role,
                       .issued_s = now_us / US_SECOND,
                       .expires_s = lifetime_s ? now_us / US_SECOND + lifetime_s : 0};
    struct token_work w = {f, kind, &c};
    if (store_write(f->store, token_work, &w, e) || jwt_make(jwt_secret, &c, out_jwt, e)) return -1;
    if (out_claims) *out_claims = c;
    return 0;
}

struct sign_in_work {
    const struct key *install;
    struct str email;
    struct arena *a;
    struct q_user_by_email_out row;
    int got;
};

static int sign_in_work(struct db *db, void *ctx, struct err *e) {
    struct sign_in_work *w = ctx;
    uint8_t hash[32];
    blind_index(w->install, "users.email", w->email, hash);
    w->got = q_user_by_email(
        db, &(struct q_user_by_email_in){.email_hash = {(const char *)hash, sizeof hash}}, w->a, &w->row, e);
    return w->got < 0 ? -1 : 0;
}

int user_sign_in(const struct flow *f, const struct key *install, struct str email, struct str password,
                 struct signed_in *out, struct err *e) {
    ARENA_AUTO a;
    arena_init(&a, 16 * 1024);
    struct sign_in_work w = {.install = install, .a = &a};
    if (!normal_email(email, &a, &w.email)) w.email = STR("nobody@invalid");
    if (store_read(f->store, sign_in_work, &w, e)) return -1;
    bool usable = w.got > 0 && w.row.active && str_given(w.row.password);
    int wrong = password_check(password, usable ? w.row.password : STR(""), NULL);
    enum role role;
    if (!usable || wrong || !role_parse(w.row.role, &role))
        return err_set(e, ERR_AUTH, "", "this address and password do not match");
    *out = (struct signed_in){w.row.tenant, w.row.id, role};
    return 0;
}

int audit_add(struct db *db, struct tenant_id t, struct id actor, const char *action, struct str object,
              struct str detail, int64_t now_us, struct err *e) {
    ARENA_AUTO a;
    arena_init(&a, 4096);
    struct q_audit_last_out last = {0};
    int got = q_audit_last(db, &(struct q_audit_last_in){.tenant = t}, &a, &last, e);
    if (got < 0) return -1;
    BUF_AUTO b;
    buf_init(&b, 64 * 1024);
    if (got > 0) buf_str_add(&b, last.hash);
    char actor_text[ID_TEXT + 1];
    id_text(actor, actor_text);
    buf_fmt(&b, "|%lld|%lld|%s|%s|", (long long)(last.seq + 1), (long long)now_us, actor_text, action);
    buf_str_add(&b, object);
    buf_c(&b, '|');
    buf_str_add(&b, detail);
    if (buf_check(&b, "audit", e)) return -1;
    uint8_t hash[32];
    sha256(buf_str(&b), hash);
    struct q_audit_add_in row = {.tenant = t,
                                 .seq = last.seq + 1,
                                 .at = now_us,
                                 .actor = actor,
                                 .action = str_of(action),
                                 .object = object,
                                 .detail = detail,
                                 .hash = {(const char *)hash, sizeof hash}};
    return q_audit_add(db, &row, NULL, e);
}

struct rewrap {
    const struct flow *f;
    size_t n;
};

static int rewrap_install(struct rewrap *r, struct db *db, struct err *e) {
    uint8_t old[WRAPPED_BYTES], fresh[WRAPPED_BYTES];
    int got = get_hex(db, "install_key", old, sizeof old, e);
    if (got <= 0) return got;
    if (tenant_key_rewrap(r->f->keys, install_id, (struct str){(const char *)old, sizeof old}, &r->f->chance,
                          fresh, e))
        return -1;
    r->n++;
    return put_hex(db, "install_key", fresh, sizeof fresh, e) || put_mark(r->f, db, e) ? -1 : 0;
}

struct wrapped_tenant {
    struct tenant_id id;
    uint8_t key[WRAPPED_BYTES];
};

static int rewrap_work(struct db *db, void *ctx, struct err *e) {
    struct rewrap *r = ctx;
    ARENA_AUTO a;
    arena_init(&a, 16 * 1024 * 1024);
    struct list {
        struct wrapped_tenant tenant;
        struct list *next;
    } *first = NULL;
    Q_CURSOR(tenant_list, cur);
    struct q_tenant_list_out row;
    int got;
    r->n = 0;
    if (q_tenant_list_open(db, &cur, e) < 0) return -1;
    while ((got = q_tenant_list_next(&cur, &row, e)) > 0) {
        struct list *l = ARENA_NEW(&a, struct list);
        if (!l) return arena_check(&a, "tenants", e);
        l->tenant.id = row.id;
        if (tenant_key_rewrap(r->f->keys, row.id, row.key_wrapped, &r->f->chance, l->tenant.key, e))
            return -1;
        l->next = first;
        first = l;
    }
    if (got < 0) return -1;
    q_tenant_list_close(&cur);
    for (struct list *l = first; l; l = l->next, r->n++)
        if (q_tenant_rekey(
                db,
                &(struct q_tenant_rekey_in){.tenant = l->tenant.id,
                                            .key_wrapped = {(const char *)l->tenant.key, WRAPPED_BYTES}},
                NULL, e))
            return -1;
    return rewrap_install(r, db, e);
}

int keys_rewrap(const struct flow *f, size_t *out_n, struct err *e) {
    struct rewrap r = {.f = f};
    if (store_write(f->store, rewrap_work, &r, e)) return -1;
    directory_forget(f->directory);
    *out_n = r.n;
    return 0;
}
