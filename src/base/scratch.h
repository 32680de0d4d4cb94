/* Where octets are put for which there is no room in memory.
 *
 * Purpose: whoever needs such a place takes these functions, without knowing what is behind them.
 * Owns: nothing. What `open` returns belongs to the caller, who closes it; any number can be open.
 * Never: keeps a state of its own, so that any thread may use it. */
#ifndef BASE_SCRATCH_H
#define BASE_SCRATCH_H

#include "base/err.h"

#include <stdint.h>

struct scratch {
    /* A new place, with nothing in it; -1 with an error. */
    int (*open)(struct err *err);
    /* Write and read so many octets, from `at` on; only what was written is read. An error leaves
     * a part written. */
    bool (*write)(int place, const void *octets, size_t length, uint64_t at, struct err *err);
    bool (*read)(int place, void *octets, size_t length, uint64_t at, struct err *err);
    /* Nothing of it is left afterwards. */
    void (*close)(int place);
};

#endif
