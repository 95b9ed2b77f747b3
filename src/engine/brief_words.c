/* The briefing's sentences. See brief.h.
 *
 * Verbs first, no praise, nothing that is not a figure in the structure or the lead's own words. Hours are
 * the reader's; where the lead's clock differs, the lead's stand beside them. (BRIEF-2, BRIEF-3, TEXT-2,
 * LEAD-5) */
#include <math.h>

#include "engine/brief_impl.h"
#include "engine/template.h"

enum { SENTENCE = 2048, QUOTE = 90, FEW_FIGURES = 10, MANY_WINDOWS = 3, LOSS_PCT = 75 };

static bool es(const struct brief *b) {
    return b->in.language == LANG_ES;
}

/* ---- time ---- */

void brief_date_words(const struct brief *b, struct buf *out) {
    static const char *const day[7][2] = {
        {"Monday", "lunes"},   {"Tuesday", "martes"},  {"Wednesday", "miércoles"}, {"Thursday", "jueves"},
        {"Friday", "viernes"}, {"Saturday", "sábado"}, {"Sunday", "domingo"}};
    static const char *const month[12][2] = {
        {"January", "enero"},   {"February", "febrero"},   {"March", "marzo"},
        {"April", "abril"},     {"May", "mayo"},           {"June", "junio"},
        {"July", "julio"},      {"August", "agosto"},      {"September", "septiembre"},
        {"October", "octubre"}, {"November", "noviembre"}, {"December", "diciembre"}};
    struct date d = b->in.date;
    const char *weekday = day[date_weekday(d)][es(b)], *name = month[d.month - 1][es(b)];
    if (es(b))
        buf_fmt(out, "%s, %d de %s", weekday, d.day, name);
    else
        buf_fmt(out, "%s, %s %d", weekday, name, d.day);
}

static int hour_of(const struct zone *zone, int64_t us, bool end) {
    int hour = zone_civil(zone, us).hour;
    return end && hour == 0 ? 24 : hour;
}

/* Hours are the reader's; the lead's are added where that clock shows others. */
static bool clocks_differ(const struct brief *b, const struct zone *lead, int64_t us) {
    return b->in.zone && zone_at(b->in.zone, us).offset_s != zone_at(lead, us).offset_s;
}

static const struct zone *reader(const struct brief *b, const struct zone *lead) {
    return b->in.zone ? b->in.zone : lead;
}

void brief_window_words(const struct brief *b, const struct zone *zone, int64_t from_us, int64_t to_us,
                        struct buf *out) {
    const struct zone *mine = reader(b, zone);
    words_hours(out, hour_of(mine, from_us, false), hour_of(mine, to_us, true), b->in.language);
    if (!clocks_differ(b, zone, from_us)) return;
    buf_z(out, " (");
    words_hours(out, hour_of(zone, from_us, false), hour_of(zone, to_us, true), b->in.language);
    buf_z(out, es(b) ? " hora de esa persona)" : " their time)");
}

/* "before 4 pm" when the window has begun, "between 2 and 4 pm" when it is ahead, "today" without one. */
static void when(const struct brief *b, const struct brief_action *x, struct buf *out) {
    if (!x->has_window) return buf_z(out, es(b) ? "hoy" : "today");
    const struct zone *theirs = x->lead.zone, *mine = reader(b, theirs);
    bool begun = x->window_from_us <= b->in.now_us, differ = clocks_differ(b, theirs, x->window_from_us);
    int to = hour_of(mine, x->window_to_us, true);
    if (begun)
        words_before(out, to, b->in.language);
    else
        words_between(out, hour_of(mine, x->window_from_us, false), to, b->in.language);
    if (!differ) return;
    buf_z(out, " (");
    if (begun)
        words_hour(out, hour_of(theirs, x->window_to_us, true), b->in.language);
    else
        words_hours(out, hour_of(theirs, x->window_from_us, false), hour_of(theirs, x->window_to_us, true),
                    b->in.language);
    buf_z(out, es(b) ? " hora de esa persona)" : " their time)");
}

