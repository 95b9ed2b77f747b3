/* What leaves the house: each message once, whatever the channel answers and wherever the process dies. */
#include "flow_help.h"

struct put {
    struct house *h;
    const char *channel;
    int64_t due_us, expires_us;
    struct id id;
};
static int put_work(struct db *db, void *ctx, struct err *e) {
    struct put *k = ctx;
    struct outbox_message m = {.agent = k->h->agent,
                               .channel = k->channel,
                               .purpose = STR("alert.test"),
                               .cause = STR("test"),
                               .due_us = k->due_us,
                               .expires_us = k->expires_us,
                               .content = STR("{\"text\":\"secret words\"}")};
    return outbox_put(&k->h->flow, db, k->h->t, NULL, &m, k->h->now_us, &k->id, e);
}
static struct id put_at(struct house *h, const char *channel, int64_t due_us, int64_t expires_us) {
    struct err e = {0};
    struct put k = {h, channel, due_us, expires_us, {{0}}};
    ok(store_write(h->store, put_work, &k, &e), &e);
    return k.id;
}
static struct id put(struct house *h, const char *channel) {
    return put_at(h, channel, h->now_us, h->now_us + 30 * US_DAY);
}

static void recover(struct house *h) {
    struct err e = {0};
    ok(outbox_recover(&h->flow, &e), &e);
}

static void test_accepted(void **state) {
    struct house *h = *state;
    struct id id = put(h, "dashboard");
    help_deliver(h);
    assert_int_equal(help_outbox_state(h, id), OUTBOX_DELIVERED);
    assert_true(id_eq(h->dashboard.key[0], id));
    assert_string_equal(h->dashboard.content, "{\"text\":\"secret words\"}");
    help_deliver(h);
    recover(h);
    help_deliver(h);
    assert_int_equal(h->dashboard.calls, 1);
    assert_int_equal(help_metric(h, M_SENDS), 1);
}

static void test_due_and_not_a_moment_before(void **state) {
    struct house *h = *state;
    put_at(h, "dashboard", h->now_us + 1, h->now_us + US_DAY);
    help_deliver(h);
    assert_int_equal(h->dashboard.calls, 0);
    h->now_us += 1;
    help_deliver(h);
    assert_int_equal(h->dashboard.calls, 1);
}

static void test_too_late(void **state) {
    struct house *h = *state;
    struct id still = put_at(h, "dashboard", h->now_us, h->now_us + US_HOUR + 1);
    struct id gone = put_at(h, "dashboard", h->now_us, h->now_us + US_HOUR);
    h->now_us += US_HOUR;
    help_deliver(h);
    assert_int_equal(help_outbox_state(h, still), OUTBOX_DELIVERED);
    assert_int_equal(help_outbox_state(h, gone), OUTBOX_EXPIRED);
    assert_int_equal(h->dashboard.calls, 1);
}

static void test_rejected(void **state) {
    struct house *h = *state;
    struct id id = put(h, "dashboard");
    h->dashboard.outcome = SEND_REJECTED;
    help_deliver(h);
    h->now_us += US_DAY;
    help_deliver(h);
    assert_int_equal(help_outbox_state(h, id), OUTBOX_FAILED);
    assert_int_equal(h->dashboard.calls, 1);
    assert_int_equal(help_metric(h, M_SENDS_FAILED), 1);
}

static void test_retries_with_growing_pauses_and_an_end(void **state) {
    struct house *h = *state;
    struct id id = put(h, "dashboard");
    h->dashboard.outcome = SEND_RETRY;
    int64_t pause = 2 * US_SECOND;
    for (int n = 1; n < OUTBOX_TRIES; n++) {
        help_deliver(h);
        assert_int_equal(h->dashboard.calls, n);
        assert_int_equal(h->dashboard.attempt[n - 1], n);
        assert_int_equal(help_outbox_state(h, id), OUTBOX_PENDING);
        h->now_us += pause - 1; /* never before the pause */
        help_deliver(h);
        assert_int_equal(h->dashboard.calls, n);
        h->now_us += pause / 4 + 1; /* at the latest with all of the jitter */
        pause = pause * 4 < US_HOUR ? pause * 4 : US_HOUR;
    }
    help_deliver(h);
    assert_int_equal(h->dashboard.calls, OUTBOX_TRIES);
    assert_int_equal(help_outbox_state(h, id), OUTBOX_FAILED);
    h->now_us += US_DAY;
    help_deliver(h);
    assert_int_equal(h->dashboard.calls, OUTBOX_TRIES);
}

