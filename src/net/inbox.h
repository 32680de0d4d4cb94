/* Messages that others send by themselves, over UDP and TCP.
 *
 * Purpose: whole messages in, replies out, and nobody keeps others from being heard: what a peer
 * may take of places, memory and time is limited. Owns: sockets and connections, from inbox_new on,
 * which binds and listens. Lends: a message and who sent it, until the next inbox_next or
 * inbox_look. Never: waits; reads a clock; prints; looks at what is in a message. */
#ifndef NET_INBOX_H
#define NET_INBOX_H

#include "io/listen.h"
#include "io/loop.h"

enum {
    INBOX_MESSAGE_MAX = 4096, /* octets: a longer datagram is passed over, a longer message ends its
                               * connection */
    INBOX_REPLY_MAX = 4096,   /* octets that wait for a peer, with their prefixes: one that does not
                               * take them is closed */
    INBOX_CONNS = 256,
    INBOX_CONNS_OF_ONE = 16, /* from one address; of IPv6 from one network of 64 bits */
    INBOX_ADDRESSES_MAX = 16,
    INBOX_LOOK = 64,             /* messages that are given after one look */
    INBOX_ACCEPTS = 32,          /* connections that are accepted in one */
    INBOX_TIME = 10 * 1000000,   /* microseconds for a message to come, and for a reply to go */
    INBOX_ACCEPT_PAUSE = 100000, /* microseconds after there was no descriptor for one more */
};

/* Where to listen: at most INBOX_ADDRESSES_MAX addresses; port 0 is a free one. */
struct inbox_config {
    const struct address *addresses;
    size_t count;
};

/* Who has sent a message. It can be kept, and answered later; but a peer that has ended its side of
 * the connection is gone when the loan of its last message is over. */
struct inbox_from {
    struct listen_ends ends;
    bool is_tcp;
    uint64_t id; /* the inbox's own: which socket or which connection */
};

struct inbox;

/* Errors: ERR_LISTEN, ERR_MEMORY. */
struct inbox *inbox_new(const struct inbox_config *config, struct err *err);
void inbox_free(struct inbox *inbox);

/* The address that a number of config->addresses is bound to, with its port. */
const struct address *inbox_address(const struct inbox *inbox, size_t number);

/* The most descriptors that there will ever be. */
size_t inbox_fd_count(const struct inbox *inbox);
/* What to wait for; returns how many there are. */
size_t inbox_fds(struct inbox *inbox, struct pollfd *fds);
/* When inbox_look must have been called, in microseconds of its clock; 0: at once, UINT64_MAX: not
 * before a descriptor is ready. */
uint64_t inbox_wake(const struct inbox *inbox);
/* Takes notice of what poll has found of what the last inbox_fds said (with no call of inbox_next
 * since), reads, accepts, and ends what is out of time. `count` is that of inbox_fds, or 0: nothing
 * was found. `now` is microseconds of a clock that only goes forward. */
void inbox_look(struct inbox *inbox, const struct pollfd *fds, size_t count, uint64_t now);

/* Gives the next message, of those that there are since the last look; after INBOX_LOOK of them
 * another look is due. */
bool inbox_next(struct inbox *inbox, uint64_t now, const uint8_t **octets, size_t *length,
                struct inbox_from *from);

/* Sends a reply, of at most INBOX_REPLY_MAX - 2 octets. A peer that has gone is not told of. */
void inbox_reply(struct inbox *inbox, const struct inbox_from *from, const uint8_t *octets,
                 size_t length);

#endif
