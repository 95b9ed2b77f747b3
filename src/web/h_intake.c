/* Intake over HTTP (IN-1, IN-2's place, IN-3, IN-4): verify, name, seal, store; answer when the row is durable. */
#include "web/internal.h"

#include "flow/decode.h"
#include "flow/import.h"
#include "flow/intake.h"
#include "store/query.h"

enum { ITEMS_MAX = 500, RECOUNT_EVERY = 256 };

/* What waits for its commit. Owns itself and the call. */
struct accept {
    struct store_job job;
    struct call *c;
    size_t n, fresh;
    struct buf *sealed;
    struct inbox_item *item;
    struct str report; /* members of the answer beside the counts */
};

static int accept_work(struct db *db, void *ctx, struct err *e) {
    struct accept *a = ctx;
    a->fresh = 0;
    for (size_t i = 0; i < a->n; i++) {
        bool is_new;
        if (intake_put(db, &a->item[i], &is_new, e)) return -1;
        a->fresh += is_new;
    }
    return 0;
}

static void accept_done(void *ctx, const struct err *failed) {
    struct accept *a = ctx;
    struct call *c = a->c;
    struct web *w = c->web;
    const struct flow *f = w->o.flow;
    for (size_t i = 0; i < a->n; i++) buf_done(&a->sealed[i]);
    if (failed) {
        if (failed->kind == ERR_RATE) metric_add(f->metrics, M_OVERLOAD, 1);
        struct err e = *failed;
        call_finish(c, -1, &e);
        return;
    }
    metric_add(f->metrics, M_WEBHOOKS, a->fresh);
    metric_add(f->metrics, M_WEBHOOK_DUPLICATES, a->n - a->fresh);
    atomic_fetch_add(&w->inbox_pending, (int64_t)a->fresh);
    metric_observe(f->metrics, M_ACCEPT_SECONDS, clock_mono(&f->clock) - c->begun_us);
    struct jw j = jw_on(&c->out);
    jw_object(&j);
    jw_ki64(&j, "accepted", (int64_t)a->fresh);
    jw_ki64(&j, "duplicates", (int64_t)(a->n - a->fresh));
    if (a->report.n) {
        jw_key(&j, "rejected");
        jw_raw(&j, a->report);
    }
    jw_end(&j);
    c->status = a->report.n ? 202 : 200;
    bool wake = a->fresh > 0;
    call_finish(c, 0, NULL);
    if (wake && f->wake) f->wake(f->wake_ctx, WAKE_INBOX);
}

static struct accept *accept_new(struct call *c, size_t n) {
    struct accept *a = ARENA_NEW(&c->arena, struct accept);
    if (!a) return NULL;
    a->c = c;
    a->sealed = ARENA_ARRAY(&c->arena, n ? n : 1, struct buf);
    a->item = ARENA_ARRAY(&c->arena, n ? n : 1, struct inbox_item);
    return a->sealed && a->item ? a : NULL;
}

static int accept_add(struct accept *a, const struct tenant *t, struct str source, struct str id,
                      struct str kind, bool ignored, struct str body, struct err *e) {
    struct call *c = a->c;
    buf_init(&a->sealed[a->n], WEBHOOK_MAX_BYTES + SEAL_OVERHEAD);
    if (intake_item(call_flow(c), t, source, id, kind, ignored, body, c->now_us, &a->sealed[a->n],
                    &a->item[a->n], e)) {
        buf_done(&a->sealed[a->n]);
        return -1;
    }
    a->n++;
    return 0;
}

static void accept_submit(struct accept *a) {
    a->job = (struct store_job){.run = accept_work, .done = accept_done, .ctx = a};
    store_submit(call_flow(a->c)->store, &a->job);
}

static int count_work(struct db *db, void *ctx, struct err *e) {
    struct web *w = ctx;
    struct q_inbox_stats_out s;
    if (q_inbox_stats(db, &s, e) < 0) return -1;
    atomic_store(&w->inbox_pending, s.pending);
    return 0;
}

/* Overload: when too much waits, new webhooks are answered 429, which makes the CRM come again later. The count is estimated by what came in and
 * taken anew now and then. */
