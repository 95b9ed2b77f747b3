/* Passwords: hashes of others are checked, costs have bounds, and a missing user is as slow as a wrong
 * password. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto/sign.h"
#include "seeded_chance.h"

static void test_round_trip(void **state) {
    (void)state;
    struct prng r = prng_seed(1);
    struct chance c = seeded_chance(&r);
    BUF_AUTO a, b;
    buf_init(&a, 300);
    buf_init(&b, 300);
    assert_int_equal(password_hash(STR("correct horse"), &c, &a, NULL), 0);
    assert_int_equal(password_hash(STR("correct horse"), &c, &b, NULL), 0);
    assert_true(str_starts(buf_str(&a), STR("$argon2id$v=19$m=65536,t=3,p=1$")));
    assert_string_not_equal(a.p, b.p); /* salt */
    assert_int_equal(password_check(STR("correct horse"), buf_str(&a), NULL), 0);
    struct err e = {0};
    assert_int_equal(password_check(STR("correct hors"), buf_str(&a), &e), -1);
    assert_int_equal(e.kind, ERR_AUTH);
    assert_int_equal(password_check(STR("correct horse\0"), buf_str(&a), NULL), -1);
    assert_int_equal(password_check(STR(""), buf_str(&a), NULL), -1);
}

/* Made with the an independent implementation (OpenSSL 3.5 through Python) and with low costs, as in a
 * database that was set up elsewhere. */
static void test_hashes_of_others(void **state) {
    (void)state;
    static const struct {
        const char *password, *hash;
    } cases[] = {
        {"password",
         "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$yrdGtGIZk/3JHsUHh5gLQUqQppLwvGjf4Z+cJbPLqew"},
        {"password",
         "$argon2id$v=19$m=512,t=1,p=4$MDEyMzQ1Njc4OWFiY2RlZg$Ip1ikzSP/6mP9SufM6ilv77WnAUcXhKMq1yNuFBko7w"},
        {"Passwort mit Umlaut: \xc3\xa4",
         "$argon2id$v=19$m=64,t=3,p=2$c2FsdHNhbHRzYWx0$egtqaLzfHZ13h5jrnenYmDR6UvIflgMLo317KsXN7fk"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(password_check(str_of(cases[i].password), str_of(cases[i].hash), NULL), 0);
        assert_int_equal(password_check(STR("Password"), str_of(cases[i].hash), NULL), -1);
        struct str cut = str_head(str_of(cases[i].hash), strlen(cases[i].hash) - 1);
        assert_int_equal(password_check(str_of(cases[i].password), cut, NULL), -1);
    }
}

static void test_lengths(void **state) {
    (void)state;
    struct prng r = prng_seed(2);
    struct chance c = seeded_chance(&r);
    static char text[PASSWORD_MAX_BYTES + 1];
    memset(text, 'x', sizeof text);
    struct err e = {0};
    BUF_AUTO out;
    buf_init(&out, 300);
    assert_int_equal(password_hash(STR(""), &c, &out, &e), -1);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_int_equal(password_hash((struct str){text, PASSWORD_MAX_BYTES + 1}, &c, &out, &e), -1);
    assert_int_equal(e.kind, ERR_TOO_LARGE);
    assert_int_equal(out.n, 0);
    assert_int_equal(password_hash((struct str){text, PASSWORD_MAX_BYTES}, &c, &out, &e), 0);
    assert_int_equal(password_check((struct str){text, PASSWORD_MAX_BYTES}, buf_str(&out), NULL), 0);
    /* hashes of 1,024 and of 1,025 times 'x', made elsewhere */
    static const char full[] =
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AP5L7oHrRuXAM8wjBOa2hin0Xg6wzmnG/6m+Ugimhug";
    static const char over[] =
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$oF9smC7jSR50c+jJ/e8YtITLnO2g0MY6K3EDuerUlw0";
    assert_int_equal(password_check((struct str){text, PASSWORD_MAX_BYTES - 1}, str_of(full), NULL), -1);
    assert_int_equal(password_check((struct str){text, PASSWORD_MAX_BYTES}, str_of(full), NULL), 0);
    assert_int_equal(password_check((struct str){text, PASSWORD_MAX_BYTES + 1}, str_of(over), NULL), -1);
}

static void test_stored_forms_that_are_refused(void **state) {
    (void)state;
    static const char *const forms[] = {
        "rubbish",
        "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "$argon2id$v=19$m=1048577,t=1,p=1$c29tZXNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "$argon2id$v=19$m=8,t=17,p=1$c29tZXNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "$argon2id$v=19$m=8,t=4294967295,p=1$c29tZXNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "$argon2id$v=19$m=8,t=1,p=17$c29tZXNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "$argon2id$v=19$m=8,t=1$c29tZXNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "$argon2id$v=19$t=1,m=8,p=1$c29tZXNhbHQ$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "$argon2id$v=19$m=8,t=1,p=1$$",
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct err e = {0};
        assert_int_equal(password_check(STR("any"), str_of(forms[i]), &e), -1);
        assert_int_equal(e.kind, ERR_AUTH);
    }
}

static int64_t cpu_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Time tells whether a name exists, unless the work is done for nobody too. Half the work is far outside the
 * noise. */
static void test_a_missing_user_costs_as_much(void **state) {
    (void)state;
    struct prng r = prng_seed(3);
    struct chance c = seeded_chance(&r);
    BUF_AUTO hash;
    buf_init(&hash, 300);
    assert_int_equal(password_hash(STR("theirs"), &c, &hash, NULL), 0);
    int64_t before = cpu_us();
    assert_int_equal(password_check(STR("wrong"), buf_str(&hash), NULL), -1);
    int64_t wrong_us = cpu_us() - before;
    before = cpu_us();
    struct err e = {0};
    assert_int_equal(password_check(STR("wrong"), STR(""), &e), -1);
    int64_t missing_us = cpu_us() - before;
    assert_int_equal(e.kind, ERR_AUTH);
    assert_true(missing_us > wrong_us / 2);
    assert_int_equal(password_check(STR(""), STR(""), NULL), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_hashes_of_others),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_stored_forms_that_are_refused),
        cmocka_unit_test(test_a_missing_user_costs_as_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
