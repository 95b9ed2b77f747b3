/* Who the lead is: contact facts, the latest statement of each field winning.
 *
 * Order-independent by construction: each field keeps the (at, event id) of the event that stated it, and a
 * statement counts only when it is later. Any order of arrival therefore ends in the same profile. Stored
 * sealed as JSON. Strings live in the arena given. */
#ifndef ENGINE_PROFILE_H
#define ENGINE_PROFILE_H

#include "engine/event.h"

struct profile_field {
    struct str value; /* STR_NONE: never stated */
    int64_t at_us;
    struct id by;
};
struct profile {
    struct profile_field field[CONTACT_FIELDS];
};
bool profile_apply(struct profile *p, const struct event *ev,
                   struct arena *a); /* true when something changed */
void profile_write(const struct profile *p, struct buf *out);
int profile_read(struct arena *a, struct str json, struct profile *out, struct err *e);
struct str profile_get(const struct profile *p,
                       enum contact_field f); /* STR_NONE when never stated or empty */
bool profile_flag(const struct profile *p, enum contact_field f);
/* What to call the lead: name, else first name, else "Lead" plus the last four digits of the phone, else
 * "Unnamed lead". */
struct str profile_display_name(const struct profile *p, struct arena *a);
enum language profile_language(const struct profile *p);

#endif
