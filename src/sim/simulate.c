/* The simulator's loop: what is due next, on the world's clock, until the last day is over. See simulate.h.
 *
 * A loss of power shows as a failing call and a disk that says it crashed. Then everything of the process
 * is thrown away but the disk's bytes, some time passes, and a new process starts as the server does: next
 * fence, abandoned sends, instants derived anew, timers planned, then what waits in the inbox. */
#include "sim/sim_impl.h"

#include "flow/outbox.h"
#include "flow/pipeline.h"
#include "flow/scheduler.h"
#include "sim/door.h"
#include "sim/phrases.h"
#include "store/query.h"

#include <stdarg.h>
#include <stdlib.h>

static const char disk[] = "leadlight-sim";
enum { AGENTS_MOST = 8, LEADS_PER_AGENT = 25, CRM_TRIES = 13, LIE_EVERY = 50 };
static const int64_t SWEEP_US = 10 * US_MINUTE;

int64_t sim_server_us(const struct sim *s) {
    return s->now_us + s->offset_us;
}

int sim_breach(struct sim *s, struct err *e, const char *fmt, ...) {
    char what[160];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    struct err breach;
    BUF_AUTO at;
    buf_init(&at, 40);
    rfc3339_add(&at, s->now_us, 3);
    err_set(&breach, ERR_INTERNAL, "", "seed %llu, %s: %s", (unsigned long long)s->o->seed, at.p, what);
    if (s->result->breach.kind == ERR_NONE) s->result->breach = breach;
    if (e) *e = s->result->breach;
    return -1;
}

/* ---- the ports ---- */

static int64_t server_clock(void *ctx) {
    return sim_server_us(ctx);
}
static int64_t steady_clock(void *ctx) {
    return ((struct sim *)ctx)->now_us;
}
static void fill_chance(void *ctx, void *p, size_t n) {
    prng_fill(ctx, p, n);
}
static void wake(void *ctx, enum wake what) {
    struct sim *s = ctx;
    s->woken_inbox |= what == WAKE_INBOX;
    s->woken_outbox |= what == WAKE_OUTBOX;
}
static void publish(void *ctx, struct tenant_id t, struct id agent, const char *event, struct id id,
                    struct str json) {
    if (strcmp(event, "approval") == 0) people_asked(ctx, t, agent, id, json, false);
}
static const struct zone *true_zone(void *ctx, struct str name) {
    return zones_find(((struct sim *)ctx)->flow.zones, name);
}

/* ---- the machine ---- */

static int take_fence(struct db *db, void *ctx, struct err *e) {
    int64_t *fence = ctx, last = 0;
    ARENA_AUTO a;
    arena_init(&a, 4096);
    struct q_meta_get_out row;
    int got = q_meta_get(db, &(struct q_meta_get_in){.name = STR("fence")}, &a, &row, e);
    if (got < 0) return -1;
    if (got > 0 && !str_to_i64(row.value, &last)) return err_set(e, ERR_INTERNAL, "fence", "is damaged");
    *fence = last + 1;
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)*fence);
    return q_meta_put(db, &(struct q_meta_put_in){.name = STR("fence"), .value = str_of(text)}, NULL, e);
}

static int boot(struct sim *s, struct err *e) {
    struct sqlite_options o = {.path = "/leadlight.db", .clock = &s->clock, .vfs = disk, .migrate = true};
    struct key install;
    crashfs_set_now(s->fs, sim_server_us(s));
    if (sqlite_open(&o, &query_catalog, &s->flow.store, e)) return -1;
    s->flow.directory = directory_new();
    if (!s->flow.directory) return err_set(e, ERR_INTERNAL, "", "out of memory");
    if (install_open(&s->flow, &install, e)) return -1;
    key_wipe(&install);
    s->up = true;
    return store_write(s->flow.store, take_fence, &s->flow.fence, e) || outbox_recover(&s->flow, e) ||
                   scheduler_rederive(&s->flow, e) || scheduler_plan_all(&s->flow, e)
               ? -1
               : 0;
}

static void power_off(struct sim *s) {
    sqlite_close(s->flow.store);
    directory_free(s->flow.directory);
    s->flow.store = NULL;
    s->flow.directory = NULL;
    s->up = false;
    s->woken_inbox = s->woken_outbox = false;
}

