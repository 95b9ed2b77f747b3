/* What must hold, whatever went wrong. While it runs: of each delivery that is not a repeat. At the end: of
 * the database against what the world knows.
 *
 *   no accepted event lost      each acknowledged delivery's event is on a timeline
 *   none applied twice          once, and each lead's picture is what folding his timeline anew gives
 *   no message doubled          each key is delivered once
 *   no alert doubled            each event alerts once a kind
 *   one briefing a day          per agent, local date and channel; and none is owed at the end
 *   nobody written to who left  no message to a lead between his opt-out and his opt-in, as acknowledged
 *   nothing gets stuck          no dead letters, nothing pending that is due
 */
#include "sim/sim_impl.h"

#include "flow/lead.h"
#include "store/query.h"

enum { LEAD_MEMORY = 8 * 1024 * 1024, FEW = 200, PADDING_MIN = 70 };

/* ---- of each delivery ---- */

static int only_once(struct sim *s, struct id name, const char *what, struct err *e) {
    bool fresh;
    s->result->count[SIM_CHECKS]++;
    if (!sim_set_at(&s->once, name, &fresh)) return err_set(e, ERR_INTERNAL, "", "out of memory");
    return fresh ? 0 : sim_breach(s, e, "%s", what);
}

static struct id send_name(const struct outgoing *m, const char *kind, struct str part) {
    BUF_AUTO b;
    buf_init(&b, 4096);
    buf_z(&b, kind);
    buf_str_add(&b, m->channel);
    buf_add(&b, m->tenant.id.b, 16);
    buf_add(&b, m->agent.b, 16);
    buf_add(&b, m->lead.b, 16);
    return sim_name(buf_str(&b), part, 0);
}

int check_send(struct sim *s, const struct outgoing *m, size_t tenant, size_t lead, bool known_lead,
               struct err *e) {
    if (only_once(s, send_name(m, "key", id_bytes(&m->key)), "a message was delivered twice", e)) return -1;
    if (str_starts(m->purpose, STR("briefing")))
        return only_once(s, send_name(m, "briefing", m->for_date), "a day's briefing was delivered twice", e);
    if (str_starts(m->purpose, STR("alert"))) {
        BUF_AUTO b;
        buf_init(&b, 1024);
        buf_str_add(&b, m->purpose);
        buf_c(&b, ' ');
        buf_str_add(&b, m->cause);
        if (only_once(s, send_name(m, "alert", buf_str(&b)), "an event alerted twice", e)) return -1;
        return only_once(s, send_name(m, "subject", id_bytes(&m->subject)), "an alert was delivered twice",
                         e);
    }
    if (!m->to_lead || !known_lead) return 0;
    const struct sim_lead *l = &s->tenant[tenant].lead[lead];
    s->result->count[SIM_CHECKS]++;
    if (l->out_us && l->in_us <= l->out_us)
        return sim_breach(s, e, "a message went to a lead who had asked to be left alone");
    return 0;
}

/* ---- at the end ---- */

struct ending {
    struct sim *s;
    const struct tenant *tenant;
    size_t tenant_at;
    struct id after;
    size_t leads; /* looked at */
    bool more, thorough;
};

static int count_event(struct sim *s, struct str source_id, struct err *e) {
    struct id id;
    s->result->count[SIM_EVENTS]++;
    s->result->count[SIM_CHECKS]++;
    if (!id_parse(source_id, &id)) return sim_breach(s, e, "a timeline holds an event of unknown origin");
    uint32_t *times = sim_set_find(&s->accepted, id);
    if (!times) return 0; /* acknowledged never, stored all the same: allowed, the CRM will repeat it */
    if (++*times > 1) return sim_breach(s, e, "an event is on the timelines twice");
    return 0;
}

static int same_picture(struct ending *n, struct db *db, const struct id *id, struct arena *a,
                        struct err *e) {
    struct lead l;
    BUF_AUTO stored;
    BUF_AUTO folded;
    buf_init(&stored, PICTURE_MAX_BLOB);
    buf_init(&folded, PICTURE_MAX_BLOB);
    if (lead_open(&n->s->flow, db, n->tenant, *id, a, &l, e) <= 0) return -1;
    picture_write(&l.picture, &stored);
    if (lead_refold(&n->s->flow, db, &l, a, e)) return -1;
    picture_write(&l.picture, &folded);
    n->s->result->count[SIM_CHECKS]++;
    if (str_eq(buf_str(&stored), buf_str(&folded))) return 0;
    return sim_breach(n->s, e, "a lead's picture is not what his timeline gives");
}

static int end_lead(struct ending *n, struct db *db, const struct id *id, struct err *e) {
    ARENA_AUTO a;
    arena_init(&a, LEAD_MEMORY);
    Q_CURSOR(event_fold, cur);
    struct q_event_fold_out row;
    int got;
    if (q_event_fold_open(db, &(struct q_event_fold_in){.tenant = n->tenant->id, .lead_id = *id}, &cur, e) <
        0)
        return -1;
    while ((got = q_event_fold_next(&cur, &row, e)) > 0)
        if (count_event(n->s, row.source_id, e)) return -1;
    if (got < 0) return -1;
    q_event_fold_close(&cur);
    return n->thorough ? same_picture(n, db, id, &a, e) : 0;
}

