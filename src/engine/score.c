/* The behaviour score (LEAD-1, LEAD-4, LEAD-5). See score.h; the same in plainer words is in docs/models.md.
 *
 * Each part asks one question ("has this lead used the pricing tool, how often, how lately?") and answers
 * with a value from 0 to 1:
 *
 *     strength  S = sum over its events of share * 2^(-age / half_life)       events older than HORIZON_US
 * say nothing value     v = 1 - (1 - first)^S                                          points = weight * v
 *
 * `share` is what one event of that kind says (a machine may open a mail: 0.1; a saved home says more than a
 * search: 1.5), `first` is the value that a single fresh event has. Counting saturates, because the tenth
 * page view says little that the third did not; age fades by halves, because interest does. `first` is high
 * where the act itself is rare and deliberate (asking for an agent) and low where it is idle (searching).
 * Momentum joins how lately and how often anything happened, as a geometric mean: both are needed. The
 * constants are judgement, not fitted figures; the trained forecast (LEAD-2) is where history decides. Each
 * stands in one table.
 *
 * Confidence is about evidence, not about the lead: two logistic curves, of the number of signals and of the
 * newest one's age, multiplied. They are placed so that fewer than 3 signals, or none for over 72 hours, stay
 * under 0.3, and it moves without jumps in between.
 *
 * Work is bounded by PICTURE_RECENT. What fell out of `recent` is remembered by the time of its latest of
 * each kind. */
#include "engine/score.h"

#include <assert.h>
#include <math.h>

#define HORIZON_US         (30 * US_DAY)
#define MOMENTUM_RECENCY   (48.0 * 3600)      /* s: half-life of the newest signal's freshness */
#define MOMENTUM_FREQUENCY (72.0 * 3600)      /* s: half-life of each signal's part in the frequency */
#define MOMENTUM_ENOUGH    2.0                /* so many fresh signals make the frequency 1/2 */
#define HABIT_HALF_LIFE    (28.0 * 24 * 3600) /* s: hours and channels are habits: slower than interest */

static const struct {
    const char *name, *label[2], *message;
    double weight, first, half_life_s;
} parts[SIGNALS] = {
    [SIG_PRICING_TOOL] = {"pricing_tool",
                          {"Pricing tool", "Calculadora de precio"},
                          "suggest/pricing_tool",
                          25,
                          0.85,
                          7 * 86400.0},
    [SIG_AGENT_INQUIRY] = {"agent_inquiry",
                           {"Inquiries to an agent", "Consultas al agente"},
                           "suggest/agent_inquiry",
                           20,
                           0.90,
                           7 * 86400.0},
    [SIG_NEIGHBORHOOD] = {"neighborhood",
                          {"Neighborhood research", "Estudio de barrios"},
                          "suggest/neighborhood",
                          15,
                          0.80,
                          10 * 86400.0},
    [SIG_MARKET_REPORT] = {"market_report",
                           {"Market reports", "Informes de mercado"},
                           "suggest/market_report",
                           15,
                           0.60,
                           10 * 86400.0},
    [SIG_SEARCH] =
        {"search", {"Property searches", "B\xc3\xbasquedas"}, "suggest/search", 10, 0.40, 7 * 86400.0},
    [SIG_MOMENTUM] = {"momentum", {"Momentum", "Impulso"}, "suggest/momentum", 15, 0, 0},
};

/* What one event says, and for which part. Kinds that are not here say nothing about intent. */
static const struct {
    bool used;
    enum signal signal;
    double share;
} says[EVENT_KINDS] = {
    [EV_PRICING_TOOL] = {true, SIG_PRICING_TOOL, 1},
    [EV_AGENT_INQUIRY] = {true, SIG_AGENT_INQUIRY, 1},
    [EV_FORM] = {true, SIG_AGENT_INQUIRY, 1},
    [EV_CALL_IN] = {true, SIG_AGENT_INQUIRY, 1},
    [EV_MESSAGE_IN] = {true, SIG_AGENT_INQUIRY, 0.5},
    [EV_NEIGHBORHOOD_RESEARCH] = {true, SIG_NEIGHBORHOOD, 1},
    [EV_MARKET_REPORT] = {true, SIG_MARKET_REPORT, 1},
    [EV_EMAIL_CLICK] = {true, SIG_MARKET_REPORT, 0.5},
    [EV_EMAIL_OPEN] = {true, SIG_MARKET_REPORT, 0.1},
    [EV_PROPERTY_SEARCH] = {true, SIG_SEARCH, 1},
    [EV_PROPERTY_VIEW] = {true, SIG_SEARCH, 0.5},
    [EV_FAVORITE] = {true, SIG_SEARCH, 1.5},
    [EV_SHARE] = {true, SIG_SEARCH, 1.5},
};
#define SIGNAL_SHARE 0.25 /* from here an event counts as a signal; a mail opened by a machine does not */
#define LONG_LOOK_S  60   /* a home looked at so long counts twice a glance */

