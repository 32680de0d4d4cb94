#include "io/loop.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t loop_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t loop_uptime(void)
{
    return read_clock(CLOCK_BOOTTIME);
}

uint64_t loop_time_of_day(void)
{
    return read_clock(CLOCK_REALTIME);
}

static int milliseconds_to(uint64_t deadline)
{
    if (deadline == LOOP_NEVER)
        return -1;
    uint64_t now = loop_now();
    if (now >= deadline)
        return 0;
    uint64_t milliseconds = (deadline - now + 999) / 1000; /* never early */
    return milliseconds > INT_MAX ? INT_MAX : (int)milliseconds;
}

enum loop_event loop_wait_all(struct pollfd *all, size_t count, uint64_t deadline)
{
    for (;;) {
        int ready = poll(all, (nfds_t)(count + 1), milliseconds_to(deadline));
        if (ready < 0 && errno == EINTR)
            continue; /* a signal that counts makes its descriptor readable */
        if (ready > 0)
            return all[count].revents != 0 ? LOOP_SIGNAL : LOOP_READY;
        if (ready < 0 || (deadline != LOOP_NEVER && loop_now() >= deadline))
            return LOOP_TIMEOUT;
    }
}

enum loop_event loop_wait(const struct loop *loop, struct pollfd *fds, size_t count,
                          uint64_t deadline)
{
    struct pollfd all[LOOP_FDS_MAX + 1];
    if (count > 0)
        memcpy(all, fds, count * sizeof *fds);
    all[count] = (struct pollfd){.fd = loop->signal_fd, .events = POLLIN};
    enum loop_event event = loop_wait_all(all, count, deadline);
    if (event == LOOP_READY && count > 0)
        memcpy(fds, all, count * sizeof *fds);
    return event;
}

enum loop_event loop_wait_fd(const struct loop *loop, int fd, short events, uint64_t deadline)
{
    struct pollfd one = {.fd = fd, .events = events};
    for (;;) {
        uint64_t tick = loop->watcher != NULL ? loop_now() + LOOP_TICK : LOOP_NEVER;
        bool is_tick = tick < deadline;
        enum loop_event event = loop_wait(loop, &one, 1, is_tick ? tick : deadline);
        if (event != LOOP_TIMEOUT || !is_tick)
            return event;
        loop->watcher->look(loop->watcher);
    }
}

bool loop_drain(int fd)
{
    char octets[64];
    bool any = false;
    for (;;) {
        ssize_t n = read(fd, octets, sizeof octets);
        if (n <= 0 && (n == 0 || errno != EINTR))
            return any;
        any = any || n > 0;
    }
}

static void tell_work(const struct halt *halt, enum halt_work work, uint64_t done, uint64_t all)
{
    struct loop_watcher *watcher = ((const struct loop_halt *)halt)->loop->watcher;
    if (watcher != NULL)
        watcher->works(watcher, work, done, all);
}

static bool is_due(const struct halt *halt, struct err *err)
{
    const struct loop_halt *own = (const struct loop_halt *)halt;
    if (own->loop->watcher != NULL)
        own->loop->watcher->look(own->loop->watcher);
    if (loop_wait(own->loop, NULL, 0, 0) == LOOP_SIGNAL)
        return !err_set(err, ERR_INTERRUPTED, "interrupted");
    return own->deadline != LOOP_NEVER && loop_now() >= own->deadline &&
           !err_set(err, ERR_TIMEOUT_TOTAL, "not done within --max-time");
}

void loop_halt_init(struct loop_halt *halt, const struct loop *loop, uint64_t deadline)
{
    *halt = (struct loop_halt){.halt = {is_due, tell_work}, .loop = loop, .deadline = deadline};
}
