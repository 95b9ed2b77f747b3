/* Plans applied. See plan.h.
 *
 * One decision row per plan that has effects: the record of everything decide() looked at (sealed), and the
 * effects as plain JSON with their verdicts and thresholds. Alerts and approvals point to it, so that each
 * can be asked "why". */
#include "flow/plan.h"

#include "flow/outbox.h"
#include "flow/render.h"
#include "store/query.h"

enum { OPEN_MAX = 32, DATA_BYTES = 64 * 1024, INPUT_BYTES = 256 * 1024 };
/* Nothing goes out to the lead until it is answered, so the question does not go away by itself as others do. */
#define STOP_ASKED_US (365 * US_DAY)

struct applying {
    const struct flow *f;
    struct db *db;
    struct lead *l;
    const struct event *ev;
    const struct reading *reading;
    const struct score *score;
    const struct agent *agent;
    struct id decision;
    int64_t now_us;
    struct arena *a;
    struct notes *notes;
    struct id first_alert; /* approvals of the same plan refer to it */
};

static int open_alerts(struct db *db, const struct lead *l, struct arena *a, struct open_alert *out,
                       size_t *out_n, struct err *e) {
    (void)a;
    Q_CURSOR(alert_open_of_lead, cur);
    struct q_alert_open_of_lead_out row;
    size_t n = 0;
    int got;
    if (q_alert_open_of_lead_open(
            db, &(struct q_alert_open_of_lead_in){.tenant = l->tenant->id, .lead_id = l->id}, &cur, e) < 0)
        return -1;
    while (n < OPEN_MAX && (got = q_alert_open_of_lead_next(&cur, &row, e)) != 0) {
        if (got < 0) return -1;
        struct open_alert *o = &out[n];
        *o = (struct open_alert){.id = row.id,
                                 .confidence = row.confidence,
                                 .created_us = row.generated_at,
                                 .expires_us = row.expires_at,
                                 .snoozed = str_is(row.status, "snoozed")};
        if (!alert_type_parse(row.type, &o->type) || !str_to_z(row.cause, o->cause, sizeof o->cause))
            continue;
        n++;
    }
    *out_n = n;
    return 0;
}

static void message_fields(const struct applying *p, struct template_field out[3]) {
    struct str first = profile_get(&p->l->profile, CF_FIRST_NAME);
    struct str agent = p->agent->name, agent_first = agent;
    struct str rest = agent;
    str_cut(&rest, ' ', &agent_first);
    if (!first.n) {
        struct str name = profile_get(&p->l->profile, CF_NAME);
        str_cut(&name, ' ', &first);
    }
    out[0] = (struct template_field){"first_name", first};
    out[1] = (struct template_field){"agent_first_name", agent_first};
    out[2] = (struct template_field){"brokerage", p->l->tenant->name};
}

static struct str message_text(const struct applying *p, const char *name) {
    struct str text = name && p->f->template_text
                          ? p->f->template_text(p->f->template_ctx, name, profile_language(&p->l->profile))
                          : STR_NONE;
    if (!str_given(text)) return STR_NONE;
    struct template_field fields[3];
    message_fields(p, fields);
    BUF_AUTO b;
    buf_init(&b, 4096);
    template_render(template_body(text), fields, 3, false, &b);
    return arena_str(p->a, str_trim(buf_str(&b)));
}

static int seal_alert_data(struct applying *p, const struct effect *ef, struct id id, struct buf *out,
                           struct err *e) {
    BUF_AUTO data;
    buf_init(&data, DATA_BYTES);
    struct str say =
        message_text(p, ef->template_name ? ef->template_name : score_message_template(p->score));
    render_alert_data(ef->insight, p->ev, p->reading, p->score, &p->l->profile, p->agent->language,
                      p->agent->name, say, &data);
    if (buf_check(&data, "alert", e)) return -1;
    return lead_seal(p->f, p->l, "automated_insights.insight_data", id, buf_str(&data), out, e);
}

