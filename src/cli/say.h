/* Messages on standard error: "zxfr: who: what", one line each.
 *
 * Never: lets a control character out, so that no server and no argument can control the terminal.
 */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include "base/notes.h"

#include <stdbool.h>
#include <stdio.h>

/* Prints a line. A progress line is removed first. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for what has failed, which has a colour of its own. */
void say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether there are colours from now on: of failures, of warnings ("warning: " somewhere in the
 * line) and of hints ("hint: " at its beginning). What a line says comes without escape sequences
 * all the same. */
void say_colored(bool colored);

/* How messages call a file that the command line names. */
const char *say_file(const char *path);

/* Octets in units that people read, of which there are not 0.0 where there is something. */
enum { SAY_AMOUNT = 32 };
const char *say_amount(char text[SAY_AMOUNT], uint64_t octets);

/* Prints warnings about `who`: the first of each kind, and how many more there are. A place in the
 * file `who` that a text begins with takes the place of the name. */
void say_notes(const char *who, const struct notes *notes);

/* Shows a line that the next one replaces. */
void say_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* From now on lines go to `to`, or with NULL to standard error again. */
void say_to(FILE *to);

/* From now on lines begin with what they are about, and a colon; or, with NULL, with nothing. It is
 * borrowed until then. */
void say_about(const char *what);

/* From now on a line that standard error does not take within half a second is lost: whoever stays
 * must not stand still because nobody reads. */
void say_give_up(void);

/* Removes the progress line. */
void say_progress_end(void);

/* The same, and from now on there is none. */
void say_progress_stop(void);

#endif
