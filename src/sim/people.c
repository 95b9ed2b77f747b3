/* The made-up world's clockwork: who does what next. See people.h.
 *
 * Every thing a lead will do stands in his list with its time; what is due is done, words itself (body.c)
 * and may put more into the list: a message asks for an answer, a showing for an appointment, an
 * appointment for a deal. The figures are judgement, chosen so that a team's day looks like one: most
 * leads are silent most days, a few are very busy, evenings are busier than mornings. */
#include "sim/people_impl.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { BODY_BYTES = 64 * 1024, SCRATCH_BYTES = 256 * 1024, TENANT_BYTES = 256 * 1024 * 1024 };
static const int64_t NEW_YORK_US = -5 * US_HOUR;

/* How often, and how: gap between episodes in days; chances within one episode; pages of a visit; shares
 * of pages. */
enum page {
    PAGE_SEARCH,
    PAGE_VIEW,
    PAGE_AREA,
    PAGE_REPORT,
    PAGE_PRICE,
    PAGE_FAVORITE,
    PAGE_SHARE,
    PAGE_MAIL,
    PAGE_INQUIRY,
    PAGES
};
static const struct habit {
    double gap_days, browse, write, call, pages;
    uint8_t page[PAGES];
} habits[PERSONAS] = {
    [PERSONA_WINDOW] = {14, 0.85, 0.05, 0.005, 1.6, {20, 45, 8, 5, 1, 5, 2, 14, 0}},
    [PERSONA_RESEARCH] = {6, 0.90, 0.12, 0.01, 2.5, {20, 25, 20, 16, 5, 4, 2, 7, 1}},
    [PERSONA_HOT] = {1.2, 0.85, 0.35, 0.06, 3.0, {15, 30, 10, 10, 15, 9, 4, 4, 3}},
    [PERSONA_URGENT] = {0.8, 0.70, 0.50, 0.10, 2.5, {20, 30, 8, 5, 18, 8, 3, 3, 5}},
    [PERSONA_COMPARING] = {3, 0.70, 0.30, 0.03, 2.5, {15, 30, 12, 12, 14, 6, 3, 5, 3}},
    [PERSONA_QUIET] = {2, 0.80, 0.15, 0.01, 2.0, {20, 40, 10, 6, 6, 8, 2, 8, 0}},
    [PERSONA_LEAVING] = {3, 0.80, 0.15, 0.01, 1.6, {20, 40, 10, 5, 3, 4, 1, 17, 0}},
    [PERSONA_CLIENT] = {40, 0.50, 0.20, 0.02, 1.2, {5, 10, 10, 35, 10, 0, 5, 25, 0}},
};
static const uint8_t persona_share[PERSONAS] = {48, 20, 5, 3, 5, 13, 6, 0};
static const uint8_t say_share[PERSONAS][PHRASE_KINDS] = {
    [PERSONA_WINDOW] = {[SAY_DOUBT] = 40, [SAY_QUESTION] = 40, [SAY_THANKS] = 20},
    [PERSONA_RESEARCH] = {[SAY_QUESTION] = 70, [SAY_DOUBT] = 18, [SAY_SHOWING] = 11, [SAY_HELP] = 1},
    [PERSONA_HOT] = {[SAY_SHOWING] = 45, [SAY_QUESTION] = 35, [SAY_URGENT] = 10, [SAY_THANKS] = 10},
    [PERSONA_URGENT] = {[SAY_URGENT] = 55, [SAY_SHOWING] = 35, [SAY_QUESTION] = 10},
    [PERSONA_COMPARING] = {[SAY_COMPETITOR] = 50, [SAY_QUESTION] = 30, [SAY_DOUBT] = 20},
    [PERSONA_QUIET] = {[SAY_HELLO] = 30, [SAY_QUESTION] = 40, [SAY_SHOWING] = 30},
    [PERSONA_LEAVING] = {[SAY_QUESTION] = 40, [SAY_DOUBT] = 60},
    [PERSONA_CLIENT] = {[SAY_THANKS] = 80, [SAY_QUESTION] = 20},
};
/* How likely somebody is at his phone, by his own hour. */
static const uint8_t awake_pct[24] = {3,  1,  1,  1,  1,  2,  8,  30,  50,  55, 55, 60,
                                      75, 60, 50, 50, 55, 70, 85, 100, 100, 95, 60, 20};

static size_t pick(struct prng *r, const uint8_t *share, size_t n) {
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += share[i];
    uint64_t x = prng_below(r, sum);
    for (size_t i = 0; i < n; i++) {
        if (x < share[i]) return i;
        x -= share[i];
    }
    return n - 1;
}

