/* Calendar and instants, without zones: proleptic Gregorian days, RFC 3339 text.
 *
 * An instant is int64_t microseconds since 1970-01-01T00:00:00Z ("…_us"), leap seconds not counted (POSIX
 * time). Valid years are 1 to 9999. Nothing here reads a clock: `now_us` is always an argument. */
#ifndef BASE_CIVIL_H
#define BASE_CIVIL_H

#include "base/buf.h"

#define US_SECOND INT64_C(1000000)
#define US_MINUTE (60 * US_SECOND)
#define US_HOUR   (60 * US_MINUTE)
#define US_DAY    (24 * US_HOUR)

struct date {
    int year, month, day; /* 1.., 1..12, 1..31 */
};
struct civil { /* a wall clock reading; which wall is the zone's business */
    struct date date;
    int hour, minute, second, us; /* 0..23, 0..59, 0..59, 0..999999 */
};

enum { MONDAY = 0, SUNDAY = 6 };

int64_t date_to_days(struct date d); /* days since 1970-01-01; d must be valid */
struct date date_of_days(int64_t days);
bool date_valid(struct date d);
int date_weekday(struct date d); /* 0 = Monday .. 6 = Sunday */
struct date date_add(struct date d, int days);
int date_cmp(struct date a, struct date b);
int date_month_days(int year, int month);

int64_t civil_to_us(struct civil c);  /* as if UTC */
struct civil civil_of_us(int64_t us); /* as if UTC */

/* "2026-11-20T07:00:00.123456Z"; up to 9 fraction digits (those after the sixth are cut) and `-05:00` style
 * offsets are taken (RFC 3339; also a space for the T; seconds may be missing). A leap second at the end of a
 * UTC day is the second after it. A text without offset is refused. -1: ERR_INVALID. */
int rfc3339_parse(struct str s, int64_t *out_us, struct err *e);
void rfc3339_add(struct buf *b, int64_t us, int fraction_digits); /* always "Z"; 0, 3 or 6 digits, cut */
int date_parse(struct str s, struct date *out, struct err *e);    /* "2026-11-20" */
void date_add_text(struct buf *b, struct date d);
int clock_parse(struct str s, int *out_minute_of_day, struct err *e); /* "07:00" -> 420; "24:00" refused */

#endif
