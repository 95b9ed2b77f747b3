/* Times as spreadsheets write them. See import_map.h.
 *
 * A date with slashes is month first, as in the United States; one that cannot be so (31/1/2026) is refused rather
 * than guessed, for the same column may hold 2/1/2026. Without an offset it is a wall clock of the tenant's zone. */
#include "flow/import_map.h"

struct scan {
    struct str rest;
    bool bad;
};

static int number(struct scan *s, size_t least, size_t most) {
    int v = 0;
    size_t n = 0;
    while (n < most && n < s->rest.n && s->rest.p[n] >= '0' && s->rest.p[n] <= '9')
        v = v * 10 + (s->rest.p[n++] - '0');
    if (n < least) s->bad = true;
    s->rest = str_skip(s->rest, n);
    return v;
}

static bool sign(struct scan *s, char c) {
    if (!s->rest.n || s->rest.p[0] != c) return false;
    s->rest = str_skip(s->rest, 1);
    return true;
}

static void need(struct scan *s, char c) {
    if (!sign(s, c)) s->bad = true;
}

static void spaces(struct scan *s) {
    while (sign(s, ' ')) {
    }
}

static void half_of_day(struct scan *s, struct civil *c) {
    spaces(s);
    bool am = str_eq_ci(s->rest, STR("am")) || str_eq_ci(s->rest, STR("a.m."));
    bool pm = str_eq_ci(s->rest, STR("pm")) || str_eq_ci(s->rest, STR("p.m."));
    if (!am && !pm) return;
    if (c->hour < 1 || c->hour > 12) s->bad = true;
    c->hour = c->hour % 12 + (pm ? 12 : 0);
    s->rest = str_skip(s->rest, s->rest.n);
}

static struct civil scan_civil(struct scan *s) {
    struct civil c = {0};
    bool slashes = memchr(s->rest.p, '/', s->rest.n) != NULL;
    if (slashes) {
        c.date.month = number(s, 1, 2), need(s, '/');
        c.date.day = number(s, 1, 2), need(s, '/');
        c.date.year = number(s, 4, 4);
    } else {
        c.date.year = number(s, 4, 4), need(s, '-');
        c.date.month = number(s, 2, 2), need(s, '-');
        c.date.day = number(s, 2, 2);
    }
    if (s->rest.n && (sign(s, 'T') || sign(s, ' '))) {
        spaces(s);
        c.hour = number(s, 1, 2), need(s, ':');
        c.minute = number(s, 2, 2);
        if (sign(s, ':')) c.second = number(s, 2, 2);
        half_of_day(s, &c);
    }
    return c;
}

int import_time(struct str text, const struct zone *zone, int64_t *out_us, struct err *e) {
    text = str_trim(text);
    if (rfc3339_parse(text, out_us, NULL) == 0) return 0;
    struct scan s = {.rest = text, .bad = text.n == 0};
    struct civil c = text.n ? scan_civil(&s) : (struct civil){0};
    if (s.bad || s.rest.n || !date_valid(c.date) || c.hour > 23 || c.minute > 59 || c.second > 59)
        return err_set(e, ERR_INVALID, "", "must be a time like 2026-01-31 14:05 or 1/31/2026 2:05 PM");
    if (!zone) return err_set(e, ERR_INVALID, "", "needs an offset, like 2026-01-31T14:05:00-05:00");
    *out_us = zone_instant(zone, c, NULL);
    return 0;
}
