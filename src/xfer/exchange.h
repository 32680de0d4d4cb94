/* One query and the messages that answer it.
 *
 * Purpose: builds the query, checks that each message answers it (RFC 5936 section 2.2, RFC 6891),
 * turns an error RCODE into an error, and hands out only messages that may be trusted as far as
 * the transport allows: what is signed will be held here until it is verified.
 * Owns: nothing on the heap.
 * Borrows: the question's name and the notes, for its life; a message, until the next push.
 * Never: does I/O, reads a clock, knows what kind of answer it is. */
#ifndef XFER_EXCHANGE_H
#define XFER_EXCHANGE_H

#include "base/notes.h"
#include "dns/msg.h"

struct exchange {
    /* Set by the caller before the query is built. */
    struct msg_question question;
    uint16_t id;
    enum msg_edns edns;
    struct notes *notes;

    uint64_t messages; /* how many were pushed */
    struct msg current;
    bool ready;
};

/* Builds the query with its length prefix into out. Returns how many octets. */
size_t exchange_query(struct exchange *exchange, uint8_t out[MSG_QUERY_MAX + 2]);

/* Takes the next message. Errors: those of msg_parse; ERR_ID, ERR_NOT_RESPONSE, ERR_OPCODE,
 * ERR_TC, ERR_RCODE_*, ERR_BADVERS, ERR_QDCOUNT, ERR_QUESTION, ERR_TSIG_UNEXPECTED; under strict
 * also ERR_AUTHORITY and ERR_ADDITIONAL. The text begins with the number of the message. */
bool exchange_push(struct exchange *exchange, const uint8_t *octets, size_t length,
                   struct err *err);

/* Gives the next message that may be used, or returns false: push another. */
bool exchange_next(struct exchange *exchange, struct msg *msg);

#endif
