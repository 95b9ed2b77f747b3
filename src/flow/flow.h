/* What every use case needs, handed in by main, demo or simulator: the same flow with other ports plugged in.
 *
 * The flow modules are functions over this struct. They never block, sleep, spawn threads or read the
 * machine's clock; whatever waits is a row. Each unit of work asks the clock once at its door and passes
 * `now_us` on. Work inside a transaction gets `struct db *`; what the outside may hear of it only after the
 * commit is collected in `struct notes` and told by notes_tell(). */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include "base/zone.h"
#include "crypto/seal.h"
#include "engine/read.h"
#include "port/outlet.h"
#include "port/clock.h"
#include "port/live.h"
#include "port/metrics.h"
#include "port/store.h"

struct directory; /* tenants by id, location, site key: directory.h */
struct zones;     /* thread-safe zone set: zones.h */

enum wake { WAKE_INBOX, WAKE_OUTBOX, WAKE_TIMERS };

struct flow {
    struct store *store;
    struct clock clock;
    struct chance chance;
    const struct keyring *keys;
    const struct lexicon *lexicon;
    struct zones *zones;
    struct directory *directory;
    struct live live;
    const struct outlet *outlets;
    size_t n_outlets;
    void (*wake)(void *ctx,
                 enum wake what); /* work was committed: look now rather than at the next tick. May be NULL */
    void *wake_ctx;
    /* Text of a message template by name ("suggest/pricing_tool") and language; STR_NONE when there is none.
     */
    struct str (*template_text)(void *ctx, const char *name, enum language l);
    void *template_ctx;
    struct metrics *metrics; /* may be NULL */
    int64_t fence;           /* grows with each start: tells this process's leases from a dead one's */
    /* Runs fn(arg, 0..n-1), perhaps on several threads at once, and returns when all are done. NULL: one
     * after the other. */
    void (*each)(void *ctx, size_t n, void (*fn)(void *arg, size_t i), void *arg);
    void *each_ctx;
    const char *version;
    bool can_message; /* a channel to leads is plugged in */
};

/* After-commit notices, collected while a transaction runs. Bounded by the arena. */
struct note {
    struct note *next;
    struct tenant_id tenant;
    struct id agent, id;
    const char *event; /* NULL: only "changed" */
    struct str json;
};
struct notes {
    struct arena *arena;
    struct note *first, **last;
    bool wake_outbox, wake_inbox, wake_timers;
};
void notes_init(struct notes *n, struct arena *a);
void note_changed(struct notes *n, struct tenant_id t, struct id agent);
void note_publish(struct notes *n, struct tenant_id t, struct id agent, const char *event, struct id id,
                  struct str json);
void notes_tell(const struct flow *f, const struct notes *n);

const struct outlet *flow_outlet(const struct flow *f, struct str name); /* NULL when not plugged in */

#endif
