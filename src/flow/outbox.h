/* The outbox (FLOW-5, DEL-2): what is to leave is a row; delivery leases it, passes the gate at that moment,
 * hands it to its channel with the receipt, and settles the outcome. A message has four ends: delivered,
 * refused, failed for good, unknown (DESIGN 5.2). */
#ifndef FLOW_OUTBOX_H
#define FLOW_OUTBOX_H

#include "engine/gate.h"
#include "flow/lead.h"

enum {
    OUTBOX_PENDING,
    OUTBOX_LEASED,
    OUTBOX_DELIVERED,
    OUTBOX_REFUSED,
    OUTBOX_FAILED,
    OUTBOX_UNKNOWN,
    OUTBOX_EXPIRED
};
enum { OUTBOX_BATCH = 64, OUTBOX_TRIES = 8 };
#define OUTBOX_LEASE_US (60 * US_SECOND)

struct outbox_message { /* strings borrowed */
    bool to_lead;
    struct id agent, lead, subject;
    const char *channel;
    struct str purpose, cause, for_date;
    int64_t due_us, expires_us;
    struct str
        content; /* JSON, sealed here: under the lead's key when `sealed_for` is given, else the tenant's */
};
/* *out_id is the message's key for all time. l is the lead whose key seals the content, or NULL. */
int outbox_put(const struct flow *f, struct db *db, const struct tenant *t, const struct lead *l,
               const struct outbox_message *m, int64_t now_us, struct id *out_id, struct err *e);

/* One delivery round: claim what is due (write), hand over, settle (write). Channels that answer later settle
 * later. *out_claimed == OUTBOX_BATCH: there may be more. Not from the writer's thread. */
int outbox_deliver(const struct flow *f, size_t *out_claimed, struct err *e);
/* Leases of dead holders: back to pending for channels that know the key, unknown for the others. At start
 * and every minute. */
int outbox_recover(const struct flow *f, struct err *e);
const char *outbox_state_name(int64_t state);

#endif
