/* The picture: folding events, and its stored form. See picture.h.
 *
 * Every part of it is a join: maximum, minimum, sum, "the K largest" and "sums per day within a window that
 * ends at the largest day". Each is commutative and associative over a set of events, so any order of arrival
 * ends in the same bytes, and folding goes on from a stored picture as from the start (property tests in
 * tests/unit/test_picture.c). Sums saturate instead of wrapping: that too is order-free. Nothing here knows
 * the time of day: scores that fade take `now`. Serves FLOW-2, LEAD-1, LEAD-6 (no name, language or place
 * stands in it). */
#include "engine/picture.h"

#include <assert.h>
#include <math.h>

void picture_init(struct picture *p) {
    *p = (struct picture){.version = PICTURE_VERSION};
}

static void raise_to(int64_t *at, int64_t us) {
    if (us > *at) *at = us;
}

static void count_one(uint32_t *n) {
    if (*n < UINT32_MAX) ++*n;
}

static bool from_lead(enum event_kind k) {
    return k == EV_MESSAGE_IN || k == EV_CALL_IN;
}
static bool to_lead(enum event_kind k) {
    return k == EV_MESSAGE_OUT || k == EV_CALL_OUT;
}

static bool kept(enum event_kind k) {
    switch (k) {
    case EV_MESSAGE_STATUS:
    case EV_NOTE:
    case EV_TASK: return false;
    default: return event_group(k) != EVENT_CONTACT && event_group(k) != EVENT_OWN;
    }
}

static int64_t utc_day(int64_t us) {
    return us / US_DAY;
} /* us > 0 */

static void count_day(struct picture *p, int64_t at_us, bool activity) {
    int64_t day = utc_day(at_us), ahead = day - p->newest_day;
    if (ahead > 0) {
        size_t move = ahead < PICTURE_DAYS ? (size_t)ahead : PICTURE_DAYS;
        memmove(p->day_activity + move, p->day_activity, (PICTURE_DAYS - move) * sizeof p->day_activity[0]);
        memset(p->day_activity, 0, move * sizeof p->day_activity[0]);
        p->newest_day = day;
    }
    int64_t back = p->newest_day - day;
    if (activity && back < PICTURE_DAYS && p->day_activity[back] < UINT16_MAX) p->day_activity[back]++;
}

static int touch_cmp(const struct touch *a, const struct touch *b) {
    if (a->at_us != b->at_us) return a->at_us < b->at_us ? -1 : 1;
    return id_cmp(a->id, b->id);
}

static void keep_touch(struct picture *p, struct touch t) {
    size_t at = p->n_recent;
    while (at > 0 && touch_cmp(&t, &p->recent[at - 1]) > 0) at--;
    if (at == PICTURE_RECENT || (at > 0 && touch_cmp(&t, &p->recent[at - 1]) == 0)) return;
    if (p->n_recent < PICTURE_RECENT) p->n_recent++;
    memmove(p->recent + at + 1, p->recent + at, (p->n_recent - 1 - at) * sizeof t);
    p->recent[at] = t;
}

static uint8_t in_255(double v) {
    return (uint8_t)lround(fmin(fmax(v, 0), 1) * 255);
}

static int32_t in_i32(int64_t v) {
    return (int32_t)(v < 0 ? 0 : v > INT32_MAX ? INT32_MAX : v);
}

static void note_opt_out(struct picture *p, int64_t at_us, struct id by) {
    if (at_us < p->opt_out_us || (at_us == p->opt_out_us && id_cmp(by, p->opt_out_event) <= 0)) return;
    p->opt_out_us = at_us;
    p->opt_out_event = by;
}

static void note_consent(struct picture *p, const struct event *ev, const struct reading *r, int64_t at_us) {
    switch (r ? r->opt : OPT_NONE) {
    case OPT_OUT:
    case OPT_OUT_AND_ALERT: note_opt_out(p, at_us, ev->id); break;
    case OPT_START: raise_to(&p->opt_in_us, at_us); break;
    case OPT_CHANNEL:
    case OPT_PAUSE_AND_ASK: raise_to(&p->opt_doubt_us, at_us); break;
    case OPT_NONE:
    case OPT_HELP: break;
    }
    if (ev->kind == EV_ACTION && str_is(ev->ref, "consent")) {
        if (str_is(ev->status, "stopped")) note_opt_out(p, at_us, ev->id);
        if (str_is(ev->status, "cleared")) raise_to(&p->opt_settled_us, at_us);
    }
    int64_t settled = p->opt_settled_us;
    raise_to(&settled, p->opt_in_us);
    raise_to(&settled, p->opt_out_us);
    p->opt_needs_person = p->opt_doubt_us > settled;
}