static int put_alert_out(struct applying *p, const struct effect *ef, struct id alert, const char *channel,
                         int64_t due_us, struct str content, struct err *e) {
    struct outbox_message m = {.agent = p->agent->id,
                               .subject = alert,
                               .channel = channel,
                               .purpose = arena_fmt(p->a, "alert.%s", alert_type_name(ef->insight->type)),
                               .cause = p->ev->source_id,
                               .for_date = STR_NONE,
                               .due_us = due_us,
                               .expires_us = ef->expires_us,
                               .content = content};
    /* as old as its event: what waited in the inbox is late, and the latency that is measured must say so */
    return outbox_put(p->f, p->db, p->l->tenant, p->l, &m, p->ev->received_us, NULL, e);
}

/* A page is looked at; what rings on a phone waits for the end of quiet hours, the digest, the cap. */
static int ring(struct applying *p, const struct effect *ef, struct id alert, struct err *e) {
    if (!flow_outlet(p->f, STR("log"))) return 0;
    bool es = p->agent->language == LANG_ES;
    struct str name = profile_display_name(&p->l->profile, p->a);
    struct str say = es && ef->insight->say_es.n ? ef->insight->say_es : ef->insight->say;
    struct str title =
        es && ef->insight->action_title_es.n ? ef->insight->action_title_es : ef->insight->action_title;
    title = fill_name(p->a, title, name);
    BUF_AUTO json;
    buf_init(&json, DATA_BYTES);
    struct jw w = jw_on(&json);
    jw_object(&w);
    jw_kstr(&w, "text", arena_fmt(p->a, "%.*s: %.*s. %.*s.", STR_FMT(name), STR_FMT(say), STR_FMT(title)));
    jw_end(&w);
    return put_alert_out(p, ef, alert, "log", ef->due_us, buf_str(&json), e);
}

static int put_alert(struct applying *p, const struct effect *ef, struct err *e) {
    struct tenant_id t = p->l->tenant->id;
    struct id id = chance_id(&p->f->chance, p->now_us);
    BUF_AUTO sealed;
    buf_init(&sealed, DATA_BYTES + SEAL_OVERHEAD);
    if (seal_alert_data(p, ef, id, &sealed, e)) return -1;
    struct q_alert_add_in in = {.tenant = t,
                                .id = id,
                                .type = str_of(alert_type_name(ef->insight->type)),
                                .agent_id = p->agent->id,
                                .lead_id = p->l->id,
                                .now = p->now_us,
                                .confidence = ef->confidence,
                                .priority = ef->insight->priority,
                                .data = buf_str(&sealed),
                                .channels = STR("dashboard"),
                                .cause = str_of(ef->insight->cause),
                                .expires_at = ef->expires_us,
                                .trigger_event = p->ev->id,
                                .trigger_at = p->ev->at_us,
                                .decision_id = p->decision};
    if (q_alert_add(p->db, &in, NULL, e)) return -1;
    if (!id_given(p->first_alert)) p->first_alert = id;
    BUF_AUTO json;
    buf_init(&json, DATA_BYTES);
    if (alert_json(p->f, p->db, p->l->tenant, id, p->l, &json, e) <= 0) return -1;
    p->notes->wake_outbox = true;
    return put_alert_out(p, ef, id, "dashboard", p->now_us, buf_str(&json), e) || ring(p, ef, id, e) ? -1 : 0;
}

static int fold_alert(struct applying *p, const struct effect *ef, struct err *e) {
    BUF_AUTO sealed;
    buf_init(&sealed, DATA_BYTES + SEAL_OVERHEAD);
    if (seal_alert_data(p, ef, ef->fold_into, &sealed, e)) return -1;
    struct q_alert_fold_in in = {.tenant = p->l->tenant->id,
                                 .id = ef->fold_into,
                                 .confidence = ef->confidence,
                                 .priority = ef->insight->priority,
                                 .data = buf_str(&sealed),
                                 .expires_at = ef->expires_us,
                                 .trigger_event = p->ev->id,
                                 .trigger_at = p->ev->at_us};
    int64_t changed;
    if (q_alert_fold(p->db, &in, &changed, e)) return -1;
    if (changed == 0) return 0;
    metric_add(p->f->metrics, M_ALERTS_FOLDED, 1);
    BUF_AUTO json;
    buf_init(&json, DATA_BYTES);
    if (alert_json(p->f, p->db, p->l->tenant, ef->fold_into, p->l, &json, e) <= 0) return -1;
    note_publish(p->notes, p->l->tenant->id, p->agent->id, "alert_changed", ef->fold_into, buf_str(&json));
    return 0;
}

