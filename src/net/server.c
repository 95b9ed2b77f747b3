/* The server's life: sockets, loops, start, stop. Contracts in server.h.
 *
 * Every loop listens on a socket of its own on the same port (SO_REUSEPORT), so that the kernel deals
 * connections out and loops share nothing. Because such sockets would also be shared with another process,
 * the port is first tried without sharing. */
#include "net/loop.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const reject_names[] = {
#define X(name, text) text,
    HTTP_REJECTS(X)
#undef X
};

const char *http_reject_name(enum http_reject r) {
    return r < HTTP_REJECT_COUNT ? reject_names[r] : "";
}

/* ---- options ---- */

static void or_else(int64_t *v, int64_t dflt) {
    if (*v == 0) *v = dflt;
}

static void fill_defaults(struct http_options *o) {
    if (!str_given(o->address)) o->address = STR("127.0.0.1");
    if (!o->loops) o->loops = 1;
    if (!o->max_connections) o->max_connections = 12000;
    if (!o->body_max) o->body_max = 1 << 20;
    if (!o->drain_max) o->drain_max = 4 << 20;
    if (!o->pipeline_max) o->pipeline_max = 65536;
    if (!o->body_min_rate) o->body_min_rate = 1024;
    if (!o->write_min_rate) o->write_min_rate = 16384;
    if (!o->limits.line_max) o->limits.line_max = HTTP_LINE_MAX;
    if (!o->limits.head_max) o->limits.head_max = HTTP_HEAD_MAX;
    or_else(&o->head_us, 10 * 1000000);
    or_else(&o->body_us, 30 * 1000000);
    or_else(&o->body_grace_us, 5 * 1000000);
    or_else(&o->idle_us, 60 * 1000000);
    or_else(&o->write_us, 30 * 1000000);
    or_else(&o->linger_us, 2 * 1000000);
}

static int check(const struct http_options *o, struct err *e) {
    const int64_t times[] = {o->head_us, o->body_us, o->body_grace_us, o->idle_us, o->write_us, o->linger_us};
    if (!o->on_request || !o->clock)
        return err_set(e, ERR_INVALID, "options", "on_request and clock are needed");
    if (o->loops > 64) return err_set(e, ERR_INVALID, "loops", "at most 64");
    if ((uint64_t)o->limits.line_max + o->limits.head_max > 61440 || o->limits.fields_max > HTTP_FIELDS_MAX)
        return err_set(e, ERR_INVALID, "limits", "line and head together at most 61440 bytes, %d fields",
                       HTTP_FIELDS_MAX);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (times[i] < 0) return err_set(e, ERR_INVALID, "options", "a time limit is negative");
    return 0;
}

/* A quarter of the shortest limit, so that none is overrun by much; at most four looks a second. */
static uint64_t tick_ms(const struct http_options *o) {
    const int64_t times[] = {o->head_us, o->body_us, o->body_grace_us, o->idle_us, o->write_us, o->linger_us};
    int64_t least = 1000000;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (times[i] < least) least = times[i];
    return least < 20000 ? 5 : (uint64_t)least / 4000;
}

/* ---- sockets ---- */

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static int address_of(const char *text, uint16_t port, union address *out, struct err *e) {
    if (uv_ip4_addr(text, port, &out->v4) == 0 || uv_ip6_addr(text, port, &out->v6) == 0) return 0;
    return err_set(e, ERR_INVALID, "address", "not an IPv4 or IPv6 address");
}

static socklen_t address_size(const union address *a) {
    return a->any.sa_family == AF_INET ? sizeof a->v4 : sizeof a->v6;
}

static int bound(const union address *a, bool shared, int *out_fd, struct err *e) {
    int yes = 1, fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return err_set(e, ERR_UNAVAILABLE, "address", "socket: %s", uv_strerror(-errno));
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) ||
        (shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes)) ||
        bind(fd, &a->any, address_size(a))) {
        int why = errno;
        close(fd);
        return err_set(e, why == EADDRINUSE ? ERR_CONFLICT : ERR_UNAVAILABLE, "port", "cannot bind: %s",
                       uv_strerror(-why));
    }
    *out_fd = fd;
    return 0;
}

static int resolve_port(int fd, union address *a, uint16_t *out_port, struct err *e) {
    socklen_t n = sizeof *a;
    if (getsockname(fd, &a->any, &n))
        return err_set(e, ERR_UNAVAILABLE, "port", "getsockname: %s", uv_strerror(-errno));
    *out_port = ntohs(a->any.sa_family == AF_INET ? a->v4.sin_port : a->v6.sin6_port);
    return 0;
}

static int open_loops(struct http_server *s, struct err *e) {
    union address a;
    int fd;
    if (address_of(s->address, s->o.port, &a, e)) return -1;
    if (s->o.port) {
        if (bound(&a, false, &fd, e)) return -1;
        close(fd);
    }
    for (unsigned i = 0; i < s->o.loops; i++) {
        if (bound(&a, true, &fd, e)) return -1;
        if (i == 0 && resolve_port(fd, &a, &s->port, e)) {
            close(fd);
            return -1;
        }
        s->n_loops = i + 1;
        if (loop_init(&s->loops[i], s, i, fd, e)) {
            if (!s->loops[i].listening) close(fd);
            return -1;
        }
    }
    return 0;
}

