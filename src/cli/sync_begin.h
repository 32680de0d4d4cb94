/* The beginning of a run over many zones, step by step, and its end: what sync and watch share.
 *
 * Purpose: the commands compose it; each step needs those before it.
 * Owns: what it puts into the run, until sync_begin_close.
 * Borrows: the settings and the loop, for the run's life.
 * Never: asks a server. */
#ifndef CLI_SYNC_BEGIN_H
#define CLI_SYNC_BEGIN_H

#include "cli/sync_run.h"

/* A run that has nothing yet. NULL: there was no memory, which was said. */
struct sync_run *sync_begin_new(const struct settings *settings, const struct loop *loop);

/* Looks whether files that must be different are, opens the folder of the files, and locks it;
 * removes what earlier runs have left. Errors: ERR_USAGE (run->clashes), those of zonefolder_open.
 */
bool sync_begin_folder(struct sync_run *run, struct err *err);

/* Reads the list and what it names, also where there is no --list, and says what is wrong with its
 * lines. `before` as in struct zonelist_config. *list is the caller's, if it is not NULL, also
 * after an error. Errors: those of zonelist_read; ERR_USAGE, there are bad lines. */
bool sync_begin_list(struct sync_run *run, const struct zonelist *before, struct zonelist **list,
                     struct err *err);

/* Opens report and standard output. Errors: theirs, ERR_MEMORY. */
bool sync_begin_outputs(struct sync_run *run, struct err *err);

/* As `ended` of struct hooks_config. */
typedef void sync_begin_ended(void *context, void *owner, const struct hook *hook);

/* Makes threads, engine and the queue of commands, with whoever is told of their ends: once the
 * fence is up. Of `many` inbox and event_fd count. Error: ERR_MEMORY. */
bool sync_begin_engine(struct sync_run *run, const struct compile_many *many,
                       sync_begin_ended *ended, void *context, struct err *err);

/* What the scheduler needs of it. */
struct sync_config sync_begin_config(struct sync_run *run);

/* Closes and frees all, the run itself, too. */
void sync_begin_close(struct sync_run *run);

#endif
