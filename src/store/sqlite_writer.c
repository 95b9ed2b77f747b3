/* See sqlite_writer.h.
 *
 * Invariants: done() of a job runs exactly once, without the lock, and never before COMMIT returned well. A
 * group that SQLite rolled back by itself (disk full in the middle) fails whole, jobs that had not run yet go
 * on in the next. */
#include "store/sqlite_writer.h"

#include <assert.h>
#include <stdlib.h>

enum {
    GROUP_US = 20000,             /* a group is committed when it has run so long, whatever still waits */
    CHECKPOINT_PAGES = 1000,      /* of WAL, as SQLite's own default */
    CHECKPOINT_HARD_PAGES = 64000 /* readers kept it from starting over: now wait for them */
};

const int64_t sqlite_commit_bounds_us[SQLITE_COMMIT_BUCKETS] = {
    100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, INT64_MAX};

/* ---- one group ---- */

static void fail_all(struct outcome *group, size_t n, const struct err *why) {
    for (size_t i = 0; i < n; i++) {
        group[i].failed = true;
        group[i].err = *why;
        group[i].err.kind = ERR_UNAVAILABLE;
    }
}

static void run_job(struct writer *w, struct outcome *o) {
    struct sqlite_conn *c = &w->conn;
    o->err = (struct err){0};
    w->running = true;
    o->failed = sqlite_conn_control(c, CONTROL_JOB_BEGIN, &o->err) < 0 ||
                o->job->run(&c->db, o->job->ctx, &o->err) < 0;
    w->running = false;
    assert(c->open_cursors == 0);       /* the job must close what it opened */
    assert(o->failed || c->marks == 0); /* and keep or undo what it marked */
    c->marks = 0;
    if (sqlite_conn_lost(c)) {
        o->failed = true;
        if (o->err.kind == ERR_NONE)
            err_set(&o->err, ERR_UNAVAILABLE, "", "the database undid the transaction");
        return;
    }
    if (!o->failed)
        o->failed = sqlite_conn_control(c, CONTROL_JOB_KEEP, &o->err) < 0;
    else if (sqlite_conn_control(c, CONTROL_JOB_UNDO, NULL) == 0)
        sqlite_conn_control(c, CONTROL_JOB_KEEP, NULL);
    if (o->failed && o->err.kind == ERR_NONE)
        err_set(&o->err, ERR_INTERNAL, "", "a job failed without saying why");
}

static void note_commit(struct writer *w, int64_t took_us) {
    struct sqlite_stats *s = &w->fresh;
    s->commits++;
    s->commit_us_sum += took_us;
    size_t i = 0;
    while (took_us > sqlite_commit_bounds_us[i]) i++;
    s->commit_us_bucket[i]++;
}

/* Runs jobs of group[0..n) until the time is up; returns how many. Sets *lost when nothing of them will
 * remain. */
static size_t run_some(struct writer *w, struct outcome *group, size_t n, int64_t start_us, struct err *why,
                       bool *lost) {
    size_t done = 0;
    do {
        struct outcome *o = &group[done++];
        run_job(w, o);
        if (sqlite_conn_lost(&w->conn)) {
            *why = o->err;
            *lost = true;
        }
    } while (done < n && !*lost && clock_mono(w->clock) - start_us < GROUP_US);
    return done;
}

/* One transaction over as many of the jobs as fit. Returns how many have their outcome now. */
static size_t commit_group(struct writer *w, struct outcome *group, size_t n) {
    struct sqlite_conn *c = &w->conn;
    struct err why = {0};
    int64_t start_us = clock_mono(w->clock);
    bool lost = false;
    size_t done = n;
    if (sqlite_conn_control(c, CONTROL_BEGIN_WRITE, &why) < 0) {
        lost = true;
    } else {
        if (sqlite_conn_foreign_change(c)) w->fresh.foreign_changes++;
        done = run_some(w, group, n, start_us, &why, &lost);
        lost = lost || sqlite_conn_control(c, CONTROL_COMMIT, &why) < 0;
        if (lost) sqlite_conn_abandon(c);
    }
    if (lost) {
        fail_all(group, done, &why);
        w->fresh.broken++;
        return done;
    }
    note_commit(w, clock_mono(w->clock) - start_us);
    for (size_t i = 0; i < done; i++) ++*(group[i].failed ? &w->fresh.failed : &w->fresh.jobs);
    return done;
}

