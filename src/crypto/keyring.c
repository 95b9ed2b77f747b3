/* The master keys: read from text, never written back from memory (DATA-3).
 *
 * The text is the operator's: a file of mode 0600 or an environment variable, a line for each version. Old
 * versions stay in it until every tenant's key is wrapped anew (`leadlight keys rotate`), then they may be
 * taken out. So a wrong line is an error with its number and not something to skip: a keyring that quietly
 * lacks a key is lost data.
 *
 * Invariants: versions are unique and sorted, so the last is the current one; nothing changes after
 * keyring_read(). Must not do: put any part of the text into an error. */
#include "crypto/wrap.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#include "crypto/sign.h"

enum { LINES_MAX = 4096, HEX = 2 * KEY_BYTES };

static const char TENANT_KEY[] = "#tenant-key";

struct keyring {
    size_t n;
    struct key keys[]; /* by version, rising */
};

void keyring_free(struct keyring *k) {
    if (!k) return;
    OPENSSL_cleanse(k->keys, k->n * sizeof k->keys[0]);
    free(k);
}

uint32_t keyring_current(const struct keyring *k) {
    return k->keys[k->n - 1].version;
}

static const struct key *keyring_find(const struct keyring *k, uint32_t version) {
    for (size_t i = k->n; i-- > 0;)
        if (k->keys[i].version == version) return &k->keys[i];
    return NULL;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static bool key_read_hex(struct str s, uint8_t out[KEY_BYTES]) {
    if (s.n != HEX) return false;
    for (size_t i = 0; i < KEY_BYTES; i++) {
        int hi = hex_digit(s.p[2 * i]), lo = hex_digit(s.p[2 * i + 1]);
        if (hi < 0 || lo < 0) return false;
        out[i] = (uint8_t)(hi << 4 | lo);
    }
    return true;
}

/* A key of one repeated byte is somebody's placeholder. */
static bool key_is_placeholder(const uint8_t b[KEY_BYTES]) {
    return memcmp(b, b + 1, KEY_BYTES - 1) == 0;
}

static int line_read(struct str line, const char *where, struct key *out, struct err *e) {
    struct str version;
    int64_t v = 0;
    if (!str_cut(&line, ':', &version) || !str_given(line))
        return err_set(e, ERR_INVALID, where, "must read <version>:<%d hex digits>", HEX);
    if (!str_to_i64(version, &v) || v < 1 || v > UINT32_MAX)
        return err_set(e, ERR_INVALID, where, "the version must be a number from 1 to %u", UINT32_MAX);
    if (!key_read_hex(line, out->b))
        return err_set(e, ERR_INVALID, where, "the key must be %d hex digits", HEX);
    if (key_is_placeholder(out->b))
        return err_set(e, ERR_INVALID, where, "the key is one byte repeated, which is no secret");
    out->version = (uint32_t)v;
    return 0;
}

static int key_place(struct keyring *k, const struct key *one, const char *where, struct err *e) {
    size_t i = k->n;
    while (i > 0 && k->keys[i - 1].version > one->version) i--;
    if (i > 0 && k->keys[i - 1].version == one->version)
        return err_set(e, ERR_INVALID, where, "version %u is there twice", one->version);
    memmove(&k->keys[i + 1], &k->keys[i], (k->n - i) * sizeof k->keys[0]);
    k->keys[i] = *one;
    k->n++;
    return 0;
}

static int lines_read(struct str text, struct keyring *k, struct err *e) {
    struct str line;
    for (int number = 1; str_cut(&text, '\n', &line); number++) {
        line = str_trim(line);
        if (line.n == 0 || line.p[0] == '#') continue;
        char where[32];
        snprintf(where, sizeof where, "line %d", number);
        struct key one = {0};
        int rc = line_read(line, where, &one, e);
        if (rc == 0) rc = key_place(k, &one, where, e);
        key_wipe(&one);
        if (rc < 0) return -1;
    }
    return k->n > 0 ? 0
                    : err_set(e, ERR_INVALID, "",
                              "holds no master key: at least one line <version>:<key> is needed");
}

int keyring_read(struct str text, struct keyring **out, struct err *e) {
    size_t lines = 1;
    for (size_t i = 0; i < text.n; i++) lines += text.p[i] == '\n';
    if (lines > LINES_MAX) return err_set(e, ERR_TOO_LARGE, "", "more than %d lines", LINES_MAX);
    struct keyring *k = calloc(1, sizeof *k + lines * sizeof k->keys[0]);
    if (!k) return err_set(e, ERR_UNAVAILABLE, "", "out of memory");
    if (lines_read(text, k, e) < 0) {
        keyring_free(k);
        return -1;
    }
    *out = k;
    return 0;
}

void keyring_extend_text(struct buf *text, uint32_t version, const struct chance *c) {
    assert(version > 0);
    uint8_t fresh[KEY_BYTES];
    chance_fill(c, fresh, sizeof fresh);
    if (text->n > 0 && text->p[text->n - 1] != '\n') buf_c(text, '\n');
    buf_fmt(text, "%u:", version);
    buf_hex(text, fresh, sizeof fresh);
    buf_c(text, '\n');
    OPENSSL_cleanse(fresh, sizeof fresh);
}

int keyring_mark(const struct keyring *k, uint32_t version, uint8_t out[16], struct err *e) {
    const struct key *master = keyring_find(k, version);
    if (!master) return err_set(e, ERR_NOT_FOUND, "", "master key version %u is not in the keyring", version);
    uint8_t full[32];
    hmac_sha256((struct str){(const char *)master->b, KEY_BYTES}, STR("leadlight keyring mark 1"), full);
    memcpy(out, full, 16);
    return 0;
}

static struct seal_place tenant_key_place(struct tenant_id t) {
    return (struct seal_place){.tenant = t, .column = TENANT_KEY};
}

int tenant_key_make(const struct keyring *k, struct tenant_id t, const struct chance *c, struct key *out,
                    uint8_t out_wrapped[WRAPPED_BYTES], struct err *e) {
    struct seal_place at = tenant_key_place(t);
    return key_make(&k->keys[k->n - 1], &at, c, out, out_wrapped, e);
}

int tenant_key_open(const struct keyring *k, struct tenant_id t, struct str wrapped, struct key *out,
                    struct err *e) {
    struct seal_place at = tenant_key_place(t);
    uint32_t version = sealed_version(wrapped);
    const struct key *master = keyring_find(k, version);
    if (version && !master)
        return err_set(e, ERR_INTERNAL, TENANT_KEY,
                       "needs master key version %u, which is not in the keyring", version);
    return key_unwrap(master ? master : &k->keys[k->n - 1], &at, wrapped, out, e);
}

int tenant_key_rewrap(const struct keyring *k, struct tenant_id t, struct str wrapped, const struct chance *c,
                      uint8_t out_wrapped[WRAPPED_BYTES], struct err *e) {
    struct key plain;
    if (tenant_key_open(k, t, wrapped, &plain, e) < 0) return -1;
    struct seal_place at = tenant_key_place(t);
    int rc = key_wrap(&k->keys[k->n - 1], &at, &plain, c, out_wrapped, e);
    key_wipe(&plain);
    return rc;
}
