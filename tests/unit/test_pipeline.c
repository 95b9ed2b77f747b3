/* From the door to the alert, on a real database: once, in any order, whatever breaks. */
#include "flow_help.h"

#define SMS(id, contact, at, text)                                                                           \
    "{\"type\":\"InboundMessage\",\"locationId\":\"LOC\",\"webhookId\":\"" id "\",\"contactId\":\"" contact  \
    "\",\"messageType\":\"SMS\",\"direction\":\"inbound\",\"dateAdded\":\"" at "\",\"body\":\"" text "\"}"

static const char created[] =
    "{\"type\":\"ContactCreate\",\"locationId\":\"LOC\",\"webhookId\":\"w1\",\"timestamp\":\"2026-01-16T20:"
    "00:00Z\",\"id\":\"C1\","
    "\"name\":\"Ada "
    "Lovelace\",\"firstName\":\"Ada\",\"phone\":\"+15125550123\",\"email\":\"Ada@Example.com\","
    "\"tags\":[\"buyer\"],\"assignedTo\":\"USER1\",\"timezone\":\"America/Chicago\"}";
static const char tagged[] = "{\"type\":\"ContactTagUpdate\",\"locationId\":\"LOC\",\"webhookId\":\"w2\","
                             "\"timestamp\":\"2026-01-16T20:05:00Z\",\"id\":\"C1\","
                             "\"name\":\"Ada King\",\"tags\":[\"buyer\",\"hot\"]}";
static const char wrote[] = SMS("w3", "C1", "2026-01-16T20:10:00Z", "we need to move ASAP");
static const char answered[] = "{\"type\":\"OutboundMessage\",\"locationId\":\"LOC\",\"webhookId\":\"w4\","
                               "\"contactId\":\"C1\",\"messageType\":\"SMS\","
                               "\"dateAdded\":\"2026-01-16T20:12:00Z\",\"messageId\":\"m4\",\"status\":"
                               "\"delivered\",\"body\":\"On my way\"}";
static const char stopped[] = SMS("w5", "C1", "2026-01-16T20:15:00Z", "STOP");
static const char deleted[] = "{\"type\":\"ContactDelete\",\"locationId\":\"LOC\",\"webhookId\":\"w6\","
                              "\"timestamp\":\"2026-01-16T20:20:00Z\",\"id\":\"C1\"}";

static void test_exactly_once(void **state) {
    struct house *h = *state;
    struct lead l;
    ARENA_AUTO a;
    arena_init(&a, 1024 * 1024);
    assert_true(help_webhook(h, h->t, created));
    assert_false(help_webhook(h, h->t, created)); /* before it was handled */
    assert_int_equal(help_drain(h), 1);
    assert_false(help_webhook(h, h->t, created)); /* and after */
    assert_int_equal(help_drain(h), 0);
    assert_true(help_lead(h, h->t, "C1", &a, &l));
    assert_int_equal(help_count_events(h, h->t, l.id), 1);
    assert_int_equal(l.picture.count[EV_CONTACT], 1);
    assert_true(str_is(profile_get(&l.profile, CF_NAME), "Ada Lovelace"));
    assert_true(id_eq(l.agent, h->agent));
}

static void test_ignored_and_strangers(void **state) {
    struct house *h = *state;
    assert_true(help_webhook(h, h->t, "{\"type\":\"LocationUpdate\",\"webhookId\":\"x\",\"id\":\"LOC\"}"));
    assert_false(help_webhook(h, h->t, "{\"type\":\"LocationUpdate\",\"webhookId\":\"x\",\"id\":\"LOC\"}"));
    assert_int_equal(help_drain(h), 0);
}

/* ---- any order of arrival ---- */

enum { EVENTS = 6, ORDERS = 720 };

static void order_of(int number, int out[EVENTS]) {
    bool used[EVENTS] = {0};
    for (int i = 0, left = ORDERS; i < EVENTS; i++) {
        left /= EVENTS - i;
        int skip = number / left;
        number %= left;
        int at = 0;
        for (;; at++)
            if (!used[at] && skip-- == 0) break;
        used[at] = true;
        out[i] = at;
    }
}

static void state_of(struct house *h, const struct tenant *t, struct buf *out) {
    struct lead l;
    ARENA_AUTO a;
    arena_init(&a, 1024 * 1024);
    assert_true(help_lead(h, t, "C1", &a, &l));
    assert_int_equal(help_count_events(h, t, l.id), EVENTS);
    assert_true(l.opted_out);
    assert_true(l.deleted);
    buf_clear(out);
    profile_write(&l.profile, out);
    picture_write(&l.picture, out);
    buf_i64(out, l.last_event_us);
}

