/* What the parts of the simulator share. Not for use outside src/sim. */
#ifndef SIM_IMPL_H
#define SIM_IMPL_H

#include "flow/people.h"
#include "flow/zones.h"
#include "sim/people.h"
#include "sim/simulate.h"
#include "store/crashfs.h"
#include "store/sqlite.h"

#include <stdio.h>

/* ---- sim_set.c: names seen, 16 bytes each, with a number ---- */

struct sim_set {
    struct sim_slot {
        struct id id;
        uint32_t value;
    } * slot;
    size_t n, cap;
};
void sim_set_done(struct sim_set *s);
/* Its value's place, added with 0 when new; valid until the next call. NULL: out of memory. */
uint32_t *sim_set_at(struct sim_set *s, struct id id, bool *out_new);
uint32_t *sim_set_find(const struct sim_set *s, struct id id); /* NULL: not there */
struct id sim_name(struct str a, struct str b, int64_t n);     /* one name out of several */

/* ---- sim_heap.c: what waits, soonest first ---- */

/* Items of any size that begin with these two; of the same time the one that was put first comes first. */
struct sim_due {
    int64_t at_us;
    uint64_t order;
};
/* Room for one more; 0 or -1. *p is the array, of *cap items. */
int sim_heap_room(void **p, size_t n, size_t *cap, size_t size);
void sim_heap_push(void *p, size_t n, size_t size); /* the last of n items is new */
void sim_heap_pop(void *p, size_t n, size_t size);  /* moves the soonest of n to the end */

/* ---- sim_output.c: the files ---- */

enum sim_file { OUT_TENANTS, OUT_AGENTS, OUT_LEADS, OUT_INBOUND, OUT_SENDS, OUT_FAULTS, OUT_FILES };
struct sim_out {
    const char *dir; /* NULL: nothing is written */
    FILE *file[OUT_FILES];
    int64_t lines[OUT_FILES], seq, last_us;
    struct buf line;
    bool failed;
};
int out_open(struct sim_out *o, const char *dir, struct err *e);
/* Begins a line {"at":…,"seq":… of the file; more members are added to the writer, then out_end(). */
struct jw out_begin(struct sim_out *o, enum sim_file f, int64_t at_us);
void out_end(struct sim_out *o, enum sim_file f, struct jw *w);
int out_close(struct sim_out *o, struct err *e);        /* a file that could not be written is an error */
void out_us(struct jw *w, const char *key, int64_t us); /* RFC 3339 with microseconds, or null when 0 */
/* Makes DIR/name (or one more level) and writes a file into it. */
int out_file(struct sim_out *o, const char *folder, const char *name, struct str bytes, struct err *e);

/* ---- sim_tzif.c ---- */

/* A TZif file, version 2, that agrees with `z` before law_us and from then on stays `offset_s` east of UTC
 * for good under `abbreviation` (3 to 6 letters). Instants before from_us are as at from_us. */
void tzif_with_law(const struct zone *z, int64_t from_us, int64_t law_us, int offset_s,
                   const char *abbreviation, struct buf *out);

/* ---- people as the simulator knows them ---- */

struct sim_agent {
    struct id id;
    int minute;   /* of the day, of the briefing */
    bool briefed; /* wants one */
};
struct sim_lead {
    int64_t out_us, in_us; /* latest accepted opt-out and opt-in, by when they were written; 0: none */
    int64_t messaged_us;   /* last message approved to him */
};
struct sim_tenant {
    struct tenant_id tenant;
    struct sim_agent *agent;
    struct sim_lead *lead;
};

/* A delivery that waits: late, repeated, or refused before. Owns its strings. */
struct sim_delivery {
    struct sim_due due;
    int tries;
    struct happening h;
    char *memory;
};
/* Something a made-up agent will do about an alert or an approval. */
struct sim_decision {
    struct sim_due due;
    struct tenant_id tenant;
    struct id agent, thing;
    bool alert, known_lead;
    size_t tenant_at, lead_at;
};

