/* The interface as OpenAPI 3.1, made from the route table and schemas.json, so that it cannot say what the server does not do: paths,
 * who may call, limits of bodies and refusals come from the rows. Every request body has an example (SPEC 26).
 *
 * Members of ours: x-access (the least role) and x-body-max (bytes). */
#include "web/openapi.h"

#include "web/schemas_asset.h"

#include <ctype.h>

int document_read(struct arena *a, const struct jnode **out, struct err *e) {
    const struct asset *x = asset_find(assets_web_schemas, assets_web_schemas_n, STR("schemas.json"));
    if (!x) return err_set(e, ERR_INTERNAL, "schemas.json", "is not built in");
    return json_parse(a, x->plain, x->plain.n, out, e) ? err_within(e, "schemas.json") : 0;
}

const struct jnode *document_route(const struct jnode *doc, const struct route *r) {
    char key[160];
    snprintf(key, sizeof key, "%s %s", r->method, r->path);
    return json_get(json_get(doc, "routes"), key);
}

const struct jnode *document_schema(const struct jnode *doc, const char *name) {
    return json_get(json_get(doc, "schemas"), name);
}

const struct jnode *document_example(const struct jnode *doc, const char *name) {
    const struct jnode *list = json_get(document_schema(doc, name), "examples");
    return list && list->type == JARRAY ? list->kids.first : NULL;
}

struct str document_media(const struct jnode *doc, const char *name) {
    const struct jnode *n = json_get(json_get(doc, "media"), name);
    return n && n->type == JSTRING ? n->s : STR(JSON_TYPE);
}

const char *access_name(enum access a) {
    static const char *const names[] = {"public", "agent", "team_lead", "admin", "service"};
    return names[a];
}

int document_status(const struct jnode *doc, const struct route *r) {
    int64_t status = *r->response ? 200 : 204;
    json_i64(document_route(doc, r), "status", status, &status, NULL);
    return (int)status;
}

bool path_param_next(const char **rest, struct str *out_name) {
    const char *from = strchr(*rest, '{');
    const char *to = from ? strchr(from, '}') : NULL;
    if (!to) return false;
    *out_name = (struct str){from + 1, (size_t)(to - from - 1)};
    *rest = to + 1;
    return true;
}

/* ---- one operation ---- */

static void put_ref(struct jw *w, const char *what, const char *name) {
    char ref[120];
    snprintf(ref, sizeof ref, "#/components/%s/%s", what, name);
    jw_object(w);
    jw_kz(w, "$ref", ref);
    jw_end(w);
}

static void put_path_params(struct jw *w, const struct route *r) {
    const char *rest = r->path;
    struct str name;
    while (path_param_next(&rest, &name)) {
        bool id = name.n > 3 && memcmp(name.p + name.n - 3, "_id", 3) == 0;
        jw_object(w);
        jw_kstr(w, "name", name);
        jw_kz(w, "in", "path");
        jw_kbool(w, "required", true);
        jw_key(w, "schema");
        jw_object(w);
        jw_kz(w, "type", "string");
        if (id)
            jw_kz(w, "description", str_is(name, "agent_id") ? "An agent's id, or me." : "As lists give it.");
        jw_end(w);
        jw_end(w);
    }
}

static void put_params(struct jw *w, const struct jnode *doc, const struct route *r) {
    const struct jnode *list = json_get(document_route(doc, r), "parameters");
    jw_key(w, "parameters");
    jw_array(w);
    put_path_params(w, r);
    for (const struct jnode *n = list ? list->kids.first : NULL; n; n = n->next) {
        char name[64];
        if (str_to_z(n->s, name, sizeof name)) put_ref(w, "parameters", name);
    }
    if (strcmp(r->method, "POST") == 0 && r->access != ACCESS_PUBLIC && r->run != RUN_LATER)
        put_ref(w, "parameters", "Idempotency-Key");
    jw_end(w);
}

static void put_content(struct jw *w, const struct jnode *doc, const char *schema) {
    char media[64];
    const struct jnode *example = document_example(doc, schema);
    if (!str_to_z(document_media(doc, schema), media, sizeof media)) return;
    jw_key(w, "content");
    jw_object(w);
    jw_key(w, media);
    jw_object(w);
    jw_key(w, "schema");
    put_ref(w, "schemas", schema);
    if (example) {
        jw_key(w, "example");
        jw_node(w, example);
    }
    jw_end(w);
    jw_end(w);
}

static void put_body(struct jw *w, const struct jnode *doc, const struct route *r) {
    if (!*r->request) return;
    jw_key(w, "requestBody");
    jw_object(w);
    jw_kbool(w, "required", strcmp(r->request, "Empty") != 0);
    put_content(w, doc, r->request);
    jw_end(w);
    jw_ki64(w, "x-body-max", (int64_t)r->body_max);
}

static bool is_limited(const struct route *r) {
    return r->access != ACCESS_PUBLIC || (strcmp(r->tag, "intake") != 0 && strcmp(r->tag, "operations") != 0);
}

