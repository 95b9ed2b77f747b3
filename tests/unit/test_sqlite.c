/* The SQLite driver: values, transactions, groups, limits, other processes. On real files, with real threads.
 */
#include "store_help.h"

#include <sqlite3.h>
#include <sys/wait.h>

struct fixture {
    struct folder folder;
    struct store *s;
    struct err e;
};

static struct store *open_store(const char *path, struct sqlite_options o) {
    struct err e = {0};
    struct store *s = NULL;
    o.path = path;
    o.clock = &help_clock;
    o.migrate = true;
    if (sqlite_open(&o, &query_catalog, &s, &e) < 0) fail_msg("%s: %s", e.where, e.msg);
    return s;
}

static void begin(struct fixture *f, struct sqlite_options o) {
    *f = (struct fixture){0};
    folder_make(&f->folder);
    f->s = open_store(f->folder.db, o);
}

static void end(struct fixture *f) {
    sqlite_close(f->s);
    folder_remove(&f->folder);
}

static const struct sqlite_options with_threads = {.threads = true, .readers = 2}, without_threads = {0};

static void ok(int status, const struct err *e) {
    if (status < 0) fail_msg("%s: %s", e->where, e->msg);
}

/* ---- values ---- */

static int put_full_and_empty(struct db *db, void *ctx, struct err *e) {
    (void)ctx;
    struct tenant_id t = help_tenant(1);
    if (q_agent_add(db, &(struct q_agent_add_in){.tenant = t, .id = help_id(9), .name = STR("Ann")}, NULL,
                    e) < 0)
        return -1;
    struct q_lead_put_in full = {.tenant = t,
                                 .id = help_id(1),
                                 .agent = help_id(9),
                                 .name = STR("a\0b \xc3\xa9"),
                                 .body = STR("\0\xff\0"),
                                 .likelihood = 0.25,
                                 .has_touches = true,
                                 .touches = INT64_MIN,
                                 .hot = true};
    struct q_lead_put_in empty = {.tenant = t, .id = help_id(2), .likelihood = 1};
    struct q_lead_put_in blank = {
        .tenant = t, .id = help_id(3), .name = STR(""), .body = STR(""), .has_touches = true};
    if (q_lead_put(db, &full, NULL, e) < 0 || q_lead_put(db, &empty, NULL, e) < 0) return -1;
    return q_lead_put(db, &blank, NULL, e);
}

struct three {
    struct arena *a;
    struct q_lead_get_out full, empty, blank;
    int found[4];
};

static int get_three(struct db *db, void *ctx, struct err *e) {
    struct three *t = ctx;
    struct tenant_id mine = help_tenant(1), other = help_tenant(2);
    struct q_lead_get_out untouched;
    t->found[0] = q_lead_get(db, &(struct q_lead_get_in){mine, help_id(1)}, t->a, &t->full, e);
    t->found[1] = q_lead_get(db, &(struct q_lead_get_in){mine, help_id(2)}, t->a, &t->empty, e);
    t->found[2] = q_lead_get(db, &(struct q_lead_get_in){mine, help_id(3)}, t->a, &t->blank, e);
    t->found[3] = q_lead_get(db, &(struct q_lead_get_in){other, help_id(1)}, t->a, &untouched, e);
    return 0;
}

static void values_come_back_as_they_went_in(void **state) {
    (void)state;
    struct fixture f;
    begin(&f, without_threads);
    ARENA_AUTO a;
    arena_init(&a, 1 << 16);
    struct three t = {.a = &a};
    ok(store_write(f.s, put_full_and_empty, NULL, &f.e), &f.e);
    ok(store_read(f.s, get_three, &t, &f.e), &f.e);
    for (int i = 0; i < 4; i++) assert_int_equal(t.found[i], i < 3);

    assert_true(id_eq(t.full.id, help_id(1)) && id_eq(t.full.agent, help_id(9)));
    assert_true(str_is(t.full.agent_name, "Ann"));
    assert_true(str_eq(t.full.name, STR("a\0b \xc3\xa9")));
    assert_true(str_eq(t.full.body, STR("\0\xff\0")));
    assert_true(str_eq(t.full.mark, STR("\0\xff")));
    assert_true(t.full.likelihood == 0.25 && t.full.hot && t.full.has_touches && t.full.touches == INT64_MIN);

    assert_false(id_given(t.empty.agent) || str_given(t.empty.name) || str_given(t.empty.body) ||
                 t.empty.has_touches);
    assert_false(str_given(t.empty.agent_name) || t.empty.hot);
    assert_true(t.empty.likelihood == 1);

    assert_true(str_given(t.blank.name) && t.blank.name.n == 0 && str_given(t.blank.body) &&
                t.blank.body.n == 0);
    assert_true(t.blank.has_touches && t.blank.touches == 0);
    end(&f);
}

