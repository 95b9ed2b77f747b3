/* What tests of src/net share: a client over a real socket, a clock that stands still, waiting for a
 * condition. */
#ifndef NET_HELP_H
#define NET_HELP_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "net/server.h"

/* 2026-11-20T07:00:00Z */
static inline int64_t help_now(void *ctx) {
    (void)ctx;
    return INT64_C(1795158000) * 1000000;
}
static inline int64_t help_mono(void *ctx) {
    (void)ctx;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
static const struct clock help_clock = {.now_us = help_now, .mono_us = help_mono};

enum { PATIENCE_S = 20 };

/* Repeats the condition until it holds, at most PATIENCE_S. */
#define WAIT_FOR(condition)                                                                                  \
    do {                                                                                                     \
        int64_t wait_until = help_mono(NULL) + PATIENCE_S * INT64_C(1000000);                                \
        while (!(condition)) {                                                                               \
            if (help_mono(NULL) > wait_until) fail_msg("never came true: %s", #condition);                   \
            poll(NULL, 0, 1);                                                                                \
        }                                                                                                    \
    } while (0)

static inline int dial_small(uint16_t port, int rcvbuf) {
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (rcvbuf) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof rcvbuf);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    return fd;
}
static inline int dial(uint16_t port) {
    return dial_small(port, 0);
}

/* false: the server has gone */
static inline bool put(int fd, struct str s) {
    while (s.n) {
        ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);
        if (n < 0) return false;
        s = str_skip(s, (size_t)n);
    }
    return true;
}

/* One read appended to b: bytes, 0 at the end, -1 for a reset. A time-out fails the test. */
static inline ssize_t more(int fd, struct buf *b) {
    char chunk[65536];
    ssize_t n = recv(fd, chunk, sizeof chunk, 0);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        fail_msg("the server said nothing for %d s", PATIENCE_S);
    if (n > 0) buf_add(b, chunk, (size_t)n);
    return n;
}

static inline void read_end(int fd, struct buf *b) /* all there is, to the end or a reset */
{
    while (more(fd, b) > 0) {
    }
}

static inline void read_until(int fd, struct buf *b, struct str what) {
    while (str_find(buf_str(b), what) < 0)
        if (more(fd, b) <= 0)
            fail_msg("closed before '%.*s' came: '%.*s'", STR_FMT(what), STR_FMT(buf_str(b)));
}

static inline bool field_of(struct str head, const char *name, struct str *out) {
    struct str line;
    while (str_cut(&head, '\n', &line)) {
        struct str value = line, n;
        str_cut(&value, ':', &n);
        if (str_given(value) && str_eq_ci(n, str_of(name))) {
            *out = str_trim(value);
            return true;
        }
    }
    return false;
}

struct reply {
    int status;
    struct str head, body;
    struct buf bytes; /* what came; behind the reply may stand the begin of the next */
};

/* Reads one answer with Content-Length (or none: no body). With `next` bytes of an earlier read in r->bytes.
 */
static inline void read_reply(int fd, struct reply *r, bool to_head) {
    struct str length;
    int64_t n = 0;
    read_until(fd, &r->bytes, STR("\r\n\r\n"));
    size_t head_n = (size_t)str_find(buf_str(&r->bytes), STR("\r\n\r\n")) + 4;
    r->head = str_head(buf_str(&r->bytes), head_n);
    if (!to_head && field_of(r->head, "content-length", &length)) assert_true(str_to_i64(length, &n));
    while (r->bytes.n < head_n + (size_t)n) assert_true(more(fd, &r->bytes) > 0);
    r->head = str_head(buf_str(&r->bytes), head_n);
    r->body = str_head(str_skip(buf_str(&r->bytes), head_n), (size_t)n);
    int64_t status = 0;
    assert_true(str_starts(r->head, STR("HTTP/1.1 ")));
    assert_true(str_to_i64(str_head(str_skip(r->head, 9), 3), &status));
    r->status = (int)status;
}

static inline void next_reply(int fd, struct reply *r) /* drops the one that was read */
{
    size_t used = r->head.n + r->body.n;
    if (used) memmove(r->bytes.p, r->bytes.p + used, r->bytes.n - used);
    r->bytes.n -= used;
    read_reply(fd, r, false);
}

static inline void reply_init(struct reply *r) {
    *r = (struct reply){0};
    buf_init(&r->bytes, 64 << 20);
}
static inline void reply_done(struct reply *r) {
    buf_done(&r->bytes);
}
#define REPLY_AUTO __attribute__((cleanup(reply_done))) struct reply

/* Sends and reads one answer. */
static inline int ask(int fd, struct reply *r, struct str bytes) {
    reply_init(r);
    put(fd, bytes);
    read_reply(fd, r, str_starts(bytes, STR("HEAD ")));
    return r->status;
}

static inline bool closed(int fd) /* waits for the end */
{
    BUF_AUTO b;
    buf_init(&b, 1 << 20);
    return more(fd, &b) <= 0;
}

#endif
