/* The queue and the one writer of the SQLite store. For the files of the driver only; the rules are in
 * sqlite.h. */
#ifndef STORE_SQLITE_WRITER_H
#define STORE_SQLITE_WRITER_H

#include <pthread.h>

#include "store/sqlite.h"
#include "store/sqlite_conn.h"

struct outcome { /* of one job, until its group is committed */
    struct store_job *job;
    bool failed;
    struct err err;
};

struct writer {
    /* Set at start and then only read. */
    const struct clock *clock;
    unsigned queue_max, group_max;
    bool threads;

    /* The writer's own: touched only by who is the writer (its thread; inline: the caller). */
    struct sqlite_conn conn;
    struct outcome *group;
    bool running; /* inside a job's run() */
    int checkpoint_at;
    struct sqlite_stats fresh; /* not yet added to `stats` */

    /* Under the lock. */
    pthread_mutex_t lock;
    pthread_cond_t work;
    pthread_t thread;
    struct store_job *first, **last;
    bool stop, poll, draining;
    struct sqlite_stats stats;
};

/* The connection is open already. After an error nothing is left to end. */
int writer_start(struct writer *w, struct err *e);
void writer_stop(struct writer *w); /* works off the queue; the connection stays open */
void writer_submit(struct writer *w, struct store_job *job);
int writer_write(struct writer *w, store_fn *run, void *ctx, struct err *e);
void writer_poll(struct writer *w);
void writer_assert_outside(const struct writer *w); /* not called from inside a job */

#endif
