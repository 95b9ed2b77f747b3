/* Outbox and delivery. See outbox.h.
 *
 * Three steps. Claim: in one transaction, due rows are leased under this process's fence, or refused by the
 * gate, or found expired. Send: outside any transaction, each with its receipt. Settle: in one transaction
 * per outcome, guarded by the fence, so that a holder that came back from the dead settles nothing. A crash
 * between claim and settle leaves a lease, which outbox_recover() ends. */
#include "flow/outbox.h"

#include "flow/zones.h"
#include "store/query.h"

#include <assert.h>

enum { CONTENT_BYTES = 256 * 1024, CLAIM_MEMORY = 32 * 1024 * 1024 };

const char *outbox_state_name(int64_t state) {
    static const char *const names[] = {"pending", "pending", "delivered", "refused",
                                        "failed",  "unknown", "expired"};
    return state >= 0 && state < (int64_t)(sizeof names / sizeof *names) ? names[state] : "unknown";
}

int outbox_put(const struct flow *f, struct db *db, const struct tenant *t, const struct lead *l,
               const struct outbox_message *m, int64_t now_us, struct id *out_id, struct err *e) {
    struct id id = chance_id(&f->chance, now_us);
    BUF_AUTO sealed;
    buf_init(&sealed, CONTENT_BYTES);
    int rc = l ? lead_seal(f, l, "outbox.content", id, m->content, &sealed, e)
               : tenant_seal(f, t, "outbox.content", id, m->content, &sealed, e);
    if (rc) return -1;
    struct q_outbox_put_in in = {.tenant = t->id,
                                 .id = id,
                                 .person = m->to_lead ? STR("lead") : STR("agent"),
                                 .agent_id = m->agent,
                                 .lead_id = l ? l->id : (struct id){{0}},
                                 .channel = str_of(m->channel),
                                 .purpose = m->purpose,
                                 .cause = m->cause,
                                 .subject_id = m->subject,
                                 .for_date = m->for_date,
                                 .now = now_us,
                                 .due_at = m->due_us,
                                 .expires_at = m->expires_us,
                                 .content = buf_str(&sealed)};
    if (q_outbox_put(db, &in, NULL, e)) return -1;
    if (out_id) *out_id = id;
    return 0;
}

struct claim {
    struct outgoing m;
    struct gate_receipt receipt;
    const struct outlet *channel;
    int64_t created_us;
};
struct claims {
    const struct flow *f;
    int64_t now_us;
    struct arena arena;
    size_t seen, n;
    struct claim claim[OUTBOX_BATCH];
    struct arena told; /* the notes' own: it is told of many, and keeps nothing of a message */
    struct notes notes;
};

static int unseal_content(const struct flow *f, struct db *db, const struct q_outbox_due_out *row,
                          struct arena *a, struct claim *c, struct lead *out_lead, bool *out_has_lead,
                          struct err *e) {
    const struct tenant *t;
    if (tenant_by_id(f, db, row->tenant, &t, e)) return -1;
    BUF_AUTO plain;
    buf_init(&plain, CONTENT_BYTES);
    *out_has_lead = id_given(row->lead_id);
    if (*out_has_lead) {
        int got = lead_open(f, db, t, row->lead_id, a, out_lead, e);
        if (got == 0) return err_set(e, ERR_NOT_FOUND, "", "the lead is gone");
        if (got < 0 || lead_unseal(out_lead, "outbox.content", row->id, row->content, &plain, e)) return -1;
    } else if (tenant_unseal(t, "outbox.content", row->id, row->content, &plain, e)) {
        return -1;
    }
    c->m.content = arena_str(a, buf_str(&plain));
    return 0;
}

static int end_row(struct db *db, const struct q_outbox_due_out *row, int state, const char *why,
                   int64_t now_us, struct err *e) {
    struct q_outbox_end_in in = {
        .tenant = row->tenant, .id = row->id, .state = state, .why = str_of(why), .now = now_us};
    return q_outbox_end(db, &in, NULL, e);
}

