/*
 * name: domain names in wire form, uncompressed, and out of presentation text.
 *
 * Owns: nothing. A name is a pointer to its octets, the last of which is the root's 0; room for
 * 256 octets holds every name.
 * Never: follows a compression pointer.
 */
#ifndef PRIMARY_NAME_H
#define PRIMARY_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NAME_MAX_WIRE = 255 };

/* The octets of an uncompressed name within max octets; 0 where there is none. */
size_t name_span(const uint8_t *name, size_t max);

/* The octets of a name that is known to be well-formed. */
size_t name_length(const uint8_t *name);

/* Letter case makes no difference. */
bool name_equal(const uint8_t *a, const uint8_t *b);

/* One character of presentation text, with its escape undone (RFC 1035 section 5.1). Moves *text
 * past it. */
uint8_t name_unescape(const char **text, const char *end);

/* A name out of text; without a dot at its end the origin follows, "@" is the origin itself. False:
 * bad text. */
bool name_parse(uint8_t out[256], const char *text, size_t len, const uint8_t *origin);

#endif
