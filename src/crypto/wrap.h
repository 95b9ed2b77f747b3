/* Within src/crypto only: the sealed form on fixed memory, which seal.c and keyring.c share.
 *
 * Keys go through these and never through a growing buffer, so that no copy of one stays behind in freed
 * memory. */
#ifndef CRYPTO_WRAP_H
#define CRYPTO_WRAP_H

#include "crypto/seal.h"

/* Writes plain.n + SEAL_OVERHEAD bytes. -1: ERR_INTERNAL. */
int seal_into(const struct key *k, const struct seal_place *at, struct str plain, const struct chance *c,
              uint8_t *out, struct err *e);
/* Writes sealed.n - SEAL_OVERHEAD bytes; on failure those bytes are zero. sealed must be at least
 * SEAL_OVERHEAD long. */
int unseal_into(const struct key *k, const struct seal_place *at, struct str sealed, uint8_t *out,
                struct err *e);

/* A key sealed at a place under another key, and back. A key that comes out has version KEY_FIRST_VERSION. */
int key_wrap(const struct key *under, const struct seal_place *at, const struct key *k,
             const struct chance *c, uint8_t out_wrapped[WRAPPED_BYTES], struct err *e);
int key_unwrap(const struct key *under, const struct seal_place *at, struct str wrapped, struct key *out,
               struct err *e);
/* A fresh key, and the same wrapped. */
int key_make(const struct key *under, const struct seal_place *at, const struct chance *c, struct key *out,
             uint8_t out_wrapped[WRAPPED_BYTES], struct err *e);

#endif
