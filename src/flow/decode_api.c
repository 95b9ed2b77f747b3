/* Our own form of an event: what programs post, what the website's script reports, what an import makes of a row.
 * See decode.h.
 *
 * Checked strictly at the door, where a caller can still be told (every member by name, unknown ones refused, for
 * a misspelled "vaule" must not vanish), and read leniently afterwards, for what was accepted must not fail.
 *
 * Who may say what: a program with a service token speaks for the team and may state anything but our own acts; an
 * anonymous browser speaks for itself only. Nobody can bring back who asked to be left alone: do-not-disturb "0" is
 * passed over, and `opt_out` becomes a second event, the same that an agent's "stop" makes, which the picture
 * keeps for good. (IN-3, IN-4, SEND-3) */
#include "flow/decode_in.h"

#include "base/utf8.h"
#include "crypto/sign.h"

enum { ITEM_MAX = WEBHOOK_MAX_BYTES, AHEAD_MAX_S = 600 };
#define EARLIEST_US INT64_C(631152000000000) /* 1990-01-01: before the web nobody behaved on it */

enum need { TEXT, ID, TIME, NUMBER, SECONDS, FLAG, CONTACT };

static const struct member {
    const char *key;
    enum need need;
    size_t max;
    bool site; /* a browser may send it */
} members[] = {
    {"id", ID, 128, true},          {"kind", ID, 64, true},
    {"at", TIME, 64, true},         {"lead_id", ID, 36, false},
    {"contact_id", ID, 200, false}, {"email", TEXT, 254, true},
    {"phone", TEXT, 40, true},      {"visitor", ID, 64, true},
    {"channel", ID, 16, true},      {"text", TEXT, READ_MAX_TEXT, true},
    {"subject", TEXT, 512, true},   {"ref", TEXT, 200, true},
    {"status", TEXT, 100, true},    {"stage", TEXT, 200, true},
    {"url", TEXT, 2048, true},      {"value", NUMBER, 0, true},
    {"seconds", SECONDS, 0, true},  {"when", TIME, 64, false},
    {"contact", CONTACT, 0, true},  {"opt_out", FLAG, 0, false},
};
enum { MEMBERS = sizeof members / sizeof *members };

static int wrong(const char *key, const char *what, struct err *e) {
    char where[sizeof e->where];
    snprintf(where, sizeof where, "/%s", key);
    return err_set(e, ERR_INVALID, where, "%s", what);
}

static const struct member *member_of(struct str key) {
    for (size_t i = 0; i < MEMBERS; i++)
        if (str_is(key, members[i].key)) return &members[i];
    return NULL;
}

static bool has_control(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f) return true;
    return false;
}

static int check_string(const struct jnode *n, const char *key, size_t max, bool one_line, struct err *e) {
    if (n->type != JSTRING) return wrong(key, "must be a string", e);
    if (n->s.n > max) {
        char what[80];
        snprintf(what, sizeof what, "must have at most %zu bytes", max);
        return wrong(key, what, e);
    }
    return one_line && has_control(n->s) ? wrong(key, "must not hold control characters", e) : 0;
}

static int check_time(const struct jnode *n, const char *key, int64_t now_us, struct err *e) {
    int64_t us;
    if (n->type != JSTRING || rfc3339_parse(n->s, &us, NULL))
        return wrong(key, "must be a time like 2026-11-20T07:00:00Z", e);
    if (us < EARLIEST_US) return wrong(key, "is too long ago", e);
    if (str_is(str_of(key), "at") && us > now_us + AHEAD_MAX_S * US_SECOND)
        return wrong(key, "lies in the future", e);
    return 0;
}

static bool fact_of(struct str key, enum contact_field *out) {
    for (int f = 0; f < CONTACT_FIELDS; f++) {
        if (!str_is(key, contact_field_name((enum contact_field)f))) continue;
        *out = (enum contact_field)f;
        return f != CF_DELETED; /* only the CRM deletes */
    }
    return false;
}

static int check_contact(const struct jnode *n, bool site, struct err *e) {
    enum contact_field f;
    if (n->type != JOBJECT) return wrong("contact", "must be an object", e);
    for (const struct jnode *k = n->kids.first; k; k = k->next) {
        char z[64];
        if (!str_to_z(utf8_head(k->key, 40), z, sizeof z))
            return wrong("contact", "has an unreadable name", e);
        bool asked = fact_of(k->key, &f) &&
                     (!site || f == CF_NAME || f == CF_FIRST_NAME || f == CF_PHONE || f == CF_EMAIL);
        if (!asked) return wrong(z, "is not known", e), err_within(e, "/contact");
        size_t max = f == CF_TAGS ? IN_MAX_LONG : IN_MAX_FIELD;
        if (check_string(k, z, max, true, e)) return err_within(e, "/contact");
        if (f == CF_ZONE && k->s.n && !zone_name_valid(k->s))
            return wrong(z, "must be a time zone like America/New_York", e), err_within(e, "/contact");
    }
    return 0;
}

