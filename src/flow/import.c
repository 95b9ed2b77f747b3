/* Running an import. See import.h.
 *
 * Rows are sealed outside any transaction and put in batches; after each batch the pipeline is drained, so that an
 * import goes no faster than its rows are worked through and a webhook that comes in meanwhile waits for a batch,
 * not for the file. A dry run does the same up to the last step: its transaction is undone, and so its figures of
 * new and known are true (but that a row repeated in a later batch counts as new again). */
#include "flow/import.h"

#include "base/utf8.h"

#include "flow/import_map.h"
#include "flow/intake.h"
#include "flow/pipeline.h"
#include "flow/zones.h"

enum {
    MAP_MEMORY = 8 * 1024 * 1024,
    BATCH_MEMORY = 64 * 1024 * 1024,
    BATCH_MOST = 1000,
    ROW_MEMORY = 4 * 1024 * 1024
};

struct slot { /* one item to put */
    struct inbox_item item;
    struct buf sealed;
    bool stands_for_row, fresh;
};
struct import {
    const struct flow *f;
    const struct tenant *t;
    const struct import_options *o;
    struct import_report *report;
    struct import_map map;
    struct arena memory; /* strings of the batch's items */
    int64_t now_us, total;
    size_t batch, rows, n; /* rows and items in the batch */
    struct slot *slot;     /* batch * IMPORT_ITEMS */
    bool undone;           /* the dry run got as far as it should */
};

static char guess_separator(struct str text) {
    size_t counts[3] = {0};
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        if (c == '\n' || c == '\r') {
            if (counts[0] + counts[1] + counts[2]) break;
            continue;
        }
        counts[0] += c == ',', counts[1] += c == ';', counts[2] += c == '\t';
    }
    if (counts[2] > counts[0] && counts[2] > counts[1]) return '\t';
    return counts[1] > counts[0] ? ';' : ',';
}

static int64_t count_rows(struct str text, char separator) {
    struct csv c;
    ARENA_AUTO a;
    struct csv_row row;
    int64_t n = 0;
    arena_init(&a, ROW_MEMORY);
    csv_init(&c, text, separator);
    while (csv_next(&c, &a, &row, NULL) != 0) {
        arena_reset(&a);
        n++;
    }
    return n ? n - 1 : 0;
}

static void reject(struct import *im, const struct csv *c, const char *column, const char *reason) {
    struct import_report *r = im->report;
    r->rows++;
    r->rejected++;
    if (r->n_rejects == IMPORT_MAX_REJECTS) return;
    struct import_reject *j = &r->reject[r->n_rejects++];
    j->row = (int64_t)c->row - 1;
    j->line = (int64_t)c->line;
    snprintf(j->column, sizeof j->column, "%s", column);
    snprintf(j->reason, sizeof j->reason, "%s", reason);
}

static int put_work(struct db *db, void *ctx, struct err *e) {
    struct import *im = ctx;
    for (size_t i = 0; i < im->n; i++)
        if (intake_put(db, &im->slot[i].item, &im->slot[i].fresh, e)) return -1;
    im->undone = im->o->dry_run;
    return im->undone ? err_set(e, ERR_CONFLICT, "", "a dry run stores nothing") : 0;
}

static int work_through(const struct flow *f, struct err *e) {
    size_t handled;
    do {
        if (pipeline_drain(f, &handled, e)) return -1;
    } while (handled == PIPELINE_BATCH);
    return 0;
}

static int flush(struct import *im, struct err *e) {
    struct err why = {0};
    im->undone = false;
    int rc = im->n ? store_write(im->f->store, put_work, im, &why) : 0;
    if (rc && !im->undone) {
        if (e) *e = why;
        return -1;
    }
    for (size_t i = 0; i < im->n; i++) {
        struct slot *s = &im->slot[i];
        if (s->stands_for_row) {
            im->report->rows++;
            s->fresh ? im->report->fresh++ : im->report->known++;
        }
        buf_done(&s->sealed);
    }
    bool any = im->n > 0;
    im->rows = im->n = 0;
    arena_reset(&im->memory);
    if (any && !im->o->dry_run && work_through(im->f, e)) return -1;
    if (im->o->progress) im->o->progress(im->o->progress_ctx, im->report->rows, im->total);
    if (im->o->stop && im->o->stop(im->o->stop_ctx))
        return err_set(e, ERR_UNAVAILABLE, "import",
                       "was interrupted after %lld rows; run it again, what is there already stays as it is",
                       (long long)im->report->rows);
    return 0;
}

static int add_item(struct import *im, const struct import_item *it, bool stands_for_row, struct err *e) {
    struct slot *s = &im->slot[im->n];
    *s = (struct slot){.stands_for_row = stands_for_row};
    buf_init(&s->sealed, WEBHOOK_MAX_BYTES + SEAL_OVERHEAD);
    struct str id = arena_str(&im->memory, it->external_id), kind = arena_str(&im->memory, it->kind);
    if (arena_check(&im->memory, "import", e) || intake_item(im->f, im->t, STR("import"), id, kind, false,
                                                             it->body, im->now_us, &s->sealed, &s->item, e)) {
        buf_done(&s->sealed);
        return -1;
    }
    im->n++;
    return 0;
}

