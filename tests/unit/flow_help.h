/* What the tests of the flow share: a house of its own on a real database in a folder that goes away, with a clock
 * that is stepped, chance that repeats, and a channel that does as it is told. */
#ifndef TESTS_FLOW_HELP_H
#define TESTS_FLOW_HELP_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <unistd.h>

#include "flow/intake.h"
#include "flow/outbox.h"
#include "flow/people.h"
#include "flow/pipeline.h"
#include "flow/scheduler.h"
#include "flow/zones.h"
#include "store/query.h"
#include "store/sqlite.h"

#define HELP_NOW INT64_C(1768600800000000) /* 2026-01-16T22:00:00Z, 5 pm in New York, a Friday */

enum { FAKE_MOST = 64 };
struct fake { /* a channel */
    enum send_outcome outcome;
    bool silent; /* takes the message and does not answer by itself: see fake_answer() */
    void (*done)(void *done_ctx, const struct send_result *r);
    void *done_ctx;
    int calls;
    struct id key[FAKE_MOST];
    int attempt[FAKE_MOST];
    char content[4096]; /* of the last message */
};

struct house {
    char folder[64], db[96];
    int64_t now_us;
    bool fixed_id; /* chance for an id is all 0x5a, so that a test knows it beforehand */
    struct prng prng;
    struct store *store;
    struct keyring *keys;
    struct lexicon *lexicon;
    struct zones *zones;
    struct metrics metrics;
    struct fake dashboard, sms;
    struct outlet outlets[2];
    struct clock clock;
    struct flow flow;
    struct tenant_id tenant;
    const struct tenant *t;
    struct id agent;
};

static inline void ok(int rc, const struct err *e) {
    if (rc < 0) fail_msg("%s: %s", e->where, e->msg);
}

static inline int64_t help_now(void *ctx) {
    return ((struct house *)ctx)->now_us;
}

static inline void help_chance(void *ctx, void *p, size_t n) {
    struct house *h = ctx;
    if (h->fixed_id && n == 10)
        memset(p, 0x5a, n);
    else
        prng_fill(&h->prng, p, n);
}

static inline int help_zoneinfo(void *ctx, struct str name, struct buf *out, struct err *e) {
    (void)ctx;
    char path[256];
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%.*s", STR_FMT(name));
    FILE *f = fopen(path, "rb");
    if (!f) return err_set(e, ERR_NOT_FOUND, "", "no such zone");
    char part[4096];
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;) buf_add(out, part, n);
    fclose(f);
    return 0;
}

static inline struct str help_template(void *ctx, const char *name, enum language l) {
    (void)ctx, (void)name;
    return l == LANG_ES ? STR("Hola {first_name}, soy {agent_first_name}.")
                        : STR("Hi {first_name}, it is {agent_first_name}.");
}

static inline void fake_send(void *ctx, const struct outgoing *m, const struct gate_receipt *receipt,
                             void (*done)(void *done_ctx, const struct send_result *r), void *done_ctx) {
    struct fake *k = ctx;
    assert_true(gate_receipt_valid(receipt, m->key));
    assert_true(k->calls < FAKE_MOST);
    k->key[k->calls] = m->key;
    k->attempt[k->calls++] = m->attempt;
    snprintf(k->content, sizeof k->content, "%.*s", STR_FMT(m->content));
    k->done = done;
    k->done_ctx = done_ctx;
    if (!k->silent) done(done_ctx, &(struct send_result){.outcome = k->outcome, .detail = "fake"});
}
/* The answer to the last message, late. */
static inline void fake_answer(struct fake *k) {
    k->done(k->done_ctx, &(struct send_result){.outcome = k->outcome, .detail = "late"});
}

static inline void help_lexicon(struct house *h) {
    static const char *const names[] = {"competitor.txt", "horizon.txt", "opt_out.txt", "urgency.txt",
                                        "words.txt"};
    struct lexicon_file files[5];
    ARENA_AUTO a;
    struct err e = {0};
    arena_init(&a, 8 * 1024 * 1024);
    for (size_t i = 0; i < 5; i++) {
        char path[512];
        const char *root = getenv("SOURCE_ROOT");
        snprintf(path, sizeof path, "%s/data/read/%s", root ? root : ".", names[i]);
        FILE *f = fopen(path, "rb");
        if (!f) fail_msg("cannot read %s", path);
        char *p = arena_alloc(&a, 1024 * 1024);
        files[i] =
            (struct lexicon_file){arena_fmt(&a, "read/%s", names[i]), {p, fread(p, 1, 1024 * 1024, f)}};
        fclose(f);
    }
    ok(lexicon_read(files, 5, &h->lexicon, &e), &e);
}

