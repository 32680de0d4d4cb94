#include "io/listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

enum {
    TRIES = 32, /* ports of our own choice, until one is free for both */
    /* Octets. What comes while we do something else waits in the first, as far as the system lets
     * it; of what is read and written on connections only little may gather there. */
    DATAGRAMS_ROOM = 4 * 1024 * 1024,
    STREAM_ROOM = 16 * 1024,
};

/* ---- Sockets --------------------------------------------------------------------------------- */

static bool set_option(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

/* The address that was asked is told with each datagram. */
static bool set_up_udp(int fd, int family, bool is_any)
{
    set_option(fd, SOL_SOCKET, SO_RCVBUF, DATAGRAMS_ROOM);
    if (!is_any)
        return true;
    return family == AF_INET6 ? set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
                              : set_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
}

/* Connections inherit all of this. */
static bool set_up_tcp(int fd)
{
    set_option(fd, SOL_SOCKET, SO_RCVBUF, STREAM_ROOM);
    set_option(fd, SOL_SOCKET, SO_SNDBUF, STREAM_ROOM);
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    return set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
}

/* Returns -1 with errno set if that cannot be. */
static int open_socket(const struct address *at, int type, bool is_any)
{
    int family = at->storage.ss_family;
    int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if ((family != AF_INET6 || set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) &&
        (type == SOCK_DGRAM ? set_up_udp(fd, family, is_any) : set_up_tcp(fd)) &&
        bind(fd, (const struct sockaddr *)&at->storage, at->length) == 0 &&
        (type == SOCK_DGRAM || listen(fd, SOMAXCONN) == 0))
        return fd;
    int number = errno;
    close(fd);
    errno = number;
    return -1;
}

static bool learn_bound(int fd, struct address *address)
{
    address->length = sizeof address->storage;
    return getsockname(fd, (struct sockaddr *)&address->storage, &address->length) == 0;
}

static bool fail(const struct address *at, const char *protocol, struct err *err)
{
    char text[ADDRESS_TEXT_MAX];
    int number = errno;
    if (number == EACCES)
        err->facts |= ERR_FACT_LOW_PORT;
    if (number == EADDRNOTAVAIL)
        err->facts |= ERR_FACT_BIND;
    return err_set_errno(err, ERR_LISTEN, number, "cannot listen on %s (%s)",
                         address_text(at, text), protocol);
}

static bool is_any_address(const struct address *address)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address->storage;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address->storage;
    return address->storage.ss_family == AF_INET6 ? IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr)
                                                  : v4->sin_addr.s_addr == htonl(INADDR_ANY);
}

bool listen_open(struct listen_sockets *sockets, const struct address *address, struct err *err)
{
    *sockets = (struct listen_sockets){.udp = -1, .tcp = -1, .is_any = is_any_address(address)};
    for (int tries = TRIES; tries > 0; tries--) {
        sockets->tcp = open_socket(address, SOCK_STREAM, sockets->is_any);
        if (sockets->tcp < 0 || !learn_bound(sockets->tcp, &sockets->bound))
            break;
        sockets->udp = open_socket(&sockets->bound, SOCK_DGRAM, sockets->is_any);
        if (sockets->udp >= 0)
            return true;
        if (errno != EADDRINUSE || address_port(address) != 0)
            break;
        close(sockets->tcp);
        sockets->tcp = -1;
    }
    fail(address, sockets->tcp < 0 ? "TCP" : "UDP", err);
    listen_close(sockets);
    return false;
}

void listen_close(struct listen_sockets *sockets)
{
    if (sockets->udp >= 0)
        close(sockets->udp);
    if (sockets->tcp >= 0)
        close(sockets->tcp);
    sockets->udp = sockets->tcp = -1;
}

/* ---- Datagrams ------------------------------------------------------------------------------- */

/* What goes with a datagram: the address of ours. */
union control {
    struct cmsghdr header;
    uint8_t octets[CMSG_SPACE(sizeof(struct in6_pktinfo))]; /* the larger one */
};

/* Reads an address of ours into one that has the port already. Interfaces count for addresses that
 * mean something else on each. */
static void read_local(const struct cmsghdr *header, struct address *local)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&local->storage;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&local->storage;
    if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
        struct in_pktinfo info;
        memcpy(&info, CMSG_DATA(header), sizeof info);
        v4->sin_addr = info.ipi_spec_dst; /* one's own, where the other one was a group's */
    } else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
        struct in6_pktinfo info;
        memcpy(&info, CMSG_DATA(header), sizeof info);
        if (IN6_IS_ADDR_MULTICAST(&info.ipi6_addr))
            return;
        v6->sin6_addr = info.ipi6_addr;
        v6->sin6_scope_id =
            IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr) ? (uint32_t)info.ipi6_ifindex : 0;
    }
}

