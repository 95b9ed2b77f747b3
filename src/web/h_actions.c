/* Approvals, decisions, the log of actions, messages on their way out. */
#include "web/internal.h"

#include "flow/outbox.h"
#include "flow/render.h"
#include "store/query.h"

enum { CONTENT_BYTES = 256 * 1024 };

struct list {
    struct call *c;
    struct id agent;
    struct page page;
    struct str state;
};

static int query_agent(struct call *c, struct id *out, struct err *e) {
    struct str s = call_query(c, "agent_id");
    struct id agent = c->who.user;
    struct actor who = call_actor(c);
    if (str_given(s) && !str_is(s, "me") && !id_parse(s, &agent))
        return err_set(e, ERR_INVALID, "agent_id", "must be an agent's id");
    if (!id_given(agent)) return err_set(e, ERR_INVALID, "agent_id", "is required");
    if (!actor_sees(&who, agent)) return err_set(e, ERR_NOT_FOUND, "agent_id", "there is no such agent");
    *out = agent;
    return 0;
}

static int approvals_work(struct db *db, void *ctx, struct err *e) {
    struct list *l = ctx;
    struct call *c = l->c;
    const struct tenant *t;
    Q_CURSOR(approval_list, cur);
    struct q_approval_list_out row;
    struct jw w = jw_on(&c->out);
    int64_t n = 0, last_at = 0;
    struct id last = {{0}};
    int got;
    if (call_tenant(c, db, &t, e) || call_agent_known(c, db, l->agent, e)) return -1;
    struct q_approval_list_in in = {.tenant = t->id,
                                    .agent_id = l->agent,
                                    .state = l->state,
                                    .before_at = l->page.at,
                                    .before_id = l->page.id,
                                    .most = l->page.limit + 1};
    jw_object(&w);
    jw_key(&w, "approvals");
    jw_array(&w);
    if (q_approval_list_open(db, &in, &cur, e) < 0) return -1;
    while ((got = q_approval_list_next(&cur, &row, e)) > 0 && n < l->page.limit) {
        BUF_AUTO json;
        buf_init(&json, CONTENT_BYTES);
        int rendered = approval_json(call_flow(c), db, t, row.id, NULL, &json, e);
        if (rendered < 0) return -1;
        if (rendered) jw_raw(&w, buf_str(&json));
        last = row.id;
        last_at = row.created_at;
        n++;
    }
    if (got < 0) return -1;
    jw_end(&w);
    page_cursor(c, &w, got > 0, last_at, 0, last);
    jw_end(&w);
    return 0;
}

int h_approvals(struct call *c, struct err *e) {
    struct list l = {.c = c, .state = call_query(c, "state")};
    if (!str_given(l.state)) l.state = STR("pending");
    static const char *const states[] = {"pending", "approved", "rejected", "expired", "withdrawn"};
    bool known = false;
    for (size_t i = 0; i < 5; i++) known |= str_is(l.state, states[i]);
    if (!known)
        return err_set(e, ERR_INVALID, "state", "must be pending, approved, rejected, expired or withdrawn");
    if (query_agent(c, &l.agent, e) || call_page(c, &l.page, e)) return -1;
    return store_read(call_flow(c)->store, approvals_work, &l, e);
}

int h_approve(struct call *c, struct err *e) {
    const struct jnode *body;
    struct id id;
    struct str text;
    struct actor who = call_actor(c);
    if (call_id(c, 0, &id, e) || call_json(c, &body, e) || json_str(body, "text", STR_NONE, &text, e))
        return -1;
    return approval_approve(call_flow(c), &who, id, text, &c->out, e);
}

int h_reject(struct call *c, struct err *e) {
    const struct jnode *body;
    struct id id;
    struct str reason;
    struct actor who = call_actor(c);
    if (call_id(c, 0, &id, e) || call_json(c, &body, e) || json_str(body, "reason", STR(""), &reason, e))
        return -1;
    return approval_reject(call_flow(c), &who, id, reason, &c->out, e);
}

struct why {
    struct call *c;
    struct id id;
};

