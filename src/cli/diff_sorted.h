/* The quick way of diff: two sorted files of zxfr, compared line by line.
 *
 * Purpose: finds out whether the two sides are such files, and makes them the sources of a merge.
 * Whatever is odd about them, this way is not taken, or given up: the other one reads the files
 * anew and says what is wrong. Owns: the open files. Borrows: the settings and the loop, for its
 * life. Never: prints. */
#ifndef CLI_DIFF_SORTED_H
#define CLI_DIFF_SORTED_H

#include "cli/settings.h"
#include "zone/merge.h"
#include "zone/pair.h"

struct diff_sorted {
    const struct settings *settings;
    struct infile *files[2];
    struct pair *pair;
};

/* Opens both, if both look like sorted files and no option asks for more than a comparison. Returns
 * false where this is not the way. To be closed in any case. */
bool diff_sorted_open(struct diff_sorted *sorted, const struct settings *settings,
                      const struct loop *loop, uint64_t deadline);
void diff_sorted_close(struct diff_sorted *sorted);

/* What a merge needs of them: sources, `skip`, `takes`. */
void diff_sorted_use(struct diff_sorted *sorted, struct merge_config *config);

/* Whether a failure means that the other way is to be tried. */
bool diff_sorted_gives_up(const struct err *err);

#endif