struct sim_vendor {
    const char *channel;
    struct sim *sim;
    struct sim_set keys; /* delivered */
    int64_t down_until_us;
};
enum { VENDOR_DASHBOARD, VENDOR_LOG, VENDORS };

struct down { /* a span in which the server was down */
    int64_t from_us, to_us;
};

struct sim {
    const struct simulate_options *o;
    struct simulate_result *result;
    struct prng r, chance; /* faults and agents; the flow's */
    int64_t now_us;        /* the world's true time */
    int64_t offset_us;     /* server's clock minus it */
    int64_t from_us, to_us;
    struct world *world;
    struct sim_tenant *tenant;
    size_t agents; /* of each tenant */

    /* the machine */
    struct crashfs *fs;
    struct keyring *keys;
    struct clock clock;
    struct flow flow;
    struct outlet outlets[VENDORS];
    struct sim_vendor vendor[VENDORS];
    bool up, woken_inbox, woken_outbox;
    int64_t up_at_us;  /* when down: when it starts again */
    int64_t timer_us;  /* next due timer, server's clock; INT64_MAX: none */
    int64_t outbox_us; /* the same for the outbox */
    int64_t sweep_us;  /* true time */
    struct down *downs;
    size_t n_downs, cap_downs;

    /* waiting */
    struct sim_delivery *late;
    size_t n_late, cap_late;
    struct sim_decision *decisions;
    size_t n_decisions, cap_decisions;
    uint64_t order;

    /* faults */
    int64_t fault_us; /* next */
    int64_t slow_until_us;
    int zone_laws;
    struct arena zone_arena;
    struct sim_zone {
        char name[40];
        struct str tzif; /* in force; STR_NONE: the system's */
    } zones[16];
    size_t n_zones;

    /* what was seen, for the invariants */
    struct sim_set accepted; /* source ids; value: how often on a timeline */
    struct sim_set once;     /* what may happen once: deliveries by key, alerts by cause, briefings by day */
    struct sim_set
        contacts; /* the server's ids: of tenants -> number, of leads (with the tenant's) -> number */
    struct sim_out out;
};

int64_t sim_server_us(const struct sim *s);
/* ERR_INTERNAL with the seed; remembered in the result. -1. */
int sim_breach(struct sim *s, struct err *e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* sim_vendor.c */
void vendor_outlets(struct sim *s);
/* sim_people.c: the tenants made, lines about them, agents' decisions */
int people_make(struct sim *s, struct err *e);
void people_lead_line(struct sim *s, const struct happening *h);
void people_inbound_line(struct sim *s, const struct happening *h, bool accepted);
/* An alert or an approval was shown to an agent, as this JSON. */
void people_asked(struct sim *s, struct tenant_id t, struct id agent, struct id thing, struct str json,
                  bool alert);
int people_decide(struct sim *s, struct err *e); /* the first of the decisions, which is due */
size_t people_tenant(const struct sim *s, struct tenant_id t);
/* The tenant's lead of the server's id. false: not known. */
bool people_lead(struct sim *s, struct tenant_id t, struct id lead, size_t *out_tenant, size_t *out_lead);
/* sim_faults.c */
void faults_begin(struct sim *s);
void faults_arm(struct sim *s); /* the next loss of power, at some write to come */
int faults_next(struct sim *s, struct err *e);
enum sim_post { POST_NOW, POST_LOST, POST_LATE, POST_TWICE };
enum sim_post faults_post(struct sim *s, int64_t *out_delay_us);
struct send_result faults_vendor(struct sim *s, struct sim_vendor *v, const char **out_outcome,
                                 bool *out_delivered);
void faults_line(struct sim *s, const char *kind, const char *key, const char *text, double number);
zone_reader faults_zone; /* ctx: the sim */
/* sim_check.c */
int check_send(struct sim *s, const struct outgoing *m, size_t tenant, size_t lead, bool known_lead,
               struct err *e);
int check_end(struct sim *s, struct err *e);

/* How many of the vendors are plugged in. */
static inline int sim_vendors(const struct sim *s) {
    return s->o->with_log ? VENDORS : 1;
}

#endif
