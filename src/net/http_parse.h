/* The HTTP/1.1 request parser: strict, incremental, no allocation.
 *
 * Why our own: the packaged ones each let through what lets an attacker smuggle a request past a front proxy
 * (two Content-Length, space before the colon, bare LF, NUL). This one takes the grammar of RFC 9110 and 9112
 * at its word and refuses the rest; where those leave a choice, it answers as nginx does, or stricter.
 *
 * Shape: a state machine over bytes. The verdict depends on the bytes only, never on how they were split over
 * reads; an error is given at the first byte that makes the request wrong. Head: http_head_feed() is given
 * everything from the request's first byte on each time, remembers how far it got, and records offsets (the
 * buffer may move between calls). Body: http_body_feed() takes bytes and gives back runs of content.
 *
 * Decisions
 *   line ends            CRLF only. Bare LF, bare CR: 400
 *   before the request   at most one empty line is skipped (RFC 9112 2.2)
 *   method               token of at most 32 bytes (501 when longer); CONNECT: 501
 *   target               single SP around; origin, absolute (http, https) and, for OPTIONS, asterisk form. Path bytes as
 *                        in RFC 3986; in the query all of visible ASCII but '#'
 *   version              HTTP/1.1 and HTTP/1.0; another well-formed one 505; HTTP/0.9 and the rest 400
 *   fields               name is a token, no space before the colon, no folding; value has no control byte but HTAB
 *   Host                 exactly one in 1.1, at most one in 1.0, host[:port] without user part, not empty; the absolute
 *                        target's authority wins over it
 *   Content-Length       one field, digits only, below 2^63; a list or a second field, even an equal one: 400
 *   Transfer-Encoding    1.1 only (1.0: 400), one field, not beside Content-Length (400), exactly "chunked"; other
 *                        codings 501, chunked named twice 400
 *   Expect               "100-continue" (ignored in 1.0); else 417
 *   Connection           close and keep-alive are understood, Upgrade is not
 *   chunks               at most 16 hex digits, value below 2^63; extensions by their grammar, 256 bytes a line; trailers
 *                        by the fields' grammar, 16 fields, 4 KiB, checked and dropped
 *   path                 %XX undone; %00, other control bytes and %2F refused (400); "." and ".." resolved, above the
 *                        root 400; "//" is kept as it is
 * It must not: allocate, read a clock, know of sockets. */
#ifndef NET_HTTP_PARSE_H
#define NET_HTTP_PARSE_H

#include "base/str.h"

enum {
    HTTP_LINE_MAX = 8192,  /* request line without its CRLF: else 414 */
    HTTP_HEAD_MAX = 32768, /* all field lines with their CRLF: else 431 */
    HTTP_FIELDS_MAX = 100, /* else 431; also the most that http_limits may ask for */
    HTTP_METHOD_MAX = 32,
    HTTP_CHUNK_LINE_MAX = 256,
    HTTP_TRAILER_MAX = 4096,
    HTTP_TRAILERS_MAX = 16,
};

struct http_limits { /* zeros mean the defaults above; line + head together at most 61440 */
    uint32_t line_max, head_max, fields_max;
};

struct http_field {
    struct str name, value;
};
#define HTTP_FIELD(n, v) ((struct http_field){STR(n), STR(v)})

struct http_span { /* offsets from the first byte fed */
    uint16_t at, n;
};

enum http_body_kind { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED };

struct http_head {
    /* results, valid after HTTP_DONE */
    struct http_span method, target, path, query,
        host; /* path and query are parts of target, still encoded */
    struct http_span name[HTTP_FIELDS_MAX], value[HTTP_FIELDS_MAX];
    uint16_t n_fields;
    uint8_t minor; /* 0 or 1 */
    uint8_t body;  /* enum http_body_kind */
    bool has_query, has_host, keep_alive, expect_continue;
    uint64_t length; /* with HTTP_BODY_LENGTH */
    uint32_t size;   /* bytes of the head, with its last CRLF */
    /* after HTTP_FAILED */
    int status;
    const char *why; /* for the answer and for tests */
    /* the machine's own */
    struct http_limits limits;
    uint32_t pos, mark, fields_at;
    uint8_t state, seen, connection;
    bool skipped;
};

enum http_result { HTTP_FAILED = -1, HTTP_MORE = 0, HTTP_DONE = 1 };

void http_head_init(struct http_head *h, const struct http_limits *limits); /* NULL: defaults */
/* p[0..n): all bytes of this request so far (n grows from call to call; the bytes may go on behind the head).
 */
enum http_result http_head_feed(struct http_head *h, const char *p, size_t n);
/* True once a byte other than a leading empty line has come: from then on the head's deadline runs. */
bool http_head_begun(const struct http_head *h);
static inline struct str http_view(const char *p, struct http_span s) {
    return (struct str){p + s.at, s.n};
}

struct http_body {
    uint64_t left; /* of the message, or of this chunk */
    uint8_t kind, state;
    uint16_t line;    /* bytes of the chunk's line so far */
    uint16_t trailer; /* bytes of the trailer so far */
    uint8_t trailers, digits;
    int status;
    const char *why;
};
void http_body_init(struct http_body *b, const struct http_head *h);
/* Takes from p[0..n): *out_used bytes were eaten, *out_data is a run of content inside p (may be empty). Call
 * again with the rest while HTTP_MORE and *out_used > 0. HTTP_DONE: the message ended at *out_used (out_data
 * may still hold content). */
enum http_result http_body_feed(struct http_body *b, const char *p, size_t n, size_t *out_used,
                                struct str *out_data);

/* Undoes %XX and resolves dot segments; out has room for path.n + 1 bytes. -1: not a path this server takes
 * (400). */
int http_path_normal(struct str path, char *out, size_t *out_n);
/* Undoes %XX and, for forms and queries, '+'. out has room for in.n bytes. -1: bad escape, or %00. */
int http_unescape(struct str in, bool plus, char *out, size_t *out_n);
/* Takes the next "key=value" (still escaped) of a query. false at the end. Empty parts are skipped. */
bool http_query_next(struct str *rest, struct str *out_key, struct str *out_value);
bool http_host_valid(struct str host); /* host[:port] */
bool http_token_valid(struct str s);   /* RFC 9110 5.6.2 */
bool http_value_valid(struct str s);   /* no control byte but HTAB */

#endif