static int ask_for_any(struct db *db, void *ctx, struct err *e) {
    struct q_lead_any_out out = {.hot = true};
    *(int *)ctx = q_lead_any(db, &(struct q_lead_any_in){help_tenant(1)}, &out, e);
    assert_true(out.hot); /* untouched */
    return 0;
}

static int ask_for_name(struct db *db, void *ctx, struct err *e) {
    ARENA_AUTO a;
    arena_init(&a, 1000);
    struct q_lead_name_strict_out out;
    *(int *)ctx =
        q_lead_name_strict(db, &(struct q_lead_name_strict_in){help_tenant(1), help_id(2)}, &a, &out, e);
    return 0;
}

static int ask_with_small_arena(struct db *db, void *ctx, struct err *e) {
    ARENA_AUTO a;
    arena_init(&a, 3);
    struct q_lead_get_out out;
    *(int *)ctx = q_lead_get(db, &(struct q_lead_get_in){help_tenant(1), help_id(1)}, &a, &out, e);
    return 0;
}

static void what_does_not_fit_its_declaration_is_an_error(void **state) {
    (void)state;
    static const struct {
        store_fn *ask;
        enum err_kind kind;
        const char *says;
    } cases[] = {
        {ask_for_any, ERR_INTERNAL, "more than one row"},
        {ask_for_name, ERR_INTERNAL, "name is NULL"},
        {ask_with_small_arena, ERR_TOO_LARGE, "3 bytes"},
    };
    struct fixture f;
    begin(&f, without_threads);
    ok(store_write(f.s, put_full_and_empty, NULL, &f.e), &f.e);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e = {0};
        int got = 7;
        assert_int_equal(store_read(f.s, cases[i].ask, &got, &e), 0);
        assert_int_equal(got, -1);
        assert_int_equal(e.kind, cases[i].kind);
        assert_non_null(strstr(e.msg, cases[i].says));
    }
    end(&f);
}

static int touch_twice(struct db *db, void *ctx, struct err *e) {
    int64_t *seen = ctx;
    struct q_lead_touch_in in = {.tenant = help_tenant(1), .lead = help_id(3)};
    struct q_lead_touch_out out;
    if (q_lead_touch(db, &in, &out, e) != 1) return -1;
    seen[0] = out.touches;
    in.has_limit = true;
    in.limit = 0.5;
    if (q_lead_touch(db, &in, &out, e) != 1) return -1;
    seen[1] = out.touches;
    in.limit = 0;
    seen[2] = q_lead_touch(db, &in, &out, e);
    return q_lead_erase(db, &(struct q_lead_erase_in){help_tenant(1), help_id(3)}, &seen[3], e);
}

static int erase_again(struct db *db, void *ctx, struct err *e) {
    return q_lead_erase(db, &(struct q_lead_erase_in){help_tenant(1), help_id(3)}, ctx, e);
}

static void returning_and_changed_rows(void **state) {
    (void)state;
    struct fixture f;
    begin(&f, without_threads);
    int64_t seen[4], again = 7;
    ok(store_write(f.s, put_full_and_empty, NULL, &f.e), &f.e);
    ok(store_write(f.s, touch_twice, seen, &f.e), &f.e);
    assert_true(seen[0] == 1 && seen[1] == 2 && seen[2] == 0 && seen[3] == 1);
    ok(store_write(f.s, erase_again, &again, &f.e), &f.e);
    assert_int_equal(again, 0);
    end(&f);
}

/* ---- cursors ---- */

static int add_three(struct db *db, void *ctx, struct err *e) {
    (void)ctx;
    static const char *const words[] = {"one", "two", "three"};
    for (int i = 0; i < 3; i++)
        if (q_event_add(db, &(struct q_event_add_in){str_of(words[i]), STR("x")}, NULL, e) < 0) return -1;
    return 0;
}

static int walk_nested(struct db *db, void *ctx, struct err *e) {
    int *steps = ctx;
    struct q_event_list_out a, b;
    Q_CURSOR(event_list, outer);
    if (q_event_list_open(db, &outer, e) < 0) return -1;
    while (q_event_list_next(&outer, &a, e) > 0) {
        Q_CURSOR(event_list, inner); /* the same query while it is being read */
        if (q_event_list_open(db, &inner, e) < 0) return -1;
        while (q_event_list_next(&inner, &b, e) > 0 && b.number <= a.number) ++*steps;
    }
    *steps += 100 * q_event_list_next(&outer, &a, e); /* the end stays the end */
    q_event_list_close(&outer);
    q_event_list_close(&outer);
    return 0;
}

