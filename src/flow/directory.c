/* The tenants at hand. See directory.h. A list under a read-write lock: servers hold one to a few hundred
 * tenants. */
#include "flow/directory.h"

#include "store/query.h"

#include <pthread.h>

struct entry {
    struct tenant tenant;
    struct arena arena;
    struct entry *next;
};
struct directory {
    pthread_rwlock_t lock;
    struct entry *live, *retired;
};

struct directory *directory_new(void) {
    struct directory *d = calloc(1, sizeof *d);
    if (d) pthread_rwlock_init(&d->lock, NULL);
    return d;
}

static void free_list(struct entry *list) {
    while (list) {
        struct entry *next = list->next;
        key_wipe(&list->tenant.key);
        arena_done(&list->arena);
        free(list);
        list = next;
    }
}

void directory_free(struct directory *d) {
    if (!d) return;
    free_list(d->live);
    free_list(d->retired);
    pthread_rwlock_destroy(&d->lock);
    free(d);
}

void directory_forget(struct directory *d) {
    pthread_rwlock_wrlock(&d->lock);
    while (d->live) {
        struct entry *en = d->live;
        d->live = en->next;
        en->next = d->retired;
        d->retired = en;
    }
    pthread_rwlock_unlock(&d->lock);
}

enum by { BY_ID, BY_LOCATION, BY_SITE_KEY };

static bool matches(const struct tenant *t, enum by by, struct str what) {
    switch (by) {
    case BY_ID: return str_eq(id_bytes(&t->id.id), what);
    case BY_LOCATION: return str_eq(t->location, what);
    case BY_SITE_KEY: return str_eq(t->site_key, what);
    }
    return false;
}

static const struct tenant *look(struct directory *d, enum by by, struct str what) {
    const struct tenant *found = NULL;
    pthread_rwlock_rdlock(&d->lock);
    for (struct entry *en = d->live; en && !found; en = en->next)
        if (matches(&en->tenant, by, what)) found = &en->tenant;
    pthread_rwlock_unlock(&d->lock);
    return found;
}

static void copy_row(struct entry *en, const struct q_tenant_list_out *row) {
    struct tenant *t = &en->tenant;
    arena_init(&en->arena, 16 * 1024);
    t->id = row->id;
    t->name = arena_str(&en->arena, row->name);
    t->location = arena_str(&en->arena, row->location);
    t->zone = arena_str(&en->arena, row->zone);
    t->site_key = arena_str(&en->arena, row->site_key);
    t->created_us = row->created_at;
    if (row->form_secret_hash.n == sizeof t->form_secret_hash)
        memcpy(t->form_secret_hash, row->form_secret_hash.p, sizeof t->form_secret_hash);
}

static int add_row(const struct flow *f, const struct q_tenant_list_out *row, struct err *e) {
    struct directory *d = f->directory;
    if (look(d, BY_ID, id_bytes(&row->id.id))) return 0;
    struct entry *en = calloc(1, sizeof *en);
    if (!en) return err_set(e, ERR_INTERNAL, "", "out of memory");
    copy_row(en, row);
    if (tenant_key_open(f->keys, row->id, row->key_wrapped, &en->tenant.key, e)) {
        en->next = NULL;
        free_list(en);
        return -1;
    }
    pthread_rwlock_wrlock(&d->lock);
    en->next = d->live;
    d->live = en;
    pthread_rwlock_unlock(&d->lock);
    return 0;
}

static int load(struct db *db, void *ctx, struct err *e) {
    const struct flow *f = ctx;
    Q_CURSOR(tenant_list, cur);
    struct q_tenant_list_out row;
    int got;
    if (q_tenant_list_open(db, &cur, e) < 0) return -1;
    while ((got = q_tenant_list_next(&cur, &row, e)) > 0)
        if (add_row(f, &row, e)) return -1;
    return got;
}

static int find(const struct flow *f, struct db *db, enum by by, struct str what, const struct tenant **out,
                struct err *e) {
    const struct tenant *t = look(f->directory, by, what);
    if (!t) {
        int rc = db ? load(db, (void *)f, e) : store_read(f->store, load, (void *)f, e);
        if (rc) return -1;
        t = look(f->directory, by, what);
    }
    if (!t) return err_set(e, ERR_NOT_FOUND, "", "no such tenant");
    *out = t;
    return 0;
}

int tenant_by_id(const struct flow *f, struct db *db, struct tenant_id id, const struct tenant **out,
                 struct err *e) {
    return find(f, db, BY_ID, id_bytes(&id.id), out, e);
}

int tenant_by_location(const struct flow *f, struct str location, const struct tenant **out, struct err *e) {
    return find(f, NULL, BY_LOCATION, location, out, e);
}

int tenant_by_site_key(const struct flow *f, struct str site_key, const struct tenant **out, struct err *e) {
    return find(f, NULL, BY_SITE_KEY, site_key, out, e);
}
