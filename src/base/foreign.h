/* What a text begins with: a mark of its encoding, or the signature of something that is not text.
 *
 * Purpose: tells by the first octets what zxfr cannot read, and what to do with it.
 * Borrows: the octets, for the call.
 * Never: allocates, reads files. */
#ifndef BASE_FOREIGN_H
#define BASE_FOREIGN_H

#include <stddef.h>

/* So many octets are enough for both, where the text has as many. */
enum { FOREIGN_HEAD = 64 };

/* The length of the byte order mark that some editors put before UTF-8; 0 if there is none. */
size_t foreign_mark(const char *octets, size_t length);

/* What the text is, as words that follow its name ("is compressed (gzip): ..."); NULL where nothing
 * tells that it is not text in an encoding that extends ASCII. */
const char *foreign_says(const char *octets, size_t length);

/* The same for a text that ought to be a zone. */
const char *foreign_zone_says(const char *octets, size_t length);

#endif
