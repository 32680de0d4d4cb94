/*
 * tlsfront: TLS before a name server that knows none, and as bad as a test orders.
 *
 * It listens on a port of 127.0.0.1, does the server's side of TLS for each connection, and passes
 * the octets on to a port behind it. What OpenSSL writes goes into memory first, so that it can be
 * delayed, cut and changed on its way. Every connection gets a process of its own.
 */
#include "primary/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const char usage[] =
    "usage: tlsfront [OPTION...] --cert FILE --key FILE PORT\n"
    "prints \"ready 127.0.0.1 PORT\" and serves until it is killed\n"
    "  --cert FILE, --key FILE  the server's certificate with its chain, and its key\n"
    "  --port N                 listen there (any free one)\n"
    "  --client-ca FILE         ask for a client's certificate that this one has issued\n"
    "  --optional               ... but do without\n"
    "  --go-away                end the connection without a word if the client has no "
    "certificate\n"
    "  --alpn NAME|none         what to select, offered or not (default dot)\n"
    "  --alpn-refuse            refuse the handshake for want of a common protocol\n"
    "  --sni NAME               refuse the handshake unless the client names NAME; none: names "
    "nobody\n"
    "  --max-tls 1.2            speak nothing newer\n"
    "  --stall                  take the connection and say nothing\n"
    "  --stall-after N          stop in the handshake after sending N octets\n"
    "  --no-read                finish the handshake, and read nothing after it\n"
    "  --say TEXT               send TEXT in clear and end\n"
    "  --piece N                send N octets at a time\n"
    "  --tickets N, --key-updates N  so many before each piece of data\n"
    "  --data N                 octets of data in a record\n"
    "  --after N                after N octets of data do one of these:\n"
    "  --then eof|notify|reset|cut|alert|tamper|clear-alert|garbage|tickets|stall\n";

static struct {
    const char *cert, *key, *client_ca, *alpn, *sni, *say, *then;
    bool optional, go_away, alpn_refuse, stall, old, no_read;
    size_t piece, data;
    long after, stall_after;
    int tickets, key_updates, port, own_port;
} order = {.alpn = "dot", .data = 16384, .after = -1, .stall_after = -1};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "tlsfront: %s: %s\n", what, strerror(errno));
    ERR_print_errors_fp(stderr);
    exit(1);
}

/* ---- A connection -------------------------------------------------------------------------- */

static SSL *ssl;
static BIO *out; /* what OpenSSL has written and nobody has sent */
static int client;
static long sent;

static void wait_for(int fd, short events)
{
    struct pollfd one = {.fd = fd, .events = events};
    poll(&one, 1, -1);
}

/* The client may be gone: then all is over. */
static void send_all(const char *octets, size_t length)
{
    size_t piece = order.piece != 0 ? order.piece : length;
    for (size_t at = 0; at < length;) {
        size_t n = length - at < piece ? length - at : piece;
        if (order.stall_after >= 0 && sent >= order.stall_after) {
            pause();
            exit(0);
        }
        if (order.stall_after >= 0 && sent + (long)n > order.stall_after)
            n = (size_t)(order.stall_after - sent);
        ssize_t got = send(client, octets + at, n, MSG_NOSIGNAL);
        if (got < 0 && errno == EAGAIN)
            wait_for(client, POLLOUT);
        else if (got < 0)
            exit(0);
        else {
            at += (size_t)got;
            sent += got;
        }
    }
}

static void flush_out(void)
{
    char *octets;
    long n = BIO_get_mem_data(out, &octets);
    if (n > 0)
        send_all(octets, (size_t)n);
    BIO_reset(out);
}

/* Goes on until the call is done. Returns false if TLS has failed. */
static bool finish(int result)
{
    flush_out();
    switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
        wait_for(client, POLLIN);
        return true;
    default:
        return false;
    }
}

static void drain_and_end(void)
{
    char octets[4096];
    struct timeval patience = {.tv_sec = 5};
    shutdown(client, SHUT_WR);
    fcntl(client, F_SETFL, 0);
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    while (recv(client, octets, sizeof octets, 0) > 0) {
    }
    exit(0);
}

static void reset(void)
{
    struct linger now = {.l_onoff = 1};
    setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(client);
    exit(0);
}

/* Makes OpenSSL itself refuse something, so that it sends an alert as it would. */
static void provoke_alert(void)
{
    char octet;
    static const unsigned char bogus[] = "\x17\x03\x03\x00\x20"
                                         "abcdefghijklmnopqrstuvwxyzabcdef";
    BIO *in = BIO_new_mem_buf(bogus, sizeof bogus - 1);
    SSL_set0_rbio(ssl, in);
    SSL_read(ssl, &octet, 1);
    flush_out();
}