static void approval_content(const struct applying *p, const struct effect *ef, struct str text,
                             struct buf *out) {
    bool es = p->agent->language == LANG_ES;
    struct str title =
        str_of(ef->action == ACT_CALL_TASK    ? (es ? "Llamar a {name}" : "Call {name}")
               : ef->channel == CHANNEL_EMAIL ? (es ? "Escribir a {name} por correo" : "E-mail {name}")
                                              : (es ? "Enviar mensaje a {name}" : "Text {name}"));
    if (ef->action == ACT_STOP_CONTACT && ef->insight)
        title =
            es && ef->insight->action_title_es.n ? ef->insight->action_title_es : ef->insight->action_title;
    struct jw w = jw_on(out);
    jw_object(&w);
    jw_kstr(&w, "title", title);
    jw_kstr(&w, "text", text);
    jw_kstr(&w, "why",
            ef->insight ? (es && ef->insight->say_es.n ? ef->insight->say_es : ef->insight->say) : ef->why);
    jw_end(&w);
}

enum { QUESTIONS_MAX = 16 };

static int withdraw_question(struct applying *p, struct id id, struct id agent, struct err *e) {
    struct q_approval_decide_in in = {
        .tenant = p->l->tenant->id, .id = id, .state = STR("withdrawn"), .now = p->now_us};
    if (q_approval_decide(p->db, &in, NULL, e)) return -1;
    BUF_AUTO json;
    buf_init(&json, DATA_BYTES);
    if (approval_json(p->f, p->db, p->l->tenant, id, p->l, &json, e) <= 0) return -1;
    note_publish(p->notes, p->l->tenant->id, agent, "approval_changed", id, buf_str(&json));
    return 0;
}

/* Questions of this kind about the lead fall away, on open pages, too. */
static int withdraw_questions(struct applying *p, enum action_type action, struct err *e) {
    struct q_approval_pending_ids_out row[QUESTIONS_MAX];
    size_t n = 0;
    {
        Q_CURSOR(approval_pending_ids, cur);
        struct q_approval_pending_ids_in in = {
            .tenant = p->l->tenant->id, .lead_id = p->l->id, .action_type = str_of(action_type_name(action))};
        int got = 0;
        if (q_approval_pending_ids_open(p->db, &in, &cur, e) < 0) return -1;
        while (n < QUESTIONS_MAX && (got = q_approval_pending_ids_next(&cur, &row[n], e)) > 0) n++;
        if (got < 0) return -1;
    }
    for (size_t i = 0; i < n; i++)
        if (withdraw_question(p, row[i].id, row[i].agent_id, e)) return -1;
    return 0;
}

