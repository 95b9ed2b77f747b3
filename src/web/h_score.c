/* A lead's score as the API shows it: every part with the events behind it, and each figure with the words that say what it is made
 * of (LEAD-1, LEAD-5). Computed when asked for, so it is as of now; lists show the figure stored after the last event.
 *
 * The sentences are in the caller's language, the suggested message in the lead's. Nothing is said that is not a figure here. */
#include "web/internal.h"

#include "engine/insight.h"
#include "engine/template.h"
#include "engine/words.h"
#include "flow/agent.h"
#include "flow/render.h"
#include "store/query.h"

#include <math.h>

enum {
    SENTENCE = 2048,
    QUOTE = 120,
    EVENT_MEMORY = 2 * 1024 * 1024,
    MESSAGE = 8 * 1024,
    ALERT_BYTES = 64 * 1024
};
enum { OPEN_MOST = 32 };

double rounded(double v, double parts) {
    return round(v * parts) / parts;
}

int call_language(struct call *c, struct db *db, enum language *out, struct err *e) {
    const struct tenant *t;
    struct agent ag;
    *out = LANG_EN;
    if (!id_given(c->who.user)) return 0;
    if (call_tenant(c, db, &t, e)) return -1;
    int got = agent_open(call_flow(c), db, t, c->who.user, &c->arena, &ag, e);
    if (got > 0) *out = ag.language;
    return got < 0 ? -1 : 0;
}

int scored_now(struct call *c, struct db *db, const struct lead *l, struct scored *out, struct err *e) {
    struct prefs prefs;
    if (call_language(c, db, &out->language, e) || prefs_load(db, l->tenant->id, (struct id){0}, &prefs, e))
        return -1;
    out->settings = prefs_score(&prefs);
    out->zone = lead_zone(call_flow(c), l);
    score_lead(&l->picture, &out->settings, out->zone, c->now_us, &out->score);
    return 0;
}

/* ---- evidence ---- */

/* "Pricing tool, 4 min", "Message from lead: \"Is it still ...\"" */
static void event_words(struct buf *b, const struct event *ev, enum language l) {
    buf_z(b, event_label(ev->kind, l));
    struct str words = ev->text.n ? ev->text : ev->subject;
    if (words.n) {
        buf_z(b, ": \"");
        words_clean(b, words, QUOTE);
        buf_c(b, '"');
    } else if (ev->url.n) {
        buf_z(b, ": ");
        words_clean(b, ev->url, QUOTE);
    }
    if (ev->seconds > 0) {
        buf_z(b, ", ");
        words_span(b, ev->seconds * US_SECOND, l);
    }
}

static int put_event(struct call *c, struct db *db, const struct lead *l, const struct score_part *p,
                     size_t i, enum language language, struct jw *w, struct err *e) {
    ARENA_AUTO a;
    BUF_AUTO b;
    arena_init(&a, EVENT_MEMORY);
    buf_init(&b, SENTENCE);
    struct event ev = {.id = p->evidence[i], .at_us = p->evidence_us[i], .kind = p->evidence_kind[i]};
    struct q_event_get_out row;
    struct q_event_get_in in = {.tenant = l->tenant->id, .lead_id = l->id, .at = ev.at_us, .id = ev.id};
    int got = q_event_get(db, &in, &a, &row, e);
    if (got < 0 || (got > 0 && lead_event_open(l, ev.id, row.payload, &a, &ev, e))) return -1;
    event_words(&b, &ev, language);
    jw_object(w);
    jw_kid(w, "id", ev.id);
    jw_ktime(w, "at", ev.at_us);
    jw_kz(w, "kind", event_name(ev.kind));
    jw_kstr(w, "text", arena_str(&c->arena, buf_str(&b)));
    jw_end(w);
    return 0;
}

static void part_explain(const struct score_part *p, int64_t now_us, enum language l, struct buf *b) {
    if (p->count == 0) {
        buf_z(b, l == LANG_ES ? "nada en los últimos 30 días" : "nothing in the last 30 days");
        return;
    }
    words_signal(b, p->signal, p->count, l);
    buf_z(b, l == LANG_ES ? ", la última vez " : ", last ");
    words_ago(b, now_us - p->last_us, l);
}

