/* The command `get`: transfers a zone from the first server that gives it whole. */
#ifndef CLI_RUN_GET_H
#define CLI_RUN_GET_H

#include "cli/settings.h"

/* Runs the transfer, prints what there is to say, and returns the exit status. A signal that ended
 * it is left to the caller to raise: then *interrupted is set; likewise *broken_pipe when nobody
 * reads standard output any more. */
int run_get(const struct settings *settings, const struct loop *loop, bool *interrupted,
            bool *broken_pipe);

#endif
