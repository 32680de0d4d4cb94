#include "base/arena.h"

#include <stdlib.h>

enum { FIRST = 64 * 1024 };

void arena_fini(struct arena *arena)
{
    free(arena->base);
    *arena = (struct arena){.base = NULL};
}

static bool grow(struct arena *arena, size_t n, struct err *err)
{
    size_t least = arena->length + n + ARENA_SLACK;
    if (least < n || least < arena->length)
        return err_set(err, ERR_MEMORY, "out of memory");
    /* The C library moves a large piece by its pages, without copying it, and pages that were
     * never written to cost nothing: so it may grow in large steps. */
    size_t capacity = arena->capacity + arena->capacity / 4;
    if (capacity < FIRST)
        capacity = FIRST;
    if (capacity < least)
        capacity = least;
    uint8_t *base = realloc(arena->base, capacity);
    if (base == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    arena->base = base;
    arena->capacity = capacity;
    return true;
}

uint8_t *arena_reserve(struct arena *arena, size_t n, struct err *err)
{
    if ((arena->capacity < arena->length + ARENA_SLACK ||
         arena->capacity - arena->length - ARENA_SLACK < n) &&
        !grow(arena, n, err))
        return NULL;
    return arena->base + arena->length;
}
