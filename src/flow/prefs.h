/* Settings of tenants and agents: the table prefs.def, checked writing, resolved reading (agent before tenant
 * before default). */
#ifndef FLOW_PREFS_H
#define FLOW_PREFS_H

#include "base/json.h"
#include "engine/decide.h"
#include "flow/flow.h"

enum pref {
#define X(symbol, name, type, dflt, least, most, unit, scope, en, es, what) symbol,
#include "flow/prefs.def"
#undef X
    PREFS
};
enum pref_type { PREF_REAL, PREF_INT, PREF_BOOL, PREF_CLOCK, PREF_HOURS, PREF_CHOICE };
enum pref_scope { PREF_TENANT, PREF_BOTH };
struct pref_def {
    const char *name;
    enum pref_type type;
    const char *dflt;
    double least, most;
    const char *unit;
    enum pref_scope scope;
    const char *label_en, *label_es, *what;
};
extern const struct pref_def pref_defs[PREFS];

enum pref_origin { PREF_DEFAULT, PREF_OF_TENANT, PREF_OF_AGENT };
struct pref_value {
    bool is_null;
    double number;  /* REAL, INT, BOOL; CLOCK: minute of the day; HOURS: from */
    double number2; /* HOURS: to */
    char text[24];  /* CHOICE, CLOCK, HOURS as written */
    enum pref_origin origin;
};
struct prefs {
    struct pref_value v[PREFS];
};

/* agent all zero: the tenant's own. Stored values that no longer fit the table are passed over. */
int prefs_load(struct db *db, struct tenant_id t, struct id agent, struct prefs *out, struct err *e);
/* Checks a JSON object {name: value or null} and stores it: all or nothing; errors name "/settings/<name>".
 * null removes the value, so that the tenant's or the default counts again, except for types that may be null
 * themselves. */
int prefs_put(struct db *db, struct tenant_id t, struct id agent, const struct jnode *settings, struct id by,
              int64_t now_us, struct err *e);

/* As the engine takes them. */
struct score_settings prefs_score(const struct prefs *p);
struct alert_rules prefs_alerts(const struct prefs *p);
struct thresholds prefs_thresholds(const struct prefs *p, enum action_type a);
struct quiet_hours prefs_quiet(const struct prefs *p);
enum language prefs_language(const struct prefs *p);

#endif
