/* The POSIX TZ string in the footer of a TZif file, as a rule for every year. Private to base: use
 * base/zone.h.
 *
 * Taken are all forms of POSIX.1-2017 8.3 and of RFC 9636 3.3.1: quoted names "<+0330>", offsets to seconds,
 * Jn, n and Mm.w.d days, times from -167 to 167 hours, standard time east or west, daylight saving that is
 * behind standard time (Ireland) or lasts all year. A rule-less "EST5EDT" means the rules of the United
 * States since 2007, as in the reference implementation. Instants are seconds since 1970, UTC. */
#ifndef BASE_ZONE_RULE_H
#define BASE_ZONE_RULE_H

#include "base/civil.h"

enum { ZONE_ABBREVIATION = 8 };

struct zone_type { /* what a clock shows during some span */
    int offset_s;
    bool dst;
    char abbreviation[ZONE_ABBREVIATION];
};

struct zone_day { /* when, each year, the clock changes */
    enum { DAY_JULIAN /* 1..365, 29 February never counted */, DAY_ZERO /* 0..365 */, DAY_OF_WEEK } kind;
    int day;         /* of the year; with DAY_OF_WEEK 0 = Sunday .. 6 */
    int month, week; /* week 5 is the last */
    int time_s;      /* wall time before the change, from that day's midnight */
};

struct zone_rule {
    bool given, has_dst;
    struct zone_type type[2];  /* standard, daylight */
    struct zone_day change[2]; /* to standard, to daylight */
};

bool zone_rule_parse(struct str tz, struct zone_rule *out);
/* The type at an instant, and the first instant after it at which a change is due (INT64_MAX when none ever
 * is). */
const struct zone_type *zone_rule_at(const struct zone_rule *r, int64_t s, int64_t *out_next_s);

#endif
