/* The route table: every row finds itself, nothing finds what it should not. */
#include "web/internal.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct route *find(const char *method, const char *path, struct str param[2], bool *known,
                                char allow[64]) {
    param[0] = param[1] = STR_NONE;
    return route_find(str_of(method), str_of(path), param, known, allow);
}

/* A path that fits the template, its parameters filled with "p0", "p1". */
static void fill(const char *pattern, char *out) {
    int n = 0;
    while (*pattern) {
        if (*pattern != '{') {
            *out++ = *pattern++;
            continue;
        }
        *out++ = 'p';
        *out++ = (char)('0' + n++);
        while (*pattern++ != '}') continue;
    }
    *out = 0;
}

static void test_every_row_finds_itself(void **state) {
    (void)state;
    for (size_t i = 0; i < web_routes_n; i++) {
        char path[256], allow[64];
        struct str param[2];
        bool known;
        fill(web_routes[i].path, path);
        const struct route *r = find(web_routes[i].method, path, param, &known, allow);
        assert_ptr_equal(r, &web_routes[i]);
        assert_true(known);
        if (strchr(web_routes[i].path, '{')) assert_true(str_is(param[0], "p0"));
        assert_int_equal(route_index(r), (int)i);
    }
}

static void test_rows_are_whole(void **state) {
    (void)state;
    for (size_t i = 0; i < web_routes_n; i++) {
        const struct route *r = &web_routes[i];
        assert_non_null(r->handle);
        assert_true(r->path[0] == '/');
        assert_true(*r->summary && *r->tag);
        /* a body is taken exactly where the table says what it holds */
        assert_int_equal(*r->request != 0, r->body_max > 0);
        if (strcmp(r->method, "GET") == 0) assert_string_equal(r->request, "");
        /* nothing under /api is open but signing in */
        if (strncmp(r->path, "/api/", 5) == 0 && r->access == ACCESS_PUBLIC)
            assert_string_equal(r->path, "/api/v1/session");
    }
}

static void test_misses(void **state) {
    static const struct {
        const char *method, *path;
        bool known;
        const char *allow;
    } rows[] = {
        {"GET", "/api/v1/leads/", false, ""},    /* a parameter is not empty */
        {"GET", "/api/v1/leads/a/b", false, ""}, /* nor two segments */
        {"GET", "/api/v1/lead", false, ""},      /* nor a part of one */
        {"GET", "/api/v1/leadsx", false, ""},
        {"GET", "", false, ""},
        {"GET", "/", false, ""},
        {"GET", "*", false, ""},
        {"GET", "/API/V1/ME", false, ""}, /* case counts */
        {"GET", "/healthz/", false, ""},
        {"POST", "/api/v1/me", true, "GET"},
        {"PATCH", "/api/v1/session", true, "POST, DELETE"},
        {"DELETE", "/api/v1/automation/settings/me", true, "GET, PUT"},
        {"get", "/api/v1/me", true, "GET"},
        {"OPTIONS", "/t", true, "POST"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char allow[64];
        struct str param[2];
        bool known;
        assert_null(find(rows[i].method, rows[i].path, param, &known, allow));
        assert_int_equal(known, rows[i].known);
        assert_string_equal(allow, rows[i].allow);
    }
}

static void test_head_is_get(void **state) {
    (void)state;
    char allow[64];
    struct str param[2];
    bool known;
    const struct route *r = find("HEAD", "/api/v1/leads/17/timeline", param, &known, allow);
    assert_non_null(r);
    assert_string_equal(r->method, "GET");
    assert_true(str_is(param[0], "17"));
    assert_null(find("HEAD", "/t", param, &known, allow));
}

static void test_hostile_paths(void **state) {
    (void)state;
    char path[70000], allow[64];
    struct str param[2];
    bool known;
    memset(path, '/', sizeof path);
    assert_null(route_find(STR("GET"), (struct str){path, sizeof path}, param, &known, allow));
    memset(path, 'a', sizeof path);
    memcpy(path, "/api/v1/leads/", 14);
    const struct route *r = route_find(STR("GET"), (struct str){path, sizeof path}, param, &known, allow);
    assert_non_null(r);
    assert_int_equal(param[0].n, sizeof path - 14);
    path[20] = 0; /* a NUL is a byte like any other here */
    r = route_find(STR("GET"), (struct str){path, sizeof path}, param, &known, allow);
    assert_non_null(r);
}

static void test_access(void **state) {
    static const enum role roles[] = {ROLE_NONE, ROLE_AGENT, ROLE_LEAD, ROLE_ADMIN, ROLE_SERVICE};
    static const bool may[5][5] = {
        /* none, agent, team lead, admin, service */
        [ACCESS_PUBLIC] = {true, true, true, true, true},
        [ACCESS_AGENT] = {false, true, true, true, true},
        [ACCESS_TEAM_LEAD] = {false, false, true, true, true},
        [ACCESS_ADMIN] = {false, false, false, true, true},
        [ACCESS_SERVICE] = {false, false, false, true, true},
    };
    (void)state;
    for (int a = 0; a < 5; a++)
        for (int r = 0; r < 5; r++) assert_int_equal(access_allows((enum access)a, roles[r]), may[a][r]);
}

static void test_etag_matches(void **state) {
    static const struct {
        const char *header;
        bool match;
    } rows[] = {{"\"abc\"", true}, {"W/\"abc\"", true}, {"\"x\", \"abc\"", true},
                {"*", true},       {"abc", false},      {"\"ab\"", false},
                {"", false},       {"\"abcd\"", false}, {"w/\"abc\"", false},
                {",,,", false}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(etag_matches(str_of(rows[i].header), "\"abc\""), rows[i].match);
    assert_false(etag_matches(STR_NONE, "\"abc\""));
}

static void test_documents(void **state) {
    (void)state;
    BUF_AUTO b;
    struct err e = {0};
    buf_init(&b, 4 * 1024 * 1024);
    assert_int_equal(openapi_write("1", &b, &e), 0);
    ARENA_AUTO a;
    arena_init(&a, 16 * 1024 * 1024);
    const struct jnode *doc;
    assert_int_equal(json_parse(&a, buf_str(&b), b.n, &doc, &e), 0);
    size_t operations = 0;
    const struct jnode *paths = json_get(doc, "paths");
    for (const struct jnode *p = paths->kids.first; p; p = p->next)
        for (const struct jnode *m = p->kids.first; m; m = m->next) {
            const struct jnode *body = json_get(m, "requestBody");
            operations++;
            if (!body) continue;
            const struct jnode *content = json_get(body, "content")->kids.first;
            assert_non_null(json_get(content, "example")); /* SPEC 26 */
        }
    assert_int_equal(operations, web_routes_n);
    buf_clear(&b);
    assert_int_equal(docs_write("<1>", &b, &e), 0);
    assert_true(str_find(buf_str(&b), STR("<script")) < 0);
    assert_true(str_find(buf_str(&b), STR("&lt;1&gt;")) > 0);
    for (size_t i = 0; i < web_routes_n; i++)
        assert_true(str_find(buf_str(&b), str_of(web_routes[i].path)) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_finds_itself),
        cmocka_unit_test(test_rows_are_whole),
        cmocka_unit_test(test_misses),
        cmocka_unit_test(test_head_is_get),
        cmocka_unit_test(test_hostile_paths),
        cmocka_unit_test(test_access),
        cmocka_unit_test(test_etag_matches),
        cmocka_unit_test(test_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
