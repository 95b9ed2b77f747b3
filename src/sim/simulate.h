/* `leadlight simulate`: made-up people, fake vendors and faults around the production flow, on a virtual
 * clock, in one thread (SPEC 25). The same options give the same bytes, whatever the machine and however
 * often the simulated one lost its power.
 *
 * The world's true time only goes forward and stands in every line written; the server has a clock of its
 * own, which may be wrong. The store is SQLite, inline, on a disk that forgets (store/crashfs.h). What
 * must hold is checked while it runs and at its end; a breach ends the run with an error that names the
 * seed. */
#ifndef SIM_SIMULATE_H
#define SIM_SIMULATE_H

#include "flow/flow.h"

enum simulate_faults { FAULTS_NONE, FAULTS_SOME, FAULTS_ALL };
struct simulate_options {
    int tenants, leads, days; /* leads of each tenant */
    uint64_t seed;
    enum simulate_faults faults;
    const char *out_dir; /* made when missing; NULL: nothing is written */
    const struct lexicon *lexicon;
    struct str (*template_text)(void *ctx, const char *name, enum language l);
    void *template_ctx;
    const char *version;
    bool with_log; /* the demo's second outlet too, which shows what would ring and takes messages to leads;
                      else the outlets of `serve`: the dashboard alone */
    const char *zoneinfo; /* folder of TZif files; NULL: the system's */
    /* To prove that the checks can fail: a repeated message is delivered again; every 50th webhook is
     * acknowledged and thrown away; what is synced is not on the disk. */
    bool vendors_forget_keys, server_lies_to_crm, disk_lies;
};
enum simulate_count {
    SIM_HAPPENED, /* things people did */
    SIM_ACCEPTED, /* deliveries answered 2xx, repeats included */
    SIM_EVENTS,   /* on timelines at the end */
    SIM_SENDS,    /* calls that reached a vendor */
    SIM_ALERTS,
    SIM_BRIEFINGS,
    SIM_MESSAGES, /* to leads */
    SIM_CRASHES,
    SIM_FAULTS,
    SIM_CHECKS, /* single comparisons made for the invariants */
    SIM_COUNTS
};
struct simulate_result {
    uint64_t seed;
    int64_t from_us, to_us, lead_days;
    int64_t count[SIM_COUNTS];
    struct err breach; /* kind ERR_NONE when every invariant held */
};
bool simulate_faults_parse(struct str s, enum simulate_faults *out); /* none, some, all */
/* 0; -1 with what went wrong: ERR_INTERNAL "seed ...: ..." for a breach, as in r->breach. */
int simulate(const struct simulate_options *o, struct simulate_result *out, struct err *e);
const char *simulate_count_name(enum simulate_count c);
void simulate_result_json(const struct simulate_result *r, struct buf *out);
void simulate_result_text(const struct simulate_result *r, struct buf *out);

#endif
