/* One SQLite connection as a `struct db`: prepared queries, cursors, nested marks. For the files of the
 * driver only.
 *
 * Used by one thread at a time; who hands it on does so under a lock. Statements are prepared once and kept;
 * a query opened again while a cursor of it is being read gets a statement of its own for that while. */
#ifndef STORE_SQLITE_CONN_H
#define STORE_SQLITE_CONN_H

#include <sqlite3.h>

#include "port/db.h"
#include "store/catalog.h"

enum control { /* statements without parameters or result that the driver itself needs */
               CONTROL_BEGIN_WRITE,
               CONTROL_BEGIN_READ,
               CONTROL_COMMIT,
               CONTROL_ROLLBACK,
               CONTROL_JOB_BEGIN,
               CONTROL_JOB_KEEP,
               CONTROL_JOB_UNDO,
               CONTROL_MARK, /* and three more: one for each depth */
               CONTROL_KEEP = CONTROL_MARK + 4,
               CONTROL_UNDO = CONTROL_KEEP + 4,
               CONTROLS = CONTROL_UNDO + 4
};

struct sqlite_conn {
    struct db db; /* first: a struct db is cast back to its conn */
    sqlite3 *h;
    const struct catalog *catalog;
    sqlite3_stmt **stmts; /* by query; NULL: not prepared yet */
    bool *in_use;
    sqlite3_stmt *control[CONTROLS];
    sqlite3_stmt *data_version;
    struct db_cursor *spare;
    unsigned open_cursors, marks;
    bool in_transaction, reading;
    int wal_pages; /* after the last commit */
    int64_t seen_version;
    unsigned busy_ms;
};

struct sqlite_conn_options {
    const char *path, *vfs;
    unsigned busy_ms, cache_kib;
    bool exclusive, read_only;
};

/* Opens and sets up, in WAL mode, with no query prepared. After an error sqlite_conn_close() is due, too. */
int sqlite_conn_open(struct sqlite_conn *c, const struct sqlite_conn_options *o,
                     const struct catalog *catalog, struct err *e);
void sqlite_conn_close(struct sqlite_conn *c);
int sqlite_conn_prepare_all(struct sqlite_conn *c,
                            struct err *e); /* the catalog's queries, with the number of columns checked */

int sqlite_conn_control(struct sqlite_conn *c, unsigned which, struct err *e);
/* Ends a transaction in whatever state it is. Nothing remains of it. */
void sqlite_conn_abandon(struct sqlite_conn *c);
/* Whether SQLite itself has rolled the transaction back (disk full, I/O error). */
bool sqlite_conn_lost(const struct sqlite_conn *c);
/* Whether another process has committed since the last call (or since sqlite_conn_open). */
bool sqlite_conn_foreign_change(struct sqlite_conn *c);
/* Copies the WAL back. wait_for_readers: for a moment, so that it can start over. -1: nothing is lost, try
 * later. */
int sqlite_conn_checkpoint(struct sqlite_conn *c, bool wait_for_readers);

/* -1 with *e made from SQLite's code; `what` names the query or the step. */
int sqlite_conn_error(sqlite3 *h, int rc, const char *what, struct err *e);

#endif
