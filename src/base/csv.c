/* CSV rows. See csv.h. */
#include "base/csv.h"

#include <assert.h>
#include <stdio.h>

#include "base/utf8.h"

void csv_init(struct csv *c, struct str text, char separator) {
    assert(separator != '"' && separator != '\r' && separator != '\n');
    if (str_starts(text, STR("\xef\xbb\xbf"))) text = str_skip(text, 3);
    *c = (struct csv){.rest = text, .separator = separator, .next_line = 1};
}

static int refuse(const struct csv *c, size_t column, enum err_kind kind, const char *what, struct err *e) {
    char where[64];
    snprintf(where, sizeof where, "row %zu, column %zu", c->row, column);
    return err_set(e, kind, where, "%s", what);
}

/* Steps over one line end, if there is one. */
static bool take_line_end(struct csv *c) {
    if (!c->rest.n || (c->rest.p[0] != '\r' && c->rest.p[0] != '\n')) return false;
    bool two = c->rest.p[0] == '\r' && c->rest.n > 1 && c->rest.p[1] == '\n';
    c->rest = str_skip(c->rest, two ? 2 : 1);
    c->next_line++;
    return true;
}

static void skip_line(struct csv *c) {
    while (c->rest.n && c->rest.p[0] != '\r' && c->rest.p[0] != '\n') c->rest = str_skip(c->rest, 1);
    take_line_end(c);
}

static size_t count_line_ends(struct str s) {
    size_t count = 0;
    for (size_t i = 0; i < s.n; i++)
        count += s.p[i] == '\n' || (s.p[i] == '\r' && !(i + 1 < s.n && s.p[i + 1] == '\n'));
    return count;
}

static bool without_doubles(struct arena *a, struct str raw, size_t doubles, struct str *out) {
    char *p = arena_alloc(a, raw.n - doubles + 1);
    if (!p) return false;
    *out = (struct str){p, raw.n - doubles};
    for (size_t i = 0; i < raw.n; i++) {
        *p++ = raw.p[i];
        i += raw.p[i] == '"';
    }
    return true;
}

/* rest begins with a quote. NULL, or what is wrong (then rest has not moved). */
static const char *take_quoted(struct csv *c, struct arena *a, struct str *out) {
    const char *p = c->rest.p;
    size_t n = c->rest.n, at = 1, doubles = 0;
    for (;; at += 2, doubles++) {
        const char *quote = memchr(p + at, '"', n - at);
        if (!quote) return "a quote opens here and is never closed";
        at = (size_t)(quote - p);
        if (at + 1 == n || p[at + 1] != '"') break;
    }
    char behind = at + 1 < n ? p[at + 1] : '\n';
    if (behind != c->separator && behind != '\r' && behind != '\n')
        return "text behind a closing quote; a quote inside a quoted cell is written twice";
    struct str raw = {p + 1, at - 1};
    *out = raw;
    if (doubles && raw.n - doubles <= CSV_MAX_CELL && !without_doubles(a, raw, doubles, out)) return "";
    c->next_line += count_line_ends(raw);
    c->rest = str_skip(c->rest, at + 1);
    return NULL;
}

static const char *take_unquoted(struct csv *c, struct str *out) {
    size_t n = 0;
    for (; n < c->rest.n; n++) {
        char ch = c->rest.p[n];
        if (ch == c->separator || ch == '\r' || ch == '\n') break;
        if (ch == '"') return "a quote inside a cell that does not begin with one";
    }
    *out = str_head(c->rest, n);
    c->rest = str_skip(c->rest, n);
    return NULL;
}

static int take_cell(struct csv *c, struct arena *a, size_t column, struct str *out, struct err *e) {
    bool quoted = c->rest.n && c->rest.p[0] == '"';
    const char *wrong = quoted ? take_quoted(c, a, out) : take_unquoted(c, out);
    if (wrong && !*wrong) return arena_check(a, "", e);
    if (wrong) return refuse(c, column, ERR_SYNTAX, wrong, e);
    if (out->n > CSV_MAX_CELL)
        return refuse(c, column, ERR_TOO_LARGE, "a cell is longer than 65,536 bytes", e);
    if (out->n && memchr(out->p, 0, out->n)) return refuse(c, column, ERR_SYNTAX, "holds a zero byte", e);
    if (!utf8_valid(*out))
        return refuse(c, column, ERR_SYNTAX, "is not UTF-8; save the file as CSV UTF-8", e);
    return 0;
}

static int take_row(struct csv *c, struct arena *a, struct csv_row *out, struct err *e) {
    struct str cells[CSV_MAX_COLUMNS];
    size_t n = 0;
    for (;;) {
        if (n == CSV_MAX_COLUMNS) return refuse(c, n + 1, ERR_TOO_LARGE, "more than 512 columns", e);
        if (take_cell(c, a, n + 1, &cells[n], e)) return -1;
        n++;
        if (!c->rest.n || c->rest.p[0] != c->separator) break;
        c->rest = str_skip(c->rest, 1);
    }
    struct str *kept = ARENA_ARRAY(a, n, struct str);
    if (!kept) return arena_check(a, "", e);
    memcpy(kept, cells, n * sizeof *kept);
    *out = (struct csv_row){kept, n};
    return 0;
}

int csv_next(struct csv *c, struct arena *a, struct csv_row *out, struct err *e) {
    while (take_line_end(c)) {
    } /* empty lines */
    if (!c->rest.n) return 0;
    c->row++;
    c->line = c->next_line;
    if (take_row(c, a, out, e)) {
        skip_line(c);
        return -1;
    }
    take_line_end(c);
    return 1;
}
