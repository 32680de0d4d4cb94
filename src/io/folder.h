/* The files of a folder, by name.
 *
 * Owns: the names, inside the object.
 * Never: opens a file; follows into folders. */
#ifndef IO_FOLDER_H
#define IO_FOLDER_H

#include "base/err.h"

#include <stddef.h>

struct folder {
    char **paths; /* the folder's path, a slash, and a name each; sorted by name */
    size_t count;
};

/* Whether the path leads to a folder. */
bool folder_is(const char *path);

/* Lists the files whose names `takes` accepts, and that do not begin with a dot. To be freed by
 * folder_fini in any case. Errors: ERR_INPUT, ERR_MEMORY. */
bool folder_list(struct folder *folder, const char *path, bool (*takes)(const char *name),
                 struct err *err);

void folder_fini(struct folder *folder);

#endif
