/* A time zone whose law changes: a small TZif file (RFC 9636), made of what a zone says. */
#include "sim/sim_impl.h"

#include <stdlib.h>

enum { TYPES_MAX = 8, CHANGES_MAX = 64 };

struct type {
    int offset_s;
    bool dst;
    char abbreviation[8];
};
struct table {
    struct type type[TYPES_MAX];
    size_t types, changes;
    int64_t at_s[CHANGES_MAX];
    uint8_t to[CHANGES_MAX];
};

static uint8_t type_at(struct table *t, const struct type *want) {
    for (size_t i = 0; i < t->types; i++)
        if (t->type[i].offset_s == want->offset_s && t->type[i].dst == want->dst &&
            strcmp(t->type[i].abbreviation, want->abbreviation) == 0)
            return (uint8_t)i;
    if (t->types == TYPES_MAX) return 0;
    t->type[t->types] = *want;
    return (uint8_t)t->types++;
}

static struct type shown(const struct zone *z, int64_t us) {
    struct zone_moment m = zone_at(z, us);
    struct type t = {.offset_s = m.offset_s, .dst = m.dst};
    snprintf(t.abbreviation, sizeof t.abbreviation, "%s", m.abbreviation);
    return t;
}

static void add(struct table *t, int64_t at_s, const struct type *to) {
    if (t->changes == CHANGES_MAX) return;
    t->at_s[t->changes] = at_s;
    t->to[t->changes++] = type_at(t, to);
}

/* The second at which `z` changes, known to lie in (from_s, to_s]. */
static int64_t edge(const struct zone *z, int64_t from_s, int64_t to_s) {
    struct type before = shown(z, from_s * US_SECOND);
    while (to_s - from_s > 1) {
        int64_t mid = from_s + (to_s - from_s) / 2;
        if (shown(z, mid * US_SECOND).offset_s == before.offset_s)
            from_s = mid;
        else
            to_s = mid;
    }
    return to_s;
}

static void big(struct buf *b, uint64_t v, int bytes) {
    for (int i = bytes - 1; i >= 0; i--) buf_c(b, (char)(v >> (8 * i) & 0xff));
}

static void header(struct buf *b, size_t changes, size_t types, size_t letters) {
    static const char nothing[15];
    buf_add(b, "TZif2", 5);
    buf_add(b, nothing, sizeof nothing);
    big(b, 0, 4); /* no UT or wall indicators, no leap seconds */
    big(b, 0, 4);
    big(b, 0, 4);
    big(b, changes, 4);
    big(b, types, 4);
    big(b, letters, 4);
}

static void write_table(const struct table *t, struct buf *out) {
    header(out, 0, 1, 1); /* the part for readers of version 1 says nothing */
    big(out, 0, 4);
    big(out, 0, 2);
    buf_c(out, 0);
    size_t letters = 0;
    for (size_t i = 0; i < t->types; i++) letters += strlen(t->type[i].abbreviation) + 1;
    header(out, t->changes, t->types, letters);
    for (size_t i = 0; i < t->changes; i++) big(out, (uint64_t)t->at_s[i], 8);
    for (size_t i = 0; i < t->changes; i++) buf_c(out, (char)t->to[i]);
    size_t at = 0;
    for (size_t i = 0; i < t->types; i++) {
        big(out, (uint32_t)t->type[i].offset_s, 4);
        buf_c(out, t->type[i].dst);
        buf_c(out, (char)at);
        at += strlen(t->type[i].abbreviation) + 1;
    }
    for (size_t i = 0; i < t->types; i++)
        buf_add(out, t->type[i].abbreviation, strlen(t->type[i].abbreviation) + 1);
}

void tzif_with_law(const struct zone *z, int64_t from_us, int64_t law_us, int offset_s,
                   const char *abbreviation, struct buf *out) {
    struct table t = {0};
    struct type first = shown(z, from_us), last = {.offset_s = offset_s};
    snprintf(last.abbreviation, sizeof last.abbreviation, "%s", abbreviation);
    type_at(&t, &first);
    int64_t law_s = law_us / US_SECOND;
    for (int64_t s = from_us / US_SECOND; s < law_s; s += 86400) {
        int64_t next = s + 86400 < law_s ? s + 86400 : law_s - 1;
        struct type to = shown(z, next * US_SECOND);
        if (to.offset_s != shown(z, s * US_SECOND).offset_s) add(&t, edge(z, s, next), &to);
    }
    add(&t, law_s, &last);
    write_table(&t, out);
    int west = -offset_s, hours = abs(west) / 3600, minutes = abs(west) / 60 % 60;
    buf_fmt(out, "\n%s%s%d:%02d\n", abbreviation, west < 0 ? "-" : "", hours, minutes);
}
