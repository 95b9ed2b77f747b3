/* Commands about the program itself: config, doctor, migrate, keys, routes, version. */
#include "main/command.h"

#include "main/files.h"
#include "store/query.h"
#include "web/web.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

int cmd_version(const struct args *args, struct err *e) {
    (void)e;
    if (args_flag(args, "json"))
        printf("{\"version\":\"%s\"}\n", LEADLIGHT_VERSION);
    else
        printf("leadlight %s\n", LEADLIGHT_VERSION);
    return 0;
}

int cmd_config(const struct args *args, struct err *e) {
    struct config c;
    BUF_AUTO b;
    buf_init(&b, 256 * 1024);
    int rc = config_read(&c, e);
    if (rc == 0) {
        if (args_flag(args, "json"))
            config_json(&c, &b);
        else
            config_text(&c, &b);
        print(&b);
    }
    config_done(&c);
    return rc;
}

int cmd_routes(const struct args *args, struct err *e) {
    static const char *const access[] = {"public", "agent", "team_lead", "admin", "service"};
    BUF_AUTO b;
    buf_init(&b, 256 * 1024);
    struct jw w = jw_on(&b);
    bool json = args_flag(args, "json");
    (void)e;
    if (json) jw_array(&w);
    for (size_t i = 0; i < web_routes_n; i++) {
        const struct route *r = &web_routes[i];
        if (!json) {
            buf_fmt(&b, "%-7s %-64s %-10s %s\n", r->method, r->path, access[r->access], r->summary);
            continue;
        }
        jw_object(&w);
        jw_kz(&w, "method", r->method);
        jw_kz(&w, "path", r->path);
        jw_kz(&w, "access", access[r->access]);
        jw_ki64(&w, "body_max", (int64_t)r->body_max);
        jw_kz(&w, "summary", r->summary);
        jw_end(&w);
    }
    if (json) {
        jw_end(&w);
        buf_c(&b, '\n');
    }
    print(&b);
    return 0;
}

int cmd_migrate(const struct args *args, struct err *e) {
    struct app a;
    if (app_open(&a, APP_COMMAND, e)) return -1; /* opening migrates */
    if (args_flag(args, "json"))
        printf("{\"migrated\":true}\n");
    else
        printf("The database fits this program.\n");
    app_close(&a);
    return 0;
}

/* The new key is appended to the file first; a crash between the two steps leaves an unused key and nothing unreadable. */
static int add_master_key(struct app *a, struct err *e) {
    BUF_AUTO text;
    buf_init(&text, 64 * 1024);
    const char *path = app_file(a, "master.keys");
    if (a->config.text[S_MASTER_KEYS].n)
        return err_set(e, ERR_CONFLICT, "LEADLIGHT_MASTER_KEYS",
                       "the keys come from a setting: add a line with a higher version there, then run this "
                       "again with --json to wrap");
    if (file_read(path, &text, e)) return -1;
    if (text.n && text.p[text.n - 1] != '\n') buf_c(&text, '\n');
    keyring_extend_text(&text, keyring_current(a->keys) + 1, &a->flow.chance);
    int rc = buf_check(&text, "master.keys", e) || file_write(path, buf_str(&text), 0600, e) ? -1 : 0;
    explicit_bzero(text.p, text.n);
    return rc;
}

static int rotate(const struct args *args, struct app *a, struct err *e) {
    size_t n = 0;
    bool own = a->config.text[S_MASTER_KEYS].n == 0;
    if (own && add_master_key(a, e)) return -1;
    app_close(a);
    if (app_open(a, APP_COMMAND, e) || keys_rewrap(&a->flow, &n, e))
        return -1; /* with the new key in force */
    if (args_flag(args, "json"))
        printf("{\"version\":%u,\"wrapped\":%zu}\n", keyring_current(a->keys), n);
    else
        printf("Master key %u is in force; %zu keys were wrapped with it. A running server needs a "
               "restart to know it.\n",
               keyring_current(a->keys), n);
    return 0;
}

/* One at a time: of two new keys of the same version the file would keep one, and what the other wrapped were lost. */
int cmd_keys_rotate(const struct args *args, struct err *e) {
    struct app a;
    int lock;
    if (app_open(&a, APP_COMMAND, e)) return -1;
    int rc = file_lock(app_file(&a, "keys.lock"), &lock, e);
    app_close(&a);
    if (rc) return -1;
    if (app_open(&a, APP_COMMAND, e)) { /* again: somebody may have added a key before we held the lock */
        close(lock);
        return -1;
    }
    rc = rotate(args, &a, e);
    app_close(&a);
    close(lock);
    return rc;
}

