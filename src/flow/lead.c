/* Leads in a transaction. See lead.h.
 *
 * A lead's row holds its key (wrapped), profile and picture (sealed); opening costs two unsealings whatever
 * the history. Nothing here decides: it finds, opens, folds, stores. */
#include "flow/lead.h"

#include "crypto/sign.h"
#include "flow/zones.h"
#include "store/query.h"

#include <assert.h>

enum { PICTURE_BYTES = 16 * 1024, PROFILE_BYTES = 64 * 1024, PAYLOAD_BYTES = 256 * 1024 };

static struct seal_place place_of(struct tenant_id t, struct id owner, const char *column, struct id row) {
    return (struct seal_place){.tenant = t, .owner = owner, .column = column, .row = row};
}

int lead_seal(const struct flow *f, const struct lead *l, const char *column, struct id row, struct str plain,
              struct buf *out, struct err *e) {
    struct seal_place at = place_of(l->tenant->id, l->id, column, row);
    return seal(&l->key, &at, plain, &f->chance, out, e);
}

int lead_unseal(const struct lead *l, const char *column, struct id row, struct str sealed, struct buf *out,
                struct err *e) {
    struct seal_place at = place_of(l->tenant->id, l->id, column, row);
    return unseal(&l->key, &at, sealed, out, e);
}

int tenant_seal(const struct flow *f, const struct tenant *t, const char *column, struct id row,
                struct str plain, struct buf *out, struct err *e) {
    struct seal_place at = place_of(t->id, (struct id){0}, column, row);
    return seal(&t->key, &at, plain, &f->chance, out, e);
}

int tenant_unseal(const struct tenant *t, const char *column, struct id row, struct str sealed,
                  struct buf *out, struct err *e) {
    struct seal_place at = place_of(t->id, (struct id){0}, column, row);
    return unseal(&t->key, &at, sealed, out, e);
}

bool normal_email(struct str s, struct arena *a, struct str *out) {
    s = str_trim(s);
    const char *at = s.n ? memchr(s.p, '@', s.n) : NULL;
    if (!at || at == s.p || at == s.p + s.n - 1 || s.n > 254) return false;
    struct str copy = arena_str(a, s);
    if (!str_given(copy)) return false;
    char *p = (char *)copy.p;
    for (size_t i = 0; i < copy.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z') p[i] = (char)(p[i] + 32);
    *out = copy;
    return true;
}

bool normal_phone(struct str s, struct arena *a, struct str *out) {
    char digits[20];
    size_t n = 0;
    bool plus = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '+' && n == 0) plus = true;
        if (c < '0' || c > '9') continue;
        if (n == 15) return false; /* E.164 */
        digits[n++] = c;
    }
    if (n < 7 || (!plus && n < 10)) return false;
    bool national = !plus && n == 10;
    *out = arena_fmt(a, "+%s%.*s", national ? "1" : "", (int)n, digits);
    return str_given(*out);
}

bool event_is_read(const struct event *ev) {
    return (ev->kind == EV_MESSAGE_IN || ev->kind == EV_FORM || ev->kind == EV_AGENT_INQUIRY) &&
           ev->text.n > 0;
}

struct id event_id_of(int64_t at_us, struct str source, struct str source_id, int part) {
    BUF_AUTO b;
    buf_init(&b, 4096);
    buf_str_add(&b, source);
    buf_c(&b, '|');
    buf_i64(&b, part);
    buf_c(&b, '|');
    buf_str_add(&b, source_id);
    uint8_t hash[32];
    sha256(buf_str(&b), hash);
    return id_make(at_us, hash);
}

static int open_picture(const struct flow *f, struct db *db, struct lead *l, struct str sealed,
                        struct arena *a, struct err *e) {
    BUF_AUTO b;
    buf_init(&b, PICTURE_BYTES);
    if (lead_unseal(l, "leads.picture", l->id, sealed, &b, e)) return -1;
    struct err why = {0};
    if (picture_read(buf_str(&b), &l->picture, &why) == 0) return 0;
    if (why.kind != ERR_CONFLICT) {
        if (e) *e = why;
        return -1;
    }
    return lead_refold(f, db, l, a, e);
}

