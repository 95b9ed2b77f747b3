/* A file that was built into the program: the dashboard, templates, word lists.
 *
 * tools/embed.c writes tables of these, `const struct asset assets_<name>[]` with `assets_<name>_n` rows,
 * sorted by path (bytewise), so that asset_find() may halve its way. Everything is constant, lives as long as
 * the program and needs no freeing. */
#ifndef BASE_ASSET_H
#define BASE_ASSET_H

#include "base/str.h"

struct asset {
    const char *path; /* relative to the embedded folder, '/' between parts: "assets/app.js" */
    struct str plain; /* the bytes; a NUL follows them that is not counted */
    struct str gzip;  /* the same, gzipped; STR_NONE when that would not be smaller */
    const char *mime; /* with charset where it is text */
    const char *etag; /* strong, quotes included, of the plain bytes: send it as W/… with the gzip copy */
};

/* The row of this path, or NULL. `rows` is sorted as embed writes it. */
static inline const struct asset *asset_find(const struct asset *rows, size_t n, struct str path) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = str_cmp(str_of(rows[mid].path), path);
        if (order == 0) return &rows[mid];
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

#endif
