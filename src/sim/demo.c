/* The demo. See demo.h.
 *
 * Telling history: happenings go through door and pipeline in one transaction each batch, so that a heart
 * that beats beside us never sees them half told. Older than a day: many at once, with the flow's clock a
 * day later, so that they are news to nobody. The last day: one by one at their own time, so that what an
 * alert would have said then, it says, and what is still open is open. */
#include "sim/demo.h"

#include "flow/outbox.h"
#include "flow/people.h"
#include "flow/pipeline.h"
#include "flow/scheduler.h"
#include "flow/zones.h"
#include "sim/door.h"
#include "sim/phrases.h"
#include "store/query.h"

#include <stdlib.h>

enum { LATER = 40, BATCH = PIPELINE_BATCH, MOST_PER_STEP = 8, OPENING = 8 };
static const char brokerage[] = "Bayside Keys Realty";

struct demo {
    const struct flow *f;
    struct flow past; /* the same, with a clock of its own and nobody listening */
    int64_t past_us;
    struct world *world;
    struct prng r;
    struct demo_info info;
    const struct tenant *tenant;
    int64_t next_us, next_alert_us, next_arrival_us;
    size_t arrived; /* newcomers so far */
};

static int64_t past_now(void *ctx) {
    return ((struct demo *)ctx)->past_us;
}

static int64_t past_mono(void *ctx) {
    const struct demo *d = ctx;
    return clock_mono(&d->f->clock);
}

static const struct zone *zone_of(void *ctx, struct str name) {
    const struct flow *f = ctx;
    return zones_find(f->zones, name);
}

/* ---- the brokerage ---- */

static int live_from(struct demo *d, uint64_t seed, int64_t from_us, struct err *e) {
    struct world_options o = {.seed = seed,
                              .tenants = 1,
                              .agents = DEMO_AGENTS,
                              .leads = DEMO_LEADS + LATER,
                              .later = LATER,
                              .from_us = from_us,
                              .arrive_us = (DEMO_DAYS - 2) * US_DAY,
                              .pace = 3,
                              .brokerage = brokerage,
                              .zone = zone_of,
                              .zone_ctx = (void *)d->f};
    world_free(d->world);
    d->world = NULL;
    return world_new(&o, &d->world, e);
}

static int make_agents(struct demo *d, struct err *e) {
    const struct world_tenant *t = world_tenant(d->world, 0);
    for (size_t i = 0; i < DEMO_AGENTS; i++) {
        const struct world_agent *a = &t->agent[i];
        struct new_user in = {.tenant = d->info.tenant,
                              .role = i == 0 ? ROLE_ADMIN : ROLE_AGENT,
                              .name = str_of(a->name),
                              .zone = str_of(a->zone),
                              .email = str_of(a->email),
                              .ghl_user = str_of(a->ghl_user),
                              .language = i == 0 || a->language == LANG_EN ? STR("en") : STR("es")};
        if (user_create(d->f, &in, &d->info.agent[i], e)) return -1;
    }
    d->info.admin = d->info.agent[0];
    return 0;
}

static int make_tenant(struct demo *d, struct err *e) {
    const struct world_tenant *t = world_tenant(d->world, 0);
    struct new_tenant in = {str_of(t->name), str_of(t->location), str_of(t->zone)};
    struct made_tenant made;
    if (tenant_create(&d->past, &in, &made, e)) return -1;
    d->info.tenant = made.id;
    return make_agents(d, e);
}

static int find_agents(struct db *db, void *ctx, struct err *e) {
    struct demo *d = ctx;
    const struct world_tenant *t = world_tenant(d->world, 0);
    for (size_t i = 0; i < DEMO_AGENTS; i++) {
        struct q_agent_by_ghl_user_out row;
        struct q_agent_by_ghl_user_in in = {.tenant = d->info.tenant,
                                            .ghl_user = str_of(t->agent[i].ghl_user)};
        int got = q_agent_by_ghl_user(db, &in, &row, e);
        if (got < 0) return -1;
        if (got == 0)
            return err_set(e, ERR_CONFLICT, "demo",
                           "this data folder's brokerage is not the demo's, or of another seed");
        d->info.agent[i] = row.id;
    }
    d->info.admin = d->info.agent[0];
    return 0;
}

