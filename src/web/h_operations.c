/* Running the server: what was given up and how to try it again, whether all is well, health, metrics, documents.
 *
 * A dead letter is an inbox row whose handling failed for good ("inbox:17"), or a message on its way out that failed or whose
 * outcome is unknown ("outbox:<id>"). The list gives the inbox first, then the outbox, each oldest first. A message of unknown
 * outcome is not sent again: it may have arrived. (OPS, SPEC 16) */
#include "web/internal.h"

#include "flow/outbox.h"
#include "flow/zones.h"
#include "store/query.h"

enum { STAGE_INBOX = 0, STAGE_OUTBOX = 1, OUTBOX_ID_AT = 7 /* behind "outbox:" */ };
#define REPLAY_FOR_US    US_HOUR /* a message tried again may wait this long at most */
#define OVERDUE_AFTER_US (5 * US_MINUTE)
#define SLOW_AFTER_US    (2 * US_MINUTE)

/* ---- dead letters ---- */

struct dead {
    struct call *c;
    const struct tenant *tenant;
    struct page page;
    int64_t n;
    double stage; /* of the last one written */
    int64_t last_at;
    struct id last;
};

static void dead_row(struct dead *d, struct jw *w, struct str id, const char *kind, int64_t at_us,
                     struct str error, int64_t tries, struct str source) {
    jw_object(w);
    jw_kstr(w, "id", id);
    jw_kz(w, "kind", kind);
    jw_ktime(w, "at", at_us);
    jw_kstr(w, "error", error);
    jw_ki64(w, "tries", tries);
    jw_kstr(w, "source", source);
    jw_end(w);
    d->n++;
}

/* 1: there is more, 0, -1 */
static int dead_inbox(struct dead *d, struct db *db, struct jw *w, struct err *e) {
    Q_CURSOR(inbox_dead, cur);
    struct q_inbox_dead_out row;
    struct q_inbox_dead_in in = {
        .tenant = d->tenant->id, .after = d->page.from_start ? 0 : d->page.at, .most = d->page.limit + 1};
    int got;
    if (q_inbox_dead_open(db, &in, &cur, e) < 0) return -1;
    while ((got = q_inbox_dead_next(&cur, &row, e)) > 0 && d->n < d->page.limit) {
        char id[40];
        snprintf(id, sizeof id, "inbox:%lld", (long long)row.seq);
        struct str error = row.error.n ? row.error : STR("it could not be handled");
        dead_row(d, w, str_of(id), "inbox", row.received_at, error, row.tries, row.source);
        d->stage = STAGE_INBOX;
        d->last_at = row.seq;
    }
    return got;
}

static int dead_outbox(struct dead *d, struct db *db, struct jw *w, bool from_start, struct err *e) {
    Q_CURSOR(outbox_failed, cur);
    struct q_outbox_failed_out row;
    struct q_outbox_failed_in in = {.tenant = d->tenant->id,
                                    .after_at = from_start ? INT64_MIN : d->page.at,
                                    .after_id = d->page.id,
                                    .most = d->page.limit + 1};
    int got;
    if (q_outbox_failed_open(db, &in, &cur, e) < 0) return -1;
    while ((got = q_outbox_failed_next(&cur, &row, e)) > 0 && d->n < d->page.limit) {
        char text[ID_TEXT + 1], id[ID_TEXT + OUTBOX_ID_AT + 1];
        id_text(row.id, text);
        snprintf(id, sizeof id, "outbox:%s", text);
        struct str error = row.why.n                     ? row.why
                           : row.state == OUTBOX_UNKNOWN ? STR("its outcome is unknown: it may have arrived")
                                                         : STR("it could not be delivered");
        dead_row(d, w, str_of(id), "outbox", row.created_at, error, row.tries, row.channel);
        d->stage = STAGE_OUTBOX;
        d->last_at = row.created_at;
        d->last = row.id;
    }
    return got;
}

static int dead_work(struct db *db, void *ctx, struct err *e) {
    struct dead *d = ctx;
    struct call *c = d->c;
    struct jw w = jw_on(&c->out);
    if (call_tenant(c, db, &d->tenant, e)) return -1;
    bool inbox = d->page.from_start || d->page.number < STAGE_OUTBOX;
    int more = 0;
    jw_object(&w);
    jw_key(&w, "dead_letters");
    jw_array(&w);
    if (inbox) more = dead_inbox(d, db, &w, e);
    if (more == 0) more = dead_outbox(d, db, &w, inbox, e);
    if (more < 0) return -1;
    jw_end(&w);
    page_cursor(c, &w, more > 0, d->last_at, d->stage, d->last);
    jw_end(&w);
    return 0;
}

int h_dead_letters(struct call *c, struct err *e) {
    struct dead d = {.c = c, .last = {{0xff}}};
    if (call_page(c, &d.page, e)) return -1;
    return store_read(call_flow(c)->store, dead_work, &d, e);
}

