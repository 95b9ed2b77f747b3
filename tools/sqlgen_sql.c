/* SQL as far as the generator needs it: tokens, tables of the schema, the tenant gate, texts for both
 * databases. */
#include "sqlgen.h"

#include <assert.h>
#include <stdlib.h>
#include <strings.h>

static bool is_word_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c & 0x80;
}
static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool word_is(const struct token *t, const char *word) {
    return t->kind == T_WORD && str_eq_ci(t->text, str_of(word));
}
static bool punct_is(const struct token *t, char c) {
    return t->kind == T_PUNCT && t->text.n == 1 && t->text.p[0] == c;
}
static bool is_name(const struct token *t) {
    return t->kind == T_WORD || t->kind == T_QUOTED;
}

/* ---- tokens ---- */

struct scan {
    struct gen *g;
    const char *file;
    struct str s;
    size_t at;
    int line;
};

static char peek(const struct scan *c, size_t ahead) {
    return c->at + ahead < c->s.n ? c->s.p[c->at + ahead] : '\0';
}

static void step(struct scan *c) {
    if (c->s.p[c->at] == '\n') c->line++;
    c->at++;
}

static bool skip_blank(struct scan *c) {
    size_t from = c->at;
    for (;;) {
        if (c->at < c->s.n && is_space(peek(c, 0))) {
            step(c);
        } else if (peek(c, 0) == '-' && peek(c, 1) == '-') {
            while (c->at < c->s.n && peek(c, 0) != '\n') step(c);
        } else if (peek(c, 0) == '/' && peek(c, 1) == '*') {
            while (c->at < c->s.n && !(peek(c, 0) == '*' && peek(c, 1) == '/')) step(c);
            for (int i = 0; i < 2 && c->at < c->s.n; i++) step(c);
        } else {
            return c->at > from;
        }
    }
}

static bool scan_quoted(struct scan *c, char quote, struct token *t) {
    step(c);
    size_t from = c->at;
    while (c->at < c->s.n && (peek(c, 0) != quote || peek(c, 1) == quote)) {
        if (peek(c, 0) == quote) step(c);
        step(c);
    }
    if (c->at >= c->s.n) {
        gen_error(c->g, c->file, t->line, "a quote is not closed");
        return false;
    }
    t->text = (struct str){c->s.p + from, c->at - from};
    step(c);
    return true;
}

static void scan_word(struct scan *c, struct token *t) {
    size_t from = c->at;
    while (c->at < c->s.n && (is_word_start(peek(c, 0)) || is_digit(peek(c, 0)))) step(c);
    t->text = (struct str){c->s.p + from, c->at - from};
}

static bool scan_token(struct scan *c, struct token *t) {
    char ch = peek(c, 0);
    if (ch == '\'' || ch == '"') {
        t->kind = ch == '"' ? T_QUOTED : T_STRING;
        return scan_quoted(c, ch, t);
    }
    if ((ch == 'x' || ch == 'X') && peek(c, 1) == '\'') {
        t->kind = T_HEX;
        step(c);
        return scan_quoted(c, '\'', t);
    }
    if (ch == ':' && is_word_start(peek(c, 1))) {
        t->kind = T_PARAM;
        step(c);
        scan_word(c, t);
        return true;
    }
    if (is_word_start(ch) || is_digit(ch)) {
        t->kind = is_digit(ch) ? T_NUMBER : T_WORD;
        scan_word(c, t);
        return true;
    }
    if (ch == '?' || ch == '$' || ch == '@' || ch == '`' || ch == '[') {
        gen_error(c->g, c->file, c->line, "'%c' is not taken here; parameters are :name, identifiers plain",
                  ch);
        return false;
    }
    t->kind = T_PUNCT;
    t->text = (struct str){c->s.p + c->at, ch == ':' && peek(c, 1) == ':' ? 2 : 1};
    for (size_t i = 0; i < t->text.n; i++) step(c);
    return true;
}

