/* The agent as the decision needs to see him: settings resolved, zone, alerts of the last hour, what he found
 * not useful. */
#ifndef FLOW_AGENT_H
#define FLOW_AGENT_H

#include "flow/directory.h"
#include "flow/prefs.h"

struct agent {
    struct id id;
    struct str name; /* unsealed, in the arena */
    struct str zone_name;
    const struct zone *zone;
    enum language language;
    bool active;
    struct prefs prefs;
};
/* 1, 0 = no such agent, -1. */
int agent_open(const struct flow *f, struct db *db, const struct tenant *t, struct id id, struct arena *a,
               struct agent *out, struct err *e);
/* `past`: count the alerts of the last hour and what was found not useful, too; without insights nobody asks for
 * them, and they are the dear part. */
int agent_circumstances(struct db *db, const struct tenant *t, const struct agent *ag, int64_t now_us,
                        bool past, struct agent_view *out, struct err *e);
/* Who answers for a lead: the CRM's assignment when it names one of our agents, else who had it, else the
 * first active agent of the team, so that no alert is nobody's. All zero when the team has none. */
int agent_for_lead(struct db *db, const struct tenant *t, struct str assigned_to, struct id had,
                   struct id *out, struct err *e);

#endif
