/* Events: the table of kinds, order, and payloads that read back equal. */
#include "engine/event.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void names_read_back(void **state) {
    (void)state;
    for (int k = 0; k < EVENT_KINDS; k++) {
        enum event_kind kind;
        assert_true(event_kind_parse(str_of(event_name((enum event_kind)k)), &kind));
        assert_int_equal(kind, k);
        assert_true(strlen(event_label(kind, LANG_EN)) > 0);
        assert_true(strlen(event_label(kind, LANG_ES)) > 0);
    }
    enum event_kind kind = EV_NOTE;
    assert_false(event_kind_parse(STR("Contact"), &kind));
    assert_false(event_kind_parse(STR(""), &kind));
    assert_int_equal(kind, EV_NOTE);
    assert_int_equal(event_group(EV_PRICING_TOOL), EVENT_BEHAVIOR);
    assert_int_equal(event_group(EV_ACTION), EVENT_OWN);
    assert_null(channel_name(CHANNEL_NONE));
    for (int c = CHANNEL_NONE + 1; c < CHANNELS; c++) {
        enum channel channel;
        assert_true(channel_parse(str_of(channel_name((enum channel)c)), &channel));
        assert_int_equal(channel, c);
    }
    enum channel channel;
    assert_false(channel_parse(STR("fax"), &channel));
    for (int f = 0; f < CONTACT_FIELDS; f++) assert_non_null(contact_field_name((enum contact_field)f));
}

static void order_is_time_then_id(void **state) {
    (void)state;
    struct event a = {.at_us = 5, .id = {{1}}}, b = {.at_us = 5, .id = {{2}}}, c = {.at_us = 6};
    assert_int_equal(event_cmp(&a, &a), 0);
    assert_true(event_cmp(&a, &b) < 0 && event_cmp(&b, &a) > 0);
    assert_true(event_cmp(&b, &c) < 0 && event_cmp(&c, &b) > 0);
}

static void same_text(struct str a, struct str b) {
    assert_int_equal(str_given(a), str_given(b));
    assert_true(str_eq(a, b));
}

static void same_payload(const struct event *a, const struct event *b) {
    assert_int_equal(a->channel, b->channel);
    same_text(a->text, b->text);
    same_text(a->subject, b->subject);
    same_text(a->ref, b->ref);
    same_text(a->status, b->status);
    same_text(a->stage, b->stage);
    same_text(a->url, b->url);
    assert_true(a->value == b->value);
    assert_int_equal(a->seconds, b->seconds);
    assert_int_equal(a->when_us, b->when_us);
    for (int f = 0; f < CONTACT_FIELDS; f++) same_text(a->contact[f], b->contact[f]);
}

static void back_and_forth(const struct event *ev, struct event *out, struct arena *a) {
    BUF_AUTO b;
    buf_init(&b, EVENT_MAX_PAYLOAD);
    event_write(ev, &b);
    assert_true(buf_ok(&b));
    struct err e = {0};
    if (event_read(a, buf_str(&b), out, &e)) fail_msg("%s: %s", e.where, e.msg);
}

static void payload_reads_back_equal(void **state) {
    (void)state;
    struct event full = {.channel = CHANNEL_SMS,
                         .text = STR("Necesito mudarme \"ya\" \xc2\xa1hoy!\n\t\x01"),
                         .subject = STR(""),
                         .ref = STR("listing-9"),
                         .status = STR("open"),
                         .stage = STR("Nurture"),
                         .url = STR("https://example.com/?q=1&r=<>"),
                         .value = 450000.25,
                         .seconds = 73,
                         .when_us = INT64_C(1768590000123456)};
    full.contact[CF_NAME] = STR("Ana Mar\xc3\xad"
                                "a");
    full.contact[CF_TAGS] = STR("");
    full.contact[CF_LANGUAGE] = STR("es");
    struct event nothing = {.value = 0};
    struct event cases[] = {
        nothing, full, {.value = -0.5}, {.when_us = INT64_MAX, .seconds = INT64_MIN}, {.text = {"\0x", 2}}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ARENA_AUTO a;
        arena_init(&a, 1 << 20);
        struct event out = {0};
        back_and_forth(&cases[i], &out, &a);
        same_payload(&cases[i], &out);
    }
}