static void test_unknown_is_never_repeated(void **state) {
    struct house *h = *state;
    struct id id = put(h, "sms");
    h->sms.outcome = SEND_UNKNOWN;
    help_deliver(h);
    h->now_us += US_DAY;
    recover(h);
    help_deliver(h);
    assert_int_equal(help_outbox_state(h, id), OUTBOX_UNKNOWN);
    assert_int_equal(h->sms.calls, 1);
    assert_int_equal(help_metric(h, M_SENDS_UNKNOWN), 1);
}

/* An answer got lost: who knows the key is asked again under the same one, and at last nobody can know. */
static void test_unknown_is_repeated_where_the_key_is_known(void **state) {
    struct house *h = *state;
    struct id id = put(h, "dashboard");
    h->dashboard.outcome = SEND_UNKNOWN;
    help_deliver(h);
    assert_int_equal(help_outbox_state(h, id), OUTBOX_PENDING);
    assert_int_equal(help_metric(h, M_SENDS_UNKNOWN), 0);
    h->now_us += US_MINUTE;
    h->dashboard.outcome = SEND_ACCEPTED;
    help_deliver(h);
    assert_int_equal(h->dashboard.calls, 2);
    assert_true(id_eq(h->dashboard.key[0], h->dashboard.key[1]));
    assert_int_equal(help_outbox_state(h, id), OUTBOX_DELIVERED);
}

/* A way out that is no medium by itself (the log) says nothing about how the lead is reached: the message does. */
struct to_lead {
    struct house *h;
    const char *content;
    struct id id;
};
static int to_lead_work(struct db *db, void *ctx, struct err *e) {
    struct to_lead *k = ctx;
    struct lead l;
    ARENA_AUTO a;
    arena_init(&a, 1024 * 1024);
    struct lead_ref ref = {.contact = STR("C1")};
    if (lead_find_or_make(&k->h->flow, db, k->h->t, &ref, k->h->now_us, &a, &l, e)) return -1;
    struct outbox_message m = {.to_lead = true,
                               .agent = k->h->agent,
                               .channel = "dashboard",
                               .purpose = STR("reply.approved"),
                               .due_us = k->h->now_us,
                               .expires_us = k->h->now_us + US_HOUR,
                               .content = str_of(k->content)};
    return outbox_put(&k->h->flow, db, k->h->t, &l, &m, k->h->now_us, &k->id, e);
}
static int64_t sent_to_lead(struct house *h, const char *content) {
    struct err e = {0};
    struct to_lead k = {h, content, {{0}}};
    ok(store_write(h->store, to_lead_work, &k, &e), &e);
    help_deliver(h);
    return help_outbox_state(h, k.id);
}
static void test_the_message_names_its_medium(void **state) {
    struct house *h = *state;
    help_webhook(
        h, h->t,
        "{\"type\":\"ContactCreate\",\"locationId\":\"LOC\",\"webhookId\":\"w1\",\"id\":\"C1\",\"phone\":"
        "\"+15125550123\"}");
    help_drain(h);
    assert_int_equal(sent_to_lead(h, "{\"text\":\"hi\",\"channel\":\"sms\"}"), OUTBOX_DELIVERED);
    assert_int_equal(sent_to_lead(h, "{\"text\":\"hi\",\"channel\":\"email\"}"),
                     OUTBOX_REFUSED); /* none known */
    assert_int_equal(sent_to_lead(h, "{\"text\":\"hi\",\"channel\":\"owl\"}"), OUTBOX_REFUSED);
    assert_int_equal(sent_to_lead(h, "{\"text\":\"hi\"}"), OUTBOX_REFUSED);
    assert_int_equal(h->dashboard.calls, 1);
}

static void test_a_channel_that_is_not_set_up(void **state) {
    struct house *h = *state;
    struct id id = put(h, "pigeon");
    help_deliver(h);
    assert_int_equal(help_outbox_state(h, id), OUTBOX_FAILED);
}

/* The process dies after the claim: who knows the key gets it again, for the other nobody can know. */
static void test_death_between_claim_and_answer(void **state) {
    struct house *h = *state;
    struct id safe = put(h, "dashboard"), unsafe = put(h, "sms");
    struct err e = {0};
    size_t n;
    struct flow dead = h->flow; /* keeps its fence */
    h->dashboard.silent = h->sms.silent = true;
    ok(outbox_deliver(&dead, &n, &e), &e);
    assert_int_equal(n, 2);
    assert_int_equal(h->dashboard.calls, 1);
    assert_int_equal(h->sms.calls, 1);
    struct fake late_dashboard = h->dashboard, late_sms = h->sms;
    h->flow.fence++;
    recover(h);
    assert_int_equal(help_outbox_state(h, safe), OUTBOX_PENDING);
    assert_int_equal(help_outbox_state(h, unsafe), OUTBOX_UNKNOWN);
    h->dashboard.silent = h->sms.silent = false;
    help_deliver(h);
    assert_int_equal(h->dashboard.calls, 2);
    assert_true(id_eq(h->dashboard.key[1], safe)); /* under the same key */
    assert_int_equal(h->dashboard.attempt[1], 2);
    assert_int_equal(h->sms.calls, 1);
    assert_int_equal(help_outbox_state(h, safe), OUTBOX_DELIVERED);
    /* whom we took for dead answers after all: too late to change anything */
    late_dashboard.outcome = SEND_REJECTED;
    fake_answer(&late_dashboard);
    fake_answer(&late_sms);
    assert_int_equal(help_outbox_state(h, safe), OUTBOX_DELIVERED);
    assert_int_equal(help_outbox_state(h, unsafe), OUTBOX_UNKNOWN);
}

