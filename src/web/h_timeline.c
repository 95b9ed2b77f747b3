/* A lead's timeline, newest first, with what was read in each message.
 *
 * Spans of readings are places in the UTF-8 bytes of `text` as given here. A page holds PAGE_BYTES at most besides its last item,
 * so a page of long e-mails may be shorter than its limit; next_cursor says whether there is more. (SPEC 26, IN-5) */
#include "web/internal.h"

#include "flow/render.h"
#include "store/query.h"

enum { PAGE_BYTES = 4 * 1024 * 1024, EVENT_MEMORY = 2 * 1024 * 1024 };

struct timeline {
    struct call *c;
    struct lead lead;
    struct page page;
    enum language language;
    int64_t n, last_at;
    struct id last;
};

static void write_readings(const struct timeline *t, const struct event *ev, struct jw *w) {
    static const char *const labels[READING_LABELS] = {"urgency", "competitor", "opt_out"};
    struct reading r = {0};
    if (event_is_read(ev)) read_message(call_flow(t->c)->lexicon, ev->text, ev->at_us, &r);
    jw_key(w, "readings");
    jw_array(w);
    for (size_t i = 0; i < r.n; i++) {
        const struct finding *f = &r.found[i];
        if (f->from >= f->to || f->to > ev->text.n) continue;
        jw_object(w);
        jw_kz(w, "label", labels[f->label]);
        jw_kreal(w, "value", rounded(f->value, 1000));
        jw_ki64(w, "from", (int64_t)f->from);
        jw_ki64(w, "to", (int64_t)f->to);
        jw_kstr(w, "say", t->language == LANG_ES && f->say_es.n ? f->say_es : f->say);
        jw_end(w);
    }
    jw_end(w);
}

static void put_text(struct jw *w, const char *key, struct str s) {
    if (s.n) jw_kstr(w, key, s);
}

/* The small facts of its kind; of contact facts what this event stated. */
static void write_detail(const struct event *ev, struct jw *w) {
    jw_key(w, "detail");
    jw_object(w);
    put_text(w, "url", ev->url);
    put_text(w, "ref", ev->ref);
    put_text(w, "status", ev->status);
    put_text(w, "stage", ev->stage);
    if (ev->seconds) jw_ki64(w, "seconds", ev->seconds);
    if (ev->value != 0) jw_kreal(w, "value", ev->value);
    if (ev->when_us) jw_ktime(w, "when", ev->when_us);
    for (int f = 0; f < CONTACT_FIELDS; f++)
        put_text(w, contact_field_name((enum contact_field)f), ev->contact[f]);
    jw_end(w);
}

static void write_item(const struct timeline *t, const struct event *ev, struct jw *w) {
    jw_object(w);
    jw_kid(w, "id", ev->id);
    jw_ktime(w, "at", ev->at_us);
    jw_ktime(w, "received_at", ev->received_us);
    jw_kz(w, "kind", event_name(ev->kind));
    jw_kz(w, "label", event_label(ev->kind, t->language));
    jw_kstr(w, "channel", str_of(channel_name(ev->channel)));
    jw_kstr(w, "text", ev->text.n ? ev->text : STR_NONE);
    jw_kstr(w, "subject", ev->subject.n ? ev->subject : STR_NONE);
    jw_kstr(w, "source", ev->source);
    jw_kstr(w, "source_id", ev->source_id.n ? ev->source_id : STR_NONE);
    write_readings(t, ev, w);
    write_detail(ev, w);
    jw_end(w);
}

static int row(struct timeline *t, const struct q_event_list_out *in, struct jw *w, struct err *e) {
    ARENA_AUTO a;
    arena_init(&a, EVENT_MEMORY);
    t->last = in->id;
    t->last_at = in->at;
    t->n++;
    if (in->kind < 0 || in->kind >= EVENT_KINDS) return 0; /* a newer version's */
    struct event ev = {.id = in->id,
                       .at_us = in->at,
                       .received_us = in->received_at,
                       .kind = (enum event_kind)in->kind,
                       .source = in->source,
                       .source_id = in->source_id};
    if (lead_event_open(&t->lead, in->id, in->payload, &a, &ev, e)) return -1;
    write_item(t, &ev, w);
    return 0;
}

static int work(struct db *db, void *ctx, struct err *e) {
    struct timeline *t = ctx;
    struct call *c = t->c;
    struct q_event_list_out ev;
    int got;
    if (call_lead(c, db, &t->lead, e) || call_language(c, db, &t->language, e)) return -1;
    struct q_event_list_in in = {.tenant = t->lead.tenant->id,
                                 .lead_id = t->lead.id,
                                 .before_at = t->page.at,
                                 .before_id = t->page.id,
                                 .most = t->page.limit + 1};
    struct jw w = jw_on(&c->out);
    Q_CURSOR(event_list, cur);
    if (q_event_list_open(db, &in, &cur, e) < 0) return -1;
    jw_object(&w);
    jw_key(&w, "events");
    jw_array(&w);
    while ((got = q_event_list_next(&cur, &ev, e)) > 0 && t->n < t->page.limit && c->out.n < PAGE_BYTES)
        if (row(t, &ev, &w, e)) return -1;
    if (got < 0) return -1;
    jw_end(&w);
    page_cursor(c, &w, got > 0, t->last_at, 0, t->last);
    jw_end(&w);
    return 0;
}

int h_lead_timeline(struct call *c, struct err *e) {
    struct timeline t = {.c = c};
    if (call_page(c, &t.page, e)) return -1;
    return store_read(call_flow(c)->store, work, &t, e);
}
