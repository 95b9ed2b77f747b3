/* How well messages are read, measured on labelled ones: F1 per label, and every mistake with READCHECK_VERBOSE=1.
 *
 * The messages are not part of the tree. LEADLIGHT_SHARED names the folder that has data/messages.dev.jsonl (or READCHECK_FILE the file
 * itself); without it every check is skipped, visibly. */
#include "lexicon_files.h"

#include "base/civil.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct tally {
    const char *name;
    double least_precision, least_recall, least_f1;
    int hit, missed, wrong; /* true positives, false negatives, false positives */
};
static struct tally urgent = {"urgent", 0, 0, 0.80, 0, 0, 0},
                    competitor = {"competitor", 0, 0, 0.85, 0, 0, 0},
                    opt_out = {"opt_out", 0.90, 0.95, 0, 0, 0, 0},
                    horizon = {"horizon_days (exact)", 0, 0, 0, 0, 0, 0};

static bool verbose;

static void count(struct tally *t, bool said, bool true_label, struct str id, struct str text,
                  const struct reading *r) {
    if (said && true_label) t->hit++;
    if (said && !true_label) t->wrong++;
    if (!said && true_label) t->missed++;
    if (!verbose || said == true_label) return;
    printf("# %s %s %.*s (u %.2f c %.2f o %d h %lld)", said ? "WRONG" : "MISSED", t->name, STR_FMT(id),
           r->urgency, r->competitor, (int)r->opt, (long long)r->horizon_days);
    for (size_t i = 0; i < r->n; i++)
        printf(" [%d %.*s: %.*s]", (int)r->found[i].label, STR_FMT(r->found[i].say),
               (int)(r->found[i].to - r->found[i].from), text.p + r->found[i].from);
    printf(" | ");
    for (size_t i = 0; i < text.n; i++) putchar(text.p[i] == '\n' ? '/' : text.p[i]);
    printf("\n");
}

static void judge_line(const struct lexicon *l, struct str line) {
    ARENA_AUTO a;
    arena_init(&a, 1 << 20);
    const struct jnode *o;
    struct err e = {0};
    if (json_parse(&a, line, 1 << 20, &o, &e)) {
        printf("# %s %s\n", e.where, e.msg);
        return;
    }
    const struct jnode *labels = json_get(o, "labels");
    struct str id, text, sent;
    int64_t sent_us = 0, days;
    bool is_urgent, is_competitor, is_opt_out;
    json_str(o, "id", STR(""), &id, &e);
    json_str(o, "text", STR(""), &text, &e);
    json_str(o, "sent_at", STR(""), &sent, &e);
    rfc3339_parse(sent, &sent_us, &e);
    json_bool(labels, "urgent", false, &is_urgent, &e);
    json_bool(labels, "competitor", false, &is_competitor, &e);
    json_bool(labels, "opt_out", false, &is_opt_out, &e);
    json_i64(labels, "horizon_days", -1, &days, &e);
    struct reading r;
    read_message(l, text, sent_us, &r);
    count(&urgent, r.urgency >= 0.70, is_urgent, id, text, &r);
    count(&competitor, r.competitor >= 0.5, is_competitor, id, text, &r);
    count(&opt_out, r.opt == OPT_OUT || r.opt == OPT_OUT_AND_ALERT, is_opt_out, id, text, &r);
    if (days >= 0 && r.horizon_days == days) horizon.hit++;
    if (days >= 0 && r.horizon_days != days) horizon.missed++;
    if (r.horizon_days >= 0 && r.horizon_days != days) horizon.wrong++;
    if (verbose && r.horizon_days != days)
        printf("# HORIZON %.*s want %lld got %lld | %.*s\n", STR_FMT(id), (long long)days,
               (long long)r.horizon_days, (int)(text.n < 300 ? text.n : 300), text.p);
}

static double ratio(int a, int b) {
    return b ? (double)a / b : 0;
}

static bool report(int number, const struct tally *t) {
    double p = ratio(t->hit, t->hit + t->wrong), r = ratio(t->hit, t->hit + t->missed),
           f1 = p + r > 0 ? 2 * p * r / (p + r) : 0;
    bool ok = p >= t->least_precision && r >= t->least_recall && f1 >= t->least_f1;
    printf("%s %d - %s: F1 %.3f precision %.3f recall %.3f (%d hit, %d missed, %d wrong)\n",
           ok ? "ok" : "not ok", number, t->name, f1, p, r, t->hit, t->missed, t->wrong);
    return ok;
}

int main(void) {
    const char *shared = getenv("LEADLIGHT_SHARED"), *file = getenv("READCHECK_FILE");
    ARENA_AUTO a;
    arena_init(&a, 64 << 20);
    verbose = getenv("READCHECK_VERBOSE") != NULL;
    struct str path =
        file ? str_of(file) : arena_fmt(&a, "%s/data/messages.dev.jsonl", shared ? shared : "/nonexistent");
    struct str all = file || shared ? slurp(&a, path.p) : STR_NONE;
    if (!str_given(all)) {
        printf("1..0 # SKIP no labelled messages: LEADLIGHT_SHARED is not set or has no "
               "data/messages.dev.jsonl\n");
        return 0;
    }
    struct lexicon *l = lexicon_of_tree();
    if (!l) return 1;
    int lines = 0;
    for (struct str line; all.n && str_cut(&all, '\n', &line); lines++)
        if (line.n) judge_line(l, line);
    lexicon_free(l);
    printf("1..4\n");
    int failed = 0; /* all four are reported, whatever the first says */
    failed += !report(1, &urgent);
    failed += !report(2, &competitor);
    failed += !report(3, &opt_out);
    failed += !report(4, &horizon);
    return failed ? 1 : 0;
}
