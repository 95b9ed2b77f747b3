/* Between the generated structs and db_values. See catalog.h. */
#include "store/catalog.h"

#include <assert.h>

static int64_t get_int(const struct query_field *f, const char *at) {
    if (f->type == QT_BOOL) return *(const bool *)at;
    return *(const int64_t *)at;
}

static struct db_value to_value(const struct query_field *f, const void *in) {
    const char *at = (const char *)in + f->at;
    const struct db_value none = {.type = DB_NULL};
    switch ((enum query_type)f->type) {
    case QT_TENANT: {
        const struct tenant_id *t = (const void *)at;
        assert(tenant_given(*t));
        return (struct db_value){.type = DB_BLOB, .s = id_bytes(&t->id)};
    }
    case QT_ID: {
        const struct id *id = (const void *)at;
        if (f->null && !id_given(*id)) return none;
        return (struct db_value){.type = DB_BLOB, .s = id_bytes(id)};
    }
    case QT_TEXT:
    case QT_BLOB: {
        struct str s = *(const struct str *)(const void *)at;
        if (f->null && !str_given(s)) return none;
        return (struct db_value){.type = f->type == QT_TEXT ? DB_TEXT : DB_BLOB, .s = s};
    }
    case QT_INT:
    case QT_BOOL:
    case QT_REAL: break;
    }
    if (f->null && !*((const bool *)in + f->has_at)) return none;
    if (f->type == QT_REAL) return (struct db_value){.type = DB_REAL, .r = *(const double *)(const void *)at};
    return (struct db_value){.type = DB_INT, .i = get_int(f, at)};
}

static void to_values(const struct query *q, const void *in, struct db_value *out) {
    for (size_t i = 0; i < q->n_in; i++) out[i] = to_value(&q->in[i], in);
}

static int misfit(const struct query *q, const struct query_field *f, const char *what, struct err *e) {
    return err_set(e, ERR_INTERNAL, "", "query %s: column %s %s", q->name, f->name, what);
}

static int from_null(const struct query *q, const struct query_field *f, char *row, struct err *e) {
    if (!f->null) return misfit(q, f, "is NULL but not declared so", e);
    switch ((enum query_type)f->type) {
    case QT_TENANT:
    case QT_ID: *(struct id *)(void *)(row + f->at) = (struct id){0}; break;
    case QT_TEXT:
    case QT_BLOB: *(struct str *)(void *)(row + f->at) = STR_NONE; break;
    case QT_INT: *(int64_t *)(void *)(row + f->at) = 0; break;
    case QT_REAL: *(double *)(void *)(row + f->at) = 0; break;
    case QT_BOOL: *(bool *)(row + f->at) = false; break;
    }
    if (f->type == QT_INT || f->type == QT_REAL || f->type == QT_BOOL) *(bool *)(row + f->has_at) = false;
    return 0;
}

static int from_bytes(const struct query *q, const struct query_field *f, const struct db_value *v, char *row,
                      struct err *e) {
    if (f->type == QT_TEXT || f->type == QT_BLOB) {
        if (v->type != (f->type == QT_TEXT ? DB_TEXT : DB_BLOB)) return misfit(q, f, "has another type", e);
        *(struct str *)(void *)(row + f->at) = (struct str){v->s.p ? v->s.p : "", v->s.n};
        return 0;
    }
    if (v->type != DB_BLOB || v->s.n != sizeof(struct id)) return misfit(q, f, "is not an id of 16 bytes", e);
    memcpy(row + f->at, v->s.p, sizeof(struct id));
    return 0;
}

static int from_value(const struct query *q, const struct query_field *f, const struct db_value *v, char *row,
                      struct err *e) {
    if (v->type == DB_NULL) return from_null(q, f, row, e);
    if (f->type != QT_INT && f->type != QT_REAL && f->type != QT_BOOL) return from_bytes(q, f, v, row, e);
    if (f->null) *(bool *)(row + f->has_at) = true;
    if (f->type == QT_REAL) {
        if (v->type != DB_REAL && v->type != DB_INT) return misfit(q, f, "is not a number", e);
        *(double *)(void *)(row + f->at) = v->type == DB_REAL ? v->r : (double)v->i;
        return 0;
    }
    if (v->type != DB_INT) return misfit(q, f, "is not an integer", e);
    if (f->type == QT_INT)
        *(int64_t *)(void *)(row + f->at) = v->i;
    else if (v->i == 0 || v->i == 1)
        *(bool *)(row + f->at) = v->i == 1;
    else
        return misfit(q, f, "is neither 0 nor 1", e);
    return 0;
}

static int keep_texts(const struct query *q, char *row, struct arena *a, struct err *e) {
    for (size_t i = 0; i < q->n_out; i++) {
        if (q->out[i].type != QT_TEXT && q->out[i].type != QT_BLOB) continue;
        struct str *s = (void *)(row + q->out[i].at);
        *s = arena_str(a, *s);
    }
    return a ? arena_check(a, q->name, e) : 0;
}

int query_open(struct db *db, const struct query *q, const void *in, struct db_cursor **out_cursor,
               struct err *e) {
    struct db_value params[QUERY_FIELDS_MAX];
    to_values(q, in, params);
    return db->ops->open(db, q->number, params, q->n_in, out_cursor, e);
}

int query_next(struct db *db, const struct query *q, struct db_cursor *c, void *out_row, struct err *e) {
    struct db_value v[QUERY_FIELDS_MAX];
    _Alignas(16) char row[QUERY_ROW_MAX];
    int got = db->ops->next(c, v, q->n_out, e);
    if (got <= 0) return got;
    memset(row, 0, q->out_size);
    for (size_t i = 0; i < q->n_out; i++)
        if (from_value(q, &q->out[i], &v[i], row, e) < 0) return -1;
    memcpy(out_row, row, q->out_size);
    return 1;
}

static int only_row(struct db *db, const struct query *q, struct db_cursor *c, struct arena *a, void *out,
                    struct err *e) {
    _Alignas(16) char row[QUERY_ROW_MAX];
    struct db_value more[QUERY_FIELDS_MAX];
    int got = query_next(db, q, c, row, e);
    if (got <= 0) return got;
    if (keep_texts(q, row, a, e) < 0) return -1;
    int second = db->ops->next(c, more, q->n_out, e);
    if (second < 0) return -1;
    if (second > 0) return err_set(e, ERR_INTERNAL, "", "query %s: more than one row", q->name);
    memcpy(out, row, q->out_size);
    return 1;
}

int query_one(struct db *db, const struct query *q, const void *in, struct arena *a, void *out,
              struct err *e) {
    struct db_cursor *c = NULL;
    if (query_open(db, q, in, &c, e) < 0) return -1;
    int got = only_row(db, q, c, a, out, e);
    db->ops->close(c);
    return got;
}

int query_exec(struct db *db, const struct query *q, const void *in, int64_t *out_changed, struct err *e) {
    struct db_value params[QUERY_FIELDS_MAX];
    to_values(q, in, params);
    return db->ops->exec(db, q->number, params, q->n_in, out_changed, e);
}
