/* The digest of a zone, and the ZONEMD records that tell it (RFC 8976).
 *
 * Purpose: hashes a zone as its names pass in canonical order (section 3.3.1, scheme SIMPLE, with
 * SHA-384 and SHA-512), and judges the ZONEMD records of the apex (section 4).
 * Owns: the hashes under way, a piece of what is to be hashed.
 * Borrows: each node, for the call.
 * Never: says anything about signatures over the records; keeps a name or a record. */
#ifndef VERIFY_ZONEMD_H
#define VERIFY_ZONEMD_H

#include "verify/findings.h"
#include "verify/node.h"

enum zonemd_hash { ZONEMD_SHA384, ZONEMD_SHA512, ZONEMD_HASHES };

enum { ZONEMD_DIGEST_MAX = 64 };

/* What the records come to, the best last: one that is right suffices. */
enum zonemd_class {
    ZONEMD_ABSENT,      /* there is none */
    ZONEMD_UNSUPPORTED, /* only of other schemes or hash algorithms: nothing can be said */
    ZONEMD_FAILED,      /* none is right, and there is one that should be */
    ZONEMD_VERIFIED,
};

struct zonemd_result {
    enum zonemd_class class;
    enum zonemd_hash hash; /* of ZONEMD_VERIFIED: the stronger one that is right */
};

struct zonemd;

/* For the names of one zone, the apex first. `always` makes both digests whatever the apex holds.
 * Errors: ERR_MEMORY. */
struct zonemd *zonemd_new(bool always, struct err *err);
void zonemd_free(struct zonemd *zonemd);

/* Takes the next name. Each RRset counts with its lowest TTL (RFC 2181 section 5.2). Errors:
 * ERR_MEMORY, ERR_INTERNAL where the digest is refused. */
bool zonemd_node(struct zonemd *zonemd, uint16_t class, const struct node *node, struct err *err);

/* Ends the digests. A finding says what is wrong with a record, or that there is none; `findings`
 * may be NULL. Errors: those of zonemd_node and findings_add. */
bool zonemd_end(struct zonemd *zonemd, struct findings *findings, struct zonemd_result *result,
                struct err *err);

/* After zonemd_end: a digest, of *length octets; NULL: it was not made. */
const uint8_t *zonemd_digest(const struct zonemd *zonemd, enum zonemd_hash hash, size_t *length);

/* Whether RDATA of a ZONEMD record is of a scheme and a hash that are verified here. */
bool zonemd_is_known(const uint8_t *rdata, size_t length);

/* The number of a hash in ZONEMD records. */
uint8_t zonemd_code(enum zonemd_hash hash);

#endif
