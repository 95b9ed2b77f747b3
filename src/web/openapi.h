/* What the route table does not hold, from schemas.json: shared by the OpenAPI document and the page at /docs. */
#ifndef WEB_OPENAPI_H
#define WEB_OPENAPI_H

#include "web/internal.h"

enum { DOCUMENT_MEMORY = 8 * 1024 * 1024 };

int document_read(struct arena *a, const struct jnode **out, struct err *e);
/* The route's own notes ("status", "parameters", "description"), or NULL. */
const struct jnode *document_route(const struct jnode *doc, const struct route *r);
/* A schema of that name, or NULL. */
const struct jnode *document_schema(const struct jnode *doc, const char *name);
/* The first example of a schema, or NULL. */
const struct jnode *document_example(const struct jnode *doc, const char *name);
/* "application/json" unless schemas.json says otherwise. */
struct str document_media(const struct jnode *doc, const char *name);
const char *access_name(enum access a);
int document_status(const struct jnode *doc, const struct route *r);
/* Takes the next "{name}" out of a path template; false at the end. */
bool path_param_next(const char **rest, struct str *out_name);

#endif
