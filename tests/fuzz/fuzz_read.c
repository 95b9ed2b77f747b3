/* Any bytes as a message. Findings lie within the text, figures within 0 to 1, and reading twice says the same. */
#include <assert.h>

#include "assets_data.h"
#include "base/asset.h"
#include "base/civil.h"
#include "engine/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct lexicon *the_lexicon(void) {
    static struct lexicon *l;
    if (l) return l;
    struct lexicon_file files[16];
    size_t n = 0;
    for (size_t i = 0; i < assets_data_n && n < 16; i++)
        if (str_starts(str_of(assets_data[i].path), STR("read/")))
            files[n++] = (struct lexicon_file){str_of(assets_data[i].path), assets_data[i].plain};
    int rc = lexicon_read(files, n, &l, NULL);
    assert(rc == 0);
    return l;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct lexicon *l = the_lexicon();
    struct str text = {(const char *)data, size};
    int64_t sent_us = INT64_C(1768590000000000) + (size ? data[0] : 0) * US_DAY;
    struct reading r, again;
    read_message(l, text, sent_us, &r);
    read_message(l, text, sent_us, &again);
    assert(r.urgency >= 0 && r.urgency <= 1 && r.competitor >= 0 && r.competitor <= 1);
    assert(r.urgency == again.urgency && r.opt == again.opt && r.n == again.n);
    assert(r.horizon_days >= -1 && r.n <= READ_MAX_FINDINGS);
    for (size_t i = 0; i < r.n; i++) {
        const struct finding *f = &r.found[i];
        assert(f->from < f->to && f->to <= size && f->to <= READ_MAX_TEXT);
        assert(f->value >= 0 && f->value <= 1 && f->say.n > 0 && f->say_es.n > 0);
    }
    return 0;
}
