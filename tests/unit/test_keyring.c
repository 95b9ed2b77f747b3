/* The key tree: master keys in text, tenants' and leads' keys under them, rotation, erasure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto/seal.h"
#include "seeded_chance.h"

#define K1 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define K2 "A0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"

static struct tenant_id tenant(uint8_t with) {
    struct tenant_id t;
    memset(t.id.b, with, sizeof t.id.b);
    return t;
}

static struct id lead(uint8_t with) {
    return tenant(with).id;
}
static struct str wrapped_str(const uint8_t w[WRAPPED_BYTES]) {
    return (struct str){(const char *)w, WRAPPED_BYTES};
}

static struct keyring *ring(const char *text) {
    struct keyring *k = NULL;
    struct err e = {0};
    if (keyring_read(str_of(text), &k, &e) < 0) fail_msg("%s: %s", e.where, e.msg);
    return k;
}

static void test_texts_that_are_read(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint32_t current;
    } cases[] = {
        {"1:" K1, 1},
        {"1:" K1 "\n", 1},
        {"# the first\r\n\r\n  1:" K1 "  \r\n", 1},
        {"2:" K2 "\n1:" K1 "\n#3:" K1 "\n", 2},
        {"7:" K1 "\n4294967295:" K2, UINT32_MAX},
        {"4294967294:" K1, UINT32_MAX - 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct keyring *k = ring(cases[i].text);
        assert_int_equal(keyring_current(k), cases[i].current);
        keyring_free(k);
    }
}

static void test_texts_that_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *where;
    } cases[] = {
        {"", ""},
        {"# nothing but this\n\n", ""},
        {K1, "line 1"},
        {"1:" K1 "\nrubbish\n", "line 2"},
        {"0:" K1, "line 1"},
        {"-1:" K1, "line 1"},
        {"4294967296:" K1, "line 1"},
        {":" K1, "line 1"},
        {"one:" K1, "line 1"},
        {"1:" K1 "0", "line 1"},
        {"1:" K1 ":", "line 1"},
        {"1: " K1, "line 1"},
        {"1:00010203", "line 1"},
        {"1:", "line 1"},
        {"1", "line 1"},
        {"1:g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "line 1"},
        {"1:" K1 "\n\n#\n1:" K2, "line 4"},
        {"1:" K1 "\n01:" K2, "line 2"},
        {"1:0000000000000000000000000000000000000000000000000000000000000000", "line 1"},
        {"1:abababababababababababababababababababababababababababababababab", "line 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct keyring *k = NULL;
        struct err e = {0};
        assert_int_equal(keyring_read(str_of(cases[i].text), &k, &e), -1);
        assert_null(k);
        assert_int_equal(e.kind, ERR_INVALID);
        assert_string_equal(e.where, cases[i].where);
        assert_null(strstr(e.msg, "0102030405")); /* an error never quotes a key */
    }
}

static void test_number_of_lines(void **state) {
    (void)state;
    for (size_t lines = 4095; lines <= 4097; lines++) {
        BUF_AUTO text;
        buf_init(&text, 100000);
        buf_z(&text, "1:" K1);
        for (size_t i = 1; i < lines; i++) buf_c(&text, '\n');
        struct keyring *k = NULL;
        struct err e = {0};
        assert_int_equal(keyring_read(buf_str(&text), &k, &e), lines <= 4096 ? 0 : -1);
        if (lines > 4096) assert_int_equal(e.kind, ERR_TOO_LARGE);
        keyring_free(k);
    }
}

static void test_extended_text_reads_back(void **state) {
    (void)state;
    struct prng r = prng_seed(1);
    struct chance c = seeded_chance(&r);
    BUF_AUTO text;
    buf_init(&text, 1000);
    keyring_extend_text(&text, 1, &c);
    assert_int_equal(text.n, 2 + 64 + 1);
    struct keyring *k = ring(text.p);
    assert_int_equal(keyring_current(k), 1);
    uint8_t before[16], after[16];
    assert_int_equal(keyring_mark(k, 1, before, NULL), 0);
    keyring_free(k);

    text.n--; /* an editor took the last line's end */
    text.p[text.n] = 0;
    keyring_extend_text(&text, 2, &c);
    k = ring(text.p);
    assert_int_equal(keyring_current(k), 2);
    assert_int_equal(keyring_mark(k, 1, after, NULL), 0);
    assert_memory_equal(before, after, 16);
    assert_int_equal(keyring_mark(k, 2, after, NULL), 0);
    assert_memory_not_equal(before, after, 16);
    struct err e = {0};
    assert_int_equal(keyring_mark(k, 3, after, &e), -1);
    assert_int_equal(e.kind, ERR_NOT_FOUND);
    keyring_free(k);
}

