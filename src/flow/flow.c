/* After-commit notices and small look-ups. See flow.h. */
#include "flow/flow.h"

void notes_init(struct notes *n, struct arena *a) {
    *n = (struct notes){.arena = a};
    n->last = &n->first;
}

static void add(struct notes *n, struct note note) {
    struct note *copy = ARENA_NEW(n->arena, struct note);
    if (!copy) return; /* a notice may be lost, the row it is about is not */
    *copy = note;
    *n->last = copy;
    n->last = &copy->next;
}

void note_changed(struct notes *n, struct tenant_id t, struct id agent) {
    for (const struct note *o = n->first; o; o = o->next)
        if (!o->event && id_eq(o->tenant.id, t.id) && id_eq(o->agent, agent)) return;
    add(n, (struct note){.tenant = t, .agent = agent});
}

void note_publish(struct notes *n, struct tenant_id t, struct id agent, const char *event, struct id id,
                  struct str json) {
    add(n, (struct note){
               .tenant = t, .agent = agent, .event = event, .id = id, .json = arena_str(n->arena, json)});
}

void notes_tell(const struct flow *f, const struct notes *n) {
    for (const struct note *o = n->first; o; o = o->next) {
        if (o->event) {
            if (f->live.publish) f->live.publish(f->live.ctx, o->tenant, o->agent, o->event, o->id, o->json);
        } else if (f->live.changed) {
            f->live.changed(f->live.ctx, o->tenant, o->agent);
        }
    }
    if (!f->wake) return;
    if (n->wake_inbox) f->wake(f->wake_ctx, WAKE_INBOX);
    if (n->wake_outbox) f->wake(f->wake_ctx, WAKE_OUTBOX);
    if (n->wake_timers) f->wake(f->wake_ctx, WAKE_TIMERS);
}

const struct outlet *flow_outlet(const struct flow *f, struct str name) {
    for (size_t i = 0; i < f->n_outlets; i++)
        if (str_is(name, f->outlets[i].name)) return &f->outlets[i];
    return NULL;
}
