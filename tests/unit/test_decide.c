/* Decisions: thresholds at their edges, quiet hours through clock changes, caps, folding, learning, the
 * lead's own word, and that a record is enough to decide again. */
#include "engine/decide.h"

#include "base/json.h"
#include "engine_help.h"

struct scene {
    struct help_lead lead;
    struct agent_view agent;
    struct insights in;
    struct open_alert open[4];
    size_t n_open;
    bool can_message;
    struct plan plan;
};

static void scene(struct scene *s) {
    memset(s, 0, sizeof *s);
    help_lead(&s->lead);
    s->lead.event.text = STR("please call me");
    s->agent = (struct agent_view){
        .agent = help_id(1), .zone = s->lead.zone, .max_alerts_per_hour = 6, .active = true};
    for (int i = 0; i < ACTION_TYPES; i++) s->agent.thresholds[i] = thresholds_default((enum action_type)i);
    s->can_message = true;
}
static void scene_done(struct scene *s) {
    help_lead_done(&s->lead);
}

static struct insight *put(struct scene *s, enum alert_type type, const char *cause, double confidence,
                           enum urgency_level u) {
    struct insight *in = &s->in.item[s->in.n++];
    *in = (struct insight){.type = type,
                           .confidence = confidence,
                           .urgency = u,
                           .trigger = s->lead.event.id,
                           .expires_us = s->lead.view.now_us + 4 * US_HOUR};
    snprintf(in->cause, sizeof in->cause, "%s", cause);
    return in;
}
static struct open_alert *open_one(struct scene *s, enum alert_type type, const char *cause,
                                   double confidence, bool snoozed) {
    struct open_alert *o = &s->open[s->n_open];
    *o = (struct open_alert){.id = help_id(100 + (unsigned)s->n_open),
                             .type = type,
                             .confidence = confidence,
                             .snoozed = snoozed,
                             .created_us = s->lead.view.now_us - US_HOUR,
                             .expires_us = s->lead.view.now_us + US_HOUR};
    snprintf(o->cause, sizeof o->cause, "%s", cause);
    s->n_open++;
    return o;
}
static const struct plan *run(struct scene *s) {
    decide(&s->in, &s->lead.view, &s->agent, s->open, s->n_open, s->can_message, &s->lead.arena, &s->plan);
    return &s->plan;
}
static const struct effect *nth(const struct plan *p, enum effect_type t, size_t n) {
    for (size_t i = 0; i < p->n; i++)
        if (p->effect[i].type == t && n-- == 0) return &p->effect[i];
    return NULL;
}
static size_t count(const struct plan *p, enum effect_type t) {
    size_t n = 0;
    while (nth(p, t, n)) n++;
    return n;
}

/* ---- thresholds ---- */

