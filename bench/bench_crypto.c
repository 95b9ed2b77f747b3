/* What the cryptography alone allows, on one thread and on all: the reference for the benchmarks of intake
 * (NUM-2), where the top rate is held against the rate of signature checks on the same cores.
 *
 * usage: bench_crypto [seconds for each figure, default 0.5] [most threads, default the number of CPUs]
 * Prints one JSON object; per_s is the sum over the threads, us the time of one call on one thread.
 * Everything goes through the doors that production uses (crypto/seal.h, sign.h, chance.h), so the figures
 * hold their overhead too. */
#include <inttypes.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <sodium.h>
#include <unistd.h>

#include "base/json.h"
#include "crypto/chance.h"
#include "crypto/seal.h"
#include "crypto/sign.h"

enum { BODY = 1200, FIELD = 500, THREADS_MAX = 256, SCRATCH = 4096 };

static const char SECRET[] = "0123456789abcdef0123456789abcdef";
static const int64_t NOW_US = INT64_C(1795000000) * 1000000;

struct subject { /* read only once the threads run */
    struct chance chance;
    struct public_key *key;
    struct buf body, signature, field, sealed, token;
    struct key field_key;
    struct seal_place at;
};

/* One operation; false: it did not do what it should, and then its speed is worth nothing. */
typedef bool operation(const struct subject *s, struct buf *scratch);

static bool op_verify(const struct subject *s, struct buf *scratch) {
    (void)scratch;
    return public_key_verify(s->key, buf_str(&s->body), buf_str(&s->signature), NULL) == 0;
}

static bool op_hmac(const struct subject *s, struct buf *scratch) {
    uint8_t mac[32];
    hmac_sha256(STR("0123456789abcdef0123456789abcdef"), buf_str(&s->body), mac);
    buf_add(scratch, mac, sizeof mac);
    return buf_ok(scratch);
}

static bool op_seal(const struct subject *s, struct buf *scratch) {
    return seal(&s->field_key, &s->at, buf_str(&s->field), &s->chance, scratch, NULL) == 0;
}

static bool op_unseal(const struct subject *s, struct buf *scratch) {
    return unseal(&s->field_key, &s->at, buf_str(&s->sealed), scratch, NULL) == 0;
}

static bool op_blind_index(const struct subject *s, struct buf *scratch) {
    uint8_t index[32];
    blind_index(&s->field_key, "leads.email", STR("ada.lovelace@example.org"), index);
    buf_add(scratch, index, sizeof index);
    return buf_ok(scratch);
}

static bool op_jwt(const struct subject *s, struct buf *scratch) {
    struct claims c;
    (void)scratch;
    return jwt_read(str_of(SECRET), buf_str(&s->token), NOW_US, &c, NULL) == 0;
}

static bool op_nonce(const struct subject *s, struct buf *scratch) {
    uint8_t nonce[12];
    chance_fill(&s->chance, nonce, sizeof nonce);
    buf_add(scratch, nonce, sizeof nonce);
    return buf_ok(scratch);
}

static const struct figure {
    const char *name;
    int64_t bytes; /* of the message or field; 0: has none */
    operation *run;
} figures[] = {
    {"ed25519_verify", BODY, op_verify}, {"hmac_sha256", BODY, op_hmac},     {"seal", FIELD, op_seal},
    {"unseal", FIELD, op_unseal},        {"blind_index", 0, op_blind_index}, {"jwt_read", 0, op_jwt},
    {"chance_12_bytes", 12, op_nonce},
};
enum { FIGURES = sizeof figures / sizeof figures[0] };

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct worker {
    const struct subject *s;
    operation *run;
    pthread_barrier_t *start;
    double seconds, per_s; /* to run; measured, below 0: an operation failed */
};

static void *work(void *ctx) {
    struct worker *w = ctx;
    BUF_AUTO scratch;
    buf_init(&scratch, SCRATCH);
    int64_t count = 0;
    bool good = true;
    pthread_barrier_wait(w->start);
    double begin = now_s(), passed = 0;
    while (good && passed < w->seconds) {
        for (int i = 0; good && i < 16; i++, count++) {
            buf_clear(&scratch);
            good = w->run(w->s, &scratch);
        }
        passed = now_s() - begin;
    }
    w->per_s = good ? (double)count / passed : -1;
    return NULL;
}

/* The sum over the threads; below 0 when an operation failed or a thread did not start. */
static double measure(const struct subject *s, operation *run, int threads, double seconds) {
    pthread_t ids[THREADS_MAX];
    struct worker workers[THREADS_MAX];
    pthread_barrier_t start;
    double sum = 0;
    bool good = true;
    pthread_barrier_init(&start, NULL, (unsigned)threads);
    for (int i = 0; i < threads; i++) {
        workers[i] = (struct worker){s, run, &start, seconds, 0};
        if (pthread_create(&ids[i], NULL, work, &workers[i]) != 0) {
            fputs("bench_crypto: cannot start that many threads\n", stderr);
            exit(1);
        }
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        good = good && workers[i].per_s > 0;
        sum += workers[i].per_s;
    }
    pthread_barrier_destroy(&start);
    return good ? sum : -1;
}

