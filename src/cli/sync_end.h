/* What a run of sync came to: its figures, metrics, the last lines.
 *
 * Owns: nothing. Borrows: the run, for the call. */
#ifndef CLI_SYNC_END_H
#define CLI_SYNC_END_H

#include "cli/counters.h"
#include "cli/sync_run.h"

/* Fills the summary in, with the exit status. `err` is what has ended the run before its time. May
 * be called again. */
void sync_end_count(struct sync_run *run, const struct err *err, int signal_number);

/* Writes the metrics, after sync_end_count, unless another run does. `counters`: of a process that
 * stays, or NULL. Errors: those of metrics_write. */
bool sync_end_metrics(struct sync_run *run, const struct err *failure, struct counters *counters,
                      struct err *err);

/* The rest of sync_end_write, once the metrics were written. */
void sync_end_close(struct sync_run *run);

/* Writes metrics and the end of the report, tells what has failed, and closes standard output. A
 * failure of one of them is told, and makes the exit status if nothing else does. */
void sync_end_write(struct sync_run *run, const struct err *failure, struct counters *counters);

#endif
