#include "io/infile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The path as seen from the folder of another file; NULL without memory. */
static char *resolve(const char *path, const char *from)
{
    const char *slash = from != NULL && *path != '/' ? strrchr(from, '/') : NULL;
    size_t folder = slash != NULL ? (size_t)(slash - from) + 1 : 0, length = strlen(path);
    char *whole = malloc(folder + length + 1);
    if (whole == NULL)
        return NULL;
    if (folder > 0)
        memcpy(whole, from, folder);
    memcpy(whole + folder, path, length + 1);
    return whole;
}

/* The fence around the process refuses as the mode of a file does, but access(2) does not know of
 * it. */
static void refuse(const char *name, struct err *err)
{
    int number = errno;
    if (number == EACCES && access(name, R_OK) == 0)
        err_set(err, ERR_SANDBOX, "%.250s: outside of the sandbox", name);
    else
        err_set_errno(err, ERR_INPUT, number, "%.250s", name);
}

/* Opens what has that name, which is freed or kept. */
static struct infile *open_named(char *name, bool is_stdin, const struct loop *loop,
                                 uint64_t deadline, struct err *err)
{
    struct infile *file = calloc(1, sizeof *file);
    struct stat st;
    if (file == NULL || name == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        free(file);
        free(name);
        return NULL;
    }
    *file = (struct infile){.fd = -1, .name = name, .is_stdin = is_stdin};
    loop_halt_init(&file->halt, loop, deadline);
    if (halt_due(&file->halt.halt, err)) {
        infile_close(file);
        return NULL;
    }
    /* Without O_NONBLOCK a FIFO would wait for its writer where no signal is seen. */
    file->fd = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file->fd < 0 || fstat(file->fd, &st) != 0) {
        refuse(name, err);
        infile_close(file);
        return NULL;
    }
    file->waits = !S_ISREG(st.st_mode);
    file->size = file->waits ? 0 : (uint64_t)st.st_size;
    file->identity[0] = (uint64_t)st.st_dev;
    file->identity[1] = (uint64_t)st.st_ino;
    return file;
}

struct infile *infile_open(const char *path, const char *from, const struct loop *loop,
                           uint64_t deadline, struct err *err)
{
    bool is_stdin = from == NULL && strcmp(path, "-") == 0;
    char *name = is_stdin ? strdup("standard input") : resolve(path, from);
    return open_named(name, is_stdin, loop, deadline, err);
}

static bool is_missing(const char *name)
{
    struct stat st;
    return stat(name, &st) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

static char *in_folder(const char *dir, const char *path)
{
    size_t length = strlen(dir) + 1 + strlen(path) + 1;
    char *name = malloc(length);
    if (name != NULL)
        snprintf(name, length, "%s/%s", dir, path);
    return name;
}

struct infile *infile_include(const char *path, const char *from, const char *dir,
                              const struct loop *loop, uint64_t deadline, struct err *err)
{
    char *beside = resolve(path, from), *there = NULL;
    bool may_be_there = dir != NULL && *path != '/';
    if (beside == NULL || ((from != NULL || !may_be_there) && !is_missing(beside)))
        return open_named(beside, false, loop, deadline, err);
    if (may_be_there)
        there = in_folder(dir, path);
    if (may_be_there && (there == NULL || !is_missing(there))) {
        free(beside);
        return open_named(there, false, loop, deadline, err);
    }
    if (there != NULL && from != NULL)
        err_set(err, ERR_INCLUDE_MISSING, "neither %.200s nor %.200s is there", beside, there);
    else
        err_set(err, ERR_INCLUDE_MISSING, "%.250s: No such file or directory",
                there != NULL ? there : beside);
    free(beside);
    free(there);
    return NULL;
}

static bool wait_readable(const struct infile *file, struct err *err)
{
    switch (loop_wait_fd(file->halt.loop, file->fd, POLLIN, file->halt.deadline)) {
    case LOOP_SIGNAL:
        return err_set(err, ERR_INTERRUPTED, "interrupted");
    case LOOP_TIMEOUT:
        return err_set(err, ERR_TIMEOUT_TOTAL, "not read within --max-time");
    case LOOP_READY:
    default:
        return true;
    }
}

static void tell_read(const struct infile *file)
{
    struct loop_watcher *watcher = file->halt.loop->watcher;
    if (watcher != NULL)
        watcher->reads(watcher, file->name, file->taken, file->size);
}

bool infile_read(void *infile, void *to, size_t room, size_t *got, struct err *err)
{
    struct infile *file = infile;
    tell_read(file);
    for (;;) {
        /* Where there is always something to read, there is no waiting that would see signals and
         * time. */
        if (halt_due(&file->halt.halt, err))
            return false;
        if (file->waits && !wait_readable(file, err))
            return false;
        ssize_t n = read(file->fd, to, room);
        if (n >= 0) {
            *got = (size_t)n;
            file->taken += (size_t)n;
            return true;
        }
        if (errno != EINTR && errno != EAGAIN)
            return err_set_errno(err, ERR_INPUT, errno, "reading");
    }
}

void infile_close(void *infile)
{
    struct infile *file = infile;
    if (!file->is_stdin && file->fd >= 0)
        close(file->fd);
    free(file->name);
    free(file);
}

/* Fills the text, of which `most` octets and one more have room. */
static bool fill_text(struct infile *file, char *text, size_t most, size_t *length, struct err *err)
{
    size_t got = 1;
    *length = 0;
    while (got > 0 && *length <= most) {
        if (!infile_read(file, text + *length, most + 1 - *length, &got, err))
            return err_prefix(err, "%.250s: ", file->name);
        *length += got;
    }
    if (*length > most)
        return err_set(err, ERR_INPUT, "%.250s: longer than %zu octets", file->name, most);
    text[*length] = '\0';
    return true;
}

char *infile_text(const char *path, size_t most, const struct loop *loop, uint64_t deadline,
                  size_t *length, struct err *err)
{
    struct infile *file = infile_open(path, NULL, loop, deadline, err);
    char *text = file != NULL ? malloc(most + 1) : NULL;
    if (file != NULL && text == NULL)
        err_set(err, ERR_MEMORY, "out of memory");
    bool good = text != NULL && fill_text(file, text, most, length, err);
    if (file != NULL)
        infile_close(file);
    if (good)
        return text;
    free(text);
    return NULL;
}