static int put_part(struct call *c, struct db *db, const struct lead *l, const struct score_part *p,
                    enum language language, struct jw *w, struct err *e) {
    BUF_AUTO b;
    buf_init(&b, SENTENCE);
    part_explain(p, c->now_us, language, &b);
    jw_object(w);
    jw_kz(w, "name", signal_name(p->signal));
    jw_kz(w, "label", signal_label(p->signal, language));
    jw_kreal(w, "weight", rounded(p->weight, 100));
    jw_kreal(w, "value", rounded(p->value, 10000));
    jw_kreal(w, "points", rounded(p->points, 100));
    jw_ki64(w, "count", p->count);
    jw_kstr(w, "explain", buf_str(&b));
    jw_key(w, "events");
    jw_array(w);
    for (size_t i = 0; i < p->n_evidence; i++)
        if (put_event(c, db, l, p, i, language, w, e)) return -1;
    jw_end(w);
    jw_end(w);
    return 0;
}

/* ---- the rest of the score ---- */

static void put_confidence(const struct scored *s, int64_t now_us, struct jw *w) {
    bool es = s->language == LANG_ES;
    BUF_AUTO b;
    buf_init(&b, SENTENCE);
    if (s->score.signals == 0) {
        buf_z(&b, es ? "todavía ninguna señal" : "no signals yet");
    } else {
        bool one = s->score.signals == 1;
        buf_fmt(&b, "%u %s", s->score.signals,
                es ? (one ? "señal" : "señales") : (one ? "signal" : "signals"));
        buf_z(&b, es ? ", la última " : ", newest ");
        words_ago(&b, now_us - s->score.newest_us, s->language);
    }
    jw_kreal(w, "confidence", rounded(s->score.confidence, 1000));
    jw_kstr(w, "confidence_why", buf_str(&b));
}

static void window_explain(const struct contact_window *x, enum language l, struct buf *b) {
    bool es = l == LANG_ES;
    if (x->observations == 0)
        buf_z(b, es ? "todavía sin observaciones: las horas en que la gente suele contestar"
                    : "nothing observed yet: the hours when people usually answer");
    else if (x->observations == 1)
        buf_z(b, es ? "de una sola observación" : "from one observation");
    else
        buf_fmt(b,
                es ? "de %u observaciones de cuándo estuvo" : "from %u observations of when they were there",
                x->observations);
}

static void clock_text(int hour, char out[24]) {
    snprintf(out, 24, "%02d:00", hour);
}

static void put_window(const struct scored *s, struct jw *w) {
    const struct contact_window *x = &s->score.window;
    jw_key(w, "window");
    if (!s->zone || x->from_hour == x->to_hour) { /* nobody's two hours */
        jw_null(w);
        return;
    }
    char from[24], to[24];
    BUF_AUTO b;
    buf_init(&b, SENTENCE);
    window_explain(x, s->language, &b);
    clock_text(x->from_hour, from);
    clock_text(x->to_hour, to);
    jw_object(w);
    jw_kz(w, "from", from);
    jw_kz(w, "to", to);
    jw_kstr(w, "zone", zone_name(s->zone));
    jw_kreal(w, "confidence", rounded(x->confidence, 1000));
    jw_kstr(w, "explain", buf_str(&b));
    jw_key(w, "hours");
    jw_array(w);
    for (int h = 0; h < 24; h++) jw_real(w, rounded(x->hours[h], 10000));
    jw_end(w);
    jw_end(w);
}

static void put_channel(const struct lead *l, const struct scored *s, struct jw *w) {
    bool es = s->language == LANG_ES;
    enum channel ch = s->score.channel;
    uint32_t n = l->picture.in_by_channel[ch];
    static const char *const did[CHANNELS][2] = {
        [CHANNEL_SMS] = {"wrote by text ", "escribió por mensaje "},
        [CHANNEL_EMAIL] = {"wrote by e-mail ", "escribió por correo "},
        [CHANNEL_CALL] = {"called ", "llamó "}};
    BUF_AUTO b;
    buf_init(&b, SENTENCE);
    if (n && did[ch][es]) {
        buf_z(&b, did[ch][es]);
        words_times(&b, n, s->language);
    } else if (ch == CHANNEL_SMS) {
        buf_z(&b, es ? "un mensaje se lee pronto y se contesta cuando conviene"
                     : "a text is read soon and answered when it suits");
    } else {
        buf_z(&b, es ? "ya reaccionó por este medio" : "reacted this way before");
    }
    jw_kstr(w, "channel", str_of(channel_name(ch)));
    jw_kstr(w, "channel_why", buf_str(&b));
}

