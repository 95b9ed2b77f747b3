/* What the web layer's files share among themselves. */
#ifndef WEB_INTERNAL_H
#define WEB_INTERNAL_H

#include "base/asset.h"
#include "flow/lead.h"
#include "web/web.h"

#include <pthread.h>
#include <stdatomic.h>

/* limit.c: token buckets by a 64-bit key, refilled evenly over a minute. Keys share one where there are too many, and never gain by it. */
struct limiter;
struct limiter *limiter_new(int64_t per_minute); /* 0: everything passes */
void limiter_free(struct limiter *l);
bool limiter_take(struct limiter *l, uint64_t key, int64_t mono_us, int64_t *out_left, int64_t *out_wait_s);

/* kept.c: answers kept until what they show changes. Each belongs to (tenant, agent); a change of either raises a generation, and an answer of
 * an older generation no longer counts. Bounded: a new answer takes an old one's place. */
struct kept;
struct kept *kept_new(void);
void kept_free(struct kept *k);
struct kept_key {
    struct tenant_id tenant;
    struct id user;    /* whose token: answers are per caller, so that no right is inherited */
    struct str target; /* as sent */
};
/* A reference of the answer when it still holds, or NULL. */
struct http_blob *kept_get(struct kept *k, const struct kept_key *key, uint64_t foreign);
uint64_t kept_generation(struct kept *k, struct tenant_id t);
/* Keeps the answer unless something changed since `generation` was read, before the answer was made. */
void kept_put(struct kept *k, const struct kept_key *key, uint64_t generation, uint64_t foreign,
              struct http_blob *blob);
void kept_changed(struct kept *k, struct tenant_id t);

/* auth.c: who is calling. Checked tokens are remembered by their bytes, so that the common request costs one look-up. */
struct auth;
struct auth *auth_new(void);
void auth_free(struct auth *a);
enum auth_result { AUTH_NO = -1, AUTH_UNKNOWN = 0 /* must be looked up: not on the loop */, AUTH_YES = 1 };
/* The token of the request: bearer header, else session cookie (*out_cookie). STR_NONE: none. */
struct str auth_token(const struct http_request *req, bool *out_cookie);
enum auth_result auth_remembered(struct web *w, struct str token, int64_t now_us, struct claims *out);
/* Signature, expiry, not revoked, user still there. May block on the database. */
int auth_check(struct web *w, struct str token, int64_t now_us, struct claims *out, struct err *e);
void auth_forget(struct web *w, struct id token);
bool access_allows(enum access a, enum role r);

/* One-time sign-in codes of the demo. */
enum { SIGN_IN_CODES = 8 };
struct sign_in_code {
    char code[44];
    struct signed_in who;
    int64_t until_us;
};

struct web {
    struct web_options o;
    struct http_server *server;
    struct sse_hub *hub;
    struct limiter *limiter, *sign_in_limiter;
    struct kept *kept;
    struct auth *auth;
    _Atomic bool ready;
    _Atomic int64_t inbox_pending; /* as last counted, plus what came since */
    _Atomic uint64_t revoked;      /* raised by each revocation */
    int64_t started_us;
    struct http_blob *openapi, *docs, *tracker;
    struct statics *statics;
    pthread_mutex_t code_lock;
    struct sign_in_code code[SIGN_IN_CODES];
    struct key install;
    struct str jwt_secret;
    struct arena arena;
};

/* match.c */
const struct route *route_find(struct str method, struct str path, struct str param[2], bool *out_path_known,
                               char allow[64]);
int route_index(const struct route *r);
/* static.c: the dashboard. */
struct statics;
struct statics *statics_new(const struct asset *assets, size_t n);
void statics_free(struct statics *s);
bool static_serve(struct web *w, struct http_request *req); /* false: not ours */
/* problem.c */
void problem_write(struct buf *out, int status, const char *slug, const char *title, const char *detail,
                   const char *where, const char *request_id);
void problem_respond(struct http_request *req, int status, const char *slug, const char *title,
                     const char *detail, const char *where, const char *request_id, int64_t retry_after_s);
/* metrics.c, openapi.c, docs.c */
int metrics_write(struct web *w, struct buf *out, struct err *e);
int openapi_write(const char *version, struct buf *out, struct err *e);
int docs_write(const char *version, struct buf *out, struct err *e);
void docs_policy(struct buf *out); /* the page's Content-Security-Policy */
/* h_score.c: a lead's score as of now, in the words of whoever asks. */
struct scored {
    struct score score;
    struct score_settings settings;
    const struct zone *zone; /* the lead's; NULL when not known */
    enum language language;  /* of the caller */
};
int scored_now(struct call *c, struct db *db, const struct lead *l, struct scored *out, struct err *e);
int scored_write(struct call *c, struct db *db, const struct lead *l, const struct scored *s, struct jw *w,
                 struct err *e);
/* The members "wants" and "do_now" of a lead. */
int scored_write_advice(struct call *c, struct db *db, const struct lead *l, const struct scored *s,
                        struct jw *w, struct err *e);
double rounded(double v, double parts); /* to 1/parts */
int call_language(struct call *c, struct db *db, enum language *out, struct err *e);
/* Whose machine is asking: the peer's address, or when a proxy on this machine stands between, the one it names last in X-Forwarded-For. */
struct str call_remote(const struct call *c);
/* The lead of the path's first parameter, if the caller may see it; else ERR_NOT_FOUND. */
int call_lead(struct call *c, struct db *db, struct lead *out, struct err *e);
/* web.c */
bool etag_matches(struct str header, const char *etag);
void etag_of(struct str body, char out[24]);
uint64_t web_foreign(struct web *w);
/* idempotency.c: 1 = answered from before, 0 = go on, -1 */
int idempotency_begin(struct call *c, struct err *e);
void idempotency_end(struct call *c);

#define JSON_TYPE    "application/json"
#define PROBLEM_TYPE "application/problem+json"

#endif
