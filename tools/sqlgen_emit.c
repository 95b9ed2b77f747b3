/* The C that sqlgen writes: structs and prototypes in the header, tables and thin functions in the source. */
#include "sqlgen.h"

static const struct {
    const char *c, *tag;
} types[F_TYPES] = {
    [F_TENANT] = {"struct tenant_id ", "QT_TENANT"},
    [F_ID] = {"struct id ", "QT_ID"},
    [F_INT] = {"int64_t ", "QT_INT"},
    [F_REAL] = {"double ", "QT_REAL"},
    [F_TEXT] = {"struct str ", "QT_TEXT"},
    [F_BLOB] = {"struct str ", "QT_BLOB"},
    [F_BOOL] = {"bool ", "QT_BOOL"},
};

static bool has_flag(const struct field *f) {
    return f->null && (f->type == F_INT || f->type == F_REAL || f->type == F_BOOL);
}

static void put_struct(struct buf *b, const struct query *q, const char *suffix, const struct field *f,
                       size_t n) {
    if (!n) return;
    buf_fmt(b, "struct q_%.*s_%s {\n", STR_FMT(q->name), suffix);
    for (size_t i = 0; i < n; i++) {
        if (has_flag(&f[i])) buf_fmt(b, "    bool has_%.*s;\n", STR_FMT(f[i].name));
        bool flagged = f[i].null && !has_flag(&f[i]);
        const char *note =
            f[i].type == F_BLOB || f[i].type == F_TEXT ? "STR_NONE is NULL" : "all zero is NULL";
        buf_fmt(b, "    %s%.*s;%s%s%s\n", types[f[i].type].c, STR_FMT(f[i].name), flagged ? " /* " : "",
                flagged ? note : "", flagged ? " */" : "");
    }
    buf_z(b, "};\n");
}

static bool needs_arena(const struct query *q) {
    for (size_t i = 0; i < q->n_out; i++)
        if (q->out[i].type == F_TEXT || q->out[i].type == F_BLOB) return true;
    return false;
}

/* "struct db *db, const struct q_x_in *in" or without the latter. */
static void put_params(struct buf *b, const struct query *q) {
    buf_z(b, "(struct db *db");
    if (q->n_in) buf_fmt(b, ", const struct q_%.*s_in *in", STR_FMT(q->name));
}

static void put_one(struct buf *b, const struct query *q, bool body) {
    struct str s = q->name;
    buf_fmt(b, "int q_%.*s", STR_FMT(s));
    put_params(b, q);
    if (needs_arena(q)) buf_z(b, ", struct arena *a");
    buf_fmt(b, ", struct q_%.*s_out *out, struct err *e)", STR_FMT(s));
    if (!body) {
        buf_z(b, ";\n");
        return;
    }
    buf_fmt(b, "\n{\n    return query_one(db, &queries[QN_%.*s], %s, %s, out, e);\n}\n", STR_FMT(s),
            q->n_in ? "in" : "NULL", needs_arena(q) ? "a" : "NULL");
}

static void put_exec(struct buf *b, const struct query *q, bool body) {
    buf_fmt(b, "int q_%.*s", STR_FMT(q->name));
    put_params(b, q);
    buf_z(b, ", int64_t *out_changed, struct err *e)");
    if (!body) {
        buf_z(b, ";\n");
        return;
    }
    buf_fmt(b, "\n{\n    return query_exec(db, &queries[QN_%.*s], %s, out_changed, e);\n}\n",
            STR_FMT(q->name), q->n_in ? "in" : "NULL");
}

static void put_many(struct buf *b, const struct query *q, bool body) {
    struct str s = q->name;
    if (!body)
        buf_fmt(b, "struct q_%.*s_cur {\n    struct db *db;\n    struct db_cursor *cursor;\n};\n",
                STR_FMT(s));
    buf_fmt(b, "int q_%.*s_open", STR_FMT(s));
    put_params(b, q);
    buf_fmt(b, ", struct q_%.*s_cur *out_cur, struct err *e)", STR_FMT(s));
    if (body)
        buf_fmt(b,
                "\n{\n    struct db_cursor *c = NULL;\n    if (query_open(db, &queries[QN_%.*s], %s, &c, e) "
                "< 0) return -1;\n"
                "    *out_cur = (struct q_%.*s_cur){db, c};\n    return 0;\n}\n",
                STR_FMT(s), q->n_in ? "in" : "NULL", STR_FMT(s));
    else
        buf_z(b, ";\n");
    buf_fmt(b, "int q_%.*s_next(struct q_%.*s_cur *cur, struct q_%.*s_out *out_row, struct err *e)",
            STR_FMT(s), STR_FMT(s), STR_FMT(s));
    if (body)
        buf_fmt(b, "\n{\n    return query_next(cur->db, &queries[QN_%.*s], cur->cursor, out_row, e);\n}\n",
                STR_FMT(s));
    else
        buf_z(b, ";\n");
    buf_fmt(b, "void q_%.*s_close(struct q_%.*s_cur *cur)", STR_FMT(s), STR_FMT(s));
    if (body)
        buf_z(b, "\n{\n    if (cur->cursor) cur->db->ops->close(cur->cursor);\n    cur->cursor = NULL;\n}\n");
    else
        buf_z(b, ";\n");
}

static void put_functions(struct buf *b, const struct query *q, bool body) {
    if (q->kind == K_ONE)
        put_one(b, q, body);
    else if (q->kind == K_MANY)
        put_many(b, q, body);
    else
        put_exec(b, q, body);
}

