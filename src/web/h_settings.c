/* Settings of an agent, or of the whole team under the all-zero id (RULE-1).
 *
 * `settings` holds what is set there itself, `inherited` what counts where nothing is set: the team's value, else the default.
 * A change is checked whole before anything is stored, goes into the audit trail by the names changed, and moves the pending
 * briefing in the same transaction, so that a new hour counts at once. If-Match takes the ETag of what was read: a change made
 * meanwhile by somebody else answers 409. */
#include "web/internal.h"

#include "flow/prefs.h"
#include "flow/render.h"
#include "flow/scheduler.h"
#include "store/query.h"

enum { SHOWN_BYTES = 128 * 1024, AGENTS_MOST = 10000, NAMES_BYTES = 8 * 1024 };

struct change {
    struct call *c;
    const struct tenant *tenant;
    struct id scope; /* all zero: the team's */
    const struct jnode *settings;
    struct notes notes;
};

/* ---- showing ---- */

static void put_value(struct jw *w, const struct pref_def *d, const struct pref_value *v) {
    if (v->is_null) {
        jw_null(w);
        return;
    }
    switch (d->type) {
    case PREF_REAL: jw_real(w, v->number); return;
    case PREF_INT: jw_i64(w, (int64_t)v->number); return;
    case PREF_BOOL: jw_bool(w, v->number != 0); return;
    case PREF_CLOCK:
    case PREF_HOURS:
    case PREF_CHOICE: jw_z(w, v->text); return;
    }
}

static const char *type_name(enum pref_type t) {
    static const char *const names[] = {"real", "int", "bool", "clock", "hours", "choice"};
    return names[t];
}

static void put_choices(struct jw *w, const struct pref_def *d) {
    struct str rest = str_of(d->unit), part;
    jw_key(w, "values");
    jw_array(w);
    while (str_cut(&rest, '|', &part)) jw_str(w, part);
    jw_end(w);
}

static void put_def(struct jw *w, const struct pref_def *d) {
    bool number = d->type == PREF_REAL || d->type == PREF_INT;
    jw_object(w);
    jw_kz(w, "name", d->name);
    jw_kz(w, "type", type_name(d->type));
    if (number) {
        jw_kreal(w, "min", d->least);
        jw_kreal(w, "max", d->most);
    }
    if (d->type == PREF_CHOICE) put_choices(w, d);
    jw_kstr(w, "unit", d->type != PREF_CHOICE && *d->unit ? str_of(d->unit) : STR_NONE);
    jw_key(w, "default");
    jw_raw(w, str_of(d->dflt));
    jw_kz(w, "label_en", d->label_en);
    jw_kz(w, "label_es", d->label_es);
    jw_kz(w, "what", d->what);
    jw_kz(w, "scope", d->scope == PREF_TENANT ? "tenant" : "both");
    jw_end(w);
}

static void put_values(struct jw *w, const char *key, const struct prefs *p, bool own,
                       enum pref_origin origin) {
    jw_key(w, key);
    jw_object(w);
    for (int i = 0; i < PREFS; i++) {
        if (own && p->v[i].origin != origin) continue;
        jw_key(w, pref_defs[i].name);
        put_value(w, &pref_defs[i], &p->v[i]);
    }
    jw_end(w);
}

/* What counts where this scope sets nothing itself: the team's values for an agent, the defaults for the team. */
static int put_inherited(const struct change *x, struct db *db, struct jw *w, struct err *e) {
    struct prefs team;
    if (id_given(x->scope)) {
        if (prefs_load(db, x->tenant->id, (struct id){0}, &team, e)) return -1;
        put_values(w, "inherited", &team, false, PREF_DEFAULT);
        return 0;
    }
    jw_key(w, "inherited");
    jw_object(w);
    for (int i = 0; i < PREFS; i++) {
        jw_key(w, pref_defs[i].name);
        jw_raw(w, str_of(pref_defs[i].dflt));
    }
    jw_end(w);
    return 0;
}

/* Tells two states apart: a number made of the values set here. */
static int64_t version_of(const struct prefs *own, enum pref_origin origin) {
    BUF_AUTO b;
    buf_init(&b, SHOWN_BYTES);
    struct jw w = jw_on(&b);
    jw_object(&w);
    put_values(&w, "own", own, true, origin);
    jw_end(&w);
    return (int64_t)(str_hash(buf_str(&b)) >> 16);
}

static int show(const struct change *x, struct db *db, struct buf *out, struct err *e) {
    struct prefs own;
    enum pref_origin origin = id_given(x->scope) ? PREF_OF_AGENT : PREF_OF_TENANT;
    if (prefs_load(db, x->tenant->id, x->scope, &own, e)) return -1;
    char id[ID_TEXT + 1];
    id_text(x->scope, id);
    struct jw w = jw_on(out);
    jw_object(&w);
    jw_kz(&w, "agent_id", id);
    put_values(&w, "settings", &own, true, origin);
    if (put_inherited(x, db, &w, e)) return -1;
    jw_key(&w, "schema");
    jw_array(&w);
    for (int i = 0; i < PREFS; i++) put_def(&w, &pref_defs[i]);
    jw_end(&w);
    jw_ki64(&w, "version", version_of(&own, origin));
    jw_end(&w);
    return buf_check(out, "settings", e);
}