static void test_mark_value(void **state) {
    (void)state;
    /* HMAC-SHA256 of the fixed text under K1, first half; computed with another implementation */
    static const uint8_t want[16] = {0x94, 0x7e, 0x5c, 0x1c, 0x62, 0x34, 0x92, 0x0a,
                                     0x9e, 0x87, 0x8b, 0x33, 0xe4, 0x63, 0xcf, 0x45};
    struct keyring *k = ring("5:" K1);
    uint8_t got[16];
    assert_int_equal(keyring_mark(k, 5, got, NULL), 0);
    assert_memory_equal(got, want, 16);
    keyring_free(k);
}

static void test_tenant_key(void **state) {
    (void)state;
    struct prng r = prng_seed(2);
    struct chance c = seeded_chance(&r);
    struct keyring *k = ring("1:" K1 "\n2:" K2);
    struct key made, opened = {0};
    uint8_t w[WRAPPED_BYTES];
    assert_int_equal(tenant_key_make(k, tenant(1), &c, &made, w, NULL), 0);
    assert_int_equal(sealed_version(wrapped_str(w)), 2);
    assert_int_equal(made.version, KEY_FIRST_VERSION);
    assert_int_equal(tenant_key_open(k, tenant(1), wrapped_str(w), &opened, NULL), 0);
    assert_memory_equal(&made, &opened, sizeof made);

    struct key untouched = opened;
    assert_int_equal(tenant_key_open(k, tenant(2), wrapped_str(w), &opened, NULL), -1);
    assert_int_equal(
        tenant_key_open(k, tenant(1), str_head(wrapped_str(w), WRAPPED_BYTES - 1), &opened, NULL), -1);
    assert_int_equal(tenant_key_open(k, tenant(1), STR_NONE, &opened, NULL), -1);
    for (int i = 0; i < WRAPPED_BYTES; i++) {
        w[i] ^= 0x80;
        assert_int_equal(tenant_key_open(k, tenant(1), wrapped_str(w), &opened, NULL), -1);
        w[i] ^= 0x80;
    }
    assert_memory_equal(&untouched, &opened, sizeof opened);
    keyring_free(k);
}

static void test_wrong_master(void **state) {
    (void)state;
    struct prng r = prng_seed(3);
    struct chance c = seeded_chance(&r);
    struct keyring *ours = ring("1:" K1), *swapped = ring("1:" K2), *gone = ring("2:" K2);
    struct key made, opened;
    uint8_t w[WRAPPED_BYTES];
    assert_int_equal(tenant_key_make(ours, tenant(1), &c, &made, w, NULL), 0);
    struct err e = {0};
    assert_int_equal(tenant_key_open(swapped, tenant(1), wrapped_str(w), &opened, &e), -1);
    assert_int_equal(e.kind, ERR_INTERNAL);
    assert_int_equal(tenant_key_open(gone, tenant(1), wrapped_str(w), &opened, &e), -1);
    assert_int_equal(e.kind, ERR_INTERNAL);
    assert_non_null(strstr(e.msg, "master key version 1")); /* what the operator has to bring back */
    keyring_free(ours);
    keyring_free(swapped);
    keyring_free(gone);
}

static void test_rotation(void **state) {
    (void)state;
    struct prng r = prng_seed(4);
    struct chance c = seeded_chance(&r);
    struct keyring *before = ring("1:" K1), *both = ring("1:" K1 "\n2:" K2), *after = ring("2:" K2);
    struct key made, opened;
    uint8_t old[WRAPPED_BYTES], new[WRAPPED_BYTES];
    assert_int_equal(tenant_key_make(before, tenant(1), &c, &made, old, NULL), 0);
    assert_int_equal(tenant_key_rewrap(both, tenant(1), wrapped_str(old), &c, new, NULL), 0);
    assert_int_equal(sealed_version(wrapped_str(new)), 2);
    assert_int_equal(tenant_key_open(after, tenant(1), wrapped_str(new), &opened, NULL), 0);
    assert_memory_equal(&made, &opened, sizeof made);
    assert_int_equal(tenant_key_open(after, tenant(1), wrapped_str(old), &opened, NULL), -1);

    uint8_t kept[WRAPPED_BYTES];
    memcpy(kept, new, sizeof kept);
    assert_int_equal(tenant_key_rewrap(both, tenant(2), wrapped_str(old), &c, new, NULL), -1);
    assert_memory_equal(kept, new, sizeof kept);
    keyring_free(before);
    keyring_free(both);
    keyring_free(after);
}

