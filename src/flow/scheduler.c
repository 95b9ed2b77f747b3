/* Timers. See scheduler.h.
 *
 * A briefing's expiry is the end of its local day: a server that was down catches up unless the day is over.
 * At most one pending row per agent, so the table stays small; settled rows stay as the record of what
 * happened. */
#include "flow/scheduler.h"

#include "flow/briefing.h"
#include "flow/outbox.h"
#include "flow/plan.h"
#include "flow/zones.h"
#include "store/query.h"

#define PUT_OFF_US (5 * US_MINUTE)

static int64_t instant(const struct zone *zone, struct date d, int minute) {
    return zone_instant(zone, (struct civil){.date = d, .hour = minute / 60, .minute = minute % 60}, NULL);
}

int timer_next_briefing(const struct zone *zone, int minute, int64_t now_us, const struct date *after,
                        struct date *out_date, int64_t *out_due_us, int64_t *out_expires_us) {
    struct date d = after ? date_add(*after, 1) : zone_date(zone, now_us);
    *out_date = d;
    *out_due_us = instant(zone, d, minute);
    *out_expires_us = instant(zone, date_add(d, 1), 0);
    return 0;
}

struct wanted {
    struct date date;
    char occurrence[16], wall[8];
    int64_t due_us, expires_us;
};

static void word(struct wanted *w, int minute) {
    snprintf(w->occurrence, sizeof w->occurrence, "%04d-%02d-%02d", w->date.year % 10000, w->date.month,
             w->date.day);
    snprintf(w->wall, sizeof w->wall, "%02d:%02d", minute / 60 % 24, minute % 60);
}

static int put(struct db *db, const struct tenant *t, struct id agent, const struct wanted *w,
               struct str zone, int64_t *out_changed, struct err *e) {
    struct q_timer_put_in in = {.tenant = t->id,
                                .kind = STR("briefing"),
                                .subject = agent,
                                .occurrence = str_of(w->occurrence),
                                .wall = str_of(w->wall),
                                .zone = zone,
                                .due_at = w->due_us,
                                .expires_at = w->expires_us};
    return q_timer_put(db, &in, out_changed, e);
}

static int drop(struct db *db, const struct tenant *t, struct id agent, struct err *e) {
    return q_timer_drop(
        db, &(struct q_timer_drop_in){.tenant = t->id, .kind = STR("briefing"), .subject = agent}, NULL, e);
}

/* Puts the first occurrence after `after` that has not been settled yet. Without it, at or after today: a briefing
 * newly wanted after its hour today starts tomorrow. But today's that is still owed when its hour is moved into
 * the past stays owed and fires at once. */
static int plan_from(struct db *db, const struct tenant *t, const struct agent *ag, int64_t now_us,
                     const struct date *after, struct err *e) {
    int minute = (int)ag->prefs.v[P_BRIEFING_TIME].number;
    struct wanted w;
    timer_next_briefing(ag->zone, minute, now_us, after, &w.date, &w.due_us, &w.expires_us);
    for (int tries = 0; tries < 3; tries++) {
        int64_t changed = 0;
        bool passed = !after && w.due_us <= now_us;
        if (!passed) {
            word(&w, minute);
            if (put(db, t, ag->id, &w, ag->zone_name, &changed, e)) return -1;
            if (changed) return 0;
        }
        struct date last = w.date;
        timer_next_briefing(ag->zone, minute, now_us, &last, &w.date, &w.due_us, &w.expires_us);
    }
    return 0;
}

static bool fits(const struct q_timer_of_out *have, const struct agent *ag) {
    struct date d;
    if (date_parse(have->occurrence, &d, NULL)) return false;
    return have->due_at == instant(ag->zone, d, (int)ag->prefs.v[P_BRIEFING_TIME].number);
}

