/* Patterns over tokens: compiled to a position automaton, run without backtracking.
 *
 *     need to @move ..3 (asap|right away) please?
 *
 * A pattern has at most 64 positions, so that the set of positions reached is one machine word and a step costs a few
 * instructions for each position reached: time is bounded by tokens x positions whatever the text or the pattern (no
 * expression in a data file can make the server hang). Construction: Glushkov, "The abstract theory of automata" (1961): each word
 * is a position; `first`, `last` and `follow` come out of one descent. The syntax is described in data/read/README.md. */
#include "engine/lexicon.h"

#include <assert.h>
#include <stdlib.h>

enum { DEFAULT_GAP = 3, MAX_GAP = 12, MAX_DEPTH = 16, MAX_LIST = 200, NO_LIMIT = INT32_MAX };

struct frag {
    bool nullable;
    uint64_t first, last;
};
struct compiler {
    struct lexicon *l;
    struct str rest;
    struct position position[PATTERN_MAX_POSITIONS];
    uint64_t follow[PATTERN_MAX_POSITIONS];
    size_t n;
    int depth;
    struct err *e;
};

static int alternatives(struct compiler *c, struct frag *out);

static void skip_spaces(struct compiler *c) {
    while (c->rest.n && (c->rest.p[0] == ' ' || c->rest.p[0] == '\t')) c->rest = str_skip(c->rest, 1);
}

static int add_position(struct compiler *c, struct position p, struct frag *out) {
    if (c->n == PATTERN_MAX_POSITIONS)
        return err_set(c->e, ERR_TOO_LARGE, "", "a pattern has at most %d words; split it",
                       PATTERN_MAX_POSITIONS);
    uint64_t bit = UINT64_C(1) << c->n;
    c->position[c->n] = p;
    c->follow[c->n++] = 0;
    *out = (struct frag){false, bit, bit};
    return 0;
}

static void chain(struct compiler *c, uint64_t lasts, uint64_t firsts) {
    for (; lasts; lasts &= lasts - 1) c->follow[__builtin_ctzll(lasts)] |= firsts;
}

static struct frag then(struct compiler *c, struct frag a, struct frag b) {
    chain(c, a.last, b.first);
    return (struct frag){a.nullable && b.nullable, a.first | (a.nullable ? b.first : 0),
                         b.last | (b.nullable ? a.last : 0)};
}

static int gap(struct compiler *c, struct frag *out) {
    int64_t most = DEFAULT_GAP;
    size_t k = 0;
    while (k < c->rest.n && c->rest.p[k] >= '0' && c->rest.p[k] <= '9') k++;
    if (k && (!str_to_i64(str_head(c->rest, k), &most) || most < 1 || most > MAX_GAP))
        return err_set(c->e, ERR_INVALID, "", "a gap is 1 to %d words", MAX_GAP);
    c->rest = str_skip(c->rest, k);
    *out = (struct frag){.nullable = true};
    for (; most > 0; most--) { /* any any? any? ...: each may be the last */
        struct frag one = {0};
        if (add_position(c, (struct position){.kind = POS_ANY}, &one)) return -1;
        struct frag all = then(c, *out, one);
        *out = (struct frag){true, all.first, all.last | out->last};
    }
    return 0;
}

