/* sqlgen: reads sql/, checks it, writes C. See sqlgen.h and sql/README.md.
 *
 *     sqlgen SCHEMA_DIR QUERY_DIR OUT.h OUT.c OUT.d
 *
 * OUT.d lists everything read, the folders too, so that ninja sees new files. Outputs are only touched when
 * they change. Exit status: 0, or 1 after errors on standard error. */
#include "sqlgen.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void gen_error(struct gen *g, const char *file, int line, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "%s:%d: error: ", file, line);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    g->errors++;
}

static void fatal(const char *what, const char *name) {
    fprintf(stderr, "sqlgen: %s: %s\n", name, what);
    exit(1);
}

/* ---- files ---- */

static void read_file(const char *path, struct buf *out) {
    FILE *f = fopen(path, "rbe");
    if (!f) fatal("cannot be read", path);
    char part[4096];
    size_t n;
    while ((n = fread(part, 1, sizeof part, f)) > 0) buf_add(out, part, n);
    bool bad = ferror(f) != 0;
    fclose(f);
    if (bad || !buf_ok(out)) fatal("cannot be read or is larger than 1 MiB", path);
}

static void write_file(const char *path, struct str text) {
    BUF_AUTO old;
    buf_init(&old, (size_t)MAX_TEXT * 16);
    FILE *f = fopen(path, "rbe");
    if (f) {
        fclose(f);
        read_file(path, &old);
        if (str_eq(buf_str(&old), text)) return;
    }
    f = fopen(path, "wbe");
    if (!f || fwrite(text.p, 1, text.n, f) != text.n || fclose(f) != 0) fatal("cannot be written", path);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The folder's .sql files in order of name. Paths live in the arena. */
static size_t list_sql(struct gen *g, const char *dir, const char **out, size_t max) {
    DIR *d = opendir(dir);
    if (!d) fatal("is no folder", dir);
    size_t n = 0;
    struct dirent *entry;
    while ((entry = readdir(d)) != NULL) {
        struct str name = str_of(entry->d_name);
        if (name.n < 5 || name.p[0] == '.' || !str_is(str_skip(name, name.n - 4), ".sql")) continue;
        if (n == max) fatal("holds too many files", dir);
        out[n++] = arena_fmt(&g->arena, "%s/%s", dir, entry->d_name).p;
    }
    closedir(d);
    qsort(out, n, sizeof *out, by_name);
    return n;
}

static struct str file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return str_of(slash ? slash + 1 : path);
}

/* ---- migrations ---- */

/* Splits by the section marks; a line of the other database leaves an empty line, so that line numbers hold.
 */
static void split_sections(struct str text, struct buf *sqlite, struct buf *pg) {
    bool to_sqlite = true, to_pg = true;
    struct str line;
    while (str_cut(&text, '\n', &line)) {
        struct str t = str_trim(line);
        if (str_is(t, "-- sqlite:") || str_is(t, "-- pg:") || str_is(t, "-- both:")) {
            to_sqlite = !str_is(t, "-- pg:");
            to_pg = !str_is(t, "-- sqlite:");
            line = STR("");
        }
        if (to_sqlite) buf_str_add(sqlite, line);
        if (to_pg) buf_str_add(pg, line);
        buf_c(sqlite, '\n');
        buf_c(pg, '\n');
    }
}

static void read_migration(struct gen *g, const char *path) {
    struct str name = file_name(path);
    int64_t version = 0;
    if (name.n < 9 || name.p[3] != '_' || !str_to_i64(str_head(name, 3), &version) ||
        version != (int64_t)g->n_migrations + 1) {
        gen_error(g, path, 1, "migrations are NNN_name.sql, from 001 without gaps");
        return;
    }
    BUF_AUTO text, sqlite, pg;
    buf_init(&text, MAX_TEXT);
    buf_init(&sqlite, 2 * MAX_TEXT);
    buf_init(&pg, 2 * MAX_TEXT);
    read_file(path, &text);
    split_sections(buf_str(&text), &sqlite, &pg);
    struct tokens for_sqlite, for_pg;
    /* Tokens point into the text: it has to live as long as they do. */
    if (!sql_tokens(g, path, 1, arena_str(&g->arena, buf_str(&sqlite)), &for_sqlite) ||
        !sql_tokens(g, path, 1, arena_str(&g->arena, buf_str(&pg)), &for_pg))
        return;
    sql_schema(g, path, for_sqlite);
    g->migrations[g->n_migrations++] = (struct migration){
        .file = path,
        .name = arena_str(&g->arena, str_skip(str_head(name, name.n - 4), 4)),
        .sqlite = sql_render_plain(g, for_sqlite),
        .pg = sql_render_schema_pg(g, path, for_pg),
    };
}

/* ---- queries ---- */

static bool is_identifier(struct str s) {
    if (!s.n || s.n > 63 || !(s.p[0] >= 'a' && s.p[0] <= 'z')) return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
    }
    return true;
}