/* ---- again ---- */

struct replay {
    struct call *c;
    bool inbox;
    int64_t seq;
    struct id id;
};

static int replay_outbox(const struct replay *r, struct db *db, struct tenant_id t, struct err *e) {
    struct q_outbox_replay_in in = {
        .tenant = t, .id = r->id, .now = r->c->now_us, .expires_at = r->c->now_us + REPLAY_FOR_US};
    struct q_outbox_state_out state;
    int64_t changed;
    if (q_outbox_replay(db, &in, &changed, e)) return -1;
    if (changed) return 0;
    int got = q_outbox_state(db, &(struct q_outbox_state_in){.tenant = t, .id = r->id}, &state, e);
    if (got < 0) return -1;
    if (got == 0) return err_set(e, ERR_NOT_FOUND, "", "there is no such dead letter");
    if (state.state == OUTBOX_UNKNOWN)
        return err_set(e, ERR_CONFLICT, "",
                       "its outcome is unknown: it may have arrived, so it is not sent again");
    return err_set(e, ERR_CONFLICT, "", "it is %s", outbox_state_name(state.state));
}

static int replay_work(struct db *db, void *ctx, struct err *e) {
    struct replay *r = ctx;
    struct call *c = r->c;
    const struct tenant *t;
    int64_t changed;
    if (call_tenant(c, db, &t, e)) return -1;
    if (r->inbox) {
        if (q_inbox_replay(db, &(struct q_inbox_replay_in){.tenant = t->id, .seq = r->seq}, &changed, e))
            return -1;
        if (!changed) return err_set(e, ERR_NOT_FOUND, "", "there is no such dead letter");
    } else if (replay_outbox(r, db, t->id, e)) {
        return -1;
    }
    return audit_add(db, t->id, c->who.user, "dead_letter.replay", c->param[0], STR("{}"), c->now_us, e);
}

int h_replay(struct call *c, struct err *e) {
    struct replay r = {.c = c};
    struct str id = c->param[0];
    r.inbox = str_starts(id, STR("inbox:"));
    bool ok = r.inbox ? str_to_i64(str_skip(id, 6), &r.seq)
                      : str_starts(id, STR("outbox:")) && id_parse(str_skip(id, OUTBOX_ID_AT), &r.id);
    if (!ok) return err_set(e, ERR_NOT_FOUND, "", "there is no such dead letter");
    const struct flow *f = call_flow(c);
    if (store_write(f->store, replay_work, &r, e)) return -1;
    if (f->wake) f->wake(f->wake_ctx, r.inbox ? WAKE_INBOX : WAKE_OUTBOX);
    c->status = 202;
    buf_z(&c->out, "{\"accepted\":1}");
    return 0;
}

/* ---- is all well ---- */

struct state {
    struct call *c;
    struct q_inbox_stats_of_out in;
    struct q_outbox_stats_of_out out;
    int64_t oldest_us;
    bool overdue;
    enum language language;
};

static int put_jobs(struct state *s, struct db *db, struct tenant_id t, struct jw *w, struct err *e) {
    Q_CURSOR(timer_status, cur);
    struct q_timer_status_out row;
    int64_t now_us = s->c->now_us;
    int got;
    jw_key(w, "jobs");
    jw_array(w);
    if (q_timer_status_open(db, &(struct q_timer_status_in){.tenant = t}, &cur, e) < 0) return -1;
    while ((got = q_timer_status_next(&cur, &row, e)) > 0) {
        bool overdue = row.has_next_at && row.next_at + OVERDUE_AFTER_US < now_us;
        s->overdue |= overdue;
        jw_object(w);
        jw_kstr(w, "name", row.kind);
        jw_ktime(w, "next_at", row.has_next_at ? row.next_at : 0);
        jw_ktime(w, "last_at", row.has_last_at ? row.last_at : 0);
        jw_kbool(w, "overdue", overdue);
        jw_end(w);
    }
    jw_end(w);
    return got;
}

/* One line for a person: the worst first. */
static void put_line(const struct state *s, struct jw *w) {
    bool es = s->language == LANG_ES;
    int64_t dead = s->in.dead + s->out.failed;
    BUF_AUTO b;
    buf_init(&b, 1024);
    if (dead)
        buf_fmt(&b,
                es ? "Entregas abandonadas: %lld. Léalas abajo y repítalas."
                   : "%lld given up: read them below and replay.",
                (long long)dead);
    else if (s->overdue)
        buf_z(&b, es ? "Hay tareas con retraso." : "A job is overdue.");
    else if (s->oldest_us > SLOW_AFTER_US)
        buf_fmt(&b,
                es ? "La entrega más antigua espera desde hace %lld s."
                   : "The oldest delivery has waited for %lld s.",
                (long long)(s->oldest_us / US_SECOND));
    else if (s->out.unknown)
        buf_fmt(&b,
                es ? "Mensajes de resultado desconocido: %lld." : "%lld messages have an unknown outcome.",
                (long long)s->out.unknown);
    else
        buf_z(&b, es ? "Todo va bien." : "All well.");
    jw_kbool(w, "ok", dead == 0 && !s->overdue && s->oldest_us <= SLOW_AFTER_US && s->out.unknown == 0);
    jw_kstr(w, "line", buf_str(&b));
}

