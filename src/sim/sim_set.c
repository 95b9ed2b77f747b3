/* Names seen: open addressing over 16 bytes. */
#include "crypto/sign.h"
#include "sim/sim_impl.h"

#include <stdlib.h>

void sim_set_done(struct sim_set *s) {
    free(s->slot);
    *s = (struct sim_set){0};
}

static struct sim_slot *slot_of(const struct sim_set *s, struct id id) {
    uint64_t h;
    memcpy(&h, id.b + 8, sizeof h);
    h ^= h >> 29;
    for (size_t i = (size_t)(h * 0x9e3779b97f4a7c15u);; i++) {
        struct sim_slot *at = &s->slot[i & (s->cap - 1)];
        if (!id_given(at->id) || id_eq(at->id, id)) return at;
    }
}

static int grow(struct sim_set *s) {
    struct sim_set bigger = {.n = s->n, .cap = s->cap ? s->cap * 2 : 1024};
    bigger.slot = calloc(bigger.cap, sizeof *bigger.slot);
    if (!bigger.slot) return -1;
    for (size_t i = 0; i < s->cap; i++)
        if (id_given(s->slot[i].id)) *slot_of(&bigger, s->slot[i].id) = s->slot[i];
    free(s->slot);
    *s = bigger;
    return 0;
}

uint32_t *sim_set_at(struct sim_set *s, struct id id, bool *out_new) {
    if (s->n * 2 >= s->cap && grow(s)) return NULL;
    struct sim_slot *at = slot_of(s, id);
    *out_new = !id_given(at->id);
    if (*out_new) {
        at->id = id;
        s->n++;
    }
    return &at->value;
}

uint32_t *sim_set_find(const struct sim_set *s, struct id id) {
    if (!s->cap) return NULL;
    struct sim_slot *at = slot_of(s, id);
    return id_given(at->id) ? &at->value : NULL;
}

struct id sim_name(struct str a, struct str b, int64_t n) {
    uint8_t hash[32];
    BUF_AUTO t;
    buf_init(&t, 64 * 1024);
    buf_str_add(&t, a);
    buf_c(&t, '|');
    buf_str_add(&t, b);
    buf_fmt(&t, "|%lld", (long long)n);
    sha256(buf_str(&t), hash);
    struct id id;
    memcpy(id.b, hash, sizeof id.b);
    return id;
}