static int decision_work(struct db *db, void *ctx, struct err *e) {
    struct why *y = ctx;
    struct call *c = y->c;
    struct actor who = call_actor(c);
    const struct tenant *t;
    struct q_decision_get_out row;
    struct lead l;
    if (call_tenant(c, db, &t, e)) return -1;
    int got =
        q_decision_get(db, &(struct q_decision_get_in){.tenant = t->id, .id = y->id}, &c->arena, &row, e);
    if (got < 0) return -1;
    if (got == 0 || !actor_sees(&who, row.agent_id))
        return err_set(e, ERR_NOT_FOUND, "", "there is no such decision");
    got = lead_open(call_flow(c), db, t, row.lead_id, &c->arena, &l, e);
    if (got <= 0) return got < 0 ? -1 : err_set(e, ERR_NOT_FOUND, "", "the lead is gone");
    BUF_AUTO inputs;
    buf_init(&inputs, CONTENT_BYTES);
    if (lead_unseal(&l, "decisions.inputs", y->id, row.inputs, &inputs, e)) return -1;
    struct jw w = jw_on(&c->out);
    jw_object(&w);
    jw_kid(&w, "id", y->id);
    jw_ktime(&w, "at", row.at);
    jw_kid(&w, "lead_id", row.lead_id);
    jw_kid(&w, "agent_id", row.agent_id);
    jw_kid(&w, "event_id", row.event_id);
    jw_kstr(&w, "version", row.version);
    jw_key(&w, "outcome");
    jw_raw(&w, row.effects);
    jw_key(&w, "inputs");
    jw_raw(&w, buf_str(&inputs));
    jw_end(&w);
    return 0;
}

int h_decision(struct call *c, struct err *e) {
    struct why y = {.c = c};
    if (call_id(c, 0, &y.id, e)) return -1;
    return store_read(call_flow(c)->store, decision_work, &y, e);
}

/* A page of 500 rows of as many leads: each row and each lead gives its memory back before the next. */
enum { ROW_MEMORY = 1024 * 1024 };

struct opened { /* lead key and name of a row, once per lead in a row */
    struct arena arena;
    struct lead lead;
    struct str name;
    bool there;
};

static void opened_done(struct opened *o) {
    arena_done(&o->arena);
}
#define OPENED_AUTO __attribute__((cleanup(opened_done))) struct opened

static int open_for(struct call *c, struct db *db, const struct tenant *t, struct id lead, struct opened *o,
                    struct err *e) {
    if (!id_given(lead)) {
        o->there = false;
        return 0;
    }
    if (o->there && id_eq(o->lead.id, lead)) return 0;
    arena_done(&o->arena);
    arena_init(&o->arena, ROW_MEMORY);
    int got = lead_open(call_flow(c), db, t, lead, &o->arena, &o->lead, e);
    o->there = got > 0;
    if (got > 0) o->name = profile_display_name(&o->lead.profile, &o->arena);
    return got < 0 ? -1 : 0;
}

static int action_row(const struct tenant *t, const struct q_action_list_out *row, const struct opened *o,
                      struct jw *w, struct err *e) {
    ARENA_AUTO a;
    BUF_AUTO plain;
    arena_init(&a, ROW_MEMORY);
    buf_init(&plain, CONTENT_BYTES);
    int rc = o->there ? lead_unseal(&o->lead, "automated_actions.action_data", row->id, row->data, &plain, e)
                      : tenant_unseal(t, "automated_actions.action_data", row->id, row->data, &plain, e);
    if (rc) return -1;
    const struct jnode *data;
    struct str summary = STR_NONE;
    if (json_parse(&a, buf_str(&plain), CONTENT_BYTES, &data, e)) return -1;
    json_str(data, "summary", STR_NONE, &summary, NULL);
    jw_object(w);
    jw_kid(w, "id", row->id);
    jw_kstr(w, "action_type", row->action_type);
    jw_kid(w, "lead_id", row->lead_id);
    jw_kstr(w, "lead_name", o->there ? o->name : STR_NONE);
    jw_kstr(w, "triggered_by", row->triggered_by);
    jw_ktime(w, "executed_at", row->executed_at);
    jw_kbool(w, "success", row->success);
    jw_kreal(w, "confidence", row->confidence);
    jw_kstr(w, "summary", summary);
    jw_key(w, "result");
    jw_raw(w, row->result);
    jw_end(w);
    return 0;
}

