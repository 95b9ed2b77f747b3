/* Kept answers. See internal.h.
 *
 * A set-associative table: 4 answers to a set, the least recently used gives way. The generation is one counter per tenant (by hash: two tenants may
 * share one, which only means an answer is made once more than needed). */
#include "web/internal.h"

#include <pthread.h>

enum { SETS = 2048, WAYS = 4, LOCKS = 64, GENERATIONS = 4096, KEPT_BODY_MAX = 256 * 1024 };

struct answer {
    struct http_blob *blob;
    struct tenant_id tenant;
    struct id user;
    uint64_t generation, foreign, used;
    size_t target_n;
    char target[256];
};
struct kept {
    pthread_mutex_t lock[LOCKS];
    _Atomic uint64_t generation[GENERATIONS];
    uint64_t clock[LOCKS];
    struct answer answer[SETS][WAYS];
};

struct kept *kept_new(void) {
    struct kept *k = calloc(1, sizeof *k);
    for (int i = 0; k && i < LOCKS; i++) pthread_mutex_init(&k->lock[i], NULL);
    return k;
}

void kept_free(struct kept *k) {
    if (!k) return;
    for (int s = 0; s < SETS; s++)
        for (int w = 0; w < WAYS; w++) http_blob_unref(k->answer[s][w].blob);
    for (int i = 0; i < LOCKS; i++) pthread_mutex_destroy(&k->lock[i]);
    free(k);
}

static _Atomic uint64_t *generation_of(struct kept *k, struct tenant_id t) {
    return &k->generation[str_hash(id_bytes(&t.id)) % GENERATIONS];
}

uint64_t kept_generation(struct kept *k, struct tenant_id t) {
    return atomic_load(generation_of(k, t));
}
void kept_changed(struct kept *k, struct tenant_id t) {
    atomic_fetch_add(generation_of(k, t), 1);
}

static size_t set_of(const struct kept_key *key) {
    return (size_t)((str_hash(key->target) ^ (str_hash(id_bytes(&key->user)) * 31) ^
                     str_hash(id_bytes(&key->tenant.id))) %
                    SETS);
}

static bool same(const struct answer *a, const struct kept_key *key) {
    return a->blob && id_eq(a->tenant.id, key->tenant.id) && id_eq(a->user, key->user) &&
           str_eq((struct str){a->target, a->target_n}, key->target);
}

struct http_blob *kept_get(struct kept *k, const struct kept_key *key, uint64_t foreign) {
    size_t set = set_of(key), lock = set % LOCKS;
    uint64_t generation = kept_generation(k, key->tenant);
    struct http_blob *found = NULL;
    pthread_mutex_lock(&k->lock[lock]);
    for (int w = 0; w < WAYS && !found; w++) {
        struct answer *a = &k->answer[set][w];
        if (!same(a, key) || a->generation != generation || a->foreign != foreign) continue;
        a->used = ++k->clock[lock];
        found = http_blob_ref(a->blob);
    }
    pthread_mutex_unlock(&k->lock[lock]);
    return found;
}

void kept_put(struct kept *k, const struct kept_key *key, uint64_t generation, uint64_t foreign,
              struct http_blob *blob) {
    if (key->target.n > sizeof k->answer[0][0].target || http_blob_body(blob).n > KEPT_BODY_MAX) return;
    if (kept_generation(k, key->tenant) != generation) return;
    size_t set = set_of(key), lock = set % LOCKS;
    pthread_mutex_lock(&k->lock[lock]);
    struct answer *place = &k->answer[set][0];
    for (int w = 0; w < WAYS; w++) {
        struct answer *a = &k->answer[set][w];
        if (same(a, key)) {
            place = a;
            break;
        }
        if (a->used < place->used) place = a;
    }
    struct http_blob *old = place->blob;
    *place = (struct answer){.blob = http_blob_ref(blob),
                             .tenant = key->tenant,
                             .user = key->user,
                             .generation = generation,
                             .foreign = foreign,
                             .used = ++k->clock[lock],
                             .target_n = key->target.n};
    memcpy(place->target, key->target.p, key->target.n);
    pthread_mutex_unlock(&k->lock[lock]);
    http_blob_unref(old);
}
