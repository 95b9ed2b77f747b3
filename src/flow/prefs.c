/* Settings. See prefs.h. */
#include "flow/prefs.h"

#include "store/query.h"

const struct pref_def pref_defs[PREFS] = {
#define X(symbol, name, type, dflt, least, most, unit, scope, en, es, what)                                  \
    [symbol] = {name, PREF_##type, dflt, least, most, unit, PREF_##scope, en, es, what},
#include "flow/prefs.def"
#undef X
};

static bool is_choice(const char *choices, struct str s) {
    struct str rest = str_of(choices), part;
    while (str_cut(&rest, '|', &part))
        if (str_eq(part, s)) return true;
    return false;
}

static int hours_parse(struct str s, double *out_from, double *out_to, struct err *e) {
    struct str rest = s, from, to = STR_NONE;
    int a, b;
    if (!str_cut(&rest, '-', &from) || !str_cut(&rest, '-', &to) || str_given(rest) ||
        clock_parse(from, &a, NULL) || clock_parse(to, &b, NULL) || a == b)
        return err_set(e, ERR_INVALID, "", "must be hours like \"21:00-07:00\", or null for none");
    *out_from = a;
    *out_to = b;
    return 0;
}

static int check_number(const struct pref_def *d, double v, struct err *e) {
    if (v >= d->least && v <= d->most) return 0;
    return err_set(e, ERR_INVALID, "", "must be from %g to %g", d->least, d->most);
}

static int parse_text(const struct pref_def *d, struct str s, struct pref_value *out, struct err *e) {
    if (!str_to_z(s, out->text, sizeof out->text)) return err_set(e, ERR_INVALID, "", "is too long");
    int minute;
    switch (d->type) {
    case PREF_CLOCK:
        if (clock_parse(s, &minute, NULL))
            return err_set(e, ERR_INVALID, "", "must be a time like \"07:00\"");
        out->number = minute;
        return 0;
    case PREF_HOURS: return hours_parse(s, &out->number, &out->number2, e);
    case PREF_CHOICE:
        if (is_choice(d->unit, s)) return 0;
        return err_set(e, ERR_INVALID, "", "must be one of %s", d->unit);
    default: return err_set(e, ERR_INVALID, "", "must not be a text");
    }
}

static bool may_be_null(const struct pref_def *d) {
    return d->type == PREF_HOURS || strcmp(d->dflt, "null") == 0;
}

static int parse(const struct pref_def *d, const struct jnode *n, struct pref_value *out, struct err *e) {
    *out = (struct pref_value){0};
    switch (n->type) {
    case JNULL:
        if (!may_be_null(d)) return err_set(e, ERR_INVALID, "", "must not be null");
        out->is_null = true;
        return 0;
    case JTRUE:
    case JFALSE:
        if (d->type != PREF_BOOL) return err_set(e, ERR_INVALID, "", "must not be true or false");
        out->number = n->type == JTRUE;
        return 0;
    case JINT:
        if (d->type != PREF_INT && d->type != PREF_REAL) break;
        out->number = (double)n->i;
        return check_number(d, out->number, e);
    case JREAL:
        if (d->type != PREF_REAL) break;
        out->number = n->r;
        return check_number(d, out->number, e);
    case JSTRING: return parse_text(d, n->s, out, e);
    case JARRAY:
    case JOBJECT: break;
    }
    return err_set(e, ERR_INVALID, "", "has the wrong type");
}

/* Numbers, words and texts without escapes, as nearly all values are. Each event loads all settings twice: the
 * long way for each would be a twentieth of its cost. */
static bool plain(struct str json, struct jnode *out) {
    *out = (struct jnode){.type = JNULL};
    if (str_is(json, "null")) return true;
    out->type = str_is(json, "true") ? JTRUE : JFALSE;
    if (out->type == JTRUE || str_is(json, "false")) return true;
    out->type = JINT;
    if (str_to_i64(json, &out->i)) return true;
    out->type = JREAL;
    if (str_to_double(json, &out->r)) return true;
    out->type = JSTRING;
    if (json.n < 2 || json.p[0] != '"') return false;
    out->s = str_head(str_skip(json, 1), json.n - 2);
    return json.p[json.n - 1] == '"' && !memchr(out->s.p, '\\', out->s.n) && !memchr(out->s.p, '"', out->s.n);
}

static int parse_stored(const struct pref_def *d, struct str json, struct pref_value *out) {
    struct jnode value;
    if (plain(json, &value)) return parse(d, &value, out, NULL);
    ARENA_AUTO a;
    arena_init(&a, 4096);
    const struct jnode *n;
    if (json_parse(&a, json, 1024, &n, NULL)) return -1;
    return parse(d, n, out, NULL);
}

static int find(struct str name) {
    for (int i = 0; i < PREFS; i++)
        if (str_is(name, pref_defs[i].name)) return i;
    return -1;
}

static int overlay(struct db *db, struct tenant_id t, struct id scope, enum pref_origin origin,
                   struct prefs *p, struct err *e) {
    Q_CURSOR(setting_list, cur);
    struct q_setting_list_out row;
    int got;
    if (q_setting_list_open(db, &(struct q_setting_list_in){.tenant = t, .scope = scope}, &cur, e) < 0)
        return -1;
    while ((got = q_setting_list_next(&cur, &row, e)) > 0) {
        int i = find(row.name);
        struct pref_value v;
        if (i < 0 || parse_stored(&pref_defs[i], row.value, &v)) continue;
        p->v[i] = v;
        p->v[i].origin = origin;
    }
    return got;
}

int prefs_load(struct db *db, struct tenant_id t, struct id agent, struct prefs *out, struct err *e) {
    static const struct id none;
    struct prefs p;
    for (int i = 0; i < PREFS; i++) {
        int rc = parse_stored(&pref_defs[i], str_of(pref_defs[i].dflt), &p.v[i]);
        if (rc) return err_set(e, ERR_INTERNAL, pref_defs[i].name, "default does not fit its type");
        p.v[i].origin = PREF_DEFAULT;
    }
    if (overlay(db, t, none, PREF_OF_TENANT, &p, e)) return -1;
    if (id_given(agent) && overlay(db, t, agent, PREF_OF_AGENT, &p, e)) return -1;
    *out = p;
    return 0;
}

static int check_one(const struct jnode *n, struct id agent, int *out_index, struct err *e) {
    int i = find(n->key);
    if (i < 0) return err_set(e, ERR_INVALID, "", "is no setting");
    const struct pref_def *d = &pref_defs[i];
    if (id_given(agent) && d->scope == PREF_TENANT)
        return err_set(e, ERR_INVALID, "", "is set for the whole team");
    struct pref_value v;
    *out_index = i;
    return n->type == JNULL ? 0 : parse(d, n, &v, e);
}

static int check_all(const struct jnode *settings, struct id agent, struct err *e) {
    if (settings->type != JOBJECT) return err_set(e, ERR_INVALID, "/settings", "must be an object");
    for (const struct jnode *n = settings->kids.first; n; n = n->next) {
        int i;
        if (check_one(n, agent, &i, e)) {
            char where[80];
            snprintf(where, sizeof where, "/settings/%.*s", (int)(n->key.n < 60 ? n->key.n : 60), n->key.p);
            return err_within(e, where);
        }
    }
    return 0;
}

int prefs_put(struct db *db, struct tenant_id t, struct id agent, const struct jnode *settings, struct id by,
              int64_t now_us, struct err *e) {
    if (check_all(settings, agent, e)) return -1;
    for (const struct jnode *n = settings->kids.first; n; n = n->next) {
        int rc;
        const struct pref_def *d = &pref_defs[find(n->key)];
        if (n->type == JNULL && !may_be_null(d)) {
            rc = q_setting_drop(db, &(struct q_setting_drop_in){.tenant = t, .scope = agent, .name = n->key},
                                NULL, e);
        } else {
            BUF_AUTO b;
            buf_init(&b, 1024);
            struct jw w = jw_on(&b);
            jw_node(&w, n);
            rc = q_setting_put(db,
                               &(struct q_setting_put_in){.tenant = t,
                                                          .scope = agent,
                                                          .name = n->key,
                                                          .value = buf_str(&b),
                                                          .now = now_us,
                                                          .by = by},
                               NULL, e);
        }
        if (rc) return -1;
    }
    return 0;
}

struct score_settings prefs_score(const struct prefs *p) {
    struct score_settings s = score_defaults();
    for (int i = 0; i < SIGNALS; i++) s.weight[i] = p->v[P_W_PRICING_TOOL + i].number;
    s.warm = p->v[P_INTENT_WARM].number;
    s.hot = p->v[P_INTENT_HOT].number;
    s.urgent = p->v[P_INTENT_URGENT].number;
    return s;
}

struct alert_rules prefs_alerts(const struct prefs *p) {
    struct alert_rules r = alert_rules_default();
    r.threshold[ALERT_HOT_LEAD] = p->v[P_ALERT_HOT_LEAD].number;
    r.threshold[ALERT_URGENCY] = p->v[P_ALERT_URGENCY].number;
    r.threshold[ALERT_COMPETITIVE] = p->v[P_ALERT_COMPETITIVE].number;
    r.push_confidence = p->v[P_PUSH_CONFIDENCE].number;
    return r;
}

static double or_else(const struct pref_value *v, double general) {
    return v->is_null ? general : v->number;
}

struct thresholds prefs_thresholds(const struct prefs *p, enum action_type a) {
    struct thresholds t = {p->v[P_AUTO_THRESHOLD].number, p->v[P_APPROVE_THRESHOLD].number};
    if (a == ACT_ALERT_AGENT) t.automatic = p->v[P_PUSH_CONFIDENCE].number;
    if (a == ACT_CALL_TASK) {
        t.automatic = or_else(&p->v[P_AUTO_CALL_TASK], t.automatic);
        t.approve = or_else(&p->v[P_APPROVE_CALL_TASK], t.approve);
    }
    if (a == ACT_SEND_MESSAGE) t.approve = or_else(&p->v[P_APPROVE_SEND_MESSAGE], t.approve);
    return t;
}

struct quiet_hours prefs_quiet(const struct prefs *p) {
    const struct pref_value *v = &p->v[P_QUIET_HOURS];
    return (struct quiet_hours){
        .on = !v->is_null, .from_minute = (int)v->number, .to_minute = (int)v->number2};
}

enum language prefs_language(const struct prefs *p) {
    return strcmp(p->v[P_LANGUAGE].text, "es") == 0 ? LANG_ES : LANG_EN;
}
