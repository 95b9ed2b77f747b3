/* From insights to a plan. See decide.h.
 *
 * Order of the rules, first hit wins:
 *   1. The lead's own word. A message that ends contact makes EFFECT_STOP, withdraws what is pending, and
 * where the wording calls for a person asks one. Nothing else is proposed by that message.
 *   2. What ceased. A real conversation by phone answers open alerts; a deleted contact has none; a won deal
 * ends "hot".
 *   3. Each insight, best first: its confidence after learning; folded into an open alert of the same cause;
 * kept from a snoozed one unless stronger by the margin; pushed, asked or recorded by the thresholds.
 *   4. When it goes out. Digest and cap move what is not for now to the next full hour, where it joins
 * others; quiet hours move everything, the urgent too, to their end: who sleeps answers nobody. On the
 * dashboard all is there at once, and a held alert is valid for DECIDE_HELD_US after it is due.
 *   5. One answer per message: the strongest insight's message (or call) is asked for, the others' are
 * recorded. Nothing to a lead is automatic here, whatever its confidence. (FLOW-3, FLOW-4, ALERT-1, ALERT-4,
 * SEND-3) */
#include "engine/decide.h"

#include <math.h>

#include "engine/decide_facts.h"

enum { TALK_S = 30 }; /* a call this long was a conversation, not a voicemail greeting */

struct thresholds thresholds_default(enum action_type t) {
    return t == ACT_ALERT_AGENT ? (struct thresholds){0.70, 0.60} : (struct thresholds){0.85, 0.60};
}

const char *verdict_name(enum verdict v) {
    return v == VERDICT_AUTO ? "auto" : v == VERDICT_ASK ? "ask" : "log";
}

enum verdict decide_verdict(double confidence, struct thresholds t) {
    if (confidence >= t.automatic) return VERDICT_AUTO;
    return confidence >= t.approve ? VERDICT_ASK : VERDICT_LOG;
}

double decide_learned(double confidence, double not_useful) {
    if (!(not_useful > DECIDE_NORMAL)) return confidence;
    return confidence * (1 - 0.5 * (fmin(1, not_useful) - DECIDE_NORMAL) / (1 - DECIDE_NORMAL));
}

struct decide_facts decide_facts(const struct lead_view *v) {
    return (struct decide_facts){
        .now_us = v->now_us,
        .event = v->event->id,
        .event_at_us = v->event->at_us,
        .kind = v->event->kind,
        .event_channel = v->event->channel,
        .call_s = v->event->seconds,
        .won = v->event->kind == EV_OPPORTUNITY && str_is(v->event->status, "won"),
        .opt = v->reading ? v->reading->opt : OPT_NONE,
        .reach = insight_reach(v->picture, v->profile),
        .best_channel = v->after->channel,
        .suggestion = score_message_template(v->after),
    };
}

/* ---- building the plan ---- */

struct deciding {
    const struct decide_facts *f;
    const struct agent_view *agent;
    const struct open_alert *open;
    size_t n_open;
    bool can_message;
    struct arena *a;
    struct plan *plan;
    int64_t pushed; /* by this plan, now */
    bool asked;     /* an answer to the lead was already asked for */
};

static struct effect *add(struct deciding *d, enum effect_type type, enum action_type action,
                          enum verdict verdict, struct str why) {
    static const struct thresholds none = {0};
    if (d->plan->n == PLAN_MAX) return NULL;
    struct effect *e = &d->plan->effect[d->plan->n++];
    *e = (struct effect){
        .type = type, .action = action, .verdict = verdict, .used = none, .due_us = d->f->now_us, .why = why};
    return e;
}

static void withdraw(struct deciding *d, struct id alert, struct str why) {
    struct effect *e = add(d, EFFECT_WITHDRAW, ACT_ALERT_AGENT, VERDICT_AUTO, why);
    if (e) e->fold_into = alert;
}

/* ---- 1. the lead's own word ---- */

