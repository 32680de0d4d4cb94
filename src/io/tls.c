#include "io/tls.h"

#include "io/resolve.h"
#include "io/tls_own.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* ---- The socket, as OpenSSL sees it -------------------------------------------------------- */

/* OpenSSL has a method for sockets of its own, which raises SIGPIPE and counts nothing. */

static void keep_first(struct tls *tls, const char *octets, size_t n)
{
    if (tls->received >= TLS_FIRST_MAX)
        return;
    size_t at = (size_t)tls->received, room = TLS_FIRST_MAX - at;
    memcpy(tls->first + at, octets, n < room ? n : room);
}

static int socket_read(BIO *bio, char *to, int room)
{
    struct tls *tls = BIO_get_data(bio);
    ssize_t got;
    BIO_clear_retry_flags(bio);
    if (tls->left == 0) {
        BIO_set_retry_read(bio); /* there is more, and poll will say so */
        return -1;
    }
    do
        got = recv(tls->fd, to, (size_t)room < tls->left ? (size_t)room : tls->left, 0);
    while (got < 0 && errno == EINTR);
    if (got > 0) {
        keep_first(tls, to, (size_t)got);
        tls->received += (uint64_t)got;
        tls->left -= (size_t)got;
    } else if (got == 0)
        tls->ended = true;
    else if (errno == EAGAIN)
        BIO_set_retry_read(bio);
    else
        tls->number = errno;
    return (int)got;
}

static int socket_write(BIO *bio, const char *from, int length)
{
    struct tls *tls = BIO_get_data(bio);
    ssize_t sent;
    BIO_clear_retry_flags(bio);
    do
        sent = send(tls->fd, from, (size_t)length, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0 && errno == EAGAIN)
        BIO_set_retry_write(bio);
    else if (sent < 0)
        tls->number = errno;
    return (int)sent;
}

static long socket_control(BIO *bio, int command, long number, void *pointer)
{
    const struct tls *tls = BIO_get_data(bio);
    (void)number;
    (void)pointer;
    if (command == BIO_CTRL_EOF)
        return tls->ended;
    return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP;
}

static int socket_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

BIO_METHOD *tls_socket_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "socket");
    if (method != NULL) {
        BIO_meth_set_create(method, socket_create);
        BIO_meth_set_read(method, socket_read);
        BIO_meth_set_write(method, socket_write);
        BIO_meth_set_ctrl(method, socket_control);
    }
    return method;
}

int tls_asked(SSL *ssl, void *unused)
{
    struct tls *tls = SSL_get_app_data(ssl);
    (void)unused;
    tls->asked = true;
    return 1;
}

/* ---- A connection -------------------------------------------------------------------------- */

/* An address must be in the certificate as an address (RFC 9525 section 6.2). */
static bool expect_address(X509_VERIFY_PARAM *param, const struct address *address)
{
    if (address->storage.ss_family == AF_INET) {
        const struct sockaddr_in *ip4 = (const struct sockaddr_in *)&address->storage;
        return X509_VERIFY_PARAM_set1_ip(param, (const unsigned char *)&ip4->sin_addr, 4) == 1;
    }
    const struct sockaddr_in6 *ip6 = (const struct sockaddr_in6 *)&address->storage;
    return X509_VERIFY_PARAM_set1_ip(param, (const unsigned char *)&ip6->sin6_addr, 16) == 1;
}

/* Says which server is meant: to OpenSSL for its check, and to the server (SNI; never an address,
 * RFC 6066 section 3). The common name is ignored, and a wildcard is the whole leftmost label (RFC
 * 9525 section 6.3). */
static bool expect_name(struct tls *tls, const char *name, struct err *err)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(tls->ssl);
    struct address literal;
    bool by_name = tls->context->trust == TLS_TRUST_CHAIN || tls->context->trust == TLS_TRUST_BOTH;
    char bare[TLS_NAME_MAX + 1];
    size_t n = strlen(name);
    if (!tls_hostname_good(name))
        return err_set(err, ERR_TLS_NAME, "%.120s cannot be the name in a certificate", name);
    memcpy(bare, name, n + 1);
    if (n > 1 && bare[n - 1] == '.')
        bare[n - 1] = '\0';
    if (by_name)
        memcpy(tls->facts.name, bare, sizeof bare);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                               X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    bool good;
    if (address_parse(bare, 0, &literal))
        good = !by_name || expect_address(param, &literal);
    else
        good = SSL_set_tlsext_host_name(tls->ssl, bare) == 1 &&
               (!by_name || X509_VERIFY_PARAM_set1_host(param, bare, 0) == 1);
    return good || err_set(err, ERR_MEMORY, "no memory for TLS");
}