static int page_with_gone_text(struct db *db, void *ctx, struct err *e) {
    struct q_event_page_cur cur;
    {
        struct q_event_page_in in = {.after = 1, .page = 1};
        if (q_event_page_open(db, &in, &cur, e) < 0) return -1;
        memset(&in, 0xff, sizeof in);
    }
    struct q_event_page_out row;
    int *n = ctx;
    while (q_event_page_next(&cur, &row, e) > 0) *n += str_is(row.word, "two") ? 1 : 100;
    q_event_page_close(&cur);
    return 0;
}

static void cursors_nest_and_end(void **state) {
    (void)state;
    struct fixture f;
    begin(&f, without_threads);
    int steps = 0, rows = 0;
    ok(store_write(f.s, add_three, NULL, &f.e), &f.e);
    ok(store_read(f.s, walk_nested, &steps, &f.e), &f.e);
    assert_int_equal(steps, 1 + 2 + 3);
    ok(store_write(f.s, page_with_gone_text, &rows, &f.e), &f.e);
    assert_int_equal(rows, 1);
    end(&f);
}

/* ---- errors ---- */

static int agent_of_nobody(struct db *db, void *ctx, struct err *e) {
    (void)ctx;
    return q_lead_put(
        db, &(struct q_lead_put_in){.tenant = help_tenant(1), .id = help_id(1), .agent = help_id(77)}, NULL,
        e);
}

static void kinds_of_errors(void **state) {
    (void)state;
    struct fixture f;
    begin(&f, with_threads);
    ok(store_write(f.s, add_event, "same", &f.e), &f.e);
    assert_int_equal(store_write(f.s, add_event, "same", &f.e), -1);
    assert_int_equal(f.e.kind, ERR_CONFLICT);
    assert_non_null(strstr(f.e.msg, "event_add"));
    assert_int_equal(store_write(f.s, agent_of_nobody, NULL, &f.e), -1);
    assert_int_equal(f.e.kind, ERR_INTERNAL);
    assert_int_equal(store_read(f.s, add_event, "read", &f.e), -1);
    assert_int_equal(f.e.kind, ERR_INTERNAL);
    assert_non_null(strstr(f.e.msg, "inside a read"));
    assert_int_equal(store_write(f.s, add_event, "same", NULL), -1);
    assert_int_equal(events_in(f.s), 1);
    end(&f);
}

static int fail_quietly(struct db *db, void *ctx, struct err *e) {
    (void)ctx, (void)e;
    return add_event(db, "quiet", NULL) < 0 ? 0 : -1;
}

static void a_failure_without_words_is_still_one(void **state) {
    (void)state;
    struct fixture f;
    begin(&f, without_threads);
    assert_int_equal(store_write(f.s, fail_quietly, NULL, &f.e), -1);
    assert_int_equal(f.e.kind, ERR_INTERNAL);
    assert_int_equal(events_in(f.s), 0);
    end(&f);
}

static int nest_marks(struct db *db, void *ctx, struct err *e) {
    static char words[][8] = {"a", "b", "c", "d", "e"};
    for (int i = 0; i < 4; i++)
        if (db_mark(db, e) < 0 || add_event(db, words[i], e) < 0) return -1;
    struct err too_deep = {0};
    *(int *)ctx = db_mark(db, &too_deep);
    assert_int_equal(too_deep.kind, ERR_INTERNAL);
    if (db_undo(db, e) < 0 || db_keep(db, e) < 0) return -1;             /* d goes, c stays */
    if (add_event(db, words[4], e) < 0 || db_undo(db, e) < 0) return -1; /* b, c, e go */
    return db_keep(db, e);
}

static void marks_nest_four_deep(void **state) {
    (void)state;
    struct fixture f;
    begin(&f, without_threads);
    int deep = 0;
    ok(store_write(f.s, nest_marks, &deep, &f.e), &f.e);
    assert_int_equal(deep, -1);
    assert_int_equal(events_in(f.s), 1);
    end(&f);
}

static int fail_with_marks_open(struct db *db, void *ctx, struct err *e) {
    (void)ctx;
    if (db_mark(db, e) < 0 || add_event(db, "gone", e) < 0 || db_mark(db, e) < 0) return -1;
    return err_set(e, ERR_INVALID, "/x", "no");
}

