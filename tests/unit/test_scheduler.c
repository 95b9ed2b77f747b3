/* Morning briefings: at the agent's own hour, once a day, over both changes of the clocks, after outages and after
 * changes of mind. Dates of the United States' rule in force since 2007. */
#include "flow_help.h"

#include "flow/prefs.h"

static int64_t us_of(const char *text) {
    int64_t us = 0;
    assert_int_equal(rfc3339_parse(str_of(text), &us, NULL), 0);
    return us;
}

struct waiting {
    struct house *h;
    int got;
    int64_t due_us;
    char occurrence[16];
};
static int waiting_work(struct db *db, void *ctx, struct err *e) {
    struct waiting *k = ctx;
    ARENA_AUTO a;
    arena_init(&a, 4096);
    struct q_timer_of_out row;
    struct q_timer_of_in in = {.tenant = k->h->tenant, .kind = STR("briefing"), .subject = k->h->agent};
    k->got = q_timer_of(db, &in, &a, &row, e);
    if (k->got > 0) {
        k->due_us = row.due_at;
        snprintf(k->occurrence, sizeof k->occurrence, "%.*s", STR_FMT(row.occurrence));
    }
    return k->got < 0 ? -1 : 0;
}
static struct waiting waiting(struct house *h) {
    struct err e = {0};
    struct waiting k = {.h = h};
    ok(store_read(h->store, waiting_work, &k, &e), &e);
    return k;
}
static void waits_for(struct house *h, const char *occurrence, const char *due) {
    struct waiting k = waiting(h);
    if (k.got != 1 || strcmp(k.occurrence, occurrence) != 0 || k.due_us != us_of(due)) {
        BUF_AUTO b;
        buf_init(&b, 64);
        rfc3339_add(&b, k.due_us, 0);
        fail_msg("waits for %s at %.*s, not %s at %s", k.occurrence, STR_FMT(buf_str(&b)), occurrence, due);
    }
}

static size_t tick(struct house *h) {
    struct err e = {0};
    size_t n = 0;
    ok(scheduler_tick(&h->flow, &n, &e), &e);
    return n;
}

static void catch_up(struct house *h) {
    while (tick(h) > 0) {
    }
}

struct reports {
    struct house *h;
    const char *date;
    bool found;
};
static int report_work(struct db *db, void *ctx, struct err *e) {
    struct reports *k = ctx;
    ARENA_AUTO a;
    arena_init(&a, 4 * 1024 * 1024);
    struct q_report_get_out row;
    struct q_report_get_in in = {.tenant = k->h->tenant,
                                 .agent_id = k->h->agent,
                                 .type = STR("briefing"),
                                 .for_date = str_of(k->date)};
    int got = q_report_get(db, &in, &a, &row, e);
    k->found = got > 0;
    return got < 0 ? -1 : 0;
}
static bool has_report(struct house *h, const char *date) {
    struct err e = {0};
    struct reports k = {h, date, false};
    ok(store_read(h->store, report_work, &k, &e), &e);
    return k.found;
}

struct setting {
    struct house *h;
    const char *json;
};
static int setting_work(struct db *db, void *ctx, struct err *e) {
    struct setting *k = ctx;
    ARENA_AUTO a;
    arena_init(&a, 64 * 1024);
    const struct jnode *n;
    if (json_parse(&a, str_of(k->json), 4096, &n, e)) return -1;
    return prefs_put(db, k->h->tenant, k->h->agent, n, k->h->agent, k->h->now_us, e);
}
static void set(struct house *h, const char *json) {
    struct err e = {0};
    struct setting k = {h, json};
    ok(store_write(h->store, setting_work, &k, &e), &e);
    ok(scheduler_plan_all(&h->flow, &e), &e);
}

static void test_a_new_agent_starts_at_his_next_morning(void **state) {
    struct house *h = *state; /* 5 pm: today's hour is over */
    waits_for(h, "2026-01-17", "2026-01-17T12:00:00Z");
    assert_int_equal(tick(h), 0);
}

