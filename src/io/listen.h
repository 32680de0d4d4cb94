/* Sockets that others send to: UDP and TCP on one address and port.
 *
 * Purpose: opens them; receives and sends datagrams, accepts connections. Each call does what it
 * can at once.
 * Owns: two descriptors.
 * Never: waits, reads a clock, prints, raises SIGPIPE; knows what is in a datagram. */
#ifndef IO_LISTEN_H
#define IO_LISTEN_H

#include "base/err.h"
#include "io/resolve.h"
#include "io/stream.h"

#include <stdint.h>

struct listen_sockets {
    int udp, tcp;
    struct address bound; /* with the port that they got */
    bool is_any;          /* all addresses of this machine, of this family */
};

/* Who is at the ends of a datagram or a connection. */
struct listen_ends {
    struct address peer;
    /* Ours: the address that the peer has sent to, so that the answer comes from there. A group or
     * a broadcast is nobody's own address: it stands for any of ours then. */
    struct address local;
};

enum listen_event {
    LISTEN_DONE,
    LISTEN_PASSED,  /* something came that is of no use, and is gone: there may be more */
    LISTEN_NOTHING, /* call again when the descriptor is readable */
    LISTEN_FULL     /* there are no descriptors or buffers left; trying at once makes no sense */
};

/* Opens both, on a port of their own choice where that of the address is 0. The address :: is that
 * of IPv6 alone. Error: ERR_LISTEN. */
bool listen_open(struct listen_sockets *sockets, const struct address *address, struct err *err);
void listen_close(struct listen_sockets *sockets);

/* Receives a datagram of at most `room` octets; one that is longer is of no use. Never LISTEN_FULL.
 */
enum listen_event listen_receive(const struct listen_sockets *sockets, uint8_t *to, size_t room,
                                 size_t *n, struct listen_ends *ends);

/* Sends a datagram to ends->peer from ends->local. It may get lost, here as on its way: nothing is
 * told. */
void listen_send(const struct listen_sockets *sockets, const uint8_t *from, size_t length,
                 const struct listen_ends *ends);

/* Accepts a connection: `stream` is the caller's then, in clear text. */
enum listen_event listen_accept(const struct listen_sockets *sockets, struct stream *stream,
                                struct listen_ends *ends);

/* Whether two peers are one, as far as anybody can tell: of the same address, or of the same
 * network of 64 bits of IPv6, in which one has as many addresses as he likes. */
bool listen_is_of_one(const struct address *a, const struct address *b);

#endif
