/* Transactions: the only way to a `struct db`.
 *
 * store_write() and store_submit() hand a function to the single writer, which runs many of them in one
 * database transaction (group commit), each inside its own savepoint: a function that returns -1 is undone
 * alone. `done` runs after the commit is durable (fsync), or with the error; nothing may be acknowledged to
 * the outside before. store_read() gives a consistent snapshot beside the writer, on the calling thread. A
 * run function must not block, sleep, call the network, or keep the db. When a commit itself fails every
 * function of that group gets the error, and nothing of it is stored. In the simulator everything runs inline
 * on the one thread, in the same order every time. */
#ifndef PORT_STORE_H
#define PORT_STORE_H

#include "port/db.h"

typedef int store_fn(struct db *db, void *ctx, struct err *e);

struct store_job { /* owned by the caller until done() is called */
    store_fn *run;
    void (*done)(void *ctx, const struct err *failed); /* NULL: committed. On the writer's thread: be brief */
    void *ctx;
    struct store_job *next; /* the store's */
};

struct store;
struct store_ops {
    int (*write)(struct store *s, store_fn *run, void *ctx, struct err *e); /* waits for the commit */
    void (*submit)(struct store *s, struct store_job *job);                 /* does not wait */
    int (*read)(struct store *s, store_fn *run, void *ctx, struct err *e);
};
struct store {
    const struct store_ops *ops;
};

static inline int store_write(struct store *s, store_fn *run, void *ctx, struct err *e) {
    return s->ops->write(s, run, ctx, e);
}
static inline void store_submit(struct store *s, struct store_job *job) {
    s->ops->submit(s, job);
}
static inline int store_read(struct store *s, store_fn *run, void *ctx, struct err *e) {
    return s->ops->read(s, run, ctx, e);
}

#endif
