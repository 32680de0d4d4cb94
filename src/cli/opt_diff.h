/* The command line of diff: which words are files and which are zones on servers. */
#ifndef CLI_OPT_DIFF_H
#define CLI_OPT_DIFF_H

#include "cli/settings.h"

/* Takes a word that is not a server. Error: ERR_USAGE. */
bool opt_diff_word(struct settings *settings, const char *word, struct err *err);

/* Makes the two sources of the words, and checks whether the options fit. Error: ERR_USAGE. */
bool opt_diff_check(struct settings *settings, struct err *err);

#endif
