/* embed: turns a folder into C.
 *
 * usage: embed [-d DEPFILE] NAME OUT.c OUT.h FOLDER [PATH…]
 *
 * Writes `const struct asset assets_NAME[]` and `assets_NAME_n` (src/base/asset.h): of each file the bytes, a
 * gzip copy where that is smaller, the MIME type by its ending, and a strong ETag. With PATHs (relative to
 * FOLDER) only those, which must exist; without, every file below FOLDER but hidden ones; a FOLDER that is
 * not there gives an empty table, so that the program can be built without the dashboard.
 *
 * The bytes become string literals: compilers read them some ten times faster than lists of numbers. The
 * result depends on nothing but the names and bytes of the files: rows are sorted, gzip carries no time.
 * DEPFILE tells ninja of each file and folder that was read, so that a new file in FOLDER leads to a new
 * table. */
#include <dirent.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { MAX_FILES = 4096, MAX_BYTES = 64 << 20, MAX_DEPTH = 16, MAX_PATH = 4096, ETAG_BYTES = 16, LINE = 100 };

struct entry {
    char *path; /* relative to the folder */
    unsigned char *plain, *gzip;
    size_t plain_n, gzip_n; /* gzip_n 0: not smaller */
    char etag[2 * ETAG_BYTES + 1];
};

struct set {
    const char *folder;
    struct entry files[MAX_FILES];
    size_t n;
    FILE *deps; /* NULL when not asked for */
};

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    fputs("embed: ", stderr);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static void *need(void *p) {
    if (!p) die("out of memory");
    return p;
}

/* FOLDER/path, or FOLDER when path is empty; to be freed */
static char *below(const char *folder, const char *path) {
    char *full = NULL;
    if (asprintf(&full, *path ? "%s/%s" : "%s%s", folder, path) < 0) die("out of memory");
    if (strlen(full) >= MAX_PATH) die("%s: path is too long", full);
    return full;
}

/* One prerequisite in a makefile rule: blanks, # and $ are escaped. */
static void depend(FILE *deps, const char *path) {
    if (!deps) return;
    fputs(" \\\n ", deps);
    for (; *path; path++) {
        if (*path == ' ' || *path == '#') fputc('\\', deps);
        if (*path == '$') fputc('$', deps);
        fputc(*path, deps);
    }
}

static void add_file(struct set *s, const char *path) {
    if (s->n == MAX_FILES) die("%s: more than %d files", s->folder, MAX_FILES);
    s->files[s->n++] = (struct entry){.path = need(strdup(path))};
}

static bool is_dir(const char *full) {
    struct stat st;
    return stat(full, &st) == 0 && S_ISDIR(st.st_mode);
}

static void walk(struct set *s, const char *path, int depth) {
    if (depth > MAX_DEPTH) die("%s/%s: folders are nested deeper than %d", s->folder, path, MAX_DEPTH);
    char *full = below(s->folder, path);
    DIR *dir = opendir(full);
    if (!dir) die("%s: %s", full, strerror(errno));
    depend(s->deps, full);
    free(full);
    const struct dirent *d;
    while ((d = readdir(dir)) != NULL) {
        if (d->d_name[0] == '.') continue;
        char *child = *path ? below(path, d->d_name) : need(strdup(d->d_name));
        char *child_full = below(s->folder, child);
        if (is_dir(child_full))
            walk(s, child, depth + 1);
        else
            add_file(s, child);
        free(child_full);
        free(child);
    }
    closedir(dir);
}

static void read_file(struct set *s, struct entry *f) {
    char *full = below(s->folder, f->path);
    FILE *in = fopen(full, "rb");
    struct stat st;
    if (!in || fstat(fileno(in), &st) != 0) die("%s: %s", full, strerror(errno));
    if (!S_ISREG(st.st_mode)) die("%s: not a file", full);
    if (st.st_size > MAX_BYTES) die("%s: larger than %d bytes", full, MAX_BYTES);
    f->plain_n = (size_t)st.st_size;
    f->plain = need(malloc(f->plain_n + 1));
    if (fread(f->plain, 1, f->plain_n, in) != f->plain_n || fgetc(in) != EOF)
        die("%s: changed while being read", full);
    fclose(in);
    depend(s->deps, full);
    free(full);
}

