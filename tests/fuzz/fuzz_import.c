/* Any bytes as a CSV file, of leads and of events: every row is an error that names a place, or items that the door
 * takes. */
#include <assert.h>

#include "base/utf8.h"
#include "flow/import_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1800000000000000)

static void check_item(const struct import_item *it) {
    ARENA_AUTO a;
    struct decoded d;
    struct err e = {0};
    arena_init(&a, 16 * 1024 * 1024);
    assert(it->external_id.n && it->kind.n);
    assert(decode_api(&a, it->body, NOW, &d, &e) == 0 && d.n >= 1);
}

static void run(struct str text, enum import_kind kind, char separator) {
    struct csv c;
    struct csv_row row;
    struct import_map map;
    struct err e = {0};
    ARENA_AUTO head;
    ARENA_AUTO a;
    arena_init(&head, 8 * 1024 * 1024);
    arena_init(&a, 8 * 1024 * 1024);
    csv_init(&c, text, separator);
    if (csv_next(&c, &head, &row, &e) != 1 || import_map_head(&map, kind, NULL, &row, &head, &e)) return;
    for (int got; (got = csv_next(&c, &a, &row, &e)) != 0; arena_reset(&a)) {
        struct import_item items[IMPORT_ITEMS];
        size_t n = 0;
        if (got < 0) continue;
        struct err why = {0};
        if (import_map_row(&map, &row, NOW, &a, items, &n, &why)) {
            assert(why.kind != ERR_NONE && why.msg[0]);
            continue;
        }
        assert(n >= 1 && n <= IMPORT_ITEMS);
        for (size_t i = 0; i < n; i++) check_item(&items[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str text = {(const char *)data, size};
    int64_t us;
    import_time(text, NULL, &us, NULL);
    run(text, IMPORT_LEADS, ',');
    run(text, IMPORT_EVENTS, ';');
    return 0;
}
