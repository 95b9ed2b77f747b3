/* A connection: bytes in, requests to the app, answers out, and the time limit of whatever it is doing.
 *
 * The phases and what moves between them:
 *   FRESH, IDLE -> HEAD -> BODY -> WORK -> WRITE -> IDLE (kept) or LINGER (not kept) -> closed
 * Phases that pass within one read are not seen by the clock. WORK has no limit here: the app owns the
 * request. Reading goes on in WORK, to see the client leave and to take pipelined requests, until
 * pipeline_max bytes wait. LINGER: after the last answer our side is shut and what still comes is thrown
 * away, because closing with unread bytes would reset the connection under the answer. A connection that only
 * waits has no buffer and no parser: both exist while a request has come in part. */
#include "net/loop.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/socket.h>

static void list_remove(struct conn *c) {
    struct conn_list *l = c->list;
    if (!l) return;
    *(c->prev ? &c->prev->next : &l->first) = c->next;
    *(c->next ? &c->next->prev : &l->last) = c->prev;
    c->prev = c->next = NULL;
    c->list = NULL;
}

static void list_append(struct conn_list *l, struct conn *c) {
    c->list = l;
    c->prev = l->last;
    *(l->last ? &l->last->next : &l->first) = c;
    l->last = c;
}

/* ---- phases, limits, the end ---- */

void conn_enter(struct conn *c, enum phase phase, int64_t limit_us) {
    c->phase = (uint8_t)phase;
    c->deadline = limit_us < 0 ? UINT64_MAX : uv_now(&c->loop->uv) + (uint64_t)((limit_us + 999) / 1000);
}

static void on_closed(uv_handle_t *h) {
    struct conn *c = h->data;
    struct loop *l = c->loop;
    atomic_fetch_sub(&l->server->open, 1);
    loop_count(l, N_OPEN, UINT64_MAX); /* minus one */
    l->conns--;
    buf_done(&c->in);
    free(c->head);
    free(c);
    loop_end_if_empty(l);
}

static void drop_request(struct conn *c) {
    struct request *r = c->req;
    c->req = NULL;
    if (!r) return;
    if (c->phase == PHASE_WORK) { /* the app's: its answer will free it */
        r->conn = NULL;
        atomic_store_explicit(&r->gone, true, memory_order_relaxed);
        loop_count(c->loop, N_IN_WORK, UINT64_MAX);
    } else {
        request_free(r);
    }
}

void conn_close(struct conn *c) {
    if (c->phase == PHASE_CLOSING) return;
    drop_request(c);
    c->phase = PHASE_CLOSING;
    list_remove(c);
    if (c->stream) {
        loop_count(c->loop, N_STREAMS, UINT64_MAX);
        c->loop->server->hub_ops->closed(c->loop, c->stream);
    }
    c->stream = NULL;
    uv_close((uv_handle_t *)&c->tcp, on_closed);
}

void conn_linger(struct conn *c) {
    int fd;
    if (c->eof || uv_fileno((uv_handle_t *)&c->tcp, &fd) || shutdown(fd, SHUT_WR)) {
        conn_close(c);
        return;
    }
    c->discard = true;
    conn_enter(c, PHASE_LINGER, conn_options(c)->linger_us);
}

/* A fault in the protocol or a limit: answered here, and the connection ends. */
static void refuse(struct conn *c, int status, const char *why, enum http_reject reason, bool is_head) {
    loop_reject(c->loop, reason);
    request_free(c->req);
    c->req = NULL;
    c->keep_alive = false;
    c->discard = true;
    struct http_blob *b = blob_problem(status, why);
    if (b)
        conn_send_answer(c, b, NULL, !is_head);
    else
        conn_close(c);
    http_blob_unref(b);
}

/* ---- requests in ---- */

static void dispatch(struct conn *c) {
    struct request *r = c->req;
    const struct http_options *o = conn_options(c);
    r->pub.body = buf_str(&r->body);
    conn_enter(c, PHASE_WORK, -1);
    loop_count(c->loop, N_REQUESTS, 1);
    loop_count(c->loop, N_IN_WORK, 1);
    o->on_request(o->app, &r->pub);
}

/* The body will not be read: answer now, and take nothing more from this connection. */
static void abandon(struct conn *c) {
    c->keep_alive = false;
    c->discard = true;
    dispatch(c);
}

