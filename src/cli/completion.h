/* The command `completion`: shell completions, made from the option table. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include <stdbool.h>
#include <stdio.h>

/* Prints the completion script of a shell (bash, zsh or fish). Returns false if there is none for
 * that shell, having printed nothing. */
bool completion_print(FILE *to, const char *shell);

#endif
