/* The output of a run: the target, the buffer before it, and the chain of sinks that fills that.
 *
 * Purpose: what every command does with its output: open it, fill it, take it back, make it the
 * content of the target, or leave the mark of what is incomplete.
 * Owns: the target while it is open, the buffer, the chain.
 * Borrows: what the configuration points to, for its life.
 * Never: prints. */
#ifndef JOB_OUTPUT_H
#define JOB_OUTPUT_H

#include "job/pipe.h"
#include "job/tell.h"

struct output_config {
    const struct shape *shape;
    bool changes;            /* what is written are changes */
    struct witness *witness; /* of a zone that is sorted; or NULL */
    bool is_judged; /* of a regular file: whoever gives the orders judges what was written, before
                     * output_commit, by all limits but those that end a transfer on its way */
    struct outfile_options file;
    const struct loop *loop;
    uint64_t deadline;     /* of loop_now */
    struct teller *teller; /* NULL: nothing is told */
};

struct output {
    struct output_config config;
    struct guard_limits limits; /* of the shape, with the number of old records */
    struct guard_limits guards; /* those of them that stand in the chain */
    uint64_t records;           /* that the content has, once it is complete */
    struct outfile out;
    struct buf buf;
    uint64_t written;           /* octets, since the output began anew */
    bool full;                  /* --max-bytes has refused more */
    struct figures figures;     /* of what is written, where it is reported */
    struct sink *sink;          /* the head of the chain; NULL before the first output_restart */
    bool began;                 /* records were given to the chain since the last output_restart */
    bool left;                  /* octets have left the buffer since then */
    enum outfile_result result; /* after output_commit */
};

/* Learns what the guards must know of the old file, and opens the target. Errors: ERR_MEMORY,
 * ERR_NO_END_LINE, and those of outfile_open. To be closed by output_fini, even after a failure. */
bool output_open(struct output *output, const struct output_config *config, struct err *err);

/* Makes the chain anew, for the first source or for another try, and takes back what was written.
 * Errors: ERR_MEMORY, ERR_OUTPUT. */
bool output_restart(struct output *output, struct notes *notes, struct err *err);

/* Whether another try can still become the output. */
bool output_can_restart(const struct output *output);

/* Leaves the mark of a failure where records went, or would have gone, with the reason: as much of
 * `why` as is our own words. */
void output_incomplete(struct output *output, struct notes *notes, const char *why, size_t length);

/* Finds out, into output->result, whether what was written is going to replace the target, and
 * makes it ready for that; for what is to be done before it does. Nothing is written any more then.
 * Where the target is not a regular file nothing happens. Errors: ERR_OUTPUT, ERR_INTERRUPTED,
 * ERR_TIMEOUT_TOTAL. */
bool output_ready(struct output *output, struct err *err);

/* Makes what was written the content of the target; the source has ended well. Closes the target,
 * also when it fails. Errors: ERR_OUTPUT, ERR_INTERRUPTED. */
bool output_commit(struct output *output, struct err *err);

/* Leaves the target as it is, because nothing has changed, and closes it. Error: ERR_OUTPUT. */
bool output_keep(struct output *output, struct err *err);

/* Frees what stood before the file, once the content is complete: it may hold a whole zone. */
void output_end(struct output *output);

/* Forgets what was written and closes the target. */
void output_abort(struct output *output);

/* Puts what was written, sorted, through the guards and the figures once more: for content that was
 * not made of records that came through the chain. Errors: those of reading, of the guards,
 * ERR_MEMORY.
 */
bool output_judge(struct output *output, struct source *written, const struct halt *halt,
                  struct err *err);

/* Frees what is left. */
void output_fini(struct output *output);

#endif
