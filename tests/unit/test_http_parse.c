/* The request parser: a table of requests and verdicts, each given in one piece, byte by byte, and split at
 * every place; the limits at n-1, n and n+1; paths, hosts, queries. The first rows are the probes by which
 * packaged servers were judged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "net/http_parse.h"

struct result {
    int status; /* 0: a whole request */
    bool more;
    struct http_head head;
    char body[4096];
    size_t body_n, used;
};

static void take_body(struct result *r, struct http_body *b, const char *p, size_t n, size_t *at) {
    enum http_result got = HTTP_MORE;
    size_t used = 1;
    while (got == HTTP_MORE && used > 0) {
        struct str data;
        got = http_body_feed(b, p + *at, n - *at, &used, &data);
        assert_true(used <= n - *at && data.n <= n - *at);
        *at += used;
        assert_true(r->body_n + data.n <= sizeof r->body);
        if (data.n) memcpy(r->body + r->body_n, data.p, data.n);
        r->body_n += data.n;
    }
    r->more = got == HTTP_MORE;
    if (got == HTTP_FAILED) r->status = b->status;
}

/* Feeds p[0..n) with reads ending at first, first + step, ... and n. */
static struct result feed(const char *p, size_t n, size_t first, size_t step) {
    struct result r = {.more = true};
    struct http_body b;
    size_t at = 0;
    bool in_body = false;
    http_head_init(&r.head, NULL);
    for (size_t end = first < n ? first : n; r.more; end = end + step < n ? end + step : n) {
        if (!in_body) {
            enum http_result got = http_head_feed(&r.head, p, end);
            r.more = got == HTTP_MORE;
            if (got == HTTP_FAILED) r.status = r.head.status;
            if (got == HTTP_DONE) {
                in_body = true;
                at = r.head.size;
                http_body_init(&b, &r.head);
            }
        }
        if (in_body) take_body(&r, &b, p, end, &at);
        if (end == n) break;
    }
    r.used = at;
    return r;
}

static void assert_same(const struct result *a, const struct result *b) {
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->more, b->more);
    assert_int_equal(a->body_n, b->body_n);
    assert_memory_equal(a->body, b->body, a->body_n);
    assert_int_equal(a->used, b->used);
    assert_int_equal(a->head.n_fields, b->head.n_fields);
    if (a->status || a->more) return;
    assert_int_equal(a->head.size, b->head.size);
    assert_int_equal(a->head.keep_alive, b->head.keep_alive);
    assert_memory_equal(&a->head.path, &b->head.path, sizeof a->head.path);
    assert_memory_equal(&a->head.host, &b->head.host, sizeof a->head.host);
}

static struct result judge(struct str s) {
    struct result whole = feed(s.p, s.n, s.n, 1), bytes = feed(s.p, s.n, 1, 1);
    assert_same(&whole, &bytes);
    for (size_t k = 1; k < s.n && s.n < 4096; k++) {
        struct result two = feed(s.p, s.n, k, s.n);
        assert_same(&whole, &two);
    }
    return whole;
}

enum { OK = 0, MORE = 1 };
struct row {
    struct str bytes;
    int expect; /* status, OK or MORE */
    const char *body;
};
#define R(bytes, expect)                                                                                     \
    { STR(bytes), expect, NULL }
#define B(bytes, body)                                                                                       \
    { STR(bytes), OK, body }
#define H                  "Host: a\r\n"
#define GET(fields)        "GET / HTTP/1.1\r\n" H fields "\r\n"
#define POST(fields, body) "POST / HTTP/1.1\r\n" H fields "\r\n" body
#define CHUNKED(body)      POST("Transfer-Encoding: chunked\r\n", body)
#define LINE(line)         line "\r\n" H "\r\n"
#define TARGET(target)     LINE("GET " target " HTTP/1.1")
#define HOST(value)        "GET / HTTP/1.1\r\nHost:" value "\r\n\r\n"

