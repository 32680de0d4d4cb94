/* The report of a run over many zones: JSON Lines, a line as each zone ends, the summary last
 * (--report).
 *
 * Purpose: a stream of whole lines, written as they come. A zone is an object as in the reports of
 * one zone (report_zone). One whose command is due is held until that is over, in a temporary file:
 * there may be very many. A run that was killed leaves lines, but no summary.
 * A process that stays adds to the file (report_sync_append). There a line that cannot be written
 * is dropped, and later ones are written again (io/lines); the file can be another one
 * (report_sync_reopen); rows may come and go, for what is kept of a zone is found by its row, not
 * by its place. Owns: the output, what is held, the warnings of zones that are under way. Borrows:
 * what is passed, for the call, the loop for its life; a row while something is kept of its zone.
 * Never: prints; writes a part of a line, unless the disk is full or a reader goes away. */
#ifndef CLI_REPORT_SYNC_H
#define CLI_REPORT_SYNC_H

#include "cli/report_held.h"
#include "cli/report_log.h"
#include "io/lines.h"
#include "job/sync_facts.h"

enum { REPORT_SYNC_LOGS = 64 };

struct report_sync {
    struct outfile out;
    bool is_open;
    bool failed;      /* nothing is written any more */
    bool broken_pipe; /* it went to standard output, where nobody reads any more: not an error */
    bool stays;       /* the process does */
    bool spool_fails; /* ... and what should be held is written at once */
    struct lines lines;
    struct report_held held;
    struct report_sync_log {
        struct report_log log;
        const struct zone *zone;
        struct report_sync_log *next;
    } *logs[REPORT_SYNC_LOGS]; /* of zones with warnings whose work is not over */
};

/* Not open: may be closed, and what is told is passed over. */
void report_sync_init(struct report_sync *report);

/* Opens the file, which is emptied; "-" is standard output. `new_mode` is that of a file that is
 * not there yet. If it is to hold zones until their commands are over, spool_fence lets that
 * through. Errors: those of outfile_open. */
bool report_sync_open(struct report_sync *report, const char *path, mode_t new_mode,
                      const struct loop *loop, struct err *err);

/* The same for a process that stays: a file is added to, and what a killed process has left of a
 * line there is ended. From now on failures but ERR_MEMORY and ERR_INTERRUPTED are outages: the
 * first of each is returned, what comes until its end is dropped. What cannot be held is written
 * without its command. */
bool report_sync_append(struct report_sync *report, const char *path, mode_t new_mode,
                        const struct loop *loop, struct err *err);

/* How many lines an outage that is over has cost: once, then 0. */
uint64_t report_sync_lost(struct report_sync *report);

/* Opens the file by its name once more, which may lead to another one now, or to none yet. What is
 * not a file stays as it is. After a failure lines go where they went before. Errors: those of
 * outfile_reopen. */
bool report_sync_reopen(struct report_sync *report, struct err *err);

/* Keeps a fact about a zone whose work is not over, if it is a warning. Error: ERR_MEMORY. */
bool report_sync_fact(struct report_sync *report, const struct zone *zone, const struct fact *fact,
                      struct err *err);

/* Writes the object of a zone whose work is over, or holds it, if end->has_command. Where one is
 * held already, that is written first, as if its command had not run. Errors: ERR_MEMORY,
 * ERR_OUTPUT, ERR_TEMPORARY, ERR_INTERRUPTED; after one no line follows, and it is told once. */
bool report_sync_zone(struct report_sync *report, const struct zone_end *end, struct err *err);

/* Writes what was held of a zone, whose command is over; zone->exit is what it is with that. One
 * that was not held is passed over. Errors: as report_sync_zone. */
bool report_sync_command(struct report_sync *report, const struct zone *zone,
                         const struct zone_command *command, struct err *err);

/* Forgets the warnings of a zone whose work is over and of which no line is wanted. */
void report_sync_pass(struct report_sync *report, const struct zone *zone);

/* Before a row goes: forgets its warnings, and writes what is held of it. Errors: as
 * report_sync_zone. */
bool report_sync_forget(struct report_sync *report, const struct zone *zone, struct err *err);

/* Writes what is still held, in list order, and the summary; closes the output. Errors: as
 * report_sync_zone, and those of outfile_commit. */
bool report_sync_close(struct report_sync *report, const struct sync_summary *summary,
                       struct err *err);

/* Closes the output without a summary, if it is open, and frees everything. */
void report_sync_fini(struct report_sync *report);

#endif
