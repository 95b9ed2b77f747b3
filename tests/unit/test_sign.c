/* Signatures and hashes against published vectors, and what must not pass for a signature or a key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/b64.h"
#include "crypto/sign.h"
#include "seeded_chance.h"

#define PEM(body) "-----BEGIN PUBLIC KEY-----\n" body "\n-----END PUBLIC KEY-----\n"

/* A throw-away key; its private half was not kept. */
#define RSA_2048                                                                                             \
    PEM("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqEWwRjhLTciA41ePftKe\n"                                 \
        "BXfiYEnuFn73lpAovuHchFJX10Gj38fkyc8aOBWNzz2mMjd8zlLtCyi5jki/atXv\n"                                 \
        "YCrzWwImuEjSnmilMc9vYXDw9rXF3kOSH4G5vy8xH9YkOIUQ1/zas57QewF3lNuO\n"                                 \
        "5dpnP5xCXX2vOnVKWtrKIwP3L9xGDLDE7qa5sgds7KKaTliFPo+Sa3QobbaLCu5t\n"                                 \
        "/GDySMTgYCrRz04NvFvNARQKAc+BGkaLhNBCoM95N4GcxT1ywhdTypLULj+s/ycm\n"                                 \
        "Xgvg399XCpbv/Ib8PRz5VinKK1gFDBG227vHvDyfmO2Qqi3u8azsJD2hLuQxFqBi\n"                                 \
        "6QIDAQAB")
#define ED_1 PEM("MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")

static void fixed_fill(void *ctx, void *p, size_t n) {
    memcpy(p, ctx, n);
}

static void unhex(const char *hex, struct buf *out) {
    for (; *hex; hex += 2) {
        char two[3] = {hex[0], hex[1], 0};
        buf_c(out, (char)strtoul(two, NULL, 16));
    }
}

static void assert_digest(const uint8_t got[32], const char *hex) {
    BUF_AUTO text;
    buf_init(&text, 64);
    buf_hex(&text, got, 32);
    assert_string_equal(text.p, hex);
}

/* RFC 8032, 7.1: tests 1, 2, 3 and SHA(abc). */
static const struct {
    const char *seed, *public_key, *message, *signature;
} rfc8032[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
     "d25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
     "387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
     "4a7c15e9716ed28dc027beceea1ec40a"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
     "454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e030"
     "3dca179c138ac17ad9bef1177331a704"},
};

static struct public_key *key_read(struct str pem) {
    struct public_key *k = NULL;
    struct err e = {0};
    if (public_key_read(pem, &k, &e) < 0) fail_msg("%s", e.msg);
    return k;
}

static struct signing_key *key_of_seed(const char *hex) {
    BUF_AUTO seed;
    buf_init(&seed, 32);
    unhex(hex, &seed);
    struct chance c = {fixed_fill, seed.p};
    struct signing_key *k = NULL;
    assert_int_equal(signing_key_make(&c, &k, NULL), 0);
    return k;
}

static struct public_key *public_of(const struct signing_key *k) {
    BUF_AUTO pem;
    buf_init(&pem, 1000);
    assert_int_equal(signing_key_public_pem(k, &pem, NULL), 0);
    return key_read(buf_str(&pem));
}

static void test_rfc8032(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rfc8032 / sizeof rfc8032[0]; i++) {
        struct signing_key *s = key_of_seed(rfc8032[i].seed);
        BUF_AUTO der, pem, message, want, want_text, got;
        buf_init(&der, 44);
        buf_init(&pem, 200);
        unhex("302a300506032b6570032100", &der);
        unhex(rfc8032[i].public_key, &der);
        buf_z(&pem, "-----BEGIN PUBLIC KEY-----\n");
        b64_add(&pem, der.p, der.n);
        buf_z(&pem, "\n-----END PUBLIC KEY-----\n");
        struct public_key *p = key_read(buf_str(&pem));
        buf_init(&message, 200);
        buf_init(&want, 64);
        buf_init(&want_text, 100);
        buf_init(&got, 100);
        unhex(rfc8032[i].message, &message);
        unhex(rfc8032[i].signature, &want);
        b64_add(&want_text, want.p, want.n);
        assert_int_equal(signing_key_sign(s, buf_str(&message), &got, NULL), 0);
        assert_string_equal(got.p, want_text.p);
        assert_int_equal(public_key_verify(p, buf_str(&message), buf_str(&got), NULL), 0);
        buf_c(&message, 0);
        assert_int_equal(public_key_verify(p, buf_str(&message), buf_str(&got), NULL), -1);
        public_key_free(p);
        signing_key_free(s);
    }
}

