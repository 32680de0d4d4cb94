#include "io/outfile.h"

#include "io/behind.h"
#include "io/cpus.h"
#include "io/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LINKS_MAX = 40,
    RETRY_PAUSE = 50000,
    GRACE = 1000000,
    CHUNK = 64 * 1024,
    LARGE = 2 * 1024 * 1024, /* from here on a thread is worth starting */
    LOOK_EVERY = 128, /* pieces of files that are read and compared between two looks at the halt */
};

static bool cannot(const struct outfile *out, const char *what, struct err *err)
{
    err_set_errno(err, ERR_OUTPUT, errno, "cannot %s %.400s", what, out->name);
    if (out->is_stdout && err->kind == ERR_OUTPUT)
        err->facts |= ERR_FACT_STREAM;
    return false;
}

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static bool too_late(const struct outfile *out, struct err *err)
{
    return err_set(err, ERR_OUTPUT, "cannot write %.400s within --max-time", out->name);
}

/* ---- Opening ------------------------------------------------------------------------------- */

/* The number in /dev/fd/N and its like, or -1. They are written straight even if they are regular
 * files: whoever opened one meant that descriptor, at its position. */
static int descriptor_number(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    if (strcmp(path, "/dev/stdout") == 0)
        return STDOUT_FILENO;
    if (strcmp(path, "/dev/stderr") == 0)
        return STDERR_FILENO;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        size_t n = strlen(folders[i]);
        if (strncmp(path, folders[i], n) == 0 && path[n] >= '0' && path[n] <= '9' &&
            strlen(path + n) <= 6)
            return atoi(path + n);
    }
    return -1;
}

/* A copy of a descriptor that whoever started zxfr has opened. Those that zxfr opened itself would
 * not have survived its start: what is written to them would be lost. */
static int copy_inherited(int number)
{
    int flags = fcntl(number, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) != 0) {
        errno = EBADF;
        return -1;
    }
    return fcntl(number, F_DUPFD_CLOEXEC, 3);
}

/* Follows symbolic links of the last component; the target itself need not exist. */
static bool resolve_target(struct outfile *out, const char *path, struct err *err)
{
    if (strlen(path) >= sizeof out->target) {
        errno = ENAMETOOLONG;
        return cannot(out, "open", err);
    }
    strcpy(out->target, path);
    for (int i = 0; i < LINKS_MAX; i++) {
        char link[PATH_MAX], joined[2 * PATH_MAX];
        ssize_t n = readlink(out->target, link, sizeof link - 1);
        if (n < 0)
            return errno == EINVAL || errno == ENOENT || cannot(out, "open", err);
        link[n] = '\0';
        const char *slash = strrchr(out->target, '/');
        size_t folder = link[0] == '/' || slash == NULL ? 0 : (size_t)(slash + 1 - out->target);
        snprintf(joined, sizeof joined, "%.*s%s", (int)folder, out->target, link);
        if (strlen(joined) >= sizeof out->target) {
            errno = ENAMETOOLONG;
            return cannot(out, "open", err);
        }
        strcpy(out->target, joined);
    }
    errno = ELOOP;
    return cannot(out, "open", err);
}