static void ask_a_person(struct deciding *d, const struct lead_view *v) {
    const struct insight *in = insight_opt_out(v, d->a);
    if (!in) return;
    struct effect *e =
        add(d, EFFECT_ASK, ACT_STOP_CONTACT, VERDICT_ASK, STR("the message calls for a person to read it"));
    if (!e) return;
    e->insight = in;
    e->confidence = in->confidence;
    e->used = d->agent->thresholds[ACT_STOP_CONTACT];
    e->expires_us = in->expires_us;
}

static bool heed_the_lead(struct deciding *d, const struct lead_view *v) {
    enum opt_decision o = d->f->opt;
    bool stop = o == OPT_OUT || o == OPT_OUT_AND_ALERT || o == OPT_CHANNEL;
    if (!stop && o != OPT_PAUSE_AND_ASK) return false;
    if (stop) {
        struct effect *e = add(d, EFFECT_STOP, ACT_STOP_CONTACT, VERDICT_AUTO, STR("the lead asked to stop"));
        e->confidence = 1;
    }
    struct str why = stop ? STR("the lead asked to stop")
                          : STR("the lead may have asked to stop; nothing goes out meanwhile");
    withdraw(d, (struct id){0}, why);
    ask_a_person(d, v);
    for (size_t i = 0; stop && i < d->n_open; i++) withdraw(d, d->open[i].id, why);
    return true;
}

/* ---- 2. what ceased ---- */

/* Why this event ends that alert, or NULL. */
static const char *ceased(const struct decide_facts *f, const struct open_alert *o) {
    if (f->kind == EV_CONTACT_DELETED) return "the contact was deleted in the CRM";
    if (f->won && o->type == ALERT_HOT_LEAD) return "the deal was won";
    bool spoke = f->kind == EV_CALL_OUT && f->call_s >= TALK_S && f->event_at_us >= o->created_us;
    bool answers = o->type == ALERT_URGENCY || o->type == ALERT_COMPETITIVE || o->type == ALERT_HOT_LEAD;
    return spoke && answers ? "somebody spoke with the lead by phone since" : NULL;
}

static void withdraw_ceased(struct deciding *d) {
    for (size_t i = 0; i < d->n_open; i++) {
        const char *why = ceased(d->f, &d->open[i]);
        if (why) withdraw(d, d->open[i].id, str_of(why));
    }
    if (d->f->kind == EV_CONTACT_DELETED)
        withdraw(d, (struct id){0}, STR("the contact was deleted in the CRM"));
}

/* ---- 4. when ---- */

static int64_t next_full_hour(const struct zone *zone, int64_t us) {
    struct civil c = zone ? zone_civil(zone, us) : civil_of_us(us);
    return us - (c.minute * US_MINUTE + c.second * US_SECOND + c.us) + US_HOUR;
}

static int64_t due_of(const struct deciding *d, const struct insight *in, const char **out_why) {
    const struct agent_view *g = d->agent;
    int64_t now = d->f->now_us, due = now;
    bool full = g->max_alerts_per_hour >= 0 && g->alerts_last_hour + d->pushed >= g->max_alerts_per_hour;
    *out_why = "";
    if (in->urgency != URGENCY_NOW && (g->digest || full)) {
        due = next_full_hour(g->zone, now);
        *out_why = g->digest ? "; held for the digest" : "; held, the hour's cap is reached";
    }
    int64_t awake = quiet_until(&g->quiet, g->zone, due);
    if (awake > due) *out_why = "; held until quiet hours end";
    return awake;
}

/* ---- 3. each insight ---- */

static const struct open_alert *same_cause(const struct deciding *d, const struct insight *in) {
    const struct open_alert *best = NULL;
    for (size_t i = 0; i < d->n_open; i++) {
        const struct open_alert *o = &d->open[i];
        if (strcmp(o->cause, in->cause) != 0 || (o->expires_us && o->expires_us <= d->f->now_us)) continue;
        if (ceased(d->f, o)) continue;
        if (!best || o->confidence > best->confidence) best = o;
    }
    return best;
}

