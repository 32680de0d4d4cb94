/* Guards on the way to a writer: they refuse a zone that is larger or smaller than it may be.
 *
 * Purpose: a sink that counts records and passes them on.
 * Owns: the next sink, which it frees.
 * Never: changes a record. */
#ifndef OUT_GUARD_H
#define OUT_GUARD_H

#include "dns/rr.h"

enum { NO_SHRINK_LIMIT = 100 };

struct filter;

struct guard_limits {
    uint64_t max_records; /* 0: no limit */
    uint64_t min_records;
    uint64_t old_records;         /* how many the zone had before; 0: not known */
    unsigned max_shrink;          /* percent of old_records; NO_SHRINK_LIMIT: any */
    const struct filter *counted; /* only records that this lets pass count; NULL: all do */
    uint64_t *passed;             /* gets their number at the end; or NULL */
};

/* Puts the guard before `next`, which it takes over. Errors of its sink: ERR_MAX_RECORDS, while
 * records come; ERR_MIN_RECORDS and ERR_MAX_SHRINK, when they end, before `next` is told. Returns
 * NULL with ERR_MEMORY, having freed `next`. Without any limit, where nobody
 * wants the number either, it returns `next` itself. */
struct sink *guard_new(struct sink *next, const struct guard_limits *limits, struct err *err);

/* The same check for a known number of records. */
bool guard_check(const struct guard_limits *limits, uint64_t records, struct err *err);

#endif
