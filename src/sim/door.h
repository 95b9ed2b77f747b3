/* The door as made-up people meet it: a happening becomes an inbox row the way the web layer makes one,
 * without HTTP and signature. */
#ifndef SIM_DOOR_H
#define SIM_DOOR_H

#include "flow/intake.h"
#include "sim/people.h"

/* Reads the envelope or checks the item as the web layer does, and seals. Strings of the item live in `a`
 * and *out_sealed, which is initialised here. */
int door_item(const struct flow *f, const struct tenant *t, const struct happening *h, int64_t now_us,
              struct arena *a, struct buf *out_sealed, struct inbox_item *out, struct err *e);

#endif
