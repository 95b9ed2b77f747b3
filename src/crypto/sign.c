/* Signatures and hashes. See sign.h.
 *
 * Ed25519 is libsodium's: half the time of OpenSSL 3.0's (docs/why/ed25519.md), and stricter. It refuses S
 * not below the group's order, R or keys of small order, and keys not in canonical form, so a signature that
 * was accepted cannot be rewritten into another one that is accepted too. RSA and the hashes are libcrypto's.
 *
 * A public key is DER inside PEM with exactly one block and nothing before or behind it: a settings value
 * with two keys would otherwise quietly mean the first.
 *
 * Invariant: keys do not change after they were read, so threads may share them. Must not do: fall back from
 * one algorithm to another, or take a signature in two spellings. */
#include "crypto/sign.h"

#include <assert.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <sodium.h>

#include "base/b64.h"

enum {
    RSA_BITS_MIN = 2048,
    RSA_BITS_MAX = 8192,
    PEM_MAX = 16 * 1024,
    ED_KEY = 32,
    ED_SEED = 32,
    ED_SIGNATURE = 64
};
enum { SIGNATURE_MAX = RSA_BITS_MAX / 8, SIGNATURE_TEXT_MAX = (SIGNATURE_MAX + 2) / 3 * 4 };

struct public_key {
    EVP_PKEY *rsa; /* NULL: Ed25519 */
    uint8_t ed[ED_KEY];
};

struct signing_key {
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    uint8_t public[ED_KEY];
};

static void bio_drop(BIO **b) {
    BIO_free(*b);
}
static void der_drop(unsigned char **p) {
    OPENSSL_free(*p);
}
static void z_drop(char **p) {
    OPENSSL_free(*p);
}
static void pkey_drop(EVP_PKEY **k) {
    EVP_PKEY_free(*k);
}
static void md_drop(EVP_MD_CTX **c) {
    EVP_MD_CTX_free(*c);
}
#define DROP(f) __attribute__((cleanup(f)))

/* One PEM block of type PUBLIC KEY, white space around it allowed, to a key that owns its numbers. */
static EVP_PKEY *spki_read(struct str pem) {
    pem = str_trim(pem);
    if (pem.n > PEM_MAX || !str_starts(pem, STR("-----BEGIN PUBLIC KEY-----"))) return NULL;
    DROP(bio_drop) BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    DROP(z_drop) char *name = NULL;
    DROP(z_drop) char *header = NULL;
    DROP(der_drop) unsigned char *der = NULL;
    long der_n = 0;
    if (!bio || PEM_read_bio(bio, &name, &header, &der, &der_n) != 1) return NULL;
    if (header[0] != 0 || BIO_pending(bio) != 0) return NULL;
    const unsigned char *p = der;
    EVP_PKEY *k = d2i_PUBKEY(NULL, &p, der_n);
    if (k && p != der + der_n) {
        EVP_PKEY_free(k);
        return NULL;
    }
    return k;
}

static int ed_key_take(EVP_PKEY *parsed, struct public_key *k, struct err *e) {
    size_t n = sizeof k->ed;
    if (EVP_PKEY_get_raw_public_key(parsed, k->ed, &n) != 1 || n != ED_KEY ||
        !crypto_core_ed25519_is_valid_point(k->ed))
        return err_set(e, ERR_INVALID, "", "the Ed25519 key is not a usable point of the curve");
    return 0;
}

static int rsa_key_take(EVP_PKEY *parsed, struct public_key *k, struct err *e) {
    int bits = EVP_PKEY_get_bits(parsed);
    if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
        return err_set(e, ERR_INVALID, "", "an RSA key must have %d to %d bits, this one has %d",
                       RSA_BITS_MIN, RSA_BITS_MAX, bits);
    EVP_PKEY_up_ref(parsed);
    k->rsa = parsed;
    return 0;
}

int public_key_read(struct str pem, struct public_key **out, struct err *e) {
    if (sodium_init() < 0) return err_set(e, ERR_INTERNAL, "", "libsodium does not start");
    DROP(pkey_drop) EVP_PKEY *parsed = spki_read(pem);
    ERR_clear_error(); /* TLS on this thread asks the same queue */
    if (!parsed)
        return err_set(e, ERR_INVALID, "",
                       "is not a public key: exactly one PEM block, BEGIN PUBLIC KEY, is wanted");
    struct public_key *k = calloc(1, sizeof *k);
    if (!k) return err_set(e, ERR_UNAVAILABLE, "", "out of memory");
    int rc = -1;
    switch (EVP_PKEY_get_base_id(parsed)) {
    case EVP_PKEY_ED25519: rc = ed_key_take(parsed, k, e); break;
    case EVP_PKEY_RSA: rc = rsa_key_take(parsed, k, e); break;
    default: err_set(e, ERR_INVALID, "", "is a key for another algorithm: Ed25519 or RSA is wanted"); break;
    }
    if (rc < 0) {
        public_key_free(k);
        return -1;
    }
    *out = k;
    return 0;
}

