/* Times in a message. See token.h (when_join).
 *
 * A small grammar over words whose part in it the lexicon says (`role` lines: months, units, "end", "next", ...), English and Spanish alike
 * since both name the same parts in the same order or the reverse. It says what day is meant, not whether it matters: that is for the
 * horizon patterns. Conventions as decided for the labelled messages: a month is 30 days; "before march" is its first day, "in march" and
 * "end of march" its last, "mid" its 15th; seasons and feasts end on a fixed day; "this weekend" is Saturday; the year left out is the next
 * that makes the day lie ahead, but a day up to 45 days back is that day.
 *
 * All days are counted from the sender's calendar day, which read_message takes at UTC-8: right for the western states, and for the
 * eastern ones but for the first hours after midnight. */
#include "engine/lexicon.h"

enum { LOOK_BACK_DAYS = 45, SATURDAY = 5 };

struct when {
    const struct lexicon *l;
    const struct token *t;
    size_t n;
    struct date sent;
    int32_t today; /* day number of `sent` */
};
struct found {
    size_t used; /* tokens; 0: nothing */
    enum token_kind kind;
    int32_t days;
    bool near; /* said as today, tonight, tomorrow */
};

static enum role role_at(const struct when *w, size_t i) {
    if (i >= w->n || w->t[i].kind != TOK_WORD) return ROLE_NONE;
    return (enum role)w->l->words[w->t[i].word].role;
}
static int value_at(const struct when *w, size_t i) {
    return w->l->words[w->t[i].word].value;
}

static size_t skip_role(const struct when *w, size_t i, enum role r) {
    while (role_at(w, i) == r) i++;
    return i;
}

/* The role of what stands before i, articles passed over; ROLE_BY also for a colon: "Move date: June". */
static enum role role_before(const struct when *w, size_t i) {
    while (i > 0 && role_at(w, i - 1) == ROLE_OF) i--;
    if (i == 0) return ROLE_NONE;
    return w->t[i - 1].kind == TOK_COLON ? ROLE_IN : role_at(w, i - 1);
}

static struct found date_found(const struct when *w, size_t from, size_t to, struct date d) {
    return (struct found){to - from, TOK_DATE, (int32_t)date_to_days(d) - w->today};
}

static bool plain_number(const struct token *t) {
    return t->kind == TOK_NUMBER && !(t->flags & (TOK_MONEY | TOK_PERCENT | TOK_CLOCK));
}

static bool year_at(const struct when *w, size_t i, int *out) {
    if (i >= w->n || !plain_number(&w->t[i]) || w->t[i].a < 2000 || w->t[i].a > 2100) return false;
    *out = w->t[i].a;
    return true;
}

/* Month and day in the year that is meant when none is named; day 0: the month's last. */
static struct date ahead(const struct when *w, int month, int day) {
    for (int y = w->sent.year;; y++) {
        struct date d = {y, month, day ? day : date_month_days(y, month)};
        if (!date_valid(d)) d.day = date_month_days(y, month);
        if (y > w->sent.year || (int32_t)date_to_days(d) >= w->today - LOOK_BACK_DAYS) return d;
    }
}

static struct date in_year(int year, int month, int day) {
    struct date d = {year, month, day ? day : date_month_days(year, month)};
    if (!date_valid(d)) d.day = date_month_days(year, month);
    return d;
}

/* [end|mid|start of] month [of] [year], where `i` is at the month and `day` what was said of it. */
static struct found month_and_year(const struct when *w, size_t from, size_t i, int day) {
    int month = value_at(w, i), year;
    size_t next = i + 1, y = skip_role(w, next, ROLE_OF);
    if (y < w->n && w->t[y].kind == TOK_COMMA) y++;
    if (year_at(w, y, &year)) return date_found(w, from, y + 1, in_year(year, month, day));
    return date_found(w, from, next, ahead(w, month, day));
}

/* The last day of the month `months` from now, or of the year, or the week's Saturday. */
static struct found end_of_unit(const struct when *w, size_t from, size_t to, int unit, int later) {
    if (unit == 7) {
        int weekday = date_weekday(w->sent);
        return (struct found){to - from, TOK_DATE, (SATURDAY - weekday + 7) % 7 + 7 * later};
    }
    if (unit == 365) return date_found(w, from, to, (struct date){w->sent.year + later, 12, 31});
    if (unit != 30) return (struct found){0};
    int m = w->sent.month - 1 + later, y = w->sent.year + m / 12;
    m = m % 12 + 1;
    return date_found(w, from, to, (struct date){y, m, date_month_days(y, m)});
}

