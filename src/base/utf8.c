/* UTF-8 walking and folding. See utf8.h. */
#include "base/utf8.h"

size_t utf8_next(struct str s, uint32_t *out_code_point, bool *out_valid) {
    if (out_valid) *out_valid = true;
    if (!s.n) return 0;
    const unsigned char *u = (const unsigned char *)s.p;
    if (u[0] < 0x80) {
        *out_code_point = u[0];
        return 1;
    }
    size_t need = u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2, got = 1;
    bool lead = u[0] >= 0xc2 && u[0] <= 0xf4;
    /* the second byte's range shuts out overlong forms, surrogates and what is past U+10FFFF */
    unsigned low = u[0] == 0xe0 ? 0xa0 : u[0] == 0xf0 ? 0x90 : 0x80;
    unsigned high = u[0] == 0xed ? 0x9f : u[0] == 0xf4 ? 0x8f : 0xbf;
    uint32_t cp = u[0] & (0x7fu >> need);
    for (; lead && got < need && got < s.n && u[got] >= low && u[got] <= high; got++) {
        cp = cp << 6 | (u[got] & 0x3fu);
        low = 0x80, high = 0xbf;
    }
    bool valid = lead && got == need;
    if (out_valid) *out_valid = valid;
    *out_code_point = valid ? cp : UTF8_REPLACEMENT;
    return got;
}

/* How many bytes at the start are ASCII; eight at a time. */
static size_t ascii_run(struct str s) {
    size_t i = 0;
    for (; i + 8 <= s.n; i += 8) {
        uint64_t eight;
        memcpy(&eight, s.p + i, 8);
        if (eight & 0x8080808080808080u) break;
    }
    while (i < s.n && (unsigned char)s.p[i] < 0x80) i++;
    return i;
}

/* How many bytes at the start are valid. */
static size_t valid_run(struct str s) {
    size_t i = 0;
    while (i < s.n) {
        uint32_t cp;
        bool valid;
        i += ascii_run((struct str){s.p + i, s.n - i});
        size_t n = utf8_next((struct str){s.p + i, s.n - i}, &cp, &valid);
        if (!valid) break;
        i += n;
    }
    return i;
}

bool utf8_valid(struct str s) {
    return valid_run(s) == s.n;
}

size_t utf8_encode(uint32_t cp, char out[4]) {
    if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff)) cp = UTF8_REPLACEMENT;
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    size_t n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, cp >>= 6) out[i] = (char)(0x80 | (cp & 0x3f));
    out[0] = (char)((0xf00u >> n) | cp);
    return n;
}

size_t utf8_count(struct str s) {
    size_t count = 0;
    uint32_t cp;
    for (size_t i = 0; i < s.n; count++) i += utf8_next((struct str){s.p + i, s.n - i}, &cp, NULL);
    return count;
}

void utf8_sanitize(struct buf *b, struct str s) {
    while (s.n) {
        size_t good = valid_run(s);
        buf_add(b, s.p, good);
        s = (struct str){s.p + good, s.n - good};
        uint32_t cp;
        size_t bad = utf8_next(s, &cp, NULL);
        if (bad) buf_add(b, "\xef\xbf\xbd", 3);
        s = (struct str){s.p + bad, s.n - bad};
    }
}

struct str utf8_head(struct str s, size_t max_bytes) {
    if (s.n <= max_bytes) return s;
    size_t n = max_bytes;
    while (n && ((unsigned char)s.p[n] & 0xc0) == 0x80) n--;
    return (struct str){s.p, n};
}

static uint32_t lower(uint32_t cp) {
    if (cp < 0x80) return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
    if (cp >= 0xc0 && cp <= 0xde) return cp == 0xd7 ? cp : cp + 32; /* all but the multiplication sign */
    if (cp < 0x100 || cp > 0x17e) return cp;
    if (cp == 0x130) return 'i';
    if (cp == 0x178) return 0xff;
    /* Extended-A has pairs; upper case is even up to U+0137 and from U+014A, odd between and from U+0179 */
    bool odd_is_upper = (cp >= 0x139 && cp <= 0x148) || cp >= 0x179;
    if (cp == 0x138 || cp == 0x149) return cp;
    return (cp & 1) == odd_is_upper ? cp + 1 : cp;
}

/* The letters under a lower-case Latin letter with marks: indexed from U+00DF to U+017E, "" where there is
 * none. */
static const char *base_letters(uint32_t cp) {
    static const char *const latin1[0x100 - 0xdf] = {"ss", "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e",
                                                     "e",  "e", "i", "i", "i", "i", "",  "n",  "o", "o", "o",
                                                     "o",  "o", "",  "o", "u", "u", "u", "u",  "y", "",  "y"};
    static const struct {
        uint16_t first, last;
        const char *base;
    } extended[] = {{0x100, 0x105, "a"},  {0x106, 0x10d, "c"}, {0x10e, 0x111, "d"}, {0x112, 0x11b, "e"},
                    {0x11c, 0x123, "g"},  {0x124, 0x127, "h"}, {0x128, 0x131, "i"}, {0x134, 0x135, "j"},
                    {0x136, 0x137, "k"},  {0x139, 0x142, "l"}, {0x143, 0x148, "n"}, {0x14c, 0x151, "o"},
                    {0x152, 0x153, "oe"}, {0x154, 0x159, "r"}, {0x15a, 0x161, "s"}, {0x162, 0x167, "t"},
                    {0x168, 0x173, "u"},  {0x174, 0x175, "w"}, {0x176, 0x177, "y"}, {0x179, 0x17e, "z"}};
    if (cp >= 0xdf && cp <= 0xff) return latin1[cp - 0xdf];
    if (cp < 0x100 || cp > 0x17e) return "";
    for (size_t i = 0; i < sizeof extended / sizeof extended[0]; i++)
        if (cp >= extended[i].first && cp <= extended[i].last) return extended[i].base;
    return "";
}

static const char *plain_punctuation(uint32_t cp) {
    switch (cp) {
    case 0x2018:
    case 0x2019:
    case 0x201b:
    case 0x02bc: return "'";
    case 0x201c:
    case 0x201d:
    case 0x201e: return "\"";
    case 0x00a0:
    case 0x202f: return " ";
    default: return "";
    }
}

static void add_lower_ascii(struct buf *b, struct str s) {
    char *at = s.n ? buf_reserve(b, s.n) : NULL;
    if (!at) return;
    for (size_t i = 0; i < s.n; i++) at[i] = (char)lower((unsigned char)s.p[i]);
    b->n += s.n;
    b->p[b->n] = 0;
}

static void add_lower(struct buf *b, struct str s, bool fold) {
    while (s.n) {
        size_t ascii = ascii_run(s);
        add_lower_ascii(b, str_head(s, ascii));
        s = (struct str){s.p + ascii, s.n - ascii};
        uint32_t cp = 0;
        size_t n = utf8_next(s, &cp, NULL);
        if (!n) break;
        s = (struct str){s.p + n, s.n - n};
        cp = lower(cp);
        if (fold && cp >= 0x300 && cp <= 0x36f) continue; /* combining marks */
        const char *plain = fold ? base_letters(cp) : "";
        if (fold && !*plain) plain = plain_punctuation(cp);
        char text[4];
        if (*plain)
            buf_z(b, plain);
        else
            buf_add(b, text, utf8_encode(cp, text));
    }
}

void utf8_lower(struct buf *b, struct str s) {
    add_lower(b, s, false);
}
void utf8_fold(struct buf *b, struct str s) {
    add_lower(b, s, true);
}
