/* Commands on tenants, users and tokens; they work beside a running server and count at once (EXT). */
#include "main/command.h"

#include "flow/lead.h"
#include "main/files.h"
#include "store/query.h"

static int tenant_arg(const struct args *args, struct tenant_id *out, struct err *e) {
    struct str s;
    if (args_need(args, "tenant", &s, e)) return -1;
    if (!id_parse(s, &out->id)) return err_set(e, ERR_INVALID, "tenant", "must be a tenant's id");
    return 0;
}

static void put_id(struct jw *w, const char *key, struct id id) {
    char text[ID_TEXT + 1];
    id_text(id, text);
    jw_kz(w, key, text);
}

/* One object as JSON, or its first value as text. */
static void show(const struct args *args, struct buf *json, struct str text) {
    if (args_flag(args, "json")) {
        buf_c(json, '\n');
        print(json);
    } else {
        printf("%.*s\n", STR_FMT(text));
    }
}

int cmd_tenant_create(const struct args *args, struct err *e) {
    struct new_tenant in;
    struct made_tenant made;
    struct app a;
    if (args_need(args, "name", &in.name, e) || args_need(args, "location", &in.location, e) ||
        args_need(args, "zone", &in.zone, e))
        return -1;
    if (app_open(&a, APP_COMMAND, e)) return -1;
    int rc = tenant_create(&a.flow, &in, &made, e);
    if (rc == 0) {
        BUF_AUTO b;
        buf_init(&b, 4096);
        struct jw w = jw_on(&b);
        char id[ID_TEXT + 1];
        id_text(made.id.id, id);
        jw_object(&w);
        jw_kz(&w, "id", id);
        jw_kz(&w, "site_key", made.site_key);
        jw_kz(&w, "workflow_secret", made.form_secret);
        jw_end(&w);
        ARENA_AUTO arena;
        arena_init(&arena, 4096);
        show(args, &b,
             arena_fmt(&arena,
                       "id               %s\nsite key         %s   (for the website script)\nworkflow secret "
                       " %s   (shown once; path of the workflow webhook)",
                       id, made.site_key, made.form_secret));
    }
    app_close(&a);
    return rc;
}

struct listing {
    struct app *app;
    struct tenant_id tenant;
    struct buf *text;
    struct jw *json;
};

static int tenant_list_work(struct db *db, void *ctx, struct err *e) {
    struct listing *l = ctx;
    Q_CURSOR(tenant_list, cur);
    struct q_tenant_list_out row;
    int got;
    if (q_tenant_list_open(db, &cur, e) < 0) return -1;
    while ((got = q_tenant_list_next(&cur, &row, e)) > 0) {
        char id[ID_TEXT + 1];
        id_text(row.id.id, id);
        jw_object(l->json);
        jw_kz(l->json, "id", id);
        jw_kstr(l->json, "name", row.name);
        jw_kstr(l->json, "location", row.location);
        jw_kstr(l->json, "zone", row.zone);
        jw_kstr(l->json, "site_key", row.site_key);
        jw_ktime(l->json, "created_at", row.created_at);
        jw_end(l->json);
        buf_fmt(l->text, "%s  %.*s  %.*s  %.*s\n", id, STR_FMT(row.name), STR_FMT(row.location),
                STR_FMT(row.zone));
    }
    return got;
}

static int user_row(struct listing *l, struct db *db, const struct tenant *t,
                    const struct q_user_list_out *row, struct err *e) {
    ARENA_AUTO a;
    BUF_AUTO email;
    BUF_AUTO name;
    arena_init(&a, 16 * 1024);
    buf_init(&email, 4096);
    buf_init(&name, 4096);
    struct q_agent_get_out ag;
    int got = q_agent_get(db, &(struct q_agent_get_in){.tenant = t->id, .id = row->id}, &a, &ag, e);
    if (got < 0 || tenant_unseal(t, "users.email", row->id, row->email, &email, e)) return -1;
    if (got > 0 && tenant_unseal(t, "agents.name", row->id, ag.name, &name, e)) return -1;
    char id[ID_TEXT + 1];
    id_text(row->id, id);
    jw_object(l->json);
    jw_kz(l->json, "id", id);
    jw_kstr(l->json, "role", row->role);
    jw_kstr(l->json, "name", buf_str(&name));
    jw_kstr(l->json, "email", buf_str(&email));
    jw_kstr(l->json, "zone", got > 0 ? ag.zone : STR_NONE);
    jw_kstr(l->json, "ghl_user", got > 0 ? ag.ghl_user : STR_NONE);
    jw_kbool(l->json, "active", row->active);
    jw_end(l->json);
    buf_fmt(l->text, "%s  %-10.*s  %.*s  %.*s\n", id, STR_FMT(row->role), STR_FMT(buf_str(&name)),
            STR_FMT(buf_str(&email)));
    return 0;
}

static int user_list_work(struct db *db, void *ctx, struct err *e) {
    struct listing *l = ctx;
    const struct tenant *t;
    Q_CURSOR(user_list, cur);
    struct q_user_list_out row;
    int got;
    if (tenant_by_id(&l->app->flow, db, l->tenant, &t, e)) return -1;
    if (q_user_list_open(db, &(struct q_user_list_in){.tenant = l->tenant}, &cur, e) < 0) return -1;
    while ((got = q_user_list_next(&cur, &row, e)) > 0)
        if (user_row(l, db, t, &row, e)) return -1;
    return got;
}

