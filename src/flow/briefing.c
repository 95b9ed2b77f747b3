/* Briefings. See briefing.h. Work per lead is two unsealings and one score; the structure holds the best few
 * whatever the number of leads. */
#include "flow/briefing.h"

#include "flow/outbox.h"
#include "flow/render.h"
#include "flow/zones.h"
#include "store/query.h"

enum {
    BRIEF_MEMORY = 16 * 1024 * 1024,
    REPORT_BYTES = 512 * 1024,
    LEAD_MEMORY = 4 * 1024 * 1024, /* of one lead at a time, and his longest message */
    TEXT_BYTES = 200
};

struct making {
    const struct flow *f;
    struct tenant_id tenant;
    struct id agent;
    struct date date;
    int64_t now_us;
    struct arena arena; /* of the structure and what it borrows */
    struct brief *brief;
    bool found;
};

static const struct {
    enum event_kind kind;
    const char *name, *en, *es;
} perf_rows[] = {
    {EV_MESSAGE_OUT, "messages_sent", "Messages sent", "Mensajes enviados"},
    {EV_CALL_OUT, "calls_made", "Calls made", "Llamadas hechas"},
    {EV_MESSAGE_IN, "messages_received", "Messages from leads", "Mensajes de clientes"},
    {EV_APPOINTMENT, "appointments", "Appointments", "Citas"},
};
enum { PERF_ROWS = sizeof perf_rows / sizeof *perf_rows };

static int count_week(struct db *db, const struct making *m, int64_t from_us, int64_t to_us,
                      int64_t out[EVENT_KINDS], struct err *e) {
    memset(out, 0, EVENT_KINDS * sizeof *out);
    Q_CURSOR(event_counts, cur);
    struct q_event_counts_out row;
    struct q_event_counts_in in = {
        .tenant = m->tenant, .agent_id = m->agent, .from_at = from_us, .to_at = to_us};
    int got;
    if (q_event_counts_open(db, &in, &cur, e) < 0) return -1;
    while ((got = q_event_counts_next(&cur, &row, e)) > 0)
        if (row.kind >= 0 && row.kind < EVENT_KINDS) out[row.kind] = row.n;
    return got;
}

static int performance(struct db *db, struct making *m, enum language l, struct brief_perf *out,
                       struct err *e) {
    int64_t now[EVENT_KINDS], last[EVENT_KINDS];
    if (count_week(db, m, m->now_us - 7 * US_DAY, m->now_us, now, e) ||
        count_week(db, m, m->now_us - 14 * US_DAY, m->now_us - 7 * US_DAY, last, e))
        return -1;
    for (int i = 0; i < PERF_ROWS; i++)
        out[i] = (struct brief_perf){.name = perf_rows[i].name,
                                     .label = str_of(l == LANG_ES ? perf_rows[i].es : perf_rows[i].en),
                                     .this_week = now[perf_rows[i].kind],
                                     .last_week = last[perf_rows[i].kind]};
    return 0;
}

static int open_alert_of(struct db *db, const struct making *m, struct brief_lead *bl, struct err *e) {
    Q_CURSOR(alert_open_of_lead, cur);
    struct q_alert_open_of_lead_out row;
    double best = -1;
    int got;
    if (q_alert_open_of_lead_open(
            db, &(struct q_alert_open_of_lead_in){.tenant = m->tenant, .lead_id = bl->lead}, &cur, e) < 0)
        return -1;
    while ((got = q_alert_open_of_lead_next(&cur, &row, e)) > 0) {
        enum alert_type type;
        if (row.expires_at <= m->now_us || row.confidence <= best || !alert_type_parse(row.type, &type))
            continue;
        best = row.confidence;
        bl->open_alert = row.id;
        bl->open_type = type;
    }
    return got;
}

static struct str head_of(struct str text) {
    size_t n = text.n;
    if (n > TEXT_BYTES) {
        n = TEXT_BYTES;
        while (n && ((unsigned char)text.p[n] & 0xc0) == 0x80) n--;
    }
    return str_head(text, n);
}

