/* What the CRM, a workflow, a program or a browser sends, as events: every sample shape of the CRM's pages
 * (tests/corpus/decode, from its documentation, which is in the public domain), and what must not be believed. */
#include "flow/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/utf8.h"

#define RECEIVED INT64_C(1800000000000000)

static int open_arena(void **state) {
    struct arena *a = malloc(sizeof *a);
    arena_init(a, 64 * 1024 * 1024);
    *state = a;
    return 0;
}
static int close_arena(void **state) {
    arena_done(*state);
    free(*state);
    return 0;
}

static void same(struct str got, const char *want) {
    if (!want) {
        if (str_given(got)) fail_msg("\"%.*s\" where nothing should be stated", STR_FMT(got));
        return;
    }
    if (!str_given(got) || !str_is(got, want)) fail_msg("\"%.*s\", not \"%s\"", STR_FMT(got), want);
}

static int64_t us_of(const char *text) {
    int64_t us = 0;
    assert_int_equal(rfc3339_parse(str_of(text), &us, NULL), 0);
    return us;
}

static struct str sample(struct arena *a, const char *name) {
    char path[512];
    const char *root = getenv("SOURCE_ROOT");
    snprintf(path, sizeof path, "%s/tests/corpus/decode/%s.json", root ? root : ".", name);
    FILE *f = fopen(path, "rb");
    if (!f) fail_msg("cannot read %s", path);
    char *p = arena_alloc(a, 64 * 1024);
    size_t n = fread(p, 1, 64 * 1024, f);
    fclose(f);
    return (struct str){p, n};
}

static struct decoded ghl(struct arena *a, struct str body) {
    struct envelope v;
    struct decoded d;
    struct err e = {0};
    if (decode_ghl_envelope(a, body, &v, &e)) fail_msg("envelope: %s %s", e.where, e.msg);
    if (decode_ghl(a, v.type, body, RECEIVED, &d, &e)) fail_msg("%s %s", e.where, e.msg);
    return d;
}

static struct decoded ghl_z(struct arena *a, const char *body) {
    return ghl(a, str_of(body));
}

/* ---- every sample ---- */

