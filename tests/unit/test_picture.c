/* Pictures: any order of arrival ends in the same bytes, and the stored form survives everything but being
 * changed. */
#include "engine/picture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define DAY0 (INT64_C(20000) * US_DAY)

static void write_blob(const struct picture *p, struct buf *b) {
    buf_clear(b);
    picture_write(p, b);
    assert_true(buf_ok(b));
}

static void same_blob(const struct picture *p, const struct picture *q) {
    BUF_AUTO one;
    BUF_AUTO other;
    buf_init(&one, PICTURE_MAX_BLOB);
    buf_init(&other, PICTURE_MAX_BLOB);
    write_blob(p, &one);
    write_blob(q, &other);
    assert_true(str_eq(buf_str(&one), buf_str(&other)));
}

enum { MANY = 160 };
struct happened {
    struct event ev;
    struct reading reading;
    bool read;
};

static void random_story(struct prng *r, struct happened *h) {
    static const char *const statuses[] = {"open", "won", "lost", "stopped", "cleared", ""};
    static const char *const refs[] = {"consent", "listing-1", ""};
    int64_t span = prng_chance(r, 0.5) ? 90 * US_DAY : 40; /* long stories, and ones full of equal times */
    for (size_t i = 0; i < MANY; i++) {
        h[i] = (struct happened){.read = prng_chance(r, 0.5)};
        struct event *ev = &h[i].ev;
        prng_fill(r, ev->id.b, sizeof ev->id.b);
        ev->at_us = (span > US_DAY ? DAY0 : -5) + (int64_t)prng_below(r, (uint64_t)span);
        ev->kind = (enum event_kind)prng_below(r, EVENT_KINDS);
        ev->channel = (enum channel)prng_below(r, CHANNELS);
        ev->seconds = (int64_t)prng_below(r, 5000) - 10;
        ev->status = str_of(statuses[prng_below(r, 6)]);
        ev->ref = str_of(refs[prng_below(r, 3)]);
        h[i].reading.opt = (enum opt_decision)prng_below(r, OPT_HELP + 1);
        h[i].reading.urgency = prng_unit(r);
        h[i].reading.competitor = prng_unit(r);
    }
}

static void apply(struct picture *p, const struct happened *h) {
    picture_apply(p, &h->ev, h->read ? &h->reading : NULL);
}

static void any_order_ends_in_the_same_bytes(void **state) {
    (void)state;
    struct prng r = prng_seed(2026);
    BUF_AUTO blob;
    buf_init(&blob, PICTURE_MAX_BLOB);
    for (int round = 0; round < 200; round++) {
        struct happened h[MANY];
        random_story(&r, h);
        struct picture p, q;
        picture_init(&p);
        picture_init(&q);
        for (size_t i = 0; i < MANY; i++) apply(&p, &h[i]);
        for (size_t i = MANY; i > 0; i--) {
            size_t k = prng_below(&r, i);
            struct happened drawn = h[k];
            h[k] = h[i - 1], h[i - 1] = drawn;
            apply(&q, &drawn);
            if (prng_chance(&r, 0.2)) { /* going on from the stored form is the same */
                write_blob(&q, &blob);
                memset(&q, 0xa5, sizeof q);
                assert_int_equal(picture_read(buf_str(&blob), &q, NULL), 0);
            }
        }
        same_blob(&p, &q);
    }
}

static struct event at(int64_t at_us, enum event_kind kind, uint8_t id) {
    return (struct event){.at_us = at_us, .kind = kind, .id = {{id}}, .channel = CHANNEL_SMS};
}

