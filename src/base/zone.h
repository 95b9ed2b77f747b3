/* Time zones as values: a TZif file (RFC 9636, versions 1 to 4) read from bytes, pure.
 *
 * A zone answers "what does the wall clock there show at this instant" and "which instant is this wall time there".
 * At a gap (spring) a wall time that does not exist becomes the first valid instant after the gap; at a fold (autumn) the first of the
 * two instants is taken. Beyond the last transition the footer's POSIX TZ rule counts, as the RFC says.
 * The version of the data (tzdata release) is the set's, and stands in every receipt. */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include "base/civil.h"

struct zone; /* immutable after zone_read */

/* Parses TZif bytes; bytes are not needed afterwards. -1: ERR_INVALID naming the field and offset. Files over 256 KiB
 * are refused. Free with zone_free (NULL is fine). */
int zone_read(struct str name, struct str tzif, struct zone **out, struct err *e);
void zone_free(struct zone *z);
struct str zone_name(const struct zone *z);

struct zone_moment {
    int offset_s; /* seconds east of UTC */
    bool dst;
    char abbreviation[8];
};
struct zone_moment zone_at(const struct zone *z, int64_t us);
struct civil zone_civil(const struct zone *z, int64_t us);
struct date zone_date(const struct zone *z, int64_t us);
enum zone_fit { ZONE_UNIQUE, ZONE_GAP, ZONE_FOLD };
/* The instant of a wall time; see above for gaps and folds. out_fit may be NULL. */
int64_t zone_instant(const struct zone *z, struct civil wall, enum zone_fit *out_fit);

/* A set of zones loaded by name on first use, owned by whoever makes it. Not thread safe by itself: load what is
 * needed up front, or guard it. `read` gets a name that zone_name_valid() has passed and appends the file's bytes. */
bool zone_name_valid(struct str name); /* IANA form, no dots or absolute paths, at most 64 bytes */
struct zone_set;
int zone_set_new(int (*read)(void *ctx, struct str name, struct buf *out, struct err *e), void *ctx,
                 struct str version, struct zone_set **out, struct err *e);
void zone_set_free(struct zone_set *s);
struct str zone_set_version(const struct zone_set *s);
int zone_set_get(struct zone_set *s, struct str name, const struct zone **out, struct err *e);

#endif
