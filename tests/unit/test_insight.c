/* Insights: when one is proposed, what it says and on what evidence, and how several become one list. */
#include "engine/insight.h"

#include "engine/words.h"
#include "engine_help.h"

static struct insights propose(struct help_lead *h) {
    struct insights out;
    struct alert_rules r = alert_rules_default();
    insight_propose(&h->view, &r, &h->arena, &out);
    return out;
}

static const struct insight *find(const struct insights *s, enum alert_type t) {
    for (size_t i = 0; i < s->n; i++)
        if (s->item[i].type == t) return &s->item[i];
    return NULL;
}

/* ---- from words ---- */

static void two_causes(struct help_lead *h) {
    help_lead(h);
    h->event.text = STR("I need to move ASAP, another agent already showed me two homes");
    h->reading.urgency = 0.9;
    h->reading.competitor = 0.8;
    help_finding(h, READ_URGENCY, 0.9, "need to move ASAP", "needs to move as soon as possible",
                 "necesita mudarse cuanto antes");
    help_finding(h, READ_COMPETITOR, 0.8, "another agent already showed me", "another agent showed homes",
                 "otro agente ya mostró casas");
}

static void one_message_two_causes_one_list(void **state) {
    (void)state;
    struct help_lead h;
    two_causes(&h);
    struct insights s = propose(&h);
    insight_fuse(&s, &h.arena);
    assert_int_equal(s.n, 2);
    const struct insight *first = &s.item[0], *second = &s.item[1];
    assert_int_equal(first->type, ALERT_URGENCY);
    assert_int_equal(second->type, ALERT_COMPETITIVE);
    assert_string_not_equal(first->cause, second->cause);
    assert_str(first->say, "Wrote \"I need to move ASAP\": needs to move as soon as possible");
    assert_str(first->say_es, "Escribió \"I need to move ASAP\": necesita mudarse cuanto antes");
    assert_str(first->action_title, "Call {name} now");
    assert_str(first->action_title_es, "Llame a {name} ahora");
    assert_int_equal(first->urgency, URGENCY_NOW);
    assert_int_equal(first->action, ACT_CALL_TASK);
    assert_int_equal(first->priority, 10);
    assert_true(first->confidence >= 0.77 && first->confidence < 0.79);
    assert_true(id_eq(first->trigger, h.event.id));
    assert_int_equal(first->expires_us, h.view.now_us + 4 * US_HOUR);
    /* advice does not contradict itself: the second was for today */
    assert_str(second->action_title, "Call {name} now");
    assert_int_equal(s.n_notes, 1);
    assert_has(s.note[0], "competitive");
    help_lead_done(&h);
}

static void thresholds_of_readings(void **state) {
    (void)state;
    static const struct {
        double urgency, competitor;
        bool urgent, competitive;
    } row[] = {{0.69, 0.49, false, false}, {0.70, 0.50, false, true}, {0.71, 0.51, true, true},
               {0, 0, false, false},       {1, 1, true, true},        {7, -7, true, false},
               {NAN, NAN, false, false}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct help_lead h;
        help_lead(&h);
        h.event.text = STR("soon");
        h.reading.urgency = row[i].urgency;
        h.reading.competitor = row[i].competitor;
        struct insights s = propose(&h);
        if ((find(&s, ALERT_URGENCY) != NULL) != row[i].urgent) fail_msg("row %zu, urgency", i);
        if ((find(&s, ALERT_COMPETITIVE) != NULL) != row[i].competitive) fail_msg("row %zu, competitive", i);
        for (size_t k = 0; k < s.n; k++) {
            assert_true(s.item[k].confidence >= 0.70 && s.item[k].confidence <= 0.97);
            assert_true(s.item[k].strength >= 0 && s.item[k].strength <= 1);
        }
        help_lead_done(&h);
    }
}

