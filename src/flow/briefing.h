/* The morning briefing's use case (BRIEF-1..3): gather the agent's leads on one snapshot, make the structure,
 * keep and send it once a day. */
#ifndef FLOW_BRIEFING_H
#define FLOW_BRIEFING_H

#include "engine/brief.h"
#include "flow/scheduler.h"

/* Fires the timer: reads beside the writer, then in one transaction settles the occurrence, stores the
 * report, puts the messages into the outbox and the next occurrence. Somebody else was first, or the day's
 * briefing exists: nothing happens. */
int briefing_fire(const struct flow *f, const struct timer *tm, int64_t now_us, struct err *e);

enum briefing_form { BRIEFING_JSON, BRIEFING_TEXT, BRIEFING_HTML, BRIEFING_PLAIN };
/* Renders as it would be made now for that local date, storing nothing: `leadlight briefing`. */
int briefing_render(const struct flow *f, struct tenant_id t, struct id agent, const struct date *date,
                    enum briefing_form form, struct buf *out, struct err *e);
/* The stored one of a date (NULL: the latest), as the API shows it. 1, 0 = none, -1. */
int briefing_get(const struct flow *f, struct db *db, const struct tenant *t, struct id agent,
                 struct str for_date, struct buf *out, struct err *e);

#endif
