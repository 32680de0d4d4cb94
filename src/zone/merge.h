/* The changes that turn one zone into another, found by walking along two sources in canonical
 * order.
 *
 * Purpose: two sorted sources of records in, a source of changes out, in the order of the store: a
 * changed RRset stands together, its deletes before its adds. A record of which only the TTL
 * changes is deleted, with the old TTL, and added.
 * Two records are the same if their owner, type and RDATA are. Names in RDATA are compared without
 * letter case, whatever the type (the canonical form keeps the case of some, RFC 6840 section 5.1);
 * text is compared as it is. Records that are the same in canonical form are paired first; only
 * among the rest does letter case make no difference.
 * Owns: copies of what differs within one RRset.
 * Borrows: the sources, and the apex, for its life.
 * Lends: a record, until the next is asked for.
 * Never: keeps a zone; prints. */
#ifndef ZONE_MERGE_H
#define ZONE_MERGE_H

#include "base/halt.h"
#include "dns/rr.h"

/* Differences that do not count. */
enum merge_ignore {
    MERGE_IGNORE_TTL = 1,
    MERGE_IGNORE_SERIAL = 2, /* SOA records that differ in nothing else are the same */
    MERGE_IGNORE_SOA = 4,    /* the zone's SOA is not compared */
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
    void *context; /* of that */
    /* Lets both sources pass over what they know to be the same in both without making records of
     * it. Called only when all records that they gave have been dealt with. May be NULL. */
    bool (*skip)(void *skip_context, struct err *err);
    void *skip_context;
    bool distrusts;          /* the order of the sources is checked */
    const struct halt *halt; /* NULL: never */
};

/* Error: ERR_MEMORY. Errors of the source: those of the two, of `skip` and of the
 * halt; ERR_MEMORY; ERR_ZONE_FILE, where a source that is not trusted is out of order. */
struct source *merge_open(const struct merge_config *config, struct err *err);

#endif