static void test_a_lease_of_this_process_runs_out(void **state) {
    struct house *h = *state;
    struct id id = put(h, "dashboard");
    h->dashboard.silent = true;
    help_deliver(h);
    recover(h);
    assert_int_equal(help_outbox_state(h, id), OUTBOX_LEASED);
    h->now_us += OUTBOX_LEASE_US - 1;
    recover(h);
    assert_int_equal(help_outbox_state(h, id), OUTBOX_LEASED);
    h->now_us += 1;
    recover(h);
    assert_int_equal(help_outbox_state(h, id), OUTBOX_PENDING);
    fake_answer(&h->dashboard); /* late: settles nothing, but frees what it held */
    assert_int_equal(help_outbox_state(h, id), OUTBOX_PENDING);
}

/* Its lease ran out, it went again, and only now comes the answer to the first attempt. */
static void test_a_late_answer_settles_no_later_attempt(void **state) {
    struct house *h = *state;
    struct id id = put(h, "dashboard");
    h->dashboard.silent = true;
    help_deliver(h);
    struct fake first = h->dashboard;
    h->now_us += OUTBOX_LEASE_US;
    recover(h);
    help_deliver(h);
    assert_int_equal(h->dashboard.calls, 2);
    first.outcome = SEND_REJECTED;
    fake_answer(&first);
    assert_int_equal(help_outbox_state(h, id), OUTBOX_LEASED);
    fake_answer(&h->dashboard);
    assert_int_equal(help_outbox_state(h, id), OUTBOX_DELIVERED);
}

static void count_changed(void *ctx, struct tenant_id t, struct id agent) {
    (void)t, (void)agent;
    ++*(int *)ctx;
}

static void test_who_shows_it_is_told_when_it_ends_unsent(void **state) {
    struct house *h = *state;
    int told = 0;
    h->flow.live = (struct live){.changed = count_changed, .ctx = &told};
    put(h, "pigeon"); /* no such channel */
    put_at(h, "dashboard", h->now_us, h->now_us + 1);
    h->now_us += 1;
    help_deliver(h);
    assert_int_equal(told, 1); /* once for both */
    put(h, "sms");
    h->sms.silent = true;
    help_deliver(h);
    h->now_us += OUTBOX_LEASE_US;
    recover(h);
    assert_int_equal(told, 2);
    fake_answer(&h->sms);
}

static void test_survives_a_restart(void **state) {
    struct house *h = *state;
    struct id id = put(h, "dashboard");
    help_restart(h);
    help_deliver(h);
    assert_int_equal(help_outbox_state(h, id), OUTBOX_DELIVERED);
}

static void test_more_than_a_batch(void **state) {
    struct house *h = *state;
    for (int i = 0; i < FAKE_MOST; i++) put(h, i % 2 ? "dashboard" : "sms");
    help_deliver(h);
    assert_int_equal(h->dashboard.calls + h->sms.calls, FAKE_MOST);
    for (int i = 0; i < 10; i++) put(h, "pigeon");
    help_deliver(h);
    assert_int_equal(help_metric(h, M_SENDS), FAKE_MOST);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_accepted, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_due_and_not_a_moment_before, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_too_late, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_rejected, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_retries_with_growing_pauses_and_an_end, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_unknown_is_never_repeated, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_unknown_is_repeated_where_the_key_is_known, house_open,
                                        house_close),
        cmocka_unit_test_setup_teardown(test_a_channel_that_is_not_set_up, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_the_message_names_its_medium, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_death_between_claim_and_answer, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_a_lease_of_this_process_runs_out, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_a_late_answer_settles_no_later_attempt, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_who_shows_it_is_told_when_it_ends_unsent, house_open,
                                        house_close),
        cmocka_unit_test_setup_teardown(test_survives_a_restart, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_more_than_a_batch, house_open, house_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