int scheduler_plan_agent(const struct flow *f, struct db *db, const struct tenant *t, struct id agent,
                         int64_t now_us, struct err *e) {
    ARENA_AUTO a;
    arena_init(&a, 256 * 1024);
    struct agent ag;
    int got = agent_open(f, db, t, agent, &a, &ag, e);
    if (got <= 0) return got;
    bool wanted = ag.active && ag.zone && ag.prefs.v[P_BRIEFING_ENABLED].number != 0;
    struct q_timer_of_out have;
    got = q_timer_of(db, &(struct q_timer_of_in){.tenant = t->id, .kind = STR("briefing"), .subject = agent},
                     &a, &have, e);
    if (got < 0) return -1;
    if (got > 0 && wanted && fits(&have, &ag)) return 0;
    if (got > 0 && drop(db, t, agent, e)) return -1;
    if (!wanted) return 0;
    struct date waiting, before;
    bool owed = got > 0 && date_parse(have.occurrence, &waiting, NULL) == 0 &&
                date_cmp(waiting, zone_date(ag.zone, now_us)) <= 0;
    if (owed) before = date_add(waiting, -1);
    return plan_from(db, t, &ag, now_us, owed ? &before : NULL, e);
}

struct someone {
    struct tenant_id tenant;
    struct id agent;
};
struct everybody { /* copied out of cursors */
    struct someone *one;
    size_t n, cap;
};

static int note_agent(struct everybody *all, struct tenant_id t, struct id agent, struct err *e) {
    if (all->n == all->cap) {
        size_t cap = all->cap ? all->cap * 2 : 64;
        struct someone *more = realloc(all->one, cap * sizeof *more);
        if (!more) return err_set(e, ERR_INTERNAL, "", "out of memory");
        all->one = more;
        all->cap = cap;
    }
    all->one[all->n++] = (struct someone){t, agent};
    return 0;
}

static int list_agents(struct db *db, struct tenant_id t, struct everybody *all, struct err *e) {
    Q_CURSOR(agent_list, cur);
    struct q_agent_list_out row;
    int got;
    if (q_agent_list_open(db, &(struct q_agent_list_in){.tenant = t}, &cur, e) < 0) return -1;
    while ((got = q_agent_list_next(&cur, &row, e)) > 0)
        if (note_agent(all, t, row.id, e)) return -1;
    return got;
}

static int list_work(struct db *db, void *ctx, struct err *e) {
    Q_CURSOR(tenant_list, cur);
    struct q_tenant_list_out row;
    int got;
    if (q_tenant_list_open(db, &cur, e) < 0) return -1;
    while ((got = q_tenant_list_next(&cur, &row, e)) > 0)
        if (list_agents(db, row.id, ctx, e)) return -1;
    return got;
}

struct planning {
    const struct flow *f;
    const struct someone *one;
    size_t n;
    struct err failed; /* of the last who could not be planned */
};

static int plan_someone(const struct flow *f, struct db *db, const struct someone *s, int64_t now_us,
                        struct err *e) {
    const struct tenant *t;
    return tenant_by_id(f, db, s->tenant, &t, e) || scheduler_plan_agent(f, db, t, s->agent, now_us, e) ? -1
                                                                                                        : 0;
}

static int plan_work(struct db *db, void *ctx, struct err *e) {
    struct planning *p = ctx;
    int64_t now_us = clock_now(&p->f->clock);
    for (size_t i = 0; i < p->n; i++) {
        struct err why = {0};
        if (db_mark(db, e)) return -1;
        if (plan_someone(p->f, db, &p->one[i], now_us, &why) == 0) {
            if (db_keep(db, e)) return -1;
            continue;
        }
        if (db_undo(db, e)) return -1;
        if (why.kind == ERR_UNAVAILABLE) {
            if (e) *e = why;
            return -1;
        }
        p->failed = why;
    }
    return 0;
}

/* Some at a time, so that webhooks get through in between. */
enum { PLAN_BATCH = 64 };

int scheduler_plan_all(const struct flow *f, struct err *e) {
    struct everybody all = {0};
    struct planning p = {.f = f};
    int rc = store_read(f->store, list_work, &all, e);
    for (size_t i = 0; rc == 0 && i < all.n; i += PLAN_BATCH) {
        p.one = all.one + i;
        p.n = all.n - i < PLAN_BATCH ? all.n - i : PLAN_BATCH;
        rc = store_write(f->store, plan_work, &p, e);
    }
    free(all.one);
    if (rc || p.failed.kind == ERR_NONE) return rc;
    if (e) *e = p.failed;
    return -1;
}

struct due {
    const struct flow *f;
    int64_t now_us;
    struct arena arena;
    size_t n;
    struct timer timer[SCHEDULER_BATCH];
};

