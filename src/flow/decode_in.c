/* Lenient readers. See decode_in.h.
 *
 * The limits are far below those of the timeline's payload, so that whatever a sender puts into a body, the event
 * made of it can be sealed, stored and folded: nobody sends a lead into the dead letters by a long name. */
#include "flow/decode_in.h"

#include "base/utf8.h"

#include <math.h>

struct str in_clean(struct arena *a, struct str s, size_t max, bool lines) {
    if (!str_given(s)) return STR_NONE;
    s = utf8_head(str_trim(s), max);
    char *p = arena_alloc(a, s.n + 1);
    if (!p) return STR_NONE;
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '\r' && i + 1 < s.n && s.p[i + 1] == '\n') continue;
        bool end = c == '\n' || c == '\r';
        p[n++] = end && lines ? '\n' : c < 0x20 || c == 0x7f ? ' ' : (char)c;
    }
    return str_trim((struct str){p, n});
}

bool in_has(struct str s, struct str what) {
    for (; s.n >= what.n; s = str_skip(s, 1))
        if (str_eq_ci(str_head(s, what.n), what)) return true;
    return false;
}

static const struct jnode *first_of(const struct jnode *o, const char *keys,
                                    bool (*fits)(const struct jnode *)) {
    struct str rest = str_of(keys), key;
    while (str_cut(&rest, '|', &key)) {
        char z[64];
        if (!str_to_z(key, z, sizeof z)) continue;
        const struct jnode *n = json_get(o, z);
        if (n && fits(n)) return n;
    }
    return NULL;
}

static bool is_scalar(const struct jnode *n) {
    return n->type == JSTRING || n->type == JINT;
}

static bool is_named(const struct jnode *n) {
    return n->type == JINT || (n->type == JSTRING && str_trim(n->s).n > 0);
}

static struct str scalar(struct arena *a, const struct jnode *n, size_t max) {
    if (!n) return STR_NONE;
    if (n->type == JINT) return arena_fmt(a, "%lld", (long long)n->i);
    struct str s = in_clean(a, n->s.p ? n->s : STR(""), max, false);
    return str_given(s) ? s : STR("");
}

struct str in_text(struct arena *a, const struct jnode *o, const char *keys, size_t max) {
    return scalar(a, first_of(o, keys, is_scalar), max);
}

struct str in_id(struct arena *a, const struct jnode *o, const char *keys) {
    struct str s = scalar(a, first_of(o, keys, is_named), IN_MAX_ID);
    return s.n ? s : STR_NONE;
}

static int64_t time_of(const struct jnode *n) {
    int64_t us;
    if (n->type == JINT) /* milliseconds; what is out of the calendar is no time */
        return n->i > 0 && n->i < INT64_C(253402300800000) ? n->i * 1000 : 0;
    return n->type == JSTRING && rfc3339_parse(str_trim(n->s), &us, NULL) == 0 && us > 0 ? us : 0;
}

static bool is_time(const struct jnode *n) {
    return time_of(n) > 0;
}

int64_t in_time(const struct jnode *o, const char *keys) {
    const struct jnode *n = first_of(o, keys, is_time);
    return n ? time_of(n) : 0;
}

double in_number(const struct jnode *o, const char *key) {
    const struct jnode *n = json_get(o, key);
    double v = 0;
    if (!n) return 0;
    if (n->type == JINT) v = (double)n->i;
    if (n->type == JREAL) v = n->r;
    if (n->type == JSTRING && !str_to_double(str_trim(n->s), &v)) v = 0;
    return isfinite(v) ? v : 0;
}

int in_flag(const struct jnode *n) {
    if (!n) return -1;
    if (n->type == JTRUE || (n->type == JINT && n->i == 1)) return 1;
    if (n->type == JFALSE || (n->type == JINT && n->i == 0)) return 0;
    if (n->type != JSTRING) return -1;
    struct str s = str_trim(n->s);
    if (str_eq_ci(s, STR("true")) || str_is(s, "1") || str_eq_ci(s, STR("yes"))) return 1;
    return str_eq_ci(s, STR("false")) || str_is(s, "0") || str_eq_ci(s, STR("no")) ? 0 : -1;
}

