/* What the engines of today say about a lead after an event. See insight.h.
 *
 * Three things can be fed now: what the lead wrote is urgent, mentions another agent, or the behavior score
 * crossed its line. Each claim stands on evidence that is named beside it. The score says how a person
 * behaves, not how likely a sale is, and no sentence here says otherwise.
 *
 * Confidence, each within 0..0.97, every addend visible as a reason where there is evidence for it:
 *   urgency      0.55 + 0.25 u + 0.05 (two or more findings) + 0.05 (states a horizon within 90 days) +
 * activity - late competitive  0.60 + 0.25 c + 0.05 (two or more findings) + activity - late hot lead 0.45 +
 * 0.45 s + 0.10 (likelihood - threshold) / (100 - threshold) - late u, c: the readings' strengths; s: the
 * score's own confidence, so that a score from few or old signals (s < 0.3) never reaches the 0.70 at which
 * an alert is pushed. activity: 0.07 when the lead did something in the 7 days before. late: 0.10 times the
 * event's age over ALERT_STALE_US. The constants are judgement, to be replaced by what dismissals teach
 * (decide.c lowers by type) and later by measured calibration. (FLOW-2, FLOW-3, ALERT-1, ALERT-2, LEAD-5,
 * LEAD-6) */
#include "engine/insight.h"

#include <math.h>

#include "engine/words.h"

static const double CONFIDENCE_MAX = 0.97, MORE_FINDINGS = 0.05, HORIZON = 0.05, ACTIVITY = 0.07, LATE = 0.10;
enum { HORIZON_DAYS = 90, QUOTE = 80, PHRASE = 1024, FIRST_HOUR = 8, LAST_HOUR = 21 };
static const int64_t ACTIVE_US = 7 * US_DAY, WON_QUIET_US = 90 * US_DAY;

struct alert_rules alert_rules_default(void) {
    struct alert_rules r = {.push_confidence = 0.70};
    r.threshold[ALERT_HOT_LEAD] = 0.75;
    r.threshold[ALERT_CHURN_RISK] = 0.65;
    r.threshold[ALERT_OPPORTUNITY] = 0.90;
    r.threshold[ALERT_COMPETITIVE] = 0.50;
    r.threshold[ALERT_URGENCY] = 0.70;
    r.threshold[ALERT_BEHAVIOR] = 0.70;
    return r;
}

/* ---- who may be reached, and who did something ---- */

struct reach insight_reach(const struct picture *picture, const struct profile *profile) {
    if (picture_opted_out(picture) || profile_flag(profile, CF_DELETED) || profile_flag(profile, CF_DND))
        return (struct reach){0};
    bool phone = str_given(profile_get(profile, CF_PHONE));
    return (struct reach){
        .call = phone && !profile_flag(profile, CF_DND_CALL),
        .sms = phone && !profile_flag(profile, CF_DND_SMS),
        .email = str_given(profile_get(profile, CF_EMAIL)) && !profile_flag(profile, CF_DND_EMAIL),
    };
}

/* The lead did it. An opened e-mail does not count: machines open them too. */
static bool by_lead(enum event_kind k) {
    if (k == EV_MESSAGE_IN || k == EV_CALL_IN) return true;
    return event_group(k) == EVENT_BEHAVIOR && k != EV_EMAIL_OPEN;
}

/* Says by itself that the lead wants somebody: news even when the score was high before. */
static bool asks_for_a_person(enum event_kind k) {
    return k == EV_CALL_IN || k == EV_AGENT_INQUIRY || k == EV_FORM || k == EV_PRICING_TOOL;
}

static uint32_t active_before(const struct lead_view *v, struct id *out_newest) {
    uint32_t n = 0;
    for (size_t i = 0; i < v->picture->n_recent && i < PICTURE_RECENT; i++) {
        const struct touch *t = &v->picture->recent[i];
        if (t->kind >= EVENT_KINDS || !by_lead((enum event_kind)t->kind) || id_eq(t->id, v->event->id))
            continue;
        if (t->at_us > v->event->at_us || t->at_us < v->event->at_us - ACTIVE_US) continue;
        if (n++ == 0) *out_newest = t->id;
    }
    return n;
}

static double late_share(const struct lead_view *v) {
    double age = (double)(v->now_us - v->event->at_us) / (double)ALERT_STALE_US;
    return LATE * fmin(1, fmax(0, age));
}

static double unit(double x) {
    return isnan(x) ? 0 : fmin(1, fmax(0, x));
}

/* ---- reasons ---- */

