/* zxfr diff: what turns one zone into another. */
#ifndef CLI_RUN_DIFF_H
#define CLI_RUN_DIFF_H

#include "cli/run_get.h"

/* Does what the settings ask for and returns the exit status. */
int run_diff(const struct settings *settings, const struct loop *loop, struct run_end *end);

#endif
