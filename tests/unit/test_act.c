/* What people do with alerts and questions, and what becomes of these by themselves. */
#include "flow_help.h"

#include "flow/act.h"
#include "flow/plan.h"

#define CREATE(agent)                                                                                        \
    "{\"type\":\"ContactCreate\",\"locationId\":\"LOC\",\"webhookId\":\"c-" agent                            \
    "\",\"timestamp\":\"2026-01-16T20:00:00Z\",\"id\":\"C1\",\"name\":\"Ada Lovelace\",\"phone\":"           \
    "\"+15125550123\",\"assignedTo\":\"" agent "\"}"

static void create(struct house *h) {
    help_webhook(h, h->t, CREATE("USER1"));
    help_drain(h);
}

static void wrote(struct house *h, const char *id, const char *at, const char *text) {
    char body[1024];
    snprintf(body, sizeof body,
             "{\"type\":\"InboundMessage\",\"locationId\":\"LOC\",\"webhookId\":\"%s\",\"contactId\":\"C1\","
             "\"messageType\":\"SMS\",\"direction\":\"inbound\",\"dateAdded\":\"%s\",\"body\":\"%s\"}",
             id, at, text);
    assert_true(help_webhook(h, h->t, body));
    help_drain(h);
}

static void lead_of(struct house *h, struct arena *a, struct lead *out) {
    assert_true(help_lead(h, h->t, "C1", a, out));
}

static struct actor agent(struct house *h) {
    return (struct actor){h->tenant, h->agent, ROLE_AGENT};
}

/* ---- questions ---- */

struct questions {
    struct house *h;
    struct id agent;
    struct str state;
    size_t n;
    struct id id[8];
    char type[8][32];
};
static int questions_work(struct db *db, void *ctx, struct err *e) {
    struct questions *k = ctx;
    Q_CURSOR(approval_list, cur);
    struct q_approval_list_out row;
    struct q_approval_list_in in = {
        .tenant = k->h->tenant, .agent_id = k->agent, .state = k->state, .before_at = INT64_MAX, .most = 8};
    int got;
    if (q_approval_list_open(db, &in, &cur, e) < 0) return -1;
    while ((got = q_approval_list_next(&cur, &row, e)) > 0) {
        snprintf(k->type[k->n], sizeof k->type[0], "%.*s", STR_FMT(row.action_type));
        k->id[k->n++] = row.id;
    }
    return got;
}
static struct questions questions_of(struct house *h, struct id agent_id, const char *state) {
    struct err e = {0};
    struct questions k = {.h = h, .agent = agent_id, .state = str_of(state)};
    ok(store_read(h->store, questions_work, &k, &e), &e);
    return k;
}
static struct questions questions(struct house *h, const char *state) {
    return questions_of(h, h->agent, state);
}

/* The one pending question, which asks whether contact shall stop. */
static struct id asked(struct house *h) {
    struct questions k = questions(h, "pending");
    assert_int_equal(k.n, 1);
    assert_string_equal(k.type[0], "stop_contact");
    return k.id[0];
}

struct sending {
    struct house *h;
    struct lead *lead;
    struct id id;
};
static int sending_work(struct db *db, void *ctx, struct err *e) {
    struct sending *k = ctx;
    struct outbox_message m = {.to_lead = true,
                               .agent = k->h->agent,
                               .channel = "sms",
                               .purpose = STR("reply"),
                               .cause = STR("test"),
                               .due_us = k->h->now_us,
                               .expires_us = k->h->now_us + US_DAY,
                               .content = STR("{\"text\":\"Hi\"}")};
    return outbox_put(&k->h->flow, db, k->h->t, k->lead, &m, k->h->now_us, &k->id, e);
}
/* A message to the lead and what became of it at once. */
static int64_t send(struct house *h) {
    struct err e = {0};
    struct lead l;
    ARENA_AUTO a;
    arena_init(&a, 1024 * 1024);
    lead_of(h, &a, &l);
    struct sending k = {.h = h, .lead = &l};
    ok(store_write(h->store, sending_work, &k, &e), &e);
    help_deliver(h);
    return help_outbox_state(h, k.id);
}

