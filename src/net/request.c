/* A request in the app's hands: its own memory, and the way of its answer back to the loop. Contracts in
 * server.h.
 *
 * One block holds the struct, the fields, the head's bytes and the decoded path; the body is a buffer of its
 * own. The copy (some hundred bytes) buys that the app may keep the request as long as it likes, on any
 * thread. */
#include "net/loop.h"

#include <assert.h>
#include <stdlib.h>

static struct str moved(char *base, struct http_span s) {
    return (struct str){base + s.at, s.n};
}

static struct request *request_alloc(const struct http_head *h, const char *p, char **out_head) {
    size_t fields = h->n_fields * sizeof(struct http_field);
    struct request *r = malloc(sizeof *r + fields + h->size + h->path.n + 1);
    if (!r) return NULL;
    memset(r, 0, sizeof *r);
    *out_head = (char *)r->fields + fields;
    memcpy(*out_head, p, h->size);
    return r;
}

struct request *request_new(struct conn *c, const struct http_head *h, const char *p, int *out_status) {
    char *head;
    struct request *r = request_alloc(h, p, &head);
    *out_status = 0;
    if (!r) return NULL;
    r->loop = c->loop;
    r->conn = c;
    struct http_request *q = &r->pub;
    q->method = moved(head, h->method);
    q->target = moved(head, h->target);
    q->query = h->has_query ? moved(head, h->query) : STR_NONE;
    q->host = h->has_host ? moved(head, h->host) : STR_NONE;
    q->is_head = str_eq(q->method, STR("HEAD"));
    for (size_t i = 0; i < h->n_fields; i++)
        r->fields[i] = (struct http_field){moved(head, h->name[i]), moved(head, h->value[i])};
    q->fields = r->fields;
    q->n_fields = h->n_fields;
    memcpy(r->remote, c->remote, sizeof r->remote);
    q->remote = str_of(r->remote);
    q->path = moved(head, h->path);
    if (!str_eq(q->path, STR("*"))) {
        char *path = head + h->size;
        if (http_path_normal(q->path, path, &q->path.n)) {
            free(r);
            *out_status = 400;
            return NULL;
        }
        q->path.p = path;
    }
    return r;
}

void request_free(struct request *r) {
    if (!r) return;
    buf_done(&r->body);
    buf_done(&r->extra);
    http_blob_unref(r->blob);
    free(r);
}

void request_post(struct request *r, void (*run)(struct loop *l, struct task *t)) {
    struct loop *l = r->loop;
    r->task.run = run;
    /* At once where that cannot re-enter the work on another connection's input. */
    if (loop_is_mine(l) && (!l->busy || l->busy == r->conn))
        run(l, &r->task);
    else
        loop_post(l, &r->task);
}

static struct request *of_task(struct task *t) {
    return (struct request *)((char *)t - offsetof(struct request, task));
}

static void answered(struct loop *l, struct task *t) {
    (void)l;
    struct request *r = of_task(t);
    if (r->conn)
        conn_answer(r->conn);
    else
        request_free(r);
}

static void dropped(struct task *t) {
    request_free(of_task(t));
}

static void respond(struct request *r, struct http_blob *blob) {
    assert(!r->blob);
    r->blob = blob ? blob : blob_problem(500, NULL);
    r->task.drop = dropped;
    request_post(r, answered);
}

void http_respond(struct http_request *req, int status, const struct http_field *fields, size_t n_fields,
                  struct str body) {
    respond((struct request *)req, http_blob_new(status, fields, n_fields, body));
}

void http_respond_blob(struct http_request *req, struct http_blob *blob, const struct http_field *extra,
                       size_t n_extra) {
    struct request *r = (struct request *)req;
    buf_init(&r->extra, 1 << 16);
    bool valid = blob_fields_valid(extra, n_extra);
    for (size_t i = 0; valid && i < n_extra; i++) {
        buf_str_add(&r->extra, extra[i].name);
        buf_z(&r->extra, ": ");
        buf_str_add(&r->extra, extra[i].value);
        buf_z(&r->extra, "\r\n");
    }
    if (!buf_ok(&r->extra)) valid = false;
    if (!valid) buf_done(&r->extra);
    respond(r, valid ? http_blob_ref(blob) : NULL);
}

struct str http_header(const struct http_request *req, const char *name) {
    struct str n = str_of(name);
    for (size_t i = 0; i < req->n_fields; i++)
        if (str_eq_ci(req->fields[i].name, n)) return req->fields[i].value;
    return STR_NONE;
}

struct str http_cookie(const struct http_request *req, const char *name) {
    struct str wanted = str_of(name);
    for (size_t i = 0; i < req->n_fields; i++) {
        if (!str_eq_ci(req->fields[i].name, STR("cookie"))) continue;
        struct str rest = req->fields[i].value, part, key;
        while (str_cut(&rest, ';', &part)) {
            struct str value = str_trim(part);
            if (str_cut(&value, '=', &key) && str_given(value) && str_eq(key, wanted)) return value;
        }
    }
    return STR_NONE;
}

bool http_gone(const struct http_request *req) {
    return atomic_load_explicit(&((const struct request *)req)->gone, memory_order_relaxed);
}
