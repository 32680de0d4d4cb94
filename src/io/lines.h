/* Lines of a process that stays: each is written whole or not at all, and a failure is an outage
 * that may end.
 *
 * Purpose: a disk that is full for an hour costs the lines of that hour. What a write that failed
 * has left of a line is ended by a line feed before the next one, and so is what an earlier process
 * has left that was killed.
 * Owns: nothing. Borrows: the output, for the call.
 * Never: prints; keeps a line that could not be written; takes octets back, since others may add to
 * the same file. */
#ifndef IO_LINES_H
#define IO_LINES_H

#include "io/outfile.h"

enum { LINES_PATIENCE = 500000 };

/* All zero: nothing was written yet. */
struct lines {
    bool torn;        /* the output does not end with a line feed */
    bool fails;       /* the last write has */
    uint64_t dropped; /* lines, in the outage that is on, or was last and was not asked for yet */
};

/* Whether a pipe, or whatever a descriptor leads to, takes a line, after so many microseconds at
 * most. A signal ends that time. */
bool lines_room(int fd, uint64_t patience);

/* Looks at an output that was opened to be added to, once more after outfile_reopen. */
void lines_look(struct lines *lines, const struct outfile *out);

/* Writes text that ends with a line feed. Where it cannot be written whole, or a pipe is not read
 * for LINES_PATIENCE microseconds, what is left of it is dropped and counted; from then on nobody
 * is waited for until there is room again. Returns false for the first failure of an outage alone,
 * and for each ERR_INTERRUPTED. Errors: those of outfile_write. */
bool lines_write(struct lines *lines, struct outfile *out, const char *text, size_t length,
                 struct err *err);

/* How many lines an outage that is over has cost: once, then 0. */
uint64_t lines_lost(struct lines *lines);

#endif
