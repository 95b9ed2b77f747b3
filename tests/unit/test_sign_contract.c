/* The signature vectors that come with the CRM's contract, where they are at hand: LEADLIGHT_SHARED names the
 * folder that holds contracts/. Without it the program says that it skips. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/b64.h"
#include "base/json.h"
#include "crypto/sign.h"

static struct public_key *key_read(struct str pem) {
    struct public_key *k = NULL;
    struct err e = {0};
    if (public_key_read(pem, &k, &e) < 0) fail_msg("%s", e.msg);
    return k;
}

static void file_read(const char *path, struct buf *out) {
    FILE *f = fopen(path, "rb");
    if (!f) fail_msg("cannot open %s", path);
    char part[4096];
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;) buf_add(out, part, n);
    fclose(f);
    assert_true(buf_ok(out));
}

static void test_contract_vectors(void **state) {
    (void)state;
    const char *shared = getenv("LEADLIGHT_SHARED");
    BUF_AUTO path, text;
    buf_init(&path, 4096);
    buf_init(&text, 1 << 20);
    buf_fmt(&path, "%s/contracts/ghl/webhook-signature-vectors.json", shared);
    file_read(path.p, &text);
    ARENA_AUTO a;
    arena_init(&a, 1 << 22);
    const struct jnode *root = NULL;
    assert_int_equal(json_parse(&a, buf_str(&text), 1 << 20, &root, NULL), 0);
    struct str pem;
    assert_int_equal(json_need_str(root, "ed25519PublicKeyPem", &pem, NULL), 0);
    struct public_key *ed = key_read(pem);
    assert_int_equal(json_need_str(root, "rsaPublicKeyPem", &pem, NULL), 0);
    struct public_key *rsa = key_read(pem);
    const struct jnode *vectors = json_get(root, "vectors");
    assert_non_null(vectors);
    assert_true(vectors->kids.count >= 10);
    for (const struct jnode *v = vectors->kids.first; v; v = v->next) {
        struct str name, header, value, body64;
        bool expect = false;
        BUF_AUTO body;
        buf_init(&body, 1 << 16);
        assert_int_equal(json_need_str(v, "name", &name, NULL), 0);
        assert_int_equal(json_need_str(v, "header", &header, NULL), 0);
        assert_int_equal(json_str(v, "value", STR(""), &value, NULL), 0);
        assert_int_equal(json_need_str(v, "bodyBase64", &body64, NULL), 0);
        assert_int_equal(json_bool(v, "expect", false, &expect, NULL), 0);
        assert_int_equal(b64_decode(body64, &body, NULL), 0);
        const struct public_key *k = str_is(header, "X-GHL-Signature") ? ed : rsa;
        if ((public_key_verify(k, buf_str(&body), value, NULL) == 0) != expect)
            fail_msg("%.*s", STR_FMT(name));
    }
    public_key_free(ed);
    public_key_free(rsa);
}

int main(void) {
    if (!getenv("LEADLIGHT_SHARED")) {
        puts("1..0 # SKIP LEADLIGHT_SHARED is not set");
        return 0;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_contract_vectors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
