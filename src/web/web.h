/* The HTTP interface (API): dispatch by the table routes.def, who may call what, problem documents, limits, kept answers.
 *
 * Way of a request: on_head finds the route and its body limit; on_request checks the token, the rate and the access column; FAST routes answer on the
 * loop; READ routes answer on the loop when the kept answer still holds, else like WORK on a worker thread; LATER routes answer when their
 * write is durable. A handler returns 0 with c->out filled (status 200 unless it set another), or -1 with the error, from which the problem
 * document (RFC 9457) is made in one place. Handlers are short: parse, call flow, render.
 *
 * Nothing is ever visible across tenants: a handler gets the tenant from the token alone, and ids of another tenant are simply not found. */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include "crypto/sign.h"
#include "flow/act.h"
#include "flow/people.h"
#include "net/server.h"
#include "net/sse.h"
#include "net/workers.h"

enum access {
    ACCESS_PUBLIC,
    ACCESS_AGENT,
    ACCESS_TEAM_LEAD,
    ACCESS_ADMIN,
    ACCESS_SERVICE /* service token or admin */
};
enum run { RUN_FAST, RUN_READ, RUN_WORK, RUN_LATER };

struct web_asset_set; /* embedded dashboard files: base/asset.h */
struct web_options {
    const struct flow *flow;
    struct str jwt_secret;               /* at least JWT_SECRET_MIN bytes */
    const struct key *install;           /* for sign-in */
    const struct public_key *ghl_key;    /* Ed25519; NULL: webhooks are refused with 503 */
    const struct public_key *ghl_legacy; /* NULL: the older header is not accepted */
    struct workers *workers;
    int64_t rate_limit; /* per minute and token or address; 0 none */
    int64_t inbox_max;
    bool demo;
    struct str metrics_token; /* empty: /metrics only to loopback peers */
    struct str public_url;
    struct str tracker_script;  /* the website script, absent: 404 */
    const struct asset *assets; /* the dashboard, may be none */
    size_t n_assets;
    /* Appends members of a JSON object, all numbers; each becomes the metric leadlight_store_<name>: a gauge when the
     * name begins with "queued", else a counter. May be NULL. */
    int (*store_stats)(void *ctx, struct buf *json_members);
    uint64_t (*foreign_changes)(void *ctx); /* may be NULL: how often another process wrote */
    void *store_ctx;
    /* What failed on our side, for the log, by the request's id, which the answer names, too. Any thread. May be NULL. */
    void (*trouble)(void *ctx, const char *route, const char *request_id, const struct err *e);
    void *trouble_ctx;
};
struct web;
int web_new(const struct web_options *o, struct web **out, struct err *e);
void web_free(struct web *w);
/* Plugs into the server's options and, once it exists, the hub. */
void web_on_head(void *web, struct http_request *req, struct http_verdict *v);
void web_on_request(void *web, struct http_request *req);
void web_set_server(struct web *w, struct http_server *s, struct sse_hub *hub);
void web_set_ready(struct web *w, bool ready);
/* Plugs into flow: publishes to streams, drops kept answers. */
struct live web_live(struct web *w);
/* The dashboard outlet: hands alerts and briefings to open streams. */
struct outlet web_dashboard_outlet(struct web *w);
/* A one-time code that signs this user in for ten minutes from now: the demo's address carries it. */
int web_sign_in_code(struct web *w, const struct signed_in *who, char out[44], struct err *e);

/* One request in the app's hands. */
struct route;
struct call {
    struct web *web;
    struct http_request *req;
    const struct route *route;
    struct str param[2]; /* of the path, decoded */
    struct claims who;   /* role ROLE_NONE on public routes */
    bool by_cookie;
    int64_t now_us, begun_us; /* wall; monotonic */
    int64_t retry_s;          /* of a refusal that may be tried again; 0: a usual pause */
    char request_id[ID_TEXT + 1];
    struct arena arena;     /* 8 MiB */
    struct buf out;         /* the answer's body */
    struct http_blob *blob; /* or a ready answer, borrowed: then out, status and content_type do not count */
    int status;             /* 0: 200 */
    const char *content_type;   /* NULL: application/json */
    struct http_field extra[8]; /* further fields; values live in the arena */
    size_t n_extra;
};
typedef int handler(struct call *c, struct err *e);
struct route {
    const char *method, *path;
    enum access access;
    handler *handle;
    enum run run;
    size_t body_max;
    const char *request, *response, *tag, *summary;
};
extern const struct route web_routes[];
extern const size_t web_routes_n;

/* For handlers. */
const struct flow *call_flow(const struct call *c);
struct actor call_actor(const struct call *c);
/* The call's tenant, opened. */
int call_tenant(struct call *c, struct db *db, const struct tenant **out, struct err *e);
int call_id(const struct call *c, int param, struct id *out,
            struct err *e); /* not a UUID: ERR_NOT_FOUND, like a missing one */
/* The agent named in the path, as far as the caller may see him: else ERR_NOT_FOUND. "me" is the caller. */
int call_agent(const struct call *c, int param, struct id *out, struct err *e);
/* The agent is one of the caller's tenant; else ERR_NOT_FOUND, like a missing one. */
int call_agent_known(struct call *c, struct db *db, struct id agent, struct err *e);
/* Decoded value of a query parameter, or STR_NONE. */
struct str call_query(struct call *c, const char *name);
int call_query_i64(struct call *c, const char *name, int64_t dflt, int64_t least, int64_t most, int64_t *out,
                   struct err *e);
int call_json(struct call *c, const struct jnode **out, struct err *e); /* the body; must be an object */
void call_header(struct call *c, const char *name, struct str value);
/* `limit` (1..500, default 50) and `cursor`: an opaque (number, id) pair, sealed against nothing but checked for form. */
struct page {
    int64_t limit;
    bool from_start;
    int64_t at;
    double number;
    struct id id;
};
int call_page(struct call *c, struct page *out, struct err *e);
void page_cursor(struct call *c, struct jw *w, bool more, int64_t at, double number,
                 struct id id); /* writes "next_cursor" */
/* Answers a call that runs LATER, from any thread; the call is dead afterwards. */
void call_finish(struct call *c, int rc, const struct err *e);
void call_drop(struct call *c); /* the request was answered otherwise (a stream) */

#define X(method, path, access, handle, run, body_max, request, response, tag, summary) handler handle;
#include "web/routes.def"
#undef X

#endif
