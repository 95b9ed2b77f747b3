/* Made-up people: leads who browse, write, buy, fall silent and ask to be left alone, and agents who answer
 * them. What they do comes out as what the CRM and the team's website would send us, with the truth beside
 * it.
 *
 * Each lead is a small state machine with a generator of his own (seed, tenant, number), so that the same
 * seed gives the same life, whatever else runs. A lead keeps at most WORLD_TODO things ahead of him; all
 * leads stand in one heap by the time of the next. Time is an argument; nobody here looks at a clock, a
 * database or the flow. Daily rhythm follows the lead's own zone. */
#ifndef SIM_PEOPLE_H
#define SIM_PEOPLE_H

#include "base/zone.h"
#include "engine/event.h"

enum { WORLD_TODO = 8, WORLD_AGENTS_MAX = 64 };

enum persona {
    PERSONA_WINDOW,    /* looks now and then, hardly writes */
    PERSONA_RESEARCH,  /* reads much: areas, reports, searches */
    PERSONA_HOT,       /* every day, prices, showings */
    PERSONA_URGENT,    /* must move soon and says so */
    PERSONA_COMPARING, /* has other agents, too */
    PERSONA_QUIET,     /* eager for a week, then gone */
    PERSONA_LEAVING,   /* asks to be left alone after a while */
    PERSONA_CLIENT,    /* has bought */
    PERSONAS
};

struct world_options {
    uint64_t seed;
    size_t tenants, agents, leads; /* agents and leads of each tenant; agents 1..WORLD_AGENTS_MAX */
    size_t later;               /* so many of each tenant's leads, the last ones, come only when nudged to */
    int64_t from_us, arrive_us; /* leads become known from from_us on for arrive_us, most of them early */
    double pace;                /* 1: as usual; 2: twice as busy; > 0 */
    bool canary;                /* plant each tenant's canary in his own texts */
    const char *brokerage;      /* name of the first tenant; NULL: made up */
    const struct zone *(*zone)(void *ctx,
                               struct str name); /* NULL, or gives NULL: hours of New York's winter */
    void *zone_ctx;
};

struct world_agent {
    char name[48], first[24], email[72], phone[16], ghl_user[56], zone[40];
    enum language language;
};
struct world_tenant {
    char name[80], location[48], zone[40], canary[16]; /* canary "" when not planted */
    struct world_agent *agent;
};
struct world_lead { /* a lead's facts, made when asked for */
    enum persona persona;
    enum language language;
    char contact[48], name[48], first[24], last[24], phone[32], email[104];
    const char *city, *state, *zip, *zone; /* zone: where he lives, ... */
    const char *crm_zone;                  /* ... and what the CRM believes; NULL: nothing */
    size_t agent;
    bool opted_out;
};

/* Something reached us. Strings stay until the next world_next(). */
struct happening {
    int64_t at_us, sent_us; /* when it was sent to us first; when the person did it */
    size_t tenant, lead;
    bool ghl;        /* a webhook; else an item of POST /api/v1/events */
    struct str type; /* the webhook's type, or the item's kind */
    enum event_kind kind;
    enum channel channel;
    struct str text, source_id, body;
    bool opt_out, opt_in; /* the person's truth */
};

struct world;
/* ERR_INVALID for no tenants or agents, or too many agents. */
int world_new(const struct world_options *o, struct world **out, struct err *e);
void world_free(struct world *w);
const struct world_tenant *world_tenant(const struct world *w, size_t tenant);
void world_lead(const struct world *w, size_t tenant, size_t lead, struct world_lead *out);

int64_t world_peek_us(struct world *w); /* when the next thing happens; INT64_MAX: never */
/* The next thing seen from outside, when it is not after until_us. */
bool world_next(struct world *w, int64_t until_us, struct happening *out);
/* The team wrote to a lead (an approved message): he may answer. */
void world_was_written_to(struct world *w, size_t tenant, size_t lead, int64_t at_us);
/* Makes a lead do something at `at_us`, for the demo: look at a page, write something (`say`: an enum
 * phrase_kind), or become known. One who is not known yet does nothing else, one who left nothing at all. */
enum world_nudge { WORLD_BROWSES, WORLD_WRITES, WORLD_ARRIVES };
void world_nudge(struct world *w, size_t tenant, size_t lead, int64_t at_us, enum world_nudge what, int say);

#endif
