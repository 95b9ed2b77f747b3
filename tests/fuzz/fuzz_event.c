/* Any bytes as an event's payload: what is read is written, and reads back to what writes the same bytes. */
#include <assert.h>

#include "engine/event.h"
#include "engine/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ARENA_AUTO a;
    BUF_AUTO one;
    BUF_AUTO other;
    arena_init(&a, 32 << 20);
    buf_init(&one, EVENT_MAX_PAYLOAD);
    buf_init(&other, EVENT_MAX_PAYLOAD);
    struct str text = {(const char *)data, size};
    struct event ev = {.at_us = 5}, again = {.at_us = 5};
    if (event_read(&a, text, &ev, NULL) == 0) {
        event_write(&ev, &one);
        assert(buf_ok(&one));
        int rc = event_read(&a, buf_str(&one), &again, NULL);
        assert(rc == 0);
        event_write(&again, &other);
        assert(str_eq(buf_str(&one), buf_str(&other)));
        struct profile p = {0};
        profile_apply(&p, &ev, &a);
        assert(profile_display_name(&p, &a).n > 0);
    }
    struct profile p;
    if (profile_read(&a, text, &p, NULL) == 0) {
        buf_clear(&one);
        profile_write(&p, &one);
        struct profile q;
        int rc = profile_read(&a, buf_str(&one), &q, NULL);
        assert(rc == 0);
    }
    return 0;
}
