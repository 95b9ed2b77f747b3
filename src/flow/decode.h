/* From what a source sent to events, pure: bytes in, events out. One file per source: decode_ghl.c,
 * decode_api.c.
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
/* One item of POST /api/v1/events or of the website script, already checked by decode_api_check. */
int decode_api(struct arena *a, struct str body, int64_t received_us, struct decoded *out, struct err *e);
/* Checks one item as a caller's input: errors name the member ("/kind"). *out_id: the caller's id, or a hash
 * of the item. */
int decode_api_check(struct arena *a, const struct jnode *item, int64_t now_us, struct str *out_id,
                     struct err *e);
/* Plain text of an HTML mail body: tags, scripts, styles and comments go, entities are resolved, quoted
 * replies ("On ... wrote:", lines beginning with '>') are cut. */
struct str text_of_html(struct arena *a, struct str html);
struct str text_without_quotes(struct str text);

#endif
