#include "io/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* No core file; and where a program takes the dumps, whatever the limit is, an empty one. Secrets are
 * also on the stack and in OpenSSL's memory, so the mark on their own pages does not do. The process
 * stays "dumpable" in the kernel's sense: without that, /dev/fd/N cannot be opened any more. */
static void forbid_core(void)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    int fd = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (write(fd, "0", 1) < 0) {
        /* an old kernel, or no such file system: the limit has to do */
    }
    close(fd);
}

void *secret_new(size_t size, struct err *err)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    forbid_core();
    madvise(memory, size, MADV_DONTDUMP);
    return memory;
}

void secret_free(void *memory, size_t size)
{
    if (memory == NULL)
        return;
    explicit_bzero(memory, size);
    munmap(memory, size);
}

/* Reads up to the end, or to one octet more than there may be. */
static bool read_all(int fd, struct secret_text *secret, const char *path, struct err *err)
{
    const size_t room = SECRET_FILE_MAX + 1;
    while (secret->length < room) {
        ssize_t n = read(fd, secret->text + secret->length, room - secret->length);
        if (n < 0 && errno == EINTR)
            return err_set(err, ERR_INTERRUPTED, "interrupted");
        if (n < 0)
            return err_set_errno(err, ERR_KEY, errno, "cannot read %.300s", path);
        if (n == 0)
            return true;
        secret->length += (size_t)n;
    }
    return err_set(err, ERR_KEY, "%.300s: larger than %d octets; no file of keys is", path,
                   SECRET_FILE_MAX);
}

bool secret_read(struct secret_text *secret, const char *path, struct err *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    *secret = (struct secret_text){.text = NULL};
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return errno == EINTR ? err_set(err, ERR_INTERRUPTED, "interrupted")
                              : err_set_errno(err, ERR_KEY, errno, "cannot read %.300s", path);
    bool good = fstat(fd, &secret->stat) == 0 ||
                err_set_errno(err, ERR_KEY, errno, "cannot read %.300s", path);
    if (good) {
        secret->text = secret_new(SECRET_FILE_MAX + 1, err);
        good = secret->text != NULL &&
               read_all(fd, secret, is_stdin ? "standard input" : path, err);
    }
    if (!is_stdin)
        close(fd);
    if (!good)
        secret_text_fini(secret);
    return good;
}

void secret_text_fini(struct secret_text *secret)
{
    secret_free(secret->text, SECRET_FILE_MAX + 1);
    secret->text = NULL;
}
