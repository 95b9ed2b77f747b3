/* Sends prepared webhooks over keep-alive connections and says how long the answers took; listens to an agent's event
 * stream meanwhile and says how long after its webhook each alert came.
 *
 * usage: bench_load --port P --requests FILE [--from N] --connections C --seconds S [--rate R] [--stream PATH --token JWT]
 *
 * Without --rate each connection sends as soon as it has its answer: the top rate. With it requests are due at even
 * distances whether the server keeps up or not, and time is taken from when a request was due: a server that stalls is not
 * rewarded by getting fewer requests in its stall. One thread on one epoll. Prints one JSON object, times in microseconds.
 * Requests come from FILE (bench_prepare), from number N on, each at most once. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"

enum { CONNECTIONS_MAX = 1024, ANSWER_MAX = 16384, STREAM_MAX = 1 << 20, LINGER_US = 3000000 };

struct request {
    const char *p;
    uint32_t n;
};
struct connection {
    int fd;
    int64_t due_us; /* of the request on its way */
    bool busy;
    size_t sent, got;
    const struct request *request;
    char answer[ANSWER_MAX];
};
struct series { /* of durations */
    int64_t *us;
    size_t n, cap;
};
struct load {
    /* asked */
    int64_t port, from, connections, rate;
    double seconds;
    const char *requests_path, *stream_path, *token;
    /* having */
    struct request *request;
    size_t n_requests, next;
    int64_t *sent_us; /* by request number; 0: not sent */
    int epoll;
    struct connection *conn;
    int stream_fd;
    char *stream;
    size_t stream_n;
    /* seen */
    int64_t begun_us, ended_us;
    struct series answers, alerts;
    int64_t status_2xx, status_429, status_other, broken;
};

static int64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void die(const char *what) {
    fprintf(stderr, "bench_load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void series_add(struct series *s, int64_t us) {
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 4096;
        s->us = realloc(s->us, s->cap * sizeof *s->us);
        if (!s->us) die("out of memory");
    }
    s->us[s->n++] = us;
}

static int by_size(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void series_write(struct series *s, const char *name, struct jw *w) {
    static const struct {
        const char *name;
        double share;
    } at[] = {{"p50", 0.50}, {"p90", 0.90}, {"p99", 0.99}, {"max", 1}};
    if (s->n) qsort(s->us, s->n, sizeof *s->us, by_size);
    jw_key(w, name);
    jw_object(w);
    jw_ki64(w, "n", (int64_t)s->n);
    for (size_t i = 0; s->n && i < sizeof at / sizeof *at; i++) {
        size_t k = (size_t)((double)s->n * at[i].share);
        jw_ki64(w, at[i].name, s->us[k < s->n ? k : s->n - 1]);
    }
    jw_end(w);
}

static void read_requests(struct load *l) {
    int fd = open(l->requests_path, O_RDONLY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) die(l->requests_path);
    const char *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (p == MAP_FAILED) die(l->requests_path);
    close(fd);
    size_t cap = 0;
    for (const char *at = p, *end = p + st.st_size; at + sizeof(uint32_t) <= end;) {
        uint32_t n;
        memcpy(&n, at, sizeof n);
        at += sizeof n;
        if (l->n_requests == cap) {
            cap = cap ? cap * 2 : 65536;
            l->request = realloc(l->request, cap * sizeof *l->request);
            if (!l->request) die("out of memory");
        }
        l->request[l->n_requests++] = (struct request){at, n};
        at += n;
    }
    l->sent_us = calloc(l->n_requests + 1, sizeof *l->sent_us);
    if (!l->sent_us) die("out of memory");
    l->next = (size_t)l->from;
}

static int dial(const struct load *l) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)l->port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0) die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static void watch(const struct load *l, int fd, uint64_t what) {
    struct epoll_event ev = {.events = EPOLLIN, .data.u64 = what};
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &ev) < 0) die("epoll");
}

