/* The command `get`: transfers a zone from the first server that gives it whole. */
#ifndef CLI_RUN_GET_H
#define CLI_RUN_GET_H

#include "cli/settings.h"

/* How a run ended, besides its exit status: the caller raises the signals again. */
struct run_end {
    int (*caught_signal)(void); /* set by the caller: the number of the signal that came, or 0 */
    bool interrupted;           /* a signal ended it */
    bool broken_pipe;           /* nobody reads standard output any more */
};

/* Runs the transfer, prints messages, and returns the exit status. */
int run_get(const struct settings *settings, const struct loop *loop, struct run_end *end);

#endif