int lead_open(const struct flow *f, struct db *db, const struct tenant *t, struct id id, struct arena *a,
              struct lead *out, struct err *e) {
    struct q_lead_get_out row;
    int got = q_lead_get(db, &(struct q_lead_get_in){.tenant = t->id, .id = id}, a, &row, e);
    if (got <= 0) return got;
    struct lead l = {.tenant = t,
                     .id = id,
                     .agent = row.agent_id,
                     .contact = row.contact,
                     .likelihood = row.likelihood,
                     .intent = row.intent,
                     .confidence = row.confidence,
                     .scored_us = row.scored_at,
                     .last_event_us = row.last_event_at,
                     .created_us = row.created_at,
                     .opted_out = row.opted_out,
                     .deleted = row.deleted};
    if (lead_key_open(&t->key, t->id, id, row.key_wrapped, &l.key, e)) return -1;
    BUF_AUTO b;
    buf_init(&b, PROFILE_BYTES);
    if (lead_unseal(&l, "leads.profile", id, row.profile, &b, e)) return -1;
    if (profile_read(a, arena_str(a, buf_str(&b)), &l.profile, e)) return -1;
    if (open_picture(f, db, &l, row.picture, a, e)) return -1;
    *out = l;
    return 1;
}

static int sealed_state(const struct flow *f, const struct lead *l, struct buf *out_profile,
                        struct buf *out_picture, struct err *e) {
    BUF_AUTO plain;
    buf_init(&plain, PROFILE_BYTES);
    profile_write(&l->profile, &plain);
    if (buf_check(&plain, "profile", e) ||
        lead_seal(f, l, "leads.profile", l->id, buf_str(&plain), out_profile, e))
        return -1;
    buf_clear(&plain);
    picture_write(&l->picture, &plain);
    return buf_check(&plain, "picture", e) ||
                   lead_seal(f, l, "leads.picture", l->id, buf_str(&plain), out_picture, e)
               ? -1
               : 0;
}

static int make(const struct flow *f, struct db *db, const struct tenant *t, const struct lead_ref *ref,
                int64_t now_us, struct lead *out, struct err *e) {
    struct lead l = {
        .tenant = t, .id = chance_id(&f->chance, now_us), .contact = ref->contact, .created_us = now_us};
    uint8_t wrapped[WRAPPED_BYTES];
    if (lead_key_make(&t->key, t->id, l.id, &f->chance, &l.key, wrapped, e)) return -1;
    picture_init(&l.picture);
    BUF_AUTO profile;
    BUF_AUTO picture;
    buf_init(&profile, PROFILE_BYTES);
    buf_init(&picture, PICTURE_BYTES);
    if (sealed_state(f, &l, &profile, &picture, e)) return -1;
    struct q_lead_add_in in = {.tenant = t->id,
                               .id = l.id,
                               .contact = ref->contact,
                               .key_wrapped = {(const char *)wrapped, sizeof wrapped},
                               .profile = buf_str(&profile),
                               .picture = buf_str(&picture),
                               .visitor = ref->visitor,
                               .now = now_us};
    if (q_lead_add(db, &in, NULL, e)) return -1;
    *out = l;
    return 0;
}

static int by_hash(struct db *db, const struct tenant *t, struct str email, struct str phone, struct arena *a,
                   struct id *out, struct str *out_contact, struct err *e) {
    uint8_t hash[32];
    struct str h = {(const char *)hash, sizeof hash}, normal;
    if (normal_email(email, a, &normal)) {
        blind_index(&t->key, "leads.email", normal, hash);
        struct q_lead_by_email_out row;
        int got =
            q_lead_by_email(db, &(struct q_lead_by_email_in){.tenant = t->id, .email_hash = h}, a, &row, e);
        if (got > 0) *out = row.id, *out_contact = row.contact;
        if (got) return got;
    }
    if (normal_phone(phone, a, &normal)) {
        blind_index(&t->key, "leads.phone", normal, hash);
        struct q_lead_by_phone_out row;
        int got =
            q_lead_by_phone(db, &(struct q_lead_by_phone_in){.tenant = t->id, .phone_hash = h}, a, &row, e);
        if (got > 0) *out = row.id, *out_contact = row.contact;
        return got;
    }
    return 0;
}