static int list(const struct args *args, struct tenant_id tenant, store_fn *work, struct err *e) {
    struct app a;
    if (app_open(&a, APP_COMMAND, e)) return -1;
    BUF_AUTO text;
    BUF_AUTO json;
    buf_init(&text, 64 * 1024 * 1024);
    buf_init(&json, 64 * 1024 * 1024);
    struct jw w = jw_on(&json);
    jw_array(&w);
    struct listing l = {&a, tenant, &text, &w};
    int rc = store_read(a.store, work, &l, e);
    if (rc == 0) {
        jw_end(&w);
        buf_c(&json, '\n');
        print(args_flag(args, "json") ? &json : &text);
    }
    app_close(&a);
    return rc;
}

int cmd_tenant_list(const struct args *args, struct err *e) {
    return list(args, (struct tenant_id){{{0}}}, tenant_list_work, e);
}

int cmd_user_list(const struct args *args, struct err *e) {
    struct tenant_id t;
    return tenant_arg(args, &t, e) ? -1 : list(args, t, user_list_work, e);
}

static int password_arg(const struct args *args, struct buf *out, struct err *e) {
    struct str file = args_get(args, "password-file");
    if (!str_given(file)) return 0;
    return file_read(file.p, out, e);
}

int cmd_user_create(const struct args *args, struct err *e) {
    struct new_user in = {.role = ROLE_AGENT};
    BUF_AUTO password;
    buf_init(&password, 4096);
    struct str role = args_get(args, "role");
    if (tenant_arg(args, &in.tenant, e) || args_need(args, "name", &in.name, e) ||
        args_need(args, "email", &in.email, e))
        return -1;
    if (str_given(role) && !role_parse(role, &in.role))
        return err_set(e, ERR_INVALID, "role", "must be agent, team_lead or admin");
    if (password_arg(args, &password, e)) return -1;
    in.zone = args_get(args, "zone");
    in.ghl_user = args_get(args, "ghl-user");
    in.language = args_get(args, "language");
    in.password = password.n ? str_trim(buf_str(&password)) : STR_NONE;
    struct app a;
    struct id id;
    if (app_open(&a, APP_COMMAND, e)) return -1;
    int rc = user_create(&a.flow, &in, &id, e);
    if (rc == 0) {
        BUF_AUTO b;
        buf_init(&b, 4096);
        struct jw w = jw_on(&b);
        char text[ID_TEXT + 1];
        id_text(id, text);
        jw_object(&w);
        put_id(&w, "id", id);
        jw_end(&w);
        show(args, &b, str_of(text));
    }
    app_close(&a);
    return rc;
}

int cmd_user_password(const struct args *args, struct err *e) {
    struct tenant_id t;
    struct str user;
    struct id id;
    BUF_AUTO password;
    buf_init(&password, 4096);
    if (tenant_arg(args, &t, e) || args_need(args, "user", &user, e)) return -1;
    if (!id_parse(user, &id)) return err_set(e, ERR_INVALID, "user", "must be a user's id");
    if (!str_given(args_get(args, "password-file")))
        return err_set(e, ERR_INVALID, "password-file", "is required");
    struct app a;
    if (password_arg(args, &password, e) || app_open(&a, APP_COMMAND, e)) return -1;
    int rc = user_set_password(&a.flow, t, id, str_trim(buf_str(&password)), e);
    app_close(&a);
    return rc;
}

int cmd_token_create(const struct args *args, struct err *e) {
    struct tenant_id t;
    struct id user = {{0}};
    struct str role_text, user_text = args_get(args, "user");
    enum role role;
    int64_t days;
    if (tenant_arg(args, &t, e) || args_need(args, "role", &role_text, e) ||
        args_i64(args, "days", 365, 0, 36500, &days, e))
        return -1;
    if (!role_parse(role_text, &role))
        return err_set(e, ERR_INVALID, "role", "must be agent, team_lead, admin or service");
    if (str_given(user_text) && !id_parse(user_text, &user))
        return err_set(e, ERR_INVALID, "user", "must be a user's id");
    struct app a;
    if (app_open(&a, APP_COMMAND, e)) return -1;
    BUF_AUTO jwt;
    buf_init(&jwt, 4096);
    struct claims c;
    int rc = token_create(&a.flow, a.jwt_secret, t, role, user, "api", days * 86400, &jwt, &c, e);
    if (rc == 0) {
        BUF_AUTO b;
        buf_init(&b, 8192);
        struct jw w = jw_on(&b);
        jw_object(&w);
        jw_kstr(&w, "token", buf_str(&jwt));
        put_id(&w, "id", c.token);
        jw_ktime(&w, "expires_at", c.expires_s * US_SECOND);
        jw_end(&w);
        show(args, &b, buf_str(&jwt));
    }
    app_close(&a);
    return rc;
}

struct revoke {
    struct tenant_id tenant;
    struct id token;
    int64_t now_us;
};

static int revoke_work(struct db *db, void *ctx, struct err *e) {
    struct revoke *r = ctx;
    int64_t changed;
    if (q_token_revoke(db, &(struct q_token_revoke_in){.tenant = r->tenant, .id = r->token, .now = r->now_us},
                       &changed, e))
        return -1;
    return changed ? 0 : err_set(e, ERR_NOT_FOUND, "token", "no such token, or ended already");
}

int cmd_token_revoke(const struct args *args, struct err *e) {
    struct revoke r;
    struct str token;
    if (tenant_arg(args, &r.tenant, e) || args_need(args, "token", &token, e)) return -1;
    if (!id_parse(token, &r.token)) return err_set(e, ERR_INVALID, "token", "must be a token's id");
    struct app a;
    if (app_open(&a, APP_COMMAND, e)) return -1;
    r.now_us = clock_now(&a.clock);
    int rc = store_write(a.store, revoke_work, &r, e);
    app_close(&a);
    return rc;
}
