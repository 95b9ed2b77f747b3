/* Event streams by topic. Contracts in sse.h.
 *
 * Each loop has a part of its own: its streams, by topic and by number, and in the order in which their
 * heartbeats are due. Other threads never look into it; they post tasks. The two counts that others do read
 * (streams of a loop, of all) are raised when sse_open() is called, before its task runs, so that a publish
 * right behind it is not skipped. */
#include "net/sse.h"

#include <stdlib.h>

#include "net/loop.h"

/* ---- an intrusive hash table: chains, doubled when as many entries as slots ---- */

struct link {
    struct link *next;
    uint64_t hash;
};
struct map {
    struct link **slots;
    size_t n, size; /* size: power of two, or 0 */
};

static int map_grow(struct map *m) {
    size_t size = m->size ? m->size * 2 : 64;
    struct link **slots = calloc(size, sizeof *slots);
    if (!slots) return -1;
    for (size_t i = 0; i < m->size; i++)
        for (struct link *l = m->slots[i], *next; l; l = next) {
            next = l->next;
            l->next = slots[l->hash & (size - 1)];
            slots[l->hash & (size - 1)] = l;
        }
    free(m->slots);
    m->slots = slots;
    m->size = size;
    return 0;
}

static int map_put(struct map *m, struct link *l, uint64_t hash) {
    if (m->n >= m->size && map_grow(m) && !m->size) return -1;
    struct link **slot = &m->slots[hash & (m->size - 1)];
    l->hash = hash;
    l->next = *slot;
    *slot = l;
    m->n++;
    return 0;
}

static void map_remove(struct map *m, struct link *l) {
    struct link **at = &m->slots[l->hash & (m->size - 1)];
    while (*at != l) at = &(*at)->next;
    *at = l->next;
    m->n--;
}

static struct link *map_chain(const struct map *m, uint64_t hash) {
    return m->size ? m->slots[hash & (m->size - 1)] : NULL;
}

/* ---- streams ---- */

struct topic;
struct stream {
    struct link by_number; /* first */
    uint64_t number;
    struct conn *conn;
    struct topic *topic;
    struct sse_topic key;
    struct stream *older, *newer;  /* of the topic */
    struct stream *sooner, *later; /* of the heartbeats */
    uint64_t due_ms, end_ms;       /* of the next heartbeat; of its life */
};
struct topic {
    struct link by_key; /* first */
    struct sse_topic key;
    struct stream *oldest, *newest;
    unsigned count;
};
struct part {
    struct sse_hub *hub;
    struct map topics, numbers;
    struct stream *soonest, *latest;
    atomic_uint count;
};
struct sse_hub {
    struct http_server *server;
    struct sse_options o;
    uint64_t heartbeat_ms, max_age_ms;
    struct http_blob *heartbeat;
    char retry[32];
    atomic_uint open;
    _Atomic uint64_t numbers;
    struct part parts[];
};

static uint64_t mix(uint64_t x) /* numbers are consecutive: spread them */
{
    x *= UINT64_C(0x9e3779b97f4a7c15);
    return x ^ (x >> 32);
}

static uint64_t key_hash(const struct sse_topic *t) {
    return mix(str_hash((struct str){(const char *)t->key, sizeof t->key}));
}

static struct topic *topic_find(const struct part *p, const struct sse_topic *key) {
    struct link *l = map_chain(&p->topics, key_hash(key));
    while (l && memcmp(((struct topic *)l)->key.key, key->key, sizeof key->key) != 0) l = l->next;
    return (struct topic *)l;
}

static struct topic *topic_get(struct part *p, const struct sse_topic *key) {
    struct topic *t = topic_find(p, key);
    if (t) return t;
    t = calloc(1, sizeof *t);
    if (!t) return NULL;
    t->key = *key;
    if (map_put(&p->topics, &t->by_key, key_hash(key)) == 0) return t;
    free(t);
    return NULL;
}

static void topic_drop_if_empty(struct part *p, struct topic *t) {
    if (t->count) return;
    map_remove(&p->topics, &t->by_key);
    free(t);
}

static struct stream *stream_find(const struct part *p, uint64_t number) {
    struct link *l = map_chain(&p->numbers, mix(number));
    while (l && ((struct stream *)l)->number != number) l = l->next;
    return (struct stream *)l;
}

