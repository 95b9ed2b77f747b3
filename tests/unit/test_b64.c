/* Base64: RFC 4648's vectors, every length there and back, everything that is not the one right text refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/b64.h"
#include "base/prng.h"

static void test_vectors(void **state) {
    (void)state;
    static const struct {
        const char *bytes, *standard, *url;
    } rows[] = {{"", "", ""},
                {"f", "Zg==", "Zg"},
                {"fo", "Zm8=", "Zm8"},
                {"foo", "Zm9v", "Zm9v"},
                {"foob", "Zm9vYg==", "Zm9vYg"},
                {"fooba", "Zm9vYmE=", "Zm9vYmE"},
                {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
                {"\xfb\xff\xbf", "+/+/", "-_-_"},
                {"\xff\xff\xfe", "///+", "___-"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        BUF_AUTO b;
        buf_init(&b, 100);
        buf_c(&b, '>');
        b64_add(&b, rows[i].bytes, strlen(rows[i].bytes));
        assert_string_equal(b.p + 1, rows[i].standard);
        buf_clear(&b);
        b64url_add(&b, rows[i].bytes, strlen(rows[i].bytes));
        assert_true(str_is(buf_str(&b), rows[i].url));
        buf_clear(&b);
        assert_int_equal(b64_decode(str_of(rows[i].standard), &b, NULL), 0);
        assert_int_equal(b64url_decode(str_of(rows[i].url), &b, NULL), 0);
        assert_int_equal(b.n, 2 * strlen(rows[i].bytes));
        assert_true(str_starts(buf_str(&b), str_of(rows[i].bytes)));
    }
}

static void test_any_bytes_there_and_back(void **state) {
    (void)state;
    struct prng r = prng_seed(4);
    for (size_t n = 0; n < 200; n++) {
        char bytes[200];
        prng_fill(&r, bytes, n);
        for (int url = 0; url < 2; url++) {
            BUF_AUTO text, back;
            buf_init(&text, 1000);
            buf_init(&back, 1000);
            (url ? b64url_add : b64_add)(&text, bytes, n);
            assert_int_equal((url ? b64url_decode : b64_decode)(buf_str(&text), &back, NULL), 0);
            assert_true(str_eq(buf_str(&back), (struct str){bytes, n}));
        }
    }
}

static void test_refused(void **state) {
    (void)state;
    static const char *const standard[] = {
        "Z",     "Zg",     "Zg=",      "Zg===",    "Zg====", "=",       "==",    "===",      "====", "Zm8",
        "Zm8==", "Zm9v=",  "Zm9vY",    "Zm9v====", "Zh==",   "Zm9=",    "Z===",  "Zg=a",     "Z=g=", "Zm 9v",
        " Zm9v", "Zm9v\n", "Zm9v\r\n", "-_-_",     "Zm9!",   "Zm9\xc3", "Zm9v,", "Zg==Zg==",
    };
    static const char *const url[] = {"Z",    "Zg==", "Zg=", "Zm8=",  "Zh",     "Zm9",      "Zm9vY",
                                      "+/+/", "Zm9.", "=",   "Zm 9v", "Zm9v\n", "Zm9v====", "Zm9vYmFyZ"};
    for (int k = 0; k < 2; k++) {
        size_t count = k ? sizeof url / sizeof url[0] : sizeof standard / sizeof standard[0];
        for (size_t i = 0; i < count; i++) {
            const char *text = k ? url[i] : standard[i];
            BUF_AUTO b;
            buf_init(&b, 100);
            buf_z(&b, "kept");
            struct err e = {0};
            if ((k ? b64url_decode : b64_decode)(str_of(text), &b, &e) == 0) fail_msg("%s was taken", text);
            assert_int_equal(e.kind, ERR_INVALID);
            assert_string_equal(b.p, "kept");
            assert_int_equal(b.n, 4);
            assert_true(buf_ok(&b));
        }
    }
    BUF_AUTO b;
    buf_init(&b, 100);
    assert_int_equal(b64_decode((struct str){"Zm9\0", 4}, &b, NULL), -1);
}

/* Of all texts of four characters' worth exactly one stands for each three bytes: no second spelling. */
static void test_one_text_for_each_bytes(void **state) {
    (void)state;
    int taken = 0;
    for (int c = 0; c < 256; c++) {
        for (int d = 0; d < 256; d++) {
            char text[4] = {'Z', (char)c, (char)d, '='};
            BUF_AUTO b, again;
            buf_init(&b, 10);
            buf_init(&again, 10);
            if (b64_decode((struct str){text, 4}, &b, NULL)) continue;
            b64_add(&again, b.p, b.n);
            assert_true(str_eq(buf_str(&again), (struct str){text, 4}));
            taken++;
        }
    }
    assert_int_equal(taken, 64 * 16 + 4); /* two bytes, and one byte with "==" */
}

static void test_room(void **state) {
    (void)state;
    for (size_t max = 3; max <= 5; max++) {
        BUF_AUTO b, bytes;
        buf_init(&b, max);
        b64_add(&b, "abc", 3);
        assert_int_equal(buf_ok(&b), max >= 4);
        buf_init(&bytes, max);
        struct err e = {0};
        assert_int_equal(b64_decode(STR("YWJjZA=="), &bytes, &e), max >= 4 ? 0 : -1);
        assert_int_equal(e.kind, max >= 4 ? ERR_NONE : ERR_TOO_LARGE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors), cmocka_unit_test(test_any_bytes_there_and_back),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_one_text_for_each_bytes),
        cmocka_unit_test(test_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