static const struct {
    const char *file;
    enum event_kind kind;
    const char *contact, *at; /* at NULL: when it was received */
    enum channel channel;
    const char *ref, *status, *text, *subject;
    int64_t seconds;
} samples[] = {
    {"ContactCreate", EV_CONTACT, "nmFmQEsNgz6AVpgLVUJ0", "2021-11-26T12:41:02.193Z", 0,
     "nmFmQEsNgz6AVpgLVUJ0", "created"},
    {"ContactUpdate", EV_CONTACT, "nmFmQEsNgz6AVpgLVUJ0", NULL, 0, "nmFmQEsNgz6AVpgLVUJ0", "updated"},
    {"ContactTagUpdate", EV_CONTACT_TAGS, "nmFmQEsNgz6AVpgLVUJ0", NULL, 0, "nmFmQEsNgz6AVpgLVUJ0"},
    {"ContactDndUpdate", EV_CONTACT_DND, "nmFmQEsNgz6AVpgLVUJ0", NULL, 0, "nmFmQEsNgz6AVpgLVUJ0"},
    {"ContactDelete", EV_CONTACT_DELETED, "nmFmQEsNgz6AVpgLVUJ0", NULL, 0, "nmFmQEsNgz6AVpgLVUJ0"},
    {"InboundMessage-sms", EV_MESSAGE_IN, "cI08i1Bls3iTB9bKgFJh", "2021-04-21T11:31:45.750Z", CHANNEL_SMS,
     NULL, "delivered", "This is a test message"},
    {"InboundMessage-call", EV_CALL_IN, "gblakL5aYQC4glDtP1r2t3", "2024-05-08T11:57:42.250Z", CHANNEL_CALL,
     "tyW42xCD0HQpb3hhfLcx", "completed", NULL, NULL, 120},
    {"InboundMessage-voicemail", EV_CALL_IN, "gb7laj5aYQC4glDtP1r5", "2024-05-08T12:00:56.193Z", CHANNEL_CALL,
     "QkNS0DNje0FjoLQdD5O3", "voicemail"},
    {"InboundMessage-email", EV_MESSAGE_IN, "3bN9f8LYJFG8F232XMUbfq", "2024-01-12T12:59:04.045Z",
     CHANNEL_EMAIL, "sddfDSF3G56GHG", NULL, "Testing Email Notification", "Order Confirmed"},
    {"InboundMessage-email-to-array", EV_MESSAGE_IN, "3bN9f8LYJFG8F232XMUbfq", "2024-01-12T12:59:04.045Z",
     CHANNEL_EMAIL, "sddfDSF3G56GHG", NULL, "Testing Email Notification", "Order Confirmed"},
    {"real-InboundMessage-custom-provider", EV_MESSAGE_IN, "cI08i1Bls3iTB9bKgFJh", "2026-01-16T02:08:03.586Z",
     CHANNEL_SMS, "ldaaoFaLeUWVoKymWNTG", "delivered", "words"},
    {"OutboundMessage-sms", EV_MESSAGE_OUT, "cI08i1Bls3iTB9bKgFJh", "2021-04-21T11:31:45.750Z", CHANNEL_SMS,
     NULL, "delivered", "This is a test message"},
    {"OutboundMessage-call", EV_CALL_OUT, "gblakL5aYQC4glDtP1r2t3", "2024-05-08T11:57:42.250Z", CHANNEL_CALL,
     "tyW42xCD0HQpb3hhfLcx", "completed", NULL, NULL, 120},
    {"OutboundMessage-voicemail", EV_CALL_OUT, "gb7xwL5aYQC4glDtP1r5", "2024-05-08T12:04:55.828Z",
     CHANNEL_CALL, "hhYtaQM2I9ym8qhU9CmM", "voicemail"},
    {"OutboundMessage-email", EV_MESSAGE_OUT, "3bN9f8LYJFG8F232XMUbfq", "2024-01-12T12:59:04.045Z",
     CHANNEL_EMAIL, "sddfDSF3G56GHG", NULL, "Testing Email Notification", "Order Confirmed"},
    {"OutboundMessage-internal-comment", EV_NOTE, "cI08i1Bls3iTB9bKgFJh", "2026-02-16T09:09:24.818Z", 0,
     "M5avV1g7s0oUYWo3qkk4", "comment", "Please follow up on this @John Doe"},
    {"real-OutboundMessage-failed-with-envelope", EV_MESSAGE_STATUS, "cI08i1Bls3iTB9bKgFJh",
     "2026-02-26T15:40:15.120Z", CHANNEL_SMS, "cXcYRmGhooTfw05RZhiK", "failed"},
    {"OpportunityCreate", EV_OPPORTUNITY, "cJAWDskpkJHbRbhAT7bs", "2021-11-26T12:41:02.193Z", 0,
     "wWhVuzqpRuOA1ZVWi4FC", "open", NULL, "Loram ipsu"},
    {"OpportunityUpdate", EV_OPPORTUNITY, "cJAWDskpkJHbRbhAT7bs", NULL, 0, "wWhVuzqpRuOA1ZVWi4FC", "open",
     NULL, "Loram ipsu"},
    {"OpportunityStatusUpdate", EV_OPPORTUNITY, "cJAWDskpkJHbRbhAT7bs", NULL, 0, "wWhVuzqpRuOA1ZVWi4FC",
     "open", NULL, "Loram ipsu"},
    {"OpportunityStageUpdate", EV_OPPORTUNITY, "cJAWDskpkJHbRbhAT7bs", NULL, 0, "wWhVuzqpRuOA1ZVWi4FC",
     "open", NULL, "Loram ipsu"},
    {"OpportunityAssignedToUpdate", EV_OPPORTUNITY, "cJAWDskpkJHbRbhAT7bs", NULL, 0, "wWhVuzqpRuOA1ZVWi4FC",
     "open", NULL, "Loram ipsu"},
    {"OpportunityMonetaryValueUpdate", EV_OPPORTUNITY, "cJAWDskpkJHbRbhAT7bs", NULL, 0,
     "wWhVuzqpRuOA1ZVWi4FC", "open", NULL, "Loram ipsu"},
    {"OpportunityDelete", EV_OPPORTUNITY_DELETED, "cJAWDskpkJHbRbhAT7bs", NULL, 0, "wWhVuzqpRuOA1ZVWi4FC",
     "deleted", NULL, "Loram ipsu"},
    {"real-OpportunityCreate-with-envelope", EV_OPPORTUNITY, "cJAWDskpkJHbRbhAT7bs",
     "2025-11-07T12:40:44.510Z", 0, "wWhVuzqpRuOA1ZVWi4FC", "open", NULL, "Test 2"},
    {"AppointmentCreate", EV_APPOINTMENT, "9NkT25Vor1v4aQatFsv2", "2023-09-25T10:30:00Z", 0,
     "0007BWpSzSwfiuSl0tR2", "confirmed", "Some dummy note", "Appointment with GHL Dev team"},
    {"AppointmentUpdate", EV_APPOINTMENT, "9NkT25Vor1v4aQatFsv2", "2023-09-25T10:30:00Z", 0,
     "0007BWpSzSwfiuSl0tR2", "confirmed", "Some dummy note", "Appointment with GHL Dev team"},
    {"AppointmentDelete", EV_APPOINTMENT_DELETED, "9NkT25Vor1v4aQatFsv2", "2023-09-25T10:30:00Z", 0,
     "0007BWpSzSwfiuSl0tR2", "deleted", "Some dummy note", "Appointment with GHL Dev team"},
    {"NoteCreate", EV_NOTE, "CWBf1PR9LvvBkcYqiXlc", "2021-11-26T12:41:02.193Z", 0, "otg8dTQqGLh3Q6iQI55w",
     "created", "Loram ipsum"},
    {"NoteUpdate", EV_NOTE, "CWBf1PR9LvvBkcYqiXlc", NULL, 0, "otg8dTQqGLh3Q6iQI55w", "updated",
     "Loram ipsum"},
    {"NoteDelete", EV_NOTE, "CWBf1PR9LvvBkcYqiXlc", NULL, 0, "otg8dTQqGLh3Q6iQI55w", "deleted",
     "Loram ipsum"},
    {"TaskCreate", EV_TASK, "CWBf1PR9LvvBkcYqiXlc", "2021-11-26T12:41:02.193Z", 0, "UlRWGLSXh0ji5qbiGu4i",
     "created", "Loram ipsum", "Loram ipsum"},
    {"TaskComplete", EV_TASK, "WFwVrSSjZ2CNHbZThQX2", NULL, 0, "5HrB1IbmnKMBXloldFuP", "completed", "testing",
     "test"},
    {"TaskDelete", EV_TASK, "CWBf1PR9LvvBkcYqiXlc", NULL, 0, "UlRWGLSXh0ji5qbiGu4i", "deleted", "Loram ipsum",
     "Loram ipsum"},
};

static void test_every_sample(void **state) {
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct decoded d = ghl(*state, sample(*state, samples[i].file));
        const struct event *ev = &d.event[0];
        if (d.n != 1 || ev->kind != samples[i].kind)
            fail_msg("%s: %s", samples[i].file, event_name(ev->kind));
        same(d.lead.contact, samples[i].contact);
        int64_t at = samples[i].at ? us_of(samples[i].at) : RECEIVED;
        if (ev->at_us != at)
            fail_msg("%s: %lld, not %lld", samples[i].file, (long long)ev->at_us, (long long)at);
        assert_int_equal(ev->channel, samples[i].channel);
        same(ev->ref, samples[i].ref);
        same(ev->status, samples[i].status);
        same(ev->text, samples[i].text);
        same(ev->subject, samples[i].subject);
        assert_int_equal(ev->seconds, samples[i].seconds);
    }
}

