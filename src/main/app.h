/* The wiring: from settings to a working flow. Owns every part; used by `serve`, `demo` and the commands that
 * work on a data folder. */
#ifndef MAIN_APP_H
#define MAIN_APP_H

#include "crypto/chance.h"
#include "crypto/sign.h"
#include "flow/directory.h"
#include "flow/people.h"
#include "flow/zones.h"
#include "main/config.h"
#include "store/sqlite.h"

struct app {
    struct config config;
    struct clock clock;
    struct kernel_chance *chance;
    struct keyring *keys;
    struct str jwt_secret; /* in config.arena */
    struct store *store;
    struct zones *zones;
    struct lexicon *lexicon;
    struct metrics metrics;
    struct flow flow;
    struct key install;
    char path[1024]; /* scratch for file names in the data folder */
};
enum app_use { APP_COMMAND /* one thread */, APP_SERVER };
/* Reads settings, makes the data folder and keys when missing (mode 0600), migrates, opens. On failure
 * everything is undone. *a stays where it is until app_close: the flow points into it. */
int app_open(struct app *a, enum app_use use, struct err *e);
void app_close(struct app *a);
/* The same file name within the data folder; valid until the next call. */
const char *app_file(struct app *a, const char *name);

struct clock machine_clock(void);
/* The tzdata release in force, as "2026f"; "unknown" when the folder does not say. */
int zoneinfo_version(const char *folder, struct buf *out);
zone_reader zoneinfo_read; /* ctx: folder name */
/* Body of a built-in message template; STR_NONE when there is none. */
struct str builtin_template(void *ctx, const char *name, enum language l);
int builtin_lexicon(struct lexicon **out, struct err *e);

#define LEADLIGHT_VERSION_TEXT LEADLIGHT_VERSION

#endif
