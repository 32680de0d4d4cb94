/* Messages on standard error: "zxfr: who: what", one line each.
 *
 * Never: lets a control character out, so that no server and no argument speaks to the terminal. */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include "base/notes.h"

/* Prints a line. A progress line that stands there is removed first. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints what is worth a warning, about `who`: the first of each kind, and how many more there are.
 */
void say_notes(const char *who, const struct notes *notes);

/* Shows a line that the next one replaces. */
void say_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Removes the progress line. */
void say_progress_end(void);

#endif
