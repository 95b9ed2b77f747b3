/* Thread-safe zones. See zones.h. */
#include "flow/zones.h"

#include <pthread.h>

enum { GENERATIONS = 64 };

struct zones {
    pthread_mutex_t lock;
    struct zone_set *set[GENERATIONS]; /* the last of n is in force */
    size_t n;
};

int zones_new(zone_reader *read, void *ctx, struct str version, struct zones **out, struct err *e) {
    struct zones *z = calloc(1, sizeof *z);
    if (!z) return err_set(e, ERR_INTERNAL, "zones", "out of memory");
    pthread_mutex_init(&z->lock, NULL);
    if (zones_replace(z, read, ctx, version, e)) {
        zones_free(z);
        return -1;
    }
    *out = z;
    return 0;
}

void zones_free(struct zones *z) {
    if (!z) return;
    for (size_t i = 0; i < z->n; i++) zone_set_free(z->set[i]);
    pthread_mutex_destroy(&z->lock);
    free(z);
}

int zones_replace(struct zones *z, zone_reader *read, void *ctx, struct str version, struct err *e) {
    struct zone_set *set;
    if (zone_set_new(read, ctx, version, &set, e)) return -1;
    pthread_mutex_lock(&z->lock);
    bool room = z->n < GENERATIONS;
    if (room) z->set[z->n++] = set;
    pthread_mutex_unlock(&z->lock);
    if (room) return 0;
    zone_set_free(set);
    return err_set(e, ERR_CONFLICT, "zones", "replaced %d times; restart the server", GENERATIONS);
}

int zones_get(struct zones *z, struct str name, const struct zone **out, struct err *e) {
    pthread_mutex_lock(&z->lock);
    int rc = zone_set_get(z->set[z->n - 1], name, out, e);
    pthread_mutex_unlock(&z->lock);
    return rc;
}

const struct zone *zones_find(struct zones *z, struct str name) {
    const struct zone *found = NULL;
    if (name.n == 0 || zones_get(z, name, &found, NULL)) return NULL;
    return found;
}

struct str zones_version(struct zones *z) {
    pthread_mutex_lock(&z->lock);
    struct str v = zone_set_version(z->set[z->n - 1]);
    pthread_mutex_unlock(&z->lock);
    return v;
}
