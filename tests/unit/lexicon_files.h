/* The lexicon from the source tree, for tests. */
#ifndef TESTS_LEXICON_FILES_H
#define TESTS_LEXICON_FILES_H

#include "base/arena.h"
#include "base/buf.h"
#include "engine/read.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const lexicon_file_names[] = {"competitor.txt", "horizon.txt", "opt_out.txt",
                                                 "urgency.txt", "words.txt"};
enum { LEXICON_FILES = sizeof lexicon_file_names / sizeof lexicon_file_names[0] };

static inline struct str slurp(struct arena *a, const char *path) {
    FILE *f = fopen(path, "rb");
    if (!f) return STR_NONE;
    BUF_AUTO b;
    buf_init(&b, 64 << 20);
    for (char *p; (p = buf_reserve(&b, 65536)) != NULL;) {
        size_t n = fread(p, 1, 65536, f);
        if (!n) break;
        b.n += n;
    }
    fclose(f);
    return arena_str(a, buf_str(&b));
}

/* Reads data/read/ of the tree named by SOURCE_ROOT (or the working directory). Says on stderr what is wrong with it. */
static inline struct lexicon *lexicon_of_tree(void) {
    ARENA_AUTO a;
    arena_init(&a, 8 << 20);
    struct lexicon_file files[LEXICON_FILES];
    const char *root = getenv("SOURCE_ROOT");
    for (size_t i = 0; i < LEXICON_FILES; i++) {
        struct str path = arena_fmt(&a, "%s/data/read/%s", root ? root : ".", lexicon_file_names[i]);
        files[i] = (struct lexicon_file){str_of(lexicon_file_names[i]), slurp(&a, path.p)};
        if (!str_given(files[i].text)) {
            fprintf(stderr, "cannot read %s\n", path.p);
            return NULL;
        }
    }
    struct lexicon *l = NULL;
    struct err e = {0};
    if (lexicon_read(files, LEXICON_FILES, &l, &e)) fprintf(stderr, "%s: %s\n", e.where, e.msg);
    return l;
}

#endif
