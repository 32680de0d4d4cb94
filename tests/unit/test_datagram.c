/* io/datagram, and links of a transport over UDP, over the sockets of the system on the loopback
 * interface. */
#include "io/datagram.h"

#include "io/transport.h"

#include "tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PATIENCE = 5000,   /* milliseconds, so that nothing hangs */
    A_MOMENT = 50,     /* in which what was sent on this machine would have come */
    LARGEST = 65507,   /* octets of a datagram over IPv4 */
    ADVERTISED = 1232, /* what queries say that they take */
};

static struct err err;
static uint8_t octets[2 + DATAGRAM_MAX];

/* ---- Helpers --------------------------------------------------------------------------------- */

static struct address address_of(const char *text, uint16_t port)
{
    struct address address;
    if (!address_parse(text, port, &address))
        exit(1);
    address.datagram = true;
    return address;
}

/* A socket that the test serves with; *at is its address. */
static int server_at(const char *text, uint16_t port, struct address *at)
{
    *at = address_of(text, port);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&at->storage, at->length) != 0 ||
        getsockname(fd, (struct sockaddr *)&at->storage, &at->length) != 0)
        exit(1);
    return fd;
}

/* Our end of a socket. */
static struct address local_of(int fd)
{
    struct address local = {.length = sizeof local.storage};
    if (getsockname(fd, (struct sockaddr *)&local.storage, &local.length) != 0)
        exit(1);
    return local;
}

static bool comes(int fd, int milliseconds)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    return poll(&wait, 1, milliseconds) == 1;
}

/* Takes what a client has sent; -1: nothing. */
static ssize_t take(int fd, struct address *from)
{
    from->length = sizeof from->storage;
    return comes(fd, PATIENCE) ? recvfrom(fd, octets, sizeof octets, 0,
                                          (struct sockaddr *)&from->storage, &from->length)
                               : -1;
}

static bool give(int fd, const struct address *to, const void *from, size_t length)
{
    return sendto(fd, from, length, 0, (const struct sockaddr *)&to->storage, to->length) ==
           (ssize_t)length;
}

static enum stream_event read_into(struct datagram *datagram, uint8_t *to, size_t room, size_t *n)
{
    *n = 0;
    err = (struct err){.kind = ERR_NONE};
    return datagram_read(datagram, to, room, n, &err);
}

static enum stream_event write_all(struct datagram *datagram, const void *from, size_t length,
                                   size_t *n)
{
    *n = 0;
    err = (struct err){.kind = ERR_NONE};
    return datagram_write(datagram, from, length, n, &err);
}

/* A datagram is as a message of this length, in which each octet says where it stands. */
static void fill(uint8_t *to, size_t length)
{
    for (size_t i = 0; i < length; i++)
        to[i] = (uint8_t)(i ^ i >> 8);
}

/* ---- Messages -------------------------------------------------------------------------------- */

static void writes(void)
{
    static const uint8_t two[] = "\0\15first message\0\6second\0\5cut";
    struct address at, from, again;
    static struct datagram datagram;
    size_t n;
    int server = server_at("127.0.0.1", 0, &at);
    ok(datagram_open(&datagram, &at, NULL, &err), "a socket");
    ok((fcntl(datagram.fd, F_GETFL) & O_NONBLOCK) != 0, "that does not block");
    ok((fcntl(datagram.fd, F_GETFD) & FD_CLOEXEC) != 0, "and is not for commands");
    is_int(write_all(&datagram, two, sizeof two - 1, &n), STREAM_DONE, "two messages, and a part");
    is_int((int64_t)n, 2 + 13 + 2 + 6, "of which the whole ones go out");
    ok(take(server, &from) == 13 && memcmp(octets, "first message", 13) == 0, "the first");
    ok(take(server, &again) == 6 && memcmp(octets, "second", 6) == 0, "the second");
    ok(from.length == again.length && memcmp(&from.storage, &again.storage, from.length) == 0,
       "both from one port");
    ok(!comes(server, A_MOMENT), "and no more");
    is_int(write_all(&datagram, two + n, sizeof two - 1 - n, &n), STREAM_WANT_WRITE,
           "a part alone is not sent");
    is_int((int64_t)n, 0, "nothing of it");
    datagram_close(&datagram);
    is_int(datagram.fd, -1, "closed");
    datagram_close(&datagram);
    close(server);
}

