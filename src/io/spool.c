#include "io/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

const char *spool_folder(void)
{
    const char *name = getenv("TMPDIR");
    return name != NULL && *name != '\0' ? name : "/tmp";
}

bool spool_failed(const char *what, struct err *err)
{
    return err_set_errno(err, ERR_TEMPORARY, errno, "cannot %s a temporary file in %.400s", what,
                         spool_folder());
}

/* Where the file system cannot make one that never has a name: one that loses it at once, unless
 * the process is killed in between. */
static int open_named(struct err *err)
{
    char name[PATH_MAX];
    int n = snprintf(name, sizeof name, "%s/zxfr.XXXXXX", spool_folder());
    if (n < 0 || (size_t)n >= sizeof name) {
        err_set(err, ERR_TEMPORARY, "the name of the folder in TMPDIR is too long");
        return -1;
    }
    int fd = mkostemp(name, O_CLOEXEC);
    if (fd < 0)
        spool_failed("make", err);
    else
        unlink(name);
    return fd;
}

int spool_open(struct err *err)
{
    int fd = open(spool_folder(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    return fd >= 0 ? fd : open_named(err);
}

bool spool_write(int fd, const void *octets, size_t length, uint64_t at, struct err *err)
{
    const char *from = octets;
    while (length > 0) {
        ssize_t n = pwrite(fd, from, length, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return spool_failed("write", err);
        from += n;
        at += (uint64_t)n;
        length -= (size_t)n;
    }
    return true;
}

bool spool_read(int fd, void *octets, size_t length, uint64_t at, struct err *err)
{
    char *to = octets;
    while (length > 0) {
        errno = EIO; /* where nothing comes: somebody has cut it */
        ssize_t n = pread(fd, to, length, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return spool_failed("read", err);
        to += n;
        at += (uint64_t)n;
        length -= (size_t)n;
    }
    return true;
}

static void close_place(int fd)
{
    close(fd);
}

const struct scratch spool_scratch = {spool_open, spool_write, spool_read, close_place};

void spool_fence(struct fence *fence)
{
    fence_let_make(fence, spool_folder());
}
