/* A running server. See server.h.
 *
 * Order of the end: listening stops and requests in work get their answers, then the workers, then the heart (what is decided is delivered), then
 * the store, which commits what is queued. */
#include "main/server.h"

#include "assets_data.h"
#include "assets_web.h"
#include "base/asset.h"
#include "flow/lead.h"
#include "flow/render.h"
#include "main/log.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

/* The key the vendor publishes for all apps; it may be replaced by setting (it has announced rotation by mail before). */
static const char vendor_key[] = "-----BEGIN PUBLIC KEY-----\n"
                                 "MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=\n"
                                 "-----END PUBLIC KEY-----\n";

enum { WORKER_QUEUE = 8192, OUTGOING_BYTES = 256 * 1024 };

/* A message shown on the demo's page, as GET /api/v1/outgoing has it. */
struct shown {
    struct server *server;
    const struct outgoing *m;
    struct buf *json;
};

static int show_work(struct db *db, void *ctx, struct err *e) {
    struct shown *s = ctx;
    const struct outgoing *m = s->m;
    const struct flow *f = &s->server->app.flow;
    const struct tenant *t;
    const struct jnode *content;
    struct lead lead;
    struct str text = STR_NONE, name = STR_NONE;
    ARENA_AUTO a;
    arena_init(&a, 4 * OUTGOING_BYTES);
    if (json_parse(&a, m->content, OUTGOING_BYTES, &content, e) ||
        json_str(content, "text", STR_NONE, &text, e) || tenant_by_id(f, db, m->tenant, &t, e))
        return -1;
    int got = id_given(m->lead) ? lead_open(f, db, t, m->lead, &a, &lead, e) : 0;
    if (got < 0) return -1;
    if (got > 0) name = profile_display_name(&lead.profile, &a);
    struct jw w = jw_on(s->json);
    jw_object(&w);
    jw_kid(&w, "id", m->key);
    jw_ktime(&w, "at", m->created_us);
    jw_kz(&w, "person", m->to_lead ? "lead" : "agent");
    jw_kid(&w, "agent_id", m->agent);
    jw_kid(&w, "lead_id", m->lead);
    jw_kstr(&w, "lead_name", name);
    jw_kstr(&w, "channel", m->channel);
    jw_kstr(&w, "purpose", m->purpose);
    jw_kstr(&w, "text", text);
    jw_kz(&w, "state", "delivered");
    jw_kstr(&w, "why", STR_NONE);
    jw_end(&w);
    return buf_check(s->json, "outgoing", e);
}

/* The demo's way to leads: accepted and shown on the page, never called. */
static void log_send(void *ctx, const struct outgoing *m, const struct gate_receipt *receipt,
                     void (*done)(void *done_ctx, const struct send_result *r), void *done_ctx) {
    struct server *s = ctx;
    (void)receipt;
    struct live live = web_live(s->web);
    struct err e = {0};
    BUF_AUTO json;
    buf_init(&json, OUTGOING_BYTES);
    struct shown shown = {s, m, &json};
    if (store_read(s->app.store, show_work, &shown, &e))
        log_err(LOG_WARN, "outgoing", &e); /* the page finds it at its next reading */
    else
        live.publish(live.ctx, m->tenant, m->agent, "outgoing", m->key, buf_str(&json));
    struct send_result r = {.outcome = SEND_ACCEPTED};
    done(done_ctx, &r);
}

static int open_ghl_keys(struct server *s, struct err *e) {
    struct str pem = s->app.config.text[S_GHL_KEY], legacy = s->app.config.text[S_GHL_LEGACY_KEY];
    if (public_key_read(pem.n ? pem : str_of(vendor_key), &s->ghl_key, e))
        return err_within(e, "GHL_WEBHOOK_PUBLIC_KEY");
    if (!public_key_is_ed25519(s->ghl_key))
        return err_set(e, ERR_INVALID, "GHL_WEBHOOK_PUBLIC_KEY", "must be an Ed25519 key");
    if (legacy.n && public_key_read(legacy, &s->ghl_legacy, e))
        return err_within(e, "GHL_WEBHOOK_LEGACY_KEY");
    return 0;
}

static unsigned cores(void) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (unsigned)n : 1;
}

static int store_stats(void *ctx, struct buf *out) {
    struct server *s = ctx;
    struct sqlite_stats st;
    sqlite_stats(s->app.store, &st);
    buf_fmt(out,
            "\"commits\":%llu,\"jobs\":%llu,\"failed\":%llu,\"broken\":%llu,\"refused\":%llu,\"queued\":%u",
            (unsigned long long)st.commits, (unsigned long long)st.jobs, (unsigned long long)st.failed,
            (unsigned long long)st.broken, (unsigned long long)st.refused, st.queued);
    return 0;
}

static uint64_t foreign(void *ctx) {
    return heart_foreign_changes(((struct server *)ctx)->heart);
}

/* A full disk fails every request: one line a second tells as much as a thousand. */
static void trouble(void *ctx, const char *route, const char *request_id, const struct err *e) {
    struct server *s = ctx;
    int64_t now_us = clock_mono(&s->app.clock), last_us = atomic_load(&s->said_us);
    bool ours = e->kind == ERR_INTERNAL; /* a bug: each one is told */
    if (!ours && now_us - last_us < US_SECOND) return;
    if (!atomic_compare_exchange_strong(&s->said_us, &last_us, now_us) && !ours) return;
    log_say(LOG_ERROR, "request", "route", route, "request_id", request_id, "kind", err_slug(e->kind),
            "where", e->where, "message", e->msg, NULL);
}