static void reads(void)
{
    static uint8_t large[LARGEST], got[2 + LARGEST];
    struct address at, client;
    static struct datagram datagram;
    size_t n, all = 0;
    int server = server_at("127.0.0.1", 0, &at);
    fill(large, sizeof large);
    datagram_open(&datagram, &at, NULL, &err);
    client = local_of(datagram.fd);
    is_int(read_into(&datagram, got, sizeof got, &n), STREAM_WANT_READ, "nothing has come");
    give(server, &client, "", 0);
    give(server, &client, "x", 1);
    give(server, &client, large, 11);
    give(server, &client, large, 12);
    give(server, &client, large, ADVERTISED + 1);
    ok(comes(datagram.fd, PATIENCE), "some do");
    is_int(read_into(&datagram, got, sizeof got, &n), STREAM_DONE, "what is too short is not seen");
    ok(n == 14 && memcmp(got, "\0\14", 2) == 0 && memcmp(got + 2, large, 12) == 0,
       "the first is a header alone");
    is_int(read_into(&datagram, got, 1, &n), STREAM_DONE, "the next, octet by octet");
    is_int((int64_t)n, 1, "one");
    while (read_into(&datagram, got + 1 + all, 7, &n) == STREAM_DONE)
        all += n;
    ok(1 + all == 2 + ADVERTISED + 1 && got[0] == 4 && got[1] == 209 &&
           memcmp(got + 2, large, ADVERTISED + 1) == 0,
       "is larger than was asked for, and whole");
    ok(give(server, &client, large, sizeof large) && comes(datagram.fd, PATIENCE) &&
           read_into(&datagram, got, sizeof got, &n) == STREAM_DONE && n == sizeof got &&
           got[0] == 255 && got[1] == 227 && memcmp(got + 2, large, sizeof large) == 0,
       "the largest there is");
    is_int(read_into(&datagram, got, sizeof got, &n), STREAM_WANT_READ, "then nothing");
    datagram_close(&datagram);
    close(server);
}

/* Whoever does not know that a server was asked, or from which port, sends into the blue; but so
 * does who knows both, and cannot lie about his address. */
static void strangers(void)
{
    static const uint8_t message[12];
    uint8_t got[64];
    struct address at, other, away, client;
    static struct datagram datagram;
    size_t n;
    int server = server_at("127.0.0.1", 0, &at);
    int same_host = server_at("127.0.0.1", 0, &other);
    int same_port = server_at("127.0.0.2", address_port(&at), &away);
    datagram_open(&datagram, &at, NULL, &err);
    client = local_of(datagram.fd);
    give(same_host, &client, message, sizeof message);
    give(same_port, &client, message, sizeof message);
    ok(!comes(datagram.fd, A_MOMENT) &&
           read_into(&datagram, got, sizeof got, &n) == STREAM_WANT_READ,
       "what comes from another port or address does not come");
    give(server, &client, message, sizeof message);
    ok(comes(datagram.fd, PATIENCE) && read_into(&datagram, got, sizeof got, &n) == STREAM_DONE,
       "what comes from the server does");
    datagram_close(&datagram);
    close(server);
    close(same_host);
    close(same_port);
}

/* ---- What goes wrong ------------------------------------------------------------------------- */

static void nobody(void)
{
    static const uint8_t query[] = "\0\14twelve octet";
    uint8_t got[64];
    struct address at;
    static struct datagram datagram;
    size_t n;
    close(server_at("127.0.0.1", 0, &at));
    ok(datagram_open(&datagram, &at, NULL, &err), "a port where nobody listens");
    is_int(write_all(&datagram, query, sizeof query - 1, &n), STREAM_DONE, "is asked");
    ok(comes(datagram.fd, PATIENCE), "the system says so");
    is_int(read_into(&datagram, got, sizeof got, &n), STREAM_FAIL, "to who reads");
    is_int(err.kind, ERR_CONNECT, "as for a connection that is refused");
    is_str(err.text, "cannot ask over UDP: Connection refused", "in words");
    is_int(read_into(&datagram, got, sizeof got, &n), STREAM_WANT_READ, "once");
    write_all(&datagram, query, sizeof query - 1, &n);
    ok(comes(datagram.fd, PATIENCE), "asked again");
    is_int(write_all(&datagram, query, sizeof query - 1, &n), STREAM_FAIL, "to who writes");
    ok(n == 0 && err.kind == ERR_CONNECT, "likewise");
    datagram_close(&datagram);
}

