/* A connection's way out: what the kernel takes at once, what must wait for the client, and answers and events on top.
 *
 * Most answers go out in one writev of the blob's head, the changing lines and the blob's body, with no copy and no
 * allocation. Only what the kernel does not take is kept: a reference to the blob and a copy of the changing lines. */
#include "net/loop.h"

#include <assert.h>
#include <stdlib.h>

/* ---- bytes out ---- */

struct out { /* what the kernel did not take at once */
    uv_write_t w;
    struct conn *conn;
    struct http_blob *blob;
    size_t cost;
    char tail[];
};

static void on_written(uv_write_t *w, int status) {
    struct out *o = w->data;
    struct conn *c = o->conn;
    c->outs--;
    c->queued -= o->cost;
    http_blob_unref(o->blob);
    free(o);
    if (c->phase == PHASE_CLOSING) return;
    if (status) {
        conn_close(c);
    } else if (c->phase == PHASE_STREAM) {
        conn_enter(c, PHASE_STREAM, conn_options(c)->write_us);
    } else if (c->phase == PHASE_WRITE && c->outs == 0) {
        if (c->keep_alive) {
            conn_enter(c, PHASE_IDLE, conn_options(c)->idle_us);
            conn_resume(c);
        } else {
            conn_linger(c);
            conn_settle(c);
        }
    }
}

/* Queues what is left of the parts behind the first `skip` bytes. */
static int queue(struct conn *c, struct http_blob *blob, const struct str part[CONN_PARTS], size_t skip) {
    struct out *o = malloc(sizeof *o + part[1].n);
    if (!o) return -1;
    struct str at[CONN_PARTS] = {part[0], {o->tail, part[1].n}, part[2]};
    if (part[1].n) memcpy(o->tail, part[1].p, part[1].n);
    uv_buf_t bufs[CONN_PARTS];
    unsigned n = 0;
    o->cost = sizeof *o;
    for (int i = 0; i < CONN_PARTS; i++) {
        size_t gone = skip < at[i].n ? skip : at[i].n;
        skip -= gone;
        struct str rest = str_skip(at[i], gone);
        if (rest.n) bufs[n++] = uv_buf_init((char *)(uintptr_t)rest.p, (unsigned)rest.n);
        o->cost += rest.n;
    }
    o->w.data = o;
    o->conn = c;
    o->blob = blob ? http_blob_ref(blob) : NULL;
    c->outs++;
    c->queued += o->cost;
    if (uv_write(&o->w, (uv_stream_t *)&c->tcp, bufs, n, on_written) == 0) return 1;
    c->outs--;
    c->queued -= o->cost;
    http_blob_unref(o->blob);
    free(o);
    return -1;
}

int conn_send(struct conn *c, struct http_blob *blob, const struct str part[CONN_PARTS]) {
    size_t total = 0, sent = 0;
    uv_buf_t bufs[CONN_PARTS];
    unsigned n = 0;
    for (int i = 0; i < CONN_PARTS; i++) {
        total += part[i].n;
        if (part[i].n) bufs[n++] = uv_buf_init((char *)(uintptr_t)part[i].p, (unsigned)part[i].n);
    }
    if (c->outs == 0) {
        int r = uv_try_write((uv_stream_t *)&c->tcp, bufs, n);
        if (r < 0 && r != UV_EAGAIN) return -1;
        if (r > 0) sent = (size_t)r;
    }
    loop_count(c->loop, N_BYTES_OUT, total);
    return sent == total ? 0 : queue(c, blob, part, sent);
}

/* ---- answers ---- */

static struct str tail_of(struct conn *c, const struct request *r, bool close) {
    struct buf *b = &c->loop->tail;
    struct str date = loop_date(c->loop);
    buf_clear(b);
    buf_str_add(b, date);
    if (r) buf_str_add(b, buf_str(&r->extra));
    if (close)
        buf_z(b, "Connection: close\r\n");
    else if (r && c->head_minor == 0)
        buf_z(b, "Connection: keep-alive\r\n");
    buf_z(b, "\r\n");
    return buf_str(b);
}