struct str in_address(struct arena *a, const struct jnode *n) {
    if (n && n->type == JARRAY) n = n->kids.count == 1 ? n->kids.first : NULL;
    if (!n || n->type != JSTRING) return STR_NONE;
    struct str s = n->s;
    ptrdiff_t open = str_find(s, STR("<"));
    if (open >= 0) {
        s = str_skip(s, (size_t)open + 1);
        ptrdiff_t close = str_find(s, STR(">"));
        if (close < 0) return STR_NONE;
        s = str_head(s, (size_t)close);
    }
    s = in_clean(a, s, IN_MAX_FIELD, false);
    return s.n ? s : STR_NONE;
}

struct str in_list(struct arena *a, const struct jnode *n) {
    if (!n || (n->type != JARRAY && n->type != JSTRING)) return STR_NONE;
    if (n->type == JSTRING) return scalar(a, n, IN_MAX_LONG);
    BUF_AUTO b;
    buf_init(&b, IN_MAX_LONG);
    for (const struct jnode *k = n->kids.first; k; k = k->next) {
        struct str tag = k->type == JSTRING ? in_clean(a, k->s, IN_MAX_FIELD, false) : STR_NONE;
        if (!tag.n || b.n + 1 + tag.n > IN_MAX_LONG)
            continue; /* a list too long loses whole tags, not halves */
        if (b.n) buf_c(&b, ',');
        for (size_t i = 0; i < tag.n; i++) buf_c(&b, (char)(tag.p[i] == ',' ? ' ' : tag.p[i]));
    }
    struct str s = arena_str(a, buf_str(&b));
    return s.p ? s : STR_NONE;
}

struct str in_body(struct arena *a, struct str body, bool mail) {
    if (!body.n) return STR_NONE;
    body = utf8_head(body, WEBHOOK_MAX_BYTES);
    struct str s = text_is_html(body) ? text_of_html(a, body) : mail ? text_without_quotes(a, body) : body;
    return in_clean(a, s, IN_MAX_TEXT, true);
}

/* ---- contact facts ---- */

static const struct {
    enum contact_field field;
    const char *keys;
    bool null_is_empty;
} facts[] = {
    {CF_NAME, "name|fullName|full_name|contactName", false},
    {CF_FIRST_NAME, "firstName|first_name", false},
    {CF_PHONE, "phone", true},
    {CF_EMAIL, "email", true},
    {CF_ADDRESS, "address1|address|full_address", false},
    {CF_CITY, "city", false},
    {CF_STATE, "state", false},
    {CF_ZIP, "postalCode|postal_code", false},
    {CF_COUNTRY, "country", false},
    {CF_SOURCE, "source|contact_source", false},
    {CF_ASSIGNED_TO, "assignedTo|assigned_to", true},
};

static bool is_null(const struct jnode *n) {
    return n->type == JNULL;
}

static struct str joined_name(struct arena *a, const struct jnode *o) {
    struct str first = in_text(a, o, "firstName|first_name", IN_MAX_FIELD);
    struct str last = in_text(a, o, "lastName|last_name", IN_MAX_FIELD);
    if (!first.n || !last.n) return first.n ? first : last.n ? last : STR_NONE;
    return arena_fmt(a, "%.*s %.*s", STR_FMT(first), STR_FMT(last));
}

void in_contact(struct arena *a, const struct jnode *o, struct event *ev) {
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        struct str *to = &ev->contact[facts[i].field];
        *to = in_text(a, o, facts[i].keys, IN_MAX_FIELD);
        if (!str_given(*to) && facts[i].null_is_empty && first_of(o, facts[i].keys, is_null)) *to = STR("");
    }
    if (!ev->contact[CF_NAME].n) {
        struct str name = joined_name(a, o);
        if (name.n) ev->contact[CF_NAME] = name;
    }
    struct str zone = in_text(a, o, "timezone|timeZone|time_zone", IN_MAX_FIELD);
    if (zone_name_valid(zone)) ev->contact[CF_ZONE] = zone;
    ev->contact[CF_TAGS] = in_list(a, json_get(o, "tags"));
}
