/* The demo's life: a small made-up brokerage in Miami with a few months of history, whose leads go on
 * browsing and writing while one looks on. The same people as in the simulator, on the machine's clock,
 * through the production flow.
 *
 * History is told to the flow with a clock of its own, so that each event is handled at the time it
 * happened; what is older than an alert's age raises none. A folder that has a tenant already is left as
 * it is: then the life of that tenant goes on, when it is ours, with other visits but the same people. */
#ifndef SIM_DEMO_H
#define SIM_DEMO_H

#include "flow/flow.h"

enum { DEMO_AGENTS = 3, DEMO_LEADS = 60, DEMO_DAYS = 92 };

struct demo_info {
    struct tenant_id tenant;
    struct id admin; /* the broker, who leads the team: one of the agents */
    struct id agent[DEMO_AGENTS];
    size_t events; /* of history told now; 0 when it was there before */
};
struct demo;
/* Tells the history when the data folder has no tenant, makes today's briefings, and readies the life.
 * ERR_CONFLICT: there is a tenant that is not the demo's. The flow must outlive it. Not from the writer's
 * thread. */
int demo_new(const struct flow *f, uint64_t seed, struct demo **out, struct demo_info *out_info,
             struct err *e);
/* Lets happen what is due; call every second or two. One thread at a time. */
int demo_step(struct demo *d, int64_t now_us);
void demo_free(struct demo *d);

#endif