static int put_approval(struct applying *p, const struct effect *ef, struct err *e) {
    struct tenant_id t = p->l->tenant->id;
    bool stop = ef->action == ACT_STOP_CONTACT;
    struct str type = str_of(action_type_name(ef->action));
    struct q_approval_pending_of_lead_out pending;
    if (q_approval_pending_of_lead(
            p->db,
            &(struct q_approval_pending_of_lead_in){.tenant = t, .lead_id = p->l->id, .action_type = type},
            &pending, e) < 0)
        return -1;
    /* The agent has that question before him already. But whether somebody asked to be left alone is asked about his
     * latest words: an answer to older ones must not settle what was not read. */
    if (pending.n > 0 && !stop) return 0;
    if (pending.n > 0 && withdraw_questions(p, ACT_STOP_CONTACT, e)) return -1;
    struct str text = ef->action == ACT_SEND_MESSAGE ? message_text(p, ef->template_name) : STR_NONE;
    if (ef->action == ACT_SEND_MESSAGE && !text.n) return 0;
    struct id id = chance_id(&p->f->chance, p->now_us);
    BUF_AUTO content;
    BUF_AUTO sealed;
    buf_init(&content, DATA_BYTES);
    buf_init(&sealed, DATA_BYTES + SEAL_OVERHEAD);
    approval_content(p, ef, text, &content);
    if (buf_check(&content, "approval", e) ||
        lead_seal(p->f, p->l, "approvals.content", id, buf_str(&content), &sealed, e))
        return -1;
    struct q_approval_add_in in = {.tenant = t,
                                   .id = id,
                                   .decision_id = p->decision,
                                   .agent_id = p->agent->id,
                                   .lead_id = p->l->id,
                                   .insight_id = p->first_alert,
                                   .action_type = type,
                                   .channel = str_of(channel_name(ef->channel)),
                                   .content = buf_str(&sealed),
                                   .confidence = ef->confidence,
                                   .now = p->now_us,
                                   .expires_at = stop ? p->now_us + STOP_ASKED_US : ef->expires_us};
    if (q_approval_add(p->db, &in, NULL, e)) return -1;
    BUF_AUTO json;
    buf_init(&json, DATA_BYTES);
    if (approval_json(p->f, p->db, p->l->tenant, id, p->l, &json, e) <= 0) return -1;
    note_publish(p->notes, t, p->agent->id, "approval", id, buf_str(&json));
    return 0;
}

static int record_action(struct applying *p, const struct effect *ef, const char *result, struct err *e) {
    struct id id = chance_id(&p->f->chance, p->now_us);
    char by[64] = "decision:";
    id_text(p->decision, by + strlen(by));
    BUF_AUTO plain;
    BUF_AUTO sealed;
    buf_init(&plain, DATA_BYTES);
    buf_init(&sealed, DATA_BYTES + SEAL_OVERHEAD);
    struct jw w = jw_on(&plain);
    jw_object(&w);
    jw_kstr(&w, "summary", ef->insight ? ef->insight->say : ef->why);
    jw_end(&w);
    if (lead_seal(p->f, p->l, "automated_actions.action_data", id, buf_str(&plain), &sealed, e)) return -1;
    metric_add(p->f->metrics, M_ACTIONS, 1);
    struct q_action_add_in in = {.tenant = p->l->tenant->id,
                                 .id = id,
                                 .action_type = str_of(action_type_name(ef->action)),
                                 .agent_id = p->agent->id,
                                 .lead_id = p->l->id,
                                 .triggered_by = str_of(by),
                                 .now = p->now_us,
                                 .data = buf_str(&sealed),
                                 .success = true,
                                 .confidence = ef->confidence,
                                 .result = str_of(result)};
    return q_action_add(p->db, &in, NULL, e);
}

static int stop_messages(struct applying *p, int64_t *out_stopped, struct err *e) {
    struct q_outbox_stop_lead_in in = {.tenant = p->l->tenant->id,
                                       .lead_id = p->l->id,
                                       .why = STR("the lead asked not to be contacted"),
                                       .now = p->now_us};
    return q_outbox_stop_lead(p->db, &in, out_stopped, e);
}

/* Consent withdrawn: what waits for the lead ends now, and questions about writing to him fall away. */
static int stop_contact(struct applying *p, const struct effect *ef, struct err *e) {
    int64_t stopped;
    if (stop_messages(p, &stopped, e) || withdraw_questions(p, ACT_SEND_MESSAGE, e)) return -1;
    char result[64];
    snprintf(result, sizeof result, "{\"messages_stopped\":%lld}", (long long)stopped);
    return record_action(p, ef, result, e);
}

static int withdraw_alert(struct applying *p, struct id alert, struct err *e) {
    static const char *const from[] = {"open", "snoozed"};
    for (int i = 0; i < 2; i++) {
        struct q_alert_set_status_in in = {.tenant = p->l->tenant->id,
                                           .id = alert,
                                           .status = STR("expired"),
                                           .was = str_of(from[i]),
                                           .now = p->now_us,
                                           .outcome = STR("withdrawn")};
        if (q_alert_set_status(p->db, &in, NULL, e)) return -1;
    }
    BUF_AUTO json;
    buf_init(&json, DATA_BYTES);
    if (alert_json(p->f, p->db, p->l->tenant, alert, p->l, &json, e) <= 0) return -1;
    note_publish(p->notes, p->l->tenant->id, p->agent->id, "alert_changed", alert, buf_str(&json));
    return 0;
}