static void what_raises_and_lowers_confidence(void **state) {
    (void)state;
    struct help_lead h;
    two_causes(&h);
    double base = propose(&h).item[0].confidence;
    h.reading.horizon_days = 90;
    assert_true(fabs(propose(&h).item[0].confidence - base - 0.05) < 1e-9);
    h.reading.horizon_days = 91;
    assert_true(fabs(propose(&h).item[0].confidence - base) < 1e-9);
    h.reading.horizon_days = -1;

    help_finding(&h, READ_URGENCY, 0.5, "ASAP", "as soon as possible", "cuanto antes");
    assert_true(fabs(propose(&h).item[0].confidence - base - 0.05) < 1e-9);
    h.reading.n--;

    struct event view = {.id = help_id(3), .at_us = h.event.at_us - 7 * US_DAY, .kind = EV_PROPERTY_VIEW};
    struct picture p = h.picture;
    picture_apply(&h.picture, &view, NULL);
    assert_true(fabs(propose(&h).item[0].confidence - base - 0.07) < 1e-9);
    view.at_us--;
    h.picture = p;
    picture_apply(&h.picture, &view, NULL);
    assert_true(fabs(propose(&h).item[0].confidence - base) < 1e-9); /* more than 7 days before */

    h.picture = p;
    h.event.at_us = h.view.now_us - 12 * US_HOUR;
    assert_true(fabs(propose(&h).item[0].confidence - base + 0.05) < 1e-3);
    help_lead_done(&h);
}

static void reasons_name_their_evidence(void **state) {
    (void)state;
    struct help_lead h;
    two_causes(&h);
    struct event view = {.id = help_id(3), .at_us = h.event.at_us - US_HOUR, .kind = EV_PROPERTY_VIEW};
    picture_apply(&h.picture, &view, NULL);
    h.reading.horizon_days = 30;
    struct insights s = propose(&h);
    const struct insight *in = find(&s, ALERT_URGENCY);
    assert_int_equal(in->n_reasons, 3);
    assert_str(in->reasons[0].text, "\"need to move ASAP\": needs to move as soon as possible");
    assert_str(in->reasons[1].text, "States a time: within 30 days");
    assert_str(in->reasons[2].text, "1 other sign of activity in the 7 days before");
    assert_true(id_eq(in->reasons[0].event, h.event.id));
    assert_true(id_eq(in->reasons[2].event, view.id));
    double sum = 0;
    for (size_t i = 0; i < in->n_reasons; i++) sum += in->reasons[i].weight;
    assert_true(sum > 0.99 && sum < 1.01);
    help_lead_done(&h);
}

static void evidence_is_cut_and_cleaned(void **state) {
    (void)state;
    struct help_lead h;
    help_lead(&h);
    h.event.text = STR("need\xff\r\n  \xe2\x80\xae it now, really now, and I cannot say often enough how "
                       "very much now now now now now");
    h.reading.urgency = 0.9;
    h.reading.n = 1;
    h.reading.found[0] = (struct finding){READ_URGENCY, 0.9, 0, SIZE_MAX, STR("now"), STR("ya")};
    struct insights s = propose(&h);
    assert_int_equal(s.n, 1);
    assert_has(s.item[0].say, "\"need\xef\xbf\xbd it now, really");
    assert_has(s.item[0].say, "...\": now");
    assert_lacks(s.item[0].say, "\xe2\x80\xae");
    assert_true(s.item[0].say.n < 200);
    h.reading.found[0].from = SIZE_MAX;
    h.reading.found[0].to = 3;
    assert_int_equal(propose(&h).n, 1); /* spans that make no sense do no harm */
    h.reading.n = 0;
    assert_has(propose(&h).item[0].say, "Wrote \"need");
    help_lead_done(&h);
}

/* ---- when nothing is proposed ---- */

static void only_fresh_acts_of_the_lead_speak(void **state) {
    (void)state;
    for (int k = 0; k < EVENT_KINDS; k++) {
        struct help_lead h;
        two_causes(&h);
        h.event.kind = (enum event_kind)k;
        h.after.likelihood = 90;
        h.after.confidence = 0.8;
        bool lead = k == EV_MESSAGE_IN || k == EV_CALL_IN ||
                    (event_group(h.event.kind) == EVENT_BEHAVIOR && k != EV_EMAIL_OPEN);
        struct insights s = propose(&h);
        if ((s.n > 0) != lead) fail_msg("%s: %zu", event_name(h.event.kind), s.n);
        assert_int_equal(s.n_notes, lead ? 0 : 1);
        help_lead_done(&h);
    }
    for (int d = -1; d <= 1; d++) {
        struct help_lead h;
        two_causes(&h);
        h.event.at_us = h.view.now_us - ALERT_STALE_US - d;
        assert_int_equal(propose(&h).n, d <= 0 ? 2 : 0);
        help_lead_done(&h);
    }
}

