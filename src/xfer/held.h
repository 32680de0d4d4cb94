/* Messages that wait for the signature that covers them (RFC 8945 section 5.3.1).
 *
 * Purpose: keeps them as they came, and gives them back in order.
 * Owns: copies, at most HELD_MAX of them; the memory is kept for the next ones.
 * Lends: a message, until the next held_add after held_clear.
 * Never: looks into a message. */
#ifndef XFER_HELD_H
#define XFER_HELD_H

#include "dns/msg.h"

/* RFC 8945 section 5.3.1: so many unsigned messages in a row must be accepted. */
enum { HELD_MAX = 99 };

struct held_message;

/* All zero: none is held. */
struct held {
    struct held_message *list;
    unsigned count;
};

/* Adds a copy of a message. There must be fewer than HELD_MAX. Error: ERR_MEMORY. */
bool held_add(struct held *held, const struct msg *msg, struct err *err);

/* The message at an index below count. */
const struct msg *held_at(const struct held *held, unsigned index);

/* Forgets the messages, or gives the memory back too. */
void held_clear(struct held *held);
void held_fini(struct held *held);

#endif
