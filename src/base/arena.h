/* One growing piece of memory, filled from its start.
 *
 * Purpose: keeps a great many small things without a word of overhead for each. What is in it is
 * referred to by offset, because it may move when it grows.
 * Owns: its memory.
 * Never: frees a part; reads what is in it. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/err.h"

#include <stdint.h>

/* Octets behind the end that may be read, whatever stands there: so that the last thing in the
 * arena can be looked at in words. */
enum { ARENA_SLACK = 64 };

/* A fresh arena is all zero. */
struct arena {
    uint8_t *base;
    size_t length, capacity;
};

void arena_fini(struct arena *arena);

/* Returns room for n octets at the end, or NULL with ERR_MEMORY. The room, and every pointer into
 * the arena, lasts until the next call. arena->length says how far the room is used; the caller
 * moves it. */
uint8_t *arena_reserve(struct arena *arena, size_t n, struct err *err);

#endif
