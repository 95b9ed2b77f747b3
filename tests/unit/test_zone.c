/* Zones: every zone of the system against zdump, odd rules against zdump, gaps and folds, hostile files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <assert.h>
#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/prng.h"
#include "base/zone.h"

#define FOLDER "/usr/share/zoneinfo"
enum { MAX_ZONES = 4096 };

/* ---- files made here ---- */

struct made {
    int version; /* 1 .. 4 */
    int transitions, types;
    int64_t at[4];
    uint8_t to[4];
    int32_t offset[4];
    uint8_t dst[4], name_at[4];
    const char *names; /* 12 bytes, NULs among them */
    const char *footer;
};

static void add_be(struct buf *b, int64_t v, int bytes) {
    while (bytes-- > 0) buf_c(b, (char)(v >> (8 * bytes)));
}

static void add_header(struct buf *b, int version, int transitions, int types, int chars) {
    buf_z(b, "TZif");
    buf_c(b, (char)(version == 1 ? 0 : '0' + version));
    for (int i = 0; i < 15; i++) buf_c(b, 0);
    int counts[6] = {0, 0, 0, transitions, types, chars};
    for (int i = 0; i < 6; i++) add_be(b, counts[i], 4);
}

static void add_made(struct buf *b, const struct made *m) {
    if (m->version > 1) { /* the block for old readers: one type "UTC" that nobody may see */
        add_header(b, m->version, 0, 1, 4);
        add_be(b, 0, 6);
        buf_add(b, "OLD", 4);
    }
    add_header(b, m->version, m->transitions, m->types, 12);
    for (int i = 0; i < m->transitions; i++) add_be(b, m->at[i], m->version > 1 ? 8 : 4);
    buf_add(b, m->to, (size_t)m->transitions);
    for (int i = 0; i < m->types; i++) {
        add_be(b, m->offset[i], 4);
        buf_c(b, (char)m->dst[i]);
        buf_c(b, (char)m->name_at[i]);
    }
    buf_add(b, m->names, 12);
    if (m->version > 1) buf_fmt(b, "\n%s\n", m->footer ? m->footer : "");
}

static struct made simple(const char *footer) {
    return (struct made){.version = 2, .types = 1, .names = "LMT\0AAA\0BBB\0", .footer = footer};
}

/* NULL when refused */
static struct zone *read_made(const struct made *m, struct err *e) {
    BUF_AUTO b;
    buf_init(&b, 4096);
    add_made(&b, m);
    assert_true(buf_ok(&b));
    struct zone *z = NULL;
    return zone_read(STR("Test/Made"), buf_str(&b), &z, e) ? NULL : z;
}

static struct zone *zone_of_rule(const char *tz) {
    struct made m = simple(tz);
    struct err e = {0};
    struct zone *z = read_made(&m, &e);
    if (!z) fail_msg("%s: %s %s", tz, e.where, e.msg);
    return z;
}

static int64_t at(int year, int month, int day, int hour, int minute, int second) {
    return civil_to_us((struct civil){{year, month, day}, hour, minute, second, 0});
}

/* ---- against zdump ---- */

struct files {
    char *names[MAX_ZONES];
    uint64_t seen[MAX_ZONES]; /* hashes of what was read */
    size_t count, all, right;
};
static struct files files; /* nftw() passes no context */

static int read_file(void *ctx, struct str name, struct buf *out, struct err *e) {
    (void)ctx;
    char path[256];
    snprintf(path, sizeof path, FOLDER "/%.*s", STR_FMT(name));
    FILE *f = fopen(path, "re");
    if (!f) return err_set(e, ERR_NOT_FOUND, "", "no such zone");
    char bytes[4096];
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, f)) > 0;) buf_add(out, bytes, n);
    fclose(f);
    return 0;
}

static int visit(const char *path, const struct stat *st, int kind, struct FTW *where) {
    (void)st, (void)where;
    if (kind != FTW_F) return 0;
    BUF_AUTO b;
    buf_init(&b, 1 << 20);
    const char *name = path + strlen(FOLDER "/");
    read_file(NULL, str_of(name), &b, NULL);
    if (!str_starts(buf_str(&b), STR("TZif"))) return 0;
    struct err e = {0};
    struct zone *z;
    if (zone_read(str_of(name), buf_str(&b), &z, &e)) fail_msg("%s: %s %s", name, e.where, e.msg);
    zone_free(z);
    files.all++;
    /* "right" zones differ from the others by leap seconds only, and zdump is slow: every fourth will do */
    if (str_starts(str_of(name), STR("right/")) && files.right++ % 4) return 0;
    uint64_t hash = str_hash(buf_str(&b));
    for (size_t i = 0; i < files.count; i++)
        if (files.seen[i] == hash) return 0;
    assert_true(files.count < MAX_ZONES);
    files.seen[files.count] = hash;
    files.names[files.count++] = strdup(name);
    return 0;
}