static void put_success(struct jw *w, const struct jnode *doc, const struct route *r) {
    char status[24];
    snprintf(status, sizeof status, "%d", document_status(doc, r));
    jw_key(w, status);
    jw_object(w);
    jw_kz(w, "description", *r->response ? r->response : "Done; no body.");
    if (is_limited(r)) {
        static const char *const fields[] = {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"};
        jw_key(w, "headers");
        jw_object(w);
        for (size_t i = 0; i < 3; i++) {
            jw_key(w, fields[i]);
            put_ref(w, "headers", fields[i]);
        }
        jw_end(w);
    }
    if (*r->response) put_content(w, doc, r->response);
    jw_end(w);
}

static void put_problems(struct jw *w, const struct route *r) {
    bool body = *r->request, open = r->access == ACCESS_PUBLIC, post = strcmp(r->method, "GET") != 0;
    bool signature = strcmp(r->tag, "intake") == 0 && open && body;
    const struct {
        const char *status;
        bool may;
    } rows[] = {{"304", !post && !open && r->run != RUN_LATER},
                {"400", body},
                {"401", !open || signature || strcmp(r->tag, "session") == 0},
                {"403", !open},
                {"404", strchr(r->path, '{') != NULL || strcmp(r->tag, "intake") == 0},
                {"409", post && strchr(r->path, '{') && !signature},
                {"413", body},
                {"415", body && !open},
                {"422", body || !post},
                {"429", is_limited(r) || signature},
                {"500", true},
                {"503", true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!rows[i].may) continue;
        char name[24];
        snprintf(name, sizeof name, "Problem%s", rows[i].status);
        jw_key(w, rows[i].status);
        put_ref(w, "responses", strcmp(rows[i].status, "304") == 0 ? "NotModified" : name);
    }
}

static void put_security(struct jw *w, const struct route *r) {
    jw_key(w, "security");
    jw_array(w);
    if (r->access != ACCESS_PUBLIC) {
        static const char *const schemes[] = {"bearer", "cookie"};
        for (size_t i = 0; i < 2; i++) {
            jw_object(w);
            jw_key(w, schemes[i]);
            jw_array(w);
            jw_end(w);
            jw_end(w);
        }
    }
    jw_end(w);
    jw_kz(w, "x-access", access_name(r->access));
}

/* "GET /api/v1/leads/{lead_id}" -> "get_leads_lead_id" */
static void put_operation_id(struct jw *w, const struct route *r) {
    char id[128];
    size_t n = 0;
    for (const char *p = r->method; *p; p++) id[n++] = (char)tolower((unsigned char)*p);
    const char *path = strncmp(r->path, "/api/v1", 7) == 0 ? r->path + 7 : r->path;
    for (; *path && n + 2 < sizeof id; path++) {
        if (isalnum((unsigned char)*path))
            id[n++] = *path;
        else if (n && id[n - 1] != '_' && *path != '}')
            id[n++] = '_';
    }
    jw_kstr(w, "operationId", (struct str){id, n});
}

static void put_operation(struct jw *w, const struct jnode *doc, const struct route *r) {
    char method[8] = "";
    struct str about = STR_NONE;
    for (size_t i = 0; r->method[i] && i + 1 < sizeof method; i++)
        method[i] = (char)tolower((unsigned char)r->method[i]);
    json_str(document_route(doc, r), "description", STR_NONE, &about, NULL);
    jw_key(w, method);
    jw_object(w);
    put_operation_id(w, r);
    jw_kz(w, "summary", r->summary);
    if (about.n) jw_kstr(w, "description", about);
    jw_key(w, "tags");
    jw_array(w);
    jw_z(w, r->tag);
    jw_end(w);
    put_security(w, r);
    put_params(w, doc, r);
    put_body(w, doc, r);
    jw_key(w, "responses");
    jw_object(w);
    put_success(w, doc, r);
    put_problems(w, r);
    jw_end(w);
    jw_end(w);
}

static bool seen_before(size_t i) {
    for (size_t k = 0; k < i; k++)
        if (strcmp(web_routes[k].path, web_routes[i].path) == 0) return true;
    return false;
}

static void put_paths(struct jw *w, const struct jnode *doc) {
    jw_key(w, "paths");
    jw_object(w);
    for (size_t i = 0; i < web_routes_n; i++) {
        if (seen_before(i)) continue;
        jw_key(w, web_routes[i].path);
        jw_object(w);
        for (size_t k = i; k < web_routes_n; k++)
            if (strcmp(web_routes[k].path, web_routes[i].path) == 0) put_operation(w, doc, &web_routes[k]);
        jw_end(w);
    }
    jw_end(w);
}

/* ---- components ---- */

static void put_members(struct jw *w, struct arena *a, const struct jnode *o) {
    for (const struct jnode *n = o->kids.first; n; n = n->next) {
        struct str key = arena_str(a, n->key);
        if (!str_given(key)) continue;
        jw_key(w, key.p);
        jw_node(w, n);
    }
}

static void put_parameters(struct jw *w, struct arena *a, const struct jnode *doc) {
    const struct jnode *all = json_get(doc, "parameters");
    jw_key(w, "parameters");
    jw_object(w);
    for (const struct jnode *n = all ? all->kids.first : NULL; n; n = n->next) {
        struct str key = arena_str(a, n->key);
        if (!str_given(key)) continue;
        jw_key(w, key.p);
        jw_object(w);
        if (!json_get(n, "name")) jw_kstr(w, "name", key);
        if (!json_get(n, "in")) jw_kz(w, "in", "query");
        put_members(w, a, n);
        jw_end(w);
    }
    jw_key(w, "Idempotency-Key");
    jw_object(w);
    jw_kz(w, "name", "Idempotency-Key");
    jw_kz(w, "in", "header");
    jw_kz(w, "description",
          "1 to 255 bytes of the caller's choice. The same key with the same request gets the same "
          "answer for 24 hours and has effect once; with another request it is refused.");
    jw_key(w, "schema");
    jw_raw(w, STR("{\"type\":\"string\",\"minLength\":1,\"maxLength\":255}"));
    jw_end(w);
    jw_end(w);
}

static void put_responses(struct jw *w) {
    static const struct {
        int status;
        const char *what;
    } rows[] = {{400, "The body or address does not parse."},
                {401, "Nobody is signed in, the token is wrong or expired, or the signature is."},
                {403, "The caller's role may not do this, or a request by cookie lacks X-Leadlight: 1."},
                {404, "There is no such thing, or none of this tenant."},
                {409, "Its state does not permit it."},
                {413, "Over a limit of size."},
                {415, "Not application/json."},
                {422, "Well formed, but not what was asked; `where` names the place."},
                {429, "Too many requests; Retry-After says when to come again."},
                {500, "Our fault; nothing was changed."},
                {503, "A part is not there at the moment; try again."}};
    jw_key(w, "responses");
    jw_object(w);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[24];
        snprintf(name, sizeof name, "Problem%d", rows[i].status);
        jw_key(w, name);
        jw_object(w);
        jw_kz(w, "description", rows[i].what);
        jw_key(w, "content");
        jw_object(w);
        jw_key(w, PROBLEM_TYPE);
        jw_object(w);
        jw_key(w, "schema");
        put_ref(w, "schemas", "Problem");
        jw_end(w);
        jw_end(w);
        jw_end(w);
    }
    jw_key(w, "NotModified");
    jw_raw(w, STR("{\"description\":\"The ETag in If-None-Match is still the current one.\"}"));
    jw_end(w);
}

