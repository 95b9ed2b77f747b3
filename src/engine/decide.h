/* The decision (FLOW-4, ALERT-4): insights and the agent's circumstances in, a plan out. A plan is a value: a
 * list of effects that flow/plan.c applies in one transaction. Pure, so that any past decision can be run
 * again from its recorded inputs. */
#ifndef ENGINE_DECIDE_H
#define ENGINE_DECIDE_H

#include "engine/insight.h"

struct thresholds {
    double automatic, approve; /* 0.85, 0.60 */
};
struct quiet_hours {
    bool on;
    int from_minute, to_minute; /* agent's local minutes of day; may pass midnight */
};
struct open_alert { /* an alert of this lead that is still open or snoozed */
    struct id id;
    enum alert_type type;
    double confidence;
    int64_t created_us, expires_us;
    bool snoozed;
    char cause[48];
};
struct agent_view {
    struct id agent;
    const struct zone *zone;
    enum language language;
    struct quiet_hours quiet;
    int64_t alerts_last_hour;       /* pushed to this agent in the last 60 minutes */
    int64_t max_alerts_per_hour;    /* cap; the urgent (URGENCY_NOW) break through */
    bool digest;                    /* collects instead of pushing; the urgent break through */
    double not_useful[ALERT_TYPES]; /* learned 0..1: share of this type dismissed as not useful, with a prior;
                                       lowers confidence */
    struct thresholds thresholds[ACTION_TYPES];
    bool active;
};

/* 0.85 and 0.60; for ACT_ALERT_AGENT 0.70 and 0.60: an alert interrupts a person and does nothing by itself.
 */
struct thresholds thresholds_default(enum action_type t);

enum verdict { VERDICT_AUTO, VERDICT_ASK, VERDICT_LOG };
enum effect_type {
    EFFECT_ALERT, /* write the insight, put it into the outbox for the agent's channels at due_us */
    EFFECT_FOLD,  /* add to open alert `fold_into`: count, newest trigger, raised confidence; no new push */
    /* An approval for the agent: ACT_SEND_MESSAGE, ACT_CALL_TASK, or ACT_STOP_CONTACT (a message that may ask
     * to stop, or did so in words that need a person: `insight` holds them, its type is ALERT_TYPES). */
    EFFECT_ASK,
    EFFECT_RECORD,  /* logged for review only */
    EFFECT_STOP,    /* stop all contact with this lead: consent withdrawn */
    EFFECT_WITHDRAW /* expire open alert `fold_into`, or when it is none the lead's pending approvals: the
                       condition ceased */
};
struct effect {
    enum effect_type type;
    enum action_type action;
    enum verdict verdict;
    const struct insight *insight; /* may be NULL for STOP */
    struct id fold_into;
    double confidence; /* after learning */
    struct thresholds used;
    int64_t due_us, expires_us;
    enum channel channel;      /* of a message proposed */
    const char *template_name; /* what to write: of a message proposed, or what an alert suggests to say */
    struct str why;            /* the rule that made it so, for the record */
};
enum { PLAN_MAX = 24 };
struct plan {
    size_t n;
    struct effect effect[PLAN_MAX];
};
/* `can_message`: a channel to leads exists and the gate would not refuse outright (opt-out, do not disturb).
 * Messages to leads are never automatic here: their verdict is at most VERDICT_ASK until the complete send
 * gate exists. */
enum verdict decide_verdict(double confidence,
                            struct thresholds t); /* at or above counts; not a number is "log" */
/* What dismissals taught: up to DECIDE_NORMAL dismissed as not useful is normal and changes nothing; from
 * there to all of them the confidence falls evenly to half. */
#define DECIDE_NORMAL 0.20
double decide_learned(double confidence, double not_useful);
#define DECIDE_SNOOZE_MARGIN 0.10          /* how much stronger wakes a snoozed cause */
#define DECIDE_HELD_US       (2 * US_HOUR) /* a held alert stays valid this long after it is due, or longer */
void decide(const struct insights *in, const struct lead_view *v, const struct agent_view *agent,
            const struct open_alert *open, size_t n_open, bool can_message, struct arena *a,
            struct plan *out);
/* Everything decide() looked at, as JSON, so that "why did it do that" can be answered to the letter later.
 */
void decide_record(const struct insights *in, const struct lead_view *v, const struct agent_view *agent,
                   const struct open_alert *open, size_t n_open, bool can_message, struct buf *out);
/* An unknown zone or an empty span (from = to) is never quiet. */
bool quiet_now(const struct quiet_hours *q, const struct zone *zone, int64_t now_us);
int64_t quiet_until(const struct quiet_hours *q, const struct zone *zone,
                    int64_t now_us);      /* first instant outside; now when not quiet */
const char *verdict_name(enum verdict v); /* "auto", "ask", "log" */

#endif
