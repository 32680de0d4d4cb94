/* What a run of sync came to: its figures, metrics, the last lines.
 *
 * Owns: nothing. Borrows: the run, for the call. */
#ifndef CLI_SYNC_END_H
#define CLI_SYNC_END_H

#include "cli/sync_run.h"

/* Fills the summary in, with the exit status. `err` is what has ended the run before its time. */
void sync_end_count(struct sync_run *run, const struct err *err, int signal_number);

/* Writes metrics and the end of the report, tells what has failed, and closes standard output. A
 * failure of one of them is told, and makes the exit status if nothing else does. */
void sync_end_write(struct sync_run *run, const struct err *failure);

#endif
