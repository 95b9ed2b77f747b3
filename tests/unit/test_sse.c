/* Event streams over real sockets: the bytes, fan-out by topic, slow clients, many clients, the end. And the
 * worker pool. */
#include "net_help.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "net/sse.h"
#include "net/workers.h"

struct app {
    struct http_server *server;
    struct sse_hub *hub;
    struct workers *workers;
    pthread_mutex_t lock;
    struct sse_ref last; /* the stream opened last */
    atomic_int opened;
};

static struct sse_topic topic(char c) {
    struct sse_topic t;
    memset(t.key, c, sizeof t.key);
    return t;
}

struct job {
    struct app *app;
    struct http_request *req;
};

static void open_stream(struct app *a, struct http_request *q) /* /stream?X is topic X */
{
    struct sse_topic t = topic(q->query.p[0]);
    struct http_field field = HTTP_FIELD("X-Stream", "1");
    struct sse_ref ref;
    sse_open(a->hub, q, &t, &field, 1, &ref);
    pthread_mutex_lock(&a->lock);
    a->last = ref;
    pthread_mutex_unlock(&a->lock);
    atomic_fetch_add(&a->opened, 1);
}

static void open_job(void *ctx, unsigned worker) {
    (void)worker;
    struct job *j = ctx;
    open_stream(j->app, j->req);
    free(j);
}

static void on_request(void *ctx, struct http_request *q) {
    struct app *a = ctx;
    if (str_is(q->path, "/stream")) {
        open_stream(a, q);
    } else if (str_is(q->path, "/later")) {
        struct job *j = malloc(sizeof *j);
        *j = (struct job){a, q};
        assert_int_equal(workers_submit(a->workers, open_job, j), 0);
    } else {
        http_respond(q, 200, NULL, 0, STR("plain"));
    }
}

static void start(struct app *a, const struct sse_options *so, int64_t write_us) {
    struct err e = {0};
    struct http_options o = {
        .loops = 2, .write_us = write_us, .clock = &help_clock, .app = a, .on_request = on_request};
    memset(a, 0, sizeof *a);
    pthread_mutex_init(&a->lock, NULL);
    assert_int_equal(workers_new(2, 100, &a->workers, &e), 0);
    if (http_server_new(&o, &a->server, &e)) fail_msg("%s: %s", e.where, e.msg);
    assert_int_equal(sse_hub_new(a->server, so, &a->hub, &e), 0);
    assert_int_equal(http_server_start(a->server, &e), 0);
}

static void stop_and_end(struct app *a) {
    assert_int_equal(http_server_stop(a->server, 5000000), 0);
    assert_int_equal(sse_streams(a->hub, UINT32_MAX), 0);
    workers_free(a->workers);
    http_server_free(a->server);
    pthread_mutex_destroy(&a->lock);
}

static struct http_stats stats(struct app *a) {
    struct http_stats s;
    http_server_stats(a->server, UINT32_MAX, &s);
    return s;
}