static void note_deal(struct picture *p, const struct event *ev, int64_t at_us) {
    if (ev->kind != EV_OPPORTUNITY) return;
    if (str_eq_ci(ev->status, STR("won"))) raise_to(&p->won_us, at_us);
    if (str_eq_ci(ev->status, STR("lost")) || str_eq_ci(ev->status, STR("abandoned")))
        raise_to(&p->lost_us, at_us);
}

void picture_apply(struct picture *p, const struct event *ev, const struct reading *r) {
    assert(p->version == PICTURE_VERSION && ev->kind < EVENT_KINDS && ev->channel < CHANNELS);
    int64_t at = ev->at_us > 0 ? ev->at_us : 1; /* 0 says "none" */
    bool behavior = event_group(ev->kind) == EVENT_BEHAVIOR, in = from_lead(ev->kind);
    if (!p->first_us || at < p->first_us) p->first_us = at;
    raise_to(&p->last_us, at);
    count_one(&p->count[ev->kind]);
    raise_to(&p->last_of[ev->kind], at);
    if (behavior) raise_to(&p->last_behavior_us, at);
    if (in) {
        raise_to(&p->last_in_us, at);
        count_one(&p->in_by_channel[ev->channel]);
    }
    if (to_lead(ev->kind)) {
        raise_to(&p->last_out_us, at);
        count_one(&p->out_by_channel[ev->channel]);
    }
    count_day(p, at, behavior || in);
    note_consent(p, ev, r, at);
    note_deal(p, ev, at);
    if (kept(ev->kind))
        keep_touch(p, (struct touch){.at_us = at,
                                     .id = ev->id,
                                     .kind = (uint8_t)ev->kind,
                                     .channel = (uint8_t)ev->channel,
                                     .urgency = in_255(r ? r->urgency : 0),
                                     .competitor = in_255(r ? r->competitor : 0),
                                     .seconds = in_i32(ev->seconds)});
}

bool picture_opted_out(const struct picture *p) {
    return p->opt_out_us && p->opt_out_us >= p->opt_in_us;
}

/* ---- stored form
 * ------------------------------------------------------------------------------------------------- A
 * sequence of unsigned integers in base 128, low digits first (LEB128). Times are microseconds back from
 * last_us, plus one; 0 says "none". Tables of counts hold only the rows that are not zero, each led by its
 * number plus one, ended by a 0. Adding an event kind therefore needs no new version. */

static void put(struct buf *b, uint64_t v) {
    for (; v >= 0x80; v >>= 7) buf_c(b, (char)(0x80 | (v & 0x7f)));
    buf_c(b, (char)v);
}

static void put_time(struct buf *b, const struct picture *p, int64_t us) {
    put(b, us ? (uint64_t)(p->last_us - us) + 1 : 0);
}

static void put_channels(struct buf *b, const uint32_t count[CHANNELS]) {
    for (size_t c = 0; c < CHANNELS; c++) {
        if (!count[c]) continue;
        put(b, c + 1);
        put(b, count[c]);
    }
    put(b, 0);
}

static void put_tables(struct buf *b, const struct picture *p) {
    for (size_t k = 0; k < EVENT_KINDS; k++) {
        if (!p->count[k]) continue;
        put(b, k + 1);
        put(b, p->count[k]);
        put_time(b, p, p->last_of[k]);
    }
    put(b, 0);
    put_channels(b, p->in_by_channel);
    put_channels(b, p->out_by_channel);
    for (size_t d = 0; d < PICTURE_DAYS; d++) {
        if (!p->day_activity[d]) continue;
        put(b, d + 1);
        put(b, p->day_activity[d]);
    }
    put(b, 0);
}

/* The single times, in their order in the stored form. */
static const size_t times[] = {
    offsetof(struct picture, first_us),     offsetof(struct picture, last_in_us),
    offsetof(struct picture, last_out_us),  offsetof(struct picture, last_behavior_us),
    offsetof(struct picture, opt_out_us),   offsetof(struct picture, opt_in_us),
    offsetof(struct picture, opt_doubt_us), offsetof(struct picture, opt_settled_us),
    offsetof(struct picture, won_us),       offsetof(struct picture, lost_us),
};
enum { TIMES = sizeof times / sizeof times[0] };

void picture_write(const struct picture *p, struct buf *out) {
    assert(p->version == PICTURE_VERSION && p->n_recent <= PICTURE_RECENT);
    put(out, p->version);
    put(out, (uint64_t)p->last_us);
    for (size_t i = 0; i < TIMES; i++) {
        int64_t us;
        memcpy(&us, (const char *)p + times[i], sizeof us);
        put_time(out, p, us);
    }
    if (p->opt_out_us) buf_add(out, p->opt_out_event.b, sizeof p->opt_out_event.b);
    put(out, p->opt_needs_person);
    put_tables(out, p);
    put(out, p->n_recent);
    for (size_t i = 0; i < p->n_recent; i++) {
        const struct touch *t = &p->recent[i];
        put_time(out, p, t->at_us);
        buf_add(out, t->id.b, sizeof t->id.b);
        buf_add(out, (uint8_t[]){t->kind, t->channel, t->urgency, t->competitor}, 4);
        put(out, (uint64_t)t->seconds);
    }
}

