/* Borrowed strings. See str.h. */
#include "base/str.h"

#include <math.h>
#include <stdlib.h>

int str_cmp(struct str a, struct str b) {
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    if (c) return c;
    return a.n < b.n ? -1 : a.n > b.n;
}

static unsigned char lower(char c) {
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

bool str_eq_ci(struct str a, struct str b) {
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i])) return false;
    return true;
}

static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s) {
    while (s.n && is_space(s.p[0])) s.p++, s.n--;
    while (s.n && is_space(s.p[s.n - 1])) s.n--;
    return s;
}

ptrdiff_t str_find(struct str s, struct str what) {
    if (what.n == 0) return 0;
    const char *at = s.n ? memmem(s.p, s.n, what.p, what.n) : NULL;
    return at ? at - s.p : -1;
}

bool str_cut(struct str *rest, char sep, struct str *out_part) {
    if (!rest->p) return false;
    const char *at = rest->n ? memchr(rest->p, sep, rest->n) : NULL;
    if (!at) {
        *out_part = *rest;
        *rest = STR_NONE;
        return true;
    }
    size_t n = (size_t)(at - rest->p);
    *out_part = str_head(*rest, n);
    *rest = str_skip(*rest, n + 1);
    return true;
}

bool str_eq_secret(struct str a, struct str b) {
    if (a.n != b.n) return false;
    volatile unsigned char diff = 0;
    for (size_t i = 0; i < a.n; i++) diff = (unsigned char)(diff | (a.p[i] ^ b.p[i]));
    return diff == 0;
}

bool str_to_i64(struct str s, int64_t *out) {
    bool neg = s.n && s.p[0] == '-';
    size_t i = neg;
    if (i == s.n) return false;
    int64_t v = 0;
    for (; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return false;
        int d = s.p[i] - '0';
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, d, &v)) return false;
    }
    if (!neg && __builtin_sub_overflow(0, v, &v)) return false;
    *out = v;
    return true;
}

static const char *skip_digits(const char *c) {
    while (*c >= '0' && *c <= '9') c++;
    return c;
}

/* -?[0-9]+(.[0-9]+)?([eE][-+]?[0-9]+)? and nothing else: strtod() takes more */
static bool is_decimal(const char *c) {
    const char *digits = c + (*c == '-');
    c = skip_digits(digits);
    if (c == digits) return false;
    if (*c == '.') {
        digits = c + 1;
        c = skip_digits(digits);
        if (c == digits) return false;
    }
    if (*c == 'e' || *c == 'E') {
        digits = c + 1 + (c[1] == '-' || c[1] == '+');
        c = skip_digits(digits);
        if (c == digits) return false;
    }
    return *c == 0;
}

bool str_to_double(struct str s, double *out) {
    char z[64];
    if (!str_to_z(s, z, sizeof z) || !is_decimal(z)) return false;
    double v = strtod(z, NULL);
    if (!isfinite(v)) return false;
    *out = v;
    return true;
}

bool str_to_z(struct str s, char *dst, size_t cap) {
    if (s.n >= cap || (s.n && memchr(s.p, 0, s.n))) {
        if (cap) dst[0] = 0;
        return false;
    }
    if (s.n) memcpy(dst, s.p, s.n);
    dst[s.n] = 0;
    return true;
}

uint64_t str_hash(struct str s) {
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < s.n; i++) h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
    return h;
}
