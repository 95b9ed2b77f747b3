/* What made-up people are called, where they live and what they write: our own words, English and Spanish
 * as they mix in Miami. Placeholders: %a an area, %b bedrooms, %p a price, %g the agent's first name, %f
 * the lead's first name, %r the brokerage. */
#ifndef SIM_PHRASES_H
#define SIM_PHRASES_H

#include "base/prng.h"
#include "engine/event.h"

enum phrase_kind {
    SAY_HELLO,      /* a first message */
    SAY_QUESTION,   /* an ordinary question */
    SAY_URGENT,     /* must move soon */
    SAY_COMPETITOR, /* talks to another agent */
    SAY_SHOWING,    /* asks to see a home */
    SAY_DOUBT,      /* an objection */
    SAY_THANKS,     /* a short answer */
    SAY_STOP,       /* asks not to be contacted any more */
    SAY_START,      /* asks to be contacted again */
    SAY_HELP,       /* the keyword */
    SAY_AGENT_HELLO,
    SAY_AGENT_ANSWER,
    SAY_AGENT_FOLLOW_UP,
    SAY_NOTE,
    SAY_TASK,
    SAY_SUBJECT, /* of an e-mail */
    PHRASE_KINDS
};

struct phrase_fields {
    struct str area, beds, price, agent, lead, brokerage;
};
/* Appends a phrase of the kind and language, its placeholders filled. */
void phrase_add(enum phrase_kind k, enum language l, struct prng *r, const struct phrase_fields *f,
                struct buf *out);

struct place {
    const char *city, *state, *zip, *zone, *area_code;
};
size_t places_n(void);
const struct place *place_at(size_t i); /* the first PLACES_LOCAL are in greater Miami */
enum { PLACES_LOCAL = 12 };
const char *area_some(struct prng *r); /* a neighbourhood */
const char *first_name_at(size_t i, enum language *out_language);
size_t first_names_n(void);
const char *last_name_at(size_t i);
size_t last_names_n(void);

#endif
