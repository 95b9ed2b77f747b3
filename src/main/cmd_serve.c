/* `serve` and `demo`. */
#include "main/command.h"
#include "main/files.h"
#include "main/server.h"
#include "sim/demo.h"

#include <ftw.h>
#include <signal.h>
#include <unistd.h>

static void take_options(const struct args *args) {
    struct str port = args_get(args, "port"), data = args_get(args, "data");
    if (str_given(port)) setenv("LEADLIGHT_PORT", port.p, 1);
    if (str_given(data)) setenv("LEADLIGHT_DATA_DIR", data.p, 1);
}

/* Signals are taken by server_wait(); blocked before any thread exists, so that all threads inherit it. */
static void block_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

int cmd_serve(const struct args *args, struct err *e) {
    struct server *s = calloc(1, sizeof *s);
    if (!s) return err_set(e, ERR_INTERNAL, "", "out of memory");
    take_options(args);
    block_signals();
    int rc = server_open(s, false, e);
    if (rc == 0) {
        rc = server_start(s, e);
        if (rc == 0) server_wait(s, NULL, NULL);
        server_close(s);
    }
    free(s);
    return rc;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

struct living {
    struct server *server;
    struct demo *demo;
};

static void step(void *ctx) {
    struct living *l = ctx;
    demo_step(l->demo, clock_now(&l->server->app.clock));
}

static void greet(struct server *s, const struct demo_info *info) {
    char code[44];
    struct signed_in who = {info->tenant, info->admin, ROLE_ADMIN};
    struct err e = {0};
    if (web_sign_in_code(s->web, &who, code, &e)) return;
    printf("\nLeadlight is running on a made-up brokerage in Miami.\n\n"
           "  Open   http://%s:%u/?code=%s\n\n"
           "The address signs you in as the broker. Leads browse and write while you look on; messages that "
           "would\n"
           "go out are shown on the page and sent to nobody. Ctrl-C ends it.\n\n",
           s->app.config.text[S_ADDRESS].p, http_server_port(s->http), code);
    fflush(stdout);
}

static int live(struct server *s, uint64_t seed, struct err *e) {
    struct living l = {.server = s};
    struct demo_info info;
    if (server_start(s, e) || demo_new(&s->app.flow, seed, &l.demo, &info, e)) return -1;
    greet(s, &info);
    server_wait(s, step, &l);
    demo_free(l.demo);
    return 0;
}

int cmd_demo(const struct args *args, struct err *e) {
    struct server *s = calloc(1, sizeof *s);
    int64_t seed;
    char folder[] = "/tmp/leadlight-demo-XXXXXX";
    bool own = !str_given(args_get(args, "data")) && !getenv("LEADLIGHT_DATA_DIR");
    if (!s) return err_set(e, ERR_INTERNAL, "", "out of memory");
    if (args_i64(args, "seed", 1, 0, INT64_MAX, &seed, e)) return -1;
    take_options(args);
    if (own) {
        if (!mkdtemp(folder)) return err_set(e, ERR_UNAVAILABLE, "demo", "cannot make a temporary folder");
        setenv("LEADLIGHT_DATA_DIR", folder, 1);
    }
    if (!getenv("LEADLIGHT_LOG_LEVEL")) setenv("LEADLIGHT_LOG_LEVEL", "warn", 1);
    block_signals();
    int rc = server_open(s, true, e);
    if (rc == 0) {
        rc = live(s, (uint64_t)seed, e);
        server_close(s);
    }
    if (own) nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(s);
    return rc;
}
