/* What must go together among the options that keep a zone from replacing FILE.
 *
 * Purpose: what would have no effect, or could not be judged, is refused before anything is asked.
 * Owns: nothing. Error of each: ERR_USAGE.
 * Never: opens a file. */
#ifndef CLI_OPT_GATES_H
#define CLI_OPT_GATES_H

#include "cli/settings.h"

/* The first of the options that is given, without the dashes; NULL: none. */
const char *opt_gates_given(const struct settings *settings);

/* To be looked at again where a file chooses another format than the command line. */
bool opt_gates_check(const struct settings *settings, struct err *err);

/* The same of a line of a list, where only what the line itself gives is refused. */
bool opt_gates_check_line(const struct settings *line, const struct settings *run, struct err *err);

#endif
