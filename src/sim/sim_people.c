/* The made-up people as the simulator meets them: tenants and agents are made, leads' facts written down,
 * and agents do something about what they are shown, within decent hours. */
#include "sim/sim_impl.h"

#include "flow/act.h"
#include "flow/prefs.h"
#include "flow/scheduler.h"
#include "store/query.h"

#include <stdlib.h>

enum { LINES_MEMORY = 256 * 1024, SHOWN_BYTES = 256 * 1024, POSTPONED_MIN = 10 };

/* ---- making them ---- */

struct setting { /* of an agent; a write job */
    struct sim *s;
    const struct sim_tenant *t;
    struct id agent;
    const char *json; /* NULL: nothing to change */
    struct prefs prefs;
};

static int settings_work(struct db *db, void *ctx, struct err *e) {
    struct setting *set = ctx;
    const struct flow *f = &set->s->flow;
    int64_t now_us = sim_server_us(set->s);
    ARENA_AUTO a;
    arena_init(&a, LINES_MEMORY);
    if (set->json) {
        const struct jnode *n;
        const struct tenant *t;
        if (json_parse(&a, str_of(set->json), 4096, &n, e) || tenant_by_id(f, db, set->t->tenant, &t, e) ||
            prefs_put(db, set->t->tenant, set->agent, n, set->agent, now_us, e) ||
            scheduler_plan_agent(f, db, t, set->agent, now_us, e))
            return -1;
    }
    return prefs_load(db, set->t->tenant, set->agent, &set->prefs, e);
}

static void tenant_line(struct sim *s, const struct sim_tenant *t, const struct world_tenant *wt) {
    char id[ID_TEXT + 1];
    id_text(t->tenant.id, id);
    struct jw w = out_begin(&s->out, OUT_TENANTS, s->now_us);
    jw_kz(&w, "tenant", id);
    jw_kz(&w, "zone", wt->zone);
    jw_key(&w, "settings");
    jw_object(&w);
    jw_end(&w);
    jw_kz(&w, "canary", wt->canary);
    out_end(&s->out, OUT_TENANTS, &w);
}

static void agent_line(struct sim *s, const struct setting *set, const struct world_agent *a) {
    char tenant[ID_TEXT + 1], agent[ID_TEXT + 1];
    id_text(set->t->tenant.id, tenant);
    id_text(set->agent, agent);
    struct jw w = out_begin(&s->out, OUT_AGENTS, s->now_us);
    jw_kz(&w, "tenant", tenant);
    jw_kz(&w, "agent", agent);
    jw_kz(&w, "zone", a->zone);
    jw_key(&w, "settings");
    jw_object(&w);
    jw_kz(&w, "briefing_time", set->prefs.v[P_BRIEFING_TIME].text);
    jw_kbool(&w, "briefing_enabled", set->prefs.v[P_BRIEFING_ENABLED].number != 0);
    jw_key(&w, "briefing_channels");
    jw_array(&w);
    for (int i = 0; i < sim_vendors(s); i++) jw_z(&w, s->vendor[i].channel);
    jw_end(&w);
    jw_end(&w);
    jw_kz(&w, "phone", a->phone);
    jw_kz(&w, "email", a->email);
    jw_kbool(&w, "active", true);
    out_end(&s->out, OUT_AGENTS, &w);
}

/* Most are content with the defaults. */
static const char *wish(size_t i) {
    if (i % 3 == 1) return "{\"briefing_time\":\"06:30\",\"quiet_hours\":null}";
    return i % 7 == 5 ? "{\"briefing_enabled\":false}" : NULL;
}

static int make_agent(struct sim *s, struct sim_tenant *t, size_t i, const struct world_agent *a,
                      struct err *e) {
    struct new_user in = {.tenant = t->tenant,
                          .role = i == 0 ? ROLE_ADMIN : ROLE_AGENT,
                          .name = str_of(a->name),
                          .zone = str_of(a->zone),
                          .email = str_of(a->email),
                          .ghl_user = str_of(a->ghl_user),
                          .language = a->language == LANG_ES ? STR("es") : STR("en")};
    if (user_create(&s->flow, &in, &t->agent[i].id, e)) return -1;
    struct setting set = {.s = s, .t = t, .agent = t->agent[i].id, .json = wish(i)};
    if (store_write(s->flow.store, settings_work, &set, e)) return -1;
    t->agent[i].minute = (int)set.prefs.v[P_BRIEFING_TIME].number;
    t->agent[i].briefed = set.prefs.v[P_BRIEFING_ENABLED].number != 0;
    agent_line(s, &set, a);
    return 0;
}

