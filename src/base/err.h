/* The one error type: what went wrong, where, in words a person can act on.
 *
 * A caller that wants to know puts `struct err e = {0};` on its stack and passes `&e`; a function that fails fills it
 * and returns -1. NULL is allowed everywhere and means "I only need the -1". The kind decides the HTTP status and
 * whether a retry makes sense (table in err.c); `where` names the place in the *input* ("/filters/0/op", "row 17,
 * column 3", a setting's name), never a place in our source. Neither may hold personal data: they reach logs. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stdint.h>

enum err_kind {
    ERR_NONE = 0,
    ERR_SYNTAX,      /* bytes that do not parse            400 */
    ERR_INVALID,     /* well formed, not what was asked    422 */
    ERR_TOO_LARGE,   /* over a documented limit            413 */
    ERR_AUTH,        /* who are you                        401 */
    ERR_FORBIDDEN,   /* known, not allowed                 403 */
    ERR_NOT_FOUND,   /* no such thing (for this tenant)    404 */
    ERR_CONFLICT,    /* state does not permit it           409 */
    ERR_RATE,        /* too many                           429, retry */
    ERR_UNAVAILABLE, /* a part is down                     503, retry */
    ERR_TIMEOUT,     /* took too long, outcome unknown     504 */
    ERR_INTERNAL,    /* our fault                          500 */
    ERR_KINDS
};

struct err {
    enum err_kind kind;
    char where[96];
    char msg[240];
};

/* Fills *e (when not NULL) and returns -1, so that `return err_set(...)` reads as the failure it is.
 * `where` may be "" when the input has no place to name. Texts that do not fit are cut. */
int err_set(struct err *e, enum err_kind kind, const char *where, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Puts "prefix" in front of e->where, joined as "prefix/where" ("row 3" + "phone"). Returns -1. */
int err_within(struct err *e, const char *prefix);

int err_http_status(enum err_kind kind);
bool err_retryable(enum err_kind kind);
const char *err_title(enum err_kind kind); /* short English title of the kind, for problem documents */
const char *err_slug(enum err_kind kind);  /* stable machine word, e.g. "not-found" */

#endif
