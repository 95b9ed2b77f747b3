/* The briefing for machines and for plain text: JSON, text message, mail's text part. See brief.h. The HTML
 * part is brief_html.c. (BRIEF-3) */
#include <math.h>

#include "base/json.h"
#include "base/utf8.h"
#include "engine/brief_impl.h"
#include "engine/gsm7.h"

enum { WORK = 64 * 1024 };

/* ---- JSON ---- */

static void put_id(struct jw *w, const char *key, struct id id) {
    char text[ID_TEXT + 1];
    id_text(id, text);
    jw_kz(w, key, text);
}

static double tenths(double x) {
    return isfinite(x) ? round(x * 10) / 10 : 0;
}
static double hundredths(double x) {
    return isfinite(x) ? round(x * 100) / 100 : 0;
}

static void put_clock(struct jw *w, const char *key, const struct zone *zone, int64_t us) {
    struct civil c = zone_civil(zone, us);
    char text[8];
    snprintf(text, sizeof text, "%02d:%02d", c.hour, c.minute);
    jw_kz(w, key, text);
}

static void put_window(struct jw *w, const struct brief_lead *l, int64_t from_us, int64_t to_us) {
    put_clock(w, "from", l->zone, from_us);
    put_clock(w, "to", l->zone, to_us);
    jw_kstr(w, "zone", zone_name(l->zone));
    jw_kreal(w, "confidence", hundredths(l->score.window.confidence));
}

static void put_evidence(struct jw *w, const struct brief *b, const struct brief_lead *l) {
    ARENA_AUTO a;
    arena_init(&a, WORK);
    struct brief_evidence ev[BRIEF_EVIDENCE];
    size_t n = brief_evidence(b, l, &a, ev);
    jw_key(w, "evidence");
    jw_array(w);
    for (size_t i = 0; i < n; i++) {
        jw_object(w);
        put_id(w, "event_id", ev[i].event);
        jw_ktime(w, "at", ev[i].at_us);
        jw_kz(w, "kind", ev[i].kind);
        jw_kstr(w, "text", ev[i].text);
        jw_end(w);
    }
    jw_end(w);
}

static void put_action(struct jw *w, const struct brief *b, size_t i) {
    const struct brief_action *x = &b->action[i];
    jw_object(w);
    jw_ki64(w, "rank", (int64_t)i + 1);
    put_id(w, "lead_id", x->lead.lead);
    jw_kstr(w, "lead_name", x->lead.name);
    jw_kz(w, "action", brief_verb(x->channel));
    jw_kstr(w, "title", x->title);
    jw_kstr(w, "why", x->why);
    put_evidence(w, b, &x->lead);
    jw_key(w, "best_window");
    if (x->has_window) {
        jw_object(w);
        put_window(w, &x->lead, x->window_from_us, x->window_to_us);
        jw_end(w);
    } else {
        jw_null(w);
    }
    jw_kstr(w, "say", x->say);
    jw_kreal(w, "confidence", hundredths(x->lead.score.confidence));
    jw_kz(w, "intent", intent_name(x->lead.score.intent));
    jw_kreal(w, "likelihood", tenths(x->lead.score.likelihood));
    jw_end(w);
}

static void put_leads(struct jw *w, const char *key, const struct brief_list *l, bool silent) {
    jw_key(w, key);
    jw_array(w);
    for (size_t i = 0; i < l->n; i++) {
        const struct brief_slot *s = &l->slot[i];
        jw_object(w);
        put_id(w, "lead_id", s->lead.lead);
        jw_kstr(w, "lead_name", s->lead.name);
        jw_kreal(w, "likelihood", tenths(s->lead.score.likelihood));
        jw_kz(w, "intent", intent_name(s->lead.score.intent));
        jw_kreal(w, "confidence", hundredths(s->lead.score.confidence));
        jw_ktime(w, "last_event_at", s->last_us);
        jw_kstr(w, "why", s->why);
        if (silent) jw_ki64(w, "silent_days", s->silent_days);
        jw_end(w);
    }
    jw_end(w);
}

