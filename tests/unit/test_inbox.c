/* net/inbox and io/listen over the sockets of the system, on the loopback interface. The clock is a
 * number of the test's own. A peer is a plain socket here; who serves is the same process, so that
 * each look can be counted. */
#include "net/inbox.h"

#include "io/fence.h"

#include "tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SECOND = 1000000,
    PATIENCE = 5000, /* milliseconds of the test's own, so that nothing hangs */
    MESSAGE = 40,
    SILENT = 2000,
};

static struct inbox *inbox;
static uint64_t now = 1000 * (uint64_t)SECOND;
static unsigned looks, given; /* since `inbox_at` */
static size_t most_fds;
static bool mute;          /* nothing is replied */
static size_t reply_least; /* octets of a reply, of which those beyond the message are 0 */
static uint8_t last_message[INBOX_MESSAGE_MAX];
static size_t last_length;
static struct inbox_from last_from;

/* ---- Who serves -------------------------------------------------------------------------------
 */

static struct err err;

static bool open_inbox(unsigned count, const char *const *texts)
{
    struct address addresses[INBOX_ADDRESSES_MAX];
    for (unsigned i = 0; i < count; i++)
        if (!address_parse(texts[i], 0, &addresses[i]))
            return false;
    err = (struct err){.kind = ERR_NONE};
    inbox = inbox_new(&(struct inbox_config){.addresses = addresses, .count = count}, &err);
    looks = given = 0;
    most_fds = 0;
    return inbox != NULL;
}

static bool inbox_at(const char *text)
{
    return open_inbox(1, &text);
}

static void close_inbox(void)
{
    inbox_free(inbox);
    inbox = NULL;
}

/* The reply to a message is the message, with the bit of a response. */
static void take_messages(void)
{
    static uint8_t reply[INBOX_MESSAGE_MAX];
    const uint8_t *octets;
    size_t length;
    struct inbox_from from;
    while (inbox_next(inbox, now, &octets, &length, &from)) {
        given++;
        memcpy(last_message, octets, length);
        last_length = length;
        last_from = from;
        memcpy(reply, octets, length);
        if (length > 2)
            reply[2] |= 0x80;
        for (; length < reply_least; length++)
            reply[length] = 0;
        if (!mute && length <= INBOX_REPLY_MAX - 2)
            inbox_reply(inbox, &from, reply, length);
    }
}

/* One look; waits for at most so many milliseconds. Returns whether anything was found. */
static bool look(int milliseconds)
{
    struct pollfd fds[2 * INBOX_ADDRESSES_MAX + INBOX_CONNS];
    size_t count = inbox_fds(inbox, fds);
    most_fds = count > most_fds ? count : most_fds;
    int ready = poll(fds, count, inbox_wake(inbox) <= now ? 0 : milliseconds);
    looks++;
    inbox_look(inbox, fds, ready > 0 ? count : 0, now);
    take_messages();
    return ready > 0;
}

/* Serves until so many messages were given, or nothing comes. */
static bool serve(unsigned count)
{
    while (given < count && look(PATIENCE))
        ;
    return given == count;
}

/* Serves what there is. */
static void serve_rest(void)
{
    while (look(0) || inbox_wake(inbox) <= now)
        ;
}

/* ---- Peers ------------------------------------------------------------------------------------
 */

static struct address port_at(const char *text)
{
    const struct sockaddr_in *bound =
        (const struct sockaddr_in *)&inbox_address(inbox, 0)->storage; /* v6 has it there, too */
    struct address at;
    if (!address_parse(text, ntohs(bound->sin_port), &at))
        abort();
    return at;
}

