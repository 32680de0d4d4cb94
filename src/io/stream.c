#include "io/stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

/* There is no way from here, whoever listens there. */
static enum err_kind connect_kind(int number, const struct address *to, const struct address *from)
{
    switch (number) {
    case ENETUNREACH:
    case ENETDOWN:
    case EAFNOSUPPORT:
        return ERR_NO_ROUTE;
    case EADDRNOTAVAIL: /* with IPv4 there is no port left */
        return to->storage.ss_family == AF_INET6 ? ERR_NO_ROUTE : ERR_CONNECT;
    case EINVAL: /* from a loopback address to another machine */
        return from != NULL ? ERR_NO_ROUTE : ERR_CONNECT;
    case EHOSTUNREACH: /* said by a router, or by a network where nobody has that address */
        return ERR_UNREACHABLE;
    default:
        return ERR_CONNECT;
    }
}

/* Whether a local port may be one that is in use, or was a moment ago. One that is given may: from
 * it several servers are asked. Where the system chooses it, it would choose for datagrams one of
 * another socket then, and of the two only one would hear the server. */
static bool may_share(int type, const struct address *from)
{
    return type == SOCK_STREAM || address_port(from) != 0;
}

/* Returns 0, or an errno value. */
static int use_local(int fd, int type, const struct address *to, const struct address *from,
                     struct err *err)
{
    const int on = 1;
    char text[ADDRESS_TEXT_MAX];
    sa_family_t family = from->storage.ss_family;
    if (family != to->storage.ss_family) {
        err_set(err, ERR_FAMILY, "the address of -b is one of IPv%c, that of the server is not",
                family == AF_INET ? '4' : '6');
        return EAFNOSUPPORT;
    }
    if (may_share(type, from))
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&from->storage, from->length) == 0)
        return 0;
    int number = errno;
    address_text(from, text);
    if (address_port(from) == 0) /* any will do */
        text[strcspn(text, "#")] = '\0';
    err_set_errno(err, ERR_BIND, number, "cannot use the local address %s", text);
    return number;
}

/* Binds and connects. Returns 0, or an errno value. */
static int join(int fd, int type, const struct address *to, const struct address *from,
                struct err *err)
{
    int number = from != NULL ? use_local(fd, type, to, from, err) : 0;
    if (number != 0)
        return number;
    if (connect(fd, (const struct sockaddr *)&to->storage, to->length) == 0 ||
        errno == EINPROGRESS || errno == EINTR)
        return 0;
    number = errno;
    err_set_errno(err, connect_kind(number, to, from), number, "cannot connect");
    return number;
}

int stream_socket(int type, const struct address *to, const struct address *from, struct err *err)
{
    int fd = socket(to->storage.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        err_set_errno(err, connect_kind(errno, to, from), errno, "cannot make a socket");
        return -1;
    }
    int number = join(fd, type, to, from, err);
    if (number == 0)
        return fd;
    close(fd);
    errno = number;
    return -1;
}

bool stream_open(struct stream *stream, const struct address *to, const struct address *from,
                 struct err *err)
{
    const int on = 1;
    *stream = (struct stream){.fd = stream_socket(SOCK_STREAM, to, from, err)};
    if (stream->fd < 0)
        return false;
    setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return true;
}

void stream_close(struct stream *stream)
{
    tls_free(stream->tls);
    stream->tls = NULL;
    if (stream->fd >= 0)
        close(stream->fd);
    stream->fd = -1;
}

void stream_use_tls(struct stream *stream, const struct tls_context *context, const char *host)
{
    stream->context = context;
    stream->host = host;
}

static enum stream_event connect_tcp(struct stream *stream, struct err *err)
{
    int failure = 0;
    socklen_t length = sizeof failure;
    struct sockaddr_storage peer;
    socklen_t peer_length = sizeof peer;
    if (getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &failure, &length) != 0)
        failure = errno;
    if (failure != 0) {
        err_set_errno(err, failure == EHOSTUNREACH ? ERR_UNREACHABLE : ERR_CONNECT, failure,
                      "cannot connect");
        return STREAM_FAIL;
    }
    if (getpeername(stream->fd, (struct sockaddr *)&peer, &peer_length) != 0)
        return STREAM_WANT_WRITE; /* not yet */
    stream->connected = true;
    return STREAM_DONE;
}

enum stream_event stream_connect(struct stream *stream, struct err *err)
{
    if (!stream->connected) {
        enum stream_event event = connect_tcp(stream, err);
        if (event != STREAM_DONE)
            return event;
    }
    if (stream->context == NULL)
        return STREAM_DONE;
    if (stream->tls == NULL)
        stream->tls = tls_new(stream->context, stream->fd, stream->host, err);
    return stream->tls != NULL ? tls_handshake(stream->tls, err) : STREAM_FAIL;
}

/* Of each question: enough for an answer of a few small messages, little beside a large one. */
enum { HURRIED = 8 };

/* A system that has sent something on a used connection waits some 40 ms before it acknowledges
 * what comes, and a server that sends in small pieces (PowerDNS) waits for that before the next
 * one. */
static void hurry(struct stream *stream)
{
    const int on = 1;
    if (stream->hurried == 0)
        return;
    stream->hurried--;
    setsockopt(stream->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

enum stream_event stream_read(struct stream *stream, uint8_t *to, size_t room, size_t *n,
                              struct err *err)
{
    ssize_t got;
    if (stream->tls != NULL)
        return tls_read(stream->tls, to, room, n, err);
    do
        got = recv(stream->fd, to, room, 0);
    while (got < 0 && errno == EINTR);
    if (got > 0) {
        *n = (size_t)got;
        return STREAM_DONE;
    }
    if (got == 0)
        return STREAM_EOF;
    if (errno == EAGAIN) {
        hurry(stream);
        return STREAM_WANT_READ;
    }
    err_set_errno(err, ERR_NET_IO, errno, "reading failed");
    return STREAM_FAIL;
}

enum stream_event stream_write(struct stream *stream, const uint8_t *from, size_t length, size_t *n,
                               struct err *err)
{
    ssize_t sent;
    if (stream->tls != NULL)
        return tls_write(stream->tls, from, length, n, err);
    do
        sent = send(stream->fd, from, length, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0) {
        *n = (size_t)sent;
        stream->hurried = HURRIED;
        return STREAM_DONE;
    }
    if (errno == EAGAIN)
        return STREAM_WANT_WRITE;
    err_set_errno(err, ERR_NET_IO, errno, "sending failed");
    return STREAM_FAIL;
}
