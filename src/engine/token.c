/* Bytes to tokens. See token.h.
 *
 * One pass, no copies but of the word at hand. What decides the shape: people write "dont", "e-mail", "a.s.a.p", "3wks", "$1,650", "5/31",
 * "move-in date:" and mean what the careful spelling means, so the differences are taken away here, once, and not in every pattern. Wrong
 * UTF-8 reads as U+FFFD, which is no letter. Serves IN-5. */
#include "engine/lexicon.h"

#include "base/utf8.h"

#include <assert.h>

struct scan {
    const struct lexicon *l;
    struct str text;
    size_t at; /* next byte */
    struct token *out;
    size_t n, cap;
    bool money; /* a currency sign stood just before */
};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
static bool ascii_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char peek(const struct scan *s, size_t ahead) {
    size_t i = s->at + ahead;
    return i < s->text.n ? s->text.p[i] : 0;
}

enum class { IS_LETTER, IS_NOTHING /* zero width: does not part a word */, IS_APOSTROPHE, IS_OTHER };

static enum class class_of(uint32_t cp) {
    if (cp == '\'' || cp == 0x2019 || cp == 0x2018 || cp == 0x2bc || cp == '`' ||
        cp == 0xb4) return IS_APOSTROPHE;
    if (cp < 0x80) return ascii_letter((char)cp) || is_digit((char)cp) ? IS_LETTER : IS_OTHER;
    if (cp == 0xad || (cp >= 0x200b && cp <= 0x200f) || cp == 0x2060 || cp == 0xfeff ||
        (cp >= 0xfe00 && cp <= 0xfe0f)) return IS_NOTHING;
    if (cp < 0xc0 || cp == 0xd7 || cp == 0xf7) return IS_OTHER;
    if ((cp >= 0x2000 && cp <= 0x2bff) || (cp >= 0x3000 && cp <= 0x303f) ||
        cp == UTF8_REPLACEMENT) return IS_OTHER;
    if (cp >= 0x1f000) return IS_OTHER; /* emoji */
    return IS_LETTER;
}

static bool fold_one(struct str bytes, uint32_t cp, char *out, size_t *n) {
    BUF_AUTO b;
    char plain[4];
    if (cp >= 0xff01 && cp <= 0xff5e) { /* full-width forms of ASCII */
        plain[0] = (char)(cp - 0xfee0);
        if (plain[0] >= 'A' && plain[0] <= 'Z') plain[0] = (char)(plain[0] + 32);
        bytes = (struct str){plain, 1};
    }
    buf_init(&b, 16);
    utf8_fold(&b, bytes);
    if (!buf_ok(&b) || *n + b.n > LEX_MAX_WORD) return false;
    if (b.n) memcpy(out + *n, b.p, b.n);
    *n += b.n;
    return true;
}

