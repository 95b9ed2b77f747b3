/* Instants, dates and times of day from anywhere. What is read is within the years 1 to 9999 and, written
 * again, reads back the same. */
#include <assert.h>

#include "base/civil.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_instant(struct str text) {
    int64_t us, back;
    if (rfc3339_parse(text, &us, NULL)) return;
    struct civil c = civil_of_us(us);
    assert(date_valid(c.date) && civil_to_us(c) == us);
    BUF_AUTO b;
    buf_init(&b, 100);
    rfc3339_add(&b, us, 6);
    assert(b.n == 27 && rfc3339_parse(buf_str(&b), &back, NULL) == 0 && back == us);
    buf_clear(&b);
    rfc3339_add(&b, us, 3);
    assert(b.n == 24 && rfc3339_parse(buf_str(&b), &back, NULL) == 0 && back <= us && us - back < 1000);
}

static void check_date(struct str text) {
    struct date d;
    if (date_parse(text, &d, NULL)) return;
    assert(date_valid(d) && date_cmp(date_of_days(date_to_days(d)), d) == 0);
    BUF_AUTO b;
    buf_init(&b, 100);
    date_add_text(&b, d);
    assert(str_eq(buf_str(&b), text)); /* there is one spelling */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str text = {(const char *)data, size};
    check_instant(text);
    check_date(text);
    int minute;
    if (clock_parse(text, &minute, NULL) == 0) {
        char again[8];
        snprintf(again, sizeof again, "%02d:%02d", minute / 60, minute % 60);
        assert(minute >= 0 && minute < 1440 && str_is(text, again));
    }
    return 0;
}
