/* Identifiers: 128 bits, time-ordered (UUID version 7, RFC 9562), stored as 16 bytes, shown as 36 characters.
 *
 * A tenant's id is a type of its own, so that the compiler refuses a lead's id where the tenant belongs and nobody
 * can forget it: every store function takes it first. An all-zero id is "none"; tenant_given() is asserted at the
 * doors of store and cache. */
#ifndef BASE_ID_H
#define BASE_ID_H

#include "base/prng.h"
#include "base/str.h"

struct id {
    uint8_t b[16];
};
struct tenant_id {
    struct id id;
};

enum { ID_TEXT = 36 }; /* characters, without the NUL */

/* From the milliseconds of now_us and 74 bits of `chance` (10 bytes are read). */
struct id id_make(int64_t now_us, const uint8_t chance[10]);
struct id id_random(int64_t now_us, struct prng *r); /* for simulation */
/* A stable id from a name (SHA-free FNV-based, version 8): for things that must get the same id on every run. */
struct id id_named(struct str space, struct str name);
void id_text(struct id id, char out[ID_TEXT + 1]);
bool id_parse(struct str s, struct id *out); /* 36 characters, lower or upper case hex */
bool id_given(struct id id);
bool id_eq(struct id a, struct id b);
int id_cmp(struct id a, struct id b);
static inline bool tenant_given(struct tenant_id t) {
    return id_given(t.id);
}
static inline struct str id_bytes(const struct id *id) {
    return (struct str){(const char *)id->b, 16};
}

#endif
