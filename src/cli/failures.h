/* What has failed in the look at a zone: its attempts, and what became of it all.
 *
 * Owns: nothing. Borrows: a failure lends the words of what it was read from.
 * Never: prints. */
#ifndef CLI_FAILURES_H
#define CLI_FAILURES_H

#include "job/sync_facts.h"

struct failure {
    const char *server, *address, *text; /* the first two may be empty */
    enum err_kind kind;
    unsigned facts;
    bool by_name;
    bool is_current; /* the zone is as it should be, because another attempt was good */
};

bool failures_zone_failed(const struct zone *zone);

/* How many attempts failures_next goes through, before what became of it all. */
size_t failures_attempts(const struct zone_end *end);

/* Goes through what has failed: *at is 0 at first, or how many attempts are passed over. Returns
 * false at the end. With --allow-older a server that has an older zone is what was expected: it is
 * left out, unless `has_expected`. */
bool failures_next(const struct zone_end *end, bool has_expected, size_t *at,
                   struct failure *failure);

/* Whether both are the same but for the zone. */
bool failures_same(const struct failure *a, const struct failure *b);
uint32_t failures_hash(const struct failure *failure);

/* FNV-1a, for more than one text: the result of one call is the hash of the next. */
#define FAILURES_SEED UINT32_C(2166136261)
uint32_t failures_mix(uint32_t hash, const char *text);

#endif
