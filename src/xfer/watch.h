/* What goes to and fro in a transfer, for somebody who wants to see each message.
 *
 * Purpose: looks into a query and into the messages that answer it, and tells what is in them.
 * Owns: nothing. Borrows: a message, for the call.
 * Never: judges a message, changes what becomes of it, costs anything where nobody watches. */
#ifndef XFER_WATCH_H
#define XFER_WATCH_H

#include "dns/msg.h"
#include "dns/name.h"

struct watch_query {
    size_t octets;
    uint16_t id, bits;
    struct msg_question question; /* the name is lent */
    bool has_opt, has_key;
    uint8_t version;            /* of EDNS */
    uint8_t key[NAME_MAX_WIRE]; /* its name */
};

/* What was found of signatures (TSIG). */
enum watch_signature {
    WATCH_UNSIGNED,
    WATCH_PENDING, /* not signed: a later signature is to cover it */
    WATCH_VERIFIED,
    WATCH_UNVERIFIED, /* signed, and nobody has the key */
    WATCH_BAD
};

struct watch_message {
    uint64_t number; /* the first one is 1 */
    size_t octets;
    bool is_malformed; /* nothing more is known */
    unsigned rcode;
    unsigned records; /* in the answer section */
    bool has_owners;
    uint8_t first[NAME_MAX_WIRE], last[NAME_MAX_WIRE]; /* owners of these */
    enum watch_signature signature;
    unsigned tsig_error; /* what the record says (enum tsig_error), whoever has made it */
};

struct watch {
    void (*sent)(struct watch *watch, const struct watch_query *query);
    void (*came)(struct watch *watch, const struct watch_message *message);
};

/* Tell of a query for `question` that was built or recorded, and of a message. Without a watch they
 * do nothing. */
void watch_sent(struct watch *watch, const struct msg_question *question, const uint8_t *octets,
                size_t length);
void watch_came(struct watch *watch, uint64_t number, const uint8_t *octets, size_t length,
                enum watch_signature signature);

#endif