struct doctor {
    struct jw w;
    bool json, ill;
};

static void finding(struct doctor *d, const char *what, bool ok, const char *detail, const char *advice) {
    d->ill |= !ok;
    if (!d->json) {
        printf("%-6s %-16s %s\n", ok ? "ok" : "LOOK", what, detail);
        if (!ok) printf("       %-16s -> %s\n", "", advice);
        return;
    }
    jw_object(&d->w);
    jw_kz(&d->w, "check", what);
    jw_kbool(&d->w, "ok", ok);
    jw_kz(&d->w, "detail", detail);
    if (!ok) jw_kz(&d->w, "advice", advice);
    jw_end(&d->w);
}

static void check_zones(struct doctor *d, const struct config *c) {
    BUF_AUTO v;
    buf_init(&v, 64);
    int known = zoneinfo_version(c->text[S_ZONEINFO].p, &v);
    bool fresh = known == 0 && str_cmp(buf_str(&v), STR("2026f")) >= 0;
    char text[96];
    snprintf(text, sizeof text, "tzdata %.*s in %.*s", STR_FMT(buf_str(&v)), 48, c->text[S_ZONEINFO].p);
    finding(d, "time zones", fresh, text,
            "older than 2026f: local times may be wrong; update the system's tzdata package");
}

static void check_folder(struct doctor *d, const struct config *c) {
    struct statvfs fs;
    struct stat st;
    char text[160];
    const char *dir = c->text[S_DATA_DIR].p;
    if (stat(dir, &st)) {
        finding(d, "data folder", true, "will be made at first start", "");
        return;
    }
    snprintf(text, sizeof text, "mode %04o", (unsigned)(st.st_mode & 07777));
    finding(d, "data folder", (st.st_mode & 0077) == 0, text, "others may read it: chmod 700");
    if (statvfs(dir, &fs)) return;
    double free_gib = (double)fs.f_bavail * (double)fs.f_frsize / (1 << 30);
    snprintf(text, sizeof text, "%.1f GiB free", free_gib);
    finding(d, "disk", free_gib >= 1, text, "less than 1 GiB: webhooks cannot be stored when it is full");
}

static int count_rows(struct db *db, void *ctx, struct err *e) {
    struct q_inbox_stats_out *s = ctx;
    return q_inbox_stats(db, s, e) < 0 ? -1 : 0;
}

static void check_store(struct doctor *d) {
    struct app a;
    struct err e = {0};
    char text[400];
    if (app_open(&a, APP_COMMAND, &e)) {
        snprintf(text, sizeof text, "%s%s%s", e.where, e.where[0] ? ": " : "", e.msg);
        finding(d, "database", false, text, "mend what is named and run doctor again");
        return;
    }
    struct q_inbox_stats_out s = {0};
    finding(d, "keys", true, "the master key fits the database", "");
    if (store_read(a.store, count_rows, &s, &e) == 0) {
        snprintf(text, sizeof text, "%lld deliveries wait, %lld given up", (long long)s.pending,
                 (long long)s.dead);
        finding(d, "inbox", s.dead == 0, text,
                "see Operations in the dashboard: each names its reason and can be tried again");
    }
    app_close(&a);
}

int cmd_doctor(const struct args *args, struct err *e) {
    struct config c;
    BUF_AUTO b;
    buf_init(&b, 64 * 1024);
    struct doctor d = {.w = jw_on(&b), .json = args_flag(args, "json")};
    struct err why = {0};
    if (d.json) jw_array(&d.w);
    if (config_read(&c, &why)) {
        char text[400];
        snprintf(text, sizeof text, "%s: %s", why.where, why.msg);
        finding(&d, "settings", false, text, "correct it; leadlight config lists what is possible");
    } else {
        finding(&d, "settings", true, "all readable", "");
        check_zones(&d, &c);
        check_folder(&d, &c);
        check_store(&d);
    }
    config_done(&c);
    if (d.json) {
        jw_end(&d.w);
        buf_c(&b, '\n');
        print(&b);
    }
    return d.ill ? err_set(e, ERR_UNAVAILABLE, "doctor", "something needs a look") : 0;
}