static int note_down(struct sim *s, struct err *e) {
    if (s->n_downs == s->cap_downs) {
        size_t cap = s->cap_downs ? s->cap_downs * 2 : 64;
        struct down *more = realloc(s->downs, cap * sizeof *more);
        if (!more) return err_set(e, ERR_INTERNAL, "", "out of memory");
        s->downs = more;
        s->cap_downs = cap;
    }
    s->downs[s->n_downs++] = (struct down){s->now_us, s->up_at_us};
    return 0;
}

/* The power is gone. Mostly somebody sees at once, sometimes only after hours. */
static int go_down(struct sim *s, struct err *e) {
    power_off(s);
    crashfs_restart(s->fs);
    s->result->count[SIM_CRASHES]++;
    double minutes = prng_exp(&s->r, prng_chance(&s->r, 0.05) ? 240 : 2);
    s->up_at_us = s->now_us + (int64_t)(minutes * (double)US_MINUTE) + US_SECOND;
    faults_line(s, "server_down", NULL, NULL, 0);
    return note_down(s, e);
}

/* After each call into the server: 0 = fine, 1 = the power went during it, -1. A breach seen by a vendor
 * ends the run. */
static int after(struct sim *s, int rc, struct err *e) {
    if (crashfs_crashed(s->fs)) return go_down(s, e) ? -1 : 1;
    if (s->result->breach.kind != ERR_NONE) {
        *e = s->result->breach;
        return -1;
    }
    if (s->slow_until_us > s->now_us) s->now_us += 20000 + (int64_t)prng_below(&s->r, 180000);
    return rc;
}

struct dues {
    int64_t timer_us, outbox_us;
};

static int dues_work(struct db *db, void *ctx, struct err *e) {
    struct dues *d = ctx;
    struct q_timer_next_out timer;
    struct q_outbox_next_due_out outbox;
    int got = q_timer_next(db, &timer, e);
    if (got < 0) return -1;
    if (got > 0 && timer.has_due_at) d->timer_us = timer.due_at;
    got = q_outbox_next_due(db, &outbox, e);
    if (got < 0) return -1;
    if (got > 0 && outbox.has_due_at) d->outbox_us = outbox.due_at;
    return 0;
}

static int look_ahead(struct sim *s, struct err *e) {
    struct dues d = {INT64_MAX, INT64_MAX};
    if (store_read(s->flow.store, dues_work, &d, e)) return -1;
    s->timer_us = d.timer_us;
    s->outbox_us = d.outbox_us;
    return 0;
}

/* The heart's beats, one after the other, until nothing is left to do now. */
static int drain(struct sim *s, struct err *e) {
    size_t n = PIPELINE_BATCH;
    s->woken_inbox = false;
    while (n == PIPELINE_BATCH)
        if (pipeline_drain(&s->flow, &n, e)) return -1;
    return 0;
}

static int deliver(struct sim *s, struct err *e) {
    size_t n = OUTBOX_BATCH;
    s->woken_outbox = false;
    while (n == OUTBOX_BATCH && !crashfs_crashed(s->fs))
        if (outbox_deliver(&s->flow, &n, e)) return -1;
    return 0;
}

static int beat(struct sim *s, struct err *e) {
    bool delivered = s->woken_outbox;
    while (s->woken_inbox || s->woken_outbox) {
        if (s->woken_inbox && drain(s, e)) return -1;
        delivered |= s->woken_outbox;
        if (s->woken_outbox && deliver(s, e)) return -1;
        if (crashfs_crashed(s->fs)) return 0;
    }
    return delivered ? look_ahead(s, e) : 0;
}

static int start(struct sim *s, struct err *e) {
    faults_arm(s);
    int rc = boot(s, e);
    if (rc == 0) {
        s->woken_inbox = s->woken_outbox = true;
        rc = beat(s, e);
    }
    if (crashfs_crashed(s->fs)) return go_down(s, e);
    if (rc) return -1;
    s->sweep_us = s->now_us + SWEEP_US;
    faults_line(s, "server_up", NULL, NULL, 0);
    return 0;
}

/* ---- deliveries ---- */

static size_t copy_str(struct str *s, char *memory, size_t at) {
    if (!str_given(*s)) return at;
    memcpy(memory + at, s->p, s->n);
    s->p = memory + at;
    return at + s->n;
}

