/* A growing byte buffer with a maximum fixed at birth.
 *
 * Writers do not fail one by one: once the maximum is passed (or memory is out) the buffer keeps what it has, sets
 * `failed`, and ignores the rest; the caller checks buf_ok() once at the end. There is always a NUL behind the bytes,
 * not counted in n. buf_done() frees; BUF_AUTO does so at scope end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/err.h"
#include "base/str.h"

struct buf {
    char *p;
    size_t n, cap, max;
    bool failed;
};

void buf_init(struct buf *b, size_t max); /* max: bytes of content; no allocation happens yet */
void buf_done(struct buf *b);
void buf_clear(struct buf *b); /* empties, keeps memory, clears `failed` */
static inline bool buf_ok(const struct buf *b) {
    return !b->failed;
}
static inline struct str buf_str(const struct buf *b) {
    return (struct str){b->p ? b->p : "", b->n};
}
/* 0, or -1 with ERR_TOO_LARGE naming `what` */
int buf_check(const struct buf *b, const char *what, struct err *e);

void buf_add(struct buf *b, const void *p, size_t n);
void buf_str_add(struct buf *b, struct str s);
void buf_z(struct buf *b, const char *z);
void buf_c(struct buf *b, char c);
void buf_i64(struct buf *b, int64_t v);
void buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_hex(struct buf *b, const void *p, size_t n); /* lower case */
/* Room for n more bytes at b->p + b->n, which the caller fills and then adds to b->n; NULL when over max. */
char *buf_reserve(struct buf *b, size_t n);

#define BUF_AUTO __attribute__((cleanup(buf_done))) struct buf

#endif
