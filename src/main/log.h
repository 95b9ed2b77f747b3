/* Structured log: one JSON object a line on standard error. The only place that logs; libraries return
 * errors. No personal data: values are ids, counts, durations, error texts (which hold none either). The
 * level is one of the two globals of the program. */
#ifndef MAIN_LOG_H
#define MAIN_LOG_H

#include "base/err.h"
#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
void log_set_level(enum log_level level);
bool log_level_parse(struct str s, enum log_level *out);
/* key, value pairs of const char *, ended by NULL: log_say(LOG_INFO, "listening", "port", "8080", NULL) */
void log_say(enum log_level level, const char *event, ...) __attribute__((sentinel));
void log_err(enum log_level level, const char *event, const struct err *e);

#endif