static bool after_mark(struct str line, const char *mark, struct str *out_rest) {
    if (!str_starts(line, str_of(mark))) return false;
    *out_rest = str_trim(str_skip(line, strlen(mark)));
    return true;
}

static void parse_field(struct gen *g, struct query *q, struct str text, int line, struct field *list,
                        size_t *n) {
    static const char *const types[F_TYPES] = {"tenant", "id", "int", "real", "text", "blob", "bool"};
    struct str rest = text, name;
    struct field f = {.line = line, .type = F_TYPES};
    str_cut(&rest, ' ', &name);
    rest = str_trim(rest);
    f.name = arena_str(&g->arena, name);
    f.null = rest.n && rest.p[rest.n - 1] == '?';
    if (f.null) rest.n--;
    for (size_t i = 0; i < F_TYPES; i++)
        if (str_is(rest, types[i])) f.type = (enum field_type)i;
    if (!is_identifier(name) || f.type == F_TYPES) {
        gen_error(g, q->file, line,
                  "'%.*s': expected a name and one of tenant id int real text blob bool, maybe with ?",
                  STR_FMT(text));
        return;
    }
    for (size_t i = 0; i < *n; i++)
        if (str_eq(list[i].name, name)) gen_error(g, q->file, line, "%.*s is declared twice", STR_FMT(name));
    if (*n == MAX_FIELDS) {
        gen_error(g, q->file, line, "more than %d parameters or columns", MAX_FIELDS);
        return;
    }
    if (list == q->in && str_is(name, "tenant") != (f.type == F_TENANT))
        gen_error(g, q->file, line, "the parameter tenant, and no other, is of type tenant");
    if (list == q->in && f.type == F_TENANT && f.null) gen_error(g, q->file, line, "a tenant is never NULL");
    list[(*n)++] = f;
}

static void parse_fields(struct gen *g, struct query *q, struct str rest, int line, struct field *list,
                         size_t *n) {
    struct str part;
    if (rest.n && rest.p[rest.n - 1] == ',') rest.n--;
    while (str_cut(&rest, ',', &part)) parse_field(g, q, str_trim(part), line, list, n);
}

static struct query *start_query(struct gen *g, const char *file, int line, struct str rest) {
    static const char *const kinds[] = {":one", ":many", ":exec"};
    struct str name;
    struct query *q = g->n_queries < MAX_QUERIES ? ARENA_NEW(&g->arena, struct query) : NULL;
    if (!q) fatal("too many queries", file);
    str_cut(&rest, ' ', &name);
    rest = str_trim(rest);
    *q = (struct query){
        .name = arena_str(&g->arena, name), .doc = STR(""), .file = file, .line = line, .kind = K_EXEC};
    buf_init(&q->sqlite_src, MAX_TEXT);
    buf_init(&q->pg_src, MAX_TEXT);
    bool known = false;
    for (size_t i = 0; i < 3; i++) {
        if (!str_is(rest, kinds[i])) continue;
        q->kind = (enum kind)i;
        known = true;
    }
    if (!known || !is_identifier(name))
        gen_error(g, file, line, "expected: -- name: lower_case :one | :many | :exec");
    for (size_t i = 0; i < g->n_queries; i++)
        if (str_eq(g->queries[i]->name, name))
            gen_error(g, file, line, "query %.*s stands already in %s:%d", STR_FMT(name), g->queries[i]->file,
                      g->queries[i]->line);
    g->queries[g->n_queries++] = q;
    return q;
}

static void add_sql(struct buf *b, int *first_line, int line, struct str text) {
    if (!buf_str(b).n) *first_line = line;
    buf_str_add(b, text);
    buf_c(b, '\n');
}

/* One line of a query file. *pg: whether the -- pg: part has begun. */
static void query_line(struct gen *g, struct query *q, int line, struct str text, bool *pg) {
    struct str t = str_trim(text), rest;
    bool header = !q->sqlite_src.n && !*pg;
    if (header && after_mark(t, "-- in:", &rest)) {
        parse_fields(g, q, rest, line, q->in, &q->n_in);
    } else if (header && after_mark(t, "-- out:", &rest)) {
        parse_fields(g, q, rest, line, q->out, &q->n_out);
    } else if (header && after_mark(t, "-- every-tenant:", &rest)) {
        q->every_tenant = arena_str(&g->arena, rest);
        if (!rest.n) gen_error(g, q->file, line, "-- every-tenant: needs its reason");
    } else if (str_is(t, "-- pg:")) {
        *pg = true;
    } else if (header && after_mark(t, "--", &rest)) {
        q->doc = arena_fmt(&g->arena, "%.*s%s%.*s", STR_FMT(q->doc), q->doc.n ? "\n" : "", STR_FMT(rest));
    } else if (*pg) {
        add_sql(&q->pg_src, &q->pg_line, line, text);
    } else if (t.n || !header) {
        add_sql(&q->sqlite_src, &q->sqlite_line, line, text);
    }
}

