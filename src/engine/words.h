/* Small phrases that alerts and briefings share, in English and Spanish: spans of time, hours of a day, how
 * often, what a lead did. Each is said from a figure; none judges. Spanish is formal and names no gender. */
#ifndef ENGINE_WORDS_H
#define ENGINE_WORDS_H

#include "engine/score.h"

/* "5 min", "3 h", "2 days"; less than a minute is "1 min". */
void words_span(struct buf *b, int64_t us, enum language l);
void words_ago(struct buf *b, int64_t us, enum language l); /* "3 h ago", "hace 3 h" */
/* "2 to 4 pm", "11 am to 1 pm"; "14:00 a 16:00". Hours are 0 to 24 of a local day. */
void words_hours(struct buf *b, int from, int to, enum language l);
/* "between 2 and 4 pm"; "entre las 14:00 y las 16:00" */
void words_between(struct buf *b, int from, int to, enum language l);
void words_before(struct buf *b, int hour, enum language l); /* "before 4 pm"; "antes de las 16:00" */
void words_hour(struct buf *b, int hour, enum language l);   /* "8 am"; "8:00" */
void words_times(struct buf *b, int64_t n, enum language l); /* "once", "twice", "3 times" */
/* What the lead did, as the middle of a sentence: "used the pricing tool twice". */
void words_signal(struct buf *b, enum signal s, int64_t n, enum language l);
/* A text from outside on one line and within max_bytes, "..." where it was cut: wrong UTF-8 repaired,
 * control characters and runs of white space one space, marks that turn the direction of writing left out. */
void words_clean(struct buf *b, struct str text, size_t max_bytes);
bool words_turn(uint32_t code_point);         /* an invisible mark that turns the direction of writing */
void words_capital(struct buf *b, size_t at); /* the byte at `at` in upper case when it is a to z */
struct str words_take(struct buf *b, struct arena *a); /* a copy in the arena; the buffer is empty then */

#endif
