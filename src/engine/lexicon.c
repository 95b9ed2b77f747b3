/* Reading data/read/ into a lexicon. See lexicon.h and data/read/README.md.
 *
 * Two passes over all files: first words, sets and macros, then rules, so that the order of files and lines does not matter. Then
 * an index from words to the patterns they may begin, which is what keeps reading a message fast: of some hundreds of patterns a token
 * tries a handful. Everything lives in one arena and is not changed after. */
#include "engine/lexicon.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { LEX_MAX_BYTES = 16 * 1024 * 1024, LEX_MAX_LINE = 4000 };

/* ---- words ---- */

static struct slot *slot_of(const struct lexicon *l, struct str w) {
    for (size_t i = str_hash(w);; i++) {
        struct slot *s = &l->slots[i & (LEX_SLOTS - 1)];
        if (!s->p || (s->n == w.n && memcmp(s->p, w.p, w.n) == 0)) return s;
    }
}

uint16_t lexicon_find(const struct lexicon *l, struct str folded) {
    if (!folded.n) return 0;
    return slot_of(l, folded)->word; /* an empty slot holds 0 */
}

static int spell(struct lexicon *l, struct str folded, uint16_t word, struct err *e) {
    if (l->n_spellings == LEX_SLOTS / 2)
        return err_set(e, ERR_TOO_LARGE, "", "more than %d spellings", LEX_SLOTS / 2);
    struct slot *s = slot_of(l, folded);
    if (s->p && s->word == word) return 0;
    if (s->p)
        return err_set(e, ERR_INVALID, "", "\"%.*s\" is already another word",
                       STR_FMT(str_head(folded, LEX_MAX_WORD)));
    struct str copy = arena_str(&l->arena, folded);
    if (arena_check(&l->arena, "the lexicon", e)) return -1;
    *s = (struct slot){copy.p, (uint16_t)folded.n, word};
    l->n_spellings++;
    return 0;
}

int lexicon_intern(struct lexicon *l, struct str folded, uint16_t *out, struct err *e) {
    uint16_t word = lexicon_find(l, folded);
    if (!word) {
        if (l->n_words == LEX_MAX_WORDS)
            return err_set(e, ERR_TOO_LARGE, "", "more than %d words", LEX_MAX_WORDS);
        word = (uint16_t)l->n_words;
        if (spell(l, folded, word, e)) return -1;
        l->n_words++;
    }
    *out = word;
    return 0;
}

/* Whether two words differ by one letter too many, too few, wrong, or two swapped (Damerau 1964), the first letter being right. */
static bool within_one(struct str a, struct str b) {
    if (a.n > b.n) {
        struct str c = a;
        a = b, b = c;
    }
    if (b.n - a.n > 1 || a.p[0] != b.p[0]) return false;
    size_t i = 0;
    while (i < a.n && a.p[i] == b.p[i]) i++;
    if (b.n > a.n) return memcmp(a.p + i, b.p + i + 1, a.n - i) == 0;
    if (i == a.n) return true;
    if (memcmp(a.p + i + 1, b.p + i + 1, a.n - i - 1) == 0) return true;
    return i + 1 < a.n && a.p[i] == b.p[i + 1] && a.p[i + 1] == b.p[i] &&
           memcmp(a.p + i + 2, b.p + i + 2, a.n - i - 2) == 0;
}

/* Without runs of the same letter longer than `most`. */
static struct str squeeze(struct str s, size_t most, char room[LEX_MAX_WORD]) {
    size_t n = 0, run = 0;
    for (size_t i = 0; i < s.n; i++) {
        run = i && s.p[i] == s.p[i - 1] ? run + 1 : 1;
        if (run <= most) room[n++] = s.p[i];
    }
    return (struct str){room, n};
}

