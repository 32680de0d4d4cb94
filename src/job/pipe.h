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
#include "out/stats.h"
#include "out/zonefacts.h"

/* Makes the chain that the shape asks for, down to the writer that fills `out`, and returns its
 * head; freeing that frees all. Everything that is passed must live as long as it. `limits` are
 * used in place of those of the shape: they know the old file. Work that takes long sees the halt.
 * Warnings go to the notes. Where figures are wanted `figures` gets them: the facts of a zone, and
 * the stats if the records come sorted or are changes. Returns NULL with ERR_MEMORY. */
struct figures {
    struct stats stats;
    struct zonefacts facts;
};
struct sink *pipe_new(const struct shape *shape, bool changes, const struct guard_limits *limits,
                      struct buf *out, const struct halt *halt, struct notes *notes,
                      struct figures *figures, struct err *err);

/* The same chain without a writer at its end: guards and figures, for content that is written
 * already, sorted. */
struct sink *pipe_judge(const struct shape *shape, const struct guard_limits *limits,
                        struct figures *figures, struct err *err);

#endif
