/* One thing that happened to a lead. Immutable once on the timeline.
 *
 * Events of a lead are totally ordered by (at_us, id). `at_us` is when it happened as the source says (cut to
 * the time we received it when the source's clock runs ahead), `received_us` when we accepted it. Strings are
 * borrowed. What does not apply is absent (STR_NONE, 0). Payloads are stored as JSON made and read by
 * event_write/event_read: what is written reads back equal. */
#ifndef ENGINE_EVENT_H
#define ENGINE_EVENT_H

#include "base/civil.h"
#include "base/id.h"
#include "base/json.h"

enum event_kind {
#define X(symbol, name, group, en, es, what) symbol,
#include "engine/event.def"
#undef X
    EVENT_KINDS
};
enum event_group { EVENT_CONTACT, EVENT_MESSAGE, EVENT_BEHAVIOR, EVENT_CRM, EVENT_OWN };
enum channel {
    CHANNEL_NONE,
    CHANNEL_SMS,
    CHANNEL_EMAIL,
    CHANNEL_CALL,
    CHANNEL_CHAT,
    CHANNEL_WEB,
    CHANNEL_FORM,
    CHANNELS
};
enum language { LANG_EN, LANG_ES };

/* Contact facts as one event states them. A field that is absent (STR_NONE) is not stated; an empty one is
 * stated as empty. */
enum contact_field {
    CF_NAME,
    CF_FIRST_NAME,
    CF_PHONE,
    CF_EMAIL,
    CF_ADDRESS,
    CF_CITY,
    CF_STATE,
    CF_ZIP,
    CF_COUNTRY,
    CF_ZONE,
    CF_TAGS /* comma separated */,
    CF_SOURCE,
    CF_ASSIGNED_TO /* the CRM's user id */,
    CF_DND,
    CF_DND_SMS,
    CF_DND_EMAIL,
    CF_DND_CALL /* "1" do not disturb, "0" */,
    CF_DELETED /* "1", "0" */,
    CF_LANGUAGE,
    CONTACT_FIELDS
};

struct event {
    struct id id;
    int64_t at_us, received_us;
    enum event_kind kind;
    enum channel channel;
    struct str source;    /* "ghl", "api", "t.js", "import", "own" */
    struct str source_id; /* webhookId or the caller's id */
    struct str text;      /* what the person wrote, plain text */
    struct str subject;
    struct str ref;    /* listing, message, opportunity, appointment, task id at the source */
    struct str status; /* "open", "won", "delivered", "failed", "confirmed", ... */
    struct str stage, url;
    double value;    /* dollars of an opportunity */
    int64_t seconds; /* dwell time, call length */
    int64_t when_us; /* appointment or task: the time it is about */
    struct str contact[CONTACT_FIELDS];
};

const char *event_name(enum event_kind k);
bool event_kind_parse(struct str name, enum event_kind *out);
enum event_group event_group(enum event_kind k);
const char *event_label(enum event_kind k, enum language lang);
const char *channel_name(enum channel c); /* "sms", ..., NULL for none */
bool channel_parse(struct str name, enum channel *out);
const char *contact_field_name(enum contact_field f);        /* "name", "phone", ... as in the payload */
int event_cmp(const struct event *a, const struct event *b); /* timeline order */

/* The payload: everything but id, at, received, kind, source, source_id, which are columns. Texts longer than
 * their limit are cut between characters when written, bytes that are not UTF-8 become U+FFFD, a value that
 * is not finite becomes 0; so any event can be written, no payload passes EVENT_MAX_PAYLOAD, and what is
 * within the limits reads back equal. */
enum {
    EVENT_MAX_TEXT = 128 * 1024,        /* bytes of `text` */
    EVENT_MAX_FIELD = 4 * 1024,         /* bytes of every other string */
    EVENT_MAX_PAYLOAD = 2 * 1024 * 1024 /* bytes of JSON: the worst case, where every byte needs an escape */
};
void event_write(const struct event *ev, struct buf *out);
/* Fills what the payload holds and leaves the rest of *inout. Unknown members are passed over (a newer
 * writer). -1: ERR_SYNTAX, ERR_TOO_LARGE, or ERR_INVALID naming the member; *inout is then as before. Strings
 * live in the arena. */
int event_read(struct arena *a, struct str payload, struct event *inout, struct err *e);

#endif
