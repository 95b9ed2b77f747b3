/* The SQLite store: its parts put together, and the readers. See sqlite.h. */
#include "store/sqlite.h"

#include <assert.h>
#include <stdlib.h>

#include "store/migrate.h"
#include "store/sqlite_writer.h"

enum {
    READERS = 4,
    READERS_MAX = 64,
    QUEUE_MAX = 4096,
    GROUP_MAX = 256,
    BUSY_MS = 5000,
    WRITER_CACHE_KIB = 16384,
    READER_CACHE_KIB = 4096
};

struct sqlite_store {
    struct store store; /* first: a struct store is cast back */
    struct writer writer;
    struct sqlite_conn *readers;
    unsigned n_readers;
    /* The free ones, under the lock. */
    pthread_mutex_t lock;
    pthread_cond_t given;
    struct sqlite_conn *free[READERS_MAX];
    unsigned n_free;
    uint64_t reads;
};

static struct sqlite_store *store_of(struct store *s) {
    return (struct sqlite_store *)(void *)s;
}

/* ---- reading ---- */

static struct sqlite_conn *take_reader(struct sqlite_store *s) {
    pthread_mutex_lock(&s->lock);
    while (s->n_readers && !s->n_free) pthread_cond_wait(&s->given, &s->lock);
    struct sqlite_conn *c = s->n_readers ? s->free[--s->n_free] : &s->writer.conn;
    s->reads++;
    pthread_mutex_unlock(&s->lock);
    return c;
}

static void give_reader(struct sqlite_store *s, struct sqlite_conn *c) {
    if (!s->n_readers) return;
    pthread_mutex_lock(&s->lock);
    s->free[s->n_free++] = c;
    pthread_cond_signal(&s->given);
    pthread_mutex_unlock(&s->lock);
}

static int read_with(struct sqlite_conn *c, store_fn *run, void *ctx, struct err *e) {
    if (sqlite_conn_control(c, CONTROL_BEGIN_READ, e) < 0) return -1;
    bool before = c->reading;
    c->reading = true;
    int status = run(&c->db, ctx, e);
    assert(c->open_cursors == 0); /* the function must close what it opened */
    c->reading = before;
    sqlite_conn_abandon(c);
    return status;
}

static int op_read(struct store *store, store_fn *run, void *ctx, struct err *e) {
    struct sqlite_store *s = store_of(store);
    writer_assert_outside(&s->writer);
    struct sqlite_conn *c = take_reader(s);
    int status = read_with(c, run, ctx, e);
    give_reader(s, c);
    return status;
}

static int op_write(struct store *store, store_fn *run, void *ctx, struct err *e) {
    return writer_write(&store_of(store)->writer, run, ctx, e);
}

static void op_submit(struct store *store, struct store_job *job) {
    writer_submit(&store_of(store)->writer, job);
}

static const struct store_ops sqlite_ops = {.write = op_write, .submit = op_submit, .read = op_read};

/* ---- opening and closing ---- */

static int open_writer(struct sqlite_store *s, const struct sqlite_options *o, const struct catalog *catalog,
                       struct err *e) {
    struct writer *w = &s->writer;
    w->clock = o->clock;
    w->threads = o->threads;
    w->queue_max = o->queue_max ? o->queue_max : QUEUE_MAX;
    w->group_max = o->group_max ? o->group_max : GROUP_MAX;
    const struct sqlite_conn_options co = {.path = o->path,
                                           .vfs = o->vfs,
                                           .busy_ms = o->busy_ms ? o->busy_ms : BUSY_MS,
                                           .cache_kib = WRITER_CACHE_KIB,
                                           .exclusive = !o->threads};
    if (sqlite_conn_open(&w->conn, &co, catalog, e) < 0) return -1;
    if (migrate(w->conn.h, catalog, o->migrate, clock_now(o->clock), e) < 0) return -1;
    return sqlite_conn_prepare_all(&w->conn, e);
}

static int open_readers(struct sqlite_store *s, const struct sqlite_options *o, const struct catalog *catalog,
                        struct err *e) {
    unsigned n = o->readers ? o->readers : READERS;
    assert(n <= READERS_MAX);
    s->readers = calloc(n, sizeof *s->readers);
    if (!s->readers) return err_set(e, ERR_UNAVAILABLE, "", "out of memory");
    const struct sqlite_conn_options co = {.path = o->path,
                                           .vfs = o->vfs,
                                           .busy_ms = o->busy_ms ? o->busy_ms : BUSY_MS,
                                           .cache_kib = READER_CACHE_KIB,
                                           .read_only = true};
    while (s->n_readers < n) {
        struct sqlite_conn *c =
            &s->readers[s->n_readers++]; /* counted first: a half-open one is to be closed, too */
        if (sqlite_conn_open(c, &co, catalog, e) < 0) return -1;
        s->free[s->n_free++] = c;
    }
    return 0;
}

static void close_all(struct sqlite_store *s) {
    /* The writer last: closing the last connection checkpoints, and only it may write. */
    for (unsigned i = 0; i < s->n_readers; i++) sqlite_conn_close(&s->readers[i]);
    sqlite_conn_close(&s->writer.conn);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->given);
    free(s->readers);
    free(s);
}

int sqlite_open(const struct sqlite_options *options, const struct catalog *catalog, struct store **out,
                struct err *e) {
    assert(options->path && options->clock && catalog);
    struct sqlite_store *s = calloc(1, sizeof *s);
    if (!s) return err_set(e, ERR_UNAVAILABLE, "", "out of memory");
    s->store.ops = &sqlite_ops;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->given, NULL);
    int status = open_writer(s, options, catalog, e);
    if (status == 0 && options->threads) status = open_readers(s, options, catalog, e);
    if (status == 0) status = writer_start(&s->writer, e);
    if (status < 0) {
        close_all(s);
        return -1;
    }
    *out = &s->store;
    return 0;
}

void sqlite_close(struct store *store) {
    if (!store) return;
    struct sqlite_store *s = store_of(store);
    writer_stop(&s->writer);
    assert(s->n_free == s->n_readers); /* nobody is reading */
    close_all(s);
}

void sqlite_stats(struct store *store, struct sqlite_stats *out) {
    struct sqlite_store *s = store_of(store);
    pthread_mutex_lock(&s->writer.lock);
    *out = s->writer.stats;
    pthread_mutex_unlock(&s->writer.lock);
    pthread_mutex_lock(&s->lock);
    out->reads = s->reads;
    pthread_mutex_unlock(&s->lock);
}

void sqlite_poll(struct store *store) {
    writer_poll(&store_of(store)->writer);
}
