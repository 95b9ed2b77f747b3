/* The kernel's chance: nothing twice, in no thread and no child, and no going on without it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/chance.h"

enum { NONCE = 12, DRAWS = 2000, THREADS = 4 };

static struct kernel_chance *fresh(void) {
    struct kernel_chance *k = NULL;
    assert_int_equal(kernel_chance_new(&k, NULL), 0);
    return k;
}

static int by_bytes(const void *a, const void *b) {
    return memcmp(a, b, NONCE);
}

static void assert_all_different(uint8_t (*nonces)[NONCE], size_t n) {
    qsort(nonces, n, NONCE, by_bytes);
    for (size_t i = 1; i < n; i++) assert_memory_not_equal(nonces[i - 1], nonces[i], NONCE);
}

static void test_draws_differ(void **state) {
    (void)state;
    struct kernel_chance *k = fresh();
    struct chance c = kernel_chance_port(k);
    static uint8_t nonces[DRAWS][NONCE];
    for (int i = 0; i < DRAWS; i++) chance_fill(&c, nonces[i], NONCE);
    assert_all_different(nonces, DRAWS);
    kernel_chance_free(k);
}

/* Each size leaves the bytes around it alone and fills all it was asked for: a byte that stays 0 in 40 draws
 * was not. */
static void test_sizes(void **state) {
    (void)state;
    struct kernel_chance *k = fresh();
    struct chance c = kernel_chance_port(k);
    static const size_t sizes[] = {0, 1, 16, 511, 512, 513, 4031, 4032, 4033, 100000};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        size_t n = sizes[s];
        uint8_t *p = calloc(1, n + 2), *seen = calloc(1, n + 2);
        assert_true(p && seen);
        for (int i = 0; i < 40; i++) {
            chance_fill(&c, p + 1, n);
            for (size_t at = 0; at < n + 2; at++) seen[at] |= p[at];
        }
        assert_int_equal(seen[0], 0);
        assert_int_equal(seen[n + 1], 0);
        for (size_t at = 1; at <= n; at++) assert_int_not_equal(seen[at], 0);
        free(p);
        free(seen);
    }
    kernel_chance_free(k);
}

struct drawer {
    struct chance c;
    uint8_t (*nonces)[NONCE];
};

static void *draw_many(void *ctx) {
    struct drawer *d = ctx;
    for (int i = 0; i < DRAWS; i++) chance_fill(&d->c, d->nonces[i], NONCE);
    return NULL;
}

static void test_threads_draw_different_bytes(void **state) {
    (void)state;
    struct kernel_chance *k = fresh();
    static uint8_t nonces[THREADS * DRAWS][NONCE];
    struct drawer drawers[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        drawers[i] = (struct drawer){kernel_chance_port(k), nonces + i * DRAWS};
        assert_int_equal(pthread_create(&threads[i], NULL, draw_many, &drawers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    assert_all_different(nonces, THREADS * DRAWS);
    kernel_chance_free(k);
}

/* The parent's stock must not be the child's too. */
static void test_child_draws_anew(void **state) {
    (void)state;
    struct kernel_chance *k = fresh();
    struct chance c = kernel_chance_port(k);
    uint8_t mine[64], childs[64];
    chance_fill(&c, mine, 16); /* now there is a stock */
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        chance_fill(&c, childs, sizeof childs);
        _exit(write(ends[1], childs, sizeof childs) == sizeof childs ? 0 : 1);
    }
    chance_fill(&c, mine, sizeof mine);
    assert_int_equal(read(ends[0], childs, sizeof childs), sizeof childs);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_memory_not_equal(mine, childs, sizeof mine);
    close(ends[0]);
    close(ends[1]);
    kernel_chance_free(k);
}

/* From here on this process gets ENOSYS from getrandom(2). */
static int refuse_getrandom(void) {
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof rules / sizeof rules[0], rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void test_no_chance_is_the_end(void **state) {
    (void)state;
    for (size_t n = 16; n <= 1000; n += 984) { /* from the stock and past it */
        struct kernel_chance *k = fresh();
        struct chance c = kernel_chance_port(k);
        fflush(NULL);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            uint8_t p[1000];
            signal(SIGABRT, SIG_DFL);
            if (refuse_getrandom() != 0) _exit(2);
            if (!freopen("/dev/null", "w", stderr)) _exit(1);
            chance_fill(&c, p, n);
            _exit(0);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        kernel_chance_free(k);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGABRT);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_draws_differ),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_threads_draw_different_bytes),
        cmocka_unit_test(test_child_draws_anew),
        cmocka_unit_test(test_no_chance_is_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