static int withdraw(struct applying *p, const struct effect *ef, struct err *e) {
    if (id_given(ef->fold_into)) return withdraw_alert(p, ef->fold_into, e);
    return withdraw_questions(p, ACT_SEND_MESSAGE, e) || withdraw_questions(p, ACT_CALL_TASK, e) ? -1 : 0;
}

int plan_end_contact(const struct flow *f, struct db *db, struct lead *l, int64_t now_us, struct arena *a,
                     struct notes *notes, int64_t *out_stopped, struct err *e) {
    struct agent *whose = ARENA_NEW(a, struct agent);
    if (!whose) return arena_check(a, "contact", e);
    whose->id = l->agent;
    struct applying p = {.f = f, .db = db, .l = l, .agent = whose, .now_us = now_us, .a = a, .notes = notes};
    struct open_alert open[OPEN_MAX];
    size_t n = 0;
    if (stop_messages(&p, out_stopped, e) || withdraw_questions(&p, ACT_SEND_MESSAGE, e) ||
        withdraw_questions(&p, ACT_CALL_TASK, e) || open_alerts(db, l, a, open, &n, e))
        return -1;
    for (size_t i = 0; i < n; i++)
        if (withdraw_alert(&p, open[i].id, e)) return -1;
    return 0;
}

static int apply(struct applying *p, const struct effect *ef, struct err *e) {
    switch (ef->type) {
    case EFFECT_ALERT: return put_alert(p, ef, e) || record_action(p, ef, "{}", e) ? -1 : 0;
    case EFFECT_FOLD: return fold_alert(p, ef, e);
    case EFFECT_ASK: return put_approval(p, ef, e);
    case EFFECT_RECORD: return 0; /* the decision's row is the record */
    case EFFECT_STOP: return stop_contact(p, ef, e);
    case EFFECT_WITHDRAW: return withdraw(p, ef, e);
    }
    return 0;
}

static void write_effects(const struct plan *plan, const struct insights *in, struct buf *out) {
    static const char *const names[] = {"alert", "fold", "ask", "record", "stop", "withdraw"};
    struct jw w = jw_on(out);
    jw_object(&w);
    jw_key(&w, "effects");
    jw_array(&w);
    for (size_t i = 0; i < plan->n; i++) {
        const struct effect *ef = &plan->effect[i];
        jw_object(&w);
        jw_kz(&w, "effect", names[ef->type]);
        jw_kz(&w, "action_type", action_type_name(ef->action));
        jw_kz(&w, "verdict", verdict_name(ef->verdict));
        if (ef->insight) jw_kz(&w, "type", alert_type_name(ef->insight->type));
        jw_kreal(&w, "confidence", ef->confidence);
        jw_kreal(&w, "auto", ef->used.automatic);
        jw_kreal(&w, "approve", ef->used.approve);
        jw_kstr(&w, "why", ef->why);
        jw_end(&w);
    }
    jw_end(&w);
    jw_key(&w, "notes");
    jw_array(&w);
    for (size_t i = 0; i < in->n_notes; i++) jw_str(&w, in->note[i]);
    jw_end(&w);
    jw_end(&w);
}

