/* Serial numbers (RFC 1982), which wrap around: 0 follows 4294967295.
 *
 * Purpose: the only place that says which of two serials is newer; plain < is wrong.
 * Owns, borrows, allocates: nothing. */
#ifndef DNS_SERIAL_H
#define DNS_SERIAL_H

#include <stdint.h>

enum serial_order {
    SERIAL_EQUAL,
    SERIAL_NEWER,
    SERIAL_OLDER,
    SERIAL_UNDEFINED, /* 2^31 apart: RFC 1982 section 3.2 gives such a pair no order */
};

/* What `serial` is when compared with `than`. */
static inline enum serial_order serial_compare(uint32_t serial, uint32_t than)
{
    uint32_t distance = serial - than;
    if (distance == 0)
        return SERIAL_EQUAL;
    if (distance == UINT32_C(0x80000000))
        return SERIAL_UNDEFINED;
    return distance < UINT32_C(0x80000000) ? SERIAL_NEWER : SERIAL_OLDER;
}

#endif