static void figures_are_what_happened(void **state) {
    (void)state;
    struct picture p;
    picture_init(&p);
    struct event story[] = {at(DAY0 + 5, EV_PRICING_TOOL, 1), at(DAY0 + 9, EV_MESSAGE_IN, 2),
                            at(DAY0 + 7, EV_MESSAGE_OUT, 3), at(DAY0 + 2 * US_DAY, EV_CONTACT, 4),
                            at(DAY0 + 1, EV_CALL_IN, 5)};
    story[4].channel = CHANNEL_CALL;
    for (size_t i = 0; i < 5; i++) picture_apply(&p, &story[i], NULL);
    assert_int_equal(p.first_us, DAY0 + 1);
    assert_int_equal(p.last_us, DAY0 + 2 * US_DAY);
    assert_int_equal(p.last_in_us, DAY0 + 9);
    assert_int_equal(p.last_out_us, DAY0 + 7);
    assert_int_equal(p.last_behavior_us, DAY0 + 5);
    assert_int_equal(p.count[EV_PRICING_TOOL], 1);
    assert_int_equal(p.in_by_channel[CHANNEL_CALL], 1);
    assert_int_equal(p.in_by_channel[CHANNEL_SMS], 1);
    assert_int_equal(p.out_by_channel[CHANNEL_SMS], 1);
    assert_int_equal(p.day_activity[0], 0); /* contact facts are no activity */
    assert_int_equal(p.day_activity[2], 3);
    assert_int_equal(p.n_recent, 4); /* nor kept as recent */
    assert_int_equal(p.recent[0].kind, EV_MESSAGE_IN);
    assert_int_equal(p.recent[3].kind, EV_CALL_IN);
}

static void recent_keeps_the_latest(void **state) {
    (void)state;
    for (int n = PICTURE_RECENT - 1; n <= PICTURE_RECENT + 1; n++) {
        struct picture p;
        picture_init(&p);
        for (int i = 1; i <= n; i++) {
            struct event ev = at(DAY0 + i, EV_PROPERTY_VIEW, (uint8_t)i);
            picture_apply(&p, &ev, NULL);
        }
        assert_int_equal(p.n_recent, n < PICTURE_RECENT ? n : PICTURE_RECENT);
        assert_int_equal(p.recent[0].at_us, DAY0 + n);
        assert_int_equal(p.count[EV_PROPERTY_VIEW], n);
    }
}

static void days_fall_out_of_the_window(void **state) {
    (void)state;
    for (int days = PICTURE_DAYS - 2; days <= PICTURE_DAYS; days++) {
        struct picture p;
        picture_init(&p);
        struct event old = at(DAY0, EV_SHARE, 1), new = at(DAY0 + days * US_DAY, EV_SHARE, 2);
        picture_apply(&p, &old, NULL);
        picture_apply(&p, &new, NULL);
        unsigned total = 0;
        for (int d = 0; d < PICTURE_DAYS; d++) total += p.day_activity[d];
        assert_int_equal(total, days < PICTURE_DAYS ? 2 : 1);
    }
}

