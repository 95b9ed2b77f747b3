/* pgcheck: do the migrations and the queries hold on a real PostgreSQL? usage: pgcheck CONNINFO, of an empty
 * database.
 *
 * Runs the PostgreSQL text of every migration, one transaction each, then prepares the PostgreSQL text of
 * every query with the declared parameter types and compares the result's columns with the declared ones.
 * Prints TAP. Exit status 0 when all hold, 1 when not, 2 when there is no database to ask. It holds no
 * session state but prepared statements without a name, so it also runs through pgbouncer in transaction
 * mode. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/query.h"

/* From PostgreSQL's pg_type.dat; these numbers are fixed for ever. */
enum { BOOL = 16, BYTEA = 17, INT8 = 20, INT2 = 21, INT4 = 23, TEXT = 25, FLOAT8 = 701, VARCHAR = 1043 };

static Oid param_type(const struct query_field *f) {
    switch ((enum query_type)f->type) {
    case QT_TENANT:
    case QT_ID:
    case QT_BLOB: return BYTEA;
    case QT_INT:
    case QT_BOOL: return INT8;
    case QT_REAL: return FLOAT8;
    case QT_TEXT: break;
    }
    return TEXT;
}

static bool fits(const struct query_field *f, Oid type) {
    switch ((enum query_type)f->type) {
    case QT_TENANT:
    case QT_ID:
    case QT_BLOB: return type == BYTEA;
    case QT_INT: return type == INT8 || type == INT4 || type == INT2;
    case QT_BOOL: return type == BOOL || type == INT8 || type == INT4;
    case QT_REAL: return type == FLOAT8 || type == INT8 || type == INT4;
    case QT_TEXT: break;
    }
    return type == TEXT || type == VARCHAR;
}

/* The server's words as TAP comments. */
static void complain(const char *text) {
    struct str rest = str_of(text), line;
    while (str_cut(&rest, '\n', &line))
        if (line.n) printf("# %.*s\n", STR_FMT(line));
}

static bool done(PGconn *pg, PGresult *r) {
    ExecStatusType s = PQresultStatus(r);
    bool fine = s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK;
    if (!fine) complain(PQerrorMessage(pg));
    PQclear(r);
    return fine;
}

static bool run_migration(PGconn *pg, const struct migration *m) {
    bool fine = done(pg, PQexec(pg, "BEGIN")) && done(pg, PQexec(pg, m->pg));
    return done(pg, PQexec(pg, fine ? "COMMIT" : "ROLLBACK")) && fine;
}

static bool check_columns(const struct query *q, const PGresult *r) {
    if (PQnfields(r) != q->n_out) {
        printf("# gives %d columns and declares %d\n", PQnfields(r), q->n_out);
        return false;
    }
    bool fine = true;
    for (int i = 0; i < q->n_out; i++) {
        if (fits(&q->out[i], PQftype(r, i))) continue;
        printf("# column %s is of the type with OID %u\n", q->out[i].name, PQftype(r, i));
        fine = false;
    }
    return fine;
}

static bool check_query(PGconn *pg, const struct query *q) {
    Oid types[QUERY_FIELDS_MAX];
    for (size_t i = 0; i < q->n_in; i++) types[i] = param_type(&q->in[i]);
    if (!done(pg, PQprepare(pg, "", q->pg, q->n_in, types))) return false;
    PGresult *r = PQdescribePrepared(pg, "");
    bool fine = PQresultStatus(r) == PGRES_COMMAND_OK;
    if (!fine) complain(PQerrorMessage(pg));
    fine = fine && check_columns(q, r);
    PQclear(r);
    return fine;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fputs("usage: pgcheck CONNINFO\n", stderr);
        return 2;
    }
    PGconn *pg = PQconnectdb(argv[1]);
    if (PQstatus(pg) != CONNECTION_OK) {
        fprintf(stderr, "pgcheck: %s", PQerrorMessage(pg));
        PQfinish(pg);
        return 2;
    }
    const struct catalog *c = &query_catalog;
    size_t n = 0;
    bool fine = true;
    printf("1..%zu\n", c->n_migrations + c->n_queries);
    for (size_t i = 0; i < c->n_migrations; i++) {
        bool holds = run_migration(pg, &c->migrations[i]);
        printf("%sok %zu - migration %s\n", holds ? "" : "not ", ++n, c->migrations[i].name);
        fine = fine && holds;
    }
    for (size_t i = 0; i < c->n_queries; i++) {
        bool holds = check_query(pg, &c->queries[i]);
        printf("%sok %zu - query %s\n", holds ? "" : "not ", ++n, c->queries[i].name);
        fine = fine && holds;
    }
    PQfinish(pg);
    return fine ? 0 : 1;
}
