#include "io/service.h"

#include "base/codec.h"
#include "io/loop.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_MOST = 200, MESSAGE_ROOM = STATUS_MOST + 64, PATIENCE = 200000 };

/* ---- The environment ----------------------------------------------------------------------- */

static bool read_number(const char *text, uint64_t *number)
{
    return text != NULL && codec_read_number(text, strlen(text), UINT64_MAX, number);
}

/* The manager may mean another process of the unit: whoever has started this one. */
static uint64_t read_watchdog(void)
{
    const char *of = getenv("WATCHDOG_PID");
    uint64_t process, interval;
    if (!read_number(getenv("WATCHDOG_USEC"), &interval) || interval == 0)
        return 0;
    if (of != NULL && (!read_number(of, &process) || process != (uint64_t)getpid()))
        return 0;
    return interval > 1 ? interval / 2 : 1;
}

/* Reads the address. Returns false for one that is not of this family. */
static bool read_address(const char *text, struct service *service)
{
    struct sockaddr_un *to = &service->to;
    size_t n = text != NULL ? strlen(text) : 0;
    bool is_abstract = n > 1 && text[0] == '@';
    if (n < 2 || n >= sizeof to->sun_path || (text[0] != '/' && !is_abstract))
        return false;
    to->sun_family = AF_UNIX;
    memcpy(to->sun_path, text, n + 1);
    if (is_abstract)
        to->sun_path[0] = '\0';
    service->to_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + !is_abstract);
    return true;
}

/* ---- The socket ---------------------------------------------------------------------------- */

static bool reach(const struct service *service)
{
    return connect(service->fd, (const struct sockaddr *)&service->to, service->to_length) == 0;
}

static void reach_manager(struct service *service)
{
    service->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (service->fd >= 0 && !reach(service))
        service_close(service);
}

void service_open(struct service *service)
{
    *service = (struct service){.fd = -1, .ping_every = read_watchdog()};
    if (read_address(getenv("NOTIFY_SOCKET"), service))
        reach_manager(service);
    if (service->fd < 0)
        service->ping_every = 0;
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

void service_close(struct service *service)
{
    if (service->fd >= 0)
        close(service->fd);
    service->fd = -1;
}

/* Returns false where the manager does not read. Where it has made its socket anew it is reached
 * once more. */
static bool send_once(const struct service *service, const char *text)
{
    bool again = true;
    for (;;) {
        if (send(service->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            return true;
        if (errno == EINTR)
            continue;
        if (errno == EAGAIN || errno == ENOBUFS)
            return false;
        if (!again || !reach(service))
            return true; /* nobody is there */
        again = false;
    }
}

/* A change of state is worth waiting a moment for: without it the manager takes the process for one
 * that hangs. */
static void send_state(const struct service *service, const char *text)
{
    static const struct loop deaf = {.signal_fd = -1};
    uint64_t until = loop_now() + PATIENCE;
    while (service->fd >= 0 && !send_once(service, text) &&
           loop_wait_fd(&deaf, service->fd, POLLOUT, until) == LOOP_READY)
        ;
}

/* ---- What is told -------------------------------------------------------------------------- */

void service_ready(struct service *service)
{
    send_state(service, "READY=1");
}

void service_reloading(struct service *service)
{
    char text[MESSAGE_ROOM];
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, loop_now());
    send_state(service, text);
}

void service_stopping(struct service *service)
{
    if (service->fd >= 0) /* the end does not wait */
        send_once(service, "STOPPING=1");
}

void service_status(struct service *service, const char *text)
{
    char line[STATUS_MOST + 1], message[MESSAGE_ROOM];
    if (service->fd < 0)
        return;
    snprintf(line, sizeof line, "%s", text);
    codec_mask(line); /* a line feed would begin something else */
    snprintf(message, sizeof message, "STATUS=%s", line);
    send_once(service, message);
}

void service_ping(struct service *service)
{
    if (service->fd >= 0)
        send_once(service, "WATCHDOG=1");
}
