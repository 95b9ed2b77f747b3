/* JSON in: RFC 8259 text to a tree in an arena, through jansson, strict. JSON out: straight into a buf.
 *
 * In: UTF-8 only, no duplicate keys, no NaN, no trailing bytes, at most JSON_MAX_DEPTH levels and `max`
 * bytes. Integers keep 64 bits; larger ones, and any number with a fraction or exponent, are doubles. Errors
 * name line and column; the getters' errors name the JSON pointer. A jnode lives in the arena. Out: the
 * writer puts the commas; wrong nesting is an assert. Strings that are not UTF-8 come out with U+FFFD. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/arena.h"
#include "base/buf.h"

enum { JSON_MAX_DEPTH = 64 };
enum jtype { JNULL, JFALSE, JTRUE, JINT, JREAL, JSTRING, JARRAY, JOBJECT };

struct jnode {
    enum jtype type;
    struct str key; /* the member's name within an object */
    union {
        int64_t i;
        double r;
        struct str s; /* UTF-8; may hold U+0000 */
        struct {
            struct jnode *first; /* members or items in order of appearance */
            size_t count;
        } kids;
    };
    struct jnode *next;
};

/* Syntax error -> ERR_SYNTAX; too deep or over `max` (or over the arena's limit) -> ERR_TOO_LARGE. Refused as
 * syntax, too: U+0000 in a member's name, a number no double can hold. The texts of errors never quote the
 * input. */
int json_parse(struct arena *a, struct str text, size_t max, const struct jnode **out, struct err *e);

const struct jnode *json_get(const struct jnode *object, const char *key); /* NULL: absent or not an object */
const struct jnode *json_at(const struct jnode *array, size_t index);
/* Readers of a member. Absent or null gives the default and 0; a wrong type is -1, ERR_INVALID, where =
 * "/key". */
int json_str(const struct jnode *o, const char *key, struct str dflt, struct str *out, struct err *e);
int json_i64(const struct jnode *o, const char *key, int64_t dflt, int64_t *out, struct err *e);
int json_f64(const struct jnode *o, const char *key, double dflt, double *out,
             struct err *e); /* takes whole numbers, too */
int json_bool(const struct jnode *o, const char *key, bool dflt, bool *out, struct err *e);
/* The same, but absent or null or empty string is ERR_INVALID "is required". */
int json_need_str(const struct jnode *o, const char *key, struct str *out, struct err *e);

struct jw { /* writer state: `struct jw w = jw_on(&buf);` */
    struct buf *b;
    uint8_t depth;
    bool need_comma, have_key, in_object[JSON_MAX_DEPTH];
};
struct jw jw_on(struct buf *b);
void jw_object(struct jw *w);
void jw_array(struct jw *w);
void jw_end(struct jw *w); /* closes what was opened last */
void jw_key(struct jw *w, const char *key);
void jw_str(struct jw *w, struct str s); /* STR_NONE writes null */
void jw_z(struct jw *w, const char *z);
void jw_i64(struct jw *w, int64_t v);
void jw_real(struct jw *w, double v); /* shortest form that reads back equal; not finite -> null */
void jw_bool(struct jw *w, bool v);
void jw_null(struct jw *w);
void jw_raw(struct jw *w, struct str json); /* already JSON */
void jw_time(struct jw *w, int64_t us);     /* RFC 3339, milliseconds, or null when 0 */
void jw_node(struct jw *w, const struct jnode *n);
/* key and value in one call */
void jw_kstr(struct jw *w, const char *key, struct str s);
void jw_kz(struct jw *w, const char *key, const char *z);
void jw_ki64(struct jw *w, const char *key, int64_t v);
void jw_kreal(struct jw *w, const char *key, double v);
void jw_kbool(struct jw *w, const char *key, bool v);
void jw_ktime(struct jw *w, const char *key, int64_t us);
void json_escape(struct buf *b, struct str s); /* with the quotes */

#endif
