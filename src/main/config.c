/* Settings. See config.h. */
#include "main/config.h"

#include "main/files.h"

extern char **environ;

enum { CONFIG_BYTES = 256 * 1024 };

const struct setting_def setting_defs[SETTINGS] = {
#define X(symbol, name, type, dflt, secret, least, most, what)                                               \
    [symbol] = {name, SETTING_##type, dflt, secret, least, most, what},
#include "main/settings.def"
#undef X
};

static int find(struct str name) {
    for (int i = 0; i < SETTINGS; i++)
        if (str_is(name, setting_defs[i].name)) return i;
    return -1;
}

static int take(struct config *c, int i, struct str value, struct err *e) {
    const struct setting_def *d = &setting_defs[i];
    if (d->type == SETTING_INT) {
        int64_t n;
        if (!str_to_i64(value, &n) || n < d->least || n > d->most)
            return err_set(e, ERR_INVALID, d->name, "must be a whole number from %lld to %lld",
                           (long long)d->least, (long long)d->most);
        c->number[i] = n;
    }
    if (d->type == SETTING_CHOICE) {
        struct str rest = str_of(d->what), part;
        bool ok = false;
        while (str_cut(&rest, '|', &part)) ok |= str_eq(part, value);
        if (!ok) return err_set(e, ERR_INVALID, d->name, "must be one of %s", d->what);
    }
    c->text[i] = arena_str(&c->arena, value);
    return 0;
}

static int take_file(struct config *c, int i, struct str path, struct err *e) {
    BUF_AUTO b;
    buf_init(&b, CONFIG_BYTES);
    char z[1024];
    if (!str_to_z(path, z, sizeof z))
        return err_set(e, ERR_INVALID, setting_defs[i].name, "the file's name is too long");
    if (file_read(z, &b, e)) return err_within(e, setting_defs[i].name);
    c->given[i] = true;
    return take(c, i, str_trim(buf_str(&b)), e);
}

/* name or name_FILE */
static int take_named(struct config *c, struct str name, struct str value, bool strict, struct err *e) {
    int i = find(name);
    if (i >= 0) {
        c->given[i] = true;
        return take(c, i, value, e);
    }
    if (name.n > 5 && str_is(str_skip(name, name.n - 5), "_FILE") &&
        (i = find(str_head(name, name.n - 5))) >= 0)
        return take_file(c, i, value, e);
    if (!strict) return 0;
    char z[64];
    str_to_z(str_head(name, 60), z, sizeof z);
    return err_set(e, ERR_INVALID, z, "is no setting; `leadlight config` lists them");
}

static int read_file(struct config *c, const char *path, struct err *e) {
    BUF_AUTO b;
    buf_init(&b, CONFIG_BYTES);
    if (file_read(path, &b, e)) return err_within(e, "LEADLIGHT_CONFIG");
    struct str rest = buf_str(&b), line;
    for (int n = 1; str_cut(&rest, '\n', &line); n++) {
        line = str_trim(line);
        if (line.n == 0 || line.p[0] == '#') continue;
        struct str value = line, name;
        str_cut(&value, '=', &name);
        char where[32];
        snprintf(where, sizeof where, "line %d", n);
        if (!str_given(value)) return err_set(e, ERR_SYNTAX, where, "must read NAME=value");
        if (take_named(c, str_trim(name), str_trim(value), true, e)) return err_within(e, where);
    }
    return 0;
}

int config_read(struct config *c, struct err *e) {
    *c = (struct config){0};
    arena_init(&c->arena, 4 * CONFIG_BYTES);
    for (int i = 0; i < SETTINGS; i++)
        if (take(c, i, str_of(setting_defs[i].dflt), e)) return -1;
    const char *file = getenv("LEADLIGHT_CONFIG");
    if (file && *file && read_file(c, file, e)) return -1;
    for (char **env = environ; *env; env++) {
        struct str value = str_of(*env), name;
        if (str_cut(&value, '=', &name) && str_given(value) && take_named(c, name, value, false, e))
            return -1;
    }
    return 0;
}

void config_done(struct config *c) {
    arena_done(&c->arena);
}

static const char *type_name(enum setting_type t) {
    return t == SETTING_INT ? "integer" : t == SETTING_CHOICE ? "choice" : "string";
}

void config_json(const struct config *c, struct buf *out) {
    struct jw w = jw_on(out);
    jw_array(&w);
    for (int i = 0; i < SETTINGS; i++) {
        const struct setting_def *d = &setting_defs[i];
        jw_object(&w);
        jw_kz(&w, "name", d->name);
        jw_kz(&w, "type", type_name(d->type));
        jw_kz(&w, "default", d->dflt);
        jw_kz(&w, "description", d->type == SETTING_CHOICE ? "How much is logged." : d->what);
        if (d->type == SETTING_CHOICE) jw_kz(&w, "choices", d->what);
        if (d->type == SETTING_INT) {
            jw_ki64(&w, "minimum", d->least);
            jw_ki64(&w, "maximum", d->most);
        }
        jw_kbool(&w, "secret", d->secret);
        jw_kbool(&w, "set", c->given[i]);
        if (!d->secret) jw_kstr(&w, "value", c->text[i]);
        jw_end(&w);
    }
    jw_end(&w);
    buf_c(out, '\n');
}

void config_text(const struct config *c, struct buf *out) {
    for (int i = 0; i < SETTINGS; i++) {
        const struct setting_def *d = &setting_defs[i];
        buf_fmt(out, "%s", d->name);
        if (d->secret)
            buf_z(out, c->given[i] ? " (secret, set)" : " (secret, not set)");
        else if (c->text[i].n)
            buf_fmt(out, " = %.*s", STR_FMT(c->text[i]));
        buf_fmt(out, "\n    %s%s\n    Default: %s\n", d->type == SETTING_CHOICE ? "How much is logged: " : "",
                d->what, d->dflt[0] ? d->dflt : "empty");
    }
}
