/* The pipeline: inbox rows in order of arrival, each in its own nested transaction. See pipeline.h.
 *
 * Everything an event leads to is written together or not at all: timeline, picture, score, decision, alerts,
 * outbox, and the inbox row's end. So a crash at any point leaves the row pending and nothing else. The
 * engine's share of the work is pure and takes microseconds, which is why it may run inside the writer's
 * transaction. */
#include "flow/pipeline.h"

#include "flow/decode.h"
#include "flow/plan.h"
#include "store/query.h"

#include <assert.h>

enum { ROW_MEMORY = 8 * 1024 * 1024, NOTES_MEMORY = 4 * 1024 * 1024, CLOCK_AHEAD_MAX_S = 600 };

void pipeline_run_init(struct pipeline_run *r, const struct flow *f, size_t most) {
    *r = (struct pipeline_run){.flow = f, .most = most ? most : PIPELINE_BATCH};
    arena_init(&r->arena, NOTES_MEMORY);
    notes_init(&r->notes, &r->arena);
}

void pipeline_run_done(struct pipeline_run *r) {
    arena_done(&r->arena);
}

struct row { /* copied out of the cursor */
    int64_t seq, received_us, tries;
    struct tenant_id tenant;
    struct str source, external_id, kind, body;
};

static int decode(struct arena *a, const struct row *row, struct str body, struct decoded *out,
                  struct err *e) {
    if (str_is(row->source, "ghl")) return decode_ghl(a, row->kind, body, row->received_us, out, e);
    if (str_is(row->source, "workflow")) return decode_workflow(a, body, row->received_us, out, e);
    return decode_api(a, body, row->received_us, out, e);
}

/* A source's clock may run ahead; an event is never in our future by more than the tolerance. */
static int64_t sane_time(int64_t at_us, int64_t received_us) {
    return at_us <= 0 || at_us > received_us + CLOCK_AHEAD_MAX_S * US_SECOND ? received_us : at_us;
}

static void rescore(const struct flow *f, struct lead *l, const struct prefs *prefs, int64_t now_us,
                    struct score *out) {
    struct score_settings settings = prefs_score(prefs);
    score_lead(&l->picture, &settings, lead_zone(f, l), now_us, out);
    l->likelihood = out->likelihood;
    l->intent = out->intent;
    l->confidence = out->confidence;
    l->scored_us = now_us;
}

struct step {
    const struct flow *f;
    struct db *db;
    const struct tenant *tenant;
    int64_t now_us;
    struct arena *a;
    struct notes *notes;
};

/* A lead belongs to one agent at a time, and with him what is open about him: the old one is no longer told, the new
 * one finds it. */
static int hand_over(const struct step *s, const struct lead *l, struct id had, struct err *e) {
    struct tenant_id t = s->tenant->id;
    if (!id_given(had) || id_eq(had, l->agent)) return 0;
    struct q_alert_hand_over_in alerts = {.tenant = t, .lead_id = l->id, .agent_id = l->agent};
    struct q_approval_hand_over_in questions = {.tenant = t, .lead_id = l->id, .agent_id = l->agent};
    struct q_outbox_hand_over_in messages = {.tenant = t, .lead_id = l->id, .agent_id = l->agent};
    note_changed(s->notes, t, had);
    return q_alert_hand_over(s->db, &alerts, NULL, e) || q_approval_hand_over(s->db, &questions, NULL, e) ||
                   q_outbox_hand_over(s->db, &messages, NULL, e)
               ? -1
               : 0;
}