static void fill(struct arena *a, const struct q_outbox_due_out *row, struct claim *c) {
    c->created_us = row->created_at;
    c->m = (struct outgoing){.tenant = row->tenant,
                             .key = row->id,
                             .to_lead = str_is(row->person, "lead"),
                             .agent = row->agent_id,
                             .lead = row->lead_id,
                             .channel = arena_str(a, row->channel),
                             .purpose = arena_str(a, row->purpose),
                             .cause = arena_str(a, row->cause),
                             .for_date = arena_str(a, row->for_date),
                             .subject = row->subject_id,
                             .due_us = row->due_at,
                             .created_us = row->created_at,
                             .attempt = (int)row->tries + 1};
}

/* What the gate must judge: the channel that reaches the person. A way out that only shows messages is none itself;
 * the message says what it stands in for. */
static enum channel reaching(const struct outgoing *m, struct arena *a) {
    enum channel kind = CHANNEL_NONE;
    const struct jnode *o;
    struct str name = STR_NONE;
    if (channel_parse(m->channel, &kind) || !m->to_lead) return kind;
    if (json_parse(a, m->content, CONTENT_BYTES, &o, NULL) == 0)
        json_str(o, "channel", STR_NONE, &name, NULL);
    if (name.n) channel_parse(name, &kind);
    return kind;
}

/* An alert that waited for the end of quiet hours may have been seen and closed on the page meanwhile. */
static int still_open(struct db *db, const struct outgoing *m, struct arena *a, bool *out, struct err *e) {
    struct q_alert_status_out row;
    *out = true;
    if (m->to_lead || !id_given(m->subject) || !str_starts(m->purpose, STR("alert"))) return 0;
    int got =
        q_alert_status(db, &(struct q_alert_status_in){.tenant = m->tenant, .id = m->subject}, a, &row, e);
    if (got > 0) *out = str_is(row.status, "open");
    return got < 0 ? -1 : 0;
}

/* 1: claimed; 0: ended here; -1. */
static int consider(struct claims *k, struct db *db, const struct q_outbox_due_out *row, struct claim *c,
                    struct err *e) {
    const struct flow *f = k->f;
    fill(&k->arena, row, c);
    c->channel = flow_outlet(f, row->channel);
    if (row->expires_at <= k->now_us)
        return end_row(db, row, OUTBOX_EXPIRED, "too late to be of use", k->now_us, e);
    if (!c->channel) return end_row(db, row, OUTBOX_FAILED, "this channel is not set up", k->now_us, e);
    bool has_lead, open;
    if (still_open(db, &c->m, &k->arena, &open, e)) return -1;
    if (!open) return end_row(db, row, OUTBOX_EXPIRED, "the alert was closed meanwhile", k->now_us, e);
    struct lead *l = ARENA_NEW(&k->arena, struct lead);
    if (!l) return arena_check(&k->arena, "outbox", e);
    if (unseal_content(f, db, row, &k->arena, c, l, &has_lead, e)) return -1;
    struct gate_message g = {.to_lead = c->m.to_lead,
                             .channel = reaching(&c->m, &k->arena),
                             .due_us = row->due_at,
                             .expires_us = row->expires_at,
                             .outbox = row->id};
    const char *why = NULL;
    if (gate_check(&g, g.to_lead && has_lead ? &l->picture : NULL, g.to_lead && has_lead ? &l->profile : NULL,
                   k->now_us, &c->receipt, &why) == GATE_REFUSE) {
        metric_add(f->metrics, M_SENDS_REFUSED, 1);
        return end_row(db, row, OUTBOX_REFUSED, why, k->now_us, e);
    }
    struct q_outbox_lease_in in = {
        .tenant = row->tenant, .id = row->id, .lease_until = k->now_us + OUTBOX_LEASE_US, .fence = f->fence};
    int64_t changed;
    if (q_outbox_lease(db, &in, &changed, e)) return -1;
    return changed > 0;
}

