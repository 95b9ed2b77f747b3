/* Reading a message. See read.h.
 *
 *     bytes -> tokens (token.c) -> times joined (when.c) -> look-alikes masked -> patterns (pattern.c) -> findings -> figures
 *
 * All knowledge is in the lexicon; here is only what is done with it:
 *  - A mask hides its tokens from one label, so that "stop by" is no "stop" while a real "stop" beside it still counts.
 *  - A finding is undone by a negation within its rule's scope before it, in the same sentence and not behind a "but".
 *  - A label's value is that of its strongest finding, raised by half of what each other finding elsewhere in the text could add:
 *    two weak hints make a strong one, ten do not pass 1.
 *  - A denial ("no rush", "no agent") multiplies what was found: 1 takes all of it.
 *  - How soon: a horizon of up to 35 days is urgent in itself (data/MESSAGES.md's definition), fading to nothing at 60.
 *  - Opting out: a whole message that is a keyword decides alone. Else the decision of the highest rank wins.
 * Nothing is learned from who writes: names and places are no words of the lexicon (LEAD-6). Serves IN-5, SEND-3. */
#include "engine/lexicon.h"

#include "base/utf8.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { ON_STACK = 400, HITS = 160, MOST_DATED = 32, URGENT_DAYS = 35, CALM_DAYS = 60 };

struct hit {
    uint16_t rule;
    uint32_t first, end; /* tokens */
    int32_t days;        /* of the time in it; INT32_MIN: none */
};
struct hits {
    size_t n;
    struct hit hit[HITS];
};
struct work {
    const struct lexicon *l;
    struct token *t;
    size_t n, n_dated;
    struct hits hits;
};

static uint8_t bit_of(uint8_t label) {
    return (uint8_t)(1u << label);
}

static const struct rule *rule_of(const struct work *w, const struct pattern *p) {
    return &w->l->rules[p->rule];
}

static bool negated(const struct work *w, size_t at, size_t scope) {
    for (size_t i = at; i > 0 && scope > 0; i--) {
        const struct token *t = &w->t[i - 1];
        if (token_ends_sentence(t) || t->kind == TOK_COMMA || t->kind == TOK_COLON) return false;
        if (t->kind == TOK_WORD && lexicon_in(w->l, t->word, w->l->breaker)) return false;
        if (t->kind == TOK_WORD && lexicon_in(w->l, t->word, w->l->negator)) return true;
        scope--;
    }
    return false;
}

static void note_hit(struct work *w, const struct pattern *p, size_t at, size_t end, size_t when) {
    const struct rule *r = rule_of(w, p);
    if (r->kind == RULE_MASKS) {
        for (size_t i = at; i < end; i++) w->t[i].masked |= bit_of(r->label);
        return;
    }
    if (r->scope && negated(w, at, r->scope)) return;
    /* one of a rule (of a horizon rule: one of a day) is enough, so that no text can crowd out what else it says */
    int32_t days = when ? w->t[when].a : INT32_MIN;
    bool dated = r->label == RULE_HORIZON;
    for (size_t i = 0; i < w->hits.n; i++)
        if (w->hits.hit[i].rule == p->rule && (!dated || w->hits.hit[i].days == days)) return;
    if (w->hits.n == HITS || (dated && w->n_dated++ >= MOST_DATED)) return;
    w->hits.hit[w->hits.n++] = (struct hit){p->rule, (uint32_t)at, (uint32_t)end, days};
}

static void try_pattern(struct work *w, uint16_t number, size_t at, bool masks) {
    const struct pattern *p = &w->l->patterns[number];
    const struct rule *r = rule_of(w, p);
    if ((r->kind == RULE_MASKS) != masks || r->kind == RULE_KEYWORD) return;
    size_t end, when;
    if (pattern_match(w->l, p, w->t, w->n, at, bit_of(r->label), &end, &when)) note_hit(w, p, at, end, when);
}

