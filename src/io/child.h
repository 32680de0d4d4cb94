/* Commands of the user, run beside everything else.
 *
 * Purpose: starts a command in a process group of its own, tells when it has ended and how, and
 * ends it, with whatever it has started, when its time is over. Owns: the process until its end was
 * told, a descriptor. Borrows: the words and the input, for the call that starts it. Never: waits,
 * but for a moment in child_end and child_fini; touches SIGCHLD, which must not be ignored; lets
 * the command inherit a descriptor, an ignored signal or a signal mask. */
#ifndef IO_CHILD_H
#define IO_CHILD_H

#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

struct child_options {
    const char *command;            /* for /bin/sh -c; or NULL, and */
    const char *const *argv;        /* the words of it, ended by NULL; the first is found by PATH */
    const char *const *environment; /* NAME=VALUE, added to the environment or in place of what it
                                       has; ended by NULL, or NULL */
    int input;                      /* its standard input; -1: nothing to read */
    uint64_t limit;                 /* microseconds that it may take; 0: any */
    uint64_t grace;                 /* after SIGTERM, before SIGKILL; 0: CHILD_GRACE */
};

/* How it has ended. */
struct child_result {
    int status;            /* its exit status; 126 and 127 as of a shell: it could not be run */
    int signal;            /* that has killed it, or 0 */
    bool timed_out;        /* it was ended because its time was over */
    uint64_t microseconds; /* that it took */
};

/* Signals that end it: SIGTERM, and so long after it SIGKILL (microseconds). */
enum { CHILD_GRACE = 2000000 };

enum child_stage {
    CHILD_RUNS,
    CHILD_ENDING, /* its group got SIGTERM */
    CHILD_KILLED, /* and SIGKILL */
    CHILD_OVER
};

struct child {
    pid_t pid; /* of the process and of the group */
    int fd;    /* a pidfd, or -1 */
    enum child_stage stage;
    bool has_ended;       /* the process; its group may still be there */
    uint64_t began, ends; /* times of loop_now: of the start, of the next signal */
    uint64_t grace;
    struct child_result result;
};

/* Starts it: standard output goes where standard error goes, and no other descriptor is open. A
 * command that cannot be run ends by itself, with status 126 or 127. Errors: ERR_MEMORY, lack of
 * whatever the system needs for it. */
bool child_start(struct child *child, const struct child_options *options, struct err *err);

/* A descriptor that becomes readable when it is time for child_poll, or -1. */
int child_fd(const struct child *child);

/* When it is time for child_poll whatever the descriptor says (of loop_now). */
uint64_t child_due(const struct child *child);

/* Looks at it, and sends the signals that are due. Returns whether it is over; then the result is
 * there, and nothing is left to do. Where it was ended, its group is given all of the grace. */
bool child_poll(struct child *child, struct child_result *result);

/* Begins to end it, as the limit would. */
void child_stop(struct child *child);

/* Ends it, if it runs: SIGTERM, and SIGKILL to what is left of its group as soon as the process has
 * ended, or half a second after the SIGTERM, which may have come before this, by child_stop. As
 * child_fini otherwise. */
void child_end(struct child *child);

/* Kills it with its group at once, if it runs. To be called after the end, too, and for a child
 * that could not be started. */
void child_fini(struct child *child);

#endif
