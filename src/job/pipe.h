/* The chain of sinks that records pass through on their way to a writer.
 *
 * Purpose: the one place that says in which order the sinks stand.
 * Owns: nothing; each sink owns the next one.
 * Never: opens a file, prints. */
#ifndef JOB_PIPE_H
#define JOB_PIPE_H

#include "base/halt.h"
#include "base/notes.h"
#include "job/spec.h"
#include "job/witness.h"
#include "out/stats.h"
#include "out/zonefacts.h"
#include "zone/store.h"

/* Everything that is pointed to must live as long as the chain. */
struct pipe_config {
    const struct shape *shape;
    bool changes;                      /* what comes are changes */
    const struct guard_limits *limits; /* in place of those of the shape: they know the old file;
                                        * `passed` gets the number of records as they are written */
    struct witness *witness;           /* of a zone that is sorted; or NULL */
    struct buf *out;
    const struct halt *halt; /* seen by work that takes long */
    struct notes *notes;     /* for warnings */
    /* Where the shape wants figures they go here: the facts of a zone, and the stats if the records
     * come sorted or are changes. What had no room in memory is there in any case. */
    struct figures {
        struct stats stats;
        struct zonefacts facts;
        struct store_spill spill;
    } *figures;
};

/* Makes the chain that the shape asks for, down to the writer that fills `out`, and returns its
 * head; freeing that frees all. Returns NULL with ERR_MEMORY. */
struct sink *pipe_new(const struct pipe_config *config, struct err *err);

/* The same chain without a writer at its end, for content that is written already, sorted: `out`
 * and `notes` are not used. */
struct sink *pipe_judge(const struct pipe_config *config, struct err *err);

#endif
