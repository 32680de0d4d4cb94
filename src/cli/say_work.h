/* Progress of what goes on in this process: reading, sorting, checking, writing. Transfers have
 * their own (say_facts, say_sync).
 *
 * Purpose: a progress line, now and then, for whoever looks at the terminal.
 * Owns: its state, of the thread that began it; what other threads tell is not shown.
 * Borrows: the settings, for good. */
#ifndef CLI_SAY_WORK_H
#define CLI_SAY_WORK_H

#include "cli/settings.h"
#include "io/loop.h"

/* From now on what the loop is told is shown. With `gives_way` nothing is, once output has gone to
 * the terminal. */
void say_work_begin(struct loop *loop, const struct settings *settings, bool gives_way);

/* A transfer goes on: until something else is told, there is nothing to show. */
void say_work_rests(void);

#endif
