/* Addresses without ports, and the prefixes that they are in.
 *
 * Purpose: who somebody is, whatever port they use: IPv4 and IPv6 in one form, so that a peer of an
 * IPv6 socket is the same as one of an IPv4 socket.
 * Owns: nothing.
 * Never: looks a name up; knows of zone indexes: link-local addresses of two links are one. */
#ifndef IO_PREFIX_H
#define IO_PREFIX_H

#include "io/resolve.h"

enum { PREFIX_OCTETS = 16 };

/* An IPv6 address; one of IPv4 stands in ::ffff:0:0/96. */
struct prefix_address {
    uint8_t octets[PREFIX_OCTETS];
};

struct prefix {
    struct prefix_address address; /* zero beyond its bits */
    unsigned bits;                 /* 0 to 128 */
};

/* Reads ADDRESS or ADDRESS/BITS, where what is beyond the bits must be zero. Returns NULL, or what
 * is wrong as a static phrase. */
const char *prefix_parse(struct prefix *prefix, const char *text);

/* The address of a socket's address; false: it is of another family. */
bool prefix_address(struct prefix_address *to, const struct address *address);

bool prefix_same(const struct prefix_address *a, const struct prefix_address *b);

/* Whether the prefix has the address in it. */
bool prefix_has(const struct prefix *prefix, const struct prefix_address *address);

#endif