static int count_tenants(struct db *db, void *ctx, struct err *e) {
    Q_CURSOR(tenant_list, cur);
    struct q_tenant_list_out row;
    int got;
    if (q_tenant_list_open(db, &cur, e) < 0) return -1;
    while ((got = q_tenant_list_next(&cur, &row, e)) > 0) ++*(size_t *)ctx;
    return got;
}

/* Makes the brokerage, or finds the one of an earlier start; its people live since it was made. */
static int settle_in(struct demo *d, uint64_t seed, int64_t now_us, struct err *e) {
    size_t tenants = 0;
    d->past_us = now_us - DEMO_DAYS * US_DAY;
    if (store_read(d->f->store, count_tenants, &tenants, e) || live_from(d, seed, d->past_us, e)) return -1;
    struct str location = str_of(world_tenant(d->world, 0)->location);
    if (tenants == 0 && make_tenant(d, e)) return -1;
    if (tenant_by_location(d->f, location, &d->tenant, tenants ? NULL : e))
        return tenants ? err_set(e, ERR_CONFLICT, "demo",
                                 "this data folder has a tenant that is not the demo's, or of another seed")
                       : -1;
    d->info.tenant = d->tenant->id;
    if (tenants && live_from(d, seed, d->tenant->created_us, e)) return -1;
    return store_read(d->f->store, find_agents, d, e);
}

/* ---- history ---- */

struct batch {
    struct demo *d;
    struct arena arena;
    size_t n;
    struct inbox_item item[BATCH];
    struct buf sealed[BATCH];
    struct pipeline_run run;
};

static int batch_work(struct db *db, void *ctx, struct err *e) {
    struct batch *b = ctx;
    for (size_t i = 0; i < b->n; i++) {
        bool fresh;
        if (intake_put(db, &b->item[i], &fresh, e)) return -1;
        b->d->info.events += fresh;
    }
    return pipeline_work(db, &b->run, e);
}

static void batch_init(struct batch *b, struct demo *d) {
    *b = (struct batch){.d = d};
    arena_init(&b->arena, 16 * 1024 * 1024);
}

static void batch_done(struct batch *b) {
    for (size_t i = 0; i < b->n; i++) buf_done(&b->sealed[i]);
    arena_done(&b->arena);
}

static int batch_tell(struct batch *b, int64_t clock_us, struct err *e) {
    struct demo *d = b->d;
    if (b->n == 0) return 0;
    d->past_us = clock_us;
    pipeline_run_init(&b->run, &d->past, BATCH);
    int rc = store_write(d->past.store, batch_work, b, e);
    pipeline_run_done(&b->run);
    batch_done(b);
    batch_init(b, d);
    return rc;
}

static int batch_add(struct batch *b, const struct happening *h, struct err *e) {
    if (door_item(&b->d->past, b->d->tenant, h, h->at_us, &b->arena, &b->sealed[b->n], &b->item[b->n], e)) {
        buf_done(&b->sealed[b->n]);
        return -1;
    }
    b->n++;
    return 0;
}

/* Until `until_us`: batches, each a day late. */
static int tell_old(struct demo *d, int64_t until_us, struct err *e) {
    struct happening h;
    int rc = 0;
    int64_t last_us = 0, late_us = ALERT_STALE_US + US_HOUR;
    struct batch *b = malloc(sizeof *b);
    if (!b) return err_set(e, ERR_INTERNAL, "", "out of memory");
    batch_init(b, d);
    while (rc == 0 && world_next(d->world, until_us, &h)) {
        rc = batch_add(b, &h, e);
        last_us = h.at_us;
        if (rc == 0 && b->n == BATCH) rc = batch_tell(b, last_us + late_us, e);
    }
    if (rc == 0) rc = batch_tell(b, last_us + late_us, e);
    batch_done(b);
    free(b);
    return rc;
}

static int deliver(const struct flow *f, struct err *e) {
    size_t n = OUTBOX_BATCH;
    while (n == OUTBOX_BATCH)
        if (outbox_deliver(f, &n, e)) return -1;
    return 0;
}

