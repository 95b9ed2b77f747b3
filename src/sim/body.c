/* The CRM's webhooks and our own API's items, as made-up people cause them: the shapes of the CRM's
 * documentation, members that vary in real life varied here, too (a messageId or not, a zone or none). */
#include "sim/people_impl.h"

#include <stdio.h>

static void envelope(struct wording *c, struct jw *w) {
    jw_kstr(w, "type", c->h->type);
    jw_kz(w, "locationId", c->t->location);
    jw_kz(w, "appId", "6700000000000000000000aa");
    jw_kz(w, "versionId", "6700000000000000000000aa");
    jw_kstr(w, "webhookId", c->h->source_id);
    jw_ktime(w, "timestamp", c->h->at_us);
}

static void name_of(const struct wording *c, const char *what, unsigned number, char out[40]) {
    snprintf(out, 40, "%s%.20s%04u", what, c->lead->contact, number);
}

static void dnd(const struct wording *c, struct jw *w) {
    jw_kbool(w, "dnd", c->l->dnd);
    if (c->h->kind != EV_CONTACT_DND) return;
    static const char *const channels[] = {"SMS", "Email", "Call"};
    jw_key(w, "dndSettings");
    jw_object(w);
    for (int i = 0; i < 3; i++) {
        jw_key(w, channels[i]);
        jw_object(w);
        jw_kz(w, "status", c->l->dnd || (i == 0 && c->l->dnd_sms) ? "active" : "inactive");
        jw_end(w);
    }
    jw_end(w);
}

static void tags(const struct wording *c, struct jw *w) {
    static const char *const of[PERSONAS] = {"website", "researching", "buyer",   "relocation",
                                             "seller",  "open house",  "website", "past client"};
    jw_key(w, "tags");
    jw_array(w);
    jw_z(w, of[c->l->persona]);
    if (c->l->language == LANG_ES) jw_z(w, "español");
    jw_end(w);
}

void body_contact(struct wording *c, struct buf *out) {
    struct jw w = jw_on(out);
    jw_object(&w);
    envelope(c, &w);
    jw_kz(&w, "id", c->lead->contact);
    jw_kz(&w, "name", c->lead->name);
    jw_kz(&w, "firstName", c->lead->first);
    jw_kz(&w, "lastName", c->lead->last);
    jw_kz(&w, "phone", c->lead->phone);
    if (c->lead->email[0]) jw_kz(&w, "email", c->lead->email);
    jw_kz(&w, "city", c->lead->city);
    jw_kz(&w, "state", c->lead->state);
    jw_kz(&w, "postalCode", c->lead->zip);
    jw_kz(&w, "country", "US");
    if (c->lead->crm_zone) jw_kz(&w, "timezone", c->lead->crm_zone);
    jw_kz(&w, "source", c->l->persona == PERSONA_QUIET ? "open house" : "website");
    jw_kz(&w, "assignedTo", c->agent->ghl_user);
    dnd(c, &w);
    tags(c, &w);
    if (str_is(c->h->type, "ContactCreate")) jw_ktime(&w, "dateAdded", c->h->sent_us);
    jw_end(&w);
}

static void message_type(struct wording *c, struct jw *w) {
    bool mail = c->h->channel == CHANNEL_EMAIL, call = c->h->channel == CHANNEL_CALL;
    jw_kz(w, "messageType", call ? "CALL" : mail ? "Email" : "SMS");
    jw_ki64(w, "messageTypeId", call ? 1 : mail ? 3 : 2);
    jw_kz(w, "messageTypeString", call ? "TYPE_CALL" : mail ? "TYPE_EMAIL" : "TYPE_SMS");
}

void body_message(struct wording *c, bool inbound, int64_t seconds, struct buf *out) {
    bool mail = c->h->channel == CHANNEL_EMAIL, call = c->h->channel == CHANNEL_CALL;
    char id[40], conversation[40];
    name_of(c, "m", c->l->things, id);
    name_of(c, "v", 0, conversation);
    const char *lead_at = mail ? c->lead->email : c->lead->phone,
               *agent_at = mail ? c->agent->email : c->agent->phone;
    struct jw w = jw_on(out);
    jw_object(&w);
    envelope(c, &w);
    jw_kz(&w, "contactId", c->lead->contact);
    jw_kz(&w, "conversationId", conversation);
    if (!inbound || mail || call) jw_kz(&w, mail ? "emailMessageId" : "messageId", id);
    message_type(c, &w);
    jw_kz(&w, "direction", inbound ? "inbound" : "outbound");
    jw_kz(&w, "status", call ? "completed" : "delivered");
    if (call) {
        jw_ki64(&w, "callDuration", seconds);
        jw_kz(&w, "callStatus", seconds ? "completed" : "no-answer");
    } else {
        jw_kstr(&w, "body", c->h->text);
        jw_kz(&w, "contentType", "text/plain");
    }
    if (mail) jw_kz(&w, "subject", c->say);
    if (!inbound) jw_kz(&w, "userId", c->agent->ghl_user);
    if (!inbound) jw_kz(&w, "source", "app");
    jw_kz(&w, "from", inbound ? lead_at : agent_at);
    jw_kz(&w, "to", inbound ? agent_at : lead_at);
    jw_key(&w, "attachments");
    jw_array(&w);
    jw_end(&w);
    jw_ktime(&w, "dateAdded", c->h->sent_us);
    jw_end(&w);
}

