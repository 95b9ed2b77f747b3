/* JSON in, and readers of its tree. See json.h; the writer is in json_write.c.
 *
 * jansson does the parsing: strict, with hashes seeded per process, to a depth of 2,048 of its own. Its tree
 * is copied into the arena right away, all children of a node side by side, and freed; here the tighter depth
 * is enforced. jansson refuses integers over 64 bits where we want doubles, so such a text (rare: one refused
 * parse) is parsed again with ".0" behind those integers. */
#include "base/json.h"

#include <jansson.h>

enum { DIGITS_INT64 = 19 };

/* ---- reading ---- */

static void place_of(struct str text, size_t at, int *out_line, int *out_column) {
    size_t line = 1, column = 1;
    for (size_t i = 0; i < at && i < text.n; i++) {
        if (text.p[i] == '\n')
            line++, column = 1;
        else
            column += ((unsigned char)text.p[i] & 0xc0) != 0x80;
    }
    *out_line = (int)line;
    *out_column = (int)column;
}

/* Our own words: jansson's quote the input. */
static const char *reason(enum json_error_code code) {
    switch (code) {
    case json_error_premature_end_of_input: return "the text ends too early";
    case json_error_end_of_input_expected: return "something follows behind the end";
    case json_error_invalid_utf8: return "is not UTF-8";
    case json_error_null_byte_in_key: return "a member's name holds U+0000";
    case json_error_duplicate_key: return "a member's name appears twice";
    case json_error_numeric_overflow: return "a number is too large";
    default: return "is not JSON";
    }
}

static int refuse(struct str text, const json_error_t *je, struct err *e) {
    enum json_error_code code = json_error_code(je);
    if (code == json_error_out_of_memory) return err_set(e, ERR_TOO_LARGE, "", "out of memory");
    if (code == json_error_stack_overflow)
        return err_set(e, ERR_TOO_LARGE, "", "is more than %d levels deep", (int)JSON_MAX_DEPTH);
    int line, column;
    place_of(text, je->position > 0 ? (size_t)je->position - 1 : 0, &line, &column);
    char where[48];
    snprintf(where, sizeof where, "line %d, column %d", line, column);
    return err_set(e, ERR_SYNTAX, where, "%s", reason(code));
}