static void open_stream(struct load *l) {
    l->stream_fd = -1;
    if (!l->stream_path) return;
    l->stream = malloc(STREAM_MAX);
    l->stream_fd = dial(l);
    char ask[4096];
    int n =
        snprintf(ask, sizeof ask, "GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n",
                 l->stream_path, l->token);
    if (!l->stream || write(l->stream_fd, ask, (size_t)n) != n) die("stream");
    ssize_t got = read(l->stream_fd, l->stream, 512);
    if (got < 12 || memcmp(l->stream, "HTTP/1.1 200", 12) != 0) {
        errno = 0;
        die("the stream was refused");
    }
    l->stream_n = 0;
    watch(l, l->stream_fd, CONNECTIONS_MAX);
}

/* ---- the stream ---- */

static void take_alert(struct load *l, struct str event, int64_t at_us) {
    static const char mark[] = "\"source_id\":\"bench-";
    if (!str_starts(event, STR("event: alert\n")) && str_find(event, STR("\nevent: alert\n")) < 0) return;
    ptrdiff_t at = str_find(event, STR("\"source_id\":\"bench-"));
    int64_t number;
    if (at < 0) return;
    struct str digits = str_head(str_skip(event, (size_t)at + sizeof mark - 1), 8);
    if (!str_to_i64(digits, &number) || (size_t)number >= l->n_requests || !l->sent_us[number]) return;
    series_add(&l->alerts, at_us - l->sent_us[number]);
    l->sent_us[number] = 0;
}

static void read_stream(struct load *l) {
    ssize_t got = read(l->stream_fd, l->stream + l->stream_n, STREAM_MAX - l->stream_n);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) die("the stream ended");
    int64_t at_us = now_us();
    l->stream_n += (size_t)got;
    struct str rest = {l->stream, l->stream_n};
    for (ptrdiff_t end; (end = str_find(rest, STR("\n\n"))) >= 0; rest = str_skip(rest, (size_t)end + 2))
        take_alert(l, str_head(rest, (size_t)end + 1), at_us);
    memmove(l->stream, rest.p, rest.n);
    l->stream_n = rest.n;
}

/* ---- requests ---- */

static void push(struct load *l, struct connection *c) {
    const struct request *r = c->request;
    while (c->sent < r->n) {
        ssize_t n = write(c->fd, r->p + c->sent, r->n - c->sent);
        if (n < 0 && errno == EAGAIN) continue; /* a request is far smaller than a socket's buffer */
        if (n < 0) {
            l->broken++;
            return;
        }
        c->sent += (size_t)n;
    }
}

static void send_next(struct load *l, struct connection *c, int64_t due_us) {
    c->request = &l->request[l->next];
    c->due_us = due_us;
    c->busy = true;
    c->sent = c->got = 0;
    l->sent_us[l->next] = due_us;
    l->next++;
    push(l, c);
}

/* Whether the whole answer is there; its status then. */
static bool answered(const struct connection *c, int64_t *out_status) {
    struct str all = {c->answer, c->got};
    ptrdiff_t head = str_find(all, STR("\r\n\r\n"));
    if (head < 0) return false;
    struct str fields = str_head(all, (size_t)head + 2), line;
    int64_t length = 0;
    if (!str_cut(&fields, '\n', &line) || !str_to_i64(str_head(str_skip(line, 9), 3), out_status))
        *out_status = 0;
    while (str_cut(&fields, '\n', &line))
        if (str_eq_ci(str_head(line, 15), STR("content-length:")))
            str_to_i64(str_trim(str_skip(line, 15)), &length);
    return c->got >= (size_t)head + 4 + (size_t)length;
}

static void read_answer(struct load *l, struct connection *c) {
    ssize_t n = read(c->fd, c->answer + c->got, sizeof c->answer - c->got);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
        errno = 0;
        die("the server closed a connection");
    }
    c->got += (size_t)n;
    int64_t status;
    if (!answered(c, &status)) return;
    c->busy = false;
    series_add(&l->answers, now_us() - c->due_us);
    if (status >= 200 && status < 300)
        l->status_2xx++;
    else if (status == 429)
        l->status_429++;
    else
        l->status_other++;
}

static void wait_for_answers(struct load *l, int64_t wait_us) {
    struct epoll_event ev[256];
    struct timespec wait = {.tv_sec = wait_us / 1000000, .tv_nsec = wait_us % 1000000 * 1000};
    int n = epoll_pwait2(l->epoll, ev, 256, &wait, NULL);
    for (int i = 0; i < n; i++) {
        if (ev[i].data.u64 == CONNECTIONS_MAX)
            read_stream(l);
        else
            read_answer(l, &l->conn[ev[i].data.u64]);
    }
}