static void too_large(struct conn *c) {
    c->req->pub.refused = 413;
    buf_done(&c->req->body);
    loop_reject(c->loop, HTTP_REJECT_BODY_SIZE);
}

static void begin_body(struct conn *c, int64_t limit_us, bool expect, bool none_came) {
    struct request *r = c->req;
    r->begun_ms = uv_now(&c->loop->uv);
    conn_enter(c, PHASE_BODY, limit_us);
    if (r->pub.refused && (r->framing.left > conn_options(c)->drain_max || (expect && none_came))) {
        abandon(c);
        return;
    }
    if (!r->pub.refused && r->framing.kind == HTTP_BODY_LENGTH)
        buf_reserve(&r->body, r->framing.left < 65536 ? (size_t)r->framing.left : 65536);
    if (expect && none_came) {
        struct str part[CONN_PARTS] = {{0}, STR("HTTP/1.1 100 Continue\r\n\r\n"), {0}};
        if (conn_send(c, NULL, part) < 0) conn_close(c);
    }
}

static void begin_request(struct conn *c, const struct http_head *h, const char *p, bool none_came) {
    const struct http_options *o = conn_options(c);
    int status;
    struct request *r = request_new(c, h, p, &status);
    if (!r) {
        if (status)
            refuse(c, status, "malformed path", HTTP_REJECT_SYNTAX, false);
        else
            conn_close(c);
        return;
    }
    struct http_verdict v = {.body_max = o->body_max, .body_us = o->body_us};
    bool expect = h->expect_continue;
    c->req = r;
    c->keep_alive = h->keep_alive;
    c->head_minor = h->minor;
    r->head_at_us = o->on_access ? clock_mono(o->clock) : 0;
    http_body_init(&r->framing, h);
    if (o->on_head) o->on_head(o->app, &r->pub, &v);
    r->pub.refused = v.refuse;
    r->body_max = v.body_max;
    buf_init(&r->body, v.body_max);
    if (r->framing.kind == HTTP_BODY_LENGTH && r->framing.left > v.body_max && !v.refuse) too_large(c);
    if (r->framing.kind == HTTP_BODY_NONE || (r->framing.kind == HTTP_BODY_LENGTH && r->framing.left == 0))
        dispatch(c);
    else
        begin_body(c, v.body_us, expect, none_came);
}

static bool keep_head(struct conn *c, const struct http_head *h) {
    if (c->head) return true;
    c->head = malloc(sizeof *h);
    if (c->head) memcpy(c->head, h, sizeof *h);
    return c->head != NULL;
}

/* Both takers: true when there may be more to do. */
static bool take_head(struct conn *c, const char *p, size_t n, size_t *out_used) {
    struct http_head *h = c->head;
    if (n == 0) return false;
    if (!h) {
        h = &c->loop->head;
        http_head_init(h, &conn_options(c)->limits);
    }
    enum http_result result = http_head_feed(h, p, n);
    if (result == HTTP_MORE) {
        if (!keep_head(c, h)) conn_close(c);
        if (c->phase == PHASE_IDLE && http_head_begun(h)) conn_enter(c, PHASE_HEAD, conn_options(c)->head_us);
        if (c->phase == PHASE_FRESH && http_head_begun(h)) c->phase = PHASE_HEAD;
        return false;
    }
    if (result == HTTP_FAILED) {
        bool size = h->status == 414 || h->status == 431;
        bool is_head = h->method.n && str_eq(http_view(p, h->method), STR("HEAD"));
        refuse(c, h->status, h->why, size ? HTTP_REJECT_HEAD_SIZE : HTTP_REJECT_SYNTAX, is_head);
    } else {
        *out_used = h->size;
        begin_request(c, h, p, n == h->size);
    }
    free(c->head);
    c->head = NULL;
    return true;
}

static void take_content(struct conn *c, struct str data) {
    struct request *r = c->req;
    size_t drain_max = conn_options(c)->drain_max;
    r->body_n += data.n;
    uint64_t coming = r->framing.kind == HTTP_BODY_CHUNKED ? r->framing.left : 0;
    if (!r->pub.refused) {
        if (r->body_n + coming > r->body_max)
            too_large(c);
        else
            buf_str_add(&r->body, data);
    }
    if (!r->pub.refused && !buf_ok(&r->body)) { /* out of memory */
        r->pub.refused = 503;
        buf_done(&r->body);
    }
    if (r->pub.refused && r->framing.kind == HTTP_BODY_CHUNKED && r->body_n + coming > drain_max) abandon(c);
}

