#include "io/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* No core file; and an empty one where a program takes the dumps, which ignores the limit. Secrets
 * are also on the stack and in OpenSSL's memory, so it is not enough to mark their own pages. The
 * process stays "dumpable" in the kernel's sense: otherwise /dev/fd/N could not be opened any more.
 */
void secret_forbid_core(void)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    int fd = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (write(fd, "0", 1) < 0) {
        /* an old kernel, or no /proc: then there is only the limit */
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
    secret_forbid_core();
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

const char *secret_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

struct reading {
    int fd;
    const char *path;
    const struct loop *loop;
    uint64_t deadline;
};

static bool wait_for(const struct reading *reading, struct err *err)
{
    switch (loop_wait_fd(reading->loop, reading->fd, POLLIN, reading->deadline)) {
    case LOOP_SIGNAL:
        return err_set(err, ERR_INTERRUPTED, "interrupted");
    case LOOP_TIMEOUT:
        return err_set(err, ERR_TIMEOUT_TOTAL, "%.300s: not read within --max-time",
                       secret_name(reading->path));
    case LOOP_READY:
    default:
        return true;
    }
}

/* Reads up to the end, or to one octet more than there may be. */
static bool read_all(const struct reading *reading, struct secret_text *secret, struct err *err)
{
    const size_t room = SECRET_FILE_MAX + 1;
    const char *name = secret_name(reading->path);
    while (secret->length < room) {
        if (!wait_for(reading, err))
            return false;
        ssize_t n = read(reading->fd, secret->text + secret->length, room - secret->length);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n < 0)
            return err_set_errno(err, ERR_KEY, errno, "cannot read %.300s", name);
        if (n == 0)
            return true;
        secret->length += (size_t)n;
    }
    return err_set(err, ERR_KEY, "%.300s: larger than %d octets, so not a file of keys", name,
                   SECRET_FILE_MAX);
}

/* A copy of the descriptor that /dev/fd/N names: a pipe that another user has made can be read, but
 * not opened by that name. */
static int copy_inherited(const char *path)
{
    static const char folder[] = "/dev/fd/";
    if (strncmp(path, folder, strlen(folder)) != 0)
        return -1;
    const char *digits = path + strlen(folder);
    if (*digits == '\0' || strlen(digits) > 6 || strspn(digits, "0123456789") != strlen(digits))
        return -1;
    return fcntl(atoi(digits), F_DUPFD_CLOEXEC, 3);
}

/* A FIFO that nobody writes to yet is opened too, and waited for. */
static int open_file(const char *path)
{
    if (strcmp(path, "-") == 0)
        return STDIN_FILENO;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd >= 0 || errno != EACCES)
        return fd;
    int copy = copy_inherited(path);
    if (copy < 0)
        errno = EACCES;
    return copy;
}

bool secret_read(struct secret_text *secret, const char *path, const struct loop *loop,
                 uint64_t deadline, struct err *err)
{
    struct reading reading = {open_file(path), path, loop, deadline};
    *secret = (struct secret_text){.text = NULL};
    if (reading.fd < 0 || fstat(reading.fd, &secret->stat) != 0) {
        err_set_errno(err, ERR_KEY, errno, "cannot read %.300s", secret_name(path));
    } else {
        secret->text = secret_new(SECRET_FILE_MAX + 1, err);
        if (secret->text != NULL)
            read_all(&reading, secret, err);
    }
    if (reading.fd > STDIN_FILENO)
        close(reading.fd);
    if (err->kind != ERR_NONE)
        secret_text_fini(secret);
    return err->kind == ERR_NONE;
}

const char *secret_variable(const char *path)
{
    static const char prefix[] = "env:";
    size_t n = strlen(prefix);
    return strncmp(path, prefix, n) == 0 ? path + n : NULL;
}

/* What is after "NAME=" in an entry of the environment, or NULL. */
static char *value_in(char *entry, const char *name)
{
    size_t n = strlen(name);
    bool is_it = n > 0 && strchr(name, '=') == NULL && strncmp(entry, name, n) == 0;
    return is_it && entry[n] == '=' ? entry + n + 1 : NULL;
}

bool secret_read_variable(struct secret_text *secret, const char *name, struct err *err)
{
    const char *value = NULL;
    *secret = (struct secret_text){.text = NULL};
    for (char **entry = environ; value == NULL && *entry != NULL; entry++)
        value = value_in(*entry, name);
    if (value == NULL)
        return err_set(err, ERR_KEY, "there is no environment variable %.200s", name);
    size_t length = strlen(value);
    if (length == 0)
        return err_set(err, ERR_KEY, "the environment variable %.200s is empty", name);
    if (length > SECRET_FILE_MAX)
        return err_set(err, ERR_KEY, "the environment variable %.200s is larger than %d octets",
                       name, SECRET_FILE_MAX);
    secret->text = secret_new(SECRET_FILE_MAX + 1, err);
    if (secret->text == NULL)
        return false;
    memcpy(secret->text, value, length);
    secret->length = length;
    return true;
}

void secret_forget_variable(const char *name)
{
    for (char **entry = environ; *entry != NULL; entry++) {
        char *value = value_in(*entry, name);
        if (value != NULL) /* execve(2) allows for several of a name */
            explicit_bzero(value, strlen(value));
    }
    unsetenv(name);
}

void secret_text_fini(struct secret_text *secret)
{
    /* Behind the text nothing was ever written: cleansing that, too, would first make it real. */
    if (secret->text != NULL) {
        explicit_bzero(secret->text, secret->length);
        munmap(secret->text, SECRET_FILE_MAX + 1);
    }
    secret->text = NULL;
}
