/* io/tls: what a connection still gives after the server has gone. The server is OpenSSL itself, on
 * the other end of a pair of sockets. */
#include "io/loop.h"
#include "io/tls.h"

#include "tap.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

static SSL_CTX *server_context(void)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    SSL_CTX_use_certificate(context, certificate);
    SSL_CTX_use_PrivateKey(context, key);
    SSL_CTX_set_num_tickets(context, 0);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return context;
}

/* Both sides in turn, until both are done. */
static bool shake_hands(struct tls *client, SSL *server)
{
    struct err err = {.kind = ERR_NONE};
    enum stream_event event = STREAM_WANT_READ;
    int accepted = 0;
    for (int i = 0; i < 100 && (event != STREAM_DONE || accepted != 1); i++) {
        if (event != STREAM_DONE)
            event = tls_handshake(client, &err);
        if (accepted != 1)
            accepted = SSL_accept(server);
    }
    return event == STREAM_DONE && accepted == 1;
}

/* The server answers and is gone before the client has sent all that it has to say. */
static void gone_after_an_answer(struct tls *client, SSL *server, int server_fd)
{
    struct err err = {.kind = ERR_NONE};
    uint8_t got[16] = {0};
    size_t n = 0;
    ok(shake_hands(client, server), "a connection");
    ok(SSL_write(server, "answer", 6) == 6, "an answer is under way");
    SSL_free(server);
    close(server_fd);
    ok(tls_write(client, (const uint8_t *)"query", 5, &n, &err) == STREAM_FAIL,
       "nothing can be sent any more");
    is_int(err.kind, ERR_NET_IO, "because the server has gone");
    struct err later = {.kind = ERR_NONE};
    ok(tls_read(client, got, sizeof got, &n, &later) == STREAM_DONE, "what had come");
    is_int((int64_t)n, 6, "is there, every octet of it");
    is_str((const char *)got, "answer", "as it was sent");
}

int main(void)
{
    const struct tls_options options = {.insecure = true};
    const struct loop loop = {.signal_fd = -1};
    struct err err = {.kind = ERR_NONE};
    struct tls_context *context = tls_context_new(&options, &loop, LOOP_NEVER, &err);
    SSL_CTX *shared = server_context();
    SSL *server = SSL_new(shared);
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0 || context == NULL)
        return 1;
    SSL_set_fd(server, fds[1]);
    struct tls *client = tls_new(context, fds[0], "localhost", &err);
    gone_after_an_answer(client, server, fds[1]);
    tls_free(client);
    close(fds[0]);
    SSL_CTX_free(shared);
    tls_context_free(context);
    return tap_end();
}
