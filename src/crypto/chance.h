/* Chance from the kernel, for production: keys, nonces, salts, identifiers. See port/chance.h for what is
 * promised. */
#ifndef CRYPTO_CHANCE_H
#define CRYPTO_CHANCE_H

#include "base/err.h"
#include "port/chance.h"

struct kernel_chance;
/* One for the process is enough; any number of threads may draw from it. -1: ERR_UNAVAILABLE, out of memory.
 */
int kernel_chance_new(struct kernel_chance **out, struct err *e);
void kernel_chance_free(struct kernel_chance *k); /* nobody may be drawing; wipes */
/* The port on it, valid as long as *k is. A draw that the kernel refuses ends the process (abort). */
struct chance kernel_chance_port(struct kernel_chance *k);

#endif
