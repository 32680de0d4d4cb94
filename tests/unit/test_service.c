/* io/service: what arrives at a real datagram socket, with a path and with an abstract name. */
#include "io/fence.h"
#include "io/loop.h"
#include "io/service.h"

#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/zxfr-service.XXXXXX";
static char path[64], name[64];

/* Makes the socket of a manager, whose address is written as NOTIFY_SOCKET has it. */
static int listen_at(const char *text)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t n = strlen(text);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    memcpy(at.sun_path, text, n);
    if (*text == '@')
        at.sun_path[0] = '\0';
    else
        unlink(text);
    if (bind(fd, (struct sockaddr *)&at,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (*text != '@'))) != 0) {
        printf("Bail out! cannot bind %s\n", text);
        exit(1);
    }
    return fd;
}

/* The next message; "nothing" where none has come. */
static const char *next(int fd)
{
    static char text[1000];
    ssize_t n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
    text[n > 0 ? n : 0] = '\0';
    return n >= 0 ? text : "nothing";
}

static struct service open_with(const char *socket, const char *interval, const char *process)
{
    struct service service;
    unsetenv("WATCHDOG_PID");
    unsetenv("WATCHDOG_USEC");
    unsetenv("NOTIFY_SOCKET");
    if (socket != NULL)
        setenv("NOTIFY_SOCKET", socket, 1);
    if (interval != NULL)
        setenv("WATCHDOG_USEC", interval, 1);
    if (process != NULL)
        setenv("WATCHDOG_PID", process, 1);
    service_open(&service);
    return service;
}

static void all_told(const char *address)
{
    int manager = listen_at(address);
    struct service service = open_with(address, NULL, NULL);
    char head[] = "RELOADING=1\nMONOTONIC_USEC=", *end;
    is_str(next(manager), "nothing", "%s: opening tells nothing", address);
    service_ready(&service);
    is_str(next(manager), "READY=1", "ready");
    uint64_t before = loop_now();
    service_reloading(&service);
    const char *text = next(manager);
    uint64_t moment = strtoull(text + strlen(head), &end, 10);
    ok(strncmp(text, head, strlen(head)) == 0 && *end == '\0', "reloading");
    ok(moment >= before && moment <= loop_now(), "... with the moment by the monotonic clock");
    service_status(&service, "3 zones, \xc3\xa4\nREADY=0");
    is_str(next(manager), "STATUS=3 zones, ???READY=0", "how it is, in a line");
    service_ping(&service);
    is_str(next(manager), "WATCHDOG=1", "alive");
    service_stopping(&service);
    is_str(next(manager), "STOPPING=1", "stopping");
    ok((fcntl(service.fd, F_GETFD) & FD_CLOEXEC) != 0, "a command does not get the socket");
    ok(getenv("NOTIFY_SOCKET") == NULL, "nor its name");
    service_close(&service);
    service_ready(&service);
    is_str(next(manager), "nothing", "after the end nothing is told");
    close(manager);
}

static void long_status(void)
{
    char text[1001];
    int manager = listen_at(name);
    struct service service = open_with(name, NULL, NULL);
    memset(text, 'x', 1000);
    text[1000] = '\0';
    service_status(&service, text);
    is_int((int64_t)strlen(next(manager)), 207, "a long line is cut");
    service_close(&service);
    close(manager);
}