static void test_any_order_of_arrival(void **state) {
    struct house *h = *state;
    static const char *const bodies[EVENTS] = {created, tagged, wrote, answered, stopped, deleted};
    BUF_AUTO first;
    BUF_AUTO other;
    buf_init(&first, 64 * 1024);
    buf_init(&other, 64 * 1024);
    for (int n = 0; n < ORDERS; n++) {
        struct err e = {0};
        struct made_tenant made;
        const struct tenant *t;
        char location[16];
        int order[EVENTS];
        snprintf(location, sizeof location, "LOC%d", n);
        struct new_tenant nt = {STR("Team"), str_of(location), STR("America/New_York")};
        ok(tenant_create(&h->flow, &nt, &made, &e), &e);
        ok(tenant_by_id(&h->flow, NULL, made.id, &t, &e), &e);
        order_of(n, order);
        for (int i = 0; i < EVENTS; i++) assert_true(help_webhook(h, t, bodies[order[i]]));
        if (n % 2) help_drain(h); /* batches of one and of two tenants */
    }
    help_drain(h);
    for (int n = 0; n < ORDERS; n++) {
        const struct tenant *t;
        char location[16];
        snprintf(location, sizeof location, "LOC%d", n);
        assert_int_equal(tenant_by_location(&h->flow, str_of(location), &t, NULL), 0);
        state_of(h, t, n ? &other : &first);
        if (n && !str_eq(buf_str(&first), buf_str(&other))) fail_msg("order %d: %s", n, other.p);
    }
    ARENA_AUTO a;
    struct lead l;
    const struct tenant *t;
    arena_init(&a, 1024 * 1024);
    assert_int_equal(tenant_by_location(&h->flow, STR("LOC7"), &t, NULL), 0);
    assert_true(help_lead(h, t, "C1", &a, &l));
    assert_true(str_is(profile_get(&l.profile, CF_NAME), "Ada King"));
    assert_true(str_is(profile_get(&l.profile, CF_TAGS), "buyer,hot"));
    assert_true(str_is(profile_get(&l.profile, CF_ZONE), "America/Chicago"));
}

struct refold {
    struct house *h;
    struct lead *l;
    struct arena *a;
};
static int refold_work(struct db *db, void *ctx, struct err *e) {
    struct refold *k = ctx;
    return lead_refold(&k->h->flow, db, k->l, k->a, e);
}

static void test_a_rebuilt_picture_is_the_same(void **state) {
    struct house *h = *state;
    BUF_AUTO before;
    BUF_AUTO after;
    struct lead l;
    ARENA_AUTO a;
    arena_init(&a, 8 * 1024 * 1024);
    buf_init(&before, 64 * 1024);
    buf_init(&after, 64 * 1024);
    static const char *const bodies[EVENTS] = {created, tagged, wrote, answered, stopped, deleted};
    for (int i = 0; i < EVENTS; i++) help_webhook(h, h->t, bodies[i]);
    help_put(h, h->t, "t.js", STR("s1"), STR("form"),
             STR("{\"kind\":\"form\",\"at\":\"2026-01-16T20:30:00Z\",\"email\":\"ada@example.com\",\"phone\":"
                 "\"+15125559999\","
                 "\"text\":\"call me\"}"),
             false);
    help_drain(h);
    assert_true(help_lead(h, h->t, "C1", &a, &l));
    /* a browser that knows an e-mail cannot give its owner another phone */
    assert_true(str_is(profile_get(&l.profile, CF_PHONE), "+15125550123"));
    assert_int_equal(l.picture.count[EV_FORM], 1);
    profile_write(&l.profile, &before);
    picture_write(&l.picture, &before);
    struct err e = {0};
    struct refold r = {h, &l, &a};
    ok(store_read(h->store, refold_work, &r, &e), &e);
    profile_write(&l.profile, &after);
    picture_write(&l.picture, &after);
    assert_true(str_eq(buf_str(&before), buf_str(&after)));
}

/* ---- an urgent message ---- */