static void who_opted_out_is_left_alone(void **state) {
    (void)state;
    static const struct {
        enum opt_decision opt;
        bool speaks, person;
    } row[] = {{OPT_NONE, true, false}, {OPT_PAUSE_AND_ASK, false, true}, {OPT_CHANNEL, false, true},
               {OPT_OUT, false, false}, {OPT_OUT_AND_ALERT, false, true}, {OPT_START, true, false},
               {OPT_HELP, true, false}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct help_lead h;
        two_causes(&h);
        h.reading.opt = row[i].opt;
        if ((propose(&h).n > 0) != row[i].speaks) fail_msg("row %zu", i);
        const struct insight *in = insight_opt_out(&h.view, &h.arena);
        if ((in != NULL) != row[i].person) fail_msg("row %zu, person", i);
        if (in) {
            assert_string_equal(alert_type_name(in->type), "none");
            assert_int_equal(in->action, ACT_STOP_CONTACT);
            assert_has(in->say, "I need to move ASAP");
            assert_has(in->action_title, "{name}");
            assert_true(in->say_es.n && in->action_title_es.n && in->n_reasons == 1);
        }
        help_lead_done(&h);
    }
    struct help_lead h;
    two_causes(&h);
    h.picture.opt_out_us = 1;
    assert_int_equal(propose(&h).n, 0);
    h.picture.opt_in_us = 2;
    assert_int_equal(propose(&h).n, 2);
    h.profile.field[CF_DELETED].value = STR("1");
    assert_int_equal(propose(&h).n, 0);
    h.view.reading = NULL;
    assert_null(insight_opt_out(&h.view, &h.arena));
    help_lead_done(&h);
}

/* ---- the hot lead ---- */

static void hot(struct help_lead *h, double before, double after) {
    help_lead(h);
    h->event.kind = EV_NEIGHBORHOOD_RESEARCH;
    h->view.reading = NULL;
    h->before.likelihood = before;
    h->after.likelihood = after;
    h->after.confidence = 0.7;
    h->after.part[0] = (struct score_part){.signal = SIG_PRICING_TOOL,
                                           .points = 25,
                                           .count = 2,
                                           .n_evidence = 1,
                                           .last_us = h->view.now_us - 2 * US_HOUR,
                                           .evidence = {help_id(4)}};
    h->after.part[1] = (struct score_part){.signal = SIG_AGENT_INQUIRY,
                                           .points = 30,
                                           .count = 1,
                                           .n_evidence = 1,
                                           .last_us = h->view.now_us - 3 * US_DAY,
                                           .evidence = {help_id(5)}};
    h->after.part[2] = (struct score_part){.signal = SIG_SEARCH, .points = 0, .count = 9};
}

static void hot_when_newly_crossing(void **state) {
    (void)state;
    static const struct {
        double before, after;
        enum event_kind kind;
        bool speaks;
    } row[] = {{70, 74.9, EV_NEIGHBORHOOD_RESEARCH, false}, {70, 75, EV_NEIGHBORHOOD_RESEARCH, false},
               {70, 75.1, EV_NEIGHBORHOOD_RESEARCH, true},  {75, 75.1, EV_NEIGHBORHOOD_RESEARCH, true},
               {75.1, 80, EV_NEIGHBORHOOD_RESEARCH, false}, {75.1, 80, EV_AGENT_INQUIRY, true},
               {75.1, 80, EV_PRICING_TOOL, true},           {75.1, 80, EV_PROPERTY_VIEW, false},
               {75.1, 60, EV_AGENT_INQUIRY, false},         {70, NAN, EV_AGENT_INQUIRY, false}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct help_lead h;
        hot(&h, row[i].before, row[i].after);
        h.event.kind = row[i].kind;
        struct insights s = propose(&h);
        if ((s.n == 1) != row[i].speaks) fail_msg("row %zu", i);
        help_lead_done(&h);
    }
}