static void a_failing_job_may_leave_marks(void **state) {
    (void)state;
    struct fixture f;
    begin(&f, without_threads);
    assert_int_equal(store_write(f.s, fail_with_marks_open, NULL, &f.e), -1);
    assert_int_equal(f.e.kind, ERR_INVALID);
    assert_string_equal(f.e.where, "/x");
    ok(store_write(f.s, add_event, "next", &f.e), &f.e);
    assert_int_equal(events_in(f.s), 1);
    end(&f);
}

/* ---- groups and the queue ---- */

struct board { /* what came of the submitted jobs */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int done, failed;
    enum err_kind last;
};
#define BOARD                                                                                                \
    { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER }

struct card {
    struct store_job job;
    struct board *board;
    char word[16];
    bool fail;
    struct latch *wait;
};

static int card_run(struct db *db, void *ctx, struct err *e) {
    struct card *c = ctx;
    if (c->wait) latch_wait(c->wait);
    if (add_event(db, c->word, e) < 0) return -1;
    return c->fail ? err_set(e, ERR_INVALID, "", "on purpose") : 0;
}

static void card_done(void *ctx, const struct err *failed) {
    struct board *b = ((struct card *)ctx)->board;
    pthread_mutex_lock(&b->lock);
    b->done++;
    if (failed) {
        b->failed++;
        b->last = failed->kind;
    }
    pthread_cond_broadcast(&b->changed);
    pthread_mutex_unlock(&b->lock);
}

static void board_wait(struct board *b, int n) {
    pthread_mutex_lock(&b->lock);
    while (b->done < n) pthread_cond_wait(&b->changed, &b->lock);
    pthread_mutex_unlock(&b->lock);
}

static void deal(struct store *s, struct card *c, struct board *b, int number, bool fails,
                 struct latch *wait) {
    *c = (struct card){
        .job = {.run = card_run, .done = card_done, .ctx = c}, .board = b, .fail = fails, .wait = wait};
    snprintf(c->word, sizeof c->word, "w%d", number);
    store_submit(s, &c->job);
}

/* Waits until the writer has taken everything off the queue. */
static void wait_taken(struct store *s) {
    struct sqlite_stats st;
    do sqlite_stats(s, &st);
    while (st.queued > 0);
}

static void what_waits_is_committed_at_once_and_failures_stay_alone(void **state) {
    (void)state;
    struct fixture f;
    begin(&f, with_threads);
    struct latch go = LATCH;
    struct board b = BOARD;
    struct card first, cards[20];
    deal(f.s, &first, &b, 1000, false, &go);
    wait_taken(f.s);
    for (int i = 0; i < 20; i++) deal(f.s, &cards[i], &b, i, i % 5 == 2, NULL);
    latch_open(&go);
    board_wait(&b, 21);
    struct sqlite_stats st;
    sqlite_stats(f.s, &st);
    assert_int_equal(st.commits, 2);
    assert_int_equal(st.jobs, 17);
    assert_int_equal(st.failed, 4);
    assert_int_equal(st.queued, 0);
    assert_int_equal(st.queued_most, 20);
    assert_int_equal(b.failed, 4);
    assert_int_equal(b.last, ERR_INVALID);
    assert_int_equal(events_in(f.s), 17);
    uint64_t histogram = 0;
    for (size_t i = 0; i < SQLITE_COMMIT_BUCKETS; i++) histogram += st.commit_us_bucket[i];
    assert_int_equal(histogram, 2);
    end(&f);
}

static void a_group_has_a_most(void **state) {
    (void)state;
    for (int n = 4; n <= 6; n++) {
        struct fixture f;
        begin(&f, (struct sqlite_options){.threads = true, .group_max = 5});
        struct latch go = LATCH;
        struct board b = BOARD;
        struct card first, cards[6];
        deal(f.s, &first, &b, 1000, false, &go);
        wait_taken(f.s);
        for (int i = 0; i < n; i++) deal(f.s, &cards[i], &b, i, false, NULL);
        latch_open(&go);
        board_wait(&b, n + 1);
        struct sqlite_stats st;
        sqlite_stats(f.s, &st);
        assert_int_equal(st.commits, n <= 5 ? 2 : 3);
        end(&f);
    }
}

