/* What the tests of the database drivers share: a folder that goes away, clocks, small jobs on the test
 * schema. */
#ifndef TESTS_STORE_HELP_H
#define TESTS_STORE_HELP_H
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "sql/query.h"
#include "store/sqlite.h"

struct folder {
    char path[64], db[96];
};

static inline void folder_make(struct folder *f) {
    snprintf(f->path, sizeof f->path, "/tmp/leadlight-test-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    snprintf(f->db, sizeof f->db, "%s/test.db", f->path);
}

static inline void folder_remove(struct folder *f) {
    static const char *const tails[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < 4; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", f->db, tails[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(f->path), 0);
}

static inline int64_t help_mono_us(void *ctx) {
    (void)ctx;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
static inline int64_t help_fixed_us(void *ctx) {
    (void)ctx;
    return INT64_C(1700000000000000);
}
static const struct clock help_clock = {.now_us = help_fixed_us, .mono_us = help_mono_us};

/* A gate between threads: one side waits until the other opens it. */
struct latch {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open;
};
#define LATCH                                                                                                \
    { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false }

static inline void latch_open(struct latch *l) {
    pthread_mutex_lock(&l->lock);
    l->open = true;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
}
static inline void latch_wait(struct latch *l) {
    pthread_mutex_lock(&l->lock);
    while (!l->open) pthread_cond_wait(&l->changed, &l->lock);
    pthread_mutex_unlock(&l->lock);
}

static inline struct tenant_id help_tenant(uint8_t n) {
    struct tenant_id t = {0};
    t.id.b[0] = 0xaa;
    t.id.b[15] = n;
    return t;
}
static inline struct id help_id(uint8_t n) {
    struct id id = {0};
    id.b[0] = 1;
    id.b[15] = n;
    return id;
}

/* Adds the event named by ctx (a C string). */
static inline int add_event(struct db *db, void *ctx, struct err *e) {
    return q_event_add(db, &(struct q_event_add_in){.word = str_of(ctx), .body = STR("b")}, NULL, e);
}

static inline int count_events(struct db *db, void *ctx, struct err *e) {
    struct q_total_get_out t;
    if (q_total_get(db, &t, e) != 1) return -1;
    *(int64_t *)ctx = t.rows;
    return 0;
}

static inline int64_t events_in(struct store *s) {
    struct err e = {0};
    int64_t n = -1;
    if (store_read(s, count_events, &n, &e) < 0) fail_msg("%s", e.msg);
    return n;
}

#endif