bool brief_links(struct str base_url) {
    if (!str_starts(base_url, STR("https://")) && !str_starts(base_url, STR("http://"))) return false;
    for (size_t i = 0; i < base_url.n; i++)
        if ((unsigned char)base_url.p[i] <= ' ' || strchr("\"'<>", base_url.p[i])) return false;
    return base_url.n <= 200;
}

void brief_lead_url(struct str base_url, struct id lead, struct buf *out) {
    char id[ID_TEXT + 1];
    id_text(lead, id);
    while (base_url.n && base_url.p[base_url.n - 1] == '/') base_url.n--;
    buf_fmt(out, "%.*s/leads/%s", STR_FMT(base_url), id);
}

/* ---- what to do ---- */

const char *brief_verb(enum channel c) {
    return c == CHANNEL_CALL ? "call" : c == CHANNEL_SMS ? "text" : c == CHANNEL_EMAIL ? "email" : "review";
}

/* The channel wished for when it is open, else the next best that is. Urgent things are said, not written. */
static enum channel choose_channel(const struct brief_lead *l) {
    bool urgent = id_given(l->open_alert) && l->open_type == ALERT_URGENCY;
    const enum channel wish[] = {urgent ? CHANNEL_CALL : l->score.channel, CHANNEL_CALL, CHANNEL_SMS,
                                 CHANNEL_EMAIL};
    for (size_t i = 0; i < sizeof wish / sizeof wish[0]; i++) {
        if (wish[i] == CHANNEL_CALL && !l->no_call) return wish[i];
        if (wish[i] == CHANNEL_SMS && !l->no_sms) return wish[i];
        if (wish[i] == CHANNEL_EMAIL && !l->no_email) return wish[i];
    }
    return CHANNEL_NONE;
}

static struct str title_of(const struct brief *b, const struct brief_action *x) {
    static const char *const verb[4][2] = {{"Call", "Llame a"},
                                           {"Text", "Envíe un mensaje a"},
                                           {"E-mail", "Escriba un correo a"},
                                           {"See what is new with", "Vea qué hay de nuevo con"}};
    int row = x->channel == CHANNEL_CALL    ? 0
              : x->channel == CHANNEL_SMS   ? 1
              : x->channel == CHANNEL_EMAIL ? 2
                                            : 3;
    BUF_AUTO out;
    buf_init(&out, SENTENCE);
    buf_fmt(&out, "%s %.*s", verb[row][es(b)], STR_FMT(x->lead.name));
    if (row < 3) {
        buf_c(&out, ' ');
        when(b, x, &out);
    }
    return words_take(&out, b->a);
}

struct str brief_button(const struct brief *b, const struct brief_action *x) {
    BUF_AUTO out;
    buf_init(&out, SENTENCE);
    buf_fmt(&out, es(b) ? "Abrir a %.*s" : "Open %.*s", STR_FMT(x->lead.name));
    return words_take(&out, b->a);
}

/* ---- what to say ---- */

static const char *say_template(const struct brief_lead *l) {
    if (id_given(l->open_alert) && l->open_type == ALERT_URGENCY) return "reply/urgency";
    if (id_given(l->open_alert) && l->open_type == ALERT_COMPETITIVE) return "reply/competitive";
    return l->waiting ? "reply/hot" : score_message_template(&l->score);
}

static struct str first_word(struct str name) {
    struct str rest = name, word = STR_NONE;
    str_cut(&rest, ' ', &word);
    return word;
}

static struct str say_of(const struct brief *b, const struct brief_slot *s, enum channel channel) {
    if (channel == CHANNEL_NONE || !b->in.template_text) return STR_NONE;
    struct str text = b->in.template_text(b->in.template_ctx, say_template(&s->lead), s->lead.language);
    if (!str_given(text)) return STR_NONE;
    struct str first = s->name_n ? first_word(s->lead.name) : STR_NONE;
    if (str_is(first, "Lead") || str_is(first, "Unnamed"))
        first = STR_NONE; /* profile_display_name()'s stand-ins */
    struct template_field fields[] = {{"first_name", first},
                                      {"agent_first_name", first_word(b->in.agent_name)},
                                      {"brokerage", b->in.brokerage}};
    BUF_AUTO out;
    buf_init(&out, 8 * SENTENCE);
    template_render(template_body(text), fields, 3, false, &out);
    return words_take(&out, b->a);
}

