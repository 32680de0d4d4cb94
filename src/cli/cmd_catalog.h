/* The command catalog: prints the members of a catalog zone. */
#ifndef CLI_CMD_CATALOG_H
#define CLI_CMD_CATALOG_H

#include "cli/command.h"

command_run cmd_catalog;

#endif
