/* Command-line arguments: `--name value`, `--name=value`, `--flag`, and words. Declared per command, so that
 * a typing mistake is an error. */
#ifndef MAIN_ARGS_H
#define MAIN_ARGS_H

#include "base/str.h"
#include "base/err.h"

struct option_def {
    const char *name;  /* without dashes */
    const char *value; /* what it takes, for --help; NULL: a flag */
    const char *what;
};
enum { ARGS_OPTIONS = 24, ARGS_WORDS = 8 };
struct args {
    const struct option_def *defs;
    size_t n_defs;
    const char *value[ARGS_OPTIONS]; /* by index of defs; flags hold "" */
    const char *word[ARGS_WORDS];
    size_t n_words;
};
/* -1: ERR_INVALID naming the argument. defs ends with a NULL name. */
int args_read(struct args *a, const struct option_def *defs, int argc, char **argv, struct err *e);
struct str args_get(const struct args *a, const char *name); /* STR_NONE when not given */
bool args_flag(const struct args *a, const char *name);
int args_i64(const struct args *a, const char *name, int64_t dflt, int64_t least, int64_t most, int64_t *out,
             struct err *e);
int args_need(const struct args *a, const char *name, struct str *out, struct err *e);

#endif