struct feed { /* one running zdump and what it says now */
    FILE *from;
    struct zone_set *set;
    struct zone *made;
    char name[128];
    const struct zone *zone;
    bool had;
    int64_t before_us;
    int before_offset_s;
    size_t lines, jumps;
};

static struct civil plus(int64_t us, int64_t offset_s) {
    return civil_of_us(us + offset_s * US_SECOND);
}

static void expect_fit(const struct feed *f, struct civil wall, enum zone_fit fit, int64_t us) {
    enum zone_fit got_fit;
    int64_t got = zone_instant(f->zone, wall, &got_fit);
    if (got_fit != fit || got != us)
        fail_msg("%s: wall %d-%02d-%02d %02d:%02d:%02d is %d at %lld, not %d at %lld", f->name,
                 wall.date.year, wall.date.month, wall.date.day, wall.hour, wall.minute, wall.second,
                 (int)got_fit, (long long)got, (int)fit, (long long)us);
}

/* The clock jumped from offset a to b at T: its gap and its fold. */
static void check_jump(struct feed *f, int64_t us, int a, int b) {
    f->jumps++;
    if (b > a) {
        expect_fit(f, plus(us, a), ZONE_GAP, us);
        expect_fit(f, plus(us - US_SECOND, b), ZONE_GAP, us);
        expect_fit(f, plus(us, b), ZONE_UNIQUE, us);
        expect_fit(f, plus(us - US_SECOND, a), ZONE_UNIQUE, us - US_SECOND);
    } else if (b < a) {
        expect_fit(f, plus(us, b), ZONE_FOLD, us - (a - b) * US_SECOND);
        expect_fit(f, plus(us - US_SECOND, a), ZONE_FOLD, us - US_SECOND);
        expect_fit(f, plus(us, a), ZONE_UNIQUE, us + (a - b) * US_SECOND);
        expect_fit(f, plus(us - US_SECOND, b), ZONE_UNIQUE, us - (a - b) * US_SECOND - US_SECOND);
    }
}

static int month_number(const char *name) {
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const char *found = strstr(names, name);
    assert_non_null(found);
    return (int)(found - names) / 3 + 1;
}

static void use_zone(struct feed *f, const char *name) {
    if (f->zone && strcmp(f->name, name) == 0) return;
    f->had = false;
    assert_true(str_to_z(str_of(name), f->name, sizeof f->name));
    struct err e = {0};
    if (strchr(name, ',')) {
        zone_free(f->made);
        f->zone = f->made = zone_of_rule(name);
    } else if (zone_set_get(f->set, str_of(name), &f->zone, &e)) {
        fail_msg("%s: %s %s", name, e.where, e.msg);
    }
}

/* "Asia/Tokyo  Sat May  7 14:59:59 1949 UT = Sat May  7 23:59:59 1949 JST isdst=0 gmtoff=32400" */
static void check_line(struct feed *f, const char *line) {
    char name[128], month[4], local_month[4], abbreviation[16];
    struct civil ut = {0}, local = {0};
    int dst, offset_s;
    int n = sscanf(line, "%127s %*3s %3s %d %d:%d:%d %d UT = %*3s %3s %d %d:%d:%d %d %15s isdst=%d gmtoff=%d",
                   name, month, &ut.date.day, &ut.hour, &ut.minute, &ut.second, &ut.date.year, local_month,
                   &local.date.day, &local.hour, &local.minute, &local.second, &local.date.year, abbreviation,
                   &dst, &offset_s);
    if (n != 16 || ut.second == 60) return; /* the ends of time; POSIX time has no leap seconds */
    ut.date.month = month_number(month);
    local.date.month = month_number(local_month);
    use_zone(f, name);
    int64_t us = civil_to_us(ut);
    struct zone_moment m = zone_at(f->zone, us);
    struct civil shown = zone_civil(f->zone, us);
    if (m.offset_s != offset_s || m.dst != (dst == 1) || strcmp(m.abbreviation, abbreviation) != 0 ||
        civil_to_us(shown) != civil_to_us(local))
        fail_msg("%s is not what we say: %d %d %s", line, m.offset_s, m.dst, m.abbreviation);
    assert_int_equal(date_cmp(zone_date(f->zone, us), local.date), 0);
    if (f->had && us - f->before_us == US_SECOND) check_jump(f, us, f->before_offset_s, offset_s);
    f->had = true;
    f->before_us = us;
    f->before_offset_s = offset_s;
    f->lines++;
}