uint16_t lexicon_guess(const struct lexicon *l, struct str folded) {
    enum { LEAST = 5 };
    uint16_t word = lexicon_find(l, folded);
    if (word || folded.n > LEX_MAX_WORD) return word;
    char room[LEX_MAX_WORD];
    for (size_t most = 2; most >= 1 && !word; most--) {
        struct str s = squeeze(folded, most, room);
        if (s.n + 1 < folded.n || (most == 1 && s.n + 2 < folded.n)) word = lexicon_find(l, s);
    }
    if (word || folded.n < LEAST) return word;
    for (size_t i = 0; i < l->n_close; i++) {
        struct str c = {l->close[i].p, l->close[i].n};
        if (c.p[0] == folded.p[0] && within_one(folded, c)) return l->close[i].word;
    }
    return 0;
}

int lexicon_set(const struct lexicon *l, struct str name) {
    for (size_t i = 0; i < l->n_sets; i++)
        if (str_eq(l->set_names[i], name)) return (int)i;
    return -1;
}

/* ---- lines ---- */

struct reader {
    struct lexicon *l;
    int pass;
    struct rule *rule; /* the one that patterns belong to; NULL before the first */
    struct err *e;
};

static bool next_word(struct str *rest, struct str *out) {
    *rest = str_trim(*rest);
    if (!rest->n) return false;
    size_t k = 0;
    while (k < rest->n && rest->p[k] != ' ' && rest->p[k] != '\t') k++;
    *out = str_head(*rest, k);
    *rest = str_skip(*rest, k);
    return true;
}

static int take_name(struct reader *r, struct str *rest, struct str *out) {
    if (!next_word(rest, out)) return err_set(r->e, ERR_INVALID, "", "a name is missing");
    return 0;
}

static int take_equals(struct reader *r, struct str *rest) {
    struct str eq;
    if (!next_word(rest, &eq) || !str_is(eq, "="))
        return err_set(r->e, ERR_INVALID, "", "a = with spaces around it is missing");
    return 0;
}

static int take_integer(struct reader *r, struct str *rest, int64_t *out) {
    struct str w;
    if (!next_word(rest, &w) || !str_to_i64(w, out) || *out < -9999 || *out > 9999)
        return err_set(r->e, ERR_INVALID, "", "a whole number is missing");
    return 0;
}

static int fold_word(struct reader *r, struct str w, char room[LEX_MAX_WORD], struct str *out) {
    size_t n;
    if (!token_fold(w, room, &n))
        return err_set(r->e, ERR_INVALID, "", "not a word: %.*s", STR_FMT(str_head(w, 40)));
    *out = (struct str){room, n};
    return 0;
}

static int intern(struct reader *r, struct str w, uint16_t *out) {
    char room[LEX_MAX_WORD];
    struct str folded;
    if (fold_word(r, w, room, &folded)) return -1;
    return lexicon_intern(r->l, folded, out, r->e);
}

/* forms WORD = SPELLING ... */
static int read_forms(struct reader *r, struct str rest) {
    struct str name, w;
    uint16_t word;
    if (take_name(r, &rest, &name) || take_equals(r, &rest) || intern(r, name, &word)) return -1;
    while (next_word(&rest, &w)) {
        char room[LEX_MAX_WORD];
        struct str folded;
        if (fold_word(r, w, room, &folded) || spell(r->l, folded, word, r->e)) return -1;
    }
    return 0;
}

/* close WORD ... */
static int read_close(struct reader *r, struct str rest) {
    struct lexicon *l = r->l;
    for (struct str w; next_word(&rest, &w);) {
        uint16_t word;
        char room[LEX_MAX_WORD];
        struct str folded;
        if (fold_word(r, w, room, &folded) || lexicon_intern(l, folded, &word, r->e)) return -1;
        if (l->n_close == LEX_MAX_CLOSE)
            return err_set(r->e, ERR_TOO_LARGE, "", "more than %d close words", LEX_MAX_CLOSE);
        l->close[l->n_close++] = (struct slot){slot_of(l, folded)->p, (uint16_t)folded.n, word};
    }
    return 0;
}

static int read_plain(struct reader *r, struct str rest) {
    uint16_t word;
    for (struct str w; next_word(&rest, &w);)
        if (intern(r, w, &word)) return -1;
    return 0;
}