static void test_public_pem(void **state) {
    (void)state;
    struct signing_key *s = key_of_seed(rfc8032[0].seed);
    BUF_AUTO pem;
    buf_init(&pem, 1000);
    assert_int_equal(signing_key_public_pem(s, &pem, NULL), 0);
    assert_string_equal(pem.p, ED_1);
    signing_key_free(s);
}

static void assert_refused(const struct public_key *k, struct str message, struct str signature) {
    struct err e = {0};
    assert_int_equal(public_key_verify(k, message, signature, &e), -1);
    assert_int_equal(e.kind, ERR_AUTH);
    assert_string_equal(e.msg,
                        "the signature does not belong to this message and key"); /* whatever the reason */
}

static void test_header_values(void **state) {
    (void)state;
    struct prng r = prng_seed(11);
    struct chance c = seeded_chance(&r);
    struct signing_key *s = NULL;
    assert_int_equal(signing_key_make(&c, &s, NULL), 0);
    struct public_key *k = public_of(s);
    struct str body = STR("{\"type\":\"ContactCreate\"}");
    BUF_AUTO good, raw, text;
    buf_init(&good, 100);
    buf_init(&raw, 100);
    buf_init(&text, 2000);
    /* one whose text holds both characters in which the alphabets differ */
    for (int i = 0; str_find(buf_str(&good), STR("+")) < 0 || str_find(buf_str(&good), STR("/")) < 0; i++) {
        buf_clear(&good);
        body.n -= (size_t)(i > 0);
        assert_true(body.n > 0);
        assert_int_equal(signing_key_sign(s, body, &good, NULL), 0);
    }
    assert_int_equal(public_key_verify(k, body, buf_str(&good), NULL), 0);
    assert_int_equal(good.n, 88);

    assert_refused(k, body, STR_NONE);
    assert_refused(k, body, STR(""));
    assert_refused(k, body, STR("N/A"));
    assert_refused(k, body, STR("N/A="));
    assert_refused(k, body, STR("not base64 at all"));
    assert_refused(k, body, str_head(buf_str(&good), 86)); /* padding gone */
    assert_refused(k, body, str_head(buf_str(&good), 84)); /* 63 bytes */
    assert_refused(k, str_head(body, body.n - 1), buf_str(&good));

    b64_decode(buf_str(&good), &raw, NULL);
    buf_c(&raw, 0);
    b64_add(&text, raw.p, 65);
    assert_refused(k, body, buf_str(&text));
    buf_clear(&text);
    b64url_add(&text, raw.p, 64);
    assert_refused(k, body, buf_str(&text));
    buf_z(&text, "=="); /* URL alphabet, padded */
    assert_refused(k, body, buf_str(&text));
    buf_clear(&text);
    buf_fmt(&text, " %s", good.p);
    assert_refused(k, body, buf_str(&text));
    buf_clear(&text);
    buf_fmt(&text, "%s\n", good.p);
    assert_refused(k, body, buf_str(&text));
    buf_clear(&text);
    while (text.n < 1900) buf_c(&text, 'A');
    assert_refused(k, body, buf_str(&text));
    public_key_free(k);
    signing_key_free(s);
}

