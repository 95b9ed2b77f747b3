/* Signing in and out, and who one is. The session is a JWT in an HttpOnly, SameSite=Strict cookie; its row in `tokens` is what signing out ends. */
#include "web/internal.h"

#include "flow/lead.h"
#include "flow/prefs.h"
#include "store/query.h"

enum { SESSION_S = 12 * 3600 };

static int redeem_code(struct web *w, struct str code, int64_t now_us, struct signed_in *out, struct err *e) {
    int rc = -1;
    pthread_mutex_lock(&w->code_lock);
    for (int i = 0; i < SIGN_IN_CODES; i++) {
        struct sign_in_code *k = &w->code[i];
        if (k->code[0] && now_us < k->until_us && str_eq_secret(str_of(k->code), code)) {
            *out = k->who;
            if (!w->o.demo) *k = (struct sign_in_code){0}; /* the demo's address may be opened again */
            rc = 0;
            break;
        }
    }
    pthread_mutex_unlock(&w->code_lock);
    return rc ? err_set(e, ERR_AUTH, "/code", "this sign-in code is wrong or used up") : 0;
}

/* Ten tries a minute for an account, however its address is spelled, and for a machine: guessing takes for ever, and 64 MiB of argon2 is not
 * for the taking. */
static int slow_down(struct call *c, struct str email, struct err *e) {
    int64_t left, wait_a, wait_b;
    normal_email(email, &c->arena, &email);
    bool ok = limiter_take(c->web->sign_in_limiter, str_hash(call_remote(c)), c->begun_us, &left, &wait_a);
    ok = limiter_take(c->web->sign_in_limiter, str_hash(email) ^ 0x5eed, c->begun_us, &left, &wait_b) && ok;
    return ok ? 0 : err_set(e, ERR_RATE, "", "too many tries; wait a minute");
}

static bool https(const struct call *c) {
    return str_starts(c->web->o.public_url, STR("https://")) ||
           str_is(http_header(c->req, "x-forwarded-proto"), "https");
}

static int set_cookie(struct call *c, struct str value, int64_t age_s) {
    struct str cookie =
        arena_fmt(&c->arena, "leadlight_session=%.*s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld%s",
                  STR_FMT(value), (long long)age_s, https(c) ? "; Secure" : "");
    call_header(c, "set-cookie", cookie);
    return 0;
}

struct me {
    struct call *c;
    const struct tenant *tenant;
};

static void one_agent(struct jw *w, const struct tenant *t, struct id id, struct str sealed) {
    BUF_AUTO name;
    buf_init(&name, 4096);
    if (tenant_unseal(t, "agents.name", id, sealed, &name, NULL)) return;
    char text[ID_TEXT + 1];
    id_text(id, text);
    jw_object(w);
    jw_kz(w, "id", text);
    jw_kstr(w, "name", buf_str(&name));
    jw_end(w);
}

static int agents(struct call *c, struct db *db, const struct tenant *t, struct jw *w, struct err *e) {
    struct actor who = call_actor(c);
    Q_CURSOR(agent_list, cur);
    struct q_agent_list_out row;
    int got;
    jw_key(w, "agents");
    jw_array(w);
    if (q_agent_list_open(db, &(struct q_agent_list_in){.tenant = t->id}, &cur, e) < 0) return -1;
    while ((got = q_agent_list_next(&cur, &row, e)) > 0)
        if (row.active && actor_sees(&who, row.id)) one_agent(w, t, row.id, row.name);
    jw_end(w);
    return got;
}