static void test_unknown_types_are_kept_and_ignored(void **state) {
    static const char *const files[] = {"AppInstall-agency",
                                        "AppInstall-location",
                                        "AppInstall-location-whitelabel",
                                        "AppUninstall-agency",
                                        "AppUninstall-location",
                                        "CampaignStatusUpdate",
                                        "ConversationUnreadUpdate",
                                        "LCEmailStats",
                                        "LocationCreate",
                                        "LocationUpdate",
                                        "ProviderOutboundMessage-email",
                                        "ProviderOutboundMessage-sms",
                                        "UserCreate-agency",
                                        "UserCreate-location"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct envelope v;
        struct decoded d;
        struct str body = sample(*state, files[i]);
        assert_int_equal(decode_ghl_envelope(*state, body, &v, NULL), 0);
        assert_false(v.known);
        assert_int_equal(decode_ghl(*state, v.type, body, RECEIVED, &d, NULL), 0);
        assert_int_equal(d.n, 0);
    }
}

/* ---- details of the CRM's types ---- */

static void test_contact_facts(void **state) {
    struct decoded d = ghl(*state, sample(*state, "ContactCreate"));
    const struct str *c = d.event[0].contact;
    static const struct {
        enum contact_field field;
        const char *value;
    } want[] = {{CF_NAME, "John Deo"},
                {CF_FIRST_NAME, "John"},
                {CF_PHONE, "+15551230199"},
                {CF_EMAIL, "JohnDeo@example.com"},
                {CF_ADDRESS, "3535 1st St N"},
                {CF_CITY, "ruDolomitebika"},
                {CF_STATE, "AL"},
                {CF_ZIP, "452001"},
                {CF_COUNTRY, "DE"},
                {CF_ZONE, NULL},
                {CF_TAGS, "id magna sed Lorem,Duis dolor commodo aliqua"},
                {CF_SOURCE, "xyz form"},
                {CF_ASSIGNED_TO, "nmFmQEsNgz6AVpgLVUJ0"},
                {CF_DND, "1"},
                {CF_DND_SMS, NULL},
                {CF_DND_EMAIL, NULL},
                {CF_DND_CALL, NULL},
                {CF_DELETED, "0"},
                {CF_LANGUAGE, NULL}};
    assert_int_equal(sizeof want / sizeof *want, CONTACT_FIELDS);
    for (size_t i = 0; i < CONTACT_FIELDS; i++) same(c[want[i].field], want[i].value);
    same(d.lead.email, "JohnDeo@example.com");
    same(d.lead.phone, "+15551230199");
}

static void test_do_not_disturb(void **state) {
    struct decoded d = ghl(*state, sample(*state, "ContactDndUpdate"));
    same(d.event[0].contact[CF_DND], "1");
    same(d.event[0].contact[CF_DND_SMS], "0");
    same(d.event[0].contact[CF_DND_CALL], "0");
    same(d.event[0].contact[CF_DND_EMAIL], "1");
    same(d.event[0].contact[CF_DELETED], NULL); /* only created and updated say that it lives */
    d = ghl_z(*state, "{\"type\":\"ContactDndUpdate\",\"locationId\":\"L\",\"id\":\"c\",\"dnd\":false,"
                      "\"dndSettings\":{\"sms\":{\"status\":\"permanent\"},\"call\":{\"status\":\"active\"},"
                      "\"email\":{\"status\":\"inactive\"},\"whatsApp\":{\"status\":\"active\"}}}");
    same(d.event[0].contact[CF_DND], "0");
    same(d.event[0].contact[CF_DND_SMS], "1");
    same(d.event[0].contact[CF_DND_CALL], "1");
    same(d.event[0].contact[CF_DND_EMAIL], "0");
    d = ghl_z(*state, "{\"type\":\"ContactUpdate\",\"locationId\":\"L\",\"id\":\"c\",\"dnd\":\"perhaps\","
                      "\"dndSettings\":[1]}");
    for (int f = CF_DND; f <= CF_DND_CALL; f++) same(d.event[0].contact[f], NULL);
}

static void test_deletion_states_nothing_else(void **state) {
    struct decoded d = ghl(*state, sample(*state, "ContactDelete"));
    for (int f = 0; f < CONTACT_FIELDS; f++) same(d.event[0].contact[f], f == CF_DELETED ? "1" : NULL);
}

static void test_what_is_missing_is_not_stated(void **state) {
    struct decoded d =
        ghl_z(*state, "{\"type\":\"ContactUpdate\",\"locationId\":\"L\",\"id\":\"c\",\"phone\":null,"
                      "\"email\":\"\",\"name\":null,\"firstName\":\"Ann\",\"lastName\":\"Lee\",\"city\":7,"
                      "\"state\":{},\"tags\":[],\"timezone\":\"America/Chicago\",\"assignedTo\":null}");
    const struct str *c = d.event[0].contact;
    same(c[CF_PHONE], ""); /* the CRM says that there is none */
    same(c[CF_EMAIL], "");
    same(c[CF_ASSIGNED_TO], "");
    same(c[CF_TAGS], "");
    same(c[CF_NAME], "Ann Lee");
    same(c[CF_CITY], "7");
    same(c[CF_STATE], NULL);
    same(c[CF_ADDRESS], NULL);
    same(c[CF_ZONE], "America/Chicago");
    d = ghl_z(
        *state,
        "{\"type\":\"ContactUpdate\",\"locationId\":\"L\",\"id\":\"c\",\"timezone\":\"../../etc/passwd\"}");
    same(d.event[0].contact[CF_ZONE], NULL);
    same(d.event[0].contact[CF_TAGS], NULL);
}

static void test_tags(void **state) {
    struct decoded d = ghl_z(*state, "{\"type\":\"ContactTagUpdate\",\"locationId\":\"L\",\"id\":\"c\","
                                     "\"tags\":[\" buyer \",\"a,b\",\"\",3,null,\"hot\"]}");
    same(d.event[0].contact[CF_TAGS], "buyer,a b,hot");
}