/* set NAME = WORD ... */
static int read_set(struct reader *r, struct str rest) {
    struct lexicon *l = r->l;
    struct str name;
    if (take_name(r, &rest, &name) || take_equals(r, &rest)) return -1;
    int id = lexicon_set(l, name);
    if (id < 0) {
        if (l->n_sets == LEX_MAX_SETS)
            return err_set(r->e, ERR_TOO_LARGE, "", "more than %d sets", LEX_MAX_SETS);
        id = (int)l->n_sets;
        l->set_names[l->n_sets++] = arena_str(&l->arena, name);
    }
    for (struct str w; next_word(&rest, &w);) {
        uint16_t word;
        if (intern(r, w, &word)) return -1;
        l->words[word].sets[id / 64] |= UINT64_C(1) << (id % 64);
    }
    return 0;
}

/* role NAME [VALUE] = WORD ... */
static int read_role(struct reader *r, struct str rest) {
    static const struct {
        const char *name;
        int16_t least, most; /* of its value; both 0: it has none */
    } roles[ROLES] = {[ROLE_MONTH] = {"month", 1, 12}, [ROLE_WEEKDAY] = {"weekday", 0, 6},
                      [ROLE_UNIT] = {"unit", 0, 366},  [ROLE_NUMBER] = {"number", 0, 999},
                      [ROLE_DAY] = {"day", 0, 7},      [ROLE_FEAST] = {"feast", 101, 1231},
                      [ROLE_END] = {"end", 0, 0},      [ROLE_MID] = {"mid", 0, 0},
                      [ROLE_START] = {"start", 0, 0},  [ROLE_BY] = {"by", 0, 0},
                      [ROLE_IN] = {"in", 0, 0},        [ROLE_THIS] = {"this", 0, 0},
                      [ROLE_NEXT] = {"next", 0, 0},    [ROLE_OF] = {"of", 0, 1},
                      [ROLE_AND] = {"and", 0, 0},      [ROLE_WEEKEND] = {"weekend", 0, 0},
                      [ROLE_UNTIL] = {"until", 0, 0},  [ROLE_PART] = {"part", 0, 0}};
    struct str name;
    int64_t value = 0;
    size_t role = ROLE_NONE + 1;
    if (take_name(r, &rest, &name)) return -1;
    while (role < ROLES && !str_is(name, roles[role].name)) role++;
    if (role == ROLES)
        return err_set(r->e, ERR_INVALID, "", "there is no role %.*s", STR_FMT(str_head(name, 40)));
    if (roles[role].most) {
        if (take_integer(r, &rest, &value)) return -1;
        bool day = role != ROLE_FEAST || date_valid((struct date){2000, (int)value / 100, (int)value % 100});
        if (value < roles[role].least || value > roles[role].most || !day)
            return err_set(r->e, ERR_INVALID, "", "%lld is no %s", (long long)value, roles[role].name);
    }
    if (take_equals(r, &rest)) return -1;
    for (struct str w; next_word(&rest, &w);) {
        uint16_t word;
        if (intern(r, w, &word)) return -1;
        r->l->words[word].role = (uint8_t)role;
        r->l->words[word].value = (int16_t)value;
    }
    return 0;
}

/* def NAME = PATTERN */
static int read_def(struct reader *r, struct str rest) {
    struct lexicon *l = r->l;
    struct str name;
    if (take_name(r, &rest, &name) || take_equals(r, &rest)) return -1;
    if (l->n_defs == LEX_MAX_DEFS) return err_set(r->e, ERR_TOO_LARGE, "", "more than %d defs", LEX_MAX_DEFS);
    l->defs[l->n_defs++] = (struct named){arena_str(&l->arena, name), arena_str(&l->arena, str_trim(rest))};
    return 0;
}

/* ---- rules ---- */

static const struct named_opt {
    const char *name;
    enum opt_decision opt;
} opts[] = {{"pause_and_ask", OPT_PAUSE_AND_ASK},     {"channel", OPT_CHANNEL}, {"opt_out", OPT_OUT},
            {"opt_out_and_alert", OPT_OUT_AND_ALERT}, {"start", OPT_START},     {"help", OPT_HELP}};