/* Until now: one by one, at their time. */
static int tell_new(struct demo *d, int64_t now_us, struct err *e) {
    struct happening h;
    int rc = 0;
    struct batch *b = malloc(sizeof *b);
    if (!b) return err_set(e, ERR_INTERNAL, "", "out of memory");
    batch_init(b, d);
    while (rc == 0 && world_next(d->world, now_us, &h)) {
        rc = batch_add(b, &h, e);
        if (rc == 0) rc = batch_tell(b, h.at_us, e);
        if (rc == 0) rc = deliver(&d->past, e);
    }
    batch_done(b);
    free(b);
    return rc;
}

/* The next lead from `from` on who still listens, one of the broker's if asked for. */
static size_t somebody(const struct demo *d, size_t from, bool of_broker) {
    for (size_t i = 0; i < DEMO_LEADS; i++) {
        struct world_lead l;
        size_t lead = (from + 7 * i) % DEMO_LEADS; /* 7 and 60 share no divisor: all are asked */
        world_lead(d->world, 0, lead, &l);
        if (!l.opted_out && (!of_broker || l.agent == 0)) return lead;
    }
    return from;
}

/* Somebody wrote in the last hour, so that there is something to do: most of it to the broker, whose page
 * one sees first. */
static void open_the_day(struct demo *d, int64_t now_us) {
    static const enum phrase_kind says[OPENING] = {SAY_URGENT, SAY_COMPETITOR, SAY_SHOWING, SAY_URGENT,
                                                   SAY_URGENT, SAY_QUESTION,   SAY_URGENT,  SAY_COMPETITOR};
    size_t lead = prng_below(&d->r, DEMO_LEADS);
    for (int i = 0; i < OPENING; i++) {
        lead = somebody(d, (lead + 7) % DEMO_LEADS, i % 4 != 2);
        int64_t at_us = now_us - (OPENING - i) * 6 * US_MINUTE;
        for (int k = 0; k < 4; k++)
            world_nudge(d->world, 0, lead, at_us - (5 - k) * US_MINUTE, WORLD_BROWSES, 0);
        world_nudge(d->world, 0, lead, at_us, WORLD_WRITES, (int)says[i]);
    }
}

static int brief_today(struct db *db, void *ctx, struct err *e) {
    struct demo *d = ctx;
    int64_t now_us = clock_now(&d->f->clock);
    for (size_t i = 0; i < DEMO_AGENTS; i++) {
        const struct world_agent *a = &world_tenant(d->world, 0)->agent[i];
        const struct zone *zone = zones_find(d->f->zones, str_of(a->zone));
        struct q_timer_drop_in drop = {
            .tenant = d->info.tenant, .kind = STR("briefing"), .subject = d->info.agent[i]};
        if (!zone) continue;
        struct date today = zone_date(zone, now_us);
        BUF_AUTO date;
        buf_init(&date, 16);
        date_add_text(&date, today);
        struct q_timer_put_in put = {
            .tenant = d->info.tenant,
            .kind = STR("briefing"),
            .subject = d->info.agent[i],
            .occurrence = buf_str(&date),
            .wall = STR("07:00"),
            .zone = str_of(a->zone),
            .due_at = now_us - 1,
            .expires_at = zone_instant(zone, (struct civil){.date = date_add(today, 1)}, NULL)};
        int64_t changed;
        if (q_timer_drop(db, &drop, NULL, e) || q_timer_put(db, &put, &changed, e)) return -1;
        if (changed == 0 && scheduler_plan_agent(d->f, db, d->tenant, d->info.agent[i], now_us, e))
            return -1; /* had it already */
    }
    return 0;
}

static int tell(struct demo *d, int64_t now_us, struct err *e) {
    if (tell_old(d, now_us - ALERT_STALE_US - US_HOUR, e)) return -1;
    if (d->info.events) open_the_day(d, now_us);
    if (tell_new(d, now_us, e)) return -1;
    size_t fired;
    return store_write(d->f->store, brief_today, d, e) || scheduler_tick(d->f, &fired, e) ||
                   scheduler_sweep(d->f, e)
               ? -1
               : 0;
}