static int64_t between(struct prng *r, int64_t from, int64_t to) {
    return from + (int64_t)prng_below(r, (uint64_t)(to - from));
}

/* ---- the heap: leads by the time of their next thing ---- */

static bool sooner(const struct world *w, uint32_t a, uint32_t b) {
    const struct life *x = &w->life[a], *y = &w->life[b];
    return x->next_us != y->next_us ? x->next_us < y->next_us : a < b;
}

static void put(struct world *w, size_t at, uint32_t who) {
    w->heap[at] = who;
    w->life[who].heap = (uint32_t)at;
}

static void settle(struct world *w, size_t at) {
    uint32_t who = w->heap[at];
    while (at > 0 && sooner(w, who, w->heap[(at - 1) / 2])) {
        put(w, at, w->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    for (size_t kid; (kid = 2 * at + 1) < w->n; at = kid) {
        if (kid + 1 < w->n && sooner(w, w->heap[kid + 1], w->heap[kid])) kid++;
        if (!sooner(w, w->heap[kid], who)) break;
        put(w, at, w->heap[kid]);
    }
    put(w, at, who);
}

static void refresh(struct world *w, struct life *l) {
    l->next_us = INT64_MAX;
    for (size_t i = 0; i < l->n_todo; i++)
        if (l->todo[i].at_us < l->next_us) l->next_us = l->todo[i].at_us;
    settle(w, l->heap);
}

/* A full list lets the new thing go: nobody does everything he meant to. The next episode always finds
 * room. */
static void plan(struct life *l, enum todo_what what, int arg, int64_t at_us) {
    size_t most = what == DO_EPISODE ? WORLD_TODO : WORLD_TODO - 1;
    if (l->n_todo >= most) return;
    l->todo[l->n_todo++] = (struct todo){at_us, (uint8_t)what, (uint8_t)arg};
}

static void drop_all(struct life *l) {
    l->n_todo = 0;
}

/* ---- daily rhythm ---- */

static int hour_of(const struct world *w, size_t place, int64_t us) {
    const struct zone *z = w->place_zone[place];
    return z ? zone_civil(z, us).hour : civil_of_us(us + NEW_YORK_US).hour;
}

static int64_t awake(const struct world *w, struct life *l, int64_t at_us) {
    for (int i = 0; i < 24; i++) {
        if (prng_below(&l->r, 100) < awake_pct[hour_of(w, l->place, at_us)]) return at_us;
        at_us += between(&l->r, 30 * US_MINUTE, 90 * US_MINUTE);
    }
    return at_us;
}

/* The agents work in Miami's hours, 8 to 19. */
static int64_t at_work(const struct world *w, struct life *l, int64_t at_us) {
    for (int i = 0; i < 48; i++) {
        int hour = hour_of(w, 0, at_us);
        if (hour >= 8 && hour < 19) return at_us;
        at_us += between(&l->r, 20 * US_MINUTE, 40 * US_MINUTE);
    }
    return at_us;
}

/* ---- making the world ---- */

static void make_agent(struct world *w, size_t tenant, size_t i, struct world_agent *a) {
    struct prng base = prng_seed(w->o.seed),
                r = prng_fork(&base, STR("agent"), tenant * WORLD_AGENTS_MAX + i);
    enum language l;
    const char *first = first_name_at(prng_below(&r, first_names_n()), &l),
               *last = last_name_at(prng_below(&r, last_names_n()));
    snprintf(a->first, sizeof a->first, "%s", first);
    snprintf(a->name, sizeof a->name, "%s %s", first, last);
    snprintf(a->email, sizeof a->email, "agent%zu.%zu@example.com", tenant, i);
    snprintf(a->phone, sizeof a->phone, "+194155501%02zu", i % 100);
    snprintf(a->ghl_user, sizeof a->ghl_user, "user%06zuagent%04zu", tenant, i);
    snprintf(a->zone, sizeof a->zone, "%s", i % 5 == 4 ? "America/Chicago" : "America/New_York");
    a->language = l == LANG_ES && prng_chance(&r, 0.4) ? LANG_ES : LANG_EN;
}

static void make_tenant(struct world *w, size_t i) {
    static const char *const one[] = {"Bayside Keys",    "Palmetto Row", "Ocean Parrot",  "Saltwind",
                                      "Royal Poinciana", "Cortadito",    "Mangrove Line", "Sandbar"};
    static const char *const two[] = {"Realty", "Homes", "Properties", "Real Estate Group"};
    static const char letters[] = "BCDFGHJKLMNPQRSTVWXZ23456789";
    struct world_tenant *t = &w->tenant[i];
    struct prng base = prng_seed(w->o.seed), r = prng_fork(&base, STR("tenant"), i);
    if (w->o.canary) {
        for (int k = 0; k < 10; k++) t->canary[k] = letters[prng_below(&r, sizeof letters - 1)];
        t->canary[1] = (char)('2' + i % 8); /* letters and digits both */
        t->canary[2] = 'X';
    }
    if (i == 0 && w->o.brokerage)
        snprintf(t->name, sizeof t->name, "%s", w->o.brokerage);
    else
        snprintf(t->name, sizeof t->name, "%s %s%s%s", one[i % 8], two[i / 8 % 4], t->canary[0] ? " " : "",
                 t->canary);
    snprintf(t->location, sizeof t->location, "loc%08llxT%06zu", (unsigned long long)(w->o.seed & 0xffffffff),
             i);
    snprintf(t->zone, sizeof t->zone, "America/New_York");
    for (size_t k = 0; k < w->o.agents; k++) make_agent(w, i, k, &t->agent[k]);
}

static void make_life(struct world *w, uint32_t at) {
    struct life *l = &w->life[at];
    struct prng base = prng_seed(w->o.seed);
    l->r = prng_fork(&base, STR("lead"), at);
    l->persona = (uint8_t)pick(&l->r, persona_share, PERSONAS);
    enum language language;
    l->first = (uint16_t)prng_below(&l->r, first_names_n());
    first_name_at(l->first, &language);
    l->language = (uint8_t)(language == LANG_ES && prng_chance(&l->r, 0.6) ? LANG_ES : LANG_EN);
    l->last = (uint16_t)prng_below(&l->r, last_names_n());
    l->place =
        (uint8_t)(prng_chance(&l->r, 0.75) ? prng_below(&l->r, PLACES_LOCAL) : prng_below(&l->r, places_n()));
    l->agent = (uint8_t)prng_below(&l->r, w->o.agents);
    l->beds = (uint8_t)between(&l->r, 1, 6);
    l->price = (uint32_t)between(&l->r, 280, 1900) / 10 * 10;
    l->mails = prng_chance(&l->r, 0.3);
    l->zone_known = prng_chance(&l->r, 0.8);
    l->zone_wrong = prng_chance(&l->r, 0.04);
    int64_t early = w->o.arrive_us < 6 * US_HOUR ? w->o.arrive_us : 6 * US_HOUR;
    int64_t span = prng_chance(&l->r, 0.7) ? early : w->o.arrive_us;
    int64_t at_us = w->o.from_us + between(&l->r, 0, span > 0 ? span : 1);
    put(w, at, at);
    l->next_us = INT64_MAX;
    if (at % w->o.leads + w->o.later >= w->o.leads) return;
    plan(l, DO_ARRIVE, 0, at_us);
    l->next_us = at_us;
}

static int make_all(struct world *w, struct err *e) {
    const struct world_options *o = &w->o;
    w->tenant = ARENA_ARRAY(&w->arena, o->tenants, struct world_tenant);
    for (size_t i = 0; w->tenant && i < o->tenants; i++)
        if (!(w->tenant[i].agent = ARENA_ARRAY(&w->arena, o->agents, struct world_agent))) break;
    w->life = calloc(o->tenants * o->leads + 1, sizeof *w->life);
    w->heap = calloc(o->tenants * o->leads + 1, sizeof *w->heap);
    if (arena_check(&w->arena, "tenants", e)) return -1;
    if (!w->life || !w->heap) return err_set(e, ERR_INTERNAL, "", "out of memory");
    for (size_t i = 0; i < places_n(); i++)
        w->place_zone[i] = o->zone ? o->zone(o->zone_ctx, str_of(place_at(i)->zone)) : NULL;
    for (size_t i = 0; i < o->tenants; i++) make_tenant(w, i);
    for (size_t i = 0; i < o->tenants * o->leads; i++) {
        make_life(w, (uint32_t)i);
        w->n = i + 1;
        settle(w, i);
    }
    return 0;
}

int world_new(const struct world_options *o, struct world **out, struct err *e) {
    if (o->tenants == 0 || o->agents == 0 || o->agents > WORLD_AGENTS_MAX)
        return err_set(e, ERR_INVALID, "tenants", "there must be a tenant, and 1 to %d agents in each",
                       WORLD_AGENTS_MAX);
    if (o->tenants > 100000 || o->leads > UINT32_MAX / o->tenants / 2)
        return err_set(e, ERR_INVALID, "leads", "are too many");
    struct world *w = calloc(1, sizeof *w);
    if (!w) return err_set(e, ERR_INTERNAL, "", "out of memory");
    w->o = *o;
    assert(places_n() <= sizeof w->place_zone / sizeof *w->place_zone);
    if (!(w->o.pace > 0)) w->o.pace = 1;
    arena_init(&w->arena, TENANT_BYTES);
    arena_init(&w->scratch, SCRATCH_BYTES);
    buf_init(&w->body, BODY_BYTES);
    buf_init(&w->text, BODY_BYTES);
    if (make_all(w, e)) {
        world_free(w);
        return -1;
    }
    *out = w;
    return 0;
}

void world_free(struct world *w) {
    if (!w) return;
    arena_done(&w->arena);
    arena_done(&w->scratch);
    buf_done(&w->body);
    buf_done(&w->text);
    free(w->life);
    free(w->heap);
    free(w);
}

const struct world_tenant *world_tenant(const struct world *w, size_t tenant) {
    assert(tenant < w->o.tenants);
    return &w->tenant[tenant];
}

static void lower(char *z) {
    for (; *z; z++)
        if (*z >= 'A' && *z <= 'Z') *z = (char)(*z + 32);
}

void world_lead(const struct world *w, size_t tenant, size_t lead, struct world_lead *out) {
    size_t at = tenant * w->o.leads + lead;
    assert(tenant < w->o.tenants && lead < w->o.leads);
    const struct life *l = &w->life[at];
    const struct place *p = place_at(l->place), *other = place_at((l->place + lead) % places_n());
    enum language ignored;
    *out = (struct world_lead){.persona = (enum persona)l->persona,
                               .language = (enum language)l->language,
                               .city = p->city,
                               .state = p->state,
                               .zip = p->zip,
                               .zone = p->zone,
                               .crm_zone =
                                   l->zone_known ? (l->zone_wrong ? "America/Los_Angeles" : p->zone) : NULL,
                               .agent = l->agent,
                               .opted_out = l->opted_out};
    snprintf(out->contact, sizeof out->contact, "C%05zuL%07zu", tenant, lead);
    snprintf(out->first, sizeof out->first, "%s", first_name_at(l->first, &ignored));
    snprintf(out->last, sizeof out->last, "%s", last_name_at(l->last));
    snprintf(out->name, sizeof out->name, "%.23s %.23s", out->first, out->last);
    snprintf(out->phone, sizeof out->phone, "+1%s55501%02zu", lead % 7 ? p->area_code : other->area_code,
             lead % 100);
    if (lead % 11 == 5 && !l->mails) return; /* no e-mail known */
    snprintf(out->email, sizeof out->email, "%.20s.%.20s.%zu.%zu@example.com", out->first, out->last, tenant,
             lead);
    lower(out->email);
}

/* ---- living ---- */

struct doing { /* one thing, as it happens */
    struct world *w;
    struct life *l;
    const struct todo *todo;
    struct happening *h;
    struct world_lead lead;
    struct wording wording;
    int64_t now_us;
};

static void leave(struct doing *d) {
    struct life *l = d->l;
    drop_all(l);
    bool by_mouth = prng_chance(&l->r, 0.25);
    plan(l, by_mouth ? DO_DND : DO_WRITE, by_mouth ? 1 : SAY_STOP, d->now_us);
    if (!by_mouth && prng_chance(&l->r, 0.25))
        plan(l, DO_WRITE, SAY_START, awake(d->w, l, d->now_us + between(&l->r, 15 * US_DAY, 45 * US_DAY)));
}

/* Interest fades: who neither bought nor left within weeks comes by less and less. */
static double gap_days(const struct life *l, int64_t now_us) {
    if (l->persona == PERSONA_QUIET && l->visits > 6) return 60;
    bool eager = l->persona == PERSONA_HOT || l->persona == PERSONA_URGENT;
    double known_days = (double)(now_us - l->arrived_us) / (double)US_DAY;
    return habits[l->persona].gap_days * (eager ? 1 : 1 + known_days / 20);
}

static void episode(struct doing *d) {
    struct life *l = d->l;
    const struct habit *h = &habits[l->persona];
    if (l->visits < 255) l->visits++;
    bool calms_down = l->visits > 12 && (l->persona == PERSONA_URGENT || l->persona == PERSONA_HOT);
    if (calms_down && prng_chance(&l->r, 0.15)) l->persona = PERSONA_RESEARCH;
    if (l->persona == PERSONA_LEAVING && l->visits >= 3 && prng_chance(&l->r, 0.35)) {
        leave(d);
        return;
    }
    plan(l, DO_EPISODE, 0,
         awake(d->w, l,
               d->now_us +
                   (int64_t)(prng_exp(&l->r, gap_days(l, d->now_us) / d->w->o.pace) * (double)US_DAY) +
                   US_MINUTE));
    if (prng_chance(&l->r, h->browse))
        plan(l, DO_BROWSE, 1 + (int)prng_exp(&l->r, h->pages - 1 + 0.01) % 12, d->now_us);
    if (prng_chance(&l->r, h->write))
        plan(l, DO_WRITE, (int)pick(&l->r, say_share[l->persona], PHRASE_KINDS),
             d->now_us + between(&l->r, 0, 10 * US_MINUTE));
    if (prng_chance(&l->r, h->call)) plan(l, DO_CALL_IN, 0, d->now_us + between(&l->r, 0, 10 * US_MINUTE));
    if (prng_chance(&l->r, 0.03)) plan(l, DO_UPDATE, 0, d->now_us + US_MINUTE);
    if (prng_chance(&l->r, 0.02)) plan(l, DO_TAGS, 0, d->now_us + US_MINUTE);
    if (prng_chance(&l->r, 0.001)) plan(l, DO_DELETE, 0, d->now_us + US_HOUR);
    if (prng_chance(&l->r, 0.08))
        plan(l, DO_ANSWER, SAY_AGENT_FOLLOW_UP,
             at_work(d->w, l, d->now_us + between(&l->r, US_HOUR, US_DAY)));
}

static void words(struct doing *d, enum phrase_kind k, enum language language) {
    char beds[8], price[24];
    struct life *l = d->l;
    snprintf(beds, sizeof beds, "%u", l->beds);
    if (l->price >= 1000)
        snprintf(price, sizeof price, "$%u,%03u,000", l->price / 1000, l->price % 1000);
    else
        snprintf(price, sizeof price, "$%u,000", l->price);
    struct phrase_fields f = {.area = str_of(area_some(&l->r)),
                              .beds = str_of(beds),
                              .price = str_of(price),
                              .agent = str_of(d->wording.agent->first),
                              .lead = str_of(d->lead.first),
                              .brokerage = str_of(d->wording.t->name)};
    buf_clear(&d->w->text);
    phrase_add(k, language, &l->r, &f, &d->w->text);
    const char *canary = d->wording.t->canary;
    bool free_text = k != SAY_STOP && k != SAY_START && k != SAY_HELP && k != SAY_SUBJECT;
    if (canary[0] && free_text && prng_chance(&l->r, 0.3)) buf_fmt(&d->w->text, " (ref %s)", canary);
}

static void say(struct doing *d, enum phrase_kind k) {
    words(d, k, (enum language)d->l->language);
    d->h->text = arena_str(&d->w->scratch, buf_str(&d->w->text));
}

static void subject(struct doing *d) {
    words(d, SAY_SUBJECT, (enum language)d->l->language);
    d->wording.say = arena_str(&d->w->scratch, buf_str(&d->w->text)).p;
}

static void is(struct doing *d, const char *type, enum event_kind kind, enum channel channel) {
    d->h->ghl = true;
    d->h->type = str_of(type);
    d->h->kind = kind;
    d->h->channel = channel;
}

static void arrive(struct doing *d) {
    struct life *l = d->l;
    l->arrived = true;
    l->arrived_us = d->now_us;
    is(d, "ContactCreate", EV_CONTACT, CHANNEL_NONE);
    body_contact(&d->wording, &d->w->body);
    bool eager = l->persona == PERSONA_HOT || l->persona == PERSONA_URGENT || l->persona == PERSONA_COMPARING;
    plan(l, DO_EPISODE, 0,
         awake(d->w, l, d->now_us + between(&l->r, US_MINUTE, eager ? 2 * US_HOUR : 2 * US_DAY)));
    if (prng_chance(&l->r, 0.5))
        plan(l, DO_ANSWER, SAY_AGENT_HELLO,
             at_work(d->w, l, d->now_us + between(&l->r, 5 * US_MINUTE, 3 * US_HOUR)));
}

static void page_url(struct doing *d, enum page p, struct buf *out) {
    static const char *const paths[PAGES] = {"search", "homes", "neighborhoods", "market", "value",
                                             "homes",  "homes", "mail",          "contact"};
    buf_fmt(out, "https://www.example.com/%s/%llu", paths[p], (unsigned long long)prng_below(&d->l->r, 4000));
    if (d->wording.t->canary[0]) buf_fmt(out, "?site=%s", d->wording.t->canary);
}

static void browse(struct doing *d) {
    static const enum event_kind kinds[PAGES] = {
        EV_PROPERTY_SEARCH, EV_PROPERTY_VIEW, EV_NEIGHBORHOOD_RESEARCH,
        EV_MARKET_REPORT,   EV_PRICING_TOOL,  EV_FAVORITE,
        EV_SHARE,           EV_EMAIL_OPEN,    EV_AGENT_INQUIRY};
    struct life *l = d->l;
    enum page p = (enum page)pick(&l->r, habits[l->persona].page, PAGES);
    bool dwells = p == PAGE_VIEW || p == PAGE_AREA || p == PAGE_REPORT || p == PAGE_PRICE;
    int64_t seconds = dwells ? 5 + (int64_t)prng_exp(&l->r, 70) % 1200 : 0;
    d->h->ghl = false;
    d->h->kind = kinds[p];
    d->h->channel = CHANNEL_WEB;
    d->h->type = str_of(event_name(kinds[p]));
    BUF_AUTO url;
    buf_init(&url, 256);
    page_url(d, p, &url);
    body_event(&d->wording, buf_str(&url), seconds, &d->w->body);
    if (d->todo->arg > 1)
        plan(l, DO_BROWSE, d->todo->arg - 1, d->now_us + (seconds + between(&l->r, 4, 120)) * US_SECOND);
}

static void after_writing(struct doing *d, enum phrase_kind k) {
    struct life *l = d->l;
    double wait_min = k == SAY_URGENT ? 12 : 45;
    bool answer = prng_chance(&l->r, k == SAY_THANKS ? 0.15 : 0.85);
    int64_t at =
        at_work(d->w, l, d->now_us + US_MINUTE + (int64_t)(prng_exp(&l->r, wait_min) * (double)US_MINUTE));
    if (answer) plan(l, DO_ANSWER, SAY_AGENT_ANSWER, at);
    if (k == SAY_URGENT && prng_chance(&l->r, 0.5)) plan(l, DO_CALL_OUT, 0, at + 2 * US_MINUTE);
    if ((k == SAY_SHOWING || k == SAY_URGENT) && prng_chance(&l->r, 0.6))
        plan(l, DO_APPOINT, 0, at + between(&l->r, 10 * US_MINUTE, 3 * US_HOUR));
}

static void write_us(struct doing *d, enum phrase_kind k) {
    struct life *l = d->l;
    bool mail = l->mails && d->lead.email[0] && k != SAY_START && k != SAY_HELP && prng_chance(&l->r, 0.6);
    is(d, "InboundMessage", EV_MESSAGE_IN, mail ? CHANNEL_EMAIL : CHANNEL_SMS);
    say(d, k);
    if (mail) subject(d);
    if (k == SAY_STOP) {
        l->opted_out = d->h->opt_out = true;
        l->dnd_sms = !mail;
        if (!mail && prng_chance(&l->r, 0.7))
            plan(l, DO_DND, 0, d->now_us + between(&l->r, US_SECOND, 20 * US_SECOND));
    } else if (k == SAY_START) {
        d->h->opt_in = true;
        l->opted_out = l->dnd_sms = l->dnd = false;
        l->persona = PERSONA_WINDOW;
        plan(l, DO_EPISODE, 0, awake(d->w, l, d->now_us + US_DAY));
    } else {
        after_writing(d, k);
    }
    body_message(&d->wording, true, 0, &d->w->body);
}

static void call(struct doing *d, bool in) {
    struct life *l = d->l;
    is(d, in ? "InboundMessage" : "OutboundMessage", in ? EV_CALL_IN : EV_CALL_OUT, CHANNEL_CALL);
    int64_t seconds = prng_chance(&l->r, 0.6) ? 20 + (int64_t)prng_exp(&l->r, 240) % 3000 : 0;
    body_message(&d->wording, in, seconds, &d->w->body);
    if (seconds && prng_chance(&l->r, 0.5))
        plan(l, DO_NOTE, 0, d->now_us + between(&l->r, 5 * US_MINUTE, US_HOUR));
    if (prng_chance(&l->r, 0.25)) plan(l, DO_TASK, 0, d->now_us + between(&l->r, US_MINUTE, US_HOUR));
}

static void answer(struct doing *d) {
    struct life *l = d->l;
    bool mail = l->mails && d->lead.email[0] && prng_chance(&l->r, 0.4);
    is(d, "OutboundMessage", EV_MESSAGE_OUT, mail ? CHANNEL_EMAIL : CHANNEL_SMS);
    say(d, (enum phrase_kind)d->todo->arg);
    if (mail) subject(d);
    body_message(&d->wording, false, 0, &d->w->body);
    if (prng_chance(&l->r, 0.25))
        plan(l, DO_WRITE, SAY_THANKS, awake(d->w, l, d->now_us + between(&l->r, US_MINUTE, 2 * US_HOUR)));
}

static void note(struct doing *d) {
    is(d, "NoteCreate", EV_NOTE, CHANNEL_NONE);
    words(d, SAY_NOTE, d->wording.agent->language);
    d->h->text = arena_str(&d->w->scratch, buf_str(&d->w->text));
    body_note(&d->wording, &d->w->body);
}

static void task(struct doing *d, bool done) {
    struct life *l = d->l;
    is(d, done ? "TaskComplete" : "TaskCreate", EV_TASK, CHANNEL_NONE);
    if (!done) l->tasks++;
    words(d, SAY_TASK, d->wording.agent->language);
    d->h->text = arena_str(&d->w->scratch, buf_str(&d->w->text));
    body_task(&d->wording, &d->w->body);
    if (!done && prng_chance(&l->r, 0.7))
        plan(l, DO_TASK_DONE, 0, at_work(d->w, l, d->now_us + between(&l->r, US_HOUR, 2 * US_DAY)));
}

static void contact_change(struct doing *d) {
    struct life *l = d->l;
    enum todo_what what = (enum todo_what)d->todo->what;
    if (what == DO_UPDATE) {
        is(d, "ContactUpdate", EV_CONTACT, CHANNEL_NONE);
        l->zone_known = true;
    } else if (what == DO_TAGS) {
        is(d, "ContactTagUpdate", EV_CONTACT_TAGS, CHANNEL_NONE);
    } else if (what == DO_DND) {
        is(d, "ContactDndUpdate", EV_CONTACT_DND, CHANNEL_NONE);
        if (d->todo->arg) l->dnd = l->opted_out = d->h->opt_out = true;
    } else {
        is(d, "ContactDelete", EV_CONTACT_DELETED, CHANNEL_NONE);
        l->deleted = true;
        drop_all(l);
    }
    body_contact(&d->wording, &d->w->body);
}

static void deal(struct doing *d) {
    struct life *l = d->l;
    bool first = d->todo->what == DO_DEAL;
    if (first) l->deals++, l->has_deal = true, l->stage = 1;
    if (!first && l->stage < 5) l->stage++; /* a closed one may be reported again */
    bool won = l->stage == STAGE_WON;
    is(d,
       first ? "OpportunityCreate"
       : won ? "OpportunityStatusUpdate"
             : "OpportunityStageUpdate",
       EV_OPPORTUNITY, CHANNEL_NONE);
    d->wording.say = d->lead.name;
    body_deal(&d->wording, &d->w->body);
    if (won) {
        l->persona = PERSONA_CLIENT;
        plan(l, DO_TAGS, 0, d->now_us + US_HOUR);
    } else if (prng_chance(&l->r, 0.7)) {
        plan(l, DO_STAGE, 0, at_work(d->w, l, d->now_us + between(&l->r, 2 * US_DAY, 12 * US_DAY)));
    }
}

static void appointment(struct doing *d) {
    struct life *l = d->l;
    bool first = d->todo->what == DO_APPOINT;
    if (first) l->appointments++;
    is(d, first ? "AppointmentCreate" : "AppointmentUpdate", EV_APPOINTMENT, CHANNEL_NONE);
    int64_t when =
        first ? at_work(d->w, l, d->now_us + between(&l->r, 20 * US_HOUR, 4 * US_DAY)) : d->now_us - US_HOUR;
    d->wording.say = l->language == LANG_ES ? "Visita" : "Showing";
    bool came = !first && prng_chance(&l->r, 0.8);
    body_appointment(&d->wording, when / US_HOUR * US_HOUR,
                     first  ? "confirmed"
                     : came ? "showed"
                            : "noshow",
                     &d->w->body);
    if (first) plan(l, DO_APPOINTED, 0, when + US_HOUR);
    if (!came) return;
    plan(l, DO_NOTE, 0, d->now_us + between(&l->r, US_MINUTE, 2 * US_HOUR));
    if (!l->has_deal && prng_chance(&l->r, 0.5))
        plan(l, DO_DEAL, 0, d->now_us + between(&l->r, 10 * US_MINUTE, 5 * US_HOUR));
}

static bool wanted(const struct life *l, const struct todo *t) {
    if (l->deleted) return false;
    if (t->what == DO_DEAL && l->has_deal) return false;            /* one at a time */
    if (t->what == DO_STAGE && l->stage >= STAGE_WON) return false; /* it is closed */
    if (!l->opted_out) return true;
    return t->what == DO_DND || (t->what == DO_WRITE && t->arg == SAY_START) || t->what == DO_TAGS ||
           t->what == DO_NOTE;
}

static bool act(struct doing *d) {
    switch ((enum todo_what)d->todo->what) {
    case DO_EPISODE: episode(d); return false;
    case DO_ARRIVE: arrive(d); return true;
    case DO_BROWSE: browse(d); return true;
    case DO_WRITE: write_us(d, (enum phrase_kind)d->todo->arg); return true;
    case DO_CALL_IN: call(d, true); return true;
    case DO_CALL_OUT: call(d, false); return true;
    case DO_ANSWER: answer(d); return true;
    case DO_NOTE: note(d); return true;
    case DO_TASK: task(d, false); return true;
    case DO_TASK_DONE: task(d, true); return true;
    case DO_UPDATE:
    case DO_TAGS:
    case DO_DND:
    case DO_DELETE: contact_change(d); return true;
    case DO_DEAL:
    case DO_STAGE: deal(d); return true;
    case DO_APPOINT:
    case DO_APPOINTED: appointment(d); return true;
    }
    return false;
}

static struct todo take(struct life *l) {
    size_t best = 0;
    for (size_t i = 1; i < l->n_todo; i++)
        if (l->todo[i].at_us < l->todo[best].at_us) best = i;
    struct todo t = l->todo[best];
    memmove(&l->todo[best], &l->todo[best + 1], (l->n_todo - best - 1) * sizeof t);
    l->n_todo--;
    return t;
}

/* Does the next thing of the lead who is due. false: nothing of it is seen from outside. */
static bool live(struct world *w, struct happening *out) {
    uint32_t who = w->heap[0];
    struct life *l = &w->life[who];
    struct todo t = take(l);
    struct doing d = {.w = w, .l = l, .todo = &t, .h = out, .now_us = t.at_us / 1000 * 1000};
    *out = (struct happening){.sent_us = d.now_us, .tenant = who / w->o.leads, .lead = who % w->o.leads};
    bool seen = false;
    if (wanted(l, &t)) {
        char name[ID_TEXT + 1];
        if (t.what != DO_EPISODE)
            id_text(id_random(d.now_us, &l->r), name), out->source_id = arena_str(&w->scratch, str_of(name));
        out->at_us = t.at_us;
        world_lead(w, out->tenant, out->lead, &d.lead);
        const struct world_tenant *tenant = &w->tenant[out->tenant];
        d.wording = (struct wording){.w = w,
                                     .t = tenant,
                                     .agent = &tenant->agent[l->agent],
                                     .lead = &d.lead,
                                     .l = l,
                                     .h = out,
                                     .say = ""};
        seen = act(&d);
        if (seen) l->things++;
    }
    refresh(w, l);
    return seen;
}

int64_t world_peek_us(struct world *w) {
    return w->n ? w->life[w->heap[0]].next_us : INT64_MAX;
}

bool world_next(struct world *w, int64_t until_us, struct happening *out) {
    while (world_peek_us(w) <= until_us && world_peek_us(w) != INT64_MAX) {
        arena_reset(&w->scratch);
        buf_clear(&w->body);
        if (!live(w, out)) continue;
        assert(buf_ok(&w->body) && arena_ok(&w->scratch));
        out->body = buf_str(&w->body);
        return true;
    }
    return false;
}

void world_was_written_to(struct world *w, size_t tenant, size_t lead, int64_t at_us) {
    struct life *l = &w->life[tenant * w->o.leads + lead];
    if (l->opted_out || l->deleted || !prng_chance(&l->r, 0.4)) return;
    plan(l, DO_WRITE,
         prng_chance(&l->r, 0.5) ? SAY_THANKS : (int)pick(&l->r, say_share[l->persona], PHRASE_KINDS),
         awake(w, l, at_us + between(&l->r, US_MINUTE, 3 * US_HOUR)));
    refresh(w, l);
}

void world_nudge(struct world *w, size_t tenant, size_t lead, int64_t at_us, enum world_nudge what,
                 int say_kind) {
    struct life *l = &w->life[tenant * w->o.leads + lead];
    if (l->arrived != (what != WORLD_ARRIVES) || l->opted_out || l->deleted) return;
    enum todo_what todo = what == WORLD_ARRIVES ? DO_ARRIVE : what == WORLD_WRITES ? DO_WRITE : DO_BROWSE;
    plan(l, todo, what == WORLD_BROWSES ? 1 : say_kind, at_us);
    refresh(w, l);
}
