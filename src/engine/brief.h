/* The morning briefing (BRIEF-2, BRIEF-3): one structure made from the agent's leads, three renderings from
 * it.
 *
 * Pure: lead facts in, structure out. Every sentence is derived from figures in the structure; what the
 * engine of today cannot feed (forecasts, matches, market) is listed under `missing` with its reason, never
 * invented. */
#ifndef ENGINE_BRIEF_H
#define ENGINE_BRIEF_H

#include "engine/insight.h"

enum { BRIEF_ACTIONS = 5, BRIEF_TOP = 10, BRIEF_LIST = 10, BRIEF_ROWS = 8 };

struct brief_lead { /* one lead as the briefing needs it; made by flow from picture, profile, score */
    struct id lead;
    struct str name;
    struct score score;
    const struct picture *picture; /* need not outlive brief_add */
    const struct zone *zone;       /* the lead's; NULL unknown */
    struct id open_alert;          /* strongest open alert or none */
    enum alert_type open_type;
    bool opted_out, waiting;        /* waiting: the last word is the lead's and unanswered */
    bool no_call, no_sms, no_email; /* not known or closed by do-not-disturb: insight_reach() */
    enum language language;         /* the lead's: of what to say */
    int64_t waiting_since_us;
    struct str last_text; /* lead's last words, at most 200 bytes, may be empty */
    int64_t last_text_us;
    struct id last_text_event;
};
struct brief_perf {
    const char *name;
    struct str label;
    int64_t this_week, last_week;
};
struct brief_action {
    struct brief_lead lead;
    double value; /* what it is ranked by, explained in brief.c */
    enum channel channel;
    struct str title, why, say;
    bool has_window;
    int64_t window_from_us, window_to_us; /* today's instants of the lead's best window */
};
struct brief; /* collects; holds the best few, counts the rest: memory independent of how many leads are added
               */
struct brief_input {
    struct id agent;
    struct str agent_name;
    enum language language;
    const struct zone *zone; /* agent's */
    struct date date;
    int64_t now_us;
    const struct brief_perf *perf; /* rows beyond BRIEF_ROWS are left out */
    size_t n_perf;
    struct str brokerage; /* fields of the suggested messages; may be absent */
    struct str link;      /* ends the short text; absent: none. One too long for it is left out, never cut */
    /* Text of a suggestion template by name ("suggest/pricing_tool") and language; STR_NONE when there is
     * none. */
    struct str (*template_text)(void *ctx, const char *name, enum language l);
    void *template_ctx;
};
struct brief *brief_new(struct arena *a, const struct brief_input *in); /* NULL: the arena is full */
void brief_add(struct brief *b, const struct brief_lead *lead);
void brief_finish(struct brief *b); /* ranks, words, counts */
/* One object of the API's shape but for id, generated_at and delivered_at, which belong to the stored row. */
void brief_json(const struct brief *b, struct buf *out);
void brief_text(const struct brief *b, struct buf *out); /* at most two GSM-7 segments: 306 septets */
/* Self-contained HTML mail: one column of 600 px, inlined styles, dark mode, preheader, links to `base_url`
 * ("https://leads.example.org"; anything but http and https, or empty: no links); under 80 KB. */
void brief_html(const struct brief *b, struct str base_url, struct buf *out);
void brief_plain(const struct brief *b, struct str base_url,
                 struct buf *out); /* the mail's plain-text part */
struct str brief_subject(const struct brief *b, struct arena *a);

#endif
