#include "base/arena.h"

#include <stdlib.h>

enum { CAPACITY_FIRST = 64 * 1024 };

void arena_fini(struct arena *arena)
{
    free(arena->base);
    *arena = (struct arena){.base = NULL};
}

bool arena_grow(struct arena *arena, size_t n, struct err *err)
{
    size_t least = arena->length + n + ARENA_SLACK;
    if (least < n || least < arena->length)
        return err_set(err, ERR_MEMORY, "out of memory");
    /* The C library grows a large block by moving its pages, without copying, and pages that were
     * never written to cost nothing, so large steps are cheap. */
    size_t capacity = arena->capacity + arena->capacity / 4;
    if (capacity < CAPACITY_FIRST)
        capacity = CAPACITY_FIRST;
    if (capacity < least)
        capacity = least;
    uint8_t *base = realloc(arena->base, capacity);
    if (base == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    arena->base = base;
    arena->capacity = capacity;
    return true;
}
