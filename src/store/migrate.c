/* See migrate.h. */
#include "store/migrate.h"

#include <assert.h>
#include <stdio.h>

#include "store/sqlite_conn.h"

static int run(sqlite3 *h, const char *sql, const char *what, struct err *e) {
    int rc = sqlite3_exec(h, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : sqlite_conn_error(h, rc, what, e);
}

static int count_row(void *ctx, int n, char **values, char **names) {
    (void)n, (void)values, (void)names;
    ++*(size_t *)ctx;
    return 0;
}

static int count_rows(sqlite3 *h, const char *sql, size_t *out, struct err *e) {
    size_t n = 0;
    int rc = sqlite3_exec(h, sql, count_row, &n, NULL);
    if (rc != SQLITE_OK) return sqlite_conn_error(h, rc, "schema_version", e);
    *out = n;
    return 0;
}

static const char *known_name(const struct catalog *c, int64_t version) {
    return version >= 1 && version <= (int64_t)c->n_migrations ? c->migrations[version - 1].name : NULL;
}

/* Where the database stands: 0 for a fresh one. Refuses a newer one, and one whose version has another name
 * here. */
static int read_version(sqlite3 *h, const struct catalog *catalog, int64_t *out, struct err *e) {
    size_t there = 0;
    if (count_rows(h, "SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'", &there, e) < 0) return -1;
    *out = 0;
    if (!there) return 0;
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(h, "SELECT version, name FROM schema_version ORDER BY version DESC LIMIT 1",
                                -1, &stmt, NULL);
    if (rc != SQLITE_OK) return sqlite_conn_error(h, rc, "schema_version", e);
    rc = sqlite3_step(stmt);
    int status = 0;
    if (rc == SQLITE_ROW) {
        int64_t version = sqlite3_column_int64(stmt, 0);
        const char *name = (const char *)sqlite3_column_text(stmt, 1), *known = known_name(catalog, version);
        *out = version;
        if (version > (int64_t)catalog->n_migrations)
            status = err_set(
                e, ERR_CONFLICT, "",
                "the database is at version %lld, made by a newer program; this one knows versions up to %zu",
                (long long)version, catalog->n_migrations);
        else if (!known || !name || strcmp(known, name) != 0)
            status = err_set(e, ERR_CONFLICT, "",
                             "the database's version %lld is '%s' and not this program's '%s'",
                             (long long)version, name ? name : "", known ? known : "");
    } else if (rc != SQLITE_DONE) {
        status = sqlite_conn_error(h, rc, "schema_version", e);
    }
    sqlite3_finalize(stmt);
    return status;
}

static int note_version(sqlite3 *h, const struct migration *m, int64_t now_us, struct err *e) {
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(
        h, "INSERT INTO schema_version (version, name, applied_at) VALUES (?1, ?2, ?3)", -1, &stmt, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_bind_int64(stmt, 1, m->version);
    if (rc == SQLITE_OK) rc = sqlite3_bind_text(stmt, 2, m->name, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK) rc = sqlite3_bind_int64(stmt, 3, now_us);
    if (rc == SQLITE_OK) rc = sqlite3_step(stmt);
    int status = rc == SQLITE_DONE ? 0 : sqlite_conn_error(h, rc, "schema_version", e);
    sqlite3_finalize(stmt);
    return status;
}

/* Inside a transaction. *out_done: nothing was left to do. */
static int next_step(sqlite3 *h, const struct catalog *catalog, int64_t now_us, bool *out_done,
                     struct err *e) {
    int64_t version = 0;
    if (run(h,
            "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL,"
            " applied_at INTEGER NOT NULL) STRICT",
            "schema_version", e) < 0 ||
        read_version(h, catalog, &version, e) < 0)
        return -1;
    *out_done = version == (int64_t)catalog->n_migrations;
    if (*out_done) return 0;
    const struct migration *m = &catalog->migrations[version];
    assert(m->version == version + 1);
    size_t orphans = 0;
    if (run(h, m->sqlite, m->name, e) < 0 || count_rows(h, "PRAGMA foreign_key_check", &orphans, e) < 0)
        return -1;
    if (orphans)
        return err_set(e, ERR_INTERNAL, "",
                       "migration %u %s leaves %zu rows whose foreign key points nowhere", m->version,
                       m->name, orphans);
    return note_version(h, m, now_us, e);
}

static int step(sqlite3 *h, const struct catalog *catalog, int64_t now_us, bool *out_done, struct err *e) {
    if (run(h, "BEGIN IMMEDIATE", "migrate", e) < 0) return -1;
    if (next_step(h, catalog, now_us, out_done, e) == 0 && run(h, "COMMIT", "migrate", e) == 0) return 0;
    if (!sqlite3_get_autocommit(h)) sqlite3_exec(h, "ROLLBACK", NULL, NULL, NULL);
    return -1;
}

int migrate(sqlite3 *h, const struct catalog *catalog, bool apply, int64_t now_us, struct err *e) {
    int64_t version = 0;
    if (read_version(h, catalog, &version, e) < 0) return -1;
    if (version == (int64_t)catalog->n_migrations) return 0;
    if (!apply)
        return err_set(e, ERR_CONFLICT, "",
                       "the database is at version %lld and this program needs %zu: migrate it first",
                       (long long)version, catalog->n_migrations);
    if (run(h, "PRAGMA foreign_keys = OFF", "migrate", e) < 0) return -1;
    int status = 0;
    for (bool done = false; status == 0 && !done;) status = step(h, catalog, now_us, &done, e);
    if (run(h, "PRAGMA foreign_keys = ON", "migrate", status == 0 ? e : NULL) < 0) return -1;
    return status;
}
