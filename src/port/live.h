/* What open dashboards hear at once, after the commit that made it true. May be called from any thread; never
 * blocks, never fails: a stream that misses something catches up by reading (alerts) or at its next reload.
 */
#ifndef PORT_LIVE_H
#define PORT_LIVE_H

#include "base/id.h"
#include "base/str.h"

struct live {
    /* To every stream of this agent: event name ("alert", "approval", ...), id (none: all zero) and JSON. */
    void (*publish)(void *ctx, struct tenant_id t, struct id agent, const char *event, struct id id,
                    struct str json);
    /* What was rendered for this agent (all zero: for everyone in the tenant) is out of date. */
    void (*changed)(void *ctx, struct tenant_id t, struct id agent);
    void *ctx;
};

#endif