/* ---- whose ---- */

static int read_scope(struct call *c, struct id *out, struct err *e) {
    struct id id;
    if (str_is(c->param[0], "me") || call_id(c, 0, &id, NULL) || id_given(id))
        return call_agent(c, 0, out, e);
    if (c->who.role != ROLE_ADMIN && c->who.role != ROLE_SERVICE)
        return err_set(e, ERR_FORBIDDEN, "", "only an admin may see or change the team's settings");
    *out = (struct id){{0}};
    return 0;
}

static int open_scope(struct change *x, struct db *db, struct err *e) {
    if (call_tenant(x->c, db, &x->tenant, e)) return -1;
    return id_given(x->scope) ? call_agent_known(x->c, db, x->scope, e) : 0;
}

static int get_work(struct db *db, void *ctx, struct err *e) {
    struct change *x = ctx;
    return open_scope(x, db, e) || show(x, db, &x->c->out, e) ? -1 : 0;
}

int h_settings_get(struct call *c, struct err *e) {
    struct change x = {.c = c};
    if (read_scope(c, &x.scope, e)) return -1;
    return store_read(call_flow(c)->store, get_work, &x, e);
}

/* ---- changing ---- */

static int check_match(const struct change *x, struct db *db, struct err *e) {
    struct str wanted = http_header(x->c->req, "if-match");
    if (!str_given(wanted)) return 0;
    BUF_AUTO b;
    char etag[24];
    buf_init(&b, SHOWN_BYTES);
    if (show(x, db, &b, e)) return -1;
    etag_of(buf_str(&b), etag);
    if (etag_matches(wanted, etag)) return 0;
    return err_set(e, ERR_CONFLICT, "If-Match", "the settings were changed meanwhile; read them again");
}

static int add_audit(const struct change *x, struct db *db, struct err *e) {
    BUF_AUTO b;
    buf_init(&b, NAMES_BYTES);
    struct jw w = jw_on(&b);
    jw_object(&w);
    jw_key(&w, "names");
    jw_array(&w);
    for (const struct jnode *n = x->settings->kids.first; n; n = n->next) jw_str(&w, n->key);
    jw_end(&w);
    jw_end(&w);
    char id[ID_TEXT + 1];
    id_text(x->scope, id);
    if (buf_check(&b, "settings", e)) return -1;
    return audit_add(db, x->tenant->id, x->c->who.user, "settings.change", str_of(id), buf_str(&b),
                     x->c->now_us, e);
}

/* The briefing's hour may have changed: for one agent, or through the team's settings for all. */
static int plan_again(const struct change *x, struct db *db, struct err *e) {
    const struct flow *f = call_flow(x->c);
    if (id_given(x->scope)) return scheduler_plan_agent(f, db, x->tenant, x->scope, x->c->now_us, e);
    struct id *id = ARENA_ARRAY(&x->c->arena, AGENTS_MOST, struct id);
    if (!id) return arena_check(&x->c->arena, "agents", e);
    size_t n = 0;
    int got;
    {
        Q_CURSOR(agent_list, cur);
        struct q_agent_list_out row;
        if (q_agent_list_open(db, &(struct q_agent_list_in){.tenant = x->tenant->id}, &cur, e) < 0) return -1;
        while ((got = q_agent_list_next(&cur, &row, e)) > 0 && n < AGENTS_MOST) id[n++] = row.id;
    }
    if (got < 0) return -1;
    for (size_t i = 0; i < n; i++)
        if (scheduler_plan_agent(f, db, x->tenant, id[i], x->c->now_us, e)) return -1;
    return 0;
}

static int put_work(struct db *db, void *ctx, struct err *e) {
    struct change *x = ctx;
    struct call *c = x->c;
    if (open_scope(x, db, e) || check_match(x, db, e)) return -1;
    if (prefs_put(db, x->tenant->id, x->scope, x->settings, c->who.user, c->now_us, e)) return -1;
    if (x->settings->kids.count == 0) return 0;
    if (add_audit(x, db, e) || plan_again(x, db, e)) return -1;
    note_changed(&x->notes, x->tenant->id, x->scope);
    x->notes.wake_timers = true;
    return 0;
}

int h_settings_put(struct call *c, struct err *e) {
    struct change x = {.c = c};
    const struct jnode *body;
    if (read_scope(c, &x.scope, e) || call_json(c, &body, e)) return -1;
    x.settings = json_get(body, "settings");
    if (!x.settings || x.settings->type != JOBJECT)
        return err_set(e, ERR_INVALID, "/settings", "must be an object of names and values");
    notes_init(&x.notes, &c->arena);
    if (store_write(call_flow(c)->store, put_work, &x, e)) return -1;
    notes_tell(call_flow(c), &x.notes);
    return store_read(call_flow(c)->store, get_work, &x, e);
}
