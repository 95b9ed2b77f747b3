/* The web layer's way of a request. See web.h. */
#include "web/internal.h"

#include "store/query.h"

#include <assert.h>

enum { CALL_MEMORY = 8 * 1024 * 1024, ANSWER_BYTES = 8 * 1024 * 1024 };

uint64_t web_foreign(struct web *w) {
    return w->o.foreign_changes ? w->o.foreign_changes(w->o.store_ctx) : 0;
}

static void call_free(struct call *c) {
    buf_done(&c->out);
    arena_done(&c->arena);
    free(c);
}

static struct call *call_new(struct web *w, struct http_request *req, const struct route *r,
                             const struct str param[2]) {
    struct call *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    const struct clock *clock = &w->o.flow->clock;
    c->web = w;
    c->req = req;
    c->route = r;
    c->now_us = clock_now(clock);
    c->begun_us = clock_mono(clock);
    arena_init(&c->arena, CALL_MEMORY);
    buf_init(&c->out, ANSWER_BYTES);
    id_text(chance_id(&w->o.flow->chance, c->now_us), c->request_id);
    for (int i = 0; i < 2; i++) c->param[i] = param[i];
    return c;
}

void call_header(struct call *c, const char *name, struct str value) {
    assert(c->n_extra < sizeof c->extra / sizeof *c->extra);
    c->extra[c->n_extra++] = (struct http_field){str_of(name), arena_str(&c->arena, value)};
}

enum { FIELDS = 16 };

/* What belongs to the answer, whoever gets it. */
static size_t answer_fields(const struct call *c, const char *etag, struct http_field *f) {
    size_t n = 0;
    f[n++] =
        (struct http_field){STR("content-type"), c->content_type ? str_of(c->content_type) : STR(JSON_TYPE)};
    f[n++] = (struct http_field){STR("cache-control"), etag ? STR("private, no-cache") : STR("no-store")};
    f[n++] = HTTP_FIELD("x-content-type-options", "nosniff");
    if (etag) f[n++] = (struct http_field){STR("etag"), str_of(etag)};
    return n;
}

/* What belongs to this one request: never kept. */
static size_t own_fields(const struct call *c, struct http_field *f) {
    size_t n = 0;
    f[n++] = (struct http_field){STR("x-request-id"), str_of(c->request_id)};
    for (size_t i = 0; i < c->n_extra; i++) f[n++] = c->extra[i];
    return n;
}

static void respond_problem(struct call *c, const struct err *e) {
    int status = err_http_status(e->kind);
    const struct web_options *o = &c->web->o;
    if ((e->kind == ERR_INTERNAL || e->kind == ERR_UNAVAILABLE) && o->trouble)
        o->trouble(o->trouble_ctx, c->route->path, c->request_id, e);
    /* what failed on our side is not told in detail: it goes to the log by its request id */
    const char *detail = e->kind == ERR_INTERNAL
                             ? "Nothing was changed. Try again; if it stays, quote the request id."
                             : e->msg;
    BUF_AUTO b;
    buf_init(&b, 4096);
    problem_write(&b, status, err_slug(e->kind), err_title(e->kind), detail,
                  e->kind == ERR_INTERNAL ? "" : e->where, c->request_id);
    char wait[24];
    snprintf(wait, sizeof wait, "%lld", (long long)(c->retry_s ? c->retry_s : 2));
    struct http_field f[FIELDS] = {HTTP_FIELD("content-type", PROBLEM_TYPE),
                                   HTTP_FIELD("cache-control", "no-store"),
                                   HTTP_FIELD("x-content-type-options", "nosniff")};
    size_t n = 3 + own_fields(c, f + 3);
    if (err_retryable(e->kind)) f[n++] = (struct http_field){STR("retry-after"), str_of(wait)};
    if (status == 401) f[n++] = HTTP_FIELD("www-authenticate", "Bearer");
    http_respond(c->req, status, f, n, buf_str(&b));
}