static int make_tenant(struct sim *s, size_t at, struct err *e) {
    struct sim_tenant *t = &s->tenant[at];
    const struct world_tenant *wt = world_tenant(s->world, at);
    struct new_tenant in = {str_of(wt->name), str_of(wt->location), str_of(wt->zone)};
    struct made_tenant made;
    t->agent = calloc(s->agents, sizeof *t->agent);
    t->lead = calloc((size_t)s->o->leads, sizeof *t->lead);
    if (!t->agent || !t->lead) return err_set(e, ERR_INTERNAL, "", "out of memory");
    if (tenant_create(&s->flow, &in, &made, e)) return -1;
    t->tenant = made.id;
    bool fresh;
    uint32_t *place = sim_set_at(&s->contacts, made.id.id, &fresh);
    if (!place) return err_set(e, ERR_INTERNAL, "", "out of memory");
    *place = (uint32_t)at;
    tenant_line(s, t, wt);
    for (size_t i = 0; i < s->agents; i++)
        if (make_agent(s, t, i, &wt->agent[i], e)) return -1;
    return 0;
}

int people_make(struct sim *s, struct err *e) {
    s->tenant = calloc((size_t)s->o->tenants, sizeof *s->tenant);
    if (!s->tenant) return err_set(e, ERR_INTERNAL, "", "out of memory");
    for (int i = 0; i < s->o->tenants; i++)
        if (make_tenant(s, (size_t)i, e)) return -1;
    return 0;
}

/* ---- who is who ---- */

size_t people_tenant(const struct sim *s, struct tenant_id t) {
    const uint32_t *at = sim_set_find(&s->contacts, t.id);
    return at ? *at : 0;
}

struct contact_of {
    struct tenant_id tenant;
    struct id lead;
    char contact[64];
};

static int contact_work(struct db *db, void *ctx, struct err *e) {
    struct contact_of *c = ctx;
    ARENA_AUTO a;
    arena_init(&a, LINES_MEMORY);
    struct q_lead_get_out row;
    int got = q_lead_get(db, &(struct q_lead_get_in){.tenant = c->tenant, .id = c->lead}, &a, &row, e);
    if (got < 0) return -1;
    if (got > 0) str_to_z(row.contact, c->contact, sizeof c->contact);
    return 0;
}

bool people_lead(struct sim *s, struct tenant_id t, struct id lead, size_t *out_tenant, size_t *out_lead) {
    struct id name = sim_name(id_bytes(&t.id), id_bytes(&lead), 1);
    const uint32_t *known = sim_set_find(&s->contacts, name);
    *out_tenant = people_tenant(s, t);
    if (known) {
        *out_lead = *known;
        return true;
    }
    struct contact_of c = {.tenant = t, .lead = lead};
    if (store_read(s->flow.store, contact_work, &c, NULL)) return false;
    int64_t tenant, number;
    struct str rest = str_of(c.contact), first;
    if (!str_cut(&rest, 'L', &first) || first.n < 2 || !str_to_i64(str_skip(first, 1), &tenant) ||
        !str_to_i64(rest, &number) || tenant != (int64_t)*out_tenant || number >= s->o->leads)
        return false;
    bool fresh;
    uint32_t *place = sim_set_at(&s->contacts, name, &fresh);
    if (!place) return false;
    *place = (uint32_t)number;
    *out_lead = (size_t)number;
    return true;
}

/* ---- lines ---- */

static void fact(struct jw *w, const char *key, const char *z) {
    jw_kstr(w, key, z && *z ? str_of(z) : STR_NONE);
}

void people_lead_line(struct sim *s, const struct happening *h) {
    struct world_lead l;
    char tenant[ID_TEXT + 1], agent[ID_TEXT + 1];
    const struct sim_tenant *t = &s->tenant[h->tenant];
    world_lead(s->world, h->tenant, h->lead, &l);
    id_text(t->tenant.id, tenant);
    id_text(t->agent[l.agent].id, agent);
    struct jw w = out_begin(&s->out, OUT_LEADS, s->now_us);
    jw_kz(&w, "tenant", tenant);
    jw_kz(&w, "lead", l.contact);
    jw_kz(&w, "agent", agent);
    fact(&w, "phone", l.phone);
    fact(&w, "email", l.email);
    fact(&w, "state", l.state);
    fact(&w, "zip", l.zip);
    fact(&w, "zone", l.crm_zone);
    jw_kbool(&w, "erased", false);
    out_end(&s->out, OUT_LEADS, &w);
}

