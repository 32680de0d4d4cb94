#include "sender.h"

#include "tool.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

void sender_write_all(int fd, const uint8_t *data, size_t len)
{
    while (len) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            _exit(0); /* the client went away: its right */
        }
        data += n;
        len -= (size_t)n;
    }
}

/* Reads and drops what the client sends, until it closes or the time is up. */
static void wait_for_close(int fd, int timeout_ms)
{
    uint8_t nowhere[4096];
    struct pollfd p = {.fd = fd, .events = POLLIN};

    while (poll(&p, 1, timeout_ms) > 0 && recv(fd, nowhere, sizeof nowhere, 0) > 0) {
    }
}

/* Closing with unread octets would send a reset, so the client's FIN comes first. */
_Noreturn void sender_close(int fd)
{
    shutdown(fd, SHUT_WR);
    wait_for_close(fd, SENDER_PATIENCE_MS);
    _exit(0);
}

/* A reset throws away what the client's side has not acknowledged: wait for that first. */
static _Noreturn void reset_connection(int fd)
{
    struct linger linger = {1, 0};
    int unsent = 0;

    for (int ms = 0; ms < SENDER_PATIENCE_MS; ms++) {
        if (ioctl(fd, SIOCOUTQ, &unsent) || !unsent) {
            break;
        }
        tool_sleep(1);
    }
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(fd);
    _exit(0);
}

static void fire(struct sender *s, const struct event *e)
{
    switch (e->kind) {
    case EVENT_DELAY:
        tool_sleep(e->ms);
        break;
    case EVENT_CLOSE:
        sender_close(s->fd);
    case EVENT_RESET:
        reset_connection(s->fd);
    case EVENT_STALL:
        wait_for_close(s->fd, -1);
        _exit(0);
    }
}

void sender_fire_due(struct sender *s)
{
    while (s->next < s->count && s->events[s->next].at <= s->position) {
        fire(s, &s->events[s->next++]);
    }
}

void sender_send(struct sender *s, const uint8_t *data, size_t len)
{
    while (len) {
        size_t part = len;

        sender_fire_due(s);
        if (s->split && part > (size_t)s->split) {
            part = (size_t)s->split;
        }
        if (s->next < s->count && part > (size_t)(s->events[s->next].at - s->position)) {
            part = (size_t)(s->events[s->next].at - s->position);
        }
        sender_write_all(s->fd, data, part);
        data += part;
        len -= part;
        s->position += (long)part;
        if (s->pause_ms) {
            tool_sleep(s->pause_ms);
        }
    }
}

void sender_add(struct sender *s, struct event event)
{
    size_t at = s->count;

    s->events = tool_grow_array(s->events, s->count, sizeof *s->events);
    while (at && s->events[at - 1].at > event.at) {
        s->events[at] = s->events[at - 1];
        at--;
    }
    s->events[at] = event;
    s->count++;
}

void sender_resolve(struct sender *s, size_t stream_len)
{
    struct sender resolved = *s;

    resolved.events = NULL;
    resolved.count = 0;
    for (size_t i = 0; i < s->count; i++) {
        struct event event = s->events[i];

        event.at += event.at < 0 ? (long)stream_len : 0;
        sender_add(&resolved, event);
    }
    *s = resolved;
}

void sender_nodelay(const struct sender *s)
{
    int on = 1;

    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}
