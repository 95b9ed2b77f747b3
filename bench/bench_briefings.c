/* All briefings of a big house (NUM-6): agents with leads with a history of a fortnight, then seven o'clock comes for all
 * of them at once and the scheduler makes what is due with the pool of threads that a server has.
 *
 * usage: LEADLIGHT_DATA_DIR=<fresh folder> bench_briefings AGENTS LEADS_OF_EACH
 * The history is put onto the timelines by flow/lead.h, as the pipeline does it, without the inbox and the decisions, which
 * are not measured here. The clock of the flow is this program's. One tenant for 100 agents. Prints one JSON object. */
#include "engine/score.h"
#include "flow/lead.h"
#include "flow/people.h"
#include "flow/prefs.h"
#include "flow/scheduler.h"
#include "main/app.h"
#include "main/heart.h"
#include "store/query.h"

enum { AGENTS_OF_A_TENANT = 100, HISTORY = 6, LEAD_MEMORY = 1024 * 1024 };

static _Atomic int64_t now_us; /* what the flow takes for the time */

static int64_t told_now(void *ctx) {
    (void)ctx;
    return now_us;
}

struct seeding {
    struct app *app;
    const struct tenant *tenant;
    struct id agent;
    struct score_settings settings;
    int64_t agent_number, leads;
};

static struct event event_at(const struct seeding *s, int64_t lead, int k, struct arena *a) {
    static const struct {
        enum event_kind kind;
        const char *text;
    } history[HISTORY] = {
        {EV_CONTACT, NULL},
        {EV_PROPERTY_VIEW, NULL},
        {EV_MESSAGE_IN, "Hi, is the house on Coral Way still available? We would like to see it next week."},
        {EV_PRICING_TOOL, NULL},
        {EV_NEIGHBORHOOD_RESEARCH, NULL},
        {EV_MESSAGE_IN, "Thanks! We need to move before the end of the month."},
    };
    int64_t ago = (13 - 2 * k) * US_DAY - (s->agent_number * 7 + lead * 13) % 1440 * US_MINUTE;
    struct event ev = {.kind = history[k].kind,
                       .channel = history[k].text ? CHANNEL_SMS : CHANNEL_WEB,
                       .text = str_of(history[k].text),
                       .source = STR("bench"),
                       .at_us = now_us - (ago > 0 ? ago : US_HOUR)};
    ev.received_us = ev.at_us;
    ev.source_id = arena_fmt(a, "%lld-%lld-%d", (long long)s->agent_number, (long long)lead, k);
    ev.id = event_id_of(ev.at_us, ev.source, ev.source_id, 0);
    if (ev.kind != EV_CONTACT) return ev;
    ev.contact[CF_NAME] = arena_fmt(a, "Lena Lead%lld", (long long)lead);
    ev.contact[CF_PHONE] =
        arena_fmt(a, "+1305%07lld", (long long)(s->agent_number * s->leads + lead) % 10000000);
    ev.contact[CF_ZONE] = STR("America/New_York");
    return ev;
}

static int seed_lead(struct db *db, const struct seeding *s, int64_t number, struct err *e) {
    ARENA_AUTO a;
    arena_init(&a, LEAD_MEMORY);
    struct lead l;
    struct lead_ref ref = {
        .contact = arena_fmt(&a, "contact-%lld-%lld", (long long)s->agent_number, (long long)number)};
    if (lead_find_or_make(&s->app->flow, db, s->tenant, &ref, now_us, &a, &l, e)) return -1;
    /* people differ: every third has written of hurry, every second has used the pricing tool */
    static const int most[] = {6, 4, 3, 5, 2, 4};
    for (int k = 0; k < most[number % 6]; k++) {
        struct event ev = event_at(s, number, k, &a);
        struct reading reading;
        bool read;
        if (lead_add_event(&s->app->flow, db, &l, &ev, &a, &reading, &read, e) < 0) return -1;
    }
    struct score score;
    score_lead(&l.picture, &s->settings, lead_zone(&s->app->flow, &l), now_us, &score);
    l.agent = s->agent;
    l.likelihood = score.likelihood;
    l.intent = score.intent;
    l.confidence = score.confidence;
    l.scored_us = now_us;
    return lead_store(&s->app->flow, db, &l, e);
}

