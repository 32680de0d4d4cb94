/* A preload that does what an intruder in zxfr would try, when the zone was read: at the first
 * write to standard output or to a temporary file. What came of each try goes to standard error.
 *
 * usage: LD_PRELOAD=trespass.so TRESPASS=FOLDER TRESPASS_PORT=PORT zxfr ...
 *
 * FOLDER has a file "secret". */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t write(int fd, const void *octets, size_t length);

static void tell(const char *what, int failed)
{
    dprintf(STDERR_FILENO, "trespass: %s: %s\n", what, failed ? strerror(errno) : "succeeded");
}

static void open_file(const char *what, const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    tell(what, fd < 0);
    if (fd >= 0)
        close(fd);
}

static void connect_to(const char *what, const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)atoi(port != NULL ? port : "1"))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    tell(what, fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0);
    if (fd >= 0)
        close(fd);
}

static void try_all(void)
{
    char secret[4096], new[4096];
    const char *folder = getenv("TRESPASS");
    snprintf(secret, sizeof secret, "%s/secret", folder != NULL ? folder : ".");
    snprintf(new, sizeof new, "%s/new", folder != NULL ? folder : ".");
    char *const words[] = {(char[]){"true"}, NULL};
    open_file("read", secret, O_RDONLY);
    open_file("write", secret, O_WRONLY | O_APPEND);
    open_file("make", new, O_WRONLY | O_CREAT | O_EXCL);
    connect_to("connect", getenv("TRESPASS_PORT"));
    tell("trace", ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) != 0);
    tell("chroot", chroot("/") != 0);
    pid_t pid = vfork();
    if (pid == 0) {
        execv("/bin/true", words);
        tell("execute", 1);
        _exit(0);
    }
    unlink(new);
}

ssize_t write(int fd, const void *octets, size_t length)
{
    static ssize_t (*real)(int, const void *, size_t);
    static int done;
    struct stat st;
    if (real == NULL)
        real = (ssize_t(*)(int, const void *, size_t))(uintptr_t)dlsym(RTLD_NEXT, "write");
    int is_output = fd == STDOUT_FILENO || (fd > STDERR_FILENO && fstat(fd, &st) == 0 &&
                                            S_ISREG(st.st_mode) && length > 9);
    if (is_output && !done) {
        done = 1;
        try_all();
    }
    return real(fd, octets, length);
}