static bool set_up(struct tls *tls, const char *host, struct err *err)
{
    const struct tls_context *context = tls->context;
    ERR_clear_error();
    tls->ssl = SSL_new(context->shared);
    BIO *bio = tls->ssl != NULL ? BIO_new(context->socket) : NULL;
    if (bio == NULL || SSL_set_app_data(tls->ssl, tls) != 1) {
        BIO_free(bio);
        return err_set(err, ERR_MEMORY, "no memory for TLS");
    }
    BIO_set_data(bio, tls);
    SSL_set_bio(tls->ssl, bio, bio);
    SSL_set_connect_state(tls->ssl);
    return expect_name(tls, context->hostname[0] != '\0' ? context->hostname : host, err);
}

struct tls *tls_new(const struct tls_context *context, int fd, const char *host, struct err *err)
{
    struct tls *tls = calloc(1, sizeof *tls);
    if (tls == NULL) {
        err_set(err, ERR_MEMORY, "no memory for TLS");
        return NULL;
    }
    tls->context = context;
    tls->fd = fd;
    tls->facts.trust = context->trust;
    if (set_up(tls, host, err))
        return tls;
    tls_free(tls);
    return NULL;
}

void tls_free(struct tls *tls)
{
    if (tls == NULL)
        return;
    ERR_clear_error();
    if (tls->greeted && !tls->failed && !tls->ended)
        SSL_shutdown(tls->ssl); /* sends a close_notify, if it can be sent at once */
    SSL_free(tls->ssl);
    ERR_clear_error();
    free(tls);
}

/* ---- What a failure means ------------------------------------------------------------------ */

/* Alerts of the server that have a meaning of their own (RFC 8446 section 6). */
static const struct alert {
    int number;
    enum err_kind kind;
    const char *meaning;
} alerts[] = {
    {SSL_AD_BAD_CERTIFICATE, ERR_TLS_CLIENT, "the server does not accept our certificate"},
    {SSL_AD_UNSUPPORTED_CERTIFICATE, ERR_TLS_CLIENT, "the server does not accept our certificate"},
    {SSL_AD_CERTIFICATE_REVOKED, ERR_TLS_CLIENT, "our certificate is revoked"},
    {SSL_AD_CERTIFICATE_EXPIRED, ERR_TLS_CLIENT, "our certificate has expired"},
    {SSL_AD_CERTIFICATE_UNKNOWN, ERR_TLS_CLIENT, "the server does not accept our certificate"},
    {SSL_AD_UNKNOWN_CA, ERR_TLS_CLIENT, "the server does not trust the issuer of our certificate"},
    {SSL_AD_ACCESS_DENIED, ERR_TLS_CLIENT, "the server does not let us in"},
    {SSL_AD_CERTIFICATE_REQUIRED, ERR_TLS_CLIENT, "the server wants a certificate of ours"},
    {SSL_AD_PROTOCOL_VERSION, ERR_TLS_VERSION, "the server does not speak TLS 1.3"},
    {SSL_AD_UNRECOGNIZED_NAME, ERR_TLS_NAME, "the server does not know itself by that name (SNI)"},
    {SSL_AD_NO_APPLICATION_PROTOCOL, ERR_TLS_ALPN,
     "the server does not know DNS over TLS (ALPN \"dot\")"},
};

static bool explain_alert(const struct tls *tls, int number, struct err *err)
{
    /* OpenSSL 3.0 does not know all names. */
    const char *name = number == SSL_AD_CERTIFICATE_REQUIRED ? "certificate required"
                                                             : SSL_alert_desc_string_long(number);
    for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++)
        if (alerts[i].number == number)
            return err_set(err, alerts[i].kind, "%s: TLS alert %d, %s", alerts[i].meaning, number,
                           name);
    return err_set(err, tls->greeted ? ERR_TLS_ALERT : ERR_TLS_HANDSHAKE,
                   "the server ended TLS: alert %d, %s", number, name);
}

/* The versions did not meet. */
static bool is_version(int reason)
{
    return reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_WRONG_SSL_VERSION ||
           reason == SSL_R_BAD_PROTOCOL_VERSION_NUMBER || reason == SSL_R_INAPPROPRIATE_FALLBACK;
}

/* An end without close_notify. During the handshake it is not the end of a transfer. */
static enum stream_event end_of_stream(struct tls *tls, struct err *err)
{
    tls->failed = true;
    tls->cut = true;
    if (tls->greeted)
        return STREAM_EOF;
    err_set(err, ERR_TLS_NOT, "the server closed the connection during the TLS handshake");
    return STREAM_FAIL;
}