static void story_of_consent(void **state) {
    (void)state;
    static const struct {
        const char *story; /* a letter per event: o out, i in, d doubt, c channel, s stopped by agent, k
                              cleared by agent */
        bool out, person;
    } rows[] = {{"", false, false}, {"o", true, false},   {"oi", false, false}, {"io", true, false},
                {"d", false, true}, {"dk", false, false}, {"kd", false, true},  {"c", false, true},
                {"s", true, false}, {"ois", true, false}, {"do", true, false},  {"dokd", true, true},
                {"ok", true, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct picture p;
        picture_init(&p);
        for (size_t k = 0; rows[i].story[k]; k++) {
            char c = rows[i].story[k];
            bool agent = c == 's' || c == 'k';
            struct event ev = at(DAY0 + (int64_t)k, agent ? EV_ACTION : EV_MESSAGE_IN, (uint8_t)(k + 1));
            struct reading r = {.opt = c == 'o'   ? OPT_OUT
                                       : c == 'i' ? OPT_START
                                       : c == 'c' ? OPT_CHANNEL
                                                  : OPT_PAUSE_AND_ASK};
            if (agent) ev.ref = STR("consent"), ev.status = c == 's' ? STR("stopped") : STR("cleared");
            picture_apply(&p, &ev, agent ? NULL : &r);
        }
        assert_int_equal(picture_opted_out(&p), rows[i].out);
        assert_int_equal(p.opt_needs_person, rows[i].person);
    }
}

static void opting_out_wins_a_tie(void **state) {
    (void)state;
    struct reading out = {.opt = OPT_OUT_AND_ALERT}, in = {.opt = OPT_START};
    struct event a = at(DAY0, EV_MESSAGE_IN, 1), b = at(DAY0, EV_MESSAGE_IN, 2);
    for (int order = 0; order < 2; order++) {
        struct picture p;
        picture_init(&p);
        picture_apply(&p, order ? &a : &b, order ? &out : &in);
        picture_apply(&p, order ? &b : &a, order ? &in : &out);
        assert_true(picture_opted_out(&p));
        assert_true(id_eq(p.opt_out_event, a.id));
    }
}

static void full_picture(struct prng *r, struct buf *blob) {
    struct picture p;
    picture_init(&p);
    struct happened h[MANY];
    random_story(r, h);
    for (size_t i = 0; i < MANY; i++) apply(&p, &h[i]);
    write_blob(&p, blob);
}

static void other_versions_ask_for_a_rebuild(void **state) {
    (void)state;
    struct picture p, kept;
    picture_init(&p);
    picture_init(&kept);
    BUF_AUTO b;
    buf_init(&b, PICTURE_MAX_BLOB);
    write_blob(&p, &b);
    assert_int_equal(b.p[0], PICTURE_VERSION);
    b.p[0]++;
    struct err e = {0};
    assert_int_equal(picture_read(buf_str(&b), &kept, &e), -1);
    assert_int_equal(e.kind, ERR_CONFLICT);
    same_blob(&kept, &p);
}

static void cut_or_changed_blobs_never_crash(void **state) {
    (void)state;
    struct prng r = prng_seed(5);
    BUF_AUTO b;
    buf_init(&b, PICTURE_MAX_BLOB);
    full_picture(&r, &b);
    struct picture out;
    struct err e = {0};
    for (size_t n = 1; n < b.n; n++) {
        assert_int_equal(picture_read((struct str){b.p, n}, &out, &e), -1);
        assert_int_equal(e.kind, ERR_INVALID);
    }
    buf_c(&b, 0);
    assert_int_equal(picture_read(buf_str(&b), &out, &e), -1); /* trailing bytes */
    b.n--;
    BUF_AUTO again;
    buf_init(&again, PICTURE_MAX_BLOB);
    for (int round = 0; round < 20000; round++) {
        size_t where = prng_below(&r, b.n);
        char was = b.p[where];
        b.p[where] = (char)prng_below(&r, 256);
        /* what is taken is a picture like any other: it writes, and reads back to the same bytes */
        if (picture_read(buf_str(&b), &out, &e) == 0) {
            struct picture twin;
            write_blob(&out, &again);
            assert_int_equal(picture_read(buf_str(&again), &twin, &e), 0);
            same_blob(&out, &twin);
        }
        b.p[where] = was;
    }
}

static void stored_form_is_small(void **state) {
    (void)state;
    struct prng r = prng_seed(9);
    BUF_AUTO b;
    buf_init(&b, PICTURE_MAX_BLOB);
    for (int i = 0; i < 50; i++) {
        full_picture(&r, &b);
        assert_true(b.n < 2200);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_ends_in_the_same_bytes),
        cmocka_unit_test(figures_are_what_happened),
        cmocka_unit_test(recent_keeps_the_latest),
        cmocka_unit_test(days_fall_out_of_the_window),
        cmocka_unit_test(story_of_consent),
        cmocka_unit_test(opting_out_wins_a_tie),
        cmocka_unit_test(other_versions_ask_for_a_rebuild),
        cmocka_unit_test(cut_or_changed_blobs_never_crash),
        cmocka_unit_test(stored_form_is_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