static int open_web(struct server *s, bool demo, struct err *e) {
    const struct config *c = &s->app.config;
    struct web_options o = {.flow = &s->app.flow,
                            .jwt_secret = s->app.jwt_secret,
                            .install = &s->app.install,
                            .ghl_key = s->ghl_key,
                            .ghl_legacy = s->ghl_legacy,
                            .workers = s->workers,
                            .rate_limit = c->number[S_RATE_LIMIT],
                            .inbox_max = c->number[S_INBOX_MAX],
                            .demo = demo,
                            .metrics_token = c->text[S_METRICS_TOKEN],
                            .public_url = c->text[S_PUBLIC_URL],
                            .assets = assets_web,
                            .n_assets = assets_web_n,
                            .store_stats = store_stats,
                            .foreign_changes = foreign,
                            .store_ctx = s,
                            .trouble = trouble,
                            .trouble_ctx = s};
    const struct asset *tracker = asset_find(assets_data, assets_data_n, STR("site/t.js"));
    if (tracker) o.tracker_script = tracker->plain;
    return web_new(&o, &s->web, e);
}

static int open_http(struct server *s, struct err *e) {
    const struct config *c = &s->app.config;
    uint64_t files;
    struct http_options o = {.address = c->text[S_ADDRESS],
                             .port = (uint16_t)c->number[S_PORT],
                             .loops = c->number[S_LOOPS] ? (unsigned)c->number[S_LOOPS] : cores(),
                             .max_connections = (unsigned)c->number[S_CONNECTIONS],
                             .clock = &s->app.clock,
                             .app = s->web,
                             .on_request = web_on_request,
                             .on_head = web_on_head};
    http_raise_nofile((uint64_t)c->number[S_CONNECTIONS] + 256, &files, NULL);
    if (http_server_new(&o, &s->http, e)) return err_within(e, "LEADLIGHT_PORT");
    struct sse_options so = {.max_streams = (unsigned)c->number[S_CONNECTIONS],
                             .max_age_us = 15 * US_MINUTE}; /* whose token was revoked hears no more then */
    if (sse_hub_new(s->http, &so, &s->hub, e)) return -1;
    web_set_server(s->web, s->http, s->hub);
    return 0;
}

static int open_all(struct server *s, bool demo, struct err *e) {
    const struct config *c = &s->app.config;
    if (heart_new(&s->app, &s->heart, e) || open_ghl_keys(s, e)) return -1;
    unsigned threads = c->number[S_WORKERS] ? (unsigned)c->number[S_WORKERS] : 2 * cores();
    if (workers_new(threads, WORKER_QUEUE, &s->workers, e) || open_web(s, demo, e) || open_http(s, e))
        return -1;
    s->outlets[0] = web_dashboard_outlet(s->web);
    s->outlets[1] = (struct outlet){"log", true, log_send, s};
    s->app.flow.live = web_live(s->web);
    s->app.flow.outlets = s->outlets;
    s->app.flow.n_outlets = demo ? 2 : 1;
    s->app.flow.can_message = demo;
    return 0;
}

int server_open(struct server *s, bool demo, struct err *e) {
    memset(s, 0, sizeof *s);
    if (app_open(&s->app, APP_SERVER, e)) return -1;
    enum log_level level;
    if (log_level_parse(s->app.config.text[S_LOG_LEVEL], &level)) log_set_level(level);
    if (open_all(s, demo, e) == 0) return 0;
    server_close(s);
    return -1;
}

int server_start(struct server *s, struct err *e) {
    if (http_server_start(s->http, e) || heart_start(s->heart, e)) return -1;
    web_set_ready(s->web, true);
    char port[8], version[32];
    BUF_AUTO v;
    buf_init(&v, 64);
    snprintf(port, sizeof port, "%u", http_server_port(s->http));
    zoneinfo_version(s->app.config.text[S_ZONEINFO].p, &v);
    str_to_z(buf_str(&v), version, sizeof version);
    log_say(LOG_INFO, "ready", "address", s->app.config.text[S_ADDRESS].p, "port", port, "version",
            LEADLIGHT_VERSION, "tzdata", version, NULL);
    return 0;
}

void server_wait(struct server *s, void (*step)(void *ctx), void *ctx) {
    (void)s;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    struct timespec second = {1, 0};
    for (;;) {
        int got = sigtimedwait(&set, NULL, &second);
        if (got == SIGTERM || got == SIGINT) break;
        if (step) step(ctx);
    }
    log_say(LOG_INFO, "stopping", NULL);
}

void server_close(struct server *s) {
    if (s->web) web_set_ready(s->web, false);
    if (s->http) http_server_stop(s->http, 5 * US_SECOND);
    if (s->workers) workers_stop(s->workers);
    if (s->heart) heart_stop(s->heart);
    if (s->app.store) {
        sqlite_close(s->app.store); /* commits what is queued; its done() calls still find web and http */
        s->app.store = NULL;
    }
    http_server_free(s->http);
    workers_free(s->workers);
    web_free(s->web);
    heart_free(s->heart);
    public_key_free(s->ghl_key);
    public_key_free(s->ghl_legacy);
    app_close(&s->app);
    memset(s, 0, sizeof *s);
}
