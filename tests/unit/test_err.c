/* Errors: filled and cut, prefixed, NULL allowed; every kind has its status, words and slug. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/str.h"

static void test_set(void **state) {
    (void)state;
    struct err e = {0};
    assert_int_equal(err_set(&e, ERR_INVALID, "/phone", "has %d digits", 3), -1);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_string_equal(e.where, "/phone");
    assert_string_equal(e.msg, "has 3 digits");
    assert_int_equal(err_set(NULL, ERR_INVALID, "/phone", "x"), -1);
    assert_int_equal(err_set(&e, ERR_AUTH, NULL, "no"), -1);
    assert_string_equal(e.where, "");
}

static void test_cut(void **state) {
    (void)state;
    char where[sizeof((struct err *)0)->where + 2], msg[sizeof((struct err *)0)->msg + 2];
    for (size_t more = 0; more < 3; more++) { /* one less than fits is n - 1 characters, then n, n + 1 */
        struct err e;
        size_t nw = sizeof e.where - 2 + more, nm = sizeof e.msg - 2 + more;
        memset(where, 'w', nw);
        memset(msg, 'm', nm);
        where[nw] = msg[nm] = 0;
        err_set(&e, ERR_INTERNAL, where, "%s", msg);
        assert_int_equal(strlen(e.where), nw < sizeof e.where ? nw : sizeof e.where - 1);
        assert_int_equal(strlen(e.msg), nm < sizeof e.msg ? nm : sizeof e.msg - 1);
    }
}

static void test_within(void **state) {
    (void)state;
    struct err e;
    err_set(&e, ERR_INVALID, "phone", "x");
    assert_int_equal(err_within(&e, "row 3"), -1);
    assert_string_equal(e.where, "row 3/phone");
    err_set(&e, ERR_INVALID, "", "x");
    err_within(&e, "row 3");
    assert_string_equal(e.where, "row 3");
    for (int i = 0; i < 50; i++) err_within(&e, "a/long/prefix");
    assert_int_equal(strlen(e.where), sizeof e.where - 1);
    assert_true(str_starts(str_of(e.where), STR("a/long/prefix/a/long")));
    assert_int_equal(err_within(NULL, "x"), -1);
}

static void test_table(void **state) {
    (void)state;
    static const int status[ERR_KINDS] = {200, 400, 422, 413, 401, 403, 404, 409, 429, 503, 504, 500};
    for (int k = 0; k < ERR_KINDS; k++) {
        assert_int_equal(err_http_status((enum err_kind)k), status[k]);
        assert_int_equal(err_retryable((enum err_kind)k),
                         k == ERR_RATE || k == ERR_UNAVAILABLE || k == ERR_TIMEOUT);
        assert_true(strlen(err_title((enum err_kind)k)) > 3);
        for (const char *c = err_slug((enum err_kind)k); *c; c++)
            assert_true((*c >= 'a' && *c <= 'z') || *c == '-');
        for (int other = 0; other < k; other++)
            assert_string_not_equal(err_slug((enum err_kind)k), err_slug((enum err_kind)other));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_within),
        cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
