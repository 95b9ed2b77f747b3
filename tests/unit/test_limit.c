/* Token buckets: what passes, what waits, how long. Time is an argument, so nothing here sleeps. */
#include "web/internal.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { KEY = 4711 };
#define START_US (1000 * US_SECOND)

static int taken(struct limiter *l, uint64_t key, int64_t now_us, int most) {
    int64_t left, wait;
    int n = 0;
    while (n < most && limiter_take(l, key, now_us, &left, &wait)) n++;
    return n;
}

static void test_burst_and_edge(void **state) {
    (void)state;
    struct limiter *l = limiter_new(60);
    int64_t left, wait;
    for (int i = 0; i < 60; i++) {
        assert_true(limiter_take(l, KEY, START_US, &left, &wait));
        assert_int_equal(left, 59 - i);
        assert_int_equal(wait, 0);
    }
    assert_false(limiter_take(l, KEY, START_US, &left, &wait));
    assert_int_equal(left, 0);
    assert_int_equal(wait, 2); /* one a second, and never told too short */
    assert_false(limiter_take(l, KEY, START_US + US_SECOND - 1, &left, &wait));
    assert_true(limiter_take(l, KEY, START_US + US_SECOND + 1, &left, &wait));
    assert_false(limiter_take(l, KEY, START_US + US_SECOND + 1, &left, &wait));
    limiter_free(l);
}

static void test_refills_to_the_brim_only(void **state) {
    (void)state;
    struct limiter *l = limiter_new(60);
    assert_int_equal(taken(l, KEY, START_US, 1000), 60);
    assert_int_equal(taken(l, KEY, START_US + 30 * US_SECOND, 1000), 30);
    assert_int_equal(taken(l, KEY, START_US + 3600 * US_SECOND, 1000), 60);
    limiter_free(l);
}

static void test_waiting_as_told_is_enough(void **state) {
    (void)state;
    static const int64_t rates[] = {1, 2, 7, 59, 60, 61, 1200, 1000000};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct limiter *l = limiter_new(rates[i]);
        int64_t left, wait = 0, now_us = START_US;
        int n = taken(l, KEY, now_us, 2000000);
        assert_int_equal(n, rates[i]);
        assert_false(limiter_take(l, KEY, now_us, &left, &wait));
        assert_true(wait > 0);
        assert_true(limiter_take(l, KEY, now_us + wait * US_SECOND, &left, &wait));
        limiter_free(l);
    }
}

static void test_callers_are_apart(void **state) {
    (void)state;
    struct limiter *l = limiter_new(10);
    assert_int_equal(taken(l, 1, START_US, 100), 10);
    assert_int_equal(taken(l, 2, START_US, 100), 10);
    assert_int_equal(taken(l, 1, START_US, 100), 0);
    limiter_free(l);
}

static void test_no_limit(void **state) {
    (void)state;
    struct limiter *l = limiter_new(0);
    assert_int_equal(taken(l, KEY, START_US, 100000), 100000);
    limiter_free(l);
    limiter_free(NULL);
}

/* What is asked of it by many callers at once stays within the sum of their allowances. */
static void test_many_callers(void **state) {
    (void)state;
    struct limiter *l = limiter_new(3);
    size_t passed = 0;
    for (int round = 0; round < 10; round++)
        for (uint64_t key = 1; key <= 1000; key++) passed += (size_t)taken(l, key, START_US, 1);
    assert_int_equal(passed, 3 * 1000);
    limiter_free(l);
}

/* Names made to fall into one place, as who guesses passwords would choose them, must not refill each other. */
static void test_no_place_is_won_by_crowding(void **state) {
    (void)state;
    struct limiter *l = limiter_new(10);
    size_t passed = 0;
    for (int round = 0; round < 100; round++)
        for (uint64_t i = 0; i < 64; i++) passed += (size_t)taken(l, 7 + i * 8192, START_US, 1);
    assert_true(passed <= 4 * 10);
    assert_int_equal(taken(l, 7, START_US + 60 * US_SECOND, 100), 10);
    limiter_free(l);
}

/* On a machine that has just started. */
static void test_the_first_minute(void **state) {
    (void)state;
    struct limiter *l = limiter_new(10);
    assert_int_equal(taken(l, KEY, 1, 100), 10);
    limiter_free(l);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burst_and_edge),
        cmocka_unit_test(test_refills_to_the_brim_only),
        cmocka_unit_test(test_waiting_as_told_is_enough),
        cmocka_unit_test(test_callers_are_apart),
        cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_many_callers),
        cmocka_unit_test(test_no_place_is_won_by_crowding),
        cmocka_unit_test(test_the_first_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