static void answer(struct house *h, struct id id, bool yes) {
    struct err e = {0};
    struct actor who = agent(h);
    BUF_AUTO out;
    buf_init(&out, 64 * 1024);
    ok(yes ? approval_approve(&h->flow, &who, id, STR_NONE, &out, &e)
           : approval_reject(&h->flow, &who, id, STR(""), &out, &e),
       &e);
    assert_non_null(strstr(out.p, yes ? "approved" : "rejected"));
}

static const char doubtful[] = "not interested";

static void test_doubt_holds_everything_back_until_answered(void **state) {
    struct house *h = *state;
    struct lead l;
    ARENA_AUTO a;
    arena_init(&a, 8 * 1024 * 1024);
    create(h);
    assert_int_equal(send(h), OUTBOX_DELIVERED);
    wrote(h, "d1", "2026-01-16T21:59:00Z", doubtful);
    lead_of(h, &a, &l);
    assert_true(l.picture.opt_needs_person);
    assert_false(l.opted_out);
    asked(h);
    assert_int_equal(send(h), OUTBOX_REFUSED);
    h->now_us += 60 * US_DAY; /* nobody answers, and the question is still there */
    struct err e = {0};
    ok(scheduler_sweep(&h->flow, &e), &e);
    asked(h);
    assert_int_equal(send(h), OUTBOX_REFUSED);
}

static void test_yes_it_meant_stop(void **state) {
    struct house *h = *state;
    struct lead l;
    ARENA_AUTO a;
    arena_init(&a, 8 * 1024 * 1024);
    create(h);
    wrote(h, "u1", "2026-01-16T21:58:00Z", "we need to move ASAP");
    wrote(h, "d1", "2026-01-16T21:59:00Z", doubtful);
    lead_of(h, &a, &l);
    struct id question = questions(h, "pending").id[0];
    struct questions all = questions(h, "pending");
    for (size_t i = 0; i < all.n; i++)
        if (strcmp(all.type[i], "stop_contact") == 0) question = all.id[i];
    answer(h, question, true);
    lead_of(h, &a, &l);
    assert_true(l.opted_out);
    assert_true(profile_flag(&l.profile, CF_DND));
    assert_false(l.picture.opt_needs_person);
    assert_int_equal(send(h), OUTBOX_REFUSED);
    assert_int_equal(questions(h, "pending").n, 0);
    /* the CRM, which knows nothing of it, cannot bring him back */
    h->now_us += US_HOUR;
    help_webhook(h, h->t,
                 "{\"type\":\"ContactDndUpdate\",\"locationId\":\"LOC\",\"webhookId\":\"x1\",\"id\":\"C1\","
                 "\"timestamp\":\"2026-01-16T22:30:00Z\",\"dnd\":false}");
    help_drain(h);
    lead_of(h, &a, &l);
    assert_true(l.opted_out);
    assert_int_equal(send(h), OUTBOX_REFUSED);
    /* the timeline says so itself: a rebuilt picture knows it, too */
    assert_int_equal(l.picture.count[EV_ACTION], 1);
    assert_int_equal(l.picture.count[EV_CONTACT_DND], 2);
}

static void test_no_it_did_not(void **state) {
    struct house *h = *state;
    struct lead l;
    ARENA_AUTO a;
    arena_init(&a, 8 * 1024 * 1024);
    create(h);
    wrote(h, "d1", "2026-01-16T21:59:00Z", doubtful);
    answer(h, asked(h), false);
    lead_of(h, &a, &l);
    assert_false(l.opted_out);
    assert_false(l.picture.opt_needs_person);
    assert_false(profile_flag(&l.profile, CF_DND));
    assert_int_equal(send(h), OUTBOX_DELIVERED);
    h->now_us += US_HOUR;
    wrote(h, "d2", "2026-01-16T22:59:00Z", doubtful); /* and again is asked again */
    asked(h);
    assert_int_equal(send(h), OUTBOX_REFUSED);
}

