/* Days, wall readings, RFC 3339: known values, every day of ten thousand years, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/civil.h"
#include "base/prng.h"

static void test_known_days(void **state) {
    (void)state;
    static const struct {
        struct date d;
        int64_t days;
        int weekday;
    } rows[] = {{{1970, 1, 1}, 0, 3},       {{1969, 12, 31}, -1, 2},      {{2000, 2, 29}, 11016, 1},
                {{2000, 3, 1}, 11017, 2},   {{1900, 2, 28}, -25509, 2},   {{1900, 3, 1}, -25508, 3},
                {{2026, 11, 20}, 20777, 4}, {{1, 1, 1}, -719162, MONDAY}, {{9999, 12, 31}, 2932896, 4},
                {{2038, 1, 19}, 24855, 1},  {{2024, 12, 31}, 20088, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(date_to_days(rows[i].d), rows[i].days);
        assert_int_equal(date_cmp(date_of_days(rows[i].days), rows[i].d), 0);
        assert_int_equal(date_weekday(rows[i].d), rows[i].weekday);
    }
}

/* Counted one by one from a calendar kept by hand. */
static void test_every_day_of_the_calendar(void **state) {
    (void)state;
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct date d = {1, 1, 1};
    int64_t days = -719162;
    for (int weekday = 0; d.year <= 9999; days++, weekday = (weekday + 1) % 7) {
        struct date got = date_of_days(days);
        if (date_to_days(d) != days || date_cmp(got, d) != 0 || date_weekday(d) != weekday || !date_valid(d))
            fail_msg("%d-%d-%d", d.year, d.month, d.day);
        bool leap = (d.year % 4 == 0 && d.year % 100 != 0) || d.year % 400 == 0;
        int length = lengths[d.month - 1] + (leap && d.month == 2);
        if (d.day == 1) assert_int_equal(date_month_days(d.year, d.month), length);
        if (++d.day > length) d.day = 1, d.month++;
        if (d.month > 12) d.month = 1, d.year++;
    }
    assert_int_equal(days, 2932897);
}

