/* The page at /docs: the route table for people. One self-contained page: its style stands in it and is named by its hash in the
 * page's policy, it has no script, and asks for nothing else. */
#include "web/openapi.h"

#include "base/b64.h"
#include "crypto/sign.h"

static const char style[] =
    ":root{color-scheme:light dark;--line:#8884;--soft:#8882}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1.5rem}"
    "h1,h2,h3{line-height:1.2}h2{margin-top:3rem;border-bottom:1px solid var(--line);padding-bottom:.3rem}"
    "article{margin:1.5rem 0;padding:0 0 .5rem 1rem;border-left:3px solid var(--line)}"
    "h3{font-size:1rem;font-family:ui-monospace,monospace;margin:0;overflow-wrap:anywhere}"
    "h3 b{display:inline-block;min-width:4.5rem}p{margin:.4rem 0}.who{opacity:.75;font-size:.875rem}"
    "table{border-collapse:collapse;margin:.5rem 0;width:100%}td,th{text-align:left;vertical-align:top;"
    "padding:.2rem .75rem .2rem 0;border-top:1px solid "
    "var(--soft)}td:first-child{font-family:ui-monospace,monospace}"
    "pre{background:var(--soft);padding:.75rem;overflow-x:auto;font-size:.875rem}nav a{margin-right:1rem}";

void docs_policy(struct buf *out) {
    uint8_t hash[32];
    sha256(str_of(style), hash);
    buf_z(out, "default-src 'none'; style-src 'sha256-");
    b64_add(out, hash, sizeof hash);
    buf_z(out, "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
}

static void escaped(struct buf *b, struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '<')
            buf_z(b, "&lt;");
        else if (c == '>')
            buf_z(b, "&gt;");
        else if (c == '&')
            buf_z(b, "&amp;");
        else if (c == '"')
            buf_z(b, "&quot;");
        else
            buf_c(b, c);
    }
}

static void indent(struct buf *b, int depth) {
    buf_c(b, '\n');
    for (int i = 0; i < depth; i++) buf_z(b, "  ");
}

/* JSON over several lines; what fits into one short line stays in it. */
static void pretty(struct buf *b, const struct jnode *n, int depth) {
    enum { SHORT = 72, DEPTH_MAX = 16 };
    BUF_AUTO flat;
    buf_init(&flat, 64 * 1024);
    struct jw w = jw_on(&flat);
    jw_node(&w, n);
    bool nested = n->type == JARRAY || n->type == JOBJECT;
    if (!nested || n->kids.count == 0 || flat.n <= SHORT || depth > DEPTH_MAX) {
        buf_str_add(b, buf_str(&flat));
        return;
    }
    buf_c(b, n->type == JARRAY ? '[' : '{');
    for (const struct jnode *k = n->kids.first; k; k = k->next) {
        indent(b, depth + 1);
        if (n->type == JOBJECT) {
            json_escape(b, k->key);
            buf_z(b, ": ");
        }
        pretty(b, k, depth + 1);
        if (k->next) buf_c(b, ',');
    }
    indent(b, depth);
    buf_c(b, n->type == JARRAY ? ']' : '}');
}

static void put_example(struct buf *b, const struct jnode *doc, const char *schema) {
    const struct jnode *x = document_example(doc, schema);
    if (!x) return;
    BUF_AUTO text;
    buf_init(&text, 64 * 1024);
    if (x->type == JSTRING)
        buf_str_add(&text, x->s);
    else
        pretty(&text, x, 0);
    buf_z(b, "<pre>");
    escaped(b, buf_str(&text));
    buf_z(b, "</pre>\n");
}

static const char *type_of(const struct jnode *schema, struct str *out) {
    const struct jnode *ref = json_get(schema, "$ref"), *type = json_get(schema, "type");
    if (ref && ref->type == JSTRING) {
        struct str rest = ref->s, part;
        while (str_cut(&rest, '/', &part)) *out = part;
        return "ref";
    }
    if (type && type->type == JARRAY) type = type->kids.first;
    *out = type && type->type == JSTRING ? type->s : STR("any");
    const struct jnode *items = json_get(schema, "items");
    if (items && str_is(*out, "array")) return type_of(items, out), "array";
    return "";
}

static void put_row(struct buf *b, struct str name, const struct jnode *schema, struct str about) {
    struct str type;
    const char *how = type_of(schema, &type);
    const struct jnode *choices = json_get(schema, "enum");
    buf_z(b, "<tr><td>");
    escaped(b, name);
    buf_z(b, strcmp(how, "array") == 0 ? "</td><td>list of " : "</td><td>");
    escaped(b, type);
    buf_z(b, "</td><td>");
    escaped(b, about);
    for (const struct jnode *n = choices ? choices->kids.first : NULL; n; n = n->next) {
        if (n->type != JSTRING) continue;
        buf_z(b, n == choices->kids.first ? (about.n ? " One of " : "one of ") : ", ");
        escaped(b, n->s);
    }
    buf_z(b, "</td></tr>\n");
}

static void put_fields(struct buf *b, const struct jnode *schema) {
    const struct jnode *all = json_get(schema, "allOf"), *o = json_get(schema, "properties");
    for (const struct jnode *n = all ? all->kids.first : NULL; n; n = n->next) put_fields(b, n);
    for (const struct jnode *n = o ? o->kids.first : NULL; n; n = n->next) {
        struct str about = STR_NONE;
        json_str(n, "description", STR_NONE, &about, NULL);
        put_row(b, n->key, n, about);
    }
}

