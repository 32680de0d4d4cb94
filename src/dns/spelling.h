/* How names are spelled in a master file, where that looks like a mistake.
 *
 * Purpose: finds names that lack the dot at their end, and so have the zone in them twice, and
 * octets above 127, as names have none in the DNS. Whoever reads the text tells it then. Owns: what
 * was found. Borrows: the name of the zone, as long as it is set. Never: allocates; refuses a name.
 */
#ifndef DNS_SPELLING_H
#define DNS_SPELLING_H

#include "dns/name.h"

struct spelling {
    const uint8_t *zone; /* wire form; NULL: not known, the origin is taken for it */
    uint8_t zone_length;
    bool high; /* there may be octets above 127 in the text */

    /* What was found since spelling_forget. */
    bool raw;                     /* octets above 127 */
    uint8_t twice_length;         /* 0: no name has the zone in it twice */
    uint8_t twice[NAME_MAX_WIRE]; /* the last that does */
};

static inline void spelling_forget(struct spelling *spelling)
{
    spelling->raw = false;
    spelling->twice_length = 0;
}

/* Looks at a name that was read from n characters. One that ends in a dot is meant as it is,
 * whatever it looks like: a zone "com." may have a name "com.com.". */
void spelling_look_closely(struct spelling *spelling, const char *text, size_t n,
                           const uint8_t *name, uint8_t length, const uint8_t *origin,
                           size_t origin_length);

/* The same, at little cost for nearly every name: what stands before the origin ends in the zone
 * only if a label as long as the zone's first begins where that would be. */
static inline void spelling_look(struct spelling *spelling, const char *text, size_t n,
                                 const uint8_t *name, uint8_t length, const uint8_t *origin,
                                 size_t origin_length)
{
    size_t before = length - origin_length + 1, zone = spelling->zone_length;
    if (spelling->high || spelling->zone == NULL ||
        (text[n - 1] != '.' && origin != NULL && before >= zone && zone > 1 &&
         name[before - zone] == spelling->zone[0]))
        spelling_look_closely(spelling, text, n, name, length, origin, origin_length);
}

/* Whether a name, in wire form, ends in the zone twice. */
bool spelling_is_twice(const uint8_t *name, uint8_t length, const uint8_t *zone,
                       size_t zone_length);

/* Whether octets above 127 are among n. */
bool spelling_is_high(const char *text, size_t n);

#endif
