/* Fake vendors: what stands at the other end of a channel. Each writes down every call that reaches it,
 * knows the keys it has delivered (so that a repeat delivers nothing new), and fails as it is told to. */
#include "sim/sim_impl.h"

#include "sim/phrases.h"

enum { TEXT_BYTES = 64 * 1024, PARSE_BYTES = 1024 * 1024 };

static struct str member(const struct jnode *o, const char *key) {
    struct str s = STR("");
    json_str(o, key, STR(""), &s, NULL);
    return s;
}

/* What the person sees of it. */
static void seen_text(const struct outgoing *m, const struct jnode *content, struct buf *out) {
    struct str text = member(content, "text");
    if (text.n || !str_starts(m->purpose, STR("alert"))) {
        buf_str_add(out, text);
        return;
    }
    buf_str_add(out, member(content, "lead_name"));
    buf_z(out, ": ");
    buf_str_add(out, member(content, "insight"));
    const struct jnode *action = json_get(content, "recommended_action");
    buf_c(out, ' ');
    buf_str_add(out, member(action, "title"));
    const struct jnode *trigger = json_get(content, "trigger_event");
    struct str wrote = member(trigger, "text"), say = member(action, "say");
    if (wrote.n) buf_fmt(out, " \"%.*s\"", STR_FMT(wrote));
    if (say.n) buf_fmt(out, " \"%.*s\"", STR_FMT(say));
}

struct call { /* one that reached the vendor */
    const struct outgoing *m;
    size_t tenant, lead;
    bool known_lead, again;
    const char *outcome;
};

static void who(struct sim *s, const struct call *c, const struct jnode *content, struct jw *w) {
    char tenant[ID_TEXT + 1], agent[ID_TEXT + 1];
    struct world_lead l = {0};
    id_text(c->m->tenant.id, tenant);
    id_text(c->m->agent, agent);
    if (c->known_lead) world_lead(s->world, c->tenant, c->lead, &l);
    jw_kz(w, "tenant", tenant);
    jw_kz(w, "agent", agent);
    jw_kstr(w, "lead", c->known_lead ? str_of(l.contact) : STR_NONE);
    jw_kz(w, "person", c->m->to_lead ? "lead" : "agent");
    jw_kstr(w, "channel", c->m->channel);
    const char *to = "";
    if (c->m->to_lead && c->known_lead) to = str_is(member(content, "channel"), "email") ? l.email : l.phone;
    for (size_t i = 0; !c->m->to_lead && i < s->agents; i++)
        if (id_eq(s->tenant[c->tenant].agent[i].id, c->m->agent))
            to = world_tenant(s->world, c->tenant)->agent[i].email;
    jw_kz(w, "to", to);
}

static void write_line(struct sim *s, const struct call *c) {
    const struct outgoing *m = c->m;
    ARENA_AUTO a;
    BUF_AUTO text;
    arena_init(&a, PARSE_BYTES);
    buf_init(&text, TEXT_BYTES);
    const struct jnode *content = NULL;
    json_parse(&a, m->content, PARSE_BYTES / 2, &content, NULL);
    seen_text(m, content, &text);
    char key[ID_TEXT + 1];
    id_text(m->key, key);
    struct jw w = out_begin(&s->out, OUT_SENDS, s->now_us);
    who(s, c, content, &w);
    jw_kstr(&w, "purpose", m->purpose);
    jw_kstr(&w, "subject", STR_NONE);
    jw_kstr(&w, "text", buf_str(&text));
    jw_kz(&w, "key", key);
    jw_ki64(&w, "attempt", m->attempt);
    jw_kz(&w, "outcome", c->outcome);
    jw_kstr(&w, "cause", m->cause.n ? m->cause : STR_NONE);
    out_us(&w, "planned_at", m->due_us);
    jw_kstr(&w, "for_date", m->for_date.n ? m->for_date : STR_NONE);
    jw_kbool(&w, "deduplicated", c->again);
    jw_kbool(&w, "transactional", false);
    out_end(&s->out, OUT_SENDS, &w);
}

static void count(struct sim *s, const struct outgoing *m) {
    if (m->to_lead)
        s->result->count[SIM_MESSAGES]++;
    else if (str_starts(m->purpose, STR("briefing")))
        s->result->count[SIM_BRIEFINGS]++;
    else
        s->result->count[SIM_ALERTS]++;
}

static void vendor_send(void *ctx, const struct outgoing *m, const struct gate_receipt *receipt,
                        void (*done)(void *done_ctx, const struct send_result *r), void *done_ctx) {
    (void)receipt;
    struct sim_vendor *v = ctx;
    struct sim *s = v->sim;
    struct send_result r = {.outcome = SEND_UNKNOWN};
    if (crashfs_crashed(s->fs)) { /* the process is dead already: nothing leaves it any more */
        done(done_ctx, &r);
        return;
    }
    struct call c = {.m = m, .tenant = people_tenant(s, m->tenant)};
    if (id_given(m->lead)) c.known_lead = people_lead(s, m->tenant, m->lead, &c.tenant, &c.lead);
    bool delivered, fresh;
    r = faults_vendor(s, v, &c.outcome, &delivered);
    struct id key = sim_name(id_bytes(&m->tenant.id), id_bytes(&m->key), 0);
    if (delivered && sim_set_at(&v->keys, key, &fresh)) c.again = !fresh && !s->o->vendors_forget_keys;
    s->result->count[SIM_SENDS]++;
    write_line(s, &c);
    if (delivered && !c.again) {
        count(s, m);
        check_send(s, m, c.tenant, c.lead, c.known_lead, NULL); /* a breach is kept and ends the run soon */
        if (m->to_lead && c.known_lead) world_was_written_to(s->world, c.tenant, c.lead, s->now_us);
        if (str_starts(m->purpose, STR("alert")))
            people_asked(s, m->tenant, m->agent, m->subject, m->content, true);
    }
    done(done_ctx, &r);
}

void vendor_outlets(struct sim *s) {
    static const char *const names[VENDORS] = {"dashboard", "log"};
    for (int i = 0; i < VENDORS; i++) {
        s->vendor[i] = (struct sim_vendor){.channel = names[i], .sim = s};
        s->outlets[i] = (struct outlet){names[i], true, vendor_send, &s->vendor[i]};
    }
}
