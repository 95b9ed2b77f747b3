/* The send gate, first form. See gate.h.
 *
 * Asked at the moment of sending, with the picture and profile of that moment: a lead who opted out a second
 * ago is not written to, whatever was decided before. The order of the checks is the order in which a person
 * would want to hear the reason: the person's own word first, then whether it can be reached, then time.
 *
 * What keeps it the only way out: channels take a `struct gate_receipt` and check its seal against the outbox
 * row they are about to send; the seal mixes the row's id and the time with a constant that exists only in
 * this file. That is no cryptography (who can edit the source can make one) but a receipt cannot come into
 * being by accident or by copying from another row, and the link lint sees any other caller. What is doubtful
 * is refused. (SEND-3, SEND-6) */
#include "engine/gate.h"

static uint64_t mix(uint64_t h, const void *p, size_t n) {
    const uint8_t *b = p;
    for (size_t i = 0; i < n; i++) {
        h ^= b[i];
        h *= UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
    }
    return h;
}

static uint64_t seal_of(const struct gate_receipt *r) {
    uint64_t h = mix(UINT64_C(0x6c8e9cf570932bd5), &r->outbox, sizeof r->outbox);
    h = mix(h, &r->at_us, sizeof r->at_us);
    return h ? h : 1; /* zero is what a receipt that was never filled holds */
}

/* Why the lead's own word forbids it, or NULL. */
static const char *consent(const struct picture *picture, const struct profile *profile) {
    if (picture_opted_out(picture)) return "the lead has opted out";
    if (picture->opt_needs_person) return "the lead may have asked to stop; a person decides first";
    if (profile_flag(profile, CF_DELETED)) return "the contact is deleted in the CRM";
    if (profile_flag(profile, CF_DND)) return "do not disturb is set for the lead";
    return NULL;
}

static const char *reachable(enum channel channel, const struct profile *profile) {
    bool phone = str_given(profile_get(profile, CF_PHONE));
    switch (channel) {
    case CHANNEL_SMS:
        if (profile_flag(profile, CF_DND_SMS)) return "do not disturb is set for text messages";
        return phone ? NULL : "no phone number is known";
    case CHANNEL_CALL:
        if (profile_flag(profile, CF_DND_CALL)) return "do not disturb is set for calls";
        return phone ? NULL : "no phone number is known";
    case CHANNEL_EMAIL:
        if (profile_flag(profile, CF_DND_EMAIL)) return "do not disturb is set for e-mail";
        return str_given(profile_get(profile, CF_EMAIL)) ? NULL : "no e-mail address is known";
    default: return "not a channel to leads";
    }
}

static const char *timely(const struct gate_message *m, int64_t now_us) {
    if (now_us < m->due_us) return "not due yet";
    if (m->expires_us && now_us >= m->expires_us) return "expired before it could be sent";
    return NULL;
}

enum gate_verdict gate_check(const struct gate_message *m, const struct picture *picture,
                             const struct profile *profile, int64_t now_us, struct gate_receipt *out,
                             const char **out_why) {
    const char *why = NULL;
    *out = (struct gate_receipt){0};
    if (!id_given(m->outbox)) why = "the message has no outbox row";
    if (!why && m->to_lead && (!picture || !profile)) why = "nothing is known about the lead";
    if (!why && m->to_lead) why = consent(picture, profile);
    if (!why && m->to_lead) why = reachable(m->channel, profile);
    if (!why) why = timely(m, now_us);
    *out_why = why;
    if (why) return GATE_REFUSE;
    *out = (struct gate_receipt){.outbox = m->outbox, .at_us = now_us};
    out->seal = seal_of(out);
    return GATE_ALLOW;
}

bool gate_receipt_valid(const struct gate_receipt *r, struct id outbox) {
    return id_given(r->outbox) && id_eq(r->outbox, outbox) && r->seal == seal_of(r);
}
