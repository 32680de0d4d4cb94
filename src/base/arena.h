/* One growing piece of memory, filled from its start.
 *
 * Purpose: keeps very many small objects without any overhead for each. They are referred to by
 * offset, because the memory may move when it grows.
 * Owns: its memory.
 * Never: frees a part of it; looks at what is in it. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/err.h"

#include <stdint.h>

/* Octets after the end that may be read, whatever their values are, so that the last object can be
 * read in whole words. */
enum { ARENA_SLACK = 64 };

/* A fresh arena is all zero. */
struct arena {
    uint8_t *base;
    size_t length, capacity;
};

void arena_fini(struct arena *arena);

/* Makes room for n octets at the end, for arena_reserve. */
bool arena_grow(struct arena *arena, size_t n, struct err *err);

/* Returns room for n octets at the end, or NULL with ERR_MEMORY. The room, and every pointer into
 * the arena, is valid until the next call. The caller adds what it has used of the room to
 * arena->length. */
static inline uint8_t *arena_reserve(struct arena *arena, size_t n, struct err *err)
{
    if ((arena->capacity < arena->length + ARENA_SLACK ||
         arena->capacity - arena->length - ARENA_SLACK < n) &&
        !arena_grow(arena, n, err))
        return NULL;
    return arena->base + arena->length;
}

#endif
