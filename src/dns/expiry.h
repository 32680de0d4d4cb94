/* Until when the signatures of a zone are good, as their records pass.
 *
 * Purpose: the one computation of the earliest, over RRsets, of the latest expiration among the
 * signatures over an RRset. Times are compared as serial numbers (RFC 4034 section 3.1.5); no
 * signature is verified.
 * Owns: what is in the object. A fresh one, of no signatures, is all zero.
 * Borrows: owners, records and texts, for the call.
 * Never: allocates, fails, looks at the clock. */
#ifndef DNS_EXPIRY_H
#define DNS_EXPIRY_H

#include "dns/name.h"
#include "dns/rr.h"
#include "dns/types.h"

/* Types under one owner whose signatures are told apart; with more, that are mixed, the expiry may
 * be told too early, never too late. */
enum { EXPIRY_SETS = 64 };

struct expiry {
    /* Valid after expiry_end: whether there were signatures, and when the first RRset is without a
     * good one. */
    bool has_first;
    uint32_t first;

    /* Private: the signatures of the owner that is under way. */
    unsigned set_count;
    uint8_t owner_length;
    uint8_t owner[NAME_MAX_WIRE];
    struct expiry_set {
        uint16_t covered;
        uint32_t latest;
    } sets[EXPIRY_SETS];
};

/* Adds a signature by its owner (wire form, any letter case), the type that it covers and its
 * expiration. The signatures over an RRset must come one after the other, but for those over others
 * of the same owner. */
void expiry_add(struct expiry *expiry, const uint8_t *owner, size_t owner_length, uint16_t covered,
                uint32_t until);

/* Adds a RRSIG record; one that is too short to have an expiration is passed over. */
void expiry_add_record(struct expiry *expiry, const struct rr *rr);

/* No more signatures come. More may be added after that, if they are over other RRsets. */
void expiry_end(struct expiry *expiry);

/* Reads, of the RDATA of a RRSIG as a line of zxfr has it, no more than expiry_add needs. Returns
 * false where it looks otherwise, as in generic form. */
bool expiry_read(const char *rdata, size_t length, struct types_memo *types, uint16_t *covered,
                 uint32_t *until);

#endif