/* Two at a time: zdump is what takes long. */
static void run_zdump(const char *const *names, size_t count, size_t *out_lines, size_t *out_jumps) {
    struct feed feeds[2] = {0};
    struct zone_set *set;
    assert_int_equal(zone_set_new(read_file, NULL, STR("test"), &set, NULL), 0);
    for (size_t k = 0; k < 2; k++) {
        BUF_AUTO command;
        buf_init(&command, 100000);
        buf_z(&command, "zdump -v -c 1970,2101");
        for (size_t i = k; i < count; i += 2) buf_fmt(&command, " '%s'", names[i]);
        assert_true(buf_ok(&command));
        feeds[k].set = set;
        feeds[k].from = popen(buf_str(&command).p, "re");
        assert_non_null(feeds[k].from);
    }
    char line[512];
    for (size_t open = 2; open > 0;) {
        for (size_t k = 0; k < 2; k++) {
            if (feeds[k].from && fgets(line, sizeof line, feeds[k].from)) {
                check_line(&feeds[k], line);
            } else if (feeds[k].from) {
                assert_int_equal(pclose(feeds[k].from), 0);
                feeds[k].from = NULL;
                open--;
            }
        }
    }
    *out_lines = feeds[0].lines + feeds[1].lines;
    *out_jumps = feeds[0].jumps + feeds[1].jumps;
    for (size_t k = 0; k < 2; k++) zone_free(feeds[k].made);
    zone_set_free(set);
}

static bool have_zdump(void) {
    FILE *f = popen("command -v zdump", "re");
    char line[256];
    bool found = f && fgets(line, sizeof line, f);
    if (f) pclose(f);
    if (!found) print_message("# SKIP: no zdump here, zones are not compared with it\n");
    return found;
}

static void test_every_zone_of_the_system(void **state) {
    (void)state;
    if (access(FOLDER "/UTC", R_OK) != 0) print_message("# SKIP: no zones in " FOLDER "\n");
    if (access(FOLDER "/UTC", R_OK) != 0 || !have_zdump()) skip();
    assert_int_equal(nftw(FOLDER, visit, 20, 0), 0);
    size_t lines, jumps;
    run_zdump((const char *const *)files.names, files.count, &lines, &jumps);
    print_message(
        "# %zu zones (%zu with leap seconds), %zu different files asked about, %zu moments, %zu changes\n",
        files.all, files.right, files.count, lines, jumps);
    assert_true(files.count > 300 && lines > 50000 && jumps > 25000);
    for (size_t i = 0; i < files.count; i++) free(files.names[i]);
}

/* glibc judges a rule within the year of UTC, so changes near New Year are not here but in test_rules(). */
static void test_odd_rules_as_zdump_reads_them(void **state) {
    (void)state;
    static const char *const rules[] = {
        "EST5EDT,M3.2.0,M11.1.0",               /* the usual */
        "AEST-10AEDT,M10.1.0,M4.1.0/3",         /* the southern half */
        "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1",     /* the day before */
        "IST-2IDT,M3.4.4/26,M10.5.0",           /* the day after */
        "EET-2EEST,M3.4.4/50,M10.4.4/50",       /* two days after */
        "IST-1GMT0,M10.5.0,M3.5.0/1",           /* daylight time behind standard time */
        "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", /* half an hour */
        "<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45",
        "AAA3:15:20BBB2:10:5,M3.1.1/1:2:3,M9.2.6/23:59:59",
        "AAA+3BBB+2,J60,J300", /* 1 March, also in leap years */
        "AAA3BBB,J59/0,J364/24",
        "AAA3BBB,59,300/1", /* 29 February or 1 March */
        "AAA-3BBB,2/0,362/24",
        "<+00>0<+02>-2,M3.5.0/1,M10.5.0/3", /* two hours (Troll) */
        "AAA24BBB23,M2.1.0/0,M12.1.0/0",    /* as far west as it goes */
        "AAA-14BBB-15,M6.1.0/12,M6.3.0/12",
    };
    if (!have_zdump()) skip();
    size_t lines, jumps;
    run_zdump(rules, sizeof rules / sizeof rules[0], &lines, &jumps);
    print_message("# %zu moments, %zu changes\n", lines, jumps);
    assert_true(jumps > 4000);
}