static void check_rows(const struct row *rows, size_t n) {
    for (size_t i = 0; i < n; i++) {
        struct result r = judge(rows[i].bytes);
        int got = r.more ? MORE : r.status;
        if (got != rows[i].expect)
            fail_msg("row %zu: got %d (%s), expected %d:\n%.*s", i, got, r.head.why ? r.head.why : "",
                     rows[i].expect, STR_FMT(rows[i].bytes));
        if (rows[i].body) {
            struct str body = {r.body, r.body_n};
            if (!str_is(body, rows[i].body)) fail_msg("row %zu: body '%.*s'", i, STR_FMT(body));
        }
    }
}
#define CHECK(rows) check_rows(rows, sizeof rows / sizeof *rows)

static void probes(void **state) {
    (void)state;
    static const struct row rows[] = {
        R(GET(""), OK),
        R(POST("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400),
        R(POST("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), 400),
        R(POST("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), 400),
        R(POST("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400),
        R(POST("Content-Length: 5, 5\r\n", "hello"), 400),
        R(POST("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 501),
        R(POST("Content-Length: +5\r\n", "hello"), 400),
        R("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        R(GET("A: b\r\n c\r\n"), 400),
        R(GET("A: b\r\n\tc\r\n"), 400),
        R("GET / HTTP/1.1\nHost: a\n\n", 400),
        R("GET / HTTP/1.1\r\nHost: a\n\r\n", 400),
        R("GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
        R(GET("A: b\0c\r\n"), 400),
        R(GET("A: b\rc\r\n"), 400),
        R("GET / HTTP/1.1\r\n\r\n", 400),
        R(CHUNKED("ffffffffffffffff\r\n"), 400),
        R(CHUNKED("10000000000000000\r\n"), 400),
        R(CHUNKED("0000000000000000000000005\r\nhello\r\n0\r\n\r\n"), 400),
    };
    CHECK(rows);
}

static void request_lines(void **state) {
    (void)state;
    static const struct row rows[] = {
        R("", MORE),
        R("GET", MORE),
        R("\r\n", MORE),
        R("\r\n" GET(""), OK),
        R("\r\n\r\n" GET(""), 400),
        R("\n" GET(""), 400),
        R("\rGET / HTTP/1.1\r\n\r\n", 400),
        R(" GET / HTTP/1.1\r\n\r\n", 400),
        R(LINE("get / HTTP/1.1"), OK), /* a token like any other: the app says 405 */
        R(LINE("M-SEARCH / HTTP/1.1"), OK),
        R(LINE("G@T / HTTP/1.1"), 400),
        R(LINE("GET\t/ HTTP/1.1"), 400),
        R(LINE("GET  / HTTP/1.1"), 400),
        R(LINE("GET /  HTTP/1.1"), 400),
        R(LINE("GET / HTTP/1.1 "), 400),
        R(LINE("GET /"), 400),
        R(LINE("GET / "), 400),
        R(LINE("GET"), 400),
        R(LINE("GET HTTP/1.1"), 400),
        R(LINE("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF / HTTP/1.1"), OK),
        R(LINE("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1"), 501),
        R(LINE("CONNECT a:443 HTTP/1.1"), 501),
        R(LINE("GET / HTTP/1.0"), OK),
        R("GET / HTTP/1.0\r\n\r\n", OK),
        R(LINE("GET / HTTP/1.2"), 505),
        R(LINE("GET / HTTP/2.0"), 505),
        R(LINE("GET / HTTP/0.9"), 505),
        R("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400), /* '*' is for OPTIONS */
        R(LINE("GET / HTTP/2"), 400),
        R(LINE("GET / HTTP/1.10"), 400),
        R(LINE("GET / HTTP/11.1"), 400),
        R(LINE("GET / http/1.1"), 400),
        R(LINE("GET / HTTP/1,1"), 400),
        R(LINE("GET / HTTP/+1.1"), 400),
        R(LINE("GET / HTTPS/1.1"), 400),
        R("\x16\x03\x01\x02", 400), /* TLS to the plain port: told at the first byte */
        R("GET / HTTP/1.1\r\r\n", 400),
        R("GET / HTTP/1.1\rX", 400),
        R("GET /\0 HTTP/1.1\r\n", 400),
    };
    CHECK(rows);
}

static void targets(void **state) {
    (void)state;
    static const struct row rows[] = {
        R(TARGET("/a/b?c=d&e=%20"), OK),
        R(TARGET("/?a=[\"|{}^`<>\\]"), OK),
        R(TARGET("/a#b"), 400),
        R(TARGET("/a?b#c"), 400),
        R(TARGET("/a\"b"), 400),
        R(TARGET("/a\\b"), 400),
        R(TARGET("/a\x7f"), 400),
        R(TARGET("/a\xc3\xa4"), 400),
        R(TARGET("/?\xc3\xa4"), 400),
        R(TARGET("a/b"), 400),
        R(TARGET("?a"), 400),
        R(TARGET("*"), 400),
        R(LINE("OPTIONS * HTTP/1.1"), OK),
        R(LINE("OPTIONS */ HTTP/1.1"), 400),
        R(TARGET("http://b.example/x?y"), OK),
        R(TARGET("HTTPS://b.example:443/x"), OK),
        R(TARGET("http://b.example"), OK),
        R(TARGET("http://b.example?q"), OK),
        R(TARGET("http://[::1]:8080/x"), OK),
        R(TARGET("http://user@b.example/x"), 400),
        R(TARGET("http:///x"), 400),
        R(TARGET("http://b.example:99999/"), 400),
        R(TARGET("http:/b.example/"), 400),
        R(TARGET("httpx://b/"), 400),
        R(TARGET("htt://b/"), 400),
        R(TARGET("ftp://b/"), 400),
        R(TARGET("http://b#c"), 400),
    };
    CHECK(rows);
}

static void fields(void **state) {
    (void)state;
    static const struct row rows[] = {
        R(GET("A:b\r\n"), OK),
        R(GET("A:\r\n"), OK),
        R(GET("A: \t \r\n"), OK),
        R(GET("A: b\tc \xff\r\n"), OK),
        R(GET("A: b\x7f\r\n"), 400),
        R(GET("A: b\x01\r\n"), 400),
        R(GET(": b\r\n"), 400),
        R(GET("A b\r\n"), 400),
        R(GET("A(b): c\r\n"), 400),
        R(GET("A\xc3\xa4: c\r\n"), 400),
        R(GET("A\r\n"), 400),
        R(GET("A\0: b\r\n"), 400),
        R(GET(" A: b\r\n"), 400),
        R("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
        R(GET("A: b\r\r\n"), 400),
        R(GET("A: b\n"), 400),
        R("GET / HTTP/1.1\r\nHost: a\r\n\rX", 400),
        R(HOST(" a") "GET /", OK),
        R(HOST(""), 400),
        R(HOST(" a b"), 400),
        R(HOST(" a,b"), OK), /* a reg-name may hold a comma; no such host is known */
        R(HOST(" a/b"), 400),
        R(HOST(" u@a"), 400),
        R(HOST(" a:80"), OK),
        R(HOST(" a:"), OK),
        R(HOST(" a:x"), 400),
        R(HOST(" a:65535"), OK),
        R(HOST(" a:65536"), 400),
        R(HOST(" :80"), 400),
        R(HOST(" [::1]"), OK),
        R(HOST(" [::1"), 400),
        R(HOST(" []"), 400),
        R(HOST(" [::1]x"), 400),
        R(HOST(" a%41"), OK),
        R(HOST(" a%4"), 400),
        R(HOST(" a%00"), 400),
        R(HOST(" a\r\nHost: a"), 400),
        R("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        R("GET http://b/ HTTP/1.1\r\n\r\n", 400),
        R("GET http://b/ HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        R(GET("Expect: 100-Continue\r\n"), OK),
        R(GET("Expect: tea\r\n"), 417),
    };
    CHECK(rows);
}

static void framing(void **state) {
    (void)state;
    static const struct row rows[] = {
        B(POST("Content-Length: 5\r\n", "hello"), "hello"),
        B(POST("content-LENGTH:   5\t\r\n", "helloGET "), "hello"),
        B(POST("Content-Length: 0\r\n", "x"), ""),
        B(POST("Content-Length: 0000000000000000000000000005\r\n", "hello"), "hello"),
        R(POST("Content-Length: 5\r\n", "hell"), MORE),
        R(POST("Content-Length:\r\n", ""), 400),
        R(POST("Content-Length: -1\r\n", ""), 400),
        R(POST("Content-Length: -0\r\n", ""), 400),
        R(POST("Content-Length: 0x5\r\n", "hello"), 400),
        R(POST("Content-Length: 5 5\r\n", "hello"), 400),
        R(POST("Content-Length: 5;\r\n", "hello"), 400),
        R(POST("Content-Length: 9223372036854775807\r\n", ""), MORE),
        R(POST("Content-Length: 9223372036854775808\r\n", ""), 400),
        R(POST("Content-Length: 18446744073709551621\r\n", "hello"), 400),
        R("GET / HTTP/1.0\r\nContent-Length: 2\r\n\r\nab", OK),
        R("POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        B(POST("Transfer-Encoding: Chunked \r\n", "0\r\n\r\n"), ""),
        R(POST("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", ""), 400),
        R(POST("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", ""), 501),
        R(POST("Transfer-Encoding: chunked, chunked\r\n", ""), 400),
        R(POST("Transfer-Encoding: gzip, chunked\r\n", ""), 501),
        R(POST("Transfer-Encoding: chunked, gzip\r\n", ""), 501),
        R(POST("Transfer-Encoding: chunked;a=b\r\n", ""), 501),
        R(POST("Transfer-Encoding: \"chunked\"\r\n", ""), 501),
        R(POST("Transfer-Encoding:\r\n", ""), 400),
        R(POST("Transfer-Encoding: \x0b"
               "chunked\r\n",
               ""),
          400),
        R(POST("Transfer-Encoding\x0b: chunked\r\n", ""), 400),
        R(POST("Transfer_Encoding: chunked\r\n", "0\r\n\r\n"), OK), /* another field: no body */
    };
    CHECK(rows);
}

static void chunks(void **state) {
    (void)state;
    static const struct row rows[] = {
        B(CHUNKED("5\r\nhello\r\n0\r\n\r\nGET"), "hello"),
        B(CHUNKED("3\r\nhel\r\n00002\r\nlo\r\n000\r\n\r\n"), "hello"),
        B(CHUNKED("A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n"), "01234567890123456789"),
        B(CHUNKED("5;a\r\nhello\r\n0;b=c;d=\"e \\\" \xc3\xa4\"\r\n\r\n"), "hello"),
        B(CHUNKED("5 ; a = b \t; c\r\nhello\r\n0\r\n\r\n"), "hello"),
        B(CHUNKED("0\r\nA: b\r\nC:\r\n\r\n"), ""),
        R(CHUNKED("5\r\nhello\r\n"), MORE),
        R(CHUNKED("0\r\n"), MORE),
        R(CHUNKED("0\r\n\r"), MORE),
        R(CHUNKED("0\r\nA: b\r\n"), MORE),
        R(CHUNKED("\r\n"), 400),
        R(CHUNKED(";a\r\n"), 400),
        R(CHUNKED("g\r\n"), 400),
        R(CHUNKED("0x5\r\nhello"), 400),
        R(CHUNKED("-5\r\nhello"), 400),
        R(CHUNKED("+5\r\nhello"), 400),
        R(CHUNKED(" 5\r\nhello"), 400),
        R(CHUNKED("5 \r\nhello"), 400),
        R(CHUNKED("5\nhello\n0\n\n"), 400),
        R(CHUNKED("5\rXhello"), 400),
        R(CHUNKED("5\r\nhelloX\r\n"), 400),
        R(CHUNKED("5\r\nhello\n"), 400),
        R(CHUNKED("5\r\nhello\r0\r\n"), 400),
        R(CHUNKED("5;\r\nhello"), 400),
        R(CHUNKED("5;a\nhello\r\n"), 400),
        R(CHUNKED("5;a=\r\nhello"), 400),
        R(CHUNKED("5;a=\"b\r\nhello"), 400),
        R(CHUNKED("5;a=\"b\\\r\nhello"), 400),
        R(CHUNKED("5;a=\"b\"c\r\nhello"), 400),
        R(CHUNKED("5;a b\r\nhello"), 400),
        R(CHUNKED("5;a\0\r\nhello"), 400),
        R(CHUNKED("5;a=b\0\r\nhello"), 400),
        R(CHUNKED("0\r\nA : b\r\n\r\n"), 400),
        R(CHUNKED("0\r\n A: b\r\n\r\n"), 400),
        R(CHUNKED("0\r\nA: b\r\n c\r\n\r\n"), 400),
        R(CHUNKED("0\r\nA: b\n\r\n"), 400),
        R(CHUNKED("0\r\nA\r\n\r\n"), 400),
        R(CHUNKED("0\r\n: b\r\n\r\n"), 400),
        R(CHUNKED("0\r\nA: b\0\r\n\r\n"), 400),
        R(CHUNKED("0\r\n\rX"), 400),
        R(CHUNKED("0\r\n\n"), 400),
        R(CHUNKED("7fffffffffffffff\r\n"), MORE),
        R(CHUNKED("8000000000000000\r\n"), 400),
        R(CHUNKED("0000000000000005\r\nhello\r\n0\r\n\r\n"), OK),
        R(CHUNKED("00000000000000005\r\nhello\r\n0\r\n\r\n"), 400),
    };
    CHECK(rows);
}

/* ---- what a good head gives ---- */

static void views(void **state) {
    (void)state;
    struct str s = STR(
        "\r\nPUT http://b.example:8080/a/%62?x=1 HTTP/1.1\r\nHost: a\r\nX-One: 1 2 \r\nX-Two:\r\n\r\nrest");
    struct result r = judge(s);
    const struct http_head *h = &r.head;
    assert_int_equal(r.status, 0);
    assert_true(str_is(http_view(s.p, h->method), "PUT"));
    assert_true(str_is(http_view(s.p, h->target), "http://b.example:8080/a/%62?x=1"));
    assert_true(str_is(http_view(s.p, h->path), "/a/%62"));
    assert_true(h->has_query && str_is(http_view(s.p, h->query), "x=1"));
    assert_true(h->has_host && str_is(http_view(s.p, h->host), "b.example:8080"));
    assert_int_equal(h->n_fields, 3);
    assert_true(str_is(http_view(s.p, h->name[1]), "X-One"));
    assert_true(str_is(http_view(s.p, h->value[1]), "1 2"));
    assert_true(str_is(http_view(s.p, h->value[2]), ""));
    assert_int_equal(h->size, s.n - 4);
    assert_int_equal(h->minor, 1);
}

static void keep_alive(void **state) {
    (void)state;
    static const struct {
        struct str bytes;
        bool keep, expect;
    } rows[] = {
        {STR(GET("")), true, false},
        {STR(GET("Connection: close\r\n")), false, false},
        {STR(GET("Connection: Upgrade, CLOSE\r\n")), false, false},
        {STR(GET("Connection: keep-alive\r\nConnection: close\r\n")), false, false},
        {STR(GET("Connection: closed\r\n")), true, false},
        {STR("GET / HTTP/1.0\r\n\r\n"), false, false},
        {STR("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), true, false},
        {STR("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n"), false, false},
        {STR(GET("Expect: 100-continue\r\n")), true, true},
        {STR("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n"), false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct result r = judge(rows[i].bytes);
        assert_int_equal(r.status, 0);
        assert_int_equal(r.head.keep_alive, rows[i].keep);
        assert_int_equal(r.head.expect_continue, rows[i].expect);
    }
}

static void begun(void **state) {
    (void)state;
    struct http_head h;
    http_head_init(&h, NULL);
    assert_false(http_head_begun(&h));
    assert_int_equal(http_head_feed(&h, "\r\n", 2), HTTP_MORE);
    assert_false(http_head_begun(&h));
    assert_int_equal(http_head_feed(&h, "\r\nG", 3), HTTP_MORE);
    assert_true(http_head_begun(&h));
}

/* ---- limits ---- */

static int verdict(struct buf *b) {
    assert_true(buf_ok(b));
    struct result whole = feed(b->p, b->n, b->n, 1), bytes = feed(b->p, b->n, 1, 1);
    struct result odd = feed(b->p, b->n, 7, 4093);
    assert_same(&whole, &bytes);
    assert_same(&whole, &odd);
    return whole.more ? MORE : whole.status;
}

static void fill(struct buf *b, char c, size_t n) {
    for (size_t i = 0; i < n; i++) buf_c(b, c);
}

static void line_limit(void **state) {
    (void)state;
    for (int d = -1; d <= 1; d++) {
        for (int query = 0; query < 2; query++) {
            BUF_AUTO b;
            buf_init(&b, 100000);
            buf_z(&b, query ? "GET /?" : "GET /a");
            fill(&b, 'x', (size_t)(HTTP_LINE_MAX + d) - 6 - 9);
            buf_z(&b, " HTTP/1.1\r\nHost: a\r\n\r\n");
            assert_int_equal(verdict(&b), d > 0 ? 414 : OK);
        }
    }
    BUF_AUTO endless;
    buf_init(&endless, 100000);
    buf_z(&endless, "GET /");
    fill(&endless, 'x', 99000);
    assert_int_equal(verdict(&endless), 414);
}

static void head_limit(void **state) {
    (void)state;
    for (int d = -1; d <= 1; d++) {
        BUF_AUTO b;
        buf_init(&b, 100000);
        buf_z(&b, "GET / HTTP/1.1\r\n" H "A: ");
        fill(&b, 'x', (size_t)(HTTP_HEAD_MAX + d) - 9 - 3 - 2);
        buf_z(&b, "\r\n\r\n");
        assert_int_equal(verdict(&b), d > 0 ? 431 : OK);
    }
    BUF_AUTO endless;
    buf_init(&endless, 200000);
    buf_z(&endless, "GET / HTTP/1.1\r\n");
    fill(&endless, 'x', 100000);
    assert_int_equal(verdict(&endless), 431);
}

static void field_limit(void **state) {
    (void)state;
    for (int d = -1; d <= 1; d++) {
        BUF_AUTO b;
        buf_init(&b, 100000);
        buf_z(&b, "GET / HTTP/1.1\r\n" H);
        for (int i = 1; i < HTTP_FIELDS_MAX + d; i++) buf_z(&b, "A: b\r\n");
        buf_z(&b, "\r\n");
        assert_int_equal(verdict(&b), d > 0 ? 431 : OK);
    }
}

static void own_limits(void **state) {
    (void)state;
    struct http_limits l = {.line_max = 20, .head_max = 30, .fields_max = 2};
    static const struct {
        const char *bytes;
        int status;
    } rows[] = {
        {"GET /123456 HTTP/1.1\r\nHost: a\r\n\r\n", 0},
        {"GET /1234567 HTTP/1.1\r\nHost: a\r\n\r\n", 414},
        {"GET / HTTP/1.1\r\nHost: a\r\nA: 1234567890123456\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\nHost: a\r\nA: 12345678901234567\r\n\r\n", 431},
        {"GET / HTTP/1.1\r\nHost: a\r\nA:\r\nB:\r\n\r\n", 431},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_head h;
        http_head_init(&h, &l);
        enum http_result r = http_head_feed(&h, rows[i].bytes, strlen(rows[i].bytes));
        assert_int_equal(r == HTTP_DONE ? 0 : h.status, rows[i].status);
    }
}

static void chunk_limits(void **state) {
    (void)state;
    for (int d = -1; d <= 1; d++) {
        BUF_AUTO line, trailer, many;
        buf_init(&line, 100000);
        buf_init(&trailer, 100000);
        buf_init(&many, 100000);
        buf_z(&line, CHUNKED("0;"));
        fill(&line, 'x', (size_t)(HTTP_CHUNK_LINE_MAX + d) - 2);
        buf_z(&line, "\r\n\r\n");
        assert_int_equal(verdict(&line), d > 0 ? 400 : OK);
        buf_z(&trailer, CHUNKED("0\r\nA:"));
        fill(&trailer, 'x', (size_t)(HTTP_TRAILER_MAX + d) - 2 - 2);
        buf_z(&trailer, "\r\n\r\n");
        assert_int_equal(verdict(&trailer), d > 0 ? 431 : OK);
        buf_z(&many, CHUNKED("0\r\n"));
        for (int i = 0; i < HTTP_TRAILERS_MAX + d; i++) buf_z(&many, "A: b\r\n");
        buf_z(&many, "\r\n");
        assert_int_equal(verdict(&many), d > 0 ? 431 : OK);
    }
}

/* ---- the parts ---- */

static void paths(void **state) {
    (void)state;
    static const struct {
        struct str in;
        const char *out; /* NULL: refused */
    } rows[] = {
        {STR(""), "/"},
        {STR("/"), "/"},
        {STR("/a/b"), "/a/b"},
        {STR("/a/b/"), "/a/b/"},
        {STR("/a//b"), "/a//b"},
        {STR("//"), "//"},
        {STR("/%61%2d%7E"), "/a-~"},
        {STR("/a%20b+c"), "/a b+c"},
        {STR("/%c3%a4"), "/\xc3\xa4"},
        {STR("/."), "/"},
        {STR("/./a"), "/a"},
        {STR("/a/."), "/a/"},
        {STR("/a/.."), "/"},
        {STR("/a/../b"), "/b"},
        {STR("/a/b/../../c"), "/c"},
        {STR("/a/%2e%2E/b"), "/b"},
        {STR("/a/.%2e"), "/"},
        {STR("/a//../b"), "/a/b"},
        {STR("/.../..a/a..b"), "/.../..a/a..b"},
        {STR("/.."), NULL},
        {STR("/../a"), NULL},
        {STR("/a/../../b"), NULL},
        {STR("/%2e%2e/a"), NULL},
        {STR("/%00"), NULL},
        {STR("/%0a"), NULL},
        {STR("/%7f"), NULL},
        {STR("/a%2fb"), NULL},
        {STR("/%"), NULL},
        {STR("/%4"), NULL},
        {STR("/%4g"), NULL},
        {STR("/%zz"), NULL},
        {STR("a"), NULL},
        {STR("/a?b"), NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *out = malloc(rows[i].in.n + 1); /* exact, so that the sanitizer sees an overrun */
        size_t n = 0;
        int r = http_path_normal(rows[i].in, out, &n);
        if (r != (rows[i].out ? 0 : -1) || (!r && !str_is((struct str){out, n}, rows[i].out)))
            fail_msg("'%.*s': %d '%.*s'", STR_FMT(rows[i].in), r, (int)n, out);
        free(out);
    }
}

static void escapes(void **state) {
    (void)state;
    char out[64];
    size_t n;
    assert_int_equal(http_unescape(STR("a+b%2B%2f%0A"), true, out, &n), 0);
    assert_true(str_is((struct str){out, n}, "a b+/\n"));
    assert_int_equal(http_unescape(STR("a+b"), false, out, &n), 0);
    assert_true(str_is((struct str){out, n}, "a+b"));
    assert_int_equal(http_unescape(STR(""), true, out, &n), 0);
    assert_int_equal(n, 0);
    assert_int_equal(http_unescape(STR("%00"), true, out, &n), -1);
    assert_int_equal(http_unescape(STR("%"), true, out, &n), -1);
    assert_int_equal(http_unescape(STR("a%1"), true, out, &n), -1);
    assert_int_equal(http_unescape(STR("%g1"), true, out, &n), -1);
}

static void queries(void **state) {
    (void)state;
    struct str rest = STR("a=1&&b&=c&d=x=y&"), key, value;
    static const char *const expect[][2] = {{"a", "1"}, {"b", ""}, {"", "c"}, {"d", "x=y"}};
    for (size_t i = 0; i < 4; i++) {
        assert_true(http_query_next(&rest, &key, &value));
        assert_true(str_is(key, expect[i][0]));
        assert_true(str_is(value, expect[i][1]));
    }
    assert_false(http_query_next(&rest, &key, &value));
    rest = STR_NONE;
    assert_false(http_query_next(&rest, &key, &value));
}

static void tokens(void **state) {
    (void)state;
    assert_true(http_token_valid(STR("a-Z0!#$%&'*+.^_`|~")));
    assert_false(http_token_valid(STR("")));
    assert_false(http_token_valid(STR("a b")));
    assert_false(http_token_valid(STR("a:")));
    assert_true(http_value_valid(STR("")));
    assert_true(http_value_valid(STR("a\tb \xff")));
    assert_false(http_value_valid(STR("a\r\nb")));
    assert_false(http_value_valid(STR("a\0b")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probes),     cmocka_unit_test(request_lines), cmocka_unit_test(targets),
        cmocka_unit_test(fields),     cmocka_unit_test(framing),       cmocka_unit_test(chunks),
        cmocka_unit_test(views),      cmocka_unit_test(keep_alive),    cmocka_unit_test(begun),
        cmocka_unit_test(line_limit), cmocka_unit_test(head_limit),    cmocka_unit_test(field_limit),
        cmocka_unit_test(own_limits), cmocka_unit_test(chunk_limits),  cmocka_unit_test(paths),
        cmocka_unit_test(escapes),    cmocka_unit_test(queries),       cmocka_unit_test(tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
