/* Prometheus text (exposition format 0.0.4): the counters and histograms of port/metrics.def, and what is read when asked for:
 * HTTP server, worker threads, streams, queue depths, store. Figures of the whole server, of no tenant or person. (OPS-1) */
#include "web/internal.h"

#include "store/query.h"

enum { STORE_BYTES = 16 * 1024, STREAM_ALL = 1u << 30 };

static const char *const counter_names[METRIC_COUNTERS][2] = {
#define COUNTER(symbol, name, help) [symbol] = {name, help},
#define HISTOGRAM(symbol, name, help)
#include "port/metrics.def"
#undef COUNTER
#undef HISTOGRAM
};
static const char *const histogram_names[METRIC_HISTOGRAMS][2] = {
#define COUNTER(symbol, name, help)
#define HISTOGRAM(symbol, name, help) [symbol] = {name, help},
#include "port/metrics.def"
#undef COUNTER
#undef HISTOGRAM
};

static void head(struct buf *b, const char *name, const char *type, const char *help) {
    buf_fmt(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void one(struct buf *b, const char *name, const char *type, const char *help, uint64_t v) {
    head(b, name, type, help);
    buf_fmt(b, "%s %llu\n", name, (unsigned long long)v);
}

static uint64_t load(const _Atomic uint64_t *v) {
    return atomic_load_explicit(v, memory_order_relaxed);
}

static void put_histogram(struct buf *b, const struct metrics *m, int h) {
    static const int64_t bounds[] = METRIC_BOUNDS_US;
    const char *name = histogram_names[h][0];
    uint64_t sum = 0;
    head(b, name, "histogram", histogram_names[h][1]);
    for (int i = 0; i < METRIC_BUCKETS; i++) {
        sum += load(&m->histogram[h].bucket[i]);
        if (i < METRIC_BUCKETS - 1)
            buf_fmt(b, "%s_bucket{le=\"%g\"} %llu\n", name, (double)bounds[i] / US_SECOND,
                    (unsigned long long)sum);
        else
            buf_fmt(b, "%s_bucket{le=\"+Inf\"} %llu\n", name, (unsigned long long)sum);
    }
    buf_fmt(b, "%s_sum %.6f\n%s_count %llu\n", name, (double)load(&m->histogram[h].sum_us) / US_SECOND, name,
            (unsigned long long)sum);
}

static void put_counted(struct buf *b, const struct metrics *m) {
    if (!m) return;
    for (int i = 0; i < METRIC_COUNTERS; i++)
        one(b, counter_names[i][0], "counter", counter_names[i][1], load(&m->counter[i]));
    for (int i = 0; i < METRIC_HISTOGRAMS; i++) put_histogram(b, m, i);
}

static void put_http(struct buf *b, const struct http_server *server) {
    struct http_stats s;
    http_server_stats(server, STREAM_ALL, &s);
    one(b, "leadlight_http_requests_total", "counter", "Requests handed to the application.", s.requests);
    head(b, "leadlight_http_responses_total", "counter", "Answers by class of their status.");
    for (int i = 1; i < 6; i++)
        buf_fmt(b, "leadlight_http_responses_total{code=\"%dxx\"} %llu\n", i,
                (unsigned long long)s.status[i]);
    one(b, "leadlight_http_received_bytes_total", "counter", "Bytes received.", s.bytes_in);
    one(b, "leadlight_http_sent_bytes_total", "counter", "Bytes sent.", s.bytes_out);
    one(b, "leadlight_http_connections_total", "counter", "Connections accepted.", s.accepted);
    one(b, "leadlight_http_connections", "gauge", "Connections open now.", s.open);
    one(b, "leadlight_http_requests_in_work", "gauge", "Requests in work now.", s.in_work);
    one(b, "leadlight_streams", "gauge", "Event streams open now.", s.streams);
    one(b, "leadlight_stream_events_total", "counter", "Events written to streams.", s.events);
    head(b, "leadlight_http_rejected_total", "counter", "Turned away by the server itself, by reason.");
    for (int i = 0; i < HTTP_REJECT_COUNT; i++)
        buf_fmt(b, "leadlight_http_rejected_total{reason=\"%s\"} %llu\n",
                http_reject_name((enum http_reject)i), (unsigned long long)s.rejected[i]);
}

static void put_workers(struct buf *b, struct workers *workers) {
    struct workers_stats s;
    workers_stats(workers, &s);
    one(b, "leadlight_workers", "gauge", "Worker threads.", s.threads);
    one(b, "leadlight_workers_running", "gauge", "Jobs running on worker threads now.", s.running);
    one(b, "leadlight_workers_waiting", "gauge", "Jobs waiting for a worker thread.", s.waiting);
    one(b, "leadlight_workers_jobs_total", "counter", "Jobs done by worker threads.", s.done);
    one(b, "leadlight_workers_refused_total", "counter", "Jobs refused because the queue was full.",
        s.refused);
}

struct depths {
    struct q_inbox_stats_out in;
    struct q_outbox_stats_out out;
};

static int depths_work(struct db *db, void *ctx, struct err *e) {
    struct depths *d = ctx;
    return q_inbox_stats(db, &d->in, e) < 0 || q_outbox_stats(db, &d->out, e) < 0 ? -1 : 0;
}

static int put_depths(struct web *w, struct buf *b, struct err *e) {
    struct depths d;
    if (store_read(w->o.flow->store, depths_work, &d, e)) return -1;
    int64_t now_us = clock_now(&w->o.flow->clock);
    int64_t age_us = d.in.has_oldest && now_us > d.in.oldest ? now_us - d.in.oldest : 0;
    one(b, "leadlight_inbox_pending", "gauge", "Deliveries waiting to be handled.", (uint64_t)d.in.pending);
    one(b, "leadlight_inbox_oldest_seconds", "gauge", "Age of the oldest waiting delivery.",
        (uint64_t)(age_us / US_SECOND));
    one(b, "leadlight_inbox_dead", "gauge", "Deliveries given up.", (uint64_t)d.in.dead);
    one(b, "leadlight_outbox_pending", "gauge", "Messages waiting to leave.", (uint64_t)d.out.pending);
    one(b, "leadlight_outbox_failed", "gauge", "Messages given up.", (uint64_t)d.out.failed);
    one(b, "leadlight_outbox_unknown", "gauge", "Messages whose outcome is unknown.",
        (uint64_t)d.out.unknown);
    return 0;
}

static bool plain_name(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_'))
            return false;
    return s.n > 0;
}

static int put_store(const struct web *w, struct buf *b, struct err *e) {
    if (!w->o.store_stats) return 0;
    ARENA_AUTO a;
    BUF_AUTO json;
    arena_init(&a, 8 * STORE_BYTES);
    buf_init(&json, STORE_BYTES);
    const struct jnode *o;
    buf_c(&json, '{');
    if (w->o.store_stats(w->o.store_ctx, &json)) return 0; /* nothing to say */
    buf_c(&json, '}');
    if (json_parse(&a, buf_str(&json), STORE_BYTES, &o, e)) return -1;
    for (const struct jnode *n = o->kids.first; n; n = n->next) {
        if (n->type != JINT || n->i < 0 || !plain_name(n->key)) continue;
        bool gauge = str_starts(n->key, STR("queued"));
        struct str name = arena_fmt(&a, "leadlight_store_%.*s%s", STR_FMT(n->key), gauge ? "" : "_total");
        if (str_given(name))
            one(b, name.p, gauge ? "gauge" : "counter", "Of the embedded database.", (uint64_t)n->i);
    }
    return 0;
}

int metrics_write(struct web *w, struct buf *out, struct err *e) {
    const struct flow *f = w->o.flow;
    head(out, "leadlight_build_info", "gauge", "The version running, always 1.");
    buf_fmt(out, "leadlight_build_info{version=\"%s\"} 1\n", f->version ? f->version : "");
    one(out, "process_start_time_seconds", "gauge", "When the server started, as Unix time.",
        (uint64_t)(w->started_us / US_SECOND));
    put_counted(out, f->metrics);
    if (w->server) put_http(out, w->server);
    if (w->o.workers) put_workers(out, w->o.workers);
    return put_depths(w, out, e) || put_store(w, out, e) ? -1 : 0;
}
