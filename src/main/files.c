/* Files and folders. See files.h. */
#include "main/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(struct err *e, const char *path, const char *what) {
    enum err_kind kind = errno == ENOENT ? ERR_NOT_FOUND : ERR_UNAVAILABLE;
    char reason[128];
    const char *text = strerror_r(errno, reason, sizeof reason);
    return err_set(e, kind, path, "%s: %s", what, text);
}

static void close_fd(int *fd) {
    if (*fd >= 0) close(*fd);
}
#define FD_AUTO __attribute__((cleanup(close_fd))) int

int file_read(const char *path, struct buf *out, struct err *e) {
    FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fail(e, path, "cannot be opened");
    for (;;) {
        char chunk[65536];
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(e, path, "cannot be read");
        if (n == 0) return buf_check(out, path, e);
        buf_add(out, chunk, (size_t)n);
        if (!buf_ok(out)) return buf_check(out, path, e);
    }
}

static int write_all(int fd, struct str bytes) {
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        bytes = str_skip(bytes, (size_t)n);
    }
    return 0;
}

/* A name is safe only once its folder is: without this a power cut may bring the old file back, or none. */
static int sync_folder_of(const char *path, struct err *e) {
    char folder[1100];
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    if (n >= sizeof folder) return err_set(e, ERR_INVALID, "", "the path is too long");
    memcpy(folder, path, n);
    folder[n] = 0;
    FD_AUTO fd = open(!slash ? "." : n ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd)) return fail(e, path, "its folder cannot be synced");
    return 0;
}

int file_write(const char *path, struct str bytes, unsigned mode, struct err *e) {
    char beside[1100];
    if ((size_t)snprintf(beside, sizeof beside, "%s.new", path) >= sizeof beside)
        return err_set(e, ERR_INVALID, "", "the path is too long");
    FD_AUTO fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0) return fail(e, beside, "cannot be made");
    if (fchmod(fd, mode) || write_all(fd, bytes) || fsync(fd)) return fail(e, beside, "cannot be written");
    if (rename(beside, path)) return fail(e, path, "cannot be replaced");
    return sync_folder_of(path, e);
}

int file_make_once(const char *path, struct str bytes, unsigned mode, struct err *e) {
    char beside[1100];
    if ((size_t)snprintf(beside, sizeof beside, "%s.%ld", path, (long)getpid()) >= sizeof beside)
        return err_set(e, ERR_INVALID, "", "the path is too long");
    if (file_write(beside, bytes, mode, e)) return -1;
    int rc = link(beside, path);
    int saved = errno;
    unlink(beside);
    if (rc == 0 || saved == EEXIST) return sync_folder_of(path, e);
    errno = saved;
    return fail(e, path, "cannot be made");
}

int file_lock(const char *path, int *out_fd, struct err *e) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return fail(e, path, "cannot be opened");
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        close(fd);
        return err_set(e, ERR_CONFLICT, path, "is held by another process that does the same");
    }
    *out_fd = fd;
    return 0;
}

bool file_exists(const char *path) {
    return access(path, F_OK) == 0;
}

int folder_make(const char *path, unsigned mode, struct err *e) {
    struct stat st;
    if (mkdir(path, mode) == 0) return 0;
    if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) return 0;
    return fail(e, path, "cannot be made");
}
