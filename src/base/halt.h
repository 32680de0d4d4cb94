/* Whether long work shall end: a signal came, or its time is over.
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

struct halt {
    /* True, with ERR_INTERRUPTED or ERR_TIMEOUT_TOTAL set, from the moment on at which the work
     * shall end. */
    _Alignas(uint64_t) bool (*due)(const struct halt *halt, struct err *err);
};

/* Whether the work shall end now. NULL: never. */
bool halt_due(const struct halt *halt, struct err *err);

/* Counts a step in *steps, and asks with each that is the HALT_EVERY-th. */
static inline bool halt_step(const struct halt *halt, unsigned *steps, struct err *err)
{
    return ++*steps % HALT_EVERY == 0 && halt_due(halt, err);
}

#endif
