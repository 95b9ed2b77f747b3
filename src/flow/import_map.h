/* From a row of a CSV file to items as decode_api() takes them. Pure; only for import.c. */
#ifndef FLOW_IMPORT_MAP_H
#define FLOW_IMPORT_MAP_H

#include "base/csv.h"
#include "flow/decode.h"
#include "flow/import.h"

struct import_map {
    enum import_kind kind;
    const struct zone *zone; /* of times without an offset; NULL: such times are refused */
    size_t n;
    struct {
        uint8_t target;
        struct str heading;
    } column[CSV_MAX_COLUMNS];
};
/* ERR_INVALID: two columns too few to import anything. Headings are borrowed. */
int import_map_head(struct import_map *m, enum import_kind kind, const struct zone *zone,
                    const struct csv_row *head, struct arena *a, struct err *e);
bool import_map_uses(const struct import_map *m, size_t column);

enum { IMPORT_ITEMS = 2 };
struct import_item {
    struct str kind, external_id, body;
};
/* Items of one row, in the arena: the first stands for the row. -1: ERR_INVALID, where = the column's heading. */
int import_map_row(const struct import_map *m, const struct csv_row *row, int64_t now_us, struct arena *a,
                   struct import_item out[IMPORT_ITEMS], size_t *out_n, struct err *e);
/* RFC 3339, or "2026-01-31", "2026-01-31 14:05[:09]", "1/31/2026 [2:05[:09] [PM]]" as a wall clock of the zone. */
int import_time(struct str s, const struct zone *zone, int64_t *out_us, struct err *e);

#endif