static int take_row(struct import *im, const struct csv *c, const struct csv_row *row, struct arena *a,
                    struct err *e) {
    struct import_item items[IMPORT_ITEMS];
    struct err why = {0};
    size_t n;
    if (import_map_row(&im->map, row, im->now_us, a, items, &n, &why)) {
        reject(im, c, why.where, why.msg);
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        if (add_item(im, &items[i], i == 0, e)) return -1;
    im->rows++;
    return 0;
}

static int take_rows(struct import *im, struct csv *c, struct err *e) {
    ARENA_AUTO a;
    arena_init(&a, ROW_MEMORY);
    for (;;) {
        struct csv_row row;
        struct err why = {0};
        arena_reset(&a);
        int got = csv_next(c, &a, &row, &why);
        if (got == 0) return flush(im, e);
        if (got < 0) {
            const char *column = strstr(why.where, "column");
            reject(im, c, column ? column : "", why.msg);
        } else if (take_row(im, c, &row, &a, e)) {
            return -1;
        }
        if (im->rows == im->batch && flush(im, e)) return -1;
    }
}

static void note_unused(const struct import_map *m, struct import_report *r) {
    for (size_t i = 0; i < m->n && r->n_unused < IMPORT_MAX_UNUSED; i++) {
        struct str h = str_trim(m->column[i].heading);
        if (import_map_uses(m, i) || !h.n) continue;
        char *to = r->unused[r->n_unused++];
        snprintf(to, sizeof r->unused[0], "%.*s", STR_FMT(utf8_head(h, sizeof r->unused[0] - 1)));
    }
}

static int run(struct import *im, struct str text, struct arena *head_memory, struct err *e) {
    struct csv c;
    struct csv_row head;
    char separator = im->o->separator ? im->o->separator : guess_separator(text);
    csv_init(&c, text, separator);
    int got = csv_next(&c, head_memory, &head, e);
    if (got == 0)
        return err_set(e, ERR_INVALID, "row 1", "the file is empty; its first row must name the columns");
    const struct zone *zone = zones_find(im->f->zones, im->t->zone);
    if (got < 0 || import_map_head(&im->map, im->o->kind, zone, &head, head_memory, e)) return -1;
    note_unused(&im->map, im->report);
    im->total = im->o->progress ? count_rows(text, separator) : 0;
    return take_rows(im, &c, e);
}

int import_csv(const struct flow *f, const struct tenant *t, const struct import_options *o, struct str text,
               struct import_report *out, struct err *e) {
    size_t batch = o->batch ? o->batch : IMPORT_BATCH;
    struct import *im = calloc(1, sizeof *im);
    struct slot *slots = calloc((batch < BATCH_MOST ? batch : BATCH_MOST) * IMPORT_ITEMS, sizeof *slots);
    ARENA_AUTO head_memory;
    arena_init(&head_memory, MAP_MEMORY);
    *out = (struct import_report){.kind = o->kind, .dry_run = o->dry_run};
    int rc = -1;
    if (im && slots) {
        *im = (struct import){
            .f = f, .t = t, .o = o, .report = out, .now_us = clock_now(&f->clock), .slot = slots};
        im->batch = batch < BATCH_MOST ? batch : BATCH_MOST;
        arena_init(&im->memory, BATCH_MEMORY);
        rc = run(im, text, &head_memory, e);
        for (size_t i = 0; i < im->n; i++) buf_done(&slots[i].sealed);
        arena_done(&im->memory);
    } else {
        err_set(e, ERR_INTERNAL, "", "out of memory");
    }
    free(slots);
    free(im);
    return rc;
}

/* ---- the report ---- */

void import_report_json(const struct import_report *r, struct buf *out) {
    struct jw w = jw_on(out);
    jw_object(&w);
    jw_kz(&w, "kind", r->kind == IMPORT_LEADS ? "leads" : "events");
    jw_kbool(&w, "dry_run", r->dry_run);
    jw_ki64(&w, "rows", r->rows);
    jw_ki64(&w, "imported", r->fresh);
    jw_ki64(&w, "known", r->known);
    jw_ki64(&w, "rejected", r->rejected);
    jw_key(&w, "unused_columns");
    jw_array(&w);
    for (size_t i = 0; i < r->n_unused; i++) jw_z(&w, r->unused[i]);
    jw_end(&w);
    jw_key(&w, "rejects");
    jw_array(&w);
    for (size_t i = 0; i < r->n_rejects; i++) {
        jw_object(&w);
        jw_ki64(&w, "row", r->reject[i].row);
        jw_ki64(&w, "line", r->reject[i].line);
        jw_kz(&w, "column", r->reject[i].column);
        jw_kz(&w, "reason", r->reject[i].reason);
        jw_end(&w);
    }
    jw_end(&w);
    jw_end(&w);
}

void import_report_text(const struct import_report *r, struct buf *out) {
    buf_fmt(out, "%lld rows: %lld %s, %lld known already, %lld rejected\n", (long long)r->rows,
            (long long)r->fresh, r->dry_run ? "would be imported" : "imported", (long long)r->known,
            (long long)r->rejected);
    if (r->n_unused) buf_z(out, "Columns not used:");
    for (size_t i = 0; i < r->n_unused; i++) buf_fmt(out, "%s %s", i ? "," : "", r->unused[i]);
    if (r->n_unused) buf_c(out, '\n');
    for (size_t i = 0; i < r->n_rejects; i++) {
        const struct import_reject *j = &r->reject[i];
        buf_fmt(out, "  line %lld%s%s: %s\n", (long long)j->line, j->column[0] ? ", " : "", j->column,
                j->reason);
    }
    if (r->rejected > (int64_t)r->n_rejects)
        buf_fmt(out, "  and %lld more\n", (long long)(r->rejected - (int64_t)r->n_rejects));
}
