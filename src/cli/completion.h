/* The command `completion`: shell completions, made of the rows of commands and options.
 *
 * Purpose: which shells there are. Each script finds out which command was typed, and offers what
 * fits it: commands, options, the words that a value may be, files. Owns: nothing. Never: fails. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The names of the shells; NULL past the end. */
const char *completion_shell(size_t index);

/* Whether there is a completion script for a shell: bash, zsh or fish. */
bool completion_has(const char *shell);

/* Prints the script of a shell; nothing if it has none. */
void completion_print(FILE *to, const char *shell);

#endif