static bool take_body(struct conn *c, const char *p, size_t n, size_t *out_used) {
    struct request *r = c->req;
    struct str data;
    if (n == 0) return false;
    enum http_result result = http_body_feed(&r->framing, p, n, out_used, &data);
    r->body_raw += *out_used;
    if (result == HTTP_FAILED) {
        refuse(c, r->framing.status, r->framing.why, HTTP_REJECT_SYNTAX, r->pub.is_head);
        return true;
    }
    take_content(c, data);
    if (c->phase != PHASE_BODY) return true;
    if (result == HTTP_DONE) dispatch(c);
    return true;
}

static bool takes_head(const struct conn *c) {
    return c->phase <= PHASE_HEAD && !c->discard;
}

/* Works on p[0..n) as far as the phase permits; gives the bytes used. */
static size_t process(struct conn *c, const char *p, size_t n) {
    size_t at = 0;
    bool more = true;
    c->loop->busy = c;
    while (more) {
        size_t used = 0;
        if (takes_head(c))
            more = take_head(c, p + at, n - at, &used);
        else if (c->phase == PHASE_BODY)
            more = take_body(c, p + at, n - at, &used);
        else
            more = false;
        at += used;
    }
    c->loop->busy = NULL;
    return c->discard || c->phase == PHASE_CLOSING ? n : at;
}

/* ---- reading ---- */

static void on_alloc(uv_handle_t *h, size_t size, uv_buf_t *out) {
    (void)size;
    struct conn *c = h->data;
    *out = uv_buf_init(c->loop->read, sizeof c->loop->read);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b);

static void read_on(struct conn *c, bool on) {
    if (on == c->reading) return;
    c->reading = on;
    if (!on)
        uv_read_stop((uv_stream_t *)&c->tcp);
    else if (uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read))
        conn_close(c);
}

void conn_settle(struct conn *c) {
    if (c->phase == PHASE_CLOSING) return;
    struct loop *l = c->loop;
    struct conn_list *list = c->phase == PHASE_IDLE     ? &l->idle
                             : c->phase == PHASE_STREAM ? &l->streams
                                                        : &l->active;
    if (c->eof && c->phase <= PHASE_BODY) { /* the rest will never come */
        conn_close(c);
        return;
    }
    if (list != c->list) {
        list_remove(c);
        c->listed = c->deadline;
        list_append(list, c);
    }
    read_on(c, !c->eof && (c->phase < PHASE_WORK || c->in.n <= conn_options(c)->pipeline_max));
}

void conn_resume(struct conn *c) {
    if (c->in.n && c->phase != PHASE_CLOSING) {
        size_t used = process(c, c->in.p, c->in.n);
        c->in.n -= used;
        if (c->in.n == 0)
            buf_done(&c->in);
        else if (used)
            memmove(c->in.p, c->in.p + used, c->in.n);
    }
    if (c->phase == PHASE_IDLE && c->loop->stopping) conn_close(c);
    conn_settle(c);
}

static void take_bytes(struct conn *c, const char *p, size_t n) {
    if (c->discard) return;
    bool stored = c->in.n > 0;
    size_t used = stored ? 0 : process(c, p, n);
    if (used == n || c->phase == PHASE_CLOSING) {
        conn_settle(c);
        return;
    }
    buf_add(&c->in, p + used, n - used);
    if (!buf_ok(&c->in))
        conn_close(c);
    else if (stored)
        conn_resume(c);
    else
        conn_settle(c);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
    struct conn *c = s->data;
    if (n == 0 || c->phase == PHASE_CLOSING) return;
    if (n > 0) {
        loop_count(c->loop, N_BYTES_IN, (uint64_t)n);
        take_bytes(c, b->base, (size_t)n);
        return;
    }
    c->eof = true;
    /* A half-closed client may still want its answer; one that reset, or that had a stream or its last
     * answer, not. */
    if (n != UV_EOF || c->phase >= PHASE_LINGER)
        conn_close(c);
    else
        conn_settle(c);
}

/* ---- birth ---- */

