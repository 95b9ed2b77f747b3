/* The door. See intake.h. The additional data of a sealed inbox body is the delivery's name at its source, so
 * that no row's body can be exchanged for another's. */
#include "flow/intake.h"

#include "store/query.h"

int intake_item(const struct flow *f, const struct tenant *t, struct str source, struct str external_id,
                struct str kind, bool ignored, struct str body, int64_t now_us, struct buf *out_sealed,
                struct inbox_item *out, struct err *e) {
    if (!ignored &&
        tenant_seal(f, t, "inbox.body", event_id_of(0, source, external_id, 0), body, out_sealed, e))
        return -1;
    *out = (struct inbox_item){.tenant = t->id,
                               .source = source,
                               .external_id = external_id,
                               .kind = kind,
                               .received_us = now_us,
                               .ignored = ignored,
                               .sealed = ignored ? STR_NONE : buf_str(out_sealed)};
    return 0;
}

int intake_put(struct db *db, const struct inbox_item *item, bool *out_new, struct err *e) {
    struct q_inbox_put_in in = {.tenant = item->tenant,
                                .source = item->source,
                                .external_id = item->external_id,
                                .kind = item->kind,
                                .received_at = item->received_us,
                                .state = item->ignored ? 2 : 0,
                                .body = item->sealed};
    int64_t changed;
    if (q_inbox_put(db, &in, &changed, e)) return -1;
    *out_new = changed > 0;
    return 0;
}
