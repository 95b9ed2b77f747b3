/* CSV: what comes out of each text, what is refused and where, limits, going on after a wrong row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/csv.h"

enum { BIG = 1 << 22 };

/* All of a text as "a|b/c|d/": cells ended by | and rows by /, errors as {where: message}. */
static void render(struct buf *b, struct str text, char separator) {
    ARENA_AUTO a;
    arena_init(&a, BIG);
    struct csv c;
    csv_init(&c, text, separator);
    for (;;) {
        struct csv_row row;
        struct err e = {0};
        int rc = csv_next(&c, &a, &row, &e);
        if (rc == 0) return;
        if (rc < 0) buf_fmt(b, "{%s: %.12s}/", e.where, e.msg);
        for (size_t i = 0; rc > 0 && i < row.n; i++) {
            assert_true(str_given(row.cells[i]));
            if (i) buf_c(b, '|');
            buf_str_add(b, row.cells[i]);
        }
        if (rc > 0) buf_c(b, '/');
    }
}

static void test_texts(void **state) {
    (void)state;
    static const struct {
        const char *in, *out;
        char separator; /* 0: comma */
    } rows[] = {
        {"", ""},
        {"a", "a/"},
        {"a,b", "a|b/"},
        {"a,b\n", "a|b/"},
        {"a,b\r\nc,d\r\n", "a|b/c|d/"},
        {"a,b\nc,d", "a|b/c|d/"},
        {"a\rb\r", "a/b/"},
        {"a\n\n\r\n\rb\n\n", "a/b/"},
        {"\n\na", "a/"},
        {",", "|/"},
        {",,\n,", "||/|/"},
        {"a,\nb,", "a|/b|/"},
        {"\"\"", "/"},
        {"\"\"\n\"\"", "//"},
        {"\"a\",\"b\"", "a|b/"},
        {"\"a,b\",c", "a,b|c/"},
        {"\"a\nb\",c\n", "a\nb|c/"},
        {"\"a\r\nb\"\r\n", "a\r\nb/"},
        {"\"a\"\"b\"", "a\"b/"},
        {"\"\"\"\"", "\"/"},
        {"\"\"\"\"\"\",x", "\"\"|x/"},
        {"\"\"\"a\"\"\"", "\"a\"/"},
        {"\xef\xbb\xbf"
         "a,b",
         "a|b/"},
        {"\xef\xbb\xbf\"a\",b", "a|b/"},
        {"\xef\xbb\xbf", ""},
        {" a , b ", " a | b /"},
        {"ni\xc3\xb1o,\xe2\x82\xac", "ni\xc3\xb1o|\xe2\x82\xac/"},
        {"a;b,c;d", "a|b,c|d/", ';'},
        {"a\tb", "a|b/", '\t'},
        {"\"a;b\";c", "a;b|c/", ';'},
        {"a,b,c\nd\ne,f", "a|b|c/d/e|f/"}, /* ragged: the caller's matter */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        BUF_AUTO b;
        buf_init(&b, BIG);
        render(&b, str_of(rows[i].in), rows[i].separator ? rows[i].separator : ',');
        if (!str_is(buf_str(&b), rows[i].out))
            fail_msg("%s gave %s, not %s", rows[i].in, buf_str(&b).p, rows[i].out);
    }
}

static void test_wrong_rows(void **state) {
    (void)state;
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"a\"b\nc", "{row 1, column 1: a quote insi}/c/"},
        {"a,b\nc,d\"\ne,f", "a|b/{row 2, column 2: a quote insi}/e|f/"},
        {"a, \"b\"\nc", "{row 1, column 2: a quote insi}/c/"},
        {"\"a\"b\nc", "{row 1, column 1: text behind }/c/"},
        {"\"a\" ,b\nc", "{row 1, column 1: text behind }/c/"},
        {"x\n\"a,b\nc,d", "x/{row 2, column 1: a quote open}/c|d/"},
        {"\"", "{row 1, column 1: a quote open}/"},
        {"a,\"\"\"", "{row 1, column 2: a quote open}/"},
        {"a,\xff\nb", "{row 1, column 2: is not UTF-8}/b/"},
        {"\"\xc3\",b\nb", "{row 1, column 1: is not UTF-8}/b/"},
        {"\xff\xfe"
         "a",
         "{row 1, column 1: is not UTF-8}/"},
        {"\n\n\"a\"b\n\n\nc\"", "{row 1, column 1: text behind }/{row 2, column 1: a quote insi}/"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        BUF_AUTO b;
        buf_init(&b, BIG);
        render(&b, str_of(rows[i].in), ',');
        assert_string_equal(b.p, rows[i].out);
    }
    BUF_AUTO b;
    buf_init(&b, BIG);
    render(&b, (struct str){"a,b\0c\nd", 7}, ',');
    assert_string_equal(b.p, "{row 1, column 2: holds a zero}/d/");
}

