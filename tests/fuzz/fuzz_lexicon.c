/* Any bytes as a lexicon, and the rest as a message read by it: either an error that names its line, or a reader that stays in bounds. */
#include <assert.h>

#include "engine/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str all = {(const char *)data, size}, rules = all, message = STR("");
    ptrdiff_t cut = str_find(all, STR("\n===\n"));
    if (cut >= 0) rules = str_head(all, (size_t)cut), message = str_skip(all, (size_t)cut + 5);
    struct lexicon_file f = {STR("fuzz.txt"), rules};
    struct lexicon *l = NULL;
    struct err e = {0};
    if (lexicon_read(&f, 1, &l, &e)) {
        assert(!l && e.kind != ERR_NONE && e.msg[0]);
        return 0;
    }
    struct reading r;
    read_message(l, message, 0, &r);
    assert(r.urgency >= 0 && r.urgency <= 1);
    for (size_t i = 0; i < r.n; i++) assert(r.found[i].from <= r.found[i].to && r.found[i].to <= message.n);
    lexicon_free(l);
    return 0;
}
