/* See sqlite_conn.h. */
#include "store/sqlite_conn.h"

#include <assert.h>
#include <stdlib.h>

enum { MARKS_MAX = 4, JOURNAL_KEPT_BYTES = 64 << 20, WAL_TRIES_MS = 10, CHECKPOINT_WAIT_MS = 100 };

struct db_cursor {
    struct sqlite_conn *conn;
    sqlite3_stmt *stmt;
    unsigned query;
    bool own, ended; /* own: the statement is this cursor's alone */
    struct db_cursor *next_spare;
};

static enum err_kind kind_of(int extended) {
    switch (extended) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID: return ERR_CONFLICT;
    default: break;
    }
    switch (extended & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM: return ERR_UNAVAILABLE;
    default: return ERR_INTERNAL;
    }
}

int sqlite_conn_error(sqlite3 *h, int rc, const char *what, struct err *e) {
    /* SQLite's texts name tables and columns, never values. */
    return err_set(e, kind_of(h ? sqlite3_extended_errcode(h) : rc), "", "database, %s: %s", what,
                   h ? sqlite3_errmsg(h) : sqlite3_errstr(rc));
}

/* ---- the operations of a struct db ---- */

static struct sqlite_conn *conn_of(struct db *db) {
    return (struct sqlite_conn *)(void *)db;
}

