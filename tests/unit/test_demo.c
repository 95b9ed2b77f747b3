/* The demo's brokerage: its history is there, something is to be done, and its people go on living. */
#include "sim_help.h"

#include "flow/people.h"
#include "sim/demo.h"

struct seen {
    struct tenant_id tenant;
    struct id agent[DEMO_AGENTS];
    int64_t leads, late_leads, alerts, open, approvals, briefings, pending, dead;
};

static int look(struct db *db, void *ctx, struct err *e) {
    struct seen *s = ctx;
    ARENA_AUTO a;
    arena_init(&a, 64 << 20);
    struct q_inbox_stats_out inbox;
    if (q_inbox_stats(db, &inbox, e) < 0) return -1;
    s->pending = inbox.pending;
    s->dead = inbox.dead;
    Q_CURSOR(lead_list, leads);
    struct q_lead_list_out lead;
    struct q_lead_list_in all = {.tenant = s->tenant, .after_likelihood = 1e9, .intent = -1, .most = 1000};
    if (q_lead_list_open(db, &all, &leads, e) < 0) return -1;
    int got;
    while ((got = q_lead_list_next(&leads, &lead, e)) > 0) {
        s->leads++;
        s->late_leads += lead.last_event_at > HELP_NOW_US;
    }
    if (got < 0) return -1;
    for (int i = 0; i < DEMO_AGENTS; i++) {
        Q_CURSOR(alert_list, alerts);
        Q_CURSOR(approval_list, approvals);
        struct q_alert_list_out alert;
        struct q_approval_list_out approval;
        struct q_report_latest_out report;
        struct q_alert_list_in ask = {.tenant = s->tenant,
                                      .agent_id = s->agent[i],
                                      .before_at = INT64_MAX,
                                      .closed = true,
                                      .most = 1000};
        struct q_approval_list_in pending = {.tenant = s->tenant,
                                             .agent_id = s->agent[i],
                                             .state = STR("pending"),
                                             .before_at = INT64_MAX,
                                             .most = 1000};
        if (q_alert_list_open(db, &ask, &alerts, e) < 0 ||
            q_approval_list_open(db, &pending, &approvals, e) < 0)
            return -1;
        while (q_alert_list_next(&alerts, &alert, e) > 0) {
            s->alerts++;
            s->open += str_is(alert.status, "open");
            assert_true(alert.generated_at > HELP_NOW_US - 25 * US_HOUR); /* what is old is news to nobody */
        }
        while (q_approval_list_next(&approvals, &approval, e) > 0) s->approvals++;
        got = q_report_latest(db,
                              &(struct q_report_latest_in){
                                  .tenant = s->tenant, .agent_id = s->agent[i], .type = STR("briefing")},
                              &a, &report, e);
        if (got < 0) return -1;
        s->briefings += got > 0 && str_is(report.for_date, "2026-11-20");
    }
    return 0;
}

static struct seen see(struct help_flow *h, const struct demo_info *info) {
    struct seen s = {.tenant = info->tenant};
    struct err e = {0};
    memcpy(s.agent, info->agent, sizeof s.agent);
    if (store_read(h->flow.store, look, &s, &e)) fail_msg("%s", e.msg);
    return s;
}

static struct demo *begin(struct help_flow *h, struct demo_info *info) {
    struct err e = {0};
    struct demo *d = NULL;
    if (demo_new(&h->flow, 1, &d, info, &e)) fail_msg("%s: %s", e.where, e.msg);
    return d;
}

static void test_history_is_told(void **state) {
    (void)state;
    struct help_flow h;
    struct demo_info info;
    help_flow_begin(&h, "demo", 7);
    struct demo *d = begin(&h, &info);
    struct seen s = see(&h, &info);
    assert_true(s.leads >= DEMO_LEADS - 3 && s.leads <= DEMO_LEADS); /* one or the other is deleted */
    assert_true(info.events > 1000);
    assert_int_equal(s.pending, 0);
    assert_int_equal(s.dead, 0);
    assert_int_equal(s.briefings, DEMO_AGENTS);
    assert_true(s.open >= 3 && s.open <= 40);
    assert_true(s.approvals >= 1);
    assert_true(id_eq(info.admin, info.agent[0]));
    demo_free(d);
    help_flow_end(&h);
}

static void test_life_goes_on(void **state) {
    (void)state;
    struct help_flow h;
    struct demo_info info;
    help_flow_begin(&h, "demo", 7);
    struct demo *d = begin(&h, &info);
    struct seen before = see(&h, &info);
    size_t shown = h.dashboard;
    for (int s = 0; s < 600; s++) {
        h.now_us += US_SECOND;
        assert_int_equal(demo_step(d, h.now_us), 0);
    }
    struct seen after = see(&h, &info);
    assert_int_equal(after.dead, 0);
    assert_int_equal(after.pending, 0);
    assert_true(after.late_leads >= 15);            /* ten minutes, something every ten seconds or so */
    assert_true(after.alerts >= before.alerts + 3); /* and news about every minute */
    assert_true(h.dashboard >= shown + 3);
    assert_true(after.leads > before.leads); /* somebody new came */
    demo_free(d);
    help_flow_end(&h);
}

static void test_second_start_finds_the_first(void **state) {
    (void)state;
    struct help_flow h;
    struct demo_info first, second;
    help_flow_begin(&h, "demo", 7);
    demo_free(begin(&h, &first));
    h.now_us += US_HOUR;
    struct demo *d = begin(&h, &second);
    assert_true(id_eq(first.tenant.id, second.tenant.id));
    assert_true(id_eq(first.agent[2], second.agent[2]));
    assert_true(second.events < 100); /* an hour's */
    struct seen s = see(&h, &second);
    assert_int_equal(s.briefings, DEMO_AGENTS);
    demo_free(d);
    help_flow_end(&h);
}

static void test_foreign_folder_is_left_alone(void **state) {
    (void)state;
    struct help_flow h;
    struct err e = {0};
    struct made_tenant made;
    struct demo_info info;
    struct demo *d = NULL;
    help_flow_begin(&h, "demo", 7);
    struct new_tenant t = {STR("Somebody's"), STR("theirs"), STR("America/New_York")};
    assert_int_equal(tenant_create(&h.flow, &t, &made, &e), 0);
    assert_int_equal(demo_new(&h.flow, 1, &d, &info, &e), -1);
    assert_int_equal(e.kind, ERR_CONFLICT);
    help_flow_end(&h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_history_is_told),
        cmocka_unit_test(test_life_goes_on),
        cmocka_unit_test(test_second_start_finds_the_first),
        cmocka_unit_test(test_foreign_folder_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
