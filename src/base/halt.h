/* Whether long work shall end: a signal came, or its time is over. And what work it is, for those
 * who would like to see that it goes on.
 *
 * Purpose: what every loop that can be long asks now and then. What the answer depends on is known
 * to whoever makes the object; the loop sees one function.
 * Owns: nothing. Borrows: the object, as long as the work lasts.
 * Never: waits; changes the object, so that any thread may ask. */
#ifndef BASE_HALT_H
#define BASE_HALT_H

#include "base/err.h"

#include <stdint.h>

/* Asking may cost a system call, so a loop asks once in so many steps. A step is what takes at most
 * some microseconds: a record, a comparison of two names. */
enum { HALT_EVERY = 4096 };

/* What goes on. */
enum halt_work {
    HALT_NOTHING, /* that takes long */
    HALT_READS,
    HALT_SORTS,
    HALT_CHECKS,
    HALT_VERIFIES, /* signatures */
    HALT_COMPARES,
    HALT_WRITES,
    HALT_SYNCS, /* what was written to the disk */
};

struct halt {
    /* True, with ERR_INTERRUPTED or ERR_TIMEOUT_TOTAL set, from the moment on at which the work
     * shall end. */
    _Alignas(uint64_t) bool (*due)(const struct halt *halt, struct err *err);
    /* Is told what the work is, and how many records or the like are done, of so many; all is 0
     * where this is not known. NULL: nobody wants to know. */
    void (*works)(const struct halt *halt, enum halt_work work, uint64_t done, uint64_t all);
};

/* Whether the work shall end now. NULL: never. */
bool halt_due(const struct halt *halt, struct err *err);

/* Tells what the work is, as often as one asks whether it shall end, or when it changes. */
void halt_works(const struct halt *halt, enum halt_work work, uint64_t done, uint64_t all);

/* Counts a step in *steps, and asks with each that is the HALT_EVERY-th. */
static inline bool halt_step(const struct halt *halt, unsigned *steps, struct err *err)
{
    return ++*steps % HALT_EVERY == 0 && halt_due(halt, err);
}

#endif
