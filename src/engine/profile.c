/* The profile. See profile.h.
 *
 * A register per field with the largest (at, event id) winning: merging is commutative, associative and
 * idempotent, so webhooks may come late, twice or in any order. The stamp moves on even when the value stays
 * the same, for else an older different value that comes in between would win in one order and lose in the
 * other. Serves IN-1, DATA-3. */
#include "engine/profile.h"

#include <assert.h>

#include "base/utf8.h"

/* Whether a statement of (at, by) comes after what stands there. */
static bool later(const struct profile_field *f, int64_t at_us, struct id by) {
    if (!str_given(f->value)) return true;
    if (at_us != f->at_us) return at_us > f->at_us;
    return id_cmp(by, f->by) > 0;
}

bool profile_apply(struct profile *p, const struct event *ev, struct arena *a) {
    bool changed = false;
    for (size_t i = 0; i < CONTACT_FIELDS; i++) {
        struct profile_field *f = &p->field[i];
        if (!str_given(ev->contact[i]) || !later(f, ev->at_us, ev->id)) continue;
        struct str copy = arena_str(a, ev->contact[i]);
        if (!str_given(copy)) continue; /* the arena is full: its owner checks it */
        *f = (struct profile_field){copy, ev->at_us, ev->id};
        changed = true;
    }
    return changed;
}

void profile_write(const struct profile *p, struct buf *out) {
    struct jw w = jw_on(out);
    jw_object(&w);
    for (size_t i = 0; i < CONTACT_FIELDS; i++) {
        const struct profile_field *f = &p->field[i];
        if (!str_given(f->value)) continue;
        char by[ID_TEXT + 1];
        id_text(f->by, by);
        jw_key(&w, contact_field_name((enum contact_field)i));
        jw_object(&w);
        jw_kstr(&w, "value", f->value);
        jw_ki64(&w, "at_us", f->at_us);
        jw_kz(&w, "by", by);
        jw_end(&w);
    }
    jw_end(&w);
}

static int take_field(const struct jnode *n, struct profile_field *out, struct err *e) {
    if (n->type != JOBJECT) return err_set(e, ERR_INVALID, "", "must be an object");
    struct str by;
    const struct jnode *value = json_get(n, "value");
    if (!value || value->type != JSTRING) return err_set(e, ERR_INVALID, "/value", "must be a string");
    if (json_i64(n, "at_us", 0, &out->at_us, e) || json_need_str(n, "by", &by, e)) return -1;
    if (!id_parse(by, &out->by)) return err_set(e, ERR_INVALID, "/by", "must be an event's id");
    out->value = value->s.p ? value->s : STR("");
    return 0;
}

enum { PROFILE_MAX_JSON = 1024 * 1024 };

/* ---- the short way: what profile_write() writes, in its order, no character escaped ---- */

static bool skip(struct str *s, const char *expected) {
    struct str x = str_of(expected);
    if (!str_starts(*s, x)) return false;
    *s = str_skip(*s, x.n);
    return true;
}

/* The characters up to the closing quote, which is passed over, when they mean themselves. */
static bool plain(struct str *s, struct str *out) {
    const char *end = s->n ? memchr(s->p, '"', s->n) : NULL;
    if (!end) return false;
    struct str text = {s->p, (size_t)(end - s->p)};
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '\\' || (unsigned char)text.p[i] < 0x20) return false;
    if (!utf8_valid(text)) return false;
    *out = text;
    *s = str_skip(*s, text.n + 1);
    return true;
}

static bool quick_field(struct arena *a, struct str *s, struct profile_field *out) {
    struct str value, by;
    if (!skip(s, ":{\"value\":\"") || !plain(s, &value) || !skip(s, ",\"at_us\":")) return false;
    size_t n = 0;
    while (n < s->n && (s->p[n] == '-' || (s->p[n] >= '0' && s->p[n] <= '9'))) n++;
    if (!str_to_i64(str_head(*s, n), &out->at_us)) return false;
    *s = str_skip(*s, n);
    if (!skip(s, ",\"by\":\"") || !plain(s, &by) || !id_parse(by, &out->by) || !skip(s, "}")) return false;
    out->value = arena_str(a, value);
    return str_given(out->value);
}

/* A profile is opened with every event and for every lead of every briefing: a general reader took a fifth of
 * both. false: read it the long way, which also knows what is wrong with it. */
static bool read_quick(struct arena *a, struct str json, struct profile *out) {
    struct profile p = {0};
    if (!skip(&json, "{")) return false;
    bool first = true;
    for (size_t i = 0; i < CONTACT_FIELDS; i++) {
        struct str ahead = json, name = str_of(contact_field_name((enum contact_field)i));
        if (!first && !skip(&ahead, ",")) break;
        if (!skip(&ahead, "\"") || !str_starts(ahead, name)) continue;
        ahead = str_skip(ahead, name.n);
        if (!skip(&ahead, "\"")) continue; /* a longer name */
        if (!quick_field(a, &ahead, &p.field[i])) return false;
        json = ahead;
        first = false;
    }
    if (!str_is(json, "}")) return false;
    *out = p;
    return true;
}

int profile_read(struct arena *a, struct str json, struct profile *out, struct err *e) {
    if (read_quick(a, json, out)) return 0;
    const struct jnode *o;
    if (json_parse(a, json, PROFILE_MAX_JSON, &o, e)) return -1;
    if (o->type != JOBJECT) return err_set(e, ERR_INVALID, "", "a profile must be an object");
    struct profile p = {0};
    for (size_t i = 0; i < CONTACT_FIELDS; i++) {
        const char *name = contact_field_name((enum contact_field)i);
        const struct jnode *n = json_get(o, name);
        if (n && take_field(n, &p.field[i], e)) return err_within(e, name);
    }
    *out = p;
    return 0;
}

struct str profile_get(const struct profile *p, enum contact_field f) {
    assert(f < CONTACT_FIELDS);
    struct str v = p->field[f].value;
    return v.n ? v : STR_NONE;
}

bool profile_flag(const struct profile *p, enum contact_field f) {
    struct str v = profile_get(p, f);
    return str_is(v, "1") || str_eq_ci(v, STR("true")) || str_eq_ci(v, STR("yes"));
}

/* The last four digits of a phone number, or "" when it has fewer. */
static struct str last_digits(struct str phone, char room[4]) {
    size_t got = 0;
    for (size_t i = phone.n; i > 0 && got < 4; i--) {
        char c = phone.p[i - 1];
        if (c >= '0' && c <= '9') room[3 - got++] = c;
    }
    return got == 4 ? (struct str){room, 4} : STR("");
}

struct str profile_display_name(const struct profile *p, struct arena *a) {
    struct str name = str_trim(profile_get(p, CF_NAME));
    if (!name.n) name = str_trim(profile_get(p, CF_FIRST_NAME));
    if (name.n) return name;
    char room[4];
    struct str digits = last_digits(profile_get(p, CF_PHONE), room);
    if (digits.n) return arena_fmt(a, "Lead %.*s", STR_FMT(digits));
    return STR("Unnamed lead");
}

enum language profile_language(const struct profile *p) {
    struct str v = str_trim(profile_get(p, CF_LANGUAGE));
    if (str_eq_ci(v, STR("spanish")) || str_eq_ci(v, STR("espa\xc3\xb1ol")) || str_eq_ci(v, STR("espanol")))
        return LANG_ES;
    bool es = str_eq_ci(str_head(v, 2), STR("es")) && (v.n == 2 || v.p[2] == '-' || v.p[2] == '_');
    return es ? LANG_ES : LANG_EN;
}
