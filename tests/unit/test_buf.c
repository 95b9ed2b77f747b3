/* Buffers: what is written, the maximum to the byte, failing once and for all, the NUL behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"

static void test_writers(void **state) {
    (void)state;
    BUF_AUTO b;
    buf_init(&b, 10000);
    assert_string_equal(buf_str(&b).p, "");
    assert_int_equal(buf_str(&b).n, 0);
    buf_add(&b, "ab\0c", 4);
    buf_str_add(&b, STR("def"));
    buf_str_add(&b, STR_NONE);
    buf_z(&b, "gh");
    buf_c(&b, '!');
    buf_i64(&b, 0);
    buf_c(&b, ' ');
    buf_i64(&b, -1);
    buf_c(&b, ' ');
    buf_i64(&b, INT64_MAX);
    buf_c(&b, ' ');
    buf_i64(&b, INT64_MIN);
    buf_fmt(&b, " %s-%03d", "x", 7);
    buf_fmt(&b, "%s", "");
    buf_hex(&b, "\x00\xff\x1a", 3);
    struct str expected = STR("ab\0cdefgh!0 -1 9223372036854775807 -9223372036854775808 x-00700ff1a");
    assert_true(str_eq(buf_str(&b), expected));
    assert_true(buf_ok(&b) && buf_check(&b, "x", NULL) == 0 && b.p[b.n] == 0);
}

static void test_maximum(void **state) {
    (void)state;
    static char text[300];
    memset(text, 'x', sizeof text);
    static const size_t maxima[] = {0, 1, 127, 128, 129, 200, 255, 256, 257};
    for (size_t i = 0; i < sizeof maxima / sizeof maxima[0]; i++) {
        size_t max = maxima[i];
        for (size_t n = max ? max - 1 : 0; n <= max + 1; n++) {
            BUF_AUTO whole, single, format;
            buf_init(&whole, max);
            buf_init(&single, max);
            buf_init(&format, max);
            buf_add(&whole, text, n);
            for (size_t k = 0; k < n; k++) buf_c(&single, 'x');
            buf_fmt(&format, "%.*s", (int)n, text);
            assert_int_equal(buf_ok(&whole), n <= max);
            assert_int_equal(buf_ok(&single), n <= max);
            assert_int_equal(buf_ok(&format), n <= max);
            assert_int_equal(whole.n, n <= max ? n : 0);
            assert_int_equal(single.n, n <= max ? n : max); /* keeps what it has */
            struct err e = {0};
            assert_int_equal(buf_check(&whole, "the reply", &e), n <= max ? 0 : -1);
            assert_int_equal(e.kind, n <= max ? ERR_NONE : ERR_TOO_LARGE);
        }
    }
}

static void test_failure_lasts_until_clear(void **state) {
    (void)state;
    BUF_AUTO b;
    buf_init(&b, 4);
    buf_z(&b, "abc");
    buf_z(&b, "de");
    buf_c(&b, 'f');
    assert_false(buf_ok(&b));
    assert_string_equal(b.p, "abc");
    buf_clear(&b);
    assert_true(buf_ok(&b) && b.n == 0);
    assert_string_equal(b.p, "");
    buf_z(&b, "wxyz");
    assert_true(buf_ok(&b));
    buf_done(&b);
    assert_true(b.p == NULL && b.max == 4);
    buf_z(&b, "new");
    assert_string_equal(b.p, "new");
}

static void test_reserve(void **state) {
    (void)state;
    BUF_AUTO b;
    buf_init(&b, 1000);
    buf_z(&b, "head ");
    char *at = buf_reserve(&b, 995);
    assert_non_null(at);
    memset(at, 'y', 995); /* all of it may be used (the sanitizers watch) */
    assert_int_equal(b.n, 5);
    b.n += 995;
    assert_null(buf_reserve(&b, 1));
    assert_false(buf_ok(&b));
    BUF_AUTO huge;
    buf_init(&huge, SIZE_MAX - 1);
    buf_c(&huge, 'x');
    assert_null(buf_reserve(&huge, SIZE_MAX - 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writers),
        cmocka_unit_test(test_maximum),
        cmocka_unit_test(test_failure_lasts_until_clear),
        cmocka_unit_test(test_reserve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