struct open_alerts {
    struct tenant_id tenant;
    struct id lead;
    int n;
    char type[32], cause[64];
};
static int open_alerts_work(struct db *db, void *ctx, struct err *e) {
    struct open_alerts *k = ctx;
    Q_CURSOR(alert_open_of_lead, cur);
    struct q_alert_open_of_lead_out row;
    int got;
    if (q_alert_open_of_lead_open(
            db, &(struct q_alert_open_of_lead_in){.tenant = k->tenant, .lead_id = k->lead}, &cur, e) < 0)
        return -1;
    while ((got = q_alert_open_of_lead_next(&cur, &row, e)) > 0) {
        k->n++;
        snprintf(k->type, sizeof k->type, "%.*s", STR_FMT(row.type));
    }
    return got;
}

static struct open_alerts open_alerts(struct house *h, const char *contact) {
    struct err e = {0};
    struct lead l;
    ARENA_AUTO a;
    arena_init(&a, 1024 * 1024);
    assert_true(help_lead(h, h->t, contact, &a, &l));
    struct open_alerts k = {h->tenant, l.id, 0, "", ""};
    ok(store_read(h->store, open_alerts_work, &k, &e), &e);
    return k;
}

static void test_urgency_becomes_an_alert(void **state) {
    struct house *h = *state;
    help_webhook(h, h->t, created);
    help_webhook(h, h->t, SMS("u1", "C1", "2026-01-16T21:59:00Z", "we need to move ASAP, before the 30th"));
    help_drain(h);
    struct open_alerts k = open_alerts(h, "C1");
    assert_int_equal(k.n, 1);
    assert_string_equal(k.type, "urgency");
    struct help_outbox out = help_outbox(h);
    assert_int_equal(out.n, 1);
    assert_string_equal(out.row[0].purpose, "alert.urgency");
    assert_int_equal(out.row[0].state, OUTBOX_PENDING);
    help_deliver(h);
    assert_int_equal(h->dashboard.calls, 1);
    assert_non_null(strstr(h->dashboard.content, "Ada"));
    assert_int_equal(help_outbox_state(h, out.row[0].id), OUTBOX_DELIVERED);
    help_deliver(h);
    assert_int_equal(h->dashboard.calls, 1);
    /* the same again within the alert's life: folded, not repeated */
    help_webhook(h, h->t, SMS("u2", "C1", "2026-01-16T21:59:30Z", "really urgent, need to move ASAP"));
    help_drain(h);
    assert_int_equal(open_alerts(h, "C1").n, 1);
    assert_int_equal(help_outbox(h).n, 1);
}

static void test_old_news_alert_nobody(void **state) {
    struct house *h = *state;
    help_webhook(h, h->t, SMS("o1", "C2", "2025-06-01T10:00:00Z", "we need to move ASAP"));
    help_drain(h);
    assert_int_equal(open_alerts(h, "C2").n, 0);
    assert_int_equal(help_outbox(h).n, 0);
}

/* ---- opt-out ---- */

struct to_lead {
    struct house *h;
    const char *contact;
    struct id id;
    int64_t due_us;
};
static int to_lead_work(struct db *db, void *ctx, struct err *e) {
    struct to_lead *k = ctx;
    struct help_look look = {k->h, k->h->t, NULL, str_of(k->contact), NULL, {{0}}, 0};
    struct lead l;
    ARENA_AUTO a;
    arena_init(&a, 1024 * 1024);
    look.arena = &a, look.lead = &l;
    if (help_lead_work(db, &look, e) || look.got <= 0) return -1;
    struct outbox_message m = {.to_lead = true,
                               .agent = k->h->agent,
                               .lead = l.id,
                               .channel = "sms",
                               .purpose = STR("reply"),
                               .cause = STR("test"),
                               .due_us = k->due_us,
                               .expires_us = k->due_us + US_DAY,
                               .content = STR("{\"text\":\"Hi\"}")};
    return outbox_put(&k->h->flow, db, k->h->t, &l, &m, k->h->now_us, &k->id, e);
}
static struct id put_message(struct house *h, const char *contact, int64_t due_us) {
    struct err e = {0};
    struct to_lead k = {h, contact, {{0}}, due_us};
    ok(store_write(h->store, to_lead_work, &k, &e), &e);
    return k.id;
}