static int check_member(const struct jnode *n, const struct member *m, bool site, int64_t now_us,
                        struct err *e) {
    switch (m->need) {
    case TEXT: return check_string(n, m->key, m->max, m->max <= 254, e);
    case ID: return check_string(n, m->key, m->max, true, e);
    case TIME: return check_time(n, m->key, now_us, e);
    case NUMBER: return n->type == JINT || n->type == JREAL ? 0 : wrong(m->key, "must be a number", e);
    case SECONDS:
        return n->type == JINT && n->i >= 0 && n->i <= 86400 ? 0 : wrong(m->key, "must be 0 to 86400", e);
    case FLAG: return n->type == JTRUE || n->type == JFALSE ? 0 : wrong(m->key, "must be true or false", e);
    case CONTACT: return check_contact(n, site, e);
    }
    return 0;
}

static int check_kind(const struct jnode *item, bool site, struct err *e) {
    struct str name;
    enum event_kind kind;
    if (json_need_str(item, "kind", &name, e)) return -1;
    if (!event_kind_parse(name, &kind)) return wrong("kind", "is no kind of event; see the documentation", e);
    enum event_group group = event_group(kind);
    if (group == EVENT_OWN || kind == EV_CONTACT_DELETED || (site && group != EVENT_BEHAVIOR))
        return wrong("kind", "is not for callers to state", e);
    return 0;
}

static int check_who(struct arena *a, const struct jnode *item, struct err *e) {
    struct str s, normal;
    struct id id;
    bool any = false;
    if (in_id(a, item, "lead_id").n) {
        any = true;
        if (!id_parse(in_id(a, item, "lead_id"), &id)) return wrong("lead_id", "must be a lead's id", e);
    }
    if ((s = in_text(a, item, "email", 254)).n) {
        any = true;
        if (!normal_email(s, a, &normal)) return wrong("email", "must be an e-mail address", e);
    }
    if ((s = in_text(a, item, "phone", 40)).n) {
        any = true;
        if (!normal_phone(s, a, &normal))
            return wrong("phone", "must be a phone number like +15125550123", e);
    }
    if (any || in_id(a, item, "contact_id|visitor").n) return 0;
    return wrong("contact_id", "is required, or one of lead_id, email, phone, visitor", e);
}

static struct str hash_item(struct arena *a, const struct jnode *item) {
    uint8_t hash[32];
    BUF_AUTO json;
    BUF_AUTO hex;
    buf_init(&json, 8 * ITEM_MAX);
    buf_init(&hex, 64);
    struct jw w = jw_on(&json);
    jw_node(&w, item);
    sha256(buf_str(&json), hash);
    buf_hex(&hex, hash, sizeof hash);
    return arena_str(a, buf_str(&hex));
}

static int check(struct arena *a, const struct jnode *item, bool site, int64_t now_us, struct str *out_id,
                 struct err *e) {
    struct str name;
    enum channel channel;
    if (item->type != JOBJECT) return err_set(e, ERR_INVALID, "", "an event must be an object");
    for (const struct jnode *n = item->kids.first; n; n = n->next) {
        const struct member *m = member_of(n->key);
        char z[64];
        if (!str_to_z(utf8_head(n->key, 40), z, sizeof z))
            return err_set(e, ERR_INVALID, "", "has an unreadable name");
        if (!m || (site && !m->site)) return wrong(z, "is not known", e);
        if (n->type != JNULL && check_member(n, m, site, now_us, e)) return -1;
    }
    if (check_kind(item, site, e) || check_who(a, item, e) || json_str(item, "channel", STR_NONE, &name, e))
        return -1;
    if (name.n && !channel_parse(name, &channel))
        return wrong("channel", "must be one of sms, email, call, chat, web, form", e);
    struct str id = in_id(a, item, "id");
    if (!id.n) id = hash_item(a, item);
    if (arena_check(a, "event", e)) return -1;
    *out_id = id;
    return 0;
}

int decode_api_check(struct arena *a, const struct jnode *item, int64_t now_us, struct str *out_id,
                     struct err *e) {
    return check(a, item, false, now_us, out_id, e);
}

int decode_site_check(struct arena *a, const struct jnode *item, int64_t now_us, struct str *out_id,
                      struct err *e) {
    return check(a, item, true, now_us, out_id, e);
}

/* ---- reading what was accepted ---- */

static bool is_quiet(enum contact_field f) {
    return f == CF_DND || f == CF_DND_SMS || f == CF_DND_EMAIL || f == CF_DND_CALL;
}

