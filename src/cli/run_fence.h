/* The fence of a run: what it will still open and connect to, once the fence is up.
 *
 * Purpose: makes of the settings what io/fence must let through, puts it up, and says with
 * --verbose which parts there are. To be called after options, keys and certificates were read and
 * before anything else is: a zone, a recording, an answer.
 * Owns: nothing. */
#ifndef CLI_RUN_FENCE_H
#define CLI_RUN_FENCE_H

#include "cli/zonelist.h"
#include "job/zonefolder.h"

/* `output` is the one that is open already, or NULL: then the one of the settings is opened
 * later. */
void run_fence(const struct settings *settings, const struct outfile *output);

/* The same for sync: all zones have their files in `folder`, and their servers by the orders of the
 * list. */
void run_fence_sync(const struct settings *settings, const struct zonelist *list,
                    const struct zonefolder *folder);

/* Around a run that stays: only system calls. To be put up when sockets listen, and that of the
 * service manager is connected. */
void run_fence_watch(const struct settings *settings);

/* For audit, which has no files once its list and its keys are read; but the comparisons of --diff
 * have: only system calls then. */
void run_fence_audit(const struct settings *settings, const struct zonelist *list);

#endif