bool sql_tokens(struct gen *g, const char *file, int first_line, struct str text, struct tokens *out) {
    struct token *v = ARENA_ARRAY(&g->arena, text.n + 1, struct token);
    if (!v) abort();
    struct scan c = {g, file, text, 0, first_line};
    size_t n = 0;
    for (;;) {
        bool space = skip_blank(&c);
        v[n] = (struct token){.kind = T_END, .text = STR(""), .line = c.line, .space = space};
        if (c.at >= c.s.n) break;
        if (!scan_token(&c, &v[n])) return false;
        n++;
    }
    *out = (struct tokens){v, n};
    return true;
}

/* ---- the schema's tables ---- */

static struct table *find_table(struct gen *g, struct str name) {
    for (size_t i = g->n_tables; i-- > 0;)
        if (!g->tables[i].gone && str_eq_ci(g->tables[i].name, name)) return &g->tables[i];
    return NULL;
}

static void add_table(struct gen *g, const char *file, const struct token *name, bool tenant) {
    if (find_table(g, name->text)) {
        gen_error(g, file, name->line, "table %.*s exists already", STR_FMT(name->text));
        return;
    }
    if (g->n_tables == MAX_TABLES) {
        gen_error(g, file, name->line, "more than %d tables", MAX_TABLES);
        return;
    }
    g->tables[g->n_tables++] = (struct table){.name = name->text, .tenant = tenant};
}

/* One CREATE TABLE from its name on. Returns the number of tokens up to the statement's end. */
static size_t create_table(struct gen *g, const char *file, const struct token *t) {
    size_t i = 1, depth = 0;
    bool tenant = false, strict = false;
    for (; t[i].kind != T_END && (depth || !punct_is(&t[i], ';')); i++) {
        bool column_start = depth == 1 && (punct_is(&t[i - 1], '(') || punct_is(&t[i - 1], ','));
        if (column_start && is_name(&t[i]) && str_eq_ci(t[i].text, STR("tenant"))) tenant = true;
        if (depth == 0 && word_is(&t[i], "strict")) strict = true;
        if (punct_is(&t[i], '(')) depth++;
        if (punct_is(&t[i], ')') && depth) depth--;
    }
    if (!strict) gen_error(g, file, t->line, "table %.*s is not STRICT", STR_FMT(t->text));
    add_table(g, file, t, tenant);
    return i;
}

static void alter_table(struct gen *g, const char *file, const struct token *t) {
    struct table *table = find_table(g, t->text);
    if (!table) {
        gen_error(g, file, t->line, "no table %.*s to alter", STR_FMT(t->text));
        return;
    }
    size_t column = word_is(&t[2], "column") ? 3 : 2;
    if (word_is(&t[1], "add") && str_eq_ci(t[column].text, STR("tenant"))) table->tenant = true;
    if (word_is(&t[1], "rename") && word_is(&t[2], "to")) table->name = t[3].text;
}

static size_t skip_if(const struct token *t, const char *const *words) {
    size_t n = 0;
    while (words[n] && word_is(&t[n], words[n])) n++;
    return words[n] ? 0 : n;
}

static void refuse_words(struct gen *g, const char *file, struct tokens tokens) {
    for (size_t i = 0; i < tokens.n; i++) {
        const struct token *t = &tokens.v[i];
        if (t->kind == T_PARAM) gen_error(g, file, t->line, "a migration has no parameters");
        if (word_is(t, "deferred") || word_is(t, "deferrable"))
            gen_error(g, file, t->line,
                      "deferred keys fail at the commit, and with them every job of the group");
    }
}

