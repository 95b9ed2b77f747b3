/* A borrowed run of bytes: pointer and length, not NUL-terminated, owned by somebody else.
 *
 * The empty string has n = 0; p may then be NULL. "Absent" is a different thing: STR_NONE has p = NULL, and
 * str_given() tells them apart, so that an empty JSON string and a missing key are not confused. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p;
    size_t n;
};

#define STR(lit)   ((struct str){"" lit, sizeof(lit) - 1})
#define STR_NONE   ((struct str){NULL, 0})
#define STR_FMT(s) (int)(s).n, (s).p /* for "%.*s" */

static inline struct str str_of(const char *z) {
    return (struct str){z, z ? strlen(z) : 0};
}
static inline bool str_given(struct str s) {
    return s.p != NULL;
}
static inline bool str_eq(struct str a, struct str b) {
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool str_is(struct str a, const char *z) {
    return str_eq(a, str_of(z));
}
static inline bool str_starts(struct str s, struct str prefix) {
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}
static inline struct str str_skip(struct str s, size_t k) {
    if (k > s.n) k = s.n;
    return (struct str){k ? s.p + k : s.p, s.n - k}; /* adding even 0 to NULL is undefined */
}
static inline struct str str_head(struct str s, size_t k) {
    return (struct str){s.p, k < s.n ? k : s.n};
}

int str_cmp(struct str a, struct str b);           /* bytewise order, shorter first */
bool str_eq_ci(struct str a, struct str b);        /* ASCII case folded */
struct str str_trim(struct str s);                 /* without ASCII white space at both ends */
ptrdiff_t str_find(struct str s, struct str what); /* first offset or -1; empty `what` is at 0 */
/* Takes the part before the first `sep` out of *rest and moves *rest behind it. false when *rest is used up
 * (p == NULL). "a,,b" gives "a", "", "b". */
bool str_cut(struct str *rest, char sep, struct str *out_part);
/* Equal in constant time for equal lengths: for secrets and signatures. */
bool str_eq_secret(struct str a, struct str b);
/* Decimal integer, optional leading '-', nothing else, no overflow. false leaves *out untouched. */
bool str_to_i64(struct str s, int64_t *out);
/* Decimal number as in JSON, plus leading zeros allowed; finite only, at most 63 characters. false leaves *out untouched. */
bool str_to_double(struct str s, double *out);
/* Copies into a NUL-terminated array of `cap` bytes. false (and "" in dst) when it does not fit or holds a NUL. */
bool str_to_z(struct str s, char *dst, size_t cap);
uint64_t str_hash(struct str s); /* FNV-1a 64: tables only, not for security */

#endif
