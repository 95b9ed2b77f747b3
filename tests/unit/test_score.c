/* The behaviour score: the reference case, and what must hold for any timeline. */
#include "engine/score.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* New York as a TZif file of version 2 without transitions: all lies in the footer's rule. */
static const char new_york[] = "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                               "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4"
                               "\xff\xff\xb9\xb0\0\0"
                               "EST\0"
                               "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                               "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4"
                               "\xff\xff\xb9\xb0\0\0"
                               "EST\0"
                               "\nEST5EDT,M3.2.0,M11.1.0\n";

static int open_zone(void **state) {
    struct zone *z;
    struct err e = {0};
    if (zone_read(STR("America/New_York"), (struct str){new_york, sizeof new_york - 1}, &z, &e)) return -1;
    *state = z;
    return 0;
}
static int close_zone(void **state) {
    zone_free(*state);
    return 0;
}

static int64_t wall(const struct zone *z, int day, int hour, int minute) {
    return zone_instant(z, (struct civil){.date = {2026, 1, day}, .hour = hour, .minute = minute}, NULL);
}

struct act {
    int day, hour, minute;
    enum event_kind kind;
    enum channel channel;
    int64_t seconds;
};
static struct picture fold(const struct zone *z, const struct act *acts, size_t n) {
    struct picture p;
    picture_init(&p);
    for (size_t i = 0; i < n; i++) {
        struct event ev = {.id = {{(uint8_t)(i + 1)}},
                           .kind = acts[i].kind,
                           .channel = acts[i].channel,
                           .seconds = acts[i].seconds};
        ev.at_us = wall(z, acts[i].day, acts[i].hour, acts[i].minute);
        picture_apply(&p, &ev, NULL);
    }
    return p;
}

static const struct act reference[] = {{16, 10, 30, EV_PRICING_TOOL, CHANNEL_WEB, 0},
                                       {16, 14, 45, EV_PRICING_TOOL, CHANNEL_WEB, 0},
                                       {15, 16, 0, EV_AGENT_INQUIRY, CHANNEL_CALL, 0},
                                       {16, 9, 15, EV_NEIGHBORHOOD_RESEARCH, CHANNEL_WEB, 0}};

static void well_formed(const struct score *s) {
    double points = 0, hours = 0;
    for (int i = 0; i < SIGNALS; i++) {
        const struct score_part *part = &s->part[i];
        assert_int_equal(part->signal, i);
        assert_true(part->value >= 0 && part->value <= 1);
        assert_true(fabs(part->points - part->weight * part->value) < 1e-12);
        assert_true(part->n_evidence <= SCORE_EVIDENCE && part->n_evidence <= part->count);
        for (size_t k = 1; k < part->n_evidence; k++)
            assert_true(part->evidence_us[k] <= part->evidence_us[k - 1]);
        points += part->points;
    }
    assert_true(fabs(points - s->likelihood) < 1e-9);
    assert_true(s->likelihood >= 0 && s->likelihood <= 100);
    assert_true(s->confidence >= 0 && s->confidence <= 1);
    for (int h = 0; h < 24; h++) hours += s->window.hours[h];
    assert_true(fabs(hours - 1) < 1e-9);
    assert_true(s->channel == CHANNEL_SMS || s->channel == CHANNEL_EMAIL || s->channel == CHANNEL_CALL);
}

static void reference_case(void **state) {
    const struct zone *z = *state;
    struct picture p = fold(z, reference, 4);
    struct score_settings set = score_defaults();
    struct score s, again;
    score_lead(&p, &set, z, wall(z, 16, 15, 0), &s);
    well_formed(&s);
    print_message("# likelihood %.1f confidence %.2f window %d-%d (%.2f) channel %s\n", s.likelihood,
                  s.confidence, s.window.from_hour, s.window.to_hour, s.window.confidence,
                  channel_name(s.channel));
    assert_string_equal(intent_name(s.intent), "hot");
    assert_true(s.likelihood > 62 && s.likelihood < 75);
    assert_int_equal(s.window.from_hour, 14);
    assert_int_equal(s.window.to_hour, 16);
    assert_int_equal(s.channel, CHANNEL_SMS);
    assert_string_equal(score_message_template(&s), "suggest/pricing_tool");
    assert_int_equal(s.signals, 4);
    assert_true(s.confidence > 0.6);
    assert_int_equal(s.part[SIG_PRICING_TOOL].count, 2);
    assert_int_equal(s.part[SIG_PRICING_TOOL].evidence[0].b[0], 2); /* 14:45 before 10:30 */
    assert_int_equal(s.part[SIG_MOMENTUM].count, 4);
    score_lead(&p, &set, z, wall(z, 16, 15, 0), &again);
    assert_true(again.likelihood == s.likelihood && again.confidence == s.confidence);
    assert_memory_equal(s.window.hours, again.window.hours, sizeof s.window.hours);
}

