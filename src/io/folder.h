/* The files of a folder, by name; and the lock of a folder.
 *
 * Owns: the names, inside the object.
 * Never: opens a file; follows into folders. */
#ifndef IO_FOLDER_H
#define IO_FOLDER_H

#include "base/err.h"
#include "io/loop.h"

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

struct folder_lock {
    const char *path; /* of the folder, for messages */
    bool is_shared;   /* others who share it may have it, too */
    bool waits;       /* until it is free; else that is an error */
    const struct loop *loop;
};

/* Takes the lock (flock) of a folder that is open; closing the descriptor gives it back. Errors:
 * ERR_BUSY, ERR_INTERRUPTED, ERR_OUTPUT. */
bool folder_lock(int fd, const struct folder_lock *lock, struct err *err);

#endif
