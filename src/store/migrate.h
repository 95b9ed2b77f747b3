/* Forward migrations of an SQLite database.
 *
 * The version reached is the highest row of the table schema_version, which this makes itself. Each migration
 * is one transaction, with foreign keys off while it runs (tables may be rebuilt) and checked before it is
 * kept. The version is read again under the write lock before each, so two processes that start at once share
 * the work and never do it twice. There is no way back: a database newer than the program is refused, and
 * restored from a backup if need be. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include <sqlite3.h>

#include "store/catalog.h"

/* Brings the database to the catalog's last version. apply = false: only looks, ERR_CONFLICT when it is
 * older. ERR_CONFLICT when it is newer or of another lineage; ERR_INTERNAL naming the migration that does not
 * run. */
int migrate(sqlite3 *h, const struct catalog *catalog, bool apply, int64_t now_us, struct err *e);

#endif
