/* A whole flow for tests, without a server: store inline on a disk in memory, chance from a seed, a clock
 * that is set, word lists and templates of the source tree, zones of the system. */
#ifndef TESTS_SIM_HELP_H
#define TESTS_SIM_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lexicon_files.h"
#include "seeded_chance.h"

#include "flow/directory.h"
#include "flow/zones.h"
#include "store/crashfs.h"
#include "store/query.h"
#include "store/sqlite.h"

#define HELP_NOW_US INT64_C(1795183200000000) /* 2026-11-20T14:00:00Z, a Friday, 9 o'clock in Miami */

struct help_flow {
    struct flow flow;
    struct crashfs *fs;
    struct prng chance;
    struct clock clock;
    int64_t now_us;
    struct keyring *keys;
    struct lexicon *lexicon;
    struct arena arena;
    size_t dashboard, log; /* messages handed to the fake outlets */
    struct outlet outlets[2];
};

static int64_t help_now(void *ctx) {
    return ((struct help_flow *)ctx)->now_us;
}

static int help_zone(void *ctx, struct str name, struct buf *out, struct err *e) {
    (void)ctx;
    char path[128];
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%.*s", STR_FMT(name));
    FILE *f = fopen(path, "rb");
    if (!f) return err_set(e, ERR_NOT_FOUND, "zone", "no such file");
    for (int c; (c = fgetc(f)) != EOF;) buf_c(out, (char)c);
    fclose(f);
    return 0;
}

static inline struct str help_template(void *ctx, const char *name, enum language l) {
    const char *root = getenv("SOURCE_ROOT");
    struct arena *a = ctx;
    struct str path =
        arena_fmt(a, "%s/templates/%s.%s.txt", root ? root : ".", name, l == LANG_ES ? "es" : "en");
    struct str file = slurp(a, path.p);
    ptrdiff_t at = str_find(file, STR("\n\n"));
    return at < 0 ? file : str_skip(file, (size_t)at + 2);
}

static void help_send(void *ctx, const struct outgoing *m, const struct gate_receipt *receipt,
                      void (*done)(void *done_ctx, const struct send_result *r), void *done_ctx) {
    (void)m, (void)receipt;
    ++*(size_t *)ctx;
    done(done_ctx, &(struct send_result){.outcome = SEND_ACCEPTED});
}

static inline void help_flow_begin(struct help_flow *h, const char *vfs, uint64_t seed) {
    struct err e = {0};
    *h = (struct help_flow){.now_us = HELP_NOW_US, .chance = prng_seed(seed)};
    arena_init(&h->arena, 64 << 20);
    h->clock = (struct clock){help_now, help_now, h};
    struct chance chance = seeded_chance(&h->chance);
    if (crashfs_new(vfs, prng_seed(seed), h->now_us, true, &h->fs, &e)) fail_msg("%s", e.msg);
    h->lexicon = lexicon_of_tree();
    assert_non_null(h->lexicon);
    BUF_AUTO keys;
    buf_init(&keys, 4096);
    keyring_extend_text(&keys, 1, &chance);
    h->outlets[0] = (struct outlet){"dashboard", true, help_send, &h->dashboard};
    h->outlets[1] = (struct outlet){"log", true, help_send, &h->log};
    h->flow = (struct flow){.clock = h->clock,
                            .chance = chance,
                            .lexicon = h->lexicon,
                            .directory = directory_new(),
                            .outlets = h->outlets,
                            .n_outlets = 2,
                            .template_text = help_template,
                            .template_ctx = &h->arena,
                            .fence = 1,
                            .version = "test",
                            .can_message = true};
    struct sqlite_options o = {.path = "/help.db", .clock = &h->clock, .vfs = vfs, .migrate = true};
    if (keyring_read(buf_str(&keys), &h->keys, &e) ||
        zones_new(help_zone, NULL, STR("test"), &h->flow.zones, &e) ||
        sqlite_open(&o, &query_catalog, &h->flow.store, &e))
        fail_msg("%s", e.msg);
    h->flow.keys = h->keys;
}

static inline void help_flow_end(struct help_flow *h) {
    sqlite_close(h->flow.store);
    crashfs_free(h->fs);
    directory_free(h->flow.directory);
    zones_free(h->flow.zones);
    keyring_free(h->keys);
    lexicon_free(h->lexicon);
    arena_done(&h->arena);
}

#endif
