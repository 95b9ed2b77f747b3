/* Made-up people: the same seed the same lives, in order of time, in shapes the door takes, and true to
 * their word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "flow/decode.h"
#include "sim/people.h"
#include "sim/phrases.h"

#define FROM_US INT64_C(1767225600000000) /* 2026-01-01 */

static struct world_options options(uint64_t seed) {
    return (struct world_options){.seed = seed,
                                  .tenants = 2,
                                  .agents = 3,
                                  .leads = 60,
                                  .from_us = FROM_US,
                                  .arrive_us = 30 * US_DAY,
                                  .pace = 2,
                                  .canary = true};
}

static struct world *make(const struct world_options *o) {
    struct world *w = NULL;
    struct err e = {0};
    if (world_new(o, &w, &e)) fail_msg("%s", e.msg);
    return w;
}

static uint64_t life_of(uint64_t seed, int64_t days, bool step) {
    struct world_options o = options(seed);
    struct world *w = make(&o);
    struct happening h;
    uint64_t sum = 14695981039346656037u;
    for (int64_t day = step ? 1 : days; day <= days; day++)
        while (world_next(w, FROM_US + day * US_DAY, &h))
            sum = (sum ^ str_hash(h.body) ^ (uint64_t)h.at_us) * 1099511628211u;
    world_free(w);
    return sum;
}

static void test_same_seed_same_life(void **state) {
    (void)state;
    assert_true(life_of(1, 40, false) == life_of(1, 40, false));
    assert_true(life_of(1, 40, false) == life_of(1, 40, true)); /* however one asks */
    assert_true(life_of(1, 40, false) != life_of(2, 40, false));
}

static void test_in_order_and_never_early(void **state) {
    (void)state;
    struct world_options o = options(3);
    struct world *w = make(&o);
    struct happening h;
    int64_t last = FROM_US;
    while (world_next(w, FROM_US + 60 * US_DAY, &h)) {
        assert_true(h.at_us >= last && h.at_us <= FROM_US + 60 * US_DAY);
        assert_true(h.sent_us <= h.at_us && h.at_us - h.sent_us < US_SECOND);
        last = h.at_us;
    }
    assert_true(world_peek_us(w) > FROM_US + 60 * US_DAY);
    world_free(w);
}

/* What the door and the decoders make of it is what happened. */
static void test_the_door_takes_all_of_it(void **state) {
    (void)state;
    struct world_options o = options(4);
    struct world *w = make(&o);
    struct happening h;
    size_t n[EVENT_KINDS] = {0}, outs = 0, ins = 0;
    while (world_next(w, FROM_US + 120 * US_DAY, &h)) {
        ARENA_AUTO a;
        struct err e = {0};
        struct decoded d = {0};
        arena_init(&a, 4 << 20);
        if (h.ghl) {
            struct envelope env;
            if (decode_ghl_envelope(&a, h.body, &env, &e)) fail_msg("%s", e.msg);
            assert_true(env.known && str_eq(env.webhook_id, h.source_id) && str_eq(env.type, h.type));
            assert_true(str_is(env.location, world_tenant(w, h.tenant)->location));
            if (decode_ghl(&a, h.type, h.body, h.at_us, &d, &e)) fail_msg("%s", e.msg);
        } else {
            const struct jnode *node;
            struct str id = STR_NONE;
            if (json_parse(&a, h.body, 65536, &node, &e) || decode_api_check(&a, node, h.at_us, &id, &e))
                fail_msg("%s: %s", e.where, e.msg);
            assert_true(str_eq(id, h.source_id));
            if (decode_api(&a, h.body, h.at_us, &d, &e)) fail_msg("%s", e.msg);
        }
        struct world_lead l;
        world_lead(w, h.tenant, h.lead, &l);
        assert_int_equal(d.n, 1);
        assert_int_equal(d.event[0].kind, h.kind);
        assert_true(str_is(d.lead.contact, l.contact));
        if (h.kind == EV_MESSAGE_IN) assert_true(str_eq(d.event[0].text, h.text));
        n[h.kind]++;
        outs += h.opt_out;
        ins += h.opt_in;
    }
    static const enum event_kind all[] = {
        EV_CONTACT,       EV_CONTACT_TAGS,    EV_CONTACT_DND,   EV_MESSAGE_IN,    EV_MESSAGE_OUT,
        EV_CALL_IN,       EV_CALL_OUT,        EV_PRICING_TOOL,  EV_AGENT_INQUIRY, EV_NEIGHBORHOOD_RESEARCH,
        EV_MARKET_REPORT, EV_PROPERTY_SEARCH, EV_PROPERTY_VIEW, EV_FAVORITE,      EV_SHARE,
        EV_EMAIL_OPEN,    EV_OPPORTUNITY,     EV_APPOINTMENT,   EV_NOTE,          EV_TASK};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (n[all[i]] == 0) fail_msg("nobody ever did: %s", event_name(all[i]));
    assert_true(outs >= 3);
    assert_true(ins >= 1);
    world_free(w);
}

