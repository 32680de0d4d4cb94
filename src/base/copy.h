/* Copies of a few octets, without a call.
 *
 * Purpose: names, owners and most RDATA are shorter than what a call of memcpy costs.
 * Owns: nothing.
 * Borrows: the octets, for the call.
 * Never: allocates; reads or writes further than each function says. */
#ifndef BASE_COPY_H
#define BASE_COPY_H

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

#endif
