#include "io/datagram.h"

#include "io/stream.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PREFIX = 2, HEADER = 12 };

bool datagram_open(struct datagram *datagram, const struct address *to, const struct address *from,
                   struct err *err)
{
    datagram->at = datagram->end = 0;
    datagram->fd = stream_socket(SOCK_DGRAM, to, from, err);
    return datagram->fd >= 0;
}

void datagram_close(struct datagram *datagram)
{
    if (datagram->fd >= 0)
        close(datagram->fd);
    datagram->fd = -1;
}

/* The answer to what was sent before may meet whoever sends as well as whoever reads. */
static enum stream_event fail(struct err *err)
{
    err_set_errno(err, ERR_CONNECT, errno, "cannot ask over UDP");
    return STREAM_FAIL;
}

static enum stream_event receive(struct datagram *datagram, struct err *err)
{
    for (;;) {
        ssize_t got = recv(datagram->fd, datagram->octets + PREFIX, DATAGRAM_MAX, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno == EAGAIN ? STREAM_WANT_READ : fail(err);
        if (got < HEADER)
            continue;
        datagram->octets[0] = (uint8_t)(got >> 8);
        datagram->octets[1] = (uint8_t)got;
        datagram->at = 0;
        datagram->end = (size_t)got + PREFIX;
        return STREAM_DONE;
    }
}

enum stream_event datagram_read(struct datagram *datagram, uint8_t *to, size_t room, size_t *n,
                                struct err *err)
{
    enum stream_event event = datagram->at < datagram->end ? STREAM_DONE : receive(datagram, err);
    if (event != STREAM_DONE)
        return event;
    size_t left = datagram->end - datagram->at;
    *n = left < room ? left : room;
    memcpy(to, datagram->octets + datagram->at, *n);
    datagram->at += *n;
    return STREAM_DONE;
}

enum stream_event datagram_write(struct datagram *datagram, const uint8_t *from, size_t length,
                                 size_t *n, struct err *err)
{
    *n = 0;
    while (length - *n > PREFIX) {
        size_t message = (size_t)from[*n] << 8 | from[*n + 1];
        if (length - *n - PREFIX < message)
            break;
        ssize_t sent = send(datagram->fd, from + *n + PREFIX, message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS))
            break;
        if (sent < 0)
            return fail(err);
        *n += PREFIX + message;
    }
    return *n > 0 ? STREAM_DONE : STREAM_WANT_WRITE;
}
