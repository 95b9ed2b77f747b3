/* What keeps the flow going in a server: three threads that look when woken and otherwise at their own beat.
 *
 * inbox: pipeline batches until nothing is pending · outbox: deliveries · timers: due timers every second,
 * expiry and abandoned leases every 30 s, other processes' changes four times a second. A pool of threads
 * makes many briefings at once. Waking is only a hint: whatever is lost on the way is found at the next beat.
 * Errors are logged and the beat goes on. */
#ifndef MAIN_HEART_H
#define MAIN_HEART_H

#include "main/app.h"
#include "net/workers.h"

struct heart;
/* Sets flow.wake and flow.each; call before anything else uses the flow. Takes this start's fence number. */
int heart_new(struct app *a, struct heart **out, struct err *e);
int heart_start(struct heart *h, struct err *e);
void heart_stop(struct heart *h); /* finishes what is in work */
void heart_free(struct heart *h);
uint64_t heart_foreign_changes(void *heart);

#endif