static int check_load(struct call *c, struct err *e) {
    struct web *w = c->web;
    static const struct err busy = {.kind = ERR_RATE};
    int64_t pending = atomic_load(&w->inbox_pending);
    if (pending % RECOUNT_EVERY == RECOUNT_EVERY - 1 || pending >= w->o.inbox_max) {
        if (store_read(w->o.flow->store, count_work, w, e)) return -1;
        atomic_fetch_add(&w->inbox_pending, 1); /* so that a standing count is not taken at every request */
        pending = atomic_load(&w->inbox_pending);
    }
    if (pending < w->o.inbox_max) return 0;
    metric_add(w->o.flow->metrics, M_OVERLOAD, 1);
    return err_set(e, busy.kind, "", "%lld deliveries are waiting; come again later", (long long)pending);
}

static bool no_signature(struct str s) {
    return s.n == 0 || str_is(s, "N/A");
}

static int verify(struct call *c, struct err *e) {
    const struct web_options *o = &c->web->o;
    struct str now = str_trim(http_header(c->req, "x-ghl-signature")),
               old = str_trim(http_header(c->req, "x-wh-signature"));
    if (!o->ghl_key)
        return err_set(e, ERR_UNAVAILABLE, "GHL_WEBHOOK_PUBLIC_KEY", "no key is set to check webhooks with");
    if (!no_signature(now)) return public_key_verify(o->ghl_key, c->req->body, now, e);
    if (o->ghl_legacy && !no_signature(old)) return public_key_verify(o->ghl_legacy, c->req->body, old, e);
    return err_set(e, ERR_AUTH, "X-GHL-Signature", "is missing");
}

static int finish_ignored(struct call *c) {
    metric_add(call_flow(c)->metrics, M_WEBHOOK_IGNORED, 1);
    buf_z(&c->out, "{\"accepted\":0,\"ignored\":true}");
    call_finish(c, 0, NULL);
    return 0;
}

int h_webhook_ghl(struct call *c, struct err *e) {
    struct envelope env;
    const struct tenant *t;
    struct err why = {0};
    if (verify(c, e) || decode_ghl_envelope(&c->arena, c->req->body, &env, e)) {
        metric_add(call_flow(c)->metrics, M_WEBHOOK_REFUSED, 1);
        return -1;
    }
    if (tenant_by_location(call_flow(c), env.location, &t, &why)) {
        if (why.kind == ERR_NOT_FOUND) return finish_ignored(c);
        *e = why;
        return -1;
    }
    if (check_load(c, e)) return -1;
    struct accept *a = accept_new(c, 1);
    if (!a) return arena_check(&c->arena, "webhook", e);
    if (!env.known) metric_add(call_flow(c)->metrics, M_WEBHOOK_IGNORED, 1);
    if (accept_add(a, t, STR("ghl"), env.webhook_id, env.type, !env.known, c->req->body, e)) return -1;
    accept_submit(a);
    return 0;
}

/* The secret stands in the path; only its hash is known here. The location in the body says whose it must be. */
int h_webhook_workflow(struct call *c, struct err *e) {
    struct envelope env;
    const struct tenant *t;
    uint8_t hash[32];
    if (decode_workflow_envelope(&c->arena, c->req->body, &env, e)) return -1;
    sha256(c->param[0], hash);
    if (tenant_by_location(call_flow(c), env.location, &t, NULL) ||
        !str_eq_secret((struct str){(const char *)hash, 32},
                       (struct str){(const char *)t->form_secret_hash, 32}))
        return err_set(e, ERR_AUTH, "", "the secret in the path is not this location's");
    if (check_load(c, e)) return -1;
    struct accept *a = accept_new(c, 1);
    if (!a) return arena_check(&c->arena, "webhook", e);
    if (accept_add(a, t, STR("workflow"), env.webhook_id, STR("workflow"), false, c->req->body, e)) return -1;
    accept_submit(a);
    return 0;
}

static void reject(struct jw *j, size_t index, const struct err *e) {
    jw_object(j);
    jw_ki64(j, "index", (int64_t)index);
    jw_kz(j, "where", e->where);
    jw_kz(j, "detail", e->msg);
    jw_end(j);
}

static int add_api_item(struct accept *a, const struct tenant *t, struct str source, const struct jnode *item,
                        struct err *e) {
    struct call *c = a->c;
    struct str id, kind;
    if (item->type != JOBJECT) return err_set(e, ERR_INVALID, "", "must be an object");
    bool site = str_is(source, "t.js");
    int rc = site ? decode_site_check(&c->arena, item, c->now_us, &id, e)
                  : decode_api_check(&c->arena, item, c->now_us, &id, e);
    if (rc || json_str(item, "kind", STR(""), &kind, e)) return -1;
    BUF_AUTO b;
    buf_init(&b, 256 * 1024);
    struct jw w = jw_on(&b);
    jw_node(&w, item);
    if (buf_check(&b, "", e)) return -1;
    return accept_add(a, t, source, id, kind, false, buf_str(&b), e);
}