static void test_opting_out_stops_what_waits(void **state) {
    struct house *h = *state;
    help_webhook(h, h->t, created);
    help_drain(h);
    struct id now = put_message(h, "C1", h->now_us), later = put_message(h, "C1", h->now_us + US_HOUR);
    help_deliver(h);
    assert_int_equal(h->sms.calls, 1);
    assert_int_equal(help_outbox_state(h, now), OUTBOX_DELIVERED);
    assert_int_equal(help_outbox_state(h, later), OUTBOX_PENDING);
    help_webhook(h, h->t, SMS("s1", "C1", "2026-01-16T21:59:00Z", "STOP"));
    help_drain(h);
    assert_int_equal(help_outbox_state(h, later), OUTBOX_REFUSED);
    struct id again = put_message(h, "C1", h->now_us); /* put by somebody who did not ask */
    help_deliver(h);
    assert_int_equal(help_outbox_state(h, again), OUTBOX_REFUSED);
    h->now_us += 2 * US_HOUR;
    help_deliver(h);
    assert_int_equal(h->sms.calls, 1);
}

static void test_nothing_but_his_own_start_brings_him_back(void **state) {
    struct house *h = *state;
    struct lead l;
    ARENA_AUTO a;
    arena_init(&a, 8 * 1024 * 1024);
    help_webhook(h, h->t, created);
    help_put(h, h->t, "import", STR("i1"), STR("contact"),
             STR("{\"kind\":\"contact\",\"email\":\"ada@example.com\",\"opt_out\":true}"), false);
    help_drain(h);
    assert_true(help_lead(h, h->t, "C1", &a, &l));
    assert_true(l.opted_out);
    h->now_us += US_DAY;
    help_put(h, h->t, "import", STR("i2"), STR("contact"),
             STR("{\"kind\":\"contact\",\"email\":\"ada@example.com\",\"contact\":{\"dnd\":\"0\"}}"), false);
    help_webhook(h, h->t,
                 "{\"type\":\"ContactDndUpdate\",\"locationId\":\"LOC\",\"webhookId\":\"d\",\"id\":\"C1\","
                 "\"dnd\":false}");
    help_drain(h);
    assert_true(help_lead(h, h->t, "C1", &a, &l));
    assert_true(l.opted_out);
    help_webhook(h, h->t, SMS("st", "C1", "2026-01-17T21:59:00Z", "START"));
    help_drain(h);
    assert_true(help_lead(h, h->t, "C1", &a, &l));
    assert_false(l.opted_out);
}

/* ---- what breaks ---- */

struct inbox {
    struct tenant_id tenant;
    int64_t dead, pending, seq;
    char error[256];
};
static int inbox_work(struct db *db, void *ctx, struct err *e) {
    struct inbox *k = ctx;
    struct q_inbox_stats_out stats;
    if (q_inbox_stats(db, &stats, e) < 0) return -1;
    k->dead = stats.dead;
    k->pending = stats.pending;
    Q_CURSOR(inbox_dead, cur);
    struct q_inbox_dead_out row;
    int got;
    if (q_inbox_dead_open(db, &(struct q_inbox_dead_in){.tenant = k->tenant, .most = 10}, &cur, e) < 0)
        return -1;
    while ((got = q_inbox_dead_next(&cur, &row, e)) > 0) {
        k->seq = row.seq;
        snprintf(k->error, sizeof k->error, "%.*s", STR_FMT(row.error));
    }
    return got;
}
static struct inbox inbox(struct house *h) {
    struct err e = {0};
    struct inbox k = {.tenant = h->tenant};
    ok(store_read(h->store, inbox_work, &k, &e), &e);
    return k;
}
static int replay_work(struct db *db, void *ctx, struct err *e) {
    struct inbox *k = ctx;
    int64_t changed;
    if (q_inbox_replay(db, &(struct q_inbox_replay_in){.tenant = k->tenant, .seq = k->seq}, &changed, e))
        return -1;
    return changed == 1 ? 0 : err_set(e, ERR_NOT_FOUND, "", "nothing to replay");
}

static void test_what_no_retry_heals_is_given_up_at_once(void **state) {
    struct house *h = *state;
    help_put(h, h->t, "ghl", STR("p1"), STR("ContactCreate"), STR("this is no JSON"), false);
    help_put(h, h->t, "ghl", STR("p2"), STR("NoteCreate"), STR("{\"id\":\"n\"}"), false);
    help_webhook(h, h->t, created); /* others go on beside it */
    help_drain(h);
    struct inbox k = inbox(h);
    assert_int_equal(k.dead, 2);
    assert_int_equal(k.pending, 0);
    assert_non_null(strstr(k.error, "contactId"));
    assert_int_equal(help_metric(h, M_INBOX_DEAD), 2);
    struct lead l;
    ARENA_AUTO a;
    arena_init(&a, 1024 * 1024);
    assert_true(help_lead(h, h->t, "C1", &a, &l));
}