static void test_invalid_dates(void **state) {
    (void)state;
    static const struct date rows[] = {{0, 1, 1},     {10000, 1, 1}, {2026, 0, 1},  {2026, 13, 1},
                                       {2026, 1, 0},  {2026, 1, 32}, {2026, 2, 29}, {1900, 2, 29},
                                       {2026, 4, 31}, {2024, 2, 30}, {-5, 1, 1},    {2026, -1, 10},
                                       {2026, 1, -1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) assert_false(date_valid(rows[i]));
    assert_true(date_valid((struct date){2024, 2, 29}));
    assert_true(date_valid((struct date){2000, 2, 29}));
}

static void test_adding_and_comparing(void **state) {
    (void)state;
    assert_int_equal(date_cmp(date_add((struct date){2024, 2, 28}, 1), (struct date){2024, 2, 29}), 0);
    assert_int_equal(date_cmp(date_add((struct date){2026, 1, 1}, -1), (struct date){2025, 12, 31}), 0);
    assert_int_equal(date_cmp(date_add((struct date){2026, 3, 1}, 365), (struct date){2027, 3, 1}), 0);
    assert_int_equal(date_cmp((struct date){2026, 3, 1}, (struct date){2026, 3, 2}), -1);
    assert_int_equal(date_cmp((struct date){2026, 4, 1}, (struct date){2026, 3, 2}), 1);
    assert_int_equal(date_cmp((struct date){2025, 12, 31}, (struct date){2026, 1, 1}), -1);
}

static void test_wall_readings(void **state) {
    (void)state;
    struct civil c = civil_of_us(-1);
    assert_int_equal(date_cmp(c.date, (struct date){1969, 12, 31}), 0);
    assert_true(c.hour == 23 && c.minute == 59 && c.second == 59 && c.us == 999999);
    struct prng r = prng_seed(3);
    for (int i = 0; i < 100000; i++) {
        int64_t us = (int64_t)prng_below(&r, UINT64_C(315537897600000000)) - INT64_C(62135596800000000);
        c = civil_of_us(us);
        assert_true(date_valid(c.date) && c.hour >= 0 && c.hour < 24 && c.minute >= 0 && c.minute < 60);
        assert_true(c.second >= 0 && c.second < 60 && c.us >= 0 && c.us < 1000000);
        assert_int_equal(civil_to_us(c), us);
    }
}

static void test_instants_read(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t us;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00Z", 0},
        {"1970-01-01 00:00:00Z", 0},
        {"1970-01-01t00:00:00z", 0},
        {"1970-01-01T00:00:00-00:00", 0},
        {"2026-11-20T07:00:00.123456Z", 1795158000123456},
        {"2026-11-20T07:00:00.123Z", 1795158000123000},
        {"2026-11-20T07:00:00.1Z", 1795158000100000},
        {"2026-11-20T07:00:00.123456999Z", 1795158000123456},
        {"2026-11-20T02:00:00-05:00", 1795158000000000},
        {"2026-11-20T02:00-05:00", 1795158000000000},
        {"2026-11-20T12:30:00+05:30", 1795158000000000},
        {"2026-11-21T06:59:00+23:59", 1795158000000000},
        {"1969-12-31T23:59:59.999999Z", -1},
        {"0001-01-01T00:00:00Z", -62135596800000000},
        {"9999-12-31T23:59:59.999999Z", 253402300799999999},
        {"2016-12-31T23:59:60Z", 1483228800000000}, /* the last leap second so far */
        {"2016-12-31T18:59:60-05:00", 1483228800000000},
        {"2016-12-31T23:59:60.5Z", 1483228800500000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t us = 99;
        struct err e = {0};
        if (rfc3339_parse(str_of(rows[i].text), &us, &e) || us != rows[i].us)
            fail_msg("%s: %lld %s", rows[i].text, (long long)us, e.msg);
    }
}

static void test_instants_refused(void **state) {
    (void)state;
    static const char *const rows[] = {
        "",
        "2026-11-20",
        "2026-11-20T07:00:00",
        "2026-11-20T07:00",
        "2026-11-20T07Z",
        "2026-11-20T07:00:00.Z",
        "2026-11-20T07:00:00.1234567890Z",
        "2026-11-20T07:00:00,5Z",
        "2026-11-20T24:00:00Z",
        "2026-11-20T07:60:00Z",
        "2026-11-20T07:00:60Z",
        "2026-11-20T07:00:61Z",
        "2026-02-29T07:00:00Z",
        "2026-13-01T07:00:00Z",
        "2026-11-20T07:00:00+24:00",
        "2026-11-20T07:00:00+05:60",
        "2026-11-20T07:00:00+0500",
        "2026-11-20T07:00:00+05",
        "2026-11-20T07:00:00 Z",
        "2026-11-20T07:00:00ZZ",
        " 2026-11-20T07:00:00Z",
        "2026-11-20T07:00:00Z ",
        "26-11-20T07:00:00Z",
        "2026/11/20T07:00:00Z",
        "2026-11-20_07:00:00Z",
        "+2026-11-20T07:00:00Z",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "2026-11-20T7:00:00Z",
        "2026-11-20T07:00:00z0",
        "2026-11-20T-7:00:00Z",
        "2016-12-31T23:59:60-05:00",
        "2026-11-20T07:00:00.12 Z",
        "20261120T070000Z",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t us = 99;
        struct err e = {0};
        if (rfc3339_parse(str_of(rows[i]), &us, &e) == 0) fail_msg("%s was taken", rows[i]);
        assert_int_equal(us, 99);
        assert_int_equal(e.kind, ERR_INVALID);
    }
    int64_t us;
    assert_int_equal(rfc3339_parse((struct str){"2026-11-20T07:00:00Z\0", 21}, &us, NULL), -1);
    assert_int_equal(rfc3339_parse(STR_NONE, &us, NULL), -1);
}

static void test_instants_written(void **state) {
    (void)state;
    static const struct {
        int64_t us;
        int digits;
        const char *text;
    } rows[] = {{0, 0, "1970-01-01T00:00:00Z"},
                {1795158000123456, 0, "2026-11-20T07:00:00Z"},
                {1795158000123456, 3, "2026-11-20T07:00:00.123Z"},
                {1795158000123456, 6, "2026-11-20T07:00:00.123456Z"},
                {-1, 6, "1969-12-31T23:59:59.999999Z"},
                {-1, 3, "1969-12-31T23:59:59.999Z"},
                {-62135596800000000, 0, "0001-01-01T00:00:00Z"},
                {253402300799999999, 3, "9999-12-31T23:59:59.999Z"},
                {253402300800000000, 0, "10000-01-01T00:00:00Z"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        BUF_AUTO b;
        buf_init(&b, 100);
        rfc3339_add(&b, rows[i].us, rows[i].digits);
        assert_string_equal(b.p, rows[i].text);
    }
}

static void test_dates_as_text(void **state) {
    (void)state;
    struct date d = {0};
    assert_int_equal(date_parse(STR("2026-11-20"), &d, NULL), 0);
    assert_int_equal(date_cmp(d, (struct date){2026, 11, 20}), 0);
    static const char *const wrong[] = {
        "",           "2026-11-2",  "2026-11-200", "2026-02-29", "2026-11-20T",
        "2026 11 20", "0000-01-01", "2026-1-01",   "x026-11-20", "2026-11-00"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(date_parse(str_of(wrong[i]), &d, NULL), -1);
    assert_int_equal(date_cmp(d, (struct date){2026, 11, 20}), 0);
    BUF_AUTO b;
    buf_init(&b, 100);
    date_add_text(&b, (struct date){1, 2, 3});
    assert_string_equal(b.p, "0001-02-03");
}

static void test_times_of_day(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int minute; /* -1: refused */
    } rows[] = {{"00:00", 0},  {"07:00", 420}, {"23:59", 1439}, {"24:00", -1}, {"7:00", -1},
                {"07:60", -1}, {"07:0", -1},   {"07:000", -1},  {"0700", -1},  {"", -1},
                {"-7:00", -1}, {"07:00 ", -1}, {"07-00", -1},   {"07:+5", -1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int minute = -1;
        assert_int_equal(clock_parse(str_of(rows[i].text), &minute, NULL), rows[i].minute < 0 ? -1 : 0);
        assert_int_equal(minute, rows[i].minute);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_days),       cmocka_unit_test(test_every_day_of_the_calendar),
        cmocka_unit_test(test_invalid_dates),    cmocka_unit_test(test_adding_and_comparing),
        cmocka_unit_test(test_wall_readings),    cmocka_unit_test(test_instants_read),
        cmocka_unit_test(test_instants_refused), cmocka_unit_test(test_instants_written),
        cmocka_unit_test(test_dates_as_text),    cmocka_unit_test(test_times_of_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
