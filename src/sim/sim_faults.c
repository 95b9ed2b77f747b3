/* What goes wrong, and when: by the seed, so that it goes wrong the same way every time. */
#include "sim/sim_impl.h"

#include "flow/scheduler.h"

/* Chances and mean pauses of the levels. */
static const struct level {
    double pause_hours; /* between faults of the world */
    double vendor;      /* a call fails */
    double post;        /* a webhook is lost, late or doubled */
    uint64_t writes;    /* the power goes within so many writes */
    int step_s;         /* how far a clock may be off */
    int laws;           /* changes of zone law in a run */
} levels[] = {
    [FAULTS_NONE] = {0},
    [FAULTS_SOME] = {48, 0.03, 0.02, 20000, 90, 1},
    [FAULTS_ALL] = {7, 0.12, 0.08, 1500, 540, 3},
};

static const struct level *level(const struct sim *s) {
    return &levels[s->o->faults];
}

void faults_line(struct sim *s, const char *kind, const char *key, const char *text, double number) {
    s->result->count[SIM_FAULTS]++;
    struct jw w = out_begin(&s->out, OUT_FAULTS, s->now_us);
    jw_kz(&w, "kind", kind);
    jw_key(&w, "detail");
    jw_object(&w);
    if (key && text) jw_kz(&w, key, text);
    if (key && !text) jw_kreal(&w, key, number);
    jw_end(&w);
    out_end(&s->out, OUT_FAULTS, &w);
}

static void plan_next(struct sim *s) {
    double hours = prng_exp(&s->r, level(s)->pause_hours);
    s->fault_us = s->now_us + (int64_t)(hours * (double)US_HOUR) + US_SECOND;
}

void faults_begin(struct sim *s) {
    s->fault_us = INT64_MAX;
    if (s->o->faults == FAULTS_NONE) return;
    plan_next(s);
    faults_arm(s);
}

/* Half of the losses come soon after a start, where recovery itself is at work. */
void faults_arm(struct sim *s) {
    uint64_t most = level(s)->writes;
    if (most == 0) return;
    if (prng_chance(&s->r, 0.15)) most = 60;
    crashfs_crash_at(s->fs, 1 + prng_below(&s->r, most));
}

enum sim_post faults_post(struct sim *s, int64_t *out_delay_us) {
    if (!prng_chance(&s->r, level(s)->post)) return POST_NOW;
    *out_delay_us = (int64_t)(prng_exp(&s->r, 20) * (double)US_MINUTE) + US_SECOND;
    switch (prng_below(&s->r, 4)) {
    case 0: return POST_LOST;
    case 1: return POST_TWICE;
    default: return POST_LATE;
    }
}

struct send_result faults_vendor(struct sim *s, struct sim_vendor *v, const char **out_outcome,
                                 bool *out_delivered) {
    *out_delivered = true;
    *out_outcome = "accepted";
    struct send_result ok = {.outcome = SEND_ACCEPTED};
    bool down = v->down_until_us > s->now_us;
    if (s->o->faults == FAULTS_NONE || (!down && !prng_chance(&s->r, level(s)->vendor))) return ok;
    struct send_result r = {.outcome = SEND_UNKNOWN, .detail = "timed out"};
    uint64_t kind = down ? 2 : prng_below(&s->r, 4);
    *out_delivered = kind == 0;
    *out_outcome = kind == 0 ? "timeout_accepted" : kind == 1 ? "timeout_dropped" : "rejected";
    if (kind < 2) return r;
    r.outcome = SEND_RETRY;
    snprintf(r.detail, sizeof r.detail, "%s", kind == 2 ? "503" : "429");
    r.retry_after_us = kind == 3 ? 30 * US_SECOND : 0;
    return r;
}

/* ---- faults of the world ---- */

static void vendor_down(struct sim *s) {
    struct sim_vendor *v = &s->vendor[prng_below(&s->r, (uint64_t)sim_vendors(s))];
    if (v->down_until_us) return;
    v->down_until_us = s->now_us + (int64_t)(prng_exp(&s->r, 15) * (double)US_MINUTE) + US_SECOND;
    faults_line(s, "vendor_down", "channel", v->channel, 0);
}

static void clock_step(struct sim *s) {
    int most = level(s)->step_s;
    int64_t offset_s =
        prng_chance(&s->r, 0.4) ? 0 : (int64_t)prng_below(&s->r, (uint64_t)(2 * most + 1)) - most;
    if (offset_s * US_SECOND == s->offset_us) return;
    s->offset_us = offset_s * US_SECOND;
    faults_line(s, "clock_step", "offset_s", NULL, (double)offset_s);
}

