/* The records of one type at the name of a question: NS or DS.
 *
 * Purpose: finds them in one message, in the answer section and, as a referral has them, in the
 * authority section.
 * Owns: room for the RDATA of one record.
 * Borrows: the message and the question, for its life.
 * Lends: a record, until the next call.
 * Never: judges a signature. */
#ifndef XFER_ANSWER_SET_H
#define XFER_ANSWER_SET_H

#include "dns/msg.h"
#include "dns/rr.h"

struct answer_set;

/* Error: ERR_MEMORY. */
struct answer_set *answer_set_open(const struct msg *msg, const struct msg_question *question,
                                   struct err *err);
void answer_set_free(struct answer_set *set);

/* Gives the next of them; false: there are no more, or with an error: ERR_NAME, ERR_RDATA. */
bool answer_set_next(struct answer_set *set, struct rr *rr, struct err *err);

#endif
