/* Message templates. See template.h.
 *
 * One scanner gives check and render the same idea of what a tag is, so that a text that passed the check has
 * no surprises when it is sent. Rendering is one pass from left to right: a value is copied and never looked
 * at again, so that a lead named "{{brokerage}}" stays just that. A template can choose between words by
 * whether a value is there, and that is all it can do: who writes one needs no programming and can break
 * nothing. (TEXT-2) */
#include "engine/template.h"

#include "base/utf8.h"
#include "engine/words.h"

enum tag_kind { TAG_VALUE, TAG_SHOW, TAG_HIDE, TAG_CLOSE, TAG_BAD };

struct tag {
    enum tag_kind kind;
    struct str name;
    const char *wrong; /* TAG_BAD: why */
    size_t from, to;   /* bytes of the text, braces included */
};

static bool name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static bool name_valid(struct str s) {
    if (s.n == 0 || s.n > 40) return false;
    for (size_t i = 0; i < s.n; i++)
        if (!name_char(s.p[i])) return false;
    return true;
}

/* The next tag at or after `at`; false when there is none. */
static bool next_tag(struct str text, size_t at, struct tag *out) {
    ptrdiff_t open = str_find(str_skip(text, at), STR("{{"));
    if (open < 0) return false;
    size_t from = at + (size_t)open;
    struct str rest = str_skip(text, from + 2);
    ptrdiff_t close = str_find(rest, STR("}}"));
    if (close < 0) {
        *out =
            (struct tag){TAG_BAD, STR_NONE, "a tag begins with {{ and is never closed with }}", from, text.n};
        return true;
    }
    struct str inner = str_trim(str_head(rest, (size_t)close));
    enum tag_kind kind = TAG_VALUE;
    if (inner.n && inner.p[0] == '#') kind = TAG_SHOW;
    if (inner.n && inner.p[0] == '^') kind = TAG_HIDE;
    if (inner.n && inner.p[0] == '/') kind = TAG_CLOSE;
    if (kind != TAG_VALUE) inner = str_trim(str_skip(inner, 1));
    *out = (struct tag){kind, inner, NULL, from, from + 2 + (size_t)close + 2};
    if (!name_valid(inner)) {
        out->kind = TAG_BAD;
        out->wrong = "a tag holds one name of a to z, 0 to 9 and _, as in {{first_name}}";
    }
    return true;
}

/* ---- checking ---- */

struct place { /* where an error is: "line 3" */
    char z[32];
};

static struct place line_at(struct str text, size_t at) {
    size_t line = 1;
    for (size_t i = 0; i < at && i < text.n; i++) line += text.p[i] == '\n';
    struct place p;
    snprintf(p.z, sizeof p.z, "line %zu", line);
    return p;
}

static int wrong_tag(struct str text, const struct tag *t, const char *what, struct err *e) {
    return err_set(e, ERR_INVALID, line_at(text, t->from).z, "\"%.*s\" %s", STR_FMT(t->name), what);
}

static bool is_known(struct str name, const char *const *known) {
    for (; *known; known++)
        if (str_is(name, *known)) return true;
    return false;
}

struct sections {
    size_t depth;
    struct tag open[TEMPLATE_DEPTH];
};

static int check_tag(struct str text, const struct tag *t, struct sections *s, struct err *e) {
    if (t->kind == TAG_SHOW || t->kind == TAG_HIDE) {
        if (s->depth == TEMPLATE_DEPTH) return wrong_tag(text, t, "opens one section too deep", e);
        s->open[s->depth++] = *t;
    } else if (t->kind == TAG_CLOSE) {
        if (s->depth == 0) return wrong_tag(text, t, "is closed here and was not open", e);
        if (!str_eq(s->open[s->depth - 1].name, t->name))
            return wrong_tag(text, t, "is closed here, but another section was opened last", e);
        s->depth--;
    }
    return 0;
}

int template_check(struct str text, const char *const *known, struct err *e) {
    if (text.n > TEMPLATE_MAX)
        return err_set(e, ERR_TOO_LARGE, "", "a template has at most %d bytes", TEMPLATE_MAX);
    if (!utf8_valid(text)) return err_set(e, ERR_INVALID, "", "a template is UTF-8 text");
    struct sections open = {0};
    struct tag t;
    for (size_t at = 0; next_tag(text, at, &t); at = t.to) {
        if (t.kind == TAG_BAD) return err_set(e, ERR_INVALID, line_at(text, t.from).z, "%s", t.wrong);
        if (!is_known(t.name, known)) return wrong_tag(text, &t, "is no field that may stand here", e);
        if (check_tag(text, &t, &open, e)) return -1;
    }
    if (open.depth) return wrong_tag(text, &open.open[open.depth - 1], "is opened and never closed", e);
    return 0;
}

