/* Kept answers: found while they hold, never after a change, never by somebody else, and bounded. */
#include "web/internal.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct tenant_id tenant(uint8_t n) {
    return (struct tenant_id){{{1, 2, 3, n}}};
}

static struct kept_key key(uint8_t t, uint8_t user, const char *target) {
    return (struct kept_key){tenant(t), {{9, user}}, str_of(target)};
}

static struct http_blob *blob(const char *body) {
    return http_blob_new(200, NULL, 0, str_of(body));
}

/* Puts and gives up its own reference, as the web layer does. */
static void put(struct kept *k, const struct kept_key *at, uint64_t foreign, const char *body) {
    struct http_blob *b = blob(body);
    kept_put(k, at, kept_generation(k, at->tenant), foreign, b);
    http_blob_unref(b);
}

static bool has(struct kept *k, const struct kept_key *at, uint64_t foreign, const char *body) {
    struct http_blob *b = kept_get(k, at, foreign);
    bool same = b && str_is(http_blob_body(b), body);
    http_blob_unref(b);
    return same;
}

static void test_found_until_changed(void **state) {
    (void)state;
    struct kept *k = kept_new();
    struct kept_key at = key(1, 1, "/a?b=c");
    assert_null(kept_get(k, &at, 0));
    put(k, &at, 0, "one");
    assert_true(has(k, &at, 0, "one"));
    put(k, &at, 0, "two");
    assert_true(has(k, &at, 0, "two"));
    kept_changed(k, tenant(1));
    assert_null(kept_get(k, &at, 0));
    put(k, &at, 0, "three");
    assert_true(has(k, &at, 0, "three"));
    kept_free(k);
}

static void test_belongs_to_one_caller(void **state) {
    (void)state;
    struct kept *k = kept_new();
    struct kept_key at = key(1, 1, "/a"), other_user = key(1, 2, "/a"), other_tenant = key(2, 1, "/a");
    struct kept_key longer = key(1, 1, "/aa"), query = key(1, 1, "/a?");
    put(k, &at, 0, "mine");
    assert_null(kept_get(k, &other_user, 0));
    assert_null(kept_get(k, &other_tenant, 0));
    assert_null(kept_get(k, &longer, 0));
    assert_null(kept_get(k, &query, 0));
    kept_changed(k, tenant(200)); /* somebody else's change */
    assert_true(has(k, &at, 0, "mine"));
    kept_free(k);
}

/* An answer that was made while something changed is old already. */
static void test_change_while_making(void **state) {
    (void)state;
    struct kept *k = kept_new();
    struct kept_key at = key(1, 1, "/a");
    uint64_t before = kept_generation(k, at.tenant);
    struct http_blob *b = blob("old");
    kept_changed(k, at.tenant);
    kept_put(k, &at, before, 0, b);
    http_blob_unref(b);
    assert_null(kept_get(k, &at, 0));
    kept_free(k);
}

static void test_another_process_wrote(void **state) {
    (void)state;
    struct kept *k = kept_new();
    struct kept_key at = key(1, 1, "/a");
    put(k, &at, 7, "seven");
    assert_true(has(k, &at, 7, "seven"));
    assert_null(kept_get(k, &at, 8));
    kept_free(k);
}

static void test_too_large_is_not_kept(void **state) {
    (void)state;
    struct kept *k = kept_new();
    static char body[256 * 1024 + 2], target[258];
    memset(body, 'x', sizeof body - 1);
    memset(target, 'y', sizeof target - 1);
    struct kept_key at = key(1, 1, "/a");
    put(k, &at, 0, body); /* 256 KiB + 1 */
    assert_null(kept_get(k, &at, 0));
    body[sizeof body - 2] = 0;
    put(k, &at, 0, body);
    assert_true(has(k, &at, 0, body));
    at = key(1, 1, target); /* 257 */
    put(k, &at, 0, "x");
    assert_null(kept_get(k, &at, 0));
    target[256] = 0;
    at = key(1, 1, target);
    put(k, &at, 0, "x");
    assert_true(has(k, &at, 0, "x"));
    kept_free(k);
}

/* More answers than there is room for: the newest are found, memory is bounded by the table (the sanitizers count the blobs). */
static void test_bounded(void **state) {
    (void)state;
    struct kept *k = kept_new();
    char target[32];
    int found = 0;
    for (int i = 0; i < 30000; i++) {
        snprintf(target, sizeof target, "/t/%d", i);
        struct kept_key at = key(1, 1, target);
        put(k, &at, 0, target);
        assert_true(has(k, &at, 0, target));
    }
    for (int i = 0; i < 30000; i++) {
        snprintf(target, sizeof target, "/t/%d", i);
        struct kept_key at = key(1, 1, target);
        found += has(k, &at, 0, target);
    }
    assert_true(found > 4000);
    assert_true(found <= 8192);
    kept_free(k);
    kept_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found_until_changed),   cmocka_unit_test(test_belongs_to_one_caller),
        cmocka_unit_test(test_change_while_making),   cmocka_unit_test(test_another_process_wrote),
        cmocka_unit_test(test_too_large_is_not_kept), cmocka_unit_test(test_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
