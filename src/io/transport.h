/* What the engine needs of the world outside: connections, waiting and two clocks.
 *
 * Purpose: one interface, which the sockets and the clock of the system have, and the scripts of
 * the tests as well.
 * Owns: transport_new gives an object that is the caller's; open gives a link, which close frees.
 * Borrows: the descriptor that tells of signals; the link_options, for a link's life.
 * Never: chooses what to do next; prints; raises SIGPIPE. Only `wait` waits. */
#ifndef IO_TRANSPORT_H
#define IO_TRANSPORT_H

#include "base/err.h"
#include "io/loop.h"
#include "io/resolve.h"
#include "io/stream_event.h"
#include "io/tls.h"

#include <stdint.h>

struct link_options {
    const struct address *address;
    const struct address *bind;    /* the local address, or NULL */
    const struct tls_context *tls; /* NULL: clear text */
    const char *host;              /* whom the certificate must name */
};

/* Why a connection could not be begun. */
enum link_fault {
    LINK_REMOTE, /* the peer refuses it, or cannot be reached */
    LINK_LOCAL,  /* this machine cannot make this one: an address, a port, a route */
    LINK_FULL    /* there are no descriptors or buffers left; with fewer connections it may work */
};

/* A connection, as its transport made it. Each call updates these members. */
struct link {
    int fd;
    bool connected;              /* as far as TCP goes */
    bool is_tls, was_cut;        /* TLS has ended without a close_notify */
    uint64_t received;           /* octets that came in, those of TLS among them; a sign of life */
    const struct tls_facts *tls; /* once the handshake is done; or NULL */
    struct address local;        /* once it is connected: our end; its length is 0 if unknown */
};

struct transport {
    /* Begins to connect. NULL, with *fault set: ERR_CONNECT, ERR_NO_ROUTE, ERR_UNREACHABLE,
     * ERR_BIND, ERR_FAMILY, ERR_MEMORY. */
    _Alignas(uint64_t) struct link *(*open)(struct transport *transport,
                                            const struct link_options *options,
                                            enum link_fault *fault, struct err *err);
    void (*close)(struct transport *transport, struct link *link);
    /* As those of stream.h. */
    enum stream_event (*connect)(struct link *link, struct err *err);
    enum stream_event (*read)(struct link *link, uint8_t *to, size_t room, size_t *n,
                              struct err *err);
    enum stream_event (*write)(struct link *link, const uint8_t *from, size_t length, size_t *n,
                               struct err *err);
    /* As loop_wait_all: of any number of descriptors, with one more after them. It does not wait if
     * the deadline has passed. */
    enum loop_event (*wait)(struct transport *transport, struct pollfd *fds, size_t count,
                            uint64_t deadline);
    uint64_t (*now)(struct transport *transport);  /* as loop_now */
    uint64_t (*wall)(struct transport *transport); /* seconds since 1970 */
    bool (*random)(struct transport *transport, uint16_t *number);
    void (*free)(struct transport *transport);
};

/* That of the system; `signal_fd` is readable from the first signal on, -1: none. Error:
 * ERR_MEMORY. */
struct transport *transport_new(int signal_fd, struct err *err);

#endif