static int seed_work(struct db *db, void *ctx, struct err *e) {
    struct seeding *s = ctx;
    struct prefs prefs;
    if (prefs_load(db, s->tenant->id, (struct id){{0}}, &prefs, e)) return -1;
    s->settings = prefs_score(&prefs);
    for (int64_t i = 0; i < s->leads; i++)
        if (seed_lead(db, s, i, e)) return -1;
    return 0;
}

static int seed_agent(struct app *app, const struct tenant *t, int64_t number, int64_t leads, struct err *e) {
    char name[32], email[48];
    snprintf(name, sizeof name, "Agent Number%d", (int)number);
    snprintf(email, sizeof email, "agent%d@example.test", (int)number);
    struct new_user in = {.tenant = t->id,
                          .role = ROLE_AGENT,
                          .name = str_of(name),
                          .zone = STR("America/New_York"),
                          .email = str_of(email),
                          .language = number % 3 ? STR("en") : STR("es")};
    struct seeding s = {.app = app, .tenant = t, .agent_number = number, .leads = leads};
    if (user_create(&app->flow, &in, &s.agent, e)) return -1;
    return store_write(app->store, seed_work, &s, e);
}

static int seed(struct app *app, int64_t agents, int64_t leads, struct err *e) {
    const struct tenant *t = NULL;
    for (int64_t i = 0; i < agents; i++) {
        if (i % AGENTS_OF_A_TENANT == 0) {
            char location[32];
            snprintf(location, sizeof location, "location%d", (int)i);
            struct new_tenant in = {str_of(location), str_of(location), STR("America/New_York")};
            struct made_tenant made;
            if (tenant_create(&app->flow, &in, &made, e) || tenant_by_id(&app->flow, NULL, made.id, &t, e))
                return -1;
        }
        if (seed_agent(app, t, i, leads, e)) return -1;
    }
    return 0;
}

static double seconds_since(const struct app *app, int64_t begun) {
    return (double)(clock_mono(&app->clock) - begun) / 1e6;
}

/* Makes what is due; the number made. */
static int64_t make_all(struct app *app, struct err *e) {
    int64_t made = 0;
    for (size_t n = SCHEDULER_BATCH; n > 0; made += (int64_t)n)
        if (scheduler_tick(&app->flow, &n, e)) return -1;
    return made;
}

static int measure(struct app *app, int64_t agents, int64_t leads, struct err *e) {
    int64_t begun = clock_mono(&app->clock);
    if (seed(app, agents, leads, e) || scheduler_plan_all(&app->flow, e)) return -1;
    double seeding = seconds_since(app, begun);
    now_us += US_DAY; /* seven o'clock has passed for all of them */
    begun = clock_mono(&app->clock);
    int64_t made = make_all(app, e);
    double seconds = seconds_since(app, begun);
    if (made < 0) return -1;
    if (made != agents)
        return err_set(e, ERR_INTERNAL, "", "%lld briefings for %lld agents", (long long)made,
                       (long long)agents);
    BUF_AUTO b;
    buf_init(&b, 4096);
    struct jw w = jw_on(&b);
    jw_object(&w);
    jw_ki64(&w, "agents", agents);
    jw_ki64(&w, "leads", agents * leads);
    jw_kreal(&w, "seeding_s", seeding);
    jw_kreal(&w, "seconds", seconds);
    jw_kreal(&w, "us_per_lead", seconds * 1e6 / (double)(agents * leads));
    jw_end(&w);
    puts(b.p);
    return 0;
}

int main(int argc, char **argv) {
    int64_t agents, leads;
    if (argc != 3 || !str_to_i64(str_of(argv[1]), &agents) || !str_to_i64(str_of(argv[2]), &leads) ||
        agents < 1 || leads < 1) {
        fputs("usage: LEADLIGHT_DATA_DIR=<fresh folder> bench_briefings AGENTS LEADS_OF_EACH\n", stderr);
        return 2;
    }
    struct app *app = calloc(1, sizeof *app);
    struct heart *heart = NULL;
    struct err e = {0};
    int rc = !app || app_open(app, APP_SERVER, &e) ? -1 : 0;
    if (rc == 0) {
        now_us = clock_now(&app->clock);
        app->flow.clock.now_us = told_now;
        rc = heart_new(app, &heart, &e);
        if (rc == 0) rc = measure(app, agents, leads, &e);
        if (heart) heart_stop(heart);
        heart_free(heart);
        app_close(app);
    }
    free(app);
    if (rc) fprintf(stderr, "bench_briefings: %s %s\n", e.where, e.msg);
    return rc ? 1 : 0;
}
