/* The command `get`: transfers a zone from the first server that gives it whole. */
#ifndef CLI_CMD_GET_H
#define CLI_CMD_GET_H

#include "cli/command.h"

command_run cmd_get;

#endif
