/* What the files of TLS share: io/tls.c the connection, io/tls_context.c what all
 * connections share, io/tls_verify.c the judgement of a certificate. No other file includes this.
 */
#ifndef IO_TLS_OWN_H
#define IO_TLS_OWN_H

#include "base/openssl.h"
#include "io/tls.h"

/* How much a call reads at most. A peer that sends what carries no data must not keep the program
 * from looking at signals, clocks and other connections. */
enum { TLS_CALL_MAX = 64 * 1024 };

/* How much is kept of what comes first, in case that it is no TLS. */
enum { TLS_FIRST_MAX = 64 };

struct tls_context {
    SSL_CTX *shared;
    BIO_METHOD *socket;              /* how OpenSSL reads and writes a socket */
    char hostname[TLS_NAME_MAX + 1]; /* empty: that of the server */
    uint8_t pins[TLS_PINS_MAX][TLS_PIN_OCTETS];
    unsigned pin_count;
    enum tls_trust trust;
    bool insist_alpn, has_certificate;
};

struct tls {
    const struct tls_context *context;
    SSL *ssl;
    int fd, number; /* the errno value of the socket's last failure */
    uint64_t received;
    uint8_t first[TLS_FIRST_MAX]; /* of them */
    size_t left;                  /* octets that the socket may give until the call is over */
    bool greeted;                 /* the handshake is complete */
    bool has_read;                /* data has come */
    bool ended;                   /* the socket has come to its end */
    bool cut;                     /* ... without a close_notify */
    bool failed;                  /* nothing may be sent any more */
    bool asked;                   /* the server wants a certificate of ours */
    struct err why;               /* what the certificate was refused for */
    struct tls_facts facts;
};

/* Makes the methods by which OpenSSL uses a socket. NULL: out of memory. */
BIO_METHOD *tls_socket_method(void);

/* Called by OpenSSL with the server's certificates, for their judgement. */
int tls_verify(X509_STORE_CTX *store, void *unused);

/* Called by OpenSSL when the server asks for a certificate. */
int tls_asked(SSL *ssl, void *unused);

/* Takes the oldest error out of OpenSSL's queue, and empties it. Lack of memory goes before any
 * other. Returns 0 if there is none. */
unsigned long tls_take_error(void);
bool tls_is_memory(unsigned long error);

#endif
