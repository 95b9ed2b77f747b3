/* The morning briefing: collecting and ranking. See brief.h.
 *
 * brief_add() looks at each lead once and keeps it only where it is among the best of a list, as a copy of
 * fixed size; what is asked of all leads is counted. So an agent with ten thousand leads costs the memory
 * of one with fifty, and the order in which leads come does not matter (ties go by id).
 *
 * What an action is worth, so that a list of five can be made of reasons of different kinds:
 *   an open alert    1.0 urgency, 0.8 competitive, 0.7 hot lead, 0.5 churn risk or opportunity, 0.4 behavior
 * + waiting          0.4 at once, rising to 0.6 when a day has passed, then halving every three days
 * + behavior         likelihood / 100 * (0.5 + 0.5 * the score's confidence)
 * + gone quiet       0.2
 * (a message unanswered for WAIT_DAYS waits no longer). Below ACTION_MIN it is no action: an empty list is
 * a better morning than an invented one. The numbers are judgement.
 *
 * "Gone quiet" is said from the lead's own habit: active on three days or more of the last eight weeks, and
 * silent for at least a week and at least three times the usual gap between active days. After QUIET_MAX
 * days it is an old lead.
 *
 * Who opted out is counted and stands in no list. (BRIEF-2, BRIEF-3, LEAD-5) */
#include <math.h>

#include "engine/brief_impl.h"

static const double ACTION_MIN = 0.35;
enum { QUIET_DAYS = 7, QUIET_MAX = 45, QUIET_ACTIVE = 3, QUIET_GAPS = 3, NEW_HOURS = 24, WAIT_DAYS = 30 };

static struct str clean(struct str s, struct arena *a) {
    BUF_AUTO b;
    buf_init(&b, 4 * BRIEF_TEXT);
    words_clean(&b, s, BRIEF_NAME);
    return words_take(&b, a);
}

static bool list_init(struct brief_list *l, size_t cap, struct arena *a) {
    l->cap = cap;
    l->slot = ARENA_ARRAY(a, cap, struct brief_slot);
    return l->slot != NULL;
}

struct brief *brief_new(struct arena *a, const struct brief_input *in) {
    struct brief *b = ARENA_NEW(a, struct brief);
    if (!b) return NULL;
    b->a = a;
    b->in = *in;
    b->in.agent_name = clean(in->agent_name, a);
    b->in.brokerage = clean(in->brokerage, a);
    if (b->in.n_perf > BRIEF_ROWS) b->in.n_perf = BRIEF_ROWS;
    bool ok = list_init(&b->act, BRIEF_ACTIONS, a) && list_init(&b->top, BRIEF_TOP, a) &&
              list_init(&b->hot, BRIEF_LIST, a) && list_init(&b->risk, BRIEF_LIST, a) &&
              list_init(&b->open, BRIEF_LIST, a);
    return ok ? b : NULL;
}

static bool before(const struct brief_slot *s, double key, struct id lead) {
    if (s->key != key) return s->key > key;
    return id_cmp(s->lead.lead, lead) < 0;
}

/* Keeps the slot when it is among the best. */
static void consider(struct brief_list *l, const struct brief_slot *s, double key) {
    size_t at = l->n;
    while (at > 0 && !before(&l->slot[at - 1], key, s->lead.lead)) at--;
    if (at == l->cap) return;
    size_t keep = l->n < l->cap ? l->n : l->cap - 1;
    memmove(l->slot + at + 1, l->slot + at, (keep - at) * sizeof *l->slot);
    l->slot[at] = *s;
    l->slot[at].key = key;
    l->n = keep + 1;
}

/* ---- what is known of one lead ---- */

static size_t copy_clean(struct str from, char *to, size_t max) {
    BUF_AUTO b;
    buf_init(&b, 4 * BRIEF_TEXT);
    words_clean(&b, from, max);
    memcpy(to, b.p ? b.p : "", b.n + 1);
    return b.n;
}