static void beat_remove(struct part *p, struct stream *s) {
    *(s->sooner ? &s->sooner->later : &p->soonest) = s->later;
    *(s->later ? &s->later->sooner : &p->latest) = s->sooner;
}

static void beat_append(struct part *p, struct stream *s, uint64_t now_ms) {
    s->due_ms = now_ms + p->hub->heartbeat_ms;
    s->sooner = p->latest;
    s->later = NULL;
    *(p->latest ? &p->latest->later : &p->soonest) = s;
    p->latest = s;
}

static void uncount(struct part *p) {
    atomic_fetch_sub(&p->count, 1);
    atomic_fetch_sub(&p->hub->open, 1);
}

static int enlist(struct part *p, struct stream *s, uint64_t now_ms) {
    struct topic *t = topic_get(p, &s->key);
    if (!t) return -1;
    if (map_put(&p->numbers, &s->by_number, mix(s->number))) {
        topic_drop_if_empty(p, t);
        return -1;
    }
    s->topic = t;
    s->older = t->newest;
    *(t->newest ? &t->newest->newer : &t->oldest) = s;
    t->newest = s;
    t->count++;
    beat_append(p, s, now_ms);
    return 0;
}

static void delist(struct part *p, struct stream *s) {
    struct topic *t = s->topic;
    *(s->older ? &s->older->newer : &t->oldest) = s->newer;
    *(s->newer ? &s->newer->older : &t->newest) = s->older;
    t->count--;
    topic_drop_if_empty(p, t);
    map_remove(&p->numbers, &s->by_number);
    beat_remove(p, s);
}

static void on_closed(struct loop *l, void *stream) {
    struct part *p = l->hub;
    delist(p, stream);
    uncount(p);
    free(stream);
}

/* false: the stream is gone */
static bool write_to(struct part *p, struct stream *s, struct http_blob *b, uint64_t now_ms) {
    if (conn_stream_write(s->conn, b, p->hub->o.queue_max)) return false;
    if (now_ms >= s->end_ms && s->conn->outs == 0) { /* all of it is with the kernel */
        conn_close(s->conn);
        return false;
    }
    beat_remove(p, s);
    beat_append(p, s, now_ms);
    return true;
}

static void on_tick(struct loop *l, uint64_t now_ms) {
    struct part *p = l->hub;
    while (p->soonest && p->soonest->due_ms <= now_ms) write_to(p, p->soonest, p->hub->heartbeat, now_ms);
}

/* ---- opening ---- */

static struct request *of_task(struct task *t) {
    return (struct request *)((char *)t - offsetof(struct request, task));
}

static void open_failed(struct part *p, struct stream *s) {
    uncount(p);
    free(s);
}

static void open_dropped(struct task *t) {
    struct request *r = of_task(t);
    open_failed(r->loop->hub, r->stream);
    request_free(r);
}

/* Spread, so that streams that were opened together do not all come back together. */
static uint64_t end_of(const struct sse_hub *h, uint64_t number, uint64_t now_ms) {
    return h->max_age_ms ? now_ms + h->max_age_ms + mix(number) % (h->max_age_ms / 4 + 1) : UINT64_MAX;
}

static void opened(struct loop *l, struct task *t) {
    struct request *r = of_task(t);
    struct part *p = l->hub;
    struct stream *s = r->stream;
    if (!r->conn) {
        open_dropped(t);
        return;
    }
    s->conn = r->conn;
    s->end_ms = end_of(p->hub, s->number, uv_now(&l->uv));
    if (enlist(p, s, uv_now(&l->uv))) {
        open_failed(p, s);
        conn_close(r->conn); /* leaves r to us: it is the app's until answered */
        request_free(r);
        return;
    }
    if (s->topic->count > p->hub->o.max_per_topic) conn_close(s->topic->oldest->conn);
    if (conn_stream(s->conn, r->blob, s)) {
        delist(p, s);
        open_failed(p, s);
    }
}

static bool admit(struct sse_hub *h) {
    if (atomic_fetch_add(&h->open, 1) < h->o.max_streams) return true;
    atomic_fetch_sub(&h->open, 1);
    return false;
}