void sql_schema(struct gen *g, const char *file, struct tokens tokens) {
    static const char *const if_not_exists[] = {"if", "not", "exists", NULL};
    static const char *const if_exists[] = {"if", "exists", NULL};
    refuse_words(g, file, tokens);
    for (size_t i = 0; i < tokens.n; i++) {
        const struct token *t = &tokens.v[i];
        if (i && !punct_is(t - 1, ';')) continue;
        bool create = word_is(t, "create"), table = t->kind != T_END && word_is(t + 1, "table");
        if (create && table) {
            size_t name = 2 + skip_if(t + 2, if_not_exists);
            i += name + create_table(g, file, t + name);
        } else if (create && !word_is(t + 1, "index") && !word_is(t + 1, "unique")) {
            gen_error(g, file, t->line,
                      "CREATE %.*s: only tables and indexes; the tenant gate does not see through it",
                      STR_FMT(t[1].text));
        } else if (word_is(t, "alter") && table) {
            alter_table(g, file, t + 2);
        } else if (word_is(t, "drop") && table) {
            struct table *gone = find_table(g, t[2 + skip_if(t + 2, if_exists)].text);
            if (gone) gone->gone = true;
        }
    }
}

/* ---- the gate ---- */

struct ref { /* a tenant's table where a query touches it */
    struct str table, alias;
    int line;
};
enum { MAX_REFS = 64, MAX_DEPTH = 64 };
struct level {    /* between one pair of parentheses */
    bool body;    /* SELECT, DELETE or UPDATE was seen: a FROM here names tables */
    bool in_from; /* a comma leads to a table */
    bool expect;  /* a table comes next */
};
struct gate {
    struct gen *g;
    const struct query *q;
    struct ref refs[MAX_REFS];
    size_t n_refs;
    struct level at[MAX_DEPTH];
    size_t depth;
};

static bool one_of(const struct token *t, const char *const *words) {
    for (; *words; words++)
        if (word_is(t, *words)) return true;
    return false;
}

static struct str alias_of(const struct token *t) {
    static const char *const not_alias[] = {
        "on",     "using",       "where",      "join",      "left",    "inner", "cross",   "natural",
        "full",   "right",       "outer",      "order",     "group",   "limit", "offset",  "set",
        "union",  "except",      "intersect",  "returning", "indexed", "not",   "default", "values",
        "select", "for",         "having",     "window",    "with",    "do",    "when",    "then",
        "end",    "tablesample", "overriding", NULL};
    if (word_is(t, "as")) return t[1].text;
    if (is_name(t) && !one_of(t, not_alias)) return t->text;
    return STR_NONE;
}

/* t: the table's name, maybe behind a schema's. */
static void touch(struct gate *k, const struct token *t) {
    while (is_name(t) && punct_is(t + 1, '.')) t += 2;
    if (!is_name(t)) return;
    const struct table *table = find_table(k->g, t->text);
    if (!table || !table->tenant) return;
    if (k->n_refs == MAX_REFS) {
        gen_error(k->g, k->q->file, t->line, "more than %d tables in one query", MAX_REFS);
        return;
    }
    k->refs[k->n_refs++] = (struct ref){t->text, alias_of(t + 1), t->line};
}

static void gate_word(struct gate *k, const struct token *t, const struct token *before) {
    static const char *const from_ends[] = {"where",  "group",  "order",  "having",    "limit",
                                            "set",    "union",  "except", "intersect", "returning",
                                            "window", "values", NULL};
    struct level *l = &k->at[k->depth];
    if (word_is(t, "select"))
        *l = (struct level){.body = true};
    else if (word_is(t, "from") && !(before && word_is(before, "distinct")) && l->body)
        l->in_from = l->expect = true;
    else if (word_is(t, "join"))
        l->in_from = l->expect = true;
    else if (word_is(t, "into") || (word_is(t, "in") && is_name(t + 1)))
        touch(k, t + 1);
    else if (word_is(t, "delete"))
        l->body = true;
    else if (word_is(t, "update") && !(before && (word_is(before, "do") || word_is(before, "for")))) {
        l->body = true;
        touch(k, t + (word_is(t + 1, "or") ? 3 : 1));
    } else if (one_of(t, from_ends))
        l->in_from = l->expect = false;
    else if (l->expect && !word_is(t, "lateral") && !word_is(t, "only")) {
        l->expect = false;
        touch(k, t);
    }
}