static void the_queue_has_a_most(void **state) {
    (void)state;
    enum { MOST = 8 };
    struct fixture f;
    begin(&f, (struct sqlite_options){.threads = true, .queue_max = MOST});
    struct latch go = LATCH;
    struct board b = BOARD;
    struct card first, cards[MOST + 1];
    deal(f.s, &first, &b, 1000, false, &go);
    wait_taken(f.s);
    for (int i = 0; i < MOST; i++) deal(f.s, &cards[i], &b, i, false, NULL);
    assert_int_equal(b.done, 0);
    deal(f.s, &cards[MOST], &b, MOST, false, NULL);
    assert_int_equal(b.done, 1); /* at once, on this thread */
    assert_int_equal(b.last, ERR_RATE);
    assert_int_equal(store_write(f.s, add_event, "x", &f.e), -1);
    assert_int_equal(f.e.kind, ERR_RATE);
    latch_open(&go);
    board_wait(&b, MOST + 2);
    assert_int_equal(b.failed, 1);
    assert_int_equal(events_in(f.s), MOST + 1);
    ok(store_write(f.s, add_event, "x", &f.e), &f.e);
    struct sqlite_stats st;
    sqlite_stats(f.s, &st);
    assert_int_equal(st.refused, 2);
    end(&f);
}

static void closing_works_off_the_queue(void **state) {
    (void)state;
    struct fixture f;
    begin(&f, with_threads);
    struct latch go = LATCH;
    struct board b = BOARD;
    struct card cards[10];
    for (int i = 0; i < 10; i++) deal(f.s, &cards[i], &b, i, false, i ? NULL : &go);
    latch_open(&go);
    sqlite_close(f.s);
    assert_int_equal(b.done, 10);
    assert_int_equal(b.failed, 0);
    f.s = open_store(f.folder.db, with_threads);
    assert_int_equal(events_in(f.s), 10);
    end(&f);
}

struct chain { /* a job whose done() submits the next one, and reads */
    struct store_job job;
    struct store *s;
    int left;
    int64_t seen;
    char word[16];
    bool inside;
};

static int chain_run(struct db *db, void *ctx, struct err *e) {
    struct chain *c = ctx;
    snprintf(c->word, sizeof c->word, "chain%d", c->left);
    return add_event(db, c->word, e);
}

static void chain_done(void *ctx, const struct err *failed) {
    struct chain *c = ctx;
    assert_null(failed);
    assert_false(c->inside); /* not deeper and deeper */
    c->inside = true;
    c->seen = events_in(c->s);
    if (--c->left) store_submit(c->s, &c->job);
    c->inside = false;
}

static void inline_jobs_run_one_after_the_other(void **state) {
    (void)state;
    struct fixture f;
    begin(&f, without_threads);
    struct chain c = {.job = {.run = chain_run, .done = chain_done}, .s = f.s, .left = 5};
    c.job.ctx = &c;
    store_submit(f.s, &c.job);
    assert_int_equal(c.left, 0);
    assert_int_equal(c.seen, 5);
    struct sqlite_stats st;
    sqlite_stats(f.s, &st);
    assert_int_equal(st.commits, 5);
    end(&f);
}

/* ---- reading beside the writer ---- */

struct snapshot {
    struct store *s;
    struct latch seen_first, written;
    int64_t first, second;
    int status;
};

static int read_twice(struct db *db, void *ctx, struct err *e) {
    struct snapshot *n = ctx;
    if (count_events(db, &n->first, e) < 0) return -1;
    latch_open(&n->seen_first);
    latch_wait(&n->written);
    return count_events(db, &n->second, e);
}

static void *reader_main(void *ctx) {
    struct snapshot *n = ctx;
    n->status = store_read(n->s, read_twice, n, NULL);
    return NULL;
}

static void a_read_sees_one_moment(void **state) {
    (void)state;
    struct fixture f;
    begin(&f, with_threads);
    ok(store_write(f.s, add_event, "before", &f.e), &f.e);
    struct snapshot n = {.s = f.s, .seen_first = LATCH, .written = LATCH};
    pthread_t t;
    assert_int_equal(pthread_create(&t, NULL, reader_main, &n), 0);
    latch_wait(&n.seen_first);
    ok(store_write(f.s, add_event, "meanwhile", &f.e), &f.e);
    assert_int_equal(events_in(f.s), 2);
    latch_open(&n.written);
    pthread_join(t, NULL);
    assert_int_equal(n.status, 0);
    assert_int_equal(n.first, 1);
    assert_int_equal(n.second, 1);
    end(&f);
}

struct crowd {
    struct store *s;
    int number, bad;
};
enum { CROWD = 6, CROWD_JOBS = 100 };

