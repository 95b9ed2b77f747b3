/* Sealing: what was sealed opens at its place and nowhere else, and not after any change; keys can be
 * replaced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto/seal.h"
#include "seeded_chance.h"

static struct id id_filled(uint8_t with) {
    struct id id;
    memset(id.b, with, sizeof id.b);
    return id;
}

static struct tenant_id tenant_filled(uint8_t with) {
    return (struct tenant_id){id_filled(with)};
}

static void bytes_fill(void *ctx, void *p, size_t n) {
    memcpy(p, ctx, n);
}

static struct key counting_key(uint32_t version) {
    struct key k = {.version = version};
    for (int i = 0; i < KEY_BYTES; i++) k.b[i] = (uint8_t)i;
    return k;
}

static struct seal_place place(void) {
    return (struct seal_place){tenant_filled(0x11), id_filled(0x22), "leads.profile", id_filled(0x33)};
}

static void assert_hex(struct str got, const char *hex) {
    BUF_AUTO text;
    buf_init(&text, 4096);
    buf_hex(&text, got.p, got.n);
    assert_string_equal(text.p, hex);
}

/* Bytes made with another implementation (Python's cryptography). */
static void test_form_is_as_documented(void **state) {
    (void)state;
    uint8_t nonce[12];
    for (int i = 0; i < 12; i++) nonce[i] = (uint8_t)(0x40 + i);
    struct chance c = {bytes_fill, nonce};
    struct key k = counting_key(7);
    struct seal_place at = place();
    BUF_AUTO sealed, plain;
    buf_init(&sealed, 1000);
    buf_init(&plain, 1000);
    buf_z(&sealed, "kept");
    assert_int_equal(seal(&k, &at, STR("Ada Lovelace, +1 202 555 0143"), &c, &sealed, NULL), 0);
    struct str form = str_skip(buf_str(&sealed), 4);
    assert_hex(form, "0100000007404142434445464748494a4ba3ddcf036a53f166a1a57453b744386a59f4626e97003a165777"
                     "7fd1a4cebaddf10670b311c433a5f1e2b2145f");
    assert_int_equal(sealed_version(form), 7);
    buf_z(&plain, "kept ");
    assert_int_equal(unseal(&k, &at, form, &plain, NULL), 0);
    assert_string_equal(plain.p, "kept Ada Lovelace, +1 202 555 0143");
}

static void test_round_trips_of_all_sizes(void **state) {
    (void)state;
    struct prng r = prng_seed(1);
    struct chance c = seeded_chance(&r);
    struct key k = counting_key(1);
    struct seal_place at = place();
    static const size_t sizes[] = {0, 1, 15, 16, 17, 500, 4095, 4096, 4097, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        BUF_AUTO text, sealed, plain;
        buf_init(&text, 200000);
        buf_init(&sealed, 200000);
        buf_init(&plain, 200000);
        for (size_t n = 0; n < sizes[i]; n++) buf_c(&text, (char)prng_below(&r, 256));
        assert_int_equal(seal(&k, &at, buf_str(&text), &c, &sealed, NULL), 0);
        assert_int_equal(sealed.n, sizes[i] + SEAL_OVERHEAD);
        assert_int_equal(unseal(&k, &at, buf_str(&sealed), &plain, NULL), 0);
        assert_true(str_eq(buf_str(&plain), buf_str(&text)));
    }
}

static void test_same_text_seals_differently(void **state) {
    (void)state;
    struct prng r = prng_seed(2);
    struct chance c = seeded_chance(&r);
    struct key k = counting_key(1);
    struct seal_place at = place();
    BUF_AUTO a, b;
    buf_init(&a, 1000);
    buf_init(&b, 1000);
    assert_int_equal(seal(&k, &at, STR("the same"), &c, &a, NULL), 0);
    assert_int_equal(seal(&k, &at, STR("the same"), &c, &b, NULL), 0);
    assert_memory_not_equal(a.p + 5, b.p + 5, 12);
    assert_memory_not_equal(a.p + 17, b.p + 17, 8);
}

/* -1, the error, nothing appended and no plain text behind the end */
static void assert_shut(const struct key *k, const struct seal_place *at, struct str sealed) {
    BUF_AUTO out;
    buf_init(&out, 4096);
    char *room = buf_reserve(&out, sealed.n + 6);
    memset(room, '-', sealed.n + 6);
    buf_z(&out, "before");
    struct err e = {0};
    assert_int_equal(unseal(k, at, sealed, &out, &e), -1);
    assert_int_equal(e.kind, ERR_INTERNAL);
    assert_non_null(strstr(e.msg, "does not open"));
    assert_string_equal(out.p, "before");
    assert_int_equal(out.n, 6);
    for (size_t i = 6; i < sealed.n + 6; i++) assert_true(out.p[i] == 0 || out.p[i] == '-');
}

static void test_moved_fields_stay_shut(void **state) {
    (void)state;
    struct prng r = prng_seed(3);
    struct chance c = seeded_chance(&r);
    struct key k = counting_key(1);
    const struct seal_place at = place();
    BUF_AUTO sealed;
    buf_init(&sealed, 1000);
    assert_int_equal(seal(&k, &at, STR("private"), &c, &sealed, NULL), 0);
    struct seal_place elsewhere[7];
    for (int i = 0; i < 7; i++) elsewhere[i] = at;
    elsewhere[0].tenant = tenant_filled(0x12);
    elsewhere[1].owner = id_filled(0x23);
    elsewhere[2].row = id_filled(0x34);
    elsewhere[3].column = "leads.profil";
    elsewhere[4].column = "leads.profile2";
    elsewhere[5].owner = at.row; /* the same bytes in another order */
    elsewhere[5].row = at.owner;
    elsewhere[6].row = (struct id){{0}};
    for (int i = 0; i < 7; i++) assert_shut(&k, &elsewhere[i], buf_str(&sealed));
    struct key other = k;
    other.b[31] ^= 1;
    assert_shut(&other, &at, buf_str(&sealed));
    other = k;
    other.version = 2;
    assert_shut(&other, &at, buf_str(&sealed));
}