/* end of march, mid january, finales de abril, end of next month, fin de mes, year end */
static struct found edge(const struct when *w, size_t i) {
    enum role what = role_at(w, i);
    if (what == ROLE_UNIT && role_at(w, i + 1) == ROLE_END && value_at(w, i) >= 30)
        return end_of_unit(w, i, i + 2, value_at(w, i), 0);
    if (what != ROLE_END && what != ROLE_MID && what != ROLE_START) return (struct found){0};
    size_t k = skip_role(w, i + 1, ROLE_OF);
    if (role_at(w, k) == ROLE_MONTH)
        return month_and_year(w, i, k, what == ROLE_END ? 0 : what == ROLE_MID ? 15 : 1);
    int later = role_at(w, k) == ROLE_NEXT;
    if (later || role_at(w, k) == ROLE_THIS) k++;
    if (what != ROLE_END || role_at(w, k) != ROLE_UNIT) return (struct found){0};
    return end_of_unit(w, i, k + 1, value_at(w, k), later);
}

static bool day_number(const struct when *w, size_t i, int *out) {
    if (i >= w->n) return false;
    const struct token *t = &w->t[i];
    int v = plain_number(t) ? t->a : role_at(w, i) == ROLE_NUMBER ? value_at(w, i) : 0;
    if (v < 1 || v > 31) return false;
    *out = v;
    return true;
}

/* may 3rd, march 3 2026; march 2026; bare months behind "in", "by", "until", a colon */
static struct found month_first(const struct when *w, size_t i) {
    int day, year, month = value_at(w, i);
    if (i + 1 < w->n && plain_number(&w->t[i + 1]) && day_number(w, i + 1, &day)) {
        size_t y = i + 2;
        if (y < w->n && w->t[y].kind == TOK_COMMA) y++;
        if (year_at(w, y, &year)) return date_found(w, i, y + 1, in_year(year, month, day));
        return date_found(w, i, i + 2, ahead(w, month, day));
    }
    enum role before = role_before(w, i);
    bool first = before == ROLE_BY || before == ROLE_UNTIL;
    if (first || before == ROLE_IN || before == ROLE_THIS || before == ROLE_NEXT || year_at(w, i + 1, &year))
        return month_and_year(w, i, i, first ? 1 : 0);
    return (struct found){0};
}

/* 3rd of may, 1 de junio, primero de marzo, 9 march */
static struct found day_first(const struct when *w, size_t i) {
    int day;
    if (!day_number(w, i, &day)) return (struct found){0};
    size_t k = skip_role(w, i + 1, ROLE_OF);
    bool tied = k > i + 1 || (w->t[i].flags & TOK_ORDINAL);
    int next; /* "13 feb", but "may" only when it is no verb */
    bool verb = role_at(w, k) == ROLE_MONTH && value_at(w, k) == 5 && w->t[k + 1].kind == TOK_WORD;
    bool bare = k == i + 1 && plain_number(&w->t[i]) && !verb && !day_number(w, k + 1, &next);
    if ((tied || bare) && role_at(w, k) == ROLE_MONTH) return month_and_year(w, i, k, day);
    return (struct found){0};
}

/* the 15th; by the 3rd of next month; para el 15 de este mes */
static struct found day_of_month(const struct when *w, size_t i) {
    int day;
    if (i == 0 || role_at(w, i - 1) != ROLE_OF || !day_number(w, i, &day)) return (struct found){0};
    enum role before = role_before(w, i);
    bool word = w->t[i].kind == TOK_WORD; /* "by the first", and nothing that is counted behind it */
    if (word && (day != 1 || (before != ROLE_BY && before != ROLE_UNTIL) || w->t[i + 1].kind == TOK_WORD))
        return (struct found){0};
    size_t k = skip_role(w, i + 1, ROLE_OF), used = i + 1;
    bool named = (role_at(w, k) == ROLE_THIS || role_at(w, k) == ROLE_NEXT) &&
                 role_at(w, k + 1) == ROLE_UNIT && value_at(w, k + 1) == 30;
    if (named) used = k + 2;
    bool led = before == ROLE_BY || before == ROLE_UNTIL ||
               value_at(w, i - 1) == 1; /* 1: "el", which stands before days */
    if (!(w->t[i].flags & TOK_ORDINAL) && !led && !named) return (struct found){0};
    int later = (named && role_at(w, k) == ROLE_NEXT) || (!named && day < w->sent.day);
    int m = w->sent.month - 1 + later, y = w->sent.year + m / 12;
    return date_found(w, i, used, in_year(y, m % 12 + 1, day));
}

/* this weekend, next friday, next month, this week; "el proximo mes", "la semana que viene" */
static struct found this_or_next(const struct when *w, size_t i) {
    int later = role_at(w, i) == ROLE_NEXT, weekday = date_weekday(w->sent);
    size_t k = i + 1;
    switch (role_at(w, k)) {
    case ROLE_WEEKEND: return (struct found){2, TOK_DATE, (SATURDAY - weekday + 7) % 7 + 7 * later};
    case ROLE_UNIT: /* "within the next month" is a stretch, "next month" that month */
        if (later && i > 0 && role_at(w, i - 1) == ROLE_OF)
            return (struct found){2, TOK_SPAN, value_at(w, k), false};
        return value_at(w, k) >= 7 ? end_of_unit(w, i, k + 1, value_at(w, k), later) : (struct found){0};
    case ROLE_WEEKDAY: return (struct found){2, TOK_DATE, (value_at(w, k) - weekday + 7) % 7};
    case ROLE_PART: return later ? (struct found){0} : (struct found){2, TOK_DATE, 0, true};
    default: return (struct found){0};
    }
}

