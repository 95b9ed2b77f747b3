/* What the server's own files share: a loop, a connection, a request, an answer. Not for others.
 *
 * Everything of a loop and its connections is touched on that loop's thread only. What crosses threads does
 * so as a `struct task` through loop_post(), but for the counters (relaxed atomics, one writer) and a
 * request's `gone`. */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdatomic.h>
#include <uv.h>

#include "net/server.h"

struct loop;
struct conn;

struct task { /* intrusive; run on the loop, or dropped when the server is freed first */
    struct task *next;
    void (*run)(struct loop *l, struct task *t);
    void (*drop)(struct task *t);
};

enum { /* per loop, one writer */
       N_REQUESTS,
       N_STATUS, /* six classes */
       N_BYTES_IN = N_STATUS + 6,
       N_BYTES_OUT,
       N_ACCEPTED,
       N_OPEN,
       N_IN_WORK,
       N_STREAMS,
       N_EVENTS,
       N_REJECTED,
       N_COUNTERS = N_REJECTED + HTTP_REJECT_COUNT
};

struct conn_list {
    struct conn *first, *last;
};

struct loop {
    uv_loop_t uv;
    uv_tcp_t listener;
    uv_async_t wake;
    uv_timer_t tick;
    uv_thread_t thread;
    struct http_server *server;
    unsigned index;
    bool ready, listening, accept_stalled, stopping;
    uint64_t stop_at; /* uv_now() of the end of grace */
    unsigned cut;     /* connections closed by it */
    size_t conns;
    struct conn_list idle;   /* by `listed`, soonest first: all wait equally long */
    struct conn_list active; /* looked through on every tick */
    struct conn_list streams;
    struct conn *busy; /* whose input is being worked on */
    void *hub;         /* sse.c's part for this loop */
    uint64_t date_ms;  /* uv_now() of the last look at the clock */
    int64_t date_s;
    char date[48]; /* "Date: ...\r\n" */
    size_t date_n;
    struct buf tail;              /* scratch: the part of an answer's head that is not the blob's */
    struct http_head head;        /* scratch: of requests that come in one piece */
    _Atomic(struct task *) inbox; /* newest first */
    _Atomic uint64_t count[N_COUNTERS];
    char read[65536];
};

struct hub_ops { /* what sse.c lets the server call */
    void (*tick)(struct loop *l, uint64_t now_ms);
    void (*closed)(struct loop *l, void *stream); /* its connection is gone */
    void (*free)(struct http_server *s);
};

struct http_server {
    struct http_options o;
    char address[64];
    unsigned n_loops, n_started;
    uint16_t port;
    struct loop *loops;
    uint64_t tick_ms;
    atomic_uint open;
    _Atomic uint64_t streams_refused; /* shown with loop 0 */
    atomic_bool stopping;
    int64_t grace_us;
    uv_key_t here; /* a loop's thread finds its loop here */
    const struct hub_ops *hub_ops;
    void *hub;
};

/* loop.c */
int loop_init(struct loop *l, struct http_server *s, unsigned index, int listen_fd, struct err *e);
void loop_run(void *loop); /* the thread */
void loop_done(struct loop *l);
void loop_post(struct loop *l, struct task *t); /* any thread */
bool loop_is_mine(struct loop *l);
void loop_end_if_empty(struct loop *l);
struct str loop_date(struct loop *l);
static inline void loop_count(struct loop *l, unsigned what, uint64_t n) {
    uint64_t v = atomic_load_explicit(&l->count[what], memory_order_relaxed);
    atomic_store_explicit(&l->count[what], v + n, memory_order_relaxed);
}
static inline void loop_reject(struct loop *l, enum http_reject r) {
    loop_count(l, N_REJECTED + r, 1);
}

/* blob.c */
struct http_blob {
    atomic_uint refs;
    int status;
    uint32_t head_n;
    struct str body;
    char *owned;  /* the body's memory, when taken */
    char bytes[]; /* head, then the body when copied */
};
static inline struct str blob_head(const struct http_blob *b) {
    return (struct str){b->bytes, b->head_n};
}
struct http_blob *blob_raw(struct str bytes); /* body only, no head */
/* 200, event stream, no Content-Length; `body` are the stream's first bytes */
struct http_blob *blob_stream(const struct http_field *fields, size_t n, struct str body);
struct http_blob *blob_problem(int status, const char *detail);
bool blob_fields_valid(const struct http_field *fields, size_t n);

