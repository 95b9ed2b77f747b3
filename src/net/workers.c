/* Threads and a ring of jobs between them. Contracts in workers.h. */
#include "net/workers.h"

#include <pthread.h>
#include <stdlib.h>

#include "net/thread_signals.h"

struct job {
    workers_fn *fn;
    void *ctx;
};
struct workers {
    pthread_mutex_t lock; /* guards all below but threads[] */
    pthread_cond_t more;
    struct job *ring;
    unsigned size, first, waiting, running;
    uint64_t done, refused;
    bool stopping;
    unsigned n_threads, numbered;
    pthread_t threads[];
};

static void run_one(struct workers *w, unsigned number) /* called and returns with the lock held */
{
    struct job j = w->ring[w->first];
    w->first = (w->first + 1) % w->size;
    w->waiting--;
    w->running++;
    pthread_mutex_unlock(&w->lock);
    j.fn(j.ctx, number);
    pthread_mutex_lock(&w->lock);
    w->running--;
    w->done++;
}

static void *work(void *arg) {
    struct workers *w = arg;
    thread_block_signals();
    pthread_mutex_lock(&w->lock);
    unsigned number = w->numbered++;
    while (w->waiting || !w->stopping) {
        if (w->waiting)
            run_one(w, number);
        else
            pthread_cond_wait(&w->more, &w->lock);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

int workers_new(unsigned threads, unsigned queue, struct workers **out, struct err *e) {
    if (threads < 1 || threads > 256 || queue < 1 || queue > 1048576)
        return err_set(e, ERR_INVALID, "workers", "1 to 256 threads and a queue of 1 to 1048576");
    struct workers *w = calloc(1, sizeof *w + threads * sizeof(pthread_t));
    struct job *ring = calloc(queue, sizeof *ring);
    if (!w || !ring) {
        free(w);
        free(ring);
        return err_set(e, ERR_UNAVAILABLE, "workers", "no memory");
    }
    w->ring = ring;
    w->size = queue;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->more, NULL);
    for (; w->n_threads < threads; w->n_threads++)
        if (pthread_create(&w->threads[w->n_threads], NULL, work, w)) {
            workers_free(w);
            return err_set(e, ERR_UNAVAILABLE, "workers", "cannot start a thread");
        }
    *out = w;
    return 0;
}

int workers_submit(struct workers *w, workers_fn *fn, void *ctx) {
    int r = -1;
    pthread_mutex_lock(&w->lock);
    if (w->stopping || w->waiting == w->size) {
        w->refused++;
    } else {
        w->ring[(w->first + w->waiting++) % w->size] = (struct job){fn, ctx};
        pthread_cond_signal(&w->more);
        r = 0;
    }
    pthread_mutex_unlock(&w->lock);
    return r;
}

void workers_stop(struct workers *w) {
    pthread_mutex_lock(&w->lock);
    bool first = !w->stopping;
    w->stopping = true;
    pthread_cond_broadcast(&w->more);
    pthread_mutex_unlock(&w->lock);
    for (unsigned i = 0; first && i < w->n_threads; i++) pthread_join(w->threads[i], NULL);
}

void workers_free(struct workers *w) {
    if (!w) return;
    workers_stop(w);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->more);
    free(w->ring);
    free(w);
}

void workers_stats(struct workers *w, struct workers_stats *out) {
    pthread_mutex_lock(&w->lock);
    *out = (struct workers_stats){.threads = w->n_threads,
                                  .queue = w->size,
                                  .waiting = w->waiting,
                                  .running = w->running,
                                  .done = w->done,
                                  .refused = w->refused};
    pthread_mutex_unlock(&w->lock);
}
