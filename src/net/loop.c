/* One event loop: its thread, its inbox from other threads, its clock tick, its Date line.
 *
 * The inbox is a stack pushed by compare-and-swap and taken whole; reversed, it gives each sender's order.
 * The loop is woken only by the push that finds it empty, so a burst costs one wake-up. Time limits: one
 * timer per loop looks at the connections (conn_tick), so that no connection carries a timer. */
#include "net/loop.h"

#include <unistd.h>

#include "base/civil.h"
#include "net/thread_signals.h"

static void on_listen(uv_stream_t *listener, int status) {
    if (status == 0) conn_accept(listener->data);
}

static void on_stop(struct loop *l) {
    l->stopping = true;
    l->stop_at = uv_now(&l->uv) + (uint64_t)(l->server->grace_us / 1000);
    uv_close((uv_handle_t *)&l->listener, NULL);
    l->listening = false;
    conn_stop(l);
}

void loop_end_if_empty(struct loop *l) {
    if (l->stopping && l->conns == 0) uv_stop(&l->uv);
}

static struct task *inbox_take(struct loop *l) {
    struct task *newest = atomic_exchange_explicit(&l->inbox, NULL, memory_order_acquire), *oldest = NULL;
    while (newest) {
        struct task *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

static void on_wake(uv_async_t *a) {
    struct loop *l = a->data;
    struct task *t = inbox_take(l);
    while (t) {
        struct task *next = t->next;
        t->run(l, t);
        t = next;
    }
    if (!l->stopping && atomic_load(&l->server->stopping)) on_stop(l);
    loop_end_if_empty(l);
}

static void on_tick(uv_timer_t *timer) {
    struct loop *l = timer->data;
    uint64_t now = uv_now(&l->uv);
    if (l->accept_stalled) {
        l->accept_stalled = false;
        conn_accept(l);
    }
    conn_tick(l, now);
    if (l->hub) l->server->hub_ops->tick(l, now);
    if (l->stopping && now >= l->stop_at) conn_cut(l);
    loop_end_if_empty(l);
}

void loop_post(struct loop *l, struct task *t) {
    struct task *top = atomic_load_explicit(&l->inbox, memory_order_relaxed);
    do t->next = top;
    while (!atomic_compare_exchange_weak_explicit(&l->inbox, &top, t, memory_order_release,
                                                  memory_order_relaxed));
    if (!top) uv_async_send(&l->wake);
}

bool loop_is_mine(struct loop *l) {
    return uv_key_get(&l->server->here) == l;
}

static void date_write(struct loop *l, int64_t seconds) {
    static const char days[] = "MonTueWedThuFriSatSun", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct civil c = civil_of_us(seconds * US_SECOND);
    int n = snprintf(l->date, sizeof l->date, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n",
                     days + 3 * date_weekday(c.date), c.date.day, months + 3 * (c.date.month - 1),
                     c.date.year, c.hour, c.minute, c.second);
    l->date_n = (size_t)n;
}

struct str loop_date(struct loop *l) {
    uint64_t ms = uv_now(&l->uv);
    if (ms != l->date_ms || !l->date_n) {
        int64_t s = clock_now(l->server->o.clock) / US_SECOND;
        l->date_ms = ms;
        if (s != l->date_s || !l->date_n) date_write(l, s);
        l->date_s = s;
    }
    return (struct str){l->date, l->date_n};
}

int loop_init(struct loop *l, struct http_server *s, unsigned index, int listen_fd, struct err *e) {
    l->server = s;
    l->index = index;
    buf_init(&l->tail, 1 << 20);
    int r = uv_loop_init(&l->uv);
    if (r) return err_set(e, ERR_UNAVAILABLE, "loops", "event loop: %s", uv_strerror(r));
    l->ready = true;
    l->listener.data = l->wake.data = l->tick.data = l;
    if ((r = uv_async_init(&l->uv, &l->wake, on_wake)) == 0 && (r = uv_timer_init(&l->uv, &l->tick)) == 0 &&
        (r = uv_tcp_init(&l->uv, &l->listener)) == 0) {
        r = uv_tcp_open(&l->listener, listen_fd);
        l->listening = r == 0;
        if (r == 0) r = uv_listen((uv_stream_t *)&l->listener, 4096, on_listen);
    }
    if (r) return err_set(e, ERR_UNAVAILABLE, "port", "cannot listen: %s", uv_strerror(r));
    return 0;
}

void loop_run(void *loop) {
    struct loop *l = loop;
    thread_block_signals();
    uv_key_set(&l->server->here, l);
    uv_timer_start(&l->tick, on_tick, l->server->tick_ms, l->server->tick_ms);
    uv_run(&l->uv, UV_RUN_DEFAULT);
}

static void close_handle(uv_handle_t *h, void *unused) {
    (void)unused;
    if (!uv_is_closing(h)) uv_close(h, NULL);
}

void loop_done(struct loop *l) {
    if (!l->ready) return;
    for (struct task *t = inbox_take(l), *next; t; t = next) {
        next = t->next;
        t->drop(t);
    }
    uv_walk(&l->uv, close_handle, NULL);
    uv_run(&l->uv, UV_RUN_DEFAULT);
    uv_loop_close(&l->uv);
    buf_done(&l->tail);
}
