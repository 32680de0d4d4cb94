/* The command watch: the files of many zones brought up to date, and kept so. */
#ifndef CLI_CMD_WATCH_H
#define CLI_CMD_WATCH_H

#include "cli/command.h"

command_run cmd_watch;

#endif
