/* Any bytes as a stored picture: what is taken writes and reads back to the same bytes, scores, and takes another event. */
#include <assert.h>

#include "engine/score.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void round_trip(const struct picture *p) {
    BUF_AUTO one;
    BUF_AUTO other;
    buf_init(&one, PICTURE_MAX_BLOB);
    buf_init(&other, PICTURE_MAX_BLOB);
    picture_write(p, &one);
    assert(buf_ok(&one));
    struct picture q;
    int rc = picture_read(buf_str(&one), &q, NULL);
    assert(rc == 0);
    picture_write(&q, &other);
    assert(str_eq(buf_str(&one), buf_str(&other)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct picture p;
    struct err e = {0};
    if (picture_read((struct str){(const char *)data, size}, &p, &e)) {
        assert(e.kind == ERR_CONFLICT || e.kind == ERR_INVALID);
        return 0;
    }
    round_trip(&p);
    struct score s;
    struct score_settings settings = score_defaults();
    score_lead(&p, &settings, NULL, INT64_C(1768590000000000), &s);
    assert(s.likelihood >= 0 && s.likelihood <= 100 && s.confidence >= 0 && s.confidence <= 1);
    struct event ev = {.at_us = INT64_C(1768590000000000), .kind = (enum event_kind)(size % EVENT_KINDS)};
    picture_apply(&p, &ev, NULL);
    round_trip(&p);
    return 0;
}