static void run(struct work *w, bool masks) {
    const struct lexicon *l = w->l;
    for (size_t i = 0; i < w->n; i++) {
        uint16_t word = w->t[i].kind == TOK_WORD ? w->t[i].word : 0;
        if (w->t[i].kind == TOK_WORD)
            for (size_t k = l->index[word]; k < l->index[word + 1]; k++)
                try_pattern(w, l->starts[k], i, masks);
        else
            for (size_t k = 0; k < l->n_others; k++) try_pattern(w, l->others[k], i, masks);
    }
}

/* ---- figures ---- */

/* false: there is no room for more */
static bool add_finding(struct reading *out, const struct work *w, const struct hit *h,
                        enum reading_label label) {
    const struct rule *r = &w->l->rules[h->rule];
    if (out->n == READ_MAX_FINDINGS) return false;
    size_t first = h->first, end = h->end > h->first ? h->end : h->first + 1;
    while (end > first + 1 && token_ends_sentence(&w->t[end - 1]))
        end--; /* marks at the edges are no evidence */
    while (first + 1 < end && token_ends_sentence(&w->t[first])) first++;
    out->found[out->n++] =
        (struct finding){label, r->value, w->t[first].from, w->t[end - 1].to, r->say, r->say_es};
    return true;
}

static bool overlap(const struct hit *a, const struct hit *b) {
    return a->first < b->end && b->first < a->end;
}

/* The strongest hit of a label that is not yet in `taken`, nor overlaps with what is; -1: none left. */
static int strongest(const struct work *w, uint8_t label, const bool taken[HITS]) {
    int best = -1;
    for (size_t i = 0; i < w->hits.n; i++) {
        const struct rule *r = &w->l->rules[w->hits.hit[i].rule];
        bool clash = taken[i] || r->kind != RULE_FINDS || r->label != label;
        for (size_t k = 0; k < w->hits.n && !clash; k++) {
            bool same_rule = w->hits.hit[k].rule == w->hits.hit[i].rule;
            clash = taken[k] && (same_rule || overlap(&w->hits.hit[i], &w->hits.hit[k]));
        }
        if (!clash && (best < 0 || r->value > w->l->rules[w->hits.hit[best].rule].value)) best = (int)i;
    }
    return best;
}

static double denied(const struct work *w, uint8_t label) {
    double most = 0;
    for (size_t i = 0; i < w->hits.n; i++) {
        const struct rule *r = &w->l->rules[w->hits.hit[i].rule];
        if (r->kind == RULE_DENIES && r->label == label) most = fmax(most, r->value);
    }
    return most;
}

/* What two findings say together: the stronger, and half of what the weaker could add. */
static double together(double a, double b) {
    return fmax(a, b) + (1 - fmax(a, b)) * fmin(a, b) * 0.5;
}

static double figure(const struct work *w, uint8_t label, enum reading_label as, struct reading *out) {
    bool taken[HITS] = {false};
    double value = 0;
    int i;
    while ((i = strongest(w, label, taken)) >= 0) {
        value = together(value, w->l->rules[w->hits.hit[i].rule].value);
        taken[i] = true;
        add_finding(out, w, &w->hits.hit[i], as);
    }
    return fmin(value * (1 - denied(w, label)), 1);
}

/* The time by which, if one is stated: the strongest rule's, and among equals the first to come. */
static const struct hit *horizon(const struct work *w) {
    const struct hit *best = NULL;
    for (size_t i = 0; i < w->hits.n; i++) {
        const struct hit *h = &w->hits.hit[i];
        const struct rule *r = &w->l->rules[h->rule];
        if (r->label != RULE_HORIZON || r->kind != RULE_FINDS || h->days < 0) continue;
        double lead = best ? r->value - w->l->rules[best->rule].value : 1;
        if (lead > 0 || (lead == 0 && h->days < best->days)) best = h;
    }
    return best;
}

static double urgency_of_days(int64_t days) {
    if (days <= URGENT_DAYS) return 0.85;
    if (days >= CALM_DAYS) return 0;
    return 0.65 * (double)(CALM_DAYS - days) / (CALM_DAYS - URGENT_DAYS);
}