bool etag_matches(struct str header, const char *etag) {
    struct str part;
    while (str_given(header) && str_cut(&header, ',', &part)) {
        part = str_trim(part);
        if (str_starts(part, STR("W/"))) part = str_skip(part, 2);
        if (str_is(part, etag) || str_is(part, "*")) return true;
    }
    return false;
}

void etag_of(struct str body, char out[24]) {
    snprintf(out, 24, "\"%016llx\"", (unsigned long long)str_hash(body));
}

/* The answer of a GET: not sent again to who has it. *f holds n fields, the first of them the content type. */
static void respond_fresh(struct call *c, const char *etag, struct http_field *f, size_t n, struct str body) {
    bool had = etag_matches(http_header(c->req, "if-none-match"), etag);
    n += own_fields(c, f + n);
    if (had)
        http_respond(c->req, 304, f + 1, n - 1, STR(""));
    else
        http_respond(c->req, 200, f, n, body);
}

static void respond_read(struct call *c, uint64_t generation, uint64_t foreign) {
    char etag[24];
    etag_of(buf_str(&c->out), etag);
    struct http_field f[FIELDS];
    size_t n = answer_fields(c, etag, f);
    struct http_blob *blob = http_blob_take(200, f, n, &c->out);
    if (!blob) {
        respond_problem(c, &(struct err){.kind = ERR_INTERNAL});
        return;
    }
    struct kept_key key = {c->who.tenant, c->who.token, c->req->target};
    kept_put(c->web->kept, &key, generation, foreign, blob);
    respond_fresh(c, etag, f, n, http_blob_body(blob));
    http_blob_unref(blob);
}

/* A ready answer, or 304 when the client has it. Its own fields say how long it may be kept. */
static void respond_blob(struct call *c) {
    char etag[24];
    etag_of(http_blob_body(c->blob), etag);
    if (etag_matches(http_header(c->req, "if-none-match"), etag)) {
        struct http_field f[] = {{STR("etag"), str_of(etag)},
                                 HTTP_FIELD("cache-control", "public, max-age=300")};
        http_respond(c->req, 304, f, 2, STR(""));
        return;
    }
    http_respond_blob(c->req, c->blob, NULL, 0);
}

static void respond(struct call *c) {
    struct http_field f[FIELDS];
    int status = c->status ? c->status : 200;
    if (c->blob) {
        respond_blob(c);
        return;
    }
    char etag[24];
    bool get = strcmp(c->route->method, "GET") == 0 && status == 200 && c->route->access != ACCESS_PUBLIC;
    if (get) {
        etag_of(buf_str(&c->out), etag);
        respond_fresh(c, etag, f, answer_fields(c, etag, f), buf_str(&c->out));
        return;
    }
    size_t n = answer_fields(c, NULL, f);
    n += own_fields(c, f + n);
    bool empty = status == 204;
    http_respond(c->req, status, empty ? f + 1 : f, empty ? n - 1 : n, empty ? STR("") : buf_str(&c->out));
}

void call_drop(struct call *c) {
    call_free(c);
}

void call_finish(struct call *c, int rc, const struct err *e) {
    struct web *w = c->web;
    metric_observe(w->o.flow->metrics, M_HTTP_SECONDS, clock_mono(&w->o.flow->clock) - c->begun_us);
    if (rc)
        respond_problem(c, e);
    else
        respond(c);
    call_free(c);
}

/* On a worker's thread. */
static int authorize(struct call *c, struct err *e) {
    if (c->route->access == ACCESS_PUBLIC || c->who.role != ROLE_NONE) return 0;
    struct str token = auth_token(c->req, &c->by_cookie);
    if (token.n == 0) return err_set(e, ERR_AUTH, "", "sign in, or send a bearer token");
    return auth_check(c->web, token, c->now_us, &c->who, e);
}

static bool unsafe_method(const struct call *c) {
    return strcmp(c->route->method, "GET") != 0;
}

