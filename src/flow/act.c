/* People's acts. See act.h. */
#include "flow/act.h"

#include "flow/outbox.h"
#include "flow/plan.h"
#include "flow/render.h"
#include "store/query.h"

enum { SHOWN_BYTES = 64 * 1024, MESSAGE_MAX = 1600 };

struct act {
    const struct flow *f;
    const struct actor *who;
    struct id id;
    const char *to;      /* new state */
    const char *from[2]; /* allowed states before */
    int64_t minutes, now_us;
    struct str reason, text;
    struct buf *out;
    struct arena arena;
    struct notes notes;
};

bool actor_sees(const struct actor *who, struct id agent) {
    return who->role != ROLE_AGENT || id_eq(who->user, agent);
}

static int run(struct act *a, store_fn *work, struct err *e) {
    a->now_us = clock_now(&a->f->clock);
    arena_init(&a->arena, 2 * 1024 * 1024);
    notes_init(&a->notes, &a->arena);
    int rc = store_write(a->f->store, work, a, e);
    if (rc == 0) notes_tell(a->f, &a->notes);
    arena_done(&a->arena);
    return rc;
}

static int alert_work(struct db *db, void *ctx, struct err *e) {
    struct act *a = ctx;
    const struct tenant *t;
    if (tenant_by_id(a->f, db, a->who->tenant, &t, e)) return -1;
    struct q_alert_get_out row;
    int got = q_alert_get(db, &(struct q_alert_get_in){.tenant = t->id, .id = a->id}, &a->arena, &row, e);
    if (got < 0) return -1;
    if (got == 0 || !actor_sees(a->who, row.agent_id)) return err_set(e, ERR_NOT_FOUND, "", "no such alert");
    bool back = strcmp(a->to, "open") == 0;
    int64_t changed = 0;
    for (int i = 0; i < 2 && a->from[i] && changed == 0; i++) {
        struct q_alert_set_status_in in = {.tenant = t->id,
                                           .id = a->id,
                                           .status = str_of(a->to),
                                           .was = str_of(a->from[i]),
                                           .has_snoozed_until = a->minutes > 0,
                                           .snoozed_until = a->now_us + a->minutes * US_MINUTE,
                                           .action = str_of(back ? "reopened" : a->to),
                                           .outcome = back ? STR("") : a->reason,
                                           .now = a->now_us};
        if (q_alert_set_status(db, &in, &changed, e)) return -1;
    }
    if (changed == 0 || (back && row.expires_at <= a->now_us))
        return err_set(e, ERR_CONFLICT, "", "the alert is %.*s%s", STR_FMT(row.status),
                       row.expires_at <= a->now_us ? " and out of date" : "");
    struct id agent = row.agent_id;
    int64_t keep_us = a->now_us + a->minutes * US_MINUTE + DECIDE_HELD_US;
    if (a->minutes &&
        q_alert_keep(db, &(struct q_alert_keep_in){.tenant = t->id, .id = a->id, .expires_at = keep_us}, NULL,
                     e))
        return -1;
    if (alert_json(a->f, db, t, a->id, NULL, a->out, e) <= 0) return -1;
    note_changed(&a->notes, t->id, agent);
    note_publish(&a->notes, t->id, agent, "alert_changed", a->id, buf_str(a->out));
    return 0;
}

int alert_snooze(const struct flow *f, const struct actor *who, struct id alert, int64_t minutes,
                 struct buf *out, struct err *e) {
    if (minutes < 1 || minutes > 10080) return err_set(e, ERR_INVALID, "/minutes", "must be from 1 to 10080");
    struct act a = {.f = f,
                    .who = who,
                    .id = alert,
                    .to = "snoozed",
                    .from = {"open", "snoozed"},
                    .minutes = minutes,
                    .out = out};
    return run(&a, alert_work, e);
}

int alert_dismiss(const struct flow *f, const struct actor *who, struct id alert, struct str reason,
                  struct buf *out, struct err *e) {
    bool done = str_is(reason, "done");
    if (!done && !str_is(reason, "not_useful") && !str_is(reason, "wrong"))
        return err_set(e, ERR_INVALID, "/reason", "must be not_useful, done or wrong");
    struct act a = {.f = f,
                    .who = who,
                    .id = alert,
                    .to = done ? "done" : "dismissed",
                    .from = {"open", "snoozed"},
                    .reason = reason,
                    .out = out};
    return run(&a, alert_work, e);
}

