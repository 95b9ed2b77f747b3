/* JSON: what RFC 8259 takes and refuses, limits, places of errors, readers, the writer, doubles there and
 * back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/prng.h"

enum { BIG = 1 << 20 };

static int parse(struct arena *a, struct str text, const struct jnode **out, struct err *e) {
    return json_parse(a, text, BIG, out, e);
}

/* In, and out again. */
static void test_taken(void **state) {
    (void)state;
    static const struct {
        const char *in, *out; /* NULL: the same */
    } rows[] = {
        {"null", NULL},
        {"true", NULL},
        {"false", NULL},
        {"0", NULL},
        {"-0", "0"},
        {"-0.0", NULL},
        {"-1", NULL},
        {"123", NULL},
        {"9223372036854775807", NULL},
        {"-9223372036854775808", NULL},
        {"9223372036854775808", "9.223372036854776e18"},
        {"-9223372036854775809", "-9.223372036854776e18"},
        {"100000000000000000000", "1e20"},
        {"[1,18446744073709551616,\"18446744073709551616\",-3,1.18446744073709551616]",
         "[1,1.8446744073709552e19,\"18446744073709551616\",-3,1.1844674407370954]"},
        {"[100000000000000000000e1,1E+00000000000000000000001,1e-00000000000000000000001,"
         "99999999999999999999]",
         "[1e21,10,0.1,1e20]"},
        {"{\"99999999999999999999\\\"99999999999999999999\":99999999999999999999}",
         "{\"99999999999999999999\\\"99999999999999999999\":1e20}"},
        {"1.5", NULL},
        {"1e3", "1000"},
        {"1E+2", "100"},
        {"1E-2", "0.01"},
        {"123.456e78", "1.23456e80"},
        {"1e-400", "0"},
        {"\"\"", NULL},
        {"\"a\"", NULL},
        {" \t\n\r[ ] ", "[]"},
        {"[]", NULL},
        {"{}", NULL},
        {"[[[]],{}]", NULL},
        {"{\"a\":{\"b\":[1,2,{\"c\":null}]},\"\":0}", NULL},
        {"{\"b\":1,\"a\":2,\"c\":3}", NULL}, /* the order stays */
        {"\"\\u0041\\n\\/\\b\\f\\r\\t\\\\\\\"\"", "\"A\\n/\\b\\f\\r\\t\\\\\\\"\""},
        {"\"\\u0000x\"", NULL},
        {"\"\\u001f\x7f\"", "\"\\u001f\x7f\""},
        {"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\""},
        {"\"\xc3\xb1 \xe2\x82\xac \xf4\x8f\xbf\xbf\"", NULL},
        {"\"\\uFFFF\"", "\"\xef\xbf\xbf\""},
        {"\"\\u2028\"", "\"\xe2\x80\xa8\""},
        {"[1 , 2\n]", "[1,2]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ARENA_AUTO a;
        arena_init(&a, BIG);
        const struct jnode *n;
        struct err e = {0};
        if (parse(&a, str_of(rows[i].in), &n, &e)) fail_msg("%s: %s: %s", rows[i].in, e.where, e.msg);
        BUF_AUTO b;
        buf_init(&b, BIG);
        struct jw w = jw_on(&b);
        jw_node(&w, n);
        assert_string_equal(b.p, rows[i].out ? rows[i].out : rows[i].in);
    }
}

static void test_refused(void **state) {
    (void)state;
    static const char *const rows[] = {
        "",
        " ",
        "nul",
        "nulll",
        "True",
        "TRUE",
        "undefined",
        "NaN",
        "Infinity",
        "-Infinity",
        "-",
        "+1",
        "01",
        "-01",
        "1.",
        ".5",
        "-.5",
        "1e",
        "1e+",
        "1.e1",
        "0x10",
        "1_000",
        "1,2",
        "1 2",
        "--1",
        "1.2.3",
        "1e1.5",
        "1e400",
        "-1e400",
        "\xef\xbc\x91", /* a wide 1 */
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[,]",
        "[1,,2]",
        "[1 2]",
        "[1}",
        "[]]",
        "[][]",
        "[\"a\"",
        "[a]",
        "[-]",
        "{",
        "}",
        "{]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1",
        "{\"a\":1,}",
        "{,\"a\":1}",
        "{\"a\":1,,\"b\":2}",
        "{\"a\" 1}",
        "{\"a\",1}",
        "{a:1}",
        "{'a':1}",
        "{1:1}",
        "{null:1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1}x",
        "{\"a\":1}{}",
        "{\"a\"::1}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}",
        "[{\"x\":{\"k\":0,\"k\":0}}]",
        "\"",
        "\"a",
        "\"a\\\"",
        "\"\\x\"",
        "\"\\u\"",
        "\"\\u12\"",
        "\"\\u12G4\"",
        "\"\\U0041\"",
        "'a'",
        "\"a\nb\"",
        "\"a\tb\"",
        "\"\x1f\"",
        "\"\\\n\"",
        "\"\\ud800\"",
        "\"\\ud800x\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"\\udc00\\ud800\"",
        "\"\\ud800\\ud800\"",
        "\"\\a\"",
        "\"\\'\"",
        "\"\\0\"",
        "\"\x80\"",
        "\"\xc3\"",
        "\"\xc3(\"",
        "\"\xc0\x80\"",
        "\"\xc1\xbf\"",
        "\"\xe0\x80\x80\"",
        "\"\xe2\x82\"",
        "\"\xed\xa0\x80\"",
        "\"\xf0\x80\x80\x80\"",
        "\"\xf4\x90\x80\x80\"",
        "\"\xf5\x80\x80\x80\"",
        "\"\xff\"",
        "\xef\xbb\xbf{}",
        "\xff\xfe[\x01]",
        "/**/1",
        "1//x",
        "[1]#",
        "\xc2\xa0[]",
        "\f[]",
        "\v1",
        "{\"\\u0000\":1}",
        "99999999999999999999]",
        "[99999999999999999999,]",
        "[1e99999999999999999999]",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ARENA_AUTO a;
        arena_init(&a, BIG);
        const struct jnode *n = NULL;
        struct err e = {0};
        if (parse(&a, str_of(rows[i]), &n, &e) == 0) fail_msg("%s was taken", rows[i]);
        assert_null(n);
        if (e.kind != ERR_SYNTAX) fail_msg("%s: %s %s", rows[i], e.where, e.msg);
        assert_true(str_starts(str_of(e.where), STR("line ")));
    }
    ARENA_AUTO a;
    arena_init(&a, BIG);
    const struct jnode *n;
    assert_int_equal(parse(&a, (struct str){"[]\0", 3}, &n, NULL), -1);
    assert_int_equal(parse(&a, (struct str){"[\0]", 3}, &n, NULL), -1);
    assert_int_equal(parse(&a, (struct str){"\"\0\"", 3}, &n, NULL), -1);
    assert_int_equal(parse(&a, STR_NONE, &n, NULL), -1);
}

static void test_errors_say_where_and_quote_nothing(void **state) {
    (void)state;
    static const struct {
        const char *text, *where, *says;
    } rows[] = {
        {"{\n  \"name\": \"Ada\"\n  \"x\": 1}", "line 3, column 5", "not JSON"},
        {"[1,2", "line 1, column 4", "too early"},
        {"[] x", "line 1, column 4", "follows"},
        {"\n\n{\"k\":1,\n\"k\":2}", "line 4, column 3", "twice"},
        {"[99999999999999999999,\n 99999999999999999999 secret]", "line 2, column 28", "not JSON"},
        {"[\"\xc3\xb1\", secret]", "line 1, column 12", "not JSON"},
        {"[1e999]", "line 1, column 6", "too large"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ARENA_AUTO a;
        arena_init(&a, BIG);
        const struct jnode *n;
        struct err e = {0};
        assert_int_equal(parse(&a, str_of(rows[i].text), &n, &e), -1);
        assert_string_equal(e.where, rows[i].where);
        if (!strstr(e.msg, rows[i].says)) fail_msg("%s", e.msg);
        assert_null(strstr(e.msg, "secret"));
        assert_null(strstr(e.msg, "Ada"));
    }
}

static void test_depth(void **state) {
    (void)state;
    static const struct {
        int depth;
        enum err_kind kind;
    } rows[] = {
        {63, ERR_NONE}, {64, ERR_NONE}, {65, ERR_TOO_LARGE}, {2047, ERR_TOO_LARGE}, {100000, ERR_TOO_LARGE}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int object = 0; object < 2; object++) {
            BUF_AUTO b, again;
            ARENA_AUTO a;
            buf_init(&b, BIG);
            buf_init(&again, BIG);
            arena_init(&a, BIG);
            for (int k = 1; k < rows[i].depth; k++) buf_z(&b, object ? "{\"\":" : "[");
            buf_z(&b, object ? "{}" : "[]");
            for (int k = 1; k < rows[i].depth; k++) buf_z(&b, object ? "}" : "]");
            const struct jnode *n;
            struct err e = {0};
            assert_int_equal(parse(&a, buf_str(&b), &n, &e), rows[i].kind ? -1 : 0);
            assert_int_equal(e.kind, rows[i].kind);
            if (rows[i].kind) continue;
            struct jw w = jw_on(&again);
            jw_node(&w, n);
            assert_string_equal(again.p, b.p);
        }
    }
}

static void test_size(void **state) {
    (void)state;
    struct str text = STR("[\"abcdef\"]");
    for (size_t max = text.n - 1; max <= text.n + 1; max++) {
        ARENA_AUTO a;
        arena_init(&a, BIG);
        const struct jnode *n;
        struct err e = {0};
        assert_int_equal(json_parse(&a, text, max, &n, &e), max < text.n ? -1 : 0);
        assert_int_equal(e.kind, max < text.n ? ERR_TOO_LARGE : ERR_NONE);
    }
}

/* Every arena too small for the tree is an error and no crash; the first large enough gives the whole tree.
 */
static void test_memory(void **state) {
    (void)state;
    struct str text = STR("{\"a\":[1,2,{\"b\":\"text\"}],\"c\":\"more text than that\"}");
    bool fits = false;
    for (size_t limit = 0; limit < 2000; limit += 16) {
        ARENA_AUTO a;
        arena_init(&a, limit);
        const struct jnode *n = NULL;
        struct err e = {0};
        int rc = parse(&a, text, &n, &e);
        assert_true(rc == 0 || (!fits && e.kind == ERR_TOO_LARGE && !n));
        fits = rc == 0;
    }
    assert_true(fits);
}

static void test_readers(void **state) {
    (void)state;
    ARENA_AUTO a;
    arena_init(&a, BIG);
    const struct jnode *n;
    assert_int_equal(parse(&a,
                           STR("{\"s\":\"x\",\"e\":\"\",\"i\":7,\"r\":1.5,\"t\":true,\"f\":false,\"n\":null,"
                               "\"a\":[10,20,30],\"o\":{\"s\":\"in\"}}"),
                           &n, NULL),
                     0);
    struct str s;
    int64_t i;
    double r;
    bool b;
    struct err e = {0};
    assert_int_equal(json_str(n, "s", STR("d"), &s, &e), 0);
    assert_true(str_is(s, "x"));
    assert_int_equal(json_str(n, "e", STR("d"), &s, &e), 0);
    assert_true(str_given(s) && s.n == 0);
    assert_int_equal(json_str(n, "n", STR("d"), &s, &e), 0);
    assert_true(str_is(s, "d"));
    assert_int_equal(json_str(n, "absent", STR_NONE, &s, &e), 0);
    assert_false(str_given(s));
    assert_int_equal(json_str(n, "i", STR("d"), &s, &e), -1);
    assert_string_equal(e.where, "/i");
    assert_int_equal(e.kind, ERR_INVALID);
    assert_int_equal(json_i64(n, "i", 1, &i, &e), 0);
    assert_int_equal(i, 7);
    assert_int_equal(json_i64(n, "absent", 1, &i, &e), 0);
    assert_int_equal(i, 1);
    assert_int_equal(json_i64(n, "r", 1, &i, &e), -1);
    assert_int_equal(json_i64(n, "s", 1, &i, &e), -1);
    assert_int_equal(json_f64(n, "r", 0, &r, &e), 0);
    assert_true(r == 1.5);
    assert_int_equal(json_f64(n, "i", 0, &r, &e), 0);
    assert_true(r == 7);
    assert_int_equal(json_f64(n, "n", 0.25, &r, &e), 0);
    assert_true(r == 0.25);
    assert_int_equal(json_f64(n, "t", 0, &r, &e), -1);
    assert_int_equal(json_bool(n, "t", false, &b, &e), 0);
    assert_true(b);
    assert_int_equal(json_bool(n, "f", true, &b, &e), 0);
    assert_false(b);
    assert_int_equal(json_bool(n, "absent", true, &b, &e), 0);
    assert_true(b);
    assert_int_equal(json_bool(n, "i", true, &b, &e), -1);
    assert_int_equal(json_need_str(n, "s", &s, &e), 0);
    static const char *const missing[] = {"e", "n", "absent"};
    for (size_t k = 0; k < 3; k++) {
        assert_int_equal(json_need_str(n, missing[k], &s, &e), -1);
        assert_string_equal(e.msg, "is required");
    }
    assert_int_equal(json_need_str(n, "a", &s, &e), -1);
    assert_int_equal(json_at(json_get(n, "a"), 2)->i, 30);
    assert_null(json_at(json_get(n, "a"), 3));
    assert_null(json_at(n, 0));
    assert_null(json_at(NULL, 0));
    assert_null(json_get(json_get(n, "a"), "x"));
    assert_null(json_get(NULL, "x"));
    assert_true(str_is(json_get(json_get(n, "o"), "s")->s, "in"));
    assert_int_equal(json_get(n, "o")->kids.count, 1);
    assert_int_equal(n->kids.count, 9);
    assert_int_equal(json_str(NULL, "s", STR("d"), &s, &e), 0);
}

static void test_writer(void **state) {
    (void)state;
    BUF_AUTO b;
    buf_init(&b, BIG);
    struct jw w = jw_on(&b);
    jw_object(&w);
    jw_kstr(&w, "s", STR("a\"b"));
    jw_kstr(&w, "none", STR_NONE);
    jw_kz(&w, "z", "");
    jw_kz(&w, "znone", NULL);
    jw_ki64(&w, "i", INT64_MIN);
    jw_kreal(&w, "r", 0.1);
    jw_kreal(&w, "nan", NAN);
    jw_kbool(&w, "t", true);
    jw_ktime(&w, "at", 1795158000123456);
    jw_ktime(&w, "never", 0);
    jw_key(&w, "a");
    jw_array(&w);
    jw_null(&w);
    jw_bool(&w, false);
    jw_array(&w);
    jw_end(&w);
    jw_object(&w);
    jw_end(&w);
    jw_raw(&w, STR("{\"raw\":1}"));
    jw_i64(&w, 1);
    jw_end(&w);
    jw_key(&w, "\n");
    jw_object(&w);
    jw_end(&w);
    jw_end(&w);
    assert_string_equal(
        b.p, "{\"s\":\"a\\\"b\",\"none\":null,\"z\":\"\",\"znone\":null,\"i\":-9223372036854775808,"
             "\"r\":0.1,\"nan\":null,\"t\":true,\"at\":\"2026-11-20T07:00:00.123Z\",\"never\":null,"
             "\"a\":[null,false,[],{},{\"raw\":1},1],\"\\n\":{}}");
}

static void key_outside(struct jw *w) {
    jw_array(w);
    jw_key(w, "k");
}
static void value_without_key(struct jw *w) {
    jw_object(w);
    jw_i64(w, 1);
}
static void key_without_value(struct jw *w) {
    jw_object(w);
    jw_key(w, "k");
    jw_end(w);
}
static void end_of_nothing(struct jw *w) {
    jw_end(w);
}
static void two_at_the_top(struct jw *w) {
    jw_i64(w, 1);
    jw_i64(w, 2);
}
static void too_deep(struct jw *w) {
    for (int i = 0; i < JSON_MAX_DEPTH + 1; i++) jw_array(w);
}

static void test_escapes(void **state) {
    (void)state;
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"", "\"\""},
        {"plain text of more than eight bytes", "\"plain text of more than eight bytes\""},
        {"1234567\"", "\"1234567\\\"\""},
        {"12345678\\", "\"12345678\\\\\""},
        {"\x01\x1f\x20\x7e\x7f", "\"\\u0001\\u001f ~\x7f\""},
        {"\b\f\n\r\t/", "\"\\b\\f\\n\\r\\t/\""},
        {"\xc3\xb1\xf0\x9f\x98\x80", "\"\xc3\xb1\xf0\x9f\x98\x80\""},
        {"a\xff"
         "b",
         "\"a\xef\xbf\xbd"
         "b\""},
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xe2\x82", "\"\xef\xbf\xbd\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        BUF_AUTO b;
        buf_init(&b, BIG);
        json_escape(&b, str_of(rows[i].in));
        assert_string_equal(b.p, rows[i].out);
    }
    BUF_AUTO b;
    buf_init(&b, BIG);
    json_escape(&b, (struct str){"a\0b", 3});
    json_escape(&b, STR_NONE);
    assert_string_equal(b.p, "\"a\\u0000b\"\"\"");
    for (size_t max = 3; max <= 5; max++) { /* "ab" is 4 bytes */
        BUF_AUTO small;
        buf_init(&small, max);
        json_escape(&small, STR("ab"));
        assert_int_equal(buf_ok(&small), max >= 4);
    }
}

