/* The folder that the files of many zones are in.
 *
 * Purpose: one run at a time writes there; which files there are is read once; what no zone of the
 * run names is found, and may be moved away.
 * Owns: a descriptor of the folder, with the lock; the names.
 * Never: deletes a zone's file; opens one, but to see whether it is zxfr's; prints. */
#ifndef JOB_ZONEFOLDER_H
#define JOB_ZONEFOLDER_H

#include "base/dict.h"
#include "io/loop.h"
#include "job/zones.h"

#include <limits.h>

struct zonefolder {
    char path[PATH_MAX]; /* without a slash at its end, but for "/" */
    int fd;
    struct dict files;   /* names of NAME.zone, without that ending */
    struct dict links;   /* those of them that are symbolic links */
    struct dict markers; /* names of which .NAME.zone.hook is there */
    struct dict left;    /* and .NAME.zone.zxfr, which a run that was killed has left */
};

struct zonefolder_config {
    const char *path;
    bool is_shared;  /* other runs of other zones may be at work there, too (--shard) */
    bool only_reads; /* nothing is written there: no lock is needed, and what was left stays */
    bool waits;      /* until another run has ended; else that is an error */
    const struct loop *loop;
};

/* Opens and locks it (flock on the folder itself), and reads the names. What an earlier run has
 * left of files that it was writing is removed, unless somebody is writing them. To be closed by
 * zonefolder_close in any case. Errors: ERR_OUTPUT, it is not there, is no folder or cannot be
 * read; ERR_BUSY; ERR_INTERRUPTED, ERR_MEMORY. */
bool zonefolder_open(struct zonefolder *folder, const struct zonefolder_config *config,
                     struct err *err);
void zonefolder_close(struct zonefolder *folder);

/* Reads the names once more. Error: ERR_OUTPUT, ERR_MEMORY; then they are what they were. */
bool zonefolder_reread(struct zonefolder *folder, struct err *err);

/* Adds a row for each file whose end line names a zone. What cannot be read is passed over. */
void zonefolder_rows(const struct zonefolder *folder, struct zones *zones);

/* Files that no zone of the list names. */
struct unlisted {
    size_t files; /* NAME.zone, in all */
    size_t count; /* of them: unlisted */
    char **names; /* their names, sorted */
    size_t moved;
};

/* Finds those of none of `count` lists. To be freed by unlisted_fini in any case. Error:
 * ERR_MEMORY. */
bool unlisted_find(struct unlisted *unlisted, const struct zonefolder *folder,
                   const struct zones *const *lists, size_t count, struct err *err);

/* Moves those that zxfr has written to another folder. Nothing there is replaced: where a name is
 * taken it is followed by .2, .3 and so on, up to .9999. What fails for one keeps no other one from
 * being moved. Error: ERR_OUTPUT, the first. */
bool unlisted_move(struct unlisted *unlisted, const struct zonefolder *folder, const char *to,
                   struct err *err);

void unlisted_fini(struct unlisted *unlisted);

#endif
