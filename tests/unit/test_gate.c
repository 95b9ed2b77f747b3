/* The gate: each reason to refuse refuses, alone and whatever else is in order; a receipt is for one row
 * only. */
#include "engine/gate.h"

#include "engine_help.h"

enum { NOW = 1000 };

struct gate_case {
    struct gate_message m;
    struct picture picture;
    struct profile profile;
};

static struct gate_case allowed(enum channel channel) {
    struct gate_case c = {.m = {true, channel, 100, 2000, help_id(1)}};
    picture_init(&c.picture);
    c.profile.field[CF_PHONE].value = STR("+12125550142");
    c.profile.field[CF_EMAIL].value = STR("ana@example.org");
    return c;
}

static const char *refusal(const struct gate_case *c) {
    struct gate_receipt r;
    memset(&r, 0xff, sizeof r);
    const char *why = "untouched";
    enum gate_verdict v = gate_check(&c->m, &c->picture, &c->profile, NOW, &r, &why);
    assert_int_equal(v == GATE_ALLOW, why == NULL);
    assert_int_equal(v == GATE_ALLOW, gate_receipt_valid(&r, c->m.outbox));
    if (v == GATE_REFUSE) {
        static const struct gate_receipt zero = {0};
        assert_memory_equal(&r, &zero, sizeof r);
    }
    return why;
}

static void lets_through_what_is_in_order(void **state) {
    (void)state;
    static const enum channel to_leads[] = {CHANNEL_SMS, CHANNEL_EMAIL, CHANNEL_CALL};
    for (size_t i = 0; i < 3; i++) {
        struct gate_case c = allowed(to_leads[i]);
        assert_null(refusal(&c));
    }
    struct gate_message to_agent = {false, CHANNEL_NONE, 100, 2000, help_id(1)};
    struct gate_receipt r;
    const char *why;
    assert_int_equal(gate_check(&to_agent, NULL, NULL, NOW, &r, &why), GATE_ALLOW);
}

static void flag(struct gate_case *c, enum contact_field f) {
    c->profile.field[f].value = STR("1");
}

static void refuses_each_reason_alone(void **state) {
    (void)state;
    for (int i = 0; i < 12; i++) {
        struct gate_case c = allowed(i == 5 || i == 8 ? CHANNEL_EMAIL : i == 6 ? CHANNEL_CALL : CHANNEL_SMS);
        switch (i) {
        case 0: c.picture.opt_out_us = 5; break;
        case 1: c.picture.opt_needs_person = true; break;
        case 2: flag(&c, CF_DELETED); break;
        case 3: flag(&c, CF_DND); break;
        case 4: flag(&c, CF_DND_SMS); break;
        case 5: flag(&c, CF_DND_EMAIL); break;
        case 6: flag(&c, CF_DND_CALL); break;
        case 7: c.profile.field[CF_PHONE].value = STR_NONE; break;
        case 8: c.profile.field[CF_EMAIL].value = STR(""); break;
        case 9: c.m.outbox = (struct id){0}; break;
        case 10: c.m.channel = CHANNEL_WEB; break;
        case 11: c.m.channel = CHANNEL_NONE; break;
        }
        if (!refusal(&c)) fail_msg("case %d went through", i);
    }
}

static void flags_of_other_channels_do_not_matter(void **state) {
    (void)state;
    struct gate_case c = allowed(CHANNEL_SMS);
    flag(&c, CF_DND_EMAIL);
    flag(&c, CF_DND_CALL);
    assert_null(refusal(&c));
}

static void opting_out_and_in_again(void **state) {
    (void)state;
    struct gate_case c = allowed(CHANNEL_SMS);
    c.picture.opt_out_us = 50;
    c.picture.opt_in_us = 50; /* a tie is an opt-out */
    assert_non_null(refusal(&c));
    c.picture.opt_in_us = 51;
    assert_null(refusal(&c));
}

static void times_at_their_edges(void **state) {
    (void)state;
    static const struct {
        int64_t due, expires;
        bool allow;
    } row[] = {{NOW - 1, 0, true},  {NOW, 0, true},  {NOW + 1, 0, false},
               {0, NOW - 1, false}, {0, NOW, false}, {0, NOW + 1, true}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct gate_case c = allowed(CHANNEL_SMS);
        c.m.due_us = row[i].due;
        c.m.expires_us = row[i].expires;
        if ((refusal(&c) == NULL) != row[i].allow) fail_msg("row %zu", i);
        c.m.to_lead = false;
        if ((refusal(&c) == NULL) != row[i].allow) fail_msg("row %zu, to an agent", i);
    }
}

static void unknown_leads_are_refused(void **state) {
    (void)state;
    struct gate_case c = allowed(CHANNEL_SMS);
    struct gate_receipt r;
    const char *why;
    assert_int_equal(gate_check(&c.m, NULL, &c.profile, NOW, &r, &why), GATE_REFUSE);
    assert_int_equal(gate_check(&c.m, &c.picture, NULL, NOW, &r, &why), GATE_REFUSE);
}

static void a_receipt_is_for_one_row_and_not_to_be_altered(void **state) {
    (void)state;
    struct gate_case c = allowed(CHANNEL_SMS);
    struct gate_receipt r, zero = {0};
    const char *why;
    assert_int_equal(gate_check(&c.m, &c.picture, &c.profile, NOW, &r, &why), GATE_ALLOW);
    assert_int_equal(r.at_us, NOW);
    assert_false(gate_receipt_valid(&r, help_id(2)));
    assert_false(gate_receipt_valid(&zero, zero.outbox));
    assert_false(gate_receipt_valid(&zero, help_id(1)));
    struct gate_receipt moved = r;
    moved.outbox = help_id(2);
    assert_false(gate_receipt_valid(&moved, help_id(2)));
    moved = r;
    moved.at_us++;
    assert_false(gate_receipt_valid(&moved, help_id(1)));
    moved = r;
    moved.seal ^= 1;
    assert_false(gate_receipt_valid(&moved, help_id(1)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lets_through_what_is_in_order),
        cmocka_unit_test(refuses_each_reason_alone),
        cmocka_unit_test(flags_of_other_channels_do_not_matter),
        cmocka_unit_test(opting_out_and_in_again),
        cmocka_unit_test(times_at_their_edges),
        cmocka_unit_test(unknown_leads_are_refused),
        cmocka_unit_test(a_receipt_is_for_one_row_and_not_to_be_altered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
