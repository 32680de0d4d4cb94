/* The one name that a zone has where it is to be that of a file, or a word in a shell.
 *
 * Purpose: whatever octets the name of a zone has, nothing in this name is a path, an option or
 * anything that a shell would obey; different zones have different names, and one zone has one.
 * Owns, borrows: nothing.
 * Never: allocates. */
#ifndef ZONE_FILENAME_H
#define ZONE_FILENAME_H

#include "base/err.h"

#include <stdint.h>

enum { FILENAME_MOST = 200, FILENAME_ROOM = FILENAME_MOST + 1 };

/* Writes the name for a zone (wire form): in lower case, without the last dot; letters, digits, -
 * and _, and the dots between labels stand for themselves, but for a - that comes first; any other
 * octet is %XX. The root is @. What would be longer than FILENAME_MOST is cut, and ends in ~ and 16
 * hexadecimal digits of the SHA-256 of the name in wire form and lower case. Errors:
 * those of openssl_sha256. */
bool filename_write(char to[FILENAME_ROOM], const uint8_t *zone, size_t length, struct err *err);

#endif
