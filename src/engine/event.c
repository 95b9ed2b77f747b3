/* Events: names, order, payload. See event.h.
 *
 * The payload is JSON and not a packed form because it is what export, erasure and a person with the key look
 * at years later. Only what is given is written, so that "not stated" and "stated as empty" stay apart
 * (profile.c lives on that), and a page view costs a few bytes. Serves FLOW-1, IN-1, IN-3. */
#include "engine/event.h"

#include "base/utf8.h"

#include <assert.h>
#include <math.h>

static const struct {
    const char *name, *label[2];
    enum event_group group;
} kinds[EVENT_KINDS] = {
#define X(symbol, name, group, en, es, what) [symbol] = {name, {en, es}, EVENT_##group},
#include "engine/event.def"
#undef X
};

static const char *const channels[CHANNELS] = {
    [CHANNEL_SMS] = "sms",   [CHANNEL_EMAIL] = "email", [CHANNEL_CALL] = "call",
    [CHANNEL_CHAT] = "chat", [CHANNEL_WEB] = "web",     [CHANNEL_FORM] = "form",
};

static const char *const contact_fields[CONTACT_FIELDS] = {
    [CF_NAME] = "name",
    [CF_FIRST_NAME] = "first_name",
    [CF_PHONE] = "phone",
    [CF_EMAIL] = "email",
    [CF_ADDRESS] = "address",
    [CF_CITY] = "city",
    [CF_STATE] = "state",
    [CF_ZIP] = "zip",
    [CF_COUNTRY] = "country",
    [CF_ZONE] = "zone",
    [CF_TAGS] = "tags",
    [CF_SOURCE] = "source",
    [CF_ASSIGNED_TO] = "assigned_to",
    [CF_DND] = "dnd",
    [CF_DND_SMS] = "dnd_sms",
    [CF_DND_EMAIL] = "dnd_email",
    [CF_DND_CALL] = "dnd_call",
    [CF_DELETED] = "deleted",
    [CF_LANGUAGE] = "language",
};

/* The texts of an event that the payload holds; `text` alone has the larger limit. */
static const struct {
    const char *key;
    size_t offset, max;
} texts[] = {
    {"text", offsetof(struct event, text), EVENT_MAX_TEXT},
    {"subject", offsetof(struct event, subject), EVENT_MAX_FIELD},
    {"ref", offsetof(struct event, ref), EVENT_MAX_FIELD},
    {"status", offsetof(struct event, status), EVENT_MAX_FIELD},
    {"stage", offsetof(struct event, stage), EVENT_MAX_FIELD},
    {"url", offsetof(struct event, url), EVENT_MAX_FIELD},
};
enum { TEXTS = sizeof texts / sizeof texts[0] };

const char *event_name(enum event_kind k) {
    assert(k < EVENT_KINDS);
    return kinds[k].name;
}

bool event_kind_parse(struct str name, enum event_kind *out) {
    for (size_t k = 0; k < EVENT_KINDS; k++) {
        if (!str_is(name, kinds[k].name)) continue;
        *out = (enum event_kind)k;
        return true;
    }
    return false;
}

enum event_group event_group(enum event_kind k) {
    assert(k < EVENT_KINDS);
    return kinds[k].group;
}

const char *event_label(enum event_kind k, enum language lang) {
    assert(k < EVENT_KINDS);
    return kinds[k].label[lang == LANG_ES];
}

const char *channel_name(enum channel c) {
    assert(c < CHANNELS);
    return channels[c];
}

bool channel_parse(struct str name, enum channel *out) {
    for (size_t c = CHANNEL_NONE + 1; c < CHANNELS; c++) {
        if (!str_is(name, channels[c])) continue;
        *out = (enum channel)c;
        return true;
    }
    return false;
}

const char *contact_field_name(enum contact_field f) {
    assert(f < CONTACT_FIELDS);
    return contact_fields[f];
}

int event_cmp(const struct event *a, const struct event *b) {
    if (a->at_us != b->at_us) return a->at_us < b->at_us ? -1 : 1;
    return id_cmp(a->id, b->id);
}

static struct str text_of(const struct event *ev, size_t i) {
    struct str s;
    memcpy(&s, (const char *)ev + texts[i].offset, sizeof s);
    return s;
}

static void put_text(struct jw *w, const char *key, struct str s, size_t max) {
    if (str_given(s)) jw_kstr(w, key, utf8_head(s, max));
}

void event_write(const struct event *ev, struct buf *out) {
    struct jw w = jw_on(out);
    jw_object(&w);
    if (ev->channel != CHANNEL_NONE) jw_kz(&w, "channel", channel_name(ev->channel));
    for (size_t i = 0; i < TEXTS; i++) put_text(&w, texts[i].key, text_of(ev, i), texts[i].max);
    if (isfinite(ev->value) && ev->value != 0) jw_kreal(&w, "value", ev->value);
    if (ev->seconds) jw_ki64(&w, "seconds", ev->seconds);
    if (ev->when_us) jw_ki64(&w, "when_us", ev->when_us);
    bool any = false;
    for (size_t f = 0; f < CONTACT_FIELDS; f++) any |= str_given(ev->contact[f]);
    if (any) {
        jw_key(&w, "contact");
        jw_object(&w);
        for (size_t f = 0; f < CONTACT_FIELDS; f++)
            put_text(&w, contact_fields[f], ev->contact[f], EVENT_MAX_FIELD);
        jw_end(&w);
    }
    jw_end(&w);
}

/* Like json_str with the default STR_NONE, but an empty string stays given. */
static int take_text(const struct jnode *o, const char *key, struct str *out, struct err *e) {
    struct str s = STR_NONE;
    if (json_str(o, key, STR_NONE, &s, e)) return -1;
    const struct jnode *n = json_get(o, key);
    *out = !s.p && n && n->type == JSTRING ? STR("") : s;
    return 0;
}

static int take_contact(const struct jnode *o, struct event *ev, struct err *e) {
    const struct jnode *c = json_get(o, "contact");
    if (c && c->type != JOBJECT && c->type != JNULL)
        return err_set(e, ERR_INVALID, "/contact", "must be an object");
    for (size_t f = 0; f < CONTACT_FIELDS; f++)
        if (take_text(c, contact_fields[f], &ev->contact[f], e)) return err_within(e, "/contact");
    return 0;
}

static int take_channel(const struct jnode *o, struct event *ev, struct err *e) {
    struct str name;
    ev->channel = CHANNEL_NONE;
    if (take_text(o, "channel", &name, e)) return -1;
    if (!str_given(name) || channel_parse(name, &ev->channel)) return 0;
    return err_set(e, ERR_INVALID, "/channel", "is none of sms, email, call, chat, web, form");
}

int event_read(struct arena *a, struct str payload, struct event *inout, struct err *e) {
    const struct jnode *o;
    if (json_parse(a, payload, EVENT_MAX_PAYLOAD, &o, e)) return -1;
    if (o->type != JOBJECT) return err_set(e, ERR_INVALID, "", "an event's payload must be an object");
    struct event ev = *inout;
    if (take_channel(o, &ev, e)) return -1;
    for (size_t i = 0; i < TEXTS; i++) {
        struct str s;
        if (take_text(o, texts[i].key, &s, e)) return -1;
        memcpy((char *)&ev + texts[i].offset, &s, sizeof s);
    }
    if (json_f64(o, "value", 0, &ev.value, e) || json_i64(o, "seconds", 0, &ev.seconds, e) ||
        json_i64(o, "when_us", 0, &ev.when_us, e) || take_contact(o, &ev, e))
        return -1;
    *inout = ev;
    return 0;
}
