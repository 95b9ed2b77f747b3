/* UTF-8 text: checking, walking, repairing, folding for comparison.
 *
 * "Valid" is RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF. Where bytes are wrong, every
 * maximal subpart (Unicode 15, 3.9, table 3-8) counts as one U+FFFD, as browsers do. No tables of Unicode are
 * carried: case and accents are known for the Latin letters that English and Spanish (and names from western
 * Europe) use; other letters pass unchanged. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/buf.h"

enum { UTF8_REPLACEMENT = 0xfffd };

bool utf8_valid(struct str s);
/* The first code point of s and its length in bytes; 0 when s is empty. A wrong sequence gives U+FFFD and the
 * length of its maximal subpart (1 to 3), with *out_valid false. out_valid may be NULL. */
size_t utf8_next(struct str s, uint32_t *out_code_point, bool *out_valid);
/* Writes a code point in 1 to 4 bytes; one that is no scalar value is written as U+FFFD. */
size_t utf8_encode(uint32_t code_point, char out[4]);
/* Code points; a wrong sequence counts as the one U+FFFD it would become. */
size_t utf8_count(struct str s);
/* Appends s with U+FFFD for what is wrong. */
void utf8_sanitize(struct buf *b, struct str s);
/* At most max_bytes of valid text s, cut between code points (never inside one). */
struct str utf8_head(struct str s, size_t max_bytes);
/* Appends s in lower case: A-Z, the Latin-1 and the Latin Extended-A letters. Wrong bytes become U+FFFD. */
void utf8_lower(struct buf *b, struct str s);
/* Appends s folded for comparison: lower case, accents off (ñ -> n, É -> e, combining marks dropped, so that
 * composed and decomposed text meet), ß -> ss, æ -> ae, œ -> oe, typographic quotes -> ' and ", no-break
 * spaces -> space. Never for display. Wrong bytes become U+FFFD. */
void utf8_fold(struct buf *b, struct str s);

#endif