static void test_every_flipped_bit_is_seen(void **state) {
    (void)state;
    struct prng r = prng_seed(4);
    struct chance c = seeded_chance(&r);
    struct key k = counting_key(0x01020304);
    struct seal_place at = place();
    BUF_AUTO sealed;
    buf_init(&sealed, 1000);
    assert_int_equal(seal(&k, &at, STR("every bit of it"), &c, &sealed, NULL), 0);
    for (size_t i = 0; i < 8 * sealed.n; i++) {
        sealed.p[i / 8] = (char)(sealed.p[i / 8] ^ (1 << i % 8));
        assert_shut(&k, &at, buf_str(&sealed));
        sealed.p[i / 8] = (char)(sealed.p[i / 8] ^ (1 << i % 8));
    }
    for (size_t n = 0; n < sealed.n; n++) assert_shut(&k, &at, str_head(buf_str(&sealed), n));
    buf_c(&sealed, 0);
    assert_shut(&k, &at, buf_str(&sealed));
}

static void test_a_version_in_the_head_is_authenticated(void **state) {
    (void)state;
    struct prng r = prng_seed(5);
    struct chance c = seeded_chance(&r);
    struct key first = counting_key(1), second = counting_key(2); /* the same bytes under two numbers */
    struct seal_place at = place();
    BUF_AUTO sealed;
    buf_init(&sealed, 1000);
    assert_int_equal(seal(&first, &at, STR("text"), &c, &sealed, NULL), 0);
    sealed.p[4] = 2;
    assert_int_equal(sealed_version(buf_str(&sealed)), 2);
    assert_shut(&second, &at, buf_str(&sealed));
}

static void test_sealed_version_of_rubbish_is_0(void **state) {
    (void)state;
    char form[SEAL_OVERHEAD] = {1, 0, 0, 1, 2};
    assert_int_equal(sealed_version((struct str){form, sizeof form}), 0x102);
    assert_int_equal(sealed_version((struct str){form, sizeof form - 1}), 0);
    assert_int_equal(sealed_version(STR_NONE), 0);
    form[0] = 2;
    assert_int_equal(sealed_version((struct str){form, sizeof form}), 0);
    form[0] = 0;
    assert_int_equal(sealed_version((struct str){form, sizeof form}), 0);
}

static void test_full_buffers(void **state) {
    (void)state;
    struct prng r = prng_seed(6);
    struct chance c = seeded_chance(&r);
    struct key k = counting_key(1);
    struct seal_place at = place();
    for (int less = -1; less <= 1; less++) {
        BUF_AUTO sealed, plain;
        buf_init(&sealed, (size_t)(SEAL_OVERHEAD + 10 - less));
        struct err e = {0};
        int rc = seal(&k, &at, STR("0123456789"), &c, &sealed, &e);
        assert_int_equal(rc, less > 0 ? -1 : 0);
        if (less > 0) {
            assert_int_equal(e.kind, ERR_TOO_LARGE);
            continue;
        }
        buf_init(&plain, (size_t)(10 - less - 1));
        rc = unseal(&k, &at, buf_str(&sealed), &plain, &e);
        assert_int_equal(rc, less < 0 ? 0 : -1);
        if (rc < 0) assert_int_equal(e.kind, ERR_TOO_LARGE);
    }
}

static void test_blind_index(void **state) {
    (void)state;
    struct key k = counting_key(1), other = counting_key(1);
    other.b[0] ^= 1;
    uint8_t a[32], b[32];
    blind_index(&k, "leads.email", STR("ada@example.org"), a);
    assert_hex((struct str){(char *)a, 32},
               "138a5f75fc61ef48c79a380f81998fda4733dfdfc57d3a14996c49f7ed76ede6");
    blind_index(&k, "leads.phone", STR("ada@example.org"), b);
    assert_memory_not_equal(a, b, 32);
    blind_index(&other, "leads.email", STR("ada@example.org"), b);
    assert_memory_not_equal(a, b, 32);
    blind_index(&k, "leads.email", STR("ada@example.or"), b);
    assert_memory_not_equal(a, b, 32);
    blind_index(&k, "leads.email", STR_NONE, a);
    blind_index(&k, "leads.email", STR(""), b);
    assert_memory_equal(a, b, 32);
}

static void test_key_wipe(void **state) {
    (void)state;
    struct key k = counting_key(9), none = {0};
    key_wipe(&k);
    assert_memory_equal(&k, &none, sizeof k);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form_is_as_documented),
        cmocka_unit_test(test_round_trips_of_all_sizes),
        cmocka_unit_test(test_same_text_seals_differently),
        cmocka_unit_test(test_moved_fields_stay_shut),
        cmocka_unit_test(test_every_flipped_bit_is_seen),
        cmocka_unit_test(test_a_version_in_the_head_is_authenticated),
        cmocka_unit_test(test_sealed_version_of_rubbish_is_0),
        cmocka_unit_test(test_full_buffers),
        cmocka_unit_test(test_blind_index),
        cmocka_unit_test(test_key_wipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
