/* What a descriptor leads to, for those who look.
 *
 * Purpose: whether it is a terminal, how wide, and whether this process is the one that it shows.
 * Owns: nothing. Never: writes. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>

/* Whether it is a terminal that understands escape sequences: TERM says which, and may say that it
 * does not. */
bool terminal_moves(int fd);

/* How many characters fit into a line, as of now; 80 where this is not known. */
unsigned terminal_width(int fd);

/* Whether it is not the terminal of a shell that has put this process into the background. */
bool terminal_is_ours(int fd);

#endif