static int due_work(struct db *db, void *ctx, struct err *e) {
    struct due *d = ctx;
    Q_CURSOR(timer_due, cur);
    struct q_timer_due_out row;
    int got;
    if (q_timer_due_open(db, &(struct q_timer_due_in){.now = d->now_us, .most = SCHEDULER_BATCH}, &cur, e) <
        0)
        return -1;
    while (d->n < SCHEDULER_BATCH && (got = q_timer_due_next(&cur, &row, e)) != 0) {
        if (got < 0) return -1;
        d->timer[d->n++] = (struct timer){.tenant = row.tenant,
                                          .kind = arena_str(&d->arena, row.kind),
                                          .subject = row.subject,
                                          .occurrence = arena_str(&d->arena, row.occurrence),
                                          .wall = arena_str(&d->arena, row.wall),
                                          .zone = arena_str(&d->arena, row.zone),
                                          .due_us = row.due_at,
                                          .expires_us = row.expires_at};
    }
    return 0;
}

struct miss {
    const struct flow *f;
    const struct timer *timer;
    int64_t now_us;
};

static int miss_work(struct db *db, void *ctx, struct err *e) {
    struct miss *m = ctx;
    const struct timer *tm = m->timer;
    int64_t changed;
    struct q_timer_settle_in in = {.tenant = tm->tenant,
                                   .kind = tm->kind,
                                   .subject = tm->subject,
                                   .occurrence = tm->occurrence,
                                   .state = TIMER_MISSED,
                                   .now = m->now_us};
    if (q_timer_settle(db, &in, &changed, e)) return -1;
    if (changed == 0) return 0;
    metric_add(m->f->metrics, M_BRIEFINGS_MISSED, 1);
    const struct tenant *t;
    if (tenant_by_id(m->f, db, tm->tenant, &t, e)) return -1;
    return timer_put_following(m->f, db, t, tm, m->now_us, e);
}

int timer_put_following(const struct flow *f, struct db *db, const struct tenant *t, const struct timer *tm,
                        int64_t now_us, struct err *e) {
    ARENA_AUTO a;
    arena_init(&a, 256 * 1024);
    struct agent ag;
    int got = agent_open(f, db, t, tm->subject, &a, &ag, e);
    if (got <= 0) return got;
    struct date last, today;
    if (date_parse(tm->occurrence, &last, e)) return -1;
    if (!ag.active || !ag.zone || ag.prefs.v[P_BRIEFING_ENABLED].number == 0) return 0;
    today = zone_date(ag.zone, now_us);
    struct date before_today = date_add(today, -1);
    if (date_cmp(last, before_today) < 0)
        last = before_today; /* days that are over are not caught up one by one */
    return plan_from(db, t, &ag, now_us, &last, e);
}

struct firing {
    struct due *due;
    struct err err[SCHEDULER_BATCH];
    int rc[SCHEDULER_BATCH];
};

static int put_off_work(struct db *db, void *ctx, struct err *e) {
    struct miss *m = ctx;
    const struct timer *tm = m->timer;
    int64_t later_us = m->now_us + PUT_OFF_US;
    bool over = tm->expires_us <= m->now_us;
    struct q_timer_move_in in = {.tenant = tm->tenant,
                                 .kind = tm->kind,
                                 .subject = tm->subject,
                                 .occurrence = tm->occurrence,
                                 .due_at = over || later_us < tm->expires_us ? later_us : tm->expires_us,
                                 .expires_at = tm->expires_us};
    return q_timer_move(db, &in, NULL, e);
}

/* What fails is tried again after a pause, until its day is over: it must not stand before the others in every batch.
 * When the database itself is what fails, it stays as it is. */
static void fire_one(void *arg, size_t i) {
    struct firing *fire = arg;
    struct due *d = fire->due;
    const struct timer *tm = &d->timer[i];
    struct miss m = {d->f, tm, d->now_us};
    fire->rc[i] = tm->expires_us <= d->now_us ? store_write(d->f->store, miss_work, &m, &fire->err[i])
                                              : briefing_fire(d->f, tm, d->now_us, &fire->err[i]);
    if (fire->rc[i] && !err_retryable(fire->err[i].kind)) store_write(d->f->store, put_off_work, &m, NULL);
}