/* 2 weeks, a couple of months, 1-3 months, 3 to 6 months, dos semanas: of a range the later end */
static struct found span(const struct when *w, size_t i) {
    size_t k = i;
    int32_t number = -1;
    for (; k < w->n && k < i + 6; k++) {
        enum role r = role_at(w, k);
        if (plain_number(&w->t[k]))
            number = w->t[k].a;
        else if (r == ROLE_NUMBER)
            number = value_at(w, k);
        else if (number < 0 || (r != ROLE_AND && r != ROLE_OF))
            break;
    }
    if (number < 0 || number > 999 || role_at(w, k) != ROLE_UNIT || k == i) return (struct found){0};
    return (struct found){k + 1 - i, TOK_SPAN, number * value_at(w, k)};
}

/* christmas, the summer of 2027: only behind a word that makes it a time */
static struct found feast(const struct when *w, size_t i) {
    enum role before = role_before(w, i);
    int year, value = value_at(w, i);
    if (before != ROLE_BY && before != ROLE_IN && before != ROLE_UNTIL && before != ROLE_THIS &&
        before != ROLE_NEXT)
        return (struct found){0};
    size_t y = skip_role(w, i + 1, ROLE_OF);
    if (year_at(w, y, &year)) return date_found(w, i, y + 1, in_year(year, value / 100, value % 100));
    return date_found(w, i, i + 1, ahead(w, value / 100, value % 100));
}

/* 5/31. A pair that could be beds and baths needs a word before it that makes it a time. */
static struct found pair(const struct when *w, size_t i) {
    const struct token *t = &w->t[i];
    if (t->a < 1 || t->a > 12 || t->b < 1 || t->b > 31) return (struct found){0};
    enum role before = role_before(w, i);
    bool led = before == ROLE_BY || before == ROLE_IN || before == ROLE_UNTIL || before == ROLE_END;
    if (t->a <= 7 && t->b <= 5 && !led) return (struct found){0};
    return date_found(w, i, i + 1, ahead(w, t->a, t->b));
}

static struct found whole_date(const struct when *w, size_t i) {
    int32_t v = w->t[i].a;
    return date_found(w, i, i + 1, (struct date){v / 10000, v / 100 % 100, v % 100});
}

static struct found single_word(const struct when *w, size_t i) {
    int weekday = date_weekday(w->sent);
    switch (role_at(w, i)) {
    case ROLE_MONTH: return month_first(w, i);
    case ROLE_WEEKDAY: return (struct found){1, TOK_DATE, (value_at(w, i) - weekday + 7) % 7};
    case ROLE_DAY: /* "la manana" is the morning */
        if (value_at(w, i) == 1 && i > 0 && role_at(w, i - 1) == ROLE_OF) return (struct found){0};
        return (struct found){1, TOK_DATE, value_at(w, i), true};
    case ROLE_WEEKEND:
        if (role_before(w, i) == ROLE_NONE && (i == 0 || role_at(w, i - 1) != ROLE_OF))
            return (struct found){0};
        return (struct found){1, TOK_DATE, (SATURDAY - weekday + 7) % 7};
    case ROLE_FEAST: return feast(w, i);
    case ROLE_THIS:
    case ROLE_NEXT: return this_or_next(w, i);
    default: return (struct found){0};
    }
}

static struct found at(const struct when *w, size_t i) {
    struct found f = {0};
    if (w->t[i].kind == TOK_DATE) return whole_date(w, i);
    if (w->t[i].kind == TOK_PAIR) return pair(w, i);
    if (w->t[i].kind != TOK_WORD && w->t[i].kind != TOK_NUMBER) return f;
    if (!(f = edge(w, i)).used && !(f = day_first(w, i)).used && !(f = span(w, i)).used &&
        !(f = day_of_month(w, i)).used)
        f = single_word(w, i);
    if (f.used) return f;
    /* "la semana que viene", "el mes proximo": the unit first */
    if (role_at(w, i) == ROLE_UNIT && role_at(w, i + 1) == ROLE_NEXT)
        return end_of_unit(w, i, i + 2, value_at(w, i), 1);
    return f;
}

size_t when_join(const struct lexicon *l, struct token *t, size_t n, struct date sent) {
    enum { GONE = UINT8_MAX };
    struct when w = {l, t, n, sent, (int32_t)date_to_days(sent)};
    for (size_t i = 0; i < n;) {
        struct found f = at(&w, i);
        if (!f.used) {
            i++;
            continue;
        }
        t[i] = (struct token){
            .kind = (uint8_t)f.kind, .from = t[i].from, .to = t[i + f.used - 1].to, .a = f.days, .b = f.near};
        for (size_t k = 1; k < f.used; k++)
            t[i + k].kind = GONE; /* closed up below: looking back must find its place */
        i += f.used;
    }
    size_t out = 0;
    for (size_t i = 0; i < n; i++)
        if (t[i].kind != GONE) t[out++] = t[i];
    return out;
}