int alert_reopen(const struct flow *f, const struct actor *who, struct id alert, struct buf *out,
                 struct err *e) {
    struct act a = {.f = f, .who = who, .id = alert, .to = "open", .from = {"dismissed", "done"}, .out = out};
    struct err why = {0};
    if (run(&a, alert_work, &why) == 0) return 0;
    if (why.kind == ERR_CONFLICT) {
        buf_clear(out);
        struct act again = {
            .f = f, .who = who, .id = alert, .to = "open", .from = {"snoozed", NULL}, .out = out};
        return run(&again, alert_work, e);
    }
    if (e) *e = why;
    return -1;
}

static int record(struct act *a, struct db *db, const struct lead *l, const struct q_approval_get_out *row,
                  struct err *e) {
    struct id id = chance_id(&a->f->chance, a->now_us);
    char by[64] = "approval:";
    id_text(a->id, by + strlen(by));
    BUF_AUTO plain;
    BUF_AUTO sealed;
    buf_init(&plain, SHOWN_BYTES);
    buf_init(&sealed, SHOWN_BYTES + SEAL_OVERHEAD);
    struct jw w = jw_on(&plain);
    jw_object(&w);
    jw_kz(&w, "summary", a->to);
    jw_kstr(&w, "text", a->text);
    jw_end(&w);
    if (lead_seal(a->f, l, "automated_actions.action_data", id, buf_str(&plain), &sealed, e)) return -1;
    metric_add(a->f->metrics, M_ACTIONS, 1);
    struct q_action_add_in in = {.tenant = l->tenant->id,
                                 .id = id,
                                 .action_type = row->action_type,
                                 .agent_id = row->agent_id,
                                 .lead_id = l->id,
                                 .triggered_by = str_of(by),
                                 .now = a->now_us,
                                 .data = buf_str(&sealed),
                                 .success = true,
                                 .confidence = row->confidence,
                                 .result = STR("{}")};
    return q_action_add(db, &in, NULL, e);
}

static int send_approved(struct act *a, struct db *db, const struct lead *l,
                         const struct q_approval_get_out *row, struct str drafted, struct err *e) {
    struct str text = str_given(a->text) ? str_trim(a->text) : drafted;
    if (text.n == 0 || text.n > MESSAGE_MAX)
        return err_set(e, ERR_INVALID, "/text", "must have 1 to %d bytes", MESSAGE_MAX);
    if (!flow_outlet(a->f, STR("log"))) return err_set(e, ERR_CONFLICT, "", "no channel to leads is set up");
    a->text = text;
    BUF_AUTO content;
    buf_init(&content, SHOWN_BYTES);
    struct jw w = jw_on(&content);
    jw_object(&w);
    jw_kstr(&w, "text", text);
    jw_kstr(&w, "channel", row->channel);
    jw_end(&w);
    struct outbox_message m = {.to_lead = true,
                               .agent = row->agent_id,
                               .subject = a->id,
                               .channel = "log",
                               .purpose = STR("reply.approved"),
                               .cause = STR_NONE,
                               .due_us = a->now_us,
                               .expires_us = a->now_us + US_HOUR,
                               .content = buf_str(&content)};
    a->notes.wake_outbox = true;
    return outbox_put(a->f, db, l->tenant, l, &m, a->now_us, NULL, e);
}

static int own_event(struct act *a, struct db *db, struct lead *l, struct event *ev, int part,
                     struct err *e) {
    char id[ID_TEXT + 1];
    id_text(a->id, id);
    ev->received_us = a->now_us;
    ev->source = STR("own");
    ev->source_id = str_of(id);
    ev->id = event_id_of(ev->at_us, ev->source, ev->source_id, part);
    return lead_add_event(a->f, db, l, ev, &a->arena, NULL, NULL, e) < 0 ? -1 : 0;
}

/* The agent has read words that may have asked to stop. "Yes" says so twice on the timeline: as do-not-disturb, as the
 * CRM would say it, and as an opt-out, which no sync undoes (SEND-3). "No" settles the doubt and nothing else: what the
 * lead said clearly stays said. Both count as later than what they answer, whatever the source's clock showed. */