static void add_reason(struct insight *in, struct str en, struct str es, double weight, struct id event) {
    if (in->n_reasons == INSIGHT_REASONS) return;
    in->reasons[in->n_reasons++] = (struct reason){en, es, unit(weight), event};
}

/* The words of the message that a finding points at. */
static struct str words_of(const struct event *ev, const struct finding *f) {
    size_t to = f->to > ev->text.n ? ev->text.n : f->to, from = f->from > to ? to : f->from;
    return to > from ? (struct str){ev->text.p + from, to - from} : STR("");
}

/* The same with the clause around them, "I need to move ASAP" for "ASAP", where that is short enough. */
static struct str clause_of(const struct event *ev, const struct finding *f) {
    static const char ends[] = ".,;:!?\n\r";
    struct str w = words_of(ev, f);
    if (w.n == 0) return w;
    const char *from = w.p, *to = w.p + w.n, *begin = ev->text.p, *end = ev->text.p + ev->text.n;
    while (from > begin && !memchr(ends, from[-1], sizeof ends - 1)) from--;
    while (to < end && !memchr(ends, *to, sizeof ends - 1)) to++;
    struct str clause = str_trim((struct str){from, (size_t)(to - from)});
    return clause.n <= QUOTE ? clause : w;
}

static struct str quoted(const char *lead_in, struct str words, struct str say, struct arena *a) {
    BUF_AUTO b;
    buf_init(&b, PHRASE);
    buf_z(&b, lead_in);
    buf_c(&b, '"');
    words_clean(&b, words, QUOTE);
    buf_c(&b, '"');
    if (say.n) buf_z(&b, ": ");
    words_clean(&b, say, QUOTE);
    return words_take(&b, a);
}

/* Findings of a label, strongest first into out; their number. A reading without findings gives one of the
 * whole text. */
static size_t findings_of(const struct lead_view *v, enum reading_label label, double value,
                          const struct finding *out[READ_MAX_FINDINGS], struct finding *whole) {
    size_t n = 0;
    for (size_t i = 0; i < v->reading->n && i < READ_MAX_FINDINGS; i++) {
        const struct finding *f = &v->reading->found[i];
        if (f->label != label) continue;
        size_t at = n++;
        for (; at > 0 && out[at - 1]->value < f->value; at--) out[at] = out[at - 1];
        out[at] = f;
    }
    if (n) return n;
    *whole = (struct finding){.label = label, .value = value, .to = v->event->text.n};
    out[0] = whole;
    return 1;
}

static void activity_reason(struct insight *in, uint32_t n, struct id newest, struct arena *a) {
    add_reason(in, arena_fmt(a, "%u other sign%s of activity in the 7 days before", n, n == 1 ? "" : "s"),
               arena_fmt(a,
                         n == 1 ? "%u señal más de actividad en los 7 días anteriores"
                                : "%u señales más de actividad en los 7 días anteriores",
                         n),
               ACTIVITY / in->confidence, newest);
}

/* ---- the recommended action ---- */

static bool outside_calling_hours(const struct lead_view *v) {
    if (!v->zone) return false; /* nothing is claimed about an unknown clock */
    int hour = zone_civil(v->zone, v->now_us).hour;
    return hour < FIRST_HOUR || hour >= LAST_HOUR;
}

static void title(struct insight *in, struct arena *a, const char *en, const char *en_when, const char *es,
                  const char *es_when) {
    in->action_title = arena_fmt(a, "%s %s", en, en_when);
    in->action_title_es = arena_fmt(a, "%s %s", es, es_when);
}

static void title_verb(struct insight *in, struct arena *a, const char *en_when, const char *es_when) {
    if (in->action == ACT_CALL_TASK)
        title(in, a, "Call {name}", en_when, "Llame a {name}", es_when);
    else if (in->action == ACT_SEND_MESSAGE)
        title(in, a, "Write to {name}", en_when, "Escriba a {name}", es_when);
    else
        title(in, a, "See what {name} did", en_when, "Vea lo que hizo {name}", es_when);
}

static void title_hours(struct insight *in, struct arena *a, int from, int to, bool from_then_on) {
    BUF_AUTO en;
    BUF_AUTO es;
    buf_init(&en, PHRASE);
    buf_init(&es, PHRASE);
    if (from_then_on) {
        buf_z(&en, "after ");
        words_hour(&en, from, LANG_EN);
        buf_z(&es, "a partir de las ");
        words_hour(&es, from, LANG_ES);
    } else {
        words_between(&en, from, to, LANG_EN);
        words_between(&es, from, to, LANG_ES);
    }
    buf_z(&en, ", their time");
    buf_z(&es, ", hora local de esa persona");
    title_verb(in, a, en.p, es.p);
    in->window_from_hour = from;
    in->window_to_hour = to;
}