static void name_remote(struct conn *c) {
    struct sockaddr_storage a;
    int n = sizeof a;
    char text[64] = "";
    if (uv_tcp_getpeername(&c->tcp, (struct sockaddr *)&a, &n) == 0)
        uv_ip_name((struct sockaddr *)&a, text, sizeof text);
    struct str s = str_of(text);
    if (str_starts(s, STR("::ffff:")) && memchr(s.p, '.', s.n)) s = str_skip(s, 7);
    str_to_z(s, c->remote, sizeof c->remote);
}

void conn_accept(struct loop *l) {
    struct conn *c = calloc(1, sizeof *c);
    if (!c) {
        l->accept_stalled = true; /* the kernel keeps it; tried again on the next tick */
        return;
    }
    struct http_server *s = l->server;
    c->loop = l;
    buf_init(&c->in, (s->o.pipeline_max > 65536 ? s->o.pipeline_max : 65536) + sizeof l->read);
    uv_tcp_init(&l->uv, &c->tcp);
    c->tcp.data = c;
    l->conns++;
    loop_count(l, N_OPEN, 1);
    bool full = atomic_fetch_add(&s->open, 1) >= s->o.max_connections;
    conn_enter(c, PHASE_FRESH, s->o.head_us);
    list_append(&l->active, c);
    if (uv_accept((uv_stream_t *)&l->listener, (uv_stream_t *)&c->tcp) || l->stopping) {
        conn_close(c);
    } else if (full) {
        loop_reject(l, HTTP_REJECT_CONNECTIONS);
        conn_close(c);
    } else {
        loop_count(l, N_ACCEPTED, 1);
        uv_tcp_nodelay(&c->tcp, 1);
        name_remote(c);
        conn_settle(c);
    }
}

/* ---- the clock ---- */

static bool too_slow(const struct conn *c, uint64_t now) {
    const struct http_options *o = conn_options(c);
    uint64_t grace = (uint64_t)o->body_grace_us / 1000, passed = now - c->req->begun_ms;
    return passed > grace && c->req->body_raw < (passed - grace) * o->body_min_rate / 1000;
}

static void time_out(struct conn *c) {
    switch ((enum phase)c->phase) {
    case PHASE_FRESH:
        loop_reject(c->loop, HTTP_REJECT_HEAD_TIMEOUT);
        conn_close(c);
        break;
    case PHASE_HEAD:
        refuse(c, 408, "the request's head took too long", HTTP_REJECT_HEAD_TIMEOUT, false);
        break;
    case PHASE_BODY:
        refuse(c, 408, "the request's body took too long", HTTP_REJECT_BODY_TIMEOUT, c->req->pub.is_head);
        break;
    case PHASE_WRITE:
        loop_reject(c->loop, HTTP_REJECT_WRITE_TIMEOUT);
        conn_close(c);
        break;
    default: conn_close(c);
    }
    conn_settle(c);
}

static void tick_idle(struct loop *l, uint64_t now) {
    struct conn *c;
    while ((c = l->idle.first) && c->listed <= now) {
        if (c->deadline <= now) {
            conn_close(c);
        } else { /* was used since it was listed */
            list_remove(c);
            c->listed = c->deadline;
            list_append(&l->idle, c);
        }
    }
}

void conn_tick(struct loop *l, uint64_t now_ms) {
    tick_idle(l, now_ms);
    for (struct conn *c = l->active.first, *next; c; c = next) {
        next = c->next;
        if (c->deadline <= now_ms || (c->phase == PHASE_BODY && too_slow(c, now_ms))) time_out(c);
    }
}

static unsigned close_all(struct conn_list *list) /* gives how many were in the middle of a request */
{
    unsigned n = 0;
    while (list->first) {
        n += list->first->phase >= PHASE_HEAD && list->first->phase <= PHASE_WRITE;
        conn_close(list->first);
    }
    return n;
}

void conn_stop(struct loop *l) {
    close_all(&l->idle);
    close_all(&l->streams);
    for (struct conn *c = l->active.first, *next; c; c = next) {
        next = c->next;
        if (c->phase == PHASE_FRESH) conn_close(c);
    }
}

void conn_cut(struct loop *l) {
    l->cut += close_all(&l->active) + close_all(&l->idle) + close_all(&l->streams);
}
