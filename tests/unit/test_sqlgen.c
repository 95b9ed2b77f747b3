/* tools/sqlgen refuses what it says it refuses, with file and line, and translates as it says. usage:
 * test_sqlgen SQLGEN */
#include "store_help.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const char *tool;
extern char **environ;

struct place {
    char top[64], schema[80], query[80], out_h[80], out_c[80], out_d[80], errors[80];
};

static void put(const char *folder, const char *name, const char *text) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void place_make(struct place *p) {
    snprintf(p->top, sizeof p->top, "/tmp/leadlight-sqlgen-XXXXXX");
    assert_non_null(mkdtemp(p->top));
    snprintf(p->schema, sizeof p->schema, "%s/schema", p->top);
    snprintf(p->query, sizeof p->query, "%s/query", p->top);
    snprintf(p->out_h, sizeof p->out_h, "%s/q.h", p->top);
    snprintf(p->out_c, sizeof p->out_c, "%s/q.c", p->top);
    snprintf(p->out_d, sizeof p->out_d, "%s/q.d", p->top);
    snprintf(p->errors, sizeof p->errors, "%s/errors", p->top);
    assert_int_equal(mkdir(p->schema, 0700), 0);
    assert_int_equal(mkdir(p->query, 0700), 0);
}

static void place_remove(struct place *p) {
    static const char *const files[] = {
        "schema/001_a.sql", "schema/003_b.sql", "query/a.sql", "query/b.sql", "q.h", "q.c", "q.d", "errors"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", p->top, files[i]);
        unlink(path);
    }
    rmdir(p->schema);
    rmdir(p->query);
    assert_int_equal(rmdir(p->top), 0);
}

