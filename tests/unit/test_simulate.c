/* The simulator: the same options the same bytes, with the power cut as often as it may be; files as an
 * auditor expects them; and bugs planted on purpose are caught. */
#include "sim_help.h"

#include "sim/sim_impl.h"
#include "sim/simulate.h"

#include <ftw.h>
#include <unistd.h>

struct run {
    struct simulate_options o;
    struct simulate_result r;
    struct err e;
    struct arena arena;
    struct lexicon *lexicon;
    char dir[64];
};

static void run_init(struct run *k, enum simulate_faults faults, uint64_t seed) {
    *k = (struct run){.lexicon = lexicon_of_tree()};
    assert_non_null(k->lexicon);
    arena_init(&k->arena, 256 << 20);
    snprintf(k->dir, sizeof k->dir, "/tmp/leadlight-test-XXXXXX");
    assert_non_null(mkdtemp(k->dir));
    k->o = (struct simulate_options){.tenants = 1,
                                     .leads = 10,
                                     .days = 5,
                                     .seed = seed,
                                     .faults = faults,
                                     .out_dir = k->dir,
                                     .lexicon = k->lexicon,
                                     .template_text = help_template,
                                     .template_ctx = &k->arena,
                                     .version = "test",
                                     .with_log = true};
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void run_done(struct run *k) {
    nftw(k->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    lexicon_free(k->lexicon);
    arena_done(&k->arena);
}

static const char *const files[] = {"tenants.jsonl", "agents.jsonl", "leads.jsonl", "inbound.jsonl",
                                    "sends.jsonl",   "faults.jsonl", "summary.json"};
enum { FILES = sizeof files / sizeof *files };

static struct str text_of(struct run *k, const char *name) {
    struct str path = arena_fmt(&k->arena, "%s/%s", k->dir, name);
    struct str text = slurp(&k->arena, path.p);
    if (!str_given(text)) fail_msg("there is no %s", name);
    return text;
}

static void same_twice(enum simulate_faults faults, uint64_t seed, int leads, int days) {
    struct run a, b;
    run_init(&a, faults, seed);
    run_init(&b, faults, seed);
    a.o.leads = b.o.leads = leads;
    a.o.days = b.o.days = days;
    if (simulate(&a.o, &a.r, &a.e)) fail_msg("%s", a.e.msg);
    if (simulate(&b.o, &b.r, &b.e)) fail_msg("%s", b.e.msg);
    for (int i = 0; i < FILES; i++)
        if (!str_eq(text_of(&a, files[i]), text_of(&b, files[i]))) fail_msg("%s differs", files[i]);
    run_done(&a);
    run_done(&b);
}

static void test_same_bytes_without_faults(void **state) {
    (void)state;
    same_twice(FAULTS_NONE, 1, 10, 5);
}
static void test_same_bytes_with_some(void **state) {
    (void)state;
    same_twice(FAULTS_SOME, 2, 20, 20);
}
static void test_same_bytes_with_all(void **state) {
    (void)state;
    same_twice(FAULTS_ALL, 3, 10, 5);
    same_twice(FAULTS_ALL, 4, 30, 12);
}

static void test_invariants_hold_whatever_fails(void **state) {
    (void)state;
    int64_t crashes = 0, messages = 0, repeats = 0;
    for (uint64_t seed = 100; seed < 112; seed++) {
        struct run k;
        run_init(&k, FAULTS_ALL, seed);
        k.o.tenants = 2;
        k.o.leads = 25;
        k.o.days = 12;
        if (simulate(&k.o, &k.r, &k.e)) fail_msg("%s: %s", k.e.where, k.e.msg);
        crashes += k.r.count[SIM_CRASHES];
        messages += k.r.count[SIM_MESSAGES];
        repeats += k.r.count[SIM_ACCEPTED] - k.r.count[SIM_EVENTS];
        assert_int_equal(k.r.count[SIM_BRIEFINGS] >= 2 * 2 * 2 * 10, 1);
        run_done(&k);
    }
    assert_true(crashes > 100); /* or else it was no test */
    assert_true(messages > 5);
    assert_true(repeats > 20);
}

/* ---- the files ---- */

static void read_lines(struct run *k, const char *file, bool *seen, int64_t *out_n, const char *const *keys) {
    struct str rest = text_of(k, file), line;
    char last[40] = "";
    *out_n = 0;
    while (str_cut(&rest, '\n', &line)) {
        if (!line.n) continue;
        ARENA_AUTO a;
        arena_init(&a, 8 << 20);
        const struct jnode *o;
        struct err e = {0};
        struct str at;
        int64_t seq = 0, us;
        if (json_parse(&a, line, 1 << 20, &o, &e) || json_need_str(o, "at", &at, &e) ||
            json_i64(o, "seq", -1, &seq, &e) || rfc3339_parse(at, &us, &e))
            fail_msg("%s: %s", file, e.msg);
        assert_int_equal(at.n, strlen("2026-11-20T07:00:00.123456Z"));
        assert_true(str_cmp(at, str_of(last)) >= 0);
        str_to_z(at, last, sizeof last);
        assert_false(seen[seq]);
        seen[seq] = true;
        for (int i = 0; keys[i]; i++)
            if (!json_get(o, keys[i])) fail_msg("%s: a line without %s", file, keys[i]);
        ++*out_n;
    }
}

static void test_files_are_as_promised(void **state) {
    (void)state;
    static const char *const keys[OUT_FILES][24] = {
        {"tenant", "zone", "settings", "canary"},
        {"tenant", "agent", "zone", "settings", "phone", "email", "active"},
        {"tenant", "lead", "agent", "phone", "email", "state", "zip", "zone", "erased"},
        {"sent_at", "tenant", "lead", "kind", "channel", "text", "source_id", "accepted", "opt_out",
         "opt_in"},
        {"tenant", "agent", "lead", "person", "channel", "to", "purpose", "subject", "text", "key", "attempt",
         "outcome", "cause", "planned_at", "for_date", "deduplicated", "transactional"},
        {"kind", "detail"},
    };
    struct run k;
    run_init(&k, FAULTS_ALL, 11);
    k.o.leads = 40;
    k.o.days = 20;
    if (simulate(&k.o, &k.r, &k.e)) fail_msg("%s", k.e.msg);
    enum { LINES = 100000 };
    bool *seen = calloc(LINES, 1);
    int64_t all = 0, n;
    for (int i = 0; i < OUT_FILES; i++) {
        read_lines(&k, files[i], seen, &n, keys[i]);
        all += n;
    }
    for (int64_t i = 0; i < all; i++)
        if (!seen[i]) fail_msg("no line has the number %lld", (long long)i);
    free(seen);
    run_done(&k);
}

/* ---- bugs on purpose ---- */

static void test_a_vendor_that_forgets_keys_is_caught(void **state) {
    (void)state;
    int caught = 0;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct run k;
        run_init(&k, FAULTS_ALL, seed);
        k.o.vendors_forget_keys = true;
        if (simulate(&k.o, &k.r, &k.e)) {
            caught++;
            assert_int_equal(k.r.breach.kind, ERR_INTERNAL);
            assert_true(str_find(str_of(k.e.msg), STR("delivered twice")) >= 0);
            char told[32];
            snprintf(told, sizeof told, "seed %llu", (unsigned long long)seed);
            assert_true(str_starts(str_of(k.e.msg), str_of(told)));
            assert_true(str_find(text_of(&k, "summary.json"), STR("\"held\":false")) >= 0);
        }
        run_done(&k);
    }
    assert_true(caught >= 2);
}

static void test_a_server_that_lies_is_caught(void **state) {
    (void)state;
    struct run k;
    run_init(&k, FAULTS_NONE, 1);
    k.o.leads = 40;
    k.o.days = 10;
    k.o.server_lies_to_crm = true;
    assert_int_equal(simulate(&k.o, &k.r, &k.e), -1);
    assert_true(str_find(str_of(k.e.msg), STR("on no timeline")) >= 0);
    run_done(&k);
}

/* What was acknowledged is gone after a loss of power, or the whole database is. */
static void test_a_disk_that_lies_is_caught(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct run k;
        run_init(&k, FAULTS_ALL, seed);
        k.o.disk_lies = true;
        assert_int_equal(simulate(&k.o, &k.r, &k.e), -1);
        run_done(&k);
    }
}

