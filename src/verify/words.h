/* Words of findings: algorithms, times, types, hashes.
 *
 * Purpose: the same thing is called the same everywhere.
 * Owns, borrows: nothing. Never: allocates. */
#ifndef VERIFY_WORDS_H
#define VERIFY_WORDS_H

#include <stddef.h>
#include <stdint.h>

/* "2026-11-29T12:00:00Z, 3 h ago", or "in 3 h". Returns text. */
enum { WORDS_TIME_ROOM = 64 };
const char *words_time(char text[WORDS_TIME_ROOM], uint32_t time, uint32_t now);

/* The mnemonic of an algorithm of DNSSEC, or "algorithm 250". Returns text. */
enum { WORDS_ALGORITHM_ROOM = 24 };
const char *words_algorithm(char text[WORDS_ALGORITHM_ROOM], uint8_t algorithm);

/* The mnemonic of a type, or TYPEn. Returns text. */
enum { WORDS_TYPE_ROOM = 16 };
const char *words_type(char text[WORDS_TYPE_ROOM], uint16_t type);

#endif