/* Behind the answers, so that nobody waits for it. Its failure loses nothing: the WAL stays and the next try
 * copies the same pages again. */
static void checkpoint(struct writer *w) {
    struct sqlite_conn *c = &w->conn;
    if (c->wal_pages < w->checkpoint_at) w->checkpoint_at = 0; /* the WAL has started over */
    if (c->wal_pages < w->checkpoint_at + CHECKPOINT_PAGES) return;
    w->checkpoint_at = c->wal_pages;
    if (sqlite_conn_checkpoint(c, c->wal_pages >= CHECKPOINT_HARD_PAGES) == 0) w->fresh.checkpoints++;
}

/* ---- statistics ---- */

/* Adds what the writer counted on its own. Under the lock. */
static void publish(struct writer *w) {
    struct sqlite_stats *to = &w->stats, *from = &w->fresh;
    to->jobs += from->jobs;
    to->failed += from->failed;
    to->commits += from->commits;
    to->broken += from->broken;
    to->checkpoints += from->checkpoints;
    to->foreign_changes += from->foreign_changes;
    to->commit_us_sum += from->commit_us_sum;
    for (size_t i = 0; i < SQLITE_COMMIT_BUCKETS; i++) to->commit_us_bucket[i] += from->commit_us_bucket[i];
    *from = (struct sqlite_stats){0};
}

/* ---- the queue ---- */

/* Under the lock. Takes up to group_max jobs off the queue. */
static size_t take_group(struct writer *w) {
    size_t n = 0;
    while (w->first && n < w->group_max) {
        struct store_job *job = w->first;
        w->first = job->next;
        job->next = NULL;
        w->group[n++].job = job;
    }
    if (!w->first) w->last = &w->first;
    w->stats.queued -= (unsigned)n;
    return n;
}

/* Without the lock. */
static void work_off(struct writer *w, size_t n) {
    for (size_t at = 0; at < n;) {
        size_t done = commit_group(w, w->group + at, n - at);
        pthread_mutex_lock(&w->lock);
        publish(w); /* before done(): who has the answer finds it counted */
        pthread_mutex_unlock(&w->lock);
        for (size_t i = at; i < at + done; i++) {
            struct outcome *o = &w->group[i];
            o->job->done(o->job->ctx, o->failed ? &o->err : NULL); /* the job is gone after this */
        }
        at += done;
    }
    checkpoint(w);
}

/* Under the lock, which is given up while working. Returns when the queue is empty. */
static void drain(struct writer *w) {
    while (w->first || w->poll) {
        bool poll = w->poll;
        w->poll = false;
        size_t n = take_group(w);
        pthread_mutex_unlock(&w->lock);
        if (poll && sqlite_conn_foreign_change(&w->conn)) w->fresh.foreign_changes++;
        if (n) work_off(w, n);
        pthread_mutex_lock(&w->lock);
        publish(w);
    }
}

