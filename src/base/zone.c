/* TZif files and zone sets. See zone.h.
 *
 * Of a file with two data blocks only the 64-bit one is kept. Transitions are held in POSIX time: those of a
 * file that counts leap seconds ("right/…") are converted while reading. Everything a lookup relies on (order
 * of times, indexes, ranges of offsets) is checked once, here, so that lookups cannot fail. */
#include "base/zone.h"

#include <assert.h>
#include <stdlib.h>

#include "base/zone_rule.h"

enum {
    MAX_FILE = 256 * 1024,
    MAX_NAME = 64,
    HEADER = 44,
    MIN_OFFSET_S = -89999, /* RFC 9636 3.2: utoff is between -25 and 26 hours */
    MAX_OFFSET_S = 93599
};

struct zone {
    char name[MAX_NAME + 1];
    size_t count;          /* transitions */
    int64_t *at_s;         /* ascending */
    uint8_t *to;           /* index into type[] */
    struct zone_rule rule; /* after the last transition */
    struct zone_type type[256];
};

/* ---- reading ---- */

struct reader {
    const unsigned char *p;
    size_t n, at;
    struct err *e;
};
struct counts {
    size_t isut, isstd, leap, time, type, chars;
};

static int bad(const struct reader *r, size_t offset, const char *what) {
    return err_set(r->e, ERR_INVALID, "TZif", "byte %zu: %s", offset, what);
}

