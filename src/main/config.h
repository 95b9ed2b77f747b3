/* Settings of the program: the table settings.def, read once at start from the environment and a file, then
 * constant. */
#ifndef MAIN_CONFIG_H
#define MAIN_CONFIG_H

#include "base/arena.h"
#include "base/json.h"

enum setting {
#define X(symbol, name, type, dflt, secret, least, most, what) symbol,
#include "main/settings.def"
#undef X
    SETTINGS
};
enum setting_type { SETTING_TEXT, SETTING_INT, SETTING_CHOICE };
struct setting_def {
    const char *name;
    enum setting_type type;
    const char *dflt;
    bool secret;
    int64_t least, most;
    const char *what;
};
extern const struct setting_def setting_defs[SETTINGS];

struct config {
    struct arena arena;
    struct str text[SETTINGS];
    int64_t number[SETTINGS];
    bool given[SETTINGS];
};
/* Environment before file before default. -1: the first setting that is wrong, named. Unknown LEADLIGHT_*
 * names are refused in the file, so that a typing mistake is not a silent default. */
int config_read(struct config *c, struct err *e);
void config_done(struct config *c);
void config_json(const struct config *c,
                 struct buf *out); /* secrets are not shown, only whether they are set */
void config_text(const struct config *c, struct buf *out);

#endif
