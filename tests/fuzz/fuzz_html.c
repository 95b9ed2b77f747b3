/* Any bytes as a mail body: the text is never longer than promised, and holds no broken characters that were not in the
 * mail. */
#include <assert.h>

#include "base/utf8.h"
#include "flow/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str body = {(const char *)data, size};
    ARENA_AUTO a;
    arena_init(&a, 64 * 1024 * 1024);
    bool valid = utf8_valid(body);
    struct str text = text_of_html(&a, body), plain = text_without_quotes(&a, body);
    assert(str_given(text) && str_given(plain));
    assert(text.n <= 2 * size + 64 && plain.n <= size + 1);
    if (valid) assert(utf8_valid(text) && utf8_valid(plain));
    text_is_html(body);
    return 0;
}
