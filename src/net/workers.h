/* A pool of threads with a bounded queue, for what must not run on an event loop's thread.
 *
 * When the queue is full workers_submit() says no at once: the caller answers 503 or 429 instead of letting
 * the queue (and everybody's waiting time) grow. Jobs start in the order of submission. */
#ifndef NET_WORKERS_H
#define NET_WORKERS_H

#include "base/err.h"

struct workers;
/* `worker` is 0..threads-1, for what a thread keeps for itself (a database connection). */
typedef void workers_fn(void *ctx, unsigned worker);

/* threads 1..256, queue 1..1048576 waiting jobs (those running are not counted). -1: ERR_INVALID,
 * ERR_UNAVAILABLE. */
int workers_new(unsigned threads, unsigned queue, struct workers **out, struct err *e);
int workers_submit(struct workers *w, workers_fn *fn, void *ctx); /* -1: full or stopping; any thread */
/* No more jobs are taken, all waiting ones are run, the threads end. Not from a worker. Twice is fine. */
void workers_stop(struct workers *w);
void workers_free(struct workers *w); /* stops first; NULL is fine */

struct workers_stats {
    unsigned threads, queue, waiting, running;
    uint64_t done, refused;
};
void workers_stats(struct workers *w, struct workers_stats *out);

#endif