static void put_queues(const struct state *s, struct jw *w) {
    jw_key(w, "inbox");
    jw_object(w);
    jw_ki64(w, "pending", s->in.pending);
    jw_key(w, "oldest_s");
    if (s->in.has_oldest)
        jw_i64(w, s->oldest_us / US_SECOND);
    else
        jw_null(w);
    jw_ki64(w, "dead", s->in.dead);
    jw_end(w);
    jw_key(w, "outbox");
    jw_object(w);
    jw_ki64(w, "pending", s->out.pending);
    jw_ki64(w, "dead", s->out.failed);
    jw_ki64(w, "unknown", s->out.unknown);
    jw_end(w);
}

static int state_work(struct db *db, void *ctx, struct err *e) {
    struct state *s = ctx;
    struct call *c = s->c;
    const struct flow *f = call_flow(c);
    const struct tenant *t;
    if (call_tenant(c, db, &t, e) || call_language(c, db, &s->language, e)) return -1;
    if (q_inbox_stats_of(db, &(struct q_inbox_stats_of_in){.tenant = t->id}, &s->in, e) < 0 ||
        q_outbox_stats_of(db, &(struct q_outbox_stats_of_in){.tenant = t->id}, &s->out, e) < 0)
        return -1;
    if (s->in.has_oldest && c->now_us > s->in.oldest) s->oldest_us = c->now_us - s->in.oldest;
    struct jw w = jw_on(&c->out);
    jw_object(&w);
    put_queues(s, &w);
    if (put_jobs(s, db, t->id, &w, e)) return -1;
    put_line(s, &w);
    jw_kz(&w, "version", f->version);
    jw_ktime(&w, "started_at", c->web->started_us);
    jw_kstr(&w, "zone_table", zones_version(f->zones));
    jw_end(&w);
    return 0;
}

int h_operations(struct call *c, struct err *e) {
    struct state s = {.c = c};
    return store_read(call_flow(c)->store, state_work, &s, e);
}

/* ---- for machines that watch ---- */

int h_healthz(struct call *c, struct err *e) {
    (void)e;
    buf_z(&c->out, "{\"status\":\"ok\"}");
    return 0;
}

/* The tables a delivery needs can be read, and the server has been started whole (schema migrated, threads running). */
static int ready_work(struct db *db, void *ctx, struct err *e) {
    struct call *c = ctx;
    struct q_outbox_next_due_out due;
    struct q_inbox_pending_out row;
    Q_CURSOR(inbox_pending, cur);
    if (q_outbox_next_due(db, &due, e) < 0) return -1;
    if (q_inbox_pending_open(db, &(struct q_inbox_pending_in){.now = c->now_us, .most = 1}, &cur, e) < 0)
        return -1;
    return q_inbox_pending_next(&cur, &row, e) < 0 ? -1 : 0;
}

int h_readyz(struct call *c, struct err *e) {
    struct err why = {0};
    if (!atomic_load(&c->web->ready)) return err_set(e, ERR_UNAVAILABLE, "", "starting or stopping");
    if (store_read(call_flow(c)->store, ready_work, c, &why))
        return err_set(e, ERR_UNAVAILABLE, "", "the database cannot be read");
    buf_z(&c->out, "{\"status\":\"ready\"}");
    return 0;
}

static bool loopback(const struct http_request *req) {
    struct str r = req->remote;
    bool here = str_starts(r, STR("127.")) || str_is(r, "::1") || str_starts(r, STR("::ffff:127."));
    /* behind a proxy of this machine everybody seems to be here */
    return here && !str_given(http_header(req, "x-forwarded-for")) &&
           !str_given(http_header(req, "forwarded"));
}

int h_metrics(struct call *c, struct err *e) {
    struct str token = c->web->o.metrics_token;
    bool cookie;
    if (token.n ? !str_eq_secret(auth_token(c->req, &cookie), token) : !loopback(c->req))
        return err_set(e, ERR_AUTH, "",
                       token.n ? "send the metrics token as a bearer token"
                               : "without a metrics token only this machine may ask");
    c->content_type = "text/plain; version=0.0.4; charset=utf-8";
    return metrics_write(c->web, &c->out, e);
}

int h_openapi(struct call *c, struct err *e) {
    (void)e;
    c->blob = c->web->openapi;
    return 0;
}

int h_docs(struct call *c, struct err *e) {
    (void)e;
    c->blob = c->web->docs;
    return 0;
}