static void no_socket(void)
{
    struct address at = address_of("127.255.255.255", 53), here = address_of("192.0.2.1", 0);
    static struct datagram datagram;
    err = (struct err){.kind = ERR_NONE};
    ok(!datagram_open(&datagram, &at, NULL, &err) && errno == EACCES, "a broadcast");
    is_int(err.kind, ERR_CONNECT, "cannot be asked");
    is_int(datagram.fd, -1, "and leaves no socket");
    datagram_close(&datagram);
    at = address_of("127.0.0.1", 53);
    err = (struct err){.kind = ERR_NONE};
    ok(!datagram_open(&datagram, &at, &here, &err) && errno == EADDRNOTAVAIL,
       "an address that is not ours");
    is_int(err.kind, ERR_BIND, "cannot be asked from");
    datagram_close(&datagram);
}

/* From a port that was given several servers are asked. One that the system has chosen must be
 * nobody else's: what comes for two sockets goes to one of them. */
static void local_ports(void)
{
    struct address at, other, from, here = address_of("127.0.0.3", 0);
    static struct datagram first, second;
    uint8_t got[64];
    size_t n;
    int shares = -1, server = server_at("127.0.0.1", 0, &at),
        another = server_at("127.0.0.1", 0, &other);
    ok(datagram_open(&first, &at, &here, &err), "from an address of ours");
    write_all(&first, "\0\1x", 3, &n);
    take(server, &from);
    is_int(((struct sockaddr_in *)&from.storage)->sin_addr.s_addr, (int64_t)inet_addr("127.0.0.3"),
           "as the server sees");
    getsockopt(first.fd, SOL_SOCKET, SO_REUSEADDR, &shares, &(socklen_t){sizeof shares});
    is_int(shares, 0, "the port is not shared");
    here = local_of(first.fd);
    datagram_close(&first);
    ok(datagram_open(&first, &at, &here, &err) && datagram_open(&second, &other, &here, &err),
       "from a port of ours two servers are asked");
    ok(give(another, &here, "this is the other", 17) && comes(second.fd, PATIENCE) &&
           !comes(first.fd, 0) && read_into(&second, got, sizeof got, &n) == STREAM_DONE && n == 19,
       "the one is heard by who has asked it");
    ok(give(server, &here, "this is the one", 15) && comes(first.fd, PATIENCE) &&
           !comes(second.fd, 0) && read_into(&first, got, sizeof got, &n) == STREAM_DONE && n == 17,
       "and the other likewise");
    datagram_close(&first);
    datagram_close(&second);
    close(server);
    close(another);
}

/* ---- The transport --------------------------------------------------------------------------- */

static void links(void)
{
    static const uint8_t query[] = "\0\14twelve octet";
    struct transport *transport = transport_new(-1, &err);
    struct address at, from;
    struct link_options options = {.address = &at};
    enum link_fault fault;
    uint8_t got[64];
    size_t n = 0;
    int server = server_at("127.0.0.1", 0, &at);
    struct link *link = transport->open(transport, &options, &fault, &err);
    ok(link != NULL && transport->connect(link, &err) == STREAM_DONE && link->connected,
       "a link over UDP stands at once");
    ok(link->local.length > 0 && address_port(&link->local) != 0 && !link->is_tls &&
           link->tls == NULL,
       "its own end is known");
    ok(transport->write(link, query, sizeof query - 1, &n, &err) == STREAM_DONE && n == 14 &&
           take(server, &from) == 12 && address_port(&from) == address_port(&link->local),
       "it sends from there");
    is_int(transport->read(link, got, sizeof got, &n, &err), STREAM_WANT_READ, "no answer yet");
    ok(give(server, &from, "an answer is", 12) && comes(link->fd, PATIENCE) &&
           transport->read(link, got, sizeof got, &n, &err) == STREAM_DONE && n == 14,
       "an answer");
    is_int((int64_t)link->received, 14, "is a sign of life");
    transport->close(transport, link);
    at = address_of("127.255.255.255", 53);
    ok(transport->open(transport, &options, &fault, &err) == NULL && fault == LINK_LOCAL,
       "where there is no socket there is no link");
    transport->free(transport);
    close(server);
}

int main(void)
{
    writes();
    reads();
    strangers();
    nobody();
    no_socket();
    local_ports();
    links();
    return tap_end();
}
