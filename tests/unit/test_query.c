/* The program's own queries (sql/) on a fresh SQLite database: all migrations run, every query prepares, and
 * what
 * `-- out:` declares fits what the columns are declared as. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sqlite3.h>

#include "store/migrate.h"
#include "store/query.h"

static sqlite3 *migrated(void) {
    sqlite3 *h;
    struct err e = {0};
    assert_int_equal(sqlite3_open(":memory:", &h), SQLITE_OK);
    if (migrate(h, &query_catalog, true, 0, &e) < 0) fail_msg("%s", e.msg);
    return h;
}

/* The column types of STRICT tables that a declared type may come from. Expressions have none and pass. */
static bool fits(enum query_type type, const char *declared) {
    static const char *const want[] = {
        [QT_TENANT] = "BLOB", [QT_ID] = "BLOB",   [QT_INT] = "INTEGER", [QT_REAL] = "REAL",
        [QT_TEXT] = "TEXT",   [QT_BLOB] = "BLOB", [QT_BOOL] = "INTEGER"};
    return sqlite3_stricmp(declared, want[type]) == 0;
}

static void check_columns(const struct query *q, sqlite3_stmt *stmt) {
    if (sqlite3_column_count(stmt) != q->n_out)
        fail_msg("query %s gives %d columns and declares %d", q->name, sqlite3_column_count(stmt), q->n_out);
    for (int c = 0; c < q->n_out; c++) {
        const char *declared = sqlite3_column_decltype(stmt, c);
        if (declared && !fits(q->out[c].type, declared))
            fail_msg("query %s: %s is of type %s", q->name, q->out[c].name, declared);
    }
}

static void every_query_prepares_and_its_columns_fit(void **state) {
    (void)state;
    sqlite3 *h = migrated();
    assert_true(query_catalog.n_queries > 0);
    for (size_t i = 0; i < query_catalog.n_queries; i++) {
        const struct query *q = &query_catalog.queries[i];
        sqlite3_stmt *stmt;
        if (sqlite3_prepare_v2(h, q->sqlite, -1, &stmt, NULL) != SQLITE_OK)
            fail_msg("query %s: %s", q->name, sqlite3_errmsg(h));
        assert_int_equal(sqlite3_bind_parameter_count(stmt), q->n_in);
        check_columns(q, stmt);
        sqlite3_finalize(stmt);
    }
    assert_int_equal(sqlite3_close(h), SQLITE_OK);
}

/* A tenant's rows are found by an index or the primary key, not by reading everybody's. */
static void no_query_of_a_tenant_scans_a_table(void **state) {
    (void)state;
    sqlite3 *h = migrated();
    for (size_t i = 0; i < query_catalog.n_queries; i++) {
        const struct query *q = &query_catalog.queries[i];
        if (!q->n_in || q->in[0].type != QT_TENANT) continue;
        char *text = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", q->sqlite);
        sqlite3_stmt *stmt;
        assert_int_equal(sqlite3_prepare_v2(h, text, -1, &stmt, NULL), SQLITE_OK);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            const char *plan = (const char *)sqlite3_column_text(stmt, 3);
            if (strncmp(plan, "SCAN ", 5) == 0 && strncmp(plan, "SCAN CONSTANT", 13) != 0)
                fail_msg("query %s: %s", q->name, plan);
        }
        sqlite3_finalize(stmt);
        sqlite3_free(text);
    }
    assert_int_equal(sqlite3_close(h), SQLITE_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_query_prepares_and_its_columns_fit),
        cmocka_unit_test(no_query_of_a_tenant_scans_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