static void compress_file(struct entry *f) {
    enum { GZIP_WINDOW = 15 + 16, MEM_LEVEL = 9 };
    z_stream z = {0};
    if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        die("%s: cannot start gzip", f->path);
    uLong room = deflateBound(&z, f->plain_n);
    f->gzip = need(malloc(room));
    z.next_in = f->plain;
    z.avail_in = (uInt)f->plain_n;
    z.next_out = f->gzip;
    z.avail_out = (uInt)room;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END) die("%s: gzip failed", f->path);
    f->gzip_n = z.total_out < f->plain_n ? z.total_out : 0;
    deflateEnd(&z);
}

static void tag_file(struct entry *f) {
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    if (!EVP_Digest(f->plain, f->plain_n, sum, &n, EVP_sha256(), NULL) || n < ETAG_BYTES)
        die("%s: cannot be hashed", f->path);
    for (size_t i = 0; i < ETAG_BYTES; i++) snprintf(f->etag + 2 * i, 3, "%02x", sum[i]);
}

static const char *mime_of(const char *path) {
    static const struct {
        const char *ending, *mime;
    } known[] = {
        {".html", "text/html; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".json", "application/json"},
        {".webmanifest", "application/manifest+json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
        {".txt", "text/plain; charset=utf-8"},
        {".csv", "text/csv; charset=utf-8"},
        {".tsv", "text/tab-separated-values; charset=utf-8"},
        {".md", "text/markdown; charset=utf-8"},
    };
    size_t n = strlen(path);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        size_t k = strlen(known[i].ending);
        if (n > k && strcmp(path + n - k, known[i].ending) == 0) return known[i].mime;
    }
    return "application/octet-stream";
}

static int by_path(const void *a, const void *b) {
    return strcmp(((const struct entry *)a)->path, ((const struct entry *)b)->path);
}

/* Octal and not hexadecimal escapes: three digits end by themselves whatever follows. '?' is written so too,
 * so that no trigraph can arise. */
static size_t write_byte(FILE *out, unsigned char c) {
    if (c == '\n') return (size_t)fprintf(out, "\\n");
    if (c == '"' || c == '\\') return (size_t)fprintf(out, "\\%c", c);
    if (c >= ' ' && c < 0x7f && c != '?') return (size_t)fprintf(out, "%c", c);
    return (size_t)fprintf(out, "\\%03o", c);
}

static void write_literal(FILE *out, const unsigned char *p, size_t n) {
    size_t column = 0;
    fputs("    \"", out);
    for (size_t i = 0; i < n; i++) {
        if (column >= LINE) {
            fputs("\"\n    \"", out);
            column = 0;
        }
        column += write_byte(out, p[i]);
    }
    fputs("\"", out);
}

static void write_array(FILE *out, const char *kind, size_t i, const unsigned char *p, size_t n) {
    fprintf(out, "static const char %s_%zu[] =\n", kind, i);
    write_literal(out, p, n);
    fputs(";\n", out);
}

static void write_row(FILE *out, const struct entry *f, size_t i) {
    fputs("    {", out);
    write_literal(out, (const unsigned char *)f->path, strlen(f->path));
    fprintf(out, ", {plain_%zu, %zu}, ", i, f->plain_n);
    if (f->gzip_n)
        fprintf(out, "{gzip_%zu, %zu}", i, f->gzip_n);
    else
        fputs("{NULL, 0}", out);
    fprintf(out, ", \"%s\", \"\\\"%s\\\"\"},\n", mime_of(f->path), f->etag);
}

static FILE *open_out(const char *path) {
    FILE *out = fopen(path, "wb");
    if (!out) die("%s: %s", path, strerror(errno));
    return out;
}

static void close_out(FILE *out, const char *path) {
    bool bad = ferror(out) != 0;
    if (fclose(out) != 0 || bad) die("%s: cannot be written", path);
}

static void write_source(const struct set *s, const char *name, const char *path) {
    FILE *out = open_out(path);
    fputs("/* written by tools/embed.c */\n#include \"base/asset.h\"\n", out);
    fprintf(out, "extern const struct asset assets_%s[];\nextern const size_t assets_%s_n;\n", name, name);
    for (size_t i = 0; i < s->n; i++) {
        write_array(out, "plain", i, s->files[i].plain, s->files[i].plain_n);
        if (s->files[i].gzip_n) write_array(out, "gzip", i, s->files[i].gzip, s->files[i].gzip_n);
    }
    fprintf(out, "const struct asset assets_%s[] = {\n", name);
    for (size_t i = 0; i < s->n; i++) write_row(out, &s->files[i], i);
    fprintf(out, "    {NULL, {NULL, 0}, {NULL, 0}, NULL, NULL},\n};\nconst size_t assets_%s_n = %zu;\n", name,
            s->n);
    close_out(out, path);
}

static void write_header(const char *name, const char *path) {
    FILE *out = open_out(path);
    fprintf(out,
            "/* written by tools/embed.c */\n#ifndef ASSETS_%s_H\n#define ASSETS_%s_H\n#include "
            "\"base/asset.h\"\n"
            "extern const struct asset assets_%s[]; /* one more row than assets_%s_n, all NULL */\n"
            "extern const size_t assets_%s_n;\n#endif\n",
            name, name, name, name, name);
    close_out(out, path);
}

static void check_name(const char *name) {
    if (!*name || strspn(name, "abcdefghijklmnopqrstuvwxyz_") != strlen(name))
        die("%s: a name has only the letters a-z and _", name);
}

/* The folder itself, or, while it is not there, the one that it will appear in: a prerequisite has to exist.
 */
static void collect(struct set *s, char **paths, int n) {
    for (int i = 0; i < n; i++) add_file(s, paths[i]);
    if (n > 0) return;
    if (is_dir(s->folder)) {
        walk(s, "", 0);
        return;
    }
    char *parent = need(strdup(s->folder));
    char *slash = strrchr(parent, '/');
    if (slash) *slash = '\0';
    depend(s->deps, slash ? parent : ".");
    free(parent);
}

int main(int argc, char **argv) {
    const char *depfile = NULL;
    int opt;
    while ((opt = getopt(argc, argv, "d:")) != -1) {
        if (opt != 'd') die("usage: embed [-d DEPFILE] NAME OUT.c OUT.h FOLDER [PATH...]");
        depfile = optarg;
    }
    argc -= optind;
    argv += optind;
    if (argc < 4) die("usage: embed [-d DEPFILE] NAME OUT.c OUT.h FOLDER [PATH...]");
    check_name(argv[0]);
    struct set *s = need(calloc(1, sizeof *s));
    s->folder = argv[3];
    if (depfile) {
        s->deps = open_out(depfile);
        fprintf(s->deps, "%s:", argv[1]);
    }
    collect(s, argv + 4, argc - 4);
    qsort(s->files, s->n, sizeof s->files[0], by_path);
    for (size_t i = 0; i < s->n; i++) {
        if (i > 0 && strcmp(s->files[i - 1].path, s->files[i].path) == 0)
            die("%s: given twice", s->files[i].path);
        read_file(s, &s->files[i]);
        compress_file(&s->files[i]);
        tag_file(&s->files[i]);
    }
    write_source(s, argv[0], argv[1]);
    write_header(argv[0], argv[2]);
    if (s->deps) {
        fputc('\n', s->deps);
        close_out(s->deps, depfile);
    }
    for (size_t i = 0; i < s->n; i++) {
        free(s->files[i].path);
        free(s->files[i].plain);
        free(s->files[i].gzip);
    }
    free(s);
    return 0;
}
