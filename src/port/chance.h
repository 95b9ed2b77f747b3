/* Where chance comes from: the kernel's generator in production, a seeded one in the simulator. Thread safe
 * in production. Never fails: an implementation that cannot deliver ends the process. */
#ifndef PORT_CHANCE_H
#define PORT_CHANCE_H
#include "base/id.h"
struct chance {
    void (*fill)(void *ctx, void *p, size_t n);
    void *ctx;
};
static inline void chance_fill(const struct chance *c, void *p, size_t n) {
    c->fill(c->ctx, p, n);
}
static inline struct id chance_id(const struct chance *c, int64_t now_us) {
    uint8_t b[10];
    c->fill(c->ctx, b, sizeof b);
    return id_make(now_us, b);
}
#endif
