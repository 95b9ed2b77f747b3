/* The kernel's generator behind port/chance, with a page of stock. See chance.h.
 *
 * A sealed field wants 12 bytes of nonce, and a system call for each costs as much as the sealing. So a page
 * is drawn at a time and handed out under a lock. Three things follow from keeping secrets in stock:
 * - what is handed out is wiped in the same step, so that a later look at the memory does not tell earlier
 * nonces or keys;
 * - a child after fork() must not hand out the parent's stock again (two equal nonces under one key break
 * GCM): stock and count lie in one page that the kernel empties in a child (MADV_WIPEONFORK), and an empty
 * count means "draw anew";
 * - where the kernel cannot promise that, nothing is kept and each draw is a system call.
 *
 * A fork() while another thread holds the lock leaves it held in the child; such a child may only exec, as
 * POSIX says. Invariant: no byte is handed out twice. Must not do: go on without chance. */
#include "crypto/chance.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/random.h>

enum { PAGE = 4096, STOCK = PAGE - 64, LARGE = 512 };

struct page { /* emptied by the kernel in a child */
    size_t left;
    uint8_t stock[STOCK];
};
_Static_assert(sizeof(struct page) <= PAGE, "the stock fits one page");

struct kernel_chance {
    pthread_mutex_t lock;
    struct page *page;
    bool keeps; /* whether there may be a stock */
};

static void draw(void *p, size_t n) {
    uint8_t *at = p;
    while (n > 0) {
        ssize_t got = getrandom(at, n, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            fputs("leadlight: the kernel gives no random bytes; it is not safe to go on\n", stderr);
            abort();
        }
        at += got;
        n -= (size_t)got;
    }
}

static void fill(void *ctx, void *p, size_t n) {
    struct kernel_chance *k = ctx;
    if (!k->keeps || n > LARGE) {
        draw(p, n);
        return;
    }
    if (n == 0) return;
    if (pthread_mutex_lock(&k->lock) != 0) abort();
    struct page *page = k->page;
    if (page->left < n) {
        draw(page->stock, STOCK);
        page->left = STOCK;
    }
    page->left -= n;
    memcpy(p, page->stock + page->left, n);
    explicit_bzero(page->stock + page->left, n);
    pthread_mutex_unlock(&k->lock);
}

int kernel_chance_new(struct kernel_chance **out, struct err *e) {
    struct kernel_chance *k = calloc(1, sizeof *k);
    void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!k || page == MAP_FAILED) {
        if (page != MAP_FAILED) munmap(page, PAGE);
        free(k);
        return err_set(e, ERR_UNAVAILABLE, "", "out of memory");
    }
    k->page = page;
    k->keeps = madvise(page, PAGE, MADV_WIPEONFORK) == 0;
    pthread_mutex_init(&k->lock, NULL);
    *out = k;
    return 0;
}

void kernel_chance_free(struct kernel_chance *k) {
    if (!k) return;
    explicit_bzero(k->page, PAGE);
    munmap(k->page, PAGE);
    pthread_mutex_destroy(&k->lock);
    free(k);
}

struct chance kernel_chance_port(struct kernel_chance *k) {
    return (struct chance){fill, k};
}
