/* Seeded chance, passed in like any other input: xoshiro256** by Blackman and Vigna (2018), seeded by SplitMix64.
 * Same seed, same numbers, on every machine. For simulation, jitter, sampling. Never for secrets (port/chance.h). */
#ifndef BASE_PRNG_H
#define BASE_PRNG_H

#include "base/str.h"

struct prng {
    uint64_t s[4];
};

struct prng prng_seed(uint64_t seed);
/* An independent stream for a named part, so that one part's draws do not shift another's. Does not advance *from. */
struct prng prng_fork(const struct prng *from, struct str name, uint64_t number);
uint64_t prng_u64(struct prng *r);
uint64_t prng_below(struct prng *r, uint64_t n); /* uniform in [0, n), n > 0, without modulo bias */
double prng_unit(struct prng *r);                /* uniform in [0, 1), 53 bits */
bool prng_chance(struct prng *r, double p);
double prng_exp(struct prng *r, double mean);
double prng_normal(struct prng *r); /* mean 0, sd 1 */
void prng_fill(struct prng *r, void *p, size_t n);

#endif
