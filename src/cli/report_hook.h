/* The member "hooks" of a report: the commands of --exec that were run.
 *
 * Owns: nothing. Borrows: what is passed, for the call. Never: prints, writes files. */
#ifndef CLI_REPORT_HOOK_H
#define CLI_REPORT_HOOK_H

#include "job/hook.h"
#include "job/sync_facts.h"

#include <jansson.h>

/* What became of a command; its texts are those of the hook. */
struct zone_command report_hook_command(const struct hook *hook);

/* The list; the command may be NULL. NULL without memory. */
json_t *report_hook_list(const struct zone_command *command);

#endif