/* {date}, {date<=35}, {span>=2}, {num}, {ask}, {colon} */
static int braces(struct compiler *c, struct frag *out) {
    ptrdiff_t close = str_find(c->rest, STR("}"));
    if (close < 0) return err_set(c->e, ERR_INVALID, "", "a { without its }");
    struct str name = str_head(c->rest, (size_t)close), bound = STR_NONE;
    c->rest = str_skip(c->rest, (size_t)close + 1);
    struct position p = {.least = -NO_LIMIT, .most = NO_LIMIT};
    ptrdiff_t op = str_find(name, STR("="));
    if (op > 0) {
        bound = str_skip(name, (size_t)op + 1);
        int64_t days;
        char which = name.p[op - 1];
        if (!str_to_i64(bound, &days) || days < -9999 || days > 9999 || (which != '<' && which != '>'))
            return err_set(c->e, ERR_INVALID, "", "a bound is <= or >= and a number of days");
        if (which == '<')
            p.most = (int32_t)days;
        else
            p.least = (int32_t)days;
        name = str_head(name, (size_t)op - 1);
    }
    static const struct {
        const char *name;
        enum position_kind kind;
    } kinds[] = {{"unknown", POS_UNKNOWN}, {"name", POS_NAME},   {"comma", POS_COMMA},
                 {"date", POS_DATE},       {"today", POS_TODAY}, {"span", POS_SPAN},
                 {"num", POS_NUMBER},      {"ask", POS_ASK},     {"colon", POS_COLON}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!str_is(name, kinds[i].name)) continue;
        p.kind = (uint8_t)kinds[i].kind;
        return add_position(c, p, out);
    }
    return err_set(c->e, ERR_INVALID, "",
                   "{%.*s}: there is date, today, span, num, ask, colon, comma, unknown, name",
                   STR_FMT(str_head(name, 40)));
}

static bool one_of(char c, struct str set) {
    return memchr(set.p, c, set.n) != NULL;
}

static size_t bare_length(struct str s) {
    size_t k = 0;
    while (k < s.n && s.p[k] && !one_of(s.p[k], STR(" \t()|?*+{}@^$."))) k++;
    return k;
}

static int set_or_word(struct compiler *c, bool set, struct frag *out) {
    size_t k = bare_length(c->rest);
    struct str bare = str_head(c->rest, k);
    c->rest = str_skip(c->rest, k);
    if (set) {
        int id = lexicon_set(c->l, bare);
        if (id < 0)
            return err_set(c->e, ERR_INVALID, "", "there is no set @%.*s", STR_FMT(str_head(bare, 40)));
        return add_position(c, (struct position){.kind = POS_SET, .id = (uint16_t)id}, out);
    }
    char folded[LEX_MAX_WORD];
    size_t n;
    struct position p = {.kind = POS_WORD};
    if (!token_fold(bare, folded, &n))
        return err_set(c->e, ERR_INVALID, "", "not a word: %.*s", STR_FMT(str_head(bare, 40)));
    if (lexicon_intern(c->l, (struct str){folded, n}, &p.id, c->e)) return -1;
    return add_position(c, p, out);
}

static int atom(struct compiler *c, struct frag *out) {
    char first = c->rest.p[0];
    switch (first) {
    case '(': {
        if (++c->depth > MAX_DEPTH)
            return err_set(c->e, ERR_INVALID, "", "parentheses are more than %d deep", MAX_DEPTH);
        c->rest = str_skip(c->rest, 1);
        if (alternatives(c, out)) return -1;
        if (!c->rest.n || c->rest.p[0] != ')') return err_set(c->e, ERR_INVALID, "", "a ( without its )");
        c->rest = str_skip(c->rest, 1);
        c->depth--;
        return 0;
    }
    case '{': c->rest = str_skip(c->rest, 1); return braces(c, out);
    case '@': c->rest = str_skip(c->rest, 1); return set_or_word(c, true, out);
    case '^':
        c->rest = str_skip(c->rest, 1);
        return add_position(c, (struct position){.kind = POS_BEGIN}, out);
    case '$': c->rest = str_skip(c->rest, 1); return add_position(c, (struct position){.kind = POS_END}, out);
    case '_': c->rest = str_skip(c->rest, 1); return add_position(c, (struct position){.kind = POS_ANY}, out);
    case '.': {
        bool is_gap = c->rest.n > 1 && c->rest.p[1] == '.';
        c->rest = str_skip(c->rest, is_gap ? 2 : 1);
        return is_gap ? gap(c, out) : add_position(c, (struct position){.kind = POS_BREAK}, out);
    }
    default:
        if (!bare_length(c->rest)) return err_set(c->e, ERR_INVALID, "", "'%c' is out of place", first);
        return set_or_word(c, false, out);
    }
}

