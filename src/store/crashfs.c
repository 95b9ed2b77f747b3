/* See crashfs.h. */
#include "store/crashfs.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { SECTOR = 512, NAME_MAX_BYTES = 256, JULIAN_1970_HALF_DAYS = 4881175 };

struct version { /* of a sector since the last sync */
    size_t sector;
    uint8_t bytes[SECTOR];
};
struct sizes { /* the file has had since the last sync */
    size_t *v;
    size_t n, cap;
};
struct image { /* zeroes up to cap */
    uint8_t *p;
    size_t size, cap;
    size_t top; /* of one that sectors are put into: behind it nothing was ever written */
};
struct file {
    char name[NAME_MAX_BYTES];
    struct image seen, kept; /* what the program sees; what a crash leaves at least */
    bool there, kept_there;
    bool reborn; /* removed and made again, and no sync since: `kept` is the old file's */
    struct version *pending;
    size_t n_pending, cap_pending;
    struct sizes sizes;
    unsigned handles, readers; /* open handles; those with at least a shared lock */
    struct handle *reserved, *exclusive;
    struct file *next;
};
struct handle {
    sqlite3_file base; /* first */
    struct crashfs *fs;
    struct file *file;
    int lock;
    bool temporary;
    bool sync_folder; /* with the first sync, as SQLite does for a new journal or WAL */
};
struct crashfs {
    sqlite3_vfs vfs;
    sqlite3_io_methods methods;
    char name[64];
    struct file *files, **last;
    struct prng chance;
    int64_t now_us;
    uint64_t operations, syncs, crash_at, fail_sync_at, fail_write_at, limit;
    unsigned temporaries;
    bool crashed, lies;
};

/* ---- memory ---- */

static void *grown(void *p, size_t size) {
    void *more = realloc(p, size);
    if (!more) abort(); /* a simulation without memory has nothing to say */
    return more;
}

static void image_reserve(struct image *m, size_t size) {
    if (size <= m->cap) return;
    size_t cap = m->cap ? m->cap : 16 * SECTOR;
    while (cap < size) cap *= 2;
    m->p = grown(m->p, cap);
    memset(m->p + m->cap, 0, cap - m->cap);
    m->cap = cap;
}

static void image_resize(struct image *m, size_t size) {
    image_reserve(m, size);
    if (size < m->size) memset(m->p + size, 0, m->size - size);
    m->size = size;
}

static size_t sectors_of(size_t bytes) {
    return (bytes + SECTOR - 1) / SECTOR;
}

/* ---- what is not on the disk yet ---- */

static void note_size(struct file *f) {
    if (f->sizes.n == f->sizes.cap) {
        f->sizes.cap = f->sizes.cap ? f->sizes.cap * 2 : 8;
        f->sizes.v = grown(f->sizes.v, f->sizes.cap * sizeof *f->sizes.v);
    }
    f->sizes.v[f->sizes.n++] = f->seen.size;
}

static void note_sector(struct file *f, size_t sector) {
    if (f->n_pending == f->cap_pending) {
        f->cap_pending = f->cap_pending ? f->cap_pending * 2 : 16;
        f->pending = grown(f->pending, f->cap_pending * sizeof *f->pending);
    }
    image_reserve(&f->seen, (sector + 1) * SECTOR);
    struct version *v = &f->pending[f->n_pending++];
    v->sector = sector;
    memcpy(v->bytes, f->seen.p + sector * SECTOR, SECTOR);
}

static void put_sector(struct image *m, const struct version *v) {
    image_reserve(m, (v->sector + 1) * SECTOR);
    memcpy(m->p + v->sector * SECTOR, v->bytes, SECTOR);
    if (m->top < (v->sector + 1) * SECTOR) m->top = (v->sector + 1) * SECTOR;
}

/* Bytes behind the size are zero in both images; a sector written back may have brought more. */
static void cut_to_size(struct image *m, size_t size) {
    image_reserve(m, sectors_of(size) * SECTOR);
    m->size = size;
    if (m->top > size) memset(m->p + size, 0, m->top - size);
    m->top = size;
}