/* Who asked to be left alone does nothing until he asks to be contacted again; and nobody writes to him. */
static void test_who_left_is_gone(void **state) {
    (void)state;
    struct world_options o = options(5);
    o.leads = 300;
    struct world *w = make(&o);
    struct happening h;
    static bool gone[2][300];
    while (world_next(w, FROM_US + 120 * US_DAY, &h)) {
        bool *g = &gone[h.tenant][h.lead];
        if (*g)
            assert_true(h.opt_in || h.kind == EV_CONTACT_DND || h.kind == EV_CONTACT_TAGS ||
                        h.kind == EV_NOTE);
        if (h.opt_out) *g = true;
        if (h.opt_in) *g = false;
    }
    world_free(w);
}

/* A deal that was won moves no further, and nobody has two at once: a second one once went past the last stage. */
static void test_a_deal_closes_once(void **state) {
    (void)state;
    struct world_options o = options(4);
    o.leads = 300;
    struct world *w = make(&o);
    struct happening h;
    static bool won[2][300];
    size_t closed = 0;
    while (world_next(w, FROM_US + 150 * US_DAY, &h)) {
        if (h.kind != EV_OPPORTUNITY) continue;
        assert_false(won[h.tenant][h.lead]);
        won[h.tenant][h.lead] = str_find(h.body, STR("\"status\":\"won\"")) >= 0;
        closed += won[h.tenant][h.lead];
    }
    assert_true(closed > 3);
    world_free(w);
}

static void test_canaries_differ_and_stay_at_home(void **state) {
    (void)state;
    struct world_options o = options(6);
    struct world *w = make(&o);
    struct happening h;
    struct str canary[2];
    size_t seen[2] = {0};
    for (size_t i = 0; i < 2; i++) {
        canary[i] = str_of(world_tenant(w, i)->canary);
        assert_true(canary[i].n >= 8);
    }
    assert_false(str_eq(canary[0], canary[1]));
    while (world_next(w, FROM_US + 30 * US_DAY, &h)) {
        seen[h.tenant] += str_find(h.body, canary[h.tenant]) >= 0;
        assert_true(str_find(h.body, canary[!h.tenant]) < 0);
    }
    assert_true(seen[0] > 10 && seen[1] > 10);
    world_free(w);
}

static void test_nudges(void **state) {
    (void)state;
    struct world_options o = options(7);
    o.tenants = 1;
    o.leads = 10;
    o.later = 2;
    struct world *w = make(&o);
    struct happening h;
    int64_t at = FROM_US + 90 * US_DAY;
    while (world_next(w, at, &h)) assert_true(h.lead < 8); /* the last two wait to be called */
    world_nudge(w, 0, 9, at, WORLD_WRITES, SAY_URGENT);    /* nobody knows him yet */
    assert_false(world_next(w, at, &h));
    world_nudge(w, 0, 9, at, WORLD_ARRIVES, 0);
    assert_true(world_next(w, at, &h));
    assert_true(h.lead == 9 && h.kind == EV_CONTACT);
    world_nudge(w, 0, 9, at, WORLD_WRITES, SAY_URGENT);
    assert_true(world_next(w, at, &h));
    assert_true(h.lead == 9 && h.kind == EV_MESSAGE_IN);
    world_free(w);
}

static void test_limits(void **state) {
    (void)state;
    struct world *w = NULL;
    struct err e = {0};
    struct world_options o = options(1);
    o.tenants = 0;
    assert_int_equal(world_new(&o, &w, &e), -1);
    o = options(1);
    o.agents = 0;
    assert_int_equal(world_new(&o, &w, &e), -1);
    o.agents = WORLD_AGENTS_MAX + 1;
    assert_int_equal(world_new(&o, &w, &e), -1);
    o.agents = WORLD_AGENTS_MAX;
    o.leads = 0;
    assert_int_equal(world_new(&o, &w, &e), 0); /* an empty world */
    struct happening h;
    assert_true(world_peek_us(w) == INT64_MAX);
    assert_false(world_next(w, INT64_MAX, &h));
    world_free(w);
    world_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_seed_same_life),
        cmocka_unit_test(test_in_order_and_never_early),
        cmocka_unit_test(test_the_door_takes_all_of_it),
        cmocka_unit_test(test_who_left_is_gone),
        cmocka_unit_test(test_canaries_differ_and_stay_at_home),
        cmocka_unit_test(test_a_deal_closes_once),
        cmocka_unit_test(test_nudges),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
