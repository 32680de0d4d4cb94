/* The report of a run: one JSON document, for successes and failures alike (--report). */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/report_zone.h"
#include "cli/settings.h"

/* Writes a document to the file that the settings name, as a transaction, and takes it over; NULL:
 * there was no memory to make it. The deadline (of loop_now) is that of the run, after which a
 * reader gets a moment. Errors: ERR_OUTPUT, ERR_BUSY, ERR_INTERRUPTED, ERR_MEMORY. */
bool report_write(const struct settings *settings, json_t *document, const struct loop *loop,
                  uint64_t deadline, struct err *err);

/* What diff has found. */
struct report_diff {
    struct report_zone old, new;
    uint64_t started, ended; /* microseconds since 1970 */
    bool is_known;           /* the counts */
    bool is_by_name;         /* and that of the names, too */
    uint64_t added, deleted, changed_names;
    int exit_status;
    const char *message; /* why it has failed, or NULL */
    enum err_kind failure;
    unsigned failure_facts; /* as in struct err */
};

/* The document of a comparison; NULL without memory. */
json_t *report_diff(const struct report_diff *diff);

#endif
