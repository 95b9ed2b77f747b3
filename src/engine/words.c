/* Phrases in two languages. See words.h. */
#include "engine/words.h"

#include "base/utf8.h"

void words_span(struct buf *b, int64_t us, enum language l) {
    if (us < US_HOUR) return buf_fmt(b, "%d min", us < US_MINUTE ? 1 : (int)(us / US_MINUTE));
    if (us < 2 * US_DAY) return buf_fmt(b, "%d h", (int)(us / US_HOUR));
    buf_i64(b, us / US_DAY);
    buf_z(b, l == LANG_ES ? " días" : " days");
}

void words_ago(struct buf *b, int64_t us, enum language l) {
    if (l == LANG_ES) buf_z(b, "hace ");
    words_span(b, us, l);
    if (l != LANG_ES) buf_z(b, " ago");
}

static int hour12(int hour) {
    return hour % 12 == 0 ? 12 : hour % 12;
}
static const char *half(int hour) {
    return hour % 24 < 12 ? "am" : "pm";
}

void words_hour(struct buf *b, int hour, enum language l) {
    if (l == LANG_ES)
        buf_fmt(b, "%d:00", hour);
    else
        buf_fmt(b, "%d %s", hour12(hour), half(hour));
}

static void range(struct buf *b, int from, int to, const char *joint) {
    if (strcmp(half(from), half(to)) == 0)
        buf_fmt(b, "%d%s%d %s", hour12(from), joint, hour12(to), half(to));
    else
        buf_fmt(b, "%d %s%s%d %s", hour12(from), half(from), joint, hour12(to), half(to));
}

void words_hours(struct buf *b, int from, int to, enum language l) {
    if (l == LANG_ES)
        buf_fmt(b, "%d:00 a %d:00", from, to);
    else
        range(b, from, to, " to ");
}

static const char *article(int hour) {
    return hour == 1 ? "la" : "las";
}

void words_between(struct buf *b, int from, int to, enum language l) {
    if (l == LANG_ES) return buf_fmt(b, "entre %s %d:00 y %s %d:00", article(from), from, article(to), to);
    buf_z(b, "between ");
    range(b, from, to, " and ");
}

void words_before(struct buf *b, int hour, enum language l) {
    if (l == LANG_ES)
        buf_fmt(b, "antes de %s ", article(hour));
    else
        buf_z(b, "before ");
    words_hour(b, hour, l);
}

void words_times(struct buf *b, int64_t n, enum language l) {
    if (n == 1) return buf_z(b, l == LANG_ES ? "una vez" : "once");
    if (n == 2) return buf_z(b, l == LANG_ES ? "dos veces" : "twice");
    buf_i64(b, n);
    buf_z(b, l == LANG_ES ? " veces" : " times");
}

void words_signal(struct buf *b, enum signal s, int64_t n, enum language l) {
    static const char *const did[SIGNALS][2] = {
        [SIG_PRICING_TOOL] = {"used the pricing tool ", "usó la calculadora de precio "},
        [SIG_AGENT_INQUIRY] = {"asked for an agent ", "pidió hablar con un agente "},
        [SIG_NEIGHBORHOOD] = {"read about a neighborhood ", "leyó sobre un barrio "},
        [SIG_MARKET_REPORT] = {"opened a market report ", "abrió un informe de mercado "},
        [SIG_SEARCH] = {"searched or viewed homes ", "buscó o miró viviendas "},
        [SIG_MOMENTUM] = {"was active ", "tuvo actividad "},
    };
    buf_z(b, did[s][l == LANG_ES]);
    words_times(b, n, l);
    if (s == SIG_MOMENTUM) buf_z(b, l == LANG_ES ? " en los últimos tiempos" : " lately");
}

bool words_turn(uint32_t cp) {
    return cp == 0x61c || cp == 0x200e || cp == 0x200f || (cp >= 0x202a && cp <= 0x202e) ||
           (cp >= 0x2066 && cp <= 0x2069);
}

static bool is_blank(uint32_t cp) {
    return cp <= ' ' || (cp >= 0x7f && cp <= 0xa0) || cp == 0x2028 || cp == 0x2029 || cp == 0xfeff;
}

void words_clean(struct buf *b, struct str text, size_t max_bytes) {
    size_t start = b->n, cut = b->n; /* cut: the last place where "..." still fits */
    bool space = false;
    while (text.n) {
        uint32_t cp;
        char bytes[4];
        text = str_skip(text, utf8_next(text, &cp, NULL));
        if (words_turn(cp)) continue;
        if (is_blank(cp)) {
            space = b->n > start;
            continue;
        }
        size_t n = utf8_encode(cp, bytes);
        if (b->n - start + space + n > max_bytes) {
            b->n = cut;
            return buf_z(b, "...");
        }
        if (space) buf_c(b, ' ');
        space = false;
        buf_add(b, bytes, n);
        if (b->n - start + 3 <= max_bytes) cut = b->n;
    }
}

void words_capital(struct buf *b, size_t at) {
    if (at < b->n && b->p[at] >= 'a' && b->p[at] <= 'z') b->p[at] = (char)(b->p[at] - 'a' + 'A');
}

struct str words_take(struct buf *b, struct arena *a) {
    struct str s = arena_str(a, buf_str(b));
    buf_clear(b);
    return s;
}