static struct str first_word(struct str s) {
    struct str rest = s, word = s;
    str_cut(&rest, ' ', &word);
    return word;
}

/* The suggested message, in the lead's language; none to a lead who must not be written to. */
static int put_message(struct call *c, struct db *db, const struct lead *l, const struct scored *s,
                       struct jw *w, struct err *e) {
    const struct flow *f = call_flow(c);
    struct agent ag = {.name = STR_NONE};
    if (id_given(l->agent) && agent_open(f, db, l->tenant, l->agent, &c->arena, &ag, e) < 0) return -1;
    struct str text = STR_NONE;
    if (f->template_text && !l->opted_out && !l->deleted)
        text = f->template_text(f->template_ctx, score_message_template(&s->score),
                                profile_language(&l->profile));
    BUF_AUTO b;
    buf_init(&b, MESSAGE);
    struct str first = profile_get(&l->profile, CF_FIRST_NAME);
    struct template_field fields[] = {
        {"first_name", first.n ? first : first_word(profile_get(&l->profile, CF_NAME))},
        {"agent_first_name", first_word(ag.name)},
        {"brokerage", l->tenant->name}};
    if (str_given(text)) template_render(text, fields, 3, false, &b);
    jw_kstr(w, "message", b.n ? str_trim(buf_str(&b)) : STR_NONE);
    return 0;
}

int scored_write(struct call *c, struct db *db, const struct lead *l, const struct scored *s, struct jw *w,
                 struct err *e) {
    const struct score *x = &s->score;
    jw_object(w);
    jw_kreal(w, "likelihood", rounded(x->likelihood, 10));
    jw_kz(w, "intent", intent_name(x->intent));
    put_confidence(s, c->now_us, w);
    jw_ktime(w, "at", c->now_us);
    jw_key(w, "parts");
    jw_array(w);
    for (int i = 0; i < SIGNALS; i++)
        if (put_part(c, db, l, &x->part[i], s->language, w, e)) return -1;
    jw_end(w);
    put_window(s, w);
    put_channel(l, s, w);
    if (put_message(c, db, l, s, w, e)) return -1;
    jw_key(w, "thresholds");
    jw_object(w);
    jw_kreal(w, "warm", s->settings.warm);
    jw_kreal(w, "hot", s->settings.hot);
    jw_kreal(w, "urgent", s->settings.urgent);
    jw_end(w);
    jw_end(w);
    return 0;
}

/* ---- what is known, and what to do ---- */

/* The two parts that say most, momentum aside: a sentence made of counts. */
static void put_wants(const struct scored *s, struct jw *w) {
    const struct score_part *first = NULL, *second = NULL;
    for (int i = 0; i < SIGNALS; i++) {
        const struct score_part *p = &s->score.part[i];
        if (i == SIG_MOMENTUM || p->count == 0) continue;
        if (!first || p->points > first->points)
            second = first, first = p;
        else if (!second || p->points > second->points)
            second = p;
    }
    bool es = s->language == LANG_ES;
    BUF_AUTO b;
    buf_init(&b, SENTENCE);
    if (first) words_signal(&b, first->signal, first->count, s->language);
    if (second) {
        buf_z(&b, es ? " y " : " and ");
        words_signal(&b, second->signal, second->count, s->language);
    }
    if (first) buf_z(&b, es ? " en los últimos 30 días." : " in the last 30 days.");
    words_capital(&b, 0);
    jw_kstr(w, "wants", first ? buf_str(&b) : STR_NONE);
}

