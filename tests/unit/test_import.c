/* Imports from CSV: columns by heading, every wrong row named, twice is once, and nobody brought back. */
#include "flow_help.h"

#include "flow/import.h"
#include "flow/import_map.h"

static struct import_report report; /* large */

static const struct import_report *import(struct house *h, enum import_kind kind, bool dry, const char *csv) {
    struct err e = {0};
    struct import_options o = {.kind = kind, .dry_run = dry};
    ok(import_csv(&h->flow, h->t, &o, str_of(csv), &report, &e), &e);
    assert_int_equal(report.rows, report.fresh + report.known + report.rejected);
    return &report;
}

static void counts(const struct import_report *r, int64_t fresh, int64_t known, int64_t rejected) {
    if (r->fresh != fresh || r->known != known || r->rejected != rejected) {
        BUF_AUTO b;
        buf_init(&b, 64 * 1024);
        import_report_text(r, &b);
        fail_msg("%.*s", STR_FMT(buf_str(&b)));
    }
}

static void fact(const struct lead *l, enum contact_field f, const char *want) {
    struct str got = profile_get(&l->profile, f);
    if (!str_eq(got, str_of(want)))
        fail_msg("%s: \"%.*s\", not \"%s\"", contact_field_name(f), STR_FMT(got), want);
}

/* By e-mail or phone, as the pipeline would find it. */
struct find {
    struct house *h;
    struct lead_ref ref;
    struct arena *a;
    struct lead *l;
    int got;
};
static int find_work(struct db *db, void *ctx, struct err *e) {
    struct find *k = ctx;
    struct id id;
    k->got = lead_find(&k->h->flow, db, k->h->t, &k->ref, &id, e);
    if (k->got > 0) k->got = lead_open(&k->h->flow, db, k->h->t, id, k->a, k->l, e);
    return k->got < 0 ? -1 : 0;
}
static bool find(struct house *h, const char *email, const char *phone, struct arena *a, struct lead *l) {
    struct err e = {0};
    struct find k = {h, {.email = str_of(email), .phone = str_of(phone)}, a, l, 0};
    ok(store_read(h->store, find_work, &k, &e), &e);
    return k.got > 0;
}

static void test_leads(void **state) {
    struct house *h = *state;
    ARENA_AUTO a;
    struct lead l;
    arena_init(&a, 8 * 1024 * 1024);
    counts(
        import(h, IMPORT_LEADS, false,
               "\xef\xbb\xbf"
               "First Name,Last Name,E-mail,Phone Number,Street Address,City,State,Zip Code,Time Zone,Tags,"
               "Lead Source,Assigned To,Created On,Shoe Size\r\n"
               "Ada,Lovelace,Ada@Example.com,(512) 555-0123,\"1 Main St, Apt "
               "2\",Austin,TX,78701,America/Chicago,"
               "\"buyer,hot\",Zillow,USER1,1/5/2026 2:05 PM,38\r\n"
               "Bo,,,+1 512 555 0124,,,,,,,,,,\r\n"),
        2, 0, 0);
    assert_int_equal(report.n_unused, 1);
    assert_string_equal(report.unused[0], "Shoe Size");
    assert_true(find(h, "ada@example.com", NULL, &a, &l));
    fact(&l, CF_NAME, "Ada Lovelace");
    fact(&l, CF_FIRST_NAME, "Ada");
    fact(&l, CF_PHONE, "(512) 555-0123");
    fact(&l, CF_ADDRESS, "1 Main St, Apt 2");
    fact(&l, CF_ZONE, "America/Chicago");
    fact(&l, CF_TAGS, "buyer,hot");
    fact(&l, CF_SOURCE, "Zillow");
    assert_true(id_eq(l.agent, h->agent));
    assert_int_equal(l.picture.count[EV_CONTACT], 2); /* came into being, and what is known */
    int64_t created = 0;
    rfc3339_parse(STR("2026-01-05T19:05:00Z"), &created, NULL); /* 2:05 pm where the team is */
    assert_int_equal(l.picture.first_us, created);
    assert_int_equal(l.picture.last_us, h->now_us);
    assert_true(find(h, NULL, "5125550124", &a, &l));
    fact(&l, CF_NAME, "Bo");
    assert_true(find(h, NULL, "5125550123", &a, &l));
}

