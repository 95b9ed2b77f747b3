/* Borrowed strings: comparing, cutting, numbers at their ends, the empty and the absent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "base/str.h"

static void test_empty_and_absent(void **state) {
    (void)state;
    assert_false(str_given(STR_NONE));
    assert_true(str_given(STR("")));
    assert_true(str_eq(STR_NONE, STR("")) && str_is(STR_NONE, ""));
    assert_false(str_given(str_of(NULL)));
    assert_int_equal(str_of(NULL).n, 0);
    assert_int_equal(str_skip(STR_NONE, 0).n + str_skip(STR_NONE, 5).n + str_head(STR_NONE, 5).n, 0);
    assert_int_equal(str_trim(STR_NONE).n, 0);
    assert_int_equal(str_cmp(STR_NONE, STR("")), 0);
    assert_true(str_eq_ci(STR_NONE, STR("")) && str_eq_secret(STR_NONE, STR("")));
}

static void test_comparing(void **state) {
    (void)state;
    assert_true(str_eq(STR("a\0b"), STR("a\0b")) && !str_eq(STR("a\0b"), STR("a\0c")) &&
                !str_eq(STR("a"), STR("ab")));
    assert_true(str_starts(STR("abc"), STR("")) && str_starts(STR("abc"), STR("abc")));
    assert_false(str_starts(STR("abc"), STR("abcd")) || str_starts(STR("abc"), STR("b")));
    static const char *const ordered[] = {"", "A", "Aa", "B", "a", "aa", "ab", "b", "\xc3\xb1"};
    for (int i = 0; i < 9; i++)
        for (int k = 0; k < 9; k++) {
            int c = str_cmp(str_of(ordered[i]), str_of(ordered[k]));
            assert_int_equal((c > 0) - (c < 0), (i > k) - (i < k));
        }
    assert_true(str_eq_ci(STR("AbZz09"), STR("aBzZ09")));
    assert_false(str_eq_ci(STR("a"), STR("b")) || str_eq_ci(STR("["), STR("{")) ||
                 str_eq_ci(STR("@"), STR("`")));
    assert_false(str_eq_ci(STR("\xc3\x91"), STR("\xc3\xb1")) || str_eq_ci(STR("a"), STR("ab")));
    assert_true(str_eq_secret(STR("secret"), STR("secret")));
    assert_false(str_eq_secret(STR("secret"), STR("secreT")) || str_eq_secret(STR("secret"), STR("secre")));
}

static void test_trimming_and_finding(void **state) {
    (void)state;
    assert_true(str_is(str_trim(STR(" \t\r\n\v\f a b \n")), "a b"));
    assert_true(str_is(str_trim(STR("  ")), "") && str_is(str_trim(STR("x")), "x"));
    assert_int_equal(str_find(STR("abcabc"), STR("ca")), 2);
    assert_int_equal(str_find(STR("abcabc"), STR("c")), 2);
    assert_int_equal(str_find(STR("abc"), STR("abcd")), -1);
    assert_int_equal(str_find(STR("abc"), STR("")), 0);
    assert_int_equal(str_find(STR_NONE, STR("a")), -1);
    assert_int_equal(str_find(STR("a\0b"), STR("\0b")), 1);
    assert_true(str_is(str_skip(STR("abc"), 1), "bc") && str_is(str_skip(STR("abc"), 9), ""));
    assert_true(str_is(str_head(STR("abc"), 2), "ab") && str_is(str_head(STR("abc"), 9), "abc"));
}

static void test_cutting(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int count;
        const char *parts[4];
    } rows[] = {{"a,,b", 3, {"a", "", "b"}},
                {"", 1, {""}},
                {",", 2, {"", ""}},
                {"abc", 1, {"abc"}},
                {"a,", 2, {"a", ""}}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct str rest = str_of(rows[i].text), part;
        int n = 0;
        for (; str_cut(&rest, ',', &part); n++)
            assert_true(n < rows[i].count && str_is(part, rows[i].parts[n]));
        assert_int_equal(n, rows[i].count);
        assert_false(str_cut(&rest, ',', &part));
    }
}

static void test_integers(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t v;
    } good[] = {{"0", 0},
                {"-0", 0},
                {"7", 7},
                {"-7", -7},
                {"007", 7},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN},
                {"9223372036854775806", INT64_MAX - 1}};
    static const char *const wrong[] = {"",
                                        "-",
                                        "+1",
                                        " 1",
                                        "1 ",
                                        "1.0",
                                        "1e3",
                                        "0x1",
                                        "--1",
                                        "1-",
                                        "9223372036854775808",
                                        "-9223372036854775809",
                                        "99999999999999999999",
                                        "\xd9\xa1"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int64_t v = 99;
        assert_true(str_to_i64(str_of(good[i].text), &v) && v == good[i].v);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int64_t v = 99;
        if (str_to_i64(str_of(wrong[i]), &v) || v != 99) fail_msg("%s was taken", wrong[i]);
    }
    int64_t v;
    assert_false(str_to_i64((struct str){"1\0", 2}, &v));
    assert_true(str_to_i64((struct str){"123", 2}, &v) && v == 12);
}

static void test_doubles(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double v;
    } good[] = {
        {"0", 0},      {"1.5", 1.5},  {"-2.25", -2.25}, {"007.5", 7.5},
        {"1e3", 1000}, {"1E+2", 100}, {"25e-2", 0.25},  {"1.7976931348623157e308", 1.7976931348623157e308},
        {"1e-400", 0}};
    static const char *const wrong[] = {"",      "-",     ".",        "1.",     ".5",  "-.5", "+1",
                                        "1e",    "1e+",   "e5",       "1.e5",   "--1", "1-2", "1+2",
                                        "nan",   "inf",   "infinity", "0x1p3",  " 1",  "1 ",  "1,5",
                                        "1.2.3", "1e5.5", "1e400",    "-1e400", "1f",  "- 1", "1e5e5"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        double v = 99;
        assert_true(str_to_double(str_of(good[i].text), &v) && v == good[i].v);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        double v = 99;
        if (str_to_double(str_of(wrong[i]), &v) || v != 99) fail_msg("%s was taken", wrong[i]);
    }
    double v = 99;
    assert_true(str_to_double(STR("-0.0"), &v) && v == 0 && signbit(v));
    assert_false(str_to_double((struct str){"1\0", 2}, &v));
}

static void test_copies(void **state) {
    (void)state;
    char z[4];
    assert_true(str_to_z(STR("abc"), z, sizeof z));
    assert_string_equal(z, "abc");
    assert_false(str_to_z(STR("abcd"), z, sizeof z));
    assert_string_equal(z, "");
    assert_true(str_to_z(STR("ab"), z, sizeof z));
    assert_false(str_to_z(STR("a\0b"), z, sizeof z));
    assert_string_equal(z, "");
    assert_true(str_to_z(STR_NONE, z, 1));
    assert_false(str_to_z(STR_NONE, z, 0));
}

/* The values published with FNV-1a. */
static void test_hash(void **state) {
    (void)state;
    assert_true(str_hash(STR("")) == 0xcbf29ce484222325 && str_hash(STR_NONE) == 0xcbf29ce484222325);
    assert_true(str_hash(STR("a")) == 0xaf63dc4c8601ec8c);
    assert_true(str_hash(STR("foobar")) == 0x85944171f73967e8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_and_absent),
        cmocka_unit_test(test_comparing),
        cmocka_unit_test(test_trimming_and_finding),
        cmocka_unit_test(test_cutting),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_doubles),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
