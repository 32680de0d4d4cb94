/* The report of a run: one JSON document, for successes and failures alike (--report). */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "job/attempts.h"
#include "cli/settings.h"
#include "out/stats.h"

/* Writes the document to the file that the settings name, as a transaction. `exit_status` is what
 * the run will end with; `stats` are figures of the output, or are empty; the deadline (of
 * loop_now) is that of the run, after which a reader gets a moment. Errors: ERR_OUTPUT, ERR_BUSY,
 * ERR_INTERRUPTED, ERR_MEMORY. */
bool report_write(const struct settings *settings, const struct attempts *attempts,
                  const struct stats *stats, int exit_status, const struct loop *loop,
                  uint64_t deadline, struct err *err);

#endif
