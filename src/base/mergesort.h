/* Sorting that can be ended in the middle.
 *
 * Purpose: sorts items of any kind by a comparison that may be slow, such as one of names, and sees
 * a signal and the end of time on the way, which qsort does not.
 * Owns: room for the items once more, during the call.
 * Borrows: the items, for the call.
 * Never: moves items that compare as equal past each other; takes longer for what is hardest to
 * sort. What is in order already takes one comparison for each item. */
#ifndef BASE_MERGESORT_H
#define BASE_MERGESORT_H

#include "base/halt.h"

struct mergesort {
    /* Less than, equal to or greater than zero. */
    int (*compare)(const void *a, const void *b, void *context);
    void *context;
    const struct halt *halt; /* or NULL */
};

/* Sorts n items of `size` octets. Errors: ERR_MEMORY; those of the halt. After an error each item
 * is still there once, in some order. */
bool mergesort_run(const struct mergesort *sort, void *items, size_t n, size_t size,
                   struct err *err);

#endif