static void more_tickets(int count)
{
    for (int i = 0; i < count; i++) {
        if (SSL_new_session_ticket(ssl) != 1 || SSL_do_handshake(ssl) != 1)
            die("ticket");
        flush_out();
    }
}

static void do_then(void)
{
    char *octets;
    static char copy[65536];
    const char *then = order.then != NULL ? order.then : "eof";
    if (strcmp(then, "notify") == 0) {
        SSL_shutdown(ssl);
        flush_out();
    } else if (strcmp(then, "reset") == 0) {
        reset();
    } else if (strcmp(then, "cut") == 0 || strcmp(then, "tamper") == 0) {
        memset(copy, 'x', 1000);
        SSL_write(ssl, copy, 1000);
        long n = BIO_get_mem_data(out, &octets);
        memcpy(copy, octets, (size_t)n);
        copy[n / 2] ^= 1;
        send_all(copy, (size_t)(strcmp(then, "cut") == 0 ? n / 2 : n));
    } else if (strcmp(then, "alert") == 0) {
        provoke_alert();
    } else if (strcmp(then, "clear-alert") == 0) {
        send_all("\x15\x03\x03\x00\x02\x02\x28", 7);
    } else if (strcmp(then, "garbage") == 0) {
        send_all("HTTP/1.1 500 no\r\n\r\n", 19);
    } else if (strcmp(then, "tickets") == 0) {
        for (;;)
            more_tickets(1);
    } else if (strcmp(then, "stall") == 0) {
        pause();
    }
    drain_and_end();
}

static void send_data(const char *octets, size_t length)
{
    static long given;
    while (length > 0) {
        size_t n = length < order.data ? length : order.data;
        if (order.after >= 0 && given + (long)n > order.after)
            n = (size_t)(order.after - given);
        more_tickets(n > 0 ? order.tickets : 0);
        for (int i = 0; n > 0 && i < order.key_updates; i++)
            if (SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) != 1 || SSL_do_handshake(ssl) != 1)
                die("key update");
        if (n > 0 && SSL_write(ssl, octets, (int)n) <= 0)
            exit(0);
        flush_out();
        octets += n;
        length -= n;
        given += (long)n;
        if (order.after >= 0 && given >= order.after)
            do_then();
    }
}

static int connect_behind(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)order.port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        die("the server behind");
    return fd;
}

/* Returns false when the client has said good-bye, or is gone. */
static bool from_client(int behind)
{
    static char octets[65536];
    for (;;) {
        int n = SSL_read(ssl, octets, sizeof octets);
        flush_out();
        if (n <= 0)
            return SSL_get_error(ssl, n) == SSL_ERROR_WANT_READ;
        if (write(behind, octets, (size_t)n) != n)
            return false;
    }
}

static void relay(void)
{
    static char octets[65536];
    int behind = connect_behind();
    if (order.after == 0)
        do_then();
    for (;;) {
        struct pollfd both[] = {{.fd = client, .events = POLLIN}, {.fd = behind, .events = POLLIN}};
        poll(both, 2, -1);
        if (both[0].revents != 0 && !from_client(behind))
            return;
        if (both[1].revents != 0) {
            ssize_t n = read(behind, octets, sizeof octets);
            if (n <= 0)
                return;
            send_data(octets, (size_t)n);
        }
    }
}

static void serve(SSL_CTX *context)
{
    const int on = 1;
    int result;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (order.stall)
        pause();
    if (order.say != NULL) {
        send_all(order.say, strlen(order.say));
        drain_and_end();
    }
    fcntl(client, F_SETFL, O_NONBLOCK);
    ssl = SSL_new(context);
    out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl, BIO_new_socket(client, BIO_NOCLOSE), out);
    SSL_set_accept_state(ssl);
    do
        result = SSL_do_handshake(ssl);
    while (result != 1 && finish(result));
    flush_out();
    if (result != 1) {
        ERR_print_errors_fp(stderr);
        drain_and_end();
    }
    X509 *peer = SSL_get1_peer_certificate(ssl);
    if (order.go_away && peer == NULL)
        drain_and_end();
    X509_free(peer);
    if (order.no_read)
        pause();
    relay();
    SSL_shutdown(ssl);
    flush_out();
    drain_and_end();
}

/* ---- What all share ------------------------------------------------------------------------ */

static int select_alpn(SSL *s, const unsigned char **selected, unsigned char *length,
                       const unsigned char *offered, unsigned n, void *context)
{
    (void)s, (void)offered, (void)n, (void)context;
    if (order.alpn_refuse)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    if (strcmp(order.alpn, "none") == 0)
        return SSL_TLSEXT_ERR_NOACK;
    *selected = (const unsigned char *)order.alpn;
    *length = (unsigned char)strlen(order.alpn);
    return SSL_TLSEXT_ERR_OK;
}

