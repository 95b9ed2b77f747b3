/* Tenants, users and tokens: made by the command line or the API, effective at once (EXT). */
#ifndef FLOW_PEOPLE_H
#define FLOW_PEOPLE_H

#include "crypto/sign.h"
#include "flow/directory.h"

/* The installation's own key (login hashes, see users.email_hash), kept wrapped in `meta`; made on first use.
 * The master key in force is marked in `meta` too: opening a database with another master key is
 * ERR_CONFLICT, said before anything is written. */
int install_open(const struct flow *f, struct key *out, struct err *e);

struct new_tenant {
    struct str name, location, zone; /* all required */
};
struct made_tenant {
    struct tenant_id id;
    char site_key[33];    /* for the website script */
    char form_secret[44]; /* for the workflow webhook's path; shown once, only its hash is stored */
};
int tenant_create(const struct flow *f, const struct new_tenant *in, struct made_tenant *out, struct err *e);

struct new_user {
    struct tenant_id tenant;
    enum role role;               /* agent, team lead, admin */
    struct str name, zone, email; /* name and e-mail required; zone: the tenant's when absent */
    struct str ghl_user;          /* may be absent */
    struct str language;          /* "en" (default) or "es" */
    struct str password;          /* absent: no sign-in by password */
};
/* Makes a user; an agent's user is an agent of the same id (team leads and admins too: they may have leads).
 */
int user_create(const struct flow *f, const struct new_user *in, struct id *out_id, struct err *e);
int user_set_password(const struct flow *f, struct tenant_id t, struct id user, struct str password,
                      struct err *e);

/* Signs a token and remembers it, so that it can be revoked. user all zero: nobody's, which an agent's must
 * not be. lifetime_s 0: never ends. */
int token_create(const struct flow *f, struct str jwt_secret, struct tenant_id t, enum role role,
                 struct id user, const char *kind, int64_t lifetime_s, struct buf *out_jwt,
                 struct claims *out_claims, struct err *e);

struct signed_in {
    struct tenant_id tenant;
    struct id user;
    enum role role;
};
/* ERR_AUTH for an unknown address, a wrong password, an inactive user, all alike and in like time. Takes
 * about 100 ms: not on an event loop. */
int user_sign_in(const struct flow *f, const struct key *install, struct str email, struct str password,
                 struct signed_in *out, struct err *e);

/* Appends to the tenant's hash-chained audit trail. detail: JSON without personal data. */
int audit_add(struct db *db, struct tenant_id t, struct id actor, const char *action, struct str object,
              struct str detail, int64_t now_us, struct err *e);

/* After keys were added to the ring: wraps every tenant's key (and the installation's) anew under the current
 * one. Data stays as it is. *out_n: keys wrapped. */
int keys_rewrap(const struct flow *f, size_t *out_n, struct err *e);

#endif