/* The old file of the same name is gone from the disk. */
static void bury(struct file *f) {
    if (f->reborn) cut_to_size(&f->kept, 0);
    f->reborn = false;
}

static void sync_file(struct file *f) {
    bury(f);
    for (size_t i = 0; i < f->n_pending; i++) put_sector(&f->kept, &f->pending[i]);
    cut_to_size(&f->kept, f->seen.size);
    f->n_pending = 0;
    f->sizes.n = 0;
    f->kept_there = f->there;
}

/* Every removal and every new name is on the disk. */
static void sync_folder(struct crashfs *fs) {
    for (struct file *f = fs->files; f; f = f->next) {
        if (f->there) bury(f);
        f->kept_there = f->there;
    }
}

/* A failed sync: the kernel has dropped the dirty pages. The size, which is not data, got through. */
static void fail_sync(struct file *f) {
    bury(f);
    cut_to_size(&f->kept, f->seen.size);
    f->n_pending = 0;
    f->sizes.n = 0;
}

static void shuffle(struct prng *r, struct version *v, size_t n) {
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)prng_below(r, i);
        struct version other = v[i - 1];
        v[i - 1] = v[j];
        v[j] = other;
    }
}

/* The power was cut: some of the versions in any order have made it, a third of the times none. */
static void settle(struct crashfs *fs, struct file *f) {
    bool none = prng_below(&fs->chance, 3) == 0;
    if (f->reborn && !prng_chance(&fs->chance, 0.5)) none = true; /* the old file is found again */
    if (!none) bury(f);
    f->reborn = false;
    size_t pick = (size_t)prng_below(&fs->chance, f->sizes.n + 1);
    size_t size = none || pick == 0 ? f->kept.size : f->sizes.v[pick - 1];
    shuffle(&fs->chance, f->pending, f->n_pending);
    for (size_t i = 0; !none && i < f->n_pending; i++)
        if (prng_chance(&fs->chance, 0.5)) put_sector(&f->kept, &f->pending[i]);
    cut_to_size(&f->kept, size);
    if (f->there != f->kept_there && !none) f->kept_there = prng_chance(&fs->chance, 0.5);
    if (!f->kept_there) cut_to_size(&f->kept, 0);
    f->there = f->kept_there;
    image_resize(&f->seen, 0);
    image_resize(&f->seen, f->kept.size);
    if (f->kept.size) memcpy(f->seen.p, f->kept.p, f->kept.size);
    f->n_pending = 0;
    f->sizes.n = 0;
}

/* Counts a changing operation. true: the power is gone with this one, or was before. */
static bool operation(struct crashfs *fs) {
    if (fs->crashed) return true;
    fs->operations++;
    if (fs->crash_at && --fs->crash_at == 0) fs->crashed = true;
    return fs->crashed;
}

static uint64_t bytes_used(const struct crashfs *fs) {
    uint64_t n = 0;
    for (const struct file *f = fs->files; f; f = f->next)
        if (f->there) n += f->seen.size;
    return n;
}

/* ---- the methods of a file ---- */

static struct handle *handle_of(sqlite3_file *base) {
    return (struct handle *)(void *)base;
}

