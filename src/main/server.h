/* A running server: app, heart, HTTP, web, put together and taken apart in the right order. Used by serve and demo. */
#ifndef MAIN_SERVER_H
#define MAIN_SERVER_H

#include "main/heart.h"
#include "web/web.h"

struct server {
    struct app app;
    struct heart *heart;
    struct workers *workers;
    struct web *web;
    struct http_server *http;
    struct sse_hub *hub;
    struct public_key *ghl_key, *ghl_legacy;
    struct outlet outlets[2];
    _Atomic int64_t said_us; /* when a request's trouble was logged last */
};
/* Opens everything and listens, not yet ready: `demo` seeds in between. `with_log`: messages to leads go to the log outlet, which shows them. */
int server_open(struct server *s, bool demo, struct err *e);
int server_start(struct server *s, struct err *e);
/* Until SIGTERM or SIGINT; `step` (may be NULL) is called about every second. */
void server_wait(struct server *s, void (*step)(void *ctx), void *ctx);
void server_close(struct server *s);

#endif