static int put_decision(struct applying *p, const struct plan *plan, const struct insights *in,
                        const struct lead_view *v, const struct agent_view *av, const struct open_alert *open,
                        size_t n_open, bool can_message, struct err *e) {
    BUF_AUTO inputs;
    BUF_AUTO sealed;
    BUF_AUTO effects;
    buf_init(&inputs, INPUT_BYTES);
    buf_init(&sealed, INPUT_BYTES + SEAL_OVERHEAD);
    buf_init(&effects, DATA_BYTES);
    decide_record(in, v, av, open, n_open, can_message, &inputs);
    write_effects(plan, in, &effects);
    if (buf_check(&inputs, "decision", e) || buf_check(&effects, "decision", e)) return -1;
    if (lead_seal(p->f, p->l, "decisions.inputs", p->decision, buf_str(&inputs), &sealed, e)) return -1;
    char version[96];
    struct str lex = lexicon_version(p->f->lexicon);
    snprintf(version, sizeof version, "%s words %.*s", p->f->version, (int)(lex.n < 12 ? lex.n : 12), lex.p);
    metric_add(p->f->metrics, M_DECISIONS, 1);
    struct q_decision_add_in row = {.tenant = p->l->tenant->id,
                                    .id = p->decision,
                                    .lead_id = p->l->id,
                                    .agent_id = p->agent->id,
                                    .at = p->now_us,
                                    .event_id = p->ev->id,
                                    .inputs = buf_str(&sealed),
                                    .effects = buf_str(&effects),
                                    .version = str_of(version)};
    return q_decision_add(p->db, &row, NULL, e);
}

static bool may_message(const struct flow *f, const struct lead *l) {
    return f->can_message && !l->opted_out && !l->deleted && !profile_flag(&l->profile, CF_DND);
}

int plan_after_event(const struct flow *f, struct db *db, struct lead *l, const struct event *ev,
                     const struct reading *reading, bool read, const struct score *before,
                     const struct score *after, int64_t now_us, struct arena *a, struct notes *notes,
                     struct err *e) {
    if (!id_given(l->agent) || (l->deleted && ev->kind != EV_CONTACT_DELETED)) return 0;
    struct agent *ag = ARENA_NEW(a, struct agent);
    struct insights *in = ARENA_NEW(a, struct insights);
    struct plan *plan = ARENA_NEW(a, struct plan);
    if (!ag || !in || !plan) return arena_check(a, "decision", e);
    int got = agent_open(f, db, l->tenant, l->agent, a, ag, e);
    if (got <= 0) return got;
    struct lead_view v = {.picture = &l->picture,
                          .profile = &l->profile,
                          .before = before,
                          .after = after,
                          .event = ev,
                          .reading = read ? reading : NULL,
                          .zone = lead_zone(f, l),
                          .now_us = now_us};
    struct alert_rules rules = prefs_alerts(&ag->prefs);
    insight_propose(&v, &rules, a, in);
    insight_fuse(in, a);
    struct open_alert open[OPEN_MAX];
    size_t n_open = 0;
    struct agent_view av;
    if (open_alerts(db, l, a, open, &n_open, e) ||
        agent_circumstances(db, l->tenant, ag, now_us, in->n > 0, &av, e))
        return -1;
    bool can = may_message(f, l);
    decide(in, &v, &av, open, n_open, can, a, plan);
    if (plan->n == 0) return 0;
    struct applying p = {.f = f,
                         .db = db,
                         .l = l,
                         .ev = ev,
                         .reading = v.reading,
                         .score = after,
                         .agent = ag,
                         .decision = chance_id(&f->chance, now_us),
                         .now_us = now_us,
                         .a = a,
                         .notes = notes};
    if (put_decision(&p, plan, in, &v, &av, open, n_open, can, e)) return -1;
    for (size_t i = 0; i < plan->n; i++)
        if (apply(&p, &plan->effect[i], e)) return -1;
    return 0;
}

struct lapse {
    struct tenant_id tenant;
    struct id id, agent;
    bool snoozed;
};

static int lapse_alerts(struct db *db, int64_t now_us, size_t most, struct lapse *out, size_t *out_n,
                        struct err *e) {
    Q_CURSOR(alert_expired, cur);
    struct q_alert_expired_out row;
    size_t n = 0;
    int got;
    if (q_alert_expired_open(db, &(struct q_alert_expired_in){.now = now_us, .most = (int64_t)most}, &cur,
                             e) < 0)
        return -1;
    while (n < most && (got = q_alert_expired_next(&cur, &row, e)) != 0) {
        if (got < 0) return -1;
        out[n++] = (struct lapse){row.tenant, row.id, row.agent_id, str_is(row.status, "snoozed")};
    }
    *out_n = n;
    return 0;
}

