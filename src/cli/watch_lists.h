/* Which zones a run of watch is about, and how that becomes other zones while it goes on.
 *
 * Purpose: a list that is read again (SIGHUP), with its keys and certificates, and catalogs that
 * have changed. What cannot be used leaves in force what there was, and says so.
 * Owns: nothing; lists and rows are the run's. Borrows: the run, for the call.
 * Never: takes a list for good of which a line is bad; drops most zones at once. */
#ifndef CLI_WATCH_LISTS_H
#define CLI_WATCH_LISTS_H

#include "cli/watch_run.h"

/* The first lists: of catalogs the members of the copies that are there. Errors: those of
 * sync_begin_list, sync_zones_init, sync_zones_pick; ERR_MEMORY. */
bool watch_lists_begin(struct watch_run *watch, struct err *err);

/* Reads everything again. That it fails is said, and counted. */
void watch_lists_reload(struct watch_run *watch);

/* Between two events: puts catalogs that have changed in force, and lets go of lists that are not
 * used any more. Error: ERR_MEMORY. */
bool watch_lists_turn(struct watch_run *watch, struct err *err);

/* At the end. */
void watch_lists_free(struct watch_run *watch);

#endif
