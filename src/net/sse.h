/* Server-sent events: requests that became streams, and one place to publish from any thread.
 *
 * A stream belongs to one topic, an opaque 32-byte key (tenant and agent). sse_publish() formats the event
 * once and hands the same bytes to every loop that has streams; each loop writes them to its streams of the
 * topic. Order is kept for events published by one thread. Nothing is stored here: a client that was away
 * names its last event in the Last-Event-ID field, and the app sends it what it missed with sse_send() after
 * sse_open() (an event published meanwhile may then come twice; clients tell by its id).
 *
 * Limits: a client that does not read is dropped once more than queue_max bytes wait for it in our memory
 * (the kernel's buffers come on top); it comes back by itself after retry_ms. A stream costs about 1 KiB of
 * ours. A comment line goes out after heartbeat_us without an event, so that proxies keep the stream and dead
 * peers are found. HEAD requests and HTTP/1.0 clients get the fields; HTTP/1.0 streams end by close like all
 * others (no chunked coding is used: the stream is delimited by close, RFC 9112 section 6.3 point 8). */
#ifndef NET_SSE_H
#define NET_SSE_H

#include "base/id.h"
#include "net/server.h"

struct sse_hub;
enum { SSE_EVENT_MAX = 1 << 20 }; /* bytes of one event on the wire */
struct sse_topic {
    uint8_t key[32];
};
struct sse_ref { /* names one stream; stays harmless after it has ended */
    unsigned loop;
    uint64_t number;
};

struct sse_options {
    int64_t heartbeat_us;   /* 0: 15 s */
    unsigned retry_ms;      /* sent as `retry:` at the begin. 0: 3000 */
    size_t queue_max;       /* bytes waiting per stream. 0: 64 KiB */
    unsigned max_streams;   /* of all loops. 0: 11000 */
    unsigned max_per_topic; /* on one loop; the oldest is closed for the newest. 0: 16 */
    int64_t
        max_age_us; /* after this (and up to a quarter more) a stream is closed, so that its client comes back and is asked anew who it
                           is. 0: never */
};

/* Between http_server_new() and http_server_start(). One hub per server; freed by http_server_free(). */
int sse_hub_new(struct http_server *s, const struct sse_options *o, struct sse_hub **out, struct err *e);

struct sse_topic sse_topic_of(struct id tenant, struct id agent);

/* Answers `req` with 200, text/event-stream, no-store and `fields`, and keeps it as a stream of the topic.
 * Any thread. req is dead afterwards. Over max_streams: answered 503. out_ref may be NULL. */
void sse_open(struct sse_hub *h, struct http_request *req, const struct sse_topic *topic,
              const struct http_field *fields, size_t n_fields, struct sse_ref *out_ref);

struct sse_event {
    struct str id;   /* absent: none. No CR, LF or NUL (else the event is refused) */
    struct str name; /* absent: "message". The same */
    struct str data; /* split at CRLF, CR or LF into data: lines; NUL is left as it is */
};
/* To all streams of the topic now open. Any thread, does not wait. -1: ERR_INVALID, ERR_UNAVAILABLE (memory).
 */
int sse_publish(struct sse_hub *h, const struct sse_topic *topic, const struct sse_event *ev, struct err *e);
/* To one stream only. */
int sse_send(struct sse_hub *h, struct sse_ref ref, const struct sse_event *ev, struct err *e);
/* Ends all streams of the topic (an agent's access was withdrawn). */
void sse_close_topic(struct sse_hub *h, const struct sse_topic *topic);
unsigned sse_streams(const struct sse_hub *h, unsigned loop); /* all when loop >= number of loops */

/* The event's bytes on the wire. -1: ERR_INVALID. For sse_publish and for tests. */
int sse_format(struct buf *out, const struct sse_event *ev, struct err *e);

#endif
