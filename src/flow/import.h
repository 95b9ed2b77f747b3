/* Import of leads and events from CSV (IN-4).
 *
 * Each row becomes a delivery at the one door (intake.h), with a name made of what the row says; so the same rows
 * imported again, from the same file or another, change nothing, and an import that was interrupted is simply run
 * again. Columns are found by their headings, in any order, English or Spanish (import_map.c has the list). */
#ifndef FLOW_IMPORT_H
#define FLOW_IMPORT_H

#include "flow/directory.h"

enum import_kind { IMPORT_LEADS, IMPORT_EVENTS };
enum { IMPORT_BATCH = 200, IMPORT_MAX_REJECTS = 500, IMPORT_MAX_UNUSED = 32 };

struct import_options {
    enum import_kind kind;
    bool dry_run;   /* everything but the effect: nothing is stored */
    char separator; /* ',', ';' or tab; 0: as the first line suggests */
    size_t batch;   /* rows of one transaction, 0: IMPORT_BATCH */
    void (*progress)(void *ctx, int64_t done, int64_t total); /* rows; after each batch. May be NULL */
    void *progress_ctx;
    bool (*stop)(void *ctx); /* asked after each batch: give up now (ERR_UNAVAILABLE). May be NULL */
    void *stop_ctx;
};

struct import_reject {
    int64_t row, line; /* row: 1 is the first below the headings; line: as an editor counts */
    char column[64];   /* its heading; "" when it is about the whole row */
    char reason[160];  /* without the cell's content */
};
struct import_report {
    enum import_kind kind;
    bool dry_run;
    int64_t rows, fresh, known, rejected; /* rows = fresh + known + rejected */
    size_t n_rejects, n_unused;           /* listed below; the counts above are complete */
    struct import_reject reject[IMPORT_MAX_REJECTS];
    char unused[IMPORT_MAX_UNUSED][64]; /* headings nothing was made of */
};

/* Imports the CSV text. Wrong rows are reported and passed over; -1 only when the headings will not do
 * (ERR_INVALID) or the database failed (the batches before stay imported; run it again). What was put is worked
 * through batch by batch, so that an import never queues up before fresh webhooks. Times without an offset are
 * the tenant's wall time. Takes time: not on an event loop, not within a transaction. */
int import_csv(const struct flow *f, const struct tenant *t, const struct import_options *o, struct str text,
               struct import_report *out, struct err *e);
void import_report_json(const struct import_report *r, struct buf *out);
void import_report_text(const struct import_report *r, struct buf *out); /* for people, with line ends */

#endif
