/* The request head: a state machine over bytes. Contracts and decisions in http_parse.h.
 *
 * One function per state, each eats one span and moves on. Every function looks at one byte ahead at most, so
 * that where a read ended cannot change the verdict. Limits are checked before a byte is looked at: the byte
 * over a limit is an error of size whatever it is. What a field means is checked when its line ends, what
 * only the whole head can tell at the empty line. */
#include "net/http_parse.h"

#include "net/http_chars.h"

enum state {
    H_START,
    H_START_LF,
    H_METHOD,
    H_TARGET,
    H_ASTERISK,
    H_SCHEME,
    H_SLASHES,
    H_AUTHORITY,
    H_PATH,
    H_QUERY,
    H_VERSION,
    H_LINE_LF,
    H_FIELD,
    H_NAME,
    H_SPACE,
    H_VALUE,
    H_VALUE_LF,
    H_END_LF,
    H_DONE,
    H_FAILED
};
enum { SEEN_HOST = 1, SEEN_LENGTH = 2, SEEN_CODING = 4 };
enum { CONNECTION_CLOSE = 1, CONNECTION_KEEP = 2 };

static enum http_result fail(struct http_head *h, int status, const char *why) {
    h->status = status;
    h->why = why;
    h->state = H_FAILED;
    return HTTP_FAILED;
}

static struct http_span span_to(const struct http_head *h, uint32_t end) {
    return (struct http_span){(uint16_t)h->mark, (uint16_t)(end - h->mark)};
}

/* Moves pos over bytes of the class, not beyond end. */
static void eat(struct http_head *h, const char *p, uint32_t end, unsigned classes) {
    uint32_t i = h->pos;
    while (i < end && http_is(p[i], classes)) i++;
    h->pos = i;
}

static void enter(struct http_head *h, enum state s) {
    h->pos++;
    h->mark = h->pos;
    h->state = (uint8_t)s;
}

void http_head_init(struct http_head *h, const struct http_limits *limits) {
    /* the field arrays need no zeros: n_fields guards them */
    memset(h, 0, offsetof(struct http_head, name));
    memset(&h->n_fields, 0, sizeof *h - offsetof(struct http_head, n_fields));
    if (limits) h->limits = *limits;
    struct http_limits *l = &h->limits;
    if (!l->line_max) l->line_max = HTTP_LINE_MAX;
    if (!l->head_max) l->head_max = HTTP_HEAD_MAX;
    if (!l->fields_max || l->fields_max > HTTP_FIELDS_MAX) l->fields_max = HTTP_FIELDS_MAX;
}

bool http_head_begun(const struct http_head *h) {
    return h->state > H_START_LF;
}

static enum http_result start(struct http_head *h, char c) {
    if (c == '\r' && !h->skipped) {
        enter(h, H_START_LF);
    } else {
        h->mark = h->fields_at = h->pos;
        h->state = H_METHOD;
    }
    return HTTP_MORE;
}

static enum http_result start_lf(struct http_head *h, char c) {
    if (c != '\n') return fail(h, 400, "CR without LF before the request");
    h->skipped = true;
    enter(h, H_START);
    return HTTP_MORE;
}

static enum http_result method(struct http_head *h, const char *p, uint32_t end) {
    uint32_t most = h->mark + HTTP_METHOD_MAX;
    eat(h, p, end < most ? end : most, CH_TOKEN);
    if (h->pos == end) return HTTP_MORE;
    if (h->pos == most && http_is(p[h->pos], CH_TOKEN)) return fail(h, 501, "method too long");
    if (p[h->pos] != ' ' || h->pos == h->mark) return fail(h, 400, "malformed method");
    h->method = span_to(h, h->pos);
    if (str_eq(http_view(p, h->method), STR("CONNECT"))) return fail(h, 501, "CONNECT is not served");
    enter(h, H_TARGET);
    return HTTP_MORE;
}