static void test_every_flipped_bit_of_a_signature(void **state) {
    (void)state;
    struct signing_key *s = key_of_seed(rfc8032[2].seed);
    struct public_key *k = public_of(s);
    BUF_AUTO raw, text;
    buf_init(&raw, 64);
    buf_init(&text, 100);
    unhex(rfc8032[2].signature, &raw);
    for (size_t i = 0; i < 512; i++) {
        raw.p[i / 8] = (char)(raw.p[i / 8] ^ (1 << i % 8));
        buf_clear(&text);
        b64_add(&text, raw.p, raw.n);
        assert_refused(k, STR("\xaf\x82"), buf_str(&text));
        raw.p[i / 8] = (char)(raw.p[i / 8] ^ (1 << i % 8));
    }
    public_key_free(k);
    signing_key_free(s);
}

/* S + L makes the same equation true; RFC 8032 wants S < L, or a signature would have two forms. */
static void test_s_not_reduced(void **state) {
    (void)state;
    static const char order[] = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    struct signing_key *s = key_of_seed(rfc8032[2].seed);
    struct public_key *k = public_of(s);
    BUF_AUTO raw, l, text;
    buf_init(&raw, 64);
    buf_init(&l, 32);
    buf_init(&text, 100);
    unhex(rfc8032[2].signature, &raw);
    unhex(order, &l);
    unsigned carry = 0;
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)(uint8_t)raw.p[32 + i] + (uint8_t)l.p[i];
        raw.p[32 + i] = (char)(carry & 0xff);
        carry >>= 8;
    }
    b64_add(&text, raw.p, raw.n);
    assert_refused(k, STR("\xaf\x82"), buf_str(&text));
    public_key_free(k);
    signing_key_free(s);
}

static const char rsa_body[] = "{\"type\":\"ContactCreate\"}";
static const char rsa_good[] =
    "hgTUUcwPs8Gka3KknNznoIZap3bi5gAuaUldeGRscwIQtUhDurylR0BhTr+P0qGiWQH2krg+8ajcnMCBSCOe1c74qTCW6zlrQFTCKAh3"
    "YEE/0JIG/5fdGuwbrz6KVONQORNe1v5TrI7DwiepZEcjJyWkgveoUqUHj+0tY4GnsNK4EHsbnbKUCjSBzLYmcMwFpyNppTgrc/oLMSq7"
    "Vtn3hfpIigZsi+XYOSSMfROBA9u+uTt7ipGOWqseDO7VwhVOk8MI0IheLBJ5TfW/al0RTFCD4HaQB5XQ95BvfSZkQdAZreWrJxkIOeRd"
    "RGk8Tm2+yGSW+0Y9H6vO8ngeSNoqWA==";
static const char rsa_pss[] =
    "dh6IXce+VjyPS8vXwbS2cTSgQfP3dV2gmmXWb0sQHyrSeqkJF79s0pT6Doyze6ORWpacJl9ptPeWH3SZN2zFSjohfwBjuv+DDvwcpQeY"
    "5LKDYt/8Wza6G0qWdVi2h/Uabkhsvj5cxx1vTtKXRXIkMPtwNYLPGl+FSBUzOPhNWXa3VRZHVuXs+BJv8JGonE0FB0om7hbkWtRia15y"
    "53rN4ifXuiPB8lCm6Gvw9o8L1j5GqOXIA/Ew730moNtbYtaM+UnsT2e/pZmqOTYiMym5TuIIxSepagMvlqcrAWbyFzpiWviKxXvIRQtD"
    "pSLtSvNyC241OQuQPuC1WxAzUGxugQ==";
static const char rsa_sha512[] =
    "QLyPAtcKkhS/GkSN/m8WlW4CvHHuYqyEGL+se3/Jvd2ckW2D8ErNpWQxgdpIEkc6tQf7vbSlHSlvqrtrg1ylknlUwXPrXkvojK2OUoi/"
    "2wksQciJM6kcJ4pT1VZwOtr3r+td/bzIl8lab8bAC4bk6VmL1JoS9fJnQ9AZeyxixudJ8QIZaY3oV7wTF5sjmhoH/RK28xo6Mi4jf1gQ"
    "WzgscP0Y13WQrlP5jEGIoit8yWQzwrBZKiyjJEu+fqnLMM7vMj8lRYdfdKEtQxWtihGueDX00nfxjZxAoUGQanlpOx4uePVV58RnUBq0"
    "rMpLXxBI18NYz1nPdsYSVZjaR7ffMg==";

