/* One lead in a transaction: found or made, opened (unsealed), folded, stored again; and its timeline. */
#ifndef FLOW_LEAD_H
#define FLOW_LEAD_H

#include "engine/profile.h"
#include "engine/score.h"
#include "flow/directory.h"

struct lead {
    const struct tenant *tenant;
    struct id id, agent; /* agent all zero: nobody's */
    struct str contact;  /* STR_NONE: not known to the CRM */
    struct key key;
    struct profile profile;
    struct picture picture;
    double likelihood, confidence; /* as scored last, at scored_us (0: never) */
    int64_t intent, scored_us, last_event_us, created_us;
    bool opted_out, deleted;
};

/* How an incoming event names its lead; what is not known is absent. The first that is known and found
 * counts, in this order. */
struct lead_ref {
    struct id id;
    struct str contact, email, phone, visitor;
};
/* Opens (1), or finds nothing (0). Strings live in the arena. */
int lead_open(const struct flow *f, struct db *db, const struct tenant *t, struct id id, struct arena *a,
              struct lead *out, struct err *e);
/* Opens the lead named, making it when there is none (unless only `id` was given: then ERR_NOT_FOUND). A lead
 * known by e-mail or phone but not yet by contact id gets it. */
int lead_find_or_make(const struct flow *f, struct db *db, const struct tenant *t, const struct lead_ref *ref,
                      int64_t now_us, struct arena *a, struct lead *out, struct err *e);
int lead_find(const struct flow *f, struct db *db, const struct tenant *t, const struct lead_ref *ref,
              struct id *out, struct err *e); /* 1, 0, -1 */
/* Seals and stores profile, picture, agent, score and hashes. */
int lead_store(const struct flow *f, struct db *db, const struct lead *l, struct err *e);

/* Puts an event onto the timeline and folds it. 1 = new, 0 = was there already (nothing changed), -1.
 * *out_reading when the event has text that a lead wrote. */
int lead_add_event(const struct flow *f, struct db *db, struct lead *l, const struct event *ev,
                   struct arena *a, struct reading *out_reading, bool *out_read, struct err *e);
/* Folds the whole timeline anew (the fold's version changed). */
int lead_refold(const struct flow *f, struct db *db, struct lead *l, struct arena *a, struct err *e);
/* The same event gets the same id wherever and whenever it arrives: made from its time and its name at the
 * source. `part` counts the events one delivery made. */
struct id event_id_of(int64_t at_us, struct str source, struct str source_id, int part);
/* Unseals a timeline row. */
int lead_event_open(const struct lead *l, struct id id, struct str sealed, struct arena *a,
                    struct event *inout, struct err *e);
bool event_is_read(const struct event *ev); /* has words of the lead in it */

/* Sealing under the lead's or the tenant's key, with the place named. */
int lead_seal(const struct flow *f, const struct lead *l, const char *column, struct id row, struct str plain,
              struct buf *out, struct err *e);
int lead_unseal(const struct lead *l, const char *column, struct id row, struct str sealed, struct buf *out,
                struct err *e);
int tenant_seal(const struct flow *f, const struct tenant *t, const char *column, struct id row,
                struct str plain, struct buf *out, struct err *e);
int tenant_unseal(const struct tenant *t, const char *column, struct id row, struct str sealed,
                  struct buf *out, struct err *e);

/* The zone a lead lives in as far as it is known: the CRM's, else none. NULL: unknown, and nothing is claimed
 * about local hours. */
const struct zone *lead_zone(const struct flow *f, const struct lead *l);

/* E-mail lower-cased and trimmed; phone as + and digits (10 digits are taken as US). false: nothing usable.
 */
bool normal_email(struct str s, struct arena *a, struct str *out);
bool normal_phone(struct str s, struct arena *a, struct str *out);

#endif
