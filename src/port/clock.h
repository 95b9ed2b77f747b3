/* Where time comes from. Read once at the door of a unit of work, then passed on by value (DESIGN: time is
 * input). */
#ifndef PORT_CLOCK_H
#define PORT_CLOCK_H
#include <stdint.h>
struct clock {
    int64_t (*now_us)(void *ctx);  /* UTC, microseconds since 1970; may step */
    int64_t (*mono_us)(void *ctx); /* never goes back; for durations only */
    void *ctx;
};
static inline int64_t clock_now(const struct clock *c) {
    return c->now_us(c->ctx);
}
static inline int64_t clock_mono(const struct clock *c) {
    return c->mono_us(c->ctx);
}
#endif
