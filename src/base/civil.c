/* Days, wall readings and RFC 3339 text. See civil.h.
 *
 * Day numbers count from 1 March of year 0, so that the leap day is the last of its year and the months'
 * lengths follow one linear formula (153 days in five months). Nothing here may depend on the machine's zone
 * or locale. */
#include "base/civil.h"

#include <assert.h>

enum { DAYS_ERA = 146097 /* 400 Gregorian years */, DAYS_TO_1970 = 719468 /* from 0000-03-01 */ };

static int64_t floor_div(int64_t a, int64_t b) {
    int64_t q = a / b;
    return a % b < 0 ? q - 1 : q;
}

static bool leap_year(int year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int date_month_days(int year, int month) {
    static const int8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    assert(month >= 1 && month <= 12);
    return days[month - 1] + (month == 2 && leap_year(year));
}

bool date_valid(struct date d) {
    return d.year >= 1 && d.year <= 9999 && d.month >= 1 && d.month <= 12 && d.day >= 1 &&
           d.day <= date_month_days(d.year, d.month);
}

int64_t date_to_days(struct date d) {
    int64_t year = d.month > 2 ? d.year : (int64_t)d.year - 1;
    int month = d.month > 2 ? d.month - 3 : d.month + 9; /* 0 = March */
    int64_t era = floor_div(year, 400), of_era = year - era * 400;
    int64_t day = of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + d.day - 1;
    return era * DAYS_ERA + day - DAYS_TO_1970;
}

struct date date_of_days(int64_t days) {
    days += DAYS_TO_1970;
    int64_t era = floor_div(days, DAYS_ERA);
    int day = (int)(days - era * DAYS_ERA);
    int year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= year * 365 + year / 4 - year / 100;
    int month = (5 * day + 2) / 153;
    struct date d = {.day = day - (153 * month + 2) / 5 + 1, .month = month < 10 ? month + 3 : month - 9};
    d.year = (int)(era * 400 + year + (d.month <= 2));
    return d;
}

int date_weekday(struct date d) {
    int64_t days = date_to_days(d) + 3; /* 1970-01-01 was a Thursday */
    return (int)(days - floor_div(days, 7) * 7);
}

struct date date_add(struct date d, int days) {
    return date_of_days(date_to_days(d) + days);
}

int date_cmp(struct date a, struct date b) {
    if (a.year != b.year) return a.year < b.year ? -1 : 1;
    if (a.month != b.month) return a.month < b.month ? -1 : 1;
    return (a.day > b.day) - (a.day < b.day);
}

int64_t civil_to_us(struct civil c) {
    int64_t seconds = date_to_days(c.date) * 86400 + c.hour * 3600 + c.minute * 60 + c.second;
    return seconds * US_SECOND + c.us;
}

struct civil civil_of_us(int64_t us) {
    int64_t days = floor_div(us, US_DAY);
    int64_t rest = us - days * US_DAY;
    int second = (int)(rest / US_SECOND);
    return (struct civil){.date = date_of_days(days),
                          .hour = second / 3600,
                          .minute = second / 60 % 60,
                          .second = second % 60,
                          .us = (int)(rest % US_SECOND)};
}

/* Takes exactly n digits off *s. */
static bool take_digits(struct str *s, size_t n, int *out) {
    if (s->n < n) return false;
    int v = 0;
    for (size_t i = 0; i < n; i++) {
        if (s->p[i] < '0' || s->p[i] > '9') return false;
        v = v * 10 + (s->p[i] - '0');
    }
    *s = str_skip(*s, n);
    *out = v;
    return true;
}

static bool take(struct str *s, char c) {
    if (!s->n || s->p[0] != c) return false;
    *s = str_skip(*s, 1);
    return true;
}

static bool take_date(struct str *s, struct date *out) {
    return take_digits(s, 4, &out->year) && take(s, '-') && take_digits(s, 2, &out->month) && take(s, '-') &&
           take_digits(s, 2, &out->day) && date_valid(*out);
}

int date_parse(struct str s, struct date *out, struct err *e) {
    struct date d;
    if (!take_date(&s, &d) || s.n)
        return err_set(e, ERR_INVALID, "", "is not a date; write it like 2026-11-20");
    *out = d;
    return 0;
}

int clock_parse(struct str s, int *out_minute_of_day, struct err *e) {
    int hour, minute;
    if (!take_digits(&s, 2, &hour) || !take(&s, ':') || !take_digits(&s, 2, &minute) || s.n || hour > 23 ||
        minute > 59)
        return err_set(e, ERR_INVALID, "", "is not a time of day; write it like 07:00, from 00:00 to 23:59");
    *out_minute_of_day = hour * 60 + minute;
    return 0;
}

/* ":SS" and a fraction of 1 to 9 digits, both optional; digits after the sixth are cut. Second 60 passes
 * here. */
static bool take_seconds(struct str *s, struct civil *c) {
    c->second = c->us = 0;
    if (!take(s, ':')) return true;
    if (!take_digits(s, 2, &c->second) || c->second > 60) return false;
    if (!take(s, '.')) return true;
    int digits = 0, digit;
    for (; take_digits(s, 1, &digit); digits++)
        if (digits < 6) c->us = c->us * 10 + digit;
    if (digits < 1 || digits > 9) return false;
    for (; digits < 6; digits++) c->us *= 10;
    return true;
}

static bool take_offset(struct str *s, int64_t *out_us) {
    *out_us = 0;
    if (take(s, 'Z') || take(s, 'z')) return true;
    int hour, minute;
    bool west = take(s, '-');
    if (!west && !take(s, '+')) return false;
    if (!take_digits(s, 2, &hour) || !take(s, ':') || !take_digits(s, 2, &minute)) return false;
    if (hour > 23 || minute > 59) return false;
    *out_us = (hour * 60 + minute) * (west ? -US_MINUTE : US_MINUTE);
    return true;
}

static bool take_instant(struct str *s, int64_t *out_us) {
    struct civil c = {0};
    int64_t offset_us;
    if (!take_date(s, &c.date)) return false;
    if (!take(s, 'T') && !take(s, 't') && !take(s, ' ')) return false;
    if (!take_digits(s, 2, &c.hour) || !take(s, ':') || !take_digits(s, 2, &c.minute)) return false;
    if (c.hour > 23 || c.minute > 59) return false;
    if (!take_seconds(s, &c) || !take_offset(s, &offset_us)) return false;
    int64_t us = civil_to_us(c) - offset_us;
    struct civil utc = civil_of_us(us);
    /* A leap second stands only at the end of a UTC day; POSIX time counts it as the second after. */
    if (c.second == 60 && (utc.hour || utc.minute || utc.second)) return false;
    *out_us = us;
    return utc.date.year >= 1 && utc.date.year <= 9999;
}

int rfc3339_parse(struct str s, int64_t *out_us, struct err *e) {
    int64_t us;
    if (!take_instant(&s, &us) || s.n)
        return err_set(e, ERR_INVALID, "",
                       "is not a time with an offset; write it like 2026-11-20T07:00:00Z or …-05:00");
    *out_us = us;
    return 0;
}

static char *put_digits(char *at, int v, int n) {
    for (int i = n; i-- > 0; v /= 10) at[i] = (char)('0' + v % 10);
    return at + n;
}

/* Years outside 0..9999 come out longer or with a minus: no RFC 3339, but still the truth. */
static void add_date(struct buf *b, struct date d) {
    char text[6];
    if (d.year >= 0 && d.year <= 9999) {
        put_digits(text, d.year, 4);
        buf_add(b, text, 4);
    } else {
        buf_i64(b, d.year);
    }
    text[0] = text[3] = '-';
    put_digits(text + 1, d.month, 2);
    put_digits(text + 4, d.day, 2);
    buf_add(b, text, 6);
}

void date_add_text(struct buf *b, struct date d) {
    add_date(b, d);
}

void rfc3339_add(struct buf *b, int64_t us, int fraction_digits) {
    assert(fraction_digits == 0 || fraction_digits == 3 || fraction_digits == 6);
    struct civil c = civil_of_us(us);
    add_date(b, c.date);
    char text[20], *at = text;
    *at++ = 'T';
    at = put_digits(at, c.hour, 2);
    *at++ = ':';
    at = put_digits(at, c.minute, 2);
    *at++ = ':';
    at = put_digits(at, c.second, 2);
    if (fraction_digits) {
        *at++ = '.';
        at = put_digits(at, fraction_digits == 3 ? c.us / 1000 : c.us, fraction_digits);
    }
    *at++ = 'Z';
    buf_add(b, text, (size_t)(at - text));
}