/* When people can be reached, by local hour, before anything is known of the lead: low before 8 and after 21,
 * a late-morning rise and a larger one from 16 to 20. Relative figures of our own judgement, until a tenant's
 * answers replace them. */
static const double prior_hours[24] = {0.2, 0.1, 0.1, 0.1, 0.1, 0.3, 1.0, 2.5, 4.5, 5.5, 6.0, 5.8,
                                       5.5, 5.0, 5.0, 5.3, 5.8, 6.5, 7.0, 7.0, 6.2, 4.8, 2.6, 1.0};
enum { FIRST_HOUR = 8, LAST_HOUR = 21, SLOT_MINUTES = 15, SLOTS = 24 * 60 / SLOT_MINUTES };
#define PRIOR_OBSERVATIONS 3.0  /* the prior curve weighs as much as so many inquiries */
#define WINDOW_SPREAD_MIN  90.0 /* a person seen at 14:00 is likely there within an hour and a half of it */

struct score_settings score_defaults(void) {
    struct score_settings s = {.warm = 25, .hot = 50, .urgent = 80};
    for (int i = 0; i < SIGNALS; i++) s.weight[i] = parts[i].weight;
    return s;
}

static double age_s(int64_t at_us, int64_t now_us) {
    return at_us < now_us ? (double)(now_us - at_us) / 1e6 : 0;
}

static bool within(int64_t at_us, int64_t now_us) {
    return at_us > 0 && now_us - at_us < HORIZON_US;
}

/* What this touch says: 0 for nothing. A refusal in words must not warm a lead, so messages of one who wants
 * none are silent. */
static double share_of(const struct picture *p, const struct touch *t) {
    if (!says[t->kind].used) return 0;
    if (t->kind == EV_MESSAGE_IN && (picture_opted_out(p) || p->opt_needs_person)) return 0;
    double share = says[t->kind].share;
    if (t->kind == EV_PROPERTY_VIEW) share += 0.5 * fmin(t->seconds, LONG_LOOK_S) / LONG_LOOK_S;
    return share;
}

/* One touch at a time, newest first: those kept, then the latest of each kind that the kept ones do not reach
 * back to. */
struct walk {
    const struct picture *p;
    size_t i;
    struct touch old;
};
static const struct touch *walk_next(struct walk *w) {
    const struct picture *p = w->p;
    if (w->i < p->n_recent) return &p->recent[w->i++];
    if (p->n_recent < PICTURE_RECENT) return NULL;
    int64_t oldest = p->recent[p->n_recent - 1].at_us;
    for (; w->i - p->n_recent < EVENT_KINDS; w->i++) {
        size_t k = w->i - p->n_recent;
        if (!p->count[k] || p->last_of[k] >= oldest) continue;
        w->old = (struct touch){.at_us = p->last_of[k], .kind = (uint8_t)k};
        w->i++;
        return &w->old;
    }
    return NULL;
}

static void add_evidence(struct score_part *part, const struct touch *t) {
    if (part->count < UINT32_MAX) part->count++;
    if (t->at_us > part->last_us) part->last_us = t->at_us;
    if (part->n_evidence == SCORE_EVIDENCE || !id_given(t->id)) return;
    part->evidence[part->n_evidence] = t->id;
    part->evidence_us[part->n_evidence] = t->at_us;
    part->evidence_kind[part->n_evidence++] = (enum event_kind)t->kind;
}

static double momentum(int64_t newest_us, double frequency, int64_t now_us) {
    if (!newest_us) return 0;
    double recency = exp2(-age_s(newest_us, now_us) / MOMENTUM_RECENCY);
    return sqrt(recency * (1 - exp2(-frequency / MOMENTUM_ENOUGH)));
}