static inline void help_open_store(struct house *h) {
    struct err e = {0};
    struct sqlite_options o = {.path = h->db, .clock = &h->clock, .migrate = true};
    ok(sqlite_open(&o, &query_catalog, &h->store, &e), &e);
    h->flow.store = h->store;
}

/* The process ends and another begins: nothing survives but the file. */
static inline void help_restart(struct house *h) {
    struct err e = {0};
    sqlite_close(h->store);
    directory_free(h->flow.directory);
    h->flow.directory = directory_new();
    h->flow.fence++;
    help_open_store(h);
    ok(tenant_by_id(&h->flow, NULL, h->tenant, &h->t, &e), &e);
}

static inline void help_people(struct house *h) {
    struct err e = {0};
    struct made_tenant made;
    struct new_tenant nt = {STR("Example Realty"), STR("LOC"), STR("America/New_York")};
    ok(tenant_create(&h->flow, &nt, &made, &e), &e);
    h->tenant = made.id;
    struct new_user nu = {.tenant = made.id,
                          .role = ROLE_AGENT,
                          .name = STR("Ann Agent"),
                          .email = STR("ann@example.com"),
                          .ghl_user = STR("USER1")};
    ok(user_create(&h->flow, &nu, &h->agent, &e), &e);
    ok(tenant_by_id(&h->flow, NULL, h->tenant, &h->t, &e), &e);
}

static inline int house_open(void **state) {
    struct house *h = calloc(1, sizeof *h);
    struct err e = {0};
    snprintf(h->folder, sizeof h->folder, "/tmp/leadlight-test-XXXXXX");
    assert_non_null(mkdtemp(h->folder));
    snprintf(h->db, sizeof h->db, "%s/test.db", h->folder);
    h->now_us = HELP_NOW;
    h->prng = prng_seed(7);
    BUF_AUTO keys;
    buf_init(&keys, 4096);
    h->clock = (struct clock){help_now, help_now, h};
    struct chance chance = {help_chance, h};
    keyring_extend_text(&keys, 1, &chance);
    ok(keyring_read(buf_str(&keys), &h->keys, &e), &e);
    help_lexicon(h);
    ok(zones_new(help_zoneinfo, NULL, STR("system"), &h->zones, &e), &e);
    h->outlets[0] = (struct outlet){"dashboard", true, fake_send, &h->dashboard};
    h->outlets[1] = (struct outlet){"sms", false, fake_send, &h->sms};
    h->flow = (struct flow){.clock = h->clock,
                            .chance = chance,
                            .keys = h->keys,
                            .lexicon = h->lexicon,
                            .zones = h->zones,
                            .directory = directory_new(),
                            .outlets = h->outlets,
                            .n_outlets = 2,
                            .template_text = help_template,
                            .metrics = &h->metrics,
                            .fence = 1,
                            .version = "test",
                            .can_message = true};
    help_open_store(h);
    help_people(h);
    *state = h;
    return 0;
}

static inline int house_close(void **state) {
    struct house *h = *state;
    sqlite_close(h->store);
    directory_free(h->flow.directory);
    zones_free(h->zones);
    lexicon_free(h->lexicon);
    keyring_free(h->keys);
    static const char *const tails[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < 4; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", h->db, tails[i]);
        unlink(path);
    }
    int rc = rmdir(h->folder);
    free(h);
    return rc;
}

/* ---- in through the door ---- */

struct help_put {
    const struct inbox_item *item;
    bool fresh;
};
static inline int help_put_work(struct db *db, void *ctx, struct err *e) {
    struct help_put *p = ctx;
    return intake_put(db, p->item, &p->fresh, e);
}

/* As the web does it with a webhook whose signature was right. true: new. */
static inline bool help_put(struct house *h, const struct tenant *t, const char *source, struct str id,
                            struct str kind, struct str body, bool ignored) {
    struct err e = {0};
    BUF_AUTO sealed;
    buf_init(&sealed, 2 * WEBHOOK_MAX_BYTES);
    struct inbox_item item;
    ok(intake_item(&h->flow, t, str_of(source), id, kind, ignored, body, h->now_us, &sealed, &item, &e), &e);
    struct help_put p = {.item = &item};
    ok(store_write(h->store, help_put_work, &p, &e), &e);
    return p.fresh;
}

