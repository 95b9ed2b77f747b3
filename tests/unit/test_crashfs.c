/* The store on a disk that forgets: whatever the moment of the power cut, what was acknowledged is there,
 * nothing is there by half, and the database is whole. Also: failing syncs, a full disk, and that these tests
 * can fail. */
#include "store_help.h"

#include <sqlite3.h>

#include "store/crashfs.h"

enum { JOBS = 15, REOPEN_AFTER = 6, PAIR_BODY = 3000, START_US = 1700000000 };

struct world {
    struct crashfs *fs;
    struct store *s;
    bool acknowledged[JOBS];
    int failures;
    enum err_kind last;
};

static int64_t fs_now(void *ctx) {
    return crashfs_now(ctx);
}

static int open_world(struct world *w, struct err *e) {
    static struct clock clock; /* the tests run one after the other */
    clock = (struct clock){.now_us = fs_now, .mono_us = fs_now, .ctx = w->fs};
    const struct sqlite_options o = {.path = "/crash.db", .clock = &clock, .vfs = "crashfs", .migrate = true};
    w->s = NULL;
    return sqlite_open(&o, &query_catalog, &w->s, e);
}

static void begin_world(struct world *w, uint64_t seed) {
    struct err e = {0};
    *w = (struct world){0};
    if (crashfs_new("crashfs", prng_seed(seed), START_US, true, &w->fs, &e) < 0) fail_msg("%s", e.msg);
}

static void end_world(struct world *w) {
    sqlite_close(w->s);
    crashfs_free(w->fs);
}

/* A job writes two rows and a total: all three or none. */
struct pair {
    struct world *w;
    int number;
    bool fails;
};

static int pair_run(struct db *db, void *ctx, struct err *e) {
    const struct pair *p = ctx;
    static const char body[PAIR_BODY];
    for (int half = 0; half < 2; half++) {
        char word[32];
        snprintf(word, sizeof word, "%d-%d", p->number, half);
        struct q_event_add_in in = {.word = str_of(word), .body = {body, sizeof body}};
        if (q_event_add(db, &in, NULL, e) < 0) return -1;
        if (half == 0 && p->fails) return err_set(e, ERR_INVALID, "", "on purpose");
    }
    return q_total_up(db, NULL, e);
}

static void pair_done(void *ctx, const struct err *failed) {
    const struct pair *p = ctx;
    if (!failed)
        p->w->acknowledged[p->number] = true;
    else if (!p->fails)
        p->w->failures++, p->w->last = failed->kind;
}

/* Writes all the jobs, closing and opening in between. Ends early when the power goes. */
static void work(struct world *w) {
    struct err e = {0};
    if (open_world(w, &e) < 0) return;
    for (int i = 0; i < JOBS && w->s; i++) {
        struct pair p = {w, i, i % 5 == 3};
        struct store_job job = {.run = pair_run, .done = pair_done, .ctx = &p};
        store_submit(w->s, &job);
        if (i != REOPEN_AFTER) continue;
        sqlite_close(w->s);
        if (open_world(w, &e) < 0) return;
    }
}

static void power_on(struct world *w) {
    sqlite_close(w->s);
    w->s = NULL;
    crashfs_restart(w->fs);
}

struct found {
    bool half[JOBS][2];
    int64_t total, rows;
};

static int look(struct db *db, void *ctx, struct err *e) {
    struct found *f = ctx;
    Q_CURSOR(event_list, cur);
    struct q_event_list_out row;
    struct q_total_get_out total;
    int got;
    if (q_event_list_open(db, &cur, e) < 0) return -1;
    while ((got = q_event_list_next(&cur, &row, e)) > 0) {
        int number, half;
        char word[32];
        if (!str_to_z(row.word, word, sizeof word) || sscanf(word, "%d-%d", &number, &half) != 2) return -1;
        f->half[number][half] = true;
    }
    if (got < 0 || q_total_get(db, &total, e) != 1) return -1;
    f->total = total.events;
    f->rows = total.rows;
    return 0;
}

static int first_text(void *out, int n, char **values, char **names) {
    (void)names;
    if (n == 1 && values[0]) snprintf(out, 64, "%s", values[0]);
    return 0;
}

/* NULL, or what is wrong with the database after a crash. */
static const char *verdict(struct world *w) {
    struct err e = {0};
    struct found f = {0};
    if (open_world(w, &e) < 0) return "it does not open";
    if (store_read(w->s, look, &f, &e) < 0) return "it cannot be read";
    int64_t pairs = 0;
    for (int i = 0; i < JOBS; i++) {
        if (f.half[i][0] != f.half[i][1]) return "half a job is there";
        if (w->acknowledged[i] && !f.half[i][0]) return "an acknowledged job is gone";
        if (i % 5 == 3 && f.half[i][0]) return "an undone job is there";
        pairs += f.half[i][0];
    }
    if (f.total != pairs || f.rows != 2 * pairs) return "the total is wrong";
    sqlite_close(w->s);
    w->s = NULL;
    sqlite3 *h;
    char text[64] = "";
    if (sqlite3_open_v2("/crash.db", &h, SQLITE_OPEN_READWRITE, "crashfs") != SQLITE_OK)
        return "it does not open again";
    sqlite3_exec(h, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA integrity_check", first_text, text, NULL);
    sqlite3_close(h);
    return strcmp(text, "ok") == 0 ? NULL : "the integrity check fails";
}

static uint64_t operations_without_crash(void) {
    struct world w;
    begin_world(&w, 1);
    work(&w);
    assert_int_equal(w.failures, 0);
    uint64_t n = crashfs_operations(w.fs);
    end_world(&w);
    return n;
}

static void whenever_the_power_goes_what_was_acknowledged_is_there(void **state) {
    (void)state;
    uint64_t all = operations_without_crash();
    assert_true(all > 100);
    for (uint64_t k = 1; k <= all; k++) {
        for (uint64_t seed = 0; seed < 4; seed++) {
            struct world w;
            begin_world(&w, k * 1000 + seed);
            crashfs_crash_at(w.fs, k);
            work(&w);
            assert_true(crashfs_crashed(w.fs));
            power_on(&w);
            /* Half of the times the power goes again while recovering. */
            struct err e = {0};
            if (seed & 1) {
                crashfs_crash_at(w.fs, 1 + k % 7);
                open_world(&w, &e);
                crashfs_crash(w.fs);
                power_on(&w);
            }
            const char *wrong = verdict(&w);
            if (wrong) fail_msg("power cut in operation %u, seed %u: %s", (unsigned)k, (unsigned)seed, wrong);
            end_world(&w);
        }
    }
}

static void a_disk_that_lies_is_found_out(void **state) {
    (void)state;
    unsigned found = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct world w;
        begin_world(&w, seed);
        crashfs_lie(w.fs, true);
        work(&w);
        crashfs_crash(w.fs);
        power_on(&w);
        crashfs_lie(w.fs, false);
        found += verdict(&w) != NULL;
        end_world(&w);
    }
    assert_true(found > 10);
}

