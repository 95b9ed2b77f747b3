/* Agents. See agent.h. */
#include "flow/agent.h"

#include "flow/lead.h"
#include "flow/zones.h"
#include "store/query.h"

int agent_open(const struct flow *f, struct db *db, const struct tenant *t, struct id id, struct arena *a,
               struct agent *out, struct err *e) {
    struct q_agent_get_out row;
    int got = q_agent_get(db, &(struct q_agent_get_in){.tenant = t->id, .id = id}, a, &row, e);
    if (got <= 0) return got;
    struct agent ag = {
        .id = id, .zone_name = row.zone, .active = row.active, .zone = zones_find(f->zones, row.zone)};
    BUF_AUTO name;
    buf_init(&name, 4096);
    if (tenant_unseal(t, "agents.name", id, row.name, &name, e)) return -1;
    ag.name = arena_str(a, buf_str(&name));
    if (prefs_load(db, t->id, id, &ag.prefs, e)) return -1;
    bool chosen = ag.prefs.v[P_LANGUAGE].origin == PREF_OF_AGENT;
    ag.language = chosen || !str_is(row.language, "es") ? prefs_language(&ag.prefs) : LANG_ES;
    *out = ag;
    return 1;
}

/* A share with a prior of 1 in 10 alerts, so that one click does not silence a type. */
static double not_useful_share(int64_t n, int64_t bad) {
    return ((double)bad + 1) / ((double)n + 10);
}

static int feedback(struct db *db, const struct tenant *t, struct id agent, int64_t now_us,
                    double out[ALERT_TYPES], struct err *e) {
    for (int i = 0; i < ALERT_TYPES; i++) out[i] = not_useful_share(0, 0);
    Q_CURSOR(alert_feedback, cur);
    struct q_alert_feedback_out row;
    struct q_alert_feedback_in in = {.tenant = t->id, .agent_id = agent, .since = now_us - 90 * US_DAY};
    int got;
    if (q_alert_feedback_open(db, &in, &cur, e) < 0) return -1;
    while ((got = q_alert_feedback_next(&cur, &row, e)) > 0) {
        enum alert_type type;
        if (alert_type_parse(row.type, &type)) out[type] = not_useful_share(row.n, row.not_useful);
    }
    return got;
}

static int pushed(struct db *db, const struct tenant *t, struct id agent, int64_t now_us, int64_t *out,
                  struct err *e) {
    struct q_alert_count_since_out n;
    struct q_alert_count_since_in in = {.tenant = t->id, .agent_id = agent, .since = now_us - US_HOUR};
    if (q_alert_count_since(db, &in, &n, e) < 0) return -1;
    *out = n.n;
    return 0;
}

int agent_circumstances(struct db *db, const struct tenant *t, const struct agent *ag, int64_t now_us,
                        bool past, struct agent_view *out, struct err *e) {
    struct agent_view v = {.agent = ag->id,
                           .zone = ag->zone,
                           .language = ag->language,
                           .quiet = prefs_quiet(&ag->prefs),
                           .max_alerts_per_hour = (int64_t)ag->prefs.v[P_MAX_ALERTS_PER_HOUR].number,
                           .digest = ag->prefs.v[P_DIGEST].number != 0,
                           .active = ag->active};
    for (int i = 0; i < ACTION_TYPES; i++)
        v.thresholds[i] = prefs_thresholds(&ag->prefs, (enum action_type)i);
    if (past && (pushed(db, t, ag->id, now_us, &v.alerts_last_hour, e) ||
                 feedback(db, t, ag->id, now_us, v.not_useful, e)))
        return -1;
    *out = v;
    return 0;
}

static int first_active(struct db *db, const struct tenant *t, struct id *out, struct err *e) {
    Q_CURSOR(agent_list, cur);
    struct q_agent_list_out row;
    int got;
    if (q_agent_list_open(db, &(struct q_agent_list_in){.tenant = t->id}, &cur, e) < 0) return -1;
    while ((got = q_agent_list_next(&cur, &row, e)) > 0)
        if (row.active) {
            *out = row.id;
            return 0;
        }
    if (got == 0) *out = (struct id){0};
    return got;
}

int agent_for_lead(struct db *db, const struct tenant *t, struct str assigned_to, struct id had,
                   struct id *out, struct err *e) {
    if (assigned_to.n) {
        struct q_agent_by_ghl_user_out row;
        int got = q_agent_by_ghl_user(
            db, &(struct q_agent_by_ghl_user_in){.tenant = t->id, .ghl_user = assigned_to}, &row, e);
        if (got < 0) return -1;
        if (got > 0) {
            *out = row.id;
            return 0;
        }
    }
    if (id_given(had)) {
        *out = had;
        return 0;
    }
    return first_active(db, t, out, e);
}