static int subject_init(struct subject *s, struct kernel_chance *k, struct err *e) {
    *s = (struct subject){
        .chance = kernel_chance_port(k), .at = {.column = "leads.profile"}, .field_key.version = 1};
    struct buf *all[] = {&s->body, &s->signature, &s->field, &s->sealed, &s->token};
    for (int i = 0; i < 5; i++) buf_init(all[i], SCRATCH);
    for (int i = 0; i < BODY; i++) buf_c(&s->body, (char)('a' + i % 26));
    for (int i = 0; i < FIELD; i++) buf_c(&s->field, (char)('a' + i % 26));
    chance_fill(&s->chance, s->field_key.b, KEY_BYTES);
    s->at.tenant.id = s->at.owner = chance_id(&s->chance, NOW_US);
    struct signing_key *signer = NULL;
    BUF_AUTO pem;
    buf_init(&pem, SCRATCH);
    int rc = signing_key_make(&s->chance, &signer, e);
    if (rc == 0) rc = signing_key_public_pem(signer, &pem, e);
    if (rc == 0) rc = signing_key_sign(signer, buf_str(&s->body), &s->signature, e);
    if (rc == 0) rc = public_key_read(buf_str(&pem), &s->key, e);
    if (rc == 0) rc = seal(&s->field_key, &s->at, buf_str(&s->field), &s->chance, &s->sealed, e);
    struct claims c = {.tenant = s->at.tenant, .user = s->at.owner, .token = s->at.owner, .role = ROLE_AGENT};
    c.issued_s = NOW_US / 1000000;
    c.expires_s = c.issued_s + 3600;
    if (rc == 0) rc = jwt_make(str_of(SECRET), &c, &s->token, e);
    signing_key_free(signer);
    return rc;
}

static void subject_done(struct subject *s) {
    struct buf *all[] = {&s->body, &s->signature, &s->field, &s->sealed, &s->token};
    for (int i = 0; i < 5; i++) buf_done(all[i]);
    public_key_free(s->key);
}

static int figures_write(const struct subject *s, double seconds, int threads_max, struct jw *w) {
    for (size_t f = 0; f < FIGURES; f++) {
        for (int threads = 1; threads <= threads_max;
             threads = threads < threads_max ? threads_max : threads + 1) {
            double per_s = measure(s, figures[f].run, threads, seconds);
            if (per_s < 0) {
                fprintf(stderr, "bench_crypto: %s failed\n", figures[f].name);
                return -1;
            }
            jw_object(w);
            jw_kz(w, "name", figures[f].name);
            jw_ki64(w, "bytes", figures[f].bytes);
            jw_ki64(w, "threads", threads);
            jw_ki64(w, "per_s", (int64_t)per_s);
            jw_kreal(w, "us", (double)(int64_t)(1e9 * threads / per_s) / 1e3);
            jw_end(w);
        }
    }
    return 0;
}

int main(int argc, char **argv) {
    double seconds = 0.5;
    int64_t threads = sysconf(_SC_NPROCESSORS_ONLN);
    if (argc > 3 || (argc > 1 && (!str_to_double(str_of(argv[1]), &seconds) || seconds <= 0)) ||
        (argc > 2 && !str_to_i64(str_of(argv[2]), &threads)) || threads < 1 || threads > THREADS_MAX) {
        fprintf(stderr, "usage: bench_crypto [seconds] [threads, at most %d]\n", THREADS_MAX);
        return 2;
    }
    struct err e = {0};
    struct kernel_chance *chance = NULL;
    struct subject s = {0};
    if (kernel_chance_new(&chance, &e) < 0 || subject_init(&s, chance, &e) < 0) {
        fprintf(stderr, "bench_crypto: %s\n", e.msg);
        return 1;
    }
    BUF_AUTO out;
    buf_init(&out, 1 << 20);
    struct jw w = jw_on(&out);
    jw_object(&w);
    jw_kz(&w, "bench", "crypto");
    jw_ki64(&w, "cpus", sysconf(_SC_NPROCESSORS_ONLN));
    jw_kz(&w, "libcrypto", OpenSSL_version(OPENSSL_VERSION));
    jw_kz(&w, "libsodium", sodium_version_string());
    jw_key(&w, "figures");
    jw_array(&w);
    int rc = figures_write(&s, seconds, (int)threads, &w);
    if (rc == 0) {
        jw_end(&w);
        jw_end(&w);
        puts(out.p);
    }
    subject_done(&s);
    kernel_chance_free(chance);
    return rc == 0 ? 0 : 1;
}
