/* What is odd about the zones of a run, and said: files of no zone, lines and groups that do
 * nothing, servers without a key.
 *
 * Purpose: what is likely to be a mistake is told before it costs a zone.
 * Owns: nothing but the names of unlisted files, in the run.
 * Never: asks a server; deletes a file. */
#ifndef CLI_SYNC_ODD_H
#define CLI_SYNC_ODD_H

#include "cli/sync_run.h"

/* Finds the files that no zone of the run names, if the run knows all zones, and moves them where
 * --unlisted-to says, unless there are too many. Errors: ERR_MEMORY, ERR_OUTPUT. */
bool sync_odd_files(struct sync_run *run, struct err *err);

/* Lines whose zones no catalog has, and groups that no member is of: once all catalogs were read.
 */
void sync_odd_lines(const struct sync_run *run);

/* Servers without a key where others have keys of their own: each once. Error: ERR_MEMORY. */
bool sync_odd_servers(const struct sync_run *run, const struct zones *zones, struct err *err);

#endif