static void watchdogs(void)
{
    static const struct {
        const char *interval, *process; /* "": of this one */
        uint64_t every;
    } rows[] = {
        {NULL, NULL, 0},
        {"30000000", NULL, 15000000},
        {"30000000", "", 15000000},
        {"30000000", "1", 0},
        {"30000000", "x", 0},
        {"3", NULL, 1},
        {"1", NULL, 1},
        {"0", NULL, 0},
        {"", NULL, 0},
        {"-1", NULL, 0},
        {"1e3", NULL, 0},
        {"18446744073709551615", NULL, 9223372036854775807},
        {"18446744073709551616", NULL, 0},
    };
    char own[24];
    int manager = listen_at(name);
    snprintf(own, sizeof own, "%ld", (long)getpid());
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *process = rows[i].process;
        process = process != NULL && *process == '\0' ? own : process;
        struct service service = open_with(name, rows[i].interval, process);
        is_int((int64_t)service.ping_every, (int64_t)rows[i].every, "WATCHDOG_USEC %s, PID %s",
               rows[i].interval != NULL ? rows[i].interval : "-", process != NULL ? process : "-");
        ok(getenv("WATCHDOG_USEC") == NULL && getenv("WATCHDOG_PID") == NULL,
           "... is not passed on");
        service_close(&service);
    }
    struct service service = open_with(NULL, "30000000", NULL);
    is_int((int64_t)service.ping_every, 0, "without a socket there is nobody to be told");
    close(manager);
}

static void nobody(void)
{
    char long_path[200];
    memset(long_path, '/', sizeof long_path);
    long_path[sizeof long_path - 1] = '\0';
    const char *const addresses[] = {NULL,        "",           "/",       "@",
                                     "vsock:2:1", "relative/x", long_path, "/proc/nothing/there"};
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        struct service service = open_with(addresses[i], NULL, NULL);
        service_ready(&service);
        service_reloading(&service);
        service_status(&service, "x");
        service_ping(&service);
        service_stopping(&service);
        ok(service.fd < 0 && getenv("NOTIFY_SOCKET") == NULL,
           "NOTIFY_SOCKET=%.20s: nothing is done", addresses[i] != NULL ? addresses[i] : "(none)");
        service_close(&service);
    }
}

/* The manager may be another process by now. */
static void anew(void)
{
    int manager = listen_at(path);
    struct service service = open_with(path, NULL, NULL);
    close(manager);
    service_ready(&service);
    ok(service.fd >= 0, "a manager that is gone");
    manager = listen_at(path);
    service_ping(&service);
    is_str(next(manager), "WATCHDOG=1", "... and has come back");
    service_close(&service);
    close(manager);
}

/* Reads all, after a while; ends well if the last was READY=1. */
static pid_t read_later(int manager)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    bool ready = false;
    usleep(100000);
    struct pollfd fd = {.fd = manager, .events = POLLIN};
    while (!ready && poll(&fd, 1, 10000) == 1)
        ready = strcmp(next(manager), "READY=1") == 0;
    _exit(ready ? 0 : 1);
}

static void full(void)
{
    int manager = listen_at(name), status = -1;
    struct service service = open_with(name, NULL, NULL);
    for (unsigned i = 0; i < 10000; i++) /* far more than the queue takes */
        service_ping(&service);
    ok(true, "a manager that does not read holds nobody up");
    pid_t child = read_later(manager);
    service_ready(&service);
    waitpid(child, &status, 0);
    is_int(status, 0, "but a change of state waits for it");
    service_close(&service);
    close(manager);
}

/* Behind the fence no socket can be made, and no path be reached. */
static void fenced(const char *address)
{
    int manager = listen_at(address), status = -1;
    struct service service = open_with(address, NULL, NULL);
    pid_t child = fork();
    if (child == 0) {
        struct fence fence;
        struct fence_facts facts;
        fence_open(&fence);
        fence_up(&fence, &facts);
        service_ready(&service);
        service_ping(&service);
        _exit(0);
    }
    waitpid(child, &status, 0);
    is_int(status, 0, "a process behind the fence");
    is_str(next(manager), "READY=1", "tells %s", address);
    is_str(next(manager), "WATCHDOG=1", "... on");
    service_close(&service);
    close(manager);
}

int main(void)
{
    if (mkdtemp(folder) == NULL) {
        puts("Bail out! no folder");
        return 1;
    }
    snprintf(path, sizeof path, "%s/notify", folder);
    snprintf(name, sizeof name, "@zxfr-test-%ld", (long)getpid());
    all_told(path);
    all_told(name);
    long_status();
    watchdogs();
    nobody();
    anew();
    full();
    fenced(path);
    fenced(name);
    unlink(path);
    rmdir(folder);
    return tap_end();
}
