/* What the apex of a signed zone says: its keys, whether they can be trusted, and what it tells the
 * zone above.
 *
 * Purpose: judges DNSKEY, CDS and CDNSKEY, and holds the keys against trust anchors.
 * Owns: which keys signed the DNSKEY records.
 * Borrows: frame, anchors and findings for its life; the apex and its batch for the call.
 * Never: verifies. */
#ifndef VERIFY_APEX_H
#define VERIFY_APEX_H

#include "verify/anchor.h"
#include "verify/batch.h"
#include "verify/findings.h"
#include "verify/trust.h"

struct apex {
    const struct signature_frame *frame;
    const struct anchors *anchors; /* or NULL */
    uint64_t now;
    struct findings *findings;
    struct {
        bool signed_keys; /* it signed the DNSKEY records well */
        bool revoked;     /* it proved that it is */
        bool anchored;    /* an anchor leads to it */
    } *keys;
    bool algorithms[256];  /* of anchors */
    unsigned anchor_count; /* of the zone, at this time */
    enum trust trust;
};

/* Finds the anchors of the zone and the keys that they lead to. Errors: ERR_MEMORY. */
bool apex_init(struct apex *apex, const struct signature_frame *frame,
               const struct anchors *anchors, uint64_t now, struct findings *findings,
               struct err *err);
void apex_fini(struct apex *apex);

/* Judges the apex, of which the batch holds all sets, verified. Error: ERR_MEMORY. */
bool apex_judge(struct apex *apex, const struct node *node, const struct batch *batch,
                struct err *err);

#endif
