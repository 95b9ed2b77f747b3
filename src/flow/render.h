/* What the API and the event streams say about alerts, approvals and messages: JSON, made in one place so
 * that both say the same. */
#ifndef FLOW_RENDER_H
#define FLOW_RENDER_H

#include "engine/decide.h"
#include "engine/template.h"
#include "flow/lead.h"

/* The stored body of an alert (sealed in automated_insights.insight_data): everything but the row's own
 * columns. */
void render_alert_data(const struct insight *in, const struct event *ev, const struct reading *reading,
                       const struct score *score, const struct profile *profile, enum language language,
                       struct str agent_name, struct str say, struct buf *out);

struct alert_row { /* columns; strings borrowed */
    struct id id, agent, lead, trigger;
    struct str type, status, channels, data /* unsealed */;
    int64_t generated_us, expires_us, trigger_us, snoozed_until_us, folded;
    double confidence;
    int64_t priority;
};
/* The alert as the API shows it. lead_name from the profile as it is now. */
int render_alert(const struct alert_row *row, struct str lead_name, struct buf *out, struct err *e);

/* Fills {name} in a sentence. */
struct str fill_name(struct arena *a, struct str sentence, struct str name);
/* Reads alert `id` and renders it; 1, 0 = no such alert, -1. `known`: its lead when it is open already (in a transaction its stored
 * profile may be older), else NULL. */
int alert_json(const struct flow *f, struct db *db, const struct tenant *t, struct id id,
               const struct lead *known, struct buf *out, struct err *e);

struct approval_row {
    struct id id, decision, agent, lead;
    struct str action_type, channel, state, content /* unsealed */;
    int64_t created_us, expires_us;
    double confidence;
};
int render_approval(const struct approval_row *row, struct str lead_name, struct buf *out, struct err *e);
int approval_json(const struct flow *f, struct db *db, const struct tenant *t, struct id id,
                  const struct lead *known, struct buf *out, struct err *e);
void jw_kid(struct jw *w, const char *key, struct id id); /* null when not given */

#endif
