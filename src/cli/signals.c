#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t caught;
static int stop[2] = {-1, -1}, events[2] = {-1, -1};
static bool pipe_was_ignored;

static void wake(int fd)
{
    int saved = errno;
    if (write(fd, "", 1) < 0) {
        /* it is full, so it is readable already */
    }
    errno = saved;
}

static void on_stop(int number)
{
    caught = number;
    wake(stop[1]);
}

static void on_event(int number)
{
    (void)number;
    wake(events[1]);
}

int signals_init(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction old, action = {.sa_handler = on_stop}, ignore = {.sa_handler = SIG_IGN};
    struct sigaction usual = {.sa_handler = SIG_DFL};
    if (pipe2(stop, O_CLOEXEC | O_NONBLOCK) != 0)
        return -1;
    sigset_t ours;
    sigemptyset(&ours);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaddset(&ours, numbers[i]);
    sigprocmask(SIG_UNBLOCK, &ours, NULL); /* whatever was inherited */
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL); /* no SA_RESTART: a blocked write must end */
    sigaction(SIGXFSZ, &ignore, NULL); /* where a file may not be larger, the write says so */
    sigaction(SIGPIPE, &ignore, &old);
    pipe_was_ignored = old.sa_handler == SIG_IGN;
    sigaction(SIGCHLD, &usual, NULL);
    return stop[0];
}

int signals_events(void)
{
    struct sigaction action = {.sa_handler = on_event};
    if (events[0] < 0 && pipe2(events, O_CLOEXEC | O_NONBLOCK) != 0)
        return -1;
    sigaction(SIGHUP, &action, NULL);
    return events[0];
}

int signals_caught(void)
{
    return caught;
}

static void raise_default(int number)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t set;
    sigaction(number, &action, NULL);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
}

void signals_raise_caught(void)
{
    if (caught != 0)
        raise_default(caught);
}

void signals_raise_pipe(void)
{
    if (!pipe_was_ignored)
        raise_default(SIGPIPE);
}
