/* Token buckets. See internal.h. Sets of four under a few locks: constant memory whatever the number of callers.
 *
 * Who is not known takes the fullest bucket of his set as he finds it. A full one was idle for a minute and is as good
 * as new; when all four are in use, he shares. Nothing is ever refilled by forgetting: else two names that fall into
 * one place would be two passes without end, and guessing passwords is held by nothing but this. */
#include "web/internal.h"

#include <pthread.h>

enum { SETS = 2048, WAYS = 4, LOCKS = 16 };

struct slot {
    uint64_t key;
    double left;
    int64_t at_us;
};
struct limiter {
    double per_minute;
    pthread_mutex_t lock[LOCKS];
    struct slot slot[SETS][WAYS];
};

struct limiter *limiter_new(int64_t per_minute) {
    struct limiter *l = calloc(1, sizeof *l);
    if (!l) return NULL;
    l->per_minute = (double)per_minute;
    for (int s = 0; s < SETS; s++)
        for (int w = 0; w < WAYS; w++) l->slot[s][w].left = l->per_minute;
    for (int i = 0; i < LOCKS; i++) pthread_mutex_init(&l->lock[i], NULL);
    return l;
}

void limiter_free(struct limiter *l) {
    if (!l) return;
    for (int i = 0; i < LOCKS; i++) pthread_mutex_destroy(&l->lock[i]);
    free(l);
}

/* Callers read the clock on their own threads: an older reading takes nothing back. */
static void refill(const struct limiter *l, struct slot *s, int64_t mono_us) {
    if (mono_us <= s->at_us) return;
    s->left += (double)(mono_us - s->at_us) / (60.0 * US_SECOND) * l->per_minute;
    if (s->left > l->per_minute) s->left = l->per_minute;
    s->at_us = mono_us;
}

static struct slot *bucket(const struct limiter *l, struct slot set[WAYS], uint64_t key, int64_t mono_us) {
    struct slot *fullest = &set[0];
    for (int w = 0; w < WAYS; w++) {
        refill(l, &set[w], mono_us);
        if (set[w].key == key) return &set[w];
        if (set[w].left > fullest->left) fullest = &set[w];
    }
    fullest->key = key;
    return fullest;
}

bool limiter_take(struct limiter *l, uint64_t key, int64_t mono_us, int64_t *out_left, int64_t *out_wait_s) {
    *out_left = (int64_t)l->per_minute;
    *out_wait_s = 0;
    if (l->per_minute <= 0) return true;
    size_t at = (size_t)((key ^ (key >> 29)) % SETS);
    pthread_mutex_t *lock = &l->lock[at % LOCKS];
    pthread_mutex_lock(lock);
    struct slot *s = bucket(l, l->slot[at], key, mono_us);
    bool ok = s->left >= 1;
    if (ok) s->left -= 1;
    *out_left = (int64_t)s->left;
    *out_wait_s = ok ? 0 : (int64_t)((1 - s->left) * 60.0 / l->per_minute) + 1;
    pthread_mutex_unlock(lock);
    return ok;
}
