/* The HTTP/1.1 server: some libuv loops, one thread and one SO_REUSEPORT listener each, and one callback for
 * the app.
 *
 * Path of a request: bytes -> http_parse.h -> on_head (may refuse or set the body's limit) -> body read to
 * its end -> on_request -> http_respond*() at once on the loop's thread, or later from any thread. A
 * connection has one request in the app's hands at a time, so pipelined requests are answered in order;
 * further bytes wait, up to a limit.
 *
 * The request handle belongs to the app from on_request until it calls exactly one of http_respond,
 * http_respond_blob or sse_open; everything it points to (path, fields, body) is its own copy and stays valid
 * just as long. The client may vanish meanwhile: answering is still right, and goes nowhere.
 *
 * on_head and on_request run on a loop's thread and must not block: real work belongs in net/workers.h.
 *
 * What is refused without asking the app stands in http_parse.h; those answers are problem documents (RFC
 * 9457) made here. What the server adds to every answer: Date, Content-Length, and Connection where needed.
 * Nothing else: caching and security headers are the app's.
 *
 * Time limits are absolute (a byte does not restart them): a slow sender cannot hold a connection. See
 * http_options. Serves API (16), IN-1a's overload rule, NUM-1, NUM-11, EXT ("a body is read to its end before
 * the answer"). */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include "base/buf.h"
#include "net/http_parse.h"
#include "port/clock.h"

struct http_server;
struct http_blob;

struct http_request {  /* read only for the app, but for `user` and `route` */
    struct str method; /* a token, case as sent */
    struct str path;   /* percent-decoded, dot segments resolved, begins with '/'; "*" for OPTIONS * */
    struct str target; /* as sent */
    struct str query;  /* behind '?', not decoded; STR_NONE when there is no '?' */
    struct str host;   /* of the absolute target, else of Host; may be absent in HTTP/1.0 */
    const struct http_field *fields; /* in order of arrival, values trimmed */
    size_t n_fields;
    struct str body;   /* whole, chunked coding undone; empty in on_head and when refused */
    struct str remote; /* the peer's address as text, no port */
    int refused;       /* the status on_head (or the body limit) chose; 0: none. Answer with it */
    bool is_head;      /* HEAD: the server leaves the body out of the answer by itself */
    const char *route; /* set by the app for on_access; lives for ever; NULL: unknown */
    void *user;        /* the app's */
};

struct http_verdict { /* what on_head may change; preset from http_options. on_head must not allocate for the
                         request: a client that leaves during its body never gets to on_request */
    int refuse;       /* a status: the body is drained, then on_request is called with req->refused */
    size_t body_max;  /* bytes after undoing chunks; over it: refused = 413 */
    int64_t body_us;  /* absolute time for the body */
};

struct http_access { /* one finished answer */
    struct str method;
    const char *route;
    struct str remote;
    int status;
    uint64_t bytes_in, bytes_out; /* of the body, and of the whole answer */
    int64_t took_us;              /* from the head's last byte to the answer handed to the kernel or queued */
};

struct http_options {
    struct str address;        /* IPv4 or IPv6 literal; absent: 127.0.0.1 */
    uint16_t port;             /* 0: the kernel chooses, see http_server_port() */
    unsigned loops;            /* 0: 1; at most 64 */
    unsigned max_connections;  /* of all loops together; one more is closed at once. 0: 12000 */
    struct http_limits limits; /* zeros: the defaults of http_parse.h */
    size_t body_max;           /* 0: 1 MiB */
    size_t drain_max;    /* a refused body announced as longer is not drained: answered at once, then closed.
                            0: 4 MiB */
    size_t pipeline_max; /* bytes waiting behind the request in work before reading pauses. 0: 64 KiB */
    int64_t head_us;     /* first byte (or accept) to end of head. 0: 10 s */
    int64_t body_us;     /* end of head to end of body. 0: 30 s */
    int64_t body_grace_us;  /* after this the minimum rate counts. 0: 5 s */
    uint32_t body_min_rate; /* bytes per second of body since its begin. 0: 1024 */
    int64_t idle_us;        /* between requests. 0: 60 s */
    int64_t
        write_us; /* for an answer the client is slow to take, plus its bytes at write_min_rate. 0: 30 s */
    uint32_t write_min_rate;   /* bytes per second. 0: 16384 */
    int64_t linger_us;         /* reading on after an answer that closes. 0: 2 s */
    const struct clock *clock; /* needed: now_us for Date, mono_us for took_us */
    void *app;
    void (*on_request)(void *app, struct http_request *req);                      /* needed */
    void (*on_head)(void *app, struct http_request *req, struct http_verdict *v); /* may be NULL */
    void (*on_access)(void *app, const struct http_access *a); /* may be NULL; loop's thread */
};

