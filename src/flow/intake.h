/* The one door (FLOW-1): whatever comes from outside becomes an inbox row, durable before it is acknowledged;
 * the same twice has effect once. */
#ifndef FLOW_INTAKE_H
#define FLOW_INTAKE_H

#include "flow/decode.h"

/* One delivery, checked and sealed, ready for the writer. `body` is owned by the caller and must live until
 * the job is done. */
struct inbox_item {
    struct tenant_id tenant;
    struct str source, external_id, kind;
    int64_t received_us;
    bool ignored;      /* kept for the record, never handled */
    struct str sealed; /* the body under the tenant's key; STR_NONE when ignored */
};
/* Seals `body` into *out_sealed and fills the item. */
int intake_item(const struct flow *f, const struct tenant *t, struct str source, struct str external_id,
                struct str kind, bool ignored, struct str body, int64_t now_us, struct buf *out_sealed,
                struct inbox_item *out, struct err *e);
/* Within a write transaction. *out_new false: was there already. */
int intake_put(struct db *db, const struct inbox_item *item, bool *out_new, struct err *e);

#endif
