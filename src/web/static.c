/* The dashboard's files, from the table built into the program.
 *
 * Every file is made into ready answers once at start, as it is and gzipped, so that serving one copies nothing. Files under
 * assets/ carry a hash in their name and are kept by browsers for ever; everything else is asked for again with its ETag. A page
 * address the dashboard makes up itself (/leads/17) gets index.html, when a page is what the browser wants.
 *
 * The policy lets nothing in but our own files: no inline script or style, no other host, no frame around us. (SEC, UI)
 *
 * A program built without the dashboard says so on a page, and how to build it. */
#include "web/internal.h"

#define POLICY                                                                                               \
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "    \
    "manifest-src 'self'; worker-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; "         \
    "frame-ancestors 'none'"
#define PERMISSIONS                                                                                          \
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "       \
    "microphone=(), payment=(), usb=()"

static const char no_bundle[] =
    "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Leadlight</title>\n"
    "<meta name=\"viewport\" content=\"width=device-width\"></head>\n<body>\n<h1>Leadlight is running</h1>\n"
    "<p>This program was built without the dashboard's pages. Its interface works: see <a "
    "href=\"/docs\">/docs</a>.</p>\n"
    "<p>To get the pages, build them and then the program again, in the folder of the source:</p>\n"
    "<pre>npm --prefix web ci\nnpm --prefix web run build\nninja -C build</pre>\n"
    "<p>or start <code>./run</code>, which does both.</p>\n</body>\n</html>\n";

enum { STATIC_FIELDS = 12 };

struct file {
    const struct asset *asset;
    struct http_blob *plain, *gzip; /* gzip: NULL when it would not be smaller */
    char weak[72];                  /* ETag of the gzipped form */
};
struct statics {
    size_t n;
    const struct asset *assets;
    struct http_blob *no_bundle;
    struct file file[];
};

static const char *keep_for(const char *path) {
    if (strncmp(path, "assets/", 7) == 0) return "public, max-age=31536000, immutable";
    return "no-cache"; /* kept, but asked for again: 304 costs nothing */
}

static size_t fields_of(const struct asset *a, const char *etag, bool gzip, struct http_field *f) {
    size_t n = 0;
    f[n++] = (struct http_field){STR("content-type"), str_of(a->mime)};
    f[n++] = (struct http_field){STR("cache-control"), str_of(keep_for(a->path))};
    f[n++] = (struct http_field){STR("etag"), str_of(etag)};
    f[n++] = HTTP_FIELD("vary", "accept-encoding");
    f[n++] = HTTP_FIELD("content-security-policy", POLICY);
    f[n++] = HTTP_FIELD("x-content-type-options", "nosniff");
    f[n++] = HTTP_FIELD("referrer-policy", "no-referrer");
    f[n++] = HTTP_FIELD("permissions-policy", PERMISSIONS);
    f[n++] = HTTP_FIELD("cross-origin-opener-policy", "same-origin");
    f[n++] = HTTP_FIELD("cross-origin-resource-policy", "same-origin");
    if (gzip) f[n++] = HTTP_FIELD("content-encoding", "gzip");
    return n;
}

static bool file_make(struct file *out, const struct asset *a) {
    struct http_field f[STATIC_FIELDS];
    out->asset = a;
    snprintf(out->weak, sizeof out->weak, "W/%s", a->etag);
    out->plain = http_blob_new(200, f, fields_of(a, a->etag, false, f), a->plain);
    if (!str_given(a->gzip)) return out->plain != NULL;
    out->gzip = http_blob_new(200, f, fields_of(a, out->weak, true, f), a->gzip);
    return out->plain && out->gzip;
}

struct statics *statics_new(const struct asset *assets, size_t n) {
    struct statics *s = calloc(1, sizeof *s + n * sizeof *s->file);
    if (!s) return NULL;
    struct asset page = {"index.html", str_of(no_bundle), STR_NONE, "text/html; charset=utf-8",
                         "\"no-bundle\""};
    struct http_field f[STATIC_FIELDS];
    s->n = n;
    s->assets = assets;
    s->no_bundle = http_blob_new(200, f, fields_of(&page, page.etag, false, f), page.plain);
    bool ok = s->no_bundle != NULL;
    for (size_t i = 0; i < n; i++) ok = file_make(&s->file[i], &assets[i]) && ok;
    if (ok) return s;
    statics_free(s);
    return NULL;
}

void statics_free(struct statics *s) {
    if (!s) return;
    http_blob_unref(s->no_bundle);
    for (size_t i = 0; i < s->n; i++) {
        http_blob_unref(s->file[i].plain);
        http_blob_unref(s->file[i].gzip);
    }
    free(s);
}

static const struct file *find(const struct statics *s, struct str path) {
    const struct asset *a = asset_find(s->assets, s->n, path);
    return a ? &s->file[a - s->assets] : NULL;
}

/* "gzip" is in the list and not forbidden by q=0. */
static bool takes_gzip(struct str header) {
    struct str part, name;
    while (str_given(header) && str_cut(&header, ',', &part)) {
        struct str rest = part;
        str_cut(&rest, ';', &name);
        if (!str_eq_ci(str_trim(name), STR("gzip")) && !str_is(str_trim(name), "*")) continue;
        double q = 1;
        rest = str_given(rest) ? str_trim(rest) : rest;
        if (str_starts(rest, STR("q="))) str_to_double(str_trim(str_skip(rest, 2)), &q);
        return q > 0;
    }
    return false;
}

static void send_file(struct http_request *req, const struct file *x) {
    bool gzip = x->gzip && takes_gzip(http_header(req, "accept-encoding"));
    struct str had = http_header(req, "if-none-match");
    if (!etag_matches(had, x->asset->etag)) {
        http_respond_blob(req, gzip ? x->gzip : x->plain, NULL, 0);
        return;
    }
    struct http_field f[STATIC_FIELDS];
    size_t n = fields_of(x->asset, gzip ? x->weak : x->asset->etag, false, f);
    http_respond(req, 304, f + 1, n - 1, STR(""));
}

/* Addresses that are never pages of the dashboard. */
static bool reserved(struct str path) {
    static const char *const begins[] = {"/api/", "/webhooks/", "/assets/"};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (str_starts(path, str_of(begins[i]))) return true;
    return false;
}

bool static_serve(struct web *w, struct http_request *req) {
    const struct statics *s = w->statics;
    if (!str_is(req->method, "GET") && !str_is(req->method, "HEAD")) return false;
    bool root = str_is(req->path, "/");
    const struct file *x = root ? NULL : find(s, str_skip(req->path, 1));
    if (!x) {
        bool page = root || str_find(http_header(req, "accept"), STR("text/html")) >= 0;
        if (!page || reserved(req->path)) return false;
        x = find(s, STR("index.html"));
    }
    if (x)
        send_file(req, x);
    else
        http_respond_blob(req, s->no_bundle, NULL, 0);
    return true;
}