static int prepare(struct sqlite_conn *c, unsigned query, sqlite3_stmt **out, struct err *e) {
    const struct query *q = &c->catalog->queries[query];
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v3(c->h, q->sqlite, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
    if (rc != SQLITE_OK) return sqlite_conn_error(c->h, rc, q->name, e);
    if (sqlite3_column_count(stmt) != q->n_out) {
        err_set(e, ERR_INTERNAL, "", "query %s gives %d columns and declares %d", q->name,
                sqlite3_column_count(stmt), q->n_out);
        sqlite3_finalize(stmt);
        return -1;
    }
    *out = stmt;
    return 0;
}

/* The query's statement; or, when that is being read, a new one (*own). */
static int take_stmt(struct sqlite_conn *c, unsigned query, sqlite3_stmt **out, bool *own, struct err *e) {
    assert(query < c->catalog->n_queries && c->in_transaction);
    /* SQLite has undone the transaction and a job went on nevertheless: what it did now would stay. */
    if (sqlite_conn_lost(c))
        return err_set(e, ERR_UNAVAILABLE, "", "the transaction was undone by a failing disk");
    if (!c->stmts[query] && prepare(c, query, &c->stmts[query], e) < 0) return -1;
    *out = c->stmts[query];
    *own = c->in_use[query];
    if (c->reading && !sqlite3_stmt_readonly(*out))
        return err_set(e, ERR_INTERNAL, "", "query %s writes, inside a read",
                       c->catalog->queries[query].name);
    if (*own) return prepare(c, query, out, e);
    c->in_use[query] = true;
    return 0;
}

static void give_stmt(struct sqlite_conn *c, unsigned query, sqlite3_stmt *stmt, bool own) {
    if (own) {
        sqlite3_finalize(stmt);
        return;
    }
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
    c->in_use[query] = false;
}

static int bind_one(sqlite3_stmt *stmt, int at, const struct db_value *v, void (*life)(void *)) {
    switch (v->type) {
    case DB_INT: return sqlite3_bind_int64(stmt, at, v->i);
    case DB_REAL: return sqlite3_bind_double(stmt, at, v->r);
    case DB_TEXT: return sqlite3_bind_text64(stmt, at, v->s.p ? v->s.p : "", v->s.n, life, SQLITE_UTF8);
    case DB_BLOB: return sqlite3_bind_blob64(stmt, at, v->s.p ? v->s.p : "", v->s.n, life);
    case DB_NULL: break;
    }
    return sqlite3_bind_null(stmt, at);
}

static int bind_all(struct sqlite_conn *c, unsigned query, sqlite3_stmt *stmt, const struct db_value *params,
                    size_t n, void (*life)(void *), struct err *e) {
    for (size_t i = 0; i < n; i++) {
        int rc = bind_one(stmt, (int)i + 1, &params[i], life);
        if (rc != SQLITE_OK) return sqlite_conn_error(c->h, rc, c->catalog->queries[query].name, e);
    }
    return 0;
}

static struct db_cursor *take_cursor(struct sqlite_conn *c) {
    struct db_cursor *cur = c->spare;
    if (cur)
        c->spare = cur->next_spare;
    else
        cur = malloc(sizeof *cur);
    return cur;
}

static int op_open(struct db *db, unsigned query, const struct db_value *params, size_t n,
                   struct db_cursor **out, struct err *e) {
    struct sqlite_conn *c = conn_of(db);
    sqlite3_stmt *stmt;
    bool own;
    if (take_stmt(c, query, &stmt, &own, e) < 0) return -1;
    struct db_cursor *cur = take_cursor(c);
    if (!cur) err_set(e, ERR_UNAVAILABLE, "", "out of memory");
    /* Transient: the caller's texts need not live as long as the cursor. */
    if (!cur || bind_all(c, query, stmt, params, n, SQLITE_TRANSIENT, e) < 0) {
        give_stmt(c, query, stmt, own);
        free(cur);
        return -1;
    }
    *cur = (struct db_cursor){.conn = c, .stmt = stmt, .query = query, .own = own};
    c->open_cursors++;
    *out = cur;
    return 0;
}

static struct db_value column(sqlite3_stmt *stmt, int at) {
    switch (sqlite3_column_type(stmt, at)) {
    case SQLITE_INTEGER: return (struct db_value){.type = DB_INT, .i = sqlite3_column_int64(stmt, at)};
    case SQLITE_FLOAT: return (struct db_value){.type = DB_REAL, .r = sqlite3_column_double(stmt, at)};
    case SQLITE_TEXT: {
        const char *p = (const char *)sqlite3_column_text(stmt, at);
        return (struct db_value){.type = DB_TEXT, .s = {p, (size_t)sqlite3_column_bytes(stmt, at)}};
    }
    case SQLITE_BLOB: {
        const char *p = sqlite3_column_blob(stmt, at);
        return (struct db_value){.type = DB_BLOB, .s = {p, (size_t)sqlite3_column_bytes(stmt, at)}};
    }
    default: return (struct db_value){.type = DB_NULL};
    }
}

static int op_next(struct db_cursor *cur, struct db_value *out_columns, size_t n, struct err *e) {
    if (cur->ended) return 0;
    int rc = sqlite3_step(cur->stmt);
    if (rc == SQLITE_ROW) {
        for (size_t i = 0; i < n; i++) out_columns[i] = column(cur->stmt, (int)i);
        return 1;
    }
    cur->ended = true; /* a step more would run the query again */
    if (rc == SQLITE_DONE) return 0;
    return sqlite_conn_error(cur->conn->h, rc, cur->conn->catalog->queries[cur->query].name, e);
}

static void op_close(struct db_cursor *cur) {
    struct sqlite_conn *c = cur->conn;
    give_stmt(c, cur->query, cur->stmt, cur->own);
    c->open_cursors--;
    cur->next_spare = c->spare;
    c->spare = cur;
}

static int op_exec(struct db *db, unsigned query, const struct db_value *params, size_t n,
                   int64_t *out_changed, struct err *e) {
    struct sqlite_conn *c = conn_of(db);
    sqlite3_stmt *stmt;
    bool own;
    if (take_stmt(c, query, &stmt, &own, e) < 0) return -1;
    int status = bind_all(c, query, stmt, params, n, SQLITE_STATIC, e);
    if (status == 0) {
        int rc = sqlite3_step(stmt);
        if (rc != SQLITE_DONE)
            status = sqlite_conn_error(c->h, rc, c->catalog->queries[query].name, e);
        else if (out_changed)
            *out_changed = sqlite3_stmt_readonly(stmt) ? 0 : sqlite3_changes64(c->h);
    }
    give_stmt(c, query, stmt, own);
    return status;
}

static int op_mark(struct db *db, struct err *e) {
    struct sqlite_conn *c = conn_of(db);
    assert(c->in_transaction && !c->reading);
    if (c->marks == MARKS_MAX) return err_set(e, ERR_INTERNAL, "", "more than %d nested marks", MARKS_MAX);
    if (sqlite_conn_control(c, CONTROL_MARK + c->marks, e) < 0) return -1;
    c->marks++;
    return 0;
}

static int op_keep(struct db *db, struct err *e) {
    struct sqlite_conn *c = conn_of(db);
    assert(c->marks > 0);
    c->marks--;
    return sqlite_conn_control(c, CONTROL_KEEP + c->marks, e);
}

static int op_undo(struct db *db, struct err *e) {
    struct sqlite_conn *c = conn_of(db);
    assert(c->marks > 0);
    c->marks--;
    if (sqlite_conn_control(c, CONTROL_UNDO + c->marks, e) < 0) return -1;
    return sqlite_conn_control(c, CONTROL_KEEP + c->marks, e);
}

static const struct db_ops conn_ops = {
    .open = op_open,
    .next = op_next,
    .close = op_close,
    .exec = op_exec,
    .mark = op_mark,
    .keep = op_keep,
    .undo = op_undo,
};

/* ---- the connection ---- */

static const char *const control_sql[CONTROLS] = {
    [CONTROL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [CONTROL_BEGIN_READ] = "BEGIN",
    [CONTROL_COMMIT] = "COMMIT",
    [CONTROL_ROLLBACK] = "ROLLBACK",
    [CONTROL_JOB_BEGIN] = "SAVEPOINT job",
    [CONTROL_JOB_KEEP] = "RELEASE job",
    [CONTROL_JOB_UNDO] = "ROLLBACK TO job",
    [CONTROL_MARK] = "SAVEPOINT m1",
    [CONTROL_MARK + 1] = "SAVEPOINT m2",
    [CONTROL_MARK + 2] = "SAVEPOINT m3",
    [CONTROL_MARK + 3] = "SAVEPOINT m4",
    [CONTROL_KEEP] = "RELEASE m1",
    [CONTROL_KEEP + 1] = "RELEASE m2",
    [CONTROL_KEEP + 2] = "RELEASE m3",
    [CONTROL_KEEP + 3] = "RELEASE m4",
    [CONTROL_UNDO] = "ROLLBACK TO m1",
    [CONTROL_UNDO + 1] = "ROLLBACK TO m2",
    [CONTROL_UNDO + 2] = "ROLLBACK TO m3",
    [CONTROL_UNDO + 3] = "ROLLBACK TO m4",
};

int sqlite_conn_control(struct sqlite_conn *c, unsigned which, struct err *e) {
    sqlite3_stmt *stmt = c->control[which];
    int rc = sqlite3_step(stmt), status = 0;
    if (rc != SQLITE_DONE) status = sqlite_conn_error(c->h, rc, control_sql[which], e);
    sqlite3_reset(stmt);
    if (status == 0 && which <= CONTROL_BEGIN_READ) c->in_transaction = true;
    if (status == 0 && (which == CONTROL_COMMIT || which == CONTROL_ROLLBACK)) c->in_transaction = false;
    return status;
}

bool sqlite_conn_lost(const struct sqlite_conn *c) {
    return sqlite3_get_autocommit(c->h) != 0;
}

void sqlite_conn_abandon(struct sqlite_conn *c) {
    if (!sqlite_conn_lost(c)) sqlite_conn_control(c, CONTROL_ROLLBACK, NULL);
    assert(sqlite_conn_lost(c)); /* ROLLBACK cannot fail to end the transaction */
    c->in_transaction = false;
    c->marks = 0;
}

static int64_t read_version(struct sqlite_conn *c) {
    int64_t v = c->seen_version;
    if (sqlite3_step(c->data_version) == SQLITE_ROW) v = sqlite3_column_int64(c->data_version, 0);
    sqlite3_reset(c->data_version);
    return v;
}

bool sqlite_conn_foreign_change(struct sqlite_conn *c) {
    int64_t v = read_version(c);
    bool changed = v != c->seen_version;
    c->seen_version = v;
    return changed;
}

int sqlite_conn_checkpoint(struct sqlite_conn *c, bool wait_for_readers) {
    if (wait_for_readers) sqlite3_busy_timeout(c->h, CHECKPOINT_WAIT_MS);
    int mode = wait_for_readers ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
    int rc = sqlite3_wal_checkpoint_v2(c->h, NULL, mode, NULL, NULL);
    if (wait_for_readers) sqlite3_busy_timeout(c->h, (int)c->busy_ms);
    return rc == SQLITE_OK ? 0 : -1;
}

static int on_wal(void *ctx, sqlite3 *h, const char *name, int pages) {
    (void)h, (void)name;
    ((struct sqlite_conn *)ctx)->wal_pages = pages;
    return SQLITE_OK;
}

static int run(struct sqlite_conn *c, const char *sql, struct err *e) {
    int rc = sqlite3_exec(c->h, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : sqlite_conn_error(c->h, rc, sql, e);
}

static int is_wal(void *out, int n, char **values, char **names) {
    (void)names;
    if (n == 1 && values[0]) *(bool *)out = strcmp(values[0], "wal") == 0;
    return 0;
}

/* Two processes that create a database at once may get BUSY here in spite of the busy time-out (each would
 * wait for the other), so this asks again for as long. */
static int enter_wal(struct sqlite_conn *c, unsigned busy_ms, struct err *e) {
    for (unsigned waited = 0;; waited += WAL_TRIES_MS) {
        bool wal = false;
        int rc = sqlite3_exec(c->h, "PRAGMA journal_mode", is_wal, &wal, NULL);
        if (rc == SQLITE_OK && !wal) rc = sqlite3_exec(c->h, "PRAGMA journal_mode = WAL", is_wal, &wal, NULL);
        if (rc == SQLITE_OK && wal) return 0;
        if (rc == SQLITE_OK) return err_set(e, ERR_INTERNAL, "", "the database does not take WAL mode");
        if ((rc & 0xff) != SQLITE_BUSY || waited >= busy_ms)
            return sqlite_conn_error(c->h, rc, "journal_mode", e);
        sqlite3_sleep(WAL_TRIES_MS);
    }
}

static int set_up(struct sqlite_conn *c, const struct sqlite_conn_options *o, struct err *e) {
    sqlite3_extended_result_codes(c->h, 1);
    sqlite3_busy_timeout(c->h, (int)o->busy_ms);
    sqlite3_db_config(c->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(c->h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(c->h, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    /* EXCLUSIVE before the first access: then WAL needs no shared memory. */
    if (o->exclusive && run(c, "PRAGMA locking_mode = EXCLUSIVE", e) < 0) return -1;
    if (enter_wal(c, o->busy_ms, e) < 0) return -1;
    char text[64];
    snprintf(text, sizeof text, "PRAGMA cache_size = -%u", o->cache_kib);
    if (run(c, text, e) < 0) return -1;
    snprintf(text, sizeof text, "PRAGMA journal_size_limit = %d", JOURNAL_KEPT_BYTES);
    if (run(c, text, e) < 0) return -1;
    /* The writer checkpoints by itself, after the answers are out. */
    return run(c,
               "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
               "PRAGMA trusted_schema = OFF; PRAGMA wal_autocheckpoint = 0",
               e);
}

static int prepare_controls(struct sqlite_conn *c, struct err *e) {
    for (unsigned i = 0; i < CONTROLS; i++) {
        int rc =
            sqlite3_prepare_v3(c->h, control_sql[i], -1, SQLITE_PREPARE_PERSISTENT, &c->control[i], NULL);
        if (rc != SQLITE_OK) return sqlite_conn_error(c->h, rc, control_sql[i], e);
    }
    int rc = sqlite3_prepare_v3(c->h, "PRAGMA data_version", -1, SQLITE_PREPARE_PERSISTENT, &c->data_version,
                                NULL);
    return rc == SQLITE_OK ? 0 : sqlite_conn_error(c->h, rc, "data_version", e);
}

int sqlite_conn_open(struct sqlite_conn *c, const struct sqlite_conn_options *o,
                     const struct catalog *catalog, struct err *e) {
    *c = (struct sqlite_conn){.db.ops = &conn_ops, .catalog = catalog};
    c->stmts = calloc(catalog->n_queries + 1, sizeof *c->stmts);
    c->in_use = calloc(catalog->n_queries + 1, sizeof *c->in_use);
    if (!c->stmts || !c->in_use) return err_set(e, ERR_UNAVAILABLE, "", "out of memory");
    int rc = sqlite3_open_v2(o->path, &c->h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                             o->vfs);
    if (rc != SQLITE_OK) return sqlite_conn_error(c->h, rc, "open", e);
    if (set_up(c, o, e) < 0 || prepare_controls(c, e) < 0) return -1;
    c->reading = o->read_only;
    c->busy_ms = o->busy_ms;
    if (o->read_only && run(c, "PRAGMA query_only = ON", e) < 0) return -1;
    sqlite3_wal_hook(c->h, on_wal, c);
    c->seen_version = read_version(c);
    return 0;
}

int sqlite_conn_prepare_all(struct sqlite_conn *c, struct err *e) {
    for (unsigned i = 0; i < c->catalog->n_queries; i++)
        if (!c->stmts[i] && prepare(c, i, &c->stmts[i], e) < 0) return -1;
    return 0;
}

void sqlite_conn_close(struct sqlite_conn *c) {
    assert(c->open_cursors == 0);
    for (unsigned i = 0; c->stmts && i < c->catalog->n_queries; i++) sqlite3_finalize(c->stmts[i]);
    for (unsigned i = 0; i < CONTROLS; i++) sqlite3_finalize(c->control[i]);
    sqlite3_finalize(c->data_version);
    while (c->spare) {
        struct db_cursor *next = c->spare->next_spare;
        free(c->spare);
        c->spare = next;
    }
    free(c->stmts);
    free(c->in_use);
    int rc = sqlite3_close(c->h);
    assert(rc == SQLITE_OK); /* else a statement of ours is still open */
    (void)rc;
    *c = (struct sqlite_conn){0};
}