static const char *message_template(const struct decide_facts *f, const struct insight *in) {
    if (in->type == ALERT_URGENCY) return "reply/urgency";
    if (in->type == ALERT_COMPETITIVE) return "reply/competitive";
    return f->kind == EV_MESSAGE_IN || f->kind == EV_FORM ? "reply/hot" : f->suggestion;
}

static void fold(struct deciding *d, const struct insight *in, double c, const struct open_alert *o) {
    struct str why = arena_fmt(d->a, "%s: an alert of this cause is %s; %.2f adds to its %.2f", in->cause,
                               o->snoozed ? "snoozed" : "open", c, o->confidence);
    struct effect *e = add(d, EFFECT_FOLD, ACT_ALERT_AGENT, VERDICT_AUTO, why);
    if (!e) return;
    e->insight = in;
    e->fold_into = o->id;
    e->confidence = c > o->confidence ? c : o->confidence;
    e->used = d->agent->thresholds[ACT_ALERT_AGENT];
    e->expires_us = in->expires_us > o->expires_us ? in->expires_us : o->expires_us;
    e->template_name = message_template(d->f, in);
}

static void record(struct deciding *d, const struct insight *in, enum action_type action,
                   enum verdict verdict, double c, struct str why) {
    struct effect *e = add(d, EFFECT_RECORD, action, verdict, why);
    if (!e) return;
    e->insight = in;
    e->confidence = c;
    e->used = d->agent->thresholds[action];
    e->expires_us = in->expires_us;
}

static void alert(struct deciding *d, const struct insight *in, double c) {
    struct thresholds t = d->agent->thresholds[ACT_ALERT_AGENT];
    enum verdict v = decide_verdict(c, t);
    if (v != VERDICT_AUTO) {
        struct str why = arena_fmt(d->a, "%s: %.2f is below the %.2f at which an alert is pushed", in->cause,
                                   c, t.automatic);
        return record(d, in, ACT_ALERT_AGENT, v, c, why);
    }
    const char *held;
    int64_t due = due_of(d, in, &held);
    struct str why = arena_fmt(d->a, "%s: %.2f is at or above %.2f%s", in->cause, c, t.automatic, held);
    struct effect *e = add(d, EFFECT_ALERT, ACT_ALERT_AGENT, v, why);
    if (!e) return;
    e->insight = in;
    e->confidence = c;
    e->used = t;
    e->due_us = due;
    e->expires_us = in->expires_us;
    e->template_name = message_template(d->f, in);
    if (due > d->f->now_us && e->expires_us < due + DECIDE_HELD_US) e->expires_us = due + DECIDE_HELD_US;
    if (due == d->f->now_us) d->pushed++;
}

/* ---- 5. the answer ---- */

static enum channel message_channel(const struct decide_facts *f) {
    const enum channel wish[] = {f->event_channel, f->best_channel, CHANNEL_SMS, CHANNEL_EMAIL};
    for (size_t i = 0; i < sizeof wish / sizeof wish[0]; i++) {
        if (wish[i] == CHANNEL_SMS && f->reach.sms) return CHANNEL_SMS;
        if (wish[i] == CHANNEL_EMAIL && f->reach.email) return CHANNEL_EMAIL;
    }
    return CHANNEL_NONE;
}

