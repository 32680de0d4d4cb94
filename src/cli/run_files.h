/* Which files a run reads and writes. */
#ifndef CLI_RUN_FILES_H
#define CLI_RUN_FILES_H

#include "cli/settings.h"

/* Whether the files that the settings name, and those that go with them, are different where they
 * must be: in one, one use destroys the other. `writes`: there is an output. If not, sets
 * *report_clashes to whether the report may be one of the two. Errors: those of files_check. */
bool run_files_check(const struct settings *settings, bool writes, bool *report_clashes,
                     struct err *err);

/* The same for a run over many zones, whose files are in `folder`: whatever has a name there that a
 * zone's file has may be one, of a zone that a catalog names. */
bool run_files_check_sync(const struct settings *settings, const char *folder, struct err *err);

#endif