void public_key_free(struct public_key *k) {
    if (!k) return;
    EVP_PKEY_free(k->rsa);
    free(k);
}

bool public_key_is_ed25519(const struct public_key *k) {
    return k->rsa == NULL;
}

static bool rsa_verify(EVP_PKEY *k, struct str message, struct str signature) {
    EVP_PKEY_CTX *pctx = NULL; /* the digest context's */
    DROP(md_drop) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = signature.n == (size_t)EVP_PKEY_get_size(k) && ctx &&
                EVP_DigestVerifyInit(ctx, &pctx, EVP_sha256(), NULL, k) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PADDING) == 1 &&
                EVP_DigestVerify(ctx, (const unsigned char *)signature.p, signature.n,
                                 (const unsigned char *)message.p, message.n) == 1;
    if (!good) ERR_clear_error();
    return good;
}

static bool ed_verify(const uint8_t key[ED_KEY], struct str message, struct str signature) {
    return signature.n == ED_SIGNATURE &&
           crypto_sign_verify_detached((const unsigned char *)signature.p, (const unsigned char *)message.p,
                                       message.n, key) == 0;
}

int public_key_verify(const struct public_key *k, struct str message, struct str signature_base64,
                      struct err *e) {
    BUF_AUTO raw;
    buf_init(&raw, SIGNATURE_MAX);
    bool good = signature_base64.n <= SIGNATURE_TEXT_MAX && b64_decode(signature_base64, &raw, NULL) == 0;
    if (good)
        good = k->rsa ? rsa_verify(k->rsa, message, buf_str(&raw)) : ed_verify(k->ed, message, buf_str(&raw));
    return good ? 0 : err_set(e, ERR_AUTH, "", "the signature does not belong to this message and key");
}

int signing_key_make(const struct chance *c, struct signing_key **out, struct err *e) {
    if (sodium_init() < 0) return err_set(e, ERR_INTERNAL, "", "libsodium does not start");
    struct signing_key *k = calloc(1, sizeof *k);
    if (!k) return err_set(e, ERR_UNAVAILABLE, "", "out of memory");
    uint8_t seed[ED_SEED];
    chance_fill(c, seed, sizeof seed);
    crypto_sign_seed_keypair(k->public, k->secret, seed); /* has no failure */
    OPENSSL_cleanse(seed, sizeof seed);
    *out = k;
    return 0;
}

void signing_key_free(struct signing_key *k) {
    if (!k) return;
    OPENSSL_cleanse(k, sizeof *k);
    free(k);
}

int signing_key_public_pem(const struct signing_key *k, struct buf *out, struct err *e) {
    /* SEQUENCE { SEQUENCE { OID 1.3.101.112 } BIT STRING, 0 unused bits } of RFC 8410, then the key */
    uint8_t der[12 + ED_KEY] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
    memcpy(der + 12, k->public, ED_KEY);
    buf_z(out, "-----BEGIN PUBLIC KEY-----\n");
    b64_add(out, der, sizeof der);
    buf_z(out, "\n-----END PUBLIC KEY-----\n");
    return buf_check(out, "public key", e);
}

int signing_key_sign(const struct signing_key *k, struct str message, struct buf *out_base64, struct err *e) {
    uint8_t signature[ED_SIGNATURE];
    if (crypto_sign_detached(signature, NULL, (const unsigned char *)message.p, message.n, k->secret) != 0)
        return err_set(e, ERR_INTERNAL, "", "cannot be signed: the crypto library failed");
    b64_add(out_base64, signature, sizeof signature);
    return buf_check(out_base64, "signature", e);
}

/* Hashes of memory fail only when libcrypto has no memory for a context. A wrong hash would be worse than an
 * end. */
void hmac_sha256(struct str key, struct str message, uint8_t out[32]) {
    assert(key.n <= INT_MAX);
    unsigned n = 0;
    const unsigned char *done = HMAC(EVP_sha256(), key.n ? key.p : "", (int)key.n,
                                     (const unsigned char *)message.p, message.n, out, &n);
    if (!done || n != 32) abort();
}

void sha256(struct str message, uint8_t out[32]) {
    if (!SHA256((const unsigned char *)message.p, message.n, out)) abort();
}
