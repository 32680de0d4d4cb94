#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t caught;
static int wake[2] = {-1, -1};
static bool pipe_was_ignored;

static void on_signal(int number)
{
    int saved = errno;
    caught = number;
    if (write(wake[1], "", 1) < 0) {
        /* full: it is readable already */
    }
    errno = saved;
}

int signals_init(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction old, action = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};
    if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) != 0)
        return -1;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL); /* no SA_RESTART: a blocked write shall end */
    sigaction(SIGXFSZ, &ignore, NULL); /* a file as large as it may be: the write says so */
    sigaction(SIGPIPE, &ignore, &old);
    pipe_was_ignored = old.sa_handler == SIG_IGN;
    return wake[0];
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