size_t conn_send_answer(struct conn *c, struct http_blob *blob, const struct request *r, bool with_body) {
    struct str part[CONN_PARTS] = {blob_head(blob), tail_of(c, r, !c->keep_alive),
                                   with_body ? blob->body : (struct str){0}};
    size_t total = part[0].n + part[1].n + part[2].n;
    loop_count(c->loop, N_STATUS + (unsigned)blob->status / 100, 1);
    int pending = conn_send(c, blob, part);
    if (pending < 0)
        conn_close(c);
    else if (pending)
        conn_enter(c, PHASE_WRITE,
                   conn_options(c)->write_us + (int64_t)total * 1000000 / conn_options(c)->write_min_rate);
    else if (c->keep_alive)
        conn_enter(c, PHASE_IDLE, conn_options(c)->idle_us);
    else
        conn_linger(c);
    return total;
}

static void report(const struct conn *c, const struct request *r, size_t bytes_out) {
    const struct http_options *o = conn_options(c);
    if (!o->on_access) return;
    struct http_access a = {.method = r->pub.method,
                            .route = r->pub.route,
                            .remote = r->pub.remote,
                            .status = r->blob->status,
                            .bytes_in = r->body_n,
                            .bytes_out = bytes_out,
                            .took_us = clock_mono(o->clock) - r->head_at_us};
    o->on_access(o->app, &a);
}

void conn_answer(struct conn *c) {
    struct request *r = c->req;
    assert(c->phase == PHASE_WORK);
    if (!r->blob) { /* no memory even for a 500 */
        conn_close(c);
        request_free(r);
        return;
    }
    if (c->loop->stopping || (c->eof && c->in.n == 0)) c->keep_alive = false;
    c->req = NULL;
    loop_count(c->loop, N_IN_WORK, UINT64_MAX);
    size_t sent = conn_send_answer(c, r->blob, r, !r->pub.is_head && r->blob->status != 304);
    report(c, r, sent);
    request_free(r);
    if (c->loop->busy != c) conn_resume(c);
}

/* ---- event streams ---- */

enum { STREAM_SNDBUF = 32768 };

int conn_stream(struct conn *c, struct http_blob *head, void *stream) {
    struct request *r = c->req;
    assert(c->phase == PHASE_WORK);
    c->keep_alive = false;
    c->req = NULL;
    loop_count(c->loop, N_IN_WORK, UINT64_MAX);
    struct str part[CONN_PARTS] = {blob_head(head), tail_of(c, r, true), head->body};
    int sndbuf = STREAM_SNDBUF;
    uv_send_buffer_size((uv_handle_t *)&c->tcp,
                        &sndbuf); /* else the kernel lets megabytes wait for a slow one */
    http_blob_ref(head);
    report(c, r, part[0].n + part[1].n + part[2].n);
    request_free(r);
    loop_count(c->loop, N_STATUS + 2, 1);
    int sent = c->eof || c->loop->stopping ? -1 : conn_send(c, head, part);
    http_blob_unref(head);
    if (sent < 0) {
        conn_close(c);
        return -1;
    }
    c->stream = stream;
    c->discard = true;
    loop_count(c->loop, N_STREAMS, 1);
    conn_enter(c, PHASE_STREAM, conn_options(c)->write_us);
    if (c->loop->busy != c) conn_resume(c);
    return 0;
}

int conn_stream_write(struct conn *c, struct http_blob *b, size_t queue_max) {
    struct str part[CONN_PARTS] = {b->body, {0}, {0}};
    if (c->phase == PHASE_CLOSING) return -1;
    bool stuck = c->outs && uv_now(&c->loop->uv) >= c->deadline;
    if (stuck || (c->outs && c->queued + b->body.n + sizeof(struct out) > queue_max)) {
        loop_reject(c->loop, HTTP_REJECT_SLOW_STREAM);
        conn_close(c);
        return -1;
    }
    loop_count(c->loop, N_EVENTS, 1);
    if (!c->outs) c->deadline = uv_now(&c->loop->uv) + (uint64_t)conn_options(c)->write_us / 1000;
    if (conn_send(c, b, part) >= 0) return 0;
    conn_close(c);
    return -1;
}