static enum http_result target(struct http_head *h, const char *p) {
    char c = p[h->pos];
    h->target.at = (uint16_t)h->pos;
    if (c == '/') {
        h->state = H_PATH;
    } else if (c == '*') {
        if (!str_eq(http_view(p, h->method), STR("OPTIONS")))
            return fail(h, 400, "'*' is a target for OPTIONS only");
        h->path = (struct http_span){(uint16_t)h->pos, 1};
        h->state = H_ASTERISK;
        h->pos++;
    } else if ((c | 32) == 'h') {
        h->state = H_SCHEME;
    } else {
        return fail(h, 400, "malformed target");
    }
    return HTTP_MORE;
}

static enum http_result target_end(struct http_head *h) {
    h->target.n = (uint16_t)(h->pos - h->target.at);
    enter(h, H_VERSION);
    return HTTP_MORE;
}

static enum http_result asterisk(struct http_head *h, char c) {
    return c == ' ' ? target_end(h) : fail(h, 400, "malformed target");
}

static enum http_result scheme(struct http_head *h, char c) {
    uint32_t i = h->pos - h->mark;
    if (i <= 3 || (i == 4 && (c | 32) == 's')) {
        if ((c | 32) != "https"[i]) return fail(h, 400, "scheme must be http or https");
        h->pos++;
        return HTTP_MORE;
    }
    if (c != ':') return fail(h, 400, "scheme must be http or https");
    enter(h, H_SLASHES);
    return HTTP_MORE;
}

static enum http_result slashes(struct http_head *h, char c) {
    if (c != '/') return fail(h, 400, "malformed target");
    if (h->pos == h->mark)
        h->pos++;
    else
        enter(h, H_AUTHORITY);
    return HTTP_MORE;
}

static enum http_result authority(struct http_head *h, const char *p, uint32_t end) {
    uint32_t i = h->pos;
    while (i < end && (http_is(p[i], CH_HOST) || p[i] == ':' || p[i] == '[' || p[i] == ']')) i++;
    h->pos = i;
    if (i == end) return HTTP_MORE;
    h->host = span_to(h, i);
    if (!http_host_valid(http_view(p, h->host))) return fail(h, 400, "malformed authority in the target");
    h->has_host = true;
    h->path = (struct http_span){(uint16_t)i, 0};
    h->mark = i;
    if (p[i] == '/') {
        h->state = H_PATH;
    } else if (p[i] == '?') {
        h->has_query = true;
        enter(h, H_QUERY);
    } else if (p[i] == ' ') {
        return target_end(h);
    } else {
        return fail(h, 400, "malformed authority in the target");
    }
    return HTTP_MORE;
}

static enum http_result path(struct http_head *h, const char *p, uint32_t end) {
    eat(h, p, end, CH_PATH);
    if (h->pos == end) return HTTP_MORE;
    h->path = span_to(h, h->pos);
    if (p[h->pos] == ' ') return target_end(h);
    if (p[h->pos] != '?') return fail(h, 400, "malformed path");
    h->has_query = true;
    enter(h, H_QUERY);
    return HTTP_MORE;
}

static enum http_result query(struct http_head *h, const char *p, uint32_t end) {
    eat(h, p, end, CH_QUERY);
    if (h->pos == end) return HTTP_MORE;
    if (p[h->pos] != ' ') return fail(h, 400, "malformed query");
    h->query = span_to(h, h->pos);
    return target_end(h);
}

static enum http_result version(struct http_head *h, const char *p) {
    char c = p[h->pos];
    uint32_t i = h->pos - h->mark;
    bool digit = i == 5 || i == 7;
    if (i < 8) {
        if (digit ? c < '0' || c > '9' : c != "HTTP/1.1"[i]) return fail(h, 400, "malformed version");
        h->pos++;
        return HTTP_MORE;
    }
    if (c != '\r') return fail(h, 400, "malformed version");
    char major = p[h->mark + 5], minor = p[h->mark + 7];
    if (major != '1' || minor > '1') return fail(h, 505, "only HTTP/1.1 and HTTP/1.0 are served");
    h->minor = (uint8_t)(minor - '0');
    enter(h, H_LINE_LF);
    return HTTP_MORE;
}

static enum http_result line_lf(struct http_head *h, char c) {
    if (c != '\n') return fail(h, 400, "CR without LF");
    enter(h, H_FIELD);
    h->fields_at = h->pos;
    return HTTP_MORE;
}