/* request.c */
struct request {
    struct http_request pub; /* first: the app's pointer is ours */
    struct task task;
    struct loop *loop;
    struct conn *conn; /* NULL when the client has gone; loop's thread only */
    atomic_bool gone;
    struct http_body framing;
    struct buf body;
    size_t body_max;
    uint64_t body_n;   /* content so far, also when it is thrown away */
    uint64_t body_raw; /* with chunk lines: what the minimum rate counts */
    uint64_t begun_ms; /* of the body */
    int64_t head_at_us;
    struct http_blob *blob; /* the answer on its way to the loop */
    struct buf extra;       /* its added field lines */
    void *stream;           /* or sse.c's stream */
    char remote[48];
    struct http_field fields[];
};
/* NULL and *out_status: 400 for a bad path, 0 for no memory. */
struct request *request_new(struct conn *c, const struct http_head *h, const char *p, int *out_status);
void request_free(struct request *r);
void request_post(struct request *r, void (*run)(struct loop *l, struct task *t)); /* now or by the inbox */

/* conn.c */
enum phase {
    PHASE_FRESH, /* accepted, nothing came */
    PHASE_IDLE,  /* between requests */
    PHASE_HEAD,
    PHASE_BODY,
    PHASE_WORK,   /* the app has the request */
    PHASE_WRITE,  /* an answer waits for the client to read */
    PHASE_LINGER, /* our side is shut, reading to the client's end */
    PHASE_STREAM,
    PHASE_CLOSING
};
struct conn {
    uv_tcp_t tcp;
    struct loop *loop;
    struct conn *prev, *next;
    struct conn_list *list;
    uint64_t deadline, listed; /* uv_now() */
    struct buf in;             /* bytes not yet used; starts with a request's first byte */
    struct http_head *head;    /* of a head that came in part */
    struct request *req;       /* in PHASE_BODY, PHASE_WORK */
    void *stream;
    size_t queued; /* bytes (and their keeping) waiting in `outs` writes */
    unsigned outs;
    uint8_t phase;
    uint8_t head_minor; /* of the request being answered */
    bool keep_alive, eof, reading, discard;
    char remote[48];
};
void conn_accept(struct loop *l);
void conn_close(struct conn *c);
void conn_tick(struct loop *l, uint64_t now_ms);
void conn_stop(struct loop *l); /* no more requests; closes what waits */
void conn_cut(struct loop *l);  /* closes all */
/* between conn.c and conn_send.c */
enum { CONN_PARTS = 3 }; /* of an answer: of the blob, changing, of the blob */
static inline const struct http_options *conn_options(const struct conn *c) {
    return &c->loop->server->o;
}
void conn_enter(struct conn *c, enum phase phase, int64_t limit_us); /* limit_us < 0: none */
void conn_linger(struct conn *c);                                    /* the last answer has been sent */
void conn_resume(struct conn *c); /* goes on with bytes that waited, then settles */
void conn_settle(struct conn *c); /* after any work: the right list for the clock, and whether to read */
/* 0: the kernel has all of it, 1: the rest is queued, -1: the connection is broken (not closed here). */
int conn_send(struct conn *c, struct http_blob *blob, const struct str part[CONN_PARTS]);
/* Sends the blob and moves on to WRITE, IDLE or LINGER (or closes). r: the request, if there is one. */
size_t conn_send_answer(struct conn *c, struct http_blob *blob, const struct request *r, bool with_body);

/* conn_send.c, for request.c and sse.c */
/* Answers c->req with r->blob and r->extra; frees the request. */
void conn_answer(struct conn *c);
/* Makes it a stream: sends the head and its body, frees the request. -1: it never became one, the connection
 * is closing. After 0 its end is told by hub_ops.closed, which may already have happened. */
int conn_stream(struct conn *c, struct http_blob *head, void *stream);
/* -1: the connection is broken or too slow, and was closed (hub_ops.closed was called). */
int conn_stream_write(struct conn *c, struct http_blob *b, size_t queue_max);

#endif