/* Puts a delivery into the queue; strings are copied. */
static int post_later(struct sim *s, const struct happening *h, int64_t at_us, int tries, struct err *e) {
    struct sim_delivery d = {.due = {at_us, s->order++}, .tries = tries, .h = *h};
    d.memory = malloc(h->type.n + h->text.n + h->source_id.n + h->body.n + 1);
    void *p = s->late;
    int rc = d.memory ? sim_heap_room(&p, s->n_late, &s->cap_late, sizeof d) : -1;
    s->late = p;
    if (rc) {
        free(d.memory);
        return err_set(e, ERR_INTERNAL, "", "out of memory");
    }
    size_t at = copy_str(&d.h.type, d.memory, 0);
    at = copy_str(&d.h.text, d.memory, at);
    at = copy_str(&d.h.source_id, d.memory, at);
    copy_str(&d.h.body, d.memory, at);
    s->late[s->n_late] = d;
    sim_heap_push(s->late, ++s->n_late, sizeof d);
    return 0;
}

struct knock {
    const struct inbox_item *item;
    bool fresh;
};

static int knock_work(struct db *db, void *ctx, struct err *e) {
    struct knock *k = ctx;
    return intake_put(db, k->item, &k->fresh, e);
}

/* 0: answered 2xx. */
static int knock(struct sim *s, const struct happening *h, struct err *e) {
    const struct tenant *t;
    ARENA_AUTO a;
    struct buf sealed = {0};
    struct inbox_item item;
    arena_init(&a, 4 * 1024 * 1024);
    if (tenant_by_location(&s->flow, str_of(world_tenant(s->world, h->tenant)->location), &t, e)) return -1;
    int rc = door_item(&s->flow, t, h, sim_server_us(s), &a, &sealed, &item, e);
    struct knock k = {.item = &item};
    bool lie = s->o->server_lies_to_crm && s->result->count[SIM_ACCEPTED] % LIE_EVERY == LIE_EVERY - 1;
    if (rc == 0 && !lie) rc = store_write(s->flow.store, knock_work, &k, e);
    buf_done(&sealed);
    return rc;
}

static int accepted(struct sim *s, const struct happening *h, struct err *e) {
    struct id id;
    bool fresh;
    s->result->count[SIM_ACCEPTED]++;
    if (!id_parse(h->source_id, &id) || !sim_set_at(&s->accepted, id, &fresh))
        return err_set(e, ERR_INTERNAL, "", "out of memory");
    struct sim_lead *l = &s->tenant[h->tenant].lead[h->lead];
    if (h->opt_out && h->sent_us > l->out_us) l->out_us = h->sent_us;
    if (h->opt_in && h->sent_us > l->in_us) l->in_us = h->sent_us;
    people_inbound_line(s, h, true);
    if (event_group(h->kind) == EVENT_CONTACT) people_lead_line(s, h);
    return 0;
}

/* Not acknowledged: the CRM, and whoever posts to our own API, comes again after growing pauses, 12 times. */
static int refused(struct sim *s, const struct happening *h, int tries, struct err *e) {
    people_inbound_line(s, h, false);
    if (tries + 1 >= CRM_TRIES) return 0;
    int64_t pause = (30 * US_SECOND) << (tries < 8 ? tries : 8);
    return post_later(s, h, s->now_us + pause + (int64_t)prng_below(&s->r, (uint64_t)pause / 4), tries + 1,
                      e);
}

static int post(struct sim *s, const struct happening *h, int tries, struct err *e) {
    if (!s->up) return refused(s, h, tries, e);
    struct err why = {0};
    int rc = after(s, knock(s, h, &why), e);
    if (rc < 0 && why.kind == ERR_NONE) return -1;
    if (rc) return rc > 0 ? refused(s, h, tries, e) : (*e = why, -1);
    if (accepted(s, h, e)) return -1;
    s->woken_inbox = true;
    return after(s, beat(s, e), e) < 0 ? -1 : 0;
}

static int happen(struct sim *s, struct err *e) {
    struct happening h;
    if (!world_next(s->world, s->now_us, &h)) return 0;
    s->result->count[SIM_HAPPENED]++;
    int64_t delay_us = 0;
    enum sim_post how = faults_post(s, &delay_us);
    if (how == POST_LOST) faults_line(s, "webhook_missing", "source_id", NULL, 0);
    if (how == POST_LATE) faults_line(s, "webhook_late", "seconds", NULL, (double)(delay_us / US_SECOND));
    if (how == POST_TWICE) faults_line(s, "webhook_twice", "seconds", NULL, (double)(delay_us / US_SECOND));
    if (how == POST_LOST) return 0;
    if (how != POST_NOW && post_later(s, &h, s->now_us + delay_us, 0, e)) return -1;
    return how == POST_LATE ? 0 : post(s, &h, 0, e);
}

