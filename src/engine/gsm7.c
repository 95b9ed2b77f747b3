/* GSM 7 bit text. See gsm7.h. */
#include "engine/gsm7.h"

#include "base/utf8.h"

/* Septets of a code point: 1, 2 (extension) or 0 (not in the alphabet). */
static size_t septets_of(uint32_t cp) {
    static const uint16_t basic[] = {0xa1,  0xa3,  0xa4,  0xa5,  0xa7,  0xbf,  0xc4,  0xc5,  0xc6, 0xc7,
                                     0xc9,  0xd1,  0xd6,  0xd8,  0xdc,  0xdf,  0xe0,  0xe4,  0xe5, 0xe6,
                                     0xe8,  0xe9,  0xec,  0xf1,  0xf2,  0xf6,  0xf8,  0xf9,  0xfc, 0x393,
                                     0x394, 0x398, 0x39b, 0x39e, 0x3a0, 0x3a3, 0x3a6, 0x3a8, 0x3a9};
    if (cp == '\n' || cp == '\r') return 1;
    if (cp < 0x20 || cp == 0x7f || cp == '`') return 0;
    if (cp < 0x80) return strchr("^{}\\[~]|", (int)cp) ? 2 : 1;
    if (cp == 0x20ac) return 2;
    for (size_t i = 0; i < sizeof basic / sizeof basic[0]; i++)
        if (basic[i] == cp) return 1;
    return 0;
}

bool gsm7_valid(struct str s) {
    while (s.n) {
        uint32_t cp;
        bool good;
        size_t step = utf8_next(s, &cp, &good);
        if (!good || septets_of(cp) == 0) return false;
        s = str_skip(s, step);
    }
    return true;
}

size_t gsm7_septets(struct str s) {
    size_t total = 0;
    while (s.n) {
        uint32_t cp;
        size_t step = utf8_next(s, &cp, NULL);
        total += septets_of(cp);
        s = str_skip(s, step);
    }
    return total;
}

static const char *likeness(uint32_t cp) {
    static const struct {
        uint16_t from, to;
        const char *as;
    } marks[] = {
        {0x60, 0x60, "'"},     {0xa0, 0xa0, " "},      {0xab, 0xab, "\""},     {0xbb, 0xbb, "\""},
        {0xb4, 0xb4, "'"},     {0xb7, 0xb7, "-"},      {0x2000, 0x200a, " "},  {0x2010, 0x2015, "-"},
        {0x2018, 0x201b, "'"}, {0x201c, 0x201f, "\""}, {0x2022, 0x2022, "-"},  {0x2026, 0x2026, "..."},
        {0x202f, 0x202f, " "}, {0x2032, 0x2032, "'"},  {0x2033, 0x2033, "\""}, {0x2212, 0x2212, "-"}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (cp >= marks[i].from && cp <= marks[i].to) return marks[i].as;
    return NULL;
}

/* A letter with an accent as the letter without it, its case kept. */
static void add_plain_letter(struct buf *out, struct str one) {
    BUF_AUTO folded, lower;
    buf_init(&folded, 64);
    buf_init(&lower, 64);
    utf8_fold(&folded, one);
    utf8_lower(&lower, one);
    bool upper = !str_eq(buf_str(&lower), one);
    for (size_t i = 0; i < folded.n; i++) {
        char c = folded.p[i];
        if (c < 'a' || c > 'z') return;
    }
    for (size_t i = 0; i < folded.n; i++) buf_c(out, upper ? (char)(folded.p[i] - 'a' + 'A') : folded.p[i]);
}

static void add_space(struct buf *out) {
    if (out->n && out->p[out->n - 1] != ' ') buf_c(out, ' ');
}

void gsm7_add(struct buf *out, struct str s) {
    while (s.n) {
        uint32_t cp;
        size_t step = utf8_next(s, &cp, NULL);
        struct str one = str_head(s, step);
        const char *as = likeness(cp);
        if (cp == ' ' || cp < 0x20 || cp == 0x7f || (as && as[0] == ' '))
            add_space(out);
        else if (as)
            buf_z(out, as);
        else if (septets_of(cp))
            buf_str_add(out, one);
        else if (cp != UTF8_REPLACEMENT)
            add_plain_letter(out, one);
        s = str_skip(s, step);
    }
}
