/* Figures of a zone, or of changes.
 *
 * Purpose: counts the records that pass; also as a sink on the way to a writer.
 * Owns: the table of types, inside the object.
 * Needs: records that are sorted by owner and type, as a store gives them; a name or an RRset that
 * comes in two pieces would count twice. */
#ifndef OUT_STATS_H
#define OUT_STATS_H

#include "dns/name.h"
#include "dns/rr.h"

enum { STATS_TYPES = 65536 };

struct stats_count {
    uint64_t records, octets; /* added, or in the zone */
    uint64_t deleted;         /* of changes */
};

/* Where a maximum or minimum was found. */
struct stats_place {
    uint8_t owner[NAME_MAX_WIRE];
    uint8_t owner_length; /* 0: there is none */
    uint16_t type;
};

struct stats {
    uint8_t apex[NAME_MAX_WIRE];
    uint8_t apex_length; /* 0: nothing has begun */
    uint16_t class;
    uint32_t serial;
    bool changes;
    uint32_t from;  /* changes: the serial before the first step */
    uint64_t steps; /* changes: how many steps from one serial to another */

    struct stats_count all;
    /* By type. Octets are counted as on the wire without compression. */
    struct stats_count *types; /* STATS_TYPES of them */

    uint64_t names; /* owners; of changes, those that come one name after the other */

    /* What follows is set only for zones. */
    struct stats_place deepest;
    unsigned deepest_labels;    /* without the root */
    struct stats_place largest; /* the RRset with the most records */
    uint64_t largest_records;
    uint32_t least_ttl, greatest_ttl;
    /* Of RRSIGs, compared as serial numbers (RFC 4034 section 3.1.5). */
    struct stats_place earliest, latest;
    uint32_t earliest_expiration, latest_expiration;

    struct stats_place last; /* the record before */
    uint64_t last_records;   /* how many its RRset has so far */
};

/* Sets all to zero, and allocates the table at the first call. Error: ERR_MEMORY. */
bool stats_init(struct stats *stats, struct err *err);
void stats_fini(struct stats *stats);

/* As begin and record of a sink. */
void stats_begin(struct stats *stats, const struct zone_info *zone);
void stats_add(struct stats *stats, enum rr_op op, const struct rr *rr);

/* A sink that counts into `stats`, which it initialises, and passes everything on to `next`, which
 * it takes over. Returns NULL with ERR_MEMORY, having freed `next`. */
struct sink *stats_new(struct sink *next, struct stats *stats, struct err *err);

#endif