/* Any bytes at any place: what is written reads back, and as what repairing them gives. */
static void test_random_bytes_make_valid_json(void **state) {
    (void)state;
    struct prng r = prng_seed(8);
    for (int i = 0; i < 20000; i++) {
        char bytes[24];
        size_t n = (size_t)prng_below(&r, sizeof bytes + 1);
        prng_fill(&r, bytes, n);
        for (size_t k = 0; k < n; k++)
            if (prng_chance(&r, 0.5)) bytes[k] = (char)(bytes[k] & 0x7f);
        BUF_AUTO b;
        ARENA_AUTO a;
        buf_init(&b, BIG);
        arena_init(&a, BIG);
        json_escape(&b, (struct str){bytes, n});
        const struct jnode *node;
        assert_int_equal(parse(&a, buf_str(&b), &node, NULL), 0);
        assert_int_equal(node->type, JSTRING);
    }
}

static const char *real_text(struct buf *b, double v) {
    buf_clear(b);
    struct jw w = jw_on(b);
    jw_real(&w, v);
    return b->p;
}

static void test_known_doubles(void **state) {
    (void)state;
    static const struct {
        double v;
        const char *text;
    } rows[] = {
        {0, "0"},
        {-0.0, "-0.0"},
        {1, "1"},
        {-1, "-1"},
        {0.1, "0.1"},
        {0.2, "0.2"},
        {0.3, "0.3"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {2.0 / 3, "0.6666666666666666"},
        {-2.5, "-2.5"},
        {100, "100"},
        {123456789.125, "123456789.125"},
        {1e15, "1000000000000000"},
        {999999999999999.9, "999999999999999.9"},
        {0.00001, "0.00001"},
        {0.000012345, "0.000012345"},
        {9.9e-6, "9.9e-6"},
        {1e-7, "1e-7"},
        {1e21, "1e21"},
        {1e22, "1e22"},
        {1e23, "1e23"},
        {1e300, "1e300"},
        {9007199254740991, "9007199254740991"},
        {9007199254740992, "9007199254740992"},
        {9007199254740994, "9007199254740994"},
        {1.7976931348623157e308, "1.7976931348623157e308"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {5e-324, "5e-324"},
        {4.5, "4.5"},
        {0.5, "0.5"},
        {0.25, "0.25"},
        {1.0000000000000002, "1.0000000000000002"},
        {0.9999999999999999, "0.9999999999999999"},
        {HUGE_VAL, "null"},
        {-HUGE_VAL, "null"},
        {19.99, "19.99"},
        {0.7312, "0.7312"},
        {8.41, "8.41"},
        {2.0000000000000004, "2.0000000000000004"},
        {1.9999999999999998, "1.9999999999999998"},
    };
    BUF_AUTO b;
    buf_init(&b, 100);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(real_text(&b, rows[i].v), rows[i].text);
}

static size_t digits_of(const char *text) {
    char digits[64];
    size_t n = 0;
    for (; *text && *text != 'e'; text++)
        if (*text >= '0' && *text <= '9' && (n || *text != '0')) digits[n++] = *text;
    while (n && digits[n - 1] == '0') n--;
    return n;
}

/* Reads back equal, and no shorter decimal does (tried with the C library, precision by precision). */
static void check_double(struct buf *b, double v) {
    const char *text = real_text(b, v);
    double back;
    if (!str_to_double(str_of(text), &back) || back != v || signbit(back) != signbit(v))
        fail_msg("%.17g came out as %s", v, text);
    char shortest[40];
    int precision = 1;
    for (; precision < 17; precision++) {
        snprintf(shortest, sizeof shortest, "%.*e", precision - 1, v);
        if (strtod(shortest, NULL) == v) break;
    }
    if (v != (double)(int64_t)v && digits_of(text) > (size_t)precision)
        fail_msg("%.17g came out as %s, %s is shorter", v, text, shortest);
}

static void test_doubles_there_and_back(void **state) {
    (void)state;
    struct prng r = prng_seed(5);
    BUF_AUTO b;
    buf_init(&b, 100);
    for (int i = 0; i < 100000; i++) {
        union {
            uint64_t u;
            double d;
        } any = {prng_u64(&r)};
        if (isfinite(any.d) && i % 10 == 0) check_double(&b, any.d);
        check_double(&b, prng_unit(&r));
        check_double(&b, ldexp(prng_unit(&r) - 0.5, (int)prng_below(&r, 70) - 18));
        check_double(&b, (double)prng_below(&r, 1000000) / 1000);
    }
    for (int k = -17; k < 50; k++) { /* around powers of two, where the step below is half the step above */
        double p = ldexp(1, k);
        check_double(&b, p);
        check_double(&b, nextafter(p, 0));
        check_double(&b, nextafter(p, DBL_MAX));
        check_double(&b, p / 3);
    }
    for (double p = 1e-6; p < 1e17; p *= 10) {
        check_double(&b, p);
        check_double(&b, nextafter(p, 0));
        check_double(&b, nextafter(p, DBL_MAX));
    }
}

/* Each wrong use ends the (child) process. */
static void test_wrong_nesting_asserts(void **state) {
    (void)state;
    static void (*const wrong[])(struct jw *) = {key_outside,    value_without_key, key_without_value,
                                                 end_of_nothing, two_at_the_top,    too_deep};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            signal(SIGABRT, SIG_DFL);
            fclose(stderr); /* the assert's words would look like a failure here */
            struct buf b;
            buf_init(&b, BIG);
            struct jw w = jw_on(&b);
            wrong[i](&w);
            _exit(0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT) fail_msg("case %zu went through", i);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_errors_say_where_and_quote_nothing),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_readers),
        cmocka_unit_test(test_writer),
        cmocka_unit_test(test_wrong_nesting_asserts),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_random_bytes_make_valid_json),
        cmocka_unit_test(test_known_doubles),
        cmocka_unit_test(test_doubles_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
