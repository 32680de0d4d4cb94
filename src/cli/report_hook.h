/* The member "hooks" of a report: the commands of --exec that were run.
 *
 * Owns: nothing. Borrows: what is passed, for the call. Never: prints, writes files. */
#ifndef CLI_REPORT_HOOK_H
#define CLI_REPORT_HOOK_H

#include "job/hook.h"

#include <jansson.h>

/* The list; `hook` may be NULL. NULL without memory. */
json_t *report_hooks(const struct hook *hook);

#endif
