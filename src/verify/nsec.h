/* The chain of NSEC records (RFC 4034 section 4, RFC 4035 section 2.3).
 *
 * Purpose: checks it as names pass in canonical order.
 * Owns: the last link, and what was found: whether that is an error depends on what else denies, so
 * it is said when asked for.
 * Borrows: nodes, for the call.
 * Never: looks at signatures. */
#ifndef VERIFY_NSEC_H
#define VERIFY_NSEC_H

#include "verify/pending.h"
#include "verify/node.h"

/* All zero to begin with. */
struct nsec {
    struct pending faults;
    struct pending remarks; /* which are said whatever the chain is good for */
    uint64_t records;       /* at names of the zone's own */
    uint8_t owner[NAME_MAX_WIRE], next[NAME_MAX_WIRE]; /* of the last record */
    uint8_t owner_length, next_length;
    bool is_open; /* it is not yet known whether it leads to the right name */
};

void nsec_fini(struct nsec *nsec);

/* Takes the next name. Error: ERR_MEMORY. */
bool nsec_node(struct nsec *nsec, const struct node *node, struct err *err);

/* The last record leads back to the apex. Error: ERR_MEMORY. */
bool nsec_end(struct nsec *nsec, const uint8_t *apex, size_t apex_length, struct err *err);

#endif
