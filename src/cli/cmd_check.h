/* The command check: is this zone good? */
#ifndef CLI_CMD_CHECK_H
#define CLI_CMD_CHECK_H

#include "cli/command.h"

command_run cmd_check;

#endif