static void test_rsa(void **state) {
    (void)state;
    struct public_key *k = key_read(STR(RSA_2048));
    assert_false(public_key_is_ed25519(k));
    struct str body = str_of(rsa_body);
    assert_int_equal(public_key_verify(k, body, str_of(rsa_good), NULL), 0);
    assert_refused(k, str_skip(body, 1), str_of(rsa_good));
    assert_refused(k, body, str_of(rsa_pss));
    assert_refused(k, body, str_of(rsa_sha512));
    assert_refused(k, body, str_head(str_of(rsa_good), 340)); /* 255 bytes */
    assert_refused(k, body, STR("N/A"));
    assert_refused(k, body, STR(""));
    public_key_free(k);
}

static void test_signature_for_the_other_algorithm(void **state) {
    (void)state;
    struct signing_key *s = key_of_seed(rfc8032[0].seed);
    struct public_key *ed = public_of(s), *rsa = key_read(STR(RSA_2048));
    assert_true(public_key_is_ed25519(ed));
    BUF_AUTO signature;
    buf_init(&signature, 100);
    assert_int_equal(signing_key_sign(s, str_of(rsa_body), &signature, NULL), 0);
    assert_refused(rsa, str_of(rsa_body), buf_str(&signature));
    assert_refused(ed, str_of(rsa_body), str_of(rsa_good));
    public_key_free(ed);
    public_key_free(rsa);
    signing_key_free(s);
}

static void test_keys_that_are_read(void **state) {
    (void)state;
    public_key_free(key_read(STR("\n\n  " ED_1 "\n \n")));
    public_key_free(key_read(STR("-----BEGIN PUBLIC KEY-----\r\n"
                                 "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\r\n"
                                 "-----END PUBLIC KEY-----\r\n")));
    public_key_free(key_read(STR("-----BEGIN PUBLIC KEY-----\n"
                                 "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
                                 "-----END PUBLIC KEY-----")));
    public_key_free(NULL);
}

