/* The quick way of a comparison: two sorted files of zxfr, line by line.
 *
 * Purpose: finds out whether the two sides are such files, and makes them the sources of a merge.
 * If anything is odd about them, this way is not taken, or is given up: then the files are read
 * anew as any others, which says what is wrong. Owns: the open files. Borrows: the sides, for its
 * life. Never: prints. */
#ifndef JOB_SIDE_SORTED_H
#define JOB_SIDE_SORTED_H

#include "job/side.h"
#include "zone/merge.h"
#include "zone/pair.h"

struct side_sorted {
    const struct side *sides;
    struct infile *files[2];
    struct pair *pair;
};

/* Opens both, if both look like sorted files and nothing asks for more than a comparison. Returns
 * false where this way cannot be taken. To be closed in any case. */
bool side_sorted_open(struct side_sorted *sorted, const struct side sides[2]);
void side_sorted_close(struct side_sorted *sorted);

/* What a merge needs of them: sources, `skip`, `takes`. */
void side_sorted_use(struct side_sorted *sorted, struct merge_config *config);

/* Whether a failure means that the other way is to be tried. */
bool side_sorted_gives_up(const struct err *err);

#endif