static void thresholds_count_from_their_value_on(void **state) {
    (void)state;
    static const struct {
        double c;
        enum verdict v;
    } row[] = {{0.59999, VERDICT_LOG}, {0.60, VERDICT_ASK},  {0.60001, VERDICT_ASK},
               {0.84999, VERDICT_ASK}, {0.85, VERDICT_AUTO}, {0.85001, VERDICT_AUTO},
               {0, VERDICT_LOG},       {1, VERDICT_AUTO},    {-1, VERDICT_LOG},
               {NAN, VERDICT_LOG}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        if (decide_verdict(row[i].c, thresholds_default(ACT_SEND_MESSAGE)) != row[i].v)
            fail_msg("row %zu", i);
    assert_true(thresholds_default(ACT_ALERT_AGENT).automatic == 0.70);
    assert_string_equal(verdict_name(VERDICT_AUTO), "auto");
    assert_string_equal(verdict_name(VERDICT_ASK), "ask");
    assert_string_equal(verdict_name(VERDICT_LOG), "log");
}

static void an_alert_is_pushed_from_seventy_on(void **state) {
    (void)state;
    static const struct {
        double c;
        enum effect_type alert, answer;
        enum verdict alert_verdict;
    } row[] = {
        {0.5999, EFFECT_RECORD, EFFECT_RECORD, VERDICT_LOG}, {0.60, EFFECT_RECORD, EFFECT_ASK, VERDICT_ASK},
        {0.6999, EFFECT_RECORD, EFFECT_ASK, VERDICT_ASK},    {0.70, EFFECT_ALERT, EFFECT_ASK, VERDICT_AUTO},
        {0.85, EFFECT_ALERT, EFFECT_ASK, VERDICT_AUTO},      {1.00, EFFECT_ALERT, EFFECT_ASK, VERDICT_AUTO}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct scene s;
        scene(&s);
        put(&s, ALERT_URGENCY, "urgency", row[i].c, URGENCY_NOW);
        const struct plan *p = run(&s);
        assert_int_equal(p->n, 2);
        const struct effect *alert = &p->effect[0], *answer = &p->effect[1];
        if (alert->type != row[i].alert || answer->type != row[i].answer) fail_msg("row %zu", i);
        assert_int_equal(alert->verdict, row[i].alert_verdict);
        assert_int_equal(alert->action, ACT_ALERT_AGENT);
        assert_int_equal(answer->action, ACT_SEND_MESSAGE);
        if (alert->type == EFFECT_ALERT) assert_string_equal(alert->template_name, "reply/urgency");
        if (answer->type == EFFECT_ASK) { /* never automatic to a lead, however sure */
            assert_int_equal(answer->verdict, VERDICT_ASK);
            assert_int_equal(answer->channel, CHANNEL_SMS);
            assert_string_equal(answer->template_name, "reply/urgency");
        }
        assert_true(alert->used.automatic == 0.70 && answer->used.automatic == 0.85);
        assert_true(alert->why.n && answer->why.n);
        scene_done(&s);
    }
}

static void two_causes_two_alerts_one_answer(void **state) {
    (void)state;
    struct scene s;
    scene(&s);
    put(&s, ALERT_URGENCY, "urgency", 0.80, URGENCY_NOW);
    put(&s, ALERT_COMPETITIVE, "competitive", 0.80, URGENCY_NOW);
    const struct plan *p = run(&s);
    assert_int_equal(count(p, EFFECT_ALERT), 2);
    assert_int_equal(count(p, EFFECT_ASK), 1);
    assert_string_equal(nth(p, EFFECT_ASK, 0)->insight->cause, "urgency");
    assert_int_equal(count(p, EFFECT_RECORD), 1);
    scene_done(&s);
}

static void how_the_lead_is_answered(void **state) {
    (void)state;
    static const struct {
        bool can_message;
        enum channel from, best;
        const char *no_phone, *dnd_sms, *dnd_call;
        enum alert_type type;
        enum event_kind kind;
        int action; /* -1: nothing */
        enum channel channel;
        const char *template_name;
    } row[] = {
        {true, CHANNEL_EMAIL, CHANNEL_SMS, "", "", "", ALERT_URGENCY, EV_MESSAGE_IN, ACT_SEND_MESSAGE,
         CHANNEL_EMAIL, "reply/urgency"},
        {true, CHANNEL_WEB, CHANNEL_EMAIL, "", "", "", ALERT_HOT_LEAD, EV_PRICING_TOOL, ACT_SEND_MESSAGE,
         CHANNEL_EMAIL, "suggest/pricing_tool"},
        {true, CHANNEL_SMS, CHANNEL_CALL, "", "", "", ALERT_HOT_LEAD, EV_MESSAGE_IN, ACT_SEND_MESSAGE,
         CHANNEL_SMS, "reply/hot"},
        {true, CHANNEL_CALL, CHANNEL_CALL, "", "", "", ALERT_COMPETITIVE, EV_CALL_IN, ACT_SEND_MESSAGE,
         CHANNEL_SMS, "reply/competitive"},
        {true, CHANNEL_SMS, CHANNEL_SMS, "", "1", "", ALERT_URGENCY, EV_MESSAGE_IN, ACT_SEND_MESSAGE,
         CHANNEL_EMAIL, "reply/urgency"},
        {true, CHANNEL_SMS, CHANNEL_SMS, "1", "", "", ALERT_URGENCY, EV_MESSAGE_IN, ACT_SEND_MESSAGE,
         CHANNEL_EMAIL, "reply/urgency"},
        {false, CHANNEL_SMS, CHANNEL_SMS, "", "", "", ALERT_URGENCY, EV_MESSAGE_IN, ACT_CALL_TASK,
         CHANNEL_NONE, NULL},
        {false, CHANNEL_SMS, CHANNEL_SMS, "", "", "1", ALERT_URGENCY, EV_MESSAGE_IN, -1, CHANNEL_NONE, NULL},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct scene s;
        scene(&s);
        s.can_message = row[i].can_message;
        s.lead.event.channel = row[i].from;
        s.lead.event.kind = row[i].kind;
        s.lead.after.channel = row[i].best;
        if (*row[i].no_phone) s.lead.profile.field[CF_PHONE].value = STR_NONE;
        s.lead.profile.field[CF_DND_SMS].value = str_of(row[i].dnd_sms);
        s.lead.profile.field[CF_DND_CALL].value = str_of(row[i].dnd_call);
        put(&s, row[i].type, "x", 0.8, URGENCY_TODAY);
        const struct effect *ask = nth(run(&s), EFFECT_ASK, 0);
        if ((ask == NULL) != (row[i].action < 0)) fail_msg("row %zu", i);
        if (ask) {
            if ((int)ask->action != row[i].action || ask->channel != row[i].channel) fail_msg("row %zu", i);
            if (row[i].template_name) assert_string_equal(ask->template_name, row[i].template_name);
        }
        scene_done(&s);
    }
}

/* ---- alert fatigue ---- */

static void a_repeated_cause_folds(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct scene s;
        scene(&s);
        open_one(&s, ALERT_COMPETITIVE, "competitive", 0.9, false);
        open_one(&s, ALERT_URGENCY, "urgency", 0.80, false);
        put(&s, ALERT_URGENCY, "urgency", i ? 0.90 : 0.72, URGENCY_NOW);
        const struct plan *p = run(&s);
        assert_int_equal(p->n, 1);
        assert_int_equal(p->effect[0].type, EFFECT_FOLD);
        assert_true(id_eq(p->effect[0].fold_into, s.open[1].id));
        assert_true(p->effect[0].confidence == (i ? 0.90 : 0.80)); /* raised, never lowered */
        assert_int_equal(p->effect[0].expires_us, s.lead.view.now_us + 4 * US_HOUR);
        scene_done(&s);
    }
}