static int last_words(struct db *db, const struct making *m, const struct lead *l, struct arena *a,
                      struct brief_lead *bl, struct err *e) {
    for (size_t i = 0; i < l->picture.n_recent; i++) {
        const struct touch *t = &l->picture.recent[i];
        if (t->kind != EV_MESSAGE_IN) continue;
        struct q_event_get_out row;
        struct q_event_get_in in = {.tenant = m->tenant, .lead_id = l->id, .at = t->at_us, .id = t->id};
        int got = q_event_get(db, &in, a, &row, e);
        if (got <= 0) return got;
        struct event ev = {.id = t->id, .at_us = t->at_us, .kind = EV_MESSAGE_IN};
        if (lead_event_open(l, t->id, row.payload, a, &ev, e)) return -1;
        bl->last_text = head_of(ev.text);
        bl->last_text_us = t->at_us;
        bl->last_text_event = t->id;
        return 0;
    }
    return 0;
}

static int add_lead(struct db *db, struct making *m, const struct tenant *t,
                    const struct q_lead_brief_out *row, const struct score_settings *settings,
                    struct err *e) {
    ARENA_AUTO a;
    arena_init(&a, LEAD_MEMORY);
    struct lead l = {.tenant = t, .id = row->id};
    BUF_AUTO b;
    buf_init(&b, 64 * 1024);
    if (lead_key_open(&t->key, t->id, row->id, row->key_wrapped, &l.key, e)) return -1;
    if (lead_unseal(&l, "leads.profile", row->id, row->profile, &b, e)) return -1;
    if (profile_read(&a, arena_str(&a, buf_str(&b)), &l.profile, e)) return -1;
    buf_clear(&b);
    if (lead_unseal(&l, "leads.picture", row->id, row->picture, &b, e)) return -1;
    struct err why = {0};
    if (picture_read(buf_str(&b), &l.picture, &why)) {
        if (why.kind == ERR_CONFLICT ? lead_refold(m->f, db, &l, &a, e) : (e ? (*e = why, -1) : -1))
            return -1;
    }
    struct brief_lead bl = {.lead = row->id,
                            .name = profile_display_name(&l.profile, &a),
                            .picture = &l.picture,
                            .opted_out = row->opted_out,
                            .zone = lead_zone(m->f, &l),
                            .last_text = STR("")};
    score_lead(&l.picture, settings, bl.zone, m->now_us, &bl.score);
    struct reach reach = insight_reach(&l.picture, &l.profile);
    bl.no_call = !reach.call;
    bl.no_sms = !reach.sms;
    bl.no_email = !reach.email;
    bl.language = profile_language(&l.profile);
    bl.waiting = l.picture.last_in_us > l.picture.last_out_us;
    bl.waiting_since_us = bl.waiting ? l.picture.last_in_us : 0;
    if (l.picture.count[EV_MESSAGE_IN] && m->now_us - l.picture.last_in_us < 14 * US_DAY &&
        last_words(db, m, &l, &a, &bl, e))
        return -1;
    if (l.picture.n_recent && m->now_us - l.picture.last_us < 7 * US_DAY && open_alert_of(db, m, &bl, e))
        return -1;
    brief_add(m->brief, &bl);
    return 0;
}

static int add_leads(struct db *db, struct making *m, const struct tenant *t,
                     const struct score_settings *settings, struct err *e) {
    Q_CURSOR(lead_brief, cur);
    struct q_lead_brief_out row;
    int got;
    if (q_lead_brief_open(db, &(struct q_lead_brief_in){.tenant = m->tenant, .agent_id = m->agent}, &cur, e) <
        0)
        return -1;
    while ((got = q_lead_brief_next(&cur, &row, e)) > 0)
        if (add_lead(db, m, t, &row, settings, e)) return -1;
    return got;
}

static int gather(struct db *db, void *ctx, struct err *e) {
    struct making *m = ctx;
    const struct tenant *t;
    if (tenant_by_id(m->f, db, m->tenant, &t, e)) return -1;
    struct agent *ag = ARENA_NEW(&m->arena, struct agent);
    struct brief_perf *perf = ARENA_ARRAY(&m->arena, PERF_ROWS, struct brief_perf);
    if (!ag || !perf) return arena_check(&m->arena, "briefing", e);
    int got = agent_open(m->f, db, t, m->agent, &m->arena, ag, e);
    if (got <= 0) return got;
    if (!ag->zone) return err_set(e, ERR_INVALID, "zone", "the agent's time zone is unknown");
    if (m->date.year == 0) m->date = zone_date(ag->zone, m->now_us);
    if (performance(db, m, ag->language, perf, e)) return -1;
    struct brief_input in = {.agent = m->agent,
                             .agent_name = ag->name,
                             .language = ag->language,
                             .zone = ag->zone,
                             .date = m->date,
                             .now_us = m->now_us,
                             .perf = perf,
                             .n_perf = PERF_ROWS,
                             .template_text = m->f->template_text,
                             .template_ctx = m->f->template_ctx,
                             .brokerage = t->name};
    m->brief = brief_new(&m->arena, &in);
    if (!m->brief) return arena_check(&m->arena, "briefing", e);
    struct score_settings settings = prefs_score(&ag->prefs);
    if (add_leads(db, m, t, &settings, e)) return -1;
    brief_finish(m->brief);
    m->found = true;
    return arena_check(&m->arena, "briefing", e);
}

