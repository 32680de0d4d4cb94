/* The command line of watch.
 *
 * Purpose: what of its options does not go together. Owns: nothing. Never: prints. */
#ifndef CLI_OPT_WATCH_H
#define CLI_OPT_WATCH_H

#include "cli/settings.h"

/* As the check of sync, and what watch has beside that. Error: ERR_USAGE. */
bool opt_watch_check(struct settings *settings, struct err *err);

#endif