static int post_late(struct sim *s, struct err *e) {
    sim_heap_pop(s->late, s->n_late, sizeof *s->late);
    struct sim_delivery d = s->late[--s->n_late];
    int rc = post(s, &d.h, d.tries, e);
    free(d.memory);
    return rc;
}

/* ---- the loop ---- */

static int tick(struct sim *s, struct err *e) {
    size_t n = SCHEDULER_BATCH;
    while (n == SCHEDULER_BATCH)
        if (scheduler_tick(&s->flow, &n, e)) return -1;
    return beat(s, e) || look_ahead(s, e) ? -1 : 0;
}

static int sweep(struct sim *s, struct err *e) {
    s->sweep_us = s->now_us + SWEEP_US;
    if (scheduler_sweep(&s->flow, e)) return -1;
    if (s->o->faults == FAULTS_NONE) return 0;
    s->woken_inbox = true; /* rows that failed wait for their pause */
    return beat(s, e) || look_ahead(s, e) ? -1 : 0;
}

static int send_due(struct sim *s, struct err *e) {
    s->woken_outbox = true;
    return beat(s, e);
}

enum step {
    STEP_WORLD,
    STEP_LATE,
    STEP_FAULT,
    STEP_START,
    STEP_TICK,
    STEP_SEND,
    STEP_DECIDE,
    STEP_SWEEP,
    STEPS
};

static int64_t true_us(const struct sim *s, int64_t server_us) {
    return server_us == INT64_MAX ? INT64_MAX : server_us - s->offset_us;
}

static int64_t next_fault(const struct sim *s) {
    int64_t at = s->fault_us;
    for (int i = 0; i < VENDORS; i++)
        if (s->vendor[i].down_until_us && s->vendor[i].down_until_us < at) at = s->vendor[i].down_until_us;
    return at;
}

static enum step next_step(struct sim *s, int64_t *out_us) {
    int64_t at[STEPS];
    for (int i = 0; i < STEPS; i++) at[i] = INT64_MAX;
    at[STEP_WORLD] = world_peek_us(s->world);
    if (s->n_late) at[STEP_LATE] = s->late[0].due.at_us;
    at[STEP_FAULT] = next_fault(s);
    if (s->up) {
        at[STEP_TICK] = true_us(s, s->timer_us);
        at[STEP_SEND] = true_us(s, s->outbox_us);
        at[STEP_SWEEP] = s->sweep_us;
        if (s->n_decisions) at[STEP_DECIDE] = s->decisions[0].due.at_us;
    } else {
        at[STEP_START] = s->up_at_us;
    }
    int first = 0;
    for (int i = 1; i < STEPS; i++)
        if (at[i] < at[first]) first = i;
    *out_us = at[first];
    return (enum step)first;
}

static int do_step(struct sim *s, enum step what, struct err *e) {
    int rc = 0;
    switch (what) {
    case STEP_WORLD: return happen(s, e);
    case STEP_LATE: return post_late(s, e);
    case STEP_START: return start(s, e);
    case STEP_FAULT: rc = faults_next(s, e); break;
    case STEP_TICK: rc = tick(s, e); break;
    case STEP_SEND: rc = send_due(s, e); break;
    case STEP_DECIDE:
        rc = people_decide(s, e);
        if (rc == 0 && !crashfs_crashed(s->fs)) rc = beat(s, e);
        break;
    case STEP_SWEEP: rc = sweep(s, e); break;
    case STEPS: break;
    }
    if (rc == 0 && what == STEP_FAULT && s->up && !crashfs_crashed(s->fs)) rc = look_ahead(s, e);
    if (what == STEP_FAULT && !s->up) return rc;
    return after(s, rc, e) < 0 ? -1 : 0;
}

static int run(struct sim *s, struct err *e) {
    for (;;) {
        int64_t at_us;
        enum step what = next_step(s, &at_us);
        if (at_us >= s->to_us) return 0;
        if (at_us > s->now_us) s->now_us = at_us;
        crashfs_set_now(s->fs, sim_server_us(s));
        if (do_step(s, what, e)) return -1;
    }
}

/* The last day is over: nothing fails any more, what waits is done, and then everything must be in order. */
static int finish(struct sim *s, struct err *e) {
    if (s->now_us < s->to_us) s->now_us = s->to_us;
    crashfs_crash_at(s->fs, 0);
    s->slow_until_us = 0;
    if (!s->up) {
        if (boot(s, e)) return -1;
        faults_line(s, "server_up", NULL, NULL, 0);
    }
    s->woken_inbox = s->woken_outbox = true;
    return beat(s, e) || tick(s, e) || check_end(s, e) ? -1 : 0;
}