static void an_expired_alert_does_not_fold(void **state) {
    (void)state;
    for (int d = -1; d <= 1; d++) {
        struct scene s;
        scene(&s);
        open_one(&s, ALERT_URGENCY, "urgency", 0.80, false)->expires_us = s.lead.view.now_us + d;
        put(&s, ALERT_URGENCY, "urgency", 0.80, URGENCY_NOW);
        assert_int_equal(count(run(&s), EFFECT_FOLD), d > 0 ? 1 : 0);
        scene_done(&s);
    }
}

static void snoozed_stays_quiet_unless_stronger_by_the_margin(void **state) {
    (void)state;
    static const struct {
        double c;
        bool wakes;
    } row[] = {{0.70, false}, {0.79999, false}, {0.75 + 0.10, true}, {0.849, false}, {0.90, true}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct scene s;
        scene(&s);
        open_one(&s, ALERT_URGENCY, "urgency", 0.75, true);
        put(&s, ALERT_URGENCY, "urgency", row[i].c, URGENCY_NOW);
        const struct plan *p = run(&s);
        if (count(p, EFFECT_ALERT) != row[i].wakes) fail_msg("row %zu", i);
        assert_int_equal(count(p, EFFECT_FOLD), !row[i].wakes);
        assert_int_equal(count(p, EFFECT_WITHDRAW), row[i].wakes);
        scene_done(&s);
    }
}

