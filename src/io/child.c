#include "io/child.h"

#include "io/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    LOOK_PAUSE = 20000, /* microseconds between looks at a process without a pidfd */
    PATIENCE = 500000,  /* that a process is waited for which has got a signal */
    MOMENT = 10,        /* milliseconds between looks at it then */
    CANNOT_RUN = 126,
    NOT_FOUND = 127,
    UNKNOWN = 255, /* how it ended is not known: it counts as a failure */
};

/* ---- Starting ------------------------------------------------------------------------------ */

static size_t count(const char *const *list)
{
    size_t n = 0;
    while (list != NULL && list[n] != NULL)
        n++;
    return n;
}

static bool has_name_of(const char *const *list, const char *variable)
{
    size_t n = strcspn(variable, "=") + 1;
    for (size_t i = 0; list != NULL && list[i] != NULL; i++)
        if (strncmp(list[i], variable, n) == 0)
            return true;
    return false;
}

/* Our environment with other variables added or put in its place; NULL without memory. */
static const char **make_environment(const char *const *others)
{
    const char *const *ours = (const char *const *)environ;
    const char **all = malloc((count(ours) + count(others) + 1) * sizeof *all), **to = all;
    if (all == NULL)
        return NULL;
    for (size_t i = 0; i < count(ours); i++)
        if (!has_name_of(others, ours[i]))
            *to++ = ours[i];
    for (size_t i = 0; i < count(others); i++)
        *to++ = others[i];
    *to = NULL;
    return all;
}

/* A copy onto itself keeps a descriptor open across exec. */
static int set_descriptors(posix_spawn_file_actions_t *actions, int input)
{
    /* What main has put in the place of one that was closed cannot be written to. */
    int flags = fcntl(STDERR_FILENO, F_GETFD);
    bool has_stderr = flags >= 0 && (flags & FD_CLOEXEC) == 0;
    int number = input >= 0 ? posix_spawn_file_actions_adddup2(actions, input, STDIN_FILENO)
                            : posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null",
                                                               O_RDONLY, 0);
    if (number == 0)
        number = has_stderr
                     ? posix_spawn_file_actions_adddup2(actions, STDERR_FILENO, STDERR_FILENO)
                     : posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null",
                                                        O_WRONLY, 0);
    if (number == 0)
        number = posix_spawn_file_actions_adddup2(actions, STDERR_FILENO, STDOUT_FILENO);
    if (number == 0)
        number = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
    return number;
}

static int set_attributes(posix_spawnattr_t *attributes)
{
    const short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int number = posix_spawnattr_setflags(attributes, flags);
    if (number == 0)
        number = posix_spawnattr_setpgroup(attributes, 0);
    if (number == 0)
        number = posix_spawnattr_setsigmask(attributes, &none);
    if (number == 0)
        number = posix_spawnattr_setsigdefault(attributes, &all);
    return number;
}

/* Returns an errno value. */
static int spawn(pid_t *pid, const char *const *argv, const char *const *environment, int input)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int number = posix_spawn_file_actions_init(&actions);
    if (number != 0)
        return number;
    number = posix_spawnattr_init(&attributes);
    if (number == 0) {
        number = set_descriptors(&actions, input);
        if (number == 0)
            number = set_attributes(&attributes);
        if (number == 0) /* the words are not written to: the type is from before const */
            number =
                posix_spawnp(pid, argv[0], &actions, &attributes, (char *const *)(uintptr_t)argv,
                             (char *const *)(uintptr_t)environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return number;
}

/* What is wrong with the command, not with the system, is a result. */
static bool could_not_run(struct child *child, int number, struct err *err)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        child->result.status = NOT_FOUND;
        break;
    case EACCES:
    case ENOEXEC:
    case EPERM:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case E2BIG:
        child->result.status = CANNOT_RUN;
        break;
    default:
        return err_set_errno(err, ERR_MEMORY, number, "cannot start a command");
    }
    child->has_ended = true;
    return true;
}

