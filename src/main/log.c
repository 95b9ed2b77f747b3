/* The log. See log.h. */
#include "main/log.h"

#include "base/json.h"
#include "main/app.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

static _Atomic int least = LOG_INFO;
static const char *const names[] = {"debug", "info", "warn", "error"};

void log_set_level(enum log_level level) {
    atomic_store(&least, (int)level);
}

bool log_level_parse(struct str s, enum log_level *out) {
    for (int i = 0; i < 4; i++)
        if (str_is(s, names[i])) {
            *out = (enum log_level)i;
            return true;
        }
    return false;
}

void log_say(enum log_level level, const char *event, ...) {
    if ((int)level < atomic_load(&least)) return;
    BUF_AUTO b;
    buf_init(&b, 8192);
    struct jw w = jw_on(&b);
    struct clock c = machine_clock();
    jw_object(&w);
    jw_ktime(&w, "time", clock_now(&c));
    jw_kz(&w, "level", names[level]);
    jw_kz(&w, "event", event);
    va_list ap;
    va_start(ap, event);
    for (const char *key; (key = va_arg(ap, const char *));) jw_kz(&w, key, va_arg(ap, const char *));
    va_end(ap);
    jw_end(&w);
    buf_c(&b, '\n');
    ssize_t ignored = write(STDERR_FILENO, b.p, b.n); /* one write, so that lines of threads do not mix */
    (void)ignored;
}

void log_err(enum log_level level, const char *event, const struct err *e) {
    log_say(level, event, "kind", err_slug(e->kind), "where", e->where, "message", e->msg, NULL);
}
