/* What a file holds that is there already, in figures.
 *
 * Purpose: for the report of a run that has not written the file anew. Reads all of it.
 * Owns: nothing. Never: prints, changes a file. */
#ifndef JOB_MEASURE_H
#define JOB_MEASURE_H

#include "base/halt.h"
#include "io/loop.h"
#include "out/filter.h"
#include "out/stats.h"
#include "out/zonefacts.h"

struct measure_config {
    const char *path;
    const uint8_t *zone; /* that it is of */
    uint8_t zone_length;
    uint16_t class;
    const struct filter *filter; /* which types count; NULL: all */
    const struct loop *loop;
    uint64_t deadline; /* of loop_now */
    const struct halt *halt;
};

/* Reads the file into `facts` and, where that is not NULL, the figures of a sorted file into
 * `stats`. Errors: those of input_open and of its source; facts->complete tells whether all was
 * read. */
bool measure_file(const struct measure_config *config, struct zonefacts *facts, struct stats *stats,
                  struct err *err);

/* The same of a sorted zone that a source gives, of which all counts; nothing of it tells which
 * zone it is. */
bool measure_source(struct source *source, const struct zone_info *zone, const struct halt *halt,
                    struct zonefacts *facts, struct stats *stats, struct err *err);

#endif