static void nothing_known(void **state) {
    const struct zone *z = *state;
    struct picture p;
    picture_init(&p);
    struct score_settings set = score_defaults();
    struct score s;
    score_lead(&p, &set, z, wall(z, 16, 15, 0), &s);
    well_formed(&s);
    assert_true(s.likelihood == 0 && s.confidence == 0 && s.window.confidence == 0);
    assert_int_equal(s.intent, INTENT_COLD);
    assert_int_equal(s.channel, CHANNEL_SMS);
    assert_string_equal(score_message_template(&s), "suggest/momentum");
    assert_int_equal(s.window.from_hour, 18); /* the prior's best two hours */
}

static void few_or_old_signals_give_little_confidence(void **state) {
    const struct zone *z = *state;
    struct score_settings set = score_defaults();
    for (size_t n = 1; n <= 4; n++) {
        struct picture p = fold(z, reference, n);
        struct score s;
        score_lead(&p, &set, z, wall(z, 16, 15, 0), &s);
        assert_true(n < 3 ? s.confidence < 0.3 : s.confidence > 0.3);
    }
    struct act many[20];
    for (int i = 0; i < 20; i++) many[i] = (struct act){10, 12, i, EV_PROPERTY_SEARCH, CHANNEL_WEB, 0};
    struct picture p = fold(z, many, 20);
    double last = 1;
    for (int64_t hours = 0; hours <= 24 * 14; hours++) {
        struct score s;
        score_lead(&p, &set, z, wall(z, 10, 12, 19) + hours * US_HOUR, &s);
        assert_true(s.confidence <= last);
        assert_true(hours == 0 || last - s.confidence < 0.05); /* no jumps */
        if (hours > 72) assert_true(s.confidence < 0.3);
        if (hours <= 48) assert_true(s.confidence > 0.7);
        last = s.confidence;
    }
}

static void score_fades_and_grows(void **state) {
    const struct zone *z = *state;
    struct score_settings set = score_defaults();
    struct picture p = fold(z, reference, 4);
    double last = 101;
    for (int h = 0; h < 24 * 40; h += 6) {
        struct score s;
        score_lead(&p, &set, z, wall(z, 16, 15, 0) + h * US_HOUR, &s);
        well_formed(&s);
        assert_true(s.likelihood < last || (s.likelihood == 0 && last == 0));
        last = s.likelihood;
    }
    assert_true(last == 0);
    struct act many[60];
    last = 0;
    for (int i = 0; i < 60; i++)
        many[i] = (struct act){16, 10, i, i % 2 ? EV_PRICING_TOOL : EV_FAVORITE, CHANNEL_WEB, 0};
    for (size_t n = 1; n <= 60; n++) {
        struct score s;
        p = fold(z, many, n);
        score_lead(&p, &set, z, wall(z, 16, 11, 0), &s);
        assert_true(s.likelihood >= last - 1e-6); /* more of it never lowers, and never passes the weights */
        assert_true(s.likelihood <= 25 + 10 + 15);
        last = s.likelihood;
    }
}