static int one_event(const struct step *s, struct lead *l, const struct prefs *prefs, struct event *ev,
                     struct err *e) {
    struct score_settings settings = prefs_score(prefs);
    struct score before, after;
    score_lead(&l->picture, &settings, lead_zone(s->f, l), s->now_us, &before);
    struct reading reading;
    bool read = false;
    int added = lead_add_event(s->f, s->db, l, ev, s->a, &reading, &read, e);
    if (added <= 0) return added;
    struct id had = l->agent;
    if (agent_for_lead(s->db, s->tenant, profile_get(&l->profile, CF_ASSIGNED_TO), had, &l->agent, e) ||
        hand_over(s, l, had, e))
        return -1;
    rescore(s->f, l, prefs, s->now_us, &after);
    if (plan_after_event(s->f, s->db, l, ev, &reading, read, &before, &after, s->now_us, s->a, s->notes, e))
        return -1;
    note_changed(s->notes, s->tenant->id, l->agent);
    return 1;
}

static void tell_lead(const struct step *s, const struct lead *l) {
    BUF_AUTO b;
    buf_init(&b, 1024);
    struct jw w = jw_on(&b);
    char id[ID_TEXT + 1];
    id_text(l->id, id);
    jw_object(&w);
    jw_kz(&w, "lead_id", id);
    jw_kreal(&w, "likelihood", l->likelihood);
    jw_kz(&w, "intent", intent_name((enum intent)l->intent));
    jw_ktime(&w, "last_event_at", l->last_event_us);
    jw_end(&w);
    note_publish(s->notes, s->tenant->id, l->agent, "lead", l->id, buf_str(&b));
}

static int handle(const struct step *s, const struct row *row, struct str body, struct err *e) {
    struct decoded d = {0};
    if (decode(s->a, row, body, &d, e)) return -1;
    if (d.n == 0) return 0;
    struct lead l;
    if (lead_find_or_make(s->f, s->db, s->tenant, &d.lead, s->now_us, s->a, &l, e)) return -1;
    struct prefs prefs; /* weights belong to the team: no agent needed */
    if (prefs_load(s->db, s->tenant->id, (struct id){0}, &prefs, e)) return -1;
    int added = 0;
    for (size_t i = 0; i < d.n; i++) {
        struct event *ev = &d.event[i];
        ev->received_us = row->received_us;
        ev->at_us = sane_time(ev->at_us, row->received_us);
        ev->source = row->source;
        ev->source_id = row->external_id;
        ev->id = event_id_of(ev->at_us, ev->source, ev->source_id, (int)i);
        int rc = one_event(s, &l, &prefs, ev, e);
        if (rc < 0) return -1;
        added += rc;
    }
    if (added == 0) return 0;
    if (lead_store(s->f, s->db, &l, e)) return -1;
    tell_lead(s, &l);
    return 0;
}

static int open_body(const struct tenant *t, const struct row *row, struct buf *out, struct err *e) {
    return tenant_unseal(t, "inbox.body", event_id_of(0, row->source, row->external_id, 0), row->body, out,
                         e);
}

static int try_row(const struct flow *f, struct db *db, const struct row *row, int64_t now_us,
                   struct notes *notes, struct err *e) {
    ARENA_AUTO a;
    arena_init(&a, ROW_MEMORY);
    const struct tenant *t;
    if (tenant_by_id(f, db, row->tenant, &t, e)) return -1;
    BUF_AUTO body;
    buf_init(&body, WEBHOOK_MAX_BYTES);
    if (open_body(t, row, &body, e)) return -1;
    struct step s = {f, db, t, now_us, &a, notes};
    if (handle(&s, row, buf_str(&body), e)) return -1;
    if (arena_check(&a, "event", e)) return -1;
    return q_inbox_settle(db, &(struct q_inbox_settle_in){.tenant = row->tenant, .seq = row->seq, .state = 1},
                          NULL, e);
}

/* Pauses of 1 s, 4 s, 16 s, ...: what is broken for the moment heals, what is broken for good is given up in
 * about half an hour. */
