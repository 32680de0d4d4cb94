/* Who sees a zone as it passes on its way to a writer, and can say afterwards what it was like.
 *
 * Purpose: the judges of src/verify behind the sort of a pipe, with all that they need: findings,
 * threads, the time of day.
 * Owns: the findings, the threads.
 * Borrows: the members of the configuration, for its life.
 * Never: refuses anything; changes a record. */
#ifndef JOB_WITNESS_H
#define JOB_WITNESS_H

#include "verify/verify.h"

struct witness_config {
    unsigned what; /* enum verify_what; 0: nothing */
    const struct anchors *anchors;
    uint32_t skew; /* seconds */
    size_t max_findings;
    unsigned jobs;       /* threads, with the caller's: at least one */
    struct work *shared; /* threads that are there already, in place of those; or NULL */
    const struct halt *halt;
};

/* All zero: it sees nothing. */
struct witness {
    struct witness_config config;
    struct findings *findings; /* of the last zone; closed */
    struct verify_result result;
    struct work *work;
};

/* Whether it sees anything; NULL does not. */
static inline bool witness_looks(const struct witness *witness)
{
    return witness != NULL && witness->config.what != 0;
}

/* Makes the threads for `jobs` (as in the configuration): *work is NULL where one does it. Error:
 * ERR_MEMORY. */
bool witness_threads(struct work **work, unsigned jobs, struct err *err);

/* Puts it before `next`, which it takes over, and forgets what it has seen before. The records must
 * come sorted. Where there is nothing to see it returns `next` itself. Returns NULL with
 * ERR_MEMORY, having freed `next`. Errors of the sink: those of verify_new's. */
struct sink *witness_new(struct witness *witness, struct sink *next, struct err *err);

void witness_fini(struct witness *witness);

#endif