/* ---- beginning and end ---- */

static int make_keys(struct sim *s, struct err *e) {
    BUF_AUTO text;
    buf_init(&text, 4096);
    keyring_extend_text(&text, 1, &s->flow.chance);
    return keyring_read(buf_str(&text), &s->keys, e);
}

static void list_zones(struct sim *s) {
    for (size_t i = 0; i < places_n(); i++) {
        const char *name = place_at(i)->zone;
        bool known = false;
        for (size_t k = 0; k < s->n_zones; k++) known |= strcmp(s->zones[k].name, name) == 0;
        if (known || s->n_zones == sizeof s->zones / sizeof *s->zones) continue;
        snprintf(s->zones[s->n_zones++].name, sizeof s->zones[0].name, "%s", name);
    }
}

static int make_world(struct sim *s, struct err *e) {
    s->agents = 1 + (size_t)s->o->leads / LEADS_PER_AGENT;
    if (s->agents > AGENTS_MOST) s->agents = AGENTS_MOST;
    struct world_options o = {.seed = s->o->seed,
                              .tenants = (size_t)s->o->tenants,
                              .agents = s->agents,
                              .leads = (size_t)s->o->leads,
                              .from_us = s->from_us + US_HOUR,
                              .arrive_us = s->o->days * US_DAY / 2,
                              .pace = 1,
                              .canary = true,
                              .zone = true_zone,
                              .zone_ctx = s};
    return world_new(&o, &s->world, e);
}

static int begin(struct sim *s, struct err *e) {
    struct prng seed = prng_seed(s->o->seed);
    s->r = prng_fork(&seed, STR("faults"), 0);
    s->chance = prng_fork(&seed, STR("chance"), 0);
    struct prng days = prng_fork(&seed, STR("days"), 0);
    struct date first = {2026, 1, 1};
    s->from_us = (date_to_days(first) + (int64_t)prng_below(&days, 365)) * US_DAY + 5 * US_HOUR;
    s->to_us = s->from_us + s->o->days * US_DAY;
    s->now_us = s->from_us;
    s->clock = (struct clock){server_clock, steady_clock, s};
    arena_init(&s->zone_arena, 16 * 1024 * 1024);
    list_zones(s);
    vendor_outlets(s);
    s->flow = (struct flow){.clock = s->clock,
                            .chance = {fill_chance, &s->chance},
                            .lexicon = s->o->lexicon,
                            .live = {publish, NULL, s},
                            .outlets = s->outlets,
                            .n_outlets = (size_t)sim_vendors(s),
                            .wake = wake,
                            .wake_ctx = s,
                            .template_text = s->o->template_text,
                            .template_ctx = s->o->template_ctx,
                            .version = s->o->version,
                            .can_message = s->o->with_log};
    if (out_open(&s->out, s->o->out_dir, e) || make_keys(s, e) ||
        crashfs_new(disk, prng_fork(&seed, STR("disk"), 0), s->now_us, true, &s->fs, e) ||
        zones_new(faults_zone, s, STR("system"), &s->flow.zones, e) || make_world(s, e))
        return -1;
    s->flow.keys = s->keys;
    crashfs_lie(s->fs, s->o->disk_lies);
    if (boot(s, e) || people_make(s, e) || look_ahead(s, e)) return -1;
    s->sweep_us = s->now_us + SWEEP_US;
    faults_begin(s);
    return 0;
}

static void end(struct sim *s) {
    power_off(s);
    crashfs_free(s->fs);
    zones_free(s->flow.zones);
    keyring_free(s->keys);
    world_free(s->world);
    for (size_t i = 0; i < s->n_late; i++) free(s->late[i].memory);
    for (int i = 0; s->tenant && i < s->o->tenants; i++) {
        free(s->tenant[i].agent);
        free(s->tenant[i].lead);
    }
    free(s->tenant);
    free(s->late);
    free(s->decisions);
    free(s->downs);
    for (int i = 0; i < VENDORS; i++) sim_set_done(&s->vendor[i].keys);
    sim_set_done(&s->accepted);
    sim_set_done(&s->once);
    sim_set_done(&s->contacts);
    arena_done(&s->zone_arena);
    free(s);
}