static uint32_t be32(const unsigned char *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be_time(const unsigned char *p, size_t width) {
    if (width == 4) return (int32_t)be32(p);
    return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static int read_header(struct reader *r, char *out_version, struct counts *out) {
    const unsigned char *p = r->p + r->at;
    if (r->n - r->at < HEADER) return bad(r, r->at, "the header is cut off");
    if (memcmp(p, "TZif", 4) != 0) return bad(r, r->at, "no TZif header here");
    if (p[4] != 0 && (p[4] < '2' || p[4] > '4')) return bad(r, r->at + 4, "the version is not one of 1 to 4");
    *out_version = (char)p[4];
    *out =
        (struct counts){be32(p + 20), be32(p + 24), be32(p + 28), be32(p + 32), be32(p + 36), be32(p + 40)};
    if (out->isut > MAX_FILE || out->isstd > MAX_FILE || out->leap > MAX_FILE || out->time > MAX_FILE ||
        out->type > MAX_FILE || out->chars > MAX_FILE)
        return bad(r, r->at + 20, "a count is larger than any file");
    if (out->type < 1 || out->type > 256) return bad(r, r->at + 36, "typecnt is not from 1 to 256");
    if (out->chars < 1) return bad(r, r->at + 40, "charcnt is 0");
    if (out->isut && out->isut != out->type) return bad(r, r->at + 20, "isutcnt is neither 0 nor typecnt");
    if (out->isstd && out->isstd != out->type) return bad(r, r->at + 24, "isstdcnt is neither 0 nor typecnt");
    r->at += HEADER;
    return 0;
}

static size_t block_size(const struct counts *c, size_t width) {
    return c->time * (width + 1) + c->type * 6 + c->chars + c->leap * (width + 4) + c->isstd + c->isut;
}

/* What leap seconds had added to the clock of a "right" file at its time t. */
static int64_t leap_correction(const unsigned char *leaps, size_t count, size_t width, int64_t t) {
    int64_t correction = 0;
    for (size_t i = 0; i < count; i++, leaps += width + 4) {
        if (be_time(leaps, width) > t) break;
        correction = (int32_t)be32(leaps + width);
    }
    return correction;
}

static int read_times(struct reader *r, const struct counts *c, size_t width, struct zone *z) {
    const unsigned char *times = r->p + r->at, *types = times + c->time * width;
    const unsigned char *leaps = types + c->time + c->type * 6 + c->chars;
    int64_t previous = INT64_MIN;
    for (size_t i = 0; i < c->leap; i++) {
        size_t offset = (size_t)(leaps - r->p) + i * (width + 4);
        int64_t t = be_time(r->p + offset, width);
        if (i && t <= previous) return bad(r, offset, "leap seconds are not in ascending order");
        previous = t;
    }
    z->count = c->time;
    z->at_s = calloc(c->time + 1, sizeof *z->at_s);
    z->to = calloc(c->time + 1, sizeof *z->to);
    if (!z->at_s || !z->to) return err_set(r->e, ERR_INTERNAL, "TZif", "out of memory");
    for (size_t i = 0; i < c->time; i++) {
        int64_t t = be_time(times + i * width, width);
        if (i && t <= previous)
            return bad(r, r->at + i * width, "transition times are not in ascending order");
        previous = t;
        if (__builtin_sub_overflow(t, leap_correction(leaps, c->leap, width, t), &z->at_s[i]) ||
            (i && z->at_s[i] < z->at_s[i - 1]))
            return bad(r, r->at + i * width, "a leap second puts transitions out of order");
        z->to[i] = types[i];
        if (types[i] >= c->type)
            return bad(r, (size_t)(types - r->p) + i, "a transition names a type that is not there");
    }
    return 0;
}

static bool abbreviation_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-';
}

static int read_types(struct reader *r, const struct counts *c, size_t width, struct zone *z) {
    size_t at = r->at + c->time * (width + 1);
    const char *chars = (const char *)r->p + at + c->type * 6;
    for (size_t i = 0; i < c->type; i++, at += 6) {
        const unsigned char *p = r->p + at;
        struct zone_type *t = &z->type[i];
        t->offset_s = (int32_t)be32(p);
        if (t->offset_s < MIN_OFFSET_S || t->offset_s > MAX_OFFSET_S)
            return bad(r, at, "utoff is not between -25 and 26 hours");
        if (p[4] > 1) return bad(r, at + 4, "isdst is neither 0 nor 1");
        t->dst = p[4];
        if (p[5] >= c->chars) return bad(r, at + 5, "a designation starts behind the designations");
        size_t n = strnlen(chars + p[5], c->chars - p[5]);
        if (p[5] + n == c->chars) return bad(r, at + 5, "a designation does not end");
        if (n < 1 || !str_to_z((struct str){chars + p[5], n}, t->abbreviation, sizeof t->abbreviation))
            return bad(r, at + 5, "a designation is not of 1 to 7 characters");
        for (size_t k = 0; k < n; k++)
            if (!abbreviation_char(t->abbreviation[k]))
                return bad(r, at + 5, "a designation has odd characters");
    }
    return 0;
}

static int read_footer(struct reader *r, struct zone *z) {
    const char *p = (const char *)r->p + r->at;
    size_t left = r->n - r->at;
    if (!left || p[0] != '\n') return bad(r, r->at, "no footer behind the data");
    const char *end = left > 1 ? memchr(p + 1, '\n', left - 1) : NULL;
    if (!end) return bad(r, r->at, "the footer does not end");
    struct str tz = {p + 1, (size_t)(end - p - 1)};
    if (tz.n && !zone_rule_parse(tz, &z->rule))
        return bad(r, r->at + 1, "the footer is not a POSIX TZ string");
    return 0;
}

static int read_all(struct reader *r, struct zone *z) {
    char version;
    struct counts c;
    size_t width = 4;
    if (r->n > MAX_FILE) return err_set(r->e, ERR_INVALID, "TZif", "is longer than %d bytes", (int)MAX_FILE);
    if (read_header(r, &version, &c)) return -1;
    if (version != 0) { /* the first block is for readers of 1996 */
        width = 8;
        if (block_size(&c, 4) > r->n - r->at) return bad(r, r->at, "the first data block is cut off");
        r->at += block_size(&c, 4);
        if (read_header(r, &version, &c)) return -1;
    }
    if (block_size(&c, width) > r->n - r->at) return bad(r, r->at, "the data block is cut off");
    if (read_times(r, &c, width, z) || read_types(r, &c, width, z)) return -1;
    r->at += block_size(&c, width);
    return width == 8 ? read_footer(r, z) : 0;
}

int zone_read(struct str name, struct str tzif, struct zone **out, struct err *e) {
    struct zone *z = calloc(1, sizeof *z);
    if (!z) return err_set(e, ERR_INTERNAL, "TZif", "out of memory");
    struct reader r = {.p = (const unsigned char *)tzif.p, .n = tzif.n, .e = e};
    int rc = str_to_z(name, z->name, sizeof z->name)
                 ? read_all(&r, z)
                 : err_set(e, ERR_INVALID, "", "a zone's name is too long");
    if (rc) {
        zone_free(z);
        return -1;
    }
    *out = z;
    return 0;
}

void zone_free(struct zone *z) {
    if (!z) return;
    free(z->at_s);
    free(z->to);
    free(z);
}

struct str zone_name(const struct zone *z) {
    return str_of(z->name);
}

/* ---- answers ---- */

static int64_t floor_seconds(int64_t us) {
    return us / US_SECOND - (us % US_SECOND < 0);
}

/* The type at an instant and when the next one begins (INT64_MAX: never). */
static const struct zone_type *type_at(const struct zone *z, int64_t s, int64_t *out_next_s) {
    size_t low = 0, high = z->count; /* the first transition after s */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (z->at_s[middle] <= s)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == z->count && z->rule.given) return zone_rule_at(&z->rule, s, out_next_s);
    *out_next_s = low < z->count ? z->at_s[low] : INT64_MAX;
    return &z->type[low ? z->to[low - 1] : 0];
}

struct zone_moment zone_at(const struct zone *z, int64_t us) {
    int64_t next_s;
    const struct zone_type *t = type_at(z, floor_seconds(us), &next_s);
    struct zone_moment m = {.offset_s = t->offset_s, .dst = t->dst};
    static_assert(sizeof m.abbreviation == sizeof t->abbreviation, "copied as a whole");
    memcpy(m.abbreviation, t->abbreviation, sizeof m.abbreviation);
    return m;
}

