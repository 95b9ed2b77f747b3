/* Briefing, alerts and their stream. */
#include "web/internal.h"

#include "flow/briefing.h"
#include "flow/render.h"
#include "store/query.h"

enum { ALERT_BYTES = 64 * 1024, MISSED_MOST = 100 };

struct one { /* a call with the agent it is about */
    struct call *c;
    struct id agent;
    struct page page;
    bool all;
    struct str text;
};

/* The agent is there and of this tenant; else 404, like a missing one. */
static int agent_known(struct one *o, struct db *db, const struct tenant **t, struct err *e) {
    struct q_agent_get_out row;
    if (call_tenant(o->c, db, t, e)) return -1;
    int got =
        q_agent_get(db, &(struct q_agent_get_in){.tenant = (*t)->id, .id = o->agent}, &o->c->arena, &row, e);
    if (got == 0) return err_set(e, ERR_NOT_FOUND, "", "there is no such agent");
    return got < 0 ? -1 : 0;
}

static int briefing_work(struct db *db, void *ctx, struct err *e) {
    struct one *o = ctx;
    const struct tenant *t;
    if (agent_known(o, db, &t, e)) return -1;
    int got = briefing_get(call_flow(o->c), db, t, o->agent, o->text, &o->c->out, e);
    if (got == 0)
        return err_set(e, ERR_NOT_FOUND, "date",
                       "no briefing was made for that day; the next comes at the time in the settings");
    return got < 0 ? -1 : 0;
}

int h_briefing(struct call *c, struct err *e) {
    struct one o = {.c = c, .text = call_query(c, "date")};
    struct date d;
    if (call_agent(c, 0, &o.agent, e)) return -1;
    if (str_given(o.text) && date_parse(o.text, &d, NULL))
        return err_set(e, ERR_INVALID, "date", "must be a date like 2026-11-20");
    return store_read(call_flow(c)->store, briefing_work, &o, e);
}

static int list_alerts(struct one *o, struct db *db, const struct tenant *t, struct err *e) {
    struct call *c = o->c;
    Q_CURSOR(alert_list, cur);
    struct q_alert_list_out row;
    struct q_alert_list_in in = {.tenant = t->id,
                                 .agent_id = o->agent,
                                 .before_at = o->page.at,
                                 .before_id = o->page.id,
                                 .closed = o->all,
                                 .most = o->page.limit + 1};
    struct jw w = jw_on(&c->out);
    int64_t n = 0, last_at = 0;
    struct id last = {{0}};
    int got;
    jw_object(&w);
    jw_key(&w, "alerts");
    jw_array(&w);
    if (q_alert_list_open(db, &in, &cur, e) < 0) return -1;
    while ((got = q_alert_list_next(&cur, &row, e)) > 0 && n < o->page.limit) {
        BUF_AUTO json;
        buf_init(&json, ALERT_BYTES);
        int rendered = alert_json(call_flow(c), db, t, row.id, NULL, &json, e);
        if (rendered < 0) return -1;
        if (rendered) jw_raw(&w, buf_str(&json));
        last = row.id;
        last_at = row.generated_at;
        n++;
    }
    if (got < 0) return -1;
    jw_end(&w);
    page_cursor(c, &w, got > 0, last_at, 0, last);
    jw_end(&w);
    return 0;
}

static int alerts_work(struct db *db, void *ctx, struct err *e) {
    struct one *o = ctx;
    const struct tenant *t;
    return agent_known(o, db, &t, e) || list_alerts(o, db, t, e) ? -1 : 0;
}

int h_alerts(struct call *c, struct err *e) {
    struct one o = {.c = c};
    struct str status = call_query(c, "status");
    if (call_agent(c, 0, &o.agent, e) || call_page(c, &o.page, e)) return -1;
    if (str_given(status) && !str_is(status, "open") && !str_is(status, "all"))
        return err_set(e, ERR_INVALID, "status", "must be open or all");
    o.all = str_is(status, "all");
    return store_read(call_flow(c)->store, alerts_work, &o, e);
}