static void making_init(struct making *m, const struct flow *f, struct tenant_id t, struct id agent,
                        const struct date *date, int64_t now_us) {
    *m = (struct making){.f = f, .tenant = t, .agent = agent, .now_us = now_us};
    if (date) m->date = *date;
    arena_init(&m->arena, BRIEF_MEMORY);
}

int briefing_render(const struct flow *f, struct tenant_id t, struct id agent, const struct date *date,
                    enum briefing_form form, struct buf *out, struct err *e) {
    struct making m;
    making_init(&m, f, t, agent, date, clock_now(&f->clock));
    int rc = store_read(f->store, gather, &m, e);
    if (rc == 0 && !m.found) rc = err_set(e, ERR_NOT_FOUND, "agent", "no such agent");
    if (rc == 0) {
        switch (form) {
        case BRIEFING_JSON: brief_json(m.brief, out); break;
        case BRIEFING_TEXT: brief_text(m.brief, out); break;
        case BRIEFING_HTML: brief_html(m.brief, STR(""), out); break;
        case BRIEFING_PLAIN: brief_plain(m.brief, STR(""), out); break;
        }
        rc = buf_check(out, "briefing", e);
    }
    arena_done(&m.arena);
    return rc;
}

struct storing {
    const struct flow *f;
    const struct timer *timer;
    const struct making *made;
    struct str json, text;
    int64_t now_us;
    struct arena arena;
    struct notes notes;
};

static int put_message(struct storing *s, struct db *db, const struct tenant *t, struct id report,
                       const char *channel, struct str content, struct err *e) {
    if (!flow_outlet(s->f, str_of(channel))) return 0;
    struct str cause = arena_fmt(&s->arena, "timer:briefing/%.*s", STR_FMT(s->timer->occurrence));
    struct outbox_message m = {.agent = s->timer->subject,
                               .subject = report,
                               .channel = channel,
                               .purpose = STR("briefing.daily"),
                               .cause = cause,
                               .for_date = s->timer->occurrence,
                               .due_us = s->now_us,
                               .expires_us = s->timer->expires_us,
                               .content = content};
    s->notes.wake_outbox = true;
    return outbox_put(s->f, db, t, NULL, &m, s->now_us, NULL, e);
}

static struct str short_notice(struct storing *s) {
    BUF_AUTO b;
    buf_init(&b, 8192);
    struct jw w = jw_on(&b);
    jw_object(&w);
    jw_kstr(&w, "for_date", s->timer->occurrence);
    jw_kstr(&w, "text", s->text);
    jw_end(&w);
    return arena_str(&s->arena, buf_str(&b));
}

static int store_work(struct db *db, void *ctx, struct err *e) {
    struct storing *s = ctx;
    const struct timer *tm = s->timer;
    int64_t changed;
    struct q_timer_settle_in settle = {.tenant = tm->tenant,
                                       .kind = tm->kind,
                                       .subject = tm->subject,
                                       .occurrence = tm->occurrence,
                                       .state = TIMER_DONE,
                                       .now = s->now_us};
    if (q_timer_settle(db, &settle, &changed, e)) return -1;
    if (changed == 0) return 0; /* another instance was first */
    const struct tenant *t;
    if (tenant_by_id(s->f, db, tm->tenant, &t, e)) return -1;
    if (timer_put_following(s->f, db, t, tm, s->now_us, e)) return -1;
    if (!s->made->found) return 0;
    struct id report = chance_id(&s->f->chance, s->now_us);
    BUF_AUTO sealed;
    buf_init(&sealed, REPORT_BYTES + SEAL_OVERHEAD);
    if (tenant_seal(s->f, t, "automated_reports.report_data", report, s->json, &sealed, e)) return -1;
    struct q_report_add_in in = {.tenant = tm->tenant,
                                 .id = report,
                                 .type = STR("briefing"),
                                 .agent_id = tm->subject,
                                 .period_start = tm->due_us,
                                 .period_end = tm->expires_us,
                                 .for_date = tm->occurrence,
                                 .now = s->now_us,
                                 .data = buf_str(&sealed)};
    if (q_report_add(db, &in, &changed, e)) return -1;
    if (changed == 0) return 0; /* the day has one already */
    struct str content = short_notice(s);
    note_changed(&s->notes, tm->tenant, tm->subject);
    return put_message(s, db, t, report, "dashboard", content, e) ||
                   put_message(s, db, t, report, "log", content, e)
               ? -1
               : 0;
}

