/* Applying a plan: the effects a decision named, written in the transaction of the event that caused it
 * (FLOW-4, FLOW-5). */
#ifndef FLOW_PLAN_H
#define FLOW_PLAN_H

#include "flow/agent.h"
#include "flow/lead.h"

/* Decides about the lead after `ev` and applies it. before: the score as it was. */
int plan_after_event(const struct flow *f, struct db *db, struct lead *l, const struct event *ev,
                     const struct reading *reading, bool read, const struct score *before,
                     const struct score *after, int64_t now_us, struct arena *a, struct notes *notes,
                     struct err *e);

/* Contact with the lead ends for good: what waits for him is refused, questions about writing to or calling him fall
 * away, open alerts are withdrawn. *out_stopped: messages that had been waiting. */
int plan_end_contact(const struct flow *f, struct db *db, struct lead *l, int64_t now_us, struct arena *a,
                     struct notes *notes, int64_t *out_stopped, struct err *e);

/* Snoozed alerts whose time is over are open again. *out_n: how many; call again while it equals `most`. */
int plan_wake(const struct flow *f, struct db *db, int64_t now_us, size_t most, size_t *out_n,
              struct notes *notes, struct err *e);
/* Expired alerts and approvals withdraw themselves. *out_n: how many ended; call again while it equals
 * `most`. */
int plan_expire(const struct flow *f, struct db *db, int64_t now_us, size_t most, size_t *out_n,
                struct notes *notes, struct err *e);

#endif