static const char *folder_of_path(const char *path, char folder[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t n = slash == NULL ? 0 : (size_t)(slash + 1 - path);
    snprintf(folder, PATH_MAX, "%.*s", n == 0 ? 1 : (int)n, n == 0 ? "." : path);
    return folder;
}

/* The folder of the target. */
static const char *folder_of(const struct outfile *out, char folder[PATH_MAX])
{
    return folder_of_path(out->target, folder);
}

static bool name_temporary(struct outfile *out, struct err *err)
{
    const char *slash = strrchr(out->target, '/');
    size_t folder = slash == NULL ? 0 : (size_t)(slash + 1 - out->target);
    const char *base = out->target + folder;
    if (*base == '\0') {
        err->facts |= ERR_FACT_ABSENT;
        return err_set(err, ERR_OUTPUT,
                       "cannot write %.400s: it names a folder, which is not there", out->name);
    }
    int n = snprintf(out->temporary_name, sizeof out->temporary_name, "%.*s.%s.zxfr", (int)folder,
                     out->target, base);
    if (n < 0 || (size_t)n >= sizeof out->temporary_name) {
        errno = ENAMETOOLONG;
        return cannot(out, "open", err);
    }
    return true;
}

/* Waits a moment, after which something is to be tried again. */
static bool pause_before_retry(const struct outfile *out, struct err *err)
{
    if (loop_wait(out->halt.loop, NULL, 0, loop_now() + RETRY_PAUSE) == LOOP_SIGNAL)
        return err_set(err, ERR_INTERRUPTED, "interrupted");
    return loop_now() < out->halt.deadline || too_late(out, err);
}

enum lock_event { LOCK_GOT, LOCK_GONE, LOCK_BUSY, LOCK_FAILED };

static enum lock_event lock_failed(const struct outfile *out, const char *what, struct err *err)
{
    err_set_errno(err, ERR_OUTPUT, errno, "cannot %s %.400s", what, out->temporary_name);
    return LOCK_FAILED;
}

/* Whether a file cannot be made because of its folder. */
static bool is_of_folder(int number)
{
    return number == ENOENT || number == ENOTDIR || number == EACCES || number == EPERM ||
           number == EROFS;
}

/* Nobody knows the temporary file by its name: what is wrong is the folder of FILE. */
static enum lock_event make_failed(const struct outfile *out, struct err *err)
{
    char folder[PATH_MAX];
    int number = errno;
    if (!is_of_folder(number))
        return lock_failed(out, "make", err);
    size_t length = strlen(folder_of(out, folder));
    if (length > 1 && folder[length - 1] == '/')
        folder[length - 1] = '\0';
    err_set_errno(err, ERR_OUTPUT, number, "cannot write %.300s: the folder %.250s", out->name,
                  folder);
    return LOCK_FAILED;
}

/* Of another user's file nothing is known: that user may be writing it. */
static enum lock_event refuse_foreign(const struct outfile *out, const struct stat *st,
                                      struct err *err)
{
    err_set(err, ERR_OUTPUT, "%.400s is in the way: it belongs to another user (%lu)",
            out->temporary_name, (unsigned long)st->st_uid);
    return LOCK_FAILED;
}

/* A file that was there is not written into, though it is locked: whoever has it open could read
 * and write what becomes the target, and it may have another owner, mode, or a second name. It is
 * removed, and one is made that nobody knows. */
static enum lock_event remove_remnant(const struct outfile *out, const struct stat *st,
                                      struct err *err)
{
    if (unlink(out->temporary_name) == 0)
        return LOCK_GONE;
    bool is_foreign = st->st_uid != geteuid() && (errno == EPERM || errno == EACCES);
    return is_foreign ? refuse_foreign(out, st, err) : lock_failed(out, "remove", err);
}

/* Locks what was opened. By then the name may be that of another file: the run that held the lock
 * has renamed or removed the one that was opened. */
static enum lock_event lock_opened(struct outfile *out, bool made, struct err *err)
{
    struct stat opened, named;
    if (fstat(out->temporary, &opened) != 0)
        return lock_failed(out, "look at", err);
    if (!S_ISREG(opened.st_mode)) {
        err_set(err, ERR_OUTPUT, "%.400s is in the way: not a regular file", out->temporary_name);
        return LOCK_FAILED;
    }
    if (flock(out->temporary, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK || errno == EINTR ? LOCK_BUSY : lock_failed(out, "lock", err);
    if (lstat(out->temporary_name, &named) != 0)
        return errno == ENOENT ? LOCK_GONE : lock_failed(out, "look at", err);
    if (named.st_dev != opened.st_dev || named.st_ino != opened.st_ino)
        return LOCK_GONE;
    return made ? LOCK_GOT : remove_remnant(out, &opened, err);
}

/* Opens what was there already. */
static enum lock_event open_remnant(struct outfile *out, struct err *err)
{
    struct stat st;
    out->temporary = open(out->temporary_name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (out->temporary >= 0)
        return lock_opened(out, false, err);
    if (errno == ENOENT)
        return LOCK_GONE;
    int number = errno;
    if (number == EACCES && lstat(out->temporary_name, &st) == 0 && st.st_uid != geteuid())
        return refuse_foreign(out, &st, err);
    errno = number;
    return lock_failed(out, "open", err);
}

/* Makes and locks the temporary file once, or finds out what is in its place. One that this made
 * and could not lock is removed; one that was there may be another run's. */
static enum lock_event try_lock(struct outfile *out, struct err *err)
{
    out->temporary = open(out->temporary_name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_CREAT | O_EXCL,
                          S_IRUSR | S_IWUSR);
    if (out->temporary < 0)
        return errno == EEXIST ? open_remnant(out, err) : make_failed(out, err);
    enum lock_event event = lock_opened(out, true, err);
    if (event == LOCK_FAILED)
        unlink(out->temporary_name);
    return event;
}

static bool lock_temporary(struct outfile *out, struct err *err)
{
    for (;;) {
        enum lock_event event = try_lock(out, err);
        if (event == LOCK_GOT)
            return true;
        close_one(&out->temporary);
        if (event == LOCK_FAILED)
            return false;
        if (event == LOCK_BUSY && !out->options.wait)
            return err_set(err, ERR_BUSY, "another run is writing %.400s", out->name);
        if (event == LOCK_BUSY && !pause_before_retry(out, err))
            return false;
    }
}

/* Whether the descriptor is that of a regular file, so that writing never blocks. */
static bool is_regular_file(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* Opens a pipe or terminal once more, so that a write takes what there is room for and never waits;
 * the descriptor that was given may be shared, and its flags are not this program's to change.
 * Where that cannot be done, writes may wait. A socket cannot be opened, and need not. */
static void open_again(struct outfile *out)
{
    char path[32];
    struct stat st;
    if (fstat(out->direct, &st) != 0)
        return;
    out->is_socket = S_ISSOCK(st.st_mode);
    if (!S_ISFIFO(st.st_mode) && !(S_ISCHR(st.st_mode) && isatty(out->direct)))
        return;
    snprintf(path, sizeof path, "/proc/self/fd/%d", out->direct);
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return;
    out->given = out->direct;
    out->direct = fd;
}

/* Leaves only the descriptor that was given. */
static void close_again(struct outfile *out)
{
    if (out->given < 0)
        return;
    close_one(&out->direct);
    out->direct = out->given;
    out->given = -1;
}

static bool open_direct(struct outfile *out, int fd, struct err *err)
{
    if (fd < 0)
        return cannot(out, "open", err);
    out->direct = fd;
    out->is_regular = is_regular_file(fd);
    open_again(out);
    if (out->options.whole)
        out->spool = spool_open(err);
    if (!out->options.whole || out->spool >= 0)
        return true;
    close_again(out);
    if (!out->is_stdout)
        close_one(&out->direct);
    return false;
}

/* A FIFO is opened without blocking until it has a reader, so that a signal ends the wait. */
static int open_special(const struct outfile *out, mode_t mode, struct err *err)
{
    for (;;) {
        int fd = open(out->options.path, O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
        if (fd >= 0) {
            fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
            return fd;
        }
        if (errno != ENXIO || !S_ISFIFO(mode))
            return -1;
        if (!pause_before_retry(out, err))
            return -1;
    }
}

static bool open_fresh(struct outfile *out, const char *path, struct err *err)
{
    if (strlen(path) >= sizeof out->target) {
        errno = ENAMETOOLONG;
        return cannot(out, "open", err);
    }
    strcpy(out->target, path);
    out->is_regular = true;
    return name_temporary(out, err) && lock_temporary(out, err);
}

/* What is added to is opened for reading, too, where that is allowed: whoever adds to it looks at
 * how it ends. */
static int open_straight(const struct outfile_options *options)
{
    const int flags = O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    mode_t mode = options->sets_mode ? options->new_mode : S_IRUSR | S_IWUSR;
    if (!options->append)
        return open(options->path, flags | O_WRONLY | O_TRUNC, mode);
    int fd = open(options->path, flags | O_RDWR | O_APPEND, mode);
    return fd >= 0 || errno != EACCES ? fd : open(options->path, flags | O_WRONLY | O_APPEND, mode);
}

bool outfile_open(struct outfile *out, const struct outfile_options *options,
                  const struct loop *loop, uint64_t deadline, struct err *err)
{
    struct stat st;
    *out = (struct outfile){.options = *options};
    loop_halt_init(&out->halt, loop, deadline);
    out->direct = out->given = out->spool = out->temporary = out->swapped = -1;
    if (options->path == NULL || (strcmp(options->path, "-") == 0 && !options->straight)) {
        out->name = "standard output";
        out->is_stdout = true;
        return open_direct(out, STDOUT_FILENO, err);
    }
    out->name = options->path;
    if (options->fresh)
        return open_fresh(out, options->path, err);
    int number = descriptor_number(options->path);
    if (number >= 0)
        return open_direct(out, copy_inherited(number), err);
    bool exists = stat(options->path, &st) == 0;
    if (!exists && errno != ENOENT)
        return cannot(out, "open", err);
    /* A link below /proc may lead to a pipe that has no path, so the system must follow it. */
    if (exists && !S_ISREG(st.st_mode)) {
        if (S_ISDIR(st.st_mode)) {
            errno = EISDIR;
            return cannot(out, "write", err);
        }
        if (options->only_file)
            return err_set(err, ERR_OUTPUT, "%.400s is in the way: not a regular file", out->name);
        return open_direct(out, open_special(out, st.st_mode, err), err);
    }
    if (options->straight)
        return open_direct(out, open_straight(options), err);
    if (!resolve_target(out, options->path, err))
        return false;
    out->is_regular = true;
    return name_temporary(out, err) && lock_temporary(out, err);
}

bool outfile_reopen(struct outfile *out, struct err *err)
{
    const char *path = out->options.path;
    struct stat st;
    if (!out->options.append || !out->is_regular || path == NULL || descriptor_number(path) >= 0)
        return true;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return err_set(err, ERR_OUTPUT, "%.400s is in the way: not a regular file", out->name);
    int fd = open_straight(&out->options);
    if (fd < 0)
        return cannot(out, "open", err);
    close(out->direct);
    out->direct = fd;
    return true;
}

/* ---- Writing ------------------------------------------------------------------------------- */

void outfile_allow(struct outfile *out, uint64_t deadline)
{
    out->halt.deadline = deadline;
    out->hurries = out->hurries && out->interrupted;
}

static bool fail_late(const struct outfile *out, struct err *err)
{
    return out->interrupted ? err_set(err, ERR_INTERRUPTED, "interrupted") : too_late(out, err);
}

/* Looks whether writing is to end, and when. */
static bool is_in_time(struct outfile *out, struct err *err)
{
    struct err why = {.kind = ERR_NONE};
    if (!out->hurries && halt_due(&out->halt.halt, &why)) {
        out->hurries = true;
        out->interrupted = why.kind == ERR_INTERRUPTED;
        out->moment = loop_now() + GRACE;
    }
    return !out->hurries || loop_now() < out->moment || fail_late(out, err);
}

/* Waits until a pipe or device takes more. */
static bool wait_writable(struct outfile *out, struct err *err)
{
    static const struct loop deaf = {.signal_fd = -1};
    const struct loop_halt *halt = &out->halt;
    if (!out->hurries &&
        loop_wait_fd(halt->loop, out->direct, POLLOUT, halt->deadline) == LOOP_READY &&
        loop_now() < halt->deadline)
        return true;
    return is_in_time(out, err) &&
           (loop_wait_fd(&deaf, out->direct, POLLOUT, out->moment) == LOOP_READY ||
            fail_late(out, err));
}

/* Whoever looks at a terminal sees what else is shown there, too. */
static void tell_shown(const struct outfile *out)
{
    struct loop_watcher *watcher = out->halt.loop != NULL ? out->halt.loop->watcher : NULL;
    if (watcher != NULL)
        watcher->shows(watcher);
}

static bool write_all(struct outfile *out, int fd, const char *octets, size_t length,
                      struct err *err)
{
    bool may_block = fd == out->direct && !out->is_regular;
    if (may_block && length > 0)
        tell_shown(out);
    out->done = 0;
    while (length > 0) {
        if (!(may_block ? wait_writable(out, err) : is_in_time(out, err)))
            return false;
        /* What poll promises room for; more only while a signal may still end the write. */
        size_t chunk = out->hurries ? PIPE_BUF : CHUNK;
        size_t most = may_block && length > chunk ? chunk : length;
        ssize_t n = may_block && out->is_socket ? send(fd, octets, most, MSG_DONTWAIT)
                                                : write(fd, octets, most);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n < 0) {
            out->broken_pipe = errno == EPIPE;
            return fd == out->spool ? spool_failed("write", err) : cannot(out, "write", err);
        }
        octets += n;
        length -= (size_t)n;
        out->done += (size_t)n;
    }
    return true;
}

/* Where the octets go. */
static int descriptor(const struct outfile *out)
{
    return out->temporary >= 0 ? out->temporary : out->spool >= 0 ? out->spool : out->direct;
}

/* Starts a thread once a file is large. Where that cannot be done it is not tried again. What is
 * not replaced is not flushed. */
static bool is_written_behind(struct outfile *out, size_t length)
{
    bool was_large = out->written >= LARGE;
    out->written += length;
    if (!was_large && out->written >= LARGE && out->options.beside && out->is_regular &&
        out->spool < 0 && cpus_allowed() > 1)
        out->behind = behind_new(descriptor(out), out->temporary >= 0);
    return out->behind != NULL;
}

static bool write_behind(struct outfile *out, const void *octets, size_t length, struct err *err)
{
    if (!is_in_time(out, err))
        return false;
    errno = behind_write(out->behind, octets, length);
    return errno == 0 || cannot(out, "write", err);
}

bool outfile_settle(struct outfile *out, struct err *err)
{
    struct behind *behind = out->behind;
    out->behind = NULL;
    errno = behind_free(behind);
    return errno == 0 || cannot(out, "write", err);
}

/* The same, where what was written does not count any more. */
static void stop_writing(struct outfile *out)
{
    behind_free(out->behind);
    out->behind = NULL;
}

bool outfile_write(struct outfile *out, const void *octets, size_t length, struct err *err)
{
    return is_written_behind(out, length) ? write_behind(out, octets, length, err)
                                          : write_all(out, descriptor(out), octets, length, err);
}

bool outfile_can_restart(const struct outfile *out)
{
    return out->temporary >= 0 || out->spool >= 0;
}

bool outfile_restart(struct outfile *out, struct err *err)
{
    int fd = out->temporary >= 0 ? out->temporary : out->spool;
    out->ready = false;
    out->written = 0;
    stop_writing(out);
    if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) < 0)
        return fd == out->spool ? spool_failed("empty", err) : cannot(out, "start again", err);
    return true;
}

/* ---- Ending -------------------------------------------------------------------------------- */

static bool copy_spool(struct outfile *out, struct err *err)
{
    char chunk[8192];
    ssize_t n;
    if (lseek(out->spool, 0, SEEK_SET) < 0)
        return spool_failed("read back", err);
    while ((n = read(out->spool, chunk, sizeof chunk)) > 0)
        if (!write_all(out, out->direct, chunk, (size_t)n, err))
            return false;
    return n == 0 || spool_failed("read back", err);
}

static bool commit_direct(struct outfile *out, enum outfile_result *result, struct err *err)
{
    bool good = outfile_settle(out, err) && (out->spool < 0 || copy_spool(out, err));
    close_again(out);
    int fd = out->direct;
    out->direct = -1;
    close_one(&out->spool);
    *result = OUTFILE_WRITTEN;
    /* Some file systems report a failed write only now. */
    if (close(fd) != 0 && errno != EINTR && good)
        return cannot(out, "write", err);
    return good;
}

/* Sets *same to whether the target has the content of the temporary file. A signal ends this at
 * once, because nothing is lost then. */
static bool compare_with_target(const struct outfile *out, int target, const struct stat *old,
                                bool *same, struct err *err)
{
    struct stat new;
    char a[4096], b[4096];
    unsigned pieces = 0;
    *same = false;
    if (target < 0 || fstat(out->temporary, &new) != 0 || new.st_size != old->st_size)
        return true;
    for (off_t at = 0; at < new.st_size;) {
        ssize_t n = pread(out->temporary, a, sizeof a, at);
        if (n <= 0 || pread(target, b, (size_t)n, at) != n || memcmp(a, b, (size_t)n) != 0)
            return true;
        if (++pieces % LOOK_EVERY == 0 && halt_due(&out->halt.halt, err))
            return false;
        at += n;
    }
    *same = true;
    return true;
}

/* The mode of a file that has got another group. Who was in the old group is among the others now,
 * and somebody of the others in the new group: both get what both had, so that nobody can do more
 * than before, and a file that all could read stays so. */
static mode_t mode_for_others(mode_t mode)
{
    mode_t both = mode & mode >> 3 & S_IRWXO;
    return (mode & S_IRWXU) | both << 3 | both;
}

/* The new file looks like the old one; the owner only as far as this user may set it. */
static bool take_over_mode(struct outfile *out, const struct stat *old, struct err *err)
{
    mode_t mode;
    if (old != NULL) {
        mode = old->st_mode & 07777;
        struct stat new;
        if (fstat(out->temporary, &new) != 0)
            return cannot(out, "look at the temporary file of", err);
        bool is_same = new.st_uid == old->st_uid &&new.st_gid == old->st_gid;
        if (!is_same && fchown(out->temporary, old->st_uid, old->st_gid) != 0)
            mode = fchown(out->temporary, (uid_t)-1, old->st_gid) == 0 ? mode & ~(mode_t)S_ISUID
                                                                       : mode_for_others(mode);
    } else {
        mode = out->options.new_mode;
    }
    if (out->options.sets_mode)
        mode = out->options.new_mode;
    return fchmod(out->temporary, mode) == 0 || cannot(out, "set the mode of", err);
}

static bool cannot_flush(const char *name, struct err *err)
{
    return err_set_errno(err, ERR_OUTPUT, errno, "cannot flush the folder of %.400s", name);
}

static bool flush_folder(const char *folder, const char *name, struct err *err)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) /* a folder that may be written but not read */
        return errno == EACCES || cannot_flush(name, err);
    bool good = fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EBADF ||
                cannot_flush(name, err);
    if (close(fd) != 0 && good)
        good = cannot_flush(name, err);
    return good;
}

bool outfile_flush_folder(const struct outfile *out, struct err *err)
{
    char folder[PATH_MAX];
    return flush_folder(folder_of(out, folder), out->name, err);
}

bool outfile_flush_folder_of(const char *path, struct err *err)
{
    char folder[PATH_MAX];
    return flush_folder(folder_of_path(path, folder), path, err);
}

bool outfile_keep(struct outfile *out, struct err *err)
{
    bool good = !out->options.touch || out->temporary < 0 ||
                utimensat(AT_FDCWD, out->target, NULL, 0) == 0 || errno == ENOENT ||
                cannot(out, "renew the time of", err);
    outfile_abort(out);
    return good;
}

bool outfile_ready(struct outfile *out, enum outfile_result *result, struct err *err)
{
    struct stat old = {0};
    if (!outfile_settle(out, err))
        return false;
    bool fresh = out->options.fresh, exists = !fresh && stat(out->target, &old) == 0;
    if (!fresh && !exists &&
        errno != ENOENT) /* replaced without its mode, it could become readable to all */
        return cannot(out, "look at", err);
    int target = exists ? open(out->target, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    bool same, good = compare_with_target(out, target, &old, &same, err);
    close_one(&target);
    if (!good)
        return false;
    *result = same ? OUTFILE_UNCHANGED : OUTFILE_REPLACED;
    out->result = *result;
    out->ready = same || take_over_mode(out, exists ? &old : NULL, err);
    return out->ready;
}

bool outfile_copy(const struct outfile *from, struct outfile *to, struct err *err)
{
    char chunk[8192];
    off_t at = 0;
    ssize_t n;
    while ((n = pread(from->temporary, chunk, sizeof chunk, at)) > 0) {
        if (!outfile_write(to, chunk, (size_t)n, err))
            return false;
        at += n;
    }
    return n == 0 || cannot(from, "read what was written to", err);
}

bool outfile_look(const struct outfile *out, struct outfile_state *state, struct err *err)
{
    struct stat st;
    if (fstat(out->temporary, &st) != 0)
        return cannot(out, "look at", err);
    *state = (struct outfile_state){.device = st.st_dev,
                                    .inode = st.st_ino,
                                    .size = (uint64_t)st.st_size,
                                    .changed = st.st_ctim};
    return true;
}

/* By its name: that is what is renamed. */
bool outfile_is_same(const struct outfile *out, const struct outfile_state *state)
{
    struct stat st;
    return lstat(out->temporary_name, &st) == 0 && st.st_dev == state->device &&
           st.st_ino == state->inode && (uint64_t)st.st_size == state->size &&
           st.st_ctim.tv_sec == state->changed.tv_sec &&
           st.st_ctim.tv_nsec == state->changed.tv_nsec;
}

bool outfile_flush(const struct outfile *out, bool only_begin, struct err *err)
{
    if (only_begin) {
        /* What goes wrong here goes wrong again, and is told then. */
        sync_file_range(out->temporary, 0, 0, SYNC_FILE_RANGE_WRITE);
        return true;
    }
    halt_works(&out->halt.halt, HALT_SYNCS, 0, 0);
    return fsync(out->temporary) == 0 || errno == EINVAL || errno == ENOTSUP ||
           cannot(out, "flush", err);
}

bool outfile_swap(struct outfile *out, struct err *err)
{
    if (rename(out->temporary_name, out->target) != 0)
        return cannot(out, "replace", err);
    out->renamed = true;
    out->swapped = out->temporary;
    out->temporary = -1; /* from here on there is nothing left to remove */
    return true;
}

void outfile_unswap(struct outfile *out)
{
    if (out->renamed)
        unlink(out->target);
}

bool outfile_close(struct outfile *out, struct err *err)
{
    int fd = out->swapped;
    out->swapped = -1;
    return close(fd) == 0 || cannot(out, "close", err);
}

/* Even if the folder cannot be flushed, the file is closed; the first error is the one that is
 * told. */
static bool flush_and_swap(struct outfile *out, struct err *err)
{
    struct err second = {.kind = ERR_NONE};
    if (!outfile_flush(out, false, err) || !outfile_swap(out, err))
        return false;
    bool good = outfile_flush_folder(out, err);
    return outfile_close(out, good ? err : &second) && good;
}

bool outfile_commit(struct outfile *out, enum outfile_result *result, struct err *err)
{
    if (out->temporary < 0)
        return commit_direct(out, result, err);
    bool good = out->ready || outfile_ready(out, result, err);
    *result = out->result;
    if (good && *result == OUTFILE_UNCHANGED)
        return outfile_keep(out, err);
    good = good && flush_and_swap(out, err);
    outfile_abort(out);
    return good;
}

void outfile_abort(struct outfile *out)
{
    stop_writing(out);
    if (out->temporary >= 0)
        unlink(out->temporary_name);
    close_one(&out->temporary);
    close_one(&out->swapped);
    close_one(&out->spool);
    close_again(out);
    if (!out->is_stdout)
        close_one(&out->direct);
}

/* ---- The fence ----------------------------------------------------------------------------- */

void outfile_fence(const struct outfile *out, struct fence *fence)
{
    char folder[PATH_MAX];
    if (out->temporary < 0)
        return;
    fence_let_rename(fence, folder_of(out, folder));
    fence_let_read(fence, out->target);
    fence_let_read(fence, out->temporary_name);
}

/* What is written straight may be opened once more, by its number (open_again). */
static void let_number(int number, struct fence *fence)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", number);
    fence_let_write(fence, path);
}

static void let_file(const char *path, struct fence *fence)
{
    struct outfile out = {.name = path};
    struct err ignored = {.kind = ERR_NONE}; /* opening it will say the same */
    char folder[PATH_MAX];
    if (resolve_target(&out, path, &ignored))
        fence_let_make(fence, folder_of(&out, folder));
    else
        fence_give_up(fence, errno);
}

void outfile_fence_later(const struct outfile_options *options, struct fence *fence)
{
    struct stat st;
    const char *path = options->path;
    bool is_stdout = path == NULL || (strcmp(path, "-") == 0 && !options->straight);
    int number = is_stdout ? STDOUT_FILENO : descriptor_number(path);
    bool is_file = number < 0 && (stat(path, &st) != 0 || S_ISREG(st.st_mode));
    if (is_file && options->straight && !options->append && access(path, F_OK) == 0)
        fence_let_write(fence, path);
    else if (is_file)
        let_file(path, fence);
    if (is_file)
        return;
    if (number >= 0)
        let_number(number, fence);
    else
        fence_let_write(fence, path);
    spool_fence(fence); /* what is held is written there first */
}
