/* What a report tells of a zone, as its records pass in any order.
 *
 * Purpose: counts them, keeps the numbers of the SOA, and finds out until when the zone will have
 * good signatures; also as a sink on the way to a writer. It is cheap, and needs no memory of its
 * own, but it looks at every record: who wants no report does without.
 * Owns: what is in the object.
 * Never: allocates (but for the sink), judges a signature. */
#ifndef OUT_ZONEFACTS_H
#define OUT_ZONEFACTS_H

#include "dns/name.h"
#include "dns/rr.h"

/* Types under one owner whose signatures are told apart; with more the first expiry may be told too
 * early, never too late. */
enum { ZONEFACTS_SETS = 64 };

struct zonefacts {
    bool complete; /* the end has come, and it was a good one */
    uint64_t records;
    bool has_soa;
    uint32_t serial, refresh, retry, expire, minimum;
    bool is_signed; /* there are RRSIG records */
    /* The earliest, over RRsets, of the latest expiration among the signatures of an RRset;
     * compared as serial numbers (RFC 4034 section 3.1.5). Valid after zonefacts_end, where
     * is_signed. */
    uint32_t first_expiry;

    /* Private: the signatures of the owner that is under way. */
    uint8_t apex[NAME_MAX_WIRE], owner[NAME_MAX_WIRE];
    uint8_t apex_length, owner_length;
    bool has_expiry;
    unsigned set_count;
    struct zonefacts_set {
        uint16_t covered;
        uint32_t latest;
    } sets[ZONEFACTS_SETS];
};

/* As begin, record and end of a sink, for a zone. All that was before is forgotten by the first.
 * The signatures over an RRset must come one after the other, but for those over others of the same
 * owner. */
void zonefacts_begin(struct zonefacts *facts, const struct zone_info *zone);
void zonefacts_add(struct zonefacts *facts, const struct rr *rr);
void zonefacts_end(struct zonefacts *facts);

/* A sink that looks, and passes everything on to `next`, which it takes over. Returns NULL with
 * ERR_MEMORY, having freed `next`. */
struct sink *zonefacts_new(struct sink *next, struct zonefacts *facts, struct err *err);

#endif
