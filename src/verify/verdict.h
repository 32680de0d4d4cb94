/* What the signatures of a zone come to.
 *
 * Purpose: says which RRsets must be signed, and makes findings and figures of what was verified:
 * what would be said of each name is said once.
 * Owns: the findings that wait for the end, and a few figures.
 * Borrows: the frame and the findings, for its life; nodes and batches, for the call.
 * Never: verifies. */
#ifndef VERIFY_VERDICT_H
#define VERIFY_VERDICT_H

#include "verify/batch.h"
#include "verify/findings.h"

struct verdict;

/* The DNSKEY records are signed by a key that is verified here: from now on a set that is signed
 * only with what cannot be verified is bogus, as it is for every validator (RFC 4035 section 5.5):
 * else anyone could forge it, once there is one key of an algorithm that nobody knows. */
void verdict_secure(struct verdict *verdict);

/* `anchored` tells which algorithms a trust anchor has; NULL: none. Error: ERR_MEMORY. */
struct verdict *verdict_new(const struct signature_frame *frame, struct findings *findings,
                            const bool anchored[256], struct err *err);
void verdict_free(struct verdict *verdict);

/* Puts the sets of the node that must be signed into the batch, and judges signatures that should
 * not be. Error: ERR_MEMORY. */
bool verdict_node(struct verdict *verdict, const struct node *node, struct batch *batch,
                  struct err *err);

/* Judges what is in a batch that was run. Error: ERR_MEMORY. */
bool verdict_batch(struct verdict *verdict, const struct batch *batch, struct err *err);

/* Says what is known only when all was seen. Error: ERR_MEMORY. */
bool verdict_end(struct verdict *verdict, struct err *err);

struct verdict_figures {
    uint64_t sets;        /* that must be signed */
    uint64_t signatures;  /* in the zone */
    uint64_t late, early; /* sets that fail by time alone */
    uint64_t not_good;    /* sets without a good signature, for whatever reason */
    uint64_t
        not_verified; /* of these, those that could not be verified here, or not for the work */
    uint32_t first_expiry;     /* see dnssec.h */
    uint32_t earliest, latest; /* expirations of all signatures, well-formed ones */
};
struct verdict_figures verdict_figures(const struct verdict *verdict);

#endif
