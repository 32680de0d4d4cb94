/* The catalog zones of a run of sync: fetched first, judged before they replace their copies, and
 * read for the members that the run is about.
 *
 * Owns: nothing; what is read is the run's. Borrows: the run, for the call. */
#ifndef CLI_SYNC_CATALOGS_H
#define CLI_SYNC_CATALOGS_H

#include "cli/sync_run.h"

/* As `judge` of struct landing_shared, with the run as its context: whether the candidate is a
 * catalog that may be used. */
bool sync_catalogs_judge(void *context, struct landing *landing, const char *path, struct err *err);

/* Fetches all, and adds their members to the zones; of one that failed those of the copy that is
 * there. That one fails is told, and is no error. Errors: those of sync_run, ERR_MEMORY; what keeps
 * copies from being read (err_is_trouble). */
bool sync_catalogs_fetch(struct sync_run *run, struct err *err);

/* Once the work on the catalog with this index is over, or before it has begun: makes what was
 * judged what the run goes by, or reads the copy that is there, if there is nothing else yet; and
 * says in run->catalogs what came of it. Errors: ERR_MEMORY; what keeps copies from being read. */
bool sync_catalogs_take(struct sync_run *run, size_t index, struct err *err);

/* Whether none has failed; whether of each there is something that was read. */
bool sync_catalogs_good(const struct sync_run *run);
bool sync_catalogs_read(const struct sync_run *run);

#endif
