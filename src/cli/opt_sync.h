/* The words and options of sync: whether they go together.
 *
 * Owns: the list of words, which grows in the settings. Never: opens a file. */
#ifndef CLI_OPT_SYNC_H
#define CLI_OPT_SYNC_H

#include "cli/settings.h"

/* A zone; not the name of a file that is there and can be a list. Errors: ERR_USAGE, ERR_MEMORY. */
bool opt_sync_word(struct settings *settings, const char *word, struct err *err);

/* As `check` of a command. Error: ERR_USAGE. */
bool opt_sync_check(struct settings *settings, struct err *err);

#endif
