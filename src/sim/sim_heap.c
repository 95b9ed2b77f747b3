/* A binary heap of whatever begins with a time. */
#include "sim/sim_impl.h"

#include <assert.h>
#include <stdlib.h>

enum { ITEM_BYTES = 512 };

static bool sooner(const char *a, const char *b) {
    struct sim_due x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x.at_us != y.at_us ? x.at_us < y.at_us : x.order < y.order;
}

static void swap(char *a, char *b, size_t size) {
    char t[ITEM_BYTES];
    assert(size <= sizeof t);
    memcpy(t, a, size);
    memcpy(a, b, size);
    memcpy(b, t, size);
}

int sim_heap_room(void **p, size_t n, size_t *cap, size_t size) {
    if (n < *cap) return 0;
    size_t more = *cap ? *cap * 2 : 64;
    void *grown = realloc(*p, more * size);
    if (!grown) return -1;
    *p = grown;
    *cap = more;
    return 0;
}

void sim_heap_push(void *p, size_t n, size_t size) {
    char *base = p;
    for (size_t at = n - 1; at > 0;) {
        size_t up = (at - 1) / 2;
        if (!sooner(base + at * size, base + up * size)) break;
        swap(base + at * size, base + up * size, size);
        at = up;
    }
}

void sim_heap_pop(void *p, size_t n, size_t size) {
    char *base = p;
    if (n < 2) return;
    swap(base, base + (n - 1) * size, size);
    for (size_t at = 0, kid; (kid = 2 * at + 1) < n - 1; at = kid) {
        if (kid + 1 < n - 1 && sooner(base + (kid + 1) * size, base + kid * size)) kid++;
        if (!sooner(base + kid * size, base + at * size)) break;
        swap(base + kid * size, base + at * size, size);
    }
}