static void gate_walk(struct gate *k, struct tokens tokens) {
    for (size_t i = 0; i < tokens.n; i++) {
        const struct token *t = &tokens.v[i];
        struct level *l = &k->at[k->depth];
        if (punct_is(t, '(')) {
            if (k->depth + 1 == MAX_DEPTH) {
                gen_error(k->g, k->q->file, t->line, "more than %d parentheses deep", MAX_DEPTH);
                return;
            }
            k->at[++k->depth] = (struct level){.in_from = l->expect, .expect = l->expect};
            l->expect = false;
        } else if (punct_is(t, ')')) {
            if (k->depth) k->depth--;
        } else if (punct_is(t, ',')) {
            if (l->in_from) l->expect = true;
        } else if (t->kind == T_WORD) {
            gate_word(k, t, i ? t - 1 : NULL);
        } else if (t->kind == T_QUOTED && l->expect) {
            l->expect = false;
            touch(k, t);
        }
    }
}

static bool tied_by_name(struct tokens tokens, const struct ref *r) {
    struct str name = str_given(r->alias) ? r->alias : r->table;
    for (size_t i = 0; i + 2 < tokens.n; i++) {
        const struct token *t = &tokens.v[i];
        if (is_name(t) && str_eq_ci(t->text, name) && punct_is(t + 1, '.') &&
            str_eq_ci(t[2].text, STR("tenant")))
            return true;
    }
    return false;
}

static size_t bare_tenants(struct tokens tokens) {
    size_t n = 0;
    for (size_t i = 0; i < tokens.n; i++) {
        const struct token *t = &tokens.v[i];
        if (is_name(t) && str_eq_ci(t->text, STR("tenant")) && !(i && punct_is(t - 1, '.'))) n++;
    }
    return n;
}

/* Every tenant's table in the text must be tied to the tenant: by `alias.tenant` somewhere, or by a bare
 * column `tenant` of its own. That is no proof, but no join or subquery can forget the tenant altogether. */
void sql_gate(struct gen *g, const struct query *q, struct tokens tokens) {
    struct gate k = {.g = g, .q = q};
    gate_walk(&k, tokens);
    if (q->every_tenant.n || !k.n_refs) return;
    bool given = false;
    for (size_t i = 0; i < tokens.n; i++)
        if (tokens.v[i].kind == T_PARAM && str_is(tokens.v[i].text, "tenant")) given = true;
    if (!given) {
        gen_error(g, q->file, k.refs[0].line, "query %.*s touches %.*s, a tenant's table, without :tenant",
                  STR_FMT(q->name), STR_FMT(k.refs[0].table));
        return;
    }
    size_t bare = bare_tenants(tokens);
    for (size_t i = 0; i < k.n_refs; i++) {
        if (tied_by_name(tokens, &k.refs[i])) continue;
        if (bare) {
            bare--;
            continue;
        }
        gen_error(g, q->file, k.refs[i].line,
                  "query %.*s: %.*s is not tied to the tenant (compare its column tenant)", STR_FMT(q->name),
                  STR_FMT(k.refs[i].table));
    }
}

/* ---- rendering ---- */

static void put_literal(struct buf *b, const struct token *t, bool pg) {
    switch (t->kind) {
    case T_QUOTED: buf_fmt(b, "\"%.*s\"", STR_FMT(t->text)); break;
    case T_STRING: buf_fmt(b, "'%.*s'", STR_FMT(t->text)); break;
    case T_HEX:
        if (pg)
            buf_fmt(b, "'\\x%.*s'::bytea", STR_FMT(t->text));
        else
            buf_fmt(b, "x'%.*s'", STR_FMT(t->text));
        break;
    default: buf_str_add(b, t->text);
    }
}

