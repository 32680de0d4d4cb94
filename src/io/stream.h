/* A byte stream to a server: non-blocking, stepwise.
 *
 * Purpose: connect, read, write, in clear text or in TLS; each call does what it can at once and
 * says what to wait for.
 * Owns: a descriptor, and the TLS connection on it.
 * Borrows: the context of TLS, for its life.
 * Never: waits, reads a clock, prints, raises SIGPIPE. */
#ifndef IO_STREAM_H
#define IO_STREAM_H

#include "base/err.h"
#include "io/resolve.h"
#include "io/stream_event.h"
#include "io/tls.h"

#include <stdint.h>

struct stream {
    int fd;
    bool connected;                    /* as far as TCP goes */
    const struct tls_context *context; /* NULL: clear text */
    const char *host;
    struct tls *tls;  /* from the moment of the connection */
    unsigned hurried; /* empty reads that still have what came acknowledged at once */
};

/* A socket of a type (SOCK_STREAM, SOCK_DGRAM) that begins to connect, or -1; as stream_open. */
int stream_socket(int type, const struct address *to, const struct address *from, struct err *err);

/* Begins to connect; `from` is the local address, or NULL. Errors, with errno set: ERR_CONNECT,
 * ERR_NO_ROUTE, ERR_UNREACHABLE, ERR_BIND, ERR_FAMILY. */
bool stream_open(struct stream *stream, const struct address *to, const struct address *from,
                 struct err *err);
void stream_close(struct stream *stream);

/* After stream_open: makes the stream one of TLS with the server `host`, whose name is borrowed
 * like the context. */
void stream_use_tls(struct stream *stream, const struct tls_context *context, const char *host);

/* Goes on connecting, through the handshake of TLS. Errors: ERR_CONNECT, those of tls_new and
 * tls_handshake. */
enum stream_event stream_connect(struct stream *stream, struct err *err);

/* Reads at most `room` octets (room > 0). Errors: ERR_NET_IO, those of tls_read. */
enum stream_event stream_read(struct stream *stream, uint8_t *to, size_t room, size_t *n,
                              struct err *err);

/* Writes what it can. What was not written must be given again in the next call. Errors:
 * ERR_NET_IO, those of tls_write. */
enum stream_event stream_write(struct stream *stream, const uint8_t *from, size_t length, size_t *n,
                               struct err *err);

#endif