static void test_what_may_heal_is_tried_and_then_given_up(void **state) {
    struct house *h = *state;
    struct err e = {0};
    struct inbox_item item = {.tenant = h->tenant,
                              .source = STR("ghl"),
                              .external_id = STR("broken"),
                              .kind = STR("NoteCreate"),
                              .received_us = h->now_us,
                              .sealed = STR("no sealed body at all, but bytes that do not open")};
    struct help_put p = {.item = &item};
    ok(store_write(h->store, help_put_work, &p, &e), &e);
    for (int tries = 1; tries < INBOX_TRIES; tries++) {
        assert_int_equal(help_drain(h), 1);
        assert_int_equal(help_drain(h), 0); /* it pauses */
        assert_int_equal(inbox(h).dead, 0);
        assert_int_equal(help_metric(h, M_INBOX_RETRIES), tries);
        h->now_us += US_SECOND << (2 * tries);
    }
    assert_int_equal(help_drain(h), 1);
    assert_int_equal(inbox(h).dead, 1);
    h->now_us += 30 * US_DAY;
    assert_int_equal(help_drain(h), 0);
}

static void test_a_dead_letter_can_be_replayed(void **state) {
    struct house *h = *state;
    uint8_t chance[10];
    char text[ID_TEXT + 1];
    memset(chance, 0x5a, sizeof chance);
    struct id lead = id_make(h->now_us, chance);
    id_text(lead, text);
    ARENA_AUTO a;
    arena_init(&a, 8 * 1024 * 1024);
    struct str body =
        arena_fmt(&a, "{\"kind\":\"favorite\",\"lead_id\":\"%s\",\"at\":\"2026-01-16T21:00:00Z\"}", text);
    help_put(h, h->t, "api", STR("f1"), STR("favorite"), body, false);
    help_drain(h);
    struct inbox k = inbox(h);
    assert_int_equal(k.dead, 1);
    h->fixed_id = true; /* the lead comes into being */
    help_webhook(h, h->t, created);
    help_drain(h);
    h->fixed_id = false;
    struct err e = {0};
    ok(store_write(h->store, replay_work, &k, &e), &e);
    assert_int_equal(help_drain(h), 1);
    assert_int_equal(inbox(h).dead, 0);
    struct lead l;
    assert_true(help_lead(h, h->t, "C1", &a, &l));
    assert_true(id_eq(l.id, lead));
    assert_int_equal(l.picture.count[EV_FAVORITE], 1);
}

static void test_a_clock_that_runs_ahead(void **state) {
    struct house *h = *state;
    struct lead l;
    ARENA_AUTO a;
    arena_init(&a, 1024 * 1024);
    help_webhook(h, h->t, SMS("c1", "C9", "2031-01-01T00:00:00Z", "hello"));
    help_drain(h);
    assert_true(help_lead(h, h->t, "C9", &a, &l));
    assert_int_equal(l.last_event_us, h->now_us);
}

static void test_survives_a_restart(void **state) {
    struct house *h = *state;
    struct lead l;
    ARENA_AUTO a;
    arena_init(&a, 1024 * 1024);
    help_webhook(h, h->t, created); /* acknowledged, not handled */
    help_restart(h);
    assert_int_equal(help_drain(h), 1);
    help_restart(h);
    assert_false(help_webhook(h, h->t, created));
    assert_true(help_lead(h, h->t, "C1", &a, &l));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_exactly_once, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_ignored_and_strangers, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_any_order_of_arrival, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_a_rebuilt_picture_is_the_same, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_urgency_becomes_an_alert, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_old_news_alert_nobody, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_opting_out_stops_what_waits, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_nothing_but_his_own_start_brings_him_back, house_open,
                                        house_close),
        cmocka_unit_test_setup_teardown(test_what_no_retry_heals_is_given_up_at_once, house_open,
                                        house_close),
        cmocka_unit_test_setup_teardown(test_what_may_heal_is_tried_and_then_given_up, house_open,
                                        house_close),
        cmocka_unit_test_setup_teardown(test_a_dead_letter_can_be_replayed, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_a_clock_that_runs_ahead, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_survives_a_restart, house_open, house_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