static void hot_says_behavior_and_its_parts(void **state) {
    (void)state;
    struct help_lead h;
    hot(&h, 61.4, 78.2);
    struct insights s = propose(&h);
    const struct insight *in = &s.item[0];
    assert_str(
        in->say,
        "Behavior score rose from 61 to 78 of 100: asked for an agent once and used the pricing tool twice");
    assert_has(in->say_es, "subió de 61 a 78 de 100: pidió hablar con un agente una vez y usó la calculadora "
                           "de precio dos veces");
    assert_int_equal(in->n_reasons, 2);
    assert_str(in->reasons[0].text, "Asked for an agent once, last 3 days ago");
    assert_str(in->reasons[1].text_es, "Usó la calculadora de precio dos veces, la última vez hace 2 h");
    assert_true(id_eq(in->reasons[0].event, help_id(5)));
    assert_has(in->impact, "not the chance of a sale");
    assert_int_equal(in->urgency, URGENCY_TODAY);
    h.view.before = NULL;
    assert_str(propose(&h).item[0].say,
               "Behavior score is 78 of 100: asked for an agent once and used the pricing tool twice");
    help_lead_done(&h);
}

/* A score from few or old signals has confidence below 0.3: whatever the likelihood, no push from it. */
static void hot_from_little_evidence_is_not_sure(void **state) {
    (void)state;
    struct help_lead h;
    hot(&h, 0, 100);
    h.after.confidence = 0.2999;
    assert_true(propose(&h).item[0].confidence < alert_rules_default().push_confidence);
    h.after.confidence = 0.8;
    assert_true(propose(&h).item[0].confidence > 0.85);
    h.after.confidence = NAN;
    assert_true(propose(&h).item[0].confidence < 0.6);
    help_lead_done(&h);
}

static void hot_is_silent_about_who_just_bought(void **state) {
    (void)state;
    struct help_lead h;
    hot(&h, 0, 90);
    h.picture.won_us = h.view.now_us - 90 * US_DAY + 1;
    assert_int_equal(propose(&h).n, 0);
    h.picture.won_us -= 1;
    assert_int_equal(propose(&h).n, 1);
    h.picture.won_us += 2;
    h.picture.lost_us = h.picture.won_us + 1; /* lost later than won: a new search */
    assert_int_equal(propose(&h).n, 1);
    help_lead_done(&h);
}

/* ---- the recommended action ---- */

static void action_follows_what_is_open(void **state) {
    (void)state;
    static const struct {
        enum contact_field flag;
        enum action_type action;
        const char *title;
    } row[] = {{CF_DND_EMAIL, ACT_CALL_TASK, "Call {name} now"},
               {CF_DND_CALL, ACT_SEND_MESSAGE, "Write to {name} now"},
               {CF_DND, ACT_ALERT_AGENT, "See what {name} did now"}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct help_lead h;
        two_causes(&h);
        h.profile.field[row[i].flag].value = STR("1");
        struct insights s = propose(&h);
        assert_int_equal(s.item[0].action, row[i].action);
        assert_str(s.item[0].action_title, row[i].title);
        help_lead_done(&h);
    }
}

static void nobody_is_called_at_night(void **state) {
    (void)state;
    static const struct {
        int hour, minute;
        bool night;
    } row[] = {{7, 59, true}, {8, 0, false}, {20, 59, false}, {21, 0, true}, {23, 30, true}, {0, 0, true}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct help_lead h;
        two_causes(&h);
        h.view.now_us = help_time(h.zone, 11, 20, row[i].hour, row[i].minute);
        h.event.at_us = h.view.now_us - US_SECOND;
        struct insights s = propose(&h);
        assert_int_equal(s.item[0].urgency, row[i].night ? URGENCY_TODAY : URGENCY_NOW);
        assert_str(s.item[0].action_title,
                   row[i].night ? "Call {name} after 8 am, their time" : "Call {name} now");
        assert_int_equal(s.item[0].window_from_hour, row[i].night ? 8 : 0);
        h.view.zone = NULL; /* nothing is claimed about a clock that is not known */
        assert_str(propose(&h).item[0].action_title, "Call {name} now");
        help_lead_done(&h);
    }
}

