/* Bounded growing buffer. See buf.h. */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buf_init(struct buf *b, size_t max) {
    *b = (struct buf){.max = max};
}

void buf_done(struct buf *b) {
    free(b->p);
    *b = (struct buf){.max = b->max};
}

void buf_clear(struct buf *b) {
    b->n = 0;
    b->failed = false;
    if (b->p) b->p[0] = 0;
}

int buf_check(const struct buf *b, const char *what, struct err *e) {
    if (!b->failed) return 0;
    return err_set(e, ERR_TOO_LARGE, what, "more than %zu bytes", b->max);
}

char *buf_reserve(struct buf *b, size_t n) {
    if (b->failed) return NULL;
    if (n > b->max || b->n > b->max - n) {
        b->failed = true;
        return NULL;
    }
    size_t need = b->n + n + 1;
    if (need > b->cap) {
        size_t cap = b->cap ? b->cap * 2 : 128;
        if (cap < need) cap = need;
        if (cap > b->max + 1) cap = b->max + 1;
        char *p = realloc(b->p, cap);
        if (!p) {
            b->failed = true;
            return NULL;
        }
        b->p = p;
        b->cap = cap;
    }
    return b->p + b->n;
}

void buf_add(struct buf *b, const void *p, size_t n) {
    if (n == 0) return;
    char *at = buf_reserve(b, n);
    if (!at) return;
    memcpy(at, p, n);
    b->n += n;
    b->p[b->n] = 0;
}

void buf_str_add(struct buf *b, struct str s) {
    buf_add(b, s.p, s.n);
}
void buf_z(struct buf *b, const char *z) {
    buf_add(b, z, strlen(z));
}
void buf_c(struct buf *b, char c) {
    buf_add(b, &c, 1);
}

void buf_i64(struct buf *b, int64_t v) {
    char z[24];
    char *at = z + sizeof z;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do *--at = (char)('0' + u % 10);
    while (u /= 10);
    if (v < 0) *--at = '-';
    buf_add(b, at, (size_t)(z + sizeof z - at));
}

void buf_fmt(struct buf *b, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    assert(n >= 0);
    char *at = buf_reserve(b, (size_t)n);
    if (at) {
        vsnprintf(at, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

void buf_hex(struct buf *b, const void *p, size_t n) {
    static const char digits[] = "0123456789abcdef";
    const unsigned char *u = p;
    for (size_t i = 0; i < n; i++) {
        buf_c(b, digits[u[i] >> 4]);
        buf_c(b, digits[u[i] & 15]);
    }
}
