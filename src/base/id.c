/* UUIDv7 and friends. See id.h. */
#include "base/id.h"

struct id id_make(int64_t now_us, const uint8_t chance[10]) {
    uint64_t ms = (uint64_t)(now_us / 1000);
    struct id id;
    for (int i = 0; i < 6; i++) id.b[i] = (uint8_t)(ms >> (40 - 8 * i));
    memcpy(id.b + 6, chance, 10);
    id.b[6] = (uint8_t)(0x70 | (id.b[6] & 0x0f));
    id.b[8] = (uint8_t)(0x80 | (id.b[8] & 0x3f));
    return id;
}

struct id id_random(int64_t now_us, struct prng *r) {
    uint8_t chance[10];
    prng_fill(r, chance, sizeof chance);
    return id_make(now_us, chance);
}

struct id id_named(struct str space, struct str name) {
    struct prng r = prng_seed(str_hash(space));
    r = prng_fork(&r, name, name.n);
    struct id id;
    prng_fill(&r, id.b, sizeof id.b);
    id.b[6] = (uint8_t)(0x80 | (id.b[6] & 0x0f));
    id.b[8] = (uint8_t)(0x80 | (id.b[8] & 0x3f));
    return id;
}

static bool dash_before(int i) {
    return i == 4 || i == 6 || i == 8 || i == 10;
}

void id_text(struct id id, char out[ID_TEXT + 1]) {
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < 16; i++) {
        if (dash_before(i)) *out++ = '-';
        *out++ = digits[id.b[i] >> 4];
        *out++ = digits[id.b[i] & 15];
    }
    *out = 0;
}

static int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool id_parse(struct str s, struct id *out) {
    if (s.n != ID_TEXT) return false;
    struct id id;
    const char *c = s.p;
    for (int i = 0; i < 16; i++) {
        if (dash_before(i) && *c++ != '-') return false;
        int hi = hex(c[0]), lo = hex(c[1]);
        if (hi < 0 || lo < 0) return false;
        id.b[i] = (uint8_t)(hi << 4 | lo);
        c += 2;
    }
    *out = id;
    return true;
}

bool id_given(struct id id) {
    static const struct id none;
    return !id_eq(id, none);
}

bool id_eq(struct id a, struct id b) {
    return memcmp(a.b, b.b, 16) == 0;
}
int id_cmp(struct id a, struct id b) {
    return memcmp(a.b, b.b, 16);
}