static int open_client_small(struct app *a, const char *target, struct buf *b, int rcvbuf) {
    int fd = dial_small(http_server_port(a->server), rcvbuf);
    BUF_AUTO head;
    buf_init(&head, 1000);
    buf_fmt(&head, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", target);
    put(fd, buf_str(&head));
    buf_init(b, 8 << 20);
    read_until(fd, b, STR("retry: "));
    return fd;
}
static int open_client(struct app *a, const char *target, struct buf *b) {
    return open_client_small(a, target, b, 0);
}

static void publish(struct app *a, char to, const char *id, struct str data) {
    struct sse_topic t = topic(to);
    struct sse_event ev = {.id = id ? str_of(id) : STR_NONE, .name = STR("alert"), .data = data};
    assert_int_equal(sse_publish(a->hub, &t, &ev, NULL), 0);
}

/* ---- */

static void format(void **state) {
    (void)state;
    static const struct {
        struct sse_event ev;
        const char *expect; /* NULL: refused */
    } rows[] = {
        {{STR("7"), STR("alert"), STR("{}")}, "id: 7\nevent: alert\ndata: {}\n\n"},
        {{STR_NONE, STR_NONE, STR("a")}, "data: a\n\n"},
        {{STR_NONE, STR_NONE, STR("")}, "data: \n\n"},
        {{STR_NONE, STR_NONE, STR_NONE}, "data: \n\n"},
        {{STR_NONE, STR_NONE, STR("a\nb")}, "data: a\ndata: b\n\n"},
        {{STR_NONE, STR_NONE, STR("a\r\nb\rc\n\nd")}, "data: a\ndata: b\ndata: c\ndata: \ndata: d\n\n"},
        {{STR_NONE, STR_NONE, STR("a\n")}, "data: a\ndata: \n\n"},
        {{STR_NONE, STR_NONE, STR("a\r")}, "data: a\ndata: \n\n"},
        {{STR_NONE, STR_NONE, STR("\r\n")}, "data: \ndata: \n\n"},
        {{STR_NONE, STR_NONE, STR("a\nid: 9\n\ndata: x")}, "data: a\ndata: id: 9\ndata: \ndata: data: x\n\n"},
        {{STR("1\n2"), STR_NONE, STR("a")}, NULL},
        {{STR("1\r"), STR_NONE, STR("a")}, NULL},
        {{STR("1\0"), STR_NONE, STR("a")}, NULL},
        {{STR_NONE, STR("x\ny"), STR("a")}, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        BUF_AUTO b;
        buf_init(&b, 1000);
        int r = sse_format(&b, &rows[i].ev, NULL);
        if (r != (rows[i].expect ? 0 : -1) || (!r && !str_is(buf_str(&b), rows[i].expect)))
            fail_msg("row %zu: %d '%.*s'", i, r, STR_FMT(buf_str(&b)));
    }
}

static void too_large(void **state) {
    (void)state;
    struct sse_topic t = topic('a');
    struct app a;
    start(&a, &(struct sse_options){0}, 0);
    char *p = malloc(SSE_EVENT_MAX);
    memset(p, 'x', SSE_EVENT_MAX);
    struct sse_event ev = {.data = {p, SSE_EVENT_MAX - 8}}; /* "data: " and two line ends */
    struct err e = {0};
    assert_int_equal(sse_publish(a.hub, &t, &ev, &e), 0);
    ev.data.n++;
    assert_int_equal(sse_publish(a.hub, &t, &ev, &e), -1);
    assert_int_equal(e.kind, ERR_TOO_LARGE);
    free(p);
    stop_and_end(&a);
}

static void fan_out(void **state) {
    (void)state;
    struct app a;
    start(&a, &(struct sse_options){.retry_ms = 1234}, 0);
    struct buf b[6];
    int fd[6];
    static const char *const targets[] = {"/stream?A", "/later?A", "/stream?A",
                                          "/stream?B", "/later?B", "/stream?C"};
    for (int i = 0; i < 6; i++) fd[i] = open_client(&a, targets[i], &b[i]);
    struct str v, head = buf_str(&b[0]);
    assert_true(str_starts(head, STR("HTTP/1.1 200 OK\r\n")));
    assert_true(field_of(head, "Content-Type", &v) && str_is(v, "text/event-stream"));
    assert_true(field_of(head, "Cache-Control", &v) && str_is(v, "no-store"));
    assert_true(field_of(head, "X-Stream", &v));
    assert_false(field_of(head, "Content-Length", &v));
    read_until(fd[0], &b[0], STR("\r\n\r\nretry: 1234\n\n"));
    WAIT_FOR(sse_streams(a.hub, UINT32_MAX) == 6 && stats(&a).streams == 6);
    assert_int_equal(sse_streams(a.hub, 0) + sse_streams(a.hub, 1), 6);
    publish(&a, 'A', "1", STR("for\nA"));
    publish(&a, 'B', NULL, STR("for B"));
    publish(&a, 'A', "2", STR("end"));
    publish(&a, 'B', "2", STR("end"));
    publish(&a, 'C', "2", STR("end"));
    publish(&a, 'D', "2", STR("nobody"));
    for (int i = 0; i < 6; i++) {
        read_until(fd[i], &b[i], STR("id: 2\nevent: alert\ndata: end\n\n"));
        struct str got = buf_str(&b[i]);
        assert_int_equal(
            str_find(got, STR("retry: 1234\n\nid: 1\nevent: alert\ndata: for\ndata: A\n\nid: 2")) >= 0,
            i < 3);
        assert_int_equal(str_find(got, STR("retry: 1234\n\nevent: alert\ndata: for B\n\nid: 2")) >= 0,
                         i == 3 || i == 4);
        assert_true(str_find(got, STR("nobody")) < 0);
    }
    close(fd[0]);
    WAIT_FOR(stats(&a).streams == 5);
    for (int i = 1; i < 6; i++) close(fd[i]);
    for (int i = 0; i < 6; i++) buf_done(&b[i]);
    WAIT_FOR(stats(&a).streams == 0 && sse_streams(a.hub, UINT32_MAX) == 0);
    assert_int_equal(stats(&a).events, 3 * 2 + 2 * 2 + 1);
    stop_and_end(&a);
}

/* What a client missed is sent to it alone, and comes after the stream's begin. */
static void send_to_one(void **state) {
    (void)state;
    struct app a;
    start(&a, &(struct sse_options){0}, 0);
    struct buf b[2];
    int fd[2];
    fd[0] = open_client(&a, "/stream?A", &b[0]);
    WAIT_FOR(atomic_load(&a.opened) == 1);
    fd[1] = open_client(&a, "/later?A", &b[1]);
    WAIT_FOR(atomic_load(&a.opened) == 2);
    pthread_mutex_lock(&a.lock);
    struct sse_ref ref = a.last;
    pthread_mutex_unlock(&a.lock);
    struct sse_event ev = {.data = STR("missed")};
    assert_int_equal(sse_send(a.hub, ref, &ev, NULL), 0);
    publish(&a, 'A', NULL, STR("end"));
    for (int i = 0; i < 2; i++) {
        read_until(fd[i], &b[i], STR("data: end\n\n"));
        assert_int_equal(str_find(buf_str(&b[i]), STR("data: missed\n\n")) >= 0, i == 1);
        close(fd[i]);
        buf_done(&b[i]);
    }
    WAIT_FOR(stats(&a).streams == 0);
    assert_int_equal(sse_send(a.hub, ref, &ev, NULL), 0); /* it has gone: no harm */
    assert_int_equal(sse_send(a.hub, (struct sse_ref){99, 1}, &ev, NULL), 0);
    assert_int_equal(sse_send(a.hub, (struct sse_ref){0, 0}, &ev, NULL), 0);
    stop_and_end(&a);
}

static void heartbeat(void **state) {
    (void)state;
    struct app a;
    start(&a, &(struct sse_options){.heartbeat_us = 20000}, 0);
    struct buf b;
    int fd = open_client(&a, "/stream?A", &b);
    read_until(fd, &b, STR("\n\n:\n\n:\n\n:\n\n"));
    publish(&a, 'A', NULL, STR("x"));
    read_until(fd, &b, STR("data: x\n\n:\n\n"));
    close(fd);
    buf_done(&b);
    stop_and_end(&a);
}

/* Nobody's stream lasts for ever: he comes back and is asked anew who he is. What he was told he has. */
static void old_age(void **state) {
    (void)state;
    struct app a;
    start(&a, &(struct sse_options){.heartbeat_us = 20000, .max_age_us = 200000}, 0);
    struct buf b;
    int fd = open_client(&a, "/stream?A", &b);
    WAIT_FOR(stats(&a).streams == 1);
    publish(&a, 'A', NULL, STR("x"));
    read_until(fd, &b, STR("data: x\n\n"));
    WAIT_FOR(stats(&a).streams == 0);
    char end;
    while (read(fd, &end, 1) > 0) {
    }
    close(fd);
    buf_done(&b);
    stop_and_end(&a);
}

/* One client of the topic does not read: it is dropped, the other gets everything. */
static void slow_client(void **state) {
    (void)state;
    struct app a;
    start(&a, &(struct sse_options){.queue_max = 20000}, 0);
    struct buf slow, quick;
    int slow_fd = open_client_small(&a, "/stream?A", &slow, 4096),
        quick_fd = open_client(&a, "/stream?A", &quick);
    char data[2000];
    memset(data, 'x', sizeof data);
    int sent = 0;
    while (stats(&a).rejected[HTTP_REJECT_SLOW_STREAM] == 0) {
        char end[32];
        publish(&a, 'A', NULL, (struct str){data, sizeof data});
        int n = snprintf(end, sizeof end, "data: %d\n\n", ++sent);
        publish(&a, 'A', NULL, (struct str){end + 6, (size_t)n - 8});
        read_until(quick_fd, &quick, (struct str){end, (size_t)n});
        buf_clear(&quick);
        assert_true(sent < 2000); /* 4 MB: the kernel's part of the queue is bounded too */
    }
    WAIT_FOR(stats(&a).streams == 1);
    read_end(slow_fd, &slow); /* what was on its way, then the end */
    publish(&a, 'A', NULL, STR("end"));
    read_until(quick_fd, &quick, STR("data: end\n\n"));
    close(slow_fd);
    close(quick_fd);
    buf_done(&slow);
    buf_done(&quick);
    stop_and_end(&a);
}

/* A client that takes nothing at all is dropped by the clock, with little in its queue. */
static void stuck_client(void **state) {
    (void)state;
    struct app a;
    start(&a, &(struct sse_options){.queue_max = 8 << 20, .heartbeat_us = 10000}, 100000);
    struct buf b;
    int fd = open_client_small(&a, "/stream?A", &b, 4096);
    char *data = calloc(1, 1000000);
    publish(&a, 'A', NULL, (struct str){data, 1000000});
    WAIT_FOR(stats(&a).rejected[HTTP_REJECT_SLOW_STREAM] == 1 && stats(&a).streams == 0);
    free(data);
    close(fd);
    buf_done(&b);
    stop_and_end(&a);
}

static void limits(void **state) {
    (void)state;
    struct app a;
    start(&a, &(struct sse_options){.max_streams = 40, .max_per_topic = 2}, 0);
    struct buf b[40];
    int fd[40];
    /* the oldest of a topic on a loop goes: of many, two on each of two loops stay */
    for (int i = 0; i < 30; i++) fd[i] = open_client(&a, "/stream?A", &b[i]);
    WAIT_FOR(stats(&a).streams <= 4);
    assert_int_equal(sse_streams(a.hub, 0) <= 2 && sse_streams(a.hub, 1) <= 2, 1);
    for (int i = 0; i < 30; i++) close(fd[i]);
    WAIT_FOR(stats(&a).streams == 0);
    for (int i = 0; i < 30; i++) buf_done(&b[i]);
    for (int i = 0; i < 40; i++) {
        char target[] = "/stream?a";
        target[8] = (char)('0' + i);
        fd[i] = open_client(&a, target, &b[i]);
    }
    int one_more = dial(http_server_port(a.server));
    REPLY_AUTO r;
    struct str v;
    assert_int_equal(ask(one_more, &r, STR("GET /stream?z HTTP/1.1\r\nHost: a\r\n\r\n")), 503);
    assert_true(field_of(r.head, "Retry-After", &v));
    assert_int_equal(stats(&a).rejected[HTTP_REJECT_STREAMS], 1);
    close(one_more);
    for (int i = 0; i < 40; i++) {
        close(fd[i]);
        buf_done(&b[i]);
    }
    stop_and_end(&a);
}

static void close_topic(void **state) {
    (void)state;
    struct app a;
    start(&a, &(struct sse_options){0}, 0);
    struct buf b[3];
    int fd[3];
    for (int i = 0; i < 3; i++) fd[i] = open_client(&a, i < 2 ? "/stream?A" : "/stream?B", &b[i]);
    struct sse_topic t = topic('A');
    sse_close_topic(a.hub, &t);
    read_end(fd[0], &b[0]);
    read_end(fd[1], &b[1]);
    WAIT_FOR(stats(&a).streams == 1);
    publish(&a, 'B', NULL, STR("still here"));
    read_until(fd[2], &b[2], STR("still here"));
    for (int i = 0; i < 3; i++) {
        close(fd[i]);
        buf_done(&b[i]);
    }
    stop_and_end(&a);
}

static void odd_requests(void **state) {
    (void)state;
    struct app a;
    start(&a, &(struct sse_options){0}, 0);
    int fd = dial(http_server_port(a.server));
    REPLY_AUTO r, plain;
    assert_int_equal(ask(fd, &r, STR("HEAD /stream?A HTTP/1.1\r\nHost: a\r\n\r\n")), 200);
    assert_int_equal(ask(fd, &plain, STR("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")), 200);
    /* bytes behind the request are thrown away, before and after the stream began */
    BUF_AUTO b;
    buf_init(&b, 1 << 20);
    put(fd, STR("GET /later?A HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n"));
    read_until(fd, &b, STR("retry: "));
    put(fd, STR("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"));
    publish(&a, 'A', NULL, STR("end"));
    read_until(fd, &b, STR("data: end\n\n"));
    assert_true(str_find(buf_str(&b), STR("plain")) < 0);
    close(fd);
    WAIT_FOR(stats(&a).open == 0);
    /* a client that leaves while its stream is being opened */
    for (int i = 0; i < 50; i++) {
        fd = dial(http_server_port(a.server));
        put(fd, STR("GET /later?A HTTP/1.1\r\nHost: a\r\n\r\n"));
        close(fd);
    }
    WAIT_FOR(atomic_load(&a.opened) == 52 && stats(&a).open == 0 && sse_streams(a.hub, UINT32_MAX) == 0);
    stop_and_end(&a);
}

static void *publish_many(void *ctx) {
    for (int i = 0; i < 500; i++) publish(ctx, 'A', NULL, STR("tick"));
    publish(ctx, 'A', NULL, STR("end"));
    return NULL;
}

static size_t count_of(struct str s, struct str what) {
    size_t n = 0;
    for (ptrdiff_t at; (at = str_find(s, what)) >= 0; n++) s = str_skip(s, (size_t)at + what.n);
    return n;
}

/* Publishers and clients that come and go at once; nobody loses an event who stays. */
static void many_threads(void **state) {
    (void)state;
    enum { CLIENTS = 8, PUBLISHERS = 3 };
    struct app a;
    start(&a, &(struct sse_options){.queue_max = 8 << 20}, 0);
    struct buf b[CLIENTS];
    int fd[CLIENTS];
    pthread_t t[PUBLISHERS];
    for (int i = 0; i < CLIENTS; i++) fd[i] = open_client(&a, i % 2 ? "/stream?A" : "/later?A", &b[i]);
    for (int i = 0; i < PUBLISHERS; i++) pthread_create(&t[i], NULL, publish_many, &a);
    for (int i = 0; i < 20; i++) {
        struct buf gone;
        int x = open_client(&a, i % 2 ? "/stream?A" : "/later?B", &gone);
        close(x);
        buf_done(&gone);
    }
    for (int i = 0; i < PUBLISHERS; i++) pthread_join(t[i], NULL);
    for (int i = 0; i < CLIENTS; i++) {
        while (count_of(buf_str(&b[i]), STR("data: end\n\n")) < PUBLISHERS)
            assert_true(more(fd[i], &b[i]) > 0);
        assert_int_equal(count_of(buf_str(&b[i]), STR("data: tick\n\n")), 500 * PUBLISHERS);
        close(fd[i]);
        buf_done(&b[i]);
    }
    stop_and_end(&a);
}

/* Open streams end at once when the server stops; events published afterwards go nowhere. */
static void stop_with_streams(void **state) {
    (void)state;
    struct app a;
    start(&a, &(struct sse_options){0}, 0);
    struct buf b;
    int fd = open_client(&a, "/stream?A", &b);
    int64_t begin = help_mono(NULL);
    assert_int_equal(http_server_stop(a.server, 20000000), 0);
    assert_true(help_mono(NULL) - begin < 10000000);
    read_end(fd, &b);
    publish(&a, 'A', NULL, STR("x"));
    close(fd);
    buf_done(&b);
    workers_free(a.workers);
    http_server_free(a.server);
    pthread_mutex_destroy(&a.lock);
}

static void hub_rules(void **state) {
    (void)state;
    struct app a;
    struct err e = {0};
    struct sse_hub *second;
    start(&a, &(struct sse_options){0}, 0);
    assert_int_equal(sse_hub_new(a.server, &(struct sse_options){0}, &second, &e), -1);
    struct id tenant = {.b = {1}}, agent = {.b = {[15] = 2}};
    struct sse_topic t = sse_topic_of(tenant, agent);
    assert_int_equal(t.key[0], 1);
    assert_int_equal(t.key[31], 2);
    stop_and_end(&a);
}

/* ---- the worker pool ---- */

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool open;
    int inside, done;
};

static void through_gate(void *ctx, unsigned worker) {
    struct gate *g = ctx;
    assert_true(worker < 2);
    pthread_mutex_lock(&g->lock);
    g->inside++;
    pthread_cond_broadcast(&g->moved);
    while (!g->open) pthread_cond_wait(&g->moved, &g->lock);
    g->done++;
    pthread_mutex_unlock(&g->lock);
}

static void worker_pool(void **state) {
    (void)state;
    struct gate g = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0, 0};
    struct workers *w;
    struct workers_stats s;
    assert_int_equal(workers_new(0, 1, &w, NULL), -1);
    assert_int_equal(workers_new(257, 1, &w, NULL), -1);
    assert_int_equal(workers_new(1, 0, &w, NULL), -1);
    assert_int_equal(workers_new(2, 3, &w, NULL), 0);
    for (int i = 0; i < 2; i++) assert_int_equal(workers_submit(w, through_gate, &g), 0);
    pthread_mutex_lock(&g.lock);
    while (g.inside < 2) pthread_cond_wait(&g.moved, &g.lock);
    pthread_mutex_unlock(&g.lock);
    for (int i = 0; i < 3; i++) assert_int_equal(workers_submit(w, through_gate, &g), 0);
    assert_int_equal(workers_submit(w, through_gate, &g), -1); /* full */
    workers_stats(w, &s);
    assert_int_equal(s.running, 2);
    assert_int_equal(s.waiting, 3);
    assert_int_equal(s.refused, 1);
    pthread_mutex_lock(&g.lock);
    g.open = true;
    pthread_cond_broadcast(&g.moved);
    pthread_mutex_unlock(&g.lock);
    workers_stop(w); /* what waits is done first */
    assert_int_equal(g.done, 5);
    assert_int_equal(workers_submit(w, through_gate, &g), -1);
    workers_stats(w, &s);
    assert_int_equal(s.done, 5);
    assert_int_equal(s.refused, 2);
    workers_stop(w);
    workers_free(w);
    workers_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(format),
        cmocka_unit_test(too_large),
        cmocka_unit_test(fan_out),
        cmocka_unit_test(send_to_one),
        cmocka_unit_test(heartbeat),
        cmocka_unit_test(old_age),
        cmocka_unit_test(slow_client),
        cmocka_unit_test(stuck_client),
        cmocka_unit_test(limits),
        cmocka_unit_test(close_topic),
        cmocka_unit_test(odd_requests),
        cmocka_unit_test(many_threads),
        cmocka_unit_test(stop_with_streams),
        cmocka_unit_test(hub_rules),
        cmocka_unit_test(worker_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