struct missed {
    struct one *o;
    struct id after;
    size_t n;
    struct id id[MISSED_MOST];
    struct buf json[MISSED_MOST];
};

static int missed_work(struct db *db, void *ctx, struct err *e) {
    struct missed *m = ctx;
    const struct tenant *t;
    if (agent_known(m->o, db, &t, e)) return -1;
    if (!id_given(m->after)) return 0;
    Q_CURSOR(alert_since, cur);
    struct q_alert_since_out row;
    struct q_alert_since_in in = {
        .tenant = t->id, .agent_id = m->o->agent, .after_id = m->after, .most = MISSED_MOST};
    int got;
    if (q_alert_since_open(db, &in, &cur, e) < 0) return -1;
    while (m->n < MISSED_MOST && (got = q_alert_since_next(&cur, &row, e)) != 0) {
        if (got < 0) return -1;
        m->id[m->n++] = row.id;
    }
    for (size_t i = 0; i < m->n; i++) {
        buf_init(&m->json[i], ALERT_BYTES);
        if (alert_json(call_flow(m->o->c), db, t, m->id[i], NULL, &m->json[i], e) < 0) return -1;
    }
    return 0;
}

/* The stream opens first and is then told what it missed: an alert raised in between comes twice rather than never, and is known by its id. */
int h_stream(struct call *c, struct err *e) {
    struct one o = {.c = c};
    struct web *w = c->web;
    struct missed *m = ARENA_NEW(&c->arena, struct missed);
    if (call_agent(c, 0, &o.agent, e)) return -1;
    if (!m) return arena_check(&c->arena, "stream", e);
    m->o = &o;
    struct str last = http_header(c->req, "last-event-id");
    if (!str_given(last)) last = call_query(c, "last_event_id");
    if (str_given(last)) id_parse(last, &m->after);
    int rc = store_read(call_flow(c)->store, missed_work, m, e);
    if (rc == 0) {
        struct sse_topic topic = sse_topic_of(c->who.tenant.id, o.agent);
        struct http_field fields[] = {HTTP_FIELD("x-content-type-options", "nosniff")};
        struct sse_ref ref;
        sse_open(w->hub, c->req, &topic, fields, 1, &ref);
        for (size_t i = 0; i < m->n; i++) {
            char id[ID_TEXT + 1];
            id_text(m->id[i], id);
            struct sse_event ev = {.id = str_of(id), .name = STR("alert"), .data = buf_str(&m->json[i])};
            sse_send(w->hub, ref, &ev, NULL);
        }
    }
    for (size_t i = 0; i < m->n; i++) buf_done(&m->json[i]);
    if (rc) return -1;
    call_drop(c); /* answered by the stream */
    return 0;
}

int h_alert_snooze(struct call *c, struct err *e) {
    const struct jnode *body;
    struct id id;
    int64_t minutes;
    struct actor who = call_actor(c);
    if (call_id(c, 0, &id, e) || call_json(c, &body, e) || json_i64(body, "minutes", 60, &minutes, e))
        return -1;
    return alert_snooze(call_flow(c), &who, id, minutes, &c->out, e);
}

int h_alert_dismiss(struct call *c, struct err *e) {
    const struct jnode *body;
    struct id id;
    struct str reason;
    struct actor who = call_actor(c);
    if (call_id(c, 0, &id, e) || call_json(c, &body, e) || json_need_str(body, "reason", &reason, e))
        return -1;
    return alert_dismiss(call_flow(c), &who, id, reason, &c->out, e);
}

int h_alert_reopen(struct call *c, struct err *e) {
    struct id id;
    struct actor who = call_actor(c);
    if (call_id(c, 0, &id, e)) return -1;
    return alert_reopen(call_flow(c), &who, id, &c->out, e);
}
