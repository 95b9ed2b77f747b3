/* Arguments. See args.h. */
#include "main/args.h"

#include <assert.h>

static int find(const struct args *a, struct str name) {
    for (size_t i = 0; i < a->n_defs; i++)
        if (str_is(name, a->defs[i].name)) return (int)i;
    return -1;
}

static int word(struct args *a, const char *text, struct err *e) {
    if (a->n_words == ARGS_WORDS) return err_set(e, ERR_INVALID, "", "too many arguments");
    a->word[a->n_words++] = text;
    return 0;
}

int args_read(struct args *a, const struct option_def *defs, int argc, char **argv, struct err *e) {
    *a = (struct args){.defs = defs};
    while (defs[a->n_defs].name) a->n_defs++;
    assert(a->n_defs <= ARGS_OPTIONS);
    for (int i = 0; i < argc; i++) {
        struct str arg = str_of(argv[i]);
        if (!str_starts(arg, STR("--"))) {
            if (word(a, argv[i], e)) return -1;
            continue;
        }
        struct str rest = str_skip(arg, 2), name;
        str_cut(&rest, '=', &name);
        int k = find(a, name);
        if (k < 0) return err_set(e, ERR_INVALID, argv[i], "is no option of this command; try --help");
        if (!defs[k].value) {
            if (str_given(rest)) return err_set(e, ERR_INVALID, argv[i], "takes no value");
            a->value[k] = "";
        } else if (str_given(rest)) {
            a->value[k] = rest.p;
        } else if (i + 1 < argc) {
            a->value[k] = argv[++i];
        } else {
            return err_set(e, ERR_INVALID, argv[i], "needs a value: %s", defs[k].value);
        }
    }
    return 0;
}

struct str args_get(const struct args *a, const char *name) {
    int k = find(a, str_of(name));
    assert(k >= 0);
    return a->value[k] ? str_of(a->value[k]) : STR_NONE;
}

bool args_flag(const struct args *a, const char *name) {
    return str_given(args_get(a, name));
}

int args_i64(const struct args *a, const char *name, int64_t dflt, int64_t least, int64_t most, int64_t *out,
             struct err *e) {
    struct str s = args_get(a, name);
    int64_t v = dflt;
    if (str_given(s) && (!str_to_i64(s, &v) || v < least || v > most))
        return err_set(e, ERR_INVALID, name, "must be a whole number from %lld to %lld", (long long)least,
                       (long long)most);
    *out = v;
    return 0;
}

int args_need(const struct args *a, const char *name, struct str *out, struct err *e) {
    struct str s = args_get(a, name);
    if (!str_given(s)) return err_set(e, ERR_INVALID, name, "is required: --%s", name);
    *out = s;
    return 0;
}
