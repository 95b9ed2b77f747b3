/* CSV from anywhere; the first byte chooses the separator. The reader comes to the end, its cells keep the
 * limits, and a row written with every cell in quotes reads back the same. */
#include <assert.h>

#include "base/buf.h"
#include "base/csv.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_MEMORY = 4 << 20 };

static void check_row(const struct csv_row *row) {
    assert(row->n >= 1 && row->n <= CSV_MAX_COLUMNS);
    BUF_AUTO text;
    buf_init(&text, MAX_MEMORY);
    for (size_t i = 0; i < row->n; i++) {
        struct str cell = row->cells[i];
        assert(str_given(cell) && cell.n <= CSV_MAX_CELL && utf8_valid(cell) &&
               str_find(cell, STR("\0")) < 0);
        buf_z(&text, i ? ",\"" : "\"");
        for (size_t k = 0; k < cell.n; k++) {
            if (cell.p[k] == '"') buf_c(&text, '"');
            buf_c(&text, cell.p[k]);
        }
        buf_c(&text, '"');
    }
    ARENA_AUTO a;
    arena_init(&a, MAX_MEMORY);
    struct csv again;
    struct csv_row back;
    csv_init(&again, buf_str(&text), ',');
    assert(csv_next(&again, &a, &back, NULL) == 1 && back.n == row->n);
    for (size_t i = 0; i < row->n; i++) assert(str_eq(row->cells[i], back.cells[i]));
    assert(csv_next(&again, &a, &back, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!size) return 0;
    struct str text = {(const char *)data + 1, size - 1};
    ARENA_AUTO a;
    arena_init(&a, MAX_MEMORY);
    struct csv c;
    csv_init(&c, text, data[0] % 3 == 0 ? ',' : data[0] % 3 == 1 ? ';' : '\t');
    size_t rows = 0;
    for (;;) {
        struct csv_row row;
        struct err e = {0};
        size_t before = c.rest.n;
        int rc = csv_next(&c, &a, &row, &e);
        if (rc == 0) break;
        assert(c.rest.n < before && c.row == ++rows && c.line >= c.row && c.next_line >= c.line);
        if (rc > 0)
            check_row(&row);
        else
            assert((e.kind == ERR_SYNTAX || e.kind == ERR_TOO_LARGE) &&
                   str_starts(str_of(e.where), STR("row ")));
        arena_reset(&a);
    }
    assert(c.rest.n == 0);
    return 0;
}