static void put_windows(struct jw *w, const struct brief *b) {
    jw_key(w, "windows");
    jw_array(w);
    for (size_t i = 0; i < b->open.n; i++) {
        const struct brief_slot *s = &b->open.slot[i];
        jw_object(w);
        put_id(w, "lead_id", s->lead.lead);
        jw_kstr(w, "lead_name", s->lead.name);
        put_window(w, &s->lead, s->from_us, s->to_us);
        jw_kstr(w, "channel", str_of(channel_name(s->lead.score.channel)));
        jw_end(w);
    }
    jw_end(w);
}

static void put_performance(struct jw *w, const struct brief *b) {
    jw_key(w, "performance");
    jw_object(w);
    jw_ki64(w, "days", 7);
    jw_key(w, "rows");
    jw_array(w);
    for (size_t i = 0; i < b->in.n_perf; i++) {
        jw_object(w);
        jw_kz(w, "name", b->in.perf[i].name);
        jw_kstr(w, "label", b->in.perf[i].label);
        jw_ki64(w, "this", b->in.perf[i].this_week);
        jw_ki64(w, "last", b->in.perf[i].last_week);
        jw_end(w);
    }
    jw_end(w);
    jw_kstr(w, "note", b->perf_note);
    jw_end(w);
}

static void put_rest(struct jw *w, const struct brief *b) {
    jw_key(w, "strategy");
    jw_array(w);
    for (size_t i = 0; i < b->n_strategy; i++) {
        jw_object(w);
        jw_kstr(w, "title", b->strategy[i].title);
        jw_kstr(w, "why", b->strategy[i].why);
        jw_end(w);
    }
    jw_end(w);
    jw_key(w, "missing");
    jw_array(w);
    for (size_t i = 0; i < BRIEF_MISSING; i++) {
        const char *part;
        struct str reason = brief_missing(b, i, &part);
        jw_object(w);
        jw_kz(w, "part", part);
        jw_kstr(w, "reason", reason);
        jw_end(w);
    }
    jw_end(w);
    BUF_AUTO text;
    buf_init(&text, WORK);
    brief_text(b, &text);
    jw_kstr(w, "text_short", buf_str(&text));
}

void brief_json(const struct brief *b, struct buf *out) {
    struct jw w = jw_on(out);
    BUF_AUTO date;
    buf_init(&date, 32);
    date_add_text(&date, b->in.date);
    jw_object(&w);
    put_id(&w, "agent_id", b->in.agent);
    jw_kstr(&w, "agent_name", b->in.agent_name);
    jw_kstr(&w, "for_date", buf_str(&date));
    jw_kstr(&w, "zone", b->in.zone ? zone_name(b->in.zone) : STR_NONE);
    jw_kstr(&w, "headline", b->headline);
    jw_key(&w, "counts");
    jw_object(&w);
    jw_ki64(&w, "leads", b->count.leads);
    jw_ki64(&w, "hot", b->count.hot);
    jw_ki64(&w, "at_risk", b->count.at_risk);
    jw_ki64(&w, "new", b->count.fresh);
    jw_ki64(&w, "waiting", b->count.waiting);
    jw_end(&w);
    jw_key(&w, "priority_actions");
    jw_array(&w);
    for (size_t i = 0; i < b->n_actions; i++) put_action(&w, b, i);
    jw_end(&w);
    put_leads(&w, "top_leads", &b->top, false);
    put_leads(&w, "hot_leads", &b->hot, false);
    put_leads(&w, "at_risk", &b->risk, true);
    put_windows(&w, b);
    put_performance(&w, b);
    put_rest(&w, b);
    jw_end(&w);
}

/* ---- text message ---- */

/* Adds a piece in the alphabet when it and `reserved` septets still fit; else nothing. */
static bool add_fitting(struct buf *out, struct str piece, size_t reserved) {
    size_t before = out->n;
    gsm7_add(out, piece);
    if (gsm7_septets(buf_str(out)) + reserved <= GSM7_TWO) return true;
    out->n = before;
    return false;
}

