/* The CRM's app webhooks to events. See decode.h.
 *
 * One row per type: which kind of event it is, where its resource lies, what its status is called, and which of
 * the CRM's times is the event's. The times decide what "any order of arrival ends in the same state" means: they
 * must say when the thing happened, and be the same in every delivery of it. So:
 *
 *   contact changes   what the CRM held at the moment of sending: envelope `timestamp`, else `dateUpdated`, else
 *                     when we got it. `dateAdded` is when the contact was made; taken for a change, it would make
 *                     the change older than what it changes. Only ContactCreate may fall back to it.
 *   messages, calls   `dateAdded` is when it was written; the envelope is only when the news was sent.
 *   delivery reports  the envelope, for `dateAdded` is the message's.
 *   deals, appointments, notes, tasks: made: `dateAdded`, else the envelope; changed or gone: as contact changes.
 *
 * Retries carry the original body, envelope included, and the door knows them by their webhookId.
 *
 * A deleted contact says so as one more fact of the profile, CF_DELETED, which the latest statement decides as for
 * every fact: created or changed in the CRM after its deletion, it lives again; an older change that arrives late
 * does not wake it. A deal's `assignedTo` is the deal's owner and no fact about the person.
 *
 * An internal comment goes by the name of an outbound message but never left the house: it is a note. A message
 * that failed to leave is a delivery report, not a message. A voicemail is a call of no seconds: whoever left it
 * spoke to nobody. (IN-1, FLOW-1) */
#include "flow/decode_in.h"

#include "crypto/sign.h"

enum made { MADE_THEN, MADE_NOW, MADE_CONTACT }; /* which time counts, see above */
enum shape { SHAPE_CONTACT, SHAPE_MESSAGE, SHAPE_DEAL, SHAPE_APPOINTMENT, SHAPE_NOTE, SHAPE_TASK };

struct row {
    const char *type;
    enum shape shape;
    enum event_kind kind;
    enum made made;
    const char *status; /* NULL: as the body says */
};

static const struct row rows[] = {
    {"ContactCreate", SHAPE_CONTACT, EV_CONTACT, MADE_CONTACT, "created"},
    {"ContactUpdate", SHAPE_CONTACT, EV_CONTACT, MADE_NOW, "updated"},
    {"ContactTagUpdate", SHAPE_CONTACT, EV_CONTACT_TAGS, MADE_NOW, NULL},
    {"ContactDndUpdate", SHAPE_CONTACT, EV_CONTACT_DND, MADE_NOW, NULL},
    {"ContactDelete", SHAPE_CONTACT, EV_CONTACT_DELETED, MADE_NOW, NULL},
    {"InboundMessage", SHAPE_MESSAGE, EV_MESSAGE_IN, MADE_THEN, NULL},
    {"OutboundMessage", SHAPE_MESSAGE, EV_MESSAGE_OUT, MADE_THEN, NULL},
    {"OpportunityCreate", SHAPE_DEAL, EV_OPPORTUNITY, MADE_THEN, NULL},
    {"OpportunityUpdate", SHAPE_DEAL, EV_OPPORTUNITY, MADE_NOW, NULL},
    {"OpportunityStatusUpdate", SHAPE_DEAL, EV_OPPORTUNITY, MADE_NOW, NULL},
    {"OpportunityStageUpdate", SHAPE_DEAL, EV_OPPORTUNITY, MADE_NOW, NULL},
    {"OpportunityAssignedToUpdate", SHAPE_DEAL, EV_OPPORTUNITY, MADE_NOW, NULL},
    {"OpportunityMonetaryValueUpdate", SHAPE_DEAL, EV_OPPORTUNITY, MADE_NOW, NULL},
    {"OpportunityDelete", SHAPE_DEAL, EV_OPPORTUNITY_DELETED, MADE_NOW, "deleted"},
    {"AppointmentCreate", SHAPE_APPOINTMENT, EV_APPOINTMENT, MADE_THEN, NULL},
    {"AppointmentUpdate", SHAPE_APPOINTMENT, EV_APPOINTMENT, MADE_NOW, NULL},
    {"AppointmentDelete", SHAPE_APPOINTMENT, EV_APPOINTMENT_DELETED, MADE_NOW, "deleted"},
    {"NoteCreate", SHAPE_NOTE, EV_NOTE, MADE_THEN, "created"},
    {"NoteUpdate", SHAPE_NOTE, EV_NOTE, MADE_NOW, "updated"},
    {"NoteDelete", SHAPE_NOTE, EV_NOTE, MADE_NOW, "deleted"},
    {"TaskCreate", SHAPE_TASK, EV_TASK, MADE_THEN, "created"},
    {"TaskComplete", SHAPE_TASK, EV_TASK, MADE_NOW, "completed"},
    {"TaskDelete", SHAPE_TASK, EV_TASK, MADE_NOW, "deleted"},
};

