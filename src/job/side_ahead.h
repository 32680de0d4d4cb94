/* A file that is read while the one before it still is.
 *
 * Purpose: two long files are compared in the time that one of them takes, where there are
 * processors for it. What was read ahead counts only if it went well, and nothing has turned out
 * otherwise than was expected; else the file is read again, in its turn. So what is told, and in
 * which order, does not depend on which of them is the slower one.
 * Owns: a thread. Borrows: the sides, for its life; from begin to take the second one belongs to
 * the thread.
 * Never: tells anything; reads from what can be read only once. */
#ifndef JOB_SIDE_AHEAD_H
#define JOB_SIDE_AHEAD_H

#include "base/work.h"
#include "job/side.h"

#include <stdatomic.h>

/* The halt of the work is due, too, when nobody wants it any more. */
struct side_ahead_halt {
    struct halt halt; /* the first member, so that it leads to the rest */
    const struct halt *other;
    atomic_bool unwanted;
};

/* All zero: nothing is read ahead. */
struct side_ahead {
    struct task task; /* the first member, so that it leads to the rest */
    struct work *work;
    struct side *sides; /* two: the first one is read by the caller, the second one ahead */
    struct input_config config;
    struct side_ahead_halt halt; /* that the second side has as long as it lives */
    bool good;
};

/* Begins to read the second side, where both are master files that are long enough, and there are
 * at least two threads (`jobs`) with as much memory as they like. Not to begin is no failure. */
void side_ahead_begin(struct side_ahead *ahead, struct side sides[2], unsigned jobs);

/* The first side was read: waits for the second one. If it is good a side_load of it has nothing
 * left to read; else nothing was read. */
void side_ahead_take(struct side_ahead *ahead);

/* Ends the thread as soon as can be, where nobody has taken what it reads. */
void side_ahead_end(struct side_ahead *ahead);

#endif
