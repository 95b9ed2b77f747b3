/* Leads: the list with search and filters, one lead, its timeline.
 *
 * Names, addresses and numbers are sealed, so the database cannot search them: a search opens row after row, likeliest first, and
 * compares here. To keep a request short it looks at SEARCH_ROWS leads at most; when there are more it says where to go on
 * (next_cursor), with the few or none it found so far. Filters by likelihood and intent are the database's.
 *
 * Agents see their own leads, team leads and admins everybody's of their tenant. (SPEC 16, LEAD-5) */
#include "web/internal.h"

#include "base/utf8.h"
#include "flow/render.h"
#include "flow/zones.h"
#include "store/query.h"

enum { SEARCH_ROWS = 10000, SEARCH_BYTES = 100, SEARCH_TERMS = 8, PROFILE_BYTES = 64 * 1024 };

/* ---- search ---- */

struct search {
    size_t n;
    struct str term[SEARCH_TERMS]; /* folded */
    struct str digits;             /* STR_NONE: not a phone number or part of one */
};

static struct str digits_of(struct arena *a, struct str s) {
    char *out = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; out && i < s.n; i++)
        if (s.p[i] >= '0' && s.p[i] <= '9') out[n++] = s.p[i];
    return (struct str){out, out ? n : 0};
}

static bool like_phone(struct str q) {
    for (size_t i = 0; i < q.n; i++)
        if (!strchr("0123456789+-(). ", q.p[i])) return false;
    return true;
}

static struct str folded(struct arena *a, struct str s) {
    BUF_AUTO b;
    buf_init(&b, PROFILE_BYTES);
    utf8_fold(&b, s);
    return arena_str(a, buf_str(&b));
}

static int search_read(struct call *c, struct search *out, struct err *e) {
    struct str q = str_trim(call_query(c, "q")), part;
    *out = (struct search){.digits = STR_NONE};
    if (q.n == 0) return 0;
    if (q.n > SEARCH_BYTES) return err_set(e, ERR_INVALID, "q", "must have at most %d bytes", SEARCH_BYTES);
    if (like_phone(q)) {
        out->digits = digits_of(&c->arena, q);
        if (out->digits.n >= 3) return 0;
        out->digits = STR_NONE;
    }
    struct str rest = folded(&c->arena, q);
    while (out->n < SEARCH_TERMS && str_cut(&rest, ' ', &part))
        if (part.n) out->term[out->n++] = part;
    return 0;
}

static bool search_any(const struct search *s) {
    return s->n || s->digits.n;
}

/* Whether the words stand anywhere in the profile as it is stored: most rows are done with here, without being parsed. */
static bool search_may_fit(const struct search *s, struct str json, struct arena *a) {
    if (s->n == 0) return true;
    struct str all = folded(a, json);
    for (size_t i = 0; i < s->n; i++) {
        bool plain = !memchr(s->term[i].p, '"', s->term[i].n) && !memchr(s->term[i].p, '\\', s->term[i].n);
        if (plain && str_find(all, s->term[i]) < 0) return false;
    }
    return true;
}

static bool search_fits(const struct search *s, const struct profile *p, struct arena *a) {
    if (s->digits.n) return str_find(digits_of(a, profile_get(p, CF_PHONE)), s->digits) >= 0;
    struct str name = profile_get(p, CF_NAME), first = profile_get(p, CF_FIRST_NAME);
    struct str email = profile_get(p, CF_EMAIL);
    struct str all = arena_fmt(a, "%.*s\n%.*s\n%.*s", STR_FMT(name), STR_FMT(first), STR_FMT(email));
    all = folded(a, all);
    for (size_t i = 0; i < s->n; i++)
        if (str_find(all, s->term[i]) < 0) return false;
    return true;
}

/* ---- the list ---- */

struct listing {
    struct call *c;
    const struct tenant *tenant;
    bool all; /* of the tenant, else of `agent` */
    struct id agent;
    struct page page;
    struct search search;
    double least;
    int64_t intent;
    int64_t n, seen;
    double last_likelihood;
    struct id last;
};

static void write_row(struct jw *w, const struct q_lead_list_out *row, struct str name) {
    jw_kid(w, "id", row->id);
    jw_kstr(w, "name", name);
    jw_kid(w, "agent_id", row->agent_id);
    jw_kreal(w, "likelihood", rounded(row->likelihood, 10));
    jw_kz(w, "intent", intent_name((enum intent)row->intent));
    jw_kreal(w, "confidence", rounded(row->confidence, 1000));
    jw_ktime(w, "last_event_at", row->last_event_at);
    jw_kbool(w, "opted_out", row->opted_out);
    jw_kstr(w, "contact_id", row->contact);
}

