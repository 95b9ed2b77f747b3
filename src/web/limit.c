/* Token buckets. See internal.h. Direct-mapped slots under a few locks: constant memory whatever the number of callers. */
#include "web/internal.h"

#include <pthread.h>

enum { SLOTS = 8192, LOCKS = 16 };

struct slot {
    uint64_t key;
    double left;
    int64_t at_us;
};
struct limiter {
    double per_minute;
    pthread_mutex_t lock[LOCKS];
    struct slot slot[SLOTS];
};

struct limiter *limiter_new(int64_t per_minute) {
    struct limiter *l = calloc(1, sizeof *l);
    if (!l) return NULL;
    l->per_minute = (double)per_minute;
    for (int i = 0; i < LOCKS; i++) pthread_mutex_init(&l->lock[i], NULL);
    return l;
}

void limiter_free(struct limiter *l) {
    if (!l) return;
    for (int i = 0; i < LOCKS; i++) pthread_mutex_destroy(&l->lock[i]);
    free(l);
}

bool limiter_take(struct limiter *l, uint64_t key, int64_t mono_us, int64_t *out_left, int64_t *out_wait_s) {
    *out_left = (int64_t)l->per_minute;
    *out_wait_s = 0;
    if (l->per_minute <= 0) return true;
    size_t at = (size_t)((key ^ (key >> 29)) % SLOTS);
    pthread_mutex_t *lock = &l->lock[at % LOCKS];
    pthread_mutex_lock(lock);
    struct slot *s = &l->slot[at];
    if (s->key != key) *s = (struct slot){key, l->per_minute, mono_us};
    s->left += (double)(mono_us - s->at_us) / (60.0 * US_SECOND) * l->per_minute;
    if (s->left > l->per_minute) s->left = l->per_minute;
    s->at_us = mono_us;
    bool ok = s->left >= 1;
    if (ok) s->left -= 1;
    *out_left = (int64_t)s->left;
    *out_wait_s = ok ? 0 : (int64_t)((1 - s->left) * 60.0 / l->per_minute) + 1;
    pthread_mutex_unlock(lock);
    return ok;
}
