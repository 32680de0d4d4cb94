/* The rules that have nothing to do with signatures: whether a zone makes sense.
 *
 * Purpose: judges each name as it passes, and at the end where names of servers and targets lead.
 * Owns: the names of the zone (verify/names), and the targets in it that must be looked up.
 * Borrows: the findings, for its life; each node, for the call.
 * Never: keeps a record. */
#ifndef VERIFY_SANITY_H
#define VERIFY_SANITY_H

#include "base/halt.h"
#include "verify/findings.h"
#include "verify/node.h"

struct sanity;

/* Error: ERR_MEMORY. */
struct sanity *sanity_new(const uint8_t *apex, size_t length, struct findings *findings,
                          const struct halt *halt, struct err *err);
void sanity_free(struct sanity *sanity);

/* Takes the next name in canonical order. Errors: ERR_MEMORY. */
bool sanity_node(struct sanity *sanity, const struct node *node, struct err *err);

/* After the last name. Errors: ERR_MEMORY, those of the halt. */
bool sanity_end(struct sanity *sanity, struct err *err);

#endif
