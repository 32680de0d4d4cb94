/* Options of other tools that zxfr has under no such name, and what to do here.
 *
 * Purpose: tables for the messages about unknown options and commands.
 * Owns: nothing but the constant tables; texts are half a sentence. */
#ifndef CLI_OPT_FOREIGN_H
#define CLI_OPT_FOREIGN_H

#include <stdbool.h>

/* Of a letter, for diff or for the other commands; NULL: there is none. */
const char *opt_foreign_letter(char letter, bool is_diff);

/* Of a long name without its dashes; NULL: there is none. */
const char *opt_foreign_name(const char *name);

/* Of a word that could be meant as a command; NULL: there is none. */
const char *opt_foreign_command(const char *word);

#endif