static int add_and_total(struct db *db, void *ctx, struct err *e) {
    if (add_event(db, ctx, e) < 0) return -1;
    return q_total_up(db, NULL, e);
}

static int compare_total(struct db *db, void *ctx, struct err *e) {
    struct q_total_get_out t;
    if (q_total_get(db, &t, e) != 1) return -1;
    *(bool *)ctx = t.events == t.rows;
    return 0;
}

static void *crowd_main(void *ctx) {
    struct crowd *c = ctx;
    for (int i = 0; i < CROWD_JOBS; i++) {
        char word[32];
        snprintf(word, sizeof word, "c%d-%d", c->number, i);
        bool whole = false;
        if (store_write(c->s, add_and_total, word, NULL) < 0) c->bad++;
        if (store_read(c->s, compare_total, &whole, NULL) < 0 || !whole) c->bad++;
    }
    return NULL;
}

static void many_threads_at_once(void **state) {
    (void)state;
    struct fixture f;
    begin(&f, with_threads);
    pthread_t t[CROWD];
    struct crowd c[CROWD];
    for (int i = 0; i < CROWD; i++) {
        c[i] = (struct crowd){f.s, i, 0};
        assert_int_equal(pthread_create(&t[i], NULL, crowd_main, &c[i]), 0);
    }
    for (int i = 0; i < CROWD; i++) {
        pthread_join(t[i], NULL);
        assert_int_equal(c[i].bad, 0);
    }
    assert_int_equal(events_in(f.s), CROWD * CROWD_JOBS);
    struct sqlite_stats st;
    sqlite_stats(f.s, &st);
    assert_int_equal(st.jobs, CROWD * CROWD_JOBS);
    assert_true(st.commits <= st.jobs);
    assert_int_equal(st.foreign_changes, 0);
    end(&f);
}

/* ---- opening ---- */

static void migrations_are_remembered_and_newer_ones_refused(void **state) {
    (void)state;
    struct fixture f;
    begin(&f, without_threads);
    ok(store_write(f.s, add_event, "kept", &f.e), &f.e);
    sqlite_close(f.s);

    const struct sqlite_options plain = {.path = f.folder.db, .clock = &help_clock};
    struct catalog older = query_catalog, other = query_catalog;
    older.n_migrations = 1;
    struct migration renamed[2] = {query_catalog.migrations[0], query_catalog.migrations[1]};
    renamed[1].name = "something_else";
    other.migrations = renamed;
    f.s = NULL;
    assert_int_equal(sqlite_open(&plain, &older, &f.s, &f.e), -1);
    assert_int_equal(f.e.kind, ERR_CONFLICT);
    assert_non_null(strstr(f.e.msg, "version 2"));
    assert_int_equal(sqlite_open(&plain, &other, &f.s, &f.e), -1);
    assert_int_equal(f.e.kind, ERR_CONFLICT);
    assert_null(f.s);

    assert_int_equal(sqlite_open(&plain, &query_catalog, &f.s, &f.e), 0);
    assert_int_equal(events_in(f.s), 1);
    end(&f);
}

static void an_old_database_is_migrated_only_when_asked(void **state) {
    (void)state;
    struct folder d;
    folder_make(&d);
    struct sqlite_options o = {.path = d.db, .clock = &help_clock, .migrate = true};
    struct catalog first = query_catalog;
    first.n_migrations = 1;
    first.n_queries = 0; /* they need the second migration */
    struct store *s = NULL;
    struct err e = {0};
    ok(sqlite_open(&o, &first, &s, &e), &e);
    sqlite_close(s);
    o.migrate = false;
    assert_int_equal(sqlite_open(&o, &query_catalog, &s, &e), -1);
    assert_int_equal(e.kind, ERR_CONFLICT);
    assert_non_null(strstr(e.msg, "needs 2"));
    o.migrate = true;
    ok(sqlite_open(&o, &query_catalog, &s, &e), &e);
    assert_int_equal(events_in(s), 0);
    sqlite_close(s);
    folder_remove(&d);
}