static void read_urgency(const struct work *w, struct reading *out) {
    out->urgency = figure(w, RULE_URGENCY, READ_URGENCY, out);
    out->horizon_days = -1;
    const struct hit *h = horizon(w);
    if (!h || denied(w, RULE_HORIZON) > 0) return;
    out->horizon_days = h->days;
    double soon = urgency_of_days(h->days) * (1 - denied(w, RULE_URGENCY));
    if (soon <= 0) return;
    out->urgency = together(out->urgency, soon);
    if (add_finding(out, w, h, READ_URGENCY)) out->found[out->n - 1].value = soon;
}

static int rank(enum opt_decision d) {
    switch (d) {
    case OPT_OUT_AND_ALERT: return 4;
    case OPT_OUT: return 3;
    case OPT_CHANNEL: return 2;
    case OPT_PAUSE_AND_ASK: return 1;
    default: return 0;
    }
}

static bool read_keyword(struct work *w, struct reading *out) {
    const struct lexicon *l = w->l;
    for (size_t k = 0; k < l->n_others; k++) {
        const struct pattern *p = &l->patterns[l->others[k]];
        size_t end, when;
        if (rule_of(w, p)->kind != RULE_KEYWORD || !pattern_match(l, p, w->t, w->n, 0, 0, &end, &when))
            continue;
        out->opt = rule_of(w, p)->opt;
        struct hit h = {p->rule, 1, (uint32_t)(end - 1), INT32_MIN};
        add_finding(out, w, &h, READ_OPT_OUT);
        return true;
    }
    return false;
}

static void read_opt(const struct work *w, struct reading *out) {
    const struct hit *best = NULL;
    for (size_t i = 0; i < w->hits.n; i++) {
        const struct hit *h = &w->hits.hit[i];
        const struct rule *r = &w->l->rules[h->rule];
        if (r->label != RULE_OPT_OUT || r->kind != RULE_FINDS) continue;
        if (!best || rank(r->opt) > rank(w->l->rules[best->rule].opt)) best = h;
    }
    if (!best) return;
    out->opt = w->l->rules[best->rule].opt;
    add_finding(out, w, best, READ_OPT_OUT);
}

static enum language guess_language(const struct work *w) {
    int balance = 0;
    for (size_t i = 0; i < w->n; i++) {
        if (w->t[i].kind != TOK_WORD) continue;
        balance += lexicon_in(w->l, w->t[i].word, w->l->spanish);
        balance -= lexicon_in(w->l, w->t[i].word, w->l->english);
    }
    return balance > 0 ? LANG_ES : LANG_EN;
}

static void read_tokens(struct work *w, struct reading *out) {
    out->language = guess_language(w);
    bool keyword = read_keyword(w, out);
    run(w, true);
    run(w, false);
    if (!keyword) read_opt(w, out);
    read_urgency(w, out);
    out->competitor = figure(w, RULE_COMPETITOR, READ_COMPETITOR, out);
}

/* The sender's day; instants outside of 1970 to 2999 are taken for its edge. */
static struct date day_of(int64_t sent_us) {
    const int64_t first = US_DAY, last = civil_to_us((struct civil){.date = {2999, 1, 1}});
    int64_t us = sent_us < first ? first : sent_us > last ? last : sent_us;
    return civil_of_us(us - 8 * US_HOUR).date;
}

void read_message(const struct lexicon *l, struct str text, int64_t sent_us, struct reading *out) {
    *out = (struct reading){.horizon_days = -1};
    text = utf8_head(text, READ_MAX_TEXT);
    struct token few[ON_STACK], *many = NULL;
    size_t cap = ON_STACK;
    if (text.n > ON_STACK) many = malloc((text.n + 3) * sizeof *many); /* a token has a byte at least */
    if (many) cap = text.n + 3;
    struct work w = {.l = l, .t = many ? many : few};
    w.n = token_read(l, text, w.t, cap);
    w.n = when_join(l, w.t, w.n, day_of(sent_us));
    read_tokens(&w, out);
    free(many);
}
