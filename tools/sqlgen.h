/* sqlgen: sql/schema and sql/query to store/query.h and query.c. What it takes and refuses is sql/README.md.
 *
 * Three parts: sqlgen.c reads files and headers, sqlgen_sql.c knows SQL as far as needed (tokens, the tenant
 * gate, the PostgreSQL text), sqlgen_emit.c writes C. All memory is in one arena that lives as long as the
 * process. Errors are printed as file:line and counted, so that one run shows them all. */
#ifndef TOOLS_SQLGEN_H
#define TOOLS_SQLGEN_H

#include "base/arena.h"
#include "base/buf.h"

enum { MAX_QUERIES = 2000, MAX_TABLES = 500, MAX_FIELDS = 64, MAX_MIGRATIONS = 999, MAX_TEXT = 1 << 20 };

enum token_kind { T_END, T_WORD, T_QUOTED, T_STRING, T_HEX, T_NUMBER, T_PARAM, T_PUNCT };
struct token {
    enum token_kind kind;
    struct str text; /* without quotes, colon, x */
    int line;
    bool space; /* white space or a comment stood before it */
};
struct tokens {
    struct token *v; /* ends with T_END, not counted */
    size_t n;
};

/* The same order as enum query_type of store/catalog.h. */
enum field_type { F_TENANT, F_ID, F_INT, F_REAL, F_TEXT, F_BLOB, F_BOOL, F_TYPES };
struct field {
    struct str name;
    enum field_type type;
    bool null, used;
    int line;
};
enum kind { K_ONE, K_MANY, K_EXEC };
struct query {
    struct str name, doc, every_tenant;
    const char *file;
    int line;
    enum kind kind;
    struct field in[MAX_FIELDS], out[MAX_FIELDS];
    size_t n_in, n_out;
    struct buf sqlite_src, pg_src; /* SQL as written, lines kept so that token lines are right */
    int sqlite_line, pg_line;
    struct str sqlite, pg; /* rendered */
};
struct table {
    struct str name;
    bool tenant, gone;
};
struct migration {
    const char *file;
    struct str name;
    struct str sqlite, pg;
};
struct gen {
    struct arena arena;
    int errors;
    struct query *queries[MAX_QUERIES];
    size_t n_queries;
    struct table tables[MAX_TABLES];
    size_t n_tables;
    struct migration migrations[MAX_MIGRATIONS];
    size_t n_migrations;
};

void gen_error(struct gen *g, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
bool word_is(const struct token *t, const char *word); /* a bare word, in any case */

/* false after an error was reported. first_line: of the text's first character. */
bool sql_tokens(struct gen *g, const char *file, int first_line, struct str text, struct tokens *out);
void sql_schema(struct gen *g, const char *file, struct tokens t); /* learns the tables */
void sql_gate(struct gen *g, const struct query *q, struct tokens t);
/* Marks the parameters it meets as used. */
struct str sql_render_query(struct gen *g, struct query *q, struct tokens t, bool pg);
struct str sql_render_schema_pg(struct gen *g, const char *file, struct tokens t);
struct str sql_render_plain(struct gen *g, struct tokens t);

void emit_header(const struct gen *g, struct buf *b);
/* header: the name of its file, which stands beside the source */
void emit_source(const struct gen *g, struct str header, struct buf *b);

#endif