bool token_fold(struct str word, char out[LEX_MAX_WORD], size_t *out_n) {
    size_t n = 0;
    for (size_t i = 0; i < word.n;) {
        char c = word.p[i];
        if ((unsigned char)c < 0x80) {
            i++;
            if (c == '\'' || c == '`') continue;
            if (n == LEX_MAX_WORD) return false;
            out[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
            continue;
        }
        uint32_t cp;
        size_t len = utf8_next(str_skip(word, i), &cp, NULL);
        enum class k = class_of(cp);
        if (k == IS_LETTER && !fold_one((struct str){word.p + i, len}, cp, out, &n)) return false;
        i += len;
    }
    *out_n = n;
    return n > 0;
}

static struct token *add(struct scan *s, enum token_kind kind, size_t from, size_t to) {
    if (s->n + 1 >= s->cap) return NULL; /* one is kept for TOK_END */
    struct token *t = &s->out[s->n++];
    *t = (struct token){.kind = (uint8_t)kind, .from = (uint32_t)from, .to = (uint32_t)to};
    return t;
}

static void add_end(struct scan *s, enum token_kind kind, size_t from) {
    struct token *last = &s->out[s->n - 1];
    if (last->kind >= TOK_STOP && last->kind <= TOK_LINE) {
        bool stronger = last->kind == TOK_STOP || kind == TOK_ASK;
        if (stronger) last->kind = (uint8_t)kind;
        last->to = (uint32_t)from + 1;
        return;
    }
    if (last->kind == TOK_COMMA || last->kind == TOK_COLON) s->n--;
    if (s->out[s->n - 1].kind != TOK_BEGIN) add(s, kind, from, from + 1);
}

static void add_word(struct scan *s, size_t from, size_t to) {
    char folded[LEX_MAX_WORD];
    size_t n;
    struct token *t = add(s, TOK_WORD, from, to);
    if (!t || !token_fold((struct str){s->text.p + from, to - from}, folded, &n)) return;
    t->word = lexicon_guess(s->l, (struct str){folded, n});
    struct str raw = {s->text.p + from, to - from};
    bool contracted = memchr(raw.p, '\'', raw.n) || str_find(raw, STR("\xe2\x80\x99")) >= 0;
    if (contracted && s->l->words[t->word].role == ROLE_WEEKDAY) t->word = 0; /* "we'd" is no Wednesday */
    char first = s->text.p[from];
    bool capital =
        (first >= 'A' && first <= 'Z') || (unsigned char)first == 0xc3; /* of others, the Latin ones */
    if (capital) t->flags |= TOK_CAPITAL;
}

/* The end of the word that begins at `from`: letters, digits, marks, apostrophes between letters. */
static size_t word_end(const struct scan *s, size_t from) {
    size_t i = from, end = from;
    while (i < s->text.n) {
        uint32_t cp;
        size_t len = utf8_next(str_skip(s->text, i), &cp, NULL);
        enum class k = class_of(cp);
        if (k == IS_OTHER) break;
        i += len;
        if (k == IS_LETTER) end = i;
        if (k == IS_APOSTROPHE && i < s->text.n && !ascii_letter(s->text.p[i])) break;
    }
    return end;
}

static int32_t digits_value(struct str s) {
    int32_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (!is_digit(s.p[i])) continue;
        if (v > (INT32_MAX - 9) / 10) return INT32_MAX;
        v = v * 10 + (s.p[i] - '0');
    }
    return v;
}

/* Digits at `from`, with groups of three behind commas. */
static size_t digits_end(const struct scan *s, size_t from) {
    size_t i = from;
    while (i < s->text.n && is_digit(s->text.p[i])) i++;
    while (i + 3 < s->text.n && s->text.p[i] == ',' && is_digit(s->text.p[i + 1]) &&
           is_digit(s->text.p[i + 2]) && is_digit(s->text.p[i + 3]) &&
           (i + 4 == s->text.n || !is_digit(s->text.p[i + 4])))
        i += 4;
    return i;
}

static struct str part(const struct scan *s, size_t from, size_t to) {
    return (struct str){s->text.p + from, to - from};
}

/* 7/15, 7/15/2025, 2025-07-15. Returns the end, or 0 when it is none of them. Whole dates come out as TOK_DATE with year, month and day in
 * a (yyyymmdd) for when_join to turn into days. */
static size_t slashed(struct scan *s, size_t from) {
    size_t e1 = digits_end(s, from);
    char sep = e1 < s->text.n ? s->text.p[e1] : 0;
    if ((sep != '/' && sep != '-') || e1 + 1 >= s->text.n || !is_digit(s->text.p[e1 + 1])) return 0;
    size_t e2 = digits_end(s, e1 + 1);
    int32_t a = digits_value(part(s, from, e1)), b = digits_value(part(s, e1 + 1, e2));
    bool third = e2 + 1 < s->text.n && s->text.p[e2] == sep && is_digit(s->text.p[e2 + 1]);
    struct token *t;
    if (third) {
        size_t e3 = digits_end(s, e2 + 1);
        int32_t c = digits_value(part(s, e2 + 1, e3)), y = sep == '-' ? a : c < 100 ? 2000 + c : c;
        int32_t m = sep == '-' ? b : a, d = sep == '-' ? c : b;
        if (y < 1900 || y > 2200 || !date_valid((struct date){y, m, d})) return 0;
        if ((t = add(s, TOK_DATE, from, e3))) t->a = y * 10000 + m * 100 + d;
        return e3;
    }
    if (sep == '-' || a > 99 || b > 99 || e2 - from > 5) return 0;
    if ((t = add(s, TOK_PAIR, from, e2))) t->a = a, t->b = b;
    return e2;
}

