/* What turns one zone into another: a walk along two sources in canonical order.
 *
 * Purpose: two sorted sources of records in, a source of changes out, in the order of the store:
 * a changed RRset stands together, its deletes before its adds. A record of which only the TTL
 * changes is deleted, with the old TTL, and added.
 * Records are the same that have the same owner, type and RDATA, the names in it compared without
 * letter case whatever the type (the canonical form leaves the case of some, RFC 6840 section 5.1);
 * text is compared as it is. Pairs that are the same in canonical form find each other first, and
 * only of what is left any other letter case counts as the same.
 * Owns: copies of what differs within one RRset.
 * Borrows: the sources, and the apex, for its life.
 * Lends: a record, until the next is asked for.
 * Never: keeps a zone; prints. */
#ifndef ZONE_MERGE_H
#define ZONE_MERGE_H

#include "base/halt.h"
#include "dns/rr.h"

/* What makes no difference. */
enum merge_ignore {
    MERGE_IGNORE_TTL = 1,
    MERGE_IGNORE_SERIAL = 2, /* SOA records that differ in nothing else are the same */
    MERGE_IGNORE_SOA = 4,    /* the SOA of the zone is no record of it */
};

struct merge_config {
    struct source *old, *new; /* in the order of store_walk; canonical, or with `exact` in the
                               * letter case in which they came */
    const uint8_t *apex;
    uint8_t apex_length;
    bool exact;      /* letter case makes a difference, everywhere */
    unsigned ignore; /* enum merge_ignore */
    /* Whether a record is compared at all; NULL: all are. */
    bool (*takes)(void *context, const struct rr *rr);
    /* Lets both sources pass over what is the same in both, where they know without making records
     * of it. Called only where all records that they gave are dealt with. Then the sources are not
     * trusted to be in order. May be NULL. */
    bool (*skip)(void *context, struct err *err);
    void *context;           /* of both */
    const struct halt *halt; /* NULL: never */
};

/* Error: ERR_MEMORY. Errors of the source: those of the two, of `skip` and of the
 * halt; ERR_MEMORY; ERR_ZONE_FILE, where a source that is not trusted is out of order. */
struct source *merge_open(const struct merge_config *config, struct err *err);

#endif