static int own_facts(struct call *c, struct db *db, const struct tenant *t, struct jw *w, struct err *e) {
    struct q_agent_get_out ag;
    struct q_user_get_out user;
    BUF_AUTO b;
    buf_init(&b, 4096);
    int got =
        q_agent_get(db, &(struct q_agent_get_in){.tenant = t->id, .id = c->who.user}, &c->arena, &ag, e);
    if (got <= 0) return got;
    if (tenant_unseal(t, "agents.name", c->who.user, ag.name, &b, e)) return -1;
    jw_kstr(w, "name", buf_str(&b));
    jw_kstr(w, "zone", ag.zone);
    struct prefs prefs;
    if (prefs_load(db, t->id, c->who.user, &prefs, e)) return -1;
    bool es = prefs.v[P_LANGUAGE].origin == PREF_OF_AGENT ? prefs_language(&prefs) == LANG_ES
                                                          : str_is(ag.language, "es");
    jw_kz(w, "language", es ? "es" : "en");
    got = q_user_get(db, &(struct q_user_get_in){.tenant = t->id, .id = c->who.user}, &c->arena, &user, e);
    if (got <= 0) return got;
    buf_clear(&b);
    if (tenant_unseal(t, "users.email", c->who.user, user.email, &b, e)) return -1;
    jw_kstr(w, "email", buf_str(&b));
    return 0;
}

static int me_work(struct db *db, void *ctx, struct err *e) {
    struct call *c = ctx;
    const struct tenant *t;
    if (call_tenant(c, db, &t, e)) return -1;
    char id[ID_TEXT + 1];
    struct jw w = jw_on(&c->out);
    jw_object(&w);
    id_text(c->who.user, id);
    jw_kstr(&w, "id", id_given(c->who.user) ? str_of(id) : STR_NONE);
    jw_key(&w, "tenant");
    jw_object(&w);
    id_text(t->id.id, id);
    jw_kz(&w, "id", id);
    jw_kstr(&w, "name", t->name);
    jw_kstr(&w, "zone", t->zone);
    jw_end(&w);
    jw_kz(&w, "role", role_name(c->who.role));
    jw_kbool(&w, "demo", c->web->o.demo);
    if (id_given(c->who.user) && own_facts(c, db, t, &w, e)) return -1;
    if (agents(c, db, t, &w, e)) return -1;
    jw_end(&w);
    return 0;
}

int h_me(struct call *c, struct err *e) {
    return store_read(call_flow(c)->store, me_work, c, e);
}

int h_session_create(struct call *c, struct err *e) {
    const struct jnode *body;
    struct str code, email, password;
    struct signed_in who;
    if (call_json(c, &body, e) || json_str(body, "code", STR_NONE, &code, e)) return -1;
    if (str_given(code)) {
        if (slow_down(c, code, e) || redeem_code(c->web, code, c->now_us, &who, e)) return -1;
    } else {
        if (json_need_str(body, "email", &email, e) || json_need_str(body, "password", &password, e))
            return -1;
        if (slow_down(c, email, e) || user_sign_in(call_flow(c), &c->web->install, email, password, &who, e))
            return -1;
    }
    BUF_AUTO jwt;
    buf_init(&jwt, 4096);
    if (token_create(call_flow(c), c->web->jwt_secret, who.tenant, who.role, who.user, "session", SESSION_S,
                     &jwt, &c->who, e))
        return -1;
    set_cookie(c, buf_str(&jwt), SESSION_S);
    buf_z(&c->out, "{\"user\":");
    if (store_read(call_flow(c)->store, me_work, c, e)) return -1;
    buf_c(&c->out, '}');
    return 0;
}

static int end_work(struct db *db, void *ctx, struct err *e) {
    struct call *c = ctx;
    return q_token_revoke(
        db, &(struct q_token_revoke_in){.tenant = c->who.tenant, .id = c->who.token, .now = c->now_us}, NULL,
        e);
}

int h_session_end(struct call *c, struct err *e) {
    if (store_write(call_flow(c)->store, end_work, c, e)) return -1;
    auth_forget(c->web, c->who.token);
    if (c->web->hub && id_given(c->who.user)) { /* his other pages come back by themselves */
        struct sse_topic own = sse_topic_of(c->who.tenant.id, c->who.user);
        sse_close_topic(c->web->hub, &own);
    }
    set_cookie(c, STR(""), 0);
    c->status = 204;
    return 0;
}