static int list_row(struct listing *l, const struct q_lead_list_out *row, struct arena *a, struct jw *w,
                    struct err *e) {
    struct lead lead = {.tenant = l->tenant, .id = row->id};
    struct profile profile;
    BUF_AUTO b;
    buf_init(&b, PROFILE_BYTES);
    l->seen++;
    l->last = row->id;
    l->last_likelihood = row->likelihood;
    int rc = lead_key_open(&l->tenant->key, l->tenant->id, row->id, row->key_wrapped, &lead.key, e) ||
             lead_unseal(&lead, "leads.profile", row->id, row->profile, &b, e);
    key_wipe(&lead.key);
    if (rc) return -1;
    if (!search_may_fit(&l->search, buf_str(&b), a)) return 0;
    if (profile_read(a, buf_str(&b), &profile, e)) return -1;
    if (search_any(&l->search) && !search_fits(&l->search, &profile, a)) return 0;
    jw_object(w);
    write_row(w, row, profile_display_name(&profile, a));
    jw_end(w);
    l->n++;
    return 0;
}

/* Both queries give the same row; the generated structs are one type each. */
static void same_row(const struct q_lead_list_agent_out *in, struct q_lead_list_out *out) {
    *out = (struct q_lead_list_out){.id = in->id,
                                    .contact = in->contact,
                                    .agent_id = in->agent_id,
                                    .key_wrapped = in->key_wrapped,
                                    .profile = in->profile,
                                    .likelihood = in->likelihood,
                                    .intent = in->intent,
                                    .confidence = in->confidence,
                                    .last_event_at = in->last_event_at,
                                    .opted_out = in->opted_out};
}

static int list_rows(struct listing *l, struct db *db, struct jw *w, bool *out_more, struct err *e) {
    Q_CURSOR(lead_list, of_all);
    Q_CURSOR(lead_list_agent, of_agent);
    struct q_lead_list_out row;
    struct q_lead_list_agent_out other;
    struct tenant_id t = l->tenant->id;
    int64_t most = search_any(&l->search) ? SEARCH_ROWS : l->page.limit;
    struct q_lead_list_in in = {t, l->page.number, l->page.id, l->least, l->intent, most + 1};
    struct q_lead_list_agent_in own = {t,        l->agent,  l->page.number, l->page.id,
                                       l->least, l->intent, most + 1};
    int got = l->all ? q_lead_list_open(db, &in, &of_all, e) : q_lead_list_agent_open(db, &own, &of_agent, e);
    if (got < 0) return -1;
    ARENA_AUTO a;
    arena_init(&a, 1024 * 1024);
    for (;;) {
        got = l->all ? q_lead_list_next(&of_all, &row, e) : q_lead_list_agent_next(&of_agent, &other, e);
        if (got <= 0 || l->n == l->page.limit || l->seen == most) break;
        if (!l->all) same_row(&other, &row);
        arena_reset(&a);
        if (list_row(l, &row, &a, w, e)) return -1;
    }
    *out_more = got > 0;
    return got < 0 ? -1 : 0;
}

static int list_work(struct db *db, void *ctx, struct err *e) {
    struct listing *l = ctx;
    struct call *c = l->c;
    struct jw w = jw_on(&c->out);
    bool more;
    if (call_tenant(c, db, &l->tenant, e)) return -1;
    if (!l->all && call_agent_known(c, db, l->agent, e)) return -1;
    jw_object(&w);
    jw_key(&w, "leads");
    jw_array(&w);
    if (list_rows(l, db, &w, &more, e)) return -1;
    jw_end(&w);
    page_cursor(c, &w, more, 0, l->last_likelihood, l->last);
    jw_end(&w);
    return 0;
}

static int read_intent(struct call *c, int64_t *out, struct err *e) {
    struct str s = call_query(c, "intent");
    *out = -1;
    if (!s.n) return 0;
    for (int i = INTENT_COLD; i <= INTENT_URGENT; i++)
        if (str_is(s, intent_name((enum intent)i))) *out = i;
    return *out >= 0 ? 0 : err_set(e, ERR_INVALID, "intent", "must be cold, warm, hot or urgent");
}

static int read_whose(struct call *c, struct listing *l, struct err *e) {
    struct str s = call_query(c, "agent_id");
    struct actor who = call_actor(c);
    l->agent = c->who.user;
    if (!s.n) {
        l->all = who.role != ROLE_AGENT;
        return 0;
    }
    if (!str_is(s, "me") && !id_parse(s, &l->agent))
        return err_set(e, ERR_INVALID, "agent_id", "must be an agent's id, or me");
    if (!id_given(l->agent) || !actor_sees(&who, l->agent))
        return err_set(e, ERR_NOT_FOUND, "agent_id", "there is no such agent");
    return 0;
}

int h_leads(struct call *c, struct err *e) {
    struct listing l = {.c = c};
    struct str least = call_query(c, "min_likelihood");
    if (least.n && (!str_to_double(least, &l.least) || l.least < 0 || l.least > 100))
        return err_set(e, ERR_INVALID, "min_likelihood", "must be a number from 0 to 100");
    if (read_intent(c, &l.intent, e) || read_whose(c, &l, e) || search_read(c, &l.search, e) ||
        call_page(c, &l.page, e))
        return -1;
    return store_read(call_flow(c)->store, list_work, &l, e);
}

