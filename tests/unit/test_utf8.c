/* UTF-8: every code point there and back, every two-byte beginning judged, repair, folding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/utf8.h"

#define R "\xef\xbf\xbd"

static void test_every_code_point(void **state) {
    (void)state;
    for (uint32_t cp = 0; cp <= 0x110010; cp++) {
        char text[4];
        size_t n = utf8_encode(cp, text);
        bool scalar = cp <= 0x10ffff && (cp < 0xd800 || cp > 0xdfff);
        uint32_t back = 0;
        bool valid = false;
        if (utf8_next((struct str){text, n}, &back, &valid) != n || !valid ||
            back != (scalar ? cp : UTF8_REPLACEMENT))
            fail_msg("U+%04X", cp);
        if (n != (!scalar ? 3 : cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4))
            fail_msg("U+%04X", cp);
        for (size_t cut = 1; cut < n; cut++) assert_false(utf8_valid((struct str){text, cut}));
    }
}

/* Against a judgement written differently: what decodes, is shortest, and is a scalar value. */
static bool valid_by_value(const unsigned char *u, size_t n) {
    size_t length = u[0] < 0x80             ? 1
                    : (u[0] & 0xe0) == 0xc0 ? 2
                    : (u[0] & 0xf0) == 0xe0 ? 3
                    : (u[0] & 0xf8) == 0xf0 ? 4
                                            : 9;
    if (length != n) return false;
    uint32_t cp = n == 1 ? u[0] : u[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((u[i] & 0xc0) != 0x80) return false;
        cp = cp << 6 | (u[i] & 0x3fu);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    return cp >= least[n] && cp <= 0x10ffff && (cp < 0xd800 || cp > 0xdfff);
}

static void test_every_beginning(void **state) {
    (void)state;
    static const unsigned char ends[] = {0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xff};
    for (int first = 0; first < 256; first++) {
        for (int second = 0; second < 256; second++) {
            for (size_t k = 0; k < sizeof ends * sizeof ends; k++) {
                unsigned char u[4] = {(unsigned char)first, (unsigned char)second, ends[k % sizeof ends],
                                      ends[k / sizeof ends]};
                struct str s = {(const char *)u, 4};
                uint32_t cp;
                bool valid;
                size_t n = utf8_next(s, &cp, &valid);
                bool expected = valid_by_value(u, n);
                if (n < 1 || n > 4 || valid != expected)
                    fail_msg("%02x %02x %02x %02x", u[0], u[1], u[2], u[3]);
                if (!valid && (cp != UTF8_REPLACEMENT || n > 3)) fail_msg("%02x %02x", u[0], u[1]);
                for (size_t longer = n + 1; longer <= 4 && !valid; longer++)
                    if (valid_by_value(u, longer)) fail_msg("%02x %02x cut too early", u[0], u[1]);
            }
        }
    }
}

static void expect(void (*f)(struct buf *, struct str), const char *in, const char *out) {
    BUF_AUTO b;
    buf_init(&b, 1000);
    f(&b, str_of(in));
    if (!str_is(buf_str(&b), out)) fail_msg("%s became %s, not %s", in, buf_str(&b).p, out);
}

static void test_repair(void **state) {
    (void)state;
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"", ""},
        {"plain", "plain"},
        {"ni\xc3\xb1o", "ni\xc3\xb1o"},
        {"a\x80z", "a" R "z"},
        {"a\xc3", "a" R},
        {"\xc3\x28", R "("},
        {"\xe2\x82", R}, /* one maximal subpart */
        {"\xf0\x9f\x98z", R "z"},
        {"\xc0\xaf", R R}, /* overlong: two bytes, each wrong */
        {"\xe0\x80\xaf", R R R},
        {"\xed\xa0\x80", R R R}, /* a surrogate */
        {"\xf4\x90\x80\x80", R R R R},
        {"\xf8\x88\x80\x80\x80", R R R R R},
        {"\x61\xf1\x80\x80\xe1\x80\xc2\x62\x80\x63\x80\xbf\x64",
         "a" R R R "b" R "c" R R "d"}, /* Unicode, table 3-8 */
        {"12345678\xff"
         "12345678",
         "12345678" R "12345678"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        expect(utf8_sanitize, rows[i].in, rows[i].out);
        assert_int_equal(utf8_count(str_of(rows[i].in)), utf8_count(str_of(rows[i].out)));
        assert_int_equal(utf8_valid(str_of(rows[i].in)), strcmp(rows[i].in, rows[i].out) == 0);
        assert_true(utf8_valid(str_of(rows[i].out)));
    }
    assert_true(utf8_valid(STR_NONE));
    assert_int_equal(utf8_count(STR_NONE), 0);
    uint32_t cp = 7;
    assert_int_equal(utf8_next(STR_NONE, &cp, NULL), 0);
    assert_true(utf8_valid((struct str){"\0a", 2}));
}

