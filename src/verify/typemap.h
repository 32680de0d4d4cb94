/* The bitmaps of NSEC and NSEC3 records, which tell the types of a name (RFC 4034 section 4.1.2).
 *
 * Purpose: makes the one that a name should have, and tells where two differ.
 * Owns, borrows: nothing after a call. Never: allocates. */
#ifndef VERIFY_TYPEMAP_H
#define VERIFY_TYPEMAP_H

#include "verify/node.h"

enum { TYPEMAP_MAX = 256 * (2 + 32) };

/* Writes the bitmap that the NSEC record of the name should have; or, for NSEC3, that of the record
 * of its hash (RFC 5155 section 7.1), where a name with an NSEC record has the bit of that, too.
 * Returns its length. */
size_t typemap_make(uint8_t out[TYPEMAP_MAX], const struct node *node, bool nsec3);

/* Whether it is the one form that a set of types has: windows in order, none empty, no zeros at
 * their ends. */
bool typemap_fits(const uint8_t *map, size_t length);

/* Whether a bitmap, which fits, has the type. */
bool typemap_has(const uint8_t *map, size_t length, uint16_t type);

/* Whether two bitmaps, which fit, are the same but for the bit of the type. */
bool typemap_equal_but(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length,
                       uint16_t type);

/* Writes what a bitmap has too much, and what it lacks: "+MX -TXT"; the first few. Both fit.
 * Returns text. */
enum { TYPEMAP_TEXT_ROOM = 160 };
const char *typemap_difference(char text[TYPEMAP_TEXT_ROOM], const uint8_t *expected,
                               size_t expected_length, const uint8_t *found, size_t found_length);

#endif