/* A page of another site can make a browser send our cookie, but not our header. */
static int permit(struct call *c, struct err *e) {
    /* nor may it sign the reader in as somebody else, who then reads what he writes */
    if (c->route->handle == h_session_create && str_is(http_header(c->req, "sec-fetch-site"), "cross-site"))
        return err_set(e, ERR_FORBIDDEN, "", "another site may not sign you in");
    if (c->route->access == ACCESS_PUBLIC) return 0;
    if (c->by_cookie && unsafe_method(c) && !str_is(http_header(c->req, "x-leadlight"), "1"))
        return err_set(e, ERR_FORBIDDEN, "X-Leadlight",
                       "a request by cookie needs the header X-Leadlight: 1");
    if (!access_allows(c->route->access, c->who.role))
        return err_set(e, ERR_FORBIDDEN, "", "your role may not do this");
    return 0;
}

struct allowance {
    char limit[24], left[24], reset[24];
};

/* Takes one request off the caller's allowance and says how much is left, as the usual fields (RateLimit-*). */
static bool allow(struct web *w, uint64_t key, struct allowance *out, int64_t *out_wait_s) {
    int64_t left, most = w->o.rate_limit;
    bool ok = limiter_take(w->limiter, key, clock_mono(&w->o.flow->clock), &left, out_wait_s);
    snprintf(out->limit, sizeof out->limit, "%lld", (long long)most);
    snprintf(out->left, sizeof out->left, "%lld", (long long)left);
    snprintf(out->reset, sizeof out->reset, "%lld", (long long)(((most - left) * 60 + most - 1) / most));
    return ok;
}

static int limited(struct call *c, struct err *e) {
    struct web *w = c->web;
    uint64_t key = c->who.role != ROLE_NONE ? str_hash(id_bytes(&c->who.token)) : str_hash(call_remote(c));
    /* webhooks are held by their signature and by the inbox's limit; who watches the server must not be turned
     * away by what he watches; anybody's browser is held like everybody */
    bool webhook = str_starts(str_of(c->route->path), STR("/webhooks/"));
    bool free_of_limit =
        c->route->access == ACCESS_PUBLIC && (webhook || strcmp(c->route->tag, "operations") == 0);
    if (w->o.rate_limit <= 0 || free_of_limit) return 0;
    struct allowance a;
    bool ok = allow(w, key, &a, &c->retry_s);
    call_header(c, "ratelimit-limit", str_of(a.limit));
    call_header(c, "ratelimit-remaining", str_of(a.left));
    call_header(c, "ratelimit-reset", str_of(a.reset));
    return ok ? 0
              : err_set(e, ERR_RATE, "", "more than %lld requests a minute; wait %lld s",
                        (long long)w->o.rate_limit, (long long)c->retry_s);
}

static void work(void *ctx, unsigned worker) {
    (void)worker;
    struct call *c = ctx;
    struct web *w = c->web;
    struct err e = {0};
    if (http_gone(c->req) && !atomic_load(&w->ready)) { /* cut off by the server's end: not begun any more */
        call_finish(c, -1, &(struct err){.kind = ERR_UNAVAILABLE, .msg = "the server is stopping"});
        return;
    }
    int rc = authorize(c, &e) || permit(c, &e) || limited(c, &e) ? -1 : 0;
    if (rc) {
        call_finish(c, rc, &e);
        return;
    }
    if (c->route->run == RUN_LATER) {
        if (c->route->handle(c, &e)) call_finish(c, -1, &e);
        return;
    }
    uint64_t generation = kept_generation(w->kept, c->who.tenant), foreign = web_foreign(w);
    int before = idempotency_begin(c, &e);
    if (before == 0) rc = c->route->handle(c, &e);
    if (before < 0) rc = -1;
    if (rc == 0) rc = buf_check(&c->out, "answer", &e);
    if (rc == 0 && before == 0) idempotency_end(c);
    if (rc == 0 && c->route->run == RUN_READ && c->status == 0) {
        metric_observe(w->o.flow->metrics, M_HTTP_SECONDS, clock_mono(&w->o.flow->clock) - c->begun_us);
        respond_read(c, generation, foreign);
        call_free(c);
        return;
    }
    call_finish(c, rc, &e);
}

