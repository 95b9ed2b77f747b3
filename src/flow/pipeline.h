/* From inbox row to plan: decode, find the lead, timeline, picture, engine, decision, all in one transaction
 * per row (FLOW-2..5). */
#ifndef FLOW_PIPELINE_H
#define FLOW_PIPELINE_H

#include "flow/flow.h"

enum { PIPELINE_BATCH = 32, INBOX_TRIES = 6 };

struct pipeline_run { /* a write job: run = pipeline_work, ctx = this */
    const struct flow *flow;
    size_t most;        /* rows at once, 0: PIPELINE_BATCH */
    size_t handled;     /* out: rows looked at; == most: there may be more */
    struct arena arena; /* the notes */
    struct notes notes;
};
void pipeline_run_init(struct pipeline_run *r, const struct flow *f, size_t most);
void pipeline_run_done(struct pipeline_run *r);
/* store_fn. A row that fails is undone alone, tried again with growing pauses, and becomes a dead letter
 * after INBOX_TRIES. */
int pipeline_work(struct db *db, void *run, struct err *e);
/* One batch on the calling thread: write, then tell. At most `most` rows (0: PIPELINE_BATCH). */
int pipeline_drain_some(const struct flow *f, size_t most, size_t *out_handled, struct err *e);
int pipeline_drain(const struct flow *f, size_t *out_handled, struct err *e);

#endif
