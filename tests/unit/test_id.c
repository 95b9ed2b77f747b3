/* Identifiers: the bits of RFC 9562, text there and back, order in time, stable names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/id.h"

static void test_bits(void **state) {
    (void)state;
    uint8_t chance[10];
    for (int fill = 0; fill < 256; fill += 255) {
        memset(chance, fill, sizeof chance);
        struct id id =
            id_make(INT64_C(1645557742000) * 1000 + 999, chance); /* the time of RFC 9562, appendix A.6 */
        char text[ID_TEXT + 1];
        id_text(id, text);
        assert_string_equal(text, fill ? "017f22e2-79b0-7fff-bfff-ffffffffffff"
                                       : "017f22e2-79b0-7000-8000-000000000000");
    }
}

static void test_order_in_time(void **state) {
    (void)state;
    struct prng r = prng_seed(1);
    struct id before = id_random(0, &r);
    for (int64_t us = 2000; us < INT64_C(4000000000000000); us = us * 3 / 2) {
        struct id id = id_random(us, &r);
        assert_true(id_cmp(before, id) < 0 && id_cmp(id, before) > 0);
        before = id;
    }
    assert_true(id_cmp(before, before) == 0);
}

static void test_text_there_and_back(void **state) {
    (void)state;
    struct prng r = prng_seed(2);
    for (int i = 0; i < 1000; i++) {
        struct id id = id_random(i, &r), back;
        char text[ID_TEXT + 1];
        id_text(id, text);
        assert_true(strlen(text) == ID_TEXT && id_parse(str_of(text), &back) && id_eq(id, back));
        for (char *c = text; *c; c++)
            if (*c >= 'a' && *c <= 'f') *c = (char)(*c - 32);
        assert_true(id_parse(str_of(text), &back) && id_eq(id, back));
    }
}

static void test_refused_texts(void **state) {
    (void)state;
    static const char *const rows[] = {
        "",
        "017f22e279b070008000000000000000",
        "017f22e2-79b0-7000-8000-00000000000",
        "017f22e2-79b0-7000-8000-0000000000000",
        "017f22e2-79b0-7000-8000-00000000000g",
        "017f22e2-79b0-7000-80000-00000000000",
        "017f22e2 79b0-7000-8000-000000000000",
        "{17f22e2-79b0-7000-8000-00000000000}",
        "-17f22e2-79b0-7000-8000-000000000000",
        "017f22e2-79b0-7000-8000-00000000000 ",
        "017f22e2--79b-7000-8000-000000000000",
        "------------------------------------",
    };
    struct id kept = {{7}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (id_parse(str_of(rows[i]), &kept)) fail_msg("%s was taken", rows[i]);
        assert_int_equal(kept.b[0], 7);
    }
    assert_false(id_parse(STR_NONE, &kept));
    assert_false(id_parse((struct str){"017f22e2-79b0-7000-8000-00000000000\0", 36}, &kept));
}

static void test_none(void **state) {
    (void)state;
    struct id none = {0};
    assert_false(id_given(none));
    assert_false(tenant_given((struct tenant_id){none}));
    for (int i = 0; i < 16; i++) {
        struct id some = {0};
        some.b[i] = 1;
        assert_true(id_given(some) && tenant_given((struct tenant_id){some}));
        assert_false(id_eq(some, none));
        assert_true(str_eq(id_bytes(&some), (struct str){(const char *)some.b, 16}));
    }
}

/* Computed apart from this code: whoever changes the recipe breaks what was stored under the old one. */
static void test_named(void **state) {
    (void)state;
    char text[ID_TEXT + 1];
    id_text(id_named(STR("lead"), STR("ada")), text);
    assert_string_equal(text, "18c99b90-758c-838b-b7af-b848ff2d5bb2");
    assert_false(id_eq(id_named(STR("lead"), STR("ada")), id_named(STR("agent"), STR("ada"))));
    assert_false(id_eq(id_named(STR("lead"), STR("ada")), id_named(STR("lead"), STR("adb"))));
    assert_false(id_eq(id_named(STR("ab"), STR("c")), id_named(STR("a"), STR("bc"))));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_order_in_time),
        cmocka_unit_test(test_text_there_and_back),
        cmocka_unit_test(test_refused_texts),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
