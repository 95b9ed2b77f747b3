/* Chance that repeats, for tests: a port/chance.h on base/prng.h. */
#ifndef TESTS_SEEDED_CHANCE_H
#define TESTS_SEEDED_CHANCE_H

#include "port/chance.h"

static inline void seeded_fill(void *ctx, void *p, size_t n) {
    prng_fill(ctx, p, n);
}
static inline struct chance seeded_chance(struct prng *r) {
    return (struct chance){seeded_fill, r};
}

#endif