static const struct row *row_of(struct str type) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_is(type, rows[i].type)) return &rows[i];
    return NULL;
}

struct in {
    struct arena *a;
    const struct jnode *o;
    const struct row *row;
    int64_t received_us;
    struct decoded *out;
};

static int64_t when(const struct in *in, const struct jnode *o, enum made made) {
    int64_t sent = in_time(in->o, "timestamp"), updated = in_time(o, "dateUpdated|updatedAt");
    int64_t added = in_time(o, "dateAdded|createdAt");
    int64_t at = 0;
    switch (made) {
    case MADE_THEN: at = added ? added : sent ? sent : updated; break;
    case MADE_NOW: at = sent ? sent : updated; break;
    case MADE_CONTACT: at = sent ? sent : updated ? updated : added; break;
    }
    return at ? at : in->received_us;
}

/* ---- contacts ---- */

static struct str flag(int v) {
    return v < 0 ? STR_NONE : v ? STR("1") : STR("0");
}

/* "active": do not disturb; "permanent": nor ever again. */
static int setting(const struct jnode *n) {
    struct str s = STR_NONE;
    if (n && n->type == JOBJECT && json_str(n, "status", STR_NONE, &s, NULL)) return -1;
    if (n && n->type == JSTRING) s = n->s;
    if (str_eq_ci(s, STR("active")) || str_eq_ci(s, STR("permanent"))) return 1;
    return str_eq_ci(s, STR("inactive")) ? 0 : -1;
}

static void quiet_flags(const struct jnode *o, struct event *ev) {
    static const struct {
        const char *key, *key_v3;
        enum contact_field field;
    } channels[] = {
        {"SMS", "sms", CF_DND_SMS}, {"Email", "email", CF_DND_EMAIL}, {"Call", "call", CF_DND_CALL}};
    ev->contact[CF_DND] = flag(in_flag(json_get(o, "dnd")));
    const struct jnode *settings = json_get(o, "dndSettings");
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) {
        const struct jnode *n = json_get(settings, channels[i].key);
        ev->contact[channels[i].field] = flag(setting(n ? n : json_get(settings, channels[i].key_v3)));
    }
}

static void contact(const struct in *in, struct event *ev) {
    if (ev->kind == EV_CONTACT_DELETED) {
        ev->contact[CF_DELETED] = STR("1");
    } else {
        in_contact(in->a, in->o, ev);
        quiet_flags(in->o, ev);
        if (ev->kind == EV_CONTACT) ev->contact[CF_DELETED] = STR("0");
    }
    ev->ref = in->out->lead.contact = in_id(in->a, in->o, "id|contactId");
    in->out->lead.email = in_text(in->a, in->o, "email", IN_MAX_FIELD);
    in->out->lead.phone = in_text(in->a, in->o, "phone", IN_MAX_FIELD);
}

/* ---- messages and calls ---- */

struct medium {
    enum channel channel;
    bool voicemail, comment;
};

/* Three members name the medium, none is always there, and a custom provider's SMS is told only by the longer. */
static struct medium medium_of(const struct in *in) {
    static const struct {
        const char *word;
        struct medium is;
    } words[] = {
        {"internal", {CHANNEL_NONE, false, true}}, {"voicemail", {CHANNEL_CALL, true, false}},
        {"call", {CHANNEL_CALL, false, false}},    {"email", {CHANNEL_EMAIL, false, false}},
        {"sms", {CHANNEL_SMS, false, false}},
    };
    struct str longer = in_text(in->a, in->o, "messageTypeString", IN_MAX_FIELD);
    struct str shorter = in_text(in->a, in->o, "messageType", IN_MAX_FIELD);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (in_has(longer, str_of(words[i].word)) || in_has(shorter, str_of(words[i].word)))
            return words[i].is;
    switch ((int)in_number(in->o, "messageTypeId")) {
    case 1: return (struct medium){.channel = CHANNEL_CALL};
    case 2:
    case 22: return (struct medium){.channel = CHANNEL_SMS};
    case 3: return (struct medium){.channel = CHANNEL_EMAIL};
    case 10: return (struct medium){.channel = CHANNEL_CALL, .voicemail = true};
    default: return (struct medium){.channel = CHANNEL_CHAT};
    }
}

