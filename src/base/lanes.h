/* Sixteen octets at once.
 *
 * Purpose: names and their keys are looked at as they are copied. The compiler makes of it what the
 * processor has; where it has nothing, each octet is looked at.
 * Owns: nothing.
 * Borrows: the octets, for the call.
 * Never: allocates; reads or writes further than each function says. */
#ifndef BASE_LANES_H
#define BASE_LANES_H

#include "base/copy.h"

#include <endian.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { LANES = COPY_BLOCK };

/* A comparison makes all ones of a lane where it is true. */
typedef uint8_t lanes __attribute__((vector_size(LANES)));

/* The octets in lower case. */
static inline lanes lanes_lower(lanes c)
{
    return c | ((lanes)(c - 'A' <= 'Z' - 'A') & 0x20);
}

/* Whether any lane is not 0. */
static inline bool lanes_any(lanes c)
{
    uint64_t halves[2];
    memcpy(halves, &c, LANES);
    return (halves[0] | halves[1]) != 0;
}

/* A bit for each lane that is true. */
static inline uint32_t lanes_mask(lanes is)
{
#ifdef __SSE2__
    return (uint32_t)_mm_movemask_epi8((__m128i)is);
#else
    uint32_t mask = 0;
    for (unsigned i = 0; i < LANES; i++)
        mask |= (uint32_t)(is[i] & 1) << i;
    return mask;
#endif
}

/* What there is to see in octets: two masks of 32 bits, or one and 0. */
enum { LANES_SECOND = 32 };

/* Copies at most 32 octets as copy_few does, and looks at them on the way. What `look` sees in
 * sixteen of them is put together to what is in all. */
static inline uint64_t lanes_copy(void *to, const void *from, size_t n, uint64_t (*look)(lanes))
{
    const uint64_t both = 1 | UINT64_C(1) << LANES_SECOND; /* the lowest bits of the masks */
    lanes first, last;
    if (n >= LANES) {
        memcpy(&first, from, LANES);
        memcpy(&last, (const char *)from + n - LANES, LANES);
        memcpy(to, &first, LANES);
        memcpy((char *)to + n - LANES, &last, LANES);
        return look(first) | look(last) << (n - LANES);
    }
    if (n >= LANES / 2) { /* the second half begins in the place of n - 8 */
        uint64_t halves[2], seen;
        memcpy(&halves[0], from, 8);
        memcpy(&halves[1], (const char *)from + n - 8, 8);
        memcpy(to, &halves[0], 8);
        memcpy((char *)to + n - 8, &halves[1], 8);
        memcpy(&first, halves, LANES);
        seen = look(first);
        return (seen & 0xff * both) | (seen >> 8 & 0xff * both) << (n - 8);
    }
    uint64_t few[2] = {htole64(copy_number(from, n)), 0};
    copy_few(to, from, n);
    memcpy(&first, few, LANES);
    return look(first) & ((UINT64_C(1) << n) - 1) * both;
}

#endif