static int settle_consent(struct act *a, struct db *db, struct lead *l, bool stop, struct err *e) {
    const struct picture *p = &l->picture;
    int64_t at = a->now_us, dnd_us = l->profile.field[CF_DND].at_us, stopped;
    if (p->opt_doubt_us > at) at = p->opt_doubt_us;
    if (stop && p->opt_in_us > at) at = p->opt_in_us;
    if (stop && dnd_us >= at) at = dnd_us + 1;
    struct event said = {.kind = EV_ACTION,
                         .at_us = at,
                         .ref = STR("consent"),
                         .status = stop ? STR("stopped") : STR("cleared"),
                         .subject = stop ? STR("read as asking to stop") : STR("read as not asking to stop")};
    struct event dnd = {.kind = EV_CONTACT_DND, .at_us = at, .contact[CF_DND] = STR("1")};
    if (own_event(a, db, l, &said, 0, e) || (stop && own_event(a, db, l, &dnd, 1, e)) ||
        lead_store(a->f, db, l, e))
        return -1;
    return stop ? plan_end_contact(a->f, db, l, a->now_us, &a->arena, &a->notes, &stopped, e) : 0;
}

static int draft(const struct act *a, const struct lead *l, const struct q_approval_get_out *row,
                 struct arena *arena, struct str *out, struct err *e) {
    BUF_AUTO plain;
    buf_init(&plain, SHOWN_BYTES);
    const struct jnode *c;
    if (lead_unseal(l, "approvals.content", a->id, row->content, &plain, e)) return -1;
    if (json_parse(arena, arena_str(arena, buf_str(&plain)), SHOWN_BYTES, &c, e)) return -1;
    return json_str(c, "text", STR(""), out, e);
}

static int approval_work(struct db *db, void *ctx, struct err *e) {
    struct act *a = ctx;
    const struct tenant *t;
    if (tenant_by_id(a->f, db, a->who->tenant, &t, e)) return -1;
    struct q_approval_get_out row;
    int got =
        q_approval_get(db, &(struct q_approval_get_in){.tenant = t->id, .id = a->id}, &a->arena, &row, e);
    if (got < 0) return -1;
    if (got == 0 || !actor_sees(a->who, row.agent_id))
        return err_set(e, ERR_NOT_FOUND, "", "no such approval");
    int64_t changed;
    bool late = row.expires_at <= a->now_us;
    struct q_approval_decide_in in = {.tenant = t->id,
                                      .id = a->id,
                                      .state = late ? STR("expired") : str_of(a->to),
                                      .now = a->now_us,
                                      .by = a->who->user};
    if (q_approval_decide(db, &in, &changed, e)) return -1;
    if (changed == 0 || late)
        return err_set(e, ERR_CONFLICT, "", "it is %.*s already",
                       STR_FMT(changed ? STR("expired") : row.state));
    struct lead l;
    struct str drafted;
    got = lead_open(a->f, db, t, row.lead_id, &a->arena, &l, e);
    if (got <= 0) return got < 0 ? -1 : err_set(e, ERR_NOT_FOUND, "", "the lead is gone");
    if (draft(a, &l, &row, &a->arena, &drafted, e)) return -1;
    bool yes = strcmp(a->to, "approved") == 0;
    if (yes && str_is(row.action_type, "send_message") && send_approved(a, db, &l, &row, drafted, e))
        return -1;
    if (str_is(row.action_type, "stop_contact") && settle_consent(a, db, &l, yes, e)) return -1;
    if (record(a, db, &l, &row, e)) return -1;
    if (approval_json(a->f, db, t, a->id, &l, a->out, e) <= 0) return -1;
    note_changed(&a->notes, t->id, row.agent_id);
    note_publish(&a->notes, t->id, row.agent_id, "approval_changed", a->id, buf_str(a->out));
    return 0;
}

int approval_approve(const struct flow *f, const struct actor *who, struct id approval, struct str text,
                     struct buf *out, struct err *e) {
    struct act a = {.f = f, .who = who, .id = approval, .to = "approved", .text = text, .out = out};
    return run(&a, approval_work, e);
}

int approval_reject(const struct flow *f, const struct actor *who, struct id approval, struct str reason,
                    struct buf *out, struct err *e) {
    if (reason.n > 200) return err_set(e, ERR_INVALID, "/reason", "has more than 200 bytes");
    struct act a = {
        .f = f, .who = who, .id = approval, .to = "rejected", .reason = reason, .text = STR_NONE, .out = out};
    return run(&a, approval_work, e);
}