static struct str sms_name(const struct brief *b, struct str name, struct arena *a) {
    enum { SMS_NAME = 40 };
    BUF_AUTO plain;
    BUF_AUTO cut;
    buf_init(&plain, WORK);
    buf_init(&cut, WORK);
    gsm7_add(&plain, name);
    words_clean(&cut, buf_str(&plain), SMS_NAME);
    bool letter = false;
    for (size_t i = 0; i < cut.n; i++) letter |= (cut.p[i] | 0x20) >= 'a' && (cut.p[i] | 0x20) <= 'z';
    return letter ? words_take(&cut, a) : brief_pick(b, "A lead", "Un contacto");
}

static void sms_first(const struct brief *b, struct buf *out, size_t reserved, struct arena *a) {
    const struct brief_action *x = &b->action[0];
    bool es = b->in.language == LANG_ES;
    static const char *const verb[4][2] = {
        {"call", "llamar"}, {"text", "enviar mensaje"}, {"e-mail", "escribir correo"}, {"see", "ver"}};
    int row = x->channel == CHANNEL_CALL    ? 0
              : x->channel == CHANNEL_SMS   ? 1
              : x->channel == CHANNEL_EMAIL ? 2
                                            : 3;
    add_fitting(out, arena_fmt(a, "%.*s: %s", STR_FMT(sms_name(b, x->lead.name, a)), verb[row][es]),
                reserved);
    if (x->has_window) {
        BUF_AUTO hours;
        buf_init(&hours, 512);
        buf_c(&hours, ' ');
        brief_window_words(b, x->lead.zone, x->window_from_us, x->window_to_us, &hours);
        add_fitting(out, buf_str(&hours), reserved);
    }
    struct str why = brief_short_why(b, &b->act.slot[0], a);
    add_fitting(out, arena_fmt(a, ". %.*s.", STR_FMT(why)), reserved);
}

static void sms_others(const struct brief *b, struct buf *out, size_t reserved, struct arena *a) {
    bool es = b->in.language == LANG_ES;
    for (size_t i = 1; i < b->n_actions; i++) {
        struct str name = sms_name(b, b->action[i].lead.name, a);
        const char *joint = i > 1 ? ", " : es ? " Luego " : " Then ";
        if (!add_fitting(out, arena_fmt(a, "%s%.*s", joint, STR_FMT(name)), reserved + 1)) break;
    }
    if (b->n_actions > 1) add_fitting(out, STR("."), reserved);
}

static void sms_counts(const struct brief *b, struct buf *out, size_t reserved, struct arena *a) {
    bool es = b->in.language == LANG_ES;
    add_fitting(out,
                arena_fmt(a,
                          es ? " %lld muy activos, %lld callados, %lld esperan."
                             : " %lld hot, %lld gone quiet, %lld waiting.",
                          (long long)b->count.hot, (long long)b->count.at_risk, (long long)b->count.waiting),
                reserved);
}

void brief_text(const struct brief *b, struct buf *out) {
    ARENA_AUTO a;
    arena_init(&a, WORK);
    BUF_AUTO text;
    buf_init(&text, WORK);
    struct str link = b->in.link;
    enum { MOST_LINK = 160 };
    if (!gsm7_valid(link) || gsm7_septets(link) > MOST_LINK) link = STR_NONE;
    size_t reserved = link.n ? gsm7_septets(link) + 1 : 0;
    if (b->n_actions == 0) {
        add_fitting(&text, arena_fmt(&a, "%.*s.", STR_FMT(b->headline)), reserved);
    } else {
        sms_first(b, &text, reserved, &a);
        sms_others(b, &text, reserved, &a);
    }
    if (b->count.leads) sms_counts(b, &text, reserved, &a);
    if (link.n) add_fitting(&text, arena_fmt(&a, " %.*s", STR_FMT(link)), 0);
    buf_str_add(out, buf_str(&text));
}