static int64_t soon(struct demo *d, int64_t now_us, int from_s, int to_s) {
    return now_us + (from_s + (int64_t)prng_below(&d->r, (uint64_t)(to_s - from_s))) * US_SECOND;
}

int demo_new(const struct flow *f, uint64_t seed, struct demo **out, struct demo_info *out_info,
             struct err *e) {
    struct demo *d = calloc(1, sizeof *d);
    if (!d) return err_set(e, ERR_INTERNAL, "", "out of memory");
    int64_t now_us = clock_now(&f->clock);
    d->f = f;
    d->past = *f;
    d->past.clock = (struct clock){past_now, past_mono, d};
    d->past.live = (struct live){0};
    d->past.wake = NULL;
    d->past.metrics = NULL;
    d->r = prng_seed(seed ^ (uint64_t)now_us);
    if (settle_in(d, seed, now_us, e) || tell(d, now_us, e)) {
        demo_free(d);
        return -1;
    }
    d->next_us = now_us + 2 * US_SECOND;
    d->next_alert_us = soon(d, now_us, 8, 15);
    d->next_arrival_us = soon(d, now_us, 90, 150);
    *out_info = d->info;
    *out = d;
    return 0;
}

void demo_free(struct demo *d) {
    if (!d) return;
    world_free(d->world);
    free(d);
}

/* ---- the life that goes on ---- */

struct knock {
    const struct inbox_item *item;
    bool fresh;
};

static int knock_work(struct db *db, void *ctx, struct err *e) {
    struct knock *k = ctx;
    return intake_put(db, k->item, &k->fresh, e);
}

static int knock(struct demo *d, const struct happening *h, int64_t now_us, struct err *e) {
    ARENA_AUTO a;
    BUF_AUTO sealed;
    struct inbox_item item;
    arena_init(&a, 1024 * 1024);
    if (door_item(d->f, d->tenant, h, now_us, &a, &sealed, &item, e)) return -1;
    struct knock k = {.item = &item};
    if (store_write(d->f->store, knock_work, &k, e)) return -1;
    metric_add(d->f->metrics, M_WEBHOOKS, k.fresh);
    if (d->f->wake) {
        d->f->wake(d->f->wake_ctx, WAKE_INBOX);
        return 0;
    }
    size_t handled;
    return pipeline_drain(d->f, &handled, e) ? -1 : deliver(d->f, e);
}

static void stir(struct demo *d, int64_t now_us) {
    static const enum phrase_kind news[] = {SAY_URGENT, SAY_COMPETITOR, SAY_URGENT},
                                  calm[] = {SAY_QUESTION, SAY_SHOWING, SAY_DOUBT, SAY_THANKS};
    size_t lead = somebody(d, prng_below(&d->r, DEMO_LEADS), prng_chance(&d->r, 0.6));
    if (now_us >= d->next_alert_us) {
        d->next_alert_us = soon(d, now_us, 40, 80);
        world_nudge(d->world, 0, lead, now_us, WORLD_WRITES, (int)news[prng_below(&d->r, 3)]);
    } else if (prng_chance(&d->r, 0.2)) {
        world_nudge(d->world, 0, lead, now_us, WORLD_WRITES, (int)calm[prng_below(&d->r, 4)]);
    } else {
        world_nudge(d->world, 0, lead, now_us, WORLD_BROWSES, 0);
    }
    if (now_us >= d->next_arrival_us && d->arrived < LATER) {
        d->next_arrival_us = soon(d, now_us, 100, 200);
        world_nudge(d->world, 0, DEMO_LEADS + d->arrived++, now_us, WORLD_ARRIVES, 0);
    }
    d->next_us = soon(d, now_us, 3, 10);
}

int demo_step(struct demo *d, int64_t now_us) {
    if (now_us >= d->next_us) stir(d, now_us);
    struct happening h;
    for (int i = 0; i < MOST_PER_STEP && world_next(d->world, now_us, &h); i++)
        if (knock(d, &h, now_us, NULL)) return -1; /* not tried again: a demo may lose a visit */
    return 0;
}
