/* The command `diff`: what has changed between two zones. */
#ifndef CLI_CMD_DIFF_H
#define CLI_CMD_DIFF_H

#include "cli/command.h"

command_run cmd_diff;

#endif
