/* Profiles: the latest statement of each field wins, whatever the order of arrival. */
#include "engine/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct profile_field field(const char *value, int64_t at_us) {
    return (struct profile_field){str_of(value), at_us, {{1}}};
}

static struct event says(int64_t at_us, uint8_t id, enum contact_field f, const char *value) {
    struct event ev = {.at_us = at_us, .id = {{id}}, .kind = EV_CONTACT};
    ev.contact[f] = str_of(value);
    return ev;
}

static void later_statement_wins(void **state) {
    (void)state;
    ARENA_AUTO a;
    arena_init(&a, 1 << 20);
    struct profile p = {0};
    struct event first = says(10, 1, CF_NAME, "Ana"), older = says(9, 9, CF_NAME, "Anna"),
                 tie = says(10, 2, CF_NAME, "Ana M."), cleared = says(11, 1, CF_NAME, "");
    assert_true(profile_apply(&p, &first, &a));
    assert_false(profile_apply(&p, &first, &a));
    assert_false(profile_apply(&p, &older, &a));
    assert_true(str_is(profile_get(&p, CF_NAME), "Ana"));
    assert_true(profile_apply(&p, &tie, &a));
    assert_true(str_is(profile_get(&p, CF_NAME), "Ana M."));
    assert_true(profile_apply(&p, &cleared, &a));
    assert_false(str_given(profile_get(&p, CF_NAME)));
    assert_true(str_given(p.field[CF_NAME].value));
    struct event nothing = {.at_us = 99};
    assert_false(profile_apply(&p, &nothing, &a));
}

static void write_text(const struct profile *p, struct buf *b) {
    buf_clear(b);
    profile_write(p, b);
    assert_true(buf_ok(b));
}

enum { MANY = 40 };
static void random_events(struct prng *r, struct event *ev) {
    static const char *const values[] = {"", "a", "b", "c@d.e", "\xc3\xb1"};
    for (size_t i = 0; i < MANY; i++) {
        ev[i] = (struct event){.at_us = (int64_t)prng_below(r, 12), .kind = EV_CONTACT};
        prng_fill(r, ev[i].id.b, sizeof ev[i].id.b);
        for (size_t f = 0; f < CONTACT_FIELDS; f++)
            if (prng_chance(r, 0.3)) ev[i].contact[f] = str_of(values[prng_below(r, 5)]);
    }
}

static void any_order_ends_in_the_same_bytes(void **state) {
    (void)state;
    struct prng r = prng_seed(11);
    BUF_AUTO one;
    BUF_AUTO other;
    buf_init(&one, 1 << 20);
    buf_init(&other, 1 << 20);
    for (int round = 0; round < 60; round++) {
        ARENA_AUTO a;
        arena_init(&a, 4 << 20);
        struct event ev[MANY];
        random_events(&r, ev);
        struct profile p = {0}, q = {0};
        for (size_t i = 0; i < MANY; i++) profile_apply(&p, &ev[i], &a);
        for (size_t i = MANY; i > 0; i--) {
            size_t k = prng_below(&r, i);
            struct event drawn = ev[k];
            ev[k] = ev[i - 1], ev[i - 1] = drawn;
            profile_apply(&q, &drawn, &a);
            profile_apply(&q, &drawn, &a); /* twice has effect once */
            if (i != MANY / 2) continue;
            struct profile again; /* going on from the stored form is the same */
            write_text(&q, &other);
            assert_int_equal(profile_read(&a, buf_str(&other), &again, NULL), 0);
            q = again;
        }
        write_text(&p, &one);
        write_text(&q, &other);
        assert_true(str_eq(buf_str(&one), buf_str(&other)));
    }
}

