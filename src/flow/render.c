/* JSON of alerts and approvals. See render.h. */
#include "flow/render.h"

#include "store/query.h"

enum { DATA_BYTES = 64 * 1024, TEXT_SHOWN = 600 };

void jw_kid(struct jw *w, const char *key, struct id id) {
    char text[ID_TEXT + 1];
    id_text(id, text);
    jw_kstr(w, key, id_given(id) ? str_of(text) : STR_NONE);
}

static struct str pick(enum language l, struct str en, struct str es) {
    return l == LANG_ES && es.n ? es : en;
}

struct str fill_name(struct arena *a, struct str sentence, struct str name) {
    ptrdiff_t at = str_find(sentence, STR("{name}"));
    if (at < 0) return arena_str(a, sentence);
    struct str tail = str_skip(sentence, (size_t)at + 6);
    return arena_fmt(a, "%.*s%.*s%.*s", (int)at, sentence.p, STR_FMT(name), STR_FMT(tail));
}

/* Cut at a character's begin, so that what is shown stays UTF-8. */
static struct str shown(struct str text) {
    if (text.n <= TEXT_SHOWN) return text;
    size_t n = TEXT_SHOWN;
    while (n && ((unsigned char)text.p[n] & 0xc0) == 0x80) n--;
    return str_head(text, n);
}

static void write_spans(struct jw *w, const struct reading *r, size_t shown_bytes) {
    static const char *const labels[READING_LABELS] = {"urgency", "competitor", "opt_out"};
    jw_key(w, "spans");
    jw_array(w);
    for (size_t i = 0; r && i < r->n; i++) {
        const struct finding *f = &r->found[i];
        if (f->to > shown_bytes || f->from >= f->to) continue;
        jw_object(w);
        jw_ki64(w, "from", (int64_t)f->from);
        jw_ki64(w, "to", (int64_t)f->to);
        jw_kz(w, "label", labels[f->label]);
        jw_end(w);
    }
    jw_end(w);
}

static void write_trigger(struct jw *w, const struct event *ev, const struct reading *r) {
    jw_key(w, "trigger_event");
    jw_object(w);
    jw_kid(w, "id", ev->id);
    jw_kz(w, "kind", event_name(ev->kind));
    jw_ktime(w, "at", ev->at_us);
    jw_kstr(w, "source_id", ev->source_id);
    jw_kstr(w, "channel", str_of(channel_name(ev->channel)));
    struct str text = shown(ev->text);
    jw_kstr(w, "text", text.n ? text : STR_NONE);
    write_spans(w, r, text.n);
    jw_end(w);
}

static void write_reasons(struct jw *w, const struct insight *in, enum language l) {
    jw_key(w, "reasons");
    jw_array(w);
    for (size_t i = 0; i < in->n_reasons; i++) {
        jw_object(w);
        jw_kstr(w, "text", pick(l, in->reasons[i].text, in->reasons[i].text_es));
        jw_kreal(w, "weight", in->reasons[i].weight);
        jw_kid(w, "event_id", in->reasons[i].event);
        jw_end(w);
    }
    jw_end(w);
}

static void write_action(struct jw *w, const struct insight *in, const struct profile *profile,
                         enum language l, struct str say) {
    jw_key(w, "recommended_action");
    jw_object(w);
    jw_kz(w, "type",
          in->action == ACT_SEND_MESSAGE ? "text"
          : in->action == ACT_CALL_TASK  ? "call"
                                         : "review");
    jw_kstr(w, "title", pick(l, in->action_title, in->action_title_es));
    jw_key(w, "window");
    if (in->window_from_hour == in->window_to_hour) {
        jw_null(w);
    } else {
        char hour[24];
        jw_object(w);
        snprintf(hour, sizeof hour, "%02d:00", in->window_from_hour % 24);
        jw_kz(w, "from", hour);
        snprintf(hour, sizeof hour, "%02d:00", in->window_to_hour % 24);
        jw_kz(w, "to", hour);
        jw_kstr(w, "zone", profile_get(profile, CF_ZONE));
        jw_end(w);
    }
    jw_kstr(w, "say", say);
    jw_end(w);
}

