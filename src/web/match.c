/* The route table and how a path finds its row. Thirty-odd rows: a scan that compares the fixed part first takes well under a microsecond. */
#include "web/internal.h"

const struct route web_routes[] = {
#define X(method, path, access, handle, run, body_max, request, response, tag, summary)                      \
    {#method, path, ACCESS_##access, handle, RUN_##run, body_max, request, response, tag, summary},
#include "web/routes.def"
#undef X
};
const size_t web_routes_n = sizeof web_routes / sizeof *web_routes;

int route_index(const struct route *r) {
    return (int)(r - web_routes);
}

/* "/a/{x}/b" against "/a/17/b"; a parameter is one segment, not empty. */
static bool fits(const char *pattern, struct str path, struct str param[2]) {
    int n = 0;
    const char *p = pattern;
    size_t i = 0;
    while (*p) {
        if (*p != '{') {
            if (i == path.n || path.p[i] != *p) return false;
            p++, i++;
            continue;
        }
        while (*p != '}') p++;
        p++;
        size_t from = i;
        while (i < path.n && path.p[i] != '/') i++;
        if (i == from || n == 2) return false;
        param[n++] = (struct str){path.p + from, i - from};
    }
    return i == path.n;
}

const struct route *route_find(struct str method, struct str path, struct str param[2], bool *out_path_known,
                               char allow[64]) {
    bool head = str_is(method, "HEAD");
    *out_path_known = false;
    allow[0] = 0;
    for (size_t i = 0; i < web_routes_n; i++) {
        const struct route *r = &web_routes[i];
        if (!fits(r->path, path, param)) continue;
        *out_path_known = true;
        if (str_is(method, r->method) || (head && strcmp(r->method, "GET") == 0)) return r;
        size_t n = strlen(allow);
        snprintf(allow + n, 64 - n, "%s%s", n ? ", " : "", r->method);
    }
    return NULL;
}
