/* The simulator's files: JSON lines, one counter through all of them. */
#include "sim/sim_impl.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

static const char *const names[OUT_FILES] = {"tenants", "agents", "leads", "inbound", "sends", "faults"};
enum { PATH_BYTES = 1200, LINE_BYTES = 1024 * 1024, FILE_BUFFER = 1024 * 1024 };

/* With the folders above it. */
static int folder(const char *path, struct err *e) {
    char part[PATH_BYTES];
    snprintf(part, sizeof part, "%s", path);
    for (char *slash = part; (slash = strchr(slash + 1, '/'));) {
        *slash = 0;
        mkdir(part, 0755); /* what went wrong shows at the last one */
        *slash = '/';
    }
    if (mkdir(path, 0755) == 0 || errno == EEXIST) return 0;
    return err_set(e, ERR_UNAVAILABLE, "out", "cannot make the folder: %s", strerror(errno));
}

int out_open(struct sim_out *o, const char *dir, struct err *e) {
    *o = (struct sim_out){.dir = dir};
    buf_init(&o->line, LINE_BYTES);
    if (!dir) return 0;
    if (strlen(dir) > 1000) return err_set(e, ERR_INVALID, "out", "is too long");
    if (folder(dir, e)) return -1;
    for (int i = 0; i < OUT_FILES; i++) {
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "%s/%s.jsonl", dir, names[i]);
        o->file[i] = fopen(path, "wb");
        if (!o->file[i])
            return err_set(e, ERR_UNAVAILABLE, "out", "cannot write %s.jsonl: %s", names[i], strerror(errno));
        setvbuf(o->file[i], NULL, _IOFBF, FILE_BUFFER);
    }
    return 0;
}

void out_us(struct jw *w, const char *key, int64_t us) {
    jw_key(w, key);
    if (us == 0) {
        jw_null(w);
        return;
    }
    BUF_AUTO b;
    buf_init(&b, 40);
    rfc3339_add(&b, us, 6);
    jw_str(w, buf_str(&b));
}

struct jw out_begin(struct sim_out *o, enum sim_file f, int64_t at_us) {
    (void)f;
    assert(at_us >= o->last_us); /* the world's time never goes back */
    o->last_us = at_us;
    buf_clear(&o->line);
    struct jw w = jw_on(&o->line);
    jw_object(&w);
    out_us(&w, "at", at_us);
    jw_ki64(&w, "seq", o->seq++);
    return w;
}

void out_end(struct sim_out *o, enum sim_file f, struct jw *w) {
    jw_end(w);
    o->lines[f]++;
    if (!o->file[f]) return;
    buf_c(&o->line, '\n');
    o->failed |= !buf_ok(&o->line) || fwrite(o->line.p, 1, o->line.n, o->file[f]) != o->line.n;
}

int out_close(struct sim_out *o, struct err *e) {
    bool failed = o->failed;
    for (int i = 0; i < OUT_FILES; i++)
        if (o->file[i]) failed |= fclose(o->file[i]) != 0;
    buf_done(&o->line);
    memset(o->file, 0, sizeof o->file);
    return failed ? err_set(e, ERR_UNAVAILABLE, "out", "a file could not be written") : 0;
}

int out_file(struct sim_out *o, const char *sub, const char *name, struct str bytes, struct err *e) {
    if (!o->dir) return 0;
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s", o->dir);
    if (sub) snprintf(path, sizeof path, "%.1000s/%.100s", o->dir, sub);
    if (folder(path, e)) return -1;
    size_t n = strlen(path);
    snprintf(path + n, sizeof path - n, "/%s", name);
    char *slash = strrchr(path + n + 1, '/'); /* America/New_York */
    if (slash) {
        *slash = 0;
        if (folder(path, e)) return -1;
        *slash = '/';
    }
    FILE *f = fopen(path, "wb");
    if (!f) return err_set(e, ERR_UNAVAILABLE, "out", "cannot write %s: %s", name, strerror(errno));
    bool bad = fwrite(bytes.p, 1, bytes.n, f) != bytes.n;
    bad |= fclose(f) != 0;
    return bad ? err_set(e, ERR_UNAVAILABLE, "out", "cannot write %s", name) : 0;
}
