/* Which files a run reads and writes. */
#ifndef CLI_RUN_FILES_H
#define CLI_RUN_FILES_H

#include "cli/settings.h"
#include "io/files.h"

/* Adds those that the settings name. `writes`: there is an output. */
void run_files(struct files *files, const struct settings *settings, bool writes);

#endif
