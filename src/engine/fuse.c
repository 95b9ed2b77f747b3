/* Fusion: what several engines say becomes one ranked list. See insight.h; names of types stand here too.
 *
 * Ranked by priority, then confidence. Two rules resolve conflicts, and each leaves a note that reaches the
 * record of the decision: one cause is said once, by the stronger evidence; and who should be called now is
 * not also to be called at two o'clock. (FLOW-3) */
#include "engine/insight.h"

static void note(struct insights *s, struct str text) {
    if (s->n_notes < INSIGHTS_MAX) s->note[s->n_notes++] = text;
}

static bool stronger(const struct insight *a, const struct insight *b) {
    if (a->confidence != b->confidence) return a->confidence > b->confidence;
    return a->strength > b->strength;
}

static bool ranks_before(const struct insight *a, const struct insight *b) {
    if (a->priority != b->priority) return a->priority > b->priority;
    if (a->confidence != b->confidence) return a->confidence > b->confidence;
    return a->type < b->type;
}

static void drop_same_causes(struct insights *s, struct arena *a) {
    size_t kept = 0;
    for (size_t i = 0; i < s->n; i++) {
        size_t same = 0;
        while (same < kept && strcmp(s->item[same].cause, s->item[i].cause) != 0) same++;
        if (same == kept) {
            struct insight moved = s->item[i];
            s->item[kept++] = moved;
            continue;
        }
        bool better = stronger(&s->item[i], &s->item[same]);
        double gone = better ? s->item[same].confidence : s->item[i].confidence;
        if (better) {
            struct insight moved = s->item[i];
            s->item[same] = moved;
        }
        note(s, arena_fmt(a, "%s: said twice; the stronger evidence (%.2f) stays, the weaker (%.2f) goes",
                          s->item[same].cause, s->item[same].confidence, gone));
    }
    s->n = kept;
}

void insight_fuse(struct insights *s, struct arena *a) {
    if (s->n > INSIGHTS_MAX) s->n = INSIGHTS_MAX;
    drop_same_causes(s, a);
    for (size_t i = 1; i < s->n; i++) {
        struct insight moving = s->item[i];
        size_t at = i;
        for (; at > 0 && ranks_before(&moving, &s->item[at - 1]); at--) s->item[at] = s->item[at - 1];
        s->item[at] = moving;
    }
    for (size_t i = 1; i < s->n; i++) {
        struct insight *in = &s->item[i];
        if (s->item[0].urgency != URGENCY_NOW || in->urgency == URGENCY_NOW) continue;
        in->urgency = URGENCY_NOW;
        in->action = s->item[0].action;
        in->action_title = s->item[0].action_title;
        in->action_title_es = s->item[0].action_title_es;
        in->window_from_hour = in->window_to_hour = 0;
        note(s, arena_fmt(a, "%s: its advice to wait gives way to %s, which is for now", in->cause,
                          s->item[0].cause));
    }
}

/* ---- names ---- */

static const char *const TYPE_NAME[ALERT_TYPES] = {"hot_lead",    "churn_risk", "opportunity",
                                                   "competitive", "urgency",    "behavior"};
static const char *const ACTION_NAME[ACTION_TYPES] = {"alert_agent", "call_task", "send_message",
                                                      "stop_contact"};

const char *alert_type_name(enum alert_type t) {
    return (unsigned)t < ALERT_TYPES ? TYPE_NAME[t] : "none";
}

bool alert_type_parse(struct str s, enum alert_type *out) {
    for (size_t i = 0; i < ALERT_TYPES; i++) {
        if (!str_is(s, TYPE_NAME[i])) continue;
        *out = (enum alert_type)i;
        return true;
    }
    return false;
}

const char *action_type_name(enum action_type t) {
    return (unsigned)t < ACTION_TYPES ? ACTION_NAME[t] : "none";
}

bool action_type_parse(struct str s, enum action_type *out) {
    for (size_t i = 0; i < ACTION_TYPES; i++) {
        if (!str_is(s, ACTION_NAME[i])) continue;
        *out = (enum action_type)i;
        return true;
    }
    return false;
}

const char *urgency_level_name(enum urgency_level u) {
    return u == URGENCY_NOW ? "now" : u == URGENCY_TODAY ? "today" : "soon";
}