static void columns_are_left_alone(void **state) {
    (void)state;
    ARENA_AUTO a;
    arena_init(&a, 1 << 20);
    struct event out = {
        .id = {{7}}, .at_us = 1, .received_us = 2, .kind = EV_NOTE, .source = STR("ghl"), .text = STR("old")};
    struct err e = {0};
    assert_int_equal(event_read(&a, STR("{\"ref\":\"r\",\"later\":[1]}"), &out, &e), 0);
    assert_int_equal(out.id.b[0], 7);
    assert_int_equal(out.kind, EV_NOTE);
    assert_true(str_is(out.source, "ghl"));
    assert_false(str_given(out.text));
    assert_true(str_is(out.ref, "r"));
}

static void wrong_payloads_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *json, *where;
        enum err_kind kind;
    } rows[] = {
        {"", NULL, ERR_SYNTAX},
        {"{", NULL, ERR_SYNTAX},
        {"[]", "", ERR_INVALID},
        {"{\"channel\":\"fax\"}", "/channel", ERR_INVALID},
        {"{\"channel\":1}", "/channel", ERR_INVALID},
        {"{\"text\":3}", "/text", ERR_INVALID},
        {"{\"value\":\"1\"}", "/value", ERR_INVALID},
        {"{\"seconds\":1.5}", "/seconds", ERR_INVALID},
        {"{\"contact\":[]}", "/contact", ERR_INVALID},
        {"{\"contact\":{\"name\":1}}", NULL, ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ARENA_AUTO a;
        arena_init(&a, 1 << 20);
        struct event out = {.text = STR("kept")};
        struct err e = {0};
        assert_int_equal(event_read(&a, str_of(rows[i].json), &out, &e), -1);
        assert_int_equal(e.kind, rows[i].kind);
        if (rows[i].where) assert_string_equal(e.where, rows[i].where);
        assert_true(str_is(out.text, "kept"));
    }
}

static void texts_are_cut_at_their_limit(void **state) {
    (void)state;
    static char long_text[EVENT_MAX_TEXT + 1];
    memset(long_text, 1, sizeof long_text); /* a control character: six bytes of JSON each, the worst case */
    for (size_t n = EVENT_MAX_TEXT - 1; n <= EVENT_MAX_TEXT + 1; n++) {
        ARENA_AUTO a;
        arena_init(&a, 16 << 20);
        struct event ev = {.text = {long_text, n}}, out = {0};
        struct str *fields[] = {&ev.subject, &ev.ref, &ev.status, &ev.stage, &ev.url};
        for (size_t i = 0; i < 5; i++) *fields[i] = (struct str){long_text, n};
        for (int f = 0; f < CONTACT_FIELDS; f++) ev.contact[f] = (struct str){long_text, n};
        back_and_forth(&ev, &out, &a);
        assert_int_equal(out.text.n, n < EVENT_MAX_TEXT ? n : EVENT_MAX_TEXT);
        assert_int_equal(out.url.n, EVENT_MAX_FIELD);
        assert_int_equal(out.contact[CF_TAGS].n, EVENT_MAX_FIELD);
    }
}

static void no_character_is_cut_in_two(void **state) {
    (void)state;
    static char text[EVENT_MAX_FIELD + 1];
    memset(text, 'a', sizeof text);
    memcpy(text + EVENT_MAX_FIELD - 1, "\xc3\xb1", 2);
    ARENA_AUTO a;
    arena_init(&a, 1 << 20);
    struct event ev = {.stage = {text, sizeof text}}, out = {0};
    back_and_forth(&ev, &out, &a);
    assert_int_equal(out.stage.n, EVENT_MAX_FIELD - 1);
}

static void any_event_can_be_written(void **state) {
    (void)state;
    ARENA_AUTO a;
    arena_init(&a, 1 << 20);
    struct event ev = {.text = STR("caf\xe9"), .value = NAN}, out = {0};
    back_and_forth(&ev, &out, &a);
    assert_true(str_is(out.text, "caf\xef\xbf\xbd"));
    assert_true(out.value == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_read_back),
        cmocka_unit_test(order_is_time_then_id),
        cmocka_unit_test(payload_reads_back_equal),
        cmocka_unit_test(columns_are_left_alone),
        cmocka_unit_test(wrong_payloads_are_refused),
        cmocka_unit_test(texts_are_cut_at_their_limit),
        cmocka_unit_test(no_character_is_cut_in_two),
        cmocka_unit_test(any_event_can_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
