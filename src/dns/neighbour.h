/* What two records that follow each other tell about the zone.
 *
 * Purpose: finds, within a run of records with one owner, duplicates, TTLs that differ within an
 * RRset, other data beside a CNAME, a second CNAME, DNAME or SOA, and RRsets that no message can
 * hold. A stream sees only neighbours; a store that holds the zone sorted makes all of them
 * neighbours.
 * Owns: a copy of what it must remember.
 * Never: allocates, prints. */
#ifndef DNS_NEIGHBOUR_H
#define DNS_NEIGHBOUR_H

#include "base/notes.h"
#include "dns/name.h"
#include "dns/rr.h"

enum { NEIGHBOUR_RDATA = 512 };

struct neighbour_run {
    uint8_t seen;    /* whether the current owner has a CNAME, and what may not be beside it */
    uint32_t octets; /* of the records of its current RRset in a message */
};

struct neighbour {
    bool plain; /* a record came before, and its RRset is not `large` */
    struct neighbour_run run;
    uint32_t limit; /* the next record of an RRset with more octets is looked at */
    bool large;     /* the current RRset fits in no message; its owner: */
    uint8_t owner[NAME_MAX_WIRE];
    uint16_t type;
    uint32_t ttl;
    uint16_t rdlength;
    uint8_t rdata[NEIGHBOUR_RDATA]; /* longer RDATA is not compared */
};

/* Looks at the next record; `same_owner` tells whether it has the owner of the one before. Notes:
 * ERR_DUP_RR, ERR_TTL_MISMATCH, ERR_CNAME_CLASH, ERR_MULTI_SINGLE, and ERR_RRSET_SIZE when the
 * RRset is over. Returns false only under strict. */
bool neighbour_check(struct neighbour *neighbour, const struct rr *rr, bool same_owner,
                     struct notes *notes, struct err *err);

/* As neighbour_check, for a record that is known not to repeat the one before. */
bool neighbour_check_distinct(struct neighbour *neighbour, const struct rr *rr, bool same_owner,
                              struct notes *notes, struct err *err);

/* Notes ERR_RRSET_SIZE of the last RRset, after the last record. Returns false only under strict.
 */
bool neighbour_end(struct neighbour *neighbour, struct notes *notes, struct err *err);

/* Notes that a record came twice. Returns false only under strict. */
bool neighbour_duplicate(const struct rr *rr, struct notes *notes, struct err *err);

#endif
