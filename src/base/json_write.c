/* JSON out: commas, escapes, numbers. See json.h. */
#include "base/json.h"

#include <assert.h>
#include <math.h>

#include "base/civil.h"
#include "base/utf8.h"

/* ---- strings ---- */

/* Bytes that stand for themselves: ASCII but controls, quote, backslash. */
static bool plain(unsigned char c) {
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* The same for eight at once: the high bit of a byte is set where it is not plain (or may not be). */
static uint64_t not_plain(uint64_t x) {
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    uint64_t quote = x ^ (ones * '"'), slash = x ^ (ones * '\\');
    return (x | (x - ones * 0x20) | (quote - ones) | (slash - ones)) & high;
}

static size_t plain_run(const char *p, size_t n) {
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t eight;
        memcpy(&eight, p + i, 8);
        if (not_plain(eight)) break;
    }
    while (i < n && plain((unsigned char)p[i])) i++;
    return i;
}

static void add_control(struct buf *b, unsigned char c) {
    static const char digits[] = "0123456789abcdef";
    static const char *const brief[0x20] = {
        ['\b'] = "\\b", ['\f'] = "\\f", ['\n'] = "\\n", ['\r'] = "\\r", ['\t'] = "\\t"};
    if (brief[c]) {
        buf_add(b, brief[c], 2);
        return;
    }
    char text[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
    buf_add(b, text, 6);
}

void json_escape(struct buf *b, struct str s) {
    if (!buf_reserve(b, s.n >= SIZE_MAX - 2 ? s.n : s.n + 2)) return; /* what comes out is never shorter */
    buf_c(b, '"');
    for (size_t i = 0; i < s.n;) {
        size_t run = plain_run(s.p + i, s.n - i);
        buf_add(b, s.p + i, run);
        i += run;
        if (i == s.n) break;
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x80) {
            uint32_t code_point;
            char text[4];
            i += utf8_next((struct str){s.p + i, s.n - i}, &code_point, NULL);
            buf_add(b, text, utf8_encode(code_point, text));
            continue;
        }
        i++;
        if (c < 0x20)
            add_control(b, c);
        else
            buf_add(b, (char[2]){'\\', (char)c}, 2);
    }
    buf_c(b, '"');
}

/* ---- doubles ----
 *
 * The shortest decimal that reads back equal. Between 1e-5 and 1e15 a double m * 2^-s and everything needed
 * to judge a candidate are whole numbers under 2^127 once scaled by a power of ten, so the answer is exact
 * and needs no table (the idea of Steele and White 1990, with fixed precision where the range permits). Other
 * values are rare here and go through the C library, trying precisions. */

static uint64_t pow10_u64(int k) {
    uint64_t p = 1;
    while (k-- > 0) p *= 10;
    return p;
}

/* digits * 10^-places, 0 < places */
static void add_decimal(struct buf *b, uint64_t digits, int places) {
    while (places > 0 && digits % 10 == 0) digits /= 10, places--;
    char z[40], *at = z + sizeof z;
    for (int i = 0; i < places || digits || i == places; i++) {
        if (i == places && places > 0) *--at = '.';
        *--at = (char)('0' + digits % 10);
        digits /= 10;
    }
    buf_add(b, at, (size_t)(z + sizeof z - at));
}

/* 1e-5 <= v < 1e15 */
static void add_exact(struct buf *b, double v) {
    int exponent;
    uint64_t m = (uint64_t)(int64_t)(frexp(v, &exponent) * 0x1p53); /* v = m * 2^(exponent - 53) */
    int shift = 53 - exponent;                                      /* 4 .. 69 */
    int places = 16 - ((exponent - 1) * 1233 >> 12); /* log10(2) = 1233/4096: 17 digits or 18 */
    if (places > 21) places = 21;
    unsigned __int128 half = (unsigned __int128)pow10_u64(places - places / 2) * pow10_u64(places / 2);
    unsigned __int128 scaled = half * m;
    /* Everything in units of 2^-(shift + 2) * 10^-places: the value is 4 * scaled; what reads back equal lies
     * less than 2 * 10^places away, below a power of two only half as far; just that far, too, when m is
     * even. */
    scaled *= 4;
    unsigned __int128 above = half * 2, below = m == (uint64_t)1 << 52 ? half : half * 2;
    uint64_t best = (uint64_t)((scaled >> (shift + 2)) + ((scaled >> (shift + 1)) & 1));
    uint64_t step = 10, even = m % 2 == 0;
    for (int dropped = 1; dropped <= places && dropped <= 17; dropped++, step *= 10) {
        uint64_t low = (uint64_t)(scaled >> (shift + 2)) / step * step;
        unsigned __int128 under = scaled - ((unsigned __int128)low << (shift + 2));
        unsigned __int128 over = ((unsigned __int128)step << (shift + 2)) - under;
        bool low_fits = under < below + even, high_fits = over < above + even;
        if (!low_fits && !high_fits) break;
        best = low_fits && (!high_fits || under <= over) ? low : low + step;
    }
    add_decimal(b, best, places);
}

/* Up to four decimals: a whole number under 2^53 divided by a power of ten is rounded once, as reading is, so when it
 * gives v back it is what is looked for. */
static bool add_few_places(struct buf *b, double v) {
    static const double powers[] = {1, 10, 100, 1000, 10000};
    for (int places = 1; places <= 4 && v < 1e11; places++) {
        int64_t digits = (int64_t)(v * powers[places] + 0.5);
        if ((double)digits / powers[places] != v) continue;
        add_decimal(b, (uint64_t)digits, places);
        return true;
    }
    return false;
}

