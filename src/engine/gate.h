/* The send gate, first form (SEND-3, SEND-6): whether a message may leave now. Consent and freshness; the
 * hours, caps and wording rules of the complete gate join here, in this one place. A channel takes only a
 * receipt, and only gate_check() makes one. */
#ifndef ENGINE_GATE_H
#define ENGINE_GATE_H

#include "engine/picture.h"
#include "engine/profile.h"

enum gate_verdict { GATE_ALLOW, GATE_REFUSE };
struct gate_message {
    bool to_lead; /* else to an agent */
    enum channel channel;
    int64_t due_us, expires_us;
    struct id outbox;
};
struct gate_receipt { /* filled by gate_check alone; zeroed otherwise */
    struct id outbox;
    int64_t at_us;
    uint64_t seal; /* gate_receipt_valid() checks it against the fields */
};
/* picture and profile are NULL for agents. *out_why gets a static sentence when refused. */
enum gate_verdict gate_check(const struct gate_message *m, const struct picture *picture,
                             const struct profile *profile, int64_t now_us, struct gate_receipt *out,
                             const char **out_why);
bool gate_receipt_valid(const struct gate_receipt *r, struct id outbox);

#endif
