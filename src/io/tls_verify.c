#include "base/codec.h"
#include "io/resolve.h"
#include "io/tls_own.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { WHEN_MAX = 40, WHOSE_MAX = 200, NAMES_MAX = 320 };

/* ---- What a certificate says, in words that are safe to show ------------------------------- */

/* Appends octets to a text, with everything but printable ASCII replaced. Returns false, and puts
 * nothing, if they do not fit. */
static bool append(char *text, size_t room, size_t *used, const void *octets, size_t n)
{
    const unsigned char *p = octets;
    if (n >= room - *used)
        return false;
    for (size_t i = 0; i < n; i++)
        text[(*used)++] = p[i] >= ' ' && p[i] < 0x7f ? (char)p[i] : '?';
    text[*used] = '\0';
    return true;
}

static const char *when(const ASN1_TIME *time, char text[WHEN_MAX])
{
    struct tm tm;
    if (ASN1_TIME_to_tm(time, &tm) != 1 ||
        strftime(text, WHEN_MAX, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
        snprintf(text, WHEN_MAX, "a time that cannot be read");
    return text;
}

/* "CN = Example CA", cut where it is long. */
static const char *whose(const X509_NAME *name, char text[WHOSE_MAX])
{
    char *octets = NULL;
    size_t used = 0;
    BIO *memory = BIO_new(BIO_s_mem());
    text[0] = '\0';
    if (memory != NULL && X509_NAME_print_ex(memory, name, 0, XN_FLAG_ONELINE) >= 0) {
        long n = BIO_get_mem_data(memory, &octets);
        size_t length = n > 0 ? (size_t)n : 0;
        append(text, WHOSE_MAX, &used, octets, length < WHOSE_MAX ? length : WHOSE_MAX - 1);
    }
    BIO_free(memory);
    if (used == 0)
        snprintf(text, WHOSE_MAX, "(no name)");
    return text;
}

/* Adds one name of a server; false if it does not fit. Names of other kinds are ignored. */
static bool append_name(char *text, size_t *used, const GENERAL_NAME *name, bool *is_server)
{
    char address[INET6_ADDRSTRLEN];
    const void *octets = NULL;
    size_t n = 0, before = *used;
    if (name->type == GEN_DNS) {
        octets = ASN1_STRING_get0_data(name->d.dNSName);
        n = (size_t)ASN1_STRING_length(name->d.dNSName);
    } else if (name->type == GEN_IPADD) {
        int length = ASN1_STRING_length(name->d.iPAddress);
        if (length == 4 || length == 16)
            octets = inet_ntop(length == 4 ? AF_INET : AF_INET6,
                               ASN1_STRING_get0_data(name->d.iPAddress), address, sizeof address);
        n = octets != NULL ? strlen(address) : 0;
    }
    *is_server = octets != NULL;
    if (octets == NULL)
        return true;
    if ((before == 0 || append(text, NAMES_MAX, used, ", ", 2)) &&
        append(text, NAMES_MAX, used, octets, n))
        return true;
    *used = before;
    text[before] = '\0';
    return false;
}

/* The names and addresses that a certificate is for: as many as fit, and how many more. */
static const char *names(const X509 *certificate, char text[NAMES_MAX + 32])
{
    GENERAL_NAMES *all = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    size_t used = 0;
    int left_out = 0;
    text[0] = '\0';
    for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
        bool is_server;
        bool fits = append_name(text, &used, sk_GENERAL_NAME_value(all, i), &is_server);
        left_out += is_server && !fits;
    }
    GENERAL_NAMES_free(all);
    if (left_out > 0)
        snprintf(text + used, 32, "%s%d more", used > 0 ? " and " : "", left_out);
    return text;
}

/* ---- The chain ----------------------------------------------------------------------------- */

/* Whether an address is in the certificate as if it were a name, where it counts for nothing (RFC
 * 9525 section 6.2). */
static bool has_address_as_name(X509 *leaf, const char *name)
{
    struct address literal;
    return address_parse(name, 0, &literal) &&
           X509_check_host(leaf, name, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1;
}

static bool refuse_name(struct tls *tls, X509 *leaf)
{
    char text[NAMES_MAX + 32];
    const char *name = tls->facts.name;
    if (has_address_as_name(leaf, name))
        return err_set(&tls->why, ERR_TLS_NAME,
                       "the server's certificate has %s as a name (dNSName), where only an address "
                       "(iPAddress) counts",
                       name);
    if (*names(leaf, text) == '\0')
        return err_set(&tls->why, ERR_TLS_NAME,
                       "the server's certificate is not for %s; it names no server "
                       "(subjectAltName)",
                       name);
    return err_set_quoting(&tls->why, ERR_TLS_NAME, text, strlen(text),
                           "the server's certificate is not for %s, but for others", name);
}

static bool refuse_issuer(struct tls *tls, int number, const X509 *at)
{
    char text[WHOSE_MAX];
    bool alone = number == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT;
    bool is_root = number == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
    whose(alone || is_root ? X509_get_subject_name(at) : X509_get_issuer_name(at), text);
    return err_set_quoting(
        &tls->why, ERR_TLS_ISSUER, text, strlen(text), "%s",
        alone     ? "the server's certificate is self-signed, and not among the trusted"
        : is_root ? "the root of the server's certificate is not among the trusted"
                  : "the issuer of the server's certificate is not among the trusted");
}

/* A certificate that is not valid now: the server's or that of an issuer. */
static bool refuse_time(struct tls *tls, enum err_kind kind, int depth, const X509 *at)
{
    char time[WHEN_MAX], text[WHOSE_MAX] = "";
    const char *which = depth > 0 ? "an issuer's" : "the server's";
    if (depth > 0)
        whose(X509_get_subject_name(at), text);
    if (kind == ERR_TLS_EXPIRED)
        return err_set_quoting(&tls->why, kind, text, strlen(text),
                               "%s certificate has expired, on %s", which,
                               when(X509_get0_notAfter(at), time));
    return err_set_quoting(&tls->why, kind, text, strlen(text),
                           "%s certificate is not yet valid, but from %s", which,
                           when(X509_get0_notBefore(at), time));
}

static const struct {
    int number;
    enum err_kind kind;
} faults[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED, ERR_TLS_EXPIRED},
    {X509_V_ERR_CERT_NOT_YET_VALID, ERR_TLS_NOT_YET},
    {X509_V_ERR_HOSTNAME_MISMATCH, ERR_TLS_NAME},
    {X509_V_ERR_IP_ADDRESS_MISMATCH, ERR_TLS_NAME},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, ERR_TLS_ISSUER},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, ERR_TLS_ISSUER},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, ERR_TLS_ISSUER},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, ERR_TLS_ISSUER},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, ERR_TLS_ISSUER},
    {X509_V_ERR_CERT_UNTRUSTED, ERR_TLS_ISSUER},
    {X509_V_ERR_OUT_OF_MEM, ERR_MEMORY},
};