/* ---- rules, by hand ---- */

static void test_rules(void **state) {
    (void)state;
    static const struct {
        const char *tz;
        int year, month, day, hour, offset_s;
        const char *abbreviation;
        bool dst;
    } rows[] = {
        {"UTC0", 2050, 7, 1, 0, 0, "UTC", false},
        {"<+0330>-3:30", 2050, 7, 1, 0, 12600, "+0330", false},
        {"<-00>0", 1890, 7, 1, 0, 0, "-00", false},
        {"ABCDEFG1:02:03", 2000, 1, 1, 0, -3723, "ABCDEFG", false},
        {"EST5EDT", 2030, 7, 1, 0, -14400, "EDT", true}, /* no rules: those of the United States */
        {"EST5EDT", 2030, 3, 10, 6, -18000, "EST", false},
        {"EST5EDT", 2030, 3, 10, 7, -14400, "EDT", true},
        {"EST5EDT4", 2030, 7, 1, 0, -14400, "EDT", true},
        {"EST5EDT,0/0,J365/25", 2030, 12, 31, 23, -14400, "EDT",
         true}, /* daylight time all year (RFC 9636) */
        {"EST5EDT,0/0,J365/25", 2031, 1, 1, 4, -14400, "EDT", true},
        {"EST5EDT,0/0,J365/25", 2031, 1, 1, 5, -14400, "EDT", true},
        {"XXX3EDT4,0/0,J365/23", 2032, 6, 1, 0, -14400, "EDT", true},
        {"XXX3EDT4,0/0,J365/23", 2033, 1, 1, 4, -14400, "EDT", true},
        {"AAA5BBB,M6.1.0/2,M6.1.0/3", 2030, 6, 2, 7, -18000, "AAA", false}, /* ends when it starts: never */
        {"AAA5BBB,M6.1.0/2,M6.1.0/3", 2030, 12, 1, 0, -18000, "AAA", false},
        {"AAA0BBB,M1.1.0/-167,M6.1.0/167", 2031, 12, 30, 0, 3600, "BBB", true}, /* starts the year before */
        {"AAA0BBB,M1.1.0/-167,M6.1.0/167", 2032, 6, 12, 23, 0, "AAA", false},   /* 6 June + 167 h - 1 h */
        {"AAA0BBB,M1.1.0/-167,M6.1.0/167", 2032, 6, 12, 21, 3600, "BBB", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct zone *z = zone_of_rule(rows[i].tz);
        struct zone_moment m = zone_at(z, at(rows[i].year, rows[i].month, rows[i].day, rows[i].hour, 0, 0));
        if (m.offset_s != rows[i].offset_s || m.dst != rows[i].dst ||
            strcmp(m.abbreviation, rows[i].abbreviation))
            fail_msg("%s, row %zu: %d %s", rows[i].tz, i, m.offset_s, m.abbreviation);
        zone_free(z);
    }
}

static void test_refused_rules(void **state) {
    (void)state;
    static const char *const rules[] = {
        "E5",
        "ES5",
        "EST",
        "5",
        ":America/New_York",
        "EST+",
        "EST25",
        "EST-25",
        "EST5:60",
        "EST5:00:60",
        "EST5:",
        "<EST5",
        "<>5",
        "<A+>5",
        "E\xc3\xa9T5",
        "ABCDEFGH5",
        "EST5ED",
        "EST5EDT4x",
        "EST5EDT,",
        "EST5EDT,M3.2.0",
        "EST5EDT,M3.2.0,",
        "EST5EDT,M0.2.0,M11.1.0",
        "EST5EDT,M13.2.0,M11.1.0",
        "EST5EDT,M3.0.0,M11.1.0",
        "EST5EDT,M3.6.0,M11.1.0",
        "EST5EDT,M3.2.7,M11.1.0",
        "EST5EDT,M3.2,M11.1.0",
        "EST5EDT,J0,J300",
        "EST5EDT,J366,J300",
        "EST5EDT,366,1",
        "EST5EDT,M3.2.0/168,M11.1.0",
        "EST5EDT,M3.2.0/-168,M11.1.0",
        "EST5EDT,M3.2.0/,M11.1.0",
        "EST5EDT,M3.2.0,M11.1.0,",
        "EST5EDT,M3.2.0,M11.1.0/2x",
        "EST 5",
        " EST5",
        "EST5EDT,M99999999999.2.0,M11.1.0",
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        struct made m = simple(rules[i]);
        struct err e = {0};
        struct zone *z = read_made(&m, &e);
        if (z) fail_msg("%s was taken", rules[i]);
        assert_int_equal(e.kind, ERR_INVALID);
        assert_non_null(strstr(e.msg, "byte 117"));
    }
}

/* ---- files, by hand ---- */

static struct made busy(int version) {
    return (struct made){.version = version,
                         .transitions = 3,
                         .types = 3,
                         .at = {-1000000000, 0, 86400},
                         .to = {1, 2, 1},
                         .offset = {-5000, 3600, 7200},
                         .dst = {0, 0, 1},
                         .name_at = {0, 4, 8},
                         .names = "LMT\0AAA\0BBB\0",
                         .footer = "AAA-1"};
}

static void test_versions_and_spans(void **state) {
    (void)state;
    static const struct {
        int64_t s;
        int offset_s;
        const char *abbreviation;
    } rows[] = {
        {-1000000001, -5000, "LMT"}, {-1000000000, 3600, "AAA"}, {-1, 3600, "AAA"},        {0, 7200, "BBB"},
        {86399, 7200, "BBB"},        {86400, 3600, "AAA"},       {4102444800, 3600, "AAA"}};
    for (int version = 1; version <= 4; version++) {
        struct made m = busy(version);
        struct err e = {0};
        struct zone *z = read_made(&m, &e);
        if (!z) fail_msg("version %d: %s", version, e.msg);
        assert_true(str_is(zone_name(z), "Test/Made"));
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            struct zone_moment got = zone_at(z, rows[i].s * US_SECOND);
            assert_int_equal(got.offset_s, rows[i].offset_s);
            assert_string_equal(got.abbreviation, rows[i].abbreviation);
            assert_int_equal(zone_at(z, rows[i].s * US_SECOND + 999999).offset_s, rows[i].offset_s);
        }
        zone_free(z);
    }
}