static void test_rows_and_lines(void **state) {
    (void)state;
    ARENA_AUTO a;
    arena_init(&a, BIG);
    struct csv c;
    struct csv_row row;
    csv_init(&c, STR("head\r\n\r\n\"two\r\nlines\nmore\",x\n\"bad\"x\rlast"), ',');
    static const struct {
        int rc;
        size_t row, line;
    } rows[] = {{1, 1, 1}, {1, 2, 3}, {-1, 3, 6}, {1, 4, 7}, {0, 4, 7}, {0, 4, 7}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(csv_next(&c, &a, &row, NULL), rows[i].rc);
        assert_int_equal(c.row, rows[i].row);
        assert_int_equal(c.line, rows[i].line);
    }
}

static void test_cell_limit(void **state) {
    (void)state;
    for (int quoted = 0; quoted < 3; quoted++) { /* 2: with a doubled quote in it */
        for (size_t n = CSV_MAX_CELL - 1; n <= CSV_MAX_CELL + 1; n++) {
            BUF_AUTO text;
            ARENA_AUTO a;
            buf_init(&text, BIG);
            arena_init(&a, BIG);
            buf_z(&text, quoted ? "ok,\"" : "ok,");
            if (quoted == 2) buf_z(&text, "\"\"");
            for (size_t i = quoted == 2; i < n; i++) buf_c(&text, 'x');
            buf_z(&text, quoted ? "\",z\nnext" : ",z\nnext");
            struct csv c;
            struct csv_row row;
            struct err e = {0};
            csv_init(&c, buf_str(&text), ',');
            assert_int_equal(csv_next(&c, &a, &row, &e), n > CSV_MAX_CELL ? -1 : 1);
            assert_int_equal(e.kind, n > CSV_MAX_CELL ? ERR_TOO_LARGE : ERR_NONE);
            if (e.kind) assert_string_equal(e.where, "row 1, column 2");
            if (!e.kind) assert_int_equal(row.cells[1].n, n);
            assert_int_equal(csv_next(&c, &a, &row, &e), 1);
            assert_true(row.n == 1 && str_is(row.cells[0], "next"));
        }
    }
}

static void test_column_limit(void **state) {
    (void)state;
    for (size_t n = CSV_MAX_COLUMNS - 1; n <= CSV_MAX_COLUMNS + 1; n++) {
        BUF_AUTO text;
        ARENA_AUTO a;
        buf_init(&text, BIG);
        arena_init(&a, BIG);
        for (size_t i = 1; i < n; i++) buf_z(&text, "x,");
        buf_z(&text, "x\nnext");
        struct csv c;
        struct csv_row row;
        struct err e = {0};
        csv_init(&c, buf_str(&text), ',');
        assert_int_equal(csv_next(&c, &a, &row, &e), n > CSV_MAX_COLUMNS ? -1 : 1);
        assert_int_equal(e.kind, n > CSV_MAX_COLUMNS ? ERR_TOO_LARGE : ERR_NONE);
        if (!e.kind) assert_int_equal(row.n, n);
        assert_int_equal(csv_next(&c, &a, &row, &e), 1);
        assert_true(str_is(row.cells[0], "next"));
    }
}

static void test_full_arena(void **state) {
    (void)state;
    for (size_t limit = 0; limit <= 64; limit += 16) {
        ARENA_AUTO a;
        arena_init(&a, limit);
        struct csv c;
        struct csv_row row;
        struct err e = {0};
        csv_init(&c, STR("\"a\"\"b\",c"), ',');
        int rc = csv_next(&c, &a, &row, &e);
        assert_int_equal(rc, limit >= 16 + 2 * sizeof(struct str) ? 1 : -1);
        assert_int_equal(e.kind, rc > 0 ? ERR_NONE : ERR_TOO_LARGE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),          cmocka_unit_test(test_wrong_rows),
        cmocka_unit_test(test_rows_and_lines), cmocka_unit_test(test_cell_limit),
        cmocka_unit_test(test_column_limit),   cmocka_unit_test(test_full_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