void people_inbound_line(struct sim *s, const struct happening *h, bool accepted) {
    struct world_lead l;
    char tenant[ID_TEXT + 1];
    world_lead(s->world, h->tenant, h->lead, &l);
    id_text(s->tenant[h->tenant].tenant.id, tenant);
    struct jw w = out_begin(&s->out, OUT_INBOUND, s->now_us);
    out_us(&w, "sent_at", h->sent_us);
    jw_kz(&w, "tenant", tenant);
    jw_kz(&w, "lead", l.contact);
    jw_kz(&w, "kind", event_name(h->kind));
    jw_kstr(&w, "channel", h->channel ? str_of(channel_name(h->channel)) : STR_NONE);
    jw_kstr(&w, "text", h->text.n ? h->text : STR_NONE);
    jw_kstr(&w, "source_id", h->source_id);
    jw_kbool(&w, "accepted", accepted);
    jw_kbool(&w, "opt_out", h->opt_out);
    jw_kbool(&w, "opt_in", h->opt_in);
    out_end(&s->out, OUT_INBOUND, &w);
}

/* ---- what agents do about it ---- */

static bool lead_of_json(struct sim *s, struct tenant_id t, struct str json, size_t *out_tenant,
                         size_t *out_lead) {
    ARENA_AUTO a;
    arena_init(&a, SHOWN_BYTES * 4);
    const struct jnode *n;
    struct str text;
    struct id lead;
    return json_parse(&a, json, SHOWN_BYTES, &n, NULL) == 0 &&
           json_str(n, "lead_id", STR(""), &text, NULL) == 0 && id_parse(text, &lead) &&
           people_lead(s, t, lead, out_tenant, out_lead);
}

static int put_decision(struct sim *s, const struct sim_decision *d) {
    void *p = s->decisions;
    int rc = sim_heap_room(&p, s->n_decisions, &s->cap_decisions, sizeof *d);
    s->decisions = p;
    if (rc) return -1;
    s->decisions[s->n_decisions] = *d;
    s->decisions[s->n_decisions].due.order = s->order++;
    sim_heap_push(s->decisions, ++s->n_decisions, sizeof *d);
    return 0;
}

void people_asked(struct sim *s, struct tenant_id t, struct id agent, struct id thing, struct str json,
                  bool alert) {
    double x = prng_unit(&s->r);
    int64_t wait_us = (int64_t)(prng_exp(&s->r, 25) * (double)US_MINUTE) + US_SECOND;
    if (x > 0.7) return; /* nobody looked */
    struct sim_decision d = {
        .due = {s->now_us + wait_us, 0}, .tenant = t, .agent = agent, .thing = thing, .alert = alert};
    if (!alert) d.known_lead = lead_of_json(s, t, json, &d.tenant_at, &d.lead_at);
    put_decision(s, &d);
}

/* People do not write to others at night, nor twice a day, nor to whom they know to have had enough. */
static bool decent(struct sim *s, const struct sim_decision *d) {
    if (!d->known_lead) return false;
    struct world_lead l;
    const struct sim_lead *known = &s->tenant[d->tenant_at].lead[d->lead_at];
    world_lead(s->world, d->tenant_at, d->lead_at, &l);
    const struct zone *z = zones_find(s->flow.zones, str_of(l.zone));
    int hour = z ? zone_civil(z, s->now_us).hour : 0;
    if (hour < 9 || hour >= 20 || s->now_us - known->messaged_us < US_DAY) return false;
    return known->out_us == 0 || known->in_us > known->out_us;
}

int people_decide(struct sim *s, struct err *e) {
    sim_heap_pop(s->decisions, s->n_decisions, sizeof *s->decisions);
    struct sim_decision d = s->decisions[--s->n_decisions];
    struct actor who = {d.tenant, d.agent, ROLE_AGENT};
    BUF_AUTO out;
    buf_init(&out, SHOWN_BYTES);
    struct err why = {0};
    double x = prng_unit(&s->r);
    int rc;
    if (d.alert) {
        rc = alert_dismiss(&s->flow, &who, d.thing, x < 0.8 ? STR("done") : STR("not_useful"), &out, &why);
    } else if (decent(s, &d) && x < 0.7) {
        rc = approval_approve(&s->flow, &who, d.thing, STR_NONE, &out, &why);
        if (rc == 0) s->tenant[d.tenant_at].lead[d.lead_at].messaged_us = s->now_us;
    } else {
        rc = approval_reject(&s->flow, &who, d.thing, STR("not now"), &out, &why);
    }
    bool late = why.kind == ERR_CONFLICT || why.kind == ERR_NOT_FOUND;
    if (rc == 0 || late) return 0;
    *e = why;
    return -1;
}