static void gather(const struct picture *p, int64_t now_us, struct score *out) {
    double strength[SIGNALS] = {0}, frequency = 0;
    struct walk w = {.p = p};
    for (const struct touch *t; (t = walk_next(&w));) {
        double share = share_of(p, t), age = age_s(t->at_us, now_us);
        if (share <= 0 || !within(t->at_us, now_us)) continue;
        enum signal s = says[t->kind].signal;
        strength[s] += share * exp2(-age / parts[s].half_life_s);
        add_evidence(&out->part[s], t);
        if (share < SIGNAL_SHARE) continue;
        out->signals++;
        frequency += exp2(-age / MOMENTUM_FREQUENCY);
        if (t->at_us > out->newest_us) out->newest_us = t->at_us;
        add_evidence(&out->part[SIG_MOMENTUM], t);
    }
    for (int s = 0; s < SIGNALS; s++)
        out->part[s].value = s == SIG_MOMENTUM ? momentum(out->newest_us, frequency, now_us)
                                               : 1 - pow(1 - parts[s].first, strength[s]);
}

static double usable(double weight) {
    return isfinite(weight) && weight > 0 ? weight : 0;
}

static void add_up(const struct score_settings *s, struct score *out) {
    double total = 0;
    for (int i = 0; i < SIGNALS; i++) total += usable(s->weight[i]);
    double scale = total > 100 ? 100 / total : 1; /* however weights are tuned, 100 stays the top */
    for (int i = 0; i < SIGNALS; i++) {
        struct score_part *part = &out->part[i];
        part->signal = (enum signal)i;
        part->weight = usable(s->weight[i]) * scale;
        part->points = part->weight * part->value;
        out->likelihood += part->points;
        bool stronger = part->points > out->part[out->lead_signal].points;
        if (i != SIG_MOMENTUM && stronger) out->lead_signal = (enum signal)i;
    }
    out->likelihood = fmin(out->likelihood, 100);
    if (out->part[out->lead_signal].points <= 0)
        out->lead_signal = SIG_MOMENTUM; /* nothing to speak of: a general word */
    out->intent = out->likelihood >= s->urgent ? INTENT_URGENT
                  : out->likelihood >= s->hot  ? INTENT_HOT
                  : out->likelihood >= s->warm ? INTENT_WARM
                                               : INTENT_COLD;
}

static double logistic(double x) {
    return 1 / (1 + exp(-x));
}

static double confidence_of(const struct score *s, int64_t now_us) {
    if (!s->signals) return 0;
    double hours = age_s(s->newest_us, now_us) / 3600;
    return logistic((s->signals - 3.2) / 0.8) * logistic((60 - hours) / 10);
}

/* Whether the lead was there and awake: its own acts, and calls that became talks. */
static bool was_there(const struct touch *t) {
    enum { TALK_S = 30 };
    if (t->kind == EV_EMAIL_OPEN) return false;
    return says[t->kind].used || (t->kind == EV_CALL_OUT && t->seconds >= TALK_S);
}

/* How much one observation says about the hours: as much as the signal it belongs to weighs, an inquiry
 * being 1. */
static double observation_weight(const struct touch *t, int64_t now_us) {
    enum signal s = says[t->kind].used ? says[t->kind].signal : SIG_AGENT_INQUIRY;
    return parts[s].weight / parts[SIG_AGENT_INQUIRY].weight *
           exp2(-age_s(t->at_us, now_us) / HABIT_HALF_LIFE);
}

/* The observations' weights by quarter of an hour on the lead's clock; their sum is returned. */
static double observe(const struct picture *p, const struct zone *zone, int64_t now_us, double slot[SLOTS],
                      uint32_t *out_n) {
    double sum = 0;
    for (size_t i = 0; i < p->n_recent; i++) {
        const struct touch *t = &p->recent[i];
        if (!was_there(t)) continue;
        struct civil c = zone ? zone_civil(zone, t->at_us) : civil_of_us(t->at_us);
        double w = observation_weight(t, now_us);
        slot[(c.hour * 60 + c.minute) / SLOT_MINUTES] += w;
        sum += w;
        ++*out_n;
    }
    return sum;
}

