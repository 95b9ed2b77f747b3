/* The embedded database: port/store.h and port/db.h on SQLite.
 *
 * One writer. Jobs queue up; the writer takes all that wait (at most group_max), runs each in a savepoint of
 * one transaction, commits once (one fsync), and only then calls their done(). A lone job is committed at
 * once; while a commit runs the next ones gather, so the group grows by itself with the load. Reads go beside
 * it on a few connections of their own (WAL), each store_read() in one snapshot.
 *
 * Durability: WAL with synchronous=FULL. When a commit fails, the group is rolled back and every function of
 * it gets ERR_UNAVAILABLE. A commit whose fsync failed is not visible afterwards, but a crash before the next
 * commit may bring it back whole: who repeats a failed write does it under the same key, as after a timeout.
 *
 * Other processes (the command line beside the server) may write too: busy_ms is how long to wait for them,
 * and sqlite_stats.foreign_changes counts the times they did.
 *
 * Inline mode (threads = false) is for the simulator and for commands that run alone: everything runs on the
 * calling thread on one connection that locks the file for itself, a job submitted from done() after the one
 * before it.
 *
 * Limits: queue_max jobs may wait, one more gets ERR_RATE through done() on the caller's thread. A write's
 * function must not call store_write or store_read, nor done() store_write: they would wait for themselves
 * (asserted). */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include "port/clock.h"
#include "port/store.h"
#include "store/catalog.h"

struct sqlite_options {
    const char *path;
    const struct clock
        *clock; /* mono_us for statistics, now_us for the migrations' dates; lives as long as the store */
    const char *vfs;    /* NULL: the system's; else a name known to SQLite (crashfs) */
    bool threads;       /* false: inline mode */
    bool migrate;       /* apply what is missing; false: a database of another version is refused */
    unsigned readers;   /* connections for reading, 1..64; 0: 4. Not used inline */
    unsigned queue_max; /* jobs that may wait, 0: 4096 */
    unsigned group_max; /* jobs of one commit, 0: 256 */
    unsigned busy_ms;   /* 0: 5000 */
};

enum { SQLITE_COMMIT_BUCKETS = 12 };
extern const int64_t sqlite_commit_bounds_us[SQLITE_COMMIT_BUCKETS]; /* upper ends; the last holds the rest */

struct sqlite_stats {
    uint64_t jobs, failed;    /* run and committed; run and failed by themselves */
    uint64_t commits, broken; /* groups committed; groups lost to a failed transaction */
    uint64_t refused;         /* ERR_RATE */
    uint64_t reads, checkpoints;
    uint64_t foreign_changes; /* commits of other processes, as far as seen (several at once count as one) */
    unsigned queued, queued_most;
    int64_t commit_us_sum; /* BEGIN to the end of COMMIT, all commits */
    uint64_t commit_us_bucket[SQLITE_COMMIT_BUCKETS];
};

/* Opens or makes the database, migrates it, prepares every query of the catalog (a wrong one is ERR_INTERNAL
 * naming it), starts the writer. The catalog lives as long as the store. ERR_CONFLICT: version too new, or
 * not current. */
int sqlite_open(const struct sqlite_options *options, const struct catalog *catalog, struct store **out,
                struct err *e);
/* Runs what is queued, then ends. Nobody may be using the store any more. NULL is fine. */
void sqlite_close(struct store *s);

void sqlite_stats(struct store *s, struct sqlite_stats *out);
/* Lets the writer look for other processes' changes when it is idle (inline: looks at once). Does not wait;
 * the answer is in foreign_changes soon after. Cheap: a few microseconds of the writer's time. */
void sqlite_poll(struct store *s);

#endif