static void learning_lowers_by_the_formula(void **state) {
    (void)state;
    static const struct {
        double nu, c;
    } row[] = {{0, 0.8}, {0.2, 0.8}, {0.6, 0.6}, {1, 0.4}, {5, 0.4}, {-1, 0.8}, {NAN, 0.8}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        if (fabs(decide_learned(0.8, row[i].nu) - row[i].c) > 1e-12) fail_msg("row %zu", i);
    struct scene s;
    scene(&s);
    put(&s, ALERT_URGENCY, "urgency", 0.80, URGENCY_NOW);
    s.agent.not_useful[ALERT_COMPETITIVE] = 1;
    assert_int_equal(count(run(&s), EFFECT_ALERT), 1); /* another type's lesson */
    s.agent.not_useful[ALERT_URGENCY] = 0.5;
    const struct plan *p = run(&s);
    assert_int_equal(count(p, EFFECT_ALERT), 0);
    assert_true(fabs(p->effect[0].confidence - 0.65) < 1e-12);
    scene_done(&s);
}

static void the_cap_holds_back_all_but_the_urgent(void **state) {
    (void)state;
    static const struct {
        int64_t last_hour, cap;
        enum urgency_level u;
        bool held;
    } row[] = {{5, 6, URGENCY_TODAY, false},  {6, 6, URGENCY_TODAY, true}, {7, 6, URGENCY_SOON, true},
               {6, 6, URGENCY_NOW, false},    {0, 0, URGENCY_TODAY, true}, {0, 0, URGENCY_NOW, false},
               {99, -1, URGENCY_TODAY, false}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct scene s;
        scene(&s);
        s.lead.view.now_us += 17 * US_MINUTE + 5 * US_SECOND + 3;
        s.agent.alerts_last_hour = row[i].last_hour;
        s.agent.max_alerts_per_hour = row[i].cap;
        put(&s, ALERT_HOT_LEAD, "hot", 0.8, row[i].u);
        const struct effect *e = nth(run(&s), EFFECT_ALERT, 0);
        assert_non_null(e); /* held, not lost */
        int64_t expect = row[i].held ? help_time(s.lead.zone, 11, 20, 14, 0) : s.lead.view.now_us;
        if (e->due_us != expect) fail_msg("row %zu", i);
        scene_done(&s);
    }
}

static void the_cap_counts_what_this_plan_pushes(void **state) {
    (void)state;
    struct scene s;
    scene(&s);
    s.agent.alerts_last_hour = 5;
    put(&s, ALERT_HOT_LEAD, "a", 0.8, URGENCY_TODAY);
    put(&s, ALERT_HOT_LEAD, "b", 0.8, URGENCY_TODAY);
    const struct plan *p = run(&s);
    assert_int_equal(nth(p, EFFECT_ALERT, 0)->due_us, s.lead.view.now_us);
    assert_true(nth(p, EFFECT_ALERT, 1)->due_us > s.lead.view.now_us);
    scene_done(&s);
}

static void digest_collects_to_the_full_hour(void **state) {
    (void)state;
    struct scene s;
    scene(&s);
    s.agent.digest = true;
    put(&s, ALERT_HOT_LEAD, "hot", 0.8, URGENCY_TODAY)->expires_us = s.lead.view.now_us + US_MINUTE;
    put(&s, ALERT_URGENCY, "urgency", 0.8, URGENCY_NOW);
    const struct plan *p = run(&s);
    const struct effect *held = nth(p, EFFECT_ALERT, 0), *urgent = nth(p, EFFECT_ALERT, 1);
    assert_int_equal(held->due_us, help_time(s.lead.zone, 11, 20, 14, 0));
    assert_int_equal(held->expires_us, held->due_us + DECIDE_HELD_US); /* still valid when it arrives */
    assert_int_equal(urgent->due_us, s.lead.view.now_us);
    scene_done(&s);
}

static void quiet_hours_hold_the_urgent_too(void **state) {
    (void)state;
    struct scene s;
    scene(&s);
    s.agent.quiet = (struct quiet_hours){true, 22 * 60, 7 * 60};
    s.lead.view.now_us = help_time(s.lead.zone, 11, 20, 23, 30);
    put(&s, ALERT_URGENCY, "urgency", 0.8, URGENCY_NOW)->expires_us = s.lead.view.now_us + US_HOUR;
    const struct effect *e = nth(run(&s), EFFECT_ALERT, 0);
    assert_int_equal(e->due_us, help_time(s.lead.zone, 11, 21, 7, 0));
    assert_int_equal(e->expires_us, e->due_us + DECIDE_HELD_US);
    assert_has(e->why, "quiet hours");
    scene_done(&s);
}

static void who_is_not_active_is_not_bothered(void **state) {
    (void)state;
    struct scene s;
    scene(&s);
    s.agent.active = false;
    put(&s, ALERT_URGENCY, "urgency", 0.99, URGENCY_NOW);
    const struct plan *p = run(&s);
    assert_int_equal(p->n, 1);
    assert_int_equal(p->effect[0].type, EFFECT_RECORD);
    scene_done(&s);
}

/* ---- the lead's own word, and what ceased ---- */

static void stop_stops_everything(void **state) {
    (void)state;
    static const struct {
        enum opt_decision opt;
        size_t stop, ask, withdrawn;
    } row[] = {{OPT_NONE, 0, 0, 0}, {OPT_PAUSE_AND_ASK, 0, 1, 1}, {OPT_CHANNEL, 1, 1, 3},
               {OPT_OUT, 1, 0, 3},  {OPT_OUT_AND_ALERT, 1, 1, 3}, {OPT_START, 0, 0, 0},
               {OPT_HELP, 0, 0, 0}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct scene s;
        scene(&s);
        s.lead.reading.opt = row[i].opt;
        open_one(&s, ALERT_URGENCY, "urgency", 0.8, false);
        open_one(&s, ALERT_HOT_LEAD, "hot", 0.8, true);
        bool heeded = row[i].stop || row[i].ask;
        if (!heeded) put(&s, ALERT_COMPETITIVE, "competitive", 0.9, URGENCY_TODAY);
        const struct plan *p = run(&s);
        if (count(p, EFFECT_STOP) != row[i].stop || count(p, EFFECT_WITHDRAW) != row[i].withdrawn)
            fail_msg("row %zu", i);
        if (heeded) {
            assert_int_equal(count(p, EFFECT_ASK), row[i].ask);
            assert_int_equal(count(p, EFFECT_ALERT), 0);
        } else {
            assert_int_equal(count(p, EFFECT_ALERT), 1);
        }
        if (row[i].ask) {
            assert_int_equal(nth(p, EFFECT_ASK, 0)->action, ACT_STOP_CONTACT);
            assert_non_null(nth(p, EFFECT_ASK, 0)->insight);
        }
        scene_done(&s);
    }
}

static void stop_wins_over_proposals_and_a_full_plan(void **state) {
    (void)state;
    struct scene s;
    scene(&s);
    s.lead.reading.opt = OPT_OUT_AND_ALERT;
    for (int i = 0; i < INSIGHTS_MAX; i++) put(&s, ALERT_URGENCY, "urgency", 0.99, URGENCY_NOW);
    struct open_alert many[64];
    for (unsigned i = 0; i < 64; i++) many[i] = (struct open_alert){.id = help_id(i + 1), .cause = "x"};
    decide(&s.in, &s.lead.view, &s.agent, many, 64, true, &s.lead.arena, &s.plan);
    assert_int_equal(s.plan.n, PLAN_MAX);
    assert_int_equal(s.plan.effect[0].type, EFFECT_STOP);
    assert_int_equal(s.plan.effect[1].type,
                     EFFECT_WITHDRAW); /* approvals, before the new question is asked */
    assert_false(id_given(s.plan.effect[1].fold_into));
    assert_int_equal(s.plan.effect[2].type, EFFECT_ASK);
    for (size_t i = 3; i < s.plan.n; i++) assert_int_equal(s.plan.effect[i].type, EFFECT_WITHDRAW);
    scene_done(&s);
}

static void what_ceased_is_withdrawn(void **state) {
    (void)state;
    static const struct {
        enum event_kind kind;
        int64_t seconds, before_open_us;
        const char *status;
        size_t alerts, approvals;
    } row[] = {{EV_CALL_OUT, 30, -1, "", 2, 0},      {EV_CALL_OUT, 29, -1, "", 0, 0},
               {EV_CALL_OUT, 300, 1, "", 0, 0},      {EV_CONTACT_DELETED, 0, -1, "", 3, 1},
               {EV_OPPORTUNITY, 0, -1, "won", 1, 0}, {EV_OPPORTUNITY, 0, -1, "open", 0, 0},
               {EV_MESSAGE_OUT, 0, -1, "", 0, 0}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct scene s;
        scene(&s);
        s.lead.event.kind = row[i].kind;
        s.lead.event.seconds = row[i].seconds;
        s.lead.event.status = str_of(row[i].status);
        s.lead.view.reading = NULL;
        open_one(&s, ALERT_URGENCY, "urgency", 0.8, false);
        open_one(&s, ALERT_HOT_LEAD, "hot", 0.8, false);
        open_one(&s, ALERT_OPPORTUNITY, "match", 0.8, false);
        for (size_t k = 0; k < s.n_open; k++)
            s.open[k].created_us = s.lead.event.at_us + row[i].before_open_us;
        const struct plan *p = run(&s);
        size_t alerts = 0, approvals = 0;
        for (size_t k = 0; k < p->n; k++) {
            assert_int_equal(p->effect[k].type, EFFECT_WITHDRAW);
            *(id_given(p->effect[k].fold_into) ? &alerts : &approvals) += 1;
        }
        if (alerts != row[i].alerts || approvals != row[i].approvals)
            fail_msg("row %zu: %zu, %zu", i, alerts, approvals);
        scene_done(&s);
    }
}

/* ---- quiet hours ---- */

static void quiet_hours_by_the_clock(void **state) {
    (void)state;
    struct zone *z = help_new_york();
    static const struct {
        int from, to, hour, minute;
        bool quiet;
    } row[] = {
        {22 * 60, 7 * 60, 21, 59, false}, {22 * 60, 7 * 60, 22, 0, true},   {22 * 60, 7 * 60, 0, 0, true},
        {22 * 60, 7 * 60, 6, 59, true},   {22 * 60, 7 * 60, 7, 0, false},   {12 * 60, 13 * 60, 11, 59, false},
        {12 * 60, 13 * 60, 12, 0, true},  {12 * 60, 13 * 60, 12, 59, true}, {12 * 60, 13 * 60, 13, 0, false},
        {8 * 60, 8 * 60, 8, 0, false},    {0, 7 * 60, 0, 0, true},          {22 * 60, 0, 23, 59, true},
        {22 * 60, 0, 0, 0, false}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct quiet_hours q = {true, row[i].from, row[i].to};
        int64_t at = help_time(z, 11, 20, row[i].hour, row[i].minute);
        if (quiet_now(&q, z, at) != row[i].quiet) fail_msg("row %zu", i);
        q.on = false;
        assert_false(quiet_now(&q, z, at));
        assert_int_equal(quiet_until(&q, z, at), at);
        q.on = true;
        assert_false(quiet_now(&q, NULL, at));
    }
    zone_free(z);
}

static void quiet_hours_end_on_the_wall_clock_when_it_is_changed(void **state) {
    (void)state;
    struct zone *z = help_new_york();
    struct quiet_hours night = {true, 22 * 60, 7 * 60}, early = {true, 22 * 60, 2 * 60 + 30};
    /* 8 March 2026: two o'clock becomes three; 1 November: two becomes one again */
    assert_int_equal(quiet_until(&night, z, help_time(z, 3, 7, 23, 0)), help_time(z, 3, 8, 7, 0));
    assert_int_equal(help_time(z, 3, 8, 7, 0) - help_time(z, 3, 7, 23, 0), 7 * US_HOUR);
    assert_int_equal(quiet_until(&night, z, help_time(z, 10, 31, 23, 0)), help_time(z, 11, 1, 7, 0));
    assert_int_equal(help_time(z, 11, 1, 7, 0) - help_time(z, 10, 31, 23, 0), 9 * US_HOUR);
    /* half past two does not exist that night: quiet ends with the gap */
    assert_int_equal(quiet_until(&early, z, help_time(z, 3, 8, 1, 50)), help_time(z, 3, 8, 3, 0));
    zone_free(z);
}

/* What quiet_until() promises, minute by minute, around both changes and anywhere else. */
static void quiet_until_is_the_first_instant_outside(void **state) {
    (void)state;
    struct zone *z = help_new_york();
    struct prng r = prng_seed(5);
    for (int round = 0; round < 3000; round++) {
        struct quiet_hours q = {true, (int)prng_below(&r, 1440), (int)prng_below(&r, 1440)};
        int which = round % 3;
        int64_t around = which == 0   ? help_time(z, 3, 8, 0, 0)
                         : which == 1 ? help_time(z, 11, 1, 0, 0)
                                      : help_time(z, 6, 1, 0, 0);
        int64_t now = around - 12 * US_HOUR + (int64_t)prng_below(&r, (uint64_t)US_DAY);
        int64_t end = quiet_until(&q, z, now);
        assert_true(end >= now && end - now <= 26 * US_HOUR);
        assert_false(quiet_now(&q, z, end));
        if (end == now) continue;
        assert_true(quiet_now(&q, z, end - 1));
        for (int64_t t = now; t < end; t += 7 * US_MINUTE) assert_true(quiet_now(&q, z, t));
    }
    zone_free(z);
}

/* ---- the record ---- */

static double real_of(const struct jnode *o, const char *key) {
    double r = 0;
    assert_int_equal(json_f64(o, key, 0, &r, NULL), 0);
    return r;
}
static int64_t int_of(const struct jnode *o, const char *key) {
    int64_t i = 0;
    assert_int_equal(json_i64(o, key, 0, &i, NULL), 0);
    return i;
}
static bool bool_of(const struct jnode *o, const char *key) {
    bool b = false;
    assert_int_equal(json_bool(o, key, false, &b, NULL), 0);
    return b;
}
static struct str str_of_key(const struct jnode *o, const char *key) {
    struct str s = STR_NONE;
    assert_int_equal(json_str(o, key, STR_NONE, &s, NULL), 0);
    return s;
}
static struct id id_of(const struct jnode *o, const char *key) {
    struct id id = {0};
    struct str s = str_of_key(o, key);
    if (s.n) assert_true(id_parse(s, &id));
    return id;
}
static enum alert_type type_of(const struct jnode *o) {
    enum alert_type t = ALERT_TYPES;
    alert_type_parse(str_of_key(o, "type"), &t);
    return t;
}

static enum opt_decision opt_of(struct str s) {
    static const char *const name[] = {"none",  "pause_and_ask", "channel", "opt_out", "opt_out_and_alert",
                                       "start", "help"};
    static const enum opt_decision opt[] = {OPT_NONE,          OPT_PAUSE_AND_ASK, OPT_CHANNEL, OPT_OUT,
                                            OPT_OUT_AND_ALERT, OPT_START,         OPT_HELP};
    for (size_t i = 0; i < 7; i++)
        if (str_is(s, name[i])) return opt[i];
    fail_msg("no such reading: %.*s", STR_FMT(s));
    return OPT_NONE;
}

static void lead_of_record(struct scene *s, const struct jnode *root) {
    const struct jnode *o = json_get(root, "lead");
    struct event *ev = &s->lead.event;
    *ev = (struct event){
        .id = id_of(o, "event"), .at_us = int_of(o, "event_at_us"), .seconds = int_of(o, "call_s")};
    assert_true(event_kind_parse(str_of_key(o, "event_kind"), &ev->kind));
    if (str_given(str_of_key(o, "event_channel")))
        assert_true(channel_parse(str_of_key(o, "event_channel"), &ev->channel));
    if (bool_of(o, "won")) ev->status = STR("won");
    s->lead.reading.opt = opt_of(str_of_key(o, "opt"));
    s->lead.after.channel = CHANNEL_NONE;
    if (str_given(str_of_key(o, "best_channel")))
        assert_true(channel_parse(str_of_key(o, "best_channel"), &s->lead.after.channel));
    struct str suggestion = str_of_key(o, "suggestion");
    int i = 0;
    for (; i < SIGNALS; i++) {
        s->lead.after.lead_signal = (enum signal)i;
        if (str_is(suggestion, score_message_template(&s->lead.after))) break;
    }
    assert_true(i < SIGNALS);
    memset(&s->lead.profile, 0, sizeof s->lead.profile);
    bool call = bool_of(o, "reach_call"), sms = bool_of(o, "reach_sms");
    if (call || sms) s->lead.profile.field[CF_PHONE].value = STR("+1");
    if (!call) s->lead.profile.field[CF_DND_CALL].value = STR("1");
    if (!sms) s->lead.profile.field[CF_DND_SMS].value = STR("1");
    if (bool_of(o, "reach_email")) s->lead.profile.field[CF_EMAIL].value = STR("a@b.c");
    picture_init(&s->lead.picture);
    s->lead.view.now_us = int_of(root, "now_us");
}

static void insights_of_record(struct scene *s, const struct jnode *root) {
    for (const struct jnode *o = json_get(root, "insights")->kids.first; o; o = o->next) {
        struct insight *in = &s->in.item[s->in.n++];
        *in = (struct insight){.type = type_of(o),
                               .strength = real_of(o, "strength"),
                               .confidence = real_of(o, "confidence"),
                               .expires_us = int_of(o, "expires_us"),
                               .trigger = id_of(o, "trigger")};
        assert_true(str_to_z(str_of_key(o, "cause"), in->cause, sizeof in->cause));
        struct str u = str_of_key(o, "urgency");
        in->urgency = str_is(u, "now") ? URGENCY_NOW : str_is(u, "today") ? URGENCY_TODAY : URGENCY_SOON;
    }
}

static void agent_of_record(struct scene *s, const struct jnode *root) {
    const struct jnode *o = json_get(root, "agent");
    assert_str(str_of_key(o, "zone"), "America/New_York");
    s->agent = (struct agent_view){.agent = id_of(o, "id"),
                                   .zone = s->lead.zone,
                                   .active = bool_of(o, "active"),
                                   .alerts_last_hour = int_of(o, "alerts_last_hour"),
                                   .digest = bool_of(o, "digest"),
                                   .max_alerts_per_hour = int_of(o, "max_alerts_per_hour")};
    s->agent.quiet = (struct quiet_hours){bool_of(o, "quiet"), (int)int_of(o, "quiet_from_minute"),
                                          (int)int_of(o, "quiet_to_minute")};
    for (int i = 0; i < ALERT_TYPES; i++)
        s->agent.not_useful[i] = real_of(json_get(o, "not_useful"), alert_type_name((enum alert_type)i));
    for (int i = 0; i < ACTION_TYPES; i++) {
        const struct jnode *t = json_get(json_get(o, "thresholds"), action_type_name((enum action_type)i));
        s->agent.thresholds[i] = (struct thresholds){real_of(t, "auto"), real_of(t, "approve")};
    }
}

static void scene_of_record(struct scene *s, struct str record) {
    scene(s);
    const struct jnode *root;
    struct err e = {0};
    if (json_parse(&s->lead.arena, record, 1 << 20, &root, &e)) fail_msg("%s %s", e.where, e.msg);
    lead_of_record(s, root);
    insights_of_record(s, root);
    agent_of_record(s, root);
    for (const struct jnode *o = json_get(root, "open")->kids.first; o; o = o->next) {
        struct open_alert *a = &s->open[s->n_open++];
        *a = (struct open_alert){.id = id_of(o, "id"),
                                 .type = type_of(o),
                                 .confidence = real_of(o, "confidence"),
                                 .created_us = int_of(o, "created_us"),
                                 .expires_us = int_of(o, "expires_us"),
                                 .snoozed = bool_of(o, "snoozed")};
        assert_true(str_to_z(str_of_key(o, "cause"), a->cause, sizeof a->cause));
    }
    s->can_message = bool_of(root, "can_message");
}

static void random_scene(struct scene *s, struct prng *r) {
    static const char *const cause[] = {"urgency", "competitive", "hot"};
    static const enum event_kind kind[] = {EV_MESSAGE_IN, EV_MESSAGE_IN,      EV_PRICING_TOOL, EV_CALL_IN,
                                           EV_CALL_OUT,   EV_CONTACT_DELETED, EV_OPPORTUNITY};
    scene(s);
    s->lead.event.kind = kind[prng_below(r, 7)];
    s->lead.event.channel = (enum channel)prng_below(r, CHANNELS);
    s->lead.event.seconds = (int64_t)prng_below(r, 60);
    s->lead.event.status = prng_chance(r, 0.5) ? STR("won") : STR_NONE;
    s->lead.after.channel = (enum channel)(CHANNEL_SMS + prng_below(r, 3));
    s->lead.after.lead_signal = (enum signal)prng_below(r, SIGNALS);
    if (prng_chance(r, 0.3)) s->lead.reading.opt = (enum opt_decision)prng_below(r, 7);
    static const enum contact_field flags[] = {CF_DND, CF_DND_SMS, CF_DND_EMAIL, CF_DND_CALL, CF_DELETED};
    for (size_t i = 0; i < 5; i++)
        if (prng_chance(r, 0.1)) s->lead.profile.field[flags[i]].value = STR("1");
    if (prng_chance(r, 0.1)) s->lead.picture.opt_out_us = 1;
    s->lead.view.now_us += (int64_t)prng_below(r, (uint64_t)US_DAY);
    for (uint64_t n = prng_below(r, 4); n > 0; n--) {
        size_t c = prng_below(r, 3);
        put(s, (enum alert_type)prng_below(r, ALERT_TYPES), cause[c], prng_unit(r),
            (enum urgency_level)prng_below(r, 3));
    }
    for (uint64_t n = prng_below(r, 4); n > 0; n--) {
        struct open_alert *o = open_one(s, (enum alert_type)prng_below(r, ALERT_TYPES),
                                        cause[prng_below(r, 3)], prng_unit(r), prng_chance(r, 0.5));
        o->expires_us += (int64_t)prng_below(r, (uint64_t)(3 * US_HOUR)) - 2 * US_HOUR;
    }
    s->agent.quiet =
        (struct quiet_hours){prng_chance(r, 0.5), (int)prng_below(r, 1440), (int)prng_below(r, 1440)};
    s->agent.digest = prng_chance(r, 0.2);
    s->agent.alerts_last_hour = (int64_t)prng_below(r, 8);
    s->agent.active = prng_chance(r, 0.9);
    for (int i = 0; i < ALERT_TYPES; i++) s->agent.not_useful[i] = prng_unit(r) * 0.6;
    for (int i = 0; i < ACTION_TYPES; i++) {
        s->agent.thresholds[i].approve = prng_unit(r);
        s->agent.thresholds[i].automatic = s->agent.thresholds[i].approve + 0.2;
    }
    s->can_message = prng_chance(r, 0.7);
}

static void same_effect(const struct effect *a, const struct effect *b) {
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->action, b->action);
    assert_int_equal(a->verdict, b->verdict);
    assert_true(id_eq(a->fold_into, b->fold_into));
    assert_true(a->confidence == b->confidence);
    assert_true(a->used.automatic == b->used.automatic && a->used.approve == b->used.approve);
    assert_int_equal(a->due_us, b->due_us);
    assert_int_equal(a->expires_us, b->expires_us);
    assert_int_equal(a->channel, b->channel);
    assert_true(str_eq(a->why, b->why));
    assert_int_equal(a->template_name != NULL, b->template_name != NULL);
    if (a->template_name) assert_string_equal(a->template_name, b->template_name);
    assert_int_equal(a->insight != NULL, b->insight != NULL);
    if (a->insight) assert_string_equal(a->insight->cause, b->insight->cause);
}