enum listen_event listen_receive(const struct listen_sockets *sockets, uint8_t *to, size_t room,
                                 size_t *n, struct listen_ends *ends)
{
    union control control;
    struct iovec part = {.iov_base = to, .iov_len = room};
    struct msghdr message = {.msg_name = &ends->peer.storage,
                             .msg_namelen = sizeof ends->peer.storage,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.octets,
                             .msg_controllen = sizeof control.octets};
    ssize_t got = recvmsg(sockets->udp, &message, 0);
    if (got < 0)
        return errno == EAGAIN ? LISTEN_NOTHING : LISTEN_PASSED;
    ends->peer.length = message.msg_namelen;
    if ((message.msg_flags & MSG_TRUNC) != 0 || address_port(&ends->peer) == 0)
        return LISTEN_PASSED; /* nothing can be sent to port 0 */
    *n = (size_t)got;
    ends->local = sockets->bound;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); sockets->is_any && header != NULL;
         header = CMSG_NXTHDR(&message, header))
        read_local(header, &ends->local);
    return LISTEN_DONE;
}

static void write_local(union control *control, struct msghdr *message, const struct address *local)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&local->storage;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&local->storage;
    bool is_v6 = local->storage.ss_family == AF_INET6;
    const struct in_pktinfo info = {.ipi_spec_dst = v4->sin_addr};
    const struct in6_pktinfo info6 = {.ipi6_addr = v6->sin6_addr,
                                      .ipi6_ifindex = v6->sin6_scope_id};
    size_t n = is_v6 ? sizeof info6 : sizeof info;
    memset(control, 0, sizeof *control);
    message->msg_control = control->octets;
    message->msg_controllen = CMSG_SPACE(n);
    control->header.cmsg_level = is_v6 ? IPPROTO_IPV6 : IPPROTO_IP;
    control->header.cmsg_type = is_v6 ? IPV6_PKTINFO : IP_PKTINFO;
    control->header.cmsg_len = CMSG_LEN(n);
    memcpy(CMSG_DATA(&control->header), is_v6 ? (const void *)&info6 : (const void *)&info, n);
}

void listen_send(const struct listen_sockets *sockets, const uint8_t *from, size_t length,
                 const struct listen_ends *ends)
{
    union control control;
    struct address peer = ends->peer;
    uint8_t *octets = (uint8_t *)(uintptr_t)from; /* sendmsg does not write there */
    struct iovec part = {.iov_base = octets, .iov_len = length};
    struct msghdr message = {
        .msg_name = &peer.storage, .msg_namelen = peer.length, .msg_iov = &part, .msg_iovlen = 1};
    ssize_t sent;
    if (sockets->is_any)
        write_local(&control, &message, &ends->local);
    do
        sent = sendmsg(sockets->udp, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
}

/* ---- Connections ----------------------------------------------------------------------------- */

/* accept(2) passes on what has become of a connection in the meantime. */
static enum listen_event why_none(int number)
{
    switch (number) {
    case EAGAIN:
        return LISTEN_NOTHING;
    case EINTR:
    case ECONNABORTED:
    case EPERM: /* a firewall of this machine */
    case EPROTO:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
        return LISTEN_PASSED;
    default:
        return LISTEN_FULL;
    }
}

enum listen_event listen_accept(const struct listen_sockets *sockets, struct stream *stream,
                                struct listen_ends *ends)
{
    ends->peer.length = sizeof ends->peer.storage;
    int fd = accept4(sockets->tcp, (struct sockaddr *)&ends->peer.storage, &ends->peer.length,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return why_none(errno);
    *stream = (struct stream){.fd = fd, .connected = true};
    ends->local = sockets->bound;
    if (sockets->is_any)
        learn_bound(fd, &ends->local);
    return LISTEN_DONE;
}

bool listen_is_of_one(const struct address *a, const struct address *b)
{
    const struct sockaddr_in *v4a = (const struct sockaddr_in *)&a->storage;
    const struct sockaddr_in *v4b = (const struct sockaddr_in *)&b->storage;
    const struct sockaddr_in6 *v6a = (const struct sockaddr_in6 *)&a->storage;
    const struct sockaddr_in6 *v6b = (const struct sockaddr_in6 *)&b->storage;
    if (a->storage.ss_family != b->storage.ss_family)
        return false;
    return a->storage.ss_family == AF_INET6 ? memcmp(&v6a->sin6_addr, &v6b->sin6_addr, 8) == 0
                                            : v4a->sin_addr.s_addr == v4b->sin_addr.s_addr;
}