static int file_read(sqlite3_file *base, void *out, int n, sqlite3_int64 at) {
    struct handle *h = handle_of(base);
    const struct image *m = &h->file->seen;
    if (h->fs->crashed) return SQLITE_IOERR_READ;
    size_t have = (size_t)at < m->size ? m->size - (size_t)at : 0, want = (size_t)n;
    if (have > want) have = want;
    if (have) memcpy(out, m->p + at, have);
    memset((uint8_t *)out + have, 0, want - have);
    return have == want ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *base, const void *p, int n, sqlite3_int64 at) {
    struct handle *h = handle_of(base);
    struct file *f = h->file;
    size_t end = (size_t)at + (size_t)n;
    bool was_crashed = h->fs->crashed, lost = operation(h->fs);
    if (was_crashed) return SQLITE_IOERR_WRITE;
    if (h->fs->fail_write_at && --h->fs->fail_write_at == 0) return SQLITE_IOERR_WRITE;
    if (h->fs->limit && end > f->seen.size && bytes_used(h->fs) + (end - f->seen.size) > h->fs->limit)
        return SQLITE_FULL;
    image_reserve(&f->seen, end);
    memcpy(f->seen.p + at, p, (size_t)n);
    if (end > f->seen.size) {
        f->seen.size = end;
        note_size(f);
    }
    /* Also of the write the power went away in: some of its sectors may have made it. */
    for (size_t s = (size_t)at / SECTOR; s < sectors_of(end); s++) note_sector(f, s);
    return lost ? SQLITE_IOERR_WRITE : SQLITE_OK;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size) {
    struct handle *h = handle_of(base);
    struct file *f = h->file;
    bool was_crashed = h->fs->crashed, lost = operation(h->fs);
    if (was_crashed) return SQLITE_IOERR_TRUNCATE;
    size_t before = f->seen.size;
    image_resize(&f->seen, (size_t)size);
    note_size(f);
    for (size_t s = (size_t)size / SECTOR; s < sectors_of(before); s++) note_sector(f, s);
    return lost ? SQLITE_IOERR_TRUNCATE : SQLITE_OK;
}

static int file_sync(sqlite3_file *base, int flags) {
    (void)flags;
    struct handle *h = handle_of(base);
    struct crashfs *fs = h->fs;
    if (operation(fs)) return SQLITE_IOERR_FSYNC;
    fs->syncs++;
    if (fs->fail_sync_at && --fs->fail_sync_at == 0) {
        fail_sync(h->file);
        return SQLITE_IOERR_FSYNC;
    }
    if (fs->lies) return SQLITE_OK;
    sync_file(h->file);
    if (h->sync_folder) sync_folder(fs);
    h->sync_folder = false;
    return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *out) {
    struct handle *h = handle_of(base);
    if (h->fs->crashed) return SQLITE_IOERR_FSTAT;
    *out = (sqlite3_int64)h->file->seen.size;
    return SQLITE_OK;
}

/* SQLite's five lock levels between the handles of one process. */
static int file_lock(sqlite3_file *base, int level) {
    struct handle *h = handle_of(base);
    struct file *f = h->file;
    if (level <= h->lock) return SQLITE_OK;
    if (f->exclusive && f->exclusive != h) return SQLITE_BUSY;
    if (level >= SQLITE_LOCK_RESERVED && f->reserved && f->reserved != h) return SQLITE_BUSY;
    if (level == SQLITE_LOCK_EXCLUSIVE && f->readers > (h->lock >= SQLITE_LOCK_SHARED)) return SQLITE_BUSY;
    if (h->lock == SQLITE_LOCK_NONE) f->readers++;
    if (level >= SQLITE_LOCK_RESERVED) f->reserved = h;
    if (level == SQLITE_LOCK_EXCLUSIVE) f->exclusive = h;
    h->lock = level;
    return SQLITE_OK;
}

static int file_unlock(sqlite3_file *base, int level) {
    struct handle *h = handle_of(base);
    struct file *f = h->file;
    if (level >= h->lock) return SQLITE_OK;
    if (f->exclusive == h) f->exclusive = NULL;
    if (f->reserved == h) f->reserved = NULL;
    if (level == SQLITE_LOCK_NONE) f->readers--;
    h->lock = level;
    return SQLITE_OK;
}

static int file_reserved(sqlite3_file *base, int *out) {
    *out = handle_of(base)->file->reserved != NULL;
    return SQLITE_OK;
}