static int check_sni(SSL *s, int *alert, void *context)
{
    const char *name = SSL_get_servername(s, TLSEXT_NAMETYPE_host_name);
    (void)context;
    if (order.sni == NULL || strcmp(name != NULL ? name : "none", order.sni) == 0)
        return SSL_TLSEXT_ERR_OK;
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static SSL_CTX *make_context(void)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    int mode =
        SSL_VERIFY_PEER | (order.optional || order.go_away ? 0 : SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
    if (order.stall || order.say != NULL)
        return context;
    if (SSL_CTX_use_certificate_chain_file(context, order.cert) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, order.key, SSL_FILETYPE_PEM) != 1)
        die(order.cert);
    if (order.client_ca != NULL) {
        if (SSL_CTX_load_verify_file(context, order.client_ca) != 1)
            die(order.client_ca);
        SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(order.client_ca));
        SSL_CTX_set_verify(context, mode, NULL);
    }
    if (order.old)
        SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_alpn_select_cb(context, select_alpn, NULL);
    SSL_CTX_set_tlsext_servername_callback(context, check_sni);
    return context;
}

static void read_orders(int count, char **words)
{
    enum {
        CERT,
        OWN_PORT,
        KEY,
        CLIENT_CA,
        OPTIONAL,
        GO_AWAY,
        ALPN,
        ALPN_REFUSE,
        SNI,
        MAX_TLS,
        STALL,
        STALL_AFTER,
        NO_READ,
        SAY,
        PIECE,
        TICKETS,
        KEY_UPDATES,
        DATA,
        AFTER,
        THEN
    };
    static const struct option options[] = {
        {"cert", 1, NULL, CERT},
        {"key", 1, NULL, KEY},
        {"client-ca", 1, NULL, CLIENT_CA},
        {"port", 1, NULL, OWN_PORT},
        {"optional", 0, NULL, OPTIONAL},
        {"go-away", 0, NULL, GO_AWAY},
        {"alpn", 1, NULL, ALPN},
        {"alpn-refuse", 0, NULL, ALPN_REFUSE},
        {"sni", 1, NULL, SNI},
        {"max-tls", 1, NULL, MAX_TLS},
        {"stall", 0, NULL, STALL},
        {"stall-after", 1, NULL, STALL_AFTER},
        {"no-read", 0, NULL, NO_READ},
        {"say", 1, NULL, SAY},
        {"piece", 1, NULL, PIECE},
        {"tickets", 1, NULL, TICKETS},
        {"key-updates", 1, NULL, KEY_UPDATES},
        {"data", 1, NULL, DATA},
        {"after", 1, NULL, AFTER},
        {"then", 1, NULL, THEN},
        {NULL, 0, NULL, 0},
    };
    int choice;
    while ((choice = getopt_long(count, words, "", options, NULL)) != -1) {
        switch (choice) {
        case CERT:
            order.cert = optarg;
            break;
        case KEY:
            order.key = optarg;
            break;
        case CLIENT_CA:
            order.client_ca = optarg;
            break;
        case OWN_PORT:
            order.own_port = atoi(optarg);
            break;
        case OPTIONAL:
            order.optional = true;
            break;
        case GO_AWAY:
            order.go_away = true;
            break;
        case ALPN:
            order.alpn = optarg;
            break;
        case ALPN_REFUSE:
            order.alpn_refuse = true;
            break;
        case SNI:
            order.sni = optarg;
            break;
        case MAX_TLS:
            order.old = strcmp(optarg, "1.2") == 0;
            break;
        case STALL:
            order.stall = true;
            break;
        case STALL_AFTER:
            order.stall_after = atol(optarg);
            break;
        case NO_READ:
            order.no_read = true;
            break;
        case SAY:
            order.say = optarg;
            break;
        case PIECE:
            order.piece = (size_t)atol(optarg);
            break;
        case TICKETS:
            order.tickets = atoi(optarg);
            break;
        case KEY_UPDATES:
            order.key_updates = atoi(optarg);
            break;
        case DATA:
            order.data = (size_t)atol(optarg);
            break;
        case AFTER:
            order.after = atol(optarg);
            break;
        case THEN:
            order.then = optarg;
            break;
        default:
            fputs(usage, stderr);
            exit(2);
        }
    }
    if (optind < count)
        order.port = atoi(words[optind]);
}

int main(int count, char **words)
{
    read_orders(count, words);
    signal(SIGCHLD, SIG_IGN);
    SSL_CTX *context = make_context();
    int listener = listener_open("127.0.0.1", order.own_port);
    pid_t self = getpid();
    for (;;) {
        client = accept(listener, NULL, NULL);
        if (client < 0)
            continue;
        pid_t child = fork();
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGTERM);
            if (getppid() != self)
                exit(0);
            close(listener);
            serve(context);
        }
        close(client);
    }
}
