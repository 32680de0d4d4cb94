/* The command audit: who transfers a zone to anyone, who is behind, who differs. */
#ifndef CLI_CMD_AUDIT_H
#define CLI_CMD_AUDIT_H

#include "cli/command.h"

command_run cmd_audit;

#endif