static void facts(struct arena *a, const struct jnode *o, struct event *ev) {
    enum contact_field f;
    if (!o || o->type != JOBJECT) return;
    for (const struct jnode *k = o->kids.first; k; k = k->next) {
        if (!fact_of(k->key, &f)) continue;
        if (is_quiet(f)) {
            if (in_flag(k) == 1) ev->contact[f] = STR("1");
        } else if (k->type == JSTRING) {
            struct str s =
                in_clean(a, k->s.p ? k->s : STR(""), f == CF_TAGS ? IN_MAX_LONG : IN_MAX_FIELD, false);
            ev->contact[f] = str_given(s) ? s : STR("");
        }
    }
}

/* Where the caller named no channel and the kind leaves no doubt. */
static enum channel usual_channel(enum event_kind kind) {
    switch (kind) {
    case EV_CALL_IN:
    case EV_CALL_OUT: return CHANNEL_CALL;
    case EV_FORM: return CHANNEL_FORM;
    case EV_EMAIL_OPEN:
    case EV_EMAIL_CLICK: return CHANNEL_EMAIL;
    case EV_MESSAGE_IN:
    case EV_MESSAGE_OUT: return CHANNEL_CHAT;
    default: return event_group(kind) == EVENT_BEHAVIOR ? CHANNEL_WEB : CHANNEL_NONE;
    }
}

static void read_event(struct arena *a, const struct jnode *o, int64_t received_us, struct event *ev) {
    int64_t at = in_time(o, "at");
    ev->at_us = at ? at : received_us;
    ev->channel = usual_channel(ev->kind);
    channel_parse(in_id(a, o, "channel"), &ev->channel);
    struct str text = STR_NONE;
    json_str(o, "text", STR_NONE, &text, NULL);
    if (text.n)
        ev->text =
            ev->channel == CHANNEL_EMAIL ? in_body(a, text, true) : in_clean(a, text, IN_MAX_TEXT, true);
    ev->subject = in_text(a, o, "subject", IN_MAX_FIELD);
    ev->ref = in_text(a, o, "ref", IN_MAX_ID);
    ev->status = in_text(a, o, "status", IN_MAX_ID);
    ev->stage = in_text(a, o, "stage", IN_MAX_ID);
    ev->url = in_text(a, o, "url", IN_MAX_LONG);
    ev->value = in_number(o, "value");
    double seconds = in_number(o, "seconds");
    ev->seconds = seconds >= 0 && seconds <= 86400 ? (int64_t)seconds : 0;
    ev->when_us = in_time(o, "when");
    facts(a, json_get(o, "contact"), ev);
}

/* An address by which a new lead comes to be known is a fact about him, too. */
static void state_address(const struct lead_ref *ref, struct event *ev) {
    if (ref->email.n && !str_given(ev->contact[CF_EMAIL])) ev->contact[CF_EMAIL] = ref->email;
    if (ref->phone.n && !str_given(ev->contact[CF_PHONE])) ev->contact[CF_PHONE] = ref->phone;
}

static void add_opt_out(struct decoded *d) {
    struct event *ev = &d->event[d->n++];
    *ev = (struct event){.kind = EV_ACTION,
                         .at_us = d->event[0].at_us,
                         .ref = STR("consent"),
                         .status = STR("stopped"),
                         .subject = STR("asked not to be contacted")};
}

int decode_api(struct arena *a, struct str body, int64_t received_us, struct decoded *out, struct err *e) {
    const struct jnode *o;
    if (json_parse(a, body, ITEM_MAX, &o, e)) return -1;
    if (o->type != JOBJECT) return err_set(e, ERR_INVALID, "", "an event must be an object");
    struct decoded d = {.lead = {.contact = in_id(a, o, "contact_id"),
                                 .email = in_id(a, o, "email"),
                                 .phone = in_id(a, o, "phone"),
                                 .visitor = in_id(a, o, "visitor")}};
    id_parse(in_id(a, o, "lead_id"), &d.lead.id);
    struct event *ev = &d.event[d.n++];
    if (!event_kind_parse(in_id(a, o, "kind"), &ev->kind)) return wrong("kind", "is no kind of event", e);
    if (!id_given(d.lead.id) && !d.lead.contact.n && !d.lead.email.n && !d.lead.phone.n && !d.lead.visitor.n)
        return wrong("contact_id", "says nobody whom this is about", e);
    read_event(a, o, received_us, ev);
    state_address(&d.lead, ev);
    if (in_flag(json_get(o, "opt_out")) == 1) add_opt_out(&d);
    if (arena_check(a, "event", e)) return -1;
    *out = d;
    return 0;
}
