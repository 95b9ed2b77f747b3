/* What of a lead's view the decision looks at: exactly this is also what decide_record() writes, so that
 * the record cannot lack something that decided. Private to decide.c and decide_record.c. */
#ifndef ENGINE_DECIDE_FACTS_H
#define ENGINE_DECIDE_FACTS_H

#include "engine/decide.h"

struct decide_facts {
    int64_t now_us;
    struct id event;
    int64_t event_at_us;
    enum event_kind kind;
    enum channel event_channel;
    int64_t call_s;
    bool won;
    enum opt_decision opt;
    struct reach reach;
    enum channel best_channel;
    const char *suggestion; /* template of the suggested message */
};
struct decide_facts decide_facts(const struct lead_view *v);

#endif
