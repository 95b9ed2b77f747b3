/* A way out of the house: dashboard, log, later CRM, mail, push. One file each; a new channel is one file.
 *
 * A channel is handed a message only together with the gate's receipt (engine/gate.h), and calls `done` once,
 * on any thread, at once or later. Outcomes are the four ends of a send (DESIGN 5.2) plus "try again". A
 * channel that knows the key (outbox id) and delivers nothing new on a repeat says so by `idempotent`: only
 * such a one may be tried again after its outcome got lost. */
#ifndef PORT_OUTLET_H
#define PORT_OUTLET_H

#include "base/id.h"
#include "base/str.h"

struct gate_receipt;

struct outgoing {
    struct tenant_id tenant;
    struct id key; /* outbox id */
    bool to_lead;
    struct id agent, lead; /* lead: all zero when none */
    struct str channel, purpose, cause, for_date;
    struct str content; /* JSON as put into the outbox */
    struct id subject;  /* alert or report it carries */
    int64_t due_us, created_us;
    int attempt; /* 1.. */
};
enum send_outcome {
    SEND_ACCEPTED,
    SEND_REJECTED /* for good */,
    SEND_RETRY /* surely not sent */,
    SEND_UNKNOWN
};
struct send_result {
    enum send_outcome outcome;
    char detail[120];       /* no personal data */
    int64_t retry_after_us; /* 0: default back-off */
};
struct outlet {
    const char *name;
    bool idempotent;
    void (*send)(void *ctx, const struct outgoing *m, const struct gate_receipt *receipt,
                 void (*done)(void *done_ctx, const struct send_result *r), void *done_ctx);
    void *ctx;
};

#endif
