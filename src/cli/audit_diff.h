/* What differs between two servers of an audit: --diff.
 *
 * Purpose: finds the first two rows that have other content at one serial, and runs the command
 * diff over them, with the options of the run. Owns: nothing. */
#ifndef CLI_AUDIT_DIFF_H
#define CLI_AUDIT_DIFF_H

#include "cli/command.h"
#include "job/audit_facts.h"

/* Prints it for each of the zones where there are two such rows, behind a line that names them.
 * Returns what the comparisons came to: 0 or 1, or the first exit status above that. */
int audit_diff(const struct settings *settings, const struct loop *loop, struct run_end *end,
               const struct audit_zone *zones, size_t count);

#endif