/* ---- why ---- */

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

struct clauses { /* "Waiting 3 h for an answer; used the pricing tool twice" */
    struct buf *b;
    size_t n, max;
};

static bool clause(struct clauses *c) {
    if (c->n == c->max) return false;
    if (c->n++) buf_z(c->b, "; ");
    return true;
}

static void why_alert(const struct brief *b, const struct brief_lead *l, struct clauses *c) {
    static const char *const said[ALERT_TYPES][2] = {
        [ALERT_URGENCY] = {"says there is little time", "dice que hay poco tiempo"},
        [ALERT_COMPETITIVE] = {"mentions another agent", "menciona a otro agente"},
    };
    if (!id_given(l->open_alert) || (unsigned)l->open_type >= ALERT_TYPES) return;
    const char *text = said[l->open_type][es(b)];
    if (!text || !clause(c)) return;
    buf_z(c->b, text);
}

static void why_waiting(const struct brief *b, const struct brief_lead *l, struct clauses *c) {
    if (!l->waiting || !clause(c)) return;
    int64_t us = b->in.now_us - l->waiting_since_us;
    buf_z(c->b, es(b) ? "espera respuesta desde hace " : "waiting ");
    words_span(c->b, us, b->in.language);
    if (!es(b)) buf_z(c->b, " for an answer");
}

static void why_quiet(const struct brief *b, const struct brief_slot *s, struct clauses *c) {
    if (!s->quiet || !clause(c)) return;
    buf_fmt(c->b,
            es(b) ? "sin actividad desde hace %d días; antes, %d días con actividad"
                  : "silent for %d days; active on %d days before that",
            s->silent_days, s->active_days);
    if (s->usual_gap_days == 1)
        buf_z(c->b, es(b) ? ", casi a diario" : ", about every day");
    else
        buf_fmt(c->b, es(b) ? ", uno de cada %d" : ", about every %d days", s->usual_gap_days);
}

static void why_parts(const struct brief *b, const struct brief_slot *s, struct clauses *c) {
    const struct score_part *part[SIGNALS];
    size_t n = parts_of(&s->lead.score, part);
    for (size_t i = 0; i < n; i++) {
        if (part[i]->signal == SIG_MOMENTUM && n > 1) continue; /* says nothing that the others do not */
        if (!clause(c)) return;
        words_signal(c->b, part[i]->signal, part[i]->count, b->in.language);
        if (part[i]->last_us && part[i]->last_us <= b->in.now_us) {
            buf_z(c->b, es(b) ? ", la última " : ", last ");
            words_ago(c->b, b->in.now_us - part[i]->last_us, b->in.language);
        }
    }
}

/* Up to `max` reasons; the quote of the lead's last words when asked for. */
static struct str why_of(const struct brief *b, const struct brief_slot *s, size_t max, bool quote,
                         struct arena *a) {
    BUF_AUTO out;
    buf_init(&out, 4 * SENTENCE);
    struct clauses c = {&out, 0, max};
    why_alert(b, &s->lead, &c);
    why_waiting(b, &s->lead, &c);
    if (quote && c.n && s->lead.waiting && s->lead.last_text.n) {
        buf_z(&out, ": \"");
        words_clean(&out, s->lead.last_text, QUOTE);
        buf_c(&out, '"');
    }
    why_quiet(b, s, &c);
    why_parts(b, s, &c);
    if (c.n == 0)
        buf_z(&out, es(b) ? "sin actividad en los últimos 30 días" : "no activity in the last 30 days");
    words_capital(&out, 0);
    return words_take(&out, a);
}

static struct str why_at_risk(const struct brief *b, const struct brief_slot *s) {
    BUF_AUTO out;
    buf_init(&out, SENTENCE);
    struct clauses c = {&out, 0, 1};
    why_quiet(b, s, &c);
    words_capital(&out, 0);
    return words_take(&out, b->a);
}