bool child_start(struct child *child, const struct child_options *options, struct err *err)
{
    const char *const shell[] = {"/bin/sh", "-c", options->command, NULL};
    uint64_t now = loop_now();
    *child = (struct child){.pid = -1, .fd = -1, .stage = CHILD_RUNS, .began = now};
    child->grace = options->grace != 0 ? options->grace : CHILD_GRACE;
    child->ends = options->limit == 0 ? LOOP_NEVER : now + options->limit;
    const char **environment = make_environment(options->environment);
    if (environment == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    int number = spawn(&child->pid, options->command != NULL ? shell : options->argv, environment,
                       options->input);
    free(environment);
    if (number != 0) {
        child->pid = -1;
        return could_not_run(child, number, err);
    }
    /* Only this program reaps it, so the number is still its own. Linux before 5.3 has no pidfd. */
    child->fd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    return true;
}

/* ---- Waiting ------------------------------------------------------------------------------- */

int child_fd(const struct child *child)
{
    return child->has_ended ? -1 : child->fd; /* it stays readable */
}

uint64_t child_due(const struct child *child)
{
    if (child->has_ended && (child->stage == CHILD_RUNS || child->stage == CHILD_KILLED))
        return 0;
    uint64_t look_at_process =
        child->fd < 0 && !child->has_ended ? loop_now() + LOOK_PAUSE : LOOP_NEVER;
    return look_at_process < child->ends ? look_at_process : child->ends;
}

static void signal_group(const struct child *child, int number)
{
    if (child->pid > 0)
        kill(-child->pid, number);
}

/* Looks whether the process has ended, and remembers how. It is not reaped yet: until then no other
 * group can have its number. */
static void look_at_process(struct child *child)
{
    siginfo_t info = {.si_pid = 0};
    if (child->has_ended || child->pid <= 0)
        return;
    bool lost = waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0;
    if ((lost && errno != ECHILD) || (!lost && info.si_pid == 0))
        return;
    child->has_ended = true;
    child->result.microseconds = loop_now() - child->began;
    if (lost)
        child->result.status = UNKNOWN;
    else if (info.si_code == CLD_EXITED)
        child->result.status = info.si_status;
    else
        child->result.signal = info.si_status;
}

static void reap_child(struct child *child)
{
    if (child->pid > 0)
        waitpid(child->pid, NULL, WNOHANG);
    if (child->fd >= 0)
        close(child->fd);
    child->fd = child->pid = -1;
    child->stage = CHILD_OVER;
}

void child_stop(struct child *child)
{
    if (child->stage != CHILD_RUNS)
        return;
    signal_group(child, SIGTERM);
    child->stage = CHILD_ENDING;
    child->ends = loop_now() + child->grace;
}

bool child_poll(struct child *child, struct child_result *result)
{
    look_at_process(child);
    bool is_time = loop_now() >= child->ends;
    if (child->stage == CHILD_RUNS && !child->has_ended && is_time) {
        child->result.timed_out = true;
        child_stop(child);
    } else if (child->stage == CHILD_ENDING && is_time) {
        signal_group(child, SIGKILL);
        child->stage = CHILD_KILLED;
        child->ends = LOOP_NEVER;
    }
    if (!child->has_ended || child->stage == CHILD_ENDING)
        return false;
    reap_child(child);
    *result = child->result;
    return true;
}

static void wait_until(struct child *child, uint64_t time)
{
    while (!child->has_ended && child->pid > 0) {
        look_at_process(child);
        if (child->has_ended || loop_now() >= time)
            return;
        poll(NULL, 0, MOMENT);
    }
}

void child_end(struct child *child)
{
    child_stop(child);
    if (child->stage == CHILD_ENDING)
        wait_until(child, child->ends - child->grace + PATIENCE);
    child_fini(child);
}

void child_fini(struct child *child)
{
    if (child->stage == CHILD_OVER)
        return;
    if (!child->has_ended || child->stage == CHILD_ENDING)
        signal_group(child, SIGKILL);
    wait_until(child, loop_now() + PATIENCE);
    reap_child(child);
}