static void a_migration_that_fails_leaves_nothing(void **state) {
    (void)state;
    struct folder d;
    folder_make(&d);
    struct migration m[2] = {query_catalog.migrations[0], query_catalog.migrations[1]};
    m[1].sqlite = "INSERT INTO event (word, body) VALUES ('half', x''); INSERT INTO nowhere VALUES (1)";
    struct catalog bad = query_catalog;
    bad.migrations = m;
    const struct sqlite_options o = {.path = d.db, .clock = &help_clock, .migrate = true};
    struct store *s = NULL;
    struct err e = {0};
    assert_int_equal(sqlite_open(&o, &bad, &s, &e), -1);
    assert_int_equal(e.kind, ERR_INTERNAL);
    assert_non_null(strstr(e.msg, "total"));
    m[1].sqlite = "INSERT INTO lead (tenant, id, agent) VALUES (x'01', zeroblob(16), zeroblob(16))";
    assert_int_equal(sqlite_open(&o, &bad, &s, &e), -1);
    assert_non_null(strstr(e.msg, "foreign key"));
    ok(sqlite_open(&o, &query_catalog, &s, &e), &e);
    assert_int_equal(events_in(s), 0);
    sqlite_close(s);
    folder_remove(&d);
}

static void a_wrong_query_is_named_at_open(void **state) {
    (void)state;
    struct folder d;
    folder_make(&d);
    struct query *q = calloc(QUERY_COUNT, sizeof *q);
    assert_non_null(q);
    memcpy(q, query_catalog.queries, QUERY_COUNT * sizeof *q);
    struct catalog bad = query_catalog;
    bad.queries = q;
    const struct sqlite_options o = {.path = d.db, .clock = &help_clock, .migrate = true};
    static const char *const wrong[] = {"SELECT nothing FROM event", "SELECT number FROM event"};
    for (size_t i = 0; i < 2; i++) {
        q[QN_event_get].sqlite = wrong[i];
        struct store *s = NULL;
        struct err e = {0};
        assert_int_equal(sqlite_open(&o, &bad, &s, &e), -1);
        assert_int_equal(e.kind, ERR_INTERNAL);
        assert_non_null(strstr(e.msg, "event_get"));
    }
    free(q);
    folder_remove(&d);
}

static void what_is_no_database_is_refused(void **state) {
    (void)state;
    struct folder d;
    folder_make(&d);
    FILE *file = fopen(d.db, "wb");
    assert_non_null(file);
    for (int i = 0; i < 100; i++) fputs("this is a letter and no database\n", file);
    fclose(file);
    struct sqlite_options o = {.path = d.db, .clock = &help_clock, .migrate = true, .threads = true};
    struct store *s = NULL;
    struct err e = {0};
    assert_int_equal(sqlite_open(&o, &query_catalog, &s, &e), -1);
    assert_int_equal(e.kind, ERR_INTERNAL);
    o.path = "/nowhere/at/all.db";
    assert_int_equal(sqlite_open(&o, &query_catalog, &s, &e), -1);
    assert_int_equal(e.kind, ERR_UNAVAILABLE);
    folder_remove(&d);
}

/* ---- other processes ---- */

/* Runs in a child: opens when told, adds one event, ends. Exit status 0 when all went well. */
static _Noreturn void child_main(const char *path, int go, const char *word) {
    char c;
    struct err e = {0};
    struct store *s = NULL;
    const struct sqlite_options o = {
        .path = path, .clock = &help_clock, .migrate = true, .threads = true, .readers = 1};
    if (read(go, &c, 1) != 1) _exit(2);
    if (sqlite_open(&o, &query_catalog, &s, &e) < 0 ||
        store_write(s, add_event, (void *)(uintptr_t)word, &e) < 0) {
        fprintf(stderr, "child: %s\n", e.msg);
        _exit(1);
    }
    sqlite_close(s);
    _exit(0);
}

static int start_child(const char *path, const char *word, pid_t *out_pid) {
    int go[2];
    assert_int_equal(pipe(go), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(go[1]);
        child_main(path, go[0], word);
    }
    close(go[0]);
    *out_pid = pid;
    return go[1];
}

static void let_go(int go) {
    assert_int_equal(write(go, "g", 1), 1);
    close(go);
}