static void test_who_is_at_the_other_end(void **state) {
    struct decoded d = ghl(*state, sample(*state, "InboundMessage-sms"));
    same(d.lead.phone, "+15551234567");
    d = ghl(*state, sample(*state, "OutboundMessage-sms"));
    same(d.lead.phone, "+15551234567");
    d = ghl(*state, sample(*state, "OutboundMessage-email"));
    same(d.lead.email, "lead@example.com");
    d = ghl(*state, sample(*state, "InboundMessage-email"));
    same(d.lead.email, "sample@example.com");
    d = ghl(*state, sample(*state, "real-InboundMessage-custom-provider")); /* from and to are {} */
    same(d.lead.email, NULL);
    same(d.lead.phone, NULL);
    d = ghl_z(
        *state,
        "{\"type\":\"OutboundMessage\",\"locationId\":\"L\",\"contactId\":\"c\",\"messageType\":\"Email\","
        "\"to\":[\"a@example.com\",\"b@example.com\"],\"body\":\"x\"}");
    same(d.lead.email, NULL); /* two people: neither is surely the lead */
}

static void test_media(void **state) {
    static const struct {
        const char *members;
        enum channel channel;
        enum event_kind kind;
    } rows[] = {
        {"\"messageType\":\"SMS\"", CHANNEL_SMS, EV_MESSAGE_IN},
        {"\"messageType\":\"Live Chat\"", CHANNEL_CHAT, EV_MESSAGE_IN},
        {"\"messageType\":\"WhatsApp\"", CHANNEL_CHAT, EV_MESSAGE_IN},
        {"\"messageType\":\"FB\"", CHANNEL_CHAT, EV_MESSAGE_IN},
        {"\"messageType\":\"GMB\"", CHANNEL_CHAT, EV_MESSAGE_IN},
        {"\"messageType\":\"CALL\"", CHANNEL_CALL, EV_CALL_IN},
        {"\"messageType\":\"VoiceMail\"", CHANNEL_CALL, EV_CALL_IN},
        {"\"messageTypeId\":2", CHANNEL_SMS, EV_MESSAGE_IN},
        {"\"messageTypeId\":3", CHANNEL_EMAIL, EV_MESSAGE_IN},
        {"\"messageTypeId\":10", CHANNEL_CALL, EV_CALL_IN},
        {"\"messageType\":\"Custom\",\"messageTypeString\":\"TYPE_CUSTOM_PROVIDER_EMAIL\"", CHANNEL_EMAIL,
         EV_MESSAGE_IN},
        {"\"messageType\":{}", CHANNEL_CHAT, EV_MESSAGE_IN},
        {"\"messageTypeId\":1e300", CHANNEL_CHAT, EV_MESSAGE_IN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str body = arena_fmt(
            *state,
            "{\"type\":\"InboundMessage\",\"locationId\":\"L\",\"contactId\":\"c\",\"body\":\"hi\",%s}",
            rows[i].members);
        struct decoded d = ghl(*state, body);
        if (d.event[0].channel != rows[i].channel || d.event[0].kind != rows[i].kind)
            fail_msg("%s", rows[i].members);
    }
}

static void test_a_voicemail_is_no_conversation(void **state) {
    struct decoded d = ghl_z(
        *state,
        "{\"type\":\"OutboundMessage\",\"locationId\":\"L\",\"contactId\":\"c\",\"messageType\":\"CALL\","
        "\"callStatus\":\"completed\",\"status\":\"voicemail\",\"callDuration\":48}");
    assert_int_equal(d.event[0].seconds, 0);
    same(d.event[0].status, "voicemail");
    d = ghl_z(
        *state,
        "{\"type\":\"OutboundMessage\",\"locationId\":\"L\",\"contactId\":\"c\",\"messageType\":\"CALL\","
        "\"status\":\"no-answer\",\"callDuration\":\"-5\"}");
    assert_int_equal(d.event[0].seconds, 0);
    assert_int_equal(d.event[0].kind, EV_CALL_OUT);
}

static void test_times_of_changes(void **state) {
    static const struct {
        const char *type, *members, *at; /* NULL: when received */
    } rows[] = {
        {"ContactUpdate", "\"dateAdded\":\"2026-01-01T00:00:00Z\"", NULL},
        {"ContactUpdate", "\"dateAdded\":\"2026-01-01T00:00:00Z\",\"dateUpdated\":\"2026-01-02T00:00:00Z\"",
         "2026-01-02T00:00:00Z"},
        {"ContactUpdate", "\"dateUpdated\":\"2026-01-02T00:00:00Z\",\"timestamp\":\"2026-01-03T00:00:00Z\"",
         "2026-01-03T00:00:00Z"},
        {"ContactCreate", "\"dateAdded\":\"2026-01-01T00:00:00Z\",\"timestamp\":\"2026-01-03T00:00:00Z\"",
         "2026-01-03T00:00:00Z"},
        {"ContactDelete", "\"dateAdded\":\"2026-01-01T00:00:00Z\",\"timestamp\":\"2026-01-03T00:00:00Z\"",
         "2026-01-03T00:00:00Z"},
        {"InboundMessage", "\"dateAdded\":\"2026-01-01T00:00:00Z\",\"timestamp\":\"2026-01-03T00:00:00Z\"",
         "2026-01-01T00:00:00Z"},
        {"InboundMessage", "\"timestamp\":1767398400000", "2026-01-03T00:00:00Z"},
        {"InboundMessage", "\"dateAdded\":\"yesterday\",\"timestamp\":{}", NULL},
        {"TaskComplete", "\"dateAdded\":\"2026-01-01T00:00:00Z\"", NULL},
        {"NoteUpdate", "\"timestamp\":\"2026-01-03T00:00:00Z\"", "2026-01-03T00:00:00Z"},
        {"OpportunityCreate", "\"timestamp\":\"2026-01-03T00:00:00Z\"", "2026-01-03T00:00:00Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct decoded d = ghl(
            *state,
            arena_fmt(*state, "{\"type\":\"%s\",\"locationId\":\"L\",\"id\":\"c\",\"contactId\":\"c\",%s}",
                      rows[i].type, rows[i].members));
        int64_t at = rows[i].at ? us_of(rows[i].at) : RECEIVED;
        if (d.event[0].at_us != at) fail_msg("%s %s", rows[i].type, rows[i].members);
    }
}

static void test_deal_value_and_stage(void **state) {
    struct decoded d = ghl(*state, sample(*state, "OpportunityCreate"));
    assert_true(d.event[0].value == 40);
    same(d.event[0].stage, "e93ba61a-53b3-45e7-985a-c7732dbcdb69");
    same(d.event[0].contact[CF_ASSIGNED_TO], NULL); /* the deal's owner is no fact about the person */
}

static void test_appointment_time(void **state) {
    struct decoded d = ghl(*state, sample(*state, "AppointmentCreate"));
    assert_int_equal(d.event[0].when_us, us_of("2023-09-25T10:30:00Z"));
}

static void test_nobody(void **state) {
    struct decoded d;
    struct err e = {0};
    struct str body = STR("{\"type\":\"NoteCreate\",\"locationId\":\"L\",\"id\":\"n\",\"body\":\"x\"}");
    assert_int_equal(decode_ghl(*state, STR("NoteCreate"), body, RECEIVED, &d, &e), -1);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_string_equal(e.where, "/contactId");
}

static void test_a_monster_stays_within_limits(void **state) {
    BUF_AUTO b;
    buf_init(&b, WEBHOOK_MAX_BYTES);
    buf_z(&b, "{\"type\":\"InboundMessage\",\"locationId\":\"L\",\"contactId\":\"c\",\"messageType\":\"SMS\","
              "\"subject\":\"");
    for (int i = 0; i < 2000; i++) buf_z(&b, "\\u0001");
    buf_z(&b, "\",\"body\":\"");
    for (int i = 0; i < 140000; i++) buf_z(&b, "\xc3\xb1\\n");
    buf_z(&b, "\"}");
    assert_true(buf_ok(&b));
    struct decoded d = ghl(*state, buf_str(&b));
    assert_true(d.event[0].text.n > 60000 && d.event[0].text.n <= 64 * 1024);
    assert_true(utf8_valid(d.event[0].text));
    assert_true(d.event[0].subject.n <= 512);
}

/* ---- the envelope ---- */

static void test_envelope(void **state) {
    struct envelope v;
    assert_int_equal(
        decode_ghl_envelope(*state, sample(*state, "real-OpportunityCreate-with-envelope"), &v, NULL), 0);
    same(v.type, "OpportunityCreate");
    same(v.location, "ve9EPM428h8vShlRW1KT");
    same(v.webhook_id, "7d0f3c7e-0000-4000-8000-000000000001");
    assert_int_equal(v.sent_us, us_of("2025-11-07T12:46:45.953Z"));
    assert_true(v.known);
    assert_int_equal(decode_ghl_envelope(*state, STR("{\"type\":\"Surprise\"}"), &v, NULL), 0);
    assert_false(v.known);
    assert_int_equal(v.webhook_id.n, 64);
    same(v.location, NULL);
}

static void test_envelope_id_from_the_bytes(void **state) {
    struct envelope a, b, c;
    static const char *const one = "{\"type\":\"NoteCreate\",\"locationId\":\"L\"}";
    decode_ghl_envelope(*state, str_of(one), &a, NULL);
    decode_ghl_envelope(*state, str_of(one), &b, NULL);
    decode_ghl_envelope(*state, STR("{\"type\":\"NoteCreate\",\"locationId\":\"L\" }"), &c, NULL);
    assert_true(str_eq(a.webhook_id, b.webhook_id));
    assert_false(str_eq(a.webhook_id, c.webhook_id));
    decode_ghl_envelope(
        *state, STR("{\"type\":\"NoteCreate\",\"locationId\":\"L\",\"webhookId\":\"with space\"}"), &a, NULL);
    assert_int_equal(a.webhook_id.n, 64);
}

static void test_envelope_refused(void **state) {
    static const struct {
        const char *body, *where;
        enum err_kind kind;
    } rows[] = {
        {"", "", ERR_SYNTAX},
        {"[]", "", ERR_INVALID},
        {"\"x\"", "", ERR_INVALID},
        {"{", "", ERR_SYNTAX},
        {"{}", "/type", ERR_INVALID},
        {"{\"type\":\"\"}", "/type", ERR_INVALID},
        {"{\"type\":{}}", "/type", ERR_INVALID},
        {"{\"type\":\"ContactCreate\"}", "/locationId", ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct envelope v;
        struct err e = {0};
        assert_int_equal(decode_ghl_envelope(*state, str_of(rows[i].body), &v, &e), -1);
        if (e.kind != rows[i].kind || (rows[i].where[0] && strcmp(e.where, rows[i].where) != 0))
            fail_msg("%s: %s %s", rows[i].body, e.where, e.msg);
    }
}

/* ---- the workflow webhook ---- */

static void test_workflow(void **state) {
    struct str body = sample(*state, "workflow-action-webhook-unsigned");
    struct envelope v;
    struct decoded d;
    assert_int_equal(decode_workflow_envelope(*state, body, &v, NULL), 0);
    same(v.type, "workflow");
    same(v.location, "ve9EPM428h8vShlRW1KT");
    assert_int_equal(v.webhook_id.n, 64);
    assert_int_equal(decode_workflow(*state, body, RECEIVED, &d, NULL), 0);
    assert_int_equal(d.n, 1);
    assert_int_equal(d.event[0].kind, EV_FORM);
    assert_int_equal(d.event[0].channel, CHANNEL_FORM);
    assert_int_equal(d.event[0].at_us, RECEIVED);
    same(d.lead.contact, "cI08i1Bls3iTB9bKgFJh");
    same(d.lead.email, "ada@example.com");
    same(d.event[0].contact[CF_NAME], "Ada Lovelace");
    same(d.event[0].contact[CF_TAGS], "buyer,hot");
    same(d.event[0].contact[CF_DELETED], NULL);
    same(d.event[0].subject, "Hot lead");
    same(d.event[0].text, "source_system: example");
}

static void test_workflow_answers_and_no_terms(void **state) {
    struct decoded d;
    struct str body =
        STR("{\"contact_id\":\"c\",\"When do you want to move?\":\"need to move ASAP\",\"Budget\":450000,"
            "\"SMS consent\":\"yes\",\"Box\":\"I agree to receive messages from Example Realty about homes. "
            "Reply STOP to "
            "opt out at any time, message rates may apply.\",\"Comments\":\"please stop calling my wife\","
            "\"Areas\":[\"North\",\"West\"],\"empty\":\"\",\"nested\":{\"a\":1}}");
    assert_int_equal(decode_workflow(*state, body, RECEIVED, &d, NULL), 0);
    same(d.event[0].text, "When do you want to move?: need to move ASAP\nBudget: 450000\n"
                          "Comments: please stop calling my wife\nAreas: North,West");
}

/* ---- our own items ---- */

static int check(struct arena *a, const char *json, bool site, struct str *id, struct err *e) {
    const struct jnode *n;
    assert_int_equal(json_parse(a, str_of(json), WEBHOOK_MAX_BYTES, &n, e), 0);
    return site ? decode_site_check(a, n, RECEIVED, id, e) : decode_api_check(a, n, RECEIVED, id, e);
}

static void test_api_refusals_name_the_member(void **state) {
    static const struct {
        const char *json, *where;
        bool site;
    } rows[] = {
        {"[]", "", false},
        {"{}", "/kind", false},
        {"{\"kind\":7,\"visitor\":\"v\"}", "/kind", false},
        {"{\"kind\":\"teleport\",\"visitor\":\"v\"}", "/kind", false},
        {"{\"kind\":\"action\",\"visitor\":\"v\"}", "/kind", false},
        {"{\"kind\":\"contact_deleted\",\"contact_id\":\"c\"}", "/kind", false},
        {"{\"kind\":\"share\"}", "/contact_id", false},
        {"{\"kind\":\"share\",\"visitor\":\"\"}", "/contact_id", false},
        {"{\"kind\":\"share\",\"visitor\":\"v\",\"vaule\":1}", "/vaule", false},
        {"{\"kind\":\"share\",\"visitor\":\"v\",\"value\":\"1\"}", "/value", false},
        {"{\"kind\":\"share\",\"visitor\":\"v\",\"seconds\":-1}", "/seconds", false},
        {"{\"kind\":\"share\",\"visitor\":\"v\",\"seconds\":86401}", "/seconds", false},
        {"{\"kind\":\"share\",\"visitor\":\"v\",\"seconds\":1.5}", "/seconds", false},
        {"{\"kind\":\"share\",\"visitor\":\"v\",\"at\":\"soon\"}", "/at", false},
        {"{\"kind\":\"share\",\"visitor\":\"v\",\"at\":\"1989-12-31T00:00:00Z\"}", "/at", false},
        {"{\"kind\":\"share\",\"visitor\":\"v\",\"at\":\"2027-01-15T08:10:01Z\"}", "/at", false},
        {"{\"kind\":\"share\",\"visitor\":\"v\",\"at\":\"2026-01-15T08:10:01\"}", "/at", false},
        {"{\"kind\":\"share\",\"email\":\"nobody\"}", "/email", false},
        {"{\"kind\":\"share\",\"phone\":\"12\"}", "/phone", false},
        {"{\"kind\":\"share\",\"lead_id\":\"x\"}", "/lead_id", false},
        {"{\"kind\":\"share\",\"visitor\":\"v\",\"channel\":\"pigeon\"}", "/channel", false},
        {"{\"kind\":\"share\",\"visitor\":\"v\\u0000w\"}", "/visitor", false},
        {"{\"kind\":\"contact\",\"email\":\"a@b.c\",\"contact\":[]}", "/contact", false},
        {"{\"kind\":\"contact\",\"email\":\"a@b.c\",\"contact\":{\"shoe\":\"9\"}}", "/contact/shoe", false},
        {"{\"kind\":\"contact\",\"email\":\"a@b.c\",\"contact\":{\"deleted\":\"1\"}}", "/contact/deleted",
         false},
        {"{\"kind\":\"contact\",\"email\":\"a@b.c\",\"contact\":{\"city\":9}}", "/contact/city", false},
        {"{\"kind\":\"contact\",\"email\":\"a@b.c\",\"contact\":{\"zone\":\"UTC-5 or so\"}}", "/contact/zone",
         false},
        {"{\"kind\":\"contact\",\"email\":\"a@b.c\",\"opt_out\":1}", "/opt_out", false},
        {"{\"kind\":\"message_in\",\"visitor\":\"v\"}", "/kind", true},
        {"{\"kind\":\"contact\",\"visitor\":\"v\"}", "/kind", true},
        {"{\"kind\":\"form\",\"visitor\":\"v\",\"opt_out\":true}", "/opt_out", true},
        {"{\"kind\":\"form\",\"contact_id\":\"c\"}", "/contact_id", true},
        {"{\"kind\":\"form\",\"lead_id\":\"c\"}", "/lead_id", true},
        {"{\"kind\":\"form\",\"visitor\":\"v\",\"contact\":{\"assigned_to\":\"me\"}}", "/contact/assigned_to",
         true},
        {"{\"kind\":\"form\",\"visitor\":\"v\",\"contact\":{\"dnd\":\"0\"}}", "/contact/dnd", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str id;
        struct err e = {0};
        if (check(*state, rows[i].json, rows[i].site, &id, &e) != -1) fail_msg("%s was taken", rows[i].json);
        if (e.kind != ERR_INVALID || strcmp(e.where, rows[i].where) != 0)
            fail_msg("%s: \"%s\" %s", rows[i].json, e.where, e.msg);
    }
}

static void test_api_limits(void **state) {
    static const size_t at[] = {127, 128, 129};
    for (size_t i = 0; i < 3; i++) {
        char id[200] = {0};
        memset(id, 'i', at[i]);
        struct str got, json = arena_fmt(*state, "{\"id\":\"%s\",\"kind\":\"share\",\"visitor\":\"v\"}", id);
        assert_int_equal(check(*state, json.p, true, &got, NULL), at[i] <= 128 ? 0 : -1);
    }
    struct str got;
    assert_int_equal(
        check(*state,
              "{\"kind\":\"share\",\"visitor\":\"v\",\"seconds\":86400,\"at\":\"2027-01-15T08:10:00Z\"}",
              true, &got, NULL),
        0);
    assert_int_equal(got.n, 64); /* no id given: a hash */
}

static void test_api_item(void **state) {
    struct decoded d;
    struct str id;
    static const char *const json =
        "{\"id\":\"e1\",\"kind\":\"property_view\",\"at\":\"2026-01-16T10:30:00-05:00\",\"visitor\":\"v1\","
        "\"email\":\"a@example.com\","
        "\"url\":\"https://example.com/1\",\"ref\":\"L-1\",\"seconds\":93,\"value\":450000.5}";
    assert_int_equal(check(*state, json, false, &id, NULL), 0);
    same(id, "e1");
    assert_int_equal(decode_api(*state, str_of(json), RECEIVED, &d, NULL), 0);
    assert_int_equal(d.n, 1);
    const struct event *ev = &d.event[0];
    assert_int_equal(ev->kind, EV_PROPERTY_VIEW);
    assert_int_equal(ev->channel, CHANNEL_WEB);
    assert_int_equal(ev->at_us, us_of("2026-01-16T15:30:00Z"));
    assert_int_equal(ev->seconds, 93);
    assert_true(ev->value == 450000.5);
    same(ev->url, "https://example.com/1");
    same(ev->ref, "L-1");
    same(d.lead.visitor, "v1");
    same(ev->contact[CF_EMAIL], "a@example.com");
}

static void test_nobody_is_brought_back(void **state) {
    struct decoded d;
    static const char *const json =
        "{\"kind\":\"contact\",\"email\":\"a@example.com\",\"contact\":{\"name\":\"Ann\",\"dnd\":\"0\","
        "\"dnd_sms\":\"no\",\"dnd_email\":\"1\",\"dnd_call\":\"yes\"},\"opt_out\":true}";
    assert_int_equal(decode_api(*state, str_of(json), RECEIVED, &d, NULL), 0);
    assert_int_equal(d.n, 2);
    same(d.event[0].contact[CF_NAME], "Ann");
    same(d.event[0].contact[CF_DND], NULL);
    same(d.event[0].contact[CF_DND_SMS], NULL);
    same(d.event[0].contact[CF_DND_EMAIL], "1");
    same(d.event[0].contact[CF_DND_CALL], "1");
    assert_int_equal(d.event[1].kind, EV_ACTION);
    same(d.event[1].ref, "consent");
    same(d.event[1].status, "stopped");
    assert_int_equal(d.event[1].at_us, RECEIVED);
}

/* ---- mail ---- */

static void test_html(void **state) {
    static const struct {
        const char *html, *text;
    } rows[] = {
        {"", ""},
        {"plain", "plain"},
        {"a < b & c > d", "a < b & c > d"},
        {"<p>One</p><p>Two</p>", "One\n\nTwo"},
        {"One<br>Two<br/><br >Three", "One\nTwo\n\nThree"},
        {"<div>One</div>\n<div>Two  words</div>", "One\nTwo words"},
        {"<ul><li>a</li><li>b</li></ul>", "- a\n- b"},
        {"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
        {"a<!-- <b>hidden</b> -->b", "ab"},
        {"<!DOCTYPE html><html><head><title>T</title><style>p{}</style></head><body>x</body></html>", "x"},
        {"a<script>if (a < b) { \"</p>\" }</script>b", "ab"},
        {"a<SCRIPT>x</Script >b", "ab"},
        {"a<script>never closed", "a"},
        {"a<!-- never closed", "a"},
        {"<a href=\"x>y\">link</a>", "link"},
        {"<a href=\"x>link</a> more", "link more"}, /* a quote never closed */
        {"a <b and c", "a <b and c"},
        {"1 <3 you", "1 <3 you"},
        {"fish &amp; chips &lt;b&gt; &quot;q&quot; &apos;", "fish & chips <b> \"q\" '"},
        {"ma&ntilde;ana &#241; &#xF1; &#146;s", "ma\xc3\xb1"
                                                "ana \xc3\xb1 \xc3\xb1 \xe2\x80\x99s"},
        {"a&nbsp;&nbsp;b&nbsp;", "a b"},
        {"&unknown; &#; &#x; &#99999999999; &", "&unknown; &#; &#x; &#99999999999; &"},
        {"&#0;&#1;a&#55296;", "a\xef\xbf\xbd"},
        {"in&shy;vis&#8203;ible", "invisible"},
        {"<span>need</span> <b>to</b>\r\n\r\nmove&nbsp;<i>ASAP</i>", "need to move ASAP"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str got = text_of_html(*state, str_of(rows[i].html));
        if (!str_is(got, rows[i].text)) fail_msg("%s: \"%.*s\"", rows[i].html, STR_FMT(got));
    }
}

static void test_html_quotes(void **state) {
    static const struct {
        const char *html, *text;
    } rows[] = {
        {"<div>Yes, today.</div><div class=\"gmail_quote\"><div dir=\"ltr\" class=\"gmail_attr\">On Mon, May "
         "3 Ann &lt;a@b.c&gt; "
         "wrote:<br></div><blockquote class=\"gmail_quote\">Reply STOP to opt "
         "out<blockquote>older</blockquote>x</blockquote></div>",
         "Yes, today."},
        {"<blockquote type=\"cite\">Ours</blockquote><p>STOP</p>", "STOP"}, /* written below the quote */
        {"<p>Not urgent</p><div class=yahoo_quoted><div>a</div><div>ours</div></div>", "Not urgent"},
        {"<p>Sure</p><div id=\"appendonsend\"></div><hr><div id=\"divRplyFwdMsg\"><b>From:</b> "
         "Ann<br><b>Sent:</b> Monday<br>"
         "<b>Subject:</b> Hi</div><div>ours: STOP to opt out</div>",
         "Sure"},
        {"<blockquote style=\"margin:0 0 0 40px\">only indented</blockquote>", "only indented"},
        {"<div>ok</div><div class=\"moz-cite-prefix\">On 5/3/26 9:00, Ann wrote:<br></div><blockquote "
         "type=\"cite\">ours",
         "ok"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str got = text_of_html(*state, str_of(rows[i].html));
        if (!str_is(got, rows[i].text)) fail_msg("%s: \"%.*s\"", rows[i].html, STR_FMT(got));
    }
}

static void test_plain_quotes(void **state) {
    static const struct {
        const char *mail, *text;
    } rows[] = {
        {"", ""},
        {"Hello\nthere", "Hello\nthere"},
        {"Sure\n\nOn Mon, May 3, 2026 at 9:12 AM Ann <a@b.c> wrote:\n> STOP to opt out\n> bye", "Sure"},
        {"Sure\nOn Mon, May 3, 2026 at 9:12 AM Ann Verylongname\n<ann@example.com> wrote:\n\nours\nSTOP",
         "Sure"},
        {"On Mon, May 3, 2026 Ann wrote:\n> ours\n\nSTOP", "STOP"},
        {"Hi\nOn Mon, May 3, 2026 Ann wrote:\n> ours\nSTOP", "Hi\nSTOP"},
        {"El lun, 3 may 2026 a las 9:12, Ana <a@b.c> escribi\xc3\xb3:\n> BAJA\nS\xc3\xad", "S\xc3\xad"},
        {"Fine\n-----Original Message-----\nFrom: Ann\nours", "Fine"},
        {"-----Original Message-----\nFrom: Ann\nSent: Monday\nTo: me\nSubject: Hi\n\nSTOP", "STOP"},
        {"Fine\n________________________________\nFrom: Ann\nSent: Monday\nTo: me\nSubject: Hi\n\nours",
         "Fine\n________________________________"},
        {"From: where I stand\nit looks good\nSubject to change",
         "From: where I stand\nit looks good\nSubject to change"},
        {"On Friday we wrote:\nnothing", "On Friday we wrote:\nnothing"}, /* no date: a sentence */
        {"On 5 acres\nwith a pool", "On 5 acres\nwith a pool"},
        {"a\r\n> q\r\nb", "a\r\nb"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str got = text_without_quotes(*state, str_of(rows[i].mail));
        if (!str_is(got, rows[i].text)) fail_msg("%s: \"%.*s\"", rows[i].mail, STR_FMT(got));
    }
}

static void test_html_or_not(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool html;
    } rows[] = {{"plain", false}, {"a < b", false},  {"From Ann <ann@example.com>", false},
                {"<p>x", true},   {"x</div>", true}, {"<br/>", true},
                {"<H1>x", true},  {"<foo>", false},  {"<", false},
                {"<p", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (text_is_html(str_of(rows[i].text)) != rows[i].html) fail_msg("%s", rows[i].text);
}

/* What would take quadratic time takes minutes on this much and fails by the test's time limit. */
static void test_html_is_linear(void **state) {
    static const char *const pieces[] = {"<a =\"",
                                         "<a ='<b =\"",
                                         "<",
                                         "<a ",
                                         "&",
                                         "<!--",
                                         "<script>",
                                         "<blockquote cite>",
                                         "On 1\n",
                                         "From:\nSent:\n",
                                         "<p class='",
                                         "&#1",
                                         "On 1 wrote:\n\n\n"};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        ARENA_AUTO a;
        BUF_AUTO b;
        arena_init(&a, 64 * 1024 * 1024);
        buf_init(&b, WEBHOOK_MAX_BYTES);
        while (buf_ok(&b)) buf_z(&b, pieces[i]);
        struct str got = text_of_html(&a, buf_str(&b));
        assert_true(got.n <= 2 * b.n + 64);
    }
    (void)state;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_sample),
        cmocka_unit_test(test_unknown_types_are_kept_and_ignored),
        cmocka_unit_test(test_contact_facts),
        cmocka_unit_test(test_do_not_disturb),
        cmocka_unit_test(test_deletion_states_nothing_else),
        cmocka_unit_test(test_what_is_missing_is_not_stated),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_who_is_at_the_other_end),
        cmocka_unit_test(test_media),
        cmocka_unit_test(test_a_voicemail_is_no_conversation),
        cmocka_unit_test(test_times_of_changes),
        cmocka_unit_test(test_deal_value_and_stage),
        cmocka_unit_test(test_appointment_time),
        cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_a_monster_stays_within_limits),
        cmocka_unit_test(test_envelope),
        cmocka_unit_test(test_envelope_id_from_the_bytes),
        cmocka_unit_test(test_envelope_refused),
        cmocka_unit_test(test_workflow),
        cmocka_unit_test(test_workflow_answers_and_no_terms),
        cmocka_unit_test(test_api_refusals_name_the_member),
        cmocka_unit_test(test_api_limits),
        cmocka_unit_test(test_api_item),
        cmocka_unit_test(test_nobody_is_brought_back),
        cmocka_unit_test(test_html),
        cmocka_unit_test(test_html_quotes),
        cmocka_unit_test(test_plain_quotes),
        cmocka_unit_test(test_html_or_not),
        cmocka_unit_test(test_html_is_linear),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
