/* One arena per unit of work (request, job, decision): nothing in it is freed singly, all of it at the end.
 *
 * An arena has a hard limit; past it (or out of memory) arena_alloc() returns NULL and arena_ok() stays false until
 * reset, so that a builder may go on and be checked once. Blocks are zeroed and aligned to 16 bytes. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/err.h"
#include "base/str.h"

struct arena_block;
struct arena {
    struct arena_block *blocks;
    size_t used, limit; /* bytes handed out, most that may be */
    bool failed;
};

void arena_init(struct arena *a, size_t limit);
void arena_done(struct arena *a);
void arena_reset(struct arena *a); /* frees all but the first block */
static inline bool arena_ok(const struct arena *a) {
    return !a->failed;
}
int arena_check(const struct arena *a, const char *what,
                struct err *e); /* -1, ERR_TOO_LARGE when over the limit */

void *arena_alloc(struct arena *a, size_t size);
void *arena_array(struct arena *a, size_t count, size_t size); /* checks the product */
struct str arena_str(struct arena *a, struct str s); /* a copy, NUL behind it; STR_NONE stays STR_NONE */
struct str arena_fmt(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#define ARENA_NEW(a, type)      ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, n, type) ((type *)arena_array((a), (n), sizeof(type)))
#define ARENA_AUTO              __attribute__((cleanup(arena_done))) struct arena

#endif
