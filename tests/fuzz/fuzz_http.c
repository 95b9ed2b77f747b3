/* Requests as an attacker might send them: first byte the way of splitting, then bytes of one connection.
 *
 * Checked besides memory: the verdict does not depend on the splitting; what is accepted keeps the promises
 * that the rest of the program builds on (views inside the bytes, no control bytes, a Host in 1.1, a path
 * that is absolute and has no dot segments, one framing only). */
#include <stdlib.h>

#include "net/http_parse.h"

#define REQUIRE(x)                                                                                           \
    do {                                                                                                     \
        if (!(x)) abort();                                                                                   \
    } while (0)

struct outcome {
    enum http_result head, body;
    struct http_head h;
    int status;
    size_t used, content;
    uint64_t hash;
};

static struct outcome run(const char *p, size_t n, size_t step) {
    struct outcome o = {.body = HTTP_MORE};
    struct http_body b = {0};
    http_head_init(&o.h, NULL);
    for (size_t end = step < n ? step : n;; end = n - end < step ? n : end + step) {
        if (o.head == HTTP_MORE) {
            o.head = http_head_feed(&o.h, p, end);
            if (o.head == HTTP_FAILED) o.status = o.h.status;
            if (o.head == HTTP_DONE) {
                http_body_init(&b, &o.h);
                o.used = o.h.size;
            }
        }
        size_t used = 1;
        while (o.head == HTTP_DONE && o.body == HTTP_MORE && used) {
            struct str data;
            o.body = http_body_feed(&b, p + o.used, end - o.used, &used, &data);
            REQUIRE(used <= end - o.used && data.n <= used);
            o.used += used;
            o.content += data.n;
            for (size_t i = 0; i < data.n; i++) o.hash = o.hash * 31 + (unsigned char)data.p[i];
            if (o.body == HTTP_FAILED) o.status = b.status;
        }
        if (end == n) return o;
    }
}

static void check_path(struct str path) {
    char *out = malloc(path.n + 1);
    size_t n;
    REQUIRE(out != NULL);
    if (http_path_normal(path, out, &n) == 0) {
        struct str s = {out, n};
        REQUIRE(n >= 1 && n <= path.n + 1 && out[0] == '/');
        REQUIRE(str_find(s, STR("/../")) < 0 && str_find(s, STR("/./")) < 0 && !memchr(out, 0, n));
        REQUIRE(n < 3 || memcmp(out + n - 3, "/..", 3) != 0);
    }
    free(out);
}

static void check_query(struct str query) {
    struct str key, value;
    char *out = malloc(query.n + 1);
    size_t n;
    REQUIRE(out != NULL);
    while (http_query_next(&query, &key, &value)) {
        if (http_unescape(key, true, out, &n) == 0) REQUIRE(n <= key.n);
        if (http_unescape(value, true, out, &n) == 0) REQUIRE(n <= value.n);
    }
    free(out);
}

static void check_head(const struct http_head *h, const char *p, size_t n) {
    bool coded = false, counted = false;
    unsigned hosts = 0;
    REQUIRE(h->size <= n && h->n_fields <= HTTP_FIELDS_MAX && h->minor <= 1);
    REQUIRE(http_token_valid(http_view(p, h->method)) && h->target.n > 0);
    REQUIRE(!memchr(p, 0, h->size));
    for (size_t i = 0; i < h->n_fields; i++) {
        struct str name = http_view(p, h->name[i]), value = http_view(p, h->value[i]);
        REQUIRE(http_token_valid(name) && http_value_valid(value));
        REQUIRE(value.p + value.n <= p + h->size);
        hosts += str_eq_ci(name, STR("host"));
        coded |= str_eq_ci(name, STR("transfer-encoding"));
        counted |= str_eq_ci(name, STR("content-length"));
    }
    REQUIRE(hosts <= 1 && (hosts == 1 || h->minor == 0));
    REQUIRE(!(coded && counted));
    REQUIRE((h->body == HTTP_BODY_CHUNKED) == coded && (h->body == HTTP_BODY_LENGTH) == counted);
    if (h->has_host) REQUIRE(http_host_valid(http_view(p, h->host)));
    if (!str_is(http_view(p, h->path), "*")) check_path(http_view(p, h->path));
    if (h->has_query) check_query(http_view(p, h->query));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    const char *p = (const char *)data + 1;
    size_t n = size - 1, step = data[0] ? data[0] : 1;
    struct outcome whole = run(p, n, n), split = run(p, n, step);
    REQUIRE(whole.head == split.head && whole.body == split.body && whole.status == split.status);
    REQUIRE(whole.used == split.used && whole.content == split.content && whole.hash == split.hash);
    REQUIRE(whole.h.n_fields == split.h.n_fields);
    if (whole.head == HTTP_DONE) check_head(&whole.h, p, n);
    check_path((struct str){p, n});
    return 0;
}
