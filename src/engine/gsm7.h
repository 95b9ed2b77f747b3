/* The alphabet of plain text messages (3GPP TS 23.038, "GSM 7 bit"): a text that stays within it fits 160
 * septets in one message and 153 in each part of a longer one; a single other character costs more than
 * half of that. (BRIEF-3, UI: SMS to agents in at most two parts) */
#ifndef ENGINE_GSM7_H
#define ENGINE_GSM7_H

#include "base/buf.h"

enum { GSM7_ONE = 160, GSM7_TWO = 306 }; /* septets of one message and of two joined ones */

bool gsm7_valid(struct str s);     /* all of it is in the alphabet or its extension */
size_t gsm7_septets(struct str s); /* extension characters count two, characters outside count nothing */
/* Appends s in the alphabet: letters lose accents it does not have, typographic marks become plain ones,
 * control characters spaces; what has no likeness (emoji, other scripts) is left out. Runs of spaces become
 * one. */
void gsm7_add(struct buf *out, struct str s);

#endif