static json_t *load(struct str text, json_error_t *je) {
    return json_loadb(text.n ? text.p : "", text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL,
                      je);
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Does a run of digits at i belong to a fraction or an exponent? */
static bool mid_number(struct str text, size_t i) {
    char before = i ? text.p[i - 1] : 0, earlier = i > 1 ? text.p[i - 2] : 0;
    if (before == '-') return earlier == 'e' || earlier == 'E';
    return before == '.' || before == '+' || before == 'e' || before == 'E';
}

/* Copies text with ".0" behind every integer that 64 bits do not hold. */
static void widen(struct str text, struct buf *out) {
    bool quoted = false;
    size_t from = 0;
    for (size_t i = 0; i < text.n;) {
        char c = text.p[i];
        if (quoted && c == '\\') i++;
        if (c == '"') quoted = !quoted;
        if (quoted || !is_digit(c)) {
            i++;
            continue;
        }
        size_t start = i;
        while (i < text.n && is_digit(text.p[i])) i++;
        if (i - start < DIGITS_INT64 || mid_number(text, start)) continue;
        if (i < text.n && (text.p[i] == '.' || text.p[i] == 'e' || text.p[i] == 'E')) continue;
        bool minus = start && text.p[start - 1] == '-';
        int64_t fits;
        if (str_to_i64((struct str){text.p + start - minus, i - start + minus}, &fits)) continue;
        buf_add(out, text.p + from, i - from);
        buf_add(out, ".0", 2);
        from = i;
    }
    buf_add(out, text.p + from, text.n - from);
}

/* Where a place in the widened text stands in the text itself. */
static int place_before(struct str text, struct str wide, int position) {
    int i = 0;
    for (int k = 0; k < position && (size_t)k < wide.n; k++)
        if ((size_t)i < text.n && text.p[i] == wide.p[k]) i++;
    return i;
}

static json_t *load_wide(struct str text, json_error_t *je) {
    json_t *root = load(text, je);
    if (root || json_error_code(je) != json_error_numeric_overflow) return root;
    BUF_AUTO wide;
    buf_init(&wide, text.n + text.n / DIGITS_INT64 * 2);
    widen(text, &wide);
    if (!buf_ok(&wide)) return NULL;
    root = load(buf_str(&wide), je);
    if (!root) je->position = place_before(text, buf_str(&wide), je->position);
    return root;
}

static bool copy(struct arena *a, const json_t *from, struct jnode *to, int level);

static bool copy_array(struct arena *a, const json_t *from, struct jnode *to, int level) {
    size_t n = json_array_size(from);
    struct jnode *kids = n ? ARENA_ARRAY(a, n, struct jnode) : NULL;
    if (n && !kids) return false;
    to->kids.first = kids;
    to->kids.count = n;
    for (size_t i = 0; i < n; i++) {
        kids[i].next = i + 1 < n ? &kids[i + 1] : NULL;
        if (!copy(a, json_array_get(from, i), &kids[i], level)) return false;
    }
    return true;
}

static bool copy_object(struct arena *a, json_t *from, struct jnode *to, int level) {
    size_t n = json_object_size(from);
    struct jnode *kid = n ? ARENA_ARRAY(a, n, struct jnode) : NULL;
    if (n && !kid) return false;
    to->kids.first = kid;
    to->kids.count = n;
    for (void *it = json_object_iter(from); it; it = json_object_iter_next(from, it), kid++) {
        void *more = json_object_iter_next(from, it);
        kid->next = more ? kid + 1 : NULL;
        kid->key = arena_str(a, str_of(json_object_iter_key(it)));
        if (!kid->key.p || !copy(a, json_object_iter_value(it), kid, level)) return false;
    }
    return true;
}

/* false: too deep, or the arena is full */
static bool copy(struct arena *a, const json_t *from, struct jnode *to, int level) {
    switch (json_typeof(from)) {
    case JSON_NULL: to->type = JNULL; return true;
    case JSON_FALSE: to->type = JFALSE; return true;
    case JSON_TRUE: to->type = JTRUE; return true;
    case JSON_INTEGER:
        to->type = JINT;
        to->i = json_integer_value(from);
        return true;
    case JSON_REAL:
        to->type = JREAL;
        to->r = json_real_value(from);
        return true;
    case JSON_STRING:
        to->type = JSTRING;
        to->s = arena_str(a, (struct str){json_string_value(from), json_string_length(from)});
        return to->s.p != NULL;
    case JSON_ARRAY: to->type = JARRAY; return level < JSON_MAX_DEPTH && copy_array(a, from, to, level + 1);
    case JSON_OBJECT:
        to->type = JOBJECT;
        return level < JSON_MAX_DEPTH && copy_object(a, (json_t *)from, to, level + 1);
    }
    return false;
}

int json_parse(struct arena *a, struct str text, size_t max, const struct jnode **out, struct err *e) {
    if (text.n > max) return err_set(e, ERR_TOO_LARGE, "", "more than %zu bytes", max);
    json_error_t je;
    json_t *root = load_wide(text, &je);
    if (!root) return refuse(text, &je, e);
    struct jnode *node = ARENA_NEW(a, struct jnode);
    bool ok = node && copy(a, root, node, 0);
    json_decref(root);
    if (arena_check(a, "", e)) return -1;
    if (!ok) return err_set(e, ERR_TOO_LARGE, "", "is more than %d levels deep", (int)JSON_MAX_DEPTH);
    *out = node;
    return 0;
}

/* ---- looking into the tree ---- */

const struct jnode *json_get(const struct jnode *object, const char *key) {
    if (!object || object->type != JOBJECT) return NULL;
    struct str k = str_of(key);
    for (const struct jnode *n = object->kids.first; n; n = n->next)
        if (str_eq(n->key, k)) return n;
    return NULL;
}

const struct jnode *json_at(const struct jnode *array, size_t index) {
    if (!array || array->type != JARRAY || index >= array->kids.count) return NULL;
    const struct jnode *n = array->kids.first;
    while (index-- > 0) n = n->next;
    return n;
}

static int wrong(const char *key, const char *what, struct err *e) {
    char where[sizeof e->where];
    snprintf(where, sizeof where, "/%s", key);
    return err_set(e, ERR_INVALID, where, "%s", what);
}

/* The member unless absent or null. */
static const struct jnode *member(const struct jnode *o, const char *key) {
    const struct jnode *n = json_get(o, key);
    return n && n->type != JNULL ? n : NULL;
}

int json_str(const struct jnode *o, const char *key, struct str dflt, struct str *out, struct err *e) {
    const struct jnode *n = member(o, key);
    if (n && n->type != JSTRING) return wrong(key, "must be a string", e);
    *out = n ? n->s : dflt;
    return 0;
}

int json_i64(const struct jnode *o, const char *key, int64_t dflt, int64_t *out, struct err *e) {
    const struct jnode *n = member(o, key);
    if (n && n->type != JINT) return wrong(key, "must be a whole number", e);
    *out = n ? n->i : dflt;
    return 0;
}

int json_f64(const struct jnode *o, const char *key, double dflt, double *out, struct err *e) {
    const struct jnode *n = member(o, key);
    if (n && n->type != JINT && n->type != JREAL) return wrong(key, "must be a number", e);
    *out = !n ? dflt : n->type == JINT ? (double)n->i : n->r;
    return 0;
}

int json_bool(const struct jnode *o, const char *key, bool dflt, bool *out, struct err *e) {
    const struct jnode *n = member(o, key);
    if (n && n->type != JTRUE && n->type != JFALSE) return wrong(key, "must be true or false", e);
    *out = n ? n->type == JTRUE : dflt;
    return 0;
}

int json_need_str(const struct jnode *o, const char *key, struct str *out, struct err *e) {
    struct str s;
    if (json_str(o, key, STR_NONE, &s, e)) return -1;
    if (!s.n) return wrong(key, "is required", e);
    *out = s;
    return 0;
}
