/* Paths, hosts, queries: what stands inside the head's fields. Contracts in http_parse.h.
 *
 * Dot segments are resolved after the escapes are undone, segment by segment, so that "%2e%2e" cannot be a
 * second way to say "..". An escaped slash is refused, because a proxy in front may have counted segments
 * differently. */
#include "net/http_parse.h"

#include "net/http_chars.h"

static int escape(struct str s, size_t i) /* value of %XX at i, or -1 */
{
    if (s.n - i < 3) return -1;
    int hi = http_hex(s.p[i + 1]), lo = http_hex(s.p[i + 2]);
    return hi < 0 || lo < 0 ? -1 : hi * 16 + lo;
}

static int segment(struct str in, char *out, size_t *out_n) {
    size_t n = 0;
    for (size_t i = 0; i < in.n; i++) {
        int c = (unsigned char)in.p[i];
        if (c == '%') {
            c = escape(in, i);
            if (c < 0x20 || c == 0x7f || c == '/') return -1;
            i += 2;
        } else if (!http_is(in.p[i], CH_PATH)) {
            return -1;
        }
        out[n++] = (char)c;
    }
    *out_n = n;
    return 0;
}

/* out[0..n) ends before the '/' of a ".." segment; gives the length without the segment before it. */
static int parent(const char *out, size_t n, size_t *out_n) {
    if (n == 0) return -1;
    do n--;
    while (out[n] != '/');
    *out_n = n;
    return 0;
}

int http_path_normal(struct str path, char *out, size_t *out_n) {
    size_t n = 0;
    if (path.n == 0) path = STR("/");
    if (path.p[0] != '/') return -1;
    struct str rest = str_skip(path, 1), part;
    while (str_cut(&rest, '/', &part)) {
        size_t len;
        bool last = !str_given(rest);
        if (segment(part, out + n + 1, &len)) return -1;
        struct str s = {out + n + 1, len};
        bool up = str_eq(s, STR(".."));
        if (up && parent(out, n, &n)) return -1;
        if (!up && !str_eq(s, STR("."))) {
            out[n] = '/';
            n += len + 1;
        } else if (last) {
            out[n++] = '/';
        }
    }
    *out_n = n;
    return 0;
}

int http_unescape(struct str in, bool plus, char *out, size_t *out_n) {
    size_t n = 0;
    for (size_t i = 0; i < in.n; i++) {
        int c = (unsigned char)in.p[i];
        if (c == '%') {
            c = escape(in, i);
            if (c <= 0) return -1;
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        out[n++] = (char)c;
    }
    *out_n = n;
    return 0;
}

bool http_query_next(struct str *rest, struct str *out_key, struct str *out_value) {
    struct str part;
    do
        if (!str_cut(rest, '&', &part)) return false;
    while (part.n == 0);
    struct str value = part;
    str_cut(&value, '=', out_key);
    *out_value = str_given(value) ? value : (struct str){part.p + part.n, 0};
    return true;
}

static bool port_valid(struct str s) /* behind the colon; may be empty */
{
    unsigned v = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return false;
        v = v * 10 + (unsigned)(s.p[i] - '0');
        if (v > 65535) return false;
    }
    return true;
}

static size_t name_span(struct str s) /* bytes of the host part, 0 when wrong */
{
    size_t i = 0;
    if (s.n && s.p[0] == '[') {
        for (i = 1; i < s.n && (http_is(s.p[i], CH_HEX) || s.p[i] == ':' || s.p[i] == '.');) i++;
        return i > 2 && i < s.n && s.p[i] == ']' ? i + 1 : 0;
    }
    for (; i < s.n && http_is(s.p[i], CH_HOST); i++)
        if (s.p[i] == '%' && escape(s, i) < 0x20) return 0;
    return i;
}

bool http_host_valid(struct str host) {
    size_t n = name_span(host);
    if (n == 0) return false;
    return n == host.n || (host.p[n] == ':' && port_valid(str_skip(host, n + 1)));
}

bool http_token_valid(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!http_is(s.p[i], CH_TOKEN)) return false;
    return s.n > 0;
}

bool http_value_valid(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!http_is(s.p[i], CH_TEXT)) return false;
    return true;
}