static void test_no_does_not_undo_a_clear_word(void **state) {
    struct house *h = *state;
    struct lead l;
    ARENA_AUTO a;
    arena_init(&a, 8 * 1024 * 1024);
    create(h);
    wrote(h, "d1", "2026-01-16T21:58:00Z", doubtful);
    struct id question = asked(h);
    wrote(h, "d2", "2026-01-16T21:59:00Z", "STOP");
    answer(h, question, false);
    lead_of(h, &a, &l);
    assert_true(l.opted_out);
    assert_int_equal(send(h), OUTBOX_REFUSED);
}

static void test_a_clock_that_runs_ahead_is_settled_too(void **state) {
    struct house *h = *state;
    struct lead l;
    ARENA_AUTO a;
    arena_init(&a, 8 * 1024 * 1024);
    create(h);
    wrote(h, "d1", "2026-01-16T22:09:00Z", doubtful); /* nine minutes from now */
    answer(h, asked(h), false);
    lead_of(h, &a, &l);
    assert_false(l.picture.opt_needs_person);
}

static void test_newer_doubt_asks_anew(void **state) {
    struct house *h = *state;
    create(h);
    wrote(h, "d1", "2026-01-16T21:58:00Z", doubtful);
    struct id old = asked(h);
    wrote(h, "d2", "2026-01-16T21:59:00Z", doubtful);
    struct id latest = asked(h);
    assert_false(id_eq(old, latest));
    struct err e = {0};
    struct actor who = agent(h);
    BUF_AUTO out;
    buf_init(&out, 64 * 1024);
    assert_int_equal(approval_reject(&h->flow, &who, old, STR(""), &out, &e), -1);
    assert_int_equal(e.kind, ERR_CONFLICT);
    answer(h, latest, false);
}

static void test_one_answer_and_only_by_who_may(void **state) {
    struct house *h = *state;
    struct err e = {0};
    BUF_AUTO out;
    buf_init(&out, 64 * 1024);
    create(h);
    wrote(h, "d1", "2026-01-16T21:59:00Z", doubtful);
    struct id id = asked(h);
    struct actor stranger = {h->tenant, {{1}}, ROLE_AGENT};
    assert_int_equal(approval_approve(&h->flow, &stranger, id, STR_NONE, &out, &e), -1);
    assert_int_equal(e.kind, ERR_NOT_FOUND);
    struct made_tenant made;
    struct new_tenant nt = {STR("Other"), STR("LOC2"), STR("America/New_York")};
    ok(tenant_create(&h->flow, &nt, &made, &e), &e);
    struct actor other_admin = {made.id, {{2}}, ROLE_ADMIN};
    assert_int_equal(approval_approve(&h->flow, &other_admin, id, STR_NONE, &out, &e), -1);
    assert_int_equal(e.kind, ERR_NOT_FOUND);
    struct actor lead = {h->tenant, {{3}}, ROLE_LEAD};
    ok(approval_approve(&h->flow, &lead, id, STR_NONE, &out, &e), &e);
    struct actor who = agent(h);
    assert_int_equal(approval_reject(&h->flow, &who, id, STR(""), &out, &e), -1);
    assert_int_equal(e.kind, ERR_CONFLICT);
}

/* ---- alerts ---- */

