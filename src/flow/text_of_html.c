/* From an HTML mail body to what the person wrote. See decode.h.
 *
 * Not a browser: the text decides about urgency and opt-outs, so what counts is that words come out in order, that
 * words of ours which the mail program quoted do not come back as the lead's, and that no input costs more than
 * linear work. Tags are read with quotes respected until the first quote that never closes; from then on quotes
 * mean nothing. A '<' that opens no tag is a character.
 *
 * Quotes: elements that mail programs mark as quoted (blockquote with a cite or quote mark, Yahoo's container,
 * the line that introduces a quote) are hidden and leave a line ">", so that the text pass (text_quotes.c) treats
 * HTML and plain mail alike. (IN-1, IN-5) */
#include "flow/decode_in.h"

#include "base/utf8.h"

enum break_kind { BREAK_NONE, BREAK_SPACE, BREAK_LINE, BREAK_PARAGRAPH, BREAK_ITEM, BREAK_HIDDEN };

static const struct {
    const char *name;
    enum break_kind at; /* what the tag, opening or closing, stands for in text */
} tags[] = {
    {"a", BREAK_NONE},          {"address", BREAK_LINE}, {"article", BREAK_LINE},  {"b", BREAK_NONE},
    {"blockquote", BREAK_LINE}, {"body", BREAK_LINE},    {"br", BREAK_LINE},       {"center", BREAK_LINE},
    {"div", BREAK_LINE},        {"em", BREAK_NONE},      {"font", BREAK_NONE},     {"footer", BREAK_LINE},
    {"h1", BREAK_PARAGRAPH},    {"h2", BREAK_PARAGRAPH}, {"h3", BREAK_PARAGRAPH},  {"h4", BREAK_PARAGRAPH},
    {"h5", BREAK_PARAGRAPH},    {"h6", BREAK_PARAGRAPH}, {"head", BREAK_NONE},     {"header", BREAK_LINE},
    {"hr", BREAK_LINE},         {"html", BREAK_NONE},    {"i", BREAK_NONE},        {"img", BREAK_NONE},
    {"li", BREAK_ITEM},         {"ol", BREAK_LINE},      {"p", BREAK_PARAGRAPH},   {"pre", BREAK_LINE},
    {"script", BREAK_HIDDEN},   {"section", BREAK_LINE}, {"span", BREAK_NONE},     {"strong", BREAK_NONE},
    {"style", BREAK_HIDDEN},    {"table", BREAK_LINE},   {"tbody", BREAK_NONE},    {"td", BREAK_SPACE},
    {"template", BREAK_HIDDEN}, {"th", BREAK_SPACE},     {"title", BREAK_HIDDEN},  {"tr", BREAK_LINE},
    {"u", BREAK_NONE},          {"ul", BREAK_LINE},      {"userid", BREAK_HIDDEN},
};
enum { TAGS = sizeof tags / sizeof *tags };

struct tag {
    struct str name, attributes;
    bool closing;
};

struct html {
    struct str rest;
    struct buf *out;
    int lines;              /* line ends owed before the next character: 0, 1, 2 */
    bool space, item;       /* a space, a list mark owed */
    bool no_quotes, no_end; /* an unclosed quote, no '>' any more: seen */
    struct str hiding;      /* name of the element being hidden; STR_NONE: none */
    int depth;              /* of that element within itself */
};

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int tag_row(struct str name) {
    for (int i = 0; i < TAGS; i++)
        if (str_eq_ci(name, str_of(tags[i].name))) return i;
    return -1;
}

/* ---- writing ---- */

static void owe_lines(struct html *h, int lines) {
    if (h->hiding.p) return;
    if (lines > h->lines) h->lines = lines;
}

static void emit(struct html *h, const char *p, size_t n) {
    if (h->hiding.p) return;
    if (h->out->n) {
        for (int i = 0; i < h->lines; i++) buf_c(h->out, '\n');
        if (!h->lines && h->space) buf_c(h->out, ' ');
    }
    if (h->item) buf_z(h->out, "- ");
    h->lines = 0;
    h->space = h->item = false;
    buf_add(h->out, p, n);
}

static void mark_line(struct html *h, const char *mark) {
    owe_lines(h, 1);
    h->item = false;
    emit(h, mark, strlen(mark));
    owe_lines(h, 1);
}

/* ---- entities ---- */