/* What is glued to a number: 3rd, 5pm, 450k, 2br. Returns the end of what belongs to the number. */
static size_t number_tail(const struct scan *s, size_t end, struct token *t) {
    static const struct {
        const char *tail;
        uint8_t flag;
    } tails[] = {{"st", TOK_ORDINAL}, {"nd", TOK_ORDINAL},  {"rd", TOK_ORDINAL}, {"th", TOK_ORDINAL},
                 {"ro", TOK_ORDINAL}, {"ero", TOK_ORDINAL}, {"am", TOK_CLOCK},   {"pm", TOK_CLOCK},
                 {"k", TOK_MONEY},    {"m", TOK_MONEY},     {"mil", TOK_MONEY},  {"h", TOK_CLOCK}};
    size_t w = word_end(s, end);
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        if (!str_eq_ci(part(s, end, w), str_of(tails[i].tail))) continue;
        if (t) t->flags |= tails[i].flag;
        return w;
    }
    return end;
}

static void read_number(struct scan *s) {
    size_t from = s->at, end = digits_end(s, from);
    size_t dated = s->money ? 0 : slashed(s, from);
    if (dated) {
        s->at = dated;
        return;
    }
    /* 2morrow, 1br: the lexicon may know the whole as a word */
    size_t w = word_end(s, from);
    char folded[LEX_MAX_WORD];
    size_t n;
    if (w > end && token_fold(part(s, from, w), folded, &n) && lexicon_find(s->l, (struct str){folded, n})) {
        add_word(s, from, w);
        s->at = w;
        return;
    }
    struct token *t = add(s, TOK_NUMBER, from, end);
    if (t) t->a = digits_value(part(s, from, end));
    char c = end < s->text.n ? s->text.p[end] : 0;
    if ((c == '.' || c == ':') && end + 1 < s->text.n && is_digit(s->text.p[end + 1])) { /* 2.5, 5:30 */
        if (t && c == ':') t->flags |= TOK_CLOCK;
        end = digits_end(s, end + 1);
    }
    if (t && s->money) t->flags |= TOK_MONEY;
    if (t && from > 0 && s->text.p[from - 1] == '-' && from > 1 && is_digit(s->text.p[from - 2]))
        t->flags |= TOK_RANGE;
    end = number_tail(s, end, t);
    if (end < s->text.n && s->text.p[end] == '%') {
        if (t) t->flags |= TOK_PERCENT;
        end++;
    }
    if (t) t->to = (uint32_t)end;
    s->at = end;
}

/* "a.s.a.p.", "e-mail": letters that belong together although something stands between. Returns the end, 0 when it is no such thing. */
static size_t joined(const struct scan *s, size_t from, char *out, size_t *out_n) {
    size_t i = from, n = 0;
    const struct str *t = &s->text;
    while (i + 1 < t->n && ascii_letter(t->p[i]) && t->p[i + 1] == '.' && n < LEX_MAX_WORD) {
        out[n++] = (char)(t->p[i] | 32);
        i += 2;
    }
    if (n >= 2 && i < t->n && ascii_letter(t->p[i]) && n < LEX_MAX_WORD && word_end(s, i) == i + 1)
        out[n++] = (char)(t->p[i++] | 32);
    if (n >= 3) {
        *out_n = n;
        return i;
    }
    if (from + 2 >= t->n || !ascii_letter(t->p[from]) || t->p[from + 1] != '-' ||
        !ascii_letter(t->p[from + 2]))
        return 0;
    size_t end = word_end(s, from + 2), rest;
    char folded[LEX_MAX_WORD];
    if (!token_fold(part(s, from + 2, end), folded, &rest) || rest + 1 > LEX_MAX_WORD) return 0;
    out[0] = (char)(t->p[from] | 32);
    memcpy(out + 1, folded, rest);
    *out_n = rest + 1;
    return end;
}

static void read_word(struct scan *s) {
    char together[LEX_MAX_WORD];
    size_t n, from = s->at, end = joined(s, from, together, &n);
    if (end) {
        struct token *t = add(s, TOK_WORD, from, end);
        if (t) t->word = lexicon_guess(s->l, (struct str){together, n});
        s->at = end;
        return;
    }
    end = word_end(s, from);
    if (end == from)
        end = from + 1; /* an apostrophe alone */
    else
        add_word(s, from, end);
    s->at = end;
}

static bool line_is(struct str line, const char *word) {
    struct str w = str_of(word);
    return line.n >= w.n && str_eq_ci(str_head(line, w.n), w);
}

