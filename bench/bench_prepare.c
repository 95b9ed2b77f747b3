/* Webhooks signed in advance, for bench_load: signing takes as long as a good part of the answer, and whoever measures
 * a server must not be the one who computes.
 *
 * usage: bench_prepare LOCATION COUNT LEADS URGENT KEY_FILE REQUESTS_FILE
 * Makes COUNT InboundMessages of a team's location, written by LEADS people in turn. Every URGENT-th (0: none) is urgent and
 * by somebody who never wrote before, so that each makes an alert of its own. KEY_FILE gets the public key as PEM.
 * REQUESTS_FILE: for each a 4-byte length (of this machine's order) and the HTTP request. webhookId is "bench-" and the
 * number of the request, 8 digits. */
#include "base/civil.h"
#include "base/json.h"
#include "crypto/chance.h"
#include "crypto/sign.h"

enum { REQUEST_MAX = 4096 };

static const char *const texts[] = {
    "Thanks, got it.",
    "The photos look nice. Does it have a garage?",
    "Ok, talk soon",
    "Is the kitchen new? My sister liked the street a lot when we drove by on Sunday.",
    "Gracias por la información",
};

struct plan {
    struct str location;
    int64_t count, leads, urgent, now_us;
};

static void write_body(const struct plan *p, int64_t i, struct buf *out) {
    bool urgent = p->urgent > 0 && i % p->urgent == p->urgent - 1;
    char contact[48], id[40];
    if (urgent)
        snprintf(contact, sizeof contact, "urgent-lead-%08lld", (long long)i);
    else
        snprintf(contact, sizeof contact, "lead-%08lld", (long long)(i % p->leads));
    snprintf(id, sizeof id, "bench-%08lld", (long long)i);
    struct jw w = jw_on(out);
    jw_object(&w);
    jw_kz(&w, "type", "InboundMessage");
    jw_kstr(&w, "locationId", p->location);
    jw_key(&w, "attachments");
    jw_array(&w);
    jw_end(&w);
    jw_kz(&w, "body", urgent ? "Hi, we need to move ASAP, can you call me today?" : texts[i % 5]);
    jw_kz(&w, "contactId", contact);
    jw_kz(&w, "contentType", "text/plain");
    jw_kz(&w, "conversationId", "fcanlLgpbQgQhderivVs");
    jw_ktime(&w, "dateAdded", p->now_us);
    jw_kz(&w, "direction", "inbound");
    jw_kz(&w, "messageType", "SMS");
    jw_kz(&w, "status", "delivered");
    jw_kz(&w, "conversationProviderId", "cI08i1Bls3iTB9bKgF01");
    jw_kz(&w, "to", "+13055550199");
    jw_ki64(&w, "messageTypeId", 2);
    jw_kz(&w, "messageTypeString", "TYPE_SMS");
    jw_ktime(&w, "timestamp", p->now_us);
    jw_kz(&w, "webhookId", id);
    jw_kz(&w, "appId", "6878cec452e7c8d29d4dd3d9");
    jw_kz(&w, "versionId", "6878cec452e7c8d29d4dd3d9");
    jw_end(&w);
}

static int write_requests(const struct plan *p, const struct signing_key *key, FILE *to, struct err *e) {
    BUF_AUTO body;
    BUF_AUTO signature;
    BUF_AUTO request;
    buf_init(&body, REQUEST_MAX);
    buf_init(&signature, 256);
    buf_init(&request, REQUEST_MAX);
    for (int64_t i = 0; i < p->count; i++) {
        buf_clear(&body);
        buf_clear(&signature);
        buf_clear(&request);
        write_body(p, i, &body);
        if (signing_key_sign(key, buf_str(&body), &signature, e)) return -1;
        buf_fmt(&request,
                "POST /webhooks/ghl HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                "X-GHL-Signature: %.*s\r\nContent-Length: %zu\r\n\r\n",
                STR_FMT(buf_str(&signature)), body.n);
        buf_str_add(&request, buf_str(&body));
        if (buf_check(&request, "request", e)) return -1;
        uint32_t n = (uint32_t)request.n;
        if (fwrite(&n, sizeof n, 1, to) != 1 || fwrite(request.p, request.n, 1, to) != 1)
            return err_set(e, ERR_UNAVAILABLE, "", "cannot write the requests");
    }
    return 0;
}

static int write_key(const struct signing_key *key, const char *path, struct err *e) {
    BUF_AUTO pem;
    buf_init(&pem, REQUEST_MAX);
    if (signing_key_public_pem(key, &pem, e)) return -1;
    FILE *f = fopen(path, "w");
    bool ok = f && fwrite(pem.p, pem.n, 1, f) == 1;
    if (f && fclose(f)) ok = false;
    return ok ? 0 : err_set(e, ERR_UNAVAILABLE, "", "cannot write the key");
}

static int prepare(const struct plan *p, const char *key_path, const char *requests_path, struct err *e) {
    struct kernel_chance *k = NULL;
    struct signing_key *key = NULL;
    if (kernel_chance_new(&k, e)) return -1;
    struct chance chance = kernel_chance_port(k);
    FILE *to = fopen(requests_path, "w");
    int rc = to ? 0 : err_set(e, ERR_UNAVAILABLE, "", "cannot write the requests");
    if (rc == 0) rc = signing_key_make(&chance, &key, e);
    if (rc == 0) rc = write_key(key, key_path, e);
    if (rc == 0) rc = write_requests(p, key, to, e);
    if (to && fclose(to) && rc == 0) rc = err_set(e, ERR_UNAVAILABLE, "", "cannot write the requests");
    signing_key_free(key);
    kernel_chance_free(k);
    return rc;
}

int main(int argc, char **argv) {
    struct plan p = {0};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    p.now_us = (int64_t)now.tv_sec * 1000000;
    if (argc != 7 || !str_to_i64(str_of(argv[2]), &p.count) || !str_to_i64(str_of(argv[3]), &p.leads) ||
        !str_to_i64(str_of(argv[4]), &p.urgent) || p.count < 0 || p.leads < 1) {
        fputs("usage: bench_prepare LOCATION COUNT LEADS URGENT KEY_FILE REQUESTS_FILE\n", stderr);
        return 2;
    }
    p.location = str_of(argv[1]);
    struct err e = {0};
    if (prepare(&p, argv[5], argv[6], &e) == 0) return 0;
    fprintf(stderr, "bench_prepare: %s\n", e.msg);
    return 1;
}