/* Exit status; what it printed goes to out. */
static int run_tool(struct place *p, char *out, size_t n) {
    char *argv[] = {(char *)(uintptr_t)tool, p->schema, p->query, p->out_h, p->out_c, p->out_d, NULL};
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 2, p->errors, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    pid_t pid;
    int status = 0;
    assert_int_equal(posix_spawn(&pid, tool, &files, NULL, argv, environ), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    posix_spawn_file_actions_destroy(&files);
    FILE *f = fopen(p->errors, "rb");
    assert_non_null(f);
    out[fread(out, 1, n - 1, f)] = '\0';
    fclose(f);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char schema[] = "CREATE TABLE lead (tenant BLOB NOT NULL, id BLOB NOT NULL, name TEXT,\n"
                             "  PRIMARY KEY (tenant, id)) STRICT;\n"
                             "CREATE TABLE agent (tenant BLOB NOT NULL, id BLOB NOT NULL) STRICT;\n"
                             "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT) STRICT;\n";

#define ONE  "-- name: q :one\n-- in: tenant tenant, id id\n-- out: name text?\n"
#define MANY "-- name: q :many\n-- out: name text?\n"
#define EXEC "-- name: q :exec\n-- in: tenant tenant, id id\n"

static const char *const taken[] = {
    ONE "SELECT name FROM lead WHERE tenant = :tenant AND id = :id;\n",
    ONE "SELECT l.name FROM lead AS l JOIN agent a ON a.tenant = l.tenant AND a.id = :id WHERE l.tenant = "
        ":tenant",
    ONE "SELECT name FROM lead WHERE tenant = :tenant AND id IN (SELECT id FROM agent WHERE tenant = :tenant "
        "AND id = :id)",
    ONE "SELECT name FROM lead JOIN agent USING (tenant, id) WHERE lead.tenant = :tenant AND lead.id = :id",
    MANY "-- every-tenant: a report of the whole house\nSELECT name FROM lead",
    MANY "SELECT name FROM meta",
    MANY "SELECT name FROM meta WHERE value IS DISTINCT FROM lead", /* a column of that name is no table */
    MANY "SELECT ':no' FROM meta -- :none\n WHERE name = '''--' /* :neither ; */",
    MANY "SELECT name FROM meta\n-- pg:\nSELECT name::text FROM meta FOR UPDATE SKIP LOCKED",
    EXEC "UPDATE lead SET name = NULL WHERE tenant = :tenant AND id = :id",
    EXEC
    "INSERT INTO lead (tenant, id) VALUES (:tenant, :id) ON CONFLICT (tenant, id) DO UPDATE SET name = NULL",
    EXEC "DELETE FROM lead WHERE tenant = :tenant AND id = :id",
    "-- name: q :exec\nDELETE FROM meta",
    "-- only a comment\n",
};

static const struct {
    const char *query, *says;
} refused[] = {
    /* the gate */
    {"-- name: q :exec\n-- in: id id\nDELETE FROM lead WHERE id = :id",
     "a.sql:3: error: query q touches lead"},
    {MANY "SELECT name FROM lead", "a.sql:3: error: query q touches lead"},
    {MANY "SELECT name\n  FROM meta m\n  JOIN Lead l ON l.name = m.name",
     "a.sql:5: error: query q touches Lead"},
    {MANY "SELECT name FROM meta, lead", "touches lead"},
    {MANY "SELECT name FROM (meta CROSS JOIN lead)", "touches lead"},
    {MANY "SELECT name FROM main.\"lead\"", "touches lead"},
    {MANY "SELECT (SELECT max(id) FROM lead) FROM meta", "touches lead"},
    {MANY "WITH x AS (SELECT name FROM lead) SELECT name FROM x", "touches lead"},
    {MANY "SELECT name FROM meta UNION SELECT name FROM lead", "touches lead"},
    {MANY "SELECT name FROM meta WHERE name IN lead", "touches lead"},
    {"-- name: q :exec\nINSERT INTO meta (name) SELECT name FROM lead", "touches lead"},
    {"-- name: q :exec\nINSERT OR REPLACE INTO lead (id) VALUES (1)", "touches lead"},
    {"-- name: q :exec\nUPDATE OR IGNORE lead SET name = NULL", "touches lead"},
    {"-- name: q :exec\nUPDATE meta SET value = l.name FROM lead l WHERE l.name = meta.name", "touches lead"},
    {MANY "SELECT name FROM meta\n-- pg:\nSELECT name FROM lead", "a.sql:5: error: query q touches lead"},
    {ONE "SELECT name FROM lead l JOIN agent a ON a.id = l.id WHERE l.tenant = :tenant AND l.id = :id",
     "agent is not tied"},
    {ONE "SELECT name FROM lead WHERE tenant = :tenant AND id IN (SELECT id FROM agent WHERE id = :id)",
     "agent is not tied"},
    {ONE "SELECT l.name FROM lead l, lead m WHERE l.tenant = :tenant AND m.id = :id", "lead is not tied"},
    {MANY "-- every-tenant:\nSELECT name FROM lead", "needs its reason"},
    /* parameters and columns */
    {ONE "SELECT name FROM lead WHERE tenant = :tenant", "a.sql:2: error: query q does not use :id"},
    {ONE "SELECT name FROM lead WHERE tenant = :tenant AND id = :id AND name = :name",
     ":name is not declared"},
    {ONE "SELECT name FROM lead WHERE tenant = :tenant AND id = ?1", "'?' is not taken"},
    {ONE "SELECT * FROM lead WHERE tenant = :tenant AND id = :id", "name the columns"},
    {"-- name: q :exec\n-- in: tenant id\nDELETE FROM lead WHERE tenant = :tenant", "is of type tenant"},
    {"-- name: q :exec\n-- in: t tenant\nDELETE FROM meta WHERE name = :t", "is of type tenant"},
    {"-- name: q :exec\n-- in: tenant tenant?\nDELETE FROM lead WHERE tenant = :tenant", "never NULL"},
    {"-- name: q :exec\n-- in: a number\nDELETE FROM meta WHERE name = :a", "expected a name and one of"},
    {"-- name: q :exec\n-- in: a text, a text\nDELETE FROM meta WHERE name = :a", "declared twice"},
    /* shape */
    {"-- name: q :one\nSELECT name FROM meta", "-- out: is for"},
    {"-- name: q :exec\n-- out: name text\nDELETE FROM meta", "-- out: is for"},
    {"-- name: q :exec\nDELETE FROM meta RETURNING name", "returns rows"},
    {"-- name: q :all\nDELETE FROM meta", "expected: -- name:"},
    {"-- name: Q :exec\nDELETE FROM meta", "expected: -- name:"},
    {"-- name: q :exec\nDELETE FROM meta; DELETE FROM meta", "more than one statement"},
    {"-- name: q :exec\n-- nothing follows\n", "has no SQL"},
    {"-- name: q :exec\nDELETE FROM meta WHERE name = 'open", "not closed"},
    {"DELETE FROM meta;\n", "before the first"},
    {"-- name: q :exec\nDELETE FROM meta\n-- name: q :exec\nDELETE FROM meta",
     "a.sql:3: error: query q stands already"},
};

static const struct {
    const char *schema, *says;
} refused_schemas[] = {
    {"CREATE TABLE a (id INTEGER PRIMARY KEY);", "not STRICT"},
    {"CREATE TABLE a (id INTEGER) STRICT;\nCREATE TABLE A (id INTEGER) STRICT;",
     "001_a.sql:2: error: table A exists"},
    {"CREATE VIEW v AS SELECT 1;", "CREATE VIEW"},
    {"CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END;", "CREATE TRIGGER"},
    {"CREATE VIRTUAL TABLE f USING fts5(x);", "CREATE VIRTUAL"},
    {"ALTER TABLE nobody ADD COLUMN x TEXT;", "no table nobody"},
    {"CREATE TABLE a (n TEXT COLLATE NOCASE) STRICT;", "COLLATE differs"},
    {"CREATE TABLE a (n TEXT REFERENCES b (n) DEFERRABLE INITIALLY DEFERRED) STRICT;", "deferred keys"},
    {"CREATE TABLE a (n TEXT DEFAULT :n) STRICT;", "no parameters"},
};

static int try(const char *schema_text, const char *query_text, char *out, size_t n) {
    struct place p;
    place_make(&p);
    put(p.schema, "001_a.sql", schema_text);
    put(p.query, "a.sql", query_text);
    int status = run_tool(&p, out, n);
    assert_int_equal(access(p.out_c, F_OK), status ? -1 : 0); /* nothing is written after an error */
    place_remove(&p);
    return status;
}

static void good_ones_are_taken(void **state) {
    (void)state;
    char out[4096];
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (try(schema, taken[i], out, sizeof out) != 0) fail_msg("%s\n%s", taken[i], out);
}

static void bad_ones_are_refused(void **state) {
    (void)state;
    char out[4096];
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        int status = try(schema, refused[i].query, out, sizeof out);
        if (status != 1 || !strstr(out, refused[i].says))
            fail_msg("status %d of\n%s\nsaying\n%s\nand not '%s'", status, refused[i].query, out,
                     refused[i].says);
    }
}

static void bad_schemas_are_refused(void **state) {
    (void)state;
    char out[4096];
    for (size_t i = 0; i < sizeof refused_schemas / sizeof *refused_schemas; i++) {
        int status = try(refused_schemas[i].schema, "", out, sizeof out);
        if (status != 1 || !strstr(out, refused_schemas[i].says))
            fail_msg("status %d of\n%s\nsaying\n%s", status, refused_schemas[i].schema, out);
    }
}

static void tables_change_with_the_migrations(void **state) {
    (void)state;
    static const char *const bodies[] = {
        "ALTER TABLE meta ADD COLUMN tenant BLOB;", /* now a tenant's */
        "ALTER TABLE lead RENAME TO meta2; DROP TABLE meta; ALTER TABLE meta2 RENAME TO meta;",
    };
    char text[1024], out[4096];
    for (size_t i = 0; i < 2; i++) {
        snprintf(text, sizeof text, "%s%s", schema, bodies[i]);
        assert_int_equal(try(text, MANY "SELECT name FROM meta", out, sizeof out), 1);
        assert_non_null(strstr(out, "touches meta"));
    }
    snprintf(text, sizeof text, "%sDROP TABLE lead; CREATE TABLE lead (name TEXT) STRICT;", schema);
    assert_int_equal(try(text, MANY "SELECT name FROM lead", out, sizeof out), 0);
}

static void names_are_unique_over_files_and_versions_have_no_gap(void **state) {
    (void)state;
    struct place p;
    char out[4096];
    place_make(&p);
    put(p.schema, "001_a.sql", schema);
    put(p.query, "a.sql", "-- name: q :exec\nDELETE FROM meta");
    put(p.query, "b.sql", "-- name: q :exec\nDELETE FROM meta");
    assert_int_equal(run_tool(&p, out, sizeof out), 1);
    assert_non_null(strstr(out, "b.sql:1: error: query q stands already in"));
    put(p.query, "b.sql", "");
    put(p.schema, "003_b.sql", "");
    assert_int_equal(run_tool(&p, out, sizeof out), 1);
    assert_non_null(strstr(out, "without gaps"));
    place_remove(&p);
}

static void texts_for_both_databases(void **state) {
    (void)state;
    const struct query *page = &query_catalog.queries[QN_event_page],
                       *most = &query_catalog.queries[QN_number_max];
    assert_string_equal(page->sqlite,
                        "SELECT number, word FROM event WHERE number > ?1 ORDER BY number LIMIT ?2");
    assert_non_null(strstr(page->pg, "number > $1 ORDER BY number LIMIT $2 FOR UPDATE SKIP LOCKED"));
    assert_non_null(strstr(most->sqlite, "CAST(max(number) AS INTEGER)"));
    assert_non_null(strstr(most->pg, "CAST(max(number) AS bigint)"));
    const struct migration *base = &query_catalog.migrations[0], *total = &query_catalog.migrations[1];
    assert_non_null(strstr(base->sqlite, "STRICT, WITHOUT ROWID"));
    assert_null(strstr(base->pg, "STRICT"));
    assert_null(strstr(base->pg, "WITHOUT"));
    assert_non_null(strstr(base->pg, "number bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"));
    assert_non_null(strstr(base->pg, "likelihood double precision NOT NULL"));
    assert_non_null(strstr(base->pg, "DEFAULT '\\x00ff'::bytea"));
    assert_non_null(strstr(total->sqlite, "NOCASE"));
    assert_null(strstr(total->pg, "NOCASE"));
    assert_non_null(strstr(total->pg, "lower(word)"));
    assert_non_null(strstr(total->pg, "office text"));
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    tool = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones_are_taken),
        cmocka_unit_test(bad_ones_are_refused),
        cmocka_unit_test(bad_schemas_are_refused),
        cmocka_unit_test(tables_change_with_the_migrations),
        cmocka_unit_test(names_are_unique_over_files_and_versions_have_no_gap),
        cmocka_unit_test(texts_for_both_databases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
