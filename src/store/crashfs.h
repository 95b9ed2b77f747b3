/* A disk that forgets: an SQLite VFS in memory for the simulator and the tests.
 *
 * Each file has what the program sees and what would be left after a power cut. xSync makes the first the
 * second. A crash cuts the power: from then on every call fails, until crashfs_restart() decides from the
 * seed what of the unsynced writes has reached the disk, sector by sector: any version each sector has had
 * since the last sync, any size the file has had, files created or removed without a sync of the folder
 * there or not (the first sync of a new journal or WAL syncs the folder, as SQLite's own VFS does). That
 * is what disks do, and no more: a synced sector that nobody wrote to again keeps its bytes
 * (SQLITE_IOCAP_POWERSAFE_OVERWRITE, as on real systems).
 *
 * It also fails a sync (after which, as on Linux, the data of that sync is never written unless written
 * again), and runs full. Time and chance of SQLite come from here, too: same seed and same calls, same bytes.
 *
 * One thread only. No shared memory: WAL works with locking_mode = EXCLUSIVE, which is what sqlite.h's inline
 * mode uses. Sectors are 512 bytes. Files are never freed before crashfs_free(). */
#ifndef STORE_CRASHFS_H
#define STORE_CRASHFS_H

#include "base/err.h"
#include "base/prng.h"

struct crashfs;

/* Registers a VFS under `name` (unique in the process). as_default: SQLite's own chance comes from the seed
 * as well; only one at a time. now_us: the time it starts with. */
int crashfs_new(const char *name, struct prng chance, int64_t now_us, bool as_default, struct crashfs **out,
                struct err *e);
void crashfs_free(struct crashfs *fs); /* all connections are closed; NULL is fine */

uint64_t crashfs_operations(const struct crashfs *fs); /* writes, syncs, truncations and removals so far */
uint64_t crashfs_syncs(const struct crashfs *fs);
/* The k-th operation from now (k >= 1) is the one during which the power goes; 0: none. */
void crashfs_crash_at(struct crashfs *fs, uint64_t k);
void crashfs_crash(struct crashfs *fs); /* now */
bool crashfs_crashed(const struct crashfs *fs);
void crashfs_restart(struct crashfs *fs); /* power on again; all connections are closed */

void crashfs_fail_sync_at(struct crashfs *fs, uint64_t k);  /* the k-th sync from now fails; 0: none */
void crashfs_fail_write_at(struct crashfs *fs, uint64_t k); /* the same for a write: SQLITE_IOERR, once */
void crashfs_lie(struct crashfs *fs,
                 bool on); /* syncs do nothing and say they did: to prove a test can fail */
void crashfs_limit(struct crashfs *fs,
                   uint64_t bytes); /* of all files together; more is SQLITE_FULL; 0: no limit */

void crashfs_set_now(struct crashfs *fs, int64_t now_us);
int64_t crashfs_now(const struct crashfs *fs);   /* SQLite's sleeping advances it */
uint64_t crashfs_hash(const struct crashfs *fs); /* of all names and bytes as the program sees them */

#endif