static void put_headers(struct jw *w) {
    jw_key(w, "headers");
    jw_raw(
        w,
        STR("{\"RateLimit-Limit\":{\"description\":\"Requests a minute.\",\"schema\":{\"type\":\"integer\"}},"
            "\"RateLimit-Remaining\":{\"description\":\"What is left of them "
            "now.\",\"schema\":{\"type\":\"integer\"}},"
            "\"RateLimit-Reset\":{\"description\":\"Seconds until all are there "
            "again.\",\"schema\":{\"type\":"
            "\"integer\"}}}"));
    jw_key(w, "securitySchemes");
    jw_raw(w, STR("{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\","
                  "\"description\":\"From "
                  "`leadlight token create`.\"},\"cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":"
                  "\"leadlight_session\",\"description\":\"From POST /api/v1/session. Methods but GET need "
                  "the header "
                  "X-Leadlight: 1, too.\"}}"));
}

static void put_info(struct jw *w, const char *version) {
    jw_kz(w, "openapi", "3.1.0");
    jw_key(w, "info");
    jw_object(w);
    jw_kz(w, "title", "Leadlight");
    jw_kz(w, "version", version);
    jw_kz(w, "description",
          "Lists answer with one array and next_cursor. GETs carry an ETag. Errors are problem documents "
          "(RFC 9457). Ids "
          "are UUIDs; another tenant's answer exactly like missing ones. Times are RFC 3339 in UTC.");
    jw_key(w, "license");
    jw_raw(w, STR("{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}"));
    jw_end(w);
    jw_key(w, "servers");
    jw_raw(w, STR("[{\"url\":\"/\"}]"));
}

int openapi_write(const char *version, struct buf *out, struct err *e) {
    ARENA_AUTO a;
    arena_init(&a, DOCUMENT_MEMORY);
    const struct jnode *doc;
    if (document_read(&a, &doc, e)) return -1;
    struct jw w = jw_on(out);
    jw_object(&w);
    put_info(&w, version);
    jw_key(&w, "tags");
    jw_node(&w, json_get(doc, "tags"));
    put_paths(&w, doc);
    jw_key(&w, "components");
    jw_object(&w);
    jw_key(&w, "schemas");
    jw_node(&w, json_get(doc, "schemas"));
    put_parameters(&w, &a, doc);
    put_responses(&w);
    put_headers(&w);
    jw_end(&w);
    jw_end(&w);
    return arena_check(&a, "openapi.json", e) || buf_check(out, "openapi.json", e) ? -1 : 0;
}
