/* The chains of NSEC3 records (RFC 5155).
 *
 * Purpose: hashes the names of the zone as they pass, empty non-terminals among them, and compares
 * the hashes with the records that were seen, for each NSEC3PARAM of the apex.
 * Owns: for each name a row, its first label, and a hash for each chain; for each record a hash.
 * What is needed of it to make a finding is found there; names as a whole are not kept.
 * Borrows: apex, pool and halt, for its life; nodes, for the call.
 * Never: looks at signatures; hashes for more than NSEC3_CHAINS chains (see nsec3_names.h), or
 * above NSEC3_WORK. */
#ifndef VERIFY_NSEC3_H
#define VERIFY_NSEC3_H

#include "base/halt.h"
#include "base/work.h"
#include "verify/findings.h"
#include "verify/node.h"

enum { NSEC3_WORK = 2500 }; /* see nsec3_hash_work: nobody is asked to do more for a name */

struct nsec3_config {
    const uint8_t *apex;
    uint8_t apex_length;
    struct findings *findings;
    struct work *work;
    const struct halt *halt;
};

struct nsec3;

/* Takes the apex, whose NSEC3PARAM records say which chains there are; then it must still be given
 * to nsec3_node. Says what is to be said of the parameters. Errors: ERR_MEMORY. */
struct nsec3 *nsec3_new(const struct nsec3_config *config, const struct node *apex,
                        struct err *err);
void nsec3_free(struct nsec3 *nsec3);

/* Takes the next name. Errors: ERR_MEMORY; those of the halt. */
bool nsec3_node(struct nsec3 *nsec3, const struct node *node, struct err *err);

/* What the chains came to. */
struct nsec3_summary {
    unsigned named;         /* chains that an NSEC3PARAM without flags names */
    unsigned complete;      /* ... and that are */
    uint64_t records;       /* NSEC3 records of whatever parameters */
    bool refused;           /* at least one was not looked into */
    bool apex_tells_zonemd; /* the record of the apex has the bit of ZONEMD */
};

/* Compares, and says what is wrong. Errors: ERR_MEMORY; those of the halt. */
bool nsec3_end(struct nsec3 *nsec3, struct nsec3_summary *summary, struct err *err);

#endif