/* ---- life ---- */

int http_server_new(const struct http_options *o, struct http_server **out, struct err *e) {
    struct http_options filled = *o;
    fill_defaults(&filled);
    if (check(&filled, e)) return -1;
    struct http_server *s = calloc(1, sizeof *s);
    if (!s) return err_set(e, ERR_UNAVAILABLE, "memory", "no memory for the server");
    s->o = filled;
    s->tick_ms = tick_ms(&filled);
    s->loops = calloc(filled.loops, sizeof *s->loops);
    if (uv_key_create(&s->here)) {
        free(s->loops);
        free(s);
        return err_set(e, ERR_UNAVAILABLE, "threads", "no thread key");
    }
    if (!s->loops) {
        err_set(e, ERR_UNAVAILABLE, "memory", "no memory for the loops");
    } else if (!str_to_z(filled.address, s->address, sizeof s->address)) {
        err_set(e, ERR_INVALID, "address", "too long");
    } else if (open_loops(s, e) == 0) {
        *out = s;
        return 0;
    }
    http_server_free(s);
    return -1;
}

static void stop_threads(struct http_server *s) {
    atomic_store(&s->stopping, true);
    for (unsigned i = 0; i < s->n_started; i++) uv_async_send(&s->loops[i].wake);
    for (unsigned i = 0; i < s->n_started; i++) uv_thread_join(&s->loops[i].thread);
    s->n_started = 0;
}

int http_server_start(struct http_server *s, struct err *e) {
    assert(s->n_started == 0);
    for (unsigned i = 0; i < s->n_loops; i++) {
        int r = uv_thread_create(&s->loops[i].thread, loop_run, &s->loops[i]);
        if (r) {
            stop_threads(s);
            return err_set(e, ERR_UNAVAILABLE, "loops", "no thread: %s", uv_strerror(r));
        }
        s->n_started = i + 1;
    }
    return 0;
}

unsigned http_server_stop(struct http_server *s, int64_t grace_us) {
    unsigned cut = 0;
    s->grace_us = grace_us;
    stop_threads(s);
    for (unsigned i = 0; i < s->n_loops; i++) cut += s->loops[i].cut;
    return cut;
}

void http_server_free(struct http_server *s) {
    if (!s) return;
    assert(s->n_started == 0);
    for (unsigned i = 0; i < s->n_loops; i++) loop_done(&s->loops[i]);
    if (s->hub_ops) s->hub_ops->free(s);
    uv_key_delete(&s->here);
    free(s->loops);
    free(s);
}

uint16_t http_server_port(const struct http_server *s) {
    return s->port;
}
unsigned http_server_loops(const struct http_server *s) {
    return s->n_loops;
}

/* ---- figures ---- */

static void add_stats(const struct loop *l, struct http_stats *o) {
    uint64_t v[N_COUNTERS];
    for (int i = 0; i < N_COUNTERS; i++) v[i] = atomic_load_explicit(&l->count[i], memory_order_relaxed);
    o->requests += v[N_REQUESTS];
    for (int i = 0; i < 6; i++) {
        o->status[i] += v[N_STATUS + i];
        o->responses += v[N_STATUS + i];
    }
    o->bytes_in += v[N_BYTES_IN];
    o->bytes_out += v[N_BYTES_OUT];
    o->accepted += v[N_ACCEPTED];
    o->open += v[N_OPEN];
    o->in_work += v[N_IN_WORK];
    o->streams += v[N_STREAMS];
    o->events += v[N_EVENTS];
    for (int i = 0; i < HTTP_REJECT_COUNT; i++) o->rejected[i] += v[N_REJECTED + i];
}

void http_server_stats(const struct http_server *s, unsigned loop, struct http_stats *out) {
    *out = (struct http_stats){0};
    for (unsigned i = 0; i < s->n_loops; i++)
        if (i == loop || loop >= s->n_loops) add_stats(&s->loops[i], out);
    if (loop == 0 || loop >= s->n_loops)
        out->rejected[HTTP_REJECT_STREAMS] += atomic_load(&s->streams_refused);
}

int http_raise_nofile(uint64_t want, uint64_t *out_now, struct err *e) {
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r))
        return err_set(e, ERR_UNAVAILABLE, "open files", "%s", uv_strerror(-errno));
    if (r.rlim_cur < want) {
        r.rlim_cur = r.rlim_max != RLIM_INFINITY && want > r.rlim_max ? r.rlim_max : want;
        if (setrlimit(RLIMIT_NOFILE, &r))
            return err_set(e, ERR_UNAVAILABLE, "open files", "%s", uv_strerror(-errno));
    }
    *out_now = r.rlim_cur;
    return 0;
}