void render_alert_data(const struct insight *in, const struct event *ev, const struct reading *reading,
                       const struct score *score, const struct profile *profile, enum language language,
                       struct str agent_name, struct str say, struct buf *out) {
    (void)agent_name;
    struct jw w = jw_on(out);
    jw_object(&w);
    write_trigger(&w, ev, reading);
    jw_kstr(&w, "insight", pick(language, in->say, in->say_es));
    write_reasons(&w, in, language);
    write_action(&w, in, profile, language, say);
    jw_kz(&w, "urgency", urgency_level_name(in->urgency));
    jw_kstr(&w, "expected_impact", pick(language, in->impact, in->impact_es));
    jw_kreal(&w, "strength", in->strength);
    if (score) jw_kreal(&w, "likelihood", score->likelihood);
    jw_kbool(&w, "auto_execute", false);
    jw_end(&w);
}

/* Stored text speaks of {name}; the name is the profile's of now. */
static void write_named(struct jw *w, const struct jnode *n, struct arena *a, struct str name) {
    if (n->type == JSTRING && str_find(n->s, STR("{name}")) >= 0) {
        jw_str(w, fill_name(a, n->s, name));
        return;
    }
    if (n->type != JOBJECT || (!str_is(n->key, "recommended_action") && n->key.n)) {
        jw_node(w, n);
        return;
    }
    jw_object(w);
    for (const struct jnode *k = n->kids.first; k; k = k->next) {
        char key[64];
        if (!str_to_z(k->key, key, sizeof key)) continue;
        jw_key(w, key);
        write_named(w, k, a, name);
    }
    jw_end(w);
}

static void write_channels(struct jw *w, struct str channels) {
    jw_key(w, "channels");
    jw_array(w);
    struct str part;
    while (channels.n && str_cut(&channels, ',', &part)) jw_str(w, part);
    jw_end(w);
}

int render_alert(const struct alert_row *row, struct str lead_name, struct buf *out, struct err *e) {
    ARENA_AUTO a;
    arena_init(&a, 4 * DATA_BYTES);
    const struct jnode *data;
    if (json_parse(&a, row->data, DATA_BYTES, &data, e)) return -1;
    struct jw w = jw_on(out);
    jw_object(&w);
    jw_kid(&w, "id", row->id);
    jw_kstr(&w, "type", row->type);
    jw_ki64(&w, "priority", row->priority);
    jw_kreal(&w, "confidence", row->confidence);
    jw_kid(&w, "agent_id", row->agent);
    jw_kid(&w, "lead_id", row->lead);
    jw_kstr(&w, "lead_name", lead_name);
    for (const struct jnode *k = data->type == JOBJECT ? data->kids.first : NULL; k; k = k->next) {
        char key[64];
        if (!str_to_z(k->key, key, sizeof key)) continue;
        jw_key(&w, key);
        write_named(&w, k, &a, lead_name);
    }
    jw_ktime(&w, "created_at", row->generated_us);
    jw_ktime(&w, "expires_at", row->expires_us);
    write_channels(&w, row->channels);
    jw_ki64(&w, "folded", row->folded);
    jw_kstr(&w, "status", row->status);
    jw_ktime(&w, "snoozed_until", row->snoozed_until_us);
    jw_end(&w);
    return buf_check(out, "alert", e);
}

/* The lead behind a row: the one known, or opened here. 1, 0, -1. */
static int open_lead(const struct flow *f, struct db *db, const struct tenant *t, struct id lead,
                     const struct lead *known, struct arena *a, struct lead *scratch, const struct lead **out,
                     struct str *out_name, struct err *e) {
    int got = 1;
    bool same = known && id_eq(known->id, lead);
    if (!same) got = lead_open(f, db, t, lead, a, scratch, e);
    *out = same ? known : scratch;
    if (got > 0) *out_name = profile_display_name(&(*out)->profile, a);
    return got;
}