static enum stream_event fail_broken(struct tls *tls, struct err *err)
{
    tls->failed = true;
    if (tls->greeted)
        err_set_errno(err, ERR_NET_IO, tls->number, "the connection broke");
    else
        err_set_errno(err, ERR_TLS_NOT, tls->number,
                      "the connection broke during the TLS handshake");
    return STREAM_FAIL;
}

/* Shows the first line of it, of which OpenSSL has read no more than the head of a record. */
static void explain_foreign(struct tls *tls, const char *words, struct err *err)
{
    enum { TEXT_MIN = 4 };
    size_t had = tls->received < TLS_FIRST_MAX ? (size_t)tls->received : TLS_FIRST_MAX, n = 0;
    ssize_t more = recv(tls->fd, tls->first + had, TLS_FIRST_MAX - had, MSG_DONTWAIT);
    had += more > 0 ? (size_t)more : 0;
    while (n < had && tls->first[n] >= ' ' && tls->first[n] < 0x7f)
        n++;
    bool is_text = n >= TEXT_MIN && (n == had || tls->first[n] == '\r' || tls->first[n] == '\n');
    if (is_text)
        err_set_quoting(err, ERR_TLS_NOT, tls->first, n,
                        "what the server answers is not TLS, but something else");
    else
        err_set(err, ERR_TLS_NOT, "what the server answers is not TLS (%s)", words);
}