/* ---- parts ---- */

static void test_a_law_that_changes(void **state) {
    (void)state;
    BUF_AUTO b;
    BUF_AUTO made;
    buf_init(&b, 1 << 20);
    buf_init(&made, 1 << 20);
    struct zone *z = NULL, *changed = NULL;
    struct err e = {0};
    if (help_zone(NULL, STR("America/New_York"), &b, &e) || zone_read(STR("old"), buf_str(&b), &z, &e))
        fail_msg("%s", e.msg);
    int64_t from = HELP_NOW_US - 400 * US_DAY, law = HELP_NOW_US;
    tzif_with_law(z, from, law, -4 * 3600, "EDT", &made);
    if (zone_read(STR("new"), buf_str(&made), &changed, &e)) fail_msg("%s: %s", e.where, e.msg);
    for (int64_t us = from; us < law; us += 7 * US_HOUR) {
        assert_int_equal(zone_at(z, us).offset_s, zone_at(changed, us).offset_s);
        assert_string_equal(zone_at(z, us).abbreviation, zone_at(changed, us).abbreviation);
    }
    assert_int_equal(zone_at(changed, law - 1).offset_s, -5 * 3600);
    for (int64_t us = law; us < law + 800 * US_DAY; us += 7 * US_DAY)
        assert_int_equal(zone_at(changed, us).offset_s, -4 * 3600);
    zone_free(z);
    zone_free(changed);
}

