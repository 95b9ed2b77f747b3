/* A morning's leads, by hand: each field of a briefing's lead can be set before it is added. */
#ifndef TESTS_BRIEF_HELP_H
#define TESTS_BRIEF_HELP_H

#include "engine/brief.h"
#include "engine_help.h"

struct morning {
    struct zone *zone, *pacific;
    struct arena arena;
    struct brief_input in;
    struct brief_perf perf[2];
    struct brief *brief;
};

static inline struct str morning_template(void *ctx, const char *name, enum language l) {
    (void)ctx;
    if (strcmp(name, "reply/hot") == 0)
        return l == LANG_ES
                   ? STR("description: d\n\nHola {{first_name}}.")
                   : STR("description: d\n\nHi {{first_name}}, {{agent_first_name}} at {{brokerage}}.");
    if (strcmp(name, "reply/urgency") == 0) return STR("When can you talk, {{first_name}}?");
    return strcmp(name, "suggest/pricing_tool") == 0
               ? STR("Hi{{#first_name}} {{first_name}}{{/first_name}}, a home value?")
               : STR_NONE;
}

/* Friday 20 November 2026, seven in the morning in New York. */
static inline void morning(struct morning *m, enum language l) {
    memset(m, 0, sizeof *m);
    m->zone = help_new_york();
    m->pacific = help_zone("America/Los_Angeles", "PST8PDT,M3.2.0,M11.1.0");
    arena_init(&m->arena, 4 << 20);
    m->perf[0] = (struct brief_perf){"messages_sent", STR("Messages sent"), 12, 9};
    m->perf[1] = (struct brief_perf){"calls_made", STR("Calls made"), 3, 12};
    m->in = (struct brief_input){.agent = help_id(9),
                                 .agent_name = STR("Dana Whitfield"),
                                 .language = l,
                                 .zone = m->zone,
                                 .date = {2026, 11, 20},
                                 .now_us = help_time(m->zone, 11, 20, 7, 0),
                                 .perf = m->perf,
                                 .n_perf = 2,
                                 .brokerage = STR("Harbor Realty"),
                                 .link = STR("https://leads.example.org/"),
                                 .template_text = morning_template};
    m->brief = brief_new(&m->arena, &m->in);
    assert_non_null(m->brief);
}
static inline void morning_done(struct morning *m) {
    zone_free(m->zone);
    zone_free(m->pacific);
    arena_done(&m->arena);
}
static inline void morning_again(struct morning *m) {
    m->brief = brief_new(&m->arena, &m->in);
    assert_non_null(m->brief);
}

static inline struct brief_lead morning_lead(const struct morning *m, unsigned n, const char *name,
                                             double likelihood) {
    struct brief_lead l = {.lead = help_id(n), .name = str_of(name), .zone = m->zone};
    l.score.likelihood = likelihood;
    l.score.intent = likelihood >= 80   ? INTENT_URGENT
                     : likelihood >= 50 ? INTENT_HOT
                     : likelihood >= 25 ? INTENT_WARM
                                        : INTENT_COLD;
    l.score.confidence = 0.6;
    l.score.channel = CHANNEL_SMS;
    l.score.signals = 5;
    if (likelihood <= 0) return l;
    l.score.part[SIG_PRICING_TOOL] = (struct score_part){.signal = SIG_PRICING_TOOL,
                                                         .points = likelihood * 0.6,
                                                         .count = 2,
                                                         .n_evidence = 1,
                                                         .last_us = m->in.now_us - 15 * US_HOUR,
                                                         .evidence = {help_id(1000 + n)},
                                                         .evidence_us = {m->in.now_us - 15 * US_HOUR},
                                                         .evidence_kind = {EV_PRICING_TOOL}};
    l.score.part[SIG_SEARCH] = (struct score_part){.signal = SIG_SEARCH,
                                                   .points = likelihood * 0.4,
                                                   .count = 6,
                                                   .n_evidence = 1,
                                                   .last_us = m->in.now_us - 40 * US_HOUR,
                                                   .evidence = {help_id(2000 + n)},
                                                   .evidence_us = {m->in.now_us - 40 * US_HOUR},
                                                   .evidence_kind = {EV_PROPERTY_SEARCH}};
    return l;
}
static inline void morning_window(struct brief_lead *l, int from) {
    l->score.window =
        (struct contact_window){.from_hour = from, .to_hour = from + 2, .confidence = 0.4, .observations = 6};
}
static inline void morning_waits(const struct morning *m, struct brief_lead *l, int64_t us,
                                 const char *text) {
    l->waiting = true;
    l->waiting_since_us = m->in.now_us - us;
    l->last_text = str_of(text);
    l->last_text_us = l->waiting_since_us;
    l->last_text_event = help_id(3000);
}

#endif