struct str brief_short_why(const struct brief *b, const struct brief_slot *s, struct arena *a) {
    return why_of(b, s, 1, false, a);
}

size_t brief_evidence(const struct brief *b, const struct brief_lead *l, struct arena *a,
                      struct brief_evidence out[BRIEF_EVIDENCE]) {
    size_t n = 0;
    BUF_AUTO text;
    buf_init(&text, SENTENCE);
    if (l->last_text.n && id_given(l->last_text_event)) {
        words_clean(&text, l->last_text, BRIEF_TEXT);
        out[n++] = (struct brief_evidence){l->last_text_event, l->last_text_us, event_name(EV_MESSAGE_IN),
                                           words_take(&text, a)};
    }
    const struct score_part *part[SIGNALS];
    size_t parts = parts_of(&l->score, part);
    for (size_t i = 0; i < parts && n < BRIEF_EVIDENCE; i++) {
        const struct score_part *p = part[i];
        if (!p->n_evidence || p->signal == SIG_MOMENTUM) continue;
        words_signal(&text, p->signal, p->count, b->in.language);
        words_capital(&text, 0);
        out[n++] = (struct brief_evidence){p->evidence[0], p->evidence_us[0], event_name(p->evidence_kind[0]),
                                           words_take(&text, a)};
    }
    return n;
}

/* ---- the whole ---- */

static void headline(struct brief *b) {
    if (b->n_actions == 0) {
        b->headline = b->count.leads ? brief_pick(b, "Nobody needs you first thing today",
                                                  "Nadie le espera a primera hora")
                                     : brief_pick(b, "No leads yet", "Todavía no hay contactos");
        return;
    }
    static const char *const alone[2][2] = {{"One person to reach: ", "Una persona por contactar: "},
                                            {"One person to call: ", "Una persona a quien llamar: "}};
    static const char *const several[2][2] = {{" people to reach, ", " personas por contactar, primero "},
                                              {" people to call, ", " personas a quien llamar, primero "}};
    size_t calls = 0;
    for (size_t i = 0; i < b->n_actions; i++) calls += b->action[i].channel == CHANNEL_CALL;
    bool all = calls == b->n_actions, one = b->n_actions == 1;
    BUF_AUTO out;
    buf_init(&out, SENTENCE);
    if (!one) buf_i64(&out, (int64_t)b->n_actions);
    buf_z(&out, (one ? alone : several)[all][es(b)]);
    buf_str_add(&out, b->action[0].lead.name);
    if (!one && !es(b)) buf_z(&out, " first");
    b->headline = words_take(&out, b->a);
}

static void advise(struct brief *b, struct str title, struct str why) {
    if (b->n_strategy < BRIEF_STRATEGY) b->strategy[b->n_strategy++] = (struct brief_said){title, why};
}

static void advise_waiting(struct brief *b) {
    if (b->count.waiting < 2) return;
    BUF_AUTO span;
    buf_init(&span, SENTENCE);
    words_span(&span, b->in.now_us - b->waiting_since_us, b->in.language);
    int n = (int)b->count.waiting;
    advise(b,
           arena_fmt(
               b->a,
               es(b) ? "Responda primero a quienes esperan (%d)" : "Answer the %d who are waiting first", n),
           arena_fmt(b->a,
                     es(b) ? "Quien más tiempo lleva espera desde hace %.*s." : "The longest wait is %.*s.",
                     STR_FMT(buf_str(&span))));
}

/* Two hours of the agent's day in which most windows begin. */
static void advise_hours(struct brief *b) {
    int best = 0;
    int64_t most = 0;
    for (int h = 0; h < 23; h++) {
        int64_t n = b->windows_at[h] + b->windows_at[h + 1];
        if (n > most) most = n, best = h;
    }
    if (most < MANY_WINDOWS || most * 2 < b->windows) return;
    BUF_AUTO hours;
    buf_init(&hours, SENTENCE);
    words_hours(&hours, best, best + 2, b->in.language);
    struct str h = buf_str(&hours);
    advise(
        b,
        arena_fmt(b->a, es(b) ? "Reserve de %.*s para contactos" : "Keep %.*s free for contacts", STR_FMT(h)),
        arena_fmt(b->a,
                  es(b) ? "%lld de %lld horarios de hoy empiezan entonces."
                        : "%lld of %lld contact windows of today begin then.",
                  (long long)most, (long long)b->windows));
}

