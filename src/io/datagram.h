/* Datagrams to and from one server, as a stream of messages.
 *
 * Purpose: UDP for whoever knows streams: each message has two octets of its length before it, as
 * over TCP (RFC 1035 section 4.2.2), and leaves and comes as a datagram without them. What gets
 * lost is lost, and nothing is sent twice. Owns: a descriptor, room for one datagram. Never: waits,
 * reads a clock, prints, raises SIGPIPE; takes a datagram of another address. */
#ifndef IO_DATAGRAM_H
#define IO_DATAGRAM_H

#include "base/err.h"
#include "io/resolve.h"
#include "io/stream_event.h"

#include <stdint.h>

enum { DATAGRAM_MAX = 65535 };

struct datagram {
    int fd;
    size_t at, end; /* what of the last one was not read yet */
    uint8_t octets[2 + DATAGRAM_MAX];
};

/* Opens the socket; `from` is the local address, or NULL. Errors, with errno set: ERR_CONNECT,
 * ERR_NO_ROUTE, ERR_UNREACHABLE, ERR_BIND, ERR_FAMILY. */
bool datagram_open(struct datagram *datagram, const struct address *to, const struct address *from,
                   struct err *err);
void datagram_close(struct datagram *datagram);

/* As those of stream.h. What is shorter than the header of a message is passed over. A read never
 * comes to an end; that nobody listens there is ERR_CONNECT, of a read or of a write, once. A write
 * takes whole messages. */
enum stream_event datagram_read(struct datagram *datagram, uint8_t *to, size_t room, size_t *n,
                                struct err *err);
enum stream_event datagram_write(struct datagram *datagram, const uint8_t *from, size_t length,
                                 size_t *n, struct err *err);

#endif