/* Without a rule the last type goes on; with one it counts only behind the last transition. */
static void test_footer_or_none(void **state) {
    (void)state;
    struct made m = busy(2);
    m.to[2] = 2;
    m.footer = "";
    struct zone *z = read_made(&m, NULL);
    assert_non_null(z);
    assert_string_equal(zone_at(z, at(2090, 1, 1, 0, 0, 0)).abbreviation, "BBB");
    zone_free(z);
    m.footer = "CCC9";
    z = read_made(&m, NULL);
    assert_non_null(z);
    assert_string_equal(zone_at(z, 86399 * US_SECOND).abbreviation, "BBB");
    assert_string_equal(zone_at(z, 86400 * US_SECOND).abbreviation, "CCC");
    zone_free(z);
}

static void refused(const struct made *m, const char *with) {
    struct err e = {0};
    struct zone *z = read_made(m, &e);
    if (z) fail_msg("taken, but: %s", with);
    assert_int_equal(e.kind, ERR_INVALID);
    if (!strstr(e.msg, with)) fail_msg("\"%s\" does not say: %s", e.msg, with);
}

static void test_refused_files(void **state) {
    (void)state;
    struct made m = busy(2);
    m.version = 5;
    refused(&m, "version");
    m = busy(2);
    m.at[1] = m.at[2];
    refused(&m, "ascending");
    m = busy(3);
    m.to[1] = 3;
    refused(&m, "type that is not there");
    m = busy(4);
    m.offset[1] = 93600;
    refused(&m, "utoff");
    m.offset[1] = -90000;
    refused(&m, "utoff");
    m = busy(1);
    m.dst[0] = 2;
    refused(&m, "isdst");
    m = busy(2);
    m.name_at[0] = 12;
    refused(&m, "behind the designations");
    m.names = "LMT\0AAA\0BBBB";
    m.name_at[0] = 8;
    refused(&m, "does not end");
    m.names = "LMTXAAAX\0BB";
    m.name_at[0] = 0;
    refused(&m, "1 to 7");
    m.name_at[0] = 8;
    refused(&m, "1 to 7");
    m = busy(2);
    m.names = "L T\0AAA\0BBB\0";
    refused(&m, "odd characters");
    m = busy(2);
    m.types = 0;
    refused(&m, "typecnt");
    m = busy(2);
    m.offset[0] = 93599;
    m.offset[1] = -89999;
    struct zone *z = read_made(&m, NULL);
    assert_non_null(z);
    zone_free(z);
}

