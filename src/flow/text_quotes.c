/* What a person wrote in a mail, without what his program quoted. See decode.h.
 *
 * Two ways to quote need two answers. A quote marked line by line ('>') shows where it ends: its lines go, and
 * what follows stays. A quote that is only introduced ("On ... wrote:" without '>', "Original Message", Outlook's
 * block of From, Sent, To, Subject) ends nowhere: everything below goes, unless nothing stands above, for then the
 * person wrote below, or forwarded; losing his STOP would be worse than reading a quote. (IN-5, SEND-3) */
#include "flow/decode.h"

enum { INTRO_LINES = 4, INTRO_BYTES = 400, HEADER_LINES = 8 };

static bool ends_with_ci(struct str s, struct str tail) {
    return s.n >= tail.n && str_eq_ci(str_skip(s, s.n - tail.n), tail);
}

static bool starts_ci(struct str s, struct str head) {
    return str_eq_ci(str_head(s, head.n), head);
}

static bool next_line(struct str *rest, struct str *out) {
    if (!str_cut(rest, '\n', out)) return false;
    *out = str_trim(*out);
    return true;
}

static bool has_digit(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= '0' && s.p[i] <= '9') return true;
    return false;
}

static bool introduces(struct str line) {
    static const char *const ends[] = {
        "wrote:", "escribi\xc3\xb3:", "escribio:", "schrieb:", "a \303\251crit :"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends_with_ci(line, str_of(ends[i]))) return true;
    return false;
}

/* "On Mon, May 3, 2026 at 9:12 AM Ann <a@b.c> wrote:", perhaps broken into lines. true: *rest stands behind it. */
static bool take_intro(struct str line, struct str *rest) {
    if (!starts_ci(line, STR("On ")) && !starts_ci(line, STR("El ")) && !starts_ci(line, STR("Le ")))
        return false;
    struct str look = *rest;
    bool digit = has_digit(line);
    size_t bytes = line.n;
    for (int i = 1;; i++) {
        if (introduces(line)) break;
        if (i == INTRO_LINES || !look.p || !next_line(&look, &line) || !line.n) return false;
        if (line.p[0] == '>') return false;
        bytes += line.n;
        digit |= has_digit(line);
        if (bytes > INTRO_BYTES) return false;
    }
    if (!digit) return false;
    *rest = look;
    return true;
}

/* A header's name at the start of a line, also as "*From:*". */
static bool is_header(struct str line, const char *const *names) {
    if (line.n && line.p[0] == '*') line = str_skip(line, 1);
    for (; *names; names++)
        if (starts_ci(line, str_of(*names))) return true;
    return false;
}

/* Outlook's block. true: *rest stands behind its last header. */
static bool take_headers(struct str line, struct str *rest) {
    static const char *const from[] = {"From:", "De:", NULL};
    static const char *const sent[] = {"Sent:", "Date:", "Enviado", "Fecha:", NULL};
    static const char *const about[] = {"Subject:", "Asunto:", NULL};
    if (!is_header(line, from)) return false;
    struct str look = *rest;
    bool dated = false;
    for (int i = 0; i < HEADER_LINES && look.p && next_line(&look, &line); i++) {
        dated |= is_header(line, sent);
        if (!is_header(line, about)) continue;
        if (!dated) return false;
        *rest = look;
        return true;
    }
    return false;
}

static bool is_separator(struct str line) {
    static const char *const words[] = {"Original Message", "Mensaje original", "Forwarded message",
                                        "Mensaje reenviado", "Original Appointment"};
    if (!str_starts(line, STR("---"))) return false;
    while (line.n && (line.p[0] == '-' || line.p[0] == ' ')) line = str_skip(line, 1);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (starts_ci(line, str_of(words[i]))) return true;
    return false;
}

/* Does the next line that is not empty begin with '>'? */
static bool marked_below(struct str rest) {
    struct str line;
    while (rest.p && next_line(&rest, &line))
        if (line.n) return line.p[0] == '>';
    return false;
}

struct str text_without_quotes(struct arena *a, struct str text) {
    BUF_AUTO out;
    buf_init(&out, text.n + 1);
    struct str rest = text, line;
    bool said = false;
    while (rest.p && str_cut(&rest, '\n', &line)) {
        struct str bare = str_trim(line);
        if (bare.n && bare.p[0] == '>') continue;
        if (take_intro(bare, &rest)) {
            if (said && !marked_below(rest)) break;
            continue;
        }
        if (is_separator(bare) || take_headers(bare, &rest)) {
            if (said) break;
            continue;
        }
        said |= bare.n > 0;
        buf_str_add(&out, line);
        buf_c(&out, '\n');
    }
    struct str s = arena_str(a, str_trim(buf_str(&out)));
    return s.p ? s : STR("");
}
