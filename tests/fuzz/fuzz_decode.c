/* Any body as a webhook, a form, or an item of ours. Whatever is accepted becomes events that say whom they are about
 * and when, fit the timeline, and read back as written. */
#include <assert.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "flow/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RECEIVED INT64_C(1800000000000000)
enum { MEMORY = 64 * 1024 * 1024, PAYLOAD_MAX = 256 * 1024 }; /* as lead.c seals it */

static void check_event(struct arena *a, const struct event *ev) {
    BUF_AUTO out;
    BUF_AUTO again;
    struct event back = {.kind = ev->kind};
    struct err e = {0};
    assert(ev->at_us > 0 && ev->kind < EVENT_KINDS && ev->channel < CHANNELS);
    assert(ev->seconds >= 0 && ev->text.n <= READ_MAX_TEXT && utf8_valid(ev->text));
    buf_init(&out, PAYLOAD_MAX);
    buf_init(&again, PAYLOAD_MAX);
    event_write(ev, &out);
    assert(buf_ok(&out));
    assert(event_read(a, buf_str(&out), &back, &e) == 0);
    event_write(&back, &again);
    assert(str_eq(buf_str(&out), buf_str(&again)));
}

static void check_all(struct arena *a, const struct decoded *d) {
    assert(d->n <= DECODE_MAX_EVENTS);
    if (d->n == 0) return;
    const struct lead_ref *r = &d->lead;
    assert(id_given(r->id) || r->contact.n || r->email.n || r->phone.n || r->visitor.n);
    for (size_t i = 0; i < d->n; i++) check_event(a, &d->event[i]);
}

static void webhook(struct str body) {
    ARENA_AUTO a;
    struct envelope v;
    struct decoded d;
    struct err e = {0};
    arena_init(&a, MEMORY);
    if (decode_ghl_envelope(&a, body, &v, &e) == 0) {
        assert(v.type.n && v.type.n <= 64 && v.webhook_id.n && v.webhook_id.n <= 128);
        assert(!v.known || v.location.n);
        if (decode_ghl(&a, v.type, body, RECEIVED, &d, &e) == 0) check_all(&a, &d);
    }
    if (decode_workflow_envelope(&a, body, &v, &e) == 0) assert(v.webhook_id.n == 64);
    if (decode_workflow(&a, body, RECEIVED, &d, &e) == 0) check_all(&a, &d);
}

/* What a check let through must not fail afterwards, and a page may say no more than a program. */
static void item(struct str body) {
    ARENA_AUTO a;
    const struct jnode *n;
    struct decoded d;
    struct str id;
    struct err e = {0};
    arena_init(&a, MEMORY);
    if (json_parse(&a, body, WEBHOOK_MAX_BYTES, &n, &e)) return;
    bool any = decode_api_check(&a, n, RECEIVED, &id, &e) == 0;
    bool site = decode_site_check(&a, n, RECEIVED, &id, &e) == 0;
    assert(any || !site);
    if (any) assert(decode_api(&a, body, RECEIVED, &d, &e) == 0);
    if (any) check_all(&a, &d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str body = {(const char *)data, size};
    webhook(body);
    item(body);
    return 0;
}