static void test_lead_key(void **state) {
    (void)state;
    struct prng r = prng_seed(5);
    struct chance c = seeded_chance(&r);
    struct key t1 = {.version = 1}, t2 = {.version = 1}, made, opened;
    chance_fill(&c, t1.b, KEY_BYTES);
    chance_fill(&c, t2.b, KEY_BYTES);
    uint8_t w[WRAPPED_BYTES];
    assert_int_equal(lead_key_make(&t1, tenant(1), lead(7), &c, &made, w, NULL), 0);
    assert_int_equal(lead_key_open(&t1, tenant(1), lead(7), wrapped_str(w), &opened, NULL), 0);
    assert_memory_equal(&made, &opened, sizeof made);
    assert_int_equal(lead_key_open(&t1, tenant(1), lead(8), wrapped_str(w), &opened, NULL), -1);
    assert_int_equal(lead_key_open(&t1, tenant(2), lead(7), wrapped_str(w), &opened, NULL), -1);
    assert_int_equal(lead_key_open(&t2, tenant(1), lead(7), wrapped_str(w), &opened, NULL), -1);
    w[20] ^= 1;
    assert_int_equal(lead_key_open(&t1, tenant(1), lead(7), wrapped_str(w), &opened, NULL), -1);
}

/* Erasure: the row of the wrapped key is gone; everything else of the tenant is still there and is of no use.
 */
static void test_erased_lead(void **state) {
    (void)state;
    struct prng r = prng_seed(6);
    struct chance c = seeded_chance(&r);
    struct key t = {.version = 1}, erased, other, opened;
    chance_fill(&c, t.b, KEY_BYTES);
    uint8_t erased_w[WRAPPED_BYTES], other_w[WRAPPED_BYTES];
    assert_int_equal(lead_key_make(&t, tenant(1), lead(1), &c, &erased, erased_w, NULL), 0);
    assert_int_equal(lead_key_make(&t, tenant(1), lead(2), &c, &other, other_w, NULL), 0);
    struct seal_place at = {tenant(1), lead(1), "leads.profile", {{0}}};
    BUF_AUTO sealed, plain;
    buf_init(&sealed, 1000);
    buf_init(&plain, 1000);
    assert_int_equal(seal(&erased, &at, STR("to be forgotten"), &c, &sealed, NULL), 0);
    key_wipe(&erased);

    assert_int_equal(lead_key_open(&t, tenant(1), lead(1), STR_NONE, &opened, NULL), -1);
    assert_int_equal(lead_key_open(&t, tenant(1), lead(1), wrapped_str(other_w), &opened, NULL), -1);
    assert_int_equal(unseal(&other, &at, buf_str(&sealed), &plain, NULL), -1);
    assert_int_equal(unseal(&t, &at, buf_str(&sealed), &plain, NULL), -1);
    assert_int_equal(plain.n, 0);
}

/* A wrapped lead's key is 32 sealed bytes under the tenant's key, like any field of 32 bytes there. It must
 * not open as one. */
static void test_wrapped_key_is_no_field(void **state) {
    (void)state;
    struct prng r = prng_seed(7);
    struct chance c = seeded_chance(&r);
    struct key t = {.version = 1}, made;
    chance_fill(&c, t.b, KEY_BYTES);
    uint8_t w[WRAPPED_BYTES];
    assert_int_equal(lead_key_make(&t, tenant(1), lead(1), &c, &made, w, NULL), 0);
    BUF_AUTO out;
    buf_init(&out, 1000);
    struct seal_place at = {tenant(1), lead(1), "leads.profile", {{0}}};
    assert_int_equal(unseal(&t, &at, wrapped_str(w), &out, NULL), -1);
    at.column = "#tenant-key";
    assert_int_equal(unseal(&t, &at, wrapped_str(w), &out, NULL), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_that_are_read),
        cmocka_unit_test(test_texts_that_are_refused),
        cmocka_unit_test(test_number_of_lines),
        cmocka_unit_test(test_extended_text_reads_back),
        cmocka_unit_test(test_mark_value),
        cmocka_unit_test(test_tenant_key),
        cmocka_unit_test(test_wrong_master),
        cmocka_unit_test(test_rotation),
        cmocka_unit_test(test_lead_key),
        cmocka_unit_test(test_erased_lead),
        cmocka_unit_test(test_wrapped_key_is_no_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