static void a_failed_sync_is_reported_and_the_next_commit_is_sound(void **state) {
    (void)state;
    struct world calm;
    begin_world(&calm, 1);
    work(&calm);
    uint64_t all = crashfs_syncs(calm.fs);
    end_world(&calm);
    unsigned reported = 0;
    for (uint64_t k = 1; k <= all; k++) {
        struct world w;
        begin_world(&w, k);
        crashfs_fail_sync_at(w.fs, k);
        work(&w);
        reported += w.failures == 1 && w.last == ERR_UNAVAILABLE;
        assert_true(w.failures <= 1);
        crashfs_crash(w.fs);
        power_on(&w);
        const char *wrong = verdict(&w);
        if (wrong) fail_msg("sync %u failed, then a power cut: %s", (unsigned)k, wrong);
        end_world(&w);
    }
    assert_true(reported >= JOBS / 2);
}

static void a_full_disk_fails_jobs_and_nothing_else(void **state) {
    (void)state;
    struct world w;
    begin_world(&w, 3);
    crashfs_limit(w.fs, 300000);
    work(&w);
    assert_true(w.failures > 0);
    assert_int_equal(w.last, ERR_UNAVAILABLE);
    assert_true(w.acknowledged[0] && !w.acknowledged[JOBS - 1]);
    crashfs_limit(w.fs, 0);
    struct pair p = {&w, JOBS - 1, false};
    struct store_job job = {.run = pair_run, .done = pair_done, .ctx = &p};
    store_submit(w.s, &job);
    assert_true(w.acknowledged[JOBS - 1]);
    power_on(&w);
    const char *wrong = verdict(&w);
    if (wrong) fail_msg("%s", wrong);
    end_world(&w);
}

/* Writes more than SQLite's cache holds, and does not care about errors. */
static int greedy_run(struct db *db, void *ctx, struct err *e) {
    static const char body[1 << 20];
    int *refused = ctx;
    (void)e;
    for (int i = 0; i < 40; i++) {
        char word[32];
        snprintf(word, sizeof word, "greedy%d", i);
        struct q_event_add_in in = {.word = str_of(word), .body = {body, sizeof body}};
        if (q_event_add(db, &in, NULL, NULL) < 0) ++*refused;
    }
    return 0;
}

/* SQLite undoes a transaction by itself when a write fails in the middle of it. A job that goes on must not
 * have its later rows stored one by one, nor be told that all went well. */
static void a_job_that_ignores_a_lost_transaction_is_lost(void **state) {
    (void)state;
    unsigned lost = 0;
    for (uint64_t k = 1; k < 4000; k = k * 3 + 1) {
        struct world w;
        struct err e = {0};
        int refused = 0;
        begin_world(&w, k);
        assert_int_equal(open_world(&w, &e), 0);
        crashfs_fail_write_at(w.fs, k);
        assert_int_equal(store_write(w.s, greedy_run, &refused, &e), -1);
        assert_int_equal(e.kind, ERR_UNAVAILABLE);
        assert_true(e.msg[0] != 0);
        lost += refused > 1;
        assert_int_equal(events_in(w.s), 0);
        assert_int_equal(store_write(w.s, add_event, "next", &e), 0);
        assert_int_equal(events_in(w.s), 1);
        end_world(&w);
    }
    assert_true(lost > 0);
}

static uint64_t hash_of_run(uint64_t seed, uint64_t crash_at) {
    struct world w;
    begin_world(&w, seed);
    crashfs_crash_at(w.fs, crash_at);
    work(&w);
    power_on(&w);
    uint64_t h = crashfs_hash(w.fs);
    end_world(&w);
    return h;
}

static void same_seed_same_bytes(void **state) {
    (void)state;
    uint64_t k = operations_without_crash() / 2;
    assert_int_equal(hash_of_run(7, k), hash_of_run(7, k));
    assert_int_equal(hash_of_run(7, 0), hash_of_run(7, 0));
    assert_int_not_equal(hash_of_run(7, k), hash_of_run(8, k));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whenever_the_power_goes_what_was_acknowledged_is_there),
        cmocka_unit_test(a_disk_that_lies_is_found_out),
        cmocka_unit_test(a_failed_sync_is_reported_and_the_next_commit_is_sound),
        cmocka_unit_test(a_full_disk_fails_jobs_and_nothing_else),
        cmocka_unit_test(a_job_that_ignores_a_lost_transaction_is_lost),
        cmocka_unit_test(same_seed_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
