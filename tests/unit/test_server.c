/* The HTTP server over real sockets: order, time limits, refusals, answers from other threads, clients that
 * leave, the end. Event streams are in test_sse.c. */
#include "net_help.h"

#include <pthread.h>
#include <stdlib.h>

#include <stdatomic.h>

#include "net/workers.h"

/* ---- the app under test ---- */

struct app {
    struct http_server *server;
    struct workers *workers;
    struct http_blob *cached, *big;
    pthread_mutex_t lock;
    pthread_cond_t came;
    struct http_request *held[64];
    size_t n_held;
    atomic_int accesses, last_status;
    _Atomic uint64_t access_bytes;
};

static void echo(struct http_request *q) {
    BUF_AUTO b;
    buf_init(&b, 4 << 20);
    buf_fmt(&b, "%.*s %.*s ", STR_FMT(q->method), STR_FMT(q->path));
    if (str_given(q->query)) buf_fmt(&b, "?%.*s ", STR_FMT(q->query));
    buf_str_add(&b, q->body);
    struct http_field fields[] = {HTTP_FIELD("Content-Type", "text/plain"), {STR("X-Remote"), q->remote}};
    http_respond(q, q->refused ? q->refused : 200, fields, 2, buf_str(&b));
}

static void echo_job(void *ctx, unsigned worker) {
    (void)worker;
    echo(ctx);
}

static void hold(struct app *a, struct http_request *q) {
    pthread_mutex_lock(&a->lock);
    a->held[a->n_held++] = q;
    pthread_cond_broadcast(&a->came);
    pthread_mutex_unlock(&a->lock);
}

static struct http_request *take_held(struct app *a) /* waits for one */
{
    pthread_mutex_lock(&a->lock);
    while (!a->n_held) pthread_cond_wait(&a->came, &a->lock);
    struct http_request *q = a->held[--a->n_held];
    pthread_mutex_unlock(&a->lock);
    return q;
}

static void on_request(void *ctx, struct http_request *q) {
    struct app *a = ctx;
    q->route = "test";
    if (str_is(q->path, "/worker")) {
        if (workers_submit(a->workers, echo_job, q)) http_respond(q, 503, NULL, 0, STR(""));
    } else if (str_is(q->path, "/hold")) {
        hold(a, q);
    } else if (str_is(q->path, "/cached")) {
        struct http_field extra = HTTP_FIELD("X-Extra", "1");
        http_respond_blob(q, a->cached, &extra, 1);
    } else if (str_is(q->path, "/big")) {
        http_respond_blob(q, a->big, NULL, 0);
    } else if (str_is(q->path, "/nothing")) {
        http_respond(q, 204, NULL, 0, STR("dropped"));
    } else if (str_is(q->path, "/split")) {
        struct http_field bad = HTTP_FIELD("X-Bad", "a\r\nSet-Cookie: b");
        http_respond(q, 200, &bad, 1, STR("x"));
    } else if (str_is(q->path, "/cookie")) {
        struct str v = http_cookie(q, "b");
        http_respond(q, 200, NULL, 0, str_given(v) ? v : STR("none"));
    } else {
        echo(q);
    }
}

static void on_head(void *ctx, struct http_request *q, struct http_verdict *v) {
    (void)ctx;
    if (str_is(q->path, "/refuse")) v->refuse = 404;
    if (str_is(q->path, "/small")) v->body_max = 10;
    if (str_is(q->path, "/quick")) v->body_us = 100000;
}

static void on_access(void *ctx, const struct http_access *x) {
    struct app *a = ctx;
    assert_string_equal(x->route, "test");
    atomic_fetch_add(&a->access_bytes, x->bytes_out);
    atomic_store(&a->last_status, x->status);
    atomic_fetch_add(&a->accesses, 1);
}

