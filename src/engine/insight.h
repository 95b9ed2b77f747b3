/* Insights: what the engines say about a lead after an event, and their fusion into one ranked list (FLOW-2,
 * FLOW-3, ALERT-1).
 *
 * propose -> fuse -> decide (decide.h). All pure. An insight names its cause: two insights with the same
 * cause key are about the same thing; fusion keeps the stronger evidence and notes what it dropped and why.
 */
#ifndef ENGINE_INSIGHT_H
#define ENGINE_INSIGHT_H

#include "engine/profile.h"
#include "engine/score.h"

enum alert_type {
    ALERT_HOT_LEAD,
    ALERT_CHURN_RISK,
    ALERT_OPPORTUNITY,
    ALERT_COMPETITIVE,
    ALERT_URGENCY,
    ALERT_BEHAVIOR,
    ALERT_TYPES
};
enum action_type { ACT_ALERT_AGENT, ACT_CALL_TASK, ACT_SEND_MESSAGE, ACT_STOP_CONTACT, ACTION_TYPES };
enum urgency_level { URGENCY_SOON, URGENCY_TODAY, URGENCY_NOW };

enum { INSIGHT_REASONS = 6, INSIGHTS_MAX = 8 };
struct reason {
    struct str text, text_es; /* one sentence, from numbers and words in the evidence only */
    double weight;            /* share of the confidence, 0..1 */
    struct id event;          /* what supports it, may be none */
};
struct insight {
    enum alert_type type;
    double strength;        /* 0..1: the figure the type's threshold is about (0.75, 0.65, ..., 0.70) */
    double confidence;      /* 0..1 */
    int priority;           /* 1..10 */
    struct id trigger;      /* event */
    struct str say, say_es; /* one sentence */
    size_t n_reasons;
    struct reason reasons[INSIGHT_REASONS];
    enum action_type action;
    struct str action_title,
        action_title_es; /* "Call {name} now": {name} is filled at rendering, so no name stands in here */
    enum urgency_level urgency;
    struct str impact, impact_es;
    int64_t expires_us;
    int window_from_hour, window_to_hour; /* lead's local hours; both 0: none */
    char cause[48];                       /* same cause = same alert: "urgency", "competitive", "hot" ... */
};
struct insights {
    size_t n;
    struct insight item[INSIGHTS_MAX]; /* best first after fusion */
    size_t n_notes;
    struct str note[INSIGHTS_MAX]; /* what was dropped or changed and why */
};

/* One consistent picture of the lead, before and after the event. */
struct lead_view {
    const struct picture *picture;
    const struct profile *profile;
    const struct score *before, *after; /* before: the score stored last, at its time; NULL for a new lead */
    const struct event *event;
    const struct reading *reading; /* NULL when there was no text */
    const struct zone *zone;       /* NULL: unknown */
    int64_t now_us;
};
struct alert_rules {               /* settings, ALERT-1 */
    double threshold[ALERT_TYPES]; /* .75 .65 .90 .5 .70 ... */
    double push_confidence;        /* 0.70 */
};
struct alert_rules alert_rules_default(void);
/* What can be fed today: hot lead (behaviour likelihood / 100 until the forecast exists), urgency,
 * competitive. Events older than `ALERT_STALE_US` (a backfill, a late repair) propose nothing. Strings live
 * in `a` or are static. */
#define ALERT_STALE_US (24 * US_HOUR)
void insight_propose(const struct lead_view *v, const struct alert_rules *r, struct arena *a,
                     struct insights *out);
/* One ranked list, best first: of insights with the same cause the stronger evidence stays, and when the best
 * of all says "now", advice to wait for a better hour gives way to it. What was dropped or changed stands in
 * the notes. */
void insight_fuse(struct insights *inout, struct arena *a);
/* What a person must read because the lead may have asked to be left alone, or did so in words that call for
 * a person. Its type is ALERT_TYPES: of no alert type, it never becomes an alert and counts for no threshold.
 * NULL when the reading asks for no person. */
const struct insight *insight_opt_out(const struct lead_view *v, struct arena *a);
/* Ways to reach the lead that are known and not closed by do-not-disturb; nothing once deleted or opted out.
 */
struct reach {
    bool call, sms, email;
};
struct reach insight_reach(const struct picture *picture, const struct profile *profile);
const char *alert_type_name(enum alert_type t); /* "hot_lead", ..., "behavior"; "none" for ALERT_TYPES */
bool alert_type_parse(struct str s, enum alert_type *out);
const char *
action_type_name(enum action_type t); /* "alert_agent", "call_task", "send_message", "stop_contact" */
bool action_type_parse(struct str s, enum action_type *out);
const char *urgency_level_name(enum urgency_level u); /* "soon" "today" "now" */

#endif