static int take_label(struct reader *r, struct str *rest, struct rule *rule) {
    static const char *const labels[RULE_LABELS] = {"urgency", "competitor", "opt_out", "horizon"};
    struct str w;
    if (take_name(r, rest, &w)) return -1;
    for (size_t i = 0; i < RULE_LABELS; i++) {
        if (!str_is(w, labels[i])) continue;
        rule->label = (uint8_t)i;
        return 0;
    }
    return err_set(r->e, ERR_INVALID, "", "a label is urgency, competitor, opt_out or horizon");
}

/* A strength from 0 to 1; for opt_out a decision. */
static int take_value(struct reader *r, struct str *rest, struct rule *rule) {
    struct str w;
    if (take_name(r, rest, &w)) return -1;
    if (rule->label == RULE_OPT_OUT) {
        for (size_t i = 0; i < sizeof opts / sizeof opts[0]; i++) {
            if (!str_is(w, opts[i].name)) continue;
            rule->opt = opts[i].opt;
            rule->value = 1;
            return 0;
        }
        return err_set(r->e, ERR_INVALID, "", "there is no decision %.*s", STR_FMT(str_head(w, 40)));
    }
    if (str_to_double(w, &rule->value) && rule->value >= 0 && rule->value <= 1) return 0;
    return err_set(r->e, ERR_INVALID, "", "a strength is a number from 0 to 1");
}

static int take_options(struct reader *r, struct str rest, struct rule *rule) {
    for (struct str w; next_word(&rest, &w);) {
        int64_t scope;
        if (str_is(w, "tight")) {
            rule->tight = true;
        } else if (str_is(w, "through")) {
            rule->through = true;
        } else if (str_is(w, "scope")) {
            if (take_integer(r, &rest, &scope)) return -1;
            if (scope < 0 || scope > 12) return err_set(r->e, ERR_INVALID, "", "a scope is 0 to 12 words");
            rule->scope = (uint8_t)scope;
        } else {
            return err_set(r->e, ERR_INVALID, "", "options are: scope N, tight, through");
        }
    }
    return 0;
}

static int read_rule(struct reader *r, enum rule_kind kind, struct str rest) {
    struct lexicon *l = r->l;
    struct rule rule = {.kind = (uint8_t)kind, .scope = kind == RULE_FINDS ? 3 : 0};
    struct str name;
    if (l->n_rules == LEX_MAX_RULES)
        return err_set(r->e, ERR_TOO_LARGE, "", "more than %d rules", LEX_MAX_RULES);
    if (kind == RULE_KEYWORD)
        rule.label = RULE_OPT_OUT;
    else if (take_label(r, &rest, &rule))
        return -1;
    if (kind != RULE_MASKS && take_value(r, &rest, &rule)) return -1;
    if (take_name(r, &rest, &name) || take_options(r, rest, &rule)) return -1;
    if (rule.label == RULE_OPT_OUT)
        rule.scope = 0; /* over-stopping is the safe side; look-alikes are masked instead */
    rule.name = arena_str(&l->arena, name);
    rule.say = rule.say_es = rule.name;
    l->rules[l->n_rules] = rule;
    r->rule = &l->rules[l->n_rules++];
    return 0;
}

/* Replaces %NAME by its definition in parentheses, within definitions too. */
static int expand(struct reader *r, struct str text, struct buf *out, int depth) {
    if (depth > 8) return err_set(r->e, ERR_INVALID, "", "definitions name each other in a circle");
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != '%') {
            buf_c(out, text.p[i]);
            continue;
        }
        size_t k = i + 1, d = 0;
        while (k < text.n && (text.p[k] == '_' || (text.p[k] >= 'a' && text.p[k] <= 'z'))) k++;
        struct str name = {text.p + i + 1, k - i - 1};
        while (d < r->l->n_defs && !str_eq(r->l->defs[d].name, name)) d++;
        if (d == r->l->n_defs)
            return err_set(r->e, ERR_INVALID, "", "there is no def %%%.*s", STR_FMT(str_head(name, 40)));
        buf_c(out, '(');
        if (expand(r, r->l->defs[d].text, out, depth + 1)) return -1;
        buf_c(out, ')');
        i = k - 1;
    }
    return 0;
}

