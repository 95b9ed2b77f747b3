/* The CRM's unsigned workflow webhook: a form or survey that a lead filled in. See decode.h.
 *
 * Flat and snake_case, without type, event id or time. The contact's facts stand at the top level, and so do the
 * form's answers, under the names the team gave its fields; what the workflow's author added stands in
 * `customData`. Everything that is none of the members known below is therefore taken for an answer.
 *
 * Answers are read like a message ("moving ASAP" in a survey is as urgent as in a text), so what the lead did not
 * word himself must stay out: consent boxes arrive with their whole legal text ("I agree ... reply STOP to opt
 * out"), which is the opposite of an opt-out. A member whose name or long value is of that kind is left out.
 *
 * The event's time is when we got it: the only time in the body is the contact's creation. (IN-1, IN-5) */
#include "flow/decode_in.h"

static const char *const known[] = {
    "contact_id",
    "first_name",
    "last_name",
    "full_name",
    "name",
    "email",
    "phone",
    "tags",
    "country",
    "date_created",
    "full_address",
    "address1",
    "address",
    "city",
    "state",
    "postal_code",
    "timezone",
    "time_zone",
    "contact_type",
    "company_name",
    "website",
    "date_of_birth",
    "source",
    "contact_source",
    "assigned_to",
    "type",
    "id",
    "locationId",
    "location_id",
    "user_id",
    "campaign",
    "workflow_id",
    "opportunity_name",
    "status",
    "lead_value",
    "pipeline_id",
    "pipeline_stage",
    "pipeline_name",
    "owner",
    "dnd",
};
enum { ANSWER_MAX = 2000, ANSWERS_MAX = 64, TERMS_MIN = 80 };

static bool is_known(struct str key) {
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_is(key, known[i])) return true;
    return str_starts(key, STR("utm_"));
}

static bool is_terms(struct str s) {
    static const char *const words[] = {"agree",          "consent",  "opt out",    "opt-out",
                                        "unsubscribe",    "terms",    "reply stop", "acepto",
                                        "consentimiento", "autorizo", "privacy"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (in_has(s, str_of(words[i]))) return true;
    return false;
}

static struct str answer_text(struct arena *a, const struct jnode *n) {
    if (n->type == JSTRING) return in_clean(a, n->s, ANSWER_MAX, true);
    if (n->type == JINT) return arena_fmt(a, "%lld", (long long)n->i);
    if (n->type == JREAL) return arena_fmt(a, "%.15g", n->r);
    return n->type == JARRAY ? in_list(a, n) : STR_NONE;
}

static void answers(struct arena *a, const struct jnode *o, struct buf *out) {
    size_t n = 0;
    if (!o || o->type != JOBJECT) return;
    for (const struct jnode *k = o->kids.first; k && n < ANSWERS_MAX; k = k->next) {
        if (is_known(k->key) || is_terms(k->key)) continue;
        struct str v = answer_text(a, k);
        if (!v.n || (v.n >= TERMS_MIN && is_terms(v))) continue;
        struct str key = in_clean(a, k->key, IN_MAX_ID, false);
        buf_str_add(out, key);
        buf_z(out, ": ");
        buf_str_add(out, v);
        buf_c(out, '\n');
        n++;
    }
}

int decode_workflow(struct arena *a, struct str body, int64_t received_us, struct decoded *out,
                    struct err *e) {
    const struct jnode *o;
    if (json_parse(a, body, WEBHOOK_MAX_BYTES, &o, e)) return -1;
    if (o->type != JOBJECT) return err_set(e, ERR_INVALID, "", "a webhook's body must be a JSON object");
    struct decoded d = {.lead = {.contact = in_id(a, o, "contact_id|contactId"),
                                 .email = in_text(a, o, "email", IN_MAX_FIELD),
                                 .phone = in_text(a, o, "phone", IN_MAX_FIELD)}};
    if (!d.lead.contact.n && !d.lead.email.n && !d.lead.phone.n)
        return err_set(e, ERR_INVALID, "/contact_id", "says nobody whom this is about");
    struct event *ev = &d.event[d.n++];
    ev->kind = EV_FORM;
    ev->channel = CHANNEL_FORM;
    ev->at_us = received_us;
    in_contact(a, o, ev);
    const struct jnode *workflow = json_get(o, "workflow");
    ev->ref = in_id(a, workflow, "id");
    ev->subject = in_text(a, workflow, "name", IN_MAX_FIELD);
    BUF_AUTO text;
    buf_init(&text, WEBHOOK_MAX_BYTES);
    answers(a, o, &text);
    answers(a, json_get(o, "customData"), &text);
    if (text.n) ev->text = in_clean(a, buf_str(&text), IN_MAX_TEXT, true);
    if (arena_check(a, "webhook", e)) return -1;
    *out = d;
    return 0;
}