struct alerts {
    struct house *h;
    struct id agent;
    bool all;
    size_t n;
    struct id id[8];
    char status[8][16];
};
static int alerts_work(struct db *db, void *ctx, struct err *e) {
    struct alerts *k = ctx;
    Q_CURSOR(alert_list, cur);
    struct q_alert_list_out row;
    struct q_alert_list_in in = {
        .tenant = k->h->tenant, .agent_id = k->agent, .before_at = INT64_MAX, .closed = k->all, .most = 8};
    int got;
    if (q_alert_list_open(db, &in, &cur, e) < 0) return -1;
    while ((got = q_alert_list_next(&cur, &row, e)) > 0) {
        snprintf(k->status[k->n], sizeof k->status[0], "%.*s", STR_FMT(row.status));
        k->id[k->n++] = row.id;
    }
    return got;
}
static struct alerts alerts_of(struct house *h, struct id agent_id, bool all) {
    struct err e = {0};
    struct alerts k = {.h = h, .agent = agent_id, .all = all};
    ok(store_read(h->store, alerts_work, &k, &e), &e);
    return k;
}
static struct id one_alert(struct house *h) {
    create(h);
    wrote(h, "u1", "2026-01-16T21:59:00Z", "we need to move ASAP");
    struct alerts k = alerts_of(h, h->agent, false);
    assert_int_equal(k.n, 1);
    return k.id[0];
}
static const char *status_of(struct house *h, struct id id) {
    static char text[16];
    struct alerts k = alerts_of(h, h->agent, true);
    text[0] = 0;
    for (size_t i = 0; i < k.n; i++)
        if (id_eq(k.id[i], id)) memcpy(text, k.status[i], sizeof text);
    return text;
}
static void sweep(struct house *h) {
    struct err e = {0};
    ok(scheduler_sweep(&h->flow, &e), &e);
}
static void snooze(struct house *h, struct id id, int64_t minutes) {
    struct err e = {0};
    struct actor who = agent(h);
    BUF_AUTO out;
    buf_init(&out, 64 * 1024);
    ok(alert_snooze(&h->flow, &who, id, minutes, &out, &e), &e);
}

static void test_what_was_snoozed_comes_back(void **state) {
    struct house *h = *state;
    struct id id = one_alert(h);
    snooze(h, id, 60);
    h->now_us += US_HOUR - 1;
    sweep(h);
    assert_string_equal(status_of(h, id), "snoozed");
    h->now_us += 1;
    sweep(h);
    assert_string_equal(status_of(h, id), "open");
}

static void test_snoozed_beyond_its_life_it_still_comes_back(void **state) {
    struct house *h = *state;
    struct id id = one_alert(h);
    snooze(h, id, 10080);
    h->now_us += 7 * US_DAY - 1;
    sweep(h);
    assert_string_equal(status_of(h, id), "snoozed");
    h->now_us += 1;
    sweep(h);
    assert_string_equal(status_of(h, id), "open");
    h->now_us += US_DAY;
    sweep(h);
    assert_string_equal(status_of(h, id), "expired");
}

/* The phone is silent in quiet hours, the page is not. */
static void test_what_was_closed_on_the_page_does_not_ring_in_the_morning(void **state) {
    struct house *h = *state;
    h->outlets[1].name = "log";
    h->now_us += 5 * US_HOUR; /* 10 pm */
    create(h);
    wrote(h, "u1", "2026-01-17T02:59:00Z", "we need to move ASAP");
    help_deliver(h);
    assert_int_equal(h->dashboard.calls, 1);
    assert_int_equal(h->sms.calls, 0);
    struct alerts k = alerts_of(h, h->agent, false);
    struct err e = {0};
    struct actor who = agent(h);
    BUF_AUTO out;
    buf_init(&out, 64 * 1024);
    ok(alert_dismiss(&h->flow, &who, k.id[0], STR("done"), &out, &e), &e);
    h->now_us += 10 * US_HOUR;
    help_deliver(h);
    assert_int_equal(h->sms.calls, 0);
}

static void test_what_is_open_rings_in_the_morning(void **state) {
    struct house *h = *state;
    h->outlets[1].name = "log";
    h->now_us += 5 * US_HOUR;
    create(h);
    wrote(h, "u1", "2026-01-17T02:59:00Z", "we need to move ASAP");
    h->now_us += 9 * US_HOUR; /* 7 am */
    help_deliver(h);
    assert_int_equal(h->sms.calls, 1);
}