struct civil zone_civil(const struct zone *z, int64_t us) {
    int64_t next_s;
    return civil_of_us(us + type_at(z, floor_seconds(us), &next_s)->offset_s * US_SECOND);
}

struct date zone_date(const struct zone *z, int64_t us) {
    return zone_civil(z, us).date;
}

/* Walks the spans of constant offset that could show `wall`, earliest first. In each the wall time has one
 * possible instant, which counts when it lies inside; a change that jumps over the wall time is a gap. */
int64_t zone_instant(const struct zone *z, struct civil wall, enum zone_fit *out_fit) {
    int64_t wall_us = civil_to_us(wall);
    int64_t wall_s = floor_seconds(wall_us), fraction_us = wall_us - wall_s * US_SECOND;
    int64_t begin = wall_s - MAX_OFFSET_S, last = wall_s - MIN_OFFSET_S, next;
    int64_t found = 0, after_gap = INT64_MAX;
    int hits = 0;
    for (int64_t offset, before = INT64_MIN; begin <= last && hits < 2; begin = next, before = offset) {
        offset = type_at(z, begin, &next)->offset_s;
        bool jumped = before != INT64_MIN && begin + before <= wall_s && wall_s < begin + offset;
        if (jumped && after_gap == INT64_MAX) after_gap = begin;
        int64_t instant = wall_s - offset;
        if (instant < begin || instant >= next) continue;
        if (hits++ == 0) found = instant;
    }
    /* The first span shows earlier times, the last one later times: what is never shown was jumped over. */
    assert(hits || after_gap != INT64_MAX);
    if (out_fit) *out_fit = hits == 0 ? ZONE_GAP : hits == 1 ? ZONE_UNIQUE : ZONE_FOLD;
    return hits ? found * US_SECOND + fraction_us : after_gap * US_SECOND;
}

/* ---- sets ---- */

struct zone_set {
    int (*read)(void *ctx, struct str name, struct buf *out, struct err *e);
    void *ctx;
    struct zone **zones; /* sorted by name */
    size_t count, cap;
    char version[32];
};

bool zone_name_valid(struct str name) {
    if (!name.n || name.n > MAX_NAME) return false;
    bool start = true; /* of a part, which begins with a letter */
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (start ? !letter
                  : !(letter || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '_' || c == '/'))
            return false;
        start = c == '/';
    }
    return !start;
}

int zone_set_new(int (*read)(void *ctx, struct str name, struct buf *out, struct err *e), void *ctx,
                 struct str version, struct zone_set **out, struct err *e) {
    struct zone_set *s = calloc(1, sizeof *s);
    if (!s) return err_set(e, ERR_INTERNAL, "", "out of memory");
    if (!str_to_z(version, s->version, sizeof s->version)) {
        free(s);
        return err_set(e, ERR_INVALID, "", "a version of the zone data is at most 31 characters");
    }
    s->read = read;
    s->ctx = ctx;
    *out = s;
    return 0;
}

void zone_set_free(struct zone_set *s) {
    if (!s) return;
    for (size_t i = 0; i < s->count; i++) zone_free(s->zones[i]);
    free(s->zones);
    free(s);
}

struct str zone_set_version(const struct zone_set *s) {
    return str_of(s->version);
}

static bool find(const struct zone_set *s, struct str name, size_t *out_at) {
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = str_cmp(zone_name(s->zones[middle]), name);
        if (c == 0) {
            *out_at = middle;
            return true;
        }
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *out_at = low;
    return false;
}

static int insert(struct zone_set *s, size_t at, struct zone *z, struct err *e) {
    if (s->count == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 16;
        struct zone **zones = reallocarray(s->zones, cap, sizeof *zones);
        if (!zones) return err_set(e, ERR_INTERNAL, "", "out of memory");
        s->zones = zones;
        s->cap = cap;
    }
    memmove(s->zones + at + 1, s->zones + at, (s->count - at) * sizeof *s->zones);
    s->zones[at] = z;
    s->count++;
    return 0;
}

int zone_set_get(struct zone_set *s, struct str name, const struct zone **out, struct err *e) {
    if (!zone_name_valid(name))
        return err_set(e, ERR_INVALID, "", "is not a time zone; write it like America/New_York");
    size_t at;
    if (find(s, name, &at)) {
        *out = s->zones[at];
        return 0;
    }
    BUF_AUTO bytes;
    buf_init(&bytes, MAX_FILE);
    struct zone *z;
    if (s->read(s->ctx, name, &bytes, e) || buf_check(&bytes, "TZif", e)) return -1;
    if (zone_read(name, buf_str(&bytes), &z, e)) return -1;
    if (insert(s, at, z, e)) {
        zone_free(z);
        return -1;
    }
    *out = z;
    return 0;
}
