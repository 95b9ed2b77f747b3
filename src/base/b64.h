/* Base64 (RFC 4648), both alphabets, strict.
 *
 * Standard: "+/", always padded. URL: "-_", never padded. Reading takes exactly what writing gives: no white
 * space, no missing or superfluous padding, no other alphabet's characters, unused bits zero. So every byte
 * string has one text, and a text that was compared or signed cannot be varied. */
#ifndef BASE_B64_H
#define BASE_B64_H

#include "base/buf.h"

void b64_add(struct buf *b, const void *p, size_t n);
void b64url_add(struct buf *b, const void *p, size_t n);
/* Appends the bytes to *out. -1: ERR_INVALID for what is not base64, ERR_TOO_LARGE when out is full; out is
 * then as long as before. */
int b64_decode(struct str text, struct buf *out, struct err *e);
int b64url_decode(struct str text, struct buf *out, struct err *e);

#endif
