/* What the completion scripts of all shells are made of, and the scripts.
 *
 * Purpose: the rows of commands and options as pieces of a script.
 * Owns: nothing. Never: fails. */
#ifndef CLI_COMPLETION_ROWS_H
#define CLI_COMPLETION_ROWS_H

#include "cli/opt.h"

#include <stdio.h>

/* The scripts, each in a file of its own. */
void completion_bash_print(FILE *to);
void completion_zsh_print(FILE *to);
void completion_fish_print(FILE *to);

/* Writes the letter and the name of an option, with their dashes and with `between` between them.
 */
void completion_rows_names(FILE *to, const struct opt *opt, const char *between);

/* Writes the same of all options whose next word is their value. */
void completion_rows_valued(FILE *to, const char *between);

/* Writes the names of those commands of this version whose bit is set, and returns their number. */
size_t completion_rows_commands(FILE *to, unsigned commands, const char *between);

/* The bits of those commands of this version whose words may be files (COMMAND_FILES). */
unsigned completion_rows_of_files(void);

/* The bits of those whose words are zones: they ask servers, and read no files. */
unsigned completion_rows_of_zones(void);

/* Whether a list has words that are not for every command that takes the option. */
bool completion_rows_differ(word_list *words);

/* Whether every command of this version is among the bits. */
bool completion_rows_every(unsigned commands);

/* The word lists that rows of commands or options name, each with the name that a script calls it
 * by; NULL past the end. */
struct completion_list {
    const char *name;
    word_list *words;
};
const struct completion_list *completion_rows_list(size_t index);

/* The name of a list that is one of them. */
const char *completion_rows_list_name(word_list *words);

#endif