/* No prefix of a file passes, and no byte changed makes it misbehave (the sanitizers watch). */
static void test_cut_and_changed_files(void **state) {
    (void)state;
    for (int version = 1; version <= 2; version++) {
        struct made m = busy(version);
        BUF_AUTO b;
        buf_init(&b, 4096);
        add_made(&b, &m);
        for (size_t n = 0; n < b.n; n++) {
            struct zone *z = NULL;
            char *cut = malloc(n ? n : 1); /* so that reading past the end shows */
            memcpy(cut, b.p, n);
            assert_int_equal(zone_read(STR("Cut"), (struct str){cut, n}, &z, NULL), -1);
            assert_null(z);
            free(cut);
        }
        for (size_t i = 0; i < b.n; i++) {
            for (int bit = 0; bit < 8; bit++) {
                struct zone *z = NULL;
                b.p[i] = (char)(b.p[i] ^ 1 << bit);
                if (zone_read(STR("Changed"), buf_str(&b), &z, NULL) == 0)
                    zone_instant(z, civil_of_us(at(2026, 3, 8, 2, 30, 0)), NULL);
                zone_free(z);
                b.p[i] = (char)(b.p[i] ^ 1 << bit);
            }
        }
    }
}

static void test_size_limit(void **state) {
    (void)state;
    struct made m = busy(2);
    enum { LIMIT = 256 * 1024 };
    for (int more = -1; more <= 1; more++) {
        BUF_AUTO b;
        buf_init(&b, LIMIT + 1);
        add_made(&b, &m);
        while (b.n < (size_t)(LIMIT + more)) buf_c(&b, 0); /* what follows the footer does not matter */
        struct zone *z = NULL;
        assert_int_equal(zone_read(STR("Big"), buf_str(&b), &z, NULL), more > 0 ? -1 : 0);
        zone_free(z);
    }
}

/* ---- wall times ---- */

