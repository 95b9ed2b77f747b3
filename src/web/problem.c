/* Problem documents (RFC 9457): every error leaves the house in this form, made from struct err in one place. */
#include "web/internal.h"

void problem_write(struct buf *out, int status, const char *slug, const char *title, const char *detail,
                   const char *where, const char *request_id) {
    struct jw w = jw_on(out);
    char type[80];
    snprintf(type, sizeof type, "urn:leadlight:problem:%s", slug);
    jw_object(&w);
    jw_kz(&w, "type", type);
    jw_kz(&w, "title", title);
    jw_ki64(&w, "status", status);
    if (detail && *detail) jw_kz(&w, "detail", detail);
    if (where && *where) jw_kz(&w, "where", where);
    if (request_id && *request_id) jw_kz(&w, "request_id", request_id);
    jw_end(&w);
}

void problem_respond(struct http_request *req, int status, const char *slug, const char *title,
                     const char *detail, const char *where, const char *request_id, int64_t retry_after_s) {
    BUF_AUTO b;
    buf_init(&b, 4096);
    problem_write(&b, status, slug, title, detail, where, request_id);
    char wait[24];
    snprintf(wait, sizeof wait, "%lld", (long long)retry_after_s);
    struct http_field fields[] = {HTTP_FIELD("content-type", PROBLEM_TYPE),
                                  HTTP_FIELD("cache-control", "no-store"),
                                  HTTP_FIELD("x-content-type-options", "nosniff"),
                                  {STR("retry-after"), str_of(wait)}};
    http_respond(req, status, fields, retry_after_s > 0 ? 4 : 3, buf_str(&b));
}