static void message_text(const struct in *in, bool mail, struct event *ev) {
    struct str plain = STR_NONE, body = STR_NONE;
    json_str(in->o, "plainText", STR_NONE, &plain, NULL);
    json_str(in->o, "body", STR_NONE, &body, NULL);
    if (mail && str_trim(plain).n) body = plain;
    ev->text = mail ? in_body(in->a, body, true) : in_clean(in->a, body, IN_MAX_TEXT, true);
}

/* The person at the other end, when it is one. */
static void far_end(const struct in *in, bool inbound) {
    struct str s = in_address(in->a, json_get(in->o, inbound ? "from" : "to"));
    if (memchr(s.p ? s.p : "", '@', s.n))
        in->out->lead.email = s;
    else
        in->out->lead.phone = s;
}

static void call(const struct in *in, bool voicemail, struct event *ev) {
    ev->kind = ev->kind == EV_MESSAGE_IN ? EV_CALL_IN : EV_CALL_OUT;
    struct str s = in_text(in->a, in->o, "callStatus|status", IN_MAX_FIELD);
    voicemail |= str_eq_ci(s, STR("voicemail")) ||
                 str_eq_ci(in_text(in->a, in->o, "status", IN_MAX_FIELD), STR("voicemail"));
    double seconds = in_number(in->o, "callDuration");
    ev->seconds = voicemail || seconds < 0 || seconds > 86400 ? 0 : (int64_t)seconds;
    ev->status = voicemail ? STR("voicemail") : s;
}

static bool failed(struct str status) {
    return str_eq_ci(status, STR("failed")) || str_eq_ci(status, STR("undelivered"));
}

static void message(const struct in *in, struct event *ev) {
    struct medium m = medium_of(in);
    bool inbound = ev->kind == EV_MESSAGE_IN, mail = m.channel == CHANNEL_EMAIL;
    ev->channel = m.channel;
    ev->ref = in_id(in->a, in->o, "messageId|emailMessageId");
    ev->status = in_text(in->a, in->o, "status", IN_MAX_FIELD);
    far_end(in, inbound);
    if (m.comment) {
        struct str body = STR_NONE;
        json_str(in->o, "body", STR_NONE, &body, NULL);
        ev->kind = EV_NOTE;
        ev->status = STR("comment");
        ev->text = in_body(in->a, body, false);
        in->out->lead.email = in->out->lead.phone = STR_NONE; /* colleagues, not the lead */
        return;
    }
    ev->subject = in_text(in->a, in->o, "subject", IN_MAX_FIELD);
    if (m.channel == CHANNEL_CALL) {
        call(in, m.voicemail, ev);
    } else if (!inbound && failed(ev->status)) {
        ev->kind = EV_MESSAGE_STATUS;
        ev->at_us = when(in, in->o, MADE_NOW);
        return;
    }
    message_text(in, mail, ev);
}

/* ---- deals, appointments, notes, tasks ---- */

static void deal(const struct in *in, struct event *ev) {
    ev->ref = in_id(in->a, in->o, "id");
    ev->subject = in_text(in->a, in->o, "name", IN_MAX_FIELD);
    ev->stage = in_text(in->a, in->o, "pipelineStageId", IN_MAX_FIELD);
    ev->value = in_number(in->o, "monetaryValue");
    if (!ev->status.p) ev->status = in_text(in->a, in->o, "status", IN_MAX_FIELD);
}

static void appointment(const struct in *in, const struct jnode *o, struct event *ev) {
    ev->ref = in_id(in->a, o, "id");
    ev->subject = in_text(in->a, o, "title", IN_MAX_FIELD);
    ev->text = in_text(in->a, o, "notes", IN_MAX_LONG);
    ev->when_us = in_time(o, "startTime");
    if (!ev->status.p)
        ev->status = in_text(in->a, o, "appointmentStatus|appoinmentStatus|status", IN_MAX_FIELD);
}

