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

void spelling_forget(struct spelling *spelling);

/* Looks at a name that was read from n characters. One that ends in a dot is meant as it is,
 * whatever it looks like: a zone "com." may have a name "com.com.". */
void spelling_look(struct spelling *spelling, const char *text, size_t n, const uint8_t *name,
                   uint8_t length, const uint8_t *origin, size_t origin_length);

/* Whether a name, in wire form, ends in the zone twice. */
bool spelling_is_twice(const uint8_t *name, uint8_t length, const uint8_t *zone,
                       size_t zone_length);

/* Whether octets above 127 are among n. */
bool spelling_is_high(const char *text, size_t n);

#endif
