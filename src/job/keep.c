#include "job/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NUMBERS = 99 };

/* Whether a file system has refused a link for what it is, or another's file for whose it is. */
static bool has_no_links(int error)
{
    return error == EPERM || error == EOPNOTSUPP || error == ENOSYS || error == EXDEV ||
           error == EMLINK || error == EACCES;
}

static bool copy_octets(int from, int to)
{
    char chunk[8192];
    ssize_t n;
    while ((n = read(from, chunk, sizeof chunk)) > 0)
        for (ssize_t at = 0, m; at < n; at += m)
            if ((m = write(to, chunk + at, (size_t)(n - at))) <= 0)
                return false;
    return n == 0 && fsync(to) == 0;
}

/* With the mode and the time of the first, so far as they can be had. Returns an errno. */
static int copy_file(const char *path, const char *as)
{
    struct stat st;
    int from = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int to = from >= 0 ? open(as, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
    int error = to < 0 ? errno : 0;
    if (to >= 0 &&
        (fstat(from, &st) != 0 || !copy_octets(from, to) || fchmod(to, st.st_mode & 0777) != 0))
        error = errno;
    if (to >= 0 && error == 0)
        futimens(to, (const struct timespec[2]){st.st_atim, st.st_mtim});
    if (to >= 0 && close(to) != 0 && error == 0)
        error = errno;
    if (from >= 0)
        close(from);
    if (to >= 0 && error != 0)
        unlink(as);
    return error;
}

/* Returns an errno. */
static int make(const char *path, const char *as)
{
    if (linkat(AT_FDCWD, path, AT_FDCWD, as, 0) == 0)
        return 0;
    return has_no_links(errno) ? copy_file(path, as) : errno;
}

/* Returns an errno. Where the file system knows no such rename, the name was looked at before. */
static int move(const char *from, const char *to, bool replaces)
{
    struct stat st;
    if (!replaces && renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (!replaces && errno != EINVAL && errno != ENOSYS)
        return errno;
    if (!replaces && lstat(to, &st) == 0)
        return EEXIST;
    return rename(from, to) == 0 ? 0 : errno;
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat first, second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

/* A link is there at once, or not at all. A copy, and what replaces something, is made beside and
 * then renamed, so that the name never leads to a part of it. Returns an errno. */
static int keep(const char *path, const char *as, bool replaces)
{
    char beside[PATH_MAX];
    if (linkat(AT_FDCWD, path, AT_FDCWD, as, 0) == 0)
        return 0;
    int error = errno;
    if (error == EEXIST && is_same_file(path, as))
        return 0;
    if (error == EEXIST ? !replaces : !has_no_links(error))
        return error;
    snprintf(beside, sizeof beside, "%s.new", as);
    unlink(beside); /* of a run that was killed */
    error = make(path, beside);
    if (error == 0 && (error = move(beside, as, replaces)) != 0)
        unlink(beside);
    return error;
}

static bool cannot(const char *path, const char *as, int error, struct err *err)
{
    return err_set_errno(err, ERR_OUTPUT, error, "cannot keep %.300s as %.300s", path, as);
}

bool keep_as(const char *path, const char *as, bool replaces, struct err *err)
{
    int error = keep(path, as, replaces);
    return error == 0 || cannot(path, as, error, err);
}

bool keep_beside(const char *path, const char *as, struct err *err)
{
    char numbered[PATH_MAX];
    snprintf(numbered, sizeof numbered, "%s", as);
    int error = keep(path, numbered, false);
    for (unsigned i = 2; error == EEXIST && i <= NUMBERS; i++) {
        snprintf(numbered, sizeof numbered, "%s.%u", as, i);
        error = keep(path, numbered, false);
    }
    return error == 0 || cannot(path, as, error, err);
}