static int give_back(const struct flow *f, struct db *db, const struct row *row, int64_t now_us,
                     const struct err *why, struct err *e) {
    bool hopeless = why->kind == ERR_SYNTAX || why->kind == ERR_INVALID || why->kind == ERR_TOO_LARGE ||
                    why->kind == ERR_NOT_FOUND;
    bool dead = hopeless || row->tries + 1 >= INBOX_TRIES;
    metric_add(f->metrics, dead ? M_INBOX_DEAD : M_INBOX_RETRIES, 1);
    char text[400];
    snprintf(text, sizeof text, "%s: %s%s%s", err_slug(why->kind), why->where, why->where[0] ? ": " : "",
             why->msg);
    int64_t pause = US_SECOND << (2 * row->tries);
    return q_inbox_fail(db,
                        &(struct q_inbox_fail_in){.tenant = row->tenant,
                                                  .seq = row->seq,
                                                  .state = dead ? 3 : 0,
                                                  .next_at = now_us + pause,
                                                  .error = str_of(text)},
                        NULL, e);
}

static int do_row(const struct flow *f, struct db *db, const struct row *row, int64_t now_us,
                  struct notes *notes, struct err *e) {
    struct note **mark = notes->last;
    struct err why = {0};
    if (db_mark(db, e)) return -1;
    if (try_row(f, db, row, now_us, notes, &why) == 0) return db_keep(db, e);
    *mark = NULL; /* what the undone work wanted to tell did not happen */
    notes->last = mark;
    if (db_undo(db, e)) return -1;
    if (why.kind == ERR_UNAVAILABLE) { /* the database, not the row: leave the row as it was */
        if (e) *e = why;
        return -1;
    }
    return give_back(f, db, row, now_us, &why, e);
}

static int collect(struct db *db, struct arena *a, int64_t now_us, size_t most, struct row *out,
                   size_t *out_n, struct err *e) {
    Q_CURSOR(inbox_pending, cur);
    struct q_inbox_pending_out row;
    struct q_inbox_pending_in in = {.now = now_us, .after = 0, .most = (int64_t)most};
    size_t n = 0;
    int got;
    if (q_inbox_pending_open(db, &in, &cur, e) < 0) return -1;
    while (n < most && (got = q_inbox_pending_next(&cur, &row, e)) != 0) {
        if (got < 0) return -1;
        out[n++] = (struct row){.seq = row.seq,
                                .received_us = row.received_at,
                                .tries = row.tries,
                                .tenant = row.tenant,
                                .source = arena_str(a, row.source),
                                .external_id = arena_str(a, row.external_id),
                                .kind = arena_str(a, row.kind),
                                .body = arena_str(a, row.body)};
        if (!arena_ok(a)) { /* the rest waits for the next run */
            n--;
            break;
        }
    }
    *out_n = n;
    return 0;
}

int pipeline_work(struct db *db, void *run, struct err *e) {
    struct pipeline_run *r = run;
    const struct flow *f = r->flow;
    int64_t now_us = clock_now(&f->clock);
    struct row rows[PIPELINE_BATCH];
    ARENA_AUTO a;
    arena_init(&a, 64 * 1024 * 1024);
    size_t n;
    assert(r->most <= PIPELINE_BATCH);
    if (collect(db, &a, now_us, r->most, rows, &n, e)) return -1;
    for (size_t i = 0; i < n; i++) {
        int64_t begun = clock_mono(&f->clock);
        if (do_row(f, db, &rows[i], now_us, &r->notes, e)) return -1;
        metric_observe(f->metrics, M_DECIDE_SECONDS, clock_mono(&f->clock) - begun);
    }
    r->handled = n;
    return 0;
}

int pipeline_drain_some(const struct flow *f, size_t most, size_t *out_handled, struct err *e) {
    struct pipeline_run r;
    pipeline_run_init(&r, f, most);
    int rc = store_write(f->store, pipeline_work, &r, e);
    if (rc == 0) {
        notes_tell(f, &r.notes);
        *out_handled = r.handled;
    }
    pipeline_run_done(&r);
    return rc;
}

int pipeline_drain(const struct flow *f, size_t *out_handled, struct err *e) {
    return pipeline_drain_some(f, 0, out_handled, e);
}
