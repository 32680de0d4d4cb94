/* A byte stream to a server: non-blocking, stepwise.
 *
 * Purpose: connect, read, write; each call does what it can at once and says what to wait for.
 * Owns: a descriptor.
 * Never: waits, reads a clock, prints, raises SIGPIPE. */
#ifndef IO_STREAM_H
#define IO_STREAM_H

#include "base/err.h"
#include "io/resolve.h"

#include <stdint.h>

struct stream {
    int fd;
};

enum stream_event {
    STREAM_DONE,       /* the call did its work, in part at least */
    STREAM_WANT_READ,  /* call again when the descriptor is readable */
    STREAM_WANT_WRITE, /* ... writable */
    STREAM_EOF,        /* read only: the peer has ended the stream */
    STREAM_FAIL
};

/* Begins to connect; `from` is the local address, or NULL. Errors: ERR_CONNECT,
 * ERR_BIND. */
bool stream_open(struct stream *stream, const struct address *to, const struct address *from,
                 struct err *err);
void stream_close(struct stream *stream);

/* Goes on connecting. Error: ERR_CONNECT. */
enum stream_event stream_connect(struct stream *stream, struct err *err);

/* Reads at most `room` octets (room > 0). Error: ERR_NET_IO. */
enum stream_event stream_read(struct stream *stream, uint8_t *to, size_t room, size_t *n,
                              struct err *err);

/* Writes what it can. Error: ERR_NET_IO. */
enum stream_event stream_write(struct stream *stream, const uint8_t *from, size_t length, size_t *n,
                               struct err *err);

#endif
