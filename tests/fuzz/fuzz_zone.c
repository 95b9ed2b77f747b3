/* Zone files and names from anywhere. What is read answers without fault at any instant, and wall times go
 * there and back: an instant's wall time leads to that instant or, in a fold, to the first that shows it; a
 * wall time in a gap leads to the instant at which the clock jumps over it. */
#include <assert.h>

#include "base/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_instant(const struct zone *z, int64_t us) {
    struct zone_moment m = zone_at(z, us);
    assert(m.offset_s > -25 * 3600 && m.offset_s < 26 * 3600);
    assert(memchr(m.abbreviation, 0, sizeof m.abbreviation) && m.abbreviation[0]);
    struct civil wall = zone_civil(z, us);
    assert(date_cmp(zone_date(z, us), wall.date) == 0);
    assert(civil_to_us(wall) == us + m.offset_s * US_SECOND);
    enum zone_fit fit;
    int64_t back = zone_instant(z, wall, &fit);
    assert(fit == ZONE_UNIQUE ? back == us : fit == ZONE_FOLD && back <= us);
    assert(civil_to_us(zone_civil(z, back)) == civil_to_us(wall));
}

static void check_wall(const struct zone *z, int64_t wall_us) {
    enum zone_fit fit;
    int64_t us = zone_instant(z, civil_of_us(wall_us), &fit);
    int64_t shown = civil_to_us(zone_civil(z, us));
    if (fit == ZONE_GAP)
        assert(shown > wall_us && civil_to_us(zone_civil(z, us - 1)) < wall_us);
    else
        assert(shown == wall_us);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str bytes = {(const char *)data, size};
    if (zone_name_valid(bytes)) assert(bytes.p[0] != '/' && str_find(bytes, STR(".")) < 0);
    struct zone *z;
    struct err e = {0};
    if (zone_read(STR("Fuzz"), bytes, &z, &e)) {
        assert(e.kind == ERR_INVALID && e.msg[0]);
        return 0;
    }
    static const int64_t least_us = -INT64_C(62135500000) * US_SECOND;
    for (int64_t year = 1; year < 9999; year += year < 1890 || year > 2110 ? 511 : 7) {
        int64_t us = least_us + year * INT64_C(31556952) * US_SECOND;
        check_instant(z, us);
        check_wall(z, us);
    }
    for (size_t i = 0; i + 4 <= size && i < 400;
         i += 4) { /* times that stand in the file, as near as they can be */
        int32_t s;
        memcpy(&s, data + i, 4);
        s = (int32_t)__builtin_bswap32((uint32_t)s);
        for (int64_t near = -1; near <= 1; near++) {
            check_instant(z, (s + near) * US_SECOND);
            check_wall(z, (s + near) * US_SECOND);
        }
    }
    zone_free(z);
    return 0;
}
