/* The report of a run over many zones: JSON Lines, a line as each zone ends, the summary last
 * (--report).
 *
 * Purpose: a stream of whole lines, written as they come. A zone is an object as in the reports of
 * one zone (report_zone). One whose command is due is held until that is over, in a temporary file:
 * there may be very many. A run that was killed leaves lines, but no summary.
 * Owns: the output, what is held, the warnings of zones that are under way. Borrows: what is
 * passed, for the call, the loop for its life.
 * Never: prints; writes a part of a line, unless the disk is full or a reader goes away. */
#ifndef CLI_REPORT_SYNC_H
#define CLI_REPORT_SYNC_H

#include "cli/report_log.h"
#include "io/outfile.h"
#include "job/sync_facts.h"

enum { REPORT_SYNC_LOGS = 64 };

struct report_sync {
    struct outfile out;
    bool is_open;
    bool failed;      /* nothing is written any more */
    bool broken_pipe; /* it went to standard output, where nobody reads any more: not an error */
    int spool;        /* what is held, or -1 */
    uint64_t spooled; /* octets in it */
    struct report_held {
        uint64_t at;
        size_t length; /* 0: nothing is held */
    } *held;           /* by the index of the zone */
    size_t held_room;
    struct report_sync_log {
        struct report_log log;
        uint32_t index;
        struct report_sync_log *next;
    } *logs[REPORT_SYNC_LOGS]; /* of zones with warnings whose work is not over */
};

/* All zero but for the spool: may be closed, and what is told is passed over. */
void report_sync_init(struct report_sync *report);

/* Opens the file, which is emptied; "-" is standard output. `new_mode` is that of a file that is
 * not there yet. If it is to hold zones until their commands are over, spool_fence lets that
 * through. Errors: those of outfile_open. */
bool report_sync_open(struct report_sync *report, const char *path, mode_t new_mode,
                      const struct loop *loop, struct err *err);

/* Keeps a fact about a zone whose work is not over, if it is a warning. Error: ERR_MEMORY. */
bool report_sync_fact(struct report_sync *report, const struct zone *zone, const struct fact *fact,
                      struct err *err);

/* Writes the object of a zone whose work is over, or holds it, if a command follows. Errors:
 * ERR_MEMORY, ERR_OUTPUT, ERR_TEMPORARY, ERR_INTERRUPTED; after one no line follows, and it is
 * told once. */
bool report_sync_zone(struct report_sync *report, const struct zone_end *end, struct err *err);

/* Writes what was held of a zone, whose command is over; zone->exit is what it is with that. One
 * that was not held is passed over. Errors: as report_sync_zone. */
bool report_sync_command(struct report_sync *report, const struct zone *zone,
                         const struct zone_command *command, struct err *err);

/* Writes what is still held, in list order, and the summary; closes the output. Errors: as
 * report_sync_zone, and those of outfile_commit. */
bool report_sync_close(struct report_sync *report, const struct sync_summary *summary,
                       struct err *err);

/* Closes the output without a summary, if it is open, and frees everything. */
void report_sync_fini(struct report_sync *report);

#endif