/* Sets action, title, window and urgency. A call is recommended where one is possible; the lead's own night
 * is left alone: then it is for the morning. */
static void recommend(const struct lead_view *v, struct insight *in, enum urgency_level wanted,
                      struct arena *a) {
    struct reach reach = insight_reach(v->picture, v->profile);
    in->action = reach.call ? ACT_CALL_TASK : reach.sms || reach.email ? ACT_SEND_MESSAGE : ACT_ALERT_AGENT;
    in->urgency = wanted;
    bool personal = in->action != ACT_ALERT_AGENT;
    if (personal && outside_calling_hours(v)) {
        if (wanted == URGENCY_NOW) in->urgency = URGENCY_TODAY;
        return title_hours(in, a, FIRST_HOUR, FIRST_HOUR + 2, true);
    }
    const struct contact_window *w = &v->after->window;
    if (personal && wanted != URGENCY_NOW && v->zone && w->confidence > 0) {
        int hour = zone_civil(v->zone, v->now_us).hour;
        if (hour < w->from_hour) return title_hours(in, a, w->from_hour, w->to_hour, false);
    }
    if (wanted == URGENCY_NOW) return title_verb(in, a, "now", "ahora");
    title_verb(in, a, "today", "hoy");
}

/* ---- the three that can be fed ---- */

static void set_cause(struct insight *in, const char *cause) {
    snprintf(in->cause, sizeof in->cause, "%s", cause);
}

/* The lead's own words as reasons; together they weigh `share`. */
static void word_reasons(const struct lead_view *v, struct insight *in, const struct finding *const *found,
                         size_t n, double share, struct arena *a) {
    double total = 0;
    for (size_t i = 0; i < n; i++) total += found[i]->value;
    for (size_t i = 0; i < n && i + 2 < INSIGHT_REASONS; i++)
        add_reason(in, quoted("", words_of(v->event, found[i]), found[i]->say, a),
                   quoted("", words_of(v->event, found[i]), found[i]->say_es, a),
                   share * (total > 0 ? found[i]->value / total : 1), v->event->id);
}

static bool near_horizon(const struct lead_view *v, enum reading_label label) {
    int64_t days = v->reading->horizon_days;
    return label == READ_URGENCY && days >= 0 && days <= HORIZON_DAYS;
}

static void read_insight(const struct lead_view *v, enum reading_label label, double value, double base,
                         double slope, struct insight *in, struct arena *a) {
    const struct finding *found[READ_MAX_FINDINGS];
    struct finding whole;
    size_t n = findings_of(v, label, value, found, &whole);
    struct id newest = {0};
    uint32_t active = active_before(v, &newest);
    bool horizon = near_horizon(v, label);
    double words = base + slope * value + (n > 1 ? MORE_FINDINGS : 0);
    double c = words + (horizon ? HORIZON : 0) + (active ? ACTIVITY : 0) - late_share(v);
    in->strength = value;
    in->confidence = fmin(CONFIDENCE_MAX, fmax(0, c));
    in->trigger = v->event->id;
    word_reasons(v, in, found, n, words / in->confidence, a);
    if (horizon)
        add_reason(in, arena_fmt(a, "States a time: within %d days", (int)v->reading->horizon_days),
                   arena_fmt(a, "Indica un plazo: %d días", (int)v->reading->horizon_days),
                   HORIZON / in->confidence, v->event->id);
    if (active) activity_reason(in, active, newest, a);
    in->say = quoted("Wrote ", clause_of(v->event, found[0]), found[0]->say, a);
    in->say_es = quoted("Escribió ", clause_of(v->event, found[0]), found[0]->say_es, a);
}

static void propose_urgency(const struct lead_view *v, struct insight *in, struct arena *a) {
    double u = unit(v->reading->urgency);
    *in = (struct insight){.type = ALERT_URGENCY, .priority = u >= 0.9 ? 10 : u >= 0.8 ? 9 : 8};
    set_cause(in, "urgency");
    read_insight(v, READ_URGENCY, u, 0.55, 0.25, in, a);
    recommend(v, in, URGENCY_NOW, a);
    in->impact = STR("They wrote just now; an answer within minutes finds them still at it.");
    in->impact_es = STR("Acaba de escribir; una respuesta en minutos llega mientras sigue pendiente.");
    if (v->now_us - v->event->at_us > US_HOUR) {
        in->impact = STR("They named a need for speed and have waited over an hour.");
        in->impact_es = STR("Dijo que tiene prisa y espera desde hace más de una hora.");
    }
    in->expires_us = v->now_us + 4 * US_HOUR;
}