static struct http_options options(struct app *a) {
    return (struct http_options){.loops = 2,
                                 .linger_us = 200000,
                                 .clock = &help_clock,
                                 .app = a,
                                 .on_request = on_request,
                                 .on_head = on_head,
                                 .on_access = on_access};
}

static void start_with(struct app *a, const struct http_options *o) {
    struct err e = {0};
    memset(a, 0, sizeof *a);
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->came, NULL);
    struct http_field type = HTTP_FIELD("Content-Type", "application/json");
    struct buf big;
    buf_init(&big, 32 << 20);
    for (int i = 0; i < 1 << 18; i++) buf_fmt(&big, "%07d ", i);
    a->big = http_blob_take(200, &type, 1, &big);
    a->cached = http_blob_new(200, &type, 1, STR("{\"a\":1}"));
    assert_non_null(a->big);
    assert_non_null(a->cached);
    assert_int_equal(workers_new(2, 16, &a->workers, &e), 0);
    if (http_server_new(o, &a->server, &e)) fail_msg("%s: %s", e.where, e.msg);
    assert_int_equal(http_server_start(a->server, &e), 0);
}

static void start(struct app *a) {
    struct http_options o = options(a);
    start_with(a, &o);
}

static unsigned stop(struct app *a, int64_t grace_us) {
    unsigned cut = http_server_stop(a->server, grace_us);
    workers_stop(a->workers);
    return cut;
}

static void end(struct app *a) {
    http_server_free(a->server);
    workers_free(a->workers);
    http_blob_unref(a->big);
    http_blob_unref(a->cached);
    pthread_mutex_destroy(&a->lock);
    pthread_cond_destroy(&a->came);
}

static void stop_and_end(struct app *a) {
    assert_int_equal(stop(a, 5000000), 0);
    end(a);
}

static int connect_to(struct app *a) {
    return dial(http_server_port(a->server));
}

static struct http_stats stats(struct app *a) {
    struct http_stats s;
    http_server_stats(a->server, UINT32_MAX, &s);
    return s;
}

#define GET(path) STR("GET " path " HTTP/1.1\r\nHost: a\r\n\r\n")

/* ---- answers ---- */

static void answers(void **state) {
    (void)state;
    struct app a;
    start(&a);
    int fd = connect_to(&a);
    struct str v;
    {
        REPLY_AUTO r;
        assert_int_equal(ask(fd, &r, GET("/a/../b%20c?q=1")), 200);
        assert_true(str_is(r.body, "GET /b c ?q=1 "));
        assert_true(field_of(r.head, "Date", &v) && str_is(v, "Fri, 20 Nov 2026 07:00:00 GMT"));
        assert_true(field_of(r.head, "X-Remote", &v) && str_is(v, "127.0.0.1"));
        assert_false(field_of(r.head, "Connection", &v));
    }
    {
        REPLY_AUTO r;
        assert_int_equal(ask(fd, &r, STR("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")),
                         200);
        assert_true(str_is(r.body, "POST /p hello"));
    }
    {
        REPLY_AUTO r;
        struct str s = STR("POST /worker HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nT: u\r\n\r\n");
        assert_int_equal(ask(fd, &r, s), 200);
        assert_true(str_is(r.body, "POST /worker hello"));
    }
    {
        REPLY_AUTO r;
        assert_int_equal(ask(fd, &r, GET("/cached")), 200);
        assert_true(str_is(r.body, "{\"a\":1}"));
        assert_true(field_of(r.head, "X-Extra", &v) && field_of(r.head, "Content-Type", &v));
    }
    {
        REPLY_AUTO r;
        assert_int_equal(ask(fd, &r, STR("HEAD /cached HTTP/1.1\r\nHost: a\r\n\r\n")), 200);
        assert_true(field_of(r.head, "Content-Length", &v) && str_is(v, "7"));
        assert_int_equal(r.bytes.n, r.head.n);
    }
    {
        REPLY_AUTO r;
        assert_int_equal(ask(fd, &r, GET("/nothing")), 204);
        assert_false(field_of(r.head, "Content-Length", &v));
        assert_int_equal(r.bytes.n, r.head.n);
    }
    {
        REPLY_AUTO r;
        assert_int_equal(ask(fd, &r, GET("/split")), 500);
        assert_false(field_of(r.head, "Set-Cookie", &v));
    }
    {
        REPLY_AUTO r;
        struct str s = STR("GET /cookie HTTP/1.1\r\nHost: a\r\nCookie: a=1; bb=2; b=x=3\r\n\r\n");
        assert_int_equal(ask(fd, &r, s), 200);
        assert_true(str_is(r.body, "x=3"));
    }
    close(fd);
    WAIT_FOR(atomic_load(&a.accesses) == 8);
    assert_int_equal(stats(&a).requests, 8);
    assert_int_equal(stats(&a).status[2], 7);
    assert_int_equal(stats(&a).status[5], 1);
    assert_int_equal(stats(&a).bytes_out, atomic_load(&a.access_bytes));
    stop_and_end(&a);
}