static bool line_ends(struct str line, const char *word) {
    struct str w = str_of(word);
    return line.n >= w.n && str_eq_ci(str_skip(line, line.n - w.n), w);
}

/* Whether this line opens the quotation of an earlier mail, after which nothing is the sender's own. */
static bool opens_quote(struct str line) {
    line = str_trim(line);
    if ((line_is(line, "on ") && line_ends(line, "wrote:")) ||
        (line_is(line, "el ") && line_ends(line, "escribi\xc3\xb3:")))
        return true;
    return line_is(line, "-----original message") || line_is(line, "---- original message") ||
           line_is(line, "________________");
}

/* Whether the next line with something in it is a quoted one. */
static bool quoted_next(struct str rest) {
    struct str line;
    while (rest.n && str_cut(&rest, '\n', &line)) {
        line = str_trim(line);
        if (line.n) return line.p[0] == '>';
    }
    return false;
}

/* At the beginning of a line: passes over what is not the sender's own. Behind a line that opens a quotation all is quoted, unless each line
 * of it is marked: then own words may follow. */
static void skip_quotes(struct scan *s) {
    while (s->at < s->text.n) {
        struct str rest = str_skip(s->text, s->at), line;
        str_cut(&rest, '\n', &line);
        bool opens = opens_quote(line), marked = opens && quoted_next(rest);
        if (s->at > 0 && ((opens && !marked) || str_is(line, "-- ") || str_is(line, "--"))) {
            s->at = s->text.n;
            return;
        }
        struct str own = str_trim(line);
        if (!opens && (!own.n || own.p[0] != '>')) return;
        s->at += line.n + 1;
        if (s->at > s->text.n) s->at = s->text.n;
    }
}

/* Whether the word before is one that is written with a full stop: Mr. */
static bool abbreviated(const struct scan *s) {
    const struct token *last = &s->out[s->n - 1];
    return last->kind == TOK_WORD && last->to == s->at - 1 &&
           lexicon_in(s->l, last->word, s->l->abbreviation);
}

static void read_mark(struct scan *s) {
    size_t from = s->at;
    char c = s->text.p[from], next = peek(s, 1);
    s->at++;
    switch (c) {
    case '\n':
        add_end(s, TOK_LINE, from);
        skip_quotes(s);
        break;
    case '?': add_end(s, TOK_ASK, from); break;
    case '!':
    case ';': add_end(s, TOK_STOP, from); break;
    case '.':
        if (!ascii_letter(next) && !abbreviated(s)) add_end(s, TOK_STOP, from); /* "example.com" goes on */
        break;
    case ':':
        if (s->out[s->n - 1].kind == TOK_WORD || s->out[s->n - 1].kind == TOK_NUMBER)
            add(s, TOK_COLON, from, s->at);
        break;
    case ',':
        if (s->out[s->n - 1].kind == TOK_WORD || s->out[s->n - 1].kind >= TOK_NUMBER) {
            if (!token_ends_sentence(&s->out[s->n - 1]) && s->out[s->n - 1].kind != TOK_COMMA)
                add(s, TOK_COMMA, from, s->at);
        }
        break;
    case '&': {
        struct token *t = add(s, TOK_WORD, from, s->at);
        if (t) t->word = lexicon_find(s->l, STR("and"));
        break;
    }
    default: break;
    }
    s->money = c == '$';
}

size_t token_read(const struct lexicon *l, struct str text, struct token *out, size_t cap) {
    assert(cap >= 3);
    struct scan s = {.l = l, .text = text, .out = out, .cap = cap};
    add(&s, TOK_BEGIN, 0, 0);
    skip_quotes(&s);
    while (s.at < text.n && s.n + 1 < cap) {
        char c = text.p[s.at];
        if (is_digit(c)) {
            read_number(&s);
            s.money = false;
            continue;
        }
        uint32_t cp;
        size_t len = utf8_next(str_skip(text, s.at), &cp, NULL);
        enum class k = class_of(cp);
        if (k == IS_LETTER || k == IS_APOSTROPHE) {
            read_word(&s);
            s.money = false;
        } else if (len == 1 && cp < 0x80) {
            read_mark(&s);
        } else {
            s.at += len;
        }
    }
    out[s.n] = (struct token){.kind = TOK_END, .from = (uint32_t)text.n, .to = (uint32_t)text.n};
    return s.n + 1;
}