/* Two people may share a phone: a contact id that differs means another person, whatever the hash says. */
static int find_person(struct db *db, const struct tenant *t, const struct lead_ref *ref, struct id *out,
                       struct err *e) {
    ARENA_AUTO a;
    arena_init(&a, 64 * 1024);
    struct id id;
    struct str contact = STR_NONE;
    int got = by_hash(db, t, ref->email, ref->phone, &a, &id, &contact, e);
    if (got <= 0) return got;
    if (ref->contact.n && contact.n) return 0;
    if (ref->contact.n &&
        q_lead_set_contact(
            db, &(struct q_lead_set_contact_in){.tenant = t->id, .id = id, .contact = ref->contact}, NULL, e))
        return -1;
    *out = id;
    return 1;
}

int lead_find(const struct flow *f, struct db *db, const struct tenant *t, const struct lead_ref *ref,
              struct id *out, struct err *e) {
    (void)f;
    if (id_given(ref->id)) {
        *out = ref->id;
        return 1;
    }
    int got = 0;
    if (ref->contact.n) {
        struct q_lead_by_contact_out row;
        got = q_lead_by_contact(db, &(struct q_lead_by_contact_in){.tenant = t->id, .contact = ref->contact},
                                &row, e);
        if (got > 0) *out = row.id;
    }
    if (got == 0) got = find_person(db, t, ref, out, e);
    if (got == 0 && ref->visitor.n) {
        struct q_lead_by_visitor_out row;
        got = q_lead_by_visitor(db, &(struct q_lead_by_visitor_in){.tenant = t->id, .visitor = ref->visitor},
                                &row, e);
        if (got > 0) *out = row.id;
    }
    return got;
}

int lead_find_or_make(const struct flow *f, struct db *db, const struct tenant *t, const struct lead_ref *ref,
                      int64_t now_us, struct arena *a, struct lead *out, struct err *e) {
    struct id id;
    int got = lead_find(f, db, t, ref, &id, e);
    if (got < 0) return -1;
    if (got == 0) return make(f, db, t, ref, now_us, out, e);
    got = lead_open(f, db, t, id, a, out, e);
    if (got == 0) return err_set(e, ERR_NOT_FOUND, "/lead_id", "no such lead");
    return got < 0 ? -1 : 0;
}

static struct str hash_of(const struct lead *l, enum contact_field field, uint8_t hash[32]) {
    ARENA_AUTO a;
    arena_init(&a, 4096);
    struct str value = profile_get(&l->profile, field), normal;
    bool email = field == CF_EMAIL;
    if (!(email ? normal_email(value, &a, &normal) : normal_phone(value, &a, &normal))) return STR_NONE;
    blind_index(&l->tenant->key, email ? "leads.email" : "leads.phone", normal, hash);
    return (struct str){(const char *)hash, 32};
}

int lead_store(const struct flow *f, struct db *db, const struct lead *l, struct err *e) {
    BUF_AUTO profile;
    BUF_AUTO picture;
    buf_init(&profile, PROFILE_BYTES);
    buf_init(&picture, PICTURE_BYTES);
    if (sealed_state(f, l, &profile, &picture, e)) return -1;
    uint8_t email[32], phone[32];
    struct q_lead_update_in in = {.tenant = l->tenant->id,
                                  .id = l->id,
                                  .agent_id = l->agent,
                                  .profile = buf_str(&profile),
                                  .picture = buf_str(&picture),
                                  .phone_hash = hash_of(l, CF_PHONE, phone),
                                  .email_hash = hash_of(l, CF_EMAIL, email),
                                  .likelihood = l->likelihood,
                                  .intent = l->intent,
                                  .confidence = l->confidence,
                                  .scored_at = l->scored_us,
                                  .last_event_at = l->last_event_us,
                                  .opted_out = l->opted_out,
                                  .deleted = l->deleted};
    return q_lead_update(db, &in, NULL, e);
}