static void test_keys_that_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *what, *pem;
    } cases[] = {
        {"nothing", ""},
        {"no PEM", "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="},
        {"cut off", "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKx\n"},
        {"two keys", ED_1 ED_1},
        {"text in front", "our key:\n" ED_1},
        {"text behind", ED_1 "that was it\n"},
        {"PEM headers",
         "-----BEGIN PUBLIC KEY-----\nProc-Type: 4,CLEAR\n\n"
         "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n"},
        {"31 bytes of key", PEM("MCkwBQYDK2VwAyAA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHUQ==")},
        {"bytes behind the DER", PEM("MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURoA")},
        {"a private key's label", "-----BEGIN PRIVATE KEY-----\n"
                                  "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
                                  "-----END PRIVATE KEY-----\n"},
        {"P-256", PEM("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEHNErVV9/kiTQpagQhgVJmOliRGz3\n"
                      "xvN8TylbIZ3jnUrTgP2LCB4kC/j9II0ZuqaKwT8jxNvNXpmODMkr59jaew==")},
        {"X25519", PEM("MCowBQYDK2VuAyEAMb1omW0pk2IqC/NLVTvkIou/SYcn6wHOSdHzABrSRgE=")},
        {"RSA, 1024 bits", PEM("MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCpw2nkQkANF3oYICL6OgIejtQG\n"
                               "frOJvQtSxFDV8RlY8FPn5xp813IVXIs2Zfklkdy8xPeD+0ZW4hFZYhRPvNLX51+T\n"
                               "fxr+bXTbOM6I/sE3vFBOYtbv7cVt2nXD2YI77zS56nebu1nUk2aMCQeDhzt3TmsN\n"
                               "PevTJS0tfuxqQJnBkQIDAQAB")},
        {"RSA-PSS", PEM("MIIBIDALBgkqhkiG9w0BAQoDggEPADCCAQoCggEBAKrcAbj3Udw12nlAOsy7vkiT\n"
                        "zXPyoRscywVh+iSxXM6GNeyBbj3UVN95r+wMRKdGHcHcfhvX1YhQ6uLuXGEz7GZu\n"
                        "kHZKHS4XOg4wPuXEkjqFaY7K8JtH85RR+TM4g4eDuvDcje2+CuNI0u7Bir9pBxQM\n"
                        "Eagh97+Rag6FiIRiqU7bVG3mBCUOmyEH5Dh7ig/Sa/I+HYyTPXBMg6CqobsdzNOb\n"
                        "tA49aBmJ6ZR/BjK/uDJMgLrCUfhlAUTY3LeqCPMWp6MuMdP+jeudDIxWOO1u2/w3\n"
                        "ne9i0toUqOZyMjqO+8Zd4wy1f1PUU9GyRSO5k7ZTBG4BtUHj25kiLlFjCLLElakC\n"
                        "AwEAAQ==")},
        /* under which anybody can sign, or a signature means nothing */
        {"Ed25519, order 4", PEM("MCowBQYDK2VwAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")},
        {"Ed25519, order 1", PEM("MCowBQYDK2VwAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")},
        {"Ed25519, order 1, not canonical",
         PEM("MCowBQYDK2VwAyEA7v///////////////////////////////////////38=")},
        {"Ed25519, no point", PEM("MCowBQYDK2VwAyEAAgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct public_key *k = NULL;
        struct err e = {0};
        if (public_key_read(str_of(cases[i].pem), &k, &e) == 0) fail_msg("read: %s", cases[i].what);
        assert_null(k);
        assert_int_equal(e.kind, ERR_INVALID);
    }
}

/* RFC 4231, test cases 1 to 4, 6 and 7 (5 is about truncation). */
static void test_hmac(void **state) {
    (void)state;
    BUF_AUTO aa131, aa20, dd50, cd50, key25;
    struct buf *all[] = {&aa131, &aa20, &dd50, &cd50, &key25};
    for (int i = 0; i < 5; i++) buf_init(all[i], 200);
    for (int i = 0; i < 131; i++) buf_c(&aa131, '\xaa');
    for (int i = 0; i < 20; i++) buf_c(&aa20, '\xaa');
    for (int i = 0; i < 50; i++) buf_c(&dd50, '\xdd');
    for (int i = 0; i < 50; i++) buf_c(&cd50, '\xcd');
    for (char i = 1; i <= 25; i++) buf_c(&key25, i);
    const struct {
        struct str key, message;
        const char *mac;
    } cases[] = {
        {STR("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"),
         STR("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {STR("Jefe"), STR("what do ya want for nothing?"),
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {buf_str(&aa20), buf_str(&dd50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {buf_str(&key25), buf_str(&cd50), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        {buf_str(&aa131), STR("Test Using Larger Than Block-Size Key - Hash Key First"),
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {buf_str(&aa131),
         STR("This is a test using a larger than block-size key and a larger than block-size data. The key "
             "needs to "
             "be hashed before being used by the HMAC algorithm."),
         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
        {STR_NONE, STR_NONE, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t mac[32];
        hmac_sha256(cases[i].key, cases[i].message, mac);
        assert_digest(mac, cases[i].mac);
    }
}

/* FIPS 180-2, appendix B, and the empty string. */
static void test_sha256(void **state) {
    (void)state;
    uint8_t hash[32];
    sha256(STR("abc"), hash);
    assert_digest(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256(STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), hash);
    assert_digest(hash, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    sha256(STR_NONE, hash);
    assert_digest(hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc8032),
        cmocka_unit_test(test_public_pem),
        cmocka_unit_test(test_header_values),
        cmocka_unit_test(test_every_flipped_bit_of_a_signature),
        cmocka_unit_test(test_s_not_reduced),
        cmocka_unit_test(test_rsa),
        cmocka_unit_test(test_signature_for_the_other_algorithm),
        cmocka_unit_test(test_keys_that_are_read),
        cmocka_unit_test(test_keys_that_are_refused),
        cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_sha256),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
