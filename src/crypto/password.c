/* Passwords as argon2id (SEC). See sign.h.
 *
 * RFC 9106 recommends, where memory is short, 64 MiB, 3 passes and 4 lanes. We take one lane. Lanes do not
 * change how much is computed, only on how many cores at once: four lanes are four threads for each attempt
 * to log in. On one core that is no faster; on two it takes a log-in from 0.17 s to 0.1 s and, meanwhile,
 * both cores from everybody else. The attacker, who tries passwords by the million, fills his cores either
 * way. Parameters stand in each hash, so raising them later leaves old hashes valid.
 *
 * One hash takes about 0.17 s of one core and 64 MiB. Hence both functions belong on a worker thread, never
 * on an event loop, and the caller bounds how many run at once: that bound, not this file, is what keeps a
 * flood of log-ins from using up the memory.
 *
 * An unknown user costs the same work as a wrong password. Parameters of a stored hash are held to a range
 * before any work is done, so that a row changed by somebody else cannot ask for terabytes. */
#include "crypto/sign.h"

#include <argon2.h>
#include <openssl/crypto.h>

enum { PASSES = 3, MEMORY_KIB = 64 * 1024, LANES = 1, SALT = 16, HASH = 32, ENCODED_MAX = 256 };
enum { PASSES_MAX = 16, MEMORY_KIB_MAX = 1024 * 1024, LANES_MAX = 16 };

int password_hash(struct str password, const struct chance *c, struct buf *out, struct err *e) {
    if (password.n == 0) return err_set(e, ERR_INVALID, "password", "is empty");
    if (password.n > PASSWORD_MAX_BYTES)
        return err_set(e, ERR_TOO_LARGE, "password", "more than %d bytes", PASSWORD_MAX_BYTES);
    uint8_t salt[SALT];
    char encoded[ENCODED_MAX];
    chance_fill(c, salt, sizeof salt);
    int rc = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password.p, password.n, salt, sizeof salt, HASH,
                                   encoded, sizeof encoded);
    if (rc == ARGON2_MEMORY_ALLOCATION_ERROR)
        return err_set(e, ERR_UNAVAILABLE, "password", "no memory to hash it");
    if (rc != ARGON2_OK) return err_set(e, ERR_INTERNAL, "password", "argon2: %s", argon2_error_message(rc));
    buf_z(out, encoded);
    return buf_check(out, "password", e);
}

/* "name=123" up to `end` */
static bool cost_read(struct str *rest, const char *name, char end, int64_t max) {
    struct str part;
    int64_t v = 0;
    if (!str_starts(*rest, str_of(name))) return false;
    *rest = str_skip(*rest, strlen(name));
    return str_cut(rest, end, &part) && str_to_i64(part, &v) && v >= 1 && v <= max;
}

static bool costs_bearable(struct str encoded) {
    static const char start[] = "$argon2id$v=19$";
    if (!str_starts(encoded, str_of(start))) return false;
    encoded = str_skip(encoded, sizeof start - 1);
    return cost_read(&encoded, "m=", ',', MEMORY_KIB_MAX) && cost_read(&encoded, "t=", ',', PASSES_MAX) &&
           cost_read(&encoded, "p=", '$', LANES_MAX);
}

/* The work of a check, for nothing. */
static int work_in_vain(struct str password) {
    static const uint8_t salt[SALT] = {1};
    uint8_t hash[HASH];
    int rc = argon2id_hash_raw(PASSES, MEMORY_KIB, LANES, password.p, password.n, salt, sizeof salt, hash,
                               sizeof hash);
    OPENSSL_cleanse(hash, sizeof hash);
    return rc == ARGON2_OK ? ARGON2_VERIFY_MISMATCH : rc;
}

int password_check(struct str password, struct str encoded, struct err *e) {
    char z[ENCODED_MAX];
    int rc = ARGON2_VERIFY_MISMATCH;
    if (password.n <= PASSWORD_MAX_BYTES) {
        bool usable = costs_bearable(encoded) && str_to_z(encoded, z, sizeof z);
        rc = usable ? argon2id_verify(z, password.p, password.n) : work_in_vain(password);
    }
    if (rc == ARGON2_OK) return 0;
    if (rc == ARGON2_MEMORY_ALLOCATION_ERROR)
        return err_set(e, ERR_UNAVAILABLE, "", "no memory to check the password");
    return err_set(e, ERR_AUTH, "", "the name or the password is wrong");
}
