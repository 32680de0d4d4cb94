#include "serve.h"

#include "../primary/listener.h"
#include "../primary/tool.h"
#include "connection.h"
#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct loop {
    struct options *options;
    int listener;
    struct connection **list;
    size_t count;
    struct pollfd *events; /* the listener, then one for each connection */
};

/* ---------------------------------------------------------------- signals */

static volatile sig_atomic_t stop, reread, tell;

static void note(int number)
{
    stop |= number == SIGTERM || number == SIGINT;
    reread |= number == SIGHUP;
    tell |= number == SIGUSR1;
}

/* They come while the loop waits and at no other time. Returns the mask for that. */
static sigset_t prepare_signals(void)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};
    struct sigaction action = {.sa_handler = note};
    sigset_t blocked, waiting;

    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        sigaction(numbers[i], &action, NULL);
        sigaddset(&blocked, numbers[i]);
    }
    sigprocmask(SIG_BLOCK, &blocked, &waiting);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        sigdelset(&waiting, numbers[i]);
    }
    return waiting;
}

static void heed_signals(struct options *o)
{
    if (tell || stop) {
        counts_write(&o->counts, o->counts_file);
        tell = 0;
    }
    if (reread && o->control) {
        table_read(&o->table, o->control);
        puts("control");
        fflush(stdout);
    }
    reread = 0;
    if (stop) {
        exit(0);
    }
}

/* ---------------------------------------------------------------- connections */

static void accept_one(struct loop *l)
{
    struct options *o = l->options;
    int on = 1, fd = accept4(l->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0) {
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
            tool_die("accept: %s", strerror(errno));
        }
        return;
    }
    if (o->connections && o->counts.open >= o->connections) {
        o->counts.turned_away++;
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    o->counts.connections++;
    l->list = tool_grow_array(l->list, l->count, sizeof(struct connection *));
    l->list[l->count++] = connection_new(o, fd);
}

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Fills in what to wait for; returns for how many ms, -1: however long. */
static int prepare_poll(struct loop *l)
{
    uint64_t now = now_ms();
    int wait = -1;

    l->events = tool_grow(l->events, (l->count + 1) * sizeof *l->events);
    l->events[0] = (struct pollfd){l->listener, POLLIN, 0};
    for (size_t i = 0; i < l->count; i++) {
        struct connection *c = l->list[i];
        int due = connection_wait(c, l->options, now);

        l->events[i + 1] = (struct pollfd){connection_fd(c), connection_events(c), 0};
        wait = due >= 0 && (wait < 0 || due < wait) ? due : wait;
    }
    return wait;
}

static void work(struct loop *l)
{
    uint64_t now = now_ms();
    size_t kept = 0;

    for (size_t i = 0; i < l->count; i++) {
        struct connection *c = l->list[i];

        if (l->events[i + 1].revents & (POLLIN | POLLERR | POLLHUP)) {
            connection_read(c, l->options, now);
        }
        if (connection_work(c, l->options, now)) {
            l->list[kept++] = c;
        } else {
            connection_free(c, l->options);
        }
    }
    l->count = kept;
}

_Noreturn void serve_forever(struct options *o)
{
    sigset_t mask = prepare_signals();
    struct loop l = {.options = o, .listener = listener_open(o->address, o->port)};

    if (fcntl(l.listener, F_SETFL, O_NONBLOCK)) {
        tool_die("listener: %s", strerror(errno));
    }
    for (;;) {
        int wait = prepare_poll(&l);
        struct timespec t = {wait / 1000, wait % 1000 * 1000000L};
        int n = ppoll(l.events, l.count + 1, wait < 0 ? NULL : &t, &mask);

        if (n < 0 && errno != EINTR) {
            tool_die("poll: %s", strerror(errno));
        }
        heed_signals(o);
        if (n >= 0) {
            work(&l);
            if (l.events[0].revents) {
                accept_one(&l);
            }
        }
    }
}
