/* What a report says of the file that a zone goes to.
 *
 * Owns: nothing. Borrows: what is passed, for the call. Never: prints, changes a file. */
#ifndef CLI_REPORT_FILE_H
#define CLI_REPORT_FILE_H

#include "cli/report_zone.h"
#include "job/measure.h"
#include "job/oldzone.h"
#include "job/output.h"

struct report_file {
    bool was_there, has_old_records;
    uint64_t old_records;
};

/* Looks at the file before it is replaced; the output is open. */
void report_file_look(struct report_file *file, const struct output *output);

/* What has become of it. `path` is the file as it was given, or NULL; the output may never have
 * been opened, if the run has failed. */
enum report_state report_file_state(const struct report_file *file, const struct output *output,
                                    const char *path, bool good);

/* Puts into the figures of the output what a file holds that was not written anew. Where it cannot
 * be read any more, because of a signal or the end of time, its head must do, if that is known.
 * `has_stats`: it is sorted, and the figures of the format stats are wanted. */
void report_file_measure(struct output *output, const struct measure_config *config,
                         const struct oldzone *old, bool has_stats);

/* Fills in what follows from the file, and what the output has counted. */
void report_file_put(struct report_zone *zone, const struct report_file *file,
                     const struct output *output, bool good);

#endif
