/* From what a source sent to events, pure: bytes in, events out. One file per source: decode_ghl.c,
 * decode_workflow.c, decode_api.c.
 *
 * Facts of the CRM's payloads: flat JSON with `type` and `locationId`, resource id in `id`, person in
 * `contactId`; appointments nested; times ISO 8601; e-mail bodies HTML; ids and shapes vary (`from` may be an
 * object). What is missing stays absent; a field of a type we did not expect is passed over, never an error:
 * the CRM's next version must not stop the house. Only a body that is not a JSON object, or lacks what
 * identifies it, is refused. */
#ifndef FLOW_DECODE_H
#define FLOW_DECODE_H

#include "flow/lead.h"

enum { DECODE_MAX_EVENTS = 4, WEBHOOK_MAX_BYTES = 1024 * 1024 };

/* The little that intake needs before anything is stored. Strings live in the arena. */
struct envelope {
    struct str type, location,
        webhook_id;  /* webhook_id: SHA-256 of the body, hex, when the sender gave none */
    int64_t sent_us; /* its `timestamp`, 0 when absent */
    bool known;      /* a type we make events of */
};
int decode_ghl_envelope(struct arena *a, struct str body, struct envelope *out, struct err *e);

struct decoded {
    struct lead_ref lead;
    size_t n;
    struct event
        event[DECODE_MAX_EVENTS]; /* id, received_us, source, source_id are filled in by the pipeline */
};
/* `received_us` is used as the time of an event that carries none. n = 0: nothing to put onto a timeline. */
int decode_ghl(struct arena *a, struct str kind, struct str body, int64_t received_us, struct decoded *out,
               struct err *e);
/* The unsigned workflow webhook: snake_case contact, a form or survey. */
int decode_workflow_envelope(struct arena *a, struct str body, struct envelope *out, struct err *e);
int decode_workflow(struct arena *a, struct str body, int64_t received_us, struct decoded *out,
                    struct err *e);
/* One item of POST /api/v1/events, of the website script, or of an import, already checked by
 * decode_api_check or decode_site_check:
 *
 *   {"id"?, "kind", "at"?, one or more of "lead_id" "contact_id" "email" "phone" "visitor",
 *    "channel"? "text"? "subject"? "ref"? "status"? "stage"? "url"? "value"? "seconds"? "when"?,
 *    "contact"?: {"name", "first_name", ..., by contact_field_name()}, "opt_out"?: true}
 *
 * Times are RFC 3339. From here do-not-disturb flags only grow: "dnd": "0" is passed over. "opt_out" says that
 * the person asked not to be contacted; it becomes an opt-out of its own, which only his own START ends. */
int decode_api(struct arena *a, struct str body, int64_t received_us, struct decoded *out, struct err *e);
/* Checks one item as a caller's input: errors name the member ("/kind"). *out_id: the caller's id, or a hash
 * of the item. */
int decode_api_check(struct arena *a, const struct jnode *item, int64_t now_us, struct str *out_id,
                     struct err *e);
/* The same for what anybody's browser may send: only behaviour, only about the visitor himself (no lead_id,
 * contact_id or opt_out), and of contact facts only name, phone and e-mail, as a form asks for them. */
int decode_site_check(struct arena *a, const struct jnode *item, int64_t now_us, struct str *out_id,
                      struct err *e);
/* Plain text of an HTML mail body: tags, scripts, styles and comments go, entities are resolved, quoted
 * replies (marked elements, and then as text_without_quotes) are cut. Never fails: what is not HTML is text.
 * Work is linear in the input; the result is never more than 2 * html.n + 64 bytes and lives in the arena. */
struct str text_of_html(struct arena *a, struct str html);
/* Without what a mail program quoted: lines beginning with '>', "On ... wrote:" (also Spanish) and what it
 * introduces, "-----Original Message-----", a block of From/Sent/To/Subject. What stands below a quote marked
 * line by line is kept: somebody may answer (or say STOP) at the end. */
struct str text_without_quotes(struct arena *a, struct str text);
bool text_is_html(struct str text); /* has a tag of those that mail programs write */

#endif