static inline bool help_webhook(struct house *h, const struct tenant *t, const char *body) {
    struct err e = {0};
    struct envelope v;
    ARENA_AUTO a;
    arena_init(&a, 16 * 1024 * 1024);
    ok(decode_ghl_envelope(&a, str_of(body), &v, &e), &e);
    return help_put(h, t, "ghl", v.webhook_id, v.type, str_of(body), !v.known);
}

static inline size_t help_drain(struct house *h) {
    struct err e = {0};
    size_t all = 0, n;
    do {
        ok(pipeline_drain(&h->flow, &n, &e), &e);
        all += n;
    } while (n == PIPELINE_BATCH);
    return all;
}

/* ---- looking ---- */

struct help_look {
    struct house *h;
    const struct tenant *t;
    struct arena *arena;
    struct str contact;
    struct lead *lead;
    struct id id;
    int got;
};
static inline int help_lead_work(struct db *db, void *ctx, struct err *e) {
    struct help_look *k = ctx;
    struct lead_ref ref = {.id = k->id, .contact = k->contact};
    k->got = lead_find(&k->h->flow, db, k->t, &ref, &k->id, e);
    if (k->got > 0) k->got = lead_open(&k->h->flow, db, k->t, k->id, k->arena, k->lead, e);
    return k->got < 0 ? -1 : 0;
}
static inline bool help_lead(struct house *h, const struct tenant *t, const char *contact, struct arena *a,
                             struct lead *out) {
    struct err e = {0};
    struct help_look k = {h, t, a, str_of(contact), out, {{0}}, 0};
    ok(store_read(h->store, help_lead_work, &k, &e), &e);
    return k.got > 0;
}

struct help_events {
    struct tenant_id tenant;
    struct id lead;
    int64_t n;
};
static inline int help_events_work(struct db *db, void *ctx, struct err *e) {
    struct help_events *k = ctx;
    Q_CURSOR(event_fold, cur);
    struct q_event_fold_out row;
    int got;
    if (q_event_fold_open(db, &(struct q_event_fold_in){.tenant = k->tenant, .lead_id = k->lead}, &cur, e) <
        0)
        return -1;
    while ((got = q_event_fold_next(&cur, &row, e)) > 0) k->n++;
    return got;
}
static inline int64_t help_count_events(struct house *h, const struct tenant *t, struct id lead) {
    struct err e = {0};
    struct help_events k = {t->id, lead, 0};
    ok(store_read(h->store, help_events_work, &k, &e), &e);
    return k.n;
}

struct help_outbox {
    struct house *h;
    size_t n;
    struct {
        struct id id;
        int64_t state;
        char purpose[64], why[128];
    } row[FAKE_MOST];
};
static inline int help_outbox_work(struct db *db, void *ctx, struct err *e) {
    struct help_outbox *k = ctx;
    Q_CURSOR(outbox_list, cur);
    struct q_outbox_list_out row;
    struct q_outbox_list_in in = {
        .tenant = k->h->tenant, .agent_id = k->h->agent, .before_at = INT64_MAX, .most = FAKE_MOST};
    int got;
    k->n = 0;
    if (q_outbox_list_open(db, &in, &cur, e) < 0) return -1;
    while ((got = q_outbox_list_next(&cur, &row, e)) > 0) {
        k->row[k->n].id = row.id;
        k->row[k->n].state = row.state;
        snprintf(k->row[k->n].purpose, sizeof k->row[0].purpose, "%.*s", STR_FMT(row.purpose));
        snprintf(k->row[k->n].why, sizeof k->row[0].why, "%.*s", STR_FMT(row.why));
        k->n++;
    }
    return got;
}
/* Newest first. */
static inline struct help_outbox help_outbox(struct house *h) {
    struct err e = {0};
    struct help_outbox k = {.h = h};
    ok(store_read(h->store, help_outbox_work, &k, &e), &e);
    return k;
}
static inline int64_t help_outbox_state(struct house *h, struct id id) {
    struct help_outbox k = help_outbox(h);
    for (size_t i = 0; i < k.n; i++)
        if (id_eq(k.row[i].id, id)) return k.row[i].state;
    return -1;
}

static inline void help_deliver(struct house *h) {
    struct err e = {0};
    size_t n;
    do {
        ok(outbox_deliver(&h->flow, &n, &e), &e);
    } while (n == OUTBOX_BATCH);
}

static inline uint64_t help_metric(struct house *h, enum metric_counter c) {
    return atomic_load(&h->metrics.counter[c]);
}

#endif