static const struct {
    const char *name;
    uint32_t code;
} entities[] = {
    {"amp", '&'},      {"lt", '<'},       {"gt", '>'},       {"quot", '"'},      {"apos", '\''},
    {"nbsp", ' '},     {"aacute", 0xe1},  {"eacute", 0xe9},  {"iacute", 0xed},   {"oacute", 0xf3},
    {"uacute", 0xfa},  {"ntilde", 0xf1},  {"uuml", 0xfc},    {"Aacute", 0xc1},   {"Eacute", 0xc9},
    {"Iacute", 0xcd},  {"Oacute", 0xd3},  {"Uacute", 0xda},  {"Ntilde", 0xd1},   {"Uuml", 0xdc},
    {"iquest", 0xbf},  {"iexcl", 0xa1},   {"agrave", 0xe0},  {"egrave", 0xe8},   {"ccedil", 0xe7},
    {"ouml", 0xf6},    {"auml", 0xe4},    {"rsquo", 0x2019}, {"lsquo", 0x2018},  {"rdquo", 0x201d},
    {"ldquo", 0x201c}, {"ndash", 0x2013}, {"mdash", 0x2014}, {"hellip", 0x2026}, {"bull", 0x2022},
    {"middot", 0xb7},  {"copy", 0xa9},    {"reg", 0xae},     {"trade", 0x2122},  {"euro", 0x20ac},
    {"pound", 0xa3},   {"cent", 0xa2},    {"deg", 0xb0},     {"laquo", 0xab},    {"raquo", 0xbb},
    {"times", 0xd7},   {"frac12", 0xbd},  {"ensp", ' '},     {"emsp", ' '},      {"thinsp", ' '},
    {"shy", 0},        {"zwnj", 0},       {"zwj", 0},
};

/* What mail programs of Windows mean by the numbers 128 to 159. */
static const uint16_t windows[32] = {
    0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178,
};

static int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* The length of "#123;" and its code point, or 0. */
static size_t number_entity(struct str s, uint32_t *out) {
    size_t i = 1;
    int base = 10;
    if (i < s.n && (s.p[i] == 'x' || s.p[i] == 'X')) base = 16, i++;
    size_t from = i;
    uint32_t v = 0;
    while (i < s.n && i - from < 8 && digit_of(s.p[i]) < base)
        v = v * (uint32_t)base + (uint32_t)digit_of(s.p[i++]);
    if (i == from || i >= s.n || s.p[i] != ';') return 0;
    *out = v >= 128 && v < 160 ? windows[v - 128] : v;
    return i + 1;
}

/* s begins behind '&'. The length taken, or 0: no entity. *out 0: nothing to show. */
static size_t entity(struct str s, uint32_t *out) {
    if (s.n && s.p[0] == '#') return number_entity(s, out);
    size_t n = 0;
    while (n < s.n && n < 10 && (is_letter(s.p[n]) || (s.p[n] >= '0' && s.p[n] <= '9'))) n++;
    if (n >= s.n || s.p[n] != ';') return 0;
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
        if (!str_is(str_head(s, n), entities[i].name)) continue;
        *out = entities[i].code;
        return n + 1;
    }
    return 0;
}

static void take_entity(struct html *h) {
    uint32_t code = 0;
    size_t n = entity(str_skip(h->rest, 1), &code);
    if (!n) {
        emit(h, "&", 1);
        h->rest = str_skip(h->rest, 1);
        return;
    }
    h->rest = str_skip(h->rest, n + 1);
    if (code == 0xa0 || code == ' ' || (code >= '\t' && code <= '\r'))
        h->space = true;
    else if (code >= 0x20 && !(code >= 0x200b && code <= 0x200d) && code != 0xfeff && code != 0xad) {
        char utf8[4];
        size_t len = utf8_encode(code, utf8);
        emit(h, utf8, len);
    }
}

/* ---- tags ---- */

/* The offset of the '>' that ends the tag at rest[0], or -1: this '<' is a character. */
static ptrdiff_t tag_end(struct html *h) {
    if (h->no_end) return -1;
    const char *p = h->rest.p;
    size_t n = h->rest.n;
    char quote = 0;
    for (size_t i = 1; i < n; i++) {
        char c = p[i];
        if (quote) {
            if (c == quote) quote = 0;
        } else if ((c == '"' || c == '\'') && !h->no_quotes && p[i - 1] == '=') {
            quote = c;
        } else if (c == '>') {
            return (ptrdiff_t)i;
        } else if (c == '<') {
            return -1;
        }
    }
    if (quote) {
        h->no_quotes = true;
        return tag_end(h); /* once: quotes mean nothing from here on */
    }
    h->no_end = true;
    return -1;
}

static bool read_tag(struct html *h, struct tag *out) {
    bool closing = h->rest.n > 1 && h->rest.p[1] == '/';
    size_t from = closing ? 2 : 1, i = from;
    if (h->rest.n <= from || !is_letter(h->rest.p[from])) return false;
    ptrdiff_t end = tag_end(h);
    if (end < 0) return false;
    while (i < (size_t)end && !is_space(h->rest.p[i]) && h->rest.p[i] != '/') i++;
    out->name = (struct str){h->rest.p + from, i - from};
    out->attributes = (struct str){h->rest.p + i, (size_t)end - i};
    out->closing = closing;
    h->rest = str_skip(h->rest, (size_t)end + 1);
    return true;
}

