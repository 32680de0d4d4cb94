/* A line of a list as words.
 *
 *     ZONE @SERVER --option "a value with blanks"   # a comment
 *
 * Words stand between blanks and tabs. Double quotes, also in the middle of a word, take blanks and
 * # for what they are; inside them \" is a quote and \\ a backslash, and any other backslash stands
 * for itself, as all do outside. # begins a comment at the start of a word.
 *
 * Purpose: cuts a line, in its own place.
 * Owns, allocates: nothing.
 * Never: knows what the words mean; shows what stands in the line. */
#ifndef CLI_ZONELIST_WORDS_H
#define CLI_ZONELIST_WORDS_H

#include "base/err.h"

enum {
    ZONELIST_LINE_MAX = 65536,                      /* octets, without the end of the line */
    ZONELIST_WORDS_MAX = ZONELIST_LINE_MAX / 2 + 1, /* that such a line can have */
};

/* Cuts a line of `length` octets, with room for one more. The words are written one after the
 * other to its start, each with a NUL; `words` has room for ZONELIST_WORDS_MAX. Error: ERR_USAGE,
 * for control characters other than tabs, also in comments, and for a quote that is not closed. */
bool zonelist_words_cut(char *line, size_t length, char **words, size_t *count, struct err *err);

#endif