static void a_later_window_is_named_in_their_time(void **state) {
    (void)state;
    struct help_lead h;
    hot(&h, 0, 90);
    h.after.window = (struct contact_window){.from_hour = 14, .to_hour = 16, .confidence = 0.4};
    struct insights s = propose(&h);
    assert_str(s.item[0].action_title, "Call {name} between 2 and 4 pm, their time");
    assert_str(s.item[0].action_title_es,
               "Llame a {name} entre las 14:00 y las 16:00, hora local de esa persona");
    assert_int_equal(s.item[0].window_from_hour, 14);
    h.after.window.from_hour = 11; /* began already, or is over */
    h.after.window.to_hour = 13;
    assert_str(propose(&h).item[0].action_title, "Call {name} today");
    h.after.window = (struct contact_window){.from_hour = 17, .to_hour = 19, .confidence = 0};
    assert_str(propose(&h).item[0].action_title, "Call {name} today");
    help_lead_done(&h);
}

/* ---- fusion ---- */

static struct insight simple(enum alert_type t, const char *cause, int priority, double confidence,
                             double strength) {
    struct insight in = {.type = t, .priority = priority, .confidence = confidence, .strength = strength};
    snprintf(in.cause, sizeof in.cause, "%s", cause);
    return in;
}

static void same_cause_is_said_once(void **state) {
    (void)state;
    ARENA_AUTO a;
    arena_init(&a, 1 << 20);
    struct insights s = {.n = 4};
    s.item[0] = simple(ALERT_URGENCY, "urgency", 8, 0.75, 0.8);
    s.item[1] = simple(ALERT_HOT_LEAD, "hot", 9, 0.70, 0.8);
    s.item[2] = simple(ALERT_BEHAVIOR, "urgency", 9, 0.80, 0.7);
    s.item[3] = simple(ALERT_URGENCY, "urgency", 8, 0.80, 0.6);
    insight_fuse(&s, &a);
    assert_int_equal(s.n, 2);
    assert_string_equal(s.item[0].cause, "urgency"); /* same priority, more confidence */
    assert_true(s.item[0].confidence == 0.80 && s.item[0].strength == 0.7);
    assert_string_equal(s.item[1].cause, "hot");
    assert_int_equal(s.n_notes, 2);
}

static void fusion_of_everything_is_ranked_and_unique(void **state) {
    (void)state;
    static const char *const cause[] = {"urgency", "competitive", "hot", "quiet"};
    struct prng r = prng_seed(11);
    for (int round = 0; round < 2000; round++) {
        ARENA_AUTO a;
        arena_init(&a, 1 << 20);
        struct insights s = {.n = prng_below(&r, INSIGHTS_MAX + 1)};
        double best[4] = {-1, -1, -1, -1};
        for (size_t i = 0; i < s.n; i++) {
            size_t c = prng_below(&r, 4);
            double conf = (double)prng_below(&r, 5) / 5;
            s.item[i] =
                simple((enum alert_type)c, cause[c], 1 + (int)prng_below(&r, 10), conf, prng_unit(&r));
            if (conf > best[c]) best[c] = conf;
        }
        insight_fuse(&s, &a);
        size_t causes = 0;
        for (size_t c = 0; c < 4; c++) causes += best[c] >= 0;
        assert_int_equal(s.n, causes);
        for (size_t i = 0; i < s.n; i++) {
            assert_true(s.item[i].confidence == best[s.item[i].type]);
            if (i) assert_true(s.item[i - 1].priority >= s.item[i].priority);
        }
    }
}

