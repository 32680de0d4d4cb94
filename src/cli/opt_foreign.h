/* Options of other tools that zxfr has under no such name, and what to do here.
 *
 * Purpose: two tables, for the message about an unknown option.
 * Owns: nothing but the constant tables; texts are half a sentence. */
#ifndef CLI_OPT_FOREIGN_H
#define CLI_OPT_FOREIGN_H

/* Of a letter; NULL: there is none. */
const char *opt_foreign_letter(char letter);

/* Of a long name without its dashes; NULL: there is none. */
const char *opt_foreign_name(const char *name);

#endif