static void open_stream(struct sse_hub *h, struct request *r, const struct sse_topic *topic,
                        struct http_blob *head, struct sse_ref *out_ref) {
    struct part *p = &h->parts[r->loop->index];
    struct stream *s = calloc(1, sizeof *s);
    if (!s) {
        atomic_fetch_sub(&h->open, 1);
        http_blob_unref(head);
        http_respond(&r->pub, 503, NULL, 0, STR(""));
        return;
    }
    atomic_fetch_add(&p->count, 1);
    s->key = *topic;
    s->number = atomic_fetch_add(&h->numbers, 1) + 1;
    if (out_ref) *out_ref = (struct sse_ref){r->loop->index, s->number};
    r->stream = s;
    r->blob = head;
    r->task.drop = open_dropped;
    request_post(r, opened);
}

static void refuse(struct http_request *req) {
    struct http_blob *b = blob_problem(503, "too many event streams");
    struct http_field retry = HTTP_FIELD("Retry-After", "10");
    if (b)
        http_respond_blob(req, b, &retry, 1);
    else
        http_respond(req, 503, &retry, 1, STR(""));
    http_blob_unref(b);
}

void sse_open(struct sse_hub *h, struct http_request *req, const struct sse_topic *topic,
              const struct http_field *fields, size_t n_fields, struct sse_ref *out_ref) {
    if (out_ref) *out_ref = (struct sse_ref){0};
    struct http_blob *head = blob_stream(fields, n_fields, str_of(h->retry));
    if (!head || req->is_head) {
        if (head)
            http_respond_blob(req, head, NULL, 0);
        else
            http_respond(req, 500, NULL, 0, STR(""));
        http_blob_unref(head);
    } else if (!admit(h)) {
        http_blob_unref(head);
        atomic_fetch_add(&h->server->streams_refused, 1);
        refuse(req);
    } else {
        open_stream(h, (struct request *)req, topic, head, out_ref);
    }
}

/* ---- publishing ---- */

enum what { TO_TOPIC, TO_ONE, CLOSE_TOPIC };
struct message {
    struct task task; /* first */
    enum what what;
    struct sse_topic topic;
    uint64_t number;
    struct http_blob *blob;
};

static void message_free(struct task *t) {
    struct message *m = (struct message *)t;
    http_blob_unref(m->blob);
    free(m);
}

static void deliver(struct loop *l, struct task *task) {
    struct message *m = (struct message *)task;
    struct part *p = l->hub;
    uint64_t now = uv_now(&l->uv);
    struct topic *t = m->what == TO_ONE ? NULL : topic_find(p, &m->topic);
    struct stream *s = m->what == TO_ONE ? stream_find(p, m->number) : t ? t->oldest : NULL;
    while (s) {
        struct stream *next = m->what == TO_ONE ? NULL : s->newer;
        if (m->what == CLOSE_TOPIC)
            conn_close(s->conn);
        else
            write_to(p, s, m->blob, now);
        s = next;
    }
    message_free(task);
}

static int post(struct sse_hub *h, unsigned loop, struct message proto) {
    struct message *m = malloc(sizeof *m);
    if (!m) return -1;
    *m = proto;
    m->task = (struct task){.run = deliver, .drop = message_free};
    if (m->blob) http_blob_ref(m->blob);
    loop_post(&h->server->loops[loop], &m->task);
    return 0;
}

static int post_all(struct sse_hub *h, struct message proto) {
    int r = 0;
    for (unsigned i = 0; i < h->server->n_loops; i++)
        if (atomic_load(&h->parts[i].count) && post(h, i, proto)) r = -1;
    return r;
}

static struct http_blob *formatted(const struct sse_event *ev, struct err *e) {
    BUF_AUTO b;
    buf_init(&b, SSE_EVENT_MAX);
    if (sse_format(&b, ev, e)) return NULL;
    struct http_blob *blob = blob_raw(buf_str(&b));
    if (!blob) err_set(e, ERR_UNAVAILABLE, "event", "no memory");
    return blob;
}

int sse_publish(struct sse_hub *h, const struct sse_topic *topic, const struct sse_event *ev, struct err *e) {
    struct http_blob *b = formatted(ev, e);
    if (!b) return -1;
    int r = post_all(h, (struct message){.what = TO_TOPIC, .topic = *topic, .blob = b});
    http_blob_unref(b);
    return r ? err_set(e, ERR_UNAVAILABLE, "event", "no memory") : 0;
}

