/* What handlers need of a request. See web.h. */
#include "web/internal.h"

#include "base/b64.h"
#include "store/query.h"

const struct flow *call_flow(const struct call *c) {
    return c->web->o.flow;
}
struct actor call_actor(const struct call *c) {
    return (struct actor){c->who.tenant, c->who.user, c->who.role};
}

int call_tenant(struct call *c, struct db *db, const struct tenant **out, struct err *e) {
    return tenant_by_id(call_flow(c), db, c->who.tenant, out, e);
}

int call_id(const struct call *c, int param, struct id *out, struct err *e) {
    if (id_parse(c->param[param], out)) return 0;
    return err_set(e, ERR_NOT_FOUND, "", "there is no such thing");
}

int call_agent(const struct call *c, int param, struct id *out, struct err *e) {
    struct id agent = c->who.user;
    if (!str_is(c->param[param], "me") && call_id(c, param, &agent, e)) return -1;
    struct actor who = call_actor(c);
    if (!id_given(agent) || !actor_sees(&who, agent))
        return err_set(e, ERR_NOT_FOUND, "", "there is no such agent");
    *out = agent;
    return 0;
}

int call_agent_known(struct call *c, struct db *db, struct id agent, struct err *e) {
    struct q_agent_get_out row;
    int got =
        q_agent_get(db, &(struct q_agent_get_in){.tenant = c->who.tenant, .id = agent}, &c->arena, &row, e);
    if (got == 0) return err_set(e, ERR_NOT_FOUND, "", "there is no such agent");
    return got < 0 ? -1 : 0;
}

struct str call_remote(const struct call *c) {
    struct str r = c->req->remote, last = STR_NONE, part;
    if (!str_starts(r, STR("127.")) && !str_is(r, "::1") && !str_starts(r, STR("::ffff:127."))) return r;
    for (size_t i = 0; i < c->req->n_fields; i++)
        if (str_eq_ci(c->req->fields[i].name, STR("x-forwarded-for"))) last = c->req->fields[i].value;
    while (str_cut(&last, ',', &part)) r = str_trim(part);
    return r;
}

struct str call_query(struct call *c, const char *name) {
    struct str rest = c->req->query, key, value;
    while (str_given(rest) && http_query_next(&rest, &key, &value)) {
        if (!str_is(key, name)) continue;
        char *out = arena_alloc(&c->arena, value.n + 1);
        size_t n;
        if (!out || http_unescape(value, true, out, &n)) return STR_NONE;
        return (struct str){out, n};
    }
    return STR_NONE;
}

int call_query_i64(struct call *c, const char *name, int64_t dflt, int64_t least, int64_t most, int64_t *out,
                   struct err *e) {
    struct str s = call_query(c, name);
    int64_t v = dflt;
    if (str_given(s) && (!str_to_i64(s, &v) || v < least || v > most))
        return err_set(e, ERR_INVALID, name, "must be a whole number from %lld to %lld", (long long)least,
                       (long long)most);
    *out = v;
    return 0;
}

int call_json(struct call *c, const struct jnode **out, struct err *e) {
    const struct jnode *n;
    if (json_parse(&c->arena, c->req->body, c->route->body_max, &n, e)) return -1;
    if (n->type != JOBJECT) return err_set(e, ERR_INVALID, "", "must be a JSON object");
    *out = n;
    return 0;
}

/* A cursor is base64url of "number|at|id": a place in an ordered list, not a secret. */
int call_page(struct call *c, struct page *out, struct err *e) {
    struct page p = {.from_start = true, .at = INT64_MAX, .number = 1e9};
    if (call_query_i64(c, "limit", 50, 1, 500, &p.limit, e)) return -1;
    memset(p.id.b, 0xff, sizeof p.id.b);
    struct str cursor = call_query(c, "cursor");
    if (!str_given(cursor)) {
        *out = p;
        return 0;
    }
    BUF_AUTO b;
    buf_init(&b, 512);
    struct str rest, number, at;
    bool ok = b64url_decode(cursor, &b, NULL) == 0;
    rest = buf_str(&b);
    ok = ok && str_cut(&rest, '|', &number) && str_cut(&rest, '|', &at) && str_given(rest) &&
         str_to_double(number, &p.number) && str_to_i64(at, &p.at) && id_parse(rest, &p.id);
    if (!ok) return err_set(e, ERR_INVALID, "cursor", "is not one this list gave out");
    p.from_start = false;
    *out = p;
    return 0;
}

void page_cursor(struct call *c, struct jw *w, bool more, int64_t at, double number, struct id id) {
    jw_key(w, "next_cursor");
    if (!more) {
        jw_null(w);
        return;
    }
    char plain[128], text[ID_TEXT + 1];
    id_text(id, text);
    int n = snprintf(plain, sizeof plain, "%.17g|%lld|%s", number, (long long)at, text);
    BUF_AUTO b;
    buf_init(&b, 512);
    b64url_add(&b, plain, (size_t)n);
    jw_str(w, arena_str(&c->arena, buf_str(&b)));
}