/* Adds the observations to each hour through a normal kernel on the circle of the day: 23:45 is near 0:15. */
static void spread(const double slot[SLOTS], double hours[24]) {
    double kernel[SLOTS / 2 + 1], total = 0;
    for (int d = 0; d <= SLOTS / 2; d++) {
        double z = d * SLOT_MINUTES / WINDOW_SPREAD_MIN;
        kernel[d] = exp(-z * z / 2);
    }
    enum { PER_HOUR = 60 / SLOT_MINUTES };
    for (int h = 0; h < 24; h++)
        total += kernel[h * PER_HOUR > SLOTS / 2 ? SLOTS - h * PER_HOUR : h * PER_HOUR];
    for (int q = 0; q < SLOTS; q++) {
        if (slot[q] <= 0) continue;
        for (int h = 0; h < 24; h++) {
            int d = abs(q - (h * PER_HOUR + PER_HOUR / 2)); /* to the middle of the hour */
            hours[h] += slot[q] * kernel[d > SLOTS / 2 ? SLOTS - d : d] / total;
        }
    }
}

static void find_window(const struct picture *p, const struct zone *zone, int64_t now_us,
                        struct contact_window *out) {
    double slot[SLOTS] = {0}, prior_sum = 0, sum = 0;
    double own = observe(p, zone, now_us, slot, &out->observations);
    for (int h = 0; h < 24; h++) prior_sum += prior_hours[h];
    for (int h = 0; h < 24; h++) out->hours[h] = PRIOR_OBSERVATIONS * prior_hours[h] / prior_sum;
    spread(slot, out->hours);
    for (int h = 0; h < 24; h++) sum += out->hours[h];
    for (int h = 0; h < 24; h++) out->hours[h] /= sum;
    if (!zone) return; /* nobody's two hours */
    int best = FIRST_HOUR;
    for (int h = FIRST_HOUR; h + 2 <= LAST_HOUR; h++)
        if (out->hours[h] + out->hours[h + 1] > out->hours[best] + out->hours[best + 1] + 1e-12) best = h;
    out->from_hour = best;
    out->to_hour = best + 2;
    out->confidence = own / (own + PRIOR_OBSERVATIONS);
}

/* The channel a touch speaks for and how loudly. */
static double speaks_for(const struct touch *t, enum channel *out) {
    enum { TALK_S = 30 };
    *out = (enum channel)t->channel;
    switch (t->kind) {
    case EV_CALL_IN: *out = CHANNEL_CALL; return 1;
    case EV_CALL_OUT: *out = CHANNEL_CALL; return t->seconds >= TALK_S ? 1 : 0;
    case EV_MESSAGE_IN:
    case EV_AGENT_INQUIRY:
        if (t->channel == CHANNEL_CHAT) *out = CHANNEL_SMS; /* short and at once: the nearest of the three */
        return 1;
    case EV_EMAIL_CLICK: *out = CHANNEL_EMAIL; return 0.5;
    default: return 0;
    }
}

/* The lead's own choice of channel, fading like a habit, on top of a prior that prefers texts: they are read
 * within minutes and may be answered when it suits. One call does not outweigh it; two calls without a text
 * do. Ties go to the less intrusive. */
static enum channel choose_channel(const struct picture *p, int64_t now_us) {
    double vote[CHANNELS] = {[CHANNEL_SMS] = 3, [CHANNEL_EMAIL] = 1.5, [CHANNEL_CALL] = 1.5};
    for (size_t i = 0; i < p->n_recent; i++) {
        enum channel c;
        double loud = speaks_for(&p->recent[i], &c);
        vote[c] += loud * exp2(-age_s(p->recent[i].at_us, now_us) / HABIT_HALF_LIFE);
    }
    enum channel best = CHANNEL_SMS;
    if (vote[CHANNEL_EMAIL] > vote[best]) best = CHANNEL_EMAIL;
    if (vote[CHANNEL_CALL] > vote[best]) best = CHANNEL_CALL;
    return best;
}

void score_lead(const struct picture *p, const struct score_settings *s, const struct zone *zone,
                int64_t now_us, struct score *out) {
    *out = (struct score){0};
    gather(p, now_us, out);
    add_up(s, out);
    out->confidence = confidence_of(out, now_us);
    find_window(p, zone, now_us, &out->window);
    out->channel = choose_channel(p, now_us);
}

const char *signal_name(enum signal s) {
    assert(s < SIGNALS);
    return parts[s].name;
}

const char *signal_label(enum signal s, enum language l) {
    assert(s < SIGNALS);
    return parts[s].label[l == LANG_ES];
}

const char *intent_name(enum intent i) {
    static const char *const names[] = {"cold", "warm", "hot", "urgent"};
    assert(i <= INTENT_URGENT);
    return names[i];
}

const char *score_message_template(const struct score *s) {
    return parts[s->lead_signal].message;
}
