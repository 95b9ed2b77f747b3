/* The beat of a server. See heart.h. */
#include "main/heart.h"

#include "flow/outbox.h"
#include "flow/pipeline.h"
#include "flow/scheduler.h"
#include "main/log.h"
#include "store/query.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { BEATS = 3, EACH_QUEUE = 4096, BESIDE_OTHERS = 8 };

struct beat {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool woken, running;
    _Atomic bool stop;
    int64_t pause_us; /* between looks when nobody wakes it */
    int (*look)(struct heart *h, bool *out_more, struct err *e);
    struct heart *heart;
    const char *name;
};

struct heart {
    struct app *app;
    struct beat beat[BEATS]; /* indexed by enum wake */
    struct workers *pool;
    int64_t swept_us, polled_us;
    uint64_t foreign_seen, jobs_seen;
    bool unplanned; /* since a change from elsewhere, or because it failed */
    _Atomic uint64_t foreign;
};

static void wake(void *ctx, enum wake what) {
    struct beat *b = &((struct heart *)ctx)->beat[what];
    pthread_mutex_lock(&b->lock);
    b->woken = true;
    pthread_cond_signal(&b->cond);
    pthread_mutex_unlock(&b->lock);
}

static bool wait_for_work(struct beat *b) {
    pthread_mutex_lock(&b->lock);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + b->pause_us * 1000;
    until.tv_sec += (time_t)(ns / 1000000000);
    until.tv_nsec = (long)(ns % 1000000000);
    while (!b->woken && !b->stop && pthread_cond_timedwait(&b->cond, &b->lock, &until) == 0) {
    }
    b->woken = false;
    bool go = !b->stop;
    pthread_mutex_unlock(&b->lock);
    return go;
}

static void *run(void *arg) {
    struct beat *b = arg;
    while (wait_for_work(b)) {
        bool more = true;
        while (more && !b->stop) {
            struct err e = {0};
            more = false;
            if (b->look(b->heart, &more, &e)) {
                log_err(LOG_ERROR, b->name, &e);
                break; /* until the next beat */
            }
        }
    }
    return NULL;
}

/* While others write, webhooks most of all, only a few events are worked through at once: a webhook is
 * acknowledged after whatever stands in its group, and 32 decisions in it made the slowest answers twice as slow
 * and the top rate a third smaller (bench/run webhooks). */
static int look_inbox(struct heart *h, bool *out_more, struct err *e) {
    struct sqlite_stats s;
    sqlite_stats(h->app->store, &s);
    bool alone = s.jobs - h->jobs_seen <= 1 && s.queued == 0; /* the one is our own */
    h->jobs_seen = s.jobs;
    size_t most = alone ? PIPELINE_BATCH : BESIDE_OTHERS, n = 0;
    if (pipeline_drain_some(&h->app->flow, most, &n, e)) return -1;
    *out_more = n == most;
    return 0;
}

static int look_outbox(struct heart *h, bool *out_more, struct err *e) {
    size_t n = 0;
    if (outbox_deliver(&h->app->flow, &n, e)) return -1;
    *out_more = n == OUTBOX_BATCH;
    return 0;
}

/* Somebody else wrote to the database: agents, settings or tenants may be new. Who writes settings or agents plans the
 * next briefing in the same transaction; that it is so is only checked, and so it waits for the next sweep: an import
 * from the command line writes all the time. */
static void look_abroad(struct heart *h) {
    struct sqlite_stats s;
    sqlite_poll(h->app->store);
    sqlite_stats(h->app->store, &s);
    if (s.foreign_changes == h->foreign_seen) return;
    h->foreign_seen = s.foreign_changes;
    atomic_store(&h->foreign, s.foreign_changes);
    wake(h, WAKE_INBOX);
    wake(h, WAKE_OUTBOX);
    h->unplanned = true;
}

static void plan(struct heart *h) {
    struct err e = {0};
    h->unplanned = scheduler_plan_all(&h->app->flow, &e) != 0;
    if (h->unplanned) log_err(LOG_ERROR, "planning", &e); /* and again at the next sweep */
}

static int fire_due(struct heart *h, int64_t now_us, bool *out_more, struct err *e) {
    if (now_us - h->polled_us < US_SECOND) return 0;
    size_t n = 0;
    int rc = scheduler_tick(&h->app->flow, &n, e);
    *out_more = n == SCHEDULER_BATCH;
    if (!*out_more) h->polled_us = now_us;
    return rc;
}

/* Each of the three is done whatever becomes of the others: a briefing that cannot be made must not keep alerts from
 * expiring. */
static int look_timers(struct heart *h, bool *out_more, struct err *e) {
    int64_t now_us = clock_mono(&h->app->clock);
    bool sweep = now_us - h->swept_us >= 30 * US_SECOND;
    struct err firing = {0};
    look_abroad(h);
    if (sweep && h->unplanned) plan(h);
    if (fire_due(h, now_us, out_more, &firing)) log_err(LOG_ERROR, "timers", &firing);
    if (!sweep) return 0;
    h->swept_us = now_us;
    return scheduler_sweep(&h->app->flow, e);
}

