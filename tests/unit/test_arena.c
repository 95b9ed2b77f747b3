/* Arenas: alignment, zeroes, the limit to the byte, failing once and for all, reset. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/prng.h"

static bool zeroed(const char *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (p[i]) return false;
    return true;
}

static void test_blocks_are_apart_aligned_and_zero(void **state) {
    (void)state;
    struct prng r = prng_seed(1);
    ARENA_AUTO a;
    arena_init(&a, 10 << 20);
    struct {
        char *p;
        size_t n;
    } got[500];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 500; i++) {
            got[i].n = (size_t)prng_below(&r, i % 50 ? 100 : 20000);
            got[i].p = arena_alloc(&a, got[i].n);
            assert_non_null(got[i].p);
            assert_int_equal((uintptr_t)got[i].p % 16, 0);
            assert_true(zeroed(got[i].p, got[i].n));
            memset(got[i].p, i % 255 + 1, got[i].n);
        }
        for (int i = 0; i < 500; i++)
            for (size_t k = 0; k < got[i].n; k++) assert_int_equal((unsigned char)got[i].p[k], i % 255 + 1);
        arena_reset(&a);
        assert_int_equal(a.used, 0);
    }
}

static void test_limit(void **state) {
    (void)state;
    for (size_t size = 4096 - 1; size <= 4096 + 1; size++) {
        ARENA_AUTO a;
        arena_init(&a, 4096);
        struct err e = {0};
        assert_int_equal(arena_alloc(&a, size) == NULL, size > 4096);
        assert_int_equal(arena_ok(&a), size <= 4096);
        assert_int_equal(arena_check(&a, "the request", &e), size > 4096 ? -1 : 0);
        assert_int_equal(e.kind, size > 4096 ? ERR_TOO_LARGE : ERR_NONE);
        if (e.kind) assert_string_equal(e.where, "the request");
    }
}

static void test_failure_lasts_until_reset(void **state) {
    (void)state;
    ARENA_AUTO a;
    arena_init(&a, 100);
    assert_non_null(arena_alloc(&a, 16));
    assert_null(arena_alloc(&a, 1000));
    assert_null(arena_alloc(&a, 1));
    assert_false(str_given(arena_str(&a, STR("x"))));
    assert_false(str_given(arena_fmt(&a, "x")));
    arena_reset(&a);
    assert_true(arena_ok(&a));
    assert_non_null(arena_alloc(&a, 96));
    assert_null(arena_alloc(&a, 1));
}

static void test_sizes_that_overflow(void **state) {
    (void)state;
    static const size_t sizes[][2] = {
        {SIZE_MAX, 1}, {SIZE_MAX, 2}, {SIZE_MAX - 8, 1}, {SIZE_MAX / 2 + 1, 2}, {1, SIZE_MAX}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        ARENA_AUTO a;
        arena_init(&a, SIZE_MAX);
        assert_null(arena_array(&a, sizes[i][0], sizes[i][1]));
        assert_false(arena_ok(&a));
    }
    ARENA_AUTO a;
    arena_init(&a, 1000);
    uint64_t *numbers = ARENA_ARRAY(&a, 10, uint64_t);
    assert_non_null(numbers);
    assert_int_equal(a.used, 80);
    assert_non_null(ARENA_NEW(&a, struct err));
}

static void test_strings(void **state) {
    (void)state;
    ARENA_AUTO a;
    arena_init(&a, 10000);
    char text[] = "text";
    struct str copy = arena_str(&a, str_of(text));
    text[0] = 'n';
    assert_true(str_is(copy, "text") && copy.p[4] == 0);
    struct str empty = arena_str(&a, STR(""));
    assert_true(str_given(empty) && empty.n == 0 && empty.p[0] == 0);
    assert_false(str_given(arena_str(&a, STR_NONE)));
    assert_true(arena_ok(&a));
    struct str made = arena_fmt(&a, "%d-%s", 7, "x");
    assert_true(str_is(made, "7-x") && made.p[3] == 0);
    assert_true(str_given(arena_fmt(&a, "%s", "")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_are_apart_aligned_and_zero),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_failure_lasts_until_reset),
        cmocka_unit_test(test_sizes_that_overflow),
        cmocka_unit_test(test_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
