/* Dead letters and the state of things, with handlers called as the web layer calls them, on a real database. */
#include "flow_help.h"

#include "web/internal.h"

struct desk { /* an admin at work */
    struct house *h;
    struct web *web;
    struct http_request req;
    struct route route;
    struct call call;
};

static void sit(struct desk *d, struct house *h, const char *query, const char *param) {
    static const struct route route = {.method = "GET", .path = "/", .tag = "operations", .body_max = 4096};
    *d = (struct desk){.h = h, .web = calloc(1, sizeof *d->web), .route = route};
    assert_non_null(d->web);
    d->web->o.flow = &h->flow;
    d->web->started_us = h->now_us;
    d->req = (struct http_request){.query = query ? str_of(query) : STR_NONE};
    d->call = (struct call){.web = d->web,
                            .req = &d->req,
                            .route = &d->route,
                            .param = {str_of(param), STR_NONE},
                            .who = {.tenant = h->tenant, .user = h->agent, .role = ROLE_ADMIN},
                            .now_us = h->now_us};
    arena_init(&d->call.arena, 8 * 1024 * 1024);
    buf_init(&d->call.out, 8 * 1024 * 1024);
}

static void leave(struct desk *d) {
    arena_done(&d->call.arena);
    buf_done(&d->call.out);
    free(d->web);
}

static const struct jnode *answer(struct desk *d) {
    const struct jnode *n;
    struct err e = {0};
    ok(json_parse(&d->call.arena, buf_str(&d->call.out), d->call.out.n, &n, &e), &e);
    return n;
}

static struct str text_of(const struct jnode *o, const char *key) {
    struct str s = STR_NONE;
    struct err e = {0};
    ok(json_str(o, key, STR_NONE, &s, &e), &e);
    return s;
}

/* ---- making dead letters ---- */

struct put {
    struct house *h;
    const char *channel;
    struct id id;
};
static int put_work(struct db *db, void *ctx, struct err *e) {
    struct put *p = ctx;
    struct outbox_message m = {.agent = p->h->agent,
                               .channel = p->channel,
                               .purpose = STR("alert.test"),
                               .due_us = p->h->now_us,
                               .expires_us = p->h->now_us + US_DAY,
                               .content = STR("{\"text\":\"x\"}")};
    return outbox_put(&p->h->flow, db, p->h->t, NULL, &m, p->h->now_us, &p->id, e);
}

static struct id message(struct house *h, enum send_outcome outcome) {
    struct err e = {0};
    struct put p = {h, "sms", {{0}}};
    h->now_us += US_SECOND;
    h->sms.outcome = outcome;
    ok(store_write(h->store, put_work, &p, &e), &e);
    help_deliver(h);
    return p.id;
}

/* A message of nobody: it can never be handled. */
static void hopeless(struct house *h, int n) {
    char body[256];
    snprintf(body, sizeof body,
             "{\"type\":\"InboundMessage\",\"locationId\":\"LOC\",\"webhookId\":\"dead-%d\",\"body\":\"x\"}",
             n);
    assert_true(help_webhook(h, h->t, body));
    help_drain(h);
}

enum { DEAD_IN = 3, DEAD_OUT = 4 };
static void make_all(struct house *h, struct id out[DEAD_OUT]) {
    for (int i = 0; i < DEAD_IN; i++) hopeless(h, i);
    for (int i = 0; i < DEAD_OUT; i++) out[i] = message(h, i % 2 ? SEND_UNKNOWN : SEND_REJECTED);
}

/* ---- the list ---- */

static size_t page(struct house *h, int limit, char *cursor, size_t cap, char ids[][48], size_t at) {
    struct desk d;
    struct err e = {0};
    char query[512];
    snprintf(query, sizeof query, "limit=%d%s%s", limit, *cursor ? "&cursor=" : "", cursor);
    sit(&d, h, query, "");
    ok(h_dead_letters(&d.call, &e), &e);
    const struct jnode *root = answer(&d), *list = json_get(root, "dead_letters");
    assert_true(list->kids.count <= (size_t)limit);
    for (const struct jnode *n = list->kids.first; n; n = n->next) {
        assert_true(str_to_z(text_of(n, "id"), ids[at++], sizeof ids[0]));
        assert_true(text_of(n, "error").n > 0);
        assert_true(str_starts(text_of(n, "id"), text_of(n, "kind")));
    }
    struct str next = text_of(root, "next_cursor");
    assert_true(str_to_z(next.n ? next : STR(""), cursor, cap));
    leave(&d);
    return at;
}

static void test_pages(void **state) {
    struct house *h = *state;
    struct id out[DEAD_OUT];
    make_all(h, out);
    char whole[16][48];
    for (int limit = 1; limit <= DEAD_IN + DEAD_OUT + 1; limit++) {
        char cursor[256] = "", ids[16][48];
        size_t n = 0;
        int pages = 0;
        do {
            n = page(h, limit, cursor, sizeof cursor, ids, n);
            assert_true(++pages <= DEAD_IN + DEAD_OUT + 1);
        } while (*cursor);
        assert_int_equal(n, DEAD_IN + DEAD_OUT);
        if (limit == 1) memcpy(whole, ids, sizeof whole);
        for (size_t i = 0; i < n; i++) assert_string_equal(ids[i], whole[i]);
    }
    for (int i = 0; i < DEAD_OUT; i++) { /* oldest first, behind the inbox's */
        char id[ID_TEXT + 1];
        id_text(out[i], id);
        assert_memory_equal(whole[DEAD_IN + i], "outbox:", 7);
        assert_string_equal(whole[DEAD_IN + i] + 7, id);
    }
}