static void names_read_back(void **state) {
    (void)state;
    for (int i = 0; i < ALERT_TYPES; i++) {
        enum alert_type t;
        assert_true(alert_type_parse(str_of(alert_type_name((enum alert_type)i)), &t));
        assert_int_equal(t, i);
    }
    for (int i = 0; i < ACTION_TYPES; i++) {
        enum action_type t;
        assert_true(action_type_parse(str_of(action_type_name((enum action_type)i)), &t));
        assert_int_equal(t, i);
    }
    enum alert_type t;
    assert_false(alert_type_parse(STR("none"), &t));
    assert_false(alert_type_parse(STR(""), &t));
    assert_string_equal(alert_type_name(ALERT_HOT_LEAD), "hot_lead");
    assert_string_equal(urgency_level_name(URGENCY_NOW), "now");
}

/* ---- phrases ---- */

static void phrases(void **state) {
    (void)state;
    BUF_AUTO b;
    buf_init(&b, 4096);
    static const struct {
        int from, to;
        const char *en, *es;
    } hours[] = {{8, 10, "8 to 10 am", "8:00 a 10:00"},       {10, 12, "10 am to 12 pm", "10:00 a 12:00"},
                 {11, 13, "11 am to 1 pm", "11:00 a 13:00"},  {12, 14, "12 to 2 pm", "12:00 a 14:00"},
                 {22, 24, "10 pm to 12 am", "22:00 a 24:00"}, {0, 2, "12 to 2 am", "0:00 a 2:00"}};
    for (size_t i = 0; i < sizeof hours / sizeof hours[0]; i++) {
        buf_clear(&b);
        words_hours(&b, hours[i].from, hours[i].to, LANG_EN);
        assert_str(buf_str(&b), hours[i].en);
        buf_clear(&b);
        words_hours(&b, hours[i].from, hours[i].to, LANG_ES);
        assert_str(buf_str(&b), hours[i].es);
    }
    static const struct {
        int64_t us;
        const char *en;
    } span[] = {{-5, "1 min"},
                {0, "1 min"},
                {US_HOUR - 1, "59 min"},
                {US_HOUR, "1 h"},
                {2 * US_DAY - 1, "47 h"},
                {2 * US_DAY, "2 days"}};
    for (size_t i = 0; i < sizeof span / sizeof span[0]; i++) {
        buf_clear(&b);
        words_span(&b, span[i].us, LANG_EN);
        assert_str(buf_str(&b), span[i].en);
    }
    static const struct {
        const char *in, *out;
        size_t max;
    } clean[] = {{"abcdef", "abcdef", 6},
                 {"abcdefg", "abc...", 6},
                 {"  a \n\t b  ", "a b", 10},
                 {"", "", 3},
                 {"ééé", "ééé", 6},
                 {"éééé", "é...", 6},
                 {"a\xe2\x80\x8f"
                  "b",
                  "ab", 9},
                 {"abcd", "...", 3},
                 {"ab  cd", "ab cd", 5},
                 {"\xff", "\xef\xbf\xbd", 3}};
    for (size_t i = 0; i < sizeof clean / sizeof clean[0]; i++) {
        buf_clear(&b);
        words_clean(&b, str_of(clean[i].in), clean[i].max);
        assert_str(buf_str(&b), clean[i].out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_message_two_causes_one_list),
        cmocka_unit_test(thresholds_of_readings),
        cmocka_unit_test(what_raises_and_lowers_confidence),
        cmocka_unit_test(reasons_name_their_evidence),
        cmocka_unit_test(evidence_is_cut_and_cleaned),
        cmocka_unit_test(only_fresh_acts_of_the_lead_speak),
        cmocka_unit_test(who_opted_out_is_left_alone),
        cmocka_unit_test(hot_when_newly_crossing),
        cmocka_unit_test(hot_says_behavior_and_its_parts),
        cmocka_unit_test(hot_from_little_evidence_is_not_sure),
        cmocka_unit_test(hot_is_silent_about_who_just_bought),
        cmocka_unit_test(action_follows_what_is_open),
        cmocka_unit_test(nobody_is_called_at_night),
        cmocka_unit_test(a_later_window_is_named_in_their_time),
        cmocka_unit_test(same_cause_is_said_once),
        cmocka_unit_test(fusion_of_everything_is_ranked_and_unique),
        cmocka_unit_test(names_read_back),
        cmocka_unit_test(phrases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
