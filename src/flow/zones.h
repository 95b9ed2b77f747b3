/* The zone set, shared by threads: loads a zone on first use under a lock, hands out immutable zones.
 * Replacing the set (a new tzdata while running, or the simulator's change of law) keeps the old zones alive
 * until zones_free, so that borrowed pointers stay good. */
#ifndef FLOW_ZONES_H
#define FLOW_ZONES_H

#include "base/zone.h"

typedef int zone_reader(void *ctx, struct str name, struct buf *out, struct err *e);
struct zones;
int zones_new(zone_reader *read, void *ctx, struct str version, struct zones **out, struct err *e);
void zones_free(struct zones *z);
/* From now on zones come from here. */
int zones_replace(struct zones *z, zone_reader *read, void *ctx, struct str version, struct err *e);
int zones_get(struct zones *z, struct str name, const struct zone **out, struct err *e);
const struct zone *zones_find(struct zones *z, struct str name); /* NULL when empty, unknown or unreadable */
struct str zones_version(struct zones *z);

#endif
