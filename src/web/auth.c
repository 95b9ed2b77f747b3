/* Who is calling. See internal.h.
 *
 * The order: signature and expiry of the JWT, then the tokens table (not revoked), then the user (still active). The outcome is remembered by the
 * token's bytes until it expires, something is revoked here, another process wrote to the database, or a minute has passed. */
#include "web/internal.h"

#include "store/query.h"

#include <pthread.h>

enum { SLOTS = 2048, LOCKS = 32, TOKEN_MAX = JWT_MAX_BYTES };
#define REMEMBER_US (60 * US_SECOND)

struct slot {
    uint16_t n;
    char token[TOKEN_MAX];
    struct claims claims;
    uint64_t foreign, revoked;
    int64_t until_us;
};
struct auth {
    pthread_mutex_t lock[LOCKS];
    struct slot slot[SLOTS];
};

struct auth *auth_new(void) {
    struct auth *a = calloc(1, sizeof *a);
    for (int i = 0; a && i < LOCKS; i++) pthread_mutex_init(&a->lock[i], NULL);
    return a;
}

void auth_free(struct auth *a) {
    if (!a) return;
    for (int i = 0; i < LOCKS; i++) pthread_mutex_destroy(&a->lock[i]);
    explicit_bzero(a, sizeof *a);
    free(a);
}

struct str auth_token(const struct http_request *req, bool *out_cookie) {
    struct str header = http_header(req, "authorization");
    *out_cookie = false;
    if (header.n > 7 && str_eq_ci(str_head(header, 7), STR("bearer "))) return str_trim(str_skip(header, 7));
    if (str_given(header))
        return STR(""); /* another scheme: not signed in, and no falling back to the cookie */
    struct str cookie = http_cookie(req, "leadlight_session");
    *out_cookie = str_given(cookie);
    return cookie;
}

bool access_allows(enum access a, enum role r) {
    switch (a) {
    case ACCESS_PUBLIC: return true;
    case ACCESS_AGENT: return r != ROLE_NONE;
    case ACCESS_TEAM_LEAD: return r == ROLE_LEAD || r == ROLE_ADMIN || r == ROLE_SERVICE;
    case ACCESS_ADMIN: return r == ROLE_ADMIN || r == ROLE_SERVICE;
    case ACCESS_SERVICE: return r == ROLE_ADMIN || r == ROLE_SERVICE;
    }
    return false;
}

static size_t slot_of(struct str token) {
    return (size_t)(str_hash(token) % SLOTS);
}

enum auth_result auth_remembered(struct web *w, struct str token, int64_t now_us, struct claims *out) {
    if (token.n == 0 || token.n > TOKEN_MAX) return AUTH_NO;
    size_t at = slot_of(token);
    struct slot *s = &w->auth->slot[at];
    enum auth_result r = AUTH_UNKNOWN;
    uint64_t foreign = web_foreign(w), revoked = atomic_load(&w->revoked);
    pthread_mutex_lock(&w->auth->lock[at % LOCKS]);
    if (s->n == token.n && s->foreign == foreign && s->revoked == revoked && now_us < s->until_us &&
        str_eq_secret((struct str){s->token, s->n}, token)) {
        *out = s->claims;
        r = AUTH_YES;
    }
    pthread_mutex_unlock(&w->auth->lock[at % LOCKS]);
    return r;
}

struct check {
    const struct claims *c;
    bool ok;
};

static int check_work(struct db *db, void *ctx, struct err *e) {
    struct check *k = ctx;
    ARENA_AUTO a;
    arena_init(&a, 16 * 1024);
    struct q_token_get_out token;
    int got =
        q_token_get(db, &(struct q_token_get_in){.tenant = k->c->tenant, .id = k->c->token}, &a, &token, e);
    if (got < 0) return -1;
    k->ok = got > 0 && !token.has_revoked_at && id_eq(token.user_id, k->c->user) &&
            str_is(token.role, role_name(k->c->role));
    if (!k->ok || !id_given(k->c->user)) return 0;
    struct q_user_get_out user;
    got = q_user_get(db, &(struct q_user_get_in){.tenant = k->c->tenant, .id = k->c->user}, &a, &user, e);
    if (got < 0) return -1;
    k->ok = got > 0 && user.active;
    return 0;
}

int auth_check(struct web *w, struct str token, int64_t now_us, struct claims *out, struct err *e) {
    uint64_t foreign = web_foreign(w), revoked = atomic_load(&w->revoked); /* before looking */
    struct claims c;
    if (token.n > TOKEN_MAX || jwt_read(w->jwt_secret, token, now_us, &c, NULL))
        return err_set(e, ERR_AUTH, "", "the token is missing, wrong or expired");
    struct check k = {.c = &c};
    if (store_read(w->o.flow->store, check_work, &k, e)) return -1;
    if (!k.ok) return err_set(e, ERR_AUTH, "", "the token is missing, wrong or expired");
    size_t at = slot_of(token);
    struct slot *s = &w->auth->slot[at];
    int64_t until_us = now_us + REMEMBER_US;
    if (c.expires_s && c.expires_s * US_SECOND < until_us) until_us = c.expires_s * US_SECOND;
    pthread_mutex_lock(&w->auth->lock[at % LOCKS]);
    s->n = (uint16_t)token.n;
    memcpy(s->token, token.p, token.n);
    s->claims = c;
    s->foreign = foreign;
    s->revoked = revoked;
    s->until_us = until_us;
    pthread_mutex_unlock(&w->auth->lock[at % LOCKS]);
    *out = c;
    return 0;
}

void auth_forget(struct web *w, struct id token) {
    (void)token; /* all are looked up again: revoking is rare */
    atomic_fetch_add(&w->revoked, 1);
}
