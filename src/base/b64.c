/* Base64. See b64.h. */
#include "base/b64.h"

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void add(struct buf *b, const unsigned char *u, size_t n, const char *alphabet, bool pad) {
    if (!n) return;
    size_t tail = n % 3, length = n / 3 * 4 + (tail ? pad ? 4 : tail + 1 : 0);
    char *at = n <= b->max ? buf_reserve(b, length) : buf_reserve(b, b->max + 1);
    if (!at) return;
    for (; n >= 3; n -= 3, u += 3, at += 4) {
        at[0] = alphabet[u[0] >> 2];
        at[1] = alphabet[(u[0] & 3) << 4 | u[1] >> 4];
        at[2] = alphabet[(u[1] & 15) << 2 | u[2] >> 6];
        at[3] = alphabet[u[2] & 63];
    }
    if (tail) {
        unsigned second = tail == 2 ? u[1] : 0;
        *at++ = alphabet[u[0] >> 2];
        *at++ = alphabet[(u[0] & 3) << 4 | second >> 4];
        if (tail == 2) *at++ = alphabet[(second & 15) << 2];
        for (; pad && tail < 3; tail++) *at++ = '=';
    }
    b->n += length;
    b->p[b->n] = 0;
}

void b64_add(struct buf *b, const void *p, size_t n) {
    add(b, p, n, standard, true);
}
void b64url_add(struct buf *b, const void *p, size_t n) {
    add(b, p, n, url, false);
}

static int value(char c, char c62, char c63) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == c62 ? 62 : c == c63 ? 63 : -1;
}

/* text without padding; its length modulo 4 is not 1 */
static bool decode(struct str text, char *out, char c62, char c63) {
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < text.n; i++) {
        int v = value(text.p[i], c62, c63);
        if (v < 0) return false;
        bits = (bits << 6 | (uint32_t)v) & 0xffff;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        *out++ = (char)(bits >> count);
    }
    return (bits & ((1u << count) - 1)) == 0; /* unused bits */
}

static int decode_into(struct str text, bool well_formed, struct buf *out, const char *alphabet,
                       struct err *e) {
    size_t n = text.n / 4 * 3 + (text.n % 4 ? text.n % 4 - 1 : 0);
    if (well_formed && n == 0) well_formed = text.n == 0;
    char *at = well_formed && n ? buf_reserve(out, n) : NULL;
    if (well_formed && n && !at) return buf_check(out, "base64", e);
    if (!well_formed || (n && !decode(text, at, alphabet[62], alphabet[63]))) {
        if (at) out->p[out->n] = 0;
        return err_set(e, ERR_INVALID, "", "is not base64 with the alphabet ending in %s", alphabet + 62);
    }
    if (n) {
        out->n += n;
        out->p[out->n] = 0;
    }
    return 0;
}

int b64_decode(struct str text, struct buf *out, struct err *e) {
    bool well_formed = text.n % 4 == 0;
    size_t pad = 0;
    while (well_formed && pad < 2 && pad < text.n && text.p[text.n - 1 - pad] == '=') pad++;
    return decode_into(str_head(text, text.n - pad), well_formed, out, standard, e);
}

int b64url_decode(struct str text, struct buf *out, struct err *e) {
    return decode_into(text, text.n % 4 != 1, out, url, e);
}
