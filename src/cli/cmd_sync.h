/* The command sync: the files of many zones brought up to date, once. */
#ifndef CLI_CMD_SYNC_H
#define CLI_CMD_SYNC_H

#include "cli/command.h"

command_run cmd_sync;

/* After a mistake in the command line, which is `err`: whoever watches the metrics must see that
 * the run has failed, and what there was before. */
void cmd_sync_misused(const struct settings *settings, const struct loop *loop,
                      const struct err *err);

#endif
