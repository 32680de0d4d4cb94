/* Memory for jansson, watched: without memory for the buffer of a string, its parser loses a
 * character of the string and says nothing.
 *
 * Owns: one flag, for the whole process. */
#ifndef CLI_JSONMEM_H
#define CLI_JSONMEM_H

#include <stdbool.h>

/* The version of jansson that this was built with: older ones do not tell which runs. */
const char *jsonmem_library_version(void);

/* From now on jansson's memory is watched. */
void jsonmem_watch(void);

/* Whether it was refused any since then. */
bool jsonmem_failed(void);

#endif