static enum http_result field(struct http_head *h, char c) {
    if (c == '\r') {
        enter(h, H_END_LF);
        return HTTP_MORE;
    }
    if (http_is(c, CH_WS)) return fail(h, 400, "folded field, or space before a field");
    if (h->n_fields == h->limits.fields_max) return fail(h, 431, "too many fields");
    h->mark = h->pos;
    h->state = H_NAME;
    return HTTP_MORE;
}

static enum http_result name(struct http_head *h, const char *p, uint32_t end) {
    eat(h, p, end, CH_TOKEN);
    if (h->pos == end) return HTTP_MORE;
    if (p[h->pos] != ':' || h->pos == h->mark) return fail(h, 400, "malformed field name");
    h->name[h->n_fields] = span_to(h, h->pos);
    enter(h, H_SPACE);
    return HTTP_MORE;
}

static enum http_result space(struct http_head *h, const char *p, uint32_t end) {
    eat(h, p, end, CH_WS);
    if (h->pos == end) return HTTP_MORE;
    h->mark = h->pos;
    h->state = H_VALUE;
    return HTTP_MORE;
}

static enum http_result value(struct http_head *h, const char *p, uint32_t end) {
    eat(h, p, end, CH_TEXT);
    if (h->pos == end) return HTTP_MORE;
    if (p[h->pos] != '\r') return fail(h, 400, "control byte in a field");
    uint32_t last = h->pos;
    while (last > h->mark && http_is(p[last - 1], CH_WS)) last--;
    h->value[h->n_fields] = span_to(h, last);
    enter(h, H_VALUE_LF);
    return HTTP_MORE;
}

static enum http_result see_host(struct http_head *h, const char *p, struct http_span v) {
    if (h->seen & SEEN_HOST) return fail(h, 400, "more than one Host");
    if (!http_host_valid(http_view(p, v))) return fail(h, 400, "malformed Host");
    h->seen |= SEEN_HOST;
    if (!h->has_host) h->host = v;
    h->has_host = true;
    return HTTP_MORE;
}

static enum http_result see_length(struct http_head *h, struct str v) {
    int64_t length;
    if (h->seen & SEEN_LENGTH) return fail(h, 400, "more than one Content-Length");
    if (h->seen & SEEN_CODING) return fail(h, 400, "Content-Length beside Transfer-Encoding");
    if (!v.n || v.p[0] == '-' || !str_to_i64(v, &length)) return fail(h, 400, "malformed Content-Length");
    h->seen |= SEEN_LENGTH;
    h->body = HTTP_BODY_LENGTH;
    h->length = (uint64_t)length;
    return HTTP_MORE;
}

static enum http_result see_coding(struct http_head *h, struct str v) {
    if (h->minor == 0) return fail(h, 400, "Transfer-Encoding in HTTP/1.0");
    if (h->seen & SEEN_CODING) return fail(h, 400, "more than one Transfer-Encoding");
    if (h->seen & SEEN_LENGTH) return fail(h, 400, "Transfer-Encoding beside Content-Length");
    struct str rest = v, part;
    unsigned chunked = 0, other = 0;
    while (str_cut(&rest, ',', &part))
        if (str_eq_ci(str_trim(part), STR("chunked")))
            chunked++;
        else
            other++;
    if (other) return fail(h, v.n ? 501 : 400, "only the chunked transfer coding is known");
    if (chunked != 1) return fail(h, 400, "chunked named twice");
    h->seen |= SEEN_CODING;
    h->body = HTTP_BODY_CHUNKED;
    return HTTP_MORE;
}

static enum http_result see_connection(struct http_head *h, struct str v) {
    struct str part;
    while (str_cut(&v, ',', &part)) {
        part = str_trim(part);
        if (str_eq_ci(part, STR("close"))) h->connection |= CONNECTION_CLOSE;
        if (str_eq_ci(part, STR("keep-alive"))) h->connection |= CONNECTION_KEEP;
    }
    return HTTP_MORE;
}

static enum http_result see_expect(struct http_head *h, struct str v) {
    if (!str_eq_ci(v, STR("100-continue"))) return fail(h, 417, "unknown expectation");
    h->expect_continue = h->minor > 0;
    return HTTP_MORE;
}

