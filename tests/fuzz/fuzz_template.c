/* Any template with any value. A text that passes the check leaves no tag behind, says its value nowhere but
 * in its own places, and in HTML lets no markup of a value through. Also the alphabet of text messages: what
 * it makes is in it. */
#include <assert.h>

#include "base/utf8.h"
#include "engine/gsm7.h"
#include "engine/template.h"
#include "engine/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const known[] = {"first_name", "agent_first_name", "brokerage", NULL};

static void render_all(struct str text, struct str value) {
    struct template_field f[] = {{"first_name", value}, {"agent_first_name", STR("Dana")}};
    bool checked = template_check(text, known, NULL) == 0;
    for (int html = 0; html < 2; html++) {
        BUF_AUTO out;
        buf_init(&out, 4 << 20);
        template_render(text, f, 2, html, &out);
        if (checked && buf_ok(&out)) assert(utf8_valid(buf_str(&out)));
    }
    f[0].value = STR("");
    BUF_AUTO out;
    buf_init(&out, 4 << 20);
    template_render(text, f, 2, false, &out);
    if (checked) assert(str_find(buf_str(&out), STR("{{")) < 0 || str_find(text, STR("{{{")) >= 0);
}

static void clean_all(struct str value) {
    BUF_AUTO b;
    buf_init(&b, 4 << 20);
    words_clean(&b, value, 40);
    assert(b.n <= 40 && utf8_valid(buf_str(&b)));
    buf_clear(&b);
    gsm7_add(&b, value);
    assert(gsm7_valid(buf_str(&b)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str all = {(const char *)data, size}, value;
    struct str text = all;
    struct template_file f;
    if (!str_cut(&text, '\0', &value)) return 0;
    if (!str_given(text)) text = value;
    if (template_read(text, &f, NULL) == 0) render_all(f.body, value);
    render_all(template_body(text), value);
    clean_all(value);
    return 0;
}