int alert_json(const struct flow *f, struct db *db, const struct tenant *t, struct id id,
               const struct lead *known, struct buf *out, struct err *e) {
    ARENA_AUTO a;
    arena_init(&a, 1024 * 1024);
    struct q_alert_get_out row;
    int got = q_alert_get(db, &(struct q_alert_get_in){.tenant = t->id, .id = id}, &a, &row, e);
    if (got <= 0) return got;
    struct lead scratch;
    const struct lead *l;
    struct str name;
    got = open_lead(f, db, t, row.lead_id, known, &a, &scratch, &l, &name, e);
    if (got <= 0) return got;
    BUF_AUTO data;
    buf_init(&data, DATA_BYTES);
    if (lead_unseal(l, "automated_insights.insight_data", id, row.data, &data, e)) return -1;
    struct alert_row r = {.id = id,
                          .agent = row.agent_id,
                          .lead = row.lead_id,
                          .trigger = row.trigger_event,
                          .type = row.type,
                          .status = row.status,
                          .channels = row.channels,
                          .data = buf_str(&data),
                          .generated_us = row.generated_at,
                          .expires_us = row.expires_at,
                          .trigger_us = row.trigger_at,
                          .snoozed_until_us = row.has_snoozed_until ? row.snoozed_until : 0,
                          .folded = row.folded,
                          .confidence = row.confidence,
                          .priority = row.priority};
    return render_alert(&r, name, out, e) ? -1 : 1;
}

int render_approval(const struct approval_row *row, struct str lead_name, struct buf *out, struct err *e) {
    ARENA_AUTO a;
    arena_init(&a, 4 * DATA_BYTES);
    const struct jnode *c;
    if (json_parse(&a, row->content, DATA_BYTES, &c, e)) return -1;
    struct str title, text, why;
    if (json_str(c, "title", STR_NONE, &title, e) || json_str(c, "text", STR_NONE, &text, e) ||
        json_str(c, "why", STR_NONE, &why, e))
        return -1;
    struct jw w = jw_on(out);
    jw_object(&w);
    jw_kid(&w, "id", row->id);
    jw_kid(&w, "decision_id", row->decision);
    jw_kid(&w, "agent_id", row->agent);
    jw_kid(&w, "lead_id", row->lead);
    jw_kstr(&w, "lead_name", lead_name);
    jw_kstr(&w, "action_type", row->action_type);
    jw_kstr(&w, "channel", row->channel);
    jw_kstr(&w, "title", fill_name(&a, title, lead_name));
    jw_kstr(&w, "text", text);
    jw_kstr(&w, "why", why);
    jw_kreal(&w, "confidence", row->confidence);
    jw_ktime(&w, "created_at", row->created_us);
    jw_ktime(&w, "expires_at", row->expires_us);
    jw_kstr(&w, "state", row->state);
    jw_end(&w);
    return buf_check(out, "approval", e);
}

int approval_json(const struct flow *f, struct db *db, const struct tenant *t, struct id id,
                  const struct lead *known, struct buf *out, struct err *e) {
    ARENA_AUTO a;
    arena_init(&a, 1024 * 1024);
    struct q_approval_get_out row;
    int got = q_approval_get(db, &(struct q_approval_get_in){.tenant = t->id, .id = id}, &a, &row, e);
    if (got <= 0) return got;
    struct lead scratch;
    const struct lead *l;
    struct str name;
    got = open_lead(f, db, t, row.lead_id, known, &a, &scratch, &l, &name, e);
    if (got <= 0) return got;
    BUF_AUTO content;
    buf_init(&content, DATA_BYTES);
    if (lead_unseal(l, "approvals.content", id, row.content, &content, e)) return -1;
    struct approval_row r = {.id = id,
                             .decision = row.decision_id,
                             .agent = row.agent_id,
                             .lead = row.lead_id,
                             .action_type = row.action_type,
                             .channel = row.channel,
                             .state = row.state,
                             .content = buf_str(&content),
                             .created_us = row.created_at,
                             .expires_us = row.expires_at,
                             .confidence = row.confidence};
    return render_approval(&r, name, out, e) ? -1 : 1;
}