static void await(pid_t pid) {
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void processes_that_start_together_migrate_once(void **state) {
    (void)state;
    static const char *const words[] = {"p0", "p1", "p2", "p3"};
    struct folder d;
    folder_make(&d);
    pid_t pid[4];
    int go[4];
    for (int i = 0; i < 4; i++) go[i] = start_child(d.db, words[i], &pid[i]);
    for (int i = 0; i < 4; i++) let_go(go[i]);
    for (int i = 0; i < 4; i++) await(pid[i]);
    struct store *s = open_store(d.db, with_threads);
    assert_int_equal(events_in(s), 4);
    sqlite_close(s);
    folder_remove(&d);
}

static void others_changes_are_noticed_and_ones_own_are_not(void **state) {
    (void)state;
    struct folder d;
    folder_make(&d);
    pid_t pid[2];
    int go[2] = {start_child(d.db, "first", &pid[0]), 0};
    go[1] = start_child(d.db, "second", &pid[1]);
    struct store *s = open_store(d.db, with_threads);
    struct err e = {0};
    struct sqlite_stats st;
    ok(store_write(s, add_event, "own", &e), &e);
    sqlite_poll(s);
    ok(store_write(s, add_event, "own again", &e), &e);
    sqlite_stats(s, &st);
    assert_int_equal(st.foreign_changes, 0);

    let_go(go[0]);
    await(pid[0]);
    ok(store_write(s, add_event, "after", &e), &e); /* seen by the batch */
    sqlite_stats(s, &st);
    assert_int_equal(st.foreign_changes, 1);

    let_go(go[1]);
    await(pid[1]);
    sqlite_poll(s); /* seen without a write of ours */
    int64_t deadline = help_mono_us(NULL) + 20000000;
    do sqlite_stats(s, &st);
    while (st.foreign_changes < 2 && help_mono_us(NULL) < deadline);
    assert_int_equal(st.foreign_changes, 2);
    assert_int_equal(events_in(s), 5);
    sqlite_close(s);
    folder_remove(&d);
}

static void a_writer_elsewhere_is_waited_for_so_long(void **state) {
    (void)state;
    struct fixture f;
    begin(&f, (struct sqlite_options){.threads = true, .busy_ms = 30});
    sqlite3 *other;
    assert_int_equal(sqlite3_open(f.folder.db, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(store_write(f.s, add_event, "late", &f.e), -1);
    assert_int_equal(f.e.kind, ERR_UNAVAILABLE);
    assert_int_equal(events_in(f.s), 0); /* reading goes on */
    assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    ok(store_write(f.s, add_event, "late", &f.e), &f.e);
    struct sqlite_stats st;
    sqlite_stats(f.s, &st);
    assert_int_equal(st.broken, 1);
    sqlite3_close(other);
    end(&f);
}

static int add_kilobytes(struct db *db, void *ctx, struct err *e) {
    static const char body[100000];
    return q_event_add(db, &(struct q_event_add_in){.word = str_of(ctx), .body = {body, sizeof body}}, NULL,
                       e);
}

static void the_log_is_copied_back(void **state) {
    (void)state;
    struct fixture f;
    begin(&f, with_threads);
    for (int i = 0; i < 60; i++) {
        char word[16];
        snprintf(word, sizeof word, "big%d", i);
        ok(store_write(f.s, add_kilobytes, word, &f.e), &f.e);
    }
    struct sqlite_stats st;
    sqlite_stats(f.s, &st);
    assert_true(st.checkpoints >= 1);
    assert_int_equal(events_in(f.s), 60);
    end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        /* First those that fork: later there were threads. */
        cmocka_unit_test(processes_that_start_together_migrate_once),
        cmocka_unit_test(others_changes_are_noticed_and_ones_own_are_not),
        cmocka_unit_test(values_come_back_as_they_went_in),
        cmocka_unit_test(what_does_not_fit_its_declaration_is_an_error),
        cmocka_unit_test(returning_and_changed_rows),
        cmocka_unit_test(cursors_nest_and_end),
        cmocka_unit_test(kinds_of_errors),
        cmocka_unit_test(a_failure_without_words_is_still_one),
        cmocka_unit_test(marks_nest_four_deep),
        cmocka_unit_test(a_failing_job_may_leave_marks),
        cmocka_unit_test(what_waits_is_committed_at_once_and_failures_stay_alone),
        cmocka_unit_test(a_group_has_a_most),
        cmocka_unit_test(the_queue_has_a_most),
        cmocka_unit_test(closing_works_off_the_queue),
        cmocka_unit_test(inline_jobs_run_one_after_the_other),
        cmocka_unit_test(a_read_sees_one_moment),
        cmocka_unit_test(many_threads_at_once),
        cmocka_unit_test(migrations_are_remembered_and_newer_ones_refused),
        cmocka_unit_test(an_old_database_is_migrated_only_when_asked),
        cmocka_unit_test(a_migration_that_fails_leaves_nothing),
        cmocka_unit_test(a_wrong_query_is_named_at_open),
        cmocka_unit_test(what_is_no_database_is_refused),
        cmocka_unit_test(a_writer_elsewhere_is_waited_for_so_long),
        cmocka_unit_test(the_log_is_copied_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