static int item(struct compiler *c, struct frag *out) {
    if (atom(c, out)) return -1;
    for (; c->rest.n && one_of(c->rest.p[0], STR("?*+")); c->rest = str_skip(c->rest, 1)) {
        if (c->rest.p[0] != '?') chain(c, out->last, out->first);
        if (c->rest.p[0] != '+') out->nullable = true;
    }
    return 0;
}

static int sequence(struct compiler *c, struct frag *out) {
    *out = (struct frag){.nullable = true};
    for (;;) {
        skip_spaces(c);
        if (!c->rest.n || c->rest.p[0] == '|' || c->rest.p[0] == ')') return 0;
        struct frag next = {0};
        if (item(c, &next)) return -1;
        *out = then(c, *out, next);
    }
}

/* An alternative that is a single word: the usual case, kept apart so that a list of them takes one position. */
static bool lone_word(struct compiler *c, uint16_t *out) {
    char folded[LEX_MAX_WORD];
    size_t n;
    skip_spaces(c);
    struct str bare = str_head(c->rest, bare_length(c->rest)), behind = str_skip(c->rest, bare.n);
    while (behind.n && (behind.p[0] == ' ' || behind.p[0] == '\t')) behind = str_skip(behind, 1);
    if (!bare.n || bare.p[0] == '_' || (behind.n && behind.p[0] != '|' && behind.p[0] != ')')) return false;
    if (!token_fold(bare, folded, &n) || lexicon_intern(c->l, (struct str){folded, n}, out, c->e))
        return false;
    c->rest = behind;
    return true;
}

static int rising(const void *a, const void *b) {
    uint16_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static int add_words(struct compiler *c, uint16_t *words, size_t n, struct frag *out) {
    if (n == 1) return add_position(c, (struct position){.kind = POS_WORD, .id = words[0]}, out);
    uint16_t *kept = ARENA_ARRAY(&c->l->arena, n, uint16_t);
    if (arena_check(&c->l->arena, "the lexicon", c->e)) return -1;
    qsort(words, n, sizeof *words, rising);
    memcpy(kept, words, n * sizeof *words);
    return add_position(c, (struct position){.kind = POS_LIST, .id = (uint16_t)n, .words = kept}, out);
}

static int alternatives(struct compiler *c, struct frag *out) {
    uint16_t words[MAX_LIST];
    size_t n = 0;
    struct frag all = {0};
    for (;;) {
        struct frag one = {0};
        if (n < MAX_LIST && lone_word(c, &words[n]))
            n++;
        else if (sequence(c, &one))
            return -1;
        all = (struct frag){all.nullable || one.nullable, all.first | one.first, all.last | one.last};
        if (!c->rest.n || c->rest.p[0] != '|') break;
        c->rest = str_skip(c->rest, 1);
    }
    struct frag listed = {0};
    if (n && add_words(c, words, n, &listed)) return -1;
    *out = (struct frag){all.nullable, all.first | listed.first, all.last | listed.last};
    return 0;
}

/* What a pattern may not begin with: it stands in no index. */
static bool needs_more(uint8_t kind) {
    return kind == POS_ANY || kind == POS_UNKNOWN || kind == POS_NAME;
}

static int begins_well(const struct compiler *c, struct frag all) {
    if (all.nullable) return err_set(c->e, ERR_INVALID, "", "the pattern would match nothing at all");
    for (uint64_t f = all.first; f; f &= f - 1)
        if (needs_more(c->position[__builtin_ctzll(f)].kind))
            return err_set(c->e, ERR_INVALID, "",
                           "a pattern may not begin with a gap, _, {unknown} or {name}");
    return 0;
}

int pattern_compile(struct lexicon *l, struct str text, struct pattern *out, struct err *e) {
    struct compiler c = {.l = l, .rest = text, .e = e};
    struct frag all = {0};
    if (alternatives(&c, &all)) return -1;
    if (c.rest.n) return err_set(e, ERR_INVALID, "", "a ) without its (");
    if (begins_well(&c, all)) return -1;
    struct position *position = ARENA_ARRAY(&l->arena, c.n, struct position);
    uint64_t *follow = ARENA_ARRAY(&l->arena, c.n, uint64_t);
    if (arena_check(&l->arena, "the lexicon", e)) return -1;
    memcpy(position, c.position, c.n * sizeof *position);
    memcpy(follow, c.follow, c.n * sizeof *follow);
    *out = (struct pattern){
        .n = (uint16_t)c.n, .first = all.first, .last = all.last, .position = position, .follow = follow};
    return 0;
}

static bool listed(const struct position *p, uint16_t word) {
    size_t low = 0, high = p->id;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (p->words[mid] == word) return true;
        if (p->words[mid] < word)
            low = mid + 1;
        else
            high = mid;
    }
    return false;
}

