/* The answer to a SOA question: the SOA at the apex, and the signatures over it.
 *
 * Purpose: finds them in the answer section of a message, in the order SOA, signatures.
 * Owns: room for the RDATA of one record.
 * Borrows: the message and the question, for its life.
 * Lends: a record, until the next call.
 * Never: judges a signature. */
#ifndef XFER_ANSWER_SOA_H
#define XFER_ANSWER_SOA_H

#include "dns/msg.h"
#include "dns/rr.h"

struct answer_soa;

/* Reads the SOA. Errors: ERR_EMPTY_ANSWER, there is no answer section; ERR_FIRST_NOT_SOA, it does
 * not hold a SOA of that name and class; ERR_SOA_MIDDLE, it holds two; ERR_RDLEN, ERR_NAME,
 * ERR_RDATA; ERR_MEMORY. */
struct answer_soa *answer_soa_open(const struct msg *msg, const struct msg_question *question,
                                   struct err *err);
void answer_soa_free(struct answer_soa *soa);

uint32_t answer_soa_serial(const struct answer_soa *soa);

/* Gives the SOA, then the RRSIG records at the apex that cover it. Returns false at the end, and
 * with an error as answer_soa_open. */
bool answer_soa_next(struct answer_soa *soa, struct rr *rr, struct err *err);

#endif