/* ---- rendering ---- */

static struct str value_of(struct str name, const struct template_field *fields, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (str_is(name, fields[i].name)) return fields[i].value;
    return STR_NONE;
}

static void add_code_point(uint32_t cp, bool html, struct buf *out) {
    if (words_turn(cp)) return;
    if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0)) cp = ' ';
    if (html && cp == '&') return buf_z(out, "&amp;");
    if (html && cp == '<') return buf_z(out, "&lt;");
    if (html && cp == '>') return buf_z(out, "&gt;");
    if (html && cp == '"') return buf_z(out, "&quot;");
    if (html && cp == '\'') return buf_z(out, "&#39;");
    char bytes[4];
    buf_add(out, bytes, utf8_encode(cp, bytes));
}

static void add_value(struct str value, bool html, struct buf *out) {
    while (value.n) {
        uint32_t cp;
        size_t step = utf8_next(value, &cp, NULL);
        add_code_point(cp, html, out);
        value = str_skip(value, step);
    }
}

/* Whether a tag is a section's edge, and if so what it does to the visibility of what follows. `hidden`
 * counts the open sections from the first one that is not shown. */
static bool section_edge(const struct tag *t, struct str value, size_t *hidden) {
    if (t->kind == TAG_CLOSE) {
        if (*hidden) (*hidden)--;
        return true;
    }
    if (t->kind != TAG_SHOW && t->kind != TAG_HIDE) return false;
    bool shown = (t->kind == TAG_SHOW) == (value.n > 0);
    if (*hidden || !shown) (*hidden)++;
    return true;
}

void template_render(struct str text, const struct template_field *fields, size_t n, bool html,
                     struct buf *out) {
    size_t at = 0, hidden = 0;
    struct tag t;
    for (; next_tag(text, at, &t); at = t.to) {
        if (!hidden) buf_add(out, text.p + at, t.from - at);
        struct str value = t.kind == TAG_BAD ? STR_NONE : value_of(t.name, fields, n);
        if (section_edge(&t, value, &hidden) || hidden) continue;
        if (t.kind == TAG_BAD)
            buf_add(out, text.p + t.from, t.to - t.from);
        else
            add_value(value, html, out);
    }
    if (!hidden) buf_str_add(out, str_skip(text, at));
}

/* ---- files ---- */

/* "key: value" with a key that template files know; NULL: something else */
static struct str *header_slot(struct template_file *f, struct str line, struct str *out_value) {
    struct str key;
    struct str rest = line;
    if (!str_cut(&rest, ':', &key) || !str_given(rest)) return NULL;
    *out_value = str_trim(rest);
    if (str_is(key, "subject")) return &f->subject;
    if (str_is(key, "description")) return &f->description;
    return NULL;
}

static struct str trim_end(struct str s) {
    while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r' || s.p[s.n - 1] == ' ')) s.n--;
    return s;
}

int template_read(struct str file, struct template_file *out, struct err *e) {
    struct template_file f = {0};
    struct str rest = file, line, value;
    while (str_cut(&rest, '\n', &line)) {
        struct place here = line_at(file, (size_t)(line.p - file.p));
        line = trim_end(line);
        if (line.n == 0) break;
        struct str *slot = header_slot(&f, line, &value);
        if (!slot)
            return err_set(e, ERR_INVALID, here.z,
                           "expected \"subject: ...\", \"description: ...\" or a blank line");
        if (str_given(*slot)) return err_set(e, ERR_INVALID, here.z, "this line is there twice");
        *slot = value;
    }
    f.body = trim_end(rest);
    if (f.body.n == 0)
        return err_set(e, ERR_INVALID, line_at(file, file.n).z,
                       "the text is missing: a blank line, then the text");
    *out = f;
    return 0;
}

struct str template_body(struct str text) {
    struct template_file f = {0};
    struct str first, value, rest = text;
    if (!str_cut(&rest, '\n', &first) || !header_slot(&f, first, &value)) return trim_end(text);
    if (template_read(text, &f, NULL)) return (struct str){"", 0};
    return f.body;
}
