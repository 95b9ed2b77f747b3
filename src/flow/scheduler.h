/* Durable timers (JOB): a due time and its work are one row, its occurrence the key; wall times are stored
 * with their zone.
 *
 * scheduler_tick() fires what is due (`due <= now`, never equal), each occurrence once: the work's own
 * transaction settles the row, and whoever comes second changes nothing. What is later than its expiry is
 * recorded as missed and not done. One pending occurrence per agent and kind exists; firing or missing one
 * puts the next. */
#ifndef FLOW_SCHEDULER_H
#define FLOW_SCHEDULER_H

#include "flow/agent.h"

enum { SCHEDULER_BATCH = 64 };
enum timer_state { TIMER_PENDING, TIMER_DONE, TIMER_MISSED };

struct timer { /* strings in the caller's arena */
    struct tenant_id tenant;
    struct str kind, occurrence, wall, zone;
    struct id subject;
    int64_t due_us, expires_us;
};
/* Makes sure that each active agent has his next briefing waiting, at the time his settings say; moves it
 * when they changed. Call at start, after changes of agents or settings (ours or another process's), and
 * after the zone table changed. -1 when one could not be planned: the others were. */
int scheduler_plan_all(const struct flow *f, struct err *e);
int scheduler_plan_agent(const struct flow *f, struct db *db, const struct tenant *t, struct id agent,
                         int64_t now_us, struct err *e);
/* The next occurrence strictly after local date `after` (or from today on when `after` is NULL and today's
 * end has not passed). */
int timer_next_briefing(const struct zone *zone, int minute, int64_t now_us, const struct date *after,
                        struct date *out_date, int64_t *out_due_us, int64_t *out_expires_us);
/* After `tm` was settled: the agent's next occurrence. */
int timer_put_following(const struct flow *f, struct db *db, const struct tenant *t, const struct timer *tm,
                        int64_t now_us, struct err *e);
/* Fires what is due. *out_fired == SCHEDULER_BATCH: there may be more. -1 when one of them failed: the others were
 * fired all the same, and that one is put off by five minutes. */
int scheduler_tick(const struct flow *f, size_t *out_fired, struct err *e);
/* Derives every pending instant again from wall time and zone (the zone table in force changed). */
int scheduler_rederive(const struct flow *f, struct err *e);
/* Expiry of alerts and approvals, return of snoozed alerts, revival of abandoned leases. Every 30 s. */
int scheduler_sweep(const struct flow *f, struct err *e);

#endif
