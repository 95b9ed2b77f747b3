/* Tenants at hand: by id, CRM location, website key. Read from the tenants table on first need and kept; a
 * look-up that misses asks the table again, so that a tenant made by the command line beside a running server
 * counts at once. Entries live until directory_free(). */
#ifndef FLOW_DIRECTORY_H
#define FLOW_DIRECTORY_H

#include "flow/flow.h"

struct tenant {
    struct tenant_id id;
    struct key key;
    struct str name, location, zone, site_key;
    uint8_t form_secret_hash[32];
    int64_t created_us;
};
struct directory;
struct directory *directory_new(void);
void directory_free(struct directory *d); /* wipes keys */
/* 0 and the tenant; -1 ERR_NOT_FOUND when there is none. `db`: the transaction at hand, or NULL to open a
 * read of its own. */
int tenant_by_id(const struct flow *f, struct db *db, struct tenant_id id, const struct tenant **out,
                 struct err *e);
int tenant_by_location(const struct flow *f, struct str location, const struct tenant **out, struct err *e);
int tenant_by_site_key(const struct flow *f, struct str site_key, const struct tenant **out, struct err *e);
/* Forgets everything known (keys were rotated); entries handed out stay readable. */
void directory_forget(struct directory *d);

#endif