static int read_pattern(struct reader *r, struct str line) {
    struct lexicon *l = r->l;
    if (!r->rule) return err_set(r->e, ERR_INVALID, "", "a pattern before the first rule");
    if (l->n_patterns == LEX_MAX_PATTERNS)
        return err_set(r->e, ERR_TOO_LARGE, "", "more than %d patterns", LEX_MAX_PATTERNS);
    BUF_AUTO full;
    buf_init(&full, 4 * LEX_MAX_LINE);
    bool whole = r->rule->kind == RULE_KEYWORD;
    if (whole) buf_z(&full, "^ (");
    if (expand(r, line, &full, 0)) return -1;
    if (whole) buf_z(&full, ") .? $");
    if (buf_check(&full, "a pattern", r->e)) return -1;
    struct pattern *p = &l->patterns[l->n_patterns];
    if (pattern_compile(l, buf_str(&full), p, r->e)) return -1;
    p->rule = (uint16_t)(r->rule - l->rules);
    l->n_patterns++;
    return 0;
}

static int read_say(struct reader *r, bool es, struct str rest) {
    if (!r->rule) return err_set(r->e, ERR_INVALID, "", "words to say before the first rule");
    struct str text = arena_str(&r->l->arena, str_trim(rest));
    if (es)
        r->rule->say_es = text;
    else
        r->rule->say = text;
    return 0;
}

typedef int line_reader(struct reader *, struct str);
static int finds(struct reader *r, struct str s) {
    return read_rule(r, RULE_FINDS, s);
}
static int masks(struct reader *r, struct str s) {
    return read_rule(r, RULE_MASKS, s);
}
static int denies(struct reader *r, struct str s) {
    return read_rule(r, RULE_DENIES, s);
}
static int keyword(struct reader *r, struct str s) {
    return read_rule(r, RULE_KEYWORD, s);
}
static int say_en(struct reader *r, struct str s) {
    return read_say(r, false, s);
}
static int say_es(struct reader *r, struct str s) {
    return read_say(r, true, s);
}

static int read_line(struct reader *r, struct str line) {
    static const struct {
        const char *word;
        int pass;
        line_reader *read;
    } kinds[] = {{"forms", 0, read_forms}, {"close", 0, read_close}, {"plain", 0, read_plain},
                 {"set", 0, read_set},     {"role", 0, read_role},   {"def", 0, read_def},
                 {"rule", 1, finds},       {"mask", 1, masks},       {"deny", 1, denies},
                 {"keyword", 1, keyword},  {"say", 1, say_en},       {"es", 1, say_es}};
    if (line.n > LEX_MAX_LINE)
        return err_set(r->e, ERR_TOO_LARGE, "", "a line has at most %d bytes", LEX_MAX_LINE);
    if (!str_trim(line).n || str_trim(line).p[0] == '#') return 0;
    bool indented = line.p[0] == ' ' || line.p[0] == '\t';
    if (indented) return r->pass == 1 ? read_pattern(r, str_trim(line)) : 0;
    struct str word, rest = line;
    next_word(&rest, &word);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!str_is(word, kinds[i].word)) continue;
        if (kinds[i].pass == r->pass) return kinds[i].read(r, rest);
        return 0;
    }
    return err_set(r->e, ERR_INVALID, "", "unknown kind of line: %.*s", STR_FMT(str_head(word, 40)));
}

static int read_file(struct lexicon *l, const struct lexicon_file *f, int pass, struct err *e) {
    if (f->name.n < 4 || !str_is(str_skip(f->name, f->name.n - 4), ".txt"))
        return 0; /* the folder's README */
    struct reader r = {.l = l, .pass = pass, .e = e};
    struct str rest = f->text, line;
    for (int number = 1; rest.n && str_cut(&rest, '\n', &line); number++) {
        if (line.n && line.p[line.n - 1] == '\r') line.n--;
        if (read_line(&r, line) == 0) continue;
        char place[80];
        snprintf(place, sizeof place, "%.*s line %d", STR_FMT(str_head(f->name, 60)), number);
        return err_within(e, place);
    }
    return 0;
}

/* ---- index ---- */

