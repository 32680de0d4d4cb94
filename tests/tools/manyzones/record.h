/*
 * record: the records of a zone, each by its number.
 *
 * Purpose: a zone has, in this order, its SOA, the signature over it, an address that changes with
 * the serial, and what never changes: two name servers with their addresses, MX, TXT, and as many
 * hosts as the number of the zone or "big" wants.
 * Owns: nothing. Borrows: the message, for the time of the call; its question begins with the apex,
 * to which the names point.
 */
#ifndef MANYZONES_RECORD_H
#define MANYZONES_RECORD_H

#include "../primary/bytes.h"
#include "table.h"

enum {
    RECORD_SOA,
    RECORD_SIGNATURE, /* of a zone without signatures there is none */
    RECORD_CHANGING,
    RECORD_FIXED,
    RECORD_MAX = 400, /* octets that one takes at the most */
};

/* How many numbers there are, the signature's among them whether or not it is there; big: so many
 * records beside the signature, if that is more. */
size_t record_numbers(unsigned zone, size_t big);

/* Adds that record to the message. */
void record_add(struct bytes *message, unsigned zone, const struct state *state, size_t number);

#endif