int sse_send(struct sse_hub *h, struct sse_ref ref, const struct sse_event *ev, struct err *e) {
    struct http_blob *b = formatted(ev, e);
    if (!b) return -1;
    bool known = ref.number && ref.loop < h->server->n_loops;
    int r = known ? post(h, ref.loop, (struct message){.what = TO_ONE, .number = ref.number, .blob = b}) : 0;
    http_blob_unref(b);
    return r ? err_set(e, ERR_UNAVAILABLE, "event", "no memory") : 0;
}

void sse_close_topic(struct sse_hub *h, const struct sse_topic *topic) {
    post_all(h, (struct message){.what = CLOSE_TOPIC, .topic = *topic});
}

/* ---- the bytes ---- */

static int add_line(struct buf *out, const char *field, struct str v, struct err *e) {
    if (!str_given(v)) return 0;
    if (memchr(v.p, '\r', v.n) || memchr(v.p, '\n', v.n) || memchr(v.p, 0, v.n))
        return err_set(e, ERR_INVALID, field, "line breaks and NUL are not allowed");
    buf_fmt(out, "%s: ", field);
    buf_str_add(out, v);
    buf_c(out, '\n');
    return 0;
}

static void add_data(struct buf *out, struct str data) {
    size_t begin = 0;
    if (data.n == 0) data = STR("");
    for (size_t i = 0; i <= data.n; i++) {
        if (i < data.n && data.p[i] != '\r' && data.p[i] != '\n') continue;
        buf_z(out, "data: ");
        buf_add(out, data.p + begin, i - begin);
        buf_c(out, '\n');
        if (i + 1 < data.n && data.p[i] == '\r' && data.p[i + 1] == '\n') i++;
        begin = i + 1;
    }
    buf_c(out, '\n');
}

int sse_format(struct buf *out, const struct sse_event *ev, struct err *e) {
    if (add_line(out, "id", ev->id, e) || add_line(out, "event", ev->name, e)) return -1;
    add_data(out, ev->data);
    return buf_check(out, "event", e);
}

struct sse_topic sse_topic_of(struct id tenant, struct id agent) {
    struct sse_topic t;
    memcpy(t.key, tenant.b, 16);
    memcpy(t.key + 16, agent.b, 16);
    return t;
}

/* ---- the hub ---- */

unsigned sse_streams(const struct sse_hub *h, unsigned loop) {
    return loop < h->server->n_loops ? atomic_load(&h->parts[loop].count) : atomic_load(&h->open);
}

static void hub_free(struct http_server *s) {
    struct sse_hub *h = s->hub;
    for (unsigned i = 0; i < s->n_loops; i++) {
        free(h->parts[i].topics.slots);
        free(h->parts[i].numbers.slots);
    }
    http_blob_unref(h->heartbeat);
    free(h);
}

int sse_hub_new(struct http_server *s, const struct sse_options *o, struct sse_hub **out, struct err *e) {
    static const struct hub_ops ops = {.tick = on_tick, .closed = on_closed, .free = hub_free};
    if (s->hub) return err_set(e, ERR_INVALID, "hub", "one per server");
    struct sse_hub *h = calloc(1, sizeof *h + s->n_loops * sizeof(struct part));
    struct http_blob *heartbeat = blob_raw(STR(":\n\n"));
    if (!h || !heartbeat) {
        free(h);
        http_blob_unref(heartbeat);
        return err_set(e, ERR_UNAVAILABLE, "hub", "no memory");
    }
    h->server = s;
    h->heartbeat = heartbeat;
    h->o = *o;
    if (!h->o.heartbeat_us) h->o.heartbeat_us = 15 * 1000000;
    if (!h->o.retry_ms) h->o.retry_ms = 3000;
    if (!h->o.queue_max) h->o.queue_max = 65536;
    if (!h->o.max_streams) h->o.max_streams = 11000;
    if (!h->o.max_per_topic) h->o.max_per_topic = 16;
    h->heartbeat_ms = (uint64_t)(h->o.heartbeat_us + 999) / 1000;
    h->max_age_ms = (uint64_t)(h->o.max_age_us + 999) / 1000;
    if (s->tick_ms > h->heartbeat_ms) s->tick_ms = h->heartbeat_ms;
    snprintf(h->retry, sizeof h->retry, "retry: %u\n\n", h->o.retry_ms);
    s->hub = h;
    s->hub_ops = &ops;
    for (unsigned i = 0; i < s->n_loops; i++) {
        h->parts[i].hub = h;
        s->loops[i].hub = &h->parts[i];
    }
    *out = h;
    return 0;
}