/* Binds and listens (the port is known afterwards; nothing is answered yet). *o is copied; clock and app must
 * outlive the server. -1: ERR_INVALID (options), ERR_CONFLICT (port taken, also by another process that
 * shares ports), ERR_UNAVAILABLE. */
int http_server_new(const struct http_options *o, struct http_server **out, struct err *e);
int http_server_start(struct http_server *s, struct err *e); /* starts the threads */
uint16_t http_server_port(const struct http_server *s);
unsigned http_server_loops(const struct http_server *s);
/* Stops listening, closes idle connections and streams, waits for requests in work at most grace_us, then
 * cuts them. Blocks; returns when all loop threads have ended: 0, or the number of connections that were cut.
 * Call once, not from a loop's thread. */
unsigned http_server_stop(struct http_server *s, int64_t grace_us);
/* After stop, and after everybody who may hold requests has ended (workers_stop). NULL is fine. */
void http_server_free(struct http_server *s);

/* First field of that name, or STR_NONE. */
struct str http_header(const struct http_request *req, const char *name);
/* Value of a cookie of the Cookie field(s), quotes kept, or STR_NONE. */
struct str http_cookie(const struct http_request *req, const char *name);
/* True when the client has gone: a long job may stop early (it must still answer). Any thread. */
bool http_gone(const struct http_request *req);

/* Answers. Any thread, from on_request on (not in on_head); `req` is dead afterwards. `fields` are without
 * Date, Content-Length, Connection. Everything is copied. A field that does not fit the syntax (control
 * bytes) makes the answer 500. */
void http_respond(struct http_request *req, int status, const struct http_field *fields, size_t n_fields,
                  struct str body);
/* The same without copying: the blob's reference stays the caller's, the server takes its own. `extra` fields
 * (may be none) are added to the blob's. */
void http_respond_blob(struct http_request *req, struct http_blob *blob, const struct http_field *extra,
                       size_t n_extra);

/* A ready answer, immutable and shared: status, fields, body. Reference counted, any thread. */
struct http_blob *http_blob_new(int status, const struct http_field *fields, size_t n_fields,
                                struct str body);
/* Takes the buffer's memory instead of copying (the buf is empty afterwards, also on failure). */
struct http_blob *http_blob_take(int status, const struct http_field *fields, size_t n_fields,
                                 struct buf *body);
struct http_blob *http_blob_ref(struct http_blob *b);
void http_blob_unref(struct http_blob *b); /* NULL is fine */
struct str http_blob_body(const struct http_blob *b);
int http_blob_status(const struct http_blob *b);
/* Both makers: NULL when a field is malformed, status is not 200..599, or memory is out. */

const char *http_reason(int status); /* "Not Found"; "" for unknown ones */

/* Why something was turned away by the server itself. */
#define HTTP_REJECTS(X)                                                                                      \
    X(SYNTAX, "syntax")               /* 400, 417, 501, 505 */                                               \
    X(HEAD_SIZE, "head_size")         /* 414, 431 */                                                         \
    X(BODY_SIZE, "body_size")         /* 413 */                                                              \
    X(HEAD_TIMEOUT, "head_timeout")   /* 408 or closed */                                                    \
    X(BODY_TIMEOUT, "body_timeout")   /* 408: absolute or minimum rate */                                    \
    X(WRITE_TIMEOUT, "write_timeout") /* closed */                                                           \
    X(CONNECTIONS, "connections")     /* over max_connections: closed */                                     \
    X(SLOW_STREAM, "slow_stream")     /* an event stream over its queue: closed */                           \
    X(STREAMS, "streams")             /* too many streams: 503 */
enum http_reject {
#define X(name, text) HTTP_REJECT_##name,
    HTTP_REJECTS(X)
#undef X
        HTTP_REJECT_COUNT
};
const char *http_reject_name(enum http_reject r);

struct http_stats {
    uint64_t requests;  /* handed to the app */
    uint64_t responses; /* by class: see status */
    uint64_t status[6]; /* [2] = 2xx ... */
    uint64_t bytes_in, bytes_out;
    uint64_t accepted; /* connections ever */
    uint64_t open;     /* connections now */
    uint64_t in_work;  /* requests in the app's hands now, of connections still there */
    uint64_t streams;  /* event streams now */
    uint64_t events;   /* event writes to streams ever */
    uint64_t rejected[HTTP_REJECT_COUNT];
};
/* Of one loop, or the sum when loop >= http_server_loops(). Any thread. */
void http_server_stats(const struct http_server *s, unsigned loop, struct http_stats *out);

/* Raises the soft limit of open files to `want` or as far as the hard limit permits; gives what is in force.
 */
int http_raise_nofile(uint64_t want, uint64_t *out_now, struct err *e);

#endif
