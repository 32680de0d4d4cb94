/* The command `convert`: reads a file, and writes what is in it as another. */
#ifndef CLI_CMD_CONVERT_H
#define CLI_CMD_CONVERT_H

#include "cli/command.h"

command_run cmd_convert;

#endif