static void *writer_main(void *arg) {
    struct writer *w = arg;
    pthread_mutex_lock(&w->lock);
    for (;;) {
        drain(w);
        if (w->stop) break;
        pthread_cond_wait(&w->work, &w->lock);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* Under the lock. Inline: the caller is the writer, unless it is inside done() and the drain above it goes
 * on. */
static void wake(struct writer *w) {
    if (w->threads) {
        pthread_cond_signal(&w->work);
        return;
    }
    if (w->draining) return;
    w->draining = true;
    drain(w);
    w->draining = false;
}

static int enqueue(struct writer *w, struct store_job *job, struct err *e) {
    if (w->stop) return err_set(e, ERR_UNAVAILABLE, "", "the database is being closed");
    if (w->stats.queued >= w->queue_max) {
        w->stats.refused++;
        return err_set(e, ERR_RATE, "", "%u writes are waiting already", w->queue_max);
    }
    job->next = NULL;
    *w->last = job;
    w->last = &job->next;
    if (++w->stats.queued > w->stats.queued_most) w->stats.queued_most = w->stats.queued;
    return 0;
}

void writer_submit(struct writer *w, struct store_job *job) {
    struct err why = {0};
    pthread_mutex_lock(&w->lock);
    int status = enqueue(w, job, &why);
    if (status == 0) wake(w);
    pthread_mutex_unlock(&w->lock);
    if (status < 0) job->done(job->ctx, &why);
}

/* ---- waiting for one's job ---- */

struct waiter {
    struct writer *w;
    store_fn *run;
    void *ctx;
    pthread_cond_t done;
    bool is_done, failed;
    struct err err;
};

static int waiter_run(struct db *db, void *ctx, struct err *e) {
    struct waiter *wait = ctx;
    return wait->run(db, wait->ctx, e);
}

static void waiter_done(void *ctx, const struct err *failed) {
    struct waiter *wait = ctx;
    pthread_mutex_lock(&wait->w->lock);
    wait->is_done = true;
    wait->failed = failed != NULL;
    if (failed) wait->err = *failed;
    pthread_cond_signal(&wait->done); /* under the lock: the waiter frees the condition right after */
    pthread_mutex_unlock(&wait->w->lock);
}

static bool is_writer(const struct writer *w) {
    return w->threads && pthread_equal(pthread_self(), w->thread);
}

int writer_write(struct writer *w, store_fn *run, void *ctx, struct err *e) {
    assert(!is_writer(w) && (w->threads || !w->draining)); /* it would wait for itself */
    struct waiter wait = {.w = w, .run = run, .ctx = ctx, .done = PTHREAD_COND_INITIALIZER};
    struct store_job job = {.run = waiter_run, .done = waiter_done, .ctx = &wait};
    pthread_mutex_lock(&w->lock);
    int status = enqueue(w, &job, e);
    if (status == 0) wake(w);
    while (status == 0 && !wait.is_done) pthread_cond_wait(&wait.done, &w->lock);
    pthread_mutex_unlock(&w->lock);
    pthread_cond_destroy(&wait.done);
    if (status < 0) return -1;
    if (wait.failed && e) *e = wait.err;
    return wait.failed ? -1 : 0;
}

void writer_poll(struct writer *w) {
    pthread_mutex_lock(&w->lock);
    w->poll = true;
    wake(w);
    pthread_mutex_unlock(&w->lock);
}

void writer_assert_outside(const struct writer *w) {
    if (!w->threads || is_writer(w)) assert(!w->running);
}

/* ---- start and stop ---- */

int writer_start(struct writer *w, struct err *e) {
    w->group = calloc(w->group_max, sizeof *w->group);
    if (!w->group) return err_set(e, ERR_UNAVAILABLE, "", "out of memory");
    w->last = &w->first;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->work, NULL);
    /* w->thread is written before the new thread can need it: it first takes the lock. */
    pthread_mutex_lock(&w->lock);
    int failed = w->threads ? pthread_create(&w->thread, NULL, writer_main, w) : 0;
    pthread_mutex_unlock(&w->lock);
    if (!failed) return 0;
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->work);
    free(w->group);
    w->group = NULL;
    return err_set(e, ERR_UNAVAILABLE, "", "no thread for the database's writer");
}

void writer_stop(struct writer *w) {
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    wake(w);
    pthread_mutex_unlock(&w->lock);
    if (w->threads) pthread_join(w->thread, NULL);
    assert(!w->first);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->work);
    free(w->group);
}