static void test_set_and_heap(void **state) {
    (void)state;
    struct sim_set set = {0};
    bool fresh;
    assert_null(sim_set_find(&set, sim_name(STR("a"), STR("b"), 1)));
    for (int64_t i = 0; i < 5000; i++) {
        *sim_set_at(&set, sim_name(STR("a"), STR("b"), i), &fresh) = (uint32_t)i;
        assert_true(fresh);
    }
    for (int64_t i = 0; i < 5000; i++) {
        assert_int_equal(*sim_set_at(&set, sim_name(STR("a"), STR("b"), i), &fresh), i);
        assert_false(fresh);
    }
    assert_int_equal(set.n, 5000);
    sim_set_done(&set);
    struct sim_due heap[200];
    struct prng r = prng_seed(1);
    for (size_t n = 0; n < 200; n++) {
        heap[n] = (struct sim_due){(int64_t)prng_below(&r, 20), n};
        sim_heap_push(heap, n + 1, sizeof *heap);
    }
    struct sim_due last = {-1, 0};
    for (size_t n = 200; n > 0; n--) {
        sim_heap_pop(heap, n, sizeof *heap);
        struct sim_due d = heap[n - 1];
        assert_true(d.at_us > last.at_us || (d.at_us == last.at_us && d.order > last.order));
        last = d;
    }
}

static void test_refuses(void **state) {
    (void)state;
    struct run k;
    run_init(&k, FAULTS_NONE, 1);
    k.o.days = 0;
    assert_int_equal(simulate(&k.o, &k.r, &k.e), -1);
    assert_int_equal(k.e.kind, ERR_INVALID);
    k.o.days = 1;
    k.o.out_dir = "/proc/no/such/place";
    assert_int_equal(simulate(&k.o, &k.r, &k.e), -1);
    assert_int_equal(k.e.kind, ERR_UNAVAILABLE);
    enum simulate_faults f;
    assert_true(simulate_faults_parse(STR("some"), &f) && f == FAULTS_SOME);
    assert_false(simulate_faults_parse(STR("few"), &f));
    run_done(&k);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bytes_without_faults),
        cmocka_unit_test(test_same_bytes_with_some),
        cmocka_unit_test(test_same_bytes_with_all),
        cmocka_unit_test(test_invariants_hold_whatever_fails),
        cmocka_unit_test(test_files_are_as_promised),
        cmocka_unit_test(test_a_vendor_that_forgets_keys_is_caught),
        cmocka_unit_test(test_a_server_that_lies_is_caught),
        cmocka_unit_test(test_a_disk_that_lies_is_caught),
        cmocka_unit_test(test_a_law_that_changes),
        cmocka_unit_test(test_set_and_heap),
        cmocka_unit_test(test_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
