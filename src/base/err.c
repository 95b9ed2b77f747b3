/* The error table. See err.h. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    int status;
    bool retry;
    const char *slug, *title;
} kinds[ERR_KINDS] = {
    [ERR_NONE] = {200, false, "none", "No error"},
    [ERR_SYNTAX] = {400, false, "syntax", "Could not be parsed"},
    [ERR_INVALID] = {422, false, "invalid", "Not acceptable as it stands"},
    [ERR_TOO_LARGE] = {413, false, "too-large", "Over a limit"},
    [ERR_AUTH] = {401, false, "auth", "Not signed in"},
    [ERR_FORBIDDEN] = {403, false, "forbidden", "Not allowed"},
    [ERR_NOT_FOUND] = {404, false, "not-found", "Not found"},
    [ERR_CONFLICT] = {409, false, "conflict", "Not possible in this state"},
    [ERR_RATE] = {429, true, "rate", "Too many requests"},
    [ERR_UNAVAILABLE] = {503, true, "unavailable", "Not available right now"},
    [ERR_TIMEOUT] = {504, true, "timeout", "Took too long"},
    [ERR_INTERNAL] = {500, false, "internal", "Something failed on our side"},
};

int err_set(struct err *e, enum err_kind kind, const char *where, const char *fmt, ...) {
    if (!e) return -1;
    e->kind = kind;
    snprintf(e->where, sizeof e->where, "%s", where ? where : "");
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->msg, sizeof e->msg, fmt, ap);
    va_end(ap);
    return -1;
}

int err_within(struct err *e, const char *prefix) {
    if (!e) return -1;
    char joined[sizeof e->where];
    if (e->where[0])
        snprintf(joined, sizeof joined, "%s%s%.*s", prefix, e->where[0] == '/' ? "" : "/",
                 (int)(sizeof joined - 2), e->where);
    else
        snprintf(joined, sizeof joined, "%s", prefix);
    memcpy(e->where, joined, sizeof joined);
    return -1;
}

int err_http_status(enum err_kind kind) {
    return kinds[kind].status;
}
bool err_retryable(enum err_kind kind) {
    return kinds[kind].retry;
}
const char *err_title(enum err_kind kind) {
    return kinds[kind].title;
}
const char *err_slug(enum err_kind kind) {
    return kinds[kind].slug;
}