static int64_t newest(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* Fills silent_days, active_days, usual_gap_days and quiet from the day counts. */
static void habits(const struct brief *b, const struct picture *p, struct brief_slot *s) {
    s->last_us = newest(p->last_in_us, p->last_behavior_us);
    if (!s->last_us) return;
    int64_t today = b->in.now_us / US_DAY;
    s->silent_days = (int)((b->in.now_us - s->last_us) / US_DAY);
    int first = -1, last = -1; /* days back from newest_day; last is the older one */
    for (int i = 0; i < PICTURE_DAYS; i++) {
        if (!p->day_activity[i] || today - p->newest_day + i >= PICTURE_DAYS) continue;
        s->active_days++;
        if (first < 0) first = i;
        last = i;
    }
    if (s->active_days > 1) s->usual_gap_days = (int)lround((double)(last - first) / (s->active_days - 1));
    if (s->usual_gap_days < 1) s->usual_gap_days = 1;
    s->quiet = s->active_days >= QUIET_ACTIVE && s->silent_days >= QUIET_DAYS &&
               s->silent_days <= QUIET_MAX && s->silent_days >= QUIET_GAPS * s->usual_gap_days;
}

static int64_t hour_of_today(const struct brief *b, const struct zone *zone, int hour) {
    struct civil c = {.date = date_add(b->in.date, hour / 24), .hour = hour % 24};
    return zone_instant(zone, c, NULL);
}

static void window_of_today(const struct brief *b, struct brief_slot *s) {
    const struct contact_window *w = &s->lead.score.window;
    if (!s->lead.zone || !(w->confidence > 0) || w->from_hour < 0 || w->to_hour <= w->from_hour ||
        w->to_hour > 26)
        return;
    s->from_us = hour_of_today(b, s->lead.zone, w->from_hour);
    s->to_us = hour_of_today(b, s->lead.zone, w->to_hour);
    s->has_window = s->to_us > b->in.now_us;
}

static double alert_worth(const struct brief_lead *l) {
    static const double worth[ALERT_TYPES] = {
        [ALERT_HOT_LEAD] = 0.7,    [ALERT_CHURN_RISK] = 0.5, [ALERT_OPPORTUNITY] = 0.5,
        [ALERT_COMPETITIVE] = 0.8, [ALERT_URGENCY] = 1.0,    [ALERT_BEHAVIOR] = 0.4};
    return id_given(l->open_alert) && (unsigned)l->open_type < ALERT_TYPES ? worth[l->open_type] : 0;
}

static double waiting_worth(const struct brief *b, const struct brief_lead *l) {
    if (!l->waiting) return 0;
    double days = fmax(0, (double)(b->in.now_us - l->waiting_since_us) / (double)US_DAY);
    return days < 1 ? 0.4 + 0.2 * days : 0.6 * exp2((1 - days) / 3);
}

static double number(double x) {
    return isfinite(x) ? x : 0;
}

static double worth(const struct brief *b, const struct brief_slot *s) {
    const struct score *score = &s->lead.score;
    double behavior = number(score->likelihood) / 100 * (0.5 + 0.5 * number(score->confidence));
    return alert_worth(&s->lead) + waiting_worth(b, &s->lead) + behavior + (s->quiet ? 0.2 : 0);
}

/* ---- all leads ---- */

static void count_window(struct brief *b, const struct brief_slot *s) {
    if (!b->in.zone) return;
    b->windows++;
    b->windows_at[zone_civil(b->in.zone, s->from_us).hour]++;
}

static void count_waiting(struct brief *b, const struct brief_lead *l) {
    b->count.waiting++;
    if (!b->waiting_since_us || l->waiting_since_us < b->waiting_since_us)
        b->waiting_since_us = l->waiting_since_us;
}

static void sort_in(struct brief *b, struct brief_slot *s) {
    const struct score *score = &s->lead.score;
    double likelihood = number(score->likelihood);
    if (s->value >= ACTION_MIN) consider(&b->act, s, s->value);
    if (likelihood > 0) consider(&b->top, s, likelihood);
    if (score->intent >= INTENT_HOT) {
        b->count.hot++;
        consider(&b->hot, s, likelihood);
    }
    if (s->quiet) { /* who was active more often, and fell silent more lately, first */
        b->count.at_risk++;
        consider(&b->risk, s, (double)s->active_days / (1 + s->silent_days));
    }
    if (s->has_window && (score->intent >= INTENT_WARM || s->lead.waiting)) {
        count_window(b, s);
        consider(&b->open, s, s->value);
    }
    if (s->lead.waiting) count_waiting(b, &s->lead);
}

void brief_add(struct brief *b, const struct brief_lead *lead) {
    b->count.leads++;
    const struct picture *p = lead->picture;
    if (p && p->first_us && b->in.now_us - p->first_us < NEW_HOURS * US_HOUR) b->count.fresh++;
    if (lead->opted_out) {
        b->count.opted_out++;
        return;
    }
    struct brief_slot s = {.lead = *lead};
    s.name_n = copy_clean(lead->name, s.name, BRIEF_NAME);
    s.text_n = copy_clean(lead->last_text, s.text, BRIEF_TEXT);
    if (p) habits(b, p, &s);
    s.lead.picture = NULL;
    if (b->in.now_us - s.lead.waiting_since_us > WAIT_DAYS * US_DAY) s.lead.waiting = false;
    window_of_today(b, &s);
    s.value = worth(b, &s);
    sort_in(b, &s);
}

/* ---- the end ---- */

static void own_strings(const struct brief *b, struct brief_list *l) {
    for (size_t i = 0; i < l->n; i++) {
        struct brief_slot *s = &l->slot[i];
        s->lead.name = s->name_n ? (struct str){s->name, s->name_n} : brief_pick(b, "A lead", "Un contacto");
        s->lead.last_text = (struct str){s->text, s->text_n};
    }
}

static void by_start(struct brief_list *l) {
    for (size_t i = 1; i < l->n; i++) {
        struct brief_slot s = l->slot[i];
        size_t at = i;
        for (; at > 0 && l->slot[at - 1].from_us > s.from_us; at--) l->slot[at] = l->slot[at - 1];
        l->slot[at] = s;
    }
}

void brief_finish(struct brief *b) {
    by_start(&b->open);
    struct brief_list *const lists[] = {&b->act, &b->top, &b->hot, &b->risk, &b->open};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) own_strings(b, lists[i]);
    b->n_actions = b->act.n;
    for (size_t i = 0; i < b->n_actions; i++) {
        const struct brief_slot *s = &b->act.slot[i];
        b->action[i] = (struct brief_action){.lead = s->lead,
                                             .value = s->value,
                                             .has_window = s->has_window,
                                             .window_from_us = s->from_us,
                                             .window_to_us = s->to_us};
    }
    brief_words(b);
}
