#include "base/mergesort.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Runs of so many are sorted by insertion. */
enum { RUN = 4 };

struct sorting {
    const struct mergesort *how;
    size_t size;
    unsigned steps;
};

/* Whether `b` stands before `a`, which came first. */
static bool is_before(const struct sorting *s, const uint8_t *b, const uint8_t *a)
{
    return s->how->compare(b, a, s->how->context) < 0;
}

/* Sorts the items from `from` up to `end`. There is room for one at `spare`. */
static void insert(const struct sorting *s, uint8_t *from, uint8_t *end, uint8_t *spare)
{
    size_t size = s->size;
    for (uint8_t *item = from + size; item < end; item += size) {
        uint8_t *at = item;
        while (at > from && is_before(s, item, at - size))
            at -= size;
        if (at == item)
            continue;
        memcpy(spare, item, size);
        memmove(at + size, at, (size_t)(item - at));
        memcpy(at, spare, size);
    }
}

/* Sorts runs of RUN items, the last one shorter. */
static bool make_runs(struct sorting *s, uint8_t *items, size_t n, uint8_t *spare, struct err *err)
{
    for (size_t at = 0; at < n; at += RUN) {
        size_t count = n - at < RUN ? n - at : RUN;
        if (halt_step(s->how->halt, &s->steps, err))
            return false;
        insert(s, items + at * s->size, items + (at + count) * s->size, spare);
    }
    return true;
}

/* Merges [a, middle) and [middle, end) into `to`; after a halt it moves what is left as it is. */
static bool merge(struct sorting *s, const uint8_t *a, const uint8_t *middle, const uint8_t *end,
                  uint8_t *to, struct err *err)
{
    const uint8_t *b = middle;
    size_t size = s->size;
    bool good = true;
    if (b == end || !is_before(s, b, b - size)) { /* they are in order already */
        memcpy(to, a, (size_t)(end - a));
        return !halt_step(s->how->halt, &s->steps, err);
    }
    while (good && a < middle && b < end) {
        const uint8_t **next = is_before(s, b, a) ? &b : &a;
        memcpy(to, *next, size);
        *next += size;
        to += size;
        good = !halt_step(s->how->halt, &s->steps, err);
    }
    memcpy(to, a, (size_t)(middle - a));
    memcpy(to + (middle - a), b, (size_t)(end - b));
    return good;
}

/* Merges all pairs of runs of `run` octets into `to`. */
static bool merge_runs(struct sorting *s, const uint8_t *from, uint8_t *to, size_t length,
                       size_t run, struct err *err)
{
    bool good = true;
    for (size_t at = 0; at < length;) {
        size_t middle = length - at < run ? length : at + run;
        size_t end = length - middle < run ? length : middle + run;
        if (good)
            good = merge(s, from + at, from + middle, from + end, to + at, err);
        else
            memcpy(to + at, from + at, end - at);
        at = end;
    }
    return good;
}

bool mergesort_run(const struct mergesort *how, void *items, size_t n, size_t size, struct err *err)
{
    struct sorting s = {.how = how, .size = size};
    if (n < 2)
        return true;
    uint8_t *from = items, *to = n <= SIZE_MAX / size ? malloc(n * size) : NULL;
    uint8_t *room = to;
    size_t length = n * size;
    if (room == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    bool good = make_runs(&s, from, n, room, err);
    for (size_t run = RUN * size; good && run < length; run *= 2) {
        good = merge_runs(&s, from, to, length, run, err);
        uint8_t *swapped = from;
        from = to;
        to = swapped;
        if (run > length / 2)
            break;
    }
    if (from == room)
        memcpy(items, room, length);
    free(room);
    return good;
}
