/* The picture: per lead, the small set of running figures the engines need (DESIGN 1). picture_apply() folds
 * one event.
 *
 * Order-independent by construction, so that any order of arrival (each event once) ends in the same bytes:
 *  - counters only grow; first and last are minimum and maximum;
 *  - `recent` keeps the PICTURE_RECENT latest events by (at, id), whatever order they came in: messages,
 * calls, behaviour, deals and appointments. Contact facts, delivery reports, notes, tasks and our own acts
 * are counted but not kept there, so that a sync of fields does not push out what the lead did;
 *  - day counts belong to the PICTURE_DAYS days (UTC) up to the latest event's day; older ones fall out;
 *  - opting out and in are latest-wins with opt-out winning ties.
 * Work per event is independent of history. No clock: scores computed from it take `now`. */
#ifndef ENGINE_PICTURE_H
#define ENGINE_PICTURE_H

#include "engine/event.h"
#include "engine/read.h"

enum { PICTURE_VERSION = 1, PICTURE_RECENT = 48, PICTURE_DAYS = 56 };

struct touch { /* one recent event in brief */
    int64_t at_us;
    struct id id;
    uint8_t kind, channel;
    uint8_t urgency, competitor; /* reading, in 1/255 */
    int32_t seconds;             /* dwell or call length */
};
struct picture {
    uint32_t version;
    int64_t first_us, last_us;       /* any event; 0 when none */
    int64_t last_in_us, last_out_us; /* message or call from / to the lead */
    int64_t last_behavior_us;
    uint32_t count[EVENT_KINDS];
    int64_t last_of[EVENT_KINDS];
    uint32_t in_by_channel[CHANNELS]; /* messages and calls from the lead */
    uint32_t out_by_channel[CHANNELS];
    int64_t opt_out_us, opt_in_us;
    struct id opt_out_event;
    bool opt_needs_person; /* doubtful wording seen and not settled later */
    int64_t opt_doubt_us, opt_settled_us;
    int64_t won_us, lost_us;             /* latest opportunity status of that kind */
    int64_t newest_day;                  /* UTC day number of day[0] */
    uint16_t day_activity[PICTURE_DAYS]; /* behaviour and inbound messages per UTC day, day[0] newest */
    uint16_t n_recent;
    struct touch recent[PICTURE_RECENT]; /* newest first */
};

void picture_init(struct picture *p);
/* `r` is the reading of ev->text for EV_MESSAGE_IN and EV_FORM, else NULL. A refusal of one channel
 * (OPT_CHANNEL) counts as doubt: until the gate knows channels apart, a person decides. An agent settles by
 * an EV_ACTION with ref "consent": status "stopped" is an opt-out (a spoken one, say), "cleared" says that
 * the doubt was none. An event from before 1970 counts as of its first microsecond. */
void picture_apply(struct picture *p, const struct event *ev, const struct reading *r);
bool picture_opted_out(const struct picture *p);
/* Stored form: variable-length integers, versioned, about 1.5 KB for a lead with a full `recent`; never over
 * PICTURE_MAX_BLOB. A blob of another version: ERR_CONFLICT (rebuild from the timeline). */
void picture_write(const struct picture *p, struct buf *out);
enum { PICTURE_MAX_BLOB = 4096 };
/* -1: ERR_CONFLICT for another version, ERR_INVALID for what picture_write() does not write; *out is then
 * untouched. */
int picture_read(struct str blob, struct picture *out, struct err *e);

#endif