static void respond_kept(struct web *w, struct http_request *req, const struct claims *who,
                         struct http_blob *blob) {
    struct allowance a;
    int64_t wait_s;
    struct http_field f[8];
    size_t n = 0;
    if (w->o.rate_limit > 0) {
        if (!allow(w, str_hash(id_bytes(&who->token)), &a, &wait_s)) {
            problem_respond(req, 429, "rate", err_title(ERR_RATE), "too many requests a minute", "", "",
                            wait_s);
            return;
        }
        f[n++] = (struct http_field){STR("ratelimit-limit"), str_of(a.limit)};
        f[n++] = (struct http_field){STR("ratelimit-remaining"), str_of(a.left)};
        f[n++] = (struct http_field){STR("ratelimit-reset"), str_of(a.reset)};
    }
    char etag[24];
    struct str wanted = http_header(req, "if-none-match");
    if (str_given(wanted)) etag_of(http_blob_body(blob), etag);
    if (!str_given(wanted) || !etag_matches(wanted, etag)) {
        http_respond_blob(req, blob, f, n);
        return;
    }
    f[n++] = (struct http_field){STR("etag"), str_of(etag)};
    f[n++] = HTTP_FIELD("cache-control", "private, no-cache");
    http_respond(req, 304, f, n, STR(""));
}

/* On the loop: the answer kept for this caller, if it still holds. */
static bool answer_kept(struct web *w, struct http_request *req, const struct route *r) {
    bool cookie;
    struct claims who;
    struct str token = auth_token(req, &cookie);
    if (auth_remembered(w, token, clock_now(&w->o.flow->clock), &who) != AUTH_YES ||
        !access_allows(r->access, who.role))
        return false;
    struct kept_key key = {who.tenant, who.token, req->target};
    struct http_blob *blob = kept_get(w->kept, &key, web_foreign(w));
    if (!blob) return false;
    respond_kept(w, req, &who, blob);
    http_blob_unref(blob);
    return true;
}

static void run_fast(struct call *c) {
    struct err e = {0};
    int rc = c->route->handle(c, &e);
    call_finish(c, rc, &e);
}

static void dispatch(struct web *w, struct http_request *req, const struct route *r,
                     const struct str param[2]) {
    if (r->run == RUN_READ && str_is(req->method, "GET") && answer_kept(w, req, r)) return;
    struct call *c = call_new(w, req, r, param);
    if (!c) {
        problem_respond(req, 503, "unavailable", err_title(ERR_UNAVAILABLE), "out of memory", "", "", 2);
        return;
    }
    if (r->run == RUN_FAST) {
        run_fast(c);
        return;
    }
    if (workers_submit(w->o.workers, work, c) == 0) return;
    metric_add(w->o.flow->metrics, M_OVERLOAD, 1);
    struct err e = {.kind = ERR_RATE};
    snprintf(e.msg, sizeof e.msg, "the server is busy; try again in a moment");
    call_finish(c, -1, &e);
}

static void refuse(struct http_request *req, int status, const char *allow) {
    const char *slug = status == 404   ? "not-found"
                       : status == 413 ? "too-large"
                       : status == 415 ? "media-type"
                                       : "method";
    const char *detail = status == 404   ? "There is nothing at this address."
                         : status == 413 ? "The body is larger than this address takes."
                         : status == 415 ? "Send application/json."
                                         : "This address does not take this method.";
    if (status == 405) {
        BUF_AUTO b;
        buf_init(&b, 2048);
        problem_write(&b, status, slug, http_reason(status), detail, "", "");
        struct http_field f[] = {HTTP_FIELD("content-type", PROBLEM_TYPE), {STR("allow"), str_of(allow)}};
        http_respond(req, status, f, 2, buf_str(&b));
        return;
    }
    problem_respond(req, status, slug, http_reason(status), detail, "", "", 0);
}