static enum http_result see(struct http_head *h, const char *p) {
    struct http_span at = h->value[h->n_fields];
    struct str n = http_view(p, h->name[h->n_fields]), v = http_view(p, at);
    switch (n.n) {
    case 4: return str_eq_ci(n, STR("host")) ? see_host(h, p, at) : HTTP_MORE;
    case 6: return str_eq_ci(n, STR("expect")) ? see_expect(h, v) : HTTP_MORE;
    case 10: return str_eq_ci(n, STR("connection")) ? see_connection(h, v) : HTTP_MORE;
    case 14: return str_eq_ci(n, STR("content-length")) ? see_length(h, v) : HTTP_MORE;
    case 17: return str_eq_ci(n, STR("transfer-encoding")) ? see_coding(h, v) : HTTP_MORE;
    default: return HTTP_MORE;
    }
}

static enum http_result value_lf(struct http_head *h, const char *p) {
    if (p[h->pos] != '\n') return fail(h, 400, "CR without LF");
    if (see(h, p) == HTTP_FAILED) return HTTP_FAILED;
    h->n_fields++;
    enter(h, H_FIELD);
    return HTTP_MORE;
}

static enum http_result end_lf(struct http_head *h, char c) {
    if (c != '\n') return fail(h, 400, "CR without LF");
    if (h->minor == 1 && !(h->seen & SEEN_HOST)) return fail(h, 400, "no Host");
    h->keep_alive = !(h->connection & CONNECTION_CLOSE) && (h->minor == 1 || h->connection & CONNECTION_KEEP);
    enter(h, H_DONE);
    h->size = h->pos;
    return HTTP_DONE;
}

static enum http_result line_step(struct http_head *h, const char *p, uint32_t end) {
    switch (h->state) {
    case H_START: return start(h, p[h->pos]);
    case H_START_LF: return start_lf(h, p[h->pos]);
    case H_METHOD: return method(h, p, end);
    case H_TARGET: return target(h, p);
    case H_ASTERISK: return asterisk(h, p[h->pos]);
    case H_SCHEME: return scheme(h, p[h->pos]);
    case H_SLASHES: return slashes(h, p[h->pos]);
    case H_AUTHORITY: return authority(h, p, end);
    case H_PATH: return path(h, p, end);
    case H_QUERY: return query(h, p, end);
    case H_VERSION: return version(h, p);
    default: return line_lf(h, p[h->pos]);
    }
}

static enum http_result field_step(struct http_head *h, const char *p, uint32_t end) {
    switch (h->state) {
    case H_FIELD: return field(h, p[h->pos]);
    case H_NAME: return name(h, p, end);
    case H_SPACE: return space(h, p, end);
    case H_VALUE: return value(h, p, end);
    case H_VALUE_LF: return value_lf(h, p);
    default: return end_lf(h, p[h->pos]);
    }
}

/* In the request line, fields_at is where the line begins: its CRLF is not counted. */
static enum http_result line_feed(struct http_head *h, const char *p, uint32_t n) {
    uint32_t most = h->state <= H_START_LF ? n : h->fields_at + h->limits.line_max;
    if (h->pos >= most && h->state != H_LINE_LF && p[h->pos] != '\r')
        return fail(h, 414, "request line too long");
    return line_step(h, p, n < most || h->pos >= most ? n : most);
}

static enum http_result field_feed(struct http_head *h, const char *p, uint32_t n) {
    uint32_t most = h->fields_at + h->limits.head_max;
    bool last = h->state == H_END_LF || (h->state == H_FIELD && p[h->pos] == '\r');
    if (h->pos >= most && !last) return fail(h, 431, "fields too long");
    return field_step(h, p, n < most || last ? n : most);
}

enum http_result http_head_feed(struct http_head *h, const char *p, size_t n) {
    enum http_result r = HTTP_MORE;
    if (h->state == H_FAILED) return HTTP_FAILED;
    if (h->state == H_DONE) return HTTP_DONE;
    uint32_t end = n > UINT16_MAX ? UINT16_MAX : (uint32_t)n;
    while (h->pos < end && r == HTTP_MORE)
        r = h->state <= H_LINE_LF ? line_feed(h, p, end) : field_feed(h, p, end);
    return r;
}