static void http_1_0(void **state) {
    (void)state;
    struct app a;
    start(&a);
    struct str v;
    int fd = connect_to(&a);
    REPLY_AUTO kept, last;
    assert_int_equal(ask(fd, &kept, STR("GET /cached HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")), 200);
    assert_true(field_of(kept.head, "Connection", &v) && str_is(v, "keep-alive"));
    assert_int_equal(ask(fd, &last, STR("GET /cached HTTP/1.0\r\n\r\n")), 200);
    assert_true(field_of(last.head, "Connection", &v) && str_is(v, "close"));
    assert_true(closed(fd));
    close(fd);
    stop_and_end(&a);
}

/* Answers held back and given out of order still come in the order asked. */
static void pipelining(void **state) {
    (void)state;
    struct app a;
    start(&a);
    int fd = connect_to(&a);
    BUF_AUTO b;
    buf_init(&b, 1 << 20);
    for (int i = 0; i < 500; i++)
        buf_fmt(&b, "GET /%s?%d HTTP/1.1\r\nHost: a\r\n\r\n", i % 3 ? "x" : "worker", i);
    assert_true(put(fd, buf_str(&b)));
    REPLY_AUTO r;
    reply_init(&r);
    for (int i = 0; i < 500; i++) {
        char expect[64];
        next_reply(fd, &r);
        snprintf(expect, sizeof expect, "GET /%s ?%d ", i % 3 ? "x" : "worker", i);
        assert_true(str_is(r.body, expect));
    }
    close(fd);
    stop_and_end(&a);
}

/* Many more requests behind one in work than may wait: reading pauses, nothing is lost. */
static void pipeline_backpressure(void **state) {
    (void)state;
    struct app a;
    struct http_options o = options(&a);
    o.pipeline_max = 1000;
    start_with(&a, &o);
    int fd = connect_to(&a);
    assert_true(put(fd, GET("/hold")));
    BUF_AUTO b;
    buf_init(&b, 16 << 20);
    for (int i = 0; i < 5000; i++) buf_fmt(&b, "GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", i);
    assert_true(put(fd, buf_str(&b)));
    struct http_request *q = take_held(&a);
    assert_true(stats(&a).bytes_in < b.n); /* the rest waits in the kernel */
    http_respond(q, 200, NULL, 0, STR("held"));
    REPLY_AUTO r;
    reply_init(&r);
    next_reply(fd, &r);
    assert_true(str_is(r.body, "held"));
    for (int i = 0; i < 5000; i++) {
        char expect[64];
        next_reply(fd, &r);
        snprintf(expect, sizeof expect, "GET /%d ", i);
        assert_true(str_is(r.body, expect));
    }
    close(fd);
    stop_and_end(&a);
}