static bool wrong_media(const struct route *r, const struct http_request *req) {
    struct str type = http_header(req, "content-type");
    if (req->body.n == 0 || !str_given(type) || strcmp(r->request, "Csv") == 0 || r->access == ACCESS_PUBLIC)
        return false;
    return !str_eq_ci(str_head(type, 16), STR("application/json")) &&
           !str_eq_ci(str_head(type, 10), STR("text/plain"));
}

void web_on_head(void *ctx, struct http_request *req, struct http_verdict *v) {
    struct str param[2] = {STR_NONE, STR_NONE};
    bool known;
    char allow[64];
    (void)ctx;
    const struct route *r = route_find(req->method, req->path, param, &known, allow);
    if (r) {
        v->body_max = r->body_max ? r->body_max : 4096;
        req->route = r->path;
    } else {
        v->body_max = 65536;
    }
}

void web_on_request(void *ctx, struct http_request *req) {
    struct web *w = ctx;
    struct str param[2] = {STR_NONE, STR_NONE};
    bool known;
    char allow[64];
    if (req->refused) {
        refuse(req, req->refused, "");
        return;
    }
    const struct route *r = route_find(req->method, req->path, param, &known, allow);
    if (r && wrong_media(r, req))
        refuse(req, 415, "");
    else if (r)
        dispatch(w, req, r, param);
    else if (known)
        refuse(req, 405, allow);
    else if (!static_serve(w, req))
        refuse(req, 404, "");
}

static void publish(void *ctx, struct tenant_id t, struct id agent, const char *event, struct id id,
                    struct str json) {
    struct web *w = ctx;
    if (!w->hub) return;
    struct sse_topic topic = sse_topic_of(t.id, agent);
    char text[ID_TEXT + 1];
    id_text(id, text);
    bool resumable = strcmp(event, "alert") == 0; /* only alerts are caught up by Last-Event-ID */
    struct sse_event ev = {.id = resumable ? str_of(text) : STR_NONE, .name = str_of(event), .data = json};
    sse_publish(w->hub, &topic, &ev, NULL);
}

static void changed(void *ctx, struct tenant_id t, struct id agent) {
    struct web *w = ctx;
    (void)agent;
    kept_changed(w->kept, t);
}

struct live web_live(struct web *w) {
    return (struct live){publish, changed, w};
}

/* The dashboard as a way out: open streams get it now; who is not looking finds it when reading. That is delivery enough, and a repeat shows
 * nothing new, since pages know alerts by their id. */
static void dashboard_send(void *ctx, const struct outgoing *m, const struct gate_receipt *receipt,
                           void (*done)(void *done_ctx, const struct send_result *r), void *done_ctx) {
    struct web *w = ctx;
    (void)receipt;
    const char *event = str_starts(m->purpose, STR("briefing")) ? "briefing"
                        : str_starts(m->purpose, STR("alert"))  ? "alert"
                                                                : "outgoing";
    kept_changed(w->kept, m->tenant);
    publish(w, m->tenant, m->agent, event, id_given(m->subject) ? m->subject : m->key, m->content);
    struct send_result r = {.outcome = SEND_ACCEPTED};
    done(done_ctx, &r);
}

struct outlet web_dashboard_outlet(struct web *w) {
    return (struct outlet){"dashboard", true, dashboard_send, w};
}