static void add_by_library(struct buf *b, double v) {
    char z[32];
    for (int precision = fabs(v) < 0x1p-1022 ? 1 : 15; precision <= 17; precision++) {
        snprintf(z, sizeof z, "%.*g", precision, v);
        if (strtod(z, NULL) == v) break;
    }
    char *e = strchr(z, 'e'); /* 1e+300 -> 1e300, 1e-07 -> 1e-7 */
    buf_add(b, z, e ? (size_t)(e - z) : strlen(z));
    if (!e) return;
    buf_c(b, 'e');
    if (e[1] == '-') buf_c(b, '-');
    e += 2;
    while (e[0] == '0' && e[1]) e++;
    buf_z(b, e);
}

static void add_double(struct buf *b, double v) {
    if (!isfinite(v)) {
        buf_add(b, "null", 4);
    } else if (fabs(v) < 0x1p53 && v == (double)(int64_t)v && !(v == 0 && signbit(v))) {
        buf_i64(b, (int64_t)v);
    } else if (v == 0) {
        buf_add(b, "-0.0", 4);
    } else if (fabs(v) >= 1e-5 && fabs(v) < 1e15) {
        if (v < 0) buf_c(b, '-');
        if (!add_few_places(b, fabs(v))) add_exact(b, fabs(v));
    } else {
        add_by_library(b, v);
    }
}

/* ---- structure ---- */

struct jw jw_on(struct buf *b) {
    return (struct jw){.b = b};
}

static void before_value(struct jw *w) {
    bool member = w->depth > 0 && w->in_object[w->depth - 1];
    assert(member == w->have_key);          /* a member needs its key, nothing else has one */
    assert(w->depth > 0 || !w->need_comma); /* one value at the top */
    if (w->need_comma) buf_c(w->b, ',');
    w->need_comma = true;
    w->have_key = false;
}

static void open(struct jw *w, bool object) {
    before_value(w);
    assert(w->depth < JSON_MAX_DEPTH);
    w->in_object[w->depth++] = object;
    w->need_comma = false;
    buf_c(w->b, object ? '{' : '[');
}

void jw_object(struct jw *w) {
    open(w, true);
}
void jw_array(struct jw *w) {
    open(w, false);
}

void jw_end(struct jw *w) {
    assert(w->depth > 0 && !w->have_key);
    buf_c(w->b, w->in_object[--w->depth] ? '}' : ']');
    w->need_comma = true;
}

static void key(struct jw *w, struct str name) {
    assert(w->depth > 0 && w->in_object[w->depth - 1] && !w->have_key);
    if (w->need_comma) buf_c(w->b, ',');
    json_escape(w->b, name);
    buf_c(w->b, ':');
    w->need_comma = false;
    w->have_key = true;
}

void jw_key(struct jw *w, const char *name) {
    key(w, str_of(name));
}

void jw_raw(struct jw *w, struct str json) {
    before_value(w);
    buf_str_add(w->b, json);
}

void jw_null(struct jw *w) {
    jw_raw(w, STR("null"));
}
void jw_bool(struct jw *w, bool v) {
    jw_raw(w, v ? STR("true") : STR("false"));
}

void jw_str(struct jw *w, struct str s) {
    before_value(w);
    if (str_given(s))
        json_escape(w->b, s);
    else
        buf_add(w->b, "null", 4);
}

void jw_z(struct jw *w, const char *z) {
    jw_str(w, str_of(z));
}

void jw_i64(struct jw *w, int64_t v) {
    before_value(w);
    buf_i64(w->b, v);
}

void jw_real(struct jw *w, double v) {
    before_value(w);
    add_double(w->b, v);
}

void jw_time(struct jw *w, int64_t us) {
    if (us == 0) {
        jw_null(w);
        return;
    }
    before_value(w);
    buf_c(w->b, '"');
    rfc3339_add(w->b, us, 3);
    buf_c(w->b, '"');
}

void jw_node(struct jw *w, const struct jnode *n) {
    switch (n->type) {
    case JNULL: jw_null(w); return;
    case JFALSE: jw_bool(w, false); return;
    case JTRUE: jw_bool(w, true); return;
    case JINT: jw_i64(w, n->i); return;
    case JREAL: jw_real(w, n->r); return;
    case JSTRING: jw_str(w, n->s); return;
    case JARRAY: jw_array(w); break;
    case JOBJECT: jw_object(w); break;
    }
    for (const struct jnode *kid = n->kids.first; kid; kid = kid->next) {
        if (n->type == JOBJECT) key(w, kid->key);
        jw_node(w, kid);
    }
    jw_end(w);
}

void jw_kstr(struct jw *w, const char *name, struct str s) {
    jw_key(w, name);
    jw_str(w, s);
}

void jw_kz(struct jw *w, const char *name, const char *z) {
    jw_key(w, name);
    jw_z(w, z);
}

void jw_ki64(struct jw *w, const char *name, int64_t v) {
    jw_key(w, name);
    jw_i64(w, v);
}

void jw_kreal(struct jw *w, const char *name, double v) {
    jw_key(w, name);
    jw_real(w, v);
}

void jw_kbool(struct jw *w, const char *name, bool v) {
    jw_key(w, name);
    jw_bool(w, v);
}

void jw_ktime(struct jw *w, const char *name, int64_t us) {
    jw_key(w, name);
    jw_time(w, us);
}
