/* What a person does with an alert or an approval (ALERT-4, FLOW-4, FLOW-6): one effect each, whoever clicks
 * first, from whichever device. */
#ifndef FLOW_ACT_H
#define FLOW_ACT_H

#include "flow/people.h"

struct actor {
    struct tenant_id tenant;
    struct id user;
    enum role role;
};
/* 404 for another agent's (unless the role sees the whole team), 409 when its state does not permit it. *out:
 * the thing as it is now. */
int alert_snooze(const struct flow *f, const struct actor *who, struct id alert, int64_t minutes,
                 struct buf *out, struct err *e); /* 1..10080 */
int alert_dismiss(const struct flow *f, const struct actor *who, struct id alert, struct str reason,
                  struct buf *out, struct err *e); /* not_useful, done, wrong */
int alert_reopen(const struct flow *f, const struct actor *who, struct id alert, struct buf *out,
                 struct err *e);
/* text: the agent's edit of a message, or absent. Approving a message puts it into the outbox for the gate to
 * judge. */
int approval_approve(const struct flow *f, const struct actor *who, struct id approval, struct str text,
                     struct buf *out, struct err *e);
int approval_reject(const struct flow *f, const struct actor *who, struct id approval, struct str reason,
                    struct buf *out, struct err *e);
/* May `who` see what belongs to `agent`? */
bool actor_sees(const struct actor *who, struct id agent);

#endif
