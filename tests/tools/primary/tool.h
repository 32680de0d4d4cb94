/*
 * tool: what every part of the test server needs and the C library lacks.
 *
 * Purpose: an end with a message, memory that is there or ends the process, numbers and words out
 * of text.
 * Owns: nothing; what it allocates is the caller's, and lives as long as the process where nobody
 * frees it.
 * Borrows: texts, for the time of the call.
 * Never: knows anything of DNS.
 */
#ifndef PRIMARY_TOOL_H
#define PRIMARY_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Says "PROGRAM: ..." on standard error and exits with status 2. */
_Noreturn void tool_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* realloc that never returns NULL. */
void *tool_grow(void *old, size_t size);

/* Room for one more element of an array that doubles at each power of two. */
void *tool_grow_array(void *old, size_t count, size_t element);

/* A heap copy of len octets; a block of at least one octet also where len is 0. */
void *tool_copy(const void *data, size_t len);

/* A private, writable mapping of a whole file, which must not be empty. Ends the process where
 * there is none. The caller may munmap it. */
uint8_t *tool_map(const char *file, size_t *size);

/* True if the whole text is a number that fits, in C's decimal, octal or hexadecimal form. */
bool tool_number(const char *text, long *value);

/* The number that a text is; one that is not from min to max ends the process. */
long tool_number_argument(const char *text, long min, long max);

/* True if the text is this word, in any letter case. text need not end in a NUL. */
bool tool_same_word(const char *text, size_t len, const char *word);

/* A 16-bit number behind a prefix, as in TYPE65534; text need not end in a NUL. */
bool tool_numbered(const char *text, size_t len, const char *prefix, unsigned *value);

/* Which one of the choices, a text of words separated by single blanks, the word is; from 0. */
bool tool_choice(const char *choices, const char *word, long *number);

/* The same; a word that is none of them ends the process. */
long tool_choice_argument(const char *text, const char *choices);

/* Sleeps the whole time, whatever signals come. */
void tool_sleep(long ms);

#endif