static enum stream_event explain_failure(struct tls *tls, struct err *err)
{
    unsigned long error = tls_take_error();
    int reason = ERR_GET_REASON(error);
    const char *words = ERR_reason_error_string(error);
    /* Until the server's first message was understood, it is not known whether it speaks TLS. */
    bool nothing_yet = SSL_get_state(tls->ssl) == TLS_ST_CW_CLNT_HELLO;
    if (tls->why.kind == ERR_NONE && ERR_GET_LIB(error) == ERR_LIB_SSL &&
        reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        return end_of_stream(tls, err);
    tls->failed = true;
    if (words == NULL)
        words = "no reason given";
    if (tls_is_memory(error))
        err_set(err, ERR_MEMORY, "out of memory");
    else if (tls->why.kind != ERR_NONE)
        *err = tls->why;
    else if (error == 0)
        err_set(err, ERR_INTERNAL, "TLS has failed and does not say why");
    else if (ERR_GET_LIB(error) == ERR_LIB_SSL && reason >= SSL_AD_REASON_OFFSET)
        explain_alert(tls, reason - SSL_AD_REASON_OFFSET, err);
    else if (tls->greeted)
        err_set(err, ERR_TLS_RECORD,
                "what arrived is not intact TLS, it was changed on the way: %s", words);
    else if (ERR_GET_LIB(error) == ERR_LIB_SSL && is_version(reason))
        err_set(err, ERR_TLS_VERSION, "the server does not speak TLS 1.3 (%s)", words);
    else if (ERR_GET_LIB(error) == ERR_LIB_SSL && reason == SSL_R_BAD_EXTENSION)
        /* What newer releases of OpenSSL say of a protocol that was not offered. */
        err_set(err, ERR_TLS_ALPN,
                "the server answers with a wrong extension of TLS, such as "
                "another protocol than dot (ALPN)");
    else if (nothing_yet)
        explain_foreign(tls, words, err);
    else
        err_set(err, ERR_TLS_HANDSHAKE, "the TLS handshake failed: %s", words);
    return STREAM_FAIL;
}

/* Why a call of OpenSSL has not done its work. */
static enum stream_event explain_stop(struct tls *tls, int result, struct err *err)
{
    switch (SSL_get_error(tls->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return STREAM_WANT_READ;
    case SSL_ERROR_WANT_WRITE:
        return STREAM_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        if (tls->greeted)
            return STREAM_EOF;
        return end_of_stream(tls, err);
    case SSL_ERROR_SYSCALL:
        return fail_broken(tls, err);
    default:
        return explain_failure(tls, err);
    }
}

/* ---- The steps ----------------------------------------------------------------------------- */

/* RFC 9103 section 7.1: the server must select "dot". Some select nothing, which the caller may
 * accept or not. */
static bool check_alpn(struct tls *tls, struct err *err)
{
    const unsigned char *selected = NULL;
    unsigned length = 0;
    char *to = tls->facts.alpn;
    SSL_get0_alpn_selected(tls->ssl, &selected, &length);
    for (unsigned i = 0; i < length && i + 1 < sizeof tls->facts.alpn; i++)
        to[i] = selected[i] > ' ' && selected[i] < 0x7f ? (char)selected[i] : '?';
    if (length == 3 && memcmp(selected, "dot", 3) == 0)
        return true;
    if (length > 0)
        return err_set_quoting(err, ERR_TLS_ALPN, selected, length,
                               "the server selected another protocol than dot (ALPN)");
    return !tls->context->insist_alpn ||
           err_set(err, ERR_TLS_ALPN,
                   "the server selected no protocol (ALPN); --tls-alpn insists on it");
}

enum stream_event tls_handshake(struct tls *tls, struct err *err)
{
    ERR_clear_error();
    tls->left = TLS_CALL_MAX;
    int result = SSL_connect(tls->ssl);
    if (result != 1)
        return explain_stop(tls, result, err);
    tls->greeted = true;
    snprintf(tls->facts.version, sizeof tls->facts.version, "%s", SSL_get_version(tls->ssl));
    snprintf(tls->facts.cipher, sizeof tls->facts.cipher, "%s", SSL_get_cipher(tls->ssl));
    tls->facts.client_certificate = tls->asked && tls->context->has_certificate;
    return check_alpn(tls, err) ? STREAM_DONE : STREAM_FAIL;
}

/* In TLS 1.3 the client is done before the server has judged its certificate. A server that asked
 * for a certificate and then closes without an alert, as BIND does, has refused it. */
static enum stream_event explain_refusal(const struct tls *tls, enum stream_event event,
                                         struct err *err)
{
    bool went_away = event == STREAM_EOF || (event == STREAM_FAIL && err->kind == ERR_NET_IO);
    if (!went_away || tls->has_read || !tls->asked)
        return event;
    *err = (struct err){.kind = ERR_NONE};
    err_set(err, ERR_TLS_CLIENT,
            "the server asked for a certificate, %s, and closed the connection",
            tls->context->has_certificate ? "got ours" : "got none");
    return STREAM_FAIL;
}

/* `call` is SSL_read_ex or SSL_peek_ex. */
static enum stream_event read_by(int (*call)(SSL *, void *, size_t, size_t *), struct tls *tls,
                                 uint8_t *to, size_t room, size_t *n, struct err *err)
{
    ERR_clear_error();
    tls->left = TLS_CALL_MAX;
    int result = call(tls->ssl, to, room, n);
    if (result != 1)
        return explain_refusal(tls, explain_stop(tls, result, err), err);
    tls->has_read = true;
    return STREAM_DONE;
}

enum stream_event tls_read(struct tls *tls, uint8_t *to, size_t room, size_t *n, struct err *err)
{
    return read_by(SSL_read_ex, tls, to, room, n, err);
}

enum stream_event tls_write(struct tls *tls, const uint8_t *from, size_t length, size_t *n,
                            struct err *err)
{
    uint8_t octet;
    size_t ignored;
    ERR_clear_error();
    tls->left = TLS_CALL_MAX;
    int result = SSL_write_ex(tls->ssl, from, length, n);
    if (result == 1)
        return STREAM_DONE;
    enum stream_event event = explain_stop(tls, result, err);
    if (event != STREAM_FAIL || err->kind != ERR_NET_IO)
        return event;
    /* The server is gone; its last alert may wait to be read, and so may answers, which stay. */
    struct err last = {.kind = ERR_NONE};
    if (read_by(SSL_peek_ex, tls, &octet, 1, &ignored, &last) == STREAM_FAIL &&
        last.kind != ERR_NET_IO)
        *err = last;
    return STREAM_FAIL;
}

/* ---- Facts --------------------------------------------------------------------------------- */

const struct tls_facts *tls_facts(const struct tls *tls)
{
    return &tls->facts;
}

uint64_t tls_received(const struct tls *tls)
{
    return tls->received;
}

bool tls_was_cut(const struct tls *tls)
{
    return tls->cut;
}

const char *tls_facts_text(const struct tls_facts *facts, char text[TLS_TEXT_MAX])
{
    static const char *const server[] = {
        [TLS_TRUST_NONE] = "server not authenticated",
        [TLS_TRUST_CHAIN] = "server authenticated by its certificate for ",
        [TLS_TRUST_PIN] = "server authenticated by its pin",
        [TLS_TRUST_BOTH] = "server authenticated by its pin and its certificate for ",
    };
    snprintf(text, TLS_TEXT_MAX, "%s, %s, ALPN %s, %s%s%s", facts->version, facts->cipher,
             facts->alpn[0] != '\0' ? facts->alpn : "none", server[facts->trust], facts->name,
             facts->client_certificate ? ", with our certificate" : "");
    return text;
}
