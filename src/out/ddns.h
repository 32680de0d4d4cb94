/* Changes as UPDATE messages that a server accepts (RFC 2136).
 *
 * Purpose: puts changes into an order in which a server, applying one after the other, arrives at
 * the new zone; cuts them into messages; finds the SOA that each message requires and sets.
 * Owns: copies of the records.
 * Borrows: the apex, for its life.
 * Lends: records, until the next call.
 * Never: writes text, does I/O. */
#ifndef OUT_DDNS_H
#define OUT_DDNS_H

#include "base/halt.h"
#include "base/notes.h"
#include "dns/rr.h"

struct ddns;

enum {
    DDNS_MESSAGE_MAX = 65535,
    /* Octets of each message that are left to its sender: for TSIG with long names, and EDNS. */
    DDNS_RESERVE = 512,
    DDNS_TTL_MAX = 2147483647, /* nsupdate does not accept a larger one */
    /* Octets, with those that planning needs: half of what changes may take, whose source may keep
     * them, too. */
    DDNS_LIMIT = 128 << 20,
};

struct ddns_config {
    const uint8_t *apex; /* wire form */
    uint8_t apex_length;
    uint16_t class;
    bool split;              /* several messages may be made, one after the other */
    const struct halt *halt; /* of planning; NULL: never */
};

/* Error: ERR_MEMORY. */
struct ddns *ddns_new(const struct ddns_config *config, struct err *err);
void ddns_free(struct ddns *ddns);

/* Takes a change of the net effect, in any order; the two SOA records are among them if the SOA has
 * changed. Errors: ERR_MEMORY; ERR_DDNS, where no update can express it. */
bool ddns_add(struct ddns *ddns, enum rr_op op, const struct rr *rr, struct err *err);

/* Makes the messages; to be called once, after the last change. `present` is the zone's SOA where
 * the changes have none, and may be NULL. Errors: ERR_DDNS_SIZE, with more than one message and no
 * split; ERR_DDNS, where no update can express it; ERR_MEMORY; those of the halt. Notes:
 * ERR_DDNS_SPLIT, ERR_DDNS_SERIAL, ERR_DDNS_DS. */
bool ddns_plan(struct ddns *ddns, const struct rr *present, struct notes *notes, struct err *err);

struct ddns_facts {
    size_t messages;   /* 0: there is nothing to update */
    uint32_t from, to; /* the serials that the first requires and the last leaves */
    uint32_t wanted;   /* the new zone's; a server accepts only one that is higher than its own */
    bool sets_soa;     /* else the server raises the serial by itself, and `to` means nothing */
    size_t lone_ds;    /* DS that are added below the apex where no NS is */
};
struct ddns_facts ddns_facts(const struct ddns *ddns);

enum ddns_event {
    DDNS_REQUIRE, /* a message begins: the SOA that the zone must have */
    DDNS_CHANGE,
    DDNS_SEND, /* the message is complete */
    DDNS_END,
};

/* Gives the messages, piece by piece. */
enum ddns_event ddns_next(struct ddns *ddns, struct rr *rr, enum rr_op *op);

/* Starts again at the first. */
void ddns_rewind(struct ddns *ddns);

#endif