static void test_head(void **state) {
    (void)state;
    struct str s = STR("a\xc3\xb1\xe2\x82\xac\xf0\x9f\x98\x80"); /* 1 + 2 + 3 + 4 */
    static const size_t rows[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
    for (size_t max = 0; max < sizeof rows / sizeof rows[0]; max++) {
        struct str head = utf8_head(s, max);
        assert_int_equal(head.n, rows[max]);
        assert_true(utf8_valid(head));
    }
}

static void test_lower(void **state) {
    (void)state;
    expect(utf8_lower, "ABC xyz [@`{] 019", "abc xyz [@`{] 019");
    expect(utf8_lower, "MU\xc3\x91OZ \xc3\x89l \xc3\x9cn", "mu\xc3\xb1oz \xc3\xa9l \xc3\xbcn");
    expect(utf8_lower, "\xc3\x80\xc3\x96\xc3\x97\xc3\x98\xc3\x9e\xc3\x9f",
           "\xc3\xa0\xc3\xb6\xc3\x97\xc3\xb8\xc3\xbe\xc3\x9f");
    expect(utf8_lower,
           "\xc4\x80\xc4\x81\xc4\xb9\xc4\xba\xc5\x87\xc5\x8a\xc5\xb8\xc5\xbd\xc5\xbe", /* ĀāĹĺŇŊŸŽž */
           "\xc4\x81\xc4\x81\xc4\xba\xc4\xba\xc5\x88\xc5\x8b\xc3\xbf\xc5\xbe\xc5\xbe");
    expect(utf8_lower, "\xc4\xb8\xc5\x89", "\xc4\xb8\xc5\x89"); /* ĸ and ŉ have no pair */
    expect(utf8_lower, "\xe4\xb8\xad\xf0\x9f\x98\x80\xce\xa9", "\xe4\xb8\xad\xf0\x9f\x98\x80\xce\xa9");
    expect(utf8_lower,
           "A\xff"
           "B",
           "a" R "b");
}

static void test_fold(void **state) {
    (void)state;
    expect(utf8_fold, "\xc2\xbfQu\xc3\xa9 Tal, Ni\xc3\x91o? \xc3\x81\xc3\x89\xc3\x8d\xc3\x93\xc3\x9a\xc3\x9c",
           "\xc2\xbfque tal, nino? aeiouu");
    expect(utf8_fold, "Jose\xcc\x81 nin\xcc\x83o", "jose nino"); /* decomposed */
    expect(utf8_fold,
           "Stra\xc3\x9f"
           "e \xc3\x86on \xc5\x92uvre \xc3\x98re \xc5\x81\xc3\xb3"
           "d\xc5\xba",
           "strasse aeon oeuvre ore lodz");
    expect(utf8_fold,
           "O\xe2\x80\x99"
           "Brien \xe2\x80\x9cx\xe2\x80\x9d\xc2\xa0y",
           "o'brien \"x\" y");
    expect(utf8_fold, "\xc3\xb7\xc3\x97\xc3\xb0\xc3\xbe",
           "\xc3\xb7\xc3\x97\xc3\xb0\xc3\xbe"); /* nothing under these */
    expect(utf8_fold, "\xe4\xb8\xad 12 \xff", "\xe4\xb8\xad 12 " R);
    expect(utf8_fold, "", "");
    /* Folding is the end: a second time changes nothing, and no capital stays. */
    for (uint32_t cp = 1; cp < 0x2100; cp++) {
        char text[4];
        BUF_AUTO once, twice;
        buf_init(&once, 100);
        buf_init(&twice, 100);
        utf8_fold(&once, (struct str){text, utf8_encode(cp, text)});
        utf8_fold(&twice, buf_str(&once));
        assert_true(str_eq(buf_str(&once), buf_str(&twice)));
        assert_true(utf8_valid(buf_str(&once)));
    }
}

static void test_full_buffer(void **state) {
    (void)state;
    for (size_t max = 3; max <= 5; max++) {
        BUF_AUTO b;
        buf_init(&b, max);
        utf8_lower(&b, STR("A\xc3\x91Z"));
        assert_int_equal(buf_ok(&b), max >= 4);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_point),
        cmocka_unit_test(test_every_beginning),
        cmocka_unit_test(test_repair),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_lower),
        cmocka_unit_test(test_fold),
        cmocka_unit_test(test_full_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