static void a_record_is_enough_to_decide_again(void **state) {
    (void)state;
    struct prng r = prng_seed(2026);
    size_t effects[EFFECT_WITHDRAW + 1] = {0};
    for (int round = 0; round < 3000; round++) {
        struct scene s, again;
        random_scene(&s, &r);
        BUF_AUTO record;
        buf_init(&record, 1 << 20);
        decide_record(&s.in, &s.lead.view, &s.agent, s.open, s.n_open, s.can_message, &record);
        assert_true(buf_ok(&record));
        scene_of_record(&again, buf_str(&record));
        const struct plan *p = run(&s), *q = run(&again);
        assert_int_equal(p->n, q->n);
        for (size_t i = 0; i < p->n; i++) {
            same_effect(&p->effect[i], &q->effect[i]);
            effects[p->effect[i].type]++;
        }
        scene_done(&s);
        scene_done(&again);
    }
    for (int i = 0; i <= EFFECT_WITHDRAW; i++) assert_true(effects[i] > 20); /* each kind was met */
}

static void a_record_holds_no_words_of_the_lead(void **state) {
    (void)state;
    struct scene s;
    scene(&s);
    s.lead.event.text = STR("my secret words");
    struct insight *in = put(&s, ALERT_URGENCY, "urgency", 0.8, URGENCY_NOW);
    in->say = STR("Wrote \"my secret words\"");
    in->n_reasons = 1;
    in->reasons[0] =
        (struct reason){STR("\"my secret words\""), STR("\"my secret words\""), 1, s.lead.event.id};
    BUF_AUTO record;
    buf_init(&record, 1 << 20);
    decide_record(&s.in, &s.lead.view, &s.agent, s.open, s.n_open, true, &record);
    assert_lacks(buf_str(&record), "secret");
    assert_has(buf_str(&record), "\"weight\":1");
    scene_done(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thresholds_count_from_their_value_on),
        cmocka_unit_test(an_alert_is_pushed_from_seventy_on),
        cmocka_unit_test(two_causes_two_alerts_one_answer),
        cmocka_unit_test(how_the_lead_is_answered),
        cmocka_unit_test(a_repeated_cause_folds),
        cmocka_unit_test(an_expired_alert_does_not_fold),
        cmocka_unit_test(snoozed_stays_quiet_unless_stronger_by_the_margin),
        cmocka_unit_test(learning_lowers_by_the_formula),
        cmocka_unit_test(the_cap_holds_back_all_but_the_urgent),
        cmocka_unit_test(the_cap_counts_what_this_plan_pushes),
        cmocka_unit_test(digest_collects_to_the_full_hour),
        cmocka_unit_test(quiet_hours_hold_the_urgent_too),
        cmocka_unit_test(who_is_not_active_is_not_bothered),
        cmocka_unit_test(stop_stops_everything),
        cmocka_unit_test(stop_wins_over_proposals_and_a_full_plan),
        cmocka_unit_test(what_ceased_is_withdrawn),
        cmocka_unit_test(quiet_hours_by_the_clock),
        cmocka_unit_test(quiet_hours_end_on_the_wall_clock_when_it_is_changed),
        cmocka_unit_test(quiet_until_is_the_first_instant_outside),
        cmocka_unit_test(a_record_is_enough_to_decide_again),
        cmocka_unit_test(a_record_holds_no_words_of_the_lead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
