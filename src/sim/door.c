/* See door.h. */
#include "sim/door.h"

static int webhook(const struct happening *h, struct arena *a, struct inbox_item *out, bool *out_known,
                   struct err *e) {
    struct envelope env;
    if (decode_ghl_envelope(a, h->body, &env, e)) return -1;
    out->external_id = env.webhook_id;
    out->kind = env.type;
    *out_known = env.known;
    return 0;
}

static int item(const struct happening *h, int64_t now_us, struct arena *a, struct inbox_item *out,
                struct err *e) {
    const struct jnode *node;
    struct str kind;
    if (json_parse(a, h->body, WEBHOOK_MAX_BYTES, &node, e) ||
        decode_api_check(a, node, now_us, &out->external_id, e) || json_need_str(node, "kind", &kind, e))
        return -1;
    out->kind = arena_str(a, kind);
    return 0;
}

int door_item(const struct flow *f, const struct tenant *t, const struct happening *h, int64_t now_us,
              struct arena *a, struct buf *out_sealed, struct inbox_item *out, struct err *e) {
    struct inbox_item named = {0};
    bool known = true;
    buf_init(out_sealed, WEBHOOK_MAX_BYTES + SEAL_OVERHEAD);
    if (h->ghl ? webhook(h, a, &named, &known, e) : item(h, now_us, a, &named, e)) return -1;
    struct str source = h->ghl ? STR("ghl") : STR("api");
    return intake_item(f, t, source, named.external_id, named.kind, !known, h->body, now_us, out_sealed, out,
                       e);
}