/* ---- one lead ---- */

int call_lead(struct call *c, struct db *db, struct lead *out, struct err *e) {
    struct id id;
    const struct tenant *t;
    struct actor who = call_actor(c);
    if (call_id(c, 0, &id, e) || call_tenant(c, db, &t, e)) return -1;
    int got = lead_open(call_flow(c), db, t, id, &c->arena, out, e);
    if (got < 0) return -1;
    if (got == 0 || !actor_sees(&who, out->agent))
        return err_set(e, ERR_NOT_FOUND, "", "there is no such lead");
    return 0;
}

static void write_facts(struct jw *w, const struct profile *p) {
    static const struct {
        const char *name;
        enum contact_field field;
    } facts[] = {{"phone", CF_PHONE}, {"email", CF_EMAIL}, {"address", CF_ADDRESS}, {"city", CF_CITY},
                 {"state", CF_STATE}, {"zip", CF_ZIP},     {"zone", CF_ZONE},       {"source", CF_SOURCE}};
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        jw_kstr(w, facts[i].name, profile_get(p, facts[i].field));
    struct str rest = profile_get(p, CF_TAGS), tag;
    jw_key(w, "tags");
    jw_array(w);
    while (rest.n && str_cut(&rest, ',', &tag)) {
        tag = str_trim(tag);
        if (tag.n) jw_str(w, tag);
    }
    jw_end(w);
}

static void write_consent(struct jw *w, const struct lead *l) {
    jw_key(w, "consent");
    jw_object(w);
    jw_kbool(w, "opted_out", l->opted_out);
    jw_ktime(w, "opted_out_at", l->opted_out ? l->picture.opt_out_us : 0);
    jw_key(w, "dnd");
    jw_object(w);
    jw_kbool(w, "all", profile_flag(&l->profile, CF_DND));
    jw_kbool(w, "sms", profile_flag(&l->profile, CF_DND_SMS));
    jw_kbool(w, "email", profile_flag(&l->profile, CF_DND_EMAIL));
    jw_kbool(w, "call", profile_flag(&l->profile, CF_DND_CALL));
    jw_end(w);
    jw_end(w);
}

static void write_local_time(struct jw *w, const struct zone *zone, int64_t now_us) {
    char now[24] = "";
    if (zone) {
        struct civil at = zone_civil(zone, now_us);
        snprintf(now, sizeof now, "%02d:%02d", at.hour, at.minute);
    }
    jw_key(w, "local_time");
    jw_object(w);
    jw_kstr(w, "zone", zone ? zone_name(zone) : STR_NONE);
    jw_key(w, "candidates");
    jw_array(w);
    if (zone) jw_str(w, zone_name(zone));
    jw_end(w);
    jw_kstr(w, "now", zone ? str_of(now) : STR_NONE);
    jw_end(w);
}

static int lead_work(struct db *db, void *ctx, struct err *e) {
    struct call *c = ctx;
    struct lead l;
    struct scored s;
    if (call_lead(c, db, &l, e) || scored_now(c, db, &l, &s, e)) return -1;
    struct jw w = jw_on(&c->out);
    struct q_lead_list_out row = {.id = l.id,
                                  .contact = l.contact,
                                  .agent_id = l.agent,
                                  .likelihood = s.score.likelihood,
                                  .intent = s.score.intent,
                                  .confidence = s.score.confidence,
                                  .last_event_at = l.last_event_us,
                                  .opted_out = l.opted_out};
    jw_object(&w);
    write_row(&w, &row, profile_display_name(&l.profile, &c->arena));
    write_facts(&w, &l.profile);
    jw_ktime(&w, "created_at", l.created_us);
    jw_kbool(&w, "deleted", l.deleted);
    if (scored_write_advice(c, db, &l, &s, &w, e)) return -1;
    jw_key(&w, "score");
    if (scored_write(c, db, &l, &s, &w, e)) return -1;
    write_consent(&w, &l);
    write_local_time(&w, s.zone, c->now_us);
    jw_end(&w);
    return 0;
}

int h_lead(struct call *c, struct err *e) {
    return store_read(call_flow(c)->store, lead_work, c, e);
}

static int score_work(struct db *db, void *ctx, struct err *e) {
    struct call *c = ctx;
    struct lead l;
    struct scored s;
    struct jw w = jw_on(&c->out);
    return call_lead(c, db, &l, e) || scored_now(c, db, &l, &s, e) || scored_write(c, db, &l, &s, &w, e) ? -1
                                                                                                         : 0;
}

int h_lead_score(struct call *c, struct err *e) {
    return store_read(call_flow(c)->store, score_work, c, e);
}