static bool refuse_chain(struct tls *tls, X509_STORE_CTX *store, X509 *leaf)
{
    int number = X509_STORE_CTX_get_error(store), depth = X509_STORE_CTX_get_error_depth(store);
    const X509 *at = X509_STORE_CTX_get_current_cert(store);
    enum err_kind kind = ERR_TLS_CHAIN;
    if (at == NULL) {
        at = leaf;
        depth = 0;
    }
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (faults[i].number == number)
            kind = faults[i].kind;
    switch ((int)kind) {
    case ERR_TLS_NAME:
        return refuse_name(tls, leaf);
    case ERR_TLS_ISSUER:
        return refuse_issuer(tls, number, at);
    case ERR_TLS_EXPIRED:
    case ERR_TLS_NOT_YET:
        return refuse_time(tls, kind, depth, at);
    case ERR_MEMORY:
        return err_set(&tls->why, ERR_MEMORY, "out of memory");
    default:
        return err_set(&tls->why, kind, "%s is not trusted: %s",
                       depth > 0 ? "an issuer of the server's certificate"
                                 : "the server's certificate",
                       X509_verify_cert_error_string(number));
    }
}

static bool check_chain(struct tls *tls, X509_STORE_CTX *store, X509 *leaf)
{
    int verdict = X509_verify_cert(store);
    if (verdict < 0 && X509_STORE_CTX_get_error(store) == X509_V_OK)
        return err_set(&tls->why, ERR_INTERNAL, "the certificate could not be checked");
    return verdict > 0 || refuse_chain(tls, store, leaf);
}

/* ---- Pins ---------------------------------------------------------------------------------- */

/* SHA-256 over the DER form of the subjectPublicKeyInfo (RFC 7858 section 4.2, RFC 7469). */
static bool make_pin(const X509 *leaf, uint8_t pin[TLS_PIN_OCTETS])
{
    unsigned char *der = NULL;
    unsigned length = 0;
    int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &der);
    bool made = n > 0 && EVP_Digest(der, (size_t)n, pin, &length, EVP_sha256(), NULL) == 1 &&
                length == TLS_PIN_OCTETS;
    OPENSSL_free(der);
    return made;
}

static bool check_pin(struct tls *tls, const uint8_t pin[TLS_PIN_OCTETS])
{
    const struct tls_context *context = tls->context;
    for (unsigned i = 0; i < context->pin_count; i++)
        if (memcmp(context->pins[i], pin, TLS_PIN_OCTETS) == 0)
            return true;
    return err_set(&tls->why, ERR_TLS_PIN, "the server's key has the pin %s, which is not %s",
                   tls->facts.pin,
                   context->pin_count > 1 ? "one of those asked for" : "the one asked for");
}

/* ---- Both ---------------------------------------------------------------------------------- */

static bool judge_certificate(struct tls *tls, X509_STORE_CTX *store, X509 *leaf)
{
    enum tls_trust trust = tls->context->trust;
    uint8_t pin[TLS_PIN_OCTETS];
    char *text = tls->facts.pin;
    if (leaf == NULL || !make_pin(leaf, pin))
        return err_set(&tls->why, ERR_TLS_CHAIN, "the server's certificate has no key");
    memcpy(text, "sha256/", 7);
    *codec_base64(text + 7, pin, TLS_PIN_OCTETS) = '\0';
    if ((trust == TLS_TRUST_CHAIN || trust == TLS_TRUST_BOTH) && !check_chain(tls, store, leaf))
        return false;
    return (trust != TLS_TRUST_PIN && trust != TLS_TRUST_BOTH) || check_pin(tls, pin);
}

int tls_verify(X509_STORE_CTX *store, void *unused)
{
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls *tls = SSL_get_app_data(ssl);
    (void)unused;
    bool good = judge_certificate(tls, store, X509_STORE_CTX_get0_cert(store));
    if (good)
        X509_STORE_CTX_set_error(store, X509_V_OK);
    else if (X509_STORE_CTX_get_error(store) == X509_V_OK)
        X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
    return good;
}