static int collect(struct claims *k, struct db *db, struct q_outbox_due_out *rows, size_t *out_n,
                   struct err *e) {
    Q_CURSOR(outbox_due, cur);
    struct q_outbox_due_out row;
    size_t n = 0;
    int got;
    if (q_outbox_due_open(db, &(struct q_outbox_due_in){.now = k->now_us, .most = OUTBOX_BATCH}, &cur, e) < 0)
        return -1;
    while (n < OUTBOX_BATCH && (got = q_outbox_due_next(&cur, &row, e)) != 0) {
        if (got < 0) return -1;
        row.person = arena_str(&k->arena, row.person);
        row.channel = arena_str(&k->arena, row.channel);
        row.purpose = arena_str(&k->arena, row.purpose);
        row.cause = arena_str(&k->arena, row.cause);
        row.for_date = arena_str(&k->arena, row.for_date);
        row.content = arena_str(&k->arena, row.content);
        rows[n++] = row;
    }
    *out_n = n;
    return 0;
}

/* Ended without having been sent: lists that show it as waiting are out of date. */
static void ended(struct claims *k, const struct q_outbox_due_out *row) {
    if (id_given(row->agent_id)) note_changed(&k->notes, row->tenant, row->agent_id);
}

static int claim_work(struct db *db, void *ctx, struct err *e) {
    struct claims *k = ctx;
    struct q_outbox_due_out rows[OUTBOX_BATCH];
    k->n = 0;
    if (collect(k, db, rows, &k->seen, e)) return -1;
    for (size_t i = 0; i < k->seen; i++) {
        struct err why = {0};
        if (db_mark(db, e)) return -1;
        int got = consider(k, db, &rows[i], &k->claim[k->n], &why);
        if (got >= 0) {
            if (db_keep(db, e)) return -1;
            k->n += (size_t)got;
            if (got == 0) ended(k, &rows[i]);
            continue;
        }
        if (db_undo(db, e)) return -1;
        if (why.kind == ERR_UNAVAILABLE) {
            if (e) *e = why;
            return -1;
        }
        if (end_row(db, &rows[i], OUTBOX_FAILED, why.msg, k->now_us, e)) return -1;
        ended(k, &rows[i]);
    }
    return 0;
}

/* One outcome on its way back into the database. Owns itself. */
struct settle {
    struct store_job job;
    const struct flow *f;
    struct tenant_id tenant;
    struct id key, subject, agent;
    int attempt;
    bool alert, briefing, idempotent;
    int64_t created_us;
    struct send_result result;
};

/* May it be tried again? What got lost on the way only by a channel that knows the key. */
static bool again(const struct settle *s) {
    if (s->attempt >= OUTBOX_TRIES) return false;
    return s->result.outcome == SEND_RETRY || (s->result.outcome == SEND_UNKNOWN && s->idempotent);
}

/* 2 s, 8 s, 32 s, ... at most an hour, with up to a quarter of jitter so that what failed together does not
 * come back together. */
static int64_t back_off(const struct flow *f, int attempt, int64_t asked_us) {
    int64_t base = attempt < 7 ? (2 * US_SECOND) << (2 * (attempt - 1)) : US_HOUR;
    if (base > US_HOUR) base = US_HOUR;
    if (asked_us > base) base = asked_us;
    uint32_t r;
    chance_fill(&f->chance, &r, sizeof r);
    return base + (int64_t)((double)base * 0.25 * (double)r / 4294967296.0);
}