static bool begins_with(const struct lexicon *l, const struct pattern *p, size_t word) {
    for (uint64_t f = p->first; f; f &= f - 1) {
        if (position_takes_word(l, &p->position[__builtin_ctzll(f)], (uint16_t)word)) return true;
    }
    return false;
}

static bool begins_otherwise(const struct pattern *p) {
    for (uint64_t f = p->first; f; f &= f - 1) {
        if (p->position[__builtin_ctzll(f)].kind > POS_SET) return true;
    }
    return false;
}

static int build_index(struct lexicon *l, struct err *e) {
    size_t total = 0;
    l->index = ARENA_ARRAY(&l->arena, l->n_words + 1, uint32_t);
    l->others = ARENA_ARRAY(&l->arena, l->n_patterns + 1, uint16_t);
    if (arena_check(&l->arena, "the lexicon", e)) return -1;
    for (int fill = 0; fill < 2; fill++) {
        if (fill) l->starts = ARENA_ARRAY(&l->arena, total + 1, uint16_t);
        if (arena_check(&l->arena, "the lexicon", e)) return -1;
        total = 0;
        for (size_t w = 0; w < l->n_words; w++) {
            l->index[w] = (uint32_t)total;
            for (size_t p = 0; w && p < l->n_patterns; p++) {
                if (!begins_with(l, &l->patterns[p], w)) continue;
                if (fill) l->starts[total] = (uint16_t)p;
                total++;
            }
        }
        l->index[l->n_words] = (uint32_t)total;
    }
    for (size_t p = 0; p < l->n_patterns; p++)
        if (begins_otherwise(&l->patterns[p])) l->others[l->n_others++] = (uint16_t)p;
    return 0;
}

static void note_version(struct lexicon *l, const struct lexicon_file *files, size_t n) {
    uint64_t h = 0;
    for (size_t i = 0; i < n; i++)
        h = (h ^ str_hash(files[i].name)) * 0x100000001b3u ^ str_hash(files[i].text);
    snprintf(l->version, sizeof l->version, "%016llx", (unsigned long long)h);
}

static int fill_in(struct lexicon *l, const struct lexicon_file *files, size_t n, struct err *e) {
    l->slots = ARENA_ARRAY(&l->arena, LEX_SLOTS, struct slot);
    l->words = ARENA_ARRAY(&l->arena, LEX_MAX_WORDS, struct word);
    l->set_names = ARENA_ARRAY(&l->arena, LEX_MAX_SETS, struct str);
    l->defs = ARENA_ARRAY(&l->arena, LEX_MAX_DEFS, struct named);
    l->rules = ARENA_ARRAY(&l->arena, LEX_MAX_RULES, struct rule);
    l->patterns = ARENA_ARRAY(&l->arena, LEX_MAX_PATTERNS, struct pattern);
    l->close = ARENA_ARRAY(&l->arena, LEX_MAX_CLOSE, struct slot);
    if (arena_check(&l->arena, "the lexicon", e)) return -1;
    l->n_words = 1;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < n; i++)
            if (read_file(l, &files[i], pass, e)) return -1;
    if (arena_check(&l->arena, "the lexicon", e)) return -1;
    l->negator = lexicon_set(l, STR("negator"));
    l->breaker = lexicon_set(l, STR("breaker"));
    l->spanish = lexicon_set(l, STR("spanish"));
    l->english = lexicon_set(l, STR("english"));
    l->abbreviation = lexicon_set(l, STR("abbreviation"));
    note_version(l, files, n);
    return build_index(l, e);
}

int lexicon_read(const struct lexicon_file *files, size_t n, struct lexicon **out, struct err *e) {
    struct lexicon *l = calloc(1, sizeof *l);
    if (!l) return err_set(e, ERR_UNAVAILABLE, "", "out of memory");
    arena_init(&l->arena, LEX_MAX_BYTES);
    if (fill_in(l, files, n, e)) {
        lexicon_free(l);
        return -1;
    }
    *out = l;
    return 0;
}

void lexicon_free(struct lexicon *l) {
    if (!l) return;
    arena_done(&l->arena);
    free(l);
}

struct str lexicon_version(const struct lexicon *l) {
    return str_of(l->version);
}