static void test_gap_and_fold(void **state) {
    (void)state;
    struct zone *z = zone_of_rule("EST5EDT,M3.2.0,M11.1.0");
    static const struct {
        struct civil wall;
        enum zone_fit fit;
        struct civil utc;
    } rows[] = {
        {{{2026, 3, 8}, 1, 59, 59, 999999}, ZONE_UNIQUE, {{2026, 3, 8}, 6, 59, 59, 999999}},
        {{{2026, 3, 8}, 2, 0, 0, 0}, ZONE_GAP, {{2026, 3, 8}, 7, 0, 0, 0}},
        {{{2026, 3, 8}, 2, 30, 0, 5}, ZONE_GAP, {{2026, 3, 8}, 7, 0, 0, 0}},
        {{{2026, 3, 8}, 2, 59, 59, 999999}, ZONE_GAP, {{2026, 3, 8}, 7, 0, 0, 0}},
        {{{2026, 3, 8}, 3, 0, 0, 0}, ZONE_UNIQUE, {{2026, 3, 8}, 7, 0, 0, 0}},
        {{{2026, 11, 1}, 0, 59, 59, 999999}, ZONE_UNIQUE, {{2026, 11, 1}, 4, 59, 59, 999999}},
        {{{2026, 11, 1}, 1, 0, 0, 0}, ZONE_FOLD, {{2026, 11, 1}, 5, 0, 0, 0}},
        {{{2026, 11, 1}, 1, 59, 59, 999999}, ZONE_FOLD, {{2026, 11, 1}, 5, 59, 59, 999999}},
        {{{2026, 11, 1}, 2, 0, 0, 0}, ZONE_UNIQUE, {{2026, 11, 1}, 7, 0, 0, 0}},
        {{{1, 1, 2}, 0, 0, 0, 0}, ZONE_UNIQUE, {{1, 1, 2}, 5, 0, 0, 0}},
        {{{9999, 12, 30}, 0, 0, 0, 0}, ZONE_UNIQUE, {{9999, 12, 30}, 5, 0, 0, 0}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum zone_fit fit;
        assert_int_equal(zone_instant(z, rows[i].wall, &fit), civil_to_us(rows[i].utc));
        assert_int_equal(fit, rows[i].fit);
        assert_int_equal(zone_instant(z, rows[i].wall, NULL), civil_to_us(rows[i].utc));
    }
    zone_free(z);
}

/* What must hold for any wall time in any zone. */
static void check_wall(const struct zone *z, struct civil wall) {
    enum zone_fit fit;
    int64_t us = zone_instant(z, wall, &fit), wall_us = civil_to_us(wall);
    int64_t shown = civil_to_us(zone_civil(z, us)), before = civil_to_us(zone_civil(z, us - 1));
    if (fit == ZONE_GAP)
        assert_true(before < wall_us && shown > wall_us);
    else
        assert_int_equal(shown, wall_us);
}

static void test_any_time_goes_there_and_back(void **state) {
    (void)state;
    static const char *const rules[] = {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
                                        "IST-1GMT0,M10.5.0,M3.5.0/1",
                                        "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
                                        "AAA12BBB-12,J100,J200",
                                        "EST5EDT,0/0,J365/25",
                                        "AAA0BBB,M1.1.0/-167,M6.1.0/167"};
    struct prng r = prng_seed(1);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        struct zone *z = zone_of_rule(rules[i]);
        for (int k = 0; k < 20000; k++) {
            int64_t us =
                (int64_t)prng_below(&r, 200 * 365) * US_DAY + (int64_t)prng_below(&r, (uint64_t)US_DAY);
            enum zone_fit fit;
            int64_t back = zone_instant(z, zone_civil(z, us), &fit);
            assert_true(fit == ZONE_UNIQUE ? back == us
                                           : fit == ZONE_FOLD && back <= us && us - back <= US_DAY);
            check_wall(z, civil_of_us(us));
        }
        zone_free(z);
    }
}

/* Samoa went from one side of the date line to the other: a whole day is a gap. */
static void test_a_day_that_was_not(void **state) {
    (void)state;
    struct made m = simple("<+14>-14");
    m.transitions = 1;
    m.types = 2;
    m.at[0] = at(2011, 12, 30, 10, 0, 0) / US_SECOND;
    m.to[0] = 1;
    m.offset[0] = -36000;
    m.offset[1] = 50400;
    struct zone *z = read_made(&m, NULL);
    assert_non_null(z);
    enum zone_fit fit;
    for (int hour = 0; hour < 24; hour++) {
        assert_int_equal(zone_instant(z, (struct civil){{2011, 12, 30}, hour, 30, 0, 0}, &fit),
                         at(2011, 12, 30, 10, 0, 0));
        assert_int_equal(fit, ZONE_GAP);
    }
    assert_int_equal(zone_date(z, at(2011, 12, 30, 9, 59, 59)).day, 29);
    assert_int_equal(zone_date(z, at(2011, 12, 30, 10, 0, 0)).day, 31);
    zone_free(z);
}

/* Forward, back before the skipped time was reached, forward again: both jumps skip it, the first one counts. */
static void test_a_time_skipped_twice(void **state) {
    (void)state;
    struct made m = {.version = 2,
                     .transitions = 3,
                     .types = 2,
                     .at = {36000, 36060, 36120},
                     .to = {1, 0, 1},
                     .offset = {0, 7200},
                     .name_at = {0, 4},
                     .names = "LMT\0AAA\0BBB\0"};
    struct zone *z = read_made(&m, NULL);
    assert_non_null(z);
    enum zone_fit fit;
    assert_int_equal(zone_instant(z, civil_of_us(39600 * US_SECOND), &fit), 36000 * US_SECOND);
    assert_int_equal(fit, ZONE_GAP);
    assert_int_equal(zone_instant(z, civil_of_us(36090 * US_SECOND), &fit), 36090 * US_SECOND);
    assert_int_equal(fit, ZONE_UNIQUE);
    zone_free(z);
}

/* ---- names and sets ---- */