static int take_events(struct call *c, const struct tenant *t, struct str source, const struct jnode *list,
                       struct err *e) {
    size_t n = list->type == JARRAY ? list->kids.count : 1;
    if (n == 0 || n > ITEMS_MAX)
        return err_set(e, ERR_INVALID, "/events", "must hold 1 to %d events", ITEMS_MAX);
    struct accept *a = accept_new(c, n);
    if (!a) return arena_check(&c->arena, "events", e);
    BUF_AUTO rejected;
    buf_init(&rejected, 512 * 1024);
    struct jw j = jw_on(&rejected);
    jw_array(&j);
    const struct jnode *item = list->type == JARRAY ? list->kids.first : list;
    for (size_t i = 0; i < n; i++, item = item->next) {
        struct err why = {0};
        if (add_api_item(a, t, source, item, &why) == 0) continue;
        if (list->type != JARRAY) {
            *e = why;
            return -1;
        }
        reject(&j, i, &why);
    }
    jw_end(&j);
    a->report = arena_str(&c->arena, buf_str(&rejected));
    accept_submit(a);
    return 0;
}

int h_events(struct call *c, struct err *e) {
    const struct jnode *body;
    const struct tenant *t;
    if (call_json(c, &body, e) || call_tenant(c, NULL, &t, e) || check_load(c, e)) return -1;
    const struct jnode *list = json_get(body, "events");
    if (list && list->type != JARRAY) return err_set(e, ERR_INVALID, "/events", "must be an array");
    return take_events(c, t, STR("api"), list ? list : body, e);
}

/* From the website's script, so from anybody's browser: only behaviour of a visitor, never a lead named by id, e-mail or phone. */
int h_tracker(struct call *c, struct err *e) {
    const struct jnode *body;
    const struct tenant *t;
    struct str site, visitor;
    if (call_json(c, &body, e) || json_need_str(body, "site", &site, e)) return -1;
    if (tenant_by_site_key(call_flow(c), site, &t, NULL))
        return err_set(e, ERR_NOT_FOUND, "/site", "no such site key");
    const struct jnode *list = json_get(body, "events");
    if (!list || list->type != JARRAY) return err_set(e, ERR_INVALID, "/events", "must be an array");
    for (const struct jnode *n = list->kids.first; n; n = n->next) {
        if (json_need_str(n, "visitor", &visitor, e)) return err_within(e, "/events");
        static const char *const not_here[] = {"lead_id", "contact_id", "email", "phone", "text", "contact"};
        for (size_t i = 0; i < sizeof not_here / sizeof *not_here; i++)
            if (json_get(n, not_here[i]))
                return err_set(e, ERR_INVALID, "/events", "a page may not name %s", not_here[i]);
    }
    if (check_load(c, e)) return -1;
    return take_events(c, t, STR("t.js"), list, e);
}

/* A large file takes minutes; the server must end within seconds. */
static bool stopping(void *ctx) {
    return !atomic_load(&((struct web *)ctx)->ready);
}

int h_import(struct call *c, struct err *e) {
    struct str kind = call_query(c, "kind"), dry = call_query(c, "dry_run");
    const struct tenant *t;
    if (!str_is(kind, "leads") && !str_is(kind, "events"))
        return err_set(e, ERR_INVALID, "kind", "must be leads or events");
    if (call_tenant(c, NULL, &t, e)) return -1;
    struct import_options o = {.kind = str_is(kind, "leads") ? IMPORT_LEADS : IMPORT_EVENTS,
                               .dry_run = str_is(dry, "1") || str_is(dry, "true"),
                               .stop = stopping,
                               .stop_ctx = c->web};
    struct import_report *r = ARENA_NEW(&c->arena, struct import_report);
    if (!r) return arena_check(&c->arena, "import", e);
    if (import_csv(call_flow(c), t, &o, c->req->body, r, e)) return -1;
    import_report_json(r, &c->out);
    if (!o.dry_run && call_flow(c)->wake) call_flow(c)->wake(call_flow(c)->wake_ctx, WAKE_INBOX);
    return 0;
}

int h_tracker_script(struct call *c, struct err *e) {
    c->blob = c->web->tracker;
    return c->blob ? 0 : err_set(e, ERR_NOT_FOUND, "", "this build has no website script");
}