static int actions_work(struct db *db, void *ctx, struct err *e) {
    struct list *l = ctx;
    struct call *c = l->c;
    const struct tenant *t;
    Q_CURSOR(action_list, cur);
    struct q_action_list_out row;
    OPENED_AUTO o = {.there = false};
    struct jw w = jw_on(&c->out);
    int64_t n = 0, last_at = 0;
    struct id last = {{0}};
    int got;
    if (call_tenant(c, db, &t, e) || call_agent_known(c, db, l->agent, e)) return -1;
    struct q_action_list_in in = {.tenant = t->id,
                                  .agent_id = l->agent,
                                  .before_at = l->page.at,
                                  .before_id = l->page.id,
                                  .most = l->page.limit + 1};
    jw_object(&w);
    jw_key(&w, "actions");
    jw_array(&w);
    if (q_action_list_open(db, &in, &cur, e) < 0) return -1;
    while ((got = q_action_list_next(&cur, &row, e)) > 0 && n < l->page.limit) {
        if (open_for(c, db, t, row.lead_id, &o, e) || action_row(t, &row, &o, &w, e)) return -1;
        last = row.id;
        last_at = row.executed_at;
        n++;
    }
    if (got < 0) return -1;
    jw_end(&w);
    page_cursor(c, &w, got > 0, last_at, 0, last);
    jw_end(&w);
    return 0;
}

int h_action_log(struct call *c, struct err *e) {
    struct list l = {.c = c};
    if (call_agent(c, 0, &l.agent, e) || call_page(c, &l.page, e)) return -1;
    return store_read(call_flow(c)->store, actions_work, &l, e);
}

static int outgoing_row(const struct tenant *t, struct id agent, const struct q_outbox_list_out *row,
                        const struct opened *o, struct jw *w, struct err *e) {
    ARENA_AUTO a;
    BUF_AUTO plain;
    arena_init(&a, ROW_MEMORY);
    buf_init(&plain, CONTENT_BYTES);
    int rc = o->there ? lead_unseal(&o->lead, "outbox.content", row->id, row->content, &plain, e)
                      : tenant_unseal(t, "outbox.content", row->id, row->content, &plain, e);
    if (rc) return -1;
    const struct jnode *data;
    struct str text = STR_NONE;
    if (json_parse(&a, buf_str(&plain), CONTENT_BYTES, &data, e)) return -1;
    json_str(data, "text", STR_NONE, &text, NULL);
    if (!str_given(text)) json_str(data, "insight", STR_NONE, &text, NULL);
    jw_object(w);
    jw_kid(w, "id", row->id);
    jw_ktime(w, "at", row->created_at);
    jw_kstr(w, "person", row->person);
    jw_kid(w, "agent_id", agent);
    jw_kid(w, "lead_id", row->lead_id);
    jw_kstr(w, "lead_name", o->there ? o->name : STR_NONE);
    jw_kstr(w, "channel", row->channel);
    jw_kstr(w, "purpose", row->purpose);
    jw_kstr(w, "text", text);
    jw_kz(w, "state", outbox_state_name(row->state));
    jw_kstr(w, "why", row->why);
    jw_end(w);
    return 0;
}

static int outgoing_work(struct db *db, void *ctx, struct err *e) {
    struct list *l = ctx;
    struct call *c = l->c;
    const struct tenant *t;
    Q_CURSOR(outbox_list, cur);
    struct q_outbox_list_out row;
    OPENED_AUTO o = {.there = false};
    struct jw w = jw_on(&c->out);
    int64_t n = 0, last_at = 0;
    struct id last = {{0}};
    int got;
    if (call_tenant(c, db, &t, e) || call_agent_known(c, db, l->agent, e)) return -1;
    struct q_outbox_list_in in = {.tenant = t->id,
                                  .agent_id = l->agent,
                                  .before_at = l->page.at,
                                  .before_id = l->page.id,
                                  .most = l->page.limit + 1};
    jw_object(&w);
    jw_key(&w, "outgoing");
    jw_array(&w);
    if (q_outbox_list_open(db, &in, &cur, e) < 0) return -1;
    while ((got = q_outbox_list_next(&cur, &row, e)) > 0 && n < l->page.limit) {
        if (open_for(c, db, t, row.lead_id, &o, e) || outgoing_row(t, l->agent, &row, &o, &w, e)) return -1;
        last = row.id;
        last_at = row.created_at;
        n++;
    }
    if (got < 0) return -1;
    jw_end(&w);
    page_cursor(c, &w, got > 0, last_at, 0, last);
    jw_end(&w);
    return 0;
}

int h_outgoing(struct call *c, struct err *e) {
    struct list l = {.c = c};
    if (query_agent(c, &l.agent, e) || call_page(c, &l.page, e)) return -1;
    return store_read(call_flow(c)->store, outgoing_work, &l, e);
}
