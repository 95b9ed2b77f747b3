/* CSV text (RFC 4180) one row at a time, for imports.
 *
 * Taken: a byte order mark, rows ending in CRLF, LF or CR, the last with or without its end, cells in quotes
 * holding separators, line ends and doubled quotes. Lines with nothing on them are skipped. Refused, naming
 * row and column: a quote inside an unquoted cell, text behind a closing quote, a quote never closed, U+0000,
 * bytes that are not UTF-8, a cell over CSV_MAX_CELL bytes, more than CSV_MAX_COLUMNS columns. Whether every
 * row has as many cells as the head is the caller's to judge: csv_row.n tells.
 *
 * A wrong row does not end the file: csv_next() stands behind its line end afterwards, so that an import may
 * report every wrong row at once. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/arena.h"

enum { CSV_MAX_CELL = 64 * 1024, CSV_MAX_COLUMNS = 512 };

struct csv {
    struct str rest;
    char separator;
    size_t row, line; /* of the row last returned: rows from 1 without empty lines, lines from 1 as an editor
                         counts */
    size_t next_line;
};

struct csv_row {
    struct str *cells; /* point into the text, or into the arena where quotes were doubled; never STR_NONE */
    size_t n;
};

/* text must outlive the rows. separator: ',' or, as many spreadsheets write, ';' or a tab. */
void csv_init(struct csv *c, struct str text, char separator);
/* 1: a row; 0: no more; -1: ERR_SYNTAX, or ERR_TOO_LARGE, where = "row 17, column 3" (or the arena is full:
 * all rows may then share the same fate). Reset the arena between rows, or keep them all. */
int csv_next(struct csv *c, struct arena *a, struct csv_row *out, struct err *e);

#endif