/* Steps over the content of an element that shows nothing. Its end missing: over the rest, as a browser would. */
static void skip_content(struct html *h, struct str name) {
    for (; h->rest.n; h->rest = str_skip(h->rest, 1)) {
        const char *p = memchr(h->rest.p, '<', h->rest.n);
        h->rest = str_skip(h->rest, p ? (size_t)(p - h->rest.p) : h->rest.n);
        if (h->rest.n > name.n + 1 && h->rest.p[1] == '/' &&
            str_eq_ci(str_head(str_skip(h->rest, 2), name.n), name))
            return; /* the closing tag itself is read as any tag */
    }
}

/* A run of attributes longer than any mark is not looked through further. */
static bool marked(const struct tag *t, const char *const *marks) {
    struct str look = str_head(t->attributes, 2000);
    for (; *marks; marks++)
        if (in_has(look, str_of(*marks))) return true;
    return false;
}

static bool starts_quote(const struct tag *t) {
    static const char *const cite[] = {"cite", "quote", NULL};
    static const char *const box[] = {"yahoo_quoted", "moz-cite-prefix", "gmail_attr", NULL};
    if (str_eq_ci(t->name, STR("blockquote"))) return marked(t, cite);
    return str_eq_ci(t->name, STR("div")) && marked(t, box);
}

static bool within_hidden(struct html *h, const struct tag *t) {
    if (!h->hiding.p) return false;
    if (!str_eq_ci(t->name, h->hiding)) return true;
    h->depth += t->closing ? -1 : 1;
    if (h->depth > 0) return true;
    h->hiding = STR_NONE;
    owe_lines(h, 1);
    return true;
}

static void apply_tag(struct html *h, const struct tag *t) {
    static const char *const outlook[] = {"divRplyFwdMsg", NULL};
    int row = tag_row(t->name);
    enum break_kind at = row < 0 ? BREAK_NONE : tags[row].at;
    if (at == BREAK_HIDDEN && !t->closing) skip_content(h, t->name);
    if (within_hidden(h, t)) return;
    if (!t->closing && starts_quote(t)) {
        mark_line(h, ">");
        h->hiding = t->name;
        h->depth = 1;
        return;
    }
    if (!t->closing && str_eq_ci(t->name, STR("div")) && marked(t, outlook))
        mark_line(h, "-----Original Message-----");
    switch (at) {
    case BREAK_SPACE: h->space = true; return;
    case BREAK_LINE: owe_lines(h, str_eq_ci(t->name, STR("br")) && h->lines ? 2 : 1); return;
    case BREAK_PARAGRAPH: owe_lines(h, 2); return;
    case BREAK_ITEM:
        owe_lines(h, 1);
        if (!t->closing && !h->hiding.p) h->item = true;
        return;
    case BREAK_NONE:
    case BREAK_HIDDEN: return;
    }
}

/* "<!-- -->", "<!doctype>", "<?xml?>". */
static bool take_declaration(struct html *h) {
    if (h->rest.n < 2 || (h->rest.p[1] != '!' && h->rest.p[1] != '?')) return false;
    bool comment = str_starts(h->rest, STR("<!--"));
    struct str end = comment ? STR("-->") : STR(">");
    struct str inside = str_skip(h->rest, 2);
    ptrdiff_t at = str_find(inside, end);
    h->rest = at < 0 ? str_skip(h->rest, h->rest.n) : str_skip(inside, (size_t)at + end.n);
    return true;
}

static void take(struct html *h) {
    char c = h->rest.p[0];
    struct tag t;
    if (c == '<') {
        if (take_declaration(h)) return;
        if (read_tag(h, &t)) {
            apply_tag(h, &t);
            return;
        }
    }
    if (c == '&') {
        take_entity(h);
        return;
    }
    size_t n = 1;
    if (is_space(c)) {
        h->space = true;
    } else { /* a run of plain characters at once */
        while (n < h->rest.n && !is_space(h->rest.p[n]) && h->rest.p[n] != '<' && h->rest.p[n] != '&') n++;
        emit(h, h->rest.p, n);
    }
    h->rest = str_skip(h->rest, n);
}

struct str text_of_html(struct arena *a, struct str html) {
    BUF_AUTO out;
    buf_init(&out, 2 * html.n + 64);
    struct html h = {.rest = html, .out = &out};
    while (h.rest.n) take(&h);
    return text_without_quotes(a, buf_str(&out));
}

bool text_is_html(struct str text) {
    for (const char *p; text.n && (p = memchr(text.p, '<', text.n));) {
        text = str_skip(text, (size_t)(p - text.p) + 1);
        size_t from = text.n && text.p[0] == '/', n = from;
        while (n < text.n && n < 12 &&
               (is_letter(text.p[n]) || (n > from && text.p[n] >= '1' && text.p[n] <= '6')))
            n++;
        if (n < text.n && (is_space(text.p[n]) || text.p[n] == '>' || text.p[n] == '/') &&
            tag_row((struct str){text.p + from, n - from}) >= 0)
            return true;
    }
    return false;
}