/* ---- the law of time changes ---- */

int faults_zone(void *ctx, struct str name, struct buf *out, struct err *e) {
    struct sim *s = ctx;
    for (size_t i = 0; i < s->n_zones; i++)
        if (str_is(name, s->zones[i].name) && str_given(s->zones[i].tzif)) {
            buf_str_add(out, s->zones[i].tzif);
            return buf_check(out, "zone", e);
        }
    char path[1200];
    const char *folder = s->o->zoneinfo ? s->o->zoneinfo : "/usr/share/zoneinfo";
    snprintf(path, sizeof path, "%s/%.*s", folder, STR_FMT(name));
    FILE *f = fopen(path, "rb");
    if (!f) return err_set(e, ERR_NOT_FOUND, "zone", "there is no file of this zone");
    char part[4096];
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;) buf_add(out, part, n);
    fclose(f);
    return buf_check(out, "zone", e);
}

/* New York, and Chicago with it, stay on one offset for good from a day hence: what is waiting must move. */
static int change_law(struct sim *s, struct err *e) {
    static const struct {
        const char *zone, *winter, *summer;
        int winter_s;
    } laws[] = {{"America/New_York", "EST", "EDT", -18000}, {"America/Chicago", "CST", "CDT", -21600}};
    bool summer = prng_chance(&s->r, 0.5);
    int64_t law_us = (s->now_us / US_HOUR + 3 + (int64_t)prng_below(&s->r, 40)) * US_HOUR;
    for (size_t i = 0; i < 2; i++) {
        struct sim_zone *to = NULL;
        for (size_t k = 0; k < s->n_zones; k++)
            if (strcmp(s->zones[k].name, laws[i].zone) == 0) to = &s->zones[k];
        const struct zone *z = zones_find(s->flow.zones, str_of(laws[i].zone));
        if (!to || !z) continue;
        BUF_AUTO b;
        buf_init(&b, 64 * 1024);
        tzif_with_law(z, s->from_us - 400 * US_DAY, law_us, laws[i].winter_s + (summer ? 3600 : 0),
                      summer ? laws[i].summer : laws[i].winter, &b);
        to->tzif = arena_str(&s->zone_arena, buf_str(&b));
    }
    return arena_check(&s->zone_arena, "zones", e);
}

static int zone_table(struct sim *s, struct err *e) {
    if (s->zone_laws >= level(s)->laws) return 0;
    char dir[32];
    snprintf(dir, sizeof dir, "zoneinfo-%d", ++s->zone_laws);
    if (change_law(s, e)) return -1;
    for (size_t i = 0; i < s->n_zones; i++) {
        BUF_AUTO b;
        buf_init(&b, 256 * 1024);
        if (faults_zone(s, str_of(s->zones[i].name), &b, e) ||
            out_file(&s->out, dir, s->zones[i].name, buf_str(&b), e))
            return -1;
    }
    if (zones_replace(s->flow.zones, faults_zone, s, str_of(dir), e)) return -1;
    faults_line(s, "zone_table", "dir", dir, 0);
    if (!s->up) return 0; /* it will see at its start */
    return scheduler_rederive(&s->flow, e) ? -1 : scheduler_plan_all(&s->flow, e);
}

static void slow_disk(struct sim *s) {
    s->slow_until_us = s->now_us + (int64_t)(prng_exp(&s->r, 10) * (double)US_MINUTE) + US_SECOND;
    faults_line(s, "slow_disk", "until_s", NULL, (double)((s->slow_until_us - s->now_us) / US_SECOND));
}

static int strike(struct sim *s, struct err *e) {
    switch (prng_below(&s->r, 6)) {
    case 0:
    case 1:
        if (s->up) crashfs_crash(s->fs); /* the loop sees it */
        return 0;
    case 2: vendor_down(s); return 0;
    case 3: clock_step(s); return 0;
    case 4: return zone_table(s, e);
    default: slow_disk(s); return 0;
    }
}

int faults_next(struct sim *s, struct err *e) {
    for (int i = 0; i < VENDORS; i++) {
        struct sim_vendor *v = &s->vendor[i];
        if (!v->down_until_us || v->down_until_us > s->now_us) continue;
        v->down_until_us = 0;
        faults_line(s, "vendor_up", "channel", v->channel, 0);
        return 0;
    }
    plan_next(s);
    return strike(s, e);
}
