/* What several engine tests need: New York's clock, small ids, a lead that acts, a view of it. */
#ifndef TESTS_ENGINE_HELP_H
#define TESTS_ENGINE_HELP_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "engine/decide.h"

#define assert_str(s, z)                                                                                     \
    do {                                                                                                     \
        struct str got_ = (s);                                                                               \
        if (!str_is(got_, (z))) fail_msg("got \"%.*s\", expected \"%s\"", STR_FMT(got_), (z));               \
    } while (0)
#define assert_has(s, z)                                                                                     \
    do {                                                                                                     \
        struct str got_ = (s);                                                                               \
        if (str_find(got_, str_of(z)) < 0) fail_msg("\"%.*s\" lacks \"%s\"", STR_FMT(got_), (z));            \
    } while (0)
#define assert_lacks(s, z)                                                                                   \
    do {                                                                                                     \
        struct str got_ = (s);                                                                               \
        if (str_find(got_, str_of(z)) >= 0) fail_msg("\"%.*s\" holds \"%s\"", STR_FMT(got_), (z));           \
    } while (0)

/* A zone as a TZif file of version 2 without transitions: all lies in the footer's rule. */
static inline struct zone *help_zone(const char *name, const char *rule) {
    char file[256];
    size_t n = 0;
    for (int half = 0; half < 2; half++) {
        static const char head[] = "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                   "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4"
                                   "\xff\xff\xb9\xb0\0\0"
                                   "EST\0";
        memcpy(file + n, head, sizeof head - 1);
        n += sizeof head - 1;
    }
    n += (size_t)snprintf(file + n, sizeof file - n, "\n%s\n", rule);
    struct zone *z = NULL;
    struct err e = {0};
    if (zone_read(str_of(name), (struct str){file, n}, &z, &e)) fail_msg("%s: %s", e.where, e.msg);
    return z;
}
static inline struct zone *help_new_york(void) {
    return help_zone("America/New_York", "EST5EDT,M3.2.0,M11.1.0");
}

static inline struct id help_id(unsigned n) {
    return (struct id){
        {1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 10, 11, 12, 13, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}};
}
static inline int64_t help_time(const struct zone *z, int month, int day, int hour, int minute) {
    return zone_instant(z, (struct civil){.date = {2026, month, day}, .hour = hour, .minute = minute}, NULL);
}

/* A lead with phone and e-mail who has just written on 20 November 2026 at 13:00 in New York. */
struct help_lead {
    struct zone *zone;
    struct picture picture;
    struct profile profile;
    struct score before, after;
    struct event event;
    struct reading reading;
    struct lead_view view;
    struct arena arena;
};
static inline void help_finding(struct help_lead *h, enum reading_label label, double value,
                                const char *words, const char *say, const char *say_es) {
    ptrdiff_t at = str_find(h->event.text, str_of(words));
    if (at < 0) fail_msg("the text lacks \"%s\"", words);
    h->reading.found[h->reading.n++] =
        (struct finding){label, value, (size_t)at, (size_t)at + strlen(words), str_of(say), str_of(say_es)};
}
static inline void help_lead(struct help_lead *h) {
    memset(h, 0, sizeof *h);
    h->zone = help_new_york();
    arena_init(&h->arena, 1 << 20);
    picture_init(&h->picture);
    h->profile.field[CF_PHONE].value = STR("+12125550142");
    h->profile.field[CF_EMAIL].value = STR("ana@example.org");
    int64_t now = help_time(h->zone, 11, 20, 13, 0);
    h->event = (struct event){
        .id = help_id(7), .at_us = now - 2 * US_SECOND, .kind = EV_MESSAGE_IN, .channel = CHANNEL_SMS};
    h->reading.horizon_days = -1;
    h->after.channel = CHANNEL_SMS;
    h->view = (struct lead_view){&h->picture, &h->profile, &h->before, &h->after,
                                 &h->event,   &h->reading, h->zone,    now};
}
static inline void help_lead_done(struct help_lead *h) {
    zone_free(h->zone);
    arena_done(&h->arena);
}

#endif
