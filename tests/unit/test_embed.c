/* What tools/embed.c wrote of tests/unit/embed is what stands there, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zlib.h>

#include "assets_unit.h"
#include "assets_unit_none.h"
#include "assets_unit_some.h"

enum { MAX_FILE = 1 << 16 };

static struct str file_bytes(const char *path, char *into) {
    char full[4096];
    snprintf(full, sizeof full, "%s/tests/unit/embed/%s", getenv("SOURCE_ROOT"), path);
    FILE *in = fopen(full, "rb");
    assert_non_null(in);
    size_t n = fread(into, 1, MAX_FILE, in);
    fclose(in);
    return (struct str){into, n};
}

static void every_file_is_there_sorted_and_hidden_ones_are_not(void **state) {
    (void)state;
    static const char *const want[] = {"empty.txt", "odd.bin", "page.html", "sub/app.js"};
    assert_int_equal(assets_unit_n, 4);
    for (size_t i = 0; i < 4; i++) assert_string_equal(assets_unit[i].path, want[i]);
    assert_null(assets_unit[4].path);
}

static void bytes_are_the_files_bytes(void **state) {
    (void)state;
    static char room[MAX_FILE];
    for (size_t i = 0; i < assets_unit_n; i++) {
        struct str want = file_bytes(assets_unit[i].path, room);
        assert_int_equal(assets_unit[i].plain.n, want.n);
        assert_memory_equal(assets_unit[i].plain.p, want.p, want.n);
        assert_int_equal(assets_unit[i].plain.p[want.n], 0);
    }
}

static void gzip_opens_to_the_same_bytes_and_stands_only_where_smaller(void **state) {
    (void)state;
    static char room[MAX_FILE];
    const struct asset *page = asset_find(assets_unit, assets_unit_n, STR("page.html"));
    const struct asset *odd = asset_find(assets_unit, assets_unit_n, STR("odd.bin"));
    const struct asset *empty = asset_find(assets_unit, assets_unit_n, STR("empty.txt"));
    assert_true(page && odd && empty);
    assert_false(str_given(odd->gzip));
    assert_false(str_given(empty->gzip));
    assert_int_equal(empty->plain.n, 0);
    assert_true(str_given(page->gzip) && page->gzip.n < page->plain.n);

    z_stream z = {.next_in = (Bytef *)(uintptr_t)page->gzip.p,
                  .avail_in = (uInt)page->gzip.n,
                  .next_out = (Bytef *)room,
                  .avail_out = sizeof room};
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.total_out, page->plain.n);
    assert_memory_equal(room, page->plain.p, page->plain.n);
    inflateEnd(&z);
}

static void mime_follows_the_ending(void **state) {
    (void)state;
    assert_string_equal(assets_unit[0].mime, "text/plain; charset=utf-8");
    assert_string_equal(assets_unit[1].mime, "application/octet-stream");
    assert_string_equal(assets_unit[2].mime, "text/html; charset=utf-8");
    assert_string_equal(assets_unit[3].mime, "text/javascript; charset=utf-8");
}

static void etags_are_strong_and_differ_with_the_bytes(void **state) {
    (void)state;
    for (size_t i = 0; i < assets_unit_n; i++) {
        const char *tag = assets_unit[i].etag;
        assert_int_equal(strlen(tag), 34);
        assert_true(tag[0] == '"' && tag[33] == '"');
        assert_int_equal(strspn(tag + 1, "0123456789abcdef"), 32);
        for (size_t j = 0; j < i; j++) assert_string_not_equal(tag, assets_unit[j].etag);
    }
    /* the first half of the SHA-256 of nothing */
    assert_string_equal(assets_unit[0].etag, "\"e3b0c44298fc1c149afbf4c8996fb924\"");
}

static void find_knows_each_path_and_no_other(void **state) {
    (void)state;
    for (size_t i = 0; i < assets_unit_n; i++)
        assert_ptr_equal(asset_find(assets_unit, assets_unit_n, str_of(assets_unit[i].path)),
                         &assets_unit[i]);
    static const char *const strange[] = {"",
                                          "a",
                                          "empty.tx",
                                          "empty.txt0",
                                          "odd.bin/",
                                          "sub",
                                          "sub/app.js/",
                                          "zzz",
                                          "../empty.txt",
                                          ".hidden",
                                          "sub/../page.html"};
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++)
        assert_null(asset_find(assets_unit, assets_unit_n, str_of(strange[i])));
    assert_null(asset_find(assets_unit, 0, STR("odd.bin")));
}

static void a_list_gives_the_listed_and_a_missing_folder_an_empty_table(void **state) {
    (void)state;
    assert_int_equal(assets_unit_some_n, 1);
    assert_string_equal(assets_unit_some[0].path, "sub/app.js");
    assert_int_equal(assets_unit_none_n, 0);
    assert_null(assets_unit_none[0].path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_is_there_sorted_and_hidden_ones_are_not),
        cmocka_unit_test(bytes_are_the_files_bytes),
        cmocka_unit_test(gzip_opens_to_the_same_bytes_and_stands_only_where_smaller),
        cmocka_unit_test(mime_follows_the_ending),
        cmocka_unit_test(etags_are_strong_and_differ_with_the_bytes),
        cmocka_unit_test(find_knows_each_path_and_no_other),
        cmocka_unit_test(a_list_gives_the_listed_and_a_missing_folder_an_empty_table),
    };
    return cmocka_run_group_tests_name("embed", tests, NULL, NULL);
}