static void put_answer(struct buf *b, const struct jnode *doc, const struct route *r) {
    const struct jnode *schema = document_schema(doc, r->response);
    buf_fmt(b, "<p>Answer: %d", document_status(doc, r));
    if (*r->response) buf_fmt(b, " <a href=\"#schema-%s\">%s</a>", r->response, r->response);
    buf_z(b, "</p>\n");
    if (schema && json_get(schema, "examples")) put_example(b, doc, r->response);
}

static void put_params(struct buf *b, const struct jnode *doc, const struct route *r) {
    const struct jnode *list = json_get(document_route(doc, r), "parameters");
    if (!list) return;
    buf_z(b, "<table>\n");
    for (const struct jnode *n = list->kids.first; n; n = n->next) {
        char key[64];
        struct str name = n->s, about = STR_NONE;
        if (!str_to_z(n->s, key, sizeof key)) continue;
        const struct jnode *p = json_get(json_get(doc, "parameters"), key);
        json_str(p, "name", name, &name, NULL);
        json_str(p, "description", STR_NONE, &about, NULL);
        put_row(b, name, json_get(p, "schema"), about);
    }
    buf_z(b, "</table>\n");
}

static void put_route(struct buf *b, const struct jnode *doc, const struct route *r) {
    struct str about = STR_NONE;
    json_str(document_route(doc, r), "description", STR_NONE, &about, NULL);
    buf_fmt(b, "<article>\n<h3><b>%s</b> ", r->method);
    escaped(b, str_of(r->path));
    buf_z(b, "</h3>\n<p>");
    escaped(b, str_of(r->summary));
    buf_z(b, ".</p>\n");
    if (about.n) {
        buf_z(b, "<p>");
        escaped(b, about);
        buf_z(b, "</p>\n");
    }
    static const char *const who[] = {"Anybody.", "Whoever is signed in.", "Team leads and admins.",
                                      "Admins.", "Services and admins."};
    buf_fmt(b, "<p class=\"who\">%s", who[r->access]);
    if (r->body_max) buf_fmt(b, " Body up to %zu bytes.", r->body_max);
    buf_z(b, "</p>\n");
    put_params(b, doc, r);
    if (*r->request) {
        buf_fmt(b, "<p>Body: <a href=\"#schema-%s\">%s</a></p>\n", r->request, r->request);
        put_example(b, doc, r->request);
    }
    put_answer(b, doc, r);
    buf_z(b, "</article>\n");
}

static void put_tag(struct buf *b, const struct jnode *doc, const struct jnode *tag) {
    struct str name = STR_NONE, about = STR_NONE;
    json_str(tag, "name", STR_NONE, &name, NULL);
    json_str(tag, "description", STR_NONE, &about, NULL);
    buf_fmt(b, "<h2 id=\"%.*s\">%.*s</h2>\n<p>", STR_FMT(name), STR_FMT(name));
    escaped(b, about);
    buf_z(b, "</p>\n");
    for (size_t i = 0; i < web_routes_n; i++)
        if (str_is(name, web_routes[i].tag)) put_route(b, doc, &web_routes[i]);
}

static void put_schemas(struct buf *b, const struct jnode *doc) {
    const struct jnode *all = json_get(doc, "schemas");
    buf_z(b, "<h2 id=\"schemas\">Schemas</h2>\n");
    for (const struct jnode *n = all ? all->kids.first : NULL; n; n = n->next) {
        struct str about = STR_NONE;
        json_str(n, "description", STR_NONE, &about, NULL);
        buf_fmt(b, "<article id=\"schema-%.*s\">\n<h3>%.*s</h3>\n<p>", STR_FMT(n->key), STR_FMT(n->key));
        escaped(b, about);
        buf_z(b, "</p>\n<table>\n");
        put_fields(b, n);
        buf_z(b, "</table>\n</article>\n");
    }
}

int docs_write(const char *version, struct buf *out, struct err *e) {
    ARENA_AUTO a;
    arena_init(&a, DOCUMENT_MEMORY);
    const struct jnode *doc;
    if (document_read(&a, &doc, e)) return -1;
    const struct jnode *tags = json_get(doc, "tags");
    buf_z(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Leadlight "
               "API</title>\n"
               "<meta name=\"viewport\" content=\"width=device-width\">\n<style>");
    buf_z(out, style);
    buf_z(out, "</style>\n</head>\n<body>\n<h1>Leadlight API</h1>\n<p>Version ");
    escaped(out, str_of(version));
    buf_z(out, ". For programs: <a href=\"/openapi.json\">openapi.json</a>.</p>\n"
               "<p>Send <code>Authorization: Bearer TOKEN</code> with a token from <code>leadlight token "
               "create</code>. "
               "Lists answer with one array and <code>next_cursor</code>; pass it as <code>cursor</code>. "
               "GETs carry an "
               "<code>ETag</code>; a POST may carry an <code>Idempotency-Key</code>. Errors are problem "
               "documents (RFC "
               "9457) whose <code>where</code> names the place in the request. Times are RFC 3339 in UTC, "
               "ids are UUIDs.</p>\n"
               "<nav>");
    for (const struct jnode *n = tags ? tags->kids.first : NULL; n; n = n->next) {
        struct str name = STR_NONE;
        json_str(n, "name", STR_NONE, &name, NULL);
        buf_fmt(out, "<a href=\"#%.*s\">%.*s</a>", STR_FMT(name), STR_FMT(name));
    }
    buf_z(out, "<a href=\"#schemas\">schemas</a></nav>\n");
    for (const struct jnode *n = tags ? tags->kids.first : NULL; n; n = n->next) put_tag(out, doc, n);
    put_schemas(out, doc);
    buf_z(out, "</body>\n</html>\n");
    return buf_check(out, "docs", e);
}