static void test_due_and_not_a_moment_before(void **state) {
    struct house *h = *state;
    h->now_us = us_of("2026-01-17T12:00:00Z") - 1;
    assert_int_equal(tick(h), 0);
    h->now_us++;
    assert_int_equal(tick(h), 1);
    assert_true(has_report(h, "2026-01-17"));
    waits_for(h, "2026-01-18", "2026-01-18T12:00:00Z");
    assert_int_equal(tick(h), 0);
    struct help_outbox out = help_outbox(h);
    assert_int_equal(out.n, 1);
    assert_string_equal(out.row[0].purpose, "briefing.daily");
}

/* A year and more, day by day: every date once, always at 7 on his wall. */
static void test_each_day_once_at_seven(void **state) {
    struct house *h = *state;
    const struct zone *z = zones_find(h->zones, STR("America/New_York"));
    struct date day = {2026, 1, 17};
    for (int i = 0; i < 400; i++, day = date_add(day, 1)) {
        char text[16];
        snprintf(text, sizeof text, "%04d-%02d-%02d", day.year, day.month, day.day);
        struct waiting k = waiting(h);
        assert_string_equal(k.occurrence, text);
        struct civil c = zone_civil(z, k.due_us);
        assert_int_equal(date_cmp(c.date, day), 0);
        assert_int_equal(c.hour * 60 + c.minute, 420);
        h->now_us = k.due_us;
        assert_int_equal(tick(h), 1);
        assert_true(has_report(h, text));
        assert_int_equal(tick(h), 0);
    }
    assert_int_equal(help_metric(h, M_BRIEFINGS_MISSED), 0);
}

static void test_an_hour_that_does_not_exist(void **state) {
    struct house *h = *state;
    h->now_us = us_of("2026-03-07T20:00:00Z");
    catch_up(h);
    set(h, "{\"briefing_time\":\"02:30\"}");
    waits_for(h, "2026-03-08",
              "2026-03-08T07:00:00Z"); /* the clocks go from 2 to 3: the first instant after */
    h->now_us = us_of("2026-03-08T07:00:00Z");
    assert_int_equal(tick(h), 1);
    waits_for(h, "2026-03-09", "2026-03-09T06:30:00Z");
}

static void test_an_hour_that_comes_twice(void **state) {
    struct house *h = *state;
    h->now_us = us_of("2026-10-31T20:00:00Z");
    catch_up(h);
    set(h, "{\"briefing_time\":\"01:30\"}");
    waits_for(h, "2026-11-01", "2026-11-01T05:30:00Z"); /* the first of the two */
    h->now_us = us_of("2026-11-01T05:30:00Z");
    assert_int_equal(tick(h), 1);
    h->now_us = us_of("2026-11-01T06:30:00Z"); /* and not at the second */
    assert_int_equal(tick(h), 0);
    waits_for(h, "2026-11-02", "2026-11-02T06:30:00Z");
}

static void test_down_in_the_morning_up_at_noon(void **state) {
    struct house *h = *state;
    h->now_us = us_of("2026-01-17T17:00:00Z");
    help_restart(h);
    assert_int_equal(tick(h), 1);
    assert_true(has_report(h, "2026-01-17"));
    waits_for(h, "2026-01-18", "2026-01-18T12:00:00Z");
}

static void test_down_until_the_day_was_over(void **state) {
    struct house *h = *state;
    h->now_us = us_of("2026-01-18T05:00:00Z") - 1; /* the last moment of the 17th in New York */
    assert_int_equal(tick(h), 1);
    assert_true(has_report(h, "2026-01-17"));
    h->now_us = us_of("2026-01-19T05:00:00Z"); /* the first of the 19th: the 18th is lost */
    assert_int_equal(tick(h), 1);
    assert_false(has_report(h, "2026-01-18"));
    assert_int_equal(help_metric(h, M_BRIEFINGS_MISSED), 1);
    waits_for(h, "2026-01-19", "2026-01-19T12:00:00Z");
}