static int file_close(sqlite3_file *base) {
    struct handle *h = handle_of(base);
    file_unlock(base, SQLITE_LOCK_NONE);
    h->file->handles--;
    if (h->temporary) {
        h->file->there = false;
        image_resize(&h->file->seen, 0);
    }
    base->pMethods = NULL;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int op, void *arg) {
    (void)base, (void)op, (void)arg;
    return SQLITE_NOTFOUND;
}
static int file_sector(sqlite3_file *base) {
    (void)base;
    return SECTOR;
}
static int file_device(sqlite3_file *base) {
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

/* ---- the methods of the file system ---- */

static struct crashfs *fs_of(sqlite3_vfs *vfs) {
    return vfs->pAppData;
}

static struct file *find_file(struct crashfs *fs, const char *name) {
    for (struct file *f = fs->files; f; f = f->next)
        if (strcmp(f->name, name) == 0) return f;
    return NULL;
}

static struct file *make_file(struct crashfs *fs, const char *name) {
    struct file *f = grown(NULL, sizeof *f);
    *f = (struct file){0};
    snprintf(f->name, sizeof f->name, "%s", name);
    *fs->last = f; /* at the end: the order of the files is the order they were made in */
    fs->last = &f->next;
    return f;
}

/* A file begins, maybe under the name of one that was removed. */
static void begin_file(struct file *f) {
    f->there = true;
    f->n_pending = 0;
    f->sizes.n = 0;
    if (f->kept_there)
        f->reborn = true;
    else
        cut_to_size(&f->kept, 0);
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *out_flags) {
    struct crashfs *fs = fs_of(vfs);
    struct handle *h = handle_of(base);
    char made[32];
    *h = (struct handle){.fs = fs, .temporary = name == NULL};
    if (fs->crashed) return SQLITE_IOERR;
    if (!name) {
        snprintf(made, sizeof made, "\ttemporary-%u", fs->temporaries++);
        name = made;
    }
    struct file *f = find_file(fs, name);
    if ((!f || !f->there) && !(flags & SQLITE_OPEN_CREATE)) return SQLITE_CANTOPEN;
    if (!f) f = make_file(fs, name);
    h->sync_folder =
        !f->there && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL));
    if (!f->there) begin_file(f);
    f->handles++;
    h->file = f;
    base->pMethods = &fs->methods;
    if (out_flags) *out_flags = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync) {
    struct crashfs *fs = fs_of(vfs);
    struct file *f = find_file(fs, name);
    if (!f || !f->there) return SQLITE_IOERR_DELETE_NOENT;
    bool was_crashed = fs->crashed, lost = operation(fs);
    if (was_crashed) return SQLITE_IOERR_DELETE;
    f->there = false; /* a crash now or before the next sync of the folder may find it again */
    image_resize(&f->seen, 0);
    if (lost) return SQLITE_IOERR_DELETE;
    if (sync && !fs->lies) sync_folder(fs);
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out) {
    (void)flags;
    struct crashfs *fs = fs_of(vfs);
    if (fs->crashed) return SQLITE_IOERR_ACCESS;
    struct file *f = find_file(fs, name);
    *out = f && f->there;
    return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *name, int n, char *out) {
    (void)vfs;
    return snprintf(out, (size_t)n, "%s", name) < n ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int vfs_randomness(sqlite3_vfs *vfs, int n, char *out) {
    prng_fill(&fs_of(vfs)->chance, out, (size_t)n);
    return n;
}

static int vfs_sleep(sqlite3_vfs *vfs, int us) {
    fs_of(vfs)->now_us += us;
    return us;
}

static int vfs_time64(sqlite3_vfs *vfs, sqlite3_int64 *out_ms) {
    *out_ms = (sqlite3_int64)JULIAN_1970_HALF_DAYS * 43200000 + fs_of(vfs)->now_us / 1000;
    return SQLITE_OK;
}

static int vfs_time(sqlite3_vfs *vfs, double *out_days) {
    sqlite3_int64 ms;
    vfs_time64(vfs, &ms);
    *out_days = (double)ms / 86400000.0;
    return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *vfs, int n, char *out) {
    (void)vfs;
    if (n > 0) out[0] = '\0';
    return 0;
}

/* ---- for the simulator ---- */

int crashfs_new(const char *name, struct prng chance, int64_t now_us, bool as_default, struct crashfs **out,
                struct err *e) {
    if (sqlite3_vfs_find(name))
        return err_set(e, ERR_CONFLICT, "", "a file system '%s' exists already", name);
    struct crashfs *fs = grown(NULL, sizeof *fs);
    *fs = (struct crashfs){.chance = chance, .now_us = now_us};
    fs->last = &fs->files;
    snprintf(fs->name, sizeof fs->name, "%s", name);
    fs->methods = (sqlite3_io_methods){.iVersion = 1,
                                       .xClose = file_close,
                                       .xRead = file_read,
                                       .xWrite = file_write,
                                       .xTruncate = file_truncate,
                                       .xSync = file_sync,
                                       .xFileSize = file_size,
                                       .xLock = file_lock,
                                       .xUnlock = file_unlock,
                                       .xCheckReservedLock = file_reserved,
                                       .xFileControl = file_control,
                                       .xSectorSize = file_sector,
                                       .xDeviceCharacteristics = file_device};
    fs->vfs = (sqlite3_vfs){.iVersion = 2,
                            .szOsFile = (int)sizeof(struct handle),
                            .mxPathname = NAME_MAX_BYTES - 1,
                            .zName = fs->name,
                            .pAppData = fs,
                            .xOpen = vfs_open,
                            .xDelete = vfs_delete,
                            .xAccess = vfs_access,
                            .xFullPathname = vfs_full_path,
                            .xRandomness = vfs_randomness,
                            .xSleep = vfs_sleep,
                            .xCurrentTime = vfs_time,
                            .xGetLastError = vfs_last_error,
                            .xCurrentTimeInt64 = vfs_time64};
    if (sqlite3_vfs_register(&fs->vfs, as_default) != SQLITE_OK) {
        free(fs);
        return err_set(e, ERR_INTERNAL, "", "SQLite does not take the file system");
    }
    if (as_default) sqlite3_randomness(0, NULL); /* it asks for a new seed, here */
    *out = fs;
    return 0;
}

void crashfs_free(struct crashfs *fs) {
    if (!fs) return;
    sqlite3_vfs_unregister(&fs->vfs);
    while (fs->files) {
        struct file *f = fs->files;
        assert(f->handles == 0);
        fs->files = f->next;
        free(f->seen.p);
        free(f->kept.p);
        free(f->pending);
        free(f->sizes.v);
        free(f);
    }
    free(fs);
}

uint64_t crashfs_operations(const struct crashfs *fs) {
    return fs->operations;
}
uint64_t crashfs_syncs(const struct crashfs *fs) {
    return fs->syncs;
}
void crashfs_crash_at(struct crashfs *fs, uint64_t k) {
    fs->crash_at = k;
}
void crashfs_crash(struct crashfs *fs) {
    fs->crashed = true;
}
bool crashfs_crashed(const struct crashfs *fs) {
    return fs->crashed;
}

void crashfs_restart(struct crashfs *fs) {
    for (struct file *f = fs->files; f; f = f->next) {
        assert(f->handles == 0);
        settle(fs, f);
    }
    fs->crashed = false;
    fs->crash_at = 0;
}

void crashfs_fail_sync_at(struct crashfs *fs, uint64_t k) {
    fs->fail_sync_at = k;
}
void crashfs_fail_write_at(struct crashfs *fs, uint64_t k) {
    fs->fail_write_at = k;
}
void crashfs_lie(struct crashfs *fs, bool on) {
    fs->lies = on;
}
void crashfs_limit(struct crashfs *fs, uint64_t bytes) {
    fs->limit = bytes;
}
void crashfs_set_now(struct crashfs *fs, int64_t now_us) {
    fs->now_us = now_us;
}
int64_t crashfs_now(const struct crashfs *fs) {
    return fs->now_us;
}

uint64_t crashfs_hash(const struct crashfs *fs) {
    uint64_t h = 0;
    for (const struct file *f = fs->files; f; f = f->next) {
        if (!f->there) continue;
        h = h * 31 + str_hash(str_of(f->name));
        h = h * 31 + str_hash((struct str){(const char *)f->seen.p, f->seen.size});
    }
    return h;
}
