/* The inside of a briefing, shared by the files that collect (brief.c), word (brief_words.c) and render it
 * (brief_out.c, brief_html.c). */
#ifndef ENGINE_BRIEF_IMPL_H
#define ENGINE_BRIEF_IMPL_H

#include "engine/brief.h"
#include "engine/words.h"

enum { BRIEF_NAME = 80, BRIEF_TEXT = 200, BRIEF_STRATEGY = 4, BRIEF_MISSING = 5, BRIEF_EVIDENCE = 4 };

struct brief_slot { /* a lead that made it into a list; holds its own copies of all text */
    struct brief_lead lead;
    char name[BRIEF_NAME + 1], text[BRIEF_TEXT + 1];
    size_t name_n, text_n;
    double key;      /* what this list is ranked by */
    double value;    /* what acting on it today is worth: brief.c */
    int64_t last_us; /* last act of the lead, 0 none */
    bool quiet;      /* gone quiet */
    int silent_days, active_days, usual_gap_days;
    bool has_window;
    int64_t from_us, to_us; /* today's window */
    struct str why;         /* brief_finish */
};
struct brief_list {
    size_t n, cap;
    struct brief_slot *slot; /* by key, highest first */
};
struct brief_said {
    struct str title, why;
};
struct brief {
    struct arena *a;
    struct brief_input in;
    struct {
        int64_t leads, hot, at_risk, fresh, waiting, opted_out;
    } count;
    int64_t waiting_since_us; /* the longest wait */
    int64_t windows_at[24],
        windows; /* leads whose window of today begins in that hour of the agent's clock; all of them */
    struct brief_list act, top, hot, risk, open;
    size_t n_actions, n_strategy;
    struct brief_action action[BRIEF_ACTIONS];
    struct brief_said strategy[BRIEF_STRATEGY];
    struct str headline, perf_note; /* perf_note: STR_NONE when the figures speak */
};

struct brief_evidence {
    struct id event;
    int64_t at_us;
    const char *kind;
    struct str text;
};

static inline struct str brief_pick(const struct brief *b, const char *en, const char *es) {
    return str_of(b->in.language == LANG_ES ? es : en);
}

/* Whether links can be made: an http or https address without white space, quotes or angle brackets. */
bool brief_links(struct str base_url);
void brief_lead_url(struct str base_url, struct id lead, struct buf *out); /* only when brief_links() */

/* brief_words.c */
void brief_words(struct brief *b); /* headline, titles, reasons, strategy, notes */
struct str brief_short_why(const struct brief *b, const struct brief_slot *s,
                           struct arena *a); /* the first reason alone */
size_t brief_evidence(const struct brief *b, const struct brief_lead *l, struct arena *a,
                      struct brief_evidence out[BRIEF_EVIDENCE]);
struct str brief_missing(const struct brief *b, size_t i, const char **out_part); /* i < BRIEF_MISSING */
void brief_date_words(const struct brief *b, struct buf *out);                    /* "Friday, November 20" */
void brief_window_words(const struct brief *b, const struct zone *zone, int64_t from_us, int64_t to_us,
                        struct buf *out);
const char *brief_verb(enum channel c); /* the API's word: "call", "text", "email", "review" */
struct str brief_button(const struct brief *b, const struct brief_action *x);

#endif