static int best_alert(struct db *db, const struct lead *l, int64_t now_us, struct id *out, struct err *e) {
    Q_CURSOR(alert_open_of_lead, cur);
    struct q_alert_open_of_lead_out row;
    struct q_alert_open_of_lead_in in = {.tenant = l->tenant->id, .lead_id = l->id};
    double best = -1;
    int got, n = 0;
    if (q_alert_open_of_lead_open(db, &in, &cur, e) < 0) return -1;
    while (n++ < OPEN_MOST && (got = q_alert_open_of_lead_next(&cur, &row, e)) != 0) {
        if (got < 0) return -1;
        if (!str_is(row.status, "open") || row.expires_at <= now_us || row.confidence <= best) continue;
        best = row.confidence;
        *out = row.id;
    }
    return 0;
}

/* What the strongest open alert says to do. 1, 0 = there is none, -1. */
static int advice_of_alert(struct call *c, struct db *db, const struct lead *l, struct str *out_title,
                           struct str *out_why, struct err *e) {
    struct id id = {{0}};
    if (best_alert(db, l, c->now_us, &id, e)) return -1;
    if (!id_given(id)) return 0;
    BUF_AUTO b;
    buf_init(&b, ALERT_BYTES);
    const struct jnode *alert;
    int got = alert_json(call_flow(c), db, l->tenant, id, l, &b, e);
    if (got <= 0) return got;
    if (json_parse(&c->arena, buf_str(&b), ALERT_BYTES, &alert, e)) return -1;
    const struct jnode *action = json_get(alert, "recommended_action");
    if (!action || json_str(action, "title", STR_NONE, out_title, e) ||
        json_str(alert, "insight", STR_NONE, out_why, e))
        return -1;
    return out_title->n > 0;
}

static void hours_words(const struct scored *s, int64_t now_us, struct buf *b) {
    const struct contact_window *x = &s->score.window;
    bool es = s->language == LANG_ES;
    if (!s->zone || x->from_hour == x->to_hour) return;
    int hour = zone_civil(s->zone, now_us).hour;
    if (hour >= x->to_hour) return; /* over for today */
    buf_c(b, ' ');
    if (hour >= x->from_hour)
        words_before(b, x->to_hour, s->language);
    else
        words_between(b, x->from_hour, x->to_hour, s->language);
    buf_z(b, es ? ", hora local suya" : ", their time");
}

/* Without an alert: who is hot and may be reached should be, the way he prefers. */
static bool advice_of_score(struct call *c, const struct lead *l, const struct scored *s,
                            struct str *out_title, struct str *out_why) {
    struct reach r = insight_reach(&l->picture, &l->profile);
    enum channel ch = s->score.channel;
    bool es = s->language == LANG_ES;
    if (l->deleted || s->score.intent < INTENT_HOT || !(r.call || r.sms || r.email)) return false;
    bool open = ch == CHANNEL_CALL ? r.call : ch == CHANNEL_SMS ? r.sms : r.email;
    if (!open) ch = r.call ? CHANNEL_CALL : r.sms ? CHANNEL_SMS : CHANNEL_EMAIL;
    const char *verb = ch == CHANNEL_CALL  ? (es ? "Llame a " : "Call ")
                       : ch == CHANNEL_SMS ? (es ? "Envíe un mensaje a " : "Text ")
                                           : (es ? "Escriba por correo a " : "E-mail ");
    BUF_AUTO b;
    buf_init(&b, SENTENCE);
    buf_z(&b, verb);
    words_clean(&b, profile_display_name(&l->profile, &c->arena), QUOTE);
    hours_words(s, c->now_us, &b);
    *out_title = words_take(&b, &c->arena);
    const struct score_part *p = &s->score.part[s->score.lead_signal];
    part_explain(p, c->now_us, s->language, &b);
    words_capital(&b, 0);
    *out_why = words_take(&b, &c->arena);
    return true;
}

int scored_write_advice(struct call *c, struct db *db, const struct lead *l, const struct scored *s,
                        struct jw *w, struct err *e) {
    struct str title = STR_NONE, why = STR_NONE;
    put_wants(s, w);
    int got = advice_of_alert(c, db, l, &title, &why, e);
    if (got < 0) return -1;
    bool advised = got > 0 || advice_of_score(c, l, s, &title, &why);
    jw_key(w, "do_now");
    if (!advised) {
        jw_null(w);
        return 0;
    }
    jw_object(w);
    jw_kstr(w, "title", title);
    jw_kstr(w, "why", why);
    jw_end(w);
    return 0;
}