static void settings_decide(void **state) {
    const struct zone *z = *state;
    struct picture p = fold(z, reference, 4);
    struct score_settings set = score_defaults();
    struct score s;
    score_lead(&p, &set, z, wall(z, 16, 15, 0), &s);
    double likelihood = s.likelihood;
    const struct {
        double *threshold;
        enum intent at, above;
    } rows[] = {{&set.urgent, INTENT_URGENT, INTENT_HOT},
                {&set.hot, INTENT_HOT, INTENT_WARM},
                {&set.warm, INTENT_WARM, INTENT_COLD}};
    for (size_t i = 0; i < 3; i++) {
        *rows[i].threshold = likelihood;
        score_lead(&p, &set, z, wall(z, 16, 15, 0), &s);
        assert_int_equal(s.intent, rows[i].at);
        *rows[i].threshold = nextafter(likelihood, 101);
        score_lead(&p, &set, z, wall(z, 16, 15, 0), &s);
        assert_int_equal(s.intent, rows[i].above);
        *rows[i].threshold = 101;
    }
    set = score_defaults();
    for (int i = 0; i < SIGNALS; i++) set.weight[i] = 1000;
    set.weight[SIG_SEARCH] = -5, set.weight[SIG_MARKET_REPORT] = NAN;
    score_lead(&p, &set, z, wall(z, 16, 15, 0), &s);
    well_formed(&s);
    assert_true(s.part[SIG_SEARCH].weight == 0 && s.part[SIG_MARKET_REPORT].weight == 0);
}

static enum channel channel_after(const struct zone *z, const struct act *acts, size_t n) {
    struct picture p = fold(z, acts, n);
    struct score_settings set = score_defaults();
    struct score s;
    score_lead(&p, &set, z, wall(z, 20, 12, 0), &s);
    well_formed(&s);
    return s.channel;
}

static void the_lead_chooses_the_channel(void **state) {
    const struct zone *z = *state;
    struct act calls[] = {{20, 10, 0, EV_CALL_IN, CHANNEL_CALL, 60},
                          {20, 10, 9, EV_AGENT_INQUIRY, CHANNEL_CALL, 0}};
    assert_int_equal(channel_after(z, calls, 1), CHANNEL_SMS);
    assert_int_equal(channel_after(z, calls, 2), CHANNEL_CALL);
    struct act mails[] = {{19, 9, 0, EV_MESSAGE_IN, CHANNEL_EMAIL, 0},
                          {19, 9, 5, EV_EMAIL_CLICK, CHANNEL_EMAIL, 0},
                          {20, 9, 0, EV_MESSAGE_IN, CHANNEL_EMAIL, 0},
                          {20, 9, 9, EV_MESSAGE_IN, CHANNEL_SMS, 0}};
    assert_int_equal(channel_after(z, mails, 3), CHANNEL_EMAIL);
    assert_int_equal(channel_after(z, mails, 4), CHANNEL_SMS);
    struct act ours[] = {{20, 9, 0, EV_CALL_OUT, CHANNEL_CALL, 5},
                         {20, 9, 1, EV_CALL_OUT, CHANNEL_CALL, 5},
                         {20, 9, 2, EV_CALL_OUT, CHANNEL_CALL, 0}};
    assert_int_equal(channel_after(z, ours, 3), CHANNEL_SMS); /* calls that nobody took */
    ours[0].seconds = ours[1].seconds = ours[2].seconds = 300;
    assert_int_equal(channel_after(z, ours, 3), CHANNEL_CALL);
}

static void window_follows_the_lead(void **state) {
    const struct zone *z = *state;
    struct score_settings set = score_defaults();
    for (int hour = 0; hour < 24; hour++) {
        struct act acts[12];
        for (int i = 0; i < 12; i++) acts[i] = (struct act){5 + i, hour, 30, EV_PRICING_TOOL, CHANNEL_WEB, 0};
        struct picture p = fold(z, acts, 12);
        struct score s;
        score_lead(&p, &set, z, wall(z, 17, 12, 0), &s);
        well_formed(&s);
        assert_int_equal(s.window.to_hour, s.window.from_hour + 2);
        assert_true(s.window.from_hour >= 8 && s.window.to_hour <= 21);
        assert_int_equal(s.window.observations, 12);
        if (hour >= 8 && hour < 21) assert_true(s.window.from_hour <= hour && hour < s.window.to_hour);
        if (hour == 5 || hour == 6) assert_int_equal(s.window.from_hour, 8); /* not before the day opens */
        int before = (hour + 23) % 24, after = (hour + 1) % 24, far = (hour + 12) % 24;
        assert_true(s.window.hours[before] > s.window.hours[far] &&
                    s.window.hours[after] > s.window.hours[far]); /* round midnight */
    }
}

