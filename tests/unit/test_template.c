/* Templates: what passes the check renders without surprise, and the built-in ones can be sent as they are.
 */
#include "engine/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "assets_templates.h"
#include "base/prng.h"
#include "base/utf8.h"
#include "engine/gsm7.h"

static const char *const known[] = {"first_name", "agent_first_name", "brokerage", NULL};

static struct str render(struct buf *b, const char *text, const char *first_name, bool html) {
    struct template_field f[] = {{"first_name", str_of(first_name)}, {"agent_first_name", STR("Dana")}};
    buf_init(b, 1 << 16);
    template_render(str_of(text), f, 2, html, b);
    return buf_str(b);
}

static void renders(void **state) {
    (void)state;
    static const struct {
        const char *text, *name, *out;
        bool html;
    } row[] = {
        {"", "Ana", "", false},
        {"no tags", "Ana", "no tags", false},
        {"Hi {{first_name}}, {{ agent_first_name }} here", "Ana", "Hi Ana, Dana here", false},
        {"Hi{{#first_name}} {{first_name}}{{/first_name}}!", "Ana", "Hi Ana!", false},
        {"Hi{{#first_name}} {{first_name}}{{/first_name}}!", "", "Hi!", false},
        {"Hi{{^first_name}} there{{/first_name}}!", "", "Hi there!", false},
        {"Hi{{^first_name}} there{{/first_name}}!", "Ana", "Hi!", false},
        {"a{{#brokerage}}b{{#first_name}}c{{/first_name}}d{{/brokerage}}e", "Ana", "ae", false},
        {"a{{^brokerage}}b{{#first_name}}c{{/first_name}}d{{/brokerage}}e", "Ana", "abcde", false},
        {"a{{#brokerage}}{{^first_name}}x{{/first_name}}{{/brokerage}}e", "", "ae", false},
        {"{{first_name}}", "{{agent_first_name}}", "{{agent_first_name}}",
         false}, /* a value is never a template */
        {"{{first_name}}", "{{#brokerage}}", "{{#brokerage}}", false},
        {"{{first_name}}", "A\r\nBcc: x@y\t.", "A  Bcc: x@y .", false},
        {"{{first_name}}", "\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd", false},
        {"{{first_name}}", "\u202eAna", "Ana", false},
        {"<b>{{first_name}}</b>", "<script>'\"&", "<b>&lt;script&gt;&#39;&quot;&amp;</b>", true},
        {"{{first_name}}", "<i>", "<i>", false},
        /* unchecked text comes out as it stands */
        {"a {{ b", "Ana", "a {{ b", false},
        {"a {{B}} c", "Ana", "a {{B}} c", false},
        {"a }} b", "Ana", "a }} b", false},
        {"{{/first_name}}x", "Ana", "x", false},
        {"{{#brokerage}}x", "Ana", "", false},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        BUF_AUTO b;
        struct str got = render(&b, row[i].text, row[i].name, row[i].html);
        if (!str_is(got, row[i].out)) fail_msg("row %zu: \"%.*s\"", i, STR_FMT(got));
    }
}