static void note(const struct in *in, struct event *ev) {
    struct str body = STR_NONE;
    json_str(in->o, "body", STR_NONE, &body, NULL);
    ev->ref = in_id(in->a, in->o, "id");
    ev->text = in_body(in->a, body, false);
}

static void task(const struct in *in, struct event *ev) {
    note(in, ev);
    ev->subject = in_text(in->a, in->o, "title", IN_MAX_FIELD);
    ev->when_us = in_time(in->o, "dueDate");
}

static void fill(const struct in *in, const struct jnode *o, struct event *ev) {
    switch (in->row->shape) {
    case SHAPE_CONTACT: contact(in, ev); return;
    case SHAPE_MESSAGE: message(in, ev); return;
    case SHAPE_DEAL: deal(in, ev); return;
    case SHAPE_APPOINTMENT: appointment(in, o, ev); return;
    case SHAPE_NOTE: note(in, ev); return;
    case SHAPE_TASK: task(in, ev); return;
    }
}

static int parse(struct arena *a, struct str body, const struct jnode **out, struct err *e) {
    if (json_parse(a, body, WEBHOOK_MAX_BYTES, out, e)) return -1;
    return (*out)->type == JOBJECT ? 0
                                   : err_set(e, ERR_INVALID, "", "a webhook's body must be a JSON object");
}

int decode_ghl(struct arena *a, struct str kind, struct str body, int64_t received_us, struct decoded *out,
               struct err *e) {
    const struct row *row = row_of(kind);
    const struct jnode *root;
    if (parse(a, body, &root, e)) return -1;
    struct decoded d = {0};
    if (row) {
        struct in in = {a, root, row, received_us, &d};
        const struct jnode *inner = row->shape == SHAPE_APPOINTMENT ? json_get(root, "appointment") : NULL;
        const struct jnode *o = inner && inner->type == JOBJECT ? inner : root;
        struct event *ev = &d.event[d.n++];
        ev->kind = row->kind;
        ev->status = str_of(row->status);
        ev->at_us = when(&in, o, row->made);
        d.lead.contact = in_id(a, o, "contactId");
        fill(&in, o, ev);
        if (!d.lead.contact.n && !d.lead.email.n && !d.lead.phone.n)
            return err_set(e, ERR_INVALID, "/contactId", "says nobody whom this is about");
    }
    if (arena_check(a, "webhook", e)) return -1;
    *out = d;
    return 0;
}

/* ---- the envelope ---- */

static bool is_plain(struct str s, size_t max) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~') return false;
    return s.n > 0 && s.n <= max;
}

static struct str hash_text(struct arena *a, struct str body) {
    uint8_t hash[32];
    BUF_AUTO b;
    buf_init(&b, 64);
    sha256(body, hash);
    buf_hex(&b, hash, sizeof hash);
    return arena_str(a, buf_str(&b));
}

int decode_ghl_envelope(struct arena *a, struct str body, struct envelope *out, struct err *e) {
    const struct jnode *o;
    if (parse(a, body, &o, e)) return -1;
    struct envelope v = {.type = in_id(a, o, "type"),
                         .location = in_id(a, o, "locationId|location_id"),
                         .webhook_id = in_id(a, o, "webhookId"),
                         .sent_us = in_time(o, "timestamp")};
    if (!v.type.n) return err_set(e, ERR_INVALID, "/type", "is required");
    if (!is_plain(v.type, 64)) v.type = STR("unknown");
    v.known = row_of(v.type) != NULL;
    if (v.known && !v.location.n) return err_set(e, ERR_INVALID, "/locationId", "is required");
    if (!is_plain(v.webhook_id, 128)) v.webhook_id = hash_text(a, body);
    if (arena_check(a, "webhook", e)) return -1;
    *out = v;
    return 0;
}

int decode_workflow_envelope(struct arena *a, struct str body, struct envelope *out, struct err *e) {
    const struct jnode *o;
    if (parse(a, body, &o, e)) return -1;
    struct envelope v = {.type = STR("workflow"),
                         .location = in_id(a, json_get(o, "location"), "id"),
                         .webhook_id = hash_text(a, body),
                         .known = true};
    if (!v.location.n) v.location = in_id(a, o, "locationId|location_id");
    if (arena_check(a, "webhook", e)) return -1;
    *out = v;
    return 0;
}