static void put_doc(struct buf *b, const struct query *q) {
    buf_fmt(b, "\n/* %s%s",
            q->kind == K_ONE    ? ":one"
            : q->kind == K_MANY ? ":many"
                                : ":exec",
            q->doc.n ? "  " : "");
    for (size_t i = 0; i < q->doc.n; i++) {
        char c = q->doc.p[i];
        if (c == '\n')
            buf_z(b, "\n * ");
        else
            buf_c(b, c == '/' && i && q->doc.p[i - 1] == '*' ? ' ' : c);
    }
    buf_z(b, " */\n");
}

void emit_header(const struct gen *g, struct buf *b) {
    buf_z(b, "/* Made by tools/sqlgen from sql/. What is what: sql/README.md. */\n"
             "#ifndef STORE_QUERY_H\n#define STORE_QUERY_H\n\n#include \"store/catalog.h\"\n\n"
             "extern const struct catalog query_catalog;\n\nenum {\n");
    for (size_t i = 0; i < g->n_queries; i++)
        buf_fmt(b, "    QN_%.*s = %zu,\n", STR_FMT(g->queries[i]->name), i);
    buf_fmt(b, "    QUERY_COUNT = %zu\n};\n", g->n_queries);
    for (size_t i = 0; i < g->n_queries; i++) {
        const struct query *q = g->queries[i];
        put_doc(b, q);
        put_struct(b, q, "in", q->in, q->n_in);
        put_struct(b, q, "out", q->out, q->n_out);
        put_functions(b, q, false);
    }
    buf_z(b, "\n#endif\n");
}

/* A C string, broken into lines where it is long. */
static void put_string(struct buf *b, struct str s) {
    buf_z(b, "\n        \"");
    size_t line = 0;
    for (size_t i = 0; i < s.n; i++, line++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == ' ' && line > 90) {
            buf_z(b, " \"\n        \"");
            line = 0;
        } else if (c == '"' || c == '\\') {
            buf_fmt(b, "\\%c", c);
        } else if (c < 0x20 || c >= 0x7f) {
            buf_fmt(b, "\\%03o", c);
        } else {
            buf_c(b, (char)c);
        }
    }
    buf_c(b, '"');
}

static void put_fields(struct buf *b, const struct query *q, const char *suffix, const struct field *f,
                       size_t n) {
    if (!n) return;
    struct str s = q->name;
    buf_fmt(b, "static const struct query_field %.*s_%s[] = {\n", STR_FMT(s), suffix);
    for (size_t i = 0; i < n; i++) {
        buf_fmt(b, "    {\"%.*s\", %s, %s, offsetof(struct q_%.*s_%s, %.*s), ", STR_FMT(f[i].name),
                types[f[i].type].tag, f[i].null ? "true" : "false", STR_FMT(s), suffix, STR_FMT(f[i].name));
        if (has_flag(&f[i]))
            buf_fmt(b, "offsetof(struct q_%.*s_%s, has_%.*s)},\n", STR_FMT(s), suffix, STR_FMT(f[i].name));
        else
            buf_z(b, "0},\n");
    }
    buf_z(b, "};\n");
    if (suffix[0] == 'o')
        buf_fmt(b, "_Static_assert(sizeof(struct q_%.*s_out) <= QUERY_ROW_MAX, \"row\");\n", STR_FMT(s));
}

static void put_query(struct buf *b, const struct query *q) {
    static const char *const kinds[] = {"QK_ONE", "QK_MANY", "QK_EXEC"};
    struct str s = q->name;
    buf_fmt(b,
            "    [QN_%.*s] = {\n        .name = \"%.*s\",\n        .number = QN_%.*s,\n        .kind = %s,\n",
            STR_FMT(s), STR_FMT(s), STR_FMT(s), kinds[q->kind]);
    if (q->n_in) buf_fmt(b, "        .in = %.*s_in,\n        .n_in = %zu,\n", STR_FMT(s), q->n_in);
    if (q->n_out)
        buf_fmt(b,
                "        .out = %.*s_out,\n        .n_out = %zu,\n        .out_size = sizeof(struct "
                "q_%.*s_out),\n",
                STR_FMT(s), q->n_out, STR_FMT(s));
    buf_z(b, "        .sqlite =");
    put_string(b, q->sqlite);
    buf_z(b, ",\n        .pg =");
    put_string(b, q->pg);
    buf_z(b, ",\n    },\n");
}

void emit_source(const struct gen *g, struct str header, struct buf *b) {
    buf_fmt(b, "/* Made by tools/sqlgen from sql/. */\n#include \"%.*s\"\n\n", STR_FMT(header));
    for (size_t i = 0; i < g->n_queries; i++) {
        put_fields(b, g->queries[i], "in", g->queries[i]->in, g->queries[i]->n_in);
        put_fields(b, g->queries[i], "out", g->queries[i]->out, g->queries[i]->n_out);
    }
    buf_fmt(b, "\nstatic const struct query queries[%zu] = {\n", g->n_queries ? g->n_queries : 1);
    for (size_t i = 0; i < g->n_queries; i++) put_query(b, g->queries[i]);
    buf_fmt(b, "};\n\nstatic const struct migration migrations[%zu] = {\n",
            g->n_migrations ? g->n_migrations : 1);
    for (size_t i = 0; i < g->n_migrations; i++) {
        const struct migration *m = &g->migrations[i];
        buf_fmt(b, "    {\n        .version = %zu,\n        .name = \"%.*s\",\n        .sqlite =", i + 1,
                STR_FMT(m->name));
        put_string(b, m->sqlite);
        buf_z(b, ",\n        .pg =");
        put_string(b, m->pg);
        buf_z(b, ",\n    },\n");
    }
    buf_fmt(b, "};\n\nconst struct catalog query_catalog = {queries, %zu, migrations, %zu};\n", g->n_queries,
            g->n_migrations);
    for (size_t i = 0; i < g->n_queries; i++) {
        buf_c(b, '\n');
        put_functions(b, g->queries[i], true);
    }
}