static struct str kept(struct gen *g, struct buf *b) {
    struct str s = arena_str(&g->arena, str_trim(buf_str(b)));
    if (!buf_ok(b) || !arena_ok(&g->arena)) abort();
    return s;
}

static void put_param(struct gen *g, struct query *q, const struct token *t, struct buf *b, bool pg) {
    for (size_t i = 0; i < q->n_in; i++) {
        if (!str_eq(q->in[i].name, t->text)) continue;
        q->in[i].used = true;
        buf_fmt(b, "%c%zu", pg ? '$' : '?', i + 1);
        return;
    }
    gen_error(g, q->file, t->line, "query %.*s: :%.*s is not declared in -- in:", STR_FMT(q->name),
              STR_FMT(t->text));
}

static const char *pg_type(const struct token *t) {
    if (word_is(t, "integer") || word_is(t, "int")) return "bigint";
    if (word_is(t, "real")) return "double precision";
    if (word_is(t, "blob")) return "bytea";
    if (word_is(t, "text")) return "text";
    return NULL;
}

struct str sql_render_query(struct gen *g, struct query *q, struct tokens tokens, bool pg) {
    BUF_AUTO b;
    buf_init(&b, MAX_TEXT);
    for (size_t i = 0; i < tokens.n; i++) {
        const struct token *t = &tokens.v[i];
        if (punct_is(t, ';')) {
            if (i + 1 < tokens.n)
                gen_error(g, q->file, t->line, "query %.*s: more than one statement", STR_FMT(q->name));
            break;
        }
        if (punct_is(t, '*') && i &&
            (word_is(t - 1, "select") || punct_is(t - 1, '.') || word_is(t - 1, "returning")))
            gen_error(g, q->file, t->line, "query %.*s: name the columns, not *", STR_FMT(q->name));
        if (t->space) buf_c(&b, ' ');
        bool cast = pg && i && word_is(t - 1, "as") && punct_is(t + 1, ')') && pg_type(t);
        if (t->kind == T_PARAM)
            put_param(g, q, t, &b, pg);
        else if (cast)
            buf_z(&b, pg_type(t));
        else
            put_literal(&b, t, pg);
    }
    return kept(g, &b);
}

struct str sql_render_plain(struct gen *g, struct tokens tokens) {
    BUF_AUTO b;
    buf_init(&b, MAX_TEXT);
    for (size_t i = 0; i < tokens.n; i++) {
        if (tokens.v[i].space) buf_c(&b, ' ');
        put_literal(&b, &tokens.v[i], false);
    }
    return kept(g, &b);
}

struct str sql_render_schema_pg(struct gen *g, const char *file, struct tokens tokens) {
    BUF_AUTO b;
    buf_init(&b, MAX_TEXT);
    size_t depth = 0;
    bool tail = false; /* behind the column list: SQLite's table options stand here */
    for (size_t i = 0; i < tokens.n; i++) {
        const struct token *t = &tokens.v[i];
        if (punct_is(t, '(')) depth++;
        if (punct_is(t, ')') && depth) depth--;
        if (punct_is(t, ';')) tail = false;
        if (depth == 0 && (word_is(t, "strict") || word_is(t, "without"))) tail = true;
        if (tail || word_is(t, "autoincrement")) continue;
        if (word_is(t, "collate"))
            gen_error(g, file, t->line,
                      "COLLATE differs between the databases: use -- sqlite: and -- pg: sections");
        if (t->space) buf_c(&b, ' ');
        const char *type = pg_type(t);
        if (type && i && is_name(t - 1)) {
            buf_z(&b, type);
            if (word_is(t, "integer") && word_is(t + 1, "primary"))
                buf_z(&b, " GENERATED BY DEFAULT AS IDENTITY");
        } else {
            put_literal(&b, t, true);
        }
    }
    return kept(g, &b);
}