static void test_down_for_weeks(void **state) {
    struct house *h = *state;
    h->now_us = us_of("2026-03-15T15:00:00Z");
    catch_up(h);
    assert_true(has_report(h, "2026-03-15")); /* today's, late */
    assert_false(has_report(h, "2026-03-14"));
    assert_int_equal(help_outbox(h).n, 1); /* and nothing of the weeks before */
    waits_for(h, "2026-03-16", "2026-03-16T11:00:00Z");
}

static void test_moved_later_before_it_fired(void **state) {
    struct house *h = *state;
    h->now_us = us_of("2026-01-17T11:00:00Z"); /* 6:00 */
    set(h, "{\"briefing_time\":\"09:15\"}");
    waits_for(h, "2026-01-17", "2026-01-17T14:15:00Z");
}

static void test_moved_into_the_past_before_it_fired(void **state) {
    struct house *h = *state;
    set(h, "{\"briefing_time\":\"09:00\"}");
    h->now_us = us_of("2026-01-17T13:00:00Z"); /* 8:00 */
    set(h, "{\"briefing_time\":\"07:30\"}");
    assert_int_equal(tick(h), 1); /* today's is still owed */
    assert_true(has_report(h, "2026-01-17"));
    waits_for(h, "2026-01-18", "2026-01-18T12:30:00Z");
}

static void test_moved_after_it_fired(void **state) {
    struct house *h = *state;
    h->now_us = us_of("2026-01-17T12:00:00Z");
    assert_int_equal(tick(h), 1);
    h->now_us += US_HOUR;
    set(h, "{\"briefing_time\":\"18:00\"}");
    waits_for(h, "2026-01-18", "2026-01-18T23:00:00Z"); /* not a second one today */
    set(h, "{\"briefing_time\":\"06:00\"}");
    waits_for(h, "2026-01-18", "2026-01-18T11:00:00Z");
}

static void test_switched_off_and_on(void **state) {
    struct house *h = *state;
    h->now_us = us_of("2026-01-17T11:00:00Z");
    set(h, "{\"briefing_enabled\":false}");
    assert_int_equal(waiting(h).got, 0);
    h->now_us = us_of("2026-01-17T12:30:00Z");
    assert_int_equal(tick(h), 0);
    set(h, "{\"briefing_enabled\":true}");
    waits_for(h, "2026-01-18", "2026-01-18T12:00:00Z");
}

static void test_planning_twice_changes_nothing(void **state) {
    struct house *h = *state;
    struct err e = {0};
    for (int i = 0; i < 3; i++) ok(scheduler_plan_all(&h->flow, &e), &e);
    waits_for(h, "2026-01-17", "2026-01-17T12:00:00Z");
    h->now_us = us_of("2026-01-17T12:00:00Z");
    assert_int_equal(tick(h), 1);
    for (int i = 0; i < 3; i++) ok(scheduler_plan_all(&h->flow, &e), &e);
    assert_int_equal(tick(h), 0);
    waits_for(h, "2026-01-18", "2026-01-18T12:00:00Z");
}

static int other_law(void *ctx, struct str name, struct buf *out, struct err *e) {
    return help_zoneinfo(ctx, str_is(name, "America/New_York") ? STR("America/Phoenix") : name, out, e);
}

static void test_a_new_law(void **state) {
    struct house *h = *state;
    struct err e = {0};
    ok(zones_replace(h->zones, other_law, NULL, STR("new"), &e), &e);
    ok(scheduler_rederive(&h->flow, &e), &e);
    waits_for(h, "2026-01-17", "2026-01-17T14:00:00Z"); /* still 7 on his wall */
    h->now_us = us_of("2026-01-17T12:00:00Z");
    assert_int_equal(tick(h), 0);
    h->now_us = us_of("2026-01-17T14:00:00Z");
    assert_int_equal(tick(h), 1);
}

/* ---- what fails must not keep others waiting ---- */