static void checks(void **state) {
    (void)state;
    static const struct {
        const char *text, *where; /* NULL: fine */
    } row[] = {
        {"", NULL},
        {"{{first_name}}", NULL},
        {"a\nb {{#first_name}}\n{{^brokerage}}{{/brokerage}}{{/first_name}}", NULL},
        {"a }} b { c", NULL},
        {"{{nickname}}", "line 1"},
        {"a\n\n{{nickname}}", "line 3"},
        {"{{#nickname}}{{/nickname}}", "line 1"},
        {"\n{{first_name", "line 2"},
        {"{{}}", "line 1"},
        {"{{first name}}", "line 1"},
        {"{{{first_name}}}", "line 1"},
        {"{{#first_name}}\nx", "line 1"},
        {"x\n{{/first_name}}", "line 2"},
        {"{{#first_name}}{{#brokerage}}{{/first_name}}{{/brokerage}}", "line 1"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct err e = {0};
        int got = template_check(str_of(row[i].text), known, &e);
        if ((got == 0) != (row[i].where == NULL)) fail_msg("row %zu: %d %s %s", i, got, e.where, e.msg);
        if (row[i].where) assert_string_equal(e.where, row[i].where);
        assert_int_equal(template_check(str_of(row[i].text), known, NULL), got);
    }
}

static void holds_its_limits(void **state) {
    (void)state;
    BUF_AUTO b;
    buf_init(&b, 1 << 20);
    for (int depth = TEMPLATE_DEPTH - 1; depth <= TEMPLATE_DEPTH + 1; depth++) {
        buf_clear(&b);
        for (int i = 0; i < depth; i++) buf_z(&b, "{{#first_name}}");
        for (int i = 0; i < depth; i++) buf_z(&b, "{{/first_name}}");
        assert_int_equal(template_check(buf_str(&b), known, NULL), depth <= TEMPLATE_DEPTH ? 0 : -1);
    }
    for (int n = TEMPLATE_MAX - 1; n <= TEMPLATE_MAX + 1; n++) {
        buf_clear(&b);
        for (int i = 0; i < n; i++) buf_c(&b, 'x');
        assert_int_equal(template_check(buf_str(&b), known, NULL), n <= TEMPLATE_MAX ? 0 : -1);
    }
    assert_int_equal(template_check(STR("\xff"), known, NULL), -1);
}

static void reads_files(void **state) {
    (void)state;
    struct template_file f;
    struct err e = {0};
    assert_int_equal(template_read(STR("subject: Hello: you\ndescription: d\r\n\r\nBody\n\nmore\n"), &f, &e),
                     0);
    assert_true(str_is(f.subject, "Hello: you"));
    assert_true(str_is(f.description, "d"));
    assert_true(str_is(f.body, "Body\n\nmore"));
    assert_int_equal(template_read(STR("\nBody"), &f, &e), 0);
    assert_false(str_given(f.subject));
    static const struct {
        const char *file, *where;
    } bad[] = {{"", "line 1"},
               {"Body", "line 1"},
               {"description: d\nBody", "line 2"},
               {"description: d\ndescription: d\n\nBody", "line 2"},
               {"description: d\n\n  \n", "line 4"},
               {"color: red\n\nBody", "line 1"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct template_file kept = {.body = STR("kept")};
        assert_int_equal(template_read(str_of(bad[i].file), &kept, &e), -1);
        assert_string_equal(e.where, bad[i].where);
        assert_true(str_is(kept.body, "kept"));
    }
    assert_true(str_is(template_body(STR("description: d\n\nBody\n")), "Body"));
    assert_true(str_is(template_body(STR("Hi: you\n\nBody\n")), "Hi: you\n\nBody"));
    assert_int_equal(template_body(STR("description: d\nBody")).n, 0);
    assert_int_equal(template_body(STR_NONE).n, 0);
}

/* Any bytes: no crash, and what passes the check leaves no tag behind. */
static void survives_anything(void **state) {
    (void)state;
    static const char *const piece[] = {"{{", "}}", "#", "/", "^", "first_name", "brokerage",
                                        " ",  "\n", "x", "{", "}", "\xc3"};
    struct prng r = prng_seed(20);
    for (int round = 0; round < 20000; round++) {
        BUF_AUTO text, out;
        buf_init(&text, 4096);
        buf_init(&out, 65536);
        for (uint64_t n = prng_below(&r, 14); n > 0; n--)
            buf_z(&text, piece[prng_below(&r, sizeof piece / sizeof piece[0])]);
        struct template_field f[] = {{"first_name", STR("v")}};
        template_render(buf_str(&text), f, 1, prng_chance(&r, 0.5), &out);
        if (template_check(buf_str(&text), known, NULL) == 0)
            assert_true(str_find(buf_str(&out), STR("{{")) < 0);
    }
}

/* ---- the built-in ones ---- */

static void built_in_are_sound(void **state) {
    (void)state;
    assert_int_equal(assets_templates_n, 18);
    for (size_t i = 0; i < assets_templates_n; i++) {
        struct template_file f;
        struct err e = {0};
        const char *path = assets_templates[i].path;
        if (template_read(assets_templates[i].plain, &f, &e)) fail_msg("%s: %s: %s", path, e.where, e.msg);
        if (template_check(f.body, known, &e)) fail_msg("%s: %s: %s", path, e.where, e.msg);
        if (f.description.n == 0) fail_msg("%s has no description", path);
    }
}

/* With names of usual length each fits one text message, in both languages, so that a suggestion costs one
 * segment. */
static void built_in_fit_one_message(void **state) {
    (void)state;
    struct template_field full[] = {{"first_name", STR("Alexander")},
                                    {"agent_first_name", STR("Danielle")},
                                    {"brokerage", STR("Harbor Realty")}};
    for (size_t i = 0; i < assets_templates_n; i++)
        for (size_t n = 0; n <= 3; n++) {
            BUF_AUTO b;
            buf_init(&b, 4096);
            template_render(template_body(assets_templates[i].plain), full, n, false, &b);
            struct str got = buf_str(&b);
            if (!gsm7_valid(got))
                fail_msg("%s: not plain text: %.*s", assets_templates[i].path, STR_FMT(got));
            if (gsm7_septets(got) > GSM7_ONE)
                fail_msg("%s: %zu septets: %.*s", assets_templates[i].path, gsm7_septets(got), STR_FMT(got));
            if (str_find(got, STR("  ")) >= 0 || str_find(got, STR(" ,")) >= 0 ||
                str_find(got, STR("!")) >= 0)
                fail_msg("%s: loose ends: %.*s", assets_templates[i].path, STR_FMT(got));
        }
}

/* Each language has each template, and none speaks of who lives somewhere (SEND-4; the gate's full check
 * comes later). */
static void built_in_come_in_pairs(void **state) {
    (void)state;
    static const char *const never[] = {
        "famil",   "kid",      "child",  "safe",       "school",   "church",   "christian", "young",
        "retire",  "exclusiv", "divers", "ethnic",     "disab",    "niñ",      "segur",     "escuela",
        "iglesia", "joven",    "jubil",  "guaranteed", "garantiz", "bachelor", "mature"};
    for (size_t i = 0; i < assets_templates_n; i++) {
        struct str path = str_of(assets_templates[i].path);
        char other[64];
        assert_true(str_to_z(path, other, sizeof other));
        char *tag = strstr(other, ".en.txt");
        if (!tag) tag = strstr(other, ".es.txt");
        assert_non_null(tag);
        memcpy(tag, tag[2] == 'n' ? ".es.txt" : ".en.txt", 7);
        if (!asset_find(assets_templates, assets_templates_n, str_of(other)))
            fail_msg("%s is missing", other);
        BUF_AUTO low;
        buf_init(&low, 65536);
        utf8_lower(&low, assets_templates[i].plain);
        for (size_t k = 0; k < sizeof never / sizeof never[0]; k++)
            if (str_find(buf_str(&low), str_of(never[k])) >= 0)
                fail_msg("%s says \"%s\"", assets_templates[i].path, never[k]);
    }
}

/* ---- the alphabet of text messages ---- */

static void gsm7_knows_its_alphabet(void **state) {
    (void)state;
    assert_true(gsm7_valid(STR("Hola, ¿qué tal? ñ É Ü £ Ω\n")));
    assert_true(gsm7_valid(STR("a{b}[c]~|\\^€")));
    assert_int_equal(gsm7_septets(STR("a{b}[c]~|\\^€")), 3 + 2 * 9);
    static const char *const outside[] = {"á", "í", "ó",  "ú",    "ç",    "`", "“", "–",
                                          "…", "🏠", "\t", "\x7f", "\xff", "Ł", "田"};
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++)
        if (gsm7_valid(str_of(outside[i]))) fail_msg("%s", outside[i]);
}

static void gsm7_finds_likeness(void **state) {
    (void)state;
    static const struct {
        const char *in, *out;
    } row[] = {{"José Núñez", "José Nuñez"},
               {"ÁÍÓÚ áíóú", "AIOU aiou"},
               {"“Ana’s” – home…", "\"Ana's\" - home..."},
               {"a\tb\r\n c", "a b c"},
               {"🏠 Ana 🎉!", "Ana !"},
               {"田中", ""},
               {"Ł", "L"},
               {"a\xff"
                "b",
                "ab"},
               {"Ç ç", "Ç c"}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        BUF_AUTO b;
        buf_init(&b, 4096);
        gsm7_add(&b, str_of(row[i].in));
        if (!str_is(buf_str(&b), row[i].out)) fail_msg("\"%s\": \"%.*s\"", row[i].in, STR_FMT(buf_str(&b)));
        assert_true(gsm7_valid(buf_str(&b)));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(renders),
        cmocka_unit_test(checks),
        cmocka_unit_test(holds_its_limits),
        cmocka_unit_test(reads_files),
        cmocka_unit_test(survives_anything),
        cmocka_unit_test(built_in_are_sound),
        cmocka_unit_test(built_in_fit_one_message),
        cmocka_unit_test(built_in_come_in_pairs),
        cmocka_unit_test(gsm7_knows_its_alphabet),
        cmocka_unit_test(gsm7_finds_likeness),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
