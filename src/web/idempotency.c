/* Idempotency-Key on POST: the same key with the same request gets the same answer for 24 hours and has effect once; with another request it
 * is refused. Keys belong to the caller. */
#include "web/internal.h"

#include "flow/lead.h"
#include "store/query.h"

enum { KEY_MAX = 255, BODY_MAX = 256 * 1024 };

struct stored {
    struct call *c;
    struct str key;
    uint8_t hash[32];
    struct q_idempotency_get_out row;
    int got;
};

static struct str header(const struct call *c) {
    if (strcmp(c->route->method, "POST") != 0 || c->who.role == ROLE_NONE) return STR_NONE;
    return http_header(c->req, "idempotency-key");
}

static void request_hash(const struct call *c, uint8_t out[32]) {
    BUF_AUTO b;
    buf_init(&b, 32 * 1024 * 1024);
    buf_str_add(&b, c->req->target);
    buf_c(&b, '\n');
    buf_str_add(&b, c->req->body);
    sha256(buf_str(&b), out);
}

static struct id row_id(const struct stored *s) {
    struct id id;
    memcpy(id.b, s->hash, sizeof id.b);
    return id;
}

static int read_work(struct db *db, void *ctx, struct err *e) {
    struct stored *s = ctx;
    struct q_idempotency_get_in in = {.tenant = s->c->who.tenant, .user_id = s->c->who.token, .key = s->key};
    s->got = q_idempotency_get(db, &in, &s->c->arena, &s->row, e);
    if (s->got <= 0) return s->got;
    if (s->row.request_hash.n != 32 || memcmp(s->row.request_hash.p, s->hash, 32) != 0)
        return err_set(e, ERR_INVALID, "Idempotency-Key", "was used for another request");
    const struct tenant *t;
    if (call_tenant(s->c, db, &t, e)) return -1;
    return tenant_unseal(t, "idempotency.body", row_id(s), s->row.body, &s->c->out, e);
}

int idempotency_begin(struct call *c, struct err *e) {
    struct stored s = {.c = c, .key = header(c)};
    if (!str_given(s.key)) return 0;
    if (s.key.n == 0 || s.key.n > KEY_MAX)
        return err_set(e, ERR_INVALID, "Idempotency-Key", "must have 1 to %d bytes", KEY_MAX);
    request_hash(c, s.hash);
    if (store_read(call_flow(c)->store, read_work, &s, e)) return -1;
    if (s.got == 0) return 0;
    c->status = (int)s.row.status;
    return 1;
}

static int write_work(struct db *db, void *ctx, struct err *e) {
    struct stored *s = ctx;
    struct call *c = s->c;
    const struct tenant *t;
    BUF_AUTO sealed;
    buf_init(&sealed, BODY_MAX + SEAL_OVERHEAD);
    if (call_tenant(c, db, &t, e) ||
        tenant_seal(call_flow(c), t, "idempotency.body", row_id(s), buf_str(&c->out), &sealed, e))
        return -1;
    if (q_idempotency_prune(db, &(struct q_idempotency_prune_in){.before = c->now_us - US_DAY}, NULL, e))
        return -1;
    struct q_idempotency_put_in in = {.tenant = c->who.tenant,
                                      .user_id = c->who.token,
                                      .key = s->key,
                                      .request_hash = {(const char *)s->hash, 32},
                                      .status = c->status ? c->status : 200,
                                      .body = buf_str(&sealed),
                                      .now = c->now_us};
    return q_idempotency_put(db, &in, NULL, e);
}

void idempotency_end(struct call *c) {
    struct stored s = {.c = c, .key = header(c)};
    if (!str_given(s.key) || c->out.n > BODY_MAX) return;
    request_hash(c, s.hash);
    store_write(call_flow(c)->store, write_work, &s,
                NULL); /* when it fails a repeat is handled by the states of things, not by the key */
}
