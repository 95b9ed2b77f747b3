/* Tokens from outside. Two ways in, chosen by the first byte: an even one gives the rest as the token, which
 * the signature will stop; an odd one gives the rest as a payload that is signed as ours, so that the reader
 * of claims is reached. What is read must be complete, and must read the same after it was made anew. */
#include <assert.h>

#include "base/b64.h"
#include "crypto/sign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int64_t NOW_US = INT64_C(1795000000) * 1000000;

static void signed_payload(struct str secret, struct str payload, struct buf *out) {
    uint8_t mac[32];
    buf_z(out, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.");
    b64url_add(out, payload.p, payload.n);
    hmac_sha256(secret, buf_str(out), mac);
    buf_c(out, '.');
    b64url_add(out, mac, sizeof mac);
}

static void check_read(struct str secret, const struct claims *c) {
    assert(tenant_given(c->tenant) && id_given(c->token) && c->role != ROLE_NONE && c->expires_s >= 0);
    BUF_AUTO again;
    buf_init(&again, JWT_MAX_BYTES);
    struct claims back;
    assert(jwt_make(secret, c, &again, NULL) == 0);
    assert(jwt_read(secret, buf_str(&again), NOW_US, &back, NULL) == 0);
    assert(id_eq(back.tenant.id, c->tenant.id) && id_eq(back.user, c->user) && id_eq(back.token, c->token));
    assert(back.role == c->role && back.issued_s == c->issued_s && back.expires_s == c->expires_s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    struct str secret = STR("0123456789abcdef0123456789abcdef"), rest = {(const char *)data + 1, size - 1};
    struct claims c;
    struct err e = {0};
    BUF_AUTO token;
    buf_init(&token, 1 << 20);
    if (data[0] & 1)
        signed_payload(secret, rest, &token);
    else
        buf_str_add(&token, rest);
    if (jwt_read(secret, buf_str(&token), NOW_US, &c, &e) == 0)
        check_read(secret, &c);
    else
        assert(e.kind == ERR_AUTH);
    return 0;
}
