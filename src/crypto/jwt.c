/* Bearer tokens: JWT (RFC 7519) as JWS compact form (RFC 7515) with HS256 (RFC 7518). See sign.h.
 *
 * The header is a constant and is compared, not parsed: there is nothing in it for a sender to choose, so
 * neither "none" nor a public key used as a secret has a way in. The signature is compared as text with the
 * text of our own, so there is one spelling of it only. The claims are parsed after both fit, hence only ever
 * written by a holder of the secret; they are read strictly all the same.
 *
 * Claims: "tid" tenant, "sub" user, "jti" token, "role", "iat", "exp" (absent: never expires), and "nbf" is
 * obeyed. Unknown claims are ignored, as the RFC asks. Must not do: read the clock; tell why a token was
 * refused. */
#include "crypto/sign.h"

#include <assert.h>
#include <openssl/crypto.h>

#include "base/b64.h"
#include "base/json.h"

enum { MAC_TEXT = 43, ARENA_MAX = 64 * 1024, US_PER_S = 1000000 };

/* {"alg":"HS256","typ":"JWT"} and the dot */
#define HEADER "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."

static const char *const role_names[] = {"none", "agent", "team_lead", "admin", "service"};
static const unsigned ROLES = sizeof role_names / sizeof role_names[0];

const char *role_name(enum role r) {
    assert((unsigned)r < ROLES);
    return role_names[r];
}

bool role_parse(struct str s, enum role *out) {
    for (unsigned r = ROLE_NONE + 1; r < ROLES; r++) {
        if (!str_is(s, role_names[r])) continue;
        *out = (enum role)r;
        return true;
    }
    return false;
}

static void put_id(struct jw *w, const char *key, struct id id) {
    char text[ID_TEXT + 1];
    id_text(id, text);
    jw_kz(w, key, text);
}

static void claims_write(const struct claims *c, struct buf *json) {
    struct jw w = jw_on(json);
    jw_object(&w);
    put_id(&w, "tid", c->tenant.id);
    if (id_given(c->user)) put_id(&w, "sub", c->user);
    put_id(&w, "jti", c->token);
    jw_kz(&w, "role", role_name(c->role));
    jw_ki64(&w, "iat", c->issued_s);
    if (c->expires_s) jw_ki64(&w, "exp", c->expires_s);
    jw_end(&w);
}

static void mac_add(struct str secret, struct str signed_part, struct buf *out) {
    uint8_t mac[32];
    hmac_sha256(secret, signed_part, mac);
    b64url_add(out, mac, sizeof mac);
    OPENSSL_cleanse(mac, sizeof mac);
}

int jwt_make(struct str secret, const struct claims *c, struct buf *out, struct err *e) {
    if (secret.n < JWT_SECRET_MIN)
        return err_set(e, ERR_INVALID, "secret", "has %zu bytes, at least %d are needed", secret.n,
                       JWT_SECRET_MIN);
    if (!tenant_given(c->tenant)) return err_set(e, ERR_INVALID, "tenant", "a token needs a tenant");
    if (!id_given(c->token))
        return err_set(e, ERR_INVALID, "token", "a token needs an id, or it cannot be revoked");
    if (c->role == ROLE_NONE || (unsigned)c->role >= ROLES)
        return err_set(e, ERR_INVALID, "role", "a token needs a role");
    if (c->expires_s < 0) return err_set(e, ERR_INVALID, "expires", "lies before 1970");
    BUF_AUTO json, token;
    buf_init(&json, JWT_MAX_BYTES);
    buf_init(&token, JWT_MAX_BYTES);
    claims_write(c, &json);
    buf_z(&token, HEADER);
    b64url_add(&token, json.p, json.n);
    struct str signed_part = buf_str(&token);
    BUF_AUTO mac;
    buf_init(&mac, MAC_TEXT);
    mac_add(secret, signed_part, &mac);
    buf_c(&token, '.');
    buf_str_add(&token, buf_str(&mac));
    if (buf_check(&json, "token", e) < 0 || buf_check(&mac, "token", e) < 0 ||
        buf_check(&token, "token", e) < 0)
        return -1;
    buf_str_add(out, buf_str(&token));
    return buf_check(out, "token", e);
}

static bool mac_fits(struct str secret, struct str signed_part, struct str mac) {
    BUF_AUTO own;
    buf_init(&own, MAC_TEXT);
    mac_add(secret, signed_part, &own);
    return buf_ok(&own) && str_eq_secret(buf_str(&own), mac);
}

static bool read_id(const struct jnode *o, const char *key, struct id *out) {
    struct str text;
    return json_need_str(o, key, &text, NULL) == 0 && id_parse(text, out) && id_given(*out);
}

static bool present(const struct jnode *o, const char *key) {
    return json_get(o, key) != NULL;
}

/* A moment that may be absent. One that is there must be a whole number above 0, so that "exp": 0 or null
 * does not pass for "never". */
static bool read_moment(const struct jnode *o, const char *key, int64_t *out_s) {
    *out_s = 0;
    return !present(o, key) || (json_i64(o, key, 0, out_s, NULL) == 0 && *out_s > 0);
}

static bool claims_read(const struct jnode *o, int64_t now_us, struct claims *c) {
    struct str role;
    int64_t not_before_s;
    int64_t now_s = now_us / US_PER_S - (now_us % US_PER_S < 0);
    return o->type == JOBJECT && read_id(o, "tid", &c->tenant.id) && read_id(o, "jti", &c->token) &&
           (!present(o, "sub") || read_id(o, "sub", &c->user)) &&
           json_need_str(o, "role", &role, NULL) == 0 && role_parse(role, &c->role) && present(o, "iat") &&
           json_i64(o, "iat", 0, &c->issued_s, NULL) == 0 && read_moment(o, "exp", &c->expires_s) &&
           read_moment(o, "nbf", &not_before_s) &&
           (c->expires_s == 0 || now_s - JWT_LEEWAY_S < c->expires_s) &&
           (not_before_s == 0 || now_s + JWT_LEEWAY_S >= not_before_s);
}

static bool payload_read(struct str payload, int64_t now_us, struct claims *out) {
    BUF_AUTO json;
    buf_init(&json, JWT_MAX_BYTES);
    if (b64url_decode(payload, &json, NULL) < 0) return false;
    ARENA_AUTO a;
    arena_init(&a, ARENA_MAX);
    const struct jnode *root = NULL;
    return json_parse(&a, buf_str(&json), JWT_MAX_BYTES, &root, NULL) == 0 && claims_read(root, now_us, out);
}

int jwt_read(struct str secret, struct str token, int64_t now_us, struct claims *out, struct err *e) {
    static const size_t header_n = sizeof HEADER - 1;
    struct claims c = {0};
    bool good = secret.n >= JWT_SECRET_MIN && token.n <= JWT_MAX_BYTES && token.n > header_n + 1 + MAC_TEXT &&
                str_starts(token, STR(HEADER)) && token.p[token.n - MAC_TEXT - 1] == '.';
    if (good) {
        struct str signed_part = str_head(token, token.n - MAC_TEXT - 1);
        good = mac_fits(secret, signed_part, str_skip(token, token.n - MAC_TEXT)) &&
               payload_read(str_skip(signed_part, header_n), now_us, &c);
    }
    if (!good) return err_set(e, ERR_AUTH, "", "the token is not valid, or no longer");
    *out = c;
    return 0;
}
