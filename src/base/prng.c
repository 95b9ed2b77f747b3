/* xoshiro256**. See prng.h. */
#include "base/prng.h"

#include <assert.h>
#include <math.h>

static uint64_t splitmix(uint64_t *x) {
    uint64_t z = (*x += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

struct prng prng_seed(uint64_t seed) {
    struct prng r;
    for (int i = 0; i < 4; i++) r.s[i] = splitmix(&seed);
    return r;
}

struct prng prng_fork(const struct prng *from, struct str name, uint64_t number) {
    uint64_t x = from->s[0] ^ (from->s[2] * 0x9e3779b97f4a7c15u) ^ str_hash(name);
    return prng_seed(splitmix(&x) + number * 0xd1342543de82ef95u);
}

static uint64_t rotl(uint64_t x, int k) {
    return (x << k) | (x >> (64 - k));
}

uint64_t prng_u64(struct prng *r) {
    uint64_t *s = r->s;
    uint64_t result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

uint64_t prng_below(struct prng *r, uint64_t n) {
    assert(n > 0);
    uint64_t least = (0 - n) % n; /* below it the range is not a multiple of n */
    uint64_t x;
    do x = prng_u64(r);
    while (x < least);
    return x % n;
}

double prng_unit(struct prng *r) {
    return (double)(prng_u64(r) >> 11) * 0x1p-53;
}
bool prng_chance(struct prng *r, double p) {
    return prng_unit(r) < p;
}
double prng_exp(struct prng *r, double mean) {
    return -mean * log1p(-prng_unit(r));
}

double prng_normal(struct prng *r) {
    double u = 1 - prng_unit(r), v = prng_unit(r); /* Box and Muller 1958; u > 0 */
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

void prng_fill(struct prng *r, void *p, size_t n) {
    unsigned char *u = p;
    while (n) {
        uint64_t x = prng_u64(r);
        size_t k = n < 8 ? n : 8;
        memcpy(u, &x, k);
        u += k;
        n -= k;
    }
}
