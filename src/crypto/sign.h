/* Signatures, tokens, passwords: thin, strict doors to libcrypto, libsodium and libargon2.
 *
 * Ed25519 over the raw body for the CRM's webhooks (contracts: `X-GHL-Signature`, base64 of 64 bytes,
 * standard alphabet), RSA PKCS#1 v1.5 SHA-256 for its legacy header, HMAC-SHA256 for our own. Keys are parsed
 * once and may be used by many threads. A verifier returns 0 or -1 with ERR_AUTH; it never says which part
 * failed. */
#ifndef CRYPTO_SIGN_H
#define CRYPTO_SIGN_H

#include "base/buf.h"
#include "base/id.h"
#include "port/chance.h"

struct public_key; /* Ed25519 or RSA */
int public_key_read(struct str pem, struct public_key **out,
                    struct err *e); /* ERR_INVALID: not PEM, other algorithm, RSA < 2048 */
void public_key_free(struct public_key *k);
bool public_key_is_ed25519(const struct public_key *k);
int public_key_verify(const struct public_key *k, struct str message, struct str signature_base64,
                      struct err *e);
/* For tests and the demo, which play the CRM. Ed25519 only. */
struct signing_key;
int signing_key_make(const struct chance *c, struct signing_key **out, struct err *e);
void signing_key_free(struct signing_key *k);
int signing_key_public_pem(const struct signing_key *k, struct buf *out, struct err *e);
int signing_key_sign(const struct signing_key *k, struct str message, struct buf *out_base64, struct err *e);

void hmac_sha256(struct str key, struct str message, uint8_t out[32]);
void sha256(struct str message, uint8_t out[32]);

/* Passwords: argon2id, parameters in the encoded string (RFC 9106 second recommended option with one lane: 64
 * MiB, 3 passes). Each call takes about 0.17 s and 64 MiB: on a worker thread, never on an event loop, and
 * few at once. ERR_UNAVAILABLE: the memory was not to be had. Empty or over PASSWORD_MAX_BYTES is refused. */
enum { PASSWORD_MAX_BYTES = 1024 };
int password_hash(struct str password, const struct chance *c, struct buf *out, struct err *e);
int password_check(struct str password, struct str encoded,
                   struct err *e); /* 0 or -1 ERR_AUTH; constant work for a missing user: pass "" */

/* JWT, HS256 only; header is fixed, anything else (alg none, other algorithms, extra dots, padding) is
 * refused. A secret has at least JWT_SECRET_MIN bytes (RFC 7518, 3.2), a token at most JWT_MAX_BYTES: ours
 * have about 350, and what is longer is refused before any work is done on it. */
enum { JWT_SECRET_MIN = 32, JWT_MAX_BYTES = 1024, JWT_LEEWAY_S = 60 };
enum role { ROLE_NONE, ROLE_AGENT, ROLE_LEAD, ROLE_ADMIN, ROLE_SERVICE }; /* team lead = ROLE_LEAD */
struct claims {
    struct tenant_id tenant;
    struct id user;  /* the agent's id; all zero for a service token: then "sub" is absent */
    struct id token; /* "jti": revocable */
    enum role role;
    int64_t issued_s, expires_s; /* epoch seconds; expires 0 = never */
};
/* ERR_INVALID: secret too short, no tenant, token or role. */
int jwt_make(struct str secret, const struct claims *c, struct buf *out, struct err *e);
/* Checks signature and expiry (JWT_LEEWAY_S for clocks, also for "nbf") and reads the claims. -1: ERR_AUTH.
 * Whether the token was revoked is the caller's question. */
int jwt_read(struct str secret, struct str token, int64_t now_us, struct claims *out, struct err *e);
const char *role_name(enum role r); /* "agent", "team_lead", "admin", "service" */
bool role_parse(struct str s, enum role *out);

#endif