static void verdict(const struct settle *s, int64_t now_us, int64_t *out_state, int64_t *out_due_us,
                    const char **out_word) {
    *out_due_us = now_us;
    *out_state = OUTBOX_FAILED;
    *out_word = "failed";
    switch (s->result.outcome) {
    case SEND_ACCEPTED: *out_state = OUTBOX_DELIVERED, *out_word = "accepted"; return;
    case SEND_REJECTED: *out_state = OUTBOX_FAILED, *out_word = "rejected"; return;
    case SEND_UNKNOWN: *out_state = OUTBOX_UNKNOWN, *out_word = "unknown"; break;
    case SEND_RETRY: break;
    }
    if (!again(s)) return;
    *out_state = OUTBOX_PENDING;
    *out_due_us = now_us + back_off(s->f, s->attempt, s->result.retry_after_us);
}

static int settle_work(struct db *db, void *ctx, struct err *e) {
    struct settle *s = ctx;
    int64_t now_us = clock_now(&s->f->clock), state, due_us;
    const char *word;
    verdict(s, now_us, &state, &due_us, &word);
    struct str detail = s->result.detail[0] ? str_of(s->result.detail) : STR_NONE;
    struct q_outbox_settle_in in = {.tenant = s->tenant,
                                    .id = s->key,
                                    .fence = s->f->fence,
                                    .attempt = s->attempt,
                                    .state = state,
                                    .due_at = due_us,
                                    .why = detail,
                                    .now = now_us};
    int64_t changed;
    if (q_outbox_settle(db, &in, &changed, e)) return -1;
    if (changed == 0) return 0;
    if (q_delivery_add(db,
                       &(struct q_delivery_add_in){.tenant = s->tenant,
                                                   .outbox_id = s->key,
                                                   .attempt = s->attempt,
                                                   .at = now_us,
                                                   .outcome = str_of(word),
                                                   .detail = detail},
                       NULL, e))
        return -1;
    if (state != OUTBOX_DELIVERED || !id_given(s->subject)) return 0;
    if (s->alert)
        return q_alert_delivered(
            db, &(struct q_alert_delivered_in){.tenant = s->tenant, .id = s->subject, .now = now_us}, NULL,
            e);
    if (s->briefing)
        return q_report_delivered(
            db, &(struct q_report_delivered_in){.tenant = s->tenant, .id = s->subject, .now = now_us}, NULL,
            e);
    return 0;
}

static void settle_done(void *ctx, const struct err *failed) {
    struct settle *s = ctx;
    const struct flow *f = s->f;
    if (!failed && f->live.changed && id_given(s->agent)) f->live.changed(f->live.ctx, s->tenant, s->agent);
    free(s); /* when it failed the lease runs out and outbox_recover() decides */
}

static void count(const struct flow *f, const struct settle *s) {
    switch (s->result.outcome) {
    case SEND_ACCEPTED:
        metric_add(f->metrics, M_SENDS, 1);
        if (s->alert) {
            metric_add(f->metrics, M_ALERTS, 1);
            metric_observe(f->metrics, M_ALERT_SECONDS, clock_now(&f->clock) - s->created_us);
        }
        if (s->briefing) metric_add(f->metrics, M_BRIEFINGS, 1);
        return;
    case SEND_REJECTED: metric_add(f->metrics, M_SENDS_FAILED, 1); return;
    case SEND_UNKNOWN:
        if (!again(s)) metric_add(f->metrics, M_SENDS_UNKNOWN, 1);
        return;
    case SEND_RETRY: return;
    }
}

static void sent(void *ctx, const struct send_result *r) {
    struct settle *s = ctx;
    s->result = *r;
    count(s->f, s);
    s->job = (struct store_job){.run = settle_work, .done = settle_done, .ctx = s};
    store_submit(s->f->store, &s->job);
}