static int lapse_approvals(struct db *db, int64_t now_us, size_t most, struct lapse *out, size_t *out_n,
                           struct err *e) {
    Q_CURSOR(approval_expired, cur);
    struct q_approval_expired_out row;
    size_t n = 0;
    int got;
    if (q_approval_expired_open(db, &(struct q_approval_expired_in){.now = now_us, .most = (int64_t)most},
                                &cur, e) < 0)
        return -1;
    while (n < most && (got = q_approval_expired_next(&cur, &row, e)) != 0) {
        if (got < 0) return -1;
        out[n++] = (struct lapse){.tenant = row.tenant, .id = row.id, .agent = row.agent_id};
    }
    *out_n = n;
    return 0;
}

/* What cannot be shown is not told; that must not keep the others from ending. */
static void tell_alert(const struct flow *f, struct db *db, const struct lapse *x, struct notes *notes) {
    const struct tenant *t;
    BUF_AUTO json;
    buf_init(&json, DATA_BYTES);
    note_changed(notes, x->tenant, x->agent);
    if (tenant_by_id(f, db, x->tenant, &t, NULL) == 0 && alert_json(f, db, t, x->id, NULL, &json, NULL) > 0)
        note_publish(notes, x->tenant, x->agent, "alert_changed", x->id, buf_str(&json));
}

static int set_status(struct db *db, const struct lapse *x, const char *was, const char *status,
                      int64_t now_us, struct err *e) {
    struct q_alert_set_status_in in = {
        .tenant = x->tenant, .id = x->id, .status = str_of(status), .was = str_of(was), .now = now_us};
    return q_alert_set_status(db, &in, NULL, e);
}

static int collect_woken(struct db *db, int64_t now_us, size_t most, struct lapse *out, size_t *out_n,
                         struct err *e) {
    Q_CURSOR(alert_woken, cur);
    struct q_alert_woken_out row;
    size_t n = 0;
    int got;
    if (q_alert_woken_open(db, &(struct q_alert_woken_in){.now = now_us, .most = (int64_t)most}, &cur, e) < 0)
        return -1;
    while (n < most && (got = q_alert_woken_next(&cur, &row, e)) != 0) {
        if (got < 0) return -1;
        out[n++] = (struct lapse){.tenant = row.tenant, .id = row.id, .agent = row.agent_id};
    }
    *out_n = n;
    return 0;
}

int plan_wake(const struct flow *f, struct db *db, int64_t now_us, size_t most, size_t *out_n,
              struct notes *notes, struct err *e) {
    struct lapse *list = ARENA_ARRAY(notes->arena, most, struct lapse);
    size_t n = 0;
    if (!list) return arena_check(notes->arena, "snoozed alerts", e);
    if (collect_woken(db, now_us, most, list, &n, e)) return -1;
    for (size_t i = 0; i < n; i++) {
        if (set_status(db, &list[i], "snoozed", "open", now_us, e)) return -1;
        tell_alert(f, db, &list[i], notes);
    }
    *out_n = n;
    return 0;
}

int plan_expire(const struct flow *f, struct db *db, int64_t now_us, size_t most, size_t *out_n,
                struct notes *notes, struct err *e) {
    struct lapse *list = ARENA_ARRAY(notes->arena, most, struct lapse);
    size_t n = 0, m = 0;
    if (!list) return arena_check(notes->arena, "expiry", e);
    if (lapse_alerts(db, now_us, most, list, &n, e)) return -1;
    for (size_t i = 0; i < n; i++) {
        if (set_status(db, &list[i], list[i].snoozed ? "snoozed" : "open", "expired", now_us, e)) return -1;
        tell_alert(f, db, &list[i], notes);
    }
    if (lapse_approvals(db, now_us, most, list, &m, e)) return -1;
    for (size_t i = 0; i < m; i++) {
        if (q_approval_decide(
                db,
                &(struct q_approval_decide_in){
                    .tenant = list[i].tenant, .id = list[i].id, .state = STR("expired"), .now = now_us},
                NULL, e))
            return -1;
        note_changed(notes, list[i].tenant, list[i].agent);
    }
    *out_n = n > m ? n : m;
    return 0;
}