static void answer(struct deciding *d, const struct insight *in, double c) {
    enum channel channel = d->can_message ? message_channel(d->f) : CHANNEL_NONE;
    if (channel == CHANNEL_NONE && !d->f->reach.call) return;
    enum action_type action = channel == CHANNEL_NONE ? ACT_CALL_TASK : ACT_SEND_MESSAGE;
    struct thresholds t = d->agent->thresholds[action];
    enum verdict v = decide_verdict(c, t);
    if (d->asked)
        return record(d, in, action, v, c, STR("one answer per message: a stronger insight's is asked for"));
    if (v == VERDICT_LOG) {
        struct str why = arena_fmt(d->a, "%.2f is below the %.2f at which the agent is asked", c, t.approve);
        return record(d, in, action, v, c, why);
    }
    struct str why =
        arena_fmt(d->a, "%.2f is at or above %.2f%s", c, v == VERDICT_AUTO ? t.automatic : t.approve,
                  v == VERDICT_AUTO ? ", yet nothing to a lead is automatic: the agent is asked" : "");
    struct effect *e = add(d, EFFECT_ASK, action, VERDICT_ASK, why);
    if (!e) return;
    d->asked = true;
    e->insight = in;
    e->confidence = c;
    e->used = t;
    e->expires_us = in->expires_us;
    e->channel = channel;
    e->template_name = channel == CHANNEL_NONE ? NULL : message_template(d->f, in);
}

static void decide_one(struct deciding *d, const struct insight *in) {
    double c = (unsigned)in->type < ALERT_TYPES
                   ? decide_learned(in->confidence, d->agent->not_useful[in->type])
                   : in->confidence;
    if (!d->agent->active)
        return record(d, in, ACT_ALERT_AGENT, VERDICT_LOG, c, STR("the agent is not active"));
    const struct open_alert *o = same_cause(d, in);
    bool wakes = o && o->snoozed && c >= o->confidence + DECIDE_SNOOZE_MARGIN;
    if (o && !wakes) return fold(d, in, c, o);
    if (wakes) withdraw(d, o->id, STR("snoozed; the same cause came back stronger and makes a new alert"));
    alert(d, in, c);
    answer(d, in, c);
}

void decide(const struct insights *in, const struct lead_view *v, const struct agent_view *agent,
            const struct open_alert *open, size_t n_open, bool can_message, struct arena *a,
            struct plan *out) {
    struct decide_facts f = decide_facts(v);
    struct deciding d = {.f = &f,
                         .agent = agent,
                         .open = open,
                         .n_open = n_open,
                         .can_message = can_message,
                         .a = a,
                         .plan = out};
    out->n = 0;
    if (heed_the_lead(&d, v)) return;
    withdraw_ceased(&d);
    for (size_t i = 0; i < in->n && i < INSIGHTS_MAX; i++) decide_one(&d, &in->item[i]);
}

/* ---- quiet hours ---- */

static int minute_of_day(const struct zone *zone, int64_t us) {
    struct civil c = zone_civil(zone, us);
    return c.hour * 60 + c.minute;
}

bool quiet_now(const struct quiet_hours *q, const struct zone *zone, int64_t now_us) {
    if (!q->on || !zone || q->from_minute == q->to_minute) return false;
    int m = minute_of_day(zone, now_us);
    if (q->from_minute < q->to_minute) return m >= q->from_minute && m < q->to_minute;
    return m >= q->from_minute || m < q->to_minute;
}

int64_t quiet_until(const struct quiet_hours *q, const struct zone *zone, int64_t now_us) {
    enum { DAY_MINUTES = 24 * 60 };
    if (!quiet_now(q, zone, now_us)) return now_us;
    struct civil c = zone_civil(zone, now_us);
    int64_t minute = now_us - c.second * US_SECOND - c.us;
    int left = (q->to_minute - (c.hour * 60 + c.minute) + DAY_MINUTES) % DAY_MINUTES;
    int64_t end = minute + left * US_MINUTE;
    if (zone_at(zone, now_us).offset_s == zone_at(zone, end).offset_s) return end;
    /* The clock is changed before then: go along minute by minute, so that a gap or a repeated hour is what
     * it is. */
    for (int64_t t = minute + US_MINUTE; t < minute + 2 * US_DAY; t += US_MINUTE)
        if (!quiet_now(q, zone, t)) return t;
    return end;
}