int briefing_fire(const struct flow *f, const struct timer *tm, int64_t now_us, struct err *e) {
    struct date date;
    if (date_parse(tm->occurrence, &date, e)) return -1;
    struct making m;
    making_init(&m, f, tm->tenant, tm->subject, &date, now_us);
    BUF_AUTO json;
    BUF_AUTO text;
    buf_init(&json, REPORT_BYTES);
    buf_init(&text, 4096);
    int rc = store_read(f->store, gather, &m, e);
    if (rc == 0 && m.found) {
        brief_json(m.brief, &json);
        brief_text(m.brief, &text);
        rc = buf_check(&json, "briefing", e);
    }
    if (rc == 0) {
        struct storing s = {.f = f,
                            .timer = tm,
                            .made = &m,
                            .json = buf_str(&json),
                            .text = buf_str(&text),
                            .now_us = now_us};
        arena_init(&s.arena, 256 * 1024);
        notes_init(&s.notes, &s.arena);
        rc = store_write(f->store, store_work, &s, e);
        if (rc == 0) notes_tell(f, &s.notes);
        arena_done(&s.arena);
    }
    arena_done(&m.arena);
    return rc;
}

static int show(const struct tenant *t, struct id report, struct str sealed, int64_t generated_us,
                int64_t delivered_us, struct buf *out, struct err *e) {
    ARENA_AUTO a;
    arena_init(&a, 4 * REPORT_BYTES);
    BUF_AUTO plain;
    buf_init(&plain, REPORT_BYTES);
    const struct jnode *doc;
    if (tenant_unseal(t, "automated_reports.report_data", report, sealed, &plain, e) ||
        json_parse(&a, buf_str(&plain), REPORT_BYTES, &doc, e))
        return -1;
    struct jw w = jw_on(out);
    jw_object(&w);
    jw_kid(&w, "id", report);
    jw_ktime(&w, "generated_at", generated_us);
    jw_ktime(&w, "delivered_at", delivered_us);
    for (const struct jnode *k = doc->type == JOBJECT ? doc->kids.first : NULL; k; k = k->next) {
        char key[64];
        if (!str_to_z(k->key, key, sizeof key)) continue;
        jw_key(&w, key);
        jw_node(&w, k);
    }
    jw_end(&w);
    return buf_check(out, "briefing", e);
}

int briefing_get(const struct flow *f, struct db *db, const struct tenant *t, struct id agent,
                 struct str for_date, struct buf *out, struct err *e) {
    (void)f;
    ARENA_AUTO a;
    arena_init(&a, 2 * REPORT_BYTES);
    int got;
    if (str_given(for_date)) {
        struct q_report_get_out row;
        struct q_report_get_in in = {
            .tenant = t->id, .agent_id = agent, .type = STR("briefing"), .for_date = for_date};
        got = q_report_get(db, &in, &a, &row, e);
        if (got > 0 &&
            show(t, row.id, row.data, row.generated_at, row.has_delivered_at ? row.delivered_at : 0, out, e))
            return -1;
    } else {
        struct q_report_latest_out row;
        got = q_report_latest(
            db, &(struct q_report_latest_in){.tenant = t->id, .agent_id = agent, .type = STR("briefing")}, &a,
            &row, e);
        if (got > 0 &&
            show(t, row.id, row.data, row.generated_at, row.has_delivered_at ? row.delivered_at : 0, out, e))
            return -1;
    }
    return got;
}