static bool has_word(struct tokens t, const char *word) {
    for (size_t i = 0; i < t.n; i++)
        if (word_is(&t.v[i], word)) return true;
    return false;
}

static void finish_text(struct gen *g, struct query *q, bool pg) {
    struct str text = arena_str(&g->arena, buf_str(pg && q->pg_src.n ? &q->pg_src : &q->sqlite_src));
    int line = pg && q->pg_src.n ? q->pg_line : q->sqlite_line;
    struct tokens t;
    if (!sql_tokens(g, q->file, line, text, &t)) return;
    if (!t.n) {
        gen_error(g, q->file, q->line, "query %.*s has no SQL", STR_FMT(q->name));
        return;
    }
    for (size_t i = 0; i < q->n_in; i++) q->in[i].used = false;
    *(pg ? &q->pg : &q->sqlite) = sql_render_query(g, q, t, pg);
    if (pg && !q->pg_src.n) return; /* the same text was judged already */
    sql_gate(g, q, t);
    for (size_t i = 0; i < q->n_in; i++)
        if (!q->in[i].used)
            gen_error(g, q->file, q->in[i].line, "query %.*s does not use :%.*s", STR_FMT(q->name),
                      STR_FMT(q->in[i].name));
    if (q->kind == K_EXEC && has_word(t, "returning"))
        gen_error(g, q->file, line, "query %.*s returns rows: make it :one or :many", STR_FMT(q->name));
}

static void finish_query(struct gen *g, struct query *q) {
    if ((q->kind == K_EXEC) != (q->n_out == 0))
        gen_error(g, q->file, q->line, "query %.*s: -- out: is for :one and :many, which need it",
                  STR_FMT(q->name));
    int before = g->errors;
    finish_text(g, q, false);
    if (g->errors == before) finish_text(g, q, true);
    buf_done(&q->sqlite_src);
    buf_done(&q->pg_src);
}

static void read_queries(struct gen *g, const char *path) {
    BUF_AUTO text;
    buf_init(&text, MAX_TEXT);
    read_file(path, &text);
    struct str rest = buf_str(&text), line, after;
    struct query *q = NULL;
    bool pg = false;
    for (int number = 1; str_cut(&rest, '\n', &line); number++) {
        if (after_mark(str_trim(line), "-- name:", &after)) {
            if (q) finish_query(g, q);
            q = start_query(g, path, number, after);
            pg = false;
        } else if (q) {
            query_line(g, q, number, line, &pg);
        } else if (str_trim(line).n && !str_starts(str_trim(line), STR("--"))) {
            gen_error(g, path, number, "SQL before the first -- name:");
            return;
        }
    }
    if (q) finish_query(g, q);
}

/* ---- all of it ---- */

static void write_depfile(const char *path, char **argv, const char **schema, size_t n_schema,
                          const char **query, size_t n_query) {
    BUF_AUTO b;
    buf_init(&b, MAX_TEXT);
    buf_fmt(&b, "%s %s: %s %s", argv[3], argv[4], argv[1], argv[2]);
    for (size_t i = 0; i < n_schema; i++) buf_fmt(&b, " \\\n  %s", schema[i]);
    for (size_t i = 0; i < n_query; i++) buf_fmt(&b, " \\\n  %s", query[i]);
    buf_c(&b, '\n');
    write_file(path, buf_str(&b));
}

int main(int argc, char **argv) {
    if (argc != 6) fatal("usage: sqlgen SCHEMA_DIR QUERY_DIR OUT.h OUT.c OUT.d", "arguments");
    struct gen *g = calloc(1, sizeof *g);
    if (!g) fatal("out of memory", "start");
    arena_init(&g->arena, (size_t)1 << 30);
    const char *schema[MAX_MIGRATIONS], *query[MAX_MIGRATIONS];
    size_t n_schema = list_sql(g, argv[1], schema, MAX_MIGRATIONS),
           n_query = list_sql(g, argv[2], query, MAX_MIGRATIONS);
    for (size_t i = 0; i < n_schema; i++) read_migration(g, schema[i]);
    for (size_t i = 0; i < n_query; i++) read_queries(g, query[i]);
    if (!arena_ok(&g->arena)) fatal("out of memory", "sql");
    int status = g->errors ? 1 : 0;
    if (!status) {
        BUF_AUTO header, source;
        buf_init(&header, (size_t)MAX_TEXT * 16);
        buf_init(&source, (size_t)MAX_TEXT * 16);
        emit_header(g, &header);
        emit_source(g, file_name(argv[3]), &source);
        if (!buf_ok(&header) || !buf_ok(&source)) fatal("result too large", "sql");
        write_file(argv[3], buf_str(&header));
        write_file(argv[4], buf_str(&source));
        write_depfile(argv[5], argv, schema, n_schema, query, n_query);
    }
    arena_done(&g->arena);
    free(g);
    return status;
}
