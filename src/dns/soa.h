/* A SOA that is kept: the record that it came from is gone.
 *
 * Purpose: the one place that copies a SOA, compares two and sets a serial.
 * Owns: owner and RDATA, inside the object.
 * Borrows: the schema of the record, for good.
 * Never: allocates, prints. */
#ifndef DNS_SOA_H
#define DNS_SOA_H

#include "base/sum.h"
#include "dns/name.h"
#include "dns/rdata.h"

enum {
    SOA_RDATA_MIN = 2 + RDATA_SOA_NUMBERS, /* two names and five numbers */
    SOA_RDATA_MAX = 2 * NAME_MAX_WIRE + RDATA_SOA_NUMBERS,
};

/* All zero: none. The record points into the object, which so cannot be copied by assignment. */
struct soa {
    struct rr rr;
    uint8_t owner[NAME_MAX_WIRE];
    uint8_t rdata[SOA_RDATA_MAX];
};

/* A SOA, and the signatures over it, of which a sum is kept. All zero: nothing was seen. */
struct soa_signed {
    struct soa soa;
    bool has_soa;
    unsigned signatures;
    struct sum sum; /* of their RDATA, in canonical form */
};

/* Whether the RDATA of a record of type SOA is that of one. */
bool soa_fits(const struct rr *rr);

/* Keeps a SOA as it is; only the hint of the same owner goes. Returns false, and changes nothing,
 * where it does not fit. */
bool soa_keep(struct soa *soa, const struct rr *rr);

/* Puts a SOA that is kept in canonical form (RFC 4034 section 6.2). */
void soa_make_canonical(struct soa *soa);

void soa_set_serial(struct soa *soa, uint32_t serial);

/* Whether the RDATA of two SOAs is the same: all fields, names without letter case. False where one
 * does not fit. */
bool soa_equal(const struct rr *a, const struct rr *b);

/* Takes a record of the apex in: a SOA, of which the first counts, and RRSIGs that cover it; all
 * others are passed over. */
void soa_signed_add(struct soa_signed *to, const struct rr *rr);

/* Whether both have the same signatures, in any order. */
bool soa_signed_alike(const struct soa_signed *a, const struct soa_signed *b);

#endif
