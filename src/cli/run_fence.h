/* The fence of a run: what it will still open and connect to, once the fence is up.
 *
 * Purpose: makes of the settings what io/fence must let through, puts it up, and says with
 * --verbose which parts there are. To be called after options, keys and certificates were read and
 * before anything else is: a zone, a recording, an answer.
 * Owns: nothing. */
#ifndef CLI_RUN_FENCE_H
#define CLI_RUN_FENCE_H

#include "cli/settings.h"

/* `output` is the one that is open already, or NULL: then the one of the settings is opened
 * later. */
void run_fence(const struct settings *settings, const struct outfile *output);

#endif
