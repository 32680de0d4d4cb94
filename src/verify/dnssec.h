/* DNSSEC of a whole zone, in one walk through it (RFC 4034, 4035, 5155, 6840).
 *
 * Purpose: says whether what is signed is signed well, whether names and types that are not there
 * are denied, and how far that can be trusted.
 * Owns: what its parts own: a piece of the zone at a time, and for NSEC3 some 60 octets for each
 * name.
 * Borrows: the configuration with all that it points to, for its life; nodes, for the call.
 * Never: reads the clock; asks anybody outside the zone. */
#ifndef VERIFY_DNSSEC_H
#define VERIFY_DNSSEC_H

#include "base/halt.h"
#include "base/work.h"
#include "verify/anchor.h"
#include "verify/findings.h"
#include "verify/node.h"
#include "verify/trust.h"

struct dnssec_config {
    const uint8_t *apex; /* in lower case */
    uint8_t apex_length;
    uint16_t class;
    uint64_t now;                  /* seconds since 1970 */
    uint32_t skew;                 /* seconds by which the signer's clock may be ahead */
    const struct anchors *anchors; /* NULL: none were given */
    struct findings *findings;
    struct work *work; /* NULL: all on the spot */
    const struct halt *halt;
};

enum dnssec_denial { DNSSEC_NO_DENIAL, DNSSEC_NSEC, DNSSEC_NSEC3, DNSSEC_BOTH };

struct dnssec_result {
    bool is_signed;    /* the apex has a DNSKEY record */
    bool good;         /* signed, and nothing was found that fails the gate */
    bool all_verified; /* good, the keys are signed by one of them, and nothing was left out because
                        * it could not be verified here, or because of the work */
    enum trust trust;
    bool stripped;             /* not signed, although there is an anchor */
    unsigned anchors;          /* of the zone that hold now */
    enum dnssec_denial denial; /* complete chains */
    uint64_t sets;             /* that must be signed */
    uint64_t late, early;      /* ... and fail by time alone */
    uint64_t now;
    bool has_expiry; /* and so the next two: of signed zones */
    /* The first time at which some RRset has no good signature: of each RRset the last of its good
     * signatures counts, and one without any has none from now on. */
    uint64_t first_expiry;
    uint64_t earliest, latest;  /* expirations of signatures, good or not; 0: there is none */
    bool soa_good, zonemd_good; /* they have a good signature */
    bool zonemd_denied;         /* there is no ZONEMD record, and the denial records agree */
};

struct dnssec;

/* Errors: ERR_MEMORY. */
struct dnssec *dnssec_new(const struct dnssec_config *config, struct err *err);
void dnssec_free(struct dnssec *dnssec);

/* Takes the next name, sealed; in canonical order, so the apex first. Errors: ERR_MEMORY; those of
 * the halt. */
bool dnssec_node(struct dnssec *dnssec, const struct node *node, struct err *err);

/* Ends it. Errors: as of dnssec_node. */
bool dnssec_end(struct dnssec *dnssec, struct dnssec_result *result, struct err *err);

#endif