static void propose_competitive(const struct lead_view *v, struct insight *in, struct arena *a) {
    double c = unit(v->reading->competitor);
    *in = (struct insight){.type = ALERT_COMPETITIVE, .priority = c >= 0.75 ? 8 : 7};
    set_cause(in, "competitive");
    read_insight(v, READ_COMPETITOR, c, 0.60, 0.25, in, a);
    recommend(v, in, URGENCY_TODAY, a);
    in->impact = STR("They are talking to another agent. If they have signed with one, leave it there.");
    in->impact_es = STR("Está hablando con otro agente. Si ya firmó con alguien, no insista.");
    in->expires_us = v->now_us + 24 * US_HOUR;
}

static struct str parts_sentence(const struct lead_view *v, const struct score_part *const *part, size_t n,
                                 enum language l, struct arena *a) {
    BUF_AUTO b;
    buf_init(&b, PHRASE);
    int now = (int)lround(v->after->likelihood);
    if (v->before && (int)lround(v->before->likelihood) < now)
        buf_fmt(&b,
                l == LANG_ES ? "El índice de comportamiento subió de %d a %d de 100"
                             : "Behavior score rose from %d to %d of 100",
                (int)lround(v->before->likelihood), now);
    else
        buf_fmt(&b, l == LANG_ES ? "El índice de comportamiento es %d de 100" : "Behavior score is %d of 100",
                now);
    for (size_t i = 0; i < n && i < 2; i++) {
        buf_z(&b, i == 0 ? ": " : l == LANG_ES ? " y " : " and ");
        words_signal(&b, part[i]->signal, part[i]->count, l);
    }
    return words_take(&b, a);
}

static struct str part_sentence(const struct score_part *p, int64_t now_us, enum language l,
                                struct arena *a) {
    BUF_AUTO b;
    buf_init(&b, PHRASE);
    words_signal(&b, p->signal, p->count, l);
    words_capital(&b, 0);
    if (p->last_us) {
        buf_z(&b, l == LANG_ES ? ", la última vez " : ", last ");
        words_ago(&b, now_us - p->last_us, l);
    }
    return words_take(&b, a);
}

/* The parts that count, most points first. */
static size_t parts_of(const struct score *s, const struct score_part *out[SIGNALS]) {
    size_t n = 0;
    for (size_t i = 0; i < SIGNALS; i++) {
        const struct score_part *p = &s->part[i];
        if (!(p->points > 0) || p->count == 0) continue;
        size_t at = n++;
        for (; at > 0 && out[at - 1]->points < p->points; at--) out[at] = out[at - 1];
        out[at] = p;
    }
    return n;
}

static void propose_hot(const struct lead_view *v, const struct alert_rules *r, struct insight *in,
                        struct arena *a) {
    const struct score *s = v->after;
    double x = unit(s->likelihood / 100), line = unit(r->threshold[ALERT_HOT_LEAD]);
    *in = (struct insight){.type = ALERT_HOT_LEAD, .strength = x, .trigger = v->event->id};
    in->priority = x >= 0.9 ? 9 : x >= 0.8 ? 8 : 7;
    double above = line < 1 ? (x - line) / (1 - line) : 0;
    in->confidence =
        fmin(CONFIDENCE_MAX, fmax(0, 0.45 + 0.45 * unit(s->confidence) + 0.10 * unit(above) - late_share(v)));
    set_cause(in, "hot");
    const struct score_part *part[SIGNALS];
    size_t n = parts_of(s, part);
    for (size_t i = 0; i < n; i++)
        add_reason(in, part_sentence(part[i], v->now_us, LANG_EN, a),
                   part_sentence(part[i], v->now_us, LANG_ES, a), part[i]->points / fmax(1, s->likelihood),
                   part[i]->n_evidence ? part[i]->evidence[0] : (struct id){0});
    in->say = parts_sentence(v, part, n, LANG_EN, a);
    in->say_es = parts_sentence(v, part, n, LANG_ES, a);
    if (in->n_reasons == 0) add_reason(in, in->say, in->say_es, 1, v->event->id);
    recommend(v, in,
              asks_for_a_person(v->event->kind) && v->event->kind != EV_PRICING_TOOL ? URGENCY_NOW
                                                                                     : URGENCY_TODAY,
              a);
    in->impact = STR("The interest is fresh. The score measures behavior, not the chance of a sale.");
    in->impact_es =
        STR("El interés es reciente. El índice mide comportamiento, no la probabilidad de una venta.");
    in->expires_us = v->now_us + 24 * US_HOUR;
}