bool position_takes_word(const struct lexicon *l, const struct position *p, uint16_t word) {
    if (p->kind == POS_WORD) return word == p->id;
    if (p->kind == POS_LIST) return listed(p, word);
    return p->kind == POS_SET && lexicon_in(l, word, p->id);
}

static bool within(const struct position *p, const struct token *t) {
    return t->a >= p->least && t->a <= p->most;
}

static bool fits(const struct lexicon *l, const struct position *p, const struct token *t) {
    switch ((enum position_kind)p->kind) {
    case POS_WORD:
    case POS_LIST:
    case POS_SET: return t->kind == TOK_WORD && position_takes_word(l, p, t->word);
    case POS_ANY: return !token_ends_sentence(t) && t->kind != TOK_COLON;
    case POS_UNKNOWN: return t->kind == TOK_WORD && t->word == 0;
    case POS_NAME: return t->kind == TOK_WORD && t->word == 0 && (t->flags & TOK_CAPITAL);
    case POS_COMMA: return t->kind == TOK_COMMA;
    case POS_NUMBER: return t->kind == TOK_NUMBER || t->kind == TOK_PAIR;
    case POS_DATE: return t->kind == TOK_DATE && within(p, t);
    case POS_TODAY: return t->kind == TOK_DATE && t->b && within(p, t);
    case POS_SPAN: return t->kind == TOK_SPAN && within(p, t);
    case POS_BREAK: return token_ends_sentence(t);
    case POS_BEGIN: return t->kind == TOK_BEGIN;
    case POS_END: return t->kind == TOK_END;
    case POS_ASK: return t->kind == TOK_ASK;
    case POS_COLON: return t->kind == TOK_COLON;
    }
    return false;
}

bool pattern_match(const struct lexicon *l, const struct pattern *p, const struct token *t, size_t n,
                   size_t at, uint8_t mask_bit, size_t *out_end, size_t *out_when) {
    uint64_t may = p->first;
    size_t end = 0, when = 0, when_at_end = 0;
    bool tight = l->rules[p->rule].tight, through = l->rules[p->rule].through;
    for (size_t i = at; i < n && may; i++) {
        if (t[i].kind == TOK_COMMA && !tight && i > at) continue;
        bool masked = (t[i].masked & mask_bit) && !through;
        uint64_t active = 0, next = 0;
        for (uint64_t m = may; m; m &= m - 1) {
            int k = __builtin_ctzll(m);
            const struct position *pos = &p->position[k];
            if ((masked && pos->kind != POS_ANY) || !fits(l, pos, &t[i])) continue;
            active |= UINT64_C(1) << k;
            next |= p->follow[k];
            if (pos->kind == POS_DATE || pos->kind == POS_SPAN || pos->kind == POS_TODAY) when = i;
        }
        if (active & p->last) {
            end = i + 1;
            when_at_end = when;
        }
        may = next;
    }
    if (!end) return false;
    *out_end = end;
    *out_when = when_at_end;
    return true;
}
