/* Arena of chained blocks. See arena.h. */
#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct arena_block {
    struct arena_block *older;
    size_t used, cap;
    _Alignas(16) char bytes[];
};

enum { FIRST_BLOCK = 4096, ALIGN = 16 };

void arena_init(struct arena *a, size_t limit) {
    *a = (struct arena){.limit = limit};
}

static void free_down_to(struct arena *a, bool keep_first) {
    struct arena_block *b = a->blocks;
    while (b && (!keep_first || b->older)) {
        struct arena_block *older = b->older;
        free(b);
        b = older;
    }
    a->blocks = b;
}

void arena_done(struct arena *a) {
    free_down_to(a, false);
    *a = (struct arena){.limit = a->limit};
}

void arena_reset(struct arena *a) {
    free_down_to(a, true);
    if (a->blocks) {
        memset(a->blocks->bytes, 0, a->blocks->used);
        a->blocks->used = 0;
    }
    a->used = 0;
    a->failed = false;
}

int arena_check(const struct arena *a, const char *what, struct err *e) {
    if (!a->failed) return 0;
    return err_set(e, ERR_TOO_LARGE, what, "needs more than %zu bytes of memory", a->limit);
}

static struct arena_block *grow(struct arena *a, size_t size) {
    size_t cap = a->blocks ? a->blocks->cap * 2 : FIRST_BLOCK;
    if (cap < size) cap = size;
    struct arena_block *b = calloc(1, sizeof *b + cap);
    if (!b) return NULL;
    b->cap = cap;
    b->older = a->blocks;
    a->blocks = b;
    return b;
}

void *arena_alloc(struct arena *a, size_t size) {
    size_t rounded = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (a->failed || rounded < size || rounded > a->limit - a->used) {
        a->failed = true;
        return NULL;
    }
    struct arena_block *b = a->blocks;
    if (!b || b->cap - b->used < rounded) b = grow(a, rounded);
    if (!b) {
        a->failed = true;
        return NULL;
    }
    void *p = b->bytes + b->used;
    b->used += rounded;
    a->used += rounded;
    assert(a->used <= a->limit);
    return p;
}

void *arena_array(struct arena *a, size_t count, size_t size) {
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) {
        a->failed = true;
        return NULL;
    }
    return arena_alloc(a, total);
}

struct str arena_str(struct arena *a, struct str s) {
    if (!s.p) return STR_NONE;
    char *p = arena_alloc(a, s.n + 1);
    if (!p) return STR_NONE;
    if (s.n) memcpy(p, s.p, s.n);
    return (struct str){p, s.n};
}

struct str arena_fmt(struct arena *a, const char *fmt, ...) {
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    assert(n >= 0);
    char *p = arena_alloc(a, (size_t)n + 1);
    if (p) vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p ? (struct str){p, (size_t)n} : STR_NONE;
}