static void test_none(void **state) {
    struct house *h = *state;
    char cursor[256] = "", ids[4][48];
    assert_int_equal(page(h, 50, cursor, sizeof cursor, ids, 0), 0);
    assert_string_equal(cursor, "");
}

/* ---- again ---- */

static enum err_kind replay(struct house *h, const char *id, struct tenant_id as) {
    struct desk d;
    struct err e = {0};
    sit(&d, h, NULL, id);
    d.call.who.tenant = as;
    int rc = h_replay(&d.call, &e);
    if (rc == 0) assert_int_equal(d.call.status, 202);
    leave(&d);
    return rc ? e.kind : ERR_NONE;
}

static void test_replay_of_messages(void **state) {
    struct house *h = *state;
    char failed[64], unknown[64], id[ID_TEXT + 1];
    struct id a = message(h, SEND_REJECTED), b = message(h, SEND_UNKNOWN);
    id_text(a, id);
    snprintf(failed, sizeof failed, "outbox:%s", id);
    id_text(b, id);
    snprintf(unknown, sizeof unknown, "outbox:%s", id);
    int calls = h->sms.calls;
    assert_int_equal(replay(h, unknown, h->tenant), ERR_CONFLICT); /* it may have arrived */
    help_deliver(h);
    assert_int_equal(h->sms.calls, calls);
    assert_int_equal(replay(h, failed, h->tenant), ERR_NONE);
    assert_int_equal(replay(h, failed, h->tenant), ERR_CONFLICT); /* it waits already */
    h->sms.outcome = SEND_ACCEPTED;
    help_deliver(h);
    assert_int_equal(h->sms.calls, calls + 1);
    assert_int_equal(help_outbox_state(h, a), OUTBOX_DELIVERED);
    assert_int_equal(help_outbox_state(h, b), OUTBOX_UNKNOWN);
    assert_int_equal(replay(h, failed, h->tenant), ERR_CONFLICT); /* and now it is delivered */
}

static void test_replay_of_deliveries(void **state) {
    struct house *h = *state;
    char cursor[256] = "", ids[16][48];
    hopeless(h, 1);
    assert_int_equal(page(h, 50, cursor, sizeof cursor, ids, 0), 1);
    assert_int_equal(replay(h, ids[0], h->tenant), ERR_NONE);
    assert_int_equal(replay(h, ids[0], h->tenant), ERR_NOT_FOUND);
    assert_int_equal(page(h, 50, cursor, sizeof cursor, ids, 0), 0);
    h->now_us += US_HOUR;
    assert_int_equal(help_drain(h), 1);
    assert_int_equal(page(h, 50, cursor, sizeof cursor, ids, 0), 1); /* what was wrong with it still is */
}

static void test_of_nobody_else(void **state) {
    struct house *h = *state;
    struct err e = {0};
    struct made_tenant other;
    struct new_tenant nt = {STR("Other"), STR("LOC2"), STR("America/New_York")};
    char cursor[256] = "", ids[16][48];
    ok(tenant_create(&h->flow, &nt, &other, &e), &e);
    struct id out[DEAD_OUT];
    make_all(h, out);
    assert_int_equal(page(h, 50, cursor, sizeof cursor, ids, 0), DEAD_IN + DEAD_OUT);
    for (int i = 0; i < DEAD_IN + DEAD_OUT; i++) assert_int_equal(replay(h, ids[i], other.id), ERR_NOT_FOUND);
    struct desk d;
    sit(&d, h, NULL, "");
    d.call.who.tenant = other.id;
    ok(h_dead_letters(&d.call, &e), &e);
    assert_int_equal(json_get(answer(&d), "dead_letters")->kids.count, 0);
    leave(&d);
}

static void test_wrong_ids(void **state) {
    struct house *h = *state;
    static const char *const wrong[] = {"",
                                        "inbox:",
                                        "inbox:x",
                                        "inbox:1 ",
                                        "outbox:",
                                        "outbox:17",
                                        "INBOX:1",
                                        "inbox:-17",
                                        "outbox:00000000-0000-0000-0000-000000000000",
                                        "something",
                                        "inbox:99999999999999999999"};
    hopeless(h, 1);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(replay(h, wrong[i], h->tenant), ERR_NOT_FOUND);
}

/* ---- is all well ---- */

static bool is_well(struct house *h, struct str *out_line, struct desk *d) {
    struct err e = {0};
    sit(d, h, NULL, "");
    ok(h_operations(&d->call, &e), &e);
    const struct jnode *n = answer(d);
    *out_line = text_of(n, "line");
    bool well;
    ok(json_bool(n, "ok", false, &well, &e), &e);
    return well;
}

static void test_state(void **state) {
    struct house *h = *state;
    struct desk d;
    struct str line;
    struct err e = {0};
    ok(scheduler_plan_all(&h->flow, &e), &e);
    assert_true(is_well(h, &line, &d));
    leave(&d);
    message(h, SEND_UNKNOWN);
    assert_false(is_well(h, &line, &d));
    assert_true(str_find(line, STR("unknown")) >= 0);
    leave(&d);
    h->now_us += 3 * US_DAY; /* a briefing nobody made */
    assert_false(is_well(h, &line, &d));
    assert_true(str_find(line, STR("overdue")) >= 0);
    leave(&d);
    hopeless(h, 1);
    assert_false(is_well(h, &line, &d)); /* the worst is said first */
    assert_true(str_find(line, STR("given up")) >= 0);
    leave(&d);
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, house_open, house_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_HOUSE(test_pages),
        IN_HOUSE(test_none),
        IN_HOUSE(test_replay_of_messages),
        IN_HOUSE(test_replay_of_deliveries),
        IN_HOUSE(test_of_nobody_else),
        IN_HOUSE(test_wrong_ids),
        IN_HOUSE(test_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