static void hand_over(const struct flow *f, const struct claim *c) {
    struct settle *s = calloc(1, sizeof *s);
    if (!s) return;                                   /* the lease runs out */
    bool on_page = str_is(c->m.channel, "dashboard"); /* counted once, whatever else rings */
    *s = (struct settle){.f = f,
                         .tenant = c->m.tenant,
                         .key = c->m.key,
                         .subject = c->m.subject,
                         .agent = c->m.agent,
                         .attempt = c->m.attempt,
                         .idempotent = c->channel->idempotent,
                         .alert = on_page && str_starts(c->m.purpose, STR("alert")),
                         .briefing = on_page && str_starts(c->m.purpose, STR("briefing")),
                         .created_us = c->created_us};
    assert(gate_receipt_valid(&c->receipt, c->m.key));
    c->channel->send(c->channel->ctx, &c->m, &c->receipt, sent, s);
}

int outbox_deliver(const struct flow *f, size_t *out_claimed, struct err *e) {
    struct claims *k = calloc(1, sizeof *k);
    if (!k) return err_set(e, ERR_INTERNAL, "", "out of memory");
    k->f = f;
    k->now_us = clock_now(&f->clock);
    arena_init(&k->arena, CLAIM_MEMORY);
    arena_init(&k->told, 64 * 1024);
    notes_init(&k->notes, &k->told);
    int rc = store_write(f->store, claim_work, k, e);
    if (rc == 0) {
        notes_tell(f, &k->notes);
        for (size_t i = 0; i < k->n; i++) hand_over(f, &k->claim[i]);
        *out_claimed = k->seen;
    }
    arena_done(&k->told);
    arena_done(&k->arena);
    free(k);
    return rc;
}

static int recover_row(const struct flow *f, struct db *db, const struct q_outbox_abandoned_out *row,
                       int64_t now_us, struct err *e) {
    const struct outlet *c = flow_outlet(f, row->channel);
    bool again = c && c->idempotent && row->tries < OUTBOX_TRIES;
    struct q_outbox_settle_in in = {.tenant = row->tenant,
                                    .id = row->id,
                                    .fence = row->fence,
                                    .attempt = row->tries,
                                    .state = again ? OUTBOX_PENDING : OUTBOX_UNKNOWN,
                                    .due_at = now_us,
                                    .why = again ? STR_NONE : STR("interrupted while it was being sent"),
                                    .now = now_us};
    if (!again) metric_add(f->metrics, M_SENDS_UNKNOWN, 1);
    return q_outbox_settle(db, &in, NULL, e);
}

struct recovery {
    const struct flow *f;
    struct arena arena;
    struct notes notes;
};

static int recover_work(struct db *db, void *ctx, struct err *e) {
    struct recovery *r = ctx;
    const struct flow *f = r->f;
    int64_t now_us = clock_now(&f->clock);
    for (;;) {
        struct q_outbox_abandoned_out rows[OUTBOX_BATCH];
        size_t n = 0;
        Q_CURSOR(outbox_abandoned, cur);
        int got;
        if (q_outbox_abandoned_open(
                db, &(struct q_outbox_abandoned_in){.now = now_us, .fence = f->fence, .most = OUTBOX_BATCH},
                &cur, e) < 0)
            return -1;
        ARENA_AUTO a;
        arena_init(&a, 256 * 1024);
        while (n < OUTBOX_BATCH && (got = q_outbox_abandoned_next(&cur, &rows[n], e)) != 0) {
            if (got < 0) return -1;
            rows[n].channel = arena_str(&a, rows[n].channel);
            n++;
        }
        q_outbox_abandoned_close(&cur);
        for (size_t i = 0; i < n; i++) {
            if (recover_row(f, db, &rows[i], now_us, e)) return -1;
            note_changed(&r->notes, rows[i].tenant, (struct id){{0}});
        }
        if (n < OUTBOX_BATCH) return 0;
    }
}

int outbox_recover(const struct flow *f, struct err *e) {
    struct recovery r = {.f = f};
    arena_init(&r.arena, 64 * 1024);
    notes_init(&r.notes, &r.arena);
    int rc = store_write(f->store, recover_work, &r, e);
    if (rc == 0) notes_tell(f, &r.notes);
    arena_done(&r.arena);
    return rc;
}
