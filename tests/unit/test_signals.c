/* cli/signals: what ends a run, what is an event, and what stays ignored. Each case is a process of
 * its own, as the handlers are the process's. */
#include "cli/signals.h"
#include "io/loop.h"

#include "tap.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_readable(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    return poll(&one, 1, 0) == 1;
}

/* Runs a case; it returns 0 if all was well, else the number of what was not. */
static int status_of(int (*run)(int number), int number)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        int wrong = run(number);
        _exit(wrong);
    }
    waitpid(pid, &status, 0);
    return status;
}

static int stop(int number)
{
    signal(number, SIG_DFL); /* also below nohup */
    int fd = signals_init();
    if (fd < 0 || is_readable(fd) || signals_caught() != 0)
        return 1;
    signals_raise_caught(); /* there is none */
    kill(getpid(), number);
    char octet;
    int ends[2];
    if (!is_readable(fd) || !is_readable(fd) || signals_caught() != number)
        return 2;
    kill(getpid(), number);
    if (!is_readable(fd) || signals_caught() != number || pipe(ends) != 0)
        return 3;
    /* What blocks is ended: no restart. */
    if (fork() == 0) {
        usleep(200000);
        kill(getppid(), number);
        _exit(0);
    }
    if (read(ends[0], &octet, 1) >= 0 || errno != EINTR)
        return 4;
    signals_raise_caught();
    return 5;
}

static int stop_ignored(int number)
{
    signal(number, SIG_IGN);
    int fd = signals_init();
    kill(getpid(), number);
    return is_readable(fd) || signals_caught() != 0;
}

static int events(int ignored)
{
    (void)ignored;
    int end = signals_init(), fd = signals_events();
    if (fd < 0 || fd == end || is_readable(fd) || loop_drain(fd))
        return 1;
    for (int i = 0; i < 100000; i++) /* more than a pipe holds */
        raise(SIGHUP);
    if (!is_readable(fd) || is_readable(end) || signals_caught() != 0)
        return 2;
    if (!loop_drain(fd) || is_readable(fd) || loop_drain(fd))
        return 3;
    raise(SIGHUP);
    if (!is_readable(fd) || signals_events() != fd || !loop_drain(fd))
        return 4;
    raise(SIGTERM);
    return !is_readable(end) || is_readable(fd) || signals_caught() != SIGTERM;
}

static int events_ignored(int ignored)
{
    (void)ignored;
    signal(SIGHUP, SIG_IGN);
    int end = signals_init(), fd = signals_events();
    raise(SIGHUP);
    return !is_readable(fd) || is_readable(end) || !loop_drain(fd);
}

static int children(int ignored)
{
    int status = 0;
    (void)ignored;
    signal(SIGCHLD, SIG_IGN);
    signals_init();
    pid_t pid = fork();
    if (pid == 0)
        _exit(7);
    return waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != 7;
}

static int broken_pipe(int was_ignored)
{
    int ends[2];
    signal(SIGPIPE, was_ignored ? SIG_IGN : SIG_DFL);
    signals_init();
    if (pipe(ends) != 0 || close(ends[0]) != 0 || write(ends[1], "", 1) >= 0 || errno != EPIPE)
        return 1;
    signals_raise_pipe();
    return was_ignored ? 0 : 2;
}

static int file_size(int ignored)
{
    (void)ignored;
    signals_init();
    raise(SIGXFSZ);
    return 0;
}

int main(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        int status = status_of(stop, numbers[i]);
        ok(WIFSIGNALED(status) && WTERMSIG(status) == numbers[i],
           "signal %d is seen, stays seen, and ends the process: %x", numbers[i], (unsigned)status);
        is_int(status_of(stop_ignored, numbers[i]), 0, "... one that was ignored is not");
    }
    is_int(status_of(events, 0), 0, "SIGHUP becomes an event, SIGTERM does not");
    is_int(status_of(events_ignored, 0), 0,
           "... also one that was ignored: nohup must not keep it from being told");
    is_int(status_of(children, 0), 0, "children can be waited for, whatever was inherited");
    int status = status_of(broken_pipe, 0);
    ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE,
       "a broken pipe is an error, then raised");
    is_int(status_of(broken_pipe, 1), 0, "... where it was not ignored");
    is_int(status_of(file_size, 0), 0, "a file that is too large ends nothing");
    return tap_end();
}