struct batch { /* flow.each on the pool */
    void (*fn)(void *arg, size_t i);
    void *arg;
    _Atomic size_t next;
    size_t n;
    pthread_mutex_t lock;
    pthread_cond_t done;
    unsigned running;
};

static void work_through(struct batch *b) {
    for (size_t i; (i = atomic_fetch_add(&b->next, 1)) < b->n;) b->fn(b->arg, i);
}

static void batch_part(void *ctx, unsigned worker) {
    (void)worker;
    struct batch *b = ctx;
    work_through(b);
    pthread_mutex_lock(&b->lock);
    b->running--;
    pthread_cond_signal(&b->done);
    pthread_mutex_unlock(&b->lock);
}

static void each(void *ctx, size_t n, void (*fn)(void *arg, size_t i), void *arg) {
    struct heart *h = ctx;
    struct workers_stats stats;
    workers_stats(h->pool, &stats);
    struct batch b = {.fn = fn, .arg = arg, .n = n};
    pthread_mutex_init(&b.lock, NULL);
    pthread_cond_init(&b.done, NULL);
    for (unsigned i = 0; i < stats.threads && i < n; i++) {
        pthread_mutex_lock(&b.lock);
        b.running++;
        pthread_mutex_unlock(&b.lock);
        if (workers_submit(h->pool, batch_part, &b) == 0) continue;
        pthread_mutex_lock(&b.lock);
        b.running--;
        pthread_mutex_unlock(&b.lock);
    }
    work_through(&b); /* this thread helps, and does it alone when the pool is full */
    pthread_mutex_lock(&b.lock);
    while (b.running) pthread_cond_wait(&b.done, &b.lock);
    pthread_mutex_unlock(&b.lock);
    pthread_cond_destroy(&b.done);
    pthread_mutex_destroy(&b.lock);
}

static int take_fence(struct db *db, void *ctx, struct err *e) {
    int64_t *fence = ctx;
    ARENA_AUTO a;
    arena_init(&a, 4096);
    struct q_meta_get_out row;
    int got = q_meta_get(db, &(struct q_meta_get_in){.name = STR("fence")}, &a, &row, e);
    if (got < 0) return -1;
    int64_t last = 0;
    if (got > 0 && !str_to_i64(row.value, &last)) return err_set(e, ERR_INTERNAL, "fence", "is damaged");
    *fence = last + 1;
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)*fence);
    return q_meta_put(db, &(struct q_meta_put_in){.name = STR("fence"), .value = str_of(text)}, NULL, e);
}

static void beat_init(struct heart *h, enum wake which, const char *name, int64_t pause_us,
                      int (*look)(struct heart *, bool *, struct err *)) {
    struct beat *b = &h->beat[which];
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->cond, &attr);
    pthread_condattr_destroy(&attr);
    b->name = name;
    b->pause_us = pause_us;
    b->look = look;
    b->heart = h;
    b->woken = true; /* look once at start */
}

int heart_new(struct app *a, struct heart **out, struct err *e) {
    struct heart *h = calloc(1, sizeof *h);
    if (!h) return err_set(e, ERR_INTERNAL, "", "out of memory");
    h->app = a;
    beat_init(h, WAKE_INBOX, "inbox", US_SECOND, look_inbox);
    beat_init(h, WAKE_OUTBOX, "outbox", US_SECOND, look_outbox);
    beat_init(h, WAKE_TIMERS, "timers", US_SECOND / 4, look_timers);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (store_write(a->store, take_fence, &a->flow.fence, e) ||
        workers_new(cores > 1 ? (unsigned)cores : 1, EACH_QUEUE, &h->pool, e)) {
        heart_free(h);
        return -1;
    }
    a->flow.wake = wake;
    a->flow.wake_ctx = h;
    a->flow.each = each;
    a->flow.each_ctx = h;
    *out = h;
    return 0;
}

int heart_start(struct heart *h, struct err *e) {
    if (outbox_recover(&h->app->flow, e) || scheduler_rederive(&h->app->flow, e)) return -1;
    plan(h);
    for (int i = 0; i < BEATS; i++) {
        if (pthread_create(&h->beat[i].thread, NULL, run, &h->beat[i]))
            return err_set(e, ERR_UNAVAILABLE, "", "cannot start a thread");
        h->beat[i].running = true;
    }
    return 0;
}

void heart_stop(struct heart *h) {
    for (int i = 0; i < BEATS; i++) {
        struct beat *b = &h->beat[i];
        pthread_mutex_lock(&b->lock);
        b->stop = true;
        pthread_cond_signal(&b->cond);
        pthread_mutex_unlock(&b->lock);
    }
    for (int i = 0; i < BEATS; i++) {
        if (h->beat[i].running) pthread_join(h->beat[i].thread, NULL);
        h->beat[i].running = false;
    }
    workers_stop(h->pool);
}

void heart_free(struct heart *h) {
    if (!h) return;
    workers_free(h->pool);
    for (int i = 0; i < BEATS; i++) {
        pthread_mutex_destroy(&h->beat[i].lock);
        pthread_cond_destroy(&h->beat[i].cond);
    }
    free(h);
}

uint64_t heart_foreign_changes(void *heart) {
    return atomic_load(&((struct heart *)heart)->foreign);
}