/* A peer that talks to this address, from another one where it is named. */
static int peer_of(int type, const char *text, const char *from)
{
    struct address to = port_at(text), own;
    int fd = socket(to.storage.ss_family, type | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (from != NULL && (!address_parse(from, 0, &own) ||
                         bind(fd, (const struct sockaddr *)&own.storage, own.length) != 0))
        abort();
    if (type == SOCK_STREAM && fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
        abort();
    if (connect(fd, (const struct sockaddr *)&to.storage, to.length) != 0 && errno != EINPROGRESS)
        abort();
    return fd;
}

static bool is_readable(int fd, int milliseconds)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    return poll(&one, 1, milliseconds) == 1;
}

/* Whether the inbox has ended this connection: it gives nothing but its end. */
static bool is_closed(int fd)
{
    uint8_t octet;
    return is_readable(fd, 0) && recv(fd, &octet, 1, MSG_DONTWAIT) <= 0;
}

/* A message that is like no other. */
static void write_message(uint8_t *to, size_t length, unsigned number)
{
    for (size_t i = 0; i < length; i++)
        to[i] = (uint8_t)(i * 7 + number);
    if (length > 2)
        to[2] &= 0x7f;
}

/* With its prefix. */
static void send_message(int fd, size_t length, unsigned number)
{
    static uint8_t octets[2 + 65535];
    octets[0] = (uint8_t)(length >> 8);
    octets[1] = (uint8_t)length;
    write_message(octets + 2, length, number);
    if (send(fd, octets, 2 + length, MSG_NOSIGNAL) != (ssize_t)(2 + length))
        abort();
}

static bool is_reply(const uint8_t *octets, size_t length, unsigned number)
{
    static uint8_t expected[65535];
    write_message(expected, length, number);
    if (length > 2)
        expected[2] |= 0x80;
    return memcmp(octets, expected, length) == 0;
}

/* Reads the reply to a message, while the inbox is served. */
static bool gets_reply(int fd, size_t length, unsigned number)
{
    static uint8_t octets[2 + 65535];
    size_t have = 0;
    for (unsigned tries = 0; have < 2 + length && tries < 1000; tries++) {
        ssize_t n = recv(fd, octets + have, 2 + length - have, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            return false;
        if (n < 0) {
            look(0);
            is_readable(fd, 5);
        } else {
            have += (size_t)n;
        }
    }
    return have == 2 + length && (size_t)(octets[0] << 8 | octets[1]) == length &&
           is_reply(octets + 2, length, number);
}

/* ---- Datagrams --------------------------------------------------------------------------------
 */

/* Sends a datagram, and reads the reply: a socket that is connected takes it from nowhere else. */
static bool asks_by_udp(const char *to, size_t length, unsigned number)
{
    static uint8_t octets[65535];
    int fd = peer_of(SOCK_DGRAM, to, NULL);
    given = 0;
    write_message(octets, length, number);
    bool is_good = send(fd, octets, length, 0) == (ssize_t)length && serve(1) &&
                   last_length == length && is_readable(fd, PATIENCE) &&
                   recv(fd, octets, sizeof octets, MSG_DONTWAIT) == (ssize_t)length &&
                   is_reply(octets, length, number);
    close(fd);
    return is_good;
}

static void is_local(const char *address)
{
    char text[ADDRESS_TEXT_MAX];
    last_from.ends.local.storage.ss_family == AF_INET6
        ? (((struct sockaddr_in6 *)&last_from.ends.local.storage)->sin6_port = 0)
        : (((struct sockaddr_in *)&last_from.ends.local.storage)->sin_port = 0);
    is_str(address_text(&last_from.ends.local, text), address, "it was sent to %s", address);
}

static void datagrams(void)
{
    static uint8_t octets[INBOX_MESSAGE_MAX + 1];
    ok(inbox_at("127.0.0.1"), "an address of IPv4");
    ok(asks_by_udp("127.0.0.1", MESSAGE, 1), "a datagram, and its reply");
    ok(!last_from.is_tcp, "of UDP");
    is_local("127.0.0.1#0");
    ok(asks_by_udp("127.0.0.1", 0, 0), "an empty one is not looked at here");
    int fd = peer_of(SOCK_DGRAM, "127.0.0.1", NULL);
    given = 0;
    ok(send(fd, octets, sizeof octets, 0) == (ssize_t)sizeof octets &&
           send(fd, octets, sizeof octets - 1, 0) == (ssize_t)sizeof octets - 1,
       "one that is too long, and one that is not");
    serve_rest();
    ok(given == 1 && last_length == INBOX_MESSAGE_MAX, "the first is passed over");
    for (unsigned i = 0; i < 200; i++)
        if (send(fd, octets, MESSAGE, 0) != MESSAGE)
            break;
    given = 0;
    look(PATIENCE);
    is_int(given, INBOX_LOOK, "so many are given after one look");
    look(PATIENCE);
    is_int(given, 2 * INBOX_LOOK, "and after the next");
    serve_rest();
    is_int(given, 200, "and all in the end");
    close(fd);
    close_inbox();
}

static void wildcards(void)
{
    ok(inbox_at("0.0.0.0"), "all addresses of IPv4");
    ok(asks_by_udp("127.0.0.1", MESSAGE, 1), "the reply comes from the address that was asked");
    is_local("127.0.0.1#0");
    ok(asks_by_udp("127.0.0.2", MESSAGE, 2), "whichever it is");
    is_local("127.0.0.2#0");
    int fd = peer_of(SOCK_STREAM, "127.0.0.3", "127.0.0.4");
    send_message(fd, MESSAGE, 3);
    ok(gets_reply(fd, MESSAGE, 3) && last_from.is_tcp, "a connection to one more");
    is_local("127.0.0.3#0");
    close(fd);
    close_inbox();
}

/* Whether an inbox for IPv4 can have the port of one for IPv6. Somebody else on this machine may
 * have it now and then. */
static bool shares_port(void)
{
    for (unsigned tries = 0; tries < 20; tries++) {
        if (!inbox_at("::"))
            return false;
        struct address v4 = port_at("0.0.0.0");
        struct inbox *first = inbox;
        err = (struct err){.kind = ERR_NONE};
        inbox = inbox_new(&(struct inbox_config){.addresses = &v4, .count = 1}, &err);
        bool shares = inbox != NULL;
        inbox_free(first);
        close_inbox();
        if (shares)
            return true;
    }
    return false;
}

static void version_6(void)
{
    const char *const both[] = {"::", "0.0.0.0"};
    if (!inbox_at("::1")) {
        tap_skip("IPv6", "this machine has none");
        return;
    }
    ok(asks_by_udp("::1", MESSAGE, 1), "a datagram over IPv6, and its reply");
    int fd = peer_of(SOCK_STREAM, "::1", NULL);
    send_message(fd, MESSAGE, 2);
    ok(gets_reply(fd, MESSAGE, 2), "a connection");
    close(fd);
    close_inbox();
    ok(inbox_at("::"), "all addresses of IPv6");
    ok(asks_by_udp("::1", MESSAGE, 3), "the reply comes from the address that was asked");
    is_local("::1#0");
    close_inbox();
    ok(shares_port(), ":: is IPv6 alone");
    ok(open_inbox(2, both), "both families");
    ok(asks_by_udp("::1", MESSAGE, 4), "of which one is asked");
    close_inbox();
}

static void is_one(const char *a, const char *b, bool expected)
{
    struct address first, second;
    ok(address_parse(a, 1, &first) && address_parse(b, 2, &second) &&
           listen_is_of_one(&first, &second) == expected,
       "%s and %s: %s", a, b, expected ? "one" : "two");
}

static void ones(void)
{
    is_one("192.0.2.1", "192.0.2.1", true);
    is_one("192.0.2.1", "192.0.2.2", false);
    is_one("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true);
    is_one("2001:db8:0:1::1", "2001:db8:0:2::1", false);
    is_one("::", "0.0.0.0", false);
}

/* ---- What cannot be opened --------------------------------------------------------------------
 */

static void is_refused(const struct address *at, const char *text, const char *hint)
{
    char address[ADDRESS_TEXT_MAX], expected[200];
    struct err why = {.kind = ERR_NONE};
    struct inbox *none = inbox_new(&(struct inbox_config){.addresses = at, .count = 1}, &why);
    address_text(at, address);
    snprintf(expected, sizeof expected, "cannot listen on %s %s", address, text);
    ok(none == NULL && why.kind == ERR_LISTEN, "%s cannot be listened on", address);
    is_str(why.text, expected, "why");
    ok(strstr(err_hint(why.kind, why.facts), hint) != NULL, "the hint speaks of %s", hint);
    inbox_free(none);
}

static void low_port(void)
{
    struct address at;
    bool is_parsed = address_parse("127.0.0.1", 53, &at);
    pid_t pid = fork();
    if (pid == 0) {
        struct err why = {.kind = ERR_NONE};
        int socket_of_test = socket(AF_INET, SOCK_DGRAM, 0);
        if (!is_parsed || (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0))
            _exit(3);
        if (bind(socket_of_test, (const struct sockaddr *)&at.storage, at.length) == 0 ||
            errno != EACCES)
            _exit(3);
        inbox_new(&(struct inbox_config){.addresses = &at, .count = 1}, &why);
        _exit(why.kind == ERR_LISTEN && strstr(why.text, "ermission denied") != NULL &&
                      strstr(err_hint(why.kind, why.facts), "CAP_NET_BIND_SERVICE") != NULL
                  ? 0
                  : 1);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    if (WEXITSTATUS(status) == 3)
        tap_skip("a port that is not allowed",
                 "here everybody may take port 53, or nobody can become another user");
    else
        is_int(WEXITSTATUS(status), 0, "a port that is not allowed, and what to try");
}

static void refusals(void)
{
    struct address at, elsewhere;
    ok(inbox_at("127.0.0.1"), "an inbox");
    at = port_at("127.0.0.1");
    is_refused(&at, "(TCP): Address already in use", "another port");
    int udp = socket(AF_INET, SOCK_DGRAM, 0);
    close_inbox();
    ok(bind(udp, (const struct sockaddr *)&at.storage, at.length) == 0, "UDP alone");
    is_refused(&at, "(UDP): Address already in use", "another port");
    close(udp);
    if (!address_parse("192.0.2.1", 5300, &elsewhere))
        abort();
    is_refused(&elsewhere, "(TCP): Cannot assign requested address", "an address of this machine");
    low_port();
}

/* ---- Connections ------------------------------------------------------------------------------
 */

static void octet_by_octet(void)
{
    uint8_t octets[2 * (2 + MESSAGE)];
    int fd = peer_of(SOCK_STREAM, "127.0.0.1", NULL);
    for (unsigned i = 0; i < 2; i++) {
        octets[i * (2 + MESSAGE)] = 0;
        octets[i * (2 + MESSAGE) + 1] = MESSAGE;
        write_message(octets + i * (2 + MESSAGE) + 2, MESSAGE, i);
    }
    bool in_time = true;
    int at_once = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    given = 0;
    for (unsigned i = 0; i < sizeof octets; i++) {
        if (send(fd, octets + i, 1, MSG_NOSIGNAL) != 1)
            abort();
        look(PATIENCE);
        serve_rest();
        in_time = in_time && given == (i + 1) / (2 + MESSAGE);
    }
    ok(in_time, "octet by octet: a message is given as soon as it is whole");
    ok(gets_reply(fd, MESSAGE, 0) && gets_reply(fd, MESSAGE, 1), "with its reply");
    close(fd);
}

static void pipelined(void)
{
    uint8_t rest;
    int fd = peer_of(SOCK_STREAM, "127.0.0.1", NULL);
    given = 0;
    for (unsigned i = 0; i < 100; i++)
        send_message(fd, 12 + 40 * i, i);
    shutdown(fd, SHUT_WR);
    bool all = true;
    for (unsigned i = 0; i < 100; i++)
        all = all && gets_reply(fd, 12 + 40 * i, i);
    ok(all, "a hundred messages at once, then the end: each gets its reply, in order");
    is_int(given, 100, "none is given twice");
    serve_rest();
    ok(is_readable(fd, PATIENCE) && recv(fd, &rest, 1, 0) == 0, "then the end, from here too");
    close(fd);
    struct pollfd fds[2 + INBOX_CONNS];
    is_int((int64_t)inbox_fds(inbox, fds), 2, "nothing is left of it");
}

/* What one look leaves is for the next, though no descriptor tells of it. */
static void many_at_once(void)
{
    int fd = peer_of(SOCK_STREAM, "127.0.0.1", NULL);
    look(PATIENCE);
    static uint8_t octets[2 * INBOX_LOOK * 14];
    for (unsigned i = 0; i < 2 * INBOX_LOOK; i++)
        octets[14 * i + 1] = 12;
    given = 0;
    ok(send(fd, octets, sizeof octets, MSG_NOSIGNAL) == sizeof octets, "many messages at once");
    look(PATIENCE);
    ok(given == INBOX_LOOK && inbox_wake(inbox) == 0, "more than one look is for");
    look(PATIENCE);
    is_int(given, 2 * INBOX_LOOK, "the rest comes with the next");
    close(fd);
    serve_rest();
}

/* Messages are not taken faster than replies, which are longer than they. */
static void long_replies(void)
{
    static uint8_t octets[100 * 14], replies[100 * 1002];
    int fd = peer_of(SOCK_STREAM, "127.0.0.1", NULL), small = 16384;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    for (unsigned i = 0; i < 100; i++)
        octets[14 * i + 1] = 12;
    given = 0;
    reply_least = 1000;
    ok(send(fd, octets, sizeof octets, MSG_NOSIGNAL) == sizeof octets, "many short messages");
    serve_rest();
    ok(given < 100, "not all are given before their replies are taken");
    size_t have = 0;
    for (unsigned tries = 0; have < sizeof replies && tries < 1000; tries++) {
        ssize_t n = recv(fd, replies + have, sizeof replies - have, MSG_DONTWAIT);
        have += n > 0 ? (size_t)n : 0;
        look(0);
        is_readable(fd, n > 0 ? 0 : 5);
    }
    reply_least = 0;
    ok(given == 100 && have == sizeof replies, "but then");
    close(fd);
    serve_rest();
}

/* Who serves is late: looks follow each other, and nothing is taken. */
static void not_taken(void)
{
    struct pollfd fds[2 + INBOX_CONNS];
    int fd = peer_of(SOCK_STREAM, "127.0.0.1", NULL);
    look(PATIENCE);
    given = 0;
    send_message(fd, INBOX_MESSAGE_MAX, 1);
    send_message(fd, MESSAGE, 2);
    for (unsigned i = 0; i < 3; i++) {
        size_t count = inbox_fds(inbox, fds);
        poll(fds, count, i == 0 ? PATIENCE : 10);
        inbox_look(inbox, fds, count, now);
    }
    serve_rest();
    ok(given == 2 && last_length == MESSAGE, "a message that waits here loses nothing");
    close(fd);
    serve_rest();
}

static void lengths(void)
{
    static const struct {
        size_t length;
        bool is_good;
    } rows[] = {{0, false},   {11, false},   {12, true},    {4094, true},
                {4096, true}, {4097, false}, {65535, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t length = rows[i].length;
        int fd = peer_of(SOCK_STREAM, "127.0.0.1", NULL);
        given = 0;
        send_message(fd, MESSAGE, 1);
        ok(gets_reply(fd, MESSAGE, 1), "a message");
        if (length <= 4097) {
            send_message(fd, length, 2);
        } else { /* the prefix says it */
            uint8_t prefix[2] = {0xff, 0xff};
            send(fd, prefix, 2, MSG_NOSIGNAL);
        }
        serve_rest();
        ok(given == 1u + rows[i].is_good && (!rows[i].is_good || last_length == length),
           "then one of %zu octets is %s", length, rows[i].is_good ? "given" : "not given");
        ok(rows[i].is_good ? length > INBOX_REPLY_MAX - 2 || gets_reply(fd, length, 2)
                           : is_closed(fd),
           "%s", rows[i].is_good ? "and has a reply that is as long" : "and ends the connection");
        close(fd);
        serve_rest();
    }
}

static void resets(void)
{
    struct linger hard = {.l_onoff = 1, .l_linger = 0};
    int fd = peer_of(SOCK_STREAM, "127.0.0.1", NULL);
    given = 0;
    send_message(fd, MESSAGE, 1);
    serve_rest();
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(fd);
    serve_rest();
    struct pollfd fds[2 + INBOX_CONNS];
    ok(given == 1 && inbox_fds(inbox, fds) == 2, "a peer that resets is gone");
    fd = peer_of(SOCK_STREAM, "127.0.0.1", NULL);
    send_message(fd, MESSAGE, 2);
    mute = true;
    serve(2);
    mute = false;
    struct inbox_from from = last_from;
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(fd);
    serve_rest();
    inbox_reply(inbox, &from, last_message, last_length);
    ok(inbox_fds(inbox, fds) == 2, "a reply that comes later goes nowhere");
    fd = peer_of(SOCK_STREAM, "127.0.0.1", NULL);
    send_message(fd, MESSAGE, 3);
    mute = true;
    serve(3);
    mute = false;
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(fd);
    inbox_reply(inbox, &last_from, last_message, last_length);
    serve_rest();
    ok(inbox_fds(inbox, fds) == 2, "nor does one that meets the reset");
}

static void late_replies(void)
{
    int fd = peer_of(SOCK_STREAM, "127.0.0.1", NULL), other;
    given = 0;
    mute = true;
    send_message(fd, MESSAGE, 1);
    serve(1);
    struct inbox_from from = last_from;
    uint8_t reply[MESSAGE];
    memcpy(reply, last_message, MESSAGE);
    reply[2] |= 0x80;
    other = peer_of(SOCK_STREAM, "127.0.0.1", NULL);
    send_message(other, MESSAGE, 2);
    serve(2);
    mute = false;
    inbox_reply(inbox, &from, reply, MESSAGE);
    ok(gets_reply(fd, MESSAGE, 1) && !is_readable(other, 0), "a reply may come later");
    close(fd);
    close(other);
    serve_rest();
}

static void connections(void)
{
    ok(inbox_at("127.0.0.1"), "an inbox");
    octet_by_octet();
    pipelined();
    many_at_once();
    long_replies();
    not_taken();
    lengths();
    resets();
    late_replies();
    close_inbox();
}

/* ---- Clocks -----------------------------------------------------------------------------------
 */

static void clocks(void)
{
    ok(inbox_at("127.0.0.1"), "an inbox");
    ok(inbox_wake(inbox) == UINT64_MAX, "without connections no time matters");
    int fd = peer_of(SOCK_STREAM, "127.0.0.1", NULL);
    uint64_t start = now;
    given = 0;
    look(PATIENCE);
    ok(inbox_wake(inbox) == start + INBOX_TIME, "a connection has so long for a message");
    now = start + 9 * SECOND;
    send_message(fd, MESSAGE, 1);
    ok(gets_reply(fd, MESSAGE, 1), "it comes at the last moment");
    serve_rest();
    ok(inbox_wake(inbox) == now + INBOX_TIME, "then as long for the next");
    now += INBOX_TIME - 1;
    ok(send(fd, "", 1, MSG_NOSIGNAL) == 1, "an octet is not a message");
    serve_rest();
    ok(!is_closed(fd), "it is not over before its time");
    now += 1;
    serve_rest();
    ok(is_closed(fd) && inbox_wake(inbox) == UINT64_MAX, "but then");
    close(fd);
    fd = peer_of(SOCK_STREAM, "127.0.0.1", NULL);
    look(PATIENCE);
    send_message(fd, MESSAGE, 2);
    now += 100 * SECOND;
    ok(gets_reply(fd, MESSAGE, 2), "who waits for us is not late");
    send_message(fd, MESSAGE, 3);
    struct pollfd fds[2 + INBOX_CONNS];
    size_t count = inbox_fds(inbox, fds);
    ok(poll(fds, count, PATIENCE) == 1, "another message");
    inbox_look(inbox, fds, count, now);
    now += 100 * SECOND;
    ok(gets_reply(fd, MESSAGE, 3), "nor is whose message waits here");
    close(fd);
    close_inbox();
}

enum { ECHO = 2 + 1000, ECHOES = 200 };

/* Sends the same message again and again, as far as that goes, and reads nothing. Returns how many
 * octets went. */
static size_t talk_only(int fd)
{
    static uint8_t octets[ECHOES * ECHO];
    int small = 16384;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    for (unsigned i = 0; i < ECHOES; i++) {
        octets[i * ECHO] = (ECHO - 2) >> 8;
        octets[i * ECHO + 1] = (ECHO - 2) & 0xff;
        write_message(octets + i * ECHO + 2, ECHO - 2, 1);
    }
    size_t sent = 0;
    for (unsigned quiet = 0; quiet < 20 && sent < sizeof octets;) {
        ssize_t n = send(fd, octets + sent, sizeof octets - sent, MSG_NOSIGNAL);
        sent += n > 0 ? (size_t)n : 0;
        quiet = n > 0 ? 0 : quiet + 1;
        serve_rest();
    }
    return sent;
}

/* Who does not read what he gets. */
static void never_reads(void)
{
    struct pollfd fds[2 + INBOX_CONNS];
    ok(inbox_at("127.0.0.1"), "an inbox");
    int fd = peer_of(SOCK_STREAM, "127.0.0.1", NULL);
    size_t sent = talk_only(fd);
    ok(given < sent / ECHO && given < ECHOES / 2, "who does not read is not read after %u messages",
       given);
    ok(!look(0) && inbox_fds(inbox, fds) == 3, "and costs nothing but a place");
    bool all = true;
    for (size_t i = 0; i < sent / ECHO; i++)
        all = all && gets_reply(fd, ECHO - 2, 1);
    ok(all && given == sent / ECHO, "when he reads, nothing of all is missing");
    talk_only(fd);
    ok(asks_by_udp("127.0.0.1", MESSAGE, 1), "meanwhile others are served");
    now += INBOX_TIME;
    serve_rest();
    ok(inbox_fds(inbox, fds) == 2, "he is closed when his time is over");
    close(fd);
    close_inbox();
}

/* Who sends datagrams without end keeps neither connections nor another address waiting. */
static void turns(void)
{
    const char *const both[] = {"127.0.0.1", "127.0.0.2"};
    ok(open_inbox(2, both), "two addresses");
    int noisy = peer_of(SOCK_DGRAM, "127.0.0.1", NULL);
    int tcp = peer_of(SOCK_STREAM, "127.0.0.1", NULL);
    const struct address *second = inbox_address(inbox, 1);
    int udp = socket(AF_INET, SOCK_DGRAM, 0);
    uint8_t octets[MESSAGE];
    write_message(octets, MESSAGE, 1);
    for (unsigned i = 0; i < 4 * INBOX_LOOK; i++)
        if (send(noisy, octets, MESSAGE, 0) != MESSAGE)
            abort();
    if (connect(udp, (const struct sockaddr *)&second->storage, second->length) != 0 ||
        send(udp, octets, MESSAGE, 0) != MESSAGE)
        abort();
    send_message(tcp, MESSAGE, 2);
    look(PATIENCE);
    ok(given > INBOX_LOOK / 2 && given <= INBOX_LOOK, "a look at a flood: %u messages", given);
    ok(is_readable(udp, PATIENCE), "another address has its turn in it");
    ok(gets_reply(tcp, MESSAGE, 2) && looks <= 3, "and so has a connection");
    close(noisy);
    close(tcp);
    close(udp);
    close_inbox();
}

/* ---- Places -----------------------------------------------------------------------------------
 */

static void places_of_one(void)
{
    int fds[INBOX_CONNS_OF_ONE], one, other;
    ok(inbox_at("0.0.0.0"), "an inbox");
    given = 0;
    for (unsigned i = 0; i < INBOX_CONNS_OF_ONE; i++) {
        fds[i] = peer_of(SOCK_STREAM, "127.0.0.1", "127.0.0.9");
        serve_rest();
    }
    send_message(fds[0], MESSAGE, 0);
    ok(gets_reply(fds[0], MESSAGE, 0), "the first of all that one may have has sent a message");
    other = peer_of(SOCK_STREAM, "127.0.0.1", "127.0.0.10");
    serve_rest();
    ok(!is_closed(fds[1]), "another address has places of its own");
    one = peer_of(SOCK_STREAM, "127.0.0.1", "127.0.0.9");
    serve_rest();
    ok(!is_closed(fds[0]) && is_closed(fds[1]) && !is_closed(fds[2]) && !is_closed(one),
       "one more costs the one that is longest without a message");
    for (unsigned i = 2; i < INBOX_CONNS_OF_ONE; i++)
        send_message(fds[i], MESSAGE, i);
    send_message(fds[0], MESSAGE, 0);
    send_message(one, MESSAGE, 1);
    int late = peer_of(SOCK_STREAM, "127.0.0.1", "127.0.0.9");
    given = 0;
    serve(INBOX_CONNS_OF_ONE);
    is_int(given, INBOX_CONNS_OF_ONE, "what has come is not lost because of one more");
    for (unsigned i = 0; i < INBOX_CONNS_OF_ONE; i++)
        close(fds[i]);
    close(one);
    close(other);
    close(late);
    close_inbox();
}

/* Between the look that finds one more and its acceptance messages come. */
static void places_at_the_last_moment(unsigned silent)
{
    int callers[INBOX_CONNS_OF_ONE];
    struct pollfd fds[2 + INBOX_CONNS];
    ok(inbox_at("127.0.0.1"), "an inbox");
    for (unsigned i = 0; i < INBOX_CONNS_OF_ONE; i++)
        callers[i] = peer_of(SOCK_STREAM, "127.0.0.1", NULL);
    serve_rest();
    int late = peer_of(SOCK_STREAM, "127.0.0.1", NULL);
    size_t count = inbox_fds(inbox, fds);
    ok(count == 2 + INBOX_CONNS_OF_ONE && poll(fds, count, PATIENCE) == 1, "one more comes");
    for (unsigned i = 0; i < INBOX_CONNS_OF_ONE; i++)
        if (i != silent)
            send_message(callers[i], MESSAGE, i);
    given = 0;
    inbox_look(inbox, fds, count, now);
    take_messages();
    serve_rest();
    bool all = true;
    for (unsigned i = 0; i < INBOX_CONNS_OF_ONE; i++)
        all = all && (i == silent ? is_closed(callers[i]) : gets_reply(callers[i], MESSAGE, i));
    ok(all, "nobody is ended whose message has come just now");
    ok(is_closed(late) == (silent == INBOX_CONNS_OF_ONE), "%s",
       silent < INBOX_CONNS_OF_ONE ? "but who is still silent" : "but the one more");
    for (unsigned i = 0; i < INBOX_CONNS_OF_ONE; i++)
        close(callers[i]);
    close(late);
    close_inbox();
}

/* How many this process has descriptors for, beside those of the inbox. */
static unsigned silent;

static void count_silent(void)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    silent = files.rlim_cur < SILENT + 400 ? (unsigned)files.rlim_cur - 400 : SILENT;
}

/* How many can wait for being accepted. */
static unsigned backlog(void)
{
    unsigned most = 128;
    FILE *file = fopen("/proc/sys/net/core/somaxconn", "r");
    if (file != NULL && fscanf(file, "%u", &most) != 1)
        most = 128;
    if (file != NULL)
        fclose(file);
    return most - 4 < silent ? most - 4 : silent;
}

/* Many who say nothing, of many addresses. Returns how many there are. */
static unsigned come_silently(int *fds, unsigned count)
{
    unsigned n = 0;
    for (; n < count; n++) {
        char from[32];
        snprintf(from, sizeof from, "127.0.1.%u", 1 + n % 250);
        fds[n] = peer_of(SOCK_STREAM, "127.0.0.1", from);
        if (fds[n] < 0)
            break;
    }
    return n;
}

static void crowd(void)
{
    static int fds[SILENT];
    count_silent();
    ok(inbox_at("127.0.0.1"), "an inbox");
    unsigned count = 0, all = backlog(), more;
    do {
        serve_rest(); /* the last ones are still to be accepted */
        count += more = come_silently(fds + count, all / 2);
    } while (more > 0 && count + all / 2 <= silent);
    diag("%u silent connections", count);
    int tcp = peer_of(SOCK_STREAM, "127.0.0.1", "127.0.0.2");
    int udp = peer_of(SOCK_DGRAM, "127.0.0.1", NULL);
    uint8_t octets[MESSAGE];
    write_message(octets, MESSAGE, 1);
    ok(count > INBOX_CONNS && tcp >= 0 && send(udp, octets, MESSAGE, 0) == MESSAGE,
       "more silent connections than places");
    look(PATIENCE);
    ok(given == 1 && is_readable(udp, PATIENCE), "a datagram is not kept waiting by them");
    while (look(0))
        ;
    /* All of the first come have been accepted before. */
    ok(looks <= 3 * count / INBOX_ACCEPTS + 10, "after %u looks all were seen", looks);
    send_message(tcp, MESSAGE, 2);
    looks = 0;
    ok(gets_reply(tcp, MESSAGE, 2), "who came after them and has something to say is heard");
    ok(looks < 10, "at once");
    ok(most_fds <= 2 + INBOX_CONNS && most_fds <= inbox_fd_count(inbox),
       "there are never more than %zu descriptors to wait for", most_fds);
    ok(!look(0), "and nothing to do");
    ok(inbox_wake(inbox) == now + INBOX_TIME, "before their time is over");
    now += INBOX_TIME;
    serve_rest();
    ok(inbox_wake(inbox) == UINT64_MAX, "then all are gone");
    for (unsigned i = 0; i < count; i++)
        close(fds[i]);
    close(tcp);
    close(udp);
    close_inbox();
}

/* One who brings his message with him, while silent ones keep coming. */
static void heard_in_the_crowd(void)
{
    static int fds[SILENT];
    ok(inbox_at("127.0.0.1"), "an inbox");
    unsigned all = backlog(), count = come_silently(fds, all / 2);
    int tcp = peer_of(SOCK_STREAM, "127.0.0.1", "127.0.1.1");
    send_message(tcp, MESSAGE, 2);
    count += come_silently(fds + count, all - count);
    given = looks = 0;
    while (given == 0 && look(0))
        ;
    ok(given == 1 && looks <= count / INBOX_ACCEPTS + 10, "a message in the crowd is found");
    ok(gets_reply(tcp, MESSAGE, 2), "and gets its reply");
    for (unsigned i = 0; i < count; i++)
        close(fds[i]);
    close(tcp);
    close_inbox();
}

/* ---- No descriptor for one more ---------------------------------------------------------------
 */

static int scarce(void)
{
    struct pollfd fds[2 + INBOX_CONNS];
    int udp = peer_of(SOCK_DGRAM, "127.0.0.1", NULL);
    int first = peer_of(SOCK_STREAM, "127.0.0.1", NULL);
    int second = peer_of(SOCK_STREAM, "127.0.0.1", NULL);
    send_message(second, MESSAGE, 2);
    int next = dup(second);
    close(next);
    struct rlimit files = {.rlim_cur = (rlim_t)next, .rlim_max = (rlim_t)next + 1};
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        return 1;
    look(PATIENCE);
    if (inbox_fds(inbox, fds) != 2 || inbox_wake(inbox) != now + INBOX_ACCEPT_PAUSE || look(0))
        return 2; /* it would spin */
    given = 0;
    if (send(udp, fds, MESSAGE, 0) != MESSAGE || !serve(1))
        return 4;
    now += INBOX_ACCEPT_PAUSE;
    files.rlim_cur++;
    setrlimit(RLIMIT_NOFILE, &files);
    given = 0;
    look(0);      /* the pause is over */
    serve_rest(); /* the first is accepted, and makes way for the second */
    if (given != 1 || !is_closed(first) || !gets_reply(second, MESSAGE, 2))
        return 3;
    return 0;
}

static void no_descriptors(void)
{
    ok(inbox_at("127.0.0.1"), "an inbox");
    pid_t pid = fork();
    if (pid == 0)
        _exit(scarce());
    int status = -1;
    waitpid(pid, &status, 0);
    is_int(status, 0,
           "without a descriptor for one more: no spinning, UDP, and who is silent goes");
    close_inbox();
}

/* ---- In the fence -----------------------------------------------------------------------------
 */

static void fenced(void)
{
    ok(inbox_at("0.0.0.0"), "an inbox");
    int udp = peer_of(SOCK_DGRAM, "127.0.0.2", NULL), told[2];
    int tcp = peer_of(SOCK_STREAM, "127.0.0.2", NULL);
    uint8_t octets[2 + MESSAGE];
    write_message(octets, MESSAGE, 1);
    if (send(udp, octets, MESSAGE, 0) != MESSAGE || pipe(told) != 0)
        abort();
    send_message(tcp, MESSAGE, 2);
    pid_t pid = fork();
    if (pid == 0) {
        struct fence fence;
        struct fence_facts facts;
        fence_open(&fence);
        fence_let_connect(&fence, 53); /* transfers are what it is for */
        fence_up(&fence, &facts);
        given = 0;
        _exit(serve(2) ? (facts.files ? 1 : 0) + (facts.calls ? 2 : 0) : 100);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    diag("the fence of the child: files %d, calls %d", WEXITSTATUS(status) & 1,
         WEXITSTATUS(status) >> 1 & 1);
    ok(WIFEXITED(status) && WEXITSTATUS(status) < 4, "a process in a fence takes messages");
    ok(is_readable(udp, PATIENCE) && recv(udp, octets, sizeof octets, 0) == MESSAGE &&
           is_reply(octets, MESSAGE, 1),
       "and replies, from the address that was asked");
    ok(is_readable(tcp, PATIENCE) && recv(tcp, octets, sizeof octets, 0) == 2 + MESSAGE &&
           is_reply(octets + 2, MESSAGE, 2),
       "on connections, too");
    close(udp);
    close(tcp);
    close_inbox();
}

int main(void)
{
    alarm(120);
    datagrams();
    wildcards();
    version_6();
    refusals();
    connections();
    clocks();
    never_reads();
    turns();
    ones();
    places_of_one();
    places_at_the_last_moment(7);
    places_at_the_last_moment(INBOX_CONNS_OF_ONE);
    no_descriptors();
    fenced();
    crowd();
    heard_in_the_crowd();
    return tap_end();
}
