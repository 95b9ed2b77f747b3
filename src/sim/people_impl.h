/* What the parts of the made-up world share: people.c lives it, body.c words it. Not for use outside. */
#ifndef SIM_PEOPLE_IMPL_H
#define SIM_PEOPLE_IMPL_H

#include "base/arena.h"
#include "sim/people.h"
#include "sim/phrases.h"

enum todo_what {
    DO_ARRIVE,
    DO_EPISODE, /* decides what comes next; nothing is seen of it */
    DO_BROWSE,  /* arg: pages left in this visit */
    DO_WRITE,   /* arg: enum phrase_kind */
    DO_CALL_IN,
    DO_ANSWER, /* the agent writes; arg: enum phrase_kind */
    DO_CALL_OUT,
    DO_NOTE,
    DO_TASK,
    DO_TASK_DONE,
    DO_UPDATE,
    DO_TAGS,
    DO_DND, /* the CRM's do-not-disturb; arg 1: because the lead asked an agent by mouth */
    DO_DEAL,
    DO_STAGE,
    DO_APPOINT,
    DO_APPOINTED, /* the appointment took place, or not */
    DO_DELETE
};
enum { STAGE_WON = 5 }; /* of a deal: the last */
struct todo {
    int64_t at_us;
    uint8_t what, arg;
};
struct life {
    struct prng r;
    int64_t next_us; /* the earliest of todo, INT64_MAX when none */
    int64_t arrived_us;
    struct todo todo[WORLD_TODO];
    uint8_t n_todo, persona, language, stage;
    uint8_t place, agent, beds;
    bool arrived, opted_out, deleted, has_deal, mails, zone_known, zone_wrong, dnd, dnd_sms;
    uint8_t visits; /* episodes so far, up to 255 */
    uint16_t first, last;
    uint16_t deals, appointments, tasks;
    uint32_t price;  /* thousands of dollars */
    uint32_t heap;   /* place in the heap */
    uint32_t things; /* happenings so far: part of their names */
};

struct world {
    struct world_options o;
    struct arena arena; /* tenants and agents */
    struct world_tenant *tenant;
    struct life *life; /* tenant * leads + lead */
    uint32_t *heap;
    size_t n;
    const struct zone *place_zone[64];
    struct buf body, text;
    struct arena scratch; /* of the happening at hand */
};

/* What body.c needs to word one happening. */
struct wording {
    const struct world *w;
    const struct world_tenant *t;
    const struct world_agent *agent;
    const struct world_lead *lead;
    struct life *l;
    struct happening *h;
    const char *say; /* subject, title */
};
void body_contact(struct wording *c, struct buf *out);
void body_message(struct wording *c, bool inbound, int64_t seconds, struct buf *out); /* seconds: of a call */
void body_deal(struct wording *c, struct buf *out);
void body_appointment(struct wording *c, int64_t when_us, const char *status, struct buf *out);
void body_note(struct wording *c, struct buf *out);
void body_task(struct wording *c, struct buf *out);
void body_event(struct wording *c, struct str url, int64_t seconds,
                struct buf *out); /* item of POST /api/v1/events */

#endif