/* What an anonymous browser says about a person (somebody's e-mail and another phone, say) counts only as long as
 * nobody else has stated that fact: it is taken as the oldest statement there can be, whenever it arrives. */
static void fold_profile(struct lead *l, const struct event *ev, struct arena *a) {
    struct event claim = *ev;
    if (str_is(ev->source, "t.js")) claim.at_us = 1;
    profile_apply(&l->profile, &claim, a);
}

static void fold(const struct flow *f, struct lead *l, const struct event *ev, struct arena *a,
                 struct reading *out_reading, bool *out_read) {
    struct reading local, *r = out_reading ? out_reading : &local;
    bool reads = event_is_read(ev);
    if (reads) read_message(f->lexicon, ev->text, ev->at_us, r);
    fold_profile(l, ev, a);
    picture_apply(&l->picture, ev, reads ? r : NULL);
    if (ev->at_us > l->last_event_us) l->last_event_us = ev->at_us;
    l->opted_out = picture_opted_out(&l->picture);
    l->deleted = profile_flag(&l->profile, CF_DELETED);
    if (out_read) *out_read = reads;
}

int lead_add_event(const struct flow *f, struct db *db, struct lead *l, const struct event *ev,
                   struct arena *a, struct reading *out_reading, bool *out_read, struct err *e) {
    BUF_AUTO plain;
    BUF_AUTO sealed;
    buf_init(&plain, PAYLOAD_BYTES);
    buf_init(&sealed, PAYLOAD_BYTES + SEAL_OVERHEAD);
    event_write(ev, &plain);
    if (buf_check(&plain, "event", e) ||
        lead_seal(f, l, "events.payload", ev->id, buf_str(&plain), &sealed, e))
        return -1;
    struct q_event_add_in in = {.tenant = l->tenant->id,
                                .lead_id = l->id,
                                .at = ev->at_us,
                                .id = ev->id,
                                .kind = ev->kind,
                                .source = ev->source,
                                .source_id = ev->source_id,
                                .received_at = ev->received_us,
                                .payload = buf_str(&sealed)};
    int64_t changed;
    if (q_event_add(db, &in, &changed, e)) return -1;
    if (changed == 0) return 0;
    fold(f, l, ev, a, out_reading, out_read);
    metric_add(f->metrics, M_EVENTS, 1);
    return 1;
}

int lead_event_open(const struct lead *l, struct id id, struct str sealed, struct arena *a,
                    struct event *inout, struct err *e) {
    BUF_AUTO plain;
    buf_init(&plain, PAYLOAD_BYTES);
    if (lead_unseal(l, "events.payload", id, sealed, &plain, e)) return -1;
    return event_read(a, arena_str(a, buf_str(&plain)), inout, e);
}

int lead_refold(const struct flow *f, struct db *db, struct lead *l, struct arena *a, struct err *e) {
    picture_init(&l->picture);
    Q_CURSOR(event_fold, cur);
    struct q_event_fold_out row;
    int got;
    if (q_event_fold_open(db, &(struct q_event_fold_in){.tenant = l->tenant->id, .lead_id = l->id}, &cur, e) <
        0)
        return -1;
    while ((got = q_event_fold_next(&cur, &row, e)) > 0) {
        ARENA_AUTO one;
        arena_init(&one, 4 * PAYLOAD_BYTES);
        assert(row.kind >= 0 && row.kind < EVENT_KINDS);
        struct event ev = {.id = row.id,
                           .at_us = row.at,
                           .received_us = row.received_at,
                           .kind = (enum event_kind)row.kind,
                           .source = row.source};
        if (lead_event_open(l, row.id, row.payload, &one, &ev, e)) return -1;
        fold(f, l, &ev, a, NULL, NULL);
    }
    return got;
}

const struct zone *lead_zone(const struct flow *f, const struct lead *l) {
    return zones_find(f->zones, profile_get(&l->profile, CF_ZONE));
}