static int fire_all(struct due *d, struct err *e) {
    struct firing *fire = calloc(1, sizeof *fire);
    if (!fire) return err_set(e, ERR_INTERNAL, "", "out of memory");
    fire->due = d;
    if (d->f->each)
        d->f->each(d->f->each_ctx, d->n, fire_one, fire);
    else
        for (size_t i = 0; i < d->n; i++) fire_one(fire, i);
    int rc = 0;
    for (size_t i = 0; i < d->n; i++) {
        if (!fire->rc[i]) continue;
        rc = -1;
        if (e) *e = fire->err[i];
    }
    free(fire);
    return rc;
}

int scheduler_tick(const struct flow *f, size_t *out_fired, struct err *e) {
    struct due d = {.f = f, .now_us = clock_now(&f->clock)};
    arena_init(&d.arena, 256 * 1024);
    int rc = store_read(f->store, due_work, &d, e);
    if (rc == 0) rc = fire_all(&d, e);
    if (rc == 0) *out_fired = d.n;
    arena_done(&d.arena);
    return rc;
}

static int rederive_row(const struct flow *f, struct db *db, const struct timer *tm, struct err *e) {
    const struct zone *zone = zones_find(f->zones, tm->zone);
    struct date d;
    int minute;
    if (!zone || date_parse(tm->occurrence, &d, NULL) || clock_parse(tm->wall, &minute, NULL)) return 0;
    int64_t due_us = instant(zone, d, minute), expires_us = instant(zone, date_add(d, 1), 0);
    if (due_us == tm->due_us && expires_us == tm->expires_us) return 0;
    struct q_timer_move_in in = {.tenant = tm->tenant,
                                 .kind = tm->kind,
                                 .subject = tm->subject,
                                 .occurrence = tm->occurrence,
                                 .due_at = due_us,
                                 .expires_at = expires_us};
    return q_timer_move(db, &in, NULL, e);
}

static int rederive_work(struct db *db, void *ctx, struct err *e) {
    const struct flow *f = ctx;
    ARENA_AUTO a;
    arena_init(&a, 64 * 1024 * 1024);
    struct pending {
        struct timer timer;
        struct pending *next;
    } *first = NULL, **last = &first;
    Q_CURSOR(timer_pending, cur);
    struct q_timer_pending_out row;
    int got;
    if (q_timer_pending_open(db, &cur, e) < 0) return -1;
    while ((got = q_timer_pending_next(&cur, &row, e)) > 0) {
        struct pending *p = ARENA_NEW(&a, struct pending);
        if (!p) return arena_check(&a, "timers", e);
        p->timer = (struct timer){.tenant = row.tenant,
                                  .kind = arena_str(&a, row.kind),
                                  .subject = row.subject,
                                  .occurrence = arena_str(&a, row.occurrence),
                                  .wall = arena_str(&a, row.wall),
                                  .zone = arena_str(&a, row.zone),
                                  .due_us = row.due_at,
                                  .expires_us = row.expires_at};
        *last = p;
        last = &p->next;
    }
    if (got < 0) return -1;
    for (struct pending *p = first; p; p = p->next)
        if (rederive_row(f, db, &p->timer, e)) return -1;
    return 0;
}

int scheduler_rederive(const struct flow *f, struct err *e) {
    return store_write(f->store, rederive_work, (void *)f, e);
}

struct sweep {
    const struct flow *f;
    struct arena arena;
    struct notes notes;
    size_t ended;
};

enum { SWEEP_BATCH = 256 };

static int sweep_work(struct db *db, void *ctx, struct err *e) {
    struct sweep *s = ctx;
    int64_t now_us = clock_now(&s->f->clock);
    size_t woken;
    if (plan_expire(s->f, db, now_us, SWEEP_BATCH, &s->ended, &s->notes, e) ||
        plan_wake(s->f, db, now_us, SWEEP_BATCH, &woken, &s->notes, e))
        return -1;
    if (woken > s->ended) s->ended = woken;
    return 0;
}

int scheduler_sweep(const struct flow *f, struct err *e) {
    if (outbox_recover(f, e)) return -1;
    for (;;) {
        struct sweep s = {.f = f};
        arena_init(&s.arena, 8 * 1024 * 1024);
        notes_init(&s.notes, &s.arena);
        int rc = store_write(f->store, sweep_work, &s, e);
        if (rc == 0) notes_tell(f, &s.notes);
        arena_done(&s.arena);
        if (rc || s.ended < SWEEP_BATCH) return rc;
    }
}
