/* Sorting strings that are scattered in memory.
 *
 * Purpose: sorts references to strings by what they refer to. Names have long beginnings in common
 * and may lie anywhere, so each reference carries a chunk of its string: the order is decided by
 * the chunks, and the strings themselves are read only where chunks are equal.
 * Owns: nothing.
 * Borrows: the items and the strings, for the call.
 * Never: allocates. Its stack is bounded, and its time grows with the octets that tell the
 * strings apart, whatever they are. That may be long, so it sees a halt; after one each item is
 * still there once, in some order, with some chunk. */
#ifndef BASE_CHUNKSORT_H
#define BASE_CHUNKSORT_H

#include "base/halt.h"

#include <stdint.h>

struct chunksort_item {
    uint64_t chunk; /* the first octets of the string, as a number that sorts as they do */
    uint64_t ref;
};

/* What the strings are. Chunk number k holds octets k * step up to (k + 1) * step. */
struct chunksort_strings {
    /* The chunk at an octet that is a multiple of `step` and not past the string's end. */
    uint64_t (*chunk)(const void *context, uint64_t ref, size_t octet);
    /* Whether two strings that agree up to and including this chunk are the same. */
    bool (*is_last)(uint64_t chunk);
    /* Compares two strings from that octet on, like memcmp. */
    int (*compare)(const void *context, uint64_t a, uint64_t b, size_t octet);
    size_t step;
    const void *context;
    const uint8_t *base;     /* the memory in which references are offsets; NULL: they are not */
    const struct halt *halt; /* or NULL */
};

/* Sorts by the chunks alone. Errors: those of the halt, which may be NULL. */
bool chunksort_chunks(struct chunksort_item *items, size_t n, const struct halt *halt,
                      struct err *err);

/* Sorts items whose first chunks are all equal by the rest of their strings. Afterwards the items
 * hold their first chunks again. Errors: those of the halt. */
bool chunksort_rest(struct chunksort_item *items, size_t n, const struct chunksort_strings *strings,
                    struct err *err);

/* Sorts items with their first chunks: both of the above. */
bool chunksort(struct chunksort_item *items, size_t n, const struct chunksort_strings *strings,
               struct err *err);

#endif