static bool any_busy(const struct load *l) {
    for (int64_t i = 0; i < l->connections; i++)
        if (l->conn[i].busy) return true;
    return false;
}

/* Sends what is due on connections that are free. With a rate the clock says what is due, else everything is. Returns for
 * how long nothing else will be. */
static int64_t send_due(struct load *l, int64_t *io_count) {
    for (int64_t i = 0; i < l->connections && l->next < l->n_requests; i++) {
        if (l->conn[i].busy) continue;
        int64_t now = now_us(), due = now;
        if (l->rate > 0) due = l->begun_us + *io_count * 1000000 / l->rate;
        if (due > now) return due - now;
        ++*io_count;
        send_next(l, &l->conn[i], due);
    }
    return 10000; /* all are busy, or nothing is left */
}

static void run(struct load *l) {
    l->begun_us = now_us();
    int64_t until_us = l->begun_us + (int64_t)(l->seconds * 1e6), count = 0;
    while (now_us() < until_us && l->next < l->n_requests) {
        int64_t wait_us = send_due(l, &count);
        wait_for_answers(l, wait_us);
    }
    l->ended_us = now_us();
    for (int64_t give_up = now_us() + LINGER_US; any_busy(l) && now_us() < give_up;)
        wait_for_answers(l, 10000);
    for (int64_t give_up = now_us() + LINGER_US; l->stream_fd >= 0 && now_us() < give_up;)
        wait_for_answers(l, 10000);
}

static void report(struct load *l) {
    BUF_AUTO b;
    buf_init(&b, 65536);
    struct jw w = jw_on(&b);
    double seconds = (double)(l->ended_us - l->begun_us) / 1e6;
    jw_object(&w);
    jw_kreal(&w, "seconds", seconds);
    jw_ki64(&w, "sent", (int64_t)l->next - l->from);
    jw_kreal(&w, "per_s", (double)(int64_t)((double)l->answers.n / seconds));
    jw_ki64(&w, "ok", l->status_2xx);
    jw_ki64(&w, "overloaded", l->status_429);
    jw_ki64(&w, "other", l->status_other + l->broken);
    series_write(&l->answers, "answer_us", &w);
    series_write(&l->alerts, "alert_us", &w);
    jw_end(&w);
    puts(b.p);
}

static bool option(struct load *l, const char *name, const char *value) {
    struct str n = str_of(name), v = str_of(value);
    if (str_is(n, "--port")) return str_to_i64(v, &l->port);
    if (str_is(n, "--from")) return str_to_i64(v, &l->from);
    if (str_is(n, "--connections")) return str_to_i64(v, &l->connections);
    if (str_is(n, "--rate")) return str_to_i64(v, &l->rate);
    if (str_is(n, "--seconds")) return str_to_double(v, &l->seconds);
    const char **text = str_is(n, "--requests") ? &l->requests_path
                        : str_is(n, "--stream") ? &l->stream_path
                        : str_is(n, "--token")  ? &l->token
                                                : NULL;
    if (text) *text = value;
    return text != NULL;
}

int main(int argc, char **argv) {
    struct load l = {.connections = 32, .seconds = 5, .stream_fd = -1};
    bool ok = argc % 2 == 1;
    for (int i = 1; ok && i + 1 < argc; i += 2) ok = option(&l, argv[i], argv[i + 1]);
    if (!ok || !l.requests_path || l.port < 1 || l.connections < 1 || l.connections > CONNECTIONS_MAX ||
        l.from < 0) {
        fputs("usage: bench_load --port P --requests FILE [--from N] --connections C --seconds S [--rate R]"
              " [--stream PATH --token JWT]\n",
              stderr);
        return 2;
    }
    read_requests(&l);
    l.epoll = epoll_create1(0);
    l.conn = calloc((size_t)l.connections, sizeof *l.conn);
    if (l.epoll < 0 || !l.conn) die("epoll");
    for (int64_t i = 0; i < l.connections; i++) {
        l.conn[i].fd = dial(&l);
        watch(&l, l.conn[i].fd, (uint64_t)i);
    }
    open_stream(&l);
    run(&l);
    report(&l);
    return l.status_other + l.broken ? 1 : 0;
}