void body_deal(struct wording *c, struct buf *out) {
    static const char *const stages[STAGE_WON + 1] = {"stage-new",   "stage-talking",  "stage-showing",
                                                      "stage-offer", "stage-contract", "stage-closed"};
    char id[40];
    name_of(c, "d", c->l->deals, id);
    struct jw w = jw_on(out);
    jw_object(&w);
    envelope(c, &w);
    jw_kz(&w, "id", id);
    jw_kz(&w, "contactId", c->lead->contact);
    jw_kz(&w, "assignedTo", c->agent->ghl_user);
    jw_kz(&w, "name", c->say);
    jw_ki64(&w, "monetaryValue", (int64_t)c->l->price * 1000);
    jw_kz(&w, "pipelineId", "pipeline-buyers");
    jw_kz(&w, "pipelineStageId", stages[c->l->stage]);
    jw_kz(&w, "status", c->l->stage == STAGE_WON ? "won" : "open");
    jw_ktime(&w, str_is(c->h->type, "OpportunityCreate") ? "dateAdded" : "dateUpdated", c->h->sent_us);
    jw_end(&w);
}

void body_appointment(struct wording *c, int64_t when_us, const char *status, struct buf *out) {
    char id[40];
    name_of(c, "a", c->l->appointments, id);
    struct jw w = jw_on(out);
    jw_object(&w);
    envelope(c, &w);
    jw_key(&w, "appointment");
    jw_object(&w);
    jw_kz(&w, "id", id);
    jw_kz(&w, "contactId", c->lead->contact);
    jw_kz(&w, "calendarId", "calendar-showings");
    jw_kz(&w, "title", c->say);
    jw_kz(&w, "appointmentStatus", status);
    jw_kz(&w, "assignedUserId", c->agent->ghl_user);
    jw_ktime(&w, "startTime", when_us);
    jw_ktime(&w, "endTime", when_us + US_HOUR);
    jw_ktime(&w, str_is(c->h->type, "AppointmentCreate") ? "dateAdded" : "dateUpdated", c->h->sent_us);
    jw_end(&w);
    jw_end(&w);
}

void body_note(struct wording *c, struct buf *out) {
    char id[40];
    name_of(c, "n", c->l->things, id);
    struct jw w = jw_on(out);
    jw_object(&w);
    envelope(c, &w);
    jw_kz(&w, "id", id);
    jw_kz(&w, "contactId", c->lead->contact);
    jw_kstr(&w, "body", c->h->text);
    jw_ktime(&w, "dateAdded", c->h->sent_us);
    jw_end(&w);
}

void body_task(struct wording *c, struct buf *out) {
    char id[40];
    name_of(c, "k", c->l->tasks, id);
    struct jw w = jw_on(out);
    jw_object(&w);
    envelope(c, &w);
    jw_kz(&w, "id", id);
    jw_kz(&w, "contactId", c->lead->contact);
    jw_kz(&w, "assignedTo", c->agent->ghl_user);
    jw_kstr(&w, "title", c->h->text);
    jw_ktime(&w, str_is(c->h->type, "TaskCreate") ? "dateAdded" : "dateUpdated", c->h->sent_us);
    jw_ktime(&w, "dueDate", c->h->sent_us + US_DAY);
    jw_end(&w);
}

void body_event(struct wording *c, struct str url, int64_t seconds, struct buf *out) {
    struct jw w = jw_on(out);
    jw_object(&w);
    jw_kstr(&w, "id", c->h->source_id);
    jw_kstr(&w, "kind", c->h->type);
    jw_kz(&w, "contact_id", c->lead->contact);
    jw_ktime(&w, "at", c->h->sent_us);
    if (url.n) jw_kstr(&w, "url", url);
    if (seconds) jw_ki64(&w, "seconds", seconds);
    jw_end(&w);
}
