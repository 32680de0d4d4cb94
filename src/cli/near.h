/* Words that look alike: what may have been meant by one that nobody knows.
 *
 * Owns: nothing. */
#ifndef CLI_NEAR_H
#define CLI_NEAR_H

#include <stddef.h>

/* How many changes make b of a: a character more, less, or another one, or two that have changed
 * places. `most`, if it is that many or more. */
size_t near_distance(const char *a, const char *b, size_t most);

/* How far a word may be from one that was meant; beyond that it is another word. */
size_t near_most(const char *word);

/* The command that a word is near to, or NULL. */
const char *near_command(const char *word);

/* The option that a name without its dashes is near to, or begins like; or NULL. */
const char *near_option(const char *name);

#endif
