/* The chain of sinks that records pass through on their way to a writer.
 *
 * Purpose: the one place that says in which order the sinks stand.
 * Owns: nothing; each sink owns the one behind it.
 * Never: opens a file, prints. */
#ifndef CLI_PIPE_H
#define CLI_PIPE_H

#include "cli/settings.h"

#include "base/halt.h"
#include "base/notes.h"
#include "out/stats.h"

/* Makes the chain that the settings ask for, down to the writer that fills `out`, and returns its
 * head; freeing that frees all. Everything that is passed must live as long as it. What is worth a
 * warning is put in the notes; what takes long sees the halt. Where the records come sorted and
 * there is a report that can tell them, `stats` gets their figures. Returns NULL with ERR_MEMORY.
 */
struct sink *pipe_new(const struct settings *settings, const struct guard_limits *limits,
                      struct buf *out, const struct halt *halt, struct notes *notes,
                      struct stats *stats, struct err *err);

#endif
