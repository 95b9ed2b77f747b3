/* The operator's text of master keys. A keyring that was read must be usable: its current version has a mark,
 * what is wrapped under it opens, and it still reads after a key was added as `keys rotate` does. */
#include <assert.h>

#include "crypto/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void counting_fill(void *ctx, void *p, size_t n) {
    uint8_t *next = ctx, *at = p;
    for (size_t i = 0; i < n; i++) at[i] = (*next)++;
}

static void check_usable(const struct keyring *k, const struct chance *c) {
    struct tenant_id t = {{{1}}};
    struct key made, opened;
    uint8_t wrapped[WRAPPED_BYTES], mark[16];
    assert(keyring_current(k) > 0);
    assert(keyring_mark(k, keyring_current(k), mark, NULL) == 0);
    assert(tenant_key_make(k, t, c, &made, wrapped, NULL) == 0);
    struct str w = {(const char *)wrapped, sizeof wrapped};
    assert(sealed_version(w) == keyring_current(k));
    assert(tenant_key_open(k, t, w, &opened, NULL) == 0);
    assert(memcmp(&made, &opened, sizeof made) == 0);
}

static void check_extends(struct str text, uint32_t current, const struct chance *c) {
    if (current == UINT32_MAX) return;
    struct keyring *k = NULL;
    struct err e = {0};
    BUF_AUTO more;
    buf_init(&more, text.n + 200);
    buf_str_add(&more, text);
    keyring_extend_text(&more, current + 1, c);
    if (keyring_read(buf_str(&more), &k, &e) == 0)
        assert(keyring_current(k) == current + 1);
    else
        assert(e.kind == ERR_TOO_LARGE);
    keyring_free(k);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str text = {(const char *)data, size};
    struct keyring *k = NULL;
    struct err e = {0};
    uint8_t next = 0;
    struct chance c = {counting_fill, &next};
    if (keyring_read(text, &k, &e) < 0) {
        assert(k == NULL && (e.kind == ERR_INVALID || e.kind == ERR_TOO_LARGE));
        return 0;
    }
    check_usable(k, &c);
    check_extends(text, keyring_current(k), &c);
    keyring_free(k);
    return 0;
}
