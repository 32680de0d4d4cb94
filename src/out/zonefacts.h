/* What a report tells of a zone, as its records pass in any order.
 *
 * Purpose: counts them, keeps the numbers of the SOA, and finds out until when the zone will have
 * good signatures; also as a sink on the way to a writer. It is cheap, and needs no memory of its
 * own, but it looks at every record: who wants no report does without.
 * Owns: what is in the object.
 * Never: allocates (but for the sink), judges a signature. */
#ifndef OUT_ZONEFACTS_H
#define OUT_ZONEFACTS_H

#include "dns/expiry.h"
#include "dns/name.h"
#include "dns/rr.h"

struct zonefacts {
    bool complete; /* the end has come, and it was a good one */
    uint64_t records;
    bool has_soa;
    uint32_t serial, refresh, retry, expire, minimum;
    /* Valid after zonefacts_end: whether there are RRSIG records, and until when there are good
     * signatures over all that is signed (dns/expiry.h). */
    bool is_signed;
    uint32_t first_expiry;

    /* Private. */
    uint8_t apex[NAME_MAX_WIRE];
    uint8_t apex_length;
    struct expiry expiry;
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
