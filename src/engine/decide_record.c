/* The record of a decision's inputs (FLOW-4): what decide() looked at, all of it and nothing else, as JSON.
 *
 * It holds no words of the lead and no name: what was written stands on the timeline under the event's id.
 * Numbers are written so that they read back equal, instants as microseconds, so that decide() run on what is
 * read from a record gives the same plan (property test in tests/unit/test_decide.c). "version" changes when
 * the rules do. */
#include "base/json.h"
#include "engine/decide_facts.h"

enum { RECORD_VERSION = 1 };

static void jw_kid(struct jw *w, const char *key, struct id id) {
    char text[ID_TEXT + 1];
    id_text(id, text);
    if (id_given(id))
        jw_kz(w, key, text);
    else
        jw_key(w, key), jw_null(w);
}

static void put_channel(struct jw *w, const char *key, enum channel c) {
    jw_kstr(w, key, str_of(channel_name(c)));
}

static const char *opt_name(enum opt_decision o) {
    static const char *const name[] = {
        [OPT_NONE] = "none",   [OPT_PAUSE_AND_ASK] = "pause_and_ask",     [OPT_CHANNEL] = "channel",
        [OPT_OUT] = "opt_out", [OPT_OUT_AND_ALERT] = "opt_out_and_alert", [OPT_START] = "start",
        [OPT_HELP] = "help"};
    return name[o];
}

static void put_lead(struct jw *w, const struct decide_facts *f) {
    jw_key(w, "lead");
    jw_object(w);
    jw_kid(w, "event", f->event);
    jw_kz(w, "event_kind", event_name(f->kind));
    jw_ki64(w, "event_at_us", f->event_at_us);
    put_channel(w, "event_channel", f->event_channel);
    jw_ki64(w, "call_s", f->call_s);
    jw_kbool(w, "won", f->won);
    jw_kz(w, "opt", opt_name(f->opt));
    jw_kbool(w, "reach_call", f->reach.call);
    jw_kbool(w, "reach_sms", f->reach.sms);
    jw_kbool(w, "reach_email", f->reach.email);
    put_channel(w, "best_channel", f->best_channel);
    jw_kz(w, "suggestion", f->suggestion);
    jw_end(w);
}

static void put_insight(struct jw *w, const struct insight *in) {
    jw_object(w);
    jw_kz(w, "type", alert_type_name(in->type));
    jw_kz(w, "cause", in->cause);
    jw_kreal(w, "strength", in->strength);
    jw_kreal(w, "confidence", in->confidence);
    jw_ki64(w, "priority", in->priority);
    jw_kz(w, "action", action_type_name(in->action));
    jw_kz(w, "urgency", urgency_level_name(in->urgency));
    jw_ki64(w, "expires_us", in->expires_us);
    jw_kid(w, "trigger", in->trigger);
    jw_key(w, "reasons");
    jw_array(w);
    for (size_t i = 0; i < in->n_reasons && i < INSIGHT_REASONS; i++) {
        jw_object(w);
        jw_kreal(w, "weight", in->reasons[i].weight);
        jw_kid(w, "event", in->reasons[i].event);
        jw_end(w);
    }
    jw_end(w);
    jw_end(w);
}

static void put_thresholds(struct jw *w, const struct agent_view *g) {
    jw_key(w, "thresholds");
    jw_object(w);
    for (size_t i = 0; i < ACTION_TYPES; i++) {
        jw_key(w, action_type_name((enum action_type)i));
        jw_object(w);
        jw_kreal(w, "auto", g->thresholds[i].automatic);
        jw_kreal(w, "approve", g->thresholds[i].approve);
        jw_end(w);
    }
    jw_end(w);
}

static void put_agent(struct jw *w, const struct agent_view *g) {
    jw_key(w, "agent");
    jw_object(w);
    jw_kid(w, "id", g->agent);
    jw_kbool(w, "active", g->active);
    jw_kstr(w, "zone", g->zone ? zone_name(g->zone) : STR_NONE);
    jw_kbool(w, "quiet", g->quiet.on);
    jw_ki64(w, "quiet_from_minute", g->quiet.from_minute);
    jw_ki64(w, "quiet_to_minute", g->quiet.to_minute);
    jw_ki64(w, "alerts_last_hour", g->alerts_last_hour);
    jw_ki64(w, "max_alerts_per_hour", g->max_alerts_per_hour);
    jw_kbool(w, "digest", g->digest);
    jw_key(w, "not_useful");
    jw_object(w);
    for (size_t i = 0; i < ALERT_TYPES; i++)
        jw_kreal(w, alert_type_name((enum alert_type)i), g->not_useful[i]);
    jw_end(w);
    put_thresholds(w, g);
    jw_end(w);
}

static void put_open(struct jw *w, const struct open_alert *o) {
    jw_object(w);
    jw_kid(w, "id", o->id);
    jw_kz(w, "type", alert_type_name(o->type));
    jw_kz(w, "cause", o->cause);
    jw_kreal(w, "confidence", o->confidence);
    jw_ki64(w, "created_us", o->created_us);
    jw_ki64(w, "expires_us", o->expires_us);
    jw_kbool(w, "snoozed", o->snoozed);
    jw_end(w);
}

void decide_record(const struct insights *in, const struct lead_view *v, const struct agent_view *agent,
                   const struct open_alert *open, size_t n_open, bool can_message, struct buf *out) {
    struct decide_facts f = decide_facts(v);
    struct jw w = jw_on(out);
    jw_object(&w);
    jw_ki64(&w, "version", RECORD_VERSION);
    jw_ki64(&w, "now_us", f.now_us);
    jw_kbool(&w, "can_message", can_message);
    put_lead(&w, &f);
    jw_key(&w, "insights");
    jw_array(&w);
    for (size_t i = 0; i < in->n && i < INSIGHTS_MAX; i++) put_insight(&w, &in->item[i]);
    jw_end(&w);
    jw_key(&w, "notes");
    jw_array(&w);
    for (size_t i = 0; i < in->n_notes && i < INSIGHTS_MAX; i++) jw_str(&w, in->note[i]);
    jw_end(&w);
    put_agent(&w, agent);
    jw_key(&w, "open");
    jw_array(&w);
    for (size_t i = 0; i < n_open; i++) put_open(&w, &open[i]);
    jw_end(&w);
    jw_end(&w);
}