static void advise_quiet(struct brief *b) {
    if (b->count.at_risk == 0) return;
    const struct brief_slot *s = &b->risk.slot[0];
    advise(
        b,
        arena_fmt(b->a,
                  es(b) ? "Retome a quienes callaron (%lld)" : "Pick up again with those gone quiet (%lld)",
                  (long long)b->count.at_risk),
        arena_fmt(b->a,
                  es(b) ? "%.*s tuvo actividad %d días y calla desde hace %d."
                        : "%.*s was active on %d days and is silent for %d.",
                  STR_FMT(s->lead.name), s->active_days, s->silent_days));
}

static void performance(struct brief *b) {
    int64_t total = 0;
    for (size_t i = 0; i < b->in.n_perf; i++) total += b->in.perf[i].this_week + b->in.perf[i].last_week;
    b->perf_note = STR_NONE;
    if (total >= FEW_FIGURES) return;
    b->perf_note = arena_fmt(b->a,
                             es(b) ? "Muy pocos datos para comparar: %lld en dos semanas"
                                   : "Too little data to compare: %lld in two weeks",
                             (long long)total);
}

/* A row that fell by a quarter or more from a figure worth comparing. */
static void advise_fallen(struct brief *b) {
    if (str_given(b->perf_note)) return;
    for (size_t i = 0; i < b->in.n_perf; i++) {
        const struct brief_perf *p = &b->in.perf[i];
        if (p->last_week < FEW_FIGURES || p->this_week * 100 > p->last_week * LOSS_PCT) continue;
        advise(b,
               arena_fmt(b->a,
                         es(b) ? "%.*s: menos que la semana anterior" : "%.*s: fewer than the week before",
                         STR_FMT(p->label)),
               arena_fmt(b->a, es(b) ? "%lld, antes %lld." : "%lld, before that %lld.",
                         (long long)p->this_week, (long long)p->last_week));
        return;
    }
}

void brief_words(struct brief *b) {
    for (size_t i = 0; i < b->n_actions; i++) {
        struct brief_action *x = &b->action[i];
        struct brief_slot *s = &b->act.slot[i];
        x->lead = s->lead;
        x->channel = choose_channel(&x->lead);
        x->title = title_of(b, x);
        x->why = s->why = why_of(b, s, 3, true, b->a);
        x->say = say_of(b, s, x->channel);
    }
    struct brief_list *const lists[] = {&b->top, &b->hot, &b->open};
    for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++)
        for (size_t i = 0; i < lists[k]->n; i++)
            lists[k]->slot[i].why = why_of(b, &lists[k]->slot[i], 2, false, b->a);
    for (size_t i = 0; i < b->risk.n; i++) b->risk.slot[i].why = why_at_risk(b, &b->risk.slot[i]);
    headline(b);
    performance(b);
    advise_waiting(b);
    advise_hours(b);
    advise_quiet(b);
    advise_fallen(b);
}

struct str brief_missing(const struct brief *b, size_t i, const char **out_part) {
    static const struct {
        const char *part, *en, *es;
    } row[BRIEF_MISSING] = {
        {"forecasts", "Conversion forecasts need a trained model, which this version does not have.",
         "Los pronósticos de conversión necesitan un modelo entrenado, que esta versión no tiene."},
        {"commission", "Commission at stake needs the forecasts.",
         "La comisión en juego necesita los pronósticos."},
        {"property_matches", "Property matches need listings, which this version does not read.",
         "Las propiedades afines necesitan anuncios, que esta versión no lee."},
        {"market", "Market intelligence needs listings, which this version does not read.",
         "El mercado necesita anuncios, que esta versión no lee."},
        {"targets", "A comparison with targets needs targets, which cannot be set in this version.",
         "La comparación con metas necesita metas, que esta versión no permite fijar."},
    };
    *out_part = row[i].part;
    return brief_pick(b, row[i].en, row[i].es);
}
