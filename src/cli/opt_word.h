/* The words of a command line that are neither options nor servers: each command takes its own.
 *
 * Purpose: what a row of the command table names in its column `word` (that of diff is in
 * opt_diff.h).
 * Owns: nothing; the settings keep pointers to words. Error of each: ERR_USAGE. */
#ifndef CLI_OPT_WORD_H
#define CLI_OPT_WORD_H

#include "cli/settings.h"

/* A zone, axfr, ixfr=SERIAL, and the class IN behind or before the zone. */
bool opt_word_get(struct settings *settings, const char *word, struct err *err);

/* Whether the only word, where no command was named, may be a zone: one that is near to a command,
 * and has neither a dot nor a server, is more often that; and the name of a file of a zone, without
 * a server, is that where there is such a file. */
bool opt_word_alone(const struct settings *settings, struct err *err);

/* The zone of a line of a list; a template has none. */
bool opt_word_line(struct settings *settings, bool is_template, const char *word, struct err *err);

/* A file. */
bool opt_word_convert(struct settings *settings, const char *word, struct err *err);

/* One of the zones of check. */
bool opt_word_check(struct settings *settings, const char *word, struct err *err);

/* The zone of catalog. */
bool opt_word_catalog(struct settings *settings, const char *word, struct err *err);

/* A command. */
bool opt_word_help(struct settings *settings, const char *word, struct err *err);

/* A shell. */
bool opt_word_completion(struct settings *settings, const char *word, struct err *err);

/* None: an error. */
bool opt_word_none(struct settings *settings, const char *word, struct err *err);

#endif
