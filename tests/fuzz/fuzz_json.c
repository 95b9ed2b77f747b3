/* JSON from anywhere. What is read is written again, and what was written reads back as the same tree. Any
 * bytes escape to a string that reads back as those bytes repaired. */
#include <assert.h>

#include "base/json.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_MEMORY = 16 << 20 };

static double number(const struct jnode *n) {
    return n->type == JINT ? (double)n->i : n->r;
}

static bool is_number(const struct jnode *n) {
    return n->type == JINT || n->type == JREAL;
}

static void check_same(const struct jnode *a, const struct jnode *b) {
    if (is_number(a)) { /* 1.0 is written as 1 */
        assert(is_number(b) && number(a) == number(b));
        if (a->type == JINT) assert(b->type == JINT && a->i == b->i);
        return;
    }
    assert(a->type == b->type);
    if (a->type == JSTRING) {
        assert(utf8_valid(a->s) && str_eq(a->s, b->s));
        return;
    }
    if (a->type != JARRAY && a->type != JOBJECT) return;
    assert(a->kids.count == b->kids.count);
    const struct jnode *x = a->kids.first, *y = b->kids.first;
    size_t count = 0;
    for (; x && y; x = x->next, y = y->next, count++) {
        if (a->type == JOBJECT) assert(str_eq(x->key, y->key));
        check_same(x, y);
    }
    assert(!x && !y && count == a->kids.count);
}

static void check_text(struct arena *a, struct str text) {
    const struct jnode *first, *second;
    struct err e = {0};
    if (json_parse(a, text, 1 << 20, &first, &e)) {
        assert((e.kind == ERR_SYNTAX && e.where[0]) || e.kind == ERR_TOO_LARGE);
        return;
    }
    assert(utf8_valid(text));
    BUF_AUTO b;
    buf_init(&b, MAX_MEMORY);
    struct jw w = jw_on(&b);
    jw_node(&w, first);
    assert(buf_ok(&b));
    assert(json_parse(a, buf_str(&b), MAX_MEMORY, &second, &e) == 0);
    check_same(first, second);
}

static void check_escape(struct arena *a, struct str bytes) {
    BUF_AUTO quoted, repaired;
    buf_init(&quoted, MAX_MEMORY);
    buf_init(&repaired, MAX_MEMORY);
    json_escape(&quoted, bytes);
    utf8_sanitize(&repaired, bytes);
    const struct jnode *n;
    assert(json_parse(a, buf_str(&quoted), MAX_MEMORY, &n, NULL) == 0);
    assert(n->type == JSTRING && str_eq(n->s, buf_str(&repaired)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ARENA_AUTO a;
    arena_init(&a, MAX_MEMORY);
    struct str text = {(const char *)data, size};
    check_text(&a, text);
    check_escape(&a, text);
    return 0;
}
