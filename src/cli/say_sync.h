/* What a run over many zones says: a line on standard output for each zone that has changed, and on
 * standard error what has failed, how far it is, and what it came to.
 *
 * Purpose: ten thousand zones of a server that is down are one line, not ten thousand. Failures are
 * kept and told at the end, in list order: those of the same server with the same words together,
 * with their count and the first zones. Their number is bounded; what is beyond is counted. Zones
 * are called by their names in lower case without the last dot (sync_facts_name).
 * A process that stays (cli/say_watch) tells them now and then (say_sync_tell).
 * Owns: standard output while it is open, what is kept. Borrows: rows of zones, until
 * say_sync_close or say_sync_tell has returned; all else for the call.
 * Never: fails for want of memory; ends the run because nobody reads standard output. */
#ifndef CLI_SAY_SYNC_H
#define CLI_SAY_SYNC_H

#include "base/arena.h"
#include "base/buf.h"
#include "cli/failures.h"
#include "cli/say_facts.h"
#include "cli/zonenames.h"
#include "io/lines.h"
#include "job/sync_facts.h"

enum {
    SAY_SYNC_GROUPS = 10000,         /* different failures that are kept */
    SAY_SYNC_BUCKETS = 4096,         /* of the table of failures */
    SAY_SYNC_HINTS = 64,             /* different hints that are told once */
    SAY_SYNC_HINT_AGAIN = 3600,      /* ... or again after so many seconds */
    SAY_SYNC_PROGRESS_EVERY = 200000 /* microseconds */
};

/* Zones that failed alike. */
struct say_sync_group {
    size_t words; /* in the arena: server, address and text, each with its NUL */
    enum err_kind kind;
    unsigned facts; /* as in struct err */
    bool by_name;
    bool is_current;         /* as in struct failure */
    uint32_t next;           /* in the bucket: its number + 1 */
    const struct zone *last; /* that was counted */
    struct zonenames zones;
};

struct say_sync {
    bool quiet, has_lines, has_summary, has_progress, stays;
    struct say_facts words;
    struct outfile out;
    struct buf lines;
    struct lines written; /* where the process stays */
    bool is_open;
    bool broken_pipe; /* nobody reads the lines any more, which is not an error of the run */
    bool failed;      /* they could not be written, which was told as one */
    uint64_t next_progress;
    struct arena arena;
    struct say_sync_group *groups;
    size_t group_count, group_room;
    uint64_t beyond;                    /* failures of zones that are only counted */
    uint32_t buckets[SAY_SYNC_BUCKETS]; /* number of the first group + 1 */
    struct {
        const char *text; /* that was told */
        uint64_t at;      /* of loop_now, in a process that stays */
    } hints[SAY_SYNC_HINTS];
    size_t hint_count;
    uint64_t now; /* of the last say_sync_tell */
};

/* has_lines: zones that have changed are told on standard output (not with --quiet, and not where
 * the report goes there). On a terminal, or with --verbose, there is a summary; has_progress: how
 * far it is is shown. */
void say_sync_init(struct say_sync *sync, const struct settings *settings, bool has_lines,
                   bool has_progress);

/* The process stays: lines on standard output that cannot be written are dropped, which is told
 * once for each outage, and later ones are written again. To be called after say_sync_init. */
void say_sync_stay(struct say_sync *sync);

/* Opens standard output, if lines go there. Errors: those of outfile_open, ERR_MEMORY. */
bool say_sync_open(struct say_sync *sync, const struct loop *loop, struct err *err);

/* Says a fact about a zone: warnings at once, all else only with --verbose. The failure of a
 * command is kept. */
void say_sync_fact(struct say_sync *sync, const struct zone *zone, const struct fact *fact);

/* The line of a zone that has changed, with its line feed: NAME OLD NEW added N deleted N KIND.
 * Returns its length. */
enum { SAY_SYNC_LINE = NAME_TEXT_ROOM + 128 };
size_t say_sync_line(char to[SAY_SYNC_LINE], const struct zone_end *end);

/* Takes the end of a zone: NAME OLD NEW added N deleted N KIND as a line, if it has changed; what
 * is not known, as the serial of a zone that was not there, is a hyphen. What has failed is kept,
 * unless it was told as a fact (--verbose).
 * Errors: those of outfile_write but for a reader that is gone; told once. */
bool say_sync_zone(struct say_sync *sync, const struct zone_end *end, struct err *err);

/* The two halves of it: keeps a failure, or whatever else is told of zones together; and writes the
 * line. */
void say_sync_keep(struct say_sync *sync, const struct zone *zone, const struct failure *failure);
bool say_sync_put(struct say_sync *sync, const struct zone_end *end, struct err *err);

/* Whether there is something for say_sync_tell. */
bool say_sync_has_kept(const struct say_sync *sync);

/* Tells what was kept since the last call, and forgets it: no row is borrowed any more, and no
 * memory kept. A hint is told once an hour; `now` is of loop_now. */
void say_sync_tell(struct say_sync *sync, uint64_t now);

/* "SERVER (ADDRESS): ", or nothing. */
enum { SAY_SYNC_WHO = ATTEMPT_WHO_MAX + ADDRESS_TEXT_MAX + 8 };
const char *say_sync_who(char text[SAY_SYNC_WHO], const struct failure *failure);

/* Says the hint of a failure, unless it was said in the last hour; `now` is of loop_now. */
void say_sync_hint(struct say_sync *sync, enum err_kind kind, unsigned facts, uint64_t now);

/* Lets out the lines that were gathered: at the end of each batch of events. Errors: as
 * say_sync_zone. */
bool say_sync_flush(struct say_sync *sync, struct err *err);

/* How far a run is. */
struct say_sync_progress {
    uint64_t done, all, failed; /* zones */
    uint64_t transfers;         /* under way */
    uint64_t rate;              /* octets in the last second or so */
    uint64_t microseconds;      /* since the run began */
};

/* Shows it, if it was not shown just before; `now` is of loop_now. */
void say_sync_progress(struct say_sync *sync, const struct say_sync_progress *progress,
                       uint64_t now);

/* Tells what has failed, and the summary; closes standard output. Errors: as say_sync_zone, and
 * those of outfile_commit. */
bool say_sync_close(struct say_sync *sync, const struct sync_summary *summary, struct err *err);

/* Closes standard output, if it is open, and frees everything. */
void say_sync_fini(struct say_sync *sync);

#endif
