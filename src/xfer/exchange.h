/* One query and the messages that answer it.
 *
 * Purpose: builds the query, checks that each message answers it (RFC 5936 section 2.2, RFC 6891),
 * turns an error RCODE into an error, and hands out only messages that may be trusted: with a key,
 * a message leaves after the signature that covers it was verified (RFC 8945 section 5.3.1), and
 * until then it is used for nothing but the text of an error. Owns: the series of signatures,
 * copies of the messages that wait for theirs. Borrows: the question's name, the key and the notes,
 * for its life; a message, until the next push. Never: does I/O, reads a clock (the time is a
 * parameter), knows what kind of answer it is.
 */
#ifndef XFER_EXCHANGE_H
#define XFER_EXCHANGE_H

#include "base/notes.h"
#include "dns/msg.h"
#include "xfer/held.h"
#include "xfer/tsig.h"

/* All zero but for what the caller sets. */
struct exchange {
    /* Set by the caller before the query is built. */
    struct msg_question question;
    uint16_t id;
    enum msg_edns edns;
    uint16_t pad; /* the query's length is made a multiple of it: 128 where the transport is
                   * encrypted (RFC 8467 section 4.1), else 0 */
    const struct tsig_key *key; /* or NULL: not signed */
    struct notes *notes;
    bool unverified; /* signatures are passed over: set by exchange_replay */

    uint64_t messages;  /* how many were pushed */
    unsigned rcode;     /* of the last of them, authentic or not */
    bool authoritative; /* its AA bit, likewise */
    struct tsig_series *series;
    struct held held;   /* unsigned messages since the last signature */
    struct msg current; /* the last message that was pushed */
    bool ready;         /* current, and what is held, may be used */
    unsigned given;     /* how many of those held were */
};

void exchange_fini(struct exchange *exchange);

/* Builds the query with its length prefix into out, and signs it; `now` is in seconds since 1970.
 * Returns how many octets, or 0 with ERR_MEMORY or ERR_TSIG_ALGORITHM. */
size_t exchange_query(struct exchange *exchange, uint64_t now, uint8_t out[MSG_QUERY_MAX + 2],
                      struct err *err);

/* In place of exchange_query, for a recorded conversation: the recorded query has the question and
 * the ID, and with a key the series of signatures begins at its own. Without a key the signatures
 * of a signed conversation are passed over: `unverified` says so. The query must stay as long as
 * the exchange. Errors: those of msg_parse; ERR_QDCOUNT; ERR_AUTHORITY; ERR_TSIG_KEY, if the query
 * was not signed, or not with this key; ERR_MEMORY, ERR_TSIG_ALGORITHM. */
bool exchange_replay(struct exchange *exchange, const uint8_t *query, size_t length,
                     struct err *err);

/* Takes the next message, which came at the time `now`; those that exchange_next gives must have
 * been taken. Errors: those of msg_parse and, with a key, those of tsig_verify, ERR_TSIG_FIRST,
 * ERR_TSIG_RUN and ERR_TSIG_LAST; then ERR_ID, ERR_NOT_RESPONSE, ERR_OPCODE, ERR_TC, ERR_RCODE_*,
 * ERR_BADVERS, ERR_QDCOUNT, ERR_QUESTION, ERR_TSIG_UNEXPECTED; under strict also ERR_AUTHORITY and
 * ERR_ADDITIONAL. The text begins with the number of the message. */
bool exchange_push(struct exchange *exchange, const uint8_t *octets, size_t length, uint64_t now,
                   struct err *err);

/* Gives the next message that may be used, or returns false: push another. */
bool exchange_next(struct exchange *exchange, struct msg *msg);

/* After the stream has ended, or the server is silent: whether nothing says more than that. Returns
 * false with ERR_TSIG_LAST if the answer was whole but for its last signature, with ERR_RCODE_* if
 * the server has ended it with an unsigned error. */
bool exchange_ended(const struct exchange *exchange, struct err *err);

#endif
