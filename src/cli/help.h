/* The help, which is made of the rows of commands and options.
 *
 * Purpose: the whole of it, that of one command, and one screen of what is needed most.
 * Never: fails; the caller looks whether the text could be written. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/command.h"

#include <stdio.h>

enum { HELP_WIDTH = 100, HELP_LEAST_WIDTH = 60, HELP_SCREEN_WIDTH = 80, HELP_SCREEN_LINES = 23 };

/* All commands and all options by groups, no line longer than the width, which is from
 * HELP_LEAST_WIDTH to HELP_WIDTH. An option that is not for the
 * first command says for which it is, or the title of its group does. */
void help_all(FILE *to, int width);

/* One command, its options, and the name of its manual page. */
void help_command(FILE *to, const struct command *command, int width);

/* At most HELP_SCREEN_LINES lines of HELP_SCREEN_WIDTH: some command lines, the commands that ask
 * or read, and the options that are marked as the common ones. */
void help_screen(FILE *to);

#endif