/* A client that is slow to read gets the whole answer, and the next ones after it. */
static void slow_reader(void **state) {
    (void)state;
    struct app a;
    start(&a);
    int fd = dial_small(http_server_port(a.server), 4096);
    assert_true(put(fd, GET("/big")));
    assert_true(put(fd, GET("/big")));
    assert_true(put(fd, GET("/cached")));
    REPLY_AUTO r;
    reply_init(&r);
    for (int i = 0; i < 2; i++) {
        next_reply(fd, &r);
        assert_true(str_eq(r.body, http_blob_body(a.big)));
    }
    next_reply(fd, &r);
    assert_true(str_is(r.body, "{\"a\":1}"));
    close(fd);
    stop_and_end(&a);
}

/* ---- refusals ---- */

static void bad_requests(void **state) {
    (void)state;
    struct app a;
    start(&a);
    static const struct {
        struct str bytes;
        int status;
    } rows[] = {
        {STR("GET / HTTP/1.1\r\n\r\n"), 400},
        {STR("GET / HTTP/1.1\nHost: a\n\n"), 400},
        {STR("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
        {STR("GET /.. HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
        {STR("GET / HTTP/3.0\r\nHost: a\r\n\r\n"), 505},
        {STR("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx"), 400},
        {STR("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: zip\r\n\r\n"), 501},
        {STR("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"), 400},
    };
    size_t n = sizeof rows / sizeof *rows;
    for (size_t i = 0; i < n; i++) {
        struct str v;
        int fd = connect_to(&a);
        REPLY_AUTO r;
        assert_int_equal(ask(fd, &r, rows[i].bytes), rows[i].status);
        assert_true(field_of(r.head, "Connection", &v) && str_is(v, "close"));
        assert_true(field_of(r.head, "Content-Type", &v) && str_is(v, "application/problem+json"));
        assert_true(closed(fd)); /* a request behind a wrong one is never read */
        close(fd);
    }
    assert_int_equal(stats(&a).rejected[HTTP_REJECT_SYNTAX], n);
    assert_int_equal(stats(&a).requests, 0);
    stop_and_end(&a);
}

static void body_limits(void **state) {
    (void)state;
    struct app a;
    struct http_options o = options(&a);
    o.drain_max = 100;
    start_with(&a, &o);
    static const struct {
        struct str bytes;
        int status;
        bool kept;
    } rows[] = {
        {STR("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n123456789"), 200, true},
        {STR("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n1234567890"), 200, true},
        {STR("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n12345678901"), 413, true},
        {STR("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n"), 413, false},
        {STR("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1099511627776\r\n\r\n"), 413, false},
        {STR("POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
             "chunked\r\n\r\na\r\n1234567890\r\n0\r\n\r\n"),
         200, true},
        {STR("POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
             "chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n"),
         413, true},
        {STR("POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n"), 413, false},
        {STR("POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"), 404, true},
        {STR("POST /refuse HTTP/1.1\r\nHost: a\r\n\r\n"), 404, true},
        {STR("POST /refuse HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"), 404,
         false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int fd = connect_to(&a);
        REPLY_AUTO r, again;
        assert_int_equal(ask(fd, &r, rows[i].bytes), rows[i].status);
        reply_init(&again);
        if (rows[i].kept)
            assert_int_equal(ask(fd, &again, GET("/cached")), 200);
        else
            assert_true(closed(fd));
        close(fd);
    }
    assert_int_equal(stats(&a).rejected[HTTP_REJECT_BODY_SIZE], 5);
    stop_and_end(&a);
}

static void expect_continue(void **state) {
    (void)state;
    struct app a;
    start(&a);
    int fd = connect_to(&a);
    BUF_AUTO b;
    buf_init(&b, 4096);
    put(fd, STR("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"));
    read_until(fd, &b, STR("\r\n\r\n"));
    assert_true(str_is(buf_str(&b), "HTTP/1.1 100 Continue\r\n\r\n"));
    REPLY_AUTO r, whole;
    assert_int_equal(ask(fd, &r, STR("hello")), 200);
    assert_true(str_is(r.body, "POST / hello"));
    /* the body came along: no 100 */
    assert_int_equal(
        ask(fd, &whole,
            STR("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi")),
        200);
    close(fd);
    stop_and_end(&a);
}

static void too_many_connections(void **state) {
    (void)state;
    struct app a;
    struct http_options o = options(&a);
    o.max_connections = 3;
    start_with(&a, &o);
    int fd[3];
    for (int i = 0; i < 3; i++) {
        REPLY_AUTO r;
        fd[i] = connect_to(&a);
        assert_int_equal(ask(fd[i], &r, GET("/cached")), 200);
    }
    int one_more = connect_to(&a);
    assert_true(closed(one_more));
    close(one_more);
    assert_int_equal(stats(&a).rejected[HTTP_REJECT_CONNECTIONS], 1);
    close(fd[0]);
    WAIT_FOR(stats(&a).open == 2);
    REPLY_AUTO r;
    fd[0] = connect_to(&a);
    assert_int_equal(ask(fd[0], &r, GET("/cached")), 200);
    for (int i = 0; i < 3; i++) close(fd[i]);
    stop_and_end(&a);
}

/* ---- time limits ---- */

/* One byte every few milliseconds until the server has had enough; gives the milliseconds it took. */
static int64_t drip(int fd, struct str bytes, int every_ms) {
    int64_t begin = help_mono(NULL);
    for (size_t i = 0; i < bytes.n; i++) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (!put(fd, str_head(str_skip(bytes, i), 1)) || poll(&p, 1, every_ms) > 0) break;
    }
    return (help_mono(NULL) - begin) / 1000;
}

static void slow_head(void **state) {
    (void)state;
    struct app a;
    struct http_options o = options(&a);
    o.head_us = 200000;
    start_with(&a, &o);
    BUF_AUTO head;
    buf_init(&head, 1 << 16);
    buf_z(&head, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
    for (int i = 0; i < 4000; i++) buf_c(&head, 'x');
    int fd = connect_to(&a);
    int64_t took = drip(fd, buf_str(&head), 5);
    assert_in_range(took, 150, 8000);
    REPLY_AUTO r;
    reply_init(&r);
    read_reply(fd, &r, false);
    assert_int_equal(r.status, 408);
    assert_true(closed(fd));
    close(fd);
    /* nothing at all: closed without a word */
    fd = connect_to(&a);
    assert_true(closed(fd));
    close(fd);
    /* on a kept connection the time runs from the next request's first byte */
    fd = connect_to(&a);
    REPLY_AUTO first;
    assert_int_equal(ask(fd, &first, GET("/cached")), 200);
    assert_in_range(drip(fd, buf_str(&head), 5), 150, 8000);
    close(fd);
    WAIT_FOR(stats(&a).rejected[HTTP_REJECT_HEAD_TIMEOUT] == 3);
    stop_and_end(&a);
}

static void slow_body(void **state) {
    (void)state;
    struct app a;
    struct http_options o = options(&a);
    o.body_grace_us = 100000;
    o.body_min_rate = 10000;
    start_with(&a, &o);
    static const struct str posts[] = {
        STR("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n"),
        STR("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n"),
    };
    BUF_AUTO body;
    buf_init(&body, 1 << 16);
    for (int i = 0; i < 4000; i++) buf_c(&body, 'x');
    for (size_t i = 0; i < 2; i++) { /* about 200 bytes a second */
        int fd = connect_to(&a);
        REPLY_AUTO r;
        reply_init(&r);
        put(fd, posts[i]);
        assert_in_range(drip(fd, buf_str(&body), 5), 90, 8000);
        read_reply(fd, &r, false);
        assert_int_equal(r.status, 408);
        close(fd);
    }
    /* quick enough for the rate, but not for the route's own absolute limit */
    int fd = connect_to(&a);
    REPLY_AUTO r;
    reply_init(&r);
    put(fd, STR("POST /quick HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"));
    for (int i = 0; i < 5; i++) put(fd, buf_str(&body));
    read_reply(fd, &r, false);
    assert_int_equal(r.status, 408);
    close(fd);
    assert_int_equal(stats(&a).rejected[HTTP_REJECT_BODY_TIMEOUT], 3);
    assert_int_equal(stats(&a).requests, 0);
    stop_and_end(&a);
}

static void idle_connection(void **state) {
    (void)state;
    struct app a;
    struct http_options o = options(&a);
    o.idle_us = 200000;
    start_with(&a, &o);
    int fd = connect_to(&a);
    for (int i = 0; i < 30; i++) { /* in use for longer than the limit, never idle for it */
        REPLY_AUTO r;
        assert_int_equal(ask(fd, &r, GET("/cached")), 200);
        poll(NULL, 0, 10);
    }
    int64_t begin = help_mono(NULL);
    assert_true(closed(fd));
    assert_in_range((help_mono(NULL) - begin) / 1000, 100, 8000);
    close(fd);
    WAIT_FOR(stats(&a).open == 0);
    stop_and_end(&a);
}

static void client_never_reads(void **state) {
    (void)state;
    struct app a;
    struct http_options o = options(&a);
    o.write_us = 100000;
    o.write_min_rate = 1 << 30;
    start_with(&a, &o);
    int fd = dial_small(http_server_port(a.server), 4096);
    for (int i = 0; i < 20; i++) put(fd, GET("/big")); /* 40 MiB: more than the kernel holds */
    WAIT_FOR(stats(&a).rejected[HTTP_REJECT_WRITE_TIMEOUT] == 1 && stats(&a).open == 0);
    assert_true(stats(&a).requests < 20);
    close(fd);
    stop_and_end(&a);
}

/* ---- other threads, clients that leave ---- */

static void *many_requests(void *ctx) {
    struct app *a = ctx;
    for (int c = 0; c < 5; c++) {
        int fd = connect_to(a);
        for (int i = 0; i < 100; i++) {
            REPLY_AUTO r;
            assert_int_equal(ask(fd, &r, i % 2 ? GET("/worker") : GET("/cached")), 200);
        }
        close(fd);
    }
    return NULL;
}

static void answers_from_other_threads(void **state) {
    (void)state;
    struct app a;
    start(&a);
    pthread_t t[4];
    for (int i = 0; i < 4; i++) pthread_create(&t[i], NULL, many_requests, &a);
    for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
    assert_int_equal(stats(&a).requests, 2000);
    WAIT_FOR(stats(&a).open == 0);
    stop_and_end(&a);
}

static void reset(int fd) {
    struct linger l = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
    close(fd);
}

static void client_leaves(void **state) {
    (void)state;
    struct app a;
    start(&a);
    /* while the app works: it is told, and its answer goes nowhere */
    int fd = connect_to(&a);
    put(fd, GET("/hold"));
    struct http_request *q = take_held(&a);
    assert_false(http_gone(q));
    reset(fd);
    WAIT_FOR(http_gone(q));
    assert_true(str_is(q->path, "/hold")); /* still readable */
    http_respond(q, 200, NULL, 0, STR("nobody"));
    /* in the middle of an answer */
    fd = dial_small(http_server_port(a.server), 4096);
    put(fd, GET("/big"));
    BUF_AUTO some;
    buf_init(&some, 1 << 20);
    assert_true(more(fd, &some) > 0);
    reset(fd);
    /* in the middle of a head, of a body */
    fd = connect_to(&a);
    put(fd, STR("GET / HT"));
    close(fd);
    fd = connect_to(&a);
    put(fd, STR("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nabc"));
    close(fd);
    /* gone, but after a half-close nobody reads there: only writing tells, the second time by EPIPE */
    fd = connect_to(&a);
    put(fd, STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\nGET /hold HTTP/1.1\r\nHost: a\r\n\r\nGET"));
    q = take_held(&a);
    shutdown(fd, SHUT_WR);
    poll(NULL, 0, 20); /* let the end be seen before the rest of the socket goes */
    close(fd);
    http_respond(q, 200, NULL, 0, STR("first"));
    http_respond(take_held(&a), 200, NULL, 0, STR("second"));
    WAIT_FOR(stats(&a).accepted == 5 && stats(&a).open == 0);
    assert_int_equal(stats(&a).in_work, 0);
    stop_and_end(&a);
}

/* A client that has sent its last byte and shut its side still gets all its answers. */
static void half_closed(void **state) {
    (void)state;
    struct app a;
    start(&a);
    int fd = connect_to(&a);
    put(fd, STR("GET /hold HTTP/1.1\r\nHost: a\r\n\r\nGET /cached HTTP/1.1\r\nHost: a\r\n\r\nGET /rest"));
    struct http_request *q = take_held(&a);
    shutdown(fd, SHUT_WR);
    http_respond(q, 200, NULL, 0, STR("held"));
    REPLY_AUTO r;
    reply_init(&r);
    next_reply(fd, &r);
    assert_true(str_is(r.body, "held"));
    next_reply(fd, &r);
    assert_true(str_is(r.body, "{\"a\":1}"));
    assert_true(closed(fd));
    close(fd);
    stop_and_end(&a);
}

/* ---- the end ---- */

struct stopper {
    struct app *app;
    int64_t grace_us;
    unsigned cut;
    atomic_bool done;
};

static void *stop_in_thread(void *ctx) {
    struct stopper *s = ctx;
    s->cut = http_server_stop(s->app->server, s->grace_us);
    atomic_store(&s->done, true);
    return NULL;
}

static bool refused(uint16_t port) {
    struct sockaddr_in x = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool no = connect(fd, (struct sockaddr *)&x, sizeof x) != 0;
    close(fd);
    return no;
}

static void graceful_stop(void **state) {
    (void)state;
    struct app a;
    start(&a);
    int idle = connect_to(&a), working = connect_to(&a);
    REPLY_AUTO r, held;
    assert_int_equal(ask(idle, &r, GET("/cached")), 200);
    put(working, GET("/hold"));
    struct http_request *q = take_held(&a);
    struct stopper s = {.app = &a, .grace_us = 20000000};
    pthread_t t;
    pthread_create(&t, NULL, stop_in_thread, &s);
    assert_true(closed(idle)); /* at once */
    WAIT_FOR(refused(http_server_port(a.server)));
    assert_false(atomic_load(&s.done)); /* waits for the one in work */
    http_respond(q, 200, NULL, 0, STR("last"));
    reply_init(&held);
    read_reply(working, &held, false);
    struct str v;
    assert_true(str_is(held.body, "last"));
    assert_true(field_of(held.head, "Connection", &v) && str_is(v, "close"));
    assert_true(closed(working));
    close(working);
    close(idle);
    pthread_join(t, NULL);
    assert_int_equal(s.cut, 0);
    end(&a);
}

static void stop_cuts(void **state) {
    (void)state;
    struct app a;
    start(&a);
    int working = connect_to(&a);
    put(working, GET("/hold"));
    struct http_request *q = take_held(&a);
    assert_int_equal(stop(&a, 100000), 1);
    assert_true(closed(working));
    close(working);
    assert_true(http_gone(q));
    http_respond(q, 200, NULL, 0, STR("too late")); /* still must be given, and is freed with the server */
    end(&a);
}

static void never_started(void **state) {
    (void)state;
    struct http_options o = options(NULL);
    struct http_server *s, *t;
    struct err e = {0};
    assert_int_equal(http_server_new(&o, &s, &e), 0);
    assert_true(http_server_port(s) > 0);
    assert_int_equal(http_server_loops(s), 2);
    o.port = http_server_port(s); /* taken, although ports are shared between loops */
    assert_int_equal(http_server_new(&o, &t, &e), -1);
    assert_int_equal(e.kind, ERR_CONFLICT);
    http_server_free(s);
    http_server_free(NULL);
}

static void wrong_options(void **state) {
    (void)state;
    struct http_server *s;
    struct err e = {0};
    struct http_options o = options(NULL);
    o.address = STR("localhost");
    assert_int_equal(http_server_new(&o, &s, &e), -1);
    assert_string_equal(e.where, "address");
    o = options(NULL);
    o.loops = 65;
    assert_int_equal(http_server_new(&o, &s, &e), -1);
    o = options(NULL);
    o.limits.line_max = 61440 - HTTP_HEAD_MAX + 1;
    assert_int_equal(http_server_new(&o, &s, &e), -1);
    o.limits.line_max--;
    assert_int_equal(http_server_new(&o, &s, &e), 0);
    http_server_free(s);
    o = options(NULL);
    o.idle_us = -1;
    assert_int_equal(http_server_new(&o, &s, &e), -1);
    o = options(NULL);
    o.on_request = NULL;
    assert_int_equal(http_server_new(&o, &s, &e), -1);
}

static void blobs(void **state) {
    (void)state;
    struct http_field bad_name = HTTP_FIELD("A b", "c"), ours = HTTP_FIELD("content-length", "5");
    assert_null(http_blob_new(200, &bad_name, 1, STR("")));
    assert_null(http_blob_new(200, &ours, 1, STR("")));
    assert_null(http_blob_new(199, NULL, 0, STR("")));
    assert_null(http_blob_new(600, NULL, 0, STR("")));
    struct buf b;
    buf_init(&b, 10);
    buf_z(&b, "more than ten");
    assert_null(http_blob_take(200, NULL, 0, &b));
    assert_int_equal(b.n, 0);
    struct http_blob *x = http_blob_new(404, NULL, 0, STR("body"));
    assert_ptr_equal(http_blob_ref(x), x);
    http_blob_unref(x);
    assert_int_equal(http_blob_status(x), 404);
    assert_true(str_is(http_blob_body(x), "body"));
    http_blob_unref(x);
    http_blob_unref(NULL);
    assert_string_equal(http_reason(431), "Request Header Fields Too Large");
    assert_string_equal(http_reason(299), "");
    assert_string_equal(http_reject_name(HTTP_REJECT_STREAMS), "streams");
}

static void open_files(void **state) {
    (void)state;
    uint64_t before, now;
    assert_int_equal(http_raise_nofile(0, &before, NULL), 0);
    assert_int_equal(http_raise_nofile(before, &now, NULL), 0);
    assert_int_equal(now, before); /* never lowered */
    assert_int_equal(http_raise_nofile(UINT64_MAX - 1, &now, NULL), 0);
    assert_true(now >= before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(http_1_0),
        cmocka_unit_test(pipelining),
        cmocka_unit_test(pipeline_backpressure),
        cmocka_unit_test(slow_reader),
        cmocka_unit_test(bad_requests),
        cmocka_unit_test(body_limits),
        cmocka_unit_test(expect_continue),
        cmocka_unit_test(too_many_connections),
        cmocka_unit_test(slow_head),
        cmocka_unit_test(slow_body),
        cmocka_unit_test(idle_connection),
        cmocka_unit_test(client_never_reads),
        cmocka_unit_test(answers_from_other_threads),
        cmocka_unit_test(client_leaves),
        cmocka_unit_test(half_closed),
        cmocka_unit_test(graceful_stop),
        cmocka_unit_test(stop_cuts),
        cmocka_unit_test(never_started),
        cmocka_unit_test(wrong_options),
        cmocka_unit_test(blobs),
        cmocka_unit_test(open_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