static int write_summary(struct sim *s, struct err *e) {
    static const char *const names[OUT_FILES] = {"tenants", "agents", "leads", "inbound", "sends", "faults"};
    BUF_AUTO b;
    buf_init(&b, 64 * 1024);
    struct jw w = jw_on(&b);
    jw_object(&w);
    jw_ki64(&w, "seed", (int64_t)s->o->seed);
    jw_kz(&w, "version", s->o->version);
    out_us(&w, "from", s->from_us);
    out_us(&w, "to", s->to_us);
    jw_key(&w, "counts");
    jw_object(&w);
    jw_key(&w, "lines");
    jw_object(&w);
    for (int i = 0; i < OUT_FILES; i++) jw_ki64(&w, names[i], s->out.lines[i]);
    jw_end(&w);
    for (int i = 0; i < SIM_COUNTS; i++)
        jw_ki64(&w, simulate_count_name((enum simulate_count)i), s->result->count[i]);
    jw_end(&w);
    jw_key(&w, "invariants");
    jw_array(&w);
    static const char *const checked[] = {
        "no accepted event lost",         "no event applied twice",
        "no message delivered twice",     "no event alerts twice",
        "one briefing per agent and day", "no message after an accepted opt-out",
        "no dead letters, nothing stuck"};
    for (size_t i = 0; i < sizeof checked / sizeof *checked; i++) jw_z(&w, checked[i]);
    jw_end(&w);
    jw_kbool(&w, "held", s->result->breach.kind == ERR_NONE);
    if (s->result->breach.kind != ERR_NONE) jw_kz(&w, "breach", s->result->breach.msg);
    jw_end(&w);
    buf_c(&b, '\n');
    return out_file(&s->out, NULL, "summary.json", buf_str(&b), e);
}

int simulate(const struct simulate_options *o, struct simulate_result *out, struct err *e) {
    if (o->tenants < 1 || o->leads < 1 || o->days < 1)
        return err_set(e, ERR_INVALID, "simulate", "needs at least one tenant, one lead and one day");
    struct sim *s = calloc(1, sizeof *s);
    if (!s) return err_set(e, ERR_INTERNAL, "", "out of memory");
    struct err why = {0};
    s->o = o;
    s->result = out;
    *out = (struct simulate_result){.seed = o->seed, .lead_days = (int64_t)o->tenants * o->leads * o->days};
    int rc = begin(s, &why) || run(s, &why) || finish(s, &why) ? -1 : 0;
    out->from_us = s->from_us;
    out->to_us = s->to_us;
    if (s->world && (rc == 0 || out->breach.kind != ERR_NONE) && write_summary(s, rc ? NULL : &why)) rc = -1;
    if (out_close(&s->out, rc ? NULL : &why)) rc = -1;
    end(s);
    if (rc && e) *e = why;
    return rc;
}

/* ---- telling it ---- */

const char *simulate_count_name(enum simulate_count c) {
    static const char *const names[SIM_COUNTS] = {"happened",  "accepted", "events",  "sends",  "alerts",
                                                  "briefings", "messages", "crashes", "faults", "checks"};
    return names[c];
}

bool simulate_faults_parse(struct str s, enum simulate_faults *out) {
    static const char *const names[] = {"none", "some", "all"};
    for (int i = 0; i < 3; i++)
        if (str_is(s, names[i])) {
            *out = (enum simulate_faults)i;
            return true;
        }
    return false;
}

void simulate_result_json(const struct simulate_result *r, struct buf *out) {
    struct jw w = jw_on(out);
    jw_object(&w);
    jw_ki64(&w, "seed", (int64_t)r->seed);
    out_us(&w, "from", r->from_us);
    out_us(&w, "to", r->to_us);
    jw_ki64(&w, "lead_days", r->lead_days);
    for (int i = 0; i < SIM_COUNTS; i++)
        jw_ki64(&w, simulate_count_name((enum simulate_count)i), r->count[i]);
    jw_kbool(&w, "held", r->breach.kind == ERR_NONE);
    if (r->breach.kind != ERR_NONE) jw_kz(&w, "breach", r->breach.msg);
    jw_end(&w);
    buf_c(out, '\n');
}

void simulate_result_text(const struct simulate_result *r, struct buf *out) {
    buf_fmt(out, "seed %llu, %lld lead-days\n", (unsigned long long)r->seed, (long long)r->lead_days);
    for (int i = 0; i < SIM_COUNTS; i++)
        buf_fmt(out, "  %-10s %lld\n", simulate_count_name((enum simulate_count)i), (long long)r->count[i]);
    if (r->breach.kind == ERR_NONE)
        buf_z(out, "every invariant held\n");
    else
        buf_fmt(out, "BREACH: %s\n", r->breach.msg);
}