static void test_names(void **state) {
    (void)state;
    static const char *const good[] = {"UTC",
                                       "America/New_York",
                                       "America/Argentina/Buenos_Aires",
                                       "Etc/GMT+5",
                                       "EST5EDT",
                                       "America/Port-au-Prince",
                                       "A234567890123456789012345678901234567890123456789012345678901234"};
    static const char *const wrong[] = {"",
                                        "/UTC",
                                        "UTC/",
                                        "America//New_York",
                                        "../etc/passwd",
                                        "America/../UTC",
                                        "zone1970.tab",
                                        "America/New York",
                                        "-05",
                                        "America/-x",
                                        "5EST",
                                        "UTC\n",
                                        "Am\xc3\xa9rica/X",
                                        "A2345678901234567890123456789012345678901234567890123456789012345"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) assert_true(zone_name_valid(str_of(good[i])));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(zone_name_valid(str_of(wrong[i])));
    assert_false(zone_name_valid((struct str){"UTC\0", 4}));
    assert_false(zone_name_valid(STR_NONE));
}

static int read_counted(void *ctx, struct str name, struct buf *out, struct err *e) {
    ++*(int *)ctx;
    if (str_is(name, "Not/There")) return err_set(e, ERR_NOT_FOUND, "", "no such zone");
    if (str_is(name, "Too/Big"))
        for (int i = 0; i < 300 * 1024; i++) buf_c(out, 'x');
    struct made m = simple(str_is(name, "Far/West") ? "AAA9" : "BBB-9");
    if (!str_is(name, "Not/Good")) add_made(out, &m);
    return 0;
}

static void test_set(void **state) {
    (void)state;
    int reads = 0;
    struct zone_set *s;
    struct err e = {0};
    assert_int_equal(zone_set_new(read_counted, &reads, STR("2026f"), &s, &e), 0);
    assert_true(str_is(zone_set_version(s), "2026f"));
    const struct zone *west, *east, *again;
    assert_int_equal(zone_set_get(s, STR("Far/West"), &west, &e), 0);
    assert_int_equal(zone_set_get(s, STR("Far/East"), &east, &e), 0);
    assert_int_equal(zone_set_get(s, STR("Far/West"), &again, &e), 0);
    assert_ptr_equal(west, again);
    assert_int_equal(reads, 2);
    assert_int_equal(zone_at(west, 0).offset_s, -9 * 3600);
    assert_int_equal(zone_at(east, 0).offset_s, 9 * 3600);
    const struct zone *none = NULL;
    assert_int_equal(zone_set_get(s, STR("../x"), &none, &e), -1);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_int_equal(zone_set_get(s, STR("Not/There"), &none, &e), -1);
    assert_int_equal(e.kind, ERR_NOT_FOUND);
    assert_int_equal(zone_set_get(s, STR("Not/Good"), &none, &e), -1);
    assert_int_equal(e.kind, ERR_INVALID);
    assert_int_equal(zone_set_get(s, STR("Too/Big"), &none, &e), -1);
    assert_int_equal(e.kind, ERR_TOO_LARGE);
    assert_null(none);
    char name[] = "Many/AA";
    for (int i = 0; i < 26 * 26; i++) { /* pointers stay while the set grows */
        name[5] = (char)('A' + i % 26);
        name[6] = (char)('A' + i / 26);
        assert_int_equal(zone_set_get(s, str_of(name), &again, &e), 0);
        assert_true(str_is(zone_name(again), name));
    }
    assert_int_equal(zone_set_get(s, STR("Far/West"), &again, &e), 0);
    assert_ptr_equal(west, again);
    zone_set_free(s);
    zone_set_free(NULL);
    zone_free(NULL);
    assert_int_equal(zone_set_new(read_counted, &reads, STR("12345678901234567890123456789012"), &s, &e), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_refused_rules),
        cmocka_unit_test(test_versions_and_spans),
        cmocka_unit_test(test_footer_or_none),
        cmocka_unit_test(test_refused_files),
        cmocka_unit_test(test_cut_and_changed_files),
        cmocka_unit_test(test_size_limit),
        cmocka_unit_test(test_gap_and_fold),
        cmocka_unit_test(test_any_time_goes_there_and_back),
        cmocka_unit_test(test_a_day_that_was_not),
        cmocka_unit_test(test_a_time_skipped_twice),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_odd_rules_as_zdump_reads_them),
        cmocka_unit_test(test_every_zone_of_the_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
