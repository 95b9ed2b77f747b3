/* Behaviour score (LEAD-1): likelihood 0..100, intent, contact window, channel, message, confidence, each
 * with what it is made of.
 *
 * Pure: picture, weights, the lead's zone and now in; score out. Never an input: name, language, place of
 * living, family words (LEAD-6): the picture does not hold them. Reference case: tests/unit/test_score.c.
 * Formulas and their reasons stand in score.c and docs/models.md. */
#ifndef ENGINE_SCORE_H
#define ENGINE_SCORE_H

#include "base/zone.h"
#include "engine/picture.h"

enum signal {
    SIG_PRICING_TOOL,
    SIG_AGENT_INQUIRY,
    SIG_NEIGHBORHOOD,
    SIG_MARKET_REPORT,
    SIG_SEARCH,
    SIG_MOMENTUM,
    SIGNALS
};
enum intent { INTENT_COLD, INTENT_WARM, INTENT_HOT, INTENT_URGENT };

struct score_settings {
    double weight[SIGNALS];   /* points, defaults 25 20 15 15 10 15 */
    double warm, hot, urgent; /* likelihood from which: 25 50 80 */
};
struct score_settings score_defaults(void);

enum { SCORE_EVIDENCE = 4 };
struct score_part {
    enum signal signal;
    double weight, value, points; /* points = weight * value; value 0..1. Sum of points = likelihood */
    uint32_t count;               /* events behind it within the horizon */
    int64_t last_us;
    size_t n_evidence;
    struct id evidence[SCORE_EVIDENCE]; /* newest first */
    int64_t evidence_us[SCORE_EVIDENCE];
    enum event_kind evidence_kind[SCORE_EVIDENCE];
};
struct contact_window {
    int from_hour,
        to_hour; /* lead's local hours, to = from + 2, within 8 to 21; both 0 when the zone is unknown */
    double confidence; /* 0..1 */
    uint32_t observations;
    double hours[24]; /* smoothed share per local hour, sums to 1 */
};
struct score {
    double likelihood; /* 0..100 */
    enum intent intent;
    double confidence; /* 0..1; < 0.3 with fewer than 3 signals or the newest older than 72 h */
    uint32_t signals;  /* behavioural signals counted */
    int64_t newest_us;
    struct score_part part[SIGNALS];
    struct contact_window window;
    enum channel channel;    /* sms, email or call */
    enum signal lead_signal; /* the strongest part but momentum (that only when all else is 0): chooses the
                                suggested message */
};
/* zone may be NULL: then hours are of UTC, window.confidence is 0, from and to are 0: nothing is claimed.
 * Weights that are not positive numbers count as 0; when they sum to more than 100 they are scaled down to
 * it. */
void score_lead(const struct picture *p, const struct score_settings *s, const struct zone *zone,
                int64_t now_us, struct score *out);
const char *signal_name(enum signal s); /* "pricing_tool", ... */
const char *signal_label(enum signal s, enum language l);
const char *intent_name(enum intent i); /* "cold", ... */
/* The template whose text is the suggested message: "suggest/pricing_tool", ... */
const char *score_message_template(const struct score *s);

#endif