static void test_expired_stays_expired(void **state) {
    struct house *h = *state;
    struct err e = {0};
    struct actor who = agent(h);
    BUF_AUTO out;
    buf_init(&out, 64 * 1024);
    struct id id = one_alert(h);
    ok(alert_dismiss(&h->flow, &who, id, STR("not_useful"), &out, &e), &e);
    buf_clear(&out);
    ok(alert_reopen(&h->flow, &who, id, &out, &e), &e);
    ok(alert_dismiss(&h->flow, &who, id, STR("done"), &out, &e), &e);
    h->now_us += 30 * US_DAY;
    assert_int_equal(alert_reopen(&h->flow, &who, id, &out, &e), -1);
    assert_int_equal(e.kind, ERR_CONFLICT);
    assert_string_equal(status_of(h, id), "done");
}

static void test_a_deleted_contact_has_no_alerts(void **state) {
    struct house *h = *state;
    struct id id = one_alert(h);
    assert_int_equal(questions(h, "pending").n, 1);
    help_webhook(h, h->t,
                 "{\"type\":\"ContactDelete\",\"locationId\":\"LOC\",\"webhookId\":\"x\",\"id\":\"C1\","
                 "\"timestamp\":\"2026-01-16T21:59:30Z\"}");
    help_drain(h);
    assert_string_equal(status_of(h, id), "expired");
    assert_int_equal(questions(h, "pending").n, 0);
    assert_int_equal(questions(h, "withdrawn").n, 1);
}

static void test_a_lead_takes_what_is_open_to_his_new_agent(void **state) {
    struct house *h = *state;
    struct err e = {0};
    struct id bob, id = one_alert(h);
    struct new_user nu = {.tenant = h->tenant,
                          .role = ROLE_AGENT,
                          .name = STR("Bob"),
                          .email = STR("bob@example.com"),
                          .ghl_user = STR("USER2")};
    ok(user_create(&h->flow, &nu, &bob, &e), &e);
    help_webhook(h, h->t,
                 "{\"type\":\"ContactUpdate\",\"locationId\":\"LOC\",\"webhookId\":\"x\",\"id\":\"C1\","
                 "\"timestamp\":\"2026-01-16T21:59:30Z\",\"assignedTo\":\"USER2\"}");
    help_drain(h);
    assert_int_equal(alerts_of(h, h->agent, true).n, 0);
    assert_int_equal(questions(h, "pending").n, 0);
    assert_int_equal(questions_of(h, bob, "pending").n, 1);
    struct alerts k = alerts_of(h, bob, false);
    assert_int_equal(k.n, 1);
    assert_true(id_eq(k.id[0], id));
    struct actor who = agent(h), new_one = {h->tenant, bob, ROLE_AGENT};
    BUF_AUTO out;
    buf_init(&out, 64 * 1024);
    assert_int_equal(alert_dismiss(&h->flow, &who, id, STR("done"), &out, &e), -1);
    assert_int_equal(e.kind, ERR_NOT_FOUND);
    ok(alert_dismiss(&h->flow, &new_one, id, STR("done"), &out, &e), &e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_doubt_holds_everything_back_until_answered, house_open,
                                        house_close),
        cmocka_unit_test_setup_teardown(test_yes_it_meant_stop, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_no_it_did_not, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_no_does_not_undo_a_clear_word, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_a_clock_that_runs_ahead_is_settled_too, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_newer_doubt_asks_anew, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_one_answer_and_only_by_who_may, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_what_was_snoozed_comes_back, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_snoozed_beyond_its_life_it_still_comes_back, house_open,
                                        house_close),
        cmocka_unit_test_setup_teardown(test_what_was_closed_on_the_page_does_not_ring_in_the_morning,
                                        house_open, house_close),
        cmocka_unit_test_setup_teardown(test_what_is_open_rings_in_the_morning, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_expired_stays_expired, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_a_deleted_contact_has_no_alerts, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_a_lead_takes_what_is_open_to_his_new_agent, house_open,
                                        house_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
