/* POSIX TZ strings. See zone_rule.h.
 *
 * A year's two changes may fall into the neighbouring years (times of +-167 h), coincide, or cancel out, so a
 * question is answered by looking at the changes of the years around in the order of their instants. Two at the
 * same instant count in the order in which the years name them: within a year the one to standard time last,
 * so that "starts and ends at the same moment" is no daylight time, while an end that meets the next year's
 * start is daylight time all year. */
#include "base/zone_rule.h"

enum { STANDARD, DAYLIGHT };
enum { HOUR_S = 3600, MAX_OFFSET_H = 24, MAX_TIME_H = 167 };

static bool take(struct str *s, char c) {
    if (!s->n || s->p[0] != c) return false;
    *s = str_skip(*s, 1);
    return true;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool take_number(struct str *s, int least, int most, int *out) {
    size_t i = 0;
    int v = 0;
    for (; i < s->n && i < 4 && is_digit(s->p[i]); i++) v = v * 10 + (s->p[i] - '0');
    if (i == 0 || v < least || v > most) return false;
    *s = str_skip(*s, i);
    *out = v;
    return true;
}

static bool take_name(struct str *s, char out[ZONE_ABBREVIATION]) {
    bool quoted = take(s, '<');
    size_t n = 0;
    while (n < s->n &&
           (is_letter(s->p[n]) || (quoted && (is_digit(s->p[n]) || s->p[n] == '+' || s->p[n] == '-'))))
        n++;
    if (n < 3 || !str_to_z(str_head(*s, n), out, ZONE_ABBREVIATION)) return false;
    *s = str_skip(*s, n);
    return !quoted || take(s, '>');
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(struct str *s, int max_hours, int *out_s) {
    int hour, minute = 0, second = 0;
    bool minus = take(s, '-');
    if (!minus) take(s, '+');
    if (!take_number(s, 0, max_hours, &hour)) return false;
    if (take(s, ':')) {
        if (!take_number(s, 0, 59, &minute)) return false;
        if (take(s, ':') && !take_number(s, 0, 59, &second)) return false;
    }
    int total = hour * HOUR_S + minute * 60 + second;
    *out_s = minus ? -total : total;
    return true;
}

static bool take_day(struct str *s, struct zone_day *out) {
    *out = (struct zone_day){.time_s = 2 * HOUR_S};
    bool ok;
    if (take(s, 'M')) {
        out->kind = DAY_OF_WEEK;
        ok = take_number(s, 1, 12, &out->month) && take(s, '.') && take_number(s, 1, 5, &out->week) &&
             take(s, '.') && take_number(s, 0, 6, &out->day);
    } else if (take(s, 'J')) {
        out->kind = DAY_JULIAN;
        ok = take_number(s, 1, 365, &out->day);
    } else {
        out->kind = DAY_ZERO;
        ok = take_number(s, 0, 365, &out->day);
    }
    if (ok && take(s, '/')) ok = take_time(s, MAX_TIME_H, &out->time_s);
    return ok;
}

bool zone_rule_parse(struct str tz, struct zone_rule *out) {
    struct zone_rule r = {.given = true};
    int west_s;
    if (!take_name(&tz, r.type[STANDARD].abbreviation) || !take_time(&tz, MAX_OFFSET_H, &west_s))
        return false;
    r.type[STANDARD].offset_s = -west_s;
    if (!tz.n) {
        *out = r;
        return true;
    }
    r.has_dst = r.type[DAYLIGHT].dst = true;
    if (!take_name(&tz, r.type[DAYLIGHT].abbreviation)) return false;
    r.type[DAYLIGHT].offset_s = HOUR_S - west_s;
    if (tz.n && tz.p[0] != ',') {
        if (!take_time(&tz, MAX_OFFSET_H, &west_s)) return false;
        r.type[DAYLIGHT].offset_s = -west_s;
    }
    if (!tz.n) tz = STR(",M3.2.0,M11.1.0");
    if (!take(&tz, ',') || !take_day(&tz, &r.change[DAYLIGHT])) return false;
    if (!take(&tz, ',') || !take_day(&tz, &r.change[STANDARD]) || tz.n) return false;
    *out = r;
    return true;
}

/* Days since 1970 of a rule's day in a year. */
static int64_t day_in_year(const struct zone_day *d, int year) {
    struct date first = {year, 1, 1};
    if (d->kind == DAY_ZERO) return date_to_days(first) + d->day;
    if (d->kind == DAY_JULIAN) {
        bool after_leap_day = d->day >= 60 && date_month_days(year, 2) == 29;
        return date_to_days(first) + d->day - 1 + after_leap_day;
    }
    first.month = d->month;
    int weekday = (date_weekday(first) + 1) % 7; /* 0 = Sunday */
    int day = (d->day - weekday + 7) % 7 + 7 * (d->week - 1);
    if (day >= date_month_days(year, d->month)) day -= 7;
    return date_to_days(first) + day;
}

const struct zone_type *zone_rule_at(const struct zone_rule *r, int64_t s, int64_t *out_next_s) {
    *out_next_s = INT64_MAX;
    if (!r->has_dst) return &r->type[STANDARD];
    int64_t days = s / 86400 - (s % 86400 < 0);
    struct date today = date_of_days(days);
    /* A change is at most 9 days outside its year: only near New Year do the years beyond the next ones count. */
    int from = today.year - (today.month == 1 ? 2 : 1), to_year = today.year + (today.month == 12 ? 2 : 1);
    int now = STANDARD;
    int64_t last = INT64_MIN;
    for (int y = from; y <= to_year; y++) {
        for (int to = DAYLIGHT; to >= STANDARD; to--) {
            const struct zone_day *d = &r->change[to];
            int64_t at = day_in_year(d, y) * 86400 + d->time_s - r->type[!to].offset_s;
            if (at <= s && at >= last) last = at, now = to;
            if (at > s && at < *out_next_s) *out_next_s = at;
        }
    }
    return &r->type[now];
}
