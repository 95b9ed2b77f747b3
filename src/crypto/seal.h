/* Sealing of personal data (DATA-3, DESIGN 5.6): AES-256-GCM under a key of the lead or the tenant.
 *
 * Key tree: master key (environment or file, several versions may be known, one is current) wraps each
 * tenant's key, the tenant's key wraps each lead's key. A wrapped key and a sealed field carry the version of
 * what sealed them.
 *
 * Layout of a sealed field: format (1 byte, 1) | key version (4 bytes, big endian) | nonce (12 bytes) |
 * ciphertext | tag (16 bytes).
 *
 * The additional data binds a field to its place (see struct seal_place), so that a row's bytes moved to
 * another row, column, lead or tenant do not open. Nonces come from `chance`, 96 bits, fresh for each field;
 * a key seals far fewer than 2^32. Erasing a person = forgetting the lead's wrapped key.
 *
 * Thread safety: a keyring may be read by many threads; adding versions is not for concurrent use. */
#ifndef CRYPTO_SEAL_H
#define CRYPTO_SEAL_H

#include "base/buf.h"
#include "base/id.h"
#include "port/chance.h"

enum {
    KEY_BYTES = 32,
    SEAL_OVERHEAD = 1 + 4 + 12 + 16,
    WRAPPED_BYTES = KEY_BYTES + SEAL_OVERHEAD,
    KEY_FIRST_VERSION = 1
};

/* A tenant's or lead's key comes out of make and open with version KEY_FIRST_VERSION; whoever keeps several
 * generations of one sets the number of the generation before using it. */
struct key {
    uint8_t b[KEY_BYTES];
    uint32_t version; /* not 0 */
};

struct keyring; /* the master keys */
/* text: one key a line, "<version>:<64 hex digits>", the highest version is current; '#' comments. */
int keyring_read(struct str text, struct keyring **out, struct err *e);
/* Adds a fresh master key to the text form (for `leadlight keys rotate` and first start). version is the new
 * key's: keyring_current() + 1, or 1. The caller wipes the buffer. */
void keyring_extend_text(struct buf *text, uint32_t version, const struct chance *c);
void keyring_free(struct keyring *k); /* wipes */
uint32_t keyring_current(const struct keyring *k);
/* 16 bytes that tell whether a database belongs to this keyring, without revealing a key (for `meta`). An
 * unknown version is ERR_NOT_FOUND. */
int keyring_mark(const struct keyring *k, uint32_t version, uint8_t out[16], struct err *e);

/* A fresh key sealed under the current master key / under the tenant's key, and back. */
int tenant_key_make(const struct keyring *k, struct tenant_id t, const struct chance *c, struct key *out,
                    uint8_t out_wrapped[WRAPPED_BYTES], struct err *e);
int tenant_key_open(const struct keyring *k, struct tenant_id t, struct str wrapped, struct key *out,
                    struct err *e);
/* The same tenant key under the current master key: rotation without touching the tenant's data. */
int tenant_key_rewrap(const struct keyring *k, struct tenant_id t, struct str wrapped, const struct chance *c,
                      uint8_t out_wrapped[WRAPPED_BYTES], struct err *e);
int lead_key_make(const struct key *tenant_key, struct tenant_id t, struct id lead, const struct chance *c,
                  struct key *out, uint8_t out_wrapped[WRAPPED_BYTES], struct err *e);
int lead_key_open(const struct key *tenant_key, struct tenant_id t, struct id lead, struct str wrapped,
                  struct key *out, struct err *e);

struct seal_place { /* what the additional data is made of */
    struct tenant_id tenant;
    struct id owner;    /* the lead, agent, ... or all zero */
    const char *column; /* "leads.profile" */
    struct id row;      /* the row's id, or all zero when the owner is the row */
};
/* Appends the sealed form. -1 only when the crypto library fails (ERR_INTERNAL) or it does not fit *out
 * (ERR_TOO_LARGE). The tenant and the column must be given (assert). `plain` must not lie in *out. */
int seal(const struct key *k, const struct seal_place *at, struct str plain, const struct chance *c,
         struct buf *out, struct err *e);
/* Appends the plain text. Wrong key, place, or changed bytes: ERR_INTERNAL "does not open" and nothing
 * appended. */
int unseal(const struct key *k, const struct seal_place *at, struct str sealed, struct buf *out,
           struct err *e);
uint32_t sealed_version(struct str sealed); /* 0 when malformed */
void key_wipe(struct key *k);

/* Keyed hash (HMAC-SHA256 under a key derived from the tenant's by HKDF) for exact-match look-ups of e-mail
 * and phone. The caller normalises the value first. column: at most 64 characters. */
void blind_index(const struct key *tenant_key, const char *column, struct str value, uint8_t out[32]);

#endif