/* ---- the mail's text part ---- */

struct str brief_subject(const struct brief *b, struct arena *a) {
    return arena_str(a, b->headline);
}

static void heading(struct buf *out, const struct brief *b, const char *en, const char *es) {
    struct str title = brief_pick(b, en, es);
    buf_fmt(out, "\n%.*s\n", STR_FMT(title));
    for (size_t n = utf8_count(title); n > 0; n--) buf_c(out, '-');
    buf_c(out, '\n');
}

static void plain_actions(const struct brief *b, struct str base_url, struct buf *out) {
    for (size_t i = 0; i < b->n_actions; i++) {
        const struct brief_action *x = &b->action[i];
        buf_fmt(out, "\n%zu. %.*s\n   %.*s\n", i + 1, STR_FMT(x->title), STR_FMT(x->why));
        if (x->say.n)
            buf_fmt(out, "   %s \"%.*s\"\n", b->in.language == LANG_ES ? "Decir:" : "Say:", STR_FMT(x->say));
        if (!brief_links(base_url)) continue;
        buf_z(out, "   ");
        brief_lead_url(base_url, x->lead.lead, out);
        buf_c(out, '\n');
    }
}

static void plain_list(const struct brief_list *l, struct buf *out) {
    for (size_t i = 0; i < l->n; i++)
        buf_fmt(out, "- %.*s (%d/100): %.*s\n", STR_FMT(l->slot[i].lead.name),
                (int)lround(l->slot[i].lead.score.likelihood), STR_FMT(l->slot[i].why));
}

static void plain_windows(const struct brief *b, struct buf *out) {
    for (size_t i = 0; i < b->open.n; i++) {
        const struct brief_slot *s = &b->open.slot[i];
        buf_z(out, "- ");
        brief_window_words(b, s->lead.zone, s->from_us, s->to_us, out);
        buf_fmt(out, ": %.*s\n", STR_FMT(s->lead.name));
    }
}

static void plain_performance(const struct brief *b, struct buf *out) {
    const char *before = b->in.language == LANG_ES ? "la semana anterior" : "the week before";
    for (size_t i = 0; i < b->in.n_perf; i++)
        buf_fmt(out, "- %.*s: %lld, %s %lld\n", STR_FMT(b->in.perf[i].label),
                (long long)b->in.perf[i].this_week, before, (long long)b->in.perf[i].last_week);
    if (str_given(b->perf_note)) buf_fmt(out, "%.*s\n", STR_FMT(b->perf_note));
}

void brief_plain(const struct brief *b, struct str base_url, struct buf *out) {
    buf_fmt(out, "%.*s\n", STR_FMT(b->headline));
    brief_date_words(b, out);
    buf_c(out, '\n');
    plain_actions(b, base_url, out);
    if (b->hot.n) heading(out, b, "Hot leads", "Contactos muy activos"), plain_list(&b->hot, out);
    if (b->risk.n) heading(out, b, "Gone quiet", "Han callado"), plain_list(&b->risk, out);
    if (b->open.n) heading(out, b, "When to reach whom today", "Cuándo contactar hoy"), plain_windows(b, out);
    if (b->top.n) heading(out, b, "Top leads by behavior", "Mayor actividad"), plain_list(&b->top, out);
    if (b->in.n_perf) heading(out, b, "Last 7 days", "Últimos 7 días"), plain_performance(b, out);
    if (b->n_strategy) heading(out, b, "Worth a thought", "Para pensarlo");
    for (size_t i = 0; i < b->n_strategy; i++)
        buf_fmt(out, "- %.*s. %.*s\n", STR_FMT(b->strategy[i].title), STR_FMT(b->strategy[i].why));
    heading(out, b, "Not in this briefing", "No está en este informe");
    for (size_t i = 0; i < BRIEF_MISSING; i++) {
        const char *part;
        buf_fmt(out, "- %.*s\n", STR_FMT(brief_missing(b, i, &part)));
    }
}