int web_sign_in_code(struct web *w, const struct signed_in *who, char out[44], struct err *e) {
    uint8_t bytes[16];
    BUF_AUTO hex;
    buf_init(&hex, 64);
    chance_fill(&w->o.flow->chance, bytes, sizeof bytes);
    buf_hex(&hex, bytes, sizeof bytes);
    if (buf_check(&hex, "code", e)) return -1;
    int64_t now_us = clock_now(&w->o.flow->clock);
    pthread_mutex_lock(&w->code_lock);
    struct sign_in_code *place = &w->code[0];
    for (int i = 0; i < SIGN_IN_CODES; i++)
        if (w->code[i].until_us < place->until_us) place = &w->code[i];
    *place = (struct sign_in_code){.who = *who, .until_us = now_us + 24 * US_HOUR};
    str_to_z(buf_str(&hex), place->code, sizeof place->code);
    memcpy(out, place->code, sizeof place->code);
    pthread_mutex_unlock(&w->code_lock);
    return 0;
}

static struct http_blob *fixed(const char *type, struct buf *body, struct http_field more) {
    char etag[24];
    etag_of(buf_str(body), etag);
    struct http_field f[] = {{STR("content-type"), str_of(type)},
                             HTTP_FIELD("cache-control", "public, max-age=300"),
                             {STR("etag"), str_of(etag)},
                             HTTP_FIELD("x-content-type-options", "nosniff"),
                             more};
    return http_blob_take(200, f, 5, body);
}

static int make_documents(struct web *w, struct err *e) {
    const char *version = w->o.flow->version ? w->o.flow->version : "";
    struct str script = w->o.tracker_script;
    BUF_AUTO b;
    BUF_AUTO policy;
    buf_init(&b, 4 * 1024 * 1024);
    buf_init(&policy, 4096);
    if (openapi_write(version, &b, e)) return -1;
    w->openapi = fixed(JSON_TYPE, &b, HTTP_FIELD("access-control-allow-origin", "*"));
    if (docs_write(version, &b, e)) return -1;
    docs_policy(&policy);
    w->docs = fixed("text/html; charset=utf-8", &b,
                    (struct http_field){STR("content-security-policy"), buf_str(&policy)});
    buf_str_add(&b, script);
    if (script.n)
        w->tracker = fixed("text/javascript; charset=utf-8", &b,
                           HTTP_FIELD("cross-origin-resource-policy", "cross-origin"));
    w->statics = statics_new(w->o.assets, w->o.n_assets);
    bool made = w->openapi && w->docs && w->statics && (w->tracker || !script.n);
    return made ? 0 : err_set(e, ERR_INTERNAL, "documents", "cannot be made");
}

int web_new(const struct web_options *o, struct web **out, struct err *e) {
    struct web *w = calloc(1, sizeof *w);
    if (!w) return err_set(e, ERR_INTERNAL, "", "out of memory");
    w->o = *o;
    w->install = *o->install;
    arena_init(&w->arena, 64 * 1024);
    w->jwt_secret = arena_str(&w->arena, o->jwt_secret);
    w->started_us = clock_now(&o->flow->clock);
    pthread_mutex_init(&w->code_lock, NULL);
    w->limiter = limiter_new(o->rate_limit);
    w->sign_in_limiter = limiter_new(10);
    w->kept = kept_new();
    w->auth = auth_new();
    if (!w->limiter || !w->sign_in_limiter || !w->kept || !w->auth || make_documents(w, e)) {
        web_free(w);
        return e && e->kind ? -1 : err_set(e, ERR_INTERNAL, "", "out of memory");
    }
    *out = w;
    return 0;
}

void web_free(struct web *w) {
    if (!w) return;
    limiter_free(w->limiter);
    limiter_free(w->sign_in_limiter);
    kept_free(w->kept);
    auth_free(w->auth);
    http_blob_unref(w->openapi);
    http_blob_unref(w->docs);
    http_blob_unref(w->tracker);
    statics_free(w->statics);
    pthread_mutex_destroy(&w->code_lock);
    arena_done(&w->arena);
    key_wipe(&w->install);
    free(w);
}

void web_set_server(struct web *w, struct http_server *s, struct sse_hub *hub) {
    w->server = s;
    w->hub = hub;
}

void web_set_ready(struct web *w, bool ready) {
    atomic_store(&w->ready, ready);
}