static const char two[] = "email;name;created\na@example.com;Ann;2026-01-01\nb@example.com;Bob;2026-01-02\n";

static void test_twice_is_once(void **state) {
    struct house *h = *state;
    ARENA_AUTO a;
    struct lead l;
    arena_init(&a, 8 * 1024 * 1024);
    counts(import(h, IMPORT_LEADS, false, two), 2, 0, 0);
    h->now_us += US_DAY;
    counts(import(h, IMPORT_LEADS, false, two), 0, 2, 0);
    /* saved again by another program: other order, quotes, an empty column */
    counts(import(h, IMPORT_LEADS, false,
                  "Name,Created At,Note,E-Mail\n\"Bob\",2026-01-02,,b@example.com\n\"Ann\",2026-01-01,x,"
                  "\"a@example.com\"\n"),
           0, 2, 0);
    assert_true(find(h, "a@example.com", NULL, &a, &l));
    assert_int_equal(help_count_events(h, h->t, l.id), 2);
    /* a corrected row is new, and its facts count */
    counts(import(h, IMPORT_LEADS, false, "email,name,created\na@example.com,Anne,2026-01-01\n"), 1, 0, 0);
    assert_true(find(h, "a@example.com", NULL, &a, &l));
    fact(&l, CF_NAME, "Anne");
}

static void test_a_dry_run_stores_nothing(void **state) {
    struct house *h = *state;
    ARENA_AUTO a;
    struct lead l;
    arena_init(&a, 8 * 1024 * 1024);
    counts(import(h, IMPORT_LEADS, true, two), 2, 0, 0);
    assert_false(find(h, "a@example.com", NULL, &a, &l));
    assert_int_equal(help_drain(h), 0);
    counts(import(h, IMPORT_LEADS, false, two), 2, 0, 0);
    counts(import(h, IMPORT_LEADS, true, two), 0, 2, 0);
}

static void test_every_wrong_row_is_named(void **state) {
    struct house *h = *state;
    static const char csv[] = "Name,Email,Mobile,Time zone,DND,Created\n"
                              "ok,a@example.com,,,,\n"
                              "mail,nobody,,,,\n"                  /* 2 */
                              "phone,,12,,,\n"                     /* 3 */
                              "who,,,,,\n"                         /* 4 */
                              "zone,b@example.com,,EST or so,,\n"  /* 5 */
                              "flag,c@example.com,,,maybe,\n"      /* 6 */
                              "date,d@example.com,,,,31/1/2026\n"  /* 7 */
                              "late,d@example.com,,,,2031-01-01\n" /* 8 */
                              "wide,e@example.com,,,,,\n"          /* 9 */
                              "qu\"ote,f@example.com,,,,\n"        /* 10 */
                              "n/a,g@example.com,N/A,null,-,\n";   /* says nothing but the e-mail */
    static const struct {
        int row;
        const char *column, *reason;
    } want[] = {{2, "Email", "e-mail"},        {3, "Mobile", "phone number"},    {4, "", "required"},
                {5, "Time zone", "time zone"}, {6, "DND", "yes or no"},          {7, "Created", "time like"},
                {8, "Created", "future"},      {9, "", "7 cells for 6 columns"}, {10, "column 1", "quote"}};
    counts(import(h, IMPORT_LEADS, false, csv), 2, 0, 9);
    assert_int_equal(report.n_rejects, 9);
    for (size_t i = 0; i < 9; i++) {
        const struct import_reject *j = &report.reject[i];
        if (j->row != want[i].row || j->line != want[i].row + 1 || strcmp(j->column, want[i].column) != 0 ||
            !strstr(j->reason, want[i].reason))
            fail_msg("row %lld, line %lld, %s: %s", (long long)j->row, (long long)j->line, j->column,
                     j->reason);
    }
}

