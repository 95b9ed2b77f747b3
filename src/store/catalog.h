/* What tools/sqlgen makes of sql/: the texts and types of all named queries, and the migrations.
 *
 * The generated functions of store/query.h are thin: their structs are described by `struct query_field`
 * tables and the conversion between structs and db_values is done here once, in catalog.c. A driver
 * (sqlite.c) gets the catalog at open, so tests bring their own. Layout rules (types, NULLs, lifetimes) are
 * in sql/README.md.
 *
 * A value that does not fit its declared type (a NULL in a column not declared nullable, an id of 15 bytes)
 * is ERR_INTERNAL naming query and column: the declaration or the data is wrong and nobody shall compute with
 * it. */
#ifndef STORE_CATALOG_H
#define STORE_CATALOG_H

#include "base/arena.h"
#include "port/db.h"

enum query_type { QT_TENANT, QT_ID, QT_INT, QT_REAL, QT_TEXT, QT_BLOB, QT_BOOL };
enum query_kind { QK_ONE, QK_MANY, QK_EXEC };
enum { QUERY_FIELDS_MAX = 64, QUERY_ROW_MAX = QUERY_FIELDS_MAX * 24 };

struct query_field {
    const char *name;
    uint8_t type;        /* enum query_type */
    bool null;           /* may be NULL */
    uint16_t at, has_at; /* offsets in the struct; has_at only for nullable numbers */
};

struct query {
    const char *name;
    const char *sqlite, *pg; /* parameters ?1.. and $1.. */
    unsigned number;         /* index in the catalog */
    uint8_t kind;            /* enum query_kind */
    uint8_t n_in, n_out;
    uint16_t out_size; /* of the row struct */
    const struct query_field *in, *out;
};

struct migration {
    unsigned version; /* 1, 2, 3, … */
    const char *name;
    const char *sqlite, *pg; /* one or more statements */
};

struct catalog {
    const struct query *queries;
    size_t n_queries;
    const struct migration *migrations;
    size_t n_migrations;
};

/* For the generated code only. `in` and `out` are the structs the fields describe; `a` may be NULL when no
 * column is text or blob. Results as documented in sql/README.md. */
int query_one(struct db *db, const struct query *q, const void *in, struct arena *a, void *out,
              struct err *e);
int query_exec(struct db *db, const struct query *q, const void *in, int64_t *out_changed, struct err *e);
int query_open(struct db *db, const struct query *q, const void *in, struct db_cursor **out_cursor,
               struct err *e);
int query_next(struct db *db, const struct query *q, struct db_cursor *c, void *out_row, struct err *e);

/* A cursor variable that is closed at the end of its scope: Q_CURSOR(lead_by_agent, cur); */
#define Q_CURSOR(query, var) __attribute__((cleanup(q_##query##_close))) struct q_##query##_cur var = {0}

#endif
