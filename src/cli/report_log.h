/* The warnings of a run, for its report, beside the words that are said.
 *
 * Purpose: a teller that keeps what is a warning, also one that --quiet does not let be said, and
 * passes everything on.
 * Owns: the list. Borrows: the next teller, for its life. Never: prints. */
#ifndef CLI_REPORT_LOG_H
#define CLI_REPORT_LOG_H

#include "job/tell.h"

#include <jansson.h>

struct report_log {
    struct teller teller; /* the first member, so that it leads to the rest */
    struct teller *next;
    json_t *warnings;   /* NULL: none yet, or there is no memory */
    bool failed;        /* ... of which this tells */
    struct err failure; /* of a side that is a file */
};

void report_log_init(struct report_log *log, struct teller *next);
void report_log_fini(struct report_log *log);

/* Keeps what is a warning, and passes nothing on. */
void report_log_keep(struct report_log *log, const struct fact *fact);

/* Keeps warnings that are told in another way. */
void report_log_notes(struct report_log *log, const struct notes *notes);

/* The list, which the caller owns; NULL without memory. */
json_t *report_log_warnings(const struct report_log *log);

#endif