enum { LEADS_AT_ONCE = 64 };

static int end_leads(struct db *db, void *ctx, struct err *e) {
    struct ending *n = ctx;
    struct id list[LEADS_AT_ONCE];
    size_t k = 0;
    Q_CURSOR(lead_keys, cur);
    struct q_lead_keys_out row;
    struct q_lead_keys_in in = {.tenant = n->tenant->id, .after_id = n->after, .most = LEADS_AT_ONCE};
    int got;
    if (q_lead_keys_open(db, &in, &cur, e) < 0) return -1;
    while (k < LEADS_AT_ONCE && (got = q_lead_keys_next(&cur, &row, e)) != 0) {
        if (got < 0) return -1;
        list[k++] = row.id;
    }
    q_lead_keys_close(&cur);
    for (size_t i = 0; i < k; i++) {
        n->thorough = n->leads++ < FEW;
        if (end_lead(n, db, &list[i], e)) return -1;
    }
    n->more = k == LEADS_AT_ONCE;
    if (k) n->after = list[k - 1];
    return 0;
}

static bool was_up(const struct sim *s, int64_t from_us, int64_t to_us) {
    for (size_t i = 0; i < s->n_downs; i++) {
        if (s->downs[i].to_us <= from_us) continue;
        if (s->downs[i].from_us > from_us + US_SECOND) return true;
        from_us = s->downs[i].to_us;
        if (from_us >= to_us) return false;
    }
    return from_us < to_us;
}

/* Each day whose hour for the briefing lies well within the run, and whose server was up at some time
 * after it. */
static int owes_briefing(struct ending *n, struct db *db, size_t i, struct err *e) {
    struct sim *s = n->s;
    const struct sim_agent *ag = &s->tenant[n->tenant_at].agent[i];
    const struct zone *z =
        zones_find(s->flow.zones, str_of(world_tenant(s->world, n->tenant_at)->agent[i].zone));
    if (!ag->briefed || !z) return 0;
    for (int64_t day = s->from_us + US_DAY; day + US_DAY < s->to_us; day += US_DAY) {
        struct date d = zone_date(z, day);
        int64_t pad = PADDING_MIN * US_MINUTE;
        int64_t due = zone_instant(
            z, (struct civil){.date = d, .hour = ag->minute / 60, .minute = ag->minute % 60}, NULL);
        int64_t end = zone_instant(z, (struct civil){.date = date_add(d, 1)}, NULL);
        if (due - pad < s->from_us || !was_up(s, due + pad, end - pad)) continue;
        ARENA_AUTO a;
        BUF_AUTO date;
        arena_init(&a, LEAD_MEMORY);
        buf_init(&date, 16);
        date_add_text(&date, d);
        struct q_report_get_out row;
        struct q_report_get_in in = {
            .tenant = n->tenant->id, .agent_id = ag->id, .type = STR("briefing"), .for_date = buf_str(&date)};
        int got = q_report_get(db, &in, &a, &row, e);
        if (got < 0) return -1;
        s->result->count[SIM_CHECKS]++;
        if (got == 0) return sim_breach(s, e, "no briefing for an agent on %s", date.p);
    }
    return 0;
}

static int end_briefings(struct db *db, void *ctx, struct err *e) {
    struct ending *n = ctx;
    for (size_t i = 0; i < n->s->agents; i++)
        if (owes_briefing(n, db, i, e)) return -1;
    return 0;
}

static int end_queues(struct db *db, void *ctx, struct err *e) {
    struct sim *s = ctx;
    struct q_inbox_stats_out inbox;
    if (q_inbox_stats(db, &inbox, e) < 0) return -1;
    s->result->count[SIM_CHECKS] += 2;
    if (inbox.dead) return sim_breach(s, e, "%lld deliveries became dead letters", (long long)inbox.dead);
    if (inbox.pending)
        return sim_breach(s, e, "%lld deliveries were never handled", (long long)inbox.pending);
    return 0;
}

static int none_lost(struct sim *s, struct err *e) {
    for (size_t i = 0; i < s->accepted.cap; i++) {
        const struct sim_slot *slot = &s->accepted.slot[i];
        if (!id_given(slot->id)) continue;
        s->result->count[SIM_CHECKS]++;
        if (slot->value == 0) {
            char text[ID_TEXT + 1];
            id_text(slot->id, text);
            return sim_breach(s, e, "the accepted event %s is on no timeline", text);
        }
    }
    return 0;
}

int check_end(struct sim *s, struct err *e) {
    if (store_read(s->flow.store, end_queues, s, e)) return -1;
    for (size_t i = 0; i < (size_t)s->o->tenants; i++) {
        struct ending n = {.s = s, .tenant_at = i, .more = true};
        if (tenant_by_id(&s->flow, NULL, s->tenant[i].tenant, &n.tenant, e)) return -1;
        while (n.more)
            if (store_read(s->flow.store, end_leads, &n, e)) return -1;
        if (store_read(s->flow.store, end_briefings, &n, e)) return -1;
    }
    return none_lost(s, e);
}
