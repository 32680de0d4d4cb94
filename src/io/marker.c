#include "io/marker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RETRY_PAUSE = 20000 };

static bool cannot(const struct marker *marker, const char *what, struct err *err)
{
    return err_set_errno(err, ERR_OUTPUT, errno, "cannot %s %.400s", what, marker->path);
}

bool marker_init(struct marker *marker, const char *target, const struct loop *loop,
                 uint64_t deadline, struct err *err)
{
    const char *slash = strrchr(target, '/');
    int folder = slash == NULL ? 0 : (int)(slash + 1 - target);
    *marker = (struct marker){.loop = loop, .deadline = deadline, .fd = -1};
    int n = snprintf(marker->path, sizeof marker->path, "%.*s.%s.hook", folder, target,
                     target + folder);
    if (n >= 0 && (size_t)n < sizeof marker->path)
        return true;
    return err_set(err, ERR_OUTPUT, "the path of %.300s is too long", target);
}

void marker_close(struct marker *marker)
{
    if (marker->fd >= 0)
        close(marker->fd);
    marker->fd = -1;
    marker->locked = false;
}

/* ---- The short lock ------------------------------------------------------------------------ */

static bool set_lock(const struct marker *marker, short type)
{
    struct flock whole = {.l_type = type, .l_whence = SEEK_SET};
    return fcntl(marker->fd, F_OFD_SETLK, &whole) == 0;
}

static bool lock_shortly(const struct marker *marker, struct err *err)
{
    while (!set_lock(marker, F_WRLCK)) {
        if (errno != EAGAIN && errno != EACCES && errno != EINTR)
            return cannot(marker, "lock", err);
        if (marker->deadline == MARKER_AT_ONCE)
            return err_set(err, ERR_BUSY, "another run has locked %.400s", marker->path);
        if (loop_wait(marker->loop, NULL, 0, loop_now() + RETRY_PAUSE) == LOOP_SIGNAL)
            return err_set(err, ERR_INTERRUPTED, "interrupted");
        if (loop_now() >= marker->deadline)
            return err_set(err, ERR_TIMEOUT_TOTAL, "time is up (--max-time), and %.300s is locked",
                           marker->path);
    }
    return true;
}

void marker_let_go(struct marker *marker)
{
    if (marker->fd >= 0)
        set_lock(marker, F_UNLCK);
}

/* ---- Opening ------------------------------------------------------------------------------- */

/* Whether the name still leads to what is open. */
static bool is_linked(const struct marker *marker)
{
    struct stat opened, named;
    return fstat(marker->fd, &opened) == 0 && lstat(marker->path, &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/* What somebody else could have put there is not written into, and not obeyed. */
static bool is_ours(const struct marker *marker, struct err *err)
{
    struct stat st;
    if (fstat(marker->fd, &st) != 0)
        return cannot(marker, "look at", err);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_OUTPUT, "%.400s is in the way: not a regular file", marker->path);
    if (st.st_uid != geteuid())
        return err_set(err, ERR_OUTPUT, "%.400s is in the way: it belongs to another user (%lu)",
                       marker->path, (unsigned long)st.st_uid);
    return st.st_nlink <= 1 ||
           err_set(err, ERR_OUTPUT, "%.400s is in the way: it has another name", marker->path);
}

/* Opens what is there, or makes it. Returns false without an error where there is none, or not any
 * more. */
static bool open_once(struct marker *marker, bool make, struct err *err)
{
    const int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    marker->made = false;
    marker->fd = open(marker->path, flags);
    if (marker->fd >= 0)
        return true;
    if (errno == ELOOP)
        return err_set(err, ERR_OUTPUT, "%.400s is in the way: a symbolic link", marker->path);
    if (errno != ENOENT)
        return cannot(marker, "open", err);
    if (!make)
        return false;
    marker->fd = open(marker->path, flags | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
    marker->made = marker->fd >= 0;
    return marker->made || (errno != EEXIST && cannot(marker, "make", err));
}

static bool read_note(struct marker *marker, struct err *err)
{
    ssize_t n = pread(marker->fd, marker->text, MARKER_MOST, 0);
    for (ssize_t i = 0; i < n; i++)
        if (marker->text[i] == '\0') /* what comes behind it would not be seen */
            marker->text[i] = '?';
    marker->text[n > 0 ? n : 0] = '\0';
    return n >= 0 || cannot(marker, "read", err);
}

/* One that this made and that nothing can be written to is not left behind. */
static bool forget(struct marker *marker)
{
    if (marker->made)
        unlink(marker->path);
    marker_close(marker);
    return false;
}

bool marker_open(struct marker *marker, bool make, bool *there, struct err *err)
{
    *there = false;
    for (;;) {
        marker_close(marker);
        if (!open_once(marker, make, err)) {
            if (err->kind != ERR_NONE || !make)
                return err->kind == ERR_NONE;
            continue; /* one was made in between */
        }
        if (!is_ours(marker, err) || !lock_shortly(marker, err))
            return forget(marker);
        if (is_linked(marker))
            break;
    }
    *there = read_note(marker, err);
    return *there || forget(marker);
}

bool marker_hold(struct marker *marker, bool *there, struct err *err)
{
    *there = false;
    if (marker->fd < 0)
        return true;
    if (!lock_shortly(marker, err))
        return false;
    *there = is_linked(marker);
    return !*there || read_note(marker, err);
}

/* ---- The note ------------------------------------------------------------------------------ */

/* Cut last: of what was there before, and is longer, something stays behind a new line until then,
 * and tells that this was not done. */
static bool put_note(const struct marker *marker, const char *text)
{
    size_t length = strlen(text);
    ssize_t n = pwrite(marker->fd, text, length, 0);
    if (n >= 0 && (size_t)n < length)
        errno = ENOSPC;
    return n >= 0 && (size_t)n == length && ftruncate(marker->fd, (off_t)length) == 0 &&
           (fsync(marker->fd) == 0 || errno == EINVAL || errno == ENOTSUP);
}

bool marker_write(struct marker *marker, const char *text, struct err *err)
{
    if (put_note(marker, text)) {
        snprintf(marker->text, sizeof marker->text, "%s", text);
        return true;
    }
    cannot(marker, "write", err);
    if (marker->made)
        unlink(marker->path);
    else
        put_note(marker, marker->text);
    return false;
}

bool marker_remove(struct marker *marker, struct err *err)
{
    return unlink(marker->path) == 0 || errno == ENOENT || cannot(marker, "remove", err);
}

/* ---- The long lock ------------------------------------------------------------------------- */

static enum marker_lock gone(struct marker *marker)
{
    marker_close(marker);
    return MARKER_GONE;
}

enum marker_lock marker_lock(struct marker *marker)
{
    if (marker->fd < 0)
        return MARKER_GONE;
    marker->locked = marker->locked || flock(marker->fd, LOCK_EX | LOCK_NB) == 0;
    if (!is_linked(marker))
        return gone(marker);
    return marker->locked ? MARKER_LOCKED : MARKER_BUSY;
}
