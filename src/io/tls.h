/* TLS on a connected socket (RFC 8446), as zone transfers want it (RFC 9103).
 *
 * Purpose: encrypts, and decides whether the other end is the server that was meant: strict by
 * default, TLS 1.3 only, no early data, no resumption.
 * Owns: a context owns the certificates that it trusts and our own key; a connection its state.
 * Borrows: a connection borrows the context and the descriptor, for its life.
 * Never: waits, prompts, prints, falls back to clear text, raises SIGPIPE. Without a context
 * OpenSSL is never initialised. */
#ifndef IO_TLS_H
#define IO_TLS_H

#include "base/err.h"
#include "io/fence.h"
#include "io/loop.h"
#include "io/stream_event.h"

#include <stdint.h>

enum { TLS_PINS_MAX = 16, TLS_PIN_OCTETS = 32, TLS_PIN_TEXT_MAX = 56, TLS_NAME_MAX = 254 };

/* What the user asked for. The strings are borrowed until the context is made. */
struct tls_options {
    const char *
        hostname; /* the name or address that the certificate must have; NULL: that of the server */
    const char *ca;   /* file or folder of trusted certificates; NULL: the system's */
    const char *cert; /* our certificate and its chain, PEM; or NULL */
    const char *key;  /* its key; NULL: in the file of the certificate */
    uint8_t pins[TLS_PINS_MAX][TLS_PIN_OCTETS]; /* SHA-256 of a server's public key */
    unsigned pin_count;
    bool insist_alpn; /* the server must select "dot" */
    bool insecure;    /* the server is not authenticated */
};

/* What a certificate was checked against. With pins alone that is the pins; with --tls-ca or
 * --tls-hostname beside them it is both. */
enum tls_trust { TLS_TRUST_NONE, TLS_TRUST_CHAIN, TLS_TRUST_PIN, TLS_TRUST_BOTH };

/* What a handshake agreed on. All texts are printable ASCII. */
struct tls_facts {
    char version[12]; /* "TLSv1.3"; empty: no handshake was completed */
    char cipher[48];
    char alpn[16];               /* empty: the server selected none */
    char name[TLS_NAME_MAX + 1]; /* that the certificate was checked for; empty: none */
    char pin[TLS_PIN_TEXT_MAX];  /* of the server's key, as --tls-pin takes it */
    enum tls_trust trust;
    bool client_certificate; /* the server asked for ours and got it */
};

/* The version of OpenSSL that runs, or NULL. Errors: those of openssl_load. */
const char *tls_library_version(struct err *err);

/* Reads a pin: base64 of 32 octets, with "sha256/" before it or not. */
bool tls_pin_parse(const char *text, uint8_t pin[TLS_PIN_OCTETS]);

/* Whether the text can be the name or the address in a certificate: a host name in its ASCII form,
 * or an address as address_parse takes it. */
bool tls_hostname_good(const char *text);

/* "chain", "pin", "chain+pin" or "none". */
const char *tls_trust_name(enum tls_trust trust);

/* One line: version, cipher, ALPN and how the server was authenticated. */
enum { TLS_TEXT_MAX = 480 };
const char *tls_facts_text(const struct tls_facts *facts, char text[TLS_TEXT_MAX]);

/* Reads the files (of at most SECRET_FILE_MAX octets but for regular files of --tls-ca), and waits
 * for FIFOs until the deadline (of loop_now); makes what all connections share. Returns NULL on
 * failure. Errors: ERR_TLS_FILE, ERR_MEMORY, ERR_INTERNAL, ERR_INTERRUPTED, ERR_TIMEOUT_TOTAL. */
struct tls_context;
struct tls_context *tls_context_new(const struct tls_options *options, const struct loop *loop,
                                    uint64_t deadline, struct err *err);
void tls_context_free(struct tls_context *context);

/* Lets OpenSSL through the fence, if it is needed for whatever: the library, and its settings. */
void tls_fence_library(struct fence *fence);

/* And what is read only when it is needed, in folders of trusted certificates: those of a server's
 * issuers. */
void tls_fence(const struct tls_options *options, struct fence *fence);

/* A connection over a socket that is connected. `host` is the server's name or address as it was
 * given; the context's hostname has precedence. Returns NULL on failure. Errors: ERR_MEMORY,
 * ERR_INTERNAL. */
struct tls;
struct tls *tls_new(const struct tls_context *context, int fd, const char *host, struct err *err);

/* Sends a close_notify if that needs no waiting, and frees. */
void tls_free(struct tls *tls);

/* These work in steps, as those of stream.h. tls_handshake is called until it says STREAM_DONE; the
 * server is authenticated then, or the handshake has failed. Errors: ERR_TLS_*, ERR_NET_IO,
 * ERR_MEMORY, ERR_INTERNAL. */
enum stream_event tls_handshake(struct tls *tls, struct err *err);
enum stream_event tls_read(struct tls *tls, uint8_t *to, size_t room, size_t *n, struct err *err);
enum stream_event tls_write(struct tls *tls, const uint8_t *from, size_t length, size_t *n,
                            struct err *err);

/* What the handshake agreed on. */
const struct tls_facts *tls_facts(const struct tls *tls);

/* How many octets came over the socket, for whoever asks whether the peer is alive. */
uint64_t tls_received(const struct tls *tls);

/* Whether the stream has ended without a close_notify: it may have been cut. */
bool tls_was_cut(const struct tls *tls);

#endif
