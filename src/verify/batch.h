/* RRsets and the signatures over them, many at a time.
 *
 * Purpose: verifies signatures on all threads that there are, and gives what came of it back in the
 * order in which the sets came.
 * Owns: a copy of what must be verified, a piece of the zone at a time, whatever its size; for each
 * lane the contexts of its keys.
 * Borrows: the frame and the pool, for its life; nodes, for the call.
 * Never: makes more than SIGNATURE_ATTEMPTS attempts for a set, or one for a set above
 * BATCH_SET_MOST; judges what an outcome means. */
#ifndef VERIFY_BATCH_H
#define VERIFY_BATCH_H

#include "base/halt.h"
#include "base/work.h"
#include "verify/signature.h"

enum { BATCH_SET_MOST = 65536 }; /* octets of RDATA: more do not fit into a message */

enum batch_state {
    BATCH_GOOD,     /* at least one signature is good */
    BATCH_UNSIGNED, /* there is none */
    BATCH_LARGE,    /* above BATCH_SET_MOST, and so not verified */
    BATCH_LATE,     /* none is good, and the time alone is to blame */
    BATCH_EARLY,
    BATCH_UNKNOWN, /* none is good, and there is one that cannot be verified */
    BATCH_BAD,
};

struct batch_set {
    uint16_t type;
    uint8_t state; /* enum batch_state, after batch_run */
    uint32_t ttl;
    uint32_t expiration;             /* BATCH_GOOD: the latest of the good signatures */
    size_t owner, first, signatures; /* in octets; of the signatures */
    size_t body, body_end;           /* the records as they are signed */
    size_t first_candidate, candidates;
    uint8_t owner_length;
};

/* A signature that is to be verified. */
struct batch_candidate {
    size_t signature; /* its index */
    size_t rdata;     /* its RDATA, up to the signer, then the signature as such */
    uint16_t length;  /* of both */
};

struct batch;

/* Errors: ERR_MEMORY. `work` may be NULL. */
struct batch *batch_new(const struct signature_frame *frame, struct work *work,
                        const struct halt *halt, struct err *err);
void batch_free(struct batch *batch);

/* Adds a set that must be signed. Error: ERR_MEMORY. */
bool batch_add(struct batch *batch, const struct node *node, const struct node_set *set,
               struct err *err);

/* Whether it is time for batch_run. */
bool batch_is_full(const struct batch *batch);

/* Verifies what was added. Errors: ERR_MEMORY; those of the halt. */
bool batch_run(struct batch *batch, struct err *err);

/* After that the sets by index, NULL past the end; their owners and signatures; the latter are
 * lent until batch_clear, which makes room for others. */
const struct batch_set *batch_set(const struct batch *batch, size_t index);
const uint8_t *batch_owner(const struct batch *batch, const struct batch_set *set);
const struct signature *batch_signatures(const struct batch *batch, const struct batch_set *set);
void batch_clear(struct batch *batch);

#endif
