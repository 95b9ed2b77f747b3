/* Ready answers: head and body as they go over the wire, shared by reference count. Contracts in server.h.
 *
 * The head is kept without the lines that change from answer to answer (Date, Connection, the app's extras)
 * and without the empty line: the connection sends those between head and body. So a cached answer is one
 * writev and no copy. */
#include "net/loop.h"

#include <stdlib.h>

static const struct {
    int status;
    const char *text;
} reasons[] = {
    {100, "Continue"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {425, "Too Early"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

const char *http_reason(int status) {
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status) return reasons[i].text;
    return "";
}

static bool ours(struct str name) {
    return str_eq_ci(name, STR("date")) || str_eq_ci(name, STR("connection")) ||
           str_eq_ci(name, STR("content-length")) || str_eq_ci(name, STR("transfer-encoding"));
}

bool blob_fields_valid(const struct http_field *fields, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!http_token_valid(fields[i].name) || !http_value_valid(fields[i].value) || ours(fields[i].name))
            return false;
    return true;
}

static bool bodyless(int status) {
    return status == 204 || status == 304;
}

static void write_head(struct buf *b, int status, const struct http_field *fields, size_t n) {
    buf_z(b, "HTTP/1.1 ");
    buf_i64(b, status);
    buf_c(b, ' ');
    buf_z(b, http_reason(status));
    buf_z(b, "\r\n");
    for (size_t i = 0; i < n; i++) {
        buf_str_add(b, fields[i].name);
        buf_z(b, ": ");
        buf_str_add(b, fields[i].value);
        buf_z(b, "\r\n");
    }
}

/* copy: memory for the body behind the head */
static struct http_blob *assemble(int status, struct str head, struct str body, bool copy) {
    struct http_blob *b = malloc(sizeof *b + head.n + (copy ? body.n : 0));
    if (!b) return NULL;
    atomic_init(&b->refs, 1);
    b->status = status;
    b->head_n = (uint32_t)head.n;
    b->owned = NULL;
    b->body = body;
    if (head.n) memcpy(b->bytes, head.p, head.n);
    if (copy) {
        if (body.n) memcpy(b->bytes + head.n, body.p, body.n);
        b->body.p = b->bytes + head.n;
    }
    return b;
}

static struct http_blob *make(int status, const struct http_field *fields, size_t n, struct str body,
                              bool copy) {
    if (status < 200 || status > 599 || !blob_fields_valid(fields, n)) return NULL;
    BUF_AUTO head;
    buf_init(&head, 1 << 20);
    buf_reserve(&head, 500);
    write_head(&head, status, fields, n);
    if (bodyless(status)) {
        body.n = 0;
    } else {
        buf_z(&head, "Content-Length: ");
        buf_i64(&head, (int64_t)body.n);
        buf_z(&head, "\r\n");
    }
    return buf_ok(&head) ? assemble(status, buf_str(&head), body, copy) : NULL;
}

struct http_blob *http_blob_new(int status, const struct http_field *fields, size_t n_fields,
                                struct str body) {
    return make(status, fields, n_fields, body, true);
}

struct http_blob *http_blob_take(int status, const struct http_field *fields, size_t n_fields,
                                 struct buf *body) {
    struct http_blob *b = buf_ok(body) ? make(status, fields, n_fields, buf_str(body), false) : NULL;
    if (b) {
        b->owned = body->p;
        body->p = NULL;
    }
    buf_done(body);
    body->n = 0;
    return b;
}

struct http_blob *blob_raw(struct str bytes) {
    return assemble(200, STR(""), bytes, true);
}

struct http_blob *blob_stream(const struct http_field *fields, size_t n, struct str body) {
    if (!blob_fields_valid(fields, n)) return NULL;
    BUF_AUTO head;
    buf_init(&head, 1 << 20);
    write_head(&head, 200, fields, n);
    buf_z(&head, "Content-Type: text/event-stream\r\nCache-Control: no-store\r\nX-Accel-Buffering: no\r\n");
    return buf_ok(&head) ? assemble(200, buf_str(&head), body, true) : NULL;
}

struct http_blob *blob_problem(int status, const char *detail) {
    BUF_AUTO body;
    buf_init(&body, 1024);
    buf_fmt(&body, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d", http_reason(status), status);
    if (detail) buf_fmt(&body, ",\"detail\":\"%s\"", detail);
    buf_z(&body, "}");
    struct http_field fields[] = {HTTP_FIELD("Content-Type", "application/problem+json"),
                                  HTTP_FIELD("Cache-Control", "no-store")};
    return make(status, fields, 2, buf_str(&body), true);
}

struct http_blob *http_blob_ref(struct http_blob *b) {
    atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
    return b;
}

void http_blob_unref(struct http_blob *b) {
    if (!b || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1) return;
    free(b->owned);
    free(b);
}

struct str http_blob_body(const struct http_blob *b) {
    return b->body;
}
int http_blob_status(const struct http_blob *b) {
    return b->status;
}