/* What was written is read by a short way where it can be; a space sends the same text by the long one. */
static void short_and_long_way_agree(void **state) {
    (void)state;
    static const char *const values[] = {
        "", "a", "say \"hi\"", "back\\slash", "line\nbreak", "\xf0\x9f\x8f\xa1 casa", "}", "1"};
    struct prng r = prng_seed(5);
    for (int round = 0; round < 400; round++) {
        ARENA_AUTO a;
        BUF_AUTO text;
        BUF_AUTO spaced;
        BUF_AUTO again;
        arena_init(&a, 1 << 20);
        buf_init(&text, 1 << 20);
        buf_init(&spaced, 1 << 20);
        buf_init(&again, 1 << 20);
        struct profile p = {0}, q, l;
        for (size_t f = 0; f < CONTACT_FIELDS; f++)
            if (prng_chance(&r, 0.4))
                p.field[f] = field(values[prng_below(&r, 8)], (int64_t)prng_below(&r, 1000) - 500);
        profile_write(&p, &text);
        buf_z(&spaced, "{ ");
        buf_str_add(&spaced, str_skip(buf_str(&text), 1));
        assert_int_equal(profile_read(&a, buf_str(&text), &q, NULL), 0);
        assert_int_equal(profile_read(&a, buf_str(&spaced), &l, NULL), 0);
        profile_write(&q, &again);
        assert_true(str_eq(buf_str(&again), buf_str(&text)));
        buf_clear(&again);
        profile_write(&l, &again);
        assert_true(str_eq(buf_str(&again), buf_str(&text)));
        for (size_t cut = 0; cut < text.n; cut += 7) /* never half a profile */
            assert_int_equal(profile_read(&a, str_head(buf_str(&text), cut), &q, NULL), -1);
    }
}

static void damaged_json_is_refused(void **state) {
    (void)state;
    static const char *const rows[] = {
        "",
        "[]",
        "{\"name\":1}",
        "{\"name\":{}}",
        "{\"name\":{\"value\":\"x\",\"at_us\":\"y\",\"by\":\"z\"}}",
        "{\"name\":{\"value\":\"x\",\"at_us\":1,\"by\":\"not an id\"}}",
        "{\"name\":{\"value\":\"x\",\"at_us\":1}}",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ARENA_AUTO a;
        arena_init(&a, 1 << 20);
        struct profile p = {0};
        struct err e = {0};
        p.field[CF_NAME] = field("kept", 1);
        assert_int_equal(profile_read(&a, str_of(rows[i]), &p, &e), -1);
        assert_true(e.kind == ERR_SYNTAX || e.kind == ERR_INVALID);
        assert_true(str_is(profile_get(&p, CF_NAME), "kept"));
    }
    ARENA_AUTO a;
    arena_init(&a, 1 << 20);
    struct profile p;
    assert_int_equal(profile_read(&a, STR("{\"unheard_of\":{\"x\":1}}"), &p, NULL), 0);
}

static void display_name_falls_back(void **state) {
    (void)state;
    static const struct {
        const char *name, *first, *phone, *want;
    } rows[] = {
        {"Ana Ruiz", "Ana", "+13055550123", "Ana Ruiz"},
        {NULL, "Ana", "+13055550123", "Ana"},
        {"  ", NULL, "+1 (305) 555-0123", "Lead 0123"},
        {"", "", "12-34", "Lead 1234"},
        {NULL, NULL, "123", "Unnamed lead"},
        {NULL, NULL, NULL, "Unnamed lead"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ARENA_AUTO a;
        arena_init(&a, 1 << 12);
        struct profile p = {0};
        p.field[CF_NAME] = field(rows[i].name, 1);
        p.field[CF_FIRST_NAME] = field(rows[i].first, 1);
        p.field[CF_PHONE] = field(rows[i].phone, 1);
        assert_true(str_is(profile_display_name(&p, &a), rows[i].want));
    }
}

static void flags_and_language(void **state) {
    (void)state;
    struct profile p = {0};
    assert_false(profile_flag(&p, CF_DND));
    p.field[CF_DND] = field("0", 1);
    assert_false(profile_flag(&p, CF_DND));
    p.field[CF_DND] = field("1", 1);
    assert_true(profile_flag(&p, CF_DND));
    static const struct {
        const char *value;
        enum language want;
    } rows[] = {{NULL, LANG_EN},    {"", LANG_EN},
                {"en", LANG_EN},    {"es", LANG_ES},
                {"ES", LANG_ES},    {"es-US", LANG_ES},
                {"es_MX", LANG_ES}, {"Spanish", LANG_ES},
                {"est", LANG_EN},   {"espa\xc3\xb1ol", LANG_ES},
                {"e", LANG_EN}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        p.field[CF_LANGUAGE] = field(rows[i].value, 1);
        assert_int_equal(profile_language(&p), rows[i].want);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(later_statement_wins),     cmocka_unit_test(any_order_ends_in_the_same_bytes),
        cmocka_unit_test(short_and_long_way_agree), cmocka_unit_test(damaged_json_is_refused),
        cmocka_unit_test(display_name_falls_back),  cmocka_unit_test(flags_and_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