static void test_headings_that_will_not_do(void **state) {
    struct house *h = *state;
    static const struct {
        enum import_kind kind;
        const char *csv;
    } rows[] = {{IMPORT_LEADS, ""},
                {IMPORT_LEADS, "name,city\nAnn,Austin\n"},
                {IMPORT_EVENTS, "email,at\n"},
                {IMPORT_EVENTS, "email,kind\n"},
                {IMPORT_EVENTS, "kind,at\n"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err e = {0};
        struct import_options o = {.kind = rows[i].kind};
        assert_int_equal(import_csv(&h->flow, h->t, &o, str_of(rows[i].csv), &report, &e), -1);
        assert_int_equal(e.kind, ERR_INVALID);
    }
}

static void test_nobody_is_brought_back(void **state) {
    struct house *h = *state;
    ARENA_AUTO a;
    struct lead l;
    arena_init(&a, 8 * 1024 * 1024);
    counts(import(h, IMPORT_LEADS, false, "email,opt out,dnd\na@example.com,yes,yes\nb@example.com,,yes\n"),
           2, 0, 0);
    h->now_us += US_DAY;
    counts(import(h, IMPORT_LEADS, false, "email,opt out,dnd\na@example.com,no,no\nb@example.com,no,no\n"), 2,
           0, 0);
    assert_true(find(h, "a@example.com", NULL, &a, &l));
    assert_true(l.opted_out);
    assert_true(profile_flag(&l.profile, CF_DND));
    assert_true(find(h, "b@example.com", NULL, &a, &l));
    assert_false(l.opted_out);
    assert_true(profile_flag(&l.profile, CF_DND));
}

static void test_events(void **state) {
    struct house *h = *state;
    ARENA_AUTO a;
    struct lead l;
    arena_init(&a, 8 * 1024 * 1024);
    static const char csv[] =
        "id,email,kind,at,seconds,value,text,url,channel\n"
        "1,a@example.com,property_view,2026-01-15T10:00:00Z,93,\"$450,000.50\",,https://example.com/1,\n"
        "2,a@example.com,Property View,2026-01-15 10:00,,,,,WEB\n"
        "3,a@example.com,message_in,2025-06-01 10:00,,,need to move ASAP,,sms\n"
        "4,a@example.com,teleport,2026-01-15,,,,,\n"
        "5,a@example.com,share,,,,,,\n"
        "6,a@example.com,share,2026-01-15,1.5,,,,\n"
        "7,a@example.com,share,2026-01-15,,cheap,,,\n"
        "8,a@example.com,share,2026-01-15,,,,,pigeon\n"
        "9,a@example.com,action,2026-01-15,,,,,\n";
    counts(import(h, IMPORT_EVENTS, false, csv), 3, 0, 6);
    static const char *const columns[] = {"kind", "at", "seconds", "value", "channel", "kind"};
    for (size_t i = 0; i < 6; i++) assert_string_equal(report.reject[i].column, columns[i]);
    assert_true(find(h, "a@example.com", NULL, &a, &l));
    assert_int_equal(l.picture.count[EV_PROPERTY_VIEW], 2);
    assert_int_equal(l.picture.count[EV_MESSAGE_IN], 1);
    assert_int_equal(help_outbox(h).n, 0); /* old news alert nobody */
    counts(import(h, IMPORT_EVENTS, false, csv), 0, 3, 6);
    /* the id column names the event, whatever else was corrected */
    counts(import(h, IMPORT_EVENTS, false, "id,email,kind,at\n1,a@example.com,favorite,2026-01-15\n"), 0, 1,
           0);
}

struct steps {
    int64_t done[8], total;
    int n;
};
static void step(void *ctx, int64_t done, int64_t total) {
    struct steps *s = ctx;
    assert_true(s->n < 8);
    s->done[s->n++] = done;
    s->total = total;
}

static void test_batches_and_progress(void **state) {
    struct house *h = *state;
    for (int rows = 9; rows <= 11; rows++) { /* around two batches of five */
        BUF_AUTO csv;
        struct err e = {0};
        struct steps s = {0};
        buf_init(&csv, 64 * 1024);
        buf_z(&csv, "email\r");
        for (int i = 0; i < rows; i++) buf_fmt(&csv, "p%d.%d@example.com\r", rows, i);
        struct import_options o = {.kind = IMPORT_LEADS, .batch = 5, .progress = step, .progress_ctx = &s};
        ok(import_csv(&h->flow, h->t, &o, buf_str(&csv), &report, &e), &e);
        counts(&report, rows, 0, 0);
        assert_int_equal(s.total, rows);
        assert_int_equal(s.done[0], 5);
        assert_int_equal(s.done[s.n - 1], rows);
        assert_int_equal(help_drain(h), 0); /* worked through on the way */
    }
}

static void test_more_wrong_rows_than_are_listed(void **state) {
    struct house *h = *state;
    BUF_AUTO csv;
    BUF_AUTO text;
    buf_init(&csv, 64 * 1024);
    buf_init(&text, 256 * 1024);
    buf_z(&csv, "email\n");
    for (int i = 0; i < IMPORT_MAX_REJECTS + 1; i++) buf_z(&csv, "nobody\n");
    counts(import(h, IMPORT_LEADS, false, csv.p), 0, 0, IMPORT_MAX_REJECTS + 1);
    assert_int_equal(report.n_rejects, IMPORT_MAX_REJECTS);
    import_report_text(&report, &text);
    assert_non_null(strstr(text.p, "and 1 more"));
    buf_clear(&text);
    import_report_json(&report, &text);
    ARENA_AUTO a;
    const struct jnode *n;
    arena_init(&a, 8 * 1024 * 1024);
    assert_int_equal(json_parse(&a, buf_str(&text), 256 * 1024, &n, NULL), 0);
    assert_int_equal(json_get(n, "rejects")->kids.count, IMPORT_MAX_REJECTS);
}

static void test_times(void **state) {
    struct house *h = *state;
    const struct zone *z = zones_find(h->zones, STR("America/New_York"));
    static const struct {
        const char *text, *utc; /* NULL: refused */
    } rows[] = {
        {"2026-01-31T14:05:09-05:00", "2026-01-31T19:05:09Z"},
        {"2026-01-31", "2026-01-31T05:00:00Z"},
        {"2026-01-31 14:05", "2026-01-31T19:05:00Z"},
        {"2026-07-31 14:05:09", "2026-07-31T18:05:09Z"},
        {"1/31/2026", "2026-01-31T05:00:00Z"},
        {"01/31/2026 2:05 PM", "2026-01-31T19:05:00Z"},
        {"1/31/2026 12:05 am", "2026-01-31T05:05:00Z"},
        {"1/31/2026 12:05:30 pm", "2026-01-31T17:05:30Z"},
        {" 1/31/2026  14:05 ", "2026-01-31T19:05:00Z"},
        {"2026-03-08 02:30", "2026-03-08T07:00:00Z"},
        {"", NULL},
        {"31/1/2026", NULL},
        {"1/31/26", NULL},
        {"2026-02-30", NULL},
        {"2026-01-31 24:00", NULL},
        {"2026-01-31 10:60", NULL},
        {"1/31/2026 13:05 PM", NULL},
        {"1/31/2026 0:05 AM", NULL},
        {"2026-01-31 10:00 or so", NULL},
        {"yesterday", NULL},
        {"45000", NULL},
        {"/", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t us = 0, want = 0;
        int rc = import_time(str_of(rows[i].text), z, &us, NULL);
        if (rows[i].utc) rfc3339_parse(str_of(rows[i].utc), &want, NULL);
        if (rc != (rows[i].utc ? 0 : -1) || us != want) fail_msg("%s: %lld", rows[i].text, (long long)us);
    }
    int64_t us;
    assert_int_equal(import_time(STR("2026-01-31"), NULL, &us, NULL), -1);
    assert_int_equal(import_time(STR("2026-01-31T00:00:00Z"), NULL, &us, NULL), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_leads, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_twice_is_once, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_a_dry_run_stores_nothing, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_every_wrong_row_is_named, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_headings_that_will_not_do, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_nobody_is_brought_back, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_events, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_batches_and_progress, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_more_wrong_rows_than_are_listed, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_times, house_open, house_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
