/* The wiring. See app.h. */
#include "main/app.h"

#include "assets_data.h"
#include "assets_templates.h"
#include "base/asset.h"
#include "engine/template.h"
#include "main/files.h"
#include "store/query.h"

#include <errno.h>
#include <unistd.h>

enum { KEYS_BYTES = 64 * 1024, LEXICON_FILES = 64 };

static int64_t wall_us(void *ctx) {
    (void)ctx;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * US_SECOND + t.tv_nsec / 1000;
}

static int64_t mono_us(void *ctx) {
    (void)ctx;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * US_SECOND + t.tv_nsec / 1000;
}

struct clock machine_clock(void) {
    return (struct clock){wall_us, mono_us, NULL};
}

int zoneinfo_read(void *ctx, struct str name, struct buf *out, struct err *e) {
    char path[1200];
    snprintf(path, sizeof path, "%s/%.*s", (const char *)ctx, STR_FMT(name));
    return file_read(path, out, e);
}

int zoneinfo_version(const char *folder, struct buf *out) {
    char path[1200];
    BUF_AUTO b;
    buf_init(&b, 1024 * 1024);
    snprintf(path, sizeof path, "%s/tzdata.zi", folder);
    struct str rest, line, mark = STR("# version ");
    bool read = file_read(path, &b, NULL) == 0;
    rest = buf_str(&b);
    bool told = read && str_cut(&rest, '\n', &line) && str_starts(line, mark);
    buf_str_add(out, told ? str_trim(str_skip(line, mark.n)) : STR("unknown"));
    return told ? 0 : -1;
}

struct str builtin_template(void *ctx, const char *name, enum language l) {
    (void)ctx;
    char path[128];
    snprintf(path, sizeof path, "%s.%s.txt", name, l == LANG_ES ? "es" : "en");
    const struct asset *a = asset_find(assets_templates, assets_templates_n, str_of(path));
    return a ? template_body(a->plain) : STR_NONE;
}

int builtin_lexicon(struct lexicon **out, struct err *e) {
    struct lexicon_file files[LEXICON_FILES];
    size_t n = 0;
    for (size_t i = 0; i < assets_data_n && n < LEXICON_FILES; i++) {
        struct str path = str_of(assets_data[i].path);
        if (str_starts(path, STR("read/"))) files[n++] = (struct lexicon_file){path, assets_data[i].plain};
    }
    return lexicon_read(files, n, out, e);
}

const char *app_file(struct app *a, const char *name) {
    snprintf(a->path, sizeof a->path, "%.*s/%s", STR_FMT(a->config.text[S_DATA_DIR]), name);
    return a->path;
}

/* Reads the secret file, making it first when it is not there. Two processes may start at once: the file is
 * linked into place whole, and the second finds the first's. */
static int secret_file(struct app *a, const char *name, struct str fresh, struct buf *out, struct err *e) {
    const char *path = app_file(a, name);
    if (!file_exists(path) && file_make_once(path, fresh, 0600, e)) return -1;
    return file_read(path, out, e);
}

static int open_keys(struct app *a, struct err *e) {
    BUF_AUTO fresh;
    BUF_AUTO text;
    buf_init(&fresh, KEYS_BYTES);
    buf_init(&text, KEYS_BYTES);
    struct str given = a->config.text[S_MASTER_KEYS];
    if (given.n == 0) {
        keyring_extend_text(&fresh, 1, &a->flow.chance);
        if (secret_file(a, "master.keys", buf_str(&fresh), &text, e)) return -1;
        given = buf_str(&text);
    }
    int rc = keyring_read(given, &a->keys, e);
    if (fresh.p) explicit_bzero(fresh.p, fresh.n);
    if (text.p) explicit_bzero(text.p, text.n);
    return rc ? err_within(e, "LEADLIGHT_MASTER_KEYS") : 0;
}

static int open_jwt_secret(struct app *a, struct err *e) {
    struct str given = a->config.text[S_JWT_SECRET];
    BUF_AUTO fresh;
    BUF_AUTO text;
    buf_init(&fresh, 256);
    buf_init(&text, 4096);
    if (given.n == 0) {
        uint8_t bytes[32];
        chance_fill(&a->flow.chance, bytes, sizeof bytes);
        buf_hex(&fresh, bytes, sizeof bytes);
        if (secret_file(a, "jwt.secret", buf_str(&fresh), &text, e)) return -1;
        given = str_trim(buf_str(&text));
    }
    if (given.n < JWT_SECRET_MIN)
        return err_set(e, ERR_INVALID, "LEADLIGHT_JWT_SECRET", "must have at least %d characters",
                       JWT_SECRET_MIN);
    a->jwt_secret = arena_str(&a->config.arena, given);
    return 0;
}

static int open_store(struct app *a, enum app_use use, struct err *e) {
    struct sqlite_options o = {
        .path = app_file(a, "leadlight.db"), .clock = &a->clock, .threads = true, .migrate = true};
    o.readers = use == APP_SERVER ? 8 : 1;
    return sqlite_open(&o, &query_catalog, &a->store, e);
}

static int open_zones(struct app *a, struct err *e) {
    struct str folder = a->config.text[S_ZONEINFO];
    BUF_AUTO version;
    buf_init(&version, 64);
    zoneinfo_version(folder.p, &version);
    return zones_new(zoneinfo_read, (void *)folder.p, buf_str(&version), &a->zones, e);
}

static int open_all(struct app *a, enum app_use use, struct err *e) {
    if (config_read(&a->config, e)) return -1;
    char folder[1024];
    if (!str_to_z(a->config.text[S_DATA_DIR], folder, sizeof folder - 64))
        return err_set(e, ERR_INVALID, "LEADLIGHT_DATA_DIR", "is too long");
    if (folder_make(folder, 0700, e) || kernel_chance_new(&a->chance, e)) return -1;
    a->clock = machine_clock();
    a->flow = (struct flow){.clock = a->clock,
                            .chance = kernel_chance_port(a->chance),
                            .metrics = &a->metrics,
                            .template_text = builtin_template,
                            .version = LEADLIGHT_VERSION};
    if (open_keys(a, e) || open_jwt_secret(a, e) || open_store(a, use, e) || open_zones(a, e) ||
        builtin_lexicon(&a->lexicon, e))
        return -1;
    a->flow.keys = a->keys;
    a->flow.store = a->store;
    a->flow.zones = a->zones;
    a->flow.lexicon = a->lexicon;
    a->flow.directory = directory_new();
    return install_open(&a->flow, &a->install, e);
}

int app_open(struct app *a, enum app_use use, struct err *e) {
    memset(a, 0, sizeof *a);
    if (open_all(a, use, e) == 0) return 0;
    app_close(a);
    return -1;
}

void app_close(struct app *a) {
    sqlite_close(a->store);
    directory_free(a->flow.directory);
    lexicon_free(a->lexicon);
    zones_free(a->zones);
    keyring_free(a->keys);
    kernel_chance_free(a->chance);
    key_wipe(&a->install);
    config_done(&a->config);
    memset(a, 0, sizeof *a);
}