/* ---- when to speak at all ---- */

static void note(struct insights *s, struct str text) {
    if (s->n_notes < INSIGHTS_MAX) s->note[s->n_notes++] = text;
}

/* Why this event may propose nothing, or NULL. */
static const char *silent_because(const struct lead_view *v) {
    if (!by_lead(v->event->kind)) return "not an act of the lead";
    if (v->now_us - v->event->at_us > ALERT_STALE_US) return "the event is older than 24 hours";
    if (profile_flag(v->profile, CF_DELETED)) return "the contact is deleted in the CRM";
    if (picture_opted_out(v->picture)) return "the lead has opted out";
    if (!v->reading) return NULL;
    enum opt_decision o = v->reading->opt;
    if (o == OPT_OUT || o == OPT_OUT_AND_ALERT || o == OPT_CHANNEL) return "the message asks to stop";
    if (o == OPT_PAUSE_AND_ASK) return "the message may ask to stop: a person decides first";
    return NULL;
}

static bool hot_is_news(const struct lead_view *v, double line) {
    if (!(v->after->likelihood / 100 > line)) return false;
    if (!v->before || !(v->before->likelihood / 100 > line)) return true;
    return asks_for_a_person(v->event->kind);
}

static bool just_won(const struct lead_view *v) {
    const struct picture *p = v->picture;
    return p->won_us > p->lost_us && v->now_us - p->won_us < WON_QUIET_US;
}

void insight_propose(const struct lead_view *v, const struct alert_rules *r, struct arena *a,
                     struct insights *out) {
    out->n = 0;
    out->n_notes = 0;
    const char *silent = silent_because(v);
    if (silent) return note(out, str_of(silent));
    if (v->reading && unit(v->reading->urgency) > r->threshold[ALERT_URGENCY])
        propose_urgency(v, &out->item[out->n++], a);
    if (v->reading && unit(v->reading->competitor) > 0 &&
        unit(v->reading->competitor) >= r->threshold[ALERT_COMPETITIVE])
        propose_competitive(v, &out->item[out->n++], a);
    if (!hot_is_news(v, r->threshold[ALERT_HOT_LEAD])) return;
    if (just_won(v)) return note(out, STR("hot: a deal with this lead was won in the last 90 days"));
    propose_hot(v, r, &out->item[out->n++], a);
}

const struct insight *insight_opt_out(const struct lead_view *v, struct arena *a) {
    if (!v->reading) return NULL;
    bool channel = v->reading->opt == OPT_CHANNEL, doubt = channel || v->reading->opt == OPT_PAUSE_AND_ASK;
    if (!doubt && v->reading->opt != OPT_OUT_AND_ALERT) return NULL;
    struct insight *in = ARENA_NEW(a, struct insight);
    if (!in) return NULL;
    *in = (struct insight){.type = ALERT_TYPES,
                           .strength = 1,
                           .confidence = doubt ? 0.60 : 0.90,
                           .priority = doubt ? 8 : 10,
                           .trigger = v->event->id,
                           .action = ACT_STOP_CONTACT,
                           .urgency = URGENCY_TODAY};
    set_cause(in, "opt_out");
    const struct finding *found[READ_MAX_FINDINGS];
    struct finding whole;
    findings_of(v, READ_OPT_OUT, 1, found, &whole);
    add_reason(in, quoted("", words_of(v->event, found[0]), found[0]->say, a),
               quoted("", words_of(v->event, found[0]), found[0]->say_es, a), 1, v->event->id);
    in->say = quoted(channel ? "Asked not to be reached this way: "
                     : doubt ? "May have asked to stop: "
                             : "Asked to stop in words that need a person: ",
                     clause_of(v->event, found[0]), STR_NONE, a);
    in->say_es = quoted(channel ? "Pidió que no se le contacte por este medio: "
                        : doubt ? "Quizá pidió que no se le escriba: "
                                : "Pidió que no se le escriba, y conviene leerlo: ",
                        clause_of(v->event, found[0]), STR_NONE, a);
    in->action_title = doubt ? STR("Read what {name} wrote: does it mean stop?")
                             : STR("Read what {name} wrote; contact is stopped");
    in->action_title_es = doubt ? STR("Lea lo que escribió {name}: ¿pide que no se le escriba?")
                                : STR("Lea lo que escribió {name}; el contacto está detenido");
    in->impact = STR("Nothing is sent to them meanwhile.");
    in->impact_es = STR("Mientras tanto no se le envía nada.");
    in->expires_us = v->now_us + 7 * US_DAY;
    return in;
}
