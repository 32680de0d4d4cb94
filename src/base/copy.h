/* Copies and comparisons of a few octets, without a call.
 *
 * Purpose: names, owners and most RDATA are shorter than what a call of memcpy costs.
 * Owns: nothing.
 * Borrows: the octets, for the call.
 * Never: allocates; reads or writes further than each function says. */
#ifndef BASE_COPY_H
#define BASE_COPY_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { COPY_BLOCK = 16 };

/* Copies n octets in whole blocks, one at least: both sides need room for a block more than n. */
static inline void copy_blocks(void *to, const void *from, size_t n)
{
    size_t i = 0;
    do
        memcpy((char *)to + i, (const char *)from + i, COPY_BLOCK);
    while ((i += COPY_BLOCK) < n);
}

/* Copies exactly n octets: two pieces that may overlap, and whole blocks before them. */
static inline void copy_few(void *to, const void *from, size_t n)
{
    char *end = (char *)to + n;
    const char *from_end = (const char *)from + n;
    if (n >= COPY_BLOCK) {
        copy_blocks(to, from, n - COPY_BLOCK);
        memcpy(end - COPY_BLOCK, from_end - COPY_BLOCK, COPY_BLOCK);
    } else if (n >= 8) {
        memcpy(to, from, 8);
        memcpy(end - 8, from_end - 8, 8);
    } else if (n >= 4) {
        memcpy(to, from, 4);
        memcpy(end - 4, from_end - 4, 4);
    } else {
        for (size_t i = 0; i < n; i++)
            ((char *)to)[i] = ((const char *)from)[i];
    }
}

/* At most 8 octets as a number, of which the first is the lowest. */
static inline uint64_t copy_number(const void *from, size_t n)
{
    uint32_t first, last;
    uint64_t number = 0;
    if (n >= 4) { /* two loads, which may overlap */
        memcpy(&first, from, 4);
        memcpy(&last, (const char *)from + n - 4, 4);
        return le32toh(first) | (uint64_t)le32toh(last) << (8 * (n - 4));
    }
    for (size_t i = 0; i < n; i++)
        number |= (uint64_t)((const uint8_t *)from)[i] << (8 * i);
    return number;
}

/* Whether n octets are the same. What was copied a moment ago is read as it was written, in pieces
 * of eight octets at most: of larger ones the processor waits until they are in the cache. */
static inline bool copy_is_same(const void *a, const void *b, size_t n)
{
    const char *x = a, *y = b;
    uint64_t left, right;
    if (n < sizeof left) {
        uint32_t ends[4]; /* which may overlap */
        if (n >= sizeof *ends) {
            memcpy(&ends[0], x, sizeof *ends);
            memcpy(&ends[1], x + n - sizeof *ends, sizeof *ends);
            memcpy(&ends[2], y, sizeof *ends);
            memcpy(&ends[3], y + n - sizeof *ends, sizeof *ends);
            return ((ends[0] ^ ends[2]) | (ends[1] ^ ends[3])) == 0;
        }
        for (size_t i = 0; i < n; i++)
            if (x[i] != y[i])
                return false;
        return true;
    }
    for (size_t i = 0; i < n - sizeof left; i += sizeof left) {
        memcpy(&left, x + i, sizeof left);
        memcpy(&right, y + i, sizeof right);
        if (left != right)
            return false;
    }
    memcpy(&left, x + n - sizeof left, sizeof left);
    memcpy(&right, y + n - sizeof right, sizeof right);
    return left == right;
}

#endif
