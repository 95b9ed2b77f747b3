/* A database inside one transaction, as the named queries of sql/query see it.
 *
 * Nobody but the generated functions (store/query.h, made by tools/sqlgen) calls the operations below: SQL
 * text never stands in C. A driver binds values by position, steps, and hands out columns that stay valid
 * until the next step or close of the same cursor. All functions: 0 (or 1 = a row) on success, -1 with *e
 * set; ERR_CONFLICT for a violated unique key, ERR_UNAVAILABLE when busy or the disk is full or failing,
 * ERR_INTERNAL for the rest. */
#ifndef PORT_DB_H
#define PORT_DB_H

#include "base/err.h"
#include "base/id.h"
#include "base/str.h"

enum db_type { DB_NULL, DB_INT, DB_REAL, DB_TEXT, DB_BLOB };
struct db_value {
    enum db_type type;
    union {
        int64_t i;
        double r;
        struct str s;
    };
};

struct db_cursor; /* a statement being read */
struct db;
struct db_ops {
    int (*open)(struct db *db, unsigned query, const struct db_value *params, size_t n,
                struct db_cursor **out, struct err *e);
    int (*next)(struct db_cursor *c, struct db_value *out_columns, size_t n,
                struct err *e); /* 1 row, 0 end, -1 */
    void (*close)(struct db_cursor *c);
    int (*exec)(struct db *db, unsigned query, const struct db_value *params, size_t n, int64_t *out_changed,
                struct err *e);
    /* Nested scope in a write transaction: begin, then keep or undo. Depth at most 4. */
    int (*mark)(struct db *db, struct err *e);
    int (*keep)(struct db *db, struct err *e);
    int (*undo)(struct db *db, struct err *e);
};
struct db {
    const struct db_ops *ops;
};

static inline int db_mark(struct db *db, struct err *e) {
    return db->ops->mark(db, e);
}
static inline int db_keep(struct db *db, struct err *e) {
    return db->ops->keep(db, e);
}
static inline int db_undo(struct db *db, struct err *e) {
    return db->ops->undo(db, e);
}

#endif
