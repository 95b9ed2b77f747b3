/* What the decoders share: lenient readers of somebody else's JSON, and text made fit for the timeline. Not for
 * use outside decode_*.c.
 *
 * Lenient: a member that is missing, null or of a type we did not expect is absent, never an error. Strings come
 * back trimmed, without control characters, cut between characters to their limit; they live in the arena. */
#ifndef FLOW_DECODE_IN_H
#define FLOW_DECODE_IN_H

#include "base/zone.h"
#include "flow/decode.h"

enum {
    IN_MAX_ID = 200,            /* bytes of an id of the source */
    IN_MAX_FIELD = 512,         /* of a contact fact or a short text */
    IN_MAX_LONG = 4 * 1024,     /* of a tag list or an address on the web */
    IN_MAX_TEXT = READ_MAX_TEXT /* of what a person wrote: as much as is read */
};

/* Tabs and other control characters become spaces; line ends become '\n' when `lines`, else spaces, too. */
struct str in_clean(struct arena *a, struct str s, size_t max, bool lines);
/* The first of the members (given as "a|b|c") that is a string or a whole number; "" stays given. */
struct str in_text(struct arena *a, const struct jnode *o, const char *keys, size_t max);
/* Only strings and numbers that are not empty. */
struct str in_id(struct arena *a, const struct jnode *o, const char *keys);
/* RFC 3339, or a whole number of milliseconds; 0 when neither. */
int64_t in_time(const struct jnode *o, const char *keys);
double in_number(const struct jnode *o, const char *key);
/* true, "true", 1 -> 1; false, "false", 0 -> 0; else -1. */
int in_flag(const struct jnode *n);
/* "Ada <ada@example.com>", "ada@example.com" or an array of exactly one of these -> the address; else absent. */
struct str in_address(struct arena *a, const struct jnode *n);
/* An array of strings, or one string -> a list with commas between; absent when neither. */
struct str in_list(struct arena *a, const struct jnode *n);
/* A mail body or note, HTML or not, as plain text. */
struct str in_body(struct arena *a, struct str body, bool mail);

bool in_has(struct str s, struct str what); /* ASCII case folded */

/* Contact facts under either of the CRM's spellings (camelCase of the app's webhooks, snake_case of the
 * workflow's). What is not there is not stated; phone, e-mail and assignment given as null are stated as empty. */
void in_contact(struct arena *a, const struct jnode *o, struct event *ev);

#endif