struct source { /* what is left of a blob; bad: it was not written by picture_write() */
    struct str s;
    bool bad;
};

static uint64_t take(struct source *in, uint64_t max) {
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
        if (!in->s.n) break;
        uint64_t digit = (unsigned char)in->s.p[0];
        in->s = str_skip(in->s, 1);
        v |= (digit & 0x7f) << shift;
        if (digit >= 0x80) continue;
        if (v > max || (digit == 0 && shift > 0)) break; /* too large, or not the shortest form */
        return v;
    }
    in->bad = true;
    in->s.n = 0;
    return 0;
}

static void take_bytes(struct source *in, void *to, size_t n) {
    if (in->s.n < n) {
        in->bad = true;
        in->s.n = 0;
        memset(to, 0, n);
        return;
    }
    memcpy(to, in->s.p, n);
    in->s = str_skip(in->s, n);
}

static int64_t take_time(struct source *in, const struct picture *p) {
    uint64_t back = take(in, (uint64_t)p->last_us);
    return back ? p->last_us - (int64_t)(back - 1) : 0;
}

/* The number of the next row of a table of `rows`, or -1 at its end; rows rise. */
static int64_t take_row(struct source *in, int64_t last, size_t rows) {
    int64_t row = (int64_t)take(in, rows) - 1;
    if (row >= 0 && row <= last) in->bad = true;
    return in->bad ? -1 : row;
}

static void take_channels(struct source *in, uint32_t count[CHANNELS]) {
    for (int64_t c = -1; (c = take_row(in, c, CHANNELS)) >= 0;) {
        count[c] = (uint32_t)take(in, UINT32_MAX);
        if (!count[c]) in->bad = true;
    }
}

static void take_tables(struct source *in, struct picture *p) {
    for (int64_t k = -1; (k = take_row(in, k, EVENT_KINDS)) >= 0;) {
        p->count[k] = (uint32_t)take(in, UINT32_MAX);
        p->last_of[k] = take_time(in, p);
        if (!p->count[k] || !p->last_of[k]) in->bad = true;
    }
    take_channels(in, p->in_by_channel);
    take_channels(in, p->out_by_channel);
    for (int64_t d = -1; (d = take_row(in, d, PICTURE_DAYS)) >= 0;) {
        p->day_activity[d] = (uint16_t)take(in, UINT16_MAX);
        if (!p->day_activity[d]) in->bad = true;
    }
}

static void take_touch(struct source *in, const struct picture *p, struct touch *t) {
    uint8_t four[4];
    t->at_us = take_time(in, p);
    take_bytes(in, t->id.b, sizeof t->id.b);
    take_bytes(in, four, 4);
    t->kind = four[0], t->channel = four[1], t->urgency = four[2], t->competitor = four[3];
    t->seconds = (int32_t)take(in, INT32_MAX);
    if (!t->at_us || t->kind >= EVENT_KINDS || t->channel >= CHANNELS) in->bad = true;
    if (!in->bad && !kept((enum event_kind)t->kind)) in->bad = true;
}

int picture_read(struct str blob, struct picture *out, struct err *e) {
    struct source in = {.s = blob};
    uint64_t version = take(&in, UINT32_MAX);
    if (!in.bad && version != PICTURE_VERSION)
        return err_set(e, ERR_CONFLICT, "",
                       "picture of version %llu; this is version %d: rebuild it from the timeline",
                       (unsigned long long)version, PICTURE_VERSION);
    struct picture p;
    picture_init(&p);
    p.last_us = (int64_t)take(&in, INT64_MAX);
    p.newest_day = utc_day(p.last_us);
    for (size_t i = 0; i < TIMES; i++) {
        int64_t us = take_time(&in, &p);
        memcpy((char *)&p + times[i], &us, sizeof us);
    }
    if (p.opt_out_us) take_bytes(&in, p.opt_out_event.b, sizeof p.opt_out_event.b);
    p.opt_needs_person = take(&in, 1);
    take_tables(&in, &p);
    p.n_recent = (uint16_t)take(&in, PICTURE_RECENT);
    for (size_t i = 0; i < p.n_recent && !in.bad; i++) {
        take_touch(&in, &p, &p.recent[i]);
        if (i && touch_cmp(&p.recent[i - 1], &p.recent[i]) <= 0) in.bad = true;
    }
    if (in.bad || in.s.n) return err_set(e, ERR_INVALID, "", "not a stored picture: damaged or cut");
    *out = p;
    return 0;
}