static void no_zone_claims_nothing(void **state) {
    const struct zone *z = *state;
    struct picture p = fold(z, reference, 4);
    struct score_settings set = score_defaults();
    struct score s, here;
    score_lead(&p, &set, NULL, wall(z, 16, 15, 0), &s);
    score_lead(&p, &set, z, wall(z, 16, 15, 0), &here);
    well_formed(&s);
    assert_true(s.window.confidence == 0 && s.window.from_hour == 0 && s.window.to_hour == 0);
    assert_true(s.likelihood == here.likelihood);
}

static void what_many_views_pushed_out_still_counts(void **state) {
    const struct zone *z = *state;
    struct act acts[PICTURE_RECENT + 1];
    acts[0] = (struct act){15, 9, 0, EV_PRICING_TOOL, CHANNEL_WEB, 0};
    for (int i = 1; i <= PICTURE_RECENT; i++)
        acts[i] = (struct act){16, 9, i, EV_PROPERTY_VIEW, CHANNEL_WEB, 10};
    struct score_settings set = score_defaults();
    struct score s[2];
    for (size_t n = 0; n < 2; n++) {
        struct picture p = fold(z, acts, PICTURE_RECENT + n);
        score_lead(&p, &set, z, wall(z, 16, 12, 0), &s[n]);
        well_formed(&s[n]);
        assert_int_equal(s[n].part[SIG_PRICING_TOOL].count, 1);
    }
    assert_true(s[0].part[SIG_PRICING_TOOL].points == s[1].part[SIG_PRICING_TOOL].points);
    assert_int_equal(s[1].part[SIG_PRICING_TOOL].n_evidence, 0);
}

static void a_refusal_does_not_warm(void **state) {
    const struct zone *z = *state;
    struct score_settings set = score_defaults();
    for (int opt = OPT_NONE; opt <= OPT_OUT; opt++) {
        struct picture p;
        picture_init(&p);
        struct event ev = {
            .at_us = wall(z, 16, 9, 0), .kind = EV_MESSAGE_IN, .channel = CHANNEL_SMS, .id = {{1}}};
        struct reading r = {.opt = (enum opt_decision)opt};
        picture_apply(&p, &ev, &r);
        struct score s;
        score_lead(&p, &set, z, wall(z, 16, 9, 1), &s);
        assert_int_equal(s.likelihood > 0, opt == OPT_NONE);
    }
}

static void any_picture_scores(void **state) {
    const struct zone *z = *state;
    struct prng r = prng_seed(77);
    struct score_settings set = score_defaults();
    for (int round = 0; round < 500; round++) {
        struct picture p;
        picture_init(&p);
        for (uint64_t n = prng_below(&r, 100); n > 0; n--) {
            struct event ev = {.kind = (enum event_kind)prng_below(&r, EVENT_KINDS),
                               .channel = (enum channel)prng_below(&r, CHANNELS)};
            prng_fill(&r, ev.id.b, sizeof ev.id.b);
            ev.at_us = wall(z, 1, 0, 0) + (int64_t)prng_below(&r, 40 * (uint64_t)US_DAY);
            ev.seconds = (int64_t)prng_below(&r, 900);
            picture_apply(&p, &ev, NULL);
        }
        struct score s;
        score_lead(&p, &set, prng_chance(&r, 0.9) ? z : NULL, wall(z, 20, 0, 0),
                   &s); /* some events lie ahead of now */
        well_formed(&s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_case),
        cmocka_unit_test(nothing_known),
        cmocka_unit_test(few_or_old_signals_give_little_confidence),
        cmocka_unit_test(score_fades_and_grows),
        cmocka_unit_test(settings_decide),
        cmocka_unit_test(the_lead_chooses_the_channel),
        cmocka_unit_test(window_follows_the_lead),
        cmocka_unit_test(no_zone_claims_nothing),
        cmocka_unit_test(what_many_views_pushed_out_still_counts),
        cmocka_unit_test(a_refusal_does_not_warm),
        cmocka_unit_test(any_picture_scores),
    };
    return cmocka_run_group_tests(tests, open_zone, close_zone);
}