static void lead_writes(struct house *h, const char *text) {
    BUF_AUTO b;
    buf_init(&b, 1024 * 1024);
    struct jw w = jw_on(&b);
    jw_object(&w);
    jw_kz(&w, "type", "InboundMessage");
    jw_kz(&w, "locationId", "LOC");
    jw_kz(&w, "webhookId", "long");
    jw_kz(&w, "contactId", "C1");
    jw_kz(&w, "messageType", "SMS");
    jw_kz(&w, "direction", "inbound");
    jw_kz(&w, "dateAdded", "2026-01-16T21:59:00Z");
    jw_kz(&w, "body", text);
    jw_end(&w);
    assert_true(help_webhook(h, h->t, b.p));
    help_drain(h);
}

static void test_the_longest_message_fits_into_the_morning(void **state) {
    struct house *h = *state;
    char *text = calloc(1, READ_MAX_TEXT + 1);
    assert_non_null(text);
    for (size_t i = 0; i < READ_MAX_TEXT; i++) text[i] = i % 2 ? '"' : '\\'; /* two bytes each when sealed */
    lead_writes(h, text);
    free(text);
    h->now_us = us_of("2026-01-17T12:00:00Z");
    assert_int_equal(tick(h), 1);
    assert_true(has_report(h, "2026-01-17"));
}

static int damage_work(struct db *db, void *ctx, struct err *e) {
    struct house *h = ctx;
    struct q_lead_by_contact_out row;
    int got = q_lead_by_contact(db, &(struct q_lead_by_contact_in){.tenant = h->tenant, .contact = STR("C1")},
                                &row, e);
    assert_int_equal(got, 1);
    struct q_lead_update_in in = {.tenant = h->tenant,
                                  .id = row.id,
                                  .agent_id = h->agent,
                                  .profile = STR("torn"),
                                  .picture = STR("torn")};
    return q_lead_update(db, &in, NULL, e);
}

static void test_one_that_cannot_be_made_waits_behind_the_others(void **state) {
    struct house *h = *state;
    struct err e = {0};
    struct id ann = h->agent, bob;
    struct new_user nu = {
        .tenant = h->tenant, .role = ROLE_AGENT, .name = STR("Bob"), .email = STR("bob@example.com")};
    ok(user_create(&h->flow, &nu, &bob, &e), &e);
    lead_writes(h, "hello");
    ok(store_write(h->store, damage_work, h, &e), &e);
    h->now_us = us_of("2026-01-17T12:00:00Z");
    size_t n;
    assert_int_equal(scheduler_tick(&h->flow, &n, &e), -1);
    assert_false(has_report(h, "2026-01-17"));
    h->agent = bob;
    assert_true(has_report(h, "2026-01-17"));
    assert_int_equal(tick(h), 0); /* Ann's is not tried again and again */
    h->agent = ann;
    waits_for(h, "2026-01-17", "2026-01-17T12:05:00Z");
    h->now_us = us_of("2026-01-17T12:05:00Z");
    assert_int_equal(scheduler_tick(&h->flow, &n, &e), -1);
    h->now_us = us_of("2026-01-18T04:58:00Z");
    assert_int_equal(scheduler_tick(&h->flow, &n, &e), -1);
    waits_for(h, "2026-01-17", "2026-01-18T05:00:00Z"); /* and not beyond its day */
    h->now_us = us_of("2026-01-18T05:00:00Z");
    assert_int_equal(tick(h), 1);
    waits_for(h, "2026-01-18", "2026-01-18T12:00:00Z");
    assert_int_equal(help_metric(h, M_BRIEFINGS_MISSED), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_new_agent_starts_at_his_next_morning, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_due_and_not_a_moment_before, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_each_day_once_at_seven, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_an_hour_that_does_not_exist, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_an_hour_that_comes_twice, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_down_in_the_morning_up_at_noon, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_down_until_the_day_was_over, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_down_for_weeks, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_moved_later_before_it_fired, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_moved_into_the_past_before_it_fired, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_moved_after_it_fired, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_switched_off_and_on, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_planning_twice_changes_nothing, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_a_new_law, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_the_longest_message_fits_into_the_morning, house_open,
                                        house_close),
        cmocka_unit_test_setup_teardown(test_one_that_cannot_be_made_waits_behind_the_others, house_open,
                                        house_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
