/* The body's framing: a length, or chunks. Contracts in http_parse.h.
 *
 * A chunk's line and the trailers are a table of transitions, one row per state; a byte without a transition
 * is an error. What the table cannot say (the number, the limits, what a finished line means) stands in the
 * functions behind it. */
#include "net/http_parse.h"

#include "net/http_chars.h"

enum state {
    C_FIRST, /* first digit of a size */
    C_SIZE,
    C_WS,  /* before ';' */
    C_EXT, /* behind ';' */
    C_NAME,
    C_NAME_WS,
    C_VALUE, /* behind '=' */
    C_TOKEN,
    C_QUOTED,
    C_ESCAPED,
    C_AFTER, /* behind the closing quote */
    C_SIZE_LF,
    C_DATA,
    C_DATA_CR,
    C_DATA_LF,
    C_FIELD, /* trailers */
    C_FIELD_NAME,
    C_FIELD_VALUE,
    C_FIELD_LF,
    C_END_LF,
    C_DONE,
    C_FAILED,
    C_STATES
};

/* Either one byte or a class (byte 0: NUL is never allowed anywhere). */
struct step {
    char byte;
    uint8_t classes, next;
};
enum { STEPS = 5 };
static const struct step steps[C_STATES][STEPS] = {
    [C_FIRST] = {{0, CH_HEX, C_SIZE}},
    [C_SIZE] = {{0, CH_HEX, C_SIZE}, {'\r', 0, C_SIZE_LF}, {';', 0, C_EXT}, {0, CH_WS, C_WS}},
    [C_WS] = {{0, CH_WS, C_WS}, {';', 0, C_EXT}},
    [C_EXT] = {{0, CH_WS, C_EXT}, {0, CH_TOKEN, C_NAME}},
    [C_NAME] = {{0, CH_TOKEN, C_NAME},
                {'=', 0, C_VALUE},
                {';', 0, C_EXT},
                {'\r', 0, C_SIZE_LF},
                {0, CH_WS, C_NAME_WS}},
    [C_NAME_WS] = {{0, CH_WS, C_NAME_WS}, {'=', 0, C_VALUE}, {';', 0, C_EXT}},
    [C_VALUE] = {{0, CH_WS, C_VALUE}, {'"', 0, C_QUOTED}, {0, CH_TOKEN, C_TOKEN}},
    [C_TOKEN] = {{0, CH_TOKEN, C_TOKEN}, {';', 0, C_EXT}, {'\r', 0, C_SIZE_LF}, {0, CH_WS, C_WS}},
    [C_QUOTED] = {{'"', 0, C_AFTER}, {'\\', 0, C_ESCAPED}, {0, CH_TEXT, C_QUOTED}},
    [C_ESCAPED] = {{0, CH_TEXT, C_QUOTED}},
    [C_AFTER] = {{';', 0, C_EXT}, {'\r', 0, C_SIZE_LF}, {0, CH_WS, C_WS}},
    [C_SIZE_LF] = {{'\n', 0, C_DATA}},
    [C_DATA_CR] = {{'\r', 0, C_DATA_LF}},
    [C_DATA_LF] = {{'\n', 0, C_FIRST}},
    [C_FIELD] = {{'\r', 0, C_END_LF}, {0, CH_TOKEN, C_FIELD_NAME}},
    [C_FIELD_NAME] = {{0, CH_TOKEN, C_FIELD_NAME}, {':', 0, C_FIELD_VALUE}},
    [C_FIELD_VALUE] = {{0, CH_TEXT, C_FIELD_VALUE}, {'\r', 0, C_FIELD_LF}},
    [C_FIELD_LF] = {{'\n', 0, C_FIELD}},
    [C_END_LF] = {{'\n', 0, C_DONE}},
};

static enum http_result fail(struct http_body *b, int status, const char *why) {
    b->status = status;
    b->why = why;
    b->state = C_FAILED;
    return HTTP_FAILED;
}

void http_body_init(struct http_body *b, const struct http_head *h) {
    *b = (struct http_body){.kind = h->body, .state = C_FIRST};
    if (h->body == HTTP_BODY_LENGTH) b->left = h->length;
    if (h->body == HTTP_BODY_NONE || (h->body == HTTP_BODY_LENGTH && h->length == 0)) b->state = C_DONE;
}

static int transition(enum state from, char c) {
    for (int i = 0; i < STEPS; i++) {
        const struct step *s = &steps[from][i];
        if ((s->byte && s->byte == c) || http_is(c, s->classes)) return s->next;
    }
    return -1;
}

static bool in_trailer(enum state s) {
    return s >= C_FIELD && s <= C_FIELD_LF;
}

static enum http_result digit(struct http_body *b, char c) {
    if (b->digits == 16 || b->left >> 59) return fail(b, 400, "chunk size too large");
    b->digits++;
    b->left = b->left * 16 + (unsigned)http_hex(c);
    return HTTP_MORE;
}

/* What entering `next` with byte c means beyond the table. */
static enum http_result entered(struct http_body *b, enum state from, enum state next, char c) {
    if (next == C_SIZE) return digit(b, c);
    if (next == C_DATA && b->left == 0) b->state = C_FIELD;
    if (next == C_DATA || next == C_FIRST) {
        b->line = 0;
        b->digits = 0;
    }
    if (from == C_FIELD && next == C_FIELD_NAME && ++b->trailers > HTTP_TRAILERS_MAX)
        return fail(b, 431, "too many trailer fields");
    return HTTP_MORE;
}

static enum http_result chunk_byte(struct http_body *b, char c) {
    enum state from = b->state;
    int next = transition(from, c);
    if (next < 0) return fail(b, 400, in_trailer(from) ? "malformed trailer" : "malformed chunk");
    if (in_trailer(from) && next != C_END_LF) {
        if (++b->trailer > HTTP_TRAILER_MAX) return fail(b, 431, "trailer too long");
    } else if (next < C_SIZE_LF && next != C_FIRST && ++b->line > HTTP_CHUNK_LINE_MAX) {
        return fail(b, 400, "chunk line too long");
    }
    b->state = (uint8_t)next;
    return entered(b, from, (enum state)next, c);
}

static struct str run(struct http_body *b, const char *p, size_t n) {
    size_t take = b->left < n ? (size_t)b->left : n;
    b->left -= take;
    return (struct str){p, take};
}

static enum http_result chunks(struct http_body *b, const char *p, size_t n, size_t *out_used,
                               struct str *out_data) {
    enum http_result r = HTTP_MORE;
    size_t i = 0;
    while (i < n && b->state != C_DONE && r == HTTP_MORE) {
        if (b->state == C_DATA) {
            *out_data = run(b, p + i, n - i);
            i += out_data->n;
            if (b->left == 0) b->state = C_DATA_CR;
            break;
        }
        r = chunk_byte(b, p[i++]);
    }
    *out_used = i;
    return b->state == C_DONE ? HTTP_DONE : r;
}

enum http_result http_body_feed(struct http_body *b, const char *p, size_t n, size_t *out_used,
                                struct str *out_data) {
    *out_used = 0;
    *out_data = (struct str){p, 0};
    if (b->state == C_FAILED) return HTTP_FAILED;
    if (b->state == C_DONE) return HTTP_DONE;
    if (b->kind == HTTP_BODY_CHUNKED) return chunks(b, p, n, out_used, out_data);
    *out_data = run(b, p, n);
    *out_used = out_data->n;
    if (b->left) return HTTP_MORE;
    b->state = C_DONE;
    return HTTP_DONE;
}
