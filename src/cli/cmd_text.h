/* What prints a text and stops: help, version, completion, --list-types.
 *
 * Never: asks a server, reads a file. */
#ifndef CLI_CMD_TEXT_H
#define CLI_CMD_TEXT_H

#include "cli/command.h"

/* Each prints to standard output. A text that could not be written whole is exit status 8. */
command_run cmd_text_help, cmd_text_version, cmd_text_completion, cmd_text_list_types,
    cmd_text_list_rules;

#endif
