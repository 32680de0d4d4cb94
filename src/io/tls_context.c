#include "base/codec.h"
#include "io/resolve.h"
#include "io/secret.h"
#include "io/tls_own.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *tls_library_version(struct err *err)
{
    return openssl_load(err) ? OpenSSL_version(OPENSSL_VERSION_STRING) : NULL;
}

/* ---- Words of the command line ------------------------------------------------------------- */

bool tls_pin_parse(const char *text, uint8_t pin[TLS_PIN_OCTETS])
{
    enum { LENGTH = 44 }; /* base64 of 32 octets ends in one "=" */
    struct codec_base64 state = {.held = 0};
    uint8_t octets[LENGTH / 4 * 3];
    if (strncmp(text, "sha256/", 7) == 0)
        text += 7;
    if (*text == '/' && strlen(text) == LENGTH + 1)
        text++; /* curl writes sha256// */
    if (strlen(text) != LENGTH ||
        codec_read_base64(&state, text, LENGTH, octets) != octets + TLS_PIN_OCTETS ||
        !codec_base64_whole(&state))
        return false;
    memcpy(pin, octets, TLS_PIN_OCTETS);
    return true;
}

bool tls_hostname_good(const char *text)
{
    struct address literal;
    size_t n = strlen(text), label = 0;
    if (address_parse(text, 0, &literal))
        return true;
    if (n == 0 || n > TLS_NAME_MAX)
        return false;
    for (const char *p = text; *p != '\0'; p++) {
        bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                      (*p >= '0' && *p <= '9') || *p == '-' || *p == '_';
        if (!letter && (*p != '.' || label == 0))
            return false; /* OpenSSL takes a leading dot for "any name below" */
        label = letter ? label + 1 : 0;
    }
    return true;
}

const char *tls_trust_name(enum tls_trust trust)
{
    static const char *const names[] = {
        [TLS_TRUST_NONE] = "none",
        [TLS_TRUST_CHAIN] = "chain",
        [TLS_TRUST_PIN] = "pin",
        [TLS_TRUST_BOTH] = "chain+pin",
    };
    return names[trust];
}

/* ---- Errors -------------------------------------------------------------------------------- */

bool tls_is_memory(unsigned long error)
{
    return !ERR_SYSTEM_ERROR(error) && ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
}

unsigned long tls_take_error(void)
{
    unsigned long oldest = ERR_get_error(), next;
    while ((next = ERR_get_error()) != 0)
        if (tls_is_memory(next))
            oldest = next;
    return oldest;
}

/* What became of a file that OpenSSL was given. */
static bool refuse_file(const char *path, const char *fault, struct err *err)
{
    unsigned long error = tls_take_error();
    if (tls_is_memory(error))
        return err_set(err, ERR_MEMORY, "out of memory");
    if (ERR_SYSTEM_ERROR(error))
        return err_set_errno(err, ERR_TLS_FILE, ERR_GET_REASON(error), "cannot read %.300s", path);
    const char *reason = ERR_reason_error_string(error);
    return err_set(err, ERR_TLS_FILE, "%.300s %s (%s)", path, fault,
                   reason != NULL ? reason : "no reason given");
}

static bool no_tls(struct err *err)
{
    unsigned long error = tls_take_error();
    if (error == 0 || tls_is_memory(error))
        return err_set(err, ERR_MEMORY, "no memory for TLS");
    const char *reason = ERR_reason_error_string(error);
    return err_set(err, ERR_INTERNAL, "TLS cannot be set up: %s",
                   reason != NULL ? reason : "no reason given");
}

/* ---- Files --------------------------------------------------------------------------------- */

/* What reading waits for. */
struct reading {
    const struct loop *loop;
    uint64_t deadline;
};

/* A file that OpenSSL would open itself could be a FIFO, for which it would wait where no signal
 * and no deadline is seen. Returns it as OpenSSL reads what is in memory; it owns nothing of
 * `text`. */
static BIO *read_file(const char *path, const struct reading *reading, struct secret_text *text,
                      struct err *err)
{
    if (!secret_read(text, path, reading->loop, reading->deadline, err)) {
        if (err->kind == ERR_KEY)
            err->kind = ERR_TLS_FILE;
        return NULL;
    }
    BIO *bio = BIO_new_mem_buf(text->text, (int)text->length);
    if (bio == NULL) {
        secret_text_fini(text);
        err_set(err, ERR_MEMORY, "out of memory");
    }
    return bio;
}

static void close_file(BIO *bio, struct secret_text *text)
{
    BIO_free(bio);
    secret_text_fini(text);
}

/* ---- Whom we trust ------------------------------------------------------------------------- */

/* OpenSSL finds a certificate in a folder by the hash of its subject, eight digits and a number. */
static bool is_hashed(const char *name)
{
    return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' && name[9] >= '0' &&
           name[9] <= '9';
}

static bool check_folder(const char *path, struct err *err)
{
    bool found = false;
    const struct dirent *entry;
    DIR *folder = opendir(path);
    if (folder == NULL)
        return err_set_errno(err, ERR_TLS_FILE, errno, "cannot read %.300s", path);
    while (!found && (entry = readdir(folder)) != NULL)
        found = is_hashed(entry->d_name);
    closedir(folder);
    return found || err_set(err, ERR_TLS_FILE,
                            "%.300s has no certificates under the names that OpenSSL looks for; "
                            "\"openssl rehash\" makes them",
                            path);
}

static const char NO_ROOTS[] = "holds no certificates in PEM form";

/* Adds all certificates and revocation lists, and returns how many; -1 on failure. */
static int add_roots(SSL_CTX *shared, BIO *bio)
{
    X509_STORE *store = SSL_CTX_get_cert_store(shared);
    STACK_OF(X509_INFO) *list = PEM_X509_INFO_read_bio(bio, NULL, NULL, NULL);
    int count = list != NULL ? 0 : -1;
    for (int i = 0; list != NULL && count >= 0 && i < sk_X509_INFO_num(list); i++) {
        const X509_INFO *info = sk_X509_INFO_value(list, i);
        bool good = (info->x509 == NULL || X509_STORE_add_cert(store, info->x509) == 1) &&
                    (info->crl == NULL || X509_STORE_add_crl(store, info->crl) == 1);
        count = good ? count + (info->x509 != NULL) + (info->crl != NULL) : -1;
    }
    sk_X509_INFO_pop_free(list, X509_INFO_free);
    return count;
}

static bool load_roots_of(SSL_CTX *shared, const char *path, const struct reading *reading,
                          struct err *err)
{
    struct secret_text text;
    BIO *bio = read_file(path, reading, &text, err);
    if (bio == NULL)
        return false;
    int count = add_roots(shared, bio);
    close_file(bio, &text);
    if (count == 0)
        ERR_raise(ERR_LIB_X509, X509_R_NO_CERTIFICATE_OR_CRL_FOUND);
    return count > 0 || refuse_file(path, NO_ROOTS, err);
}

static bool load_roots(SSL_CTX *shared, const char *path, const struct reading *reading,
                       struct err *err)
{
    struct stat st;
    if (path == NULL)
        return SSL_CTX_set_default_verify_paths(shared) == 1 || no_tls(err);
    /* A certificate that the user names is trusted, whether it is a root or not. */
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(shared), X509_V_FLAG_PARTIAL_CHAIN);
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return check_folder(path, err) &&
               (SSL_CTX_load_verify_dir(shared, path) == 1 || no_tls(err));
    /* Nothing has to be waited for, and it may be of any length. */
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
        return SSL_CTX_load_verify_file(shared, path) == 1 || refuse_file(path, NO_ROOTS, err);
    return load_roots_of(shared, path, reading, err);
}

/* ---- Who we are ---------------------------------------------------------------------------- */

/* Nobody is asked for a passphrase: a program that cron runs would hang. */
static int no_passphrase(char *to, int room, int writing, void *context)
{
    bool *encrypted = context;
    (void)to;
    (void)room;
    (void)writing;
    *encrypted = true;
    return -1;
}

/* Takes the key that `bio` holds, of the file of that name. */
static bool use_key(SSL_CTX *shared, const char *cert, const char *key, BIO *bio, struct err *err)
{
    bool encrypted = false;
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &encrypted);
    bool good = pkey != NULL && SSL_CTX_use_PrivateKey(shared, pkey) == 1;
    EVP_PKEY_free(pkey);
    /* A key of another kind than the certificate's is taken at first, for another certificate. */
    if (good && SSL_CTX_check_private_key(shared) == 1)
        return true;
    if (encrypted)
        return err_set(err, ERR_TLS_FILE,
                       "the key in %.300s is encrypted, and nobody is asked for its passphrase; "
                       "\"openssl pkey\" writes it without",
                       key);
    unsigned long error = ERR_peek_last_error();
    bool others = ERR_GET_LIB(error) == ERR_LIB_X509 &&
                  (ERR_GET_REASON(error) == X509_R_KEY_VALUES_MISMATCH ||
                   ERR_GET_REASON(error) == X509_R_KEY_TYPE_MISMATCH);
    if ((good || others) && !tls_is_memory(ERR_peek_error())) {
        tls_take_error();
        return err_set(err, ERR_TLS_FILE,
                       "the key in %.250s does not belong to the certificate in %.250s", key, cert);
    }
    if (key == cert && !tls_is_memory(ERR_peek_error())) {
        tls_take_error();
        return err_set(err, ERR_TLS_FILE, "%.300s holds no key; --tls-key names the file that does",
                       cert);
    }
    return refuse_file(key, "holds no key in PEM form", err);
}

/* Takes the first certificate as ours and the others as its chain. */
static bool use_chain(SSL_CTX *shared, BIO *bio)
{
    X509 *own = PEM_read_bio_X509_AUX(bio, NULL, no_passphrase, &(bool){false}), *next;
    bool good = own != NULL && SSL_CTX_use_certificate(shared, own) == 1;
    X509_free(own);
    while (good && (next = PEM_read_bio_X509(bio, NULL, no_passphrase, &(bool){false})) != NULL) {
        good = SSL_CTX_add0_chain_cert(shared, next) == 1;
        if (!good)
            X509_free(next);
    }
    if (good && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE)
        ERR_clear_error(); /* the end of the file */
    return good && ERR_peek_error() == 0;
}

static bool load_key(SSL_CTX *shared, const struct tls_options *options,
                     const struct reading *reading, struct err *err)
{
    struct secret_text text;
    BIO *bio = read_file(options->key, reading, &text, err);
    if (bio == NULL)
        return false;
    bool good = use_key(shared, options->cert, options->key, bio, err);
    close_file(bio, &text);
    return good;
}

/* The key may be in the same file, which is read only once. */
static bool load_certificate(SSL_CTX *shared, const struct tls_options *options,
                             const struct reading *reading, struct err *err)
{
    const char *cert = options->cert;
    struct secret_text text;
    if (cert == NULL)
        return true;
    BIO *bio = read_file(cert, reading, &text, err);
    if (bio == NULL)
        return false;
    bool good = use_chain(shared, bio) ||
                refuse_file(cert, "holds no certificate in PEM form that can be used", err);
    if (good && options->key == NULL)
        good = BIO_reset(bio) == 1 && use_key(shared, cert, cert, bio, err);
    close_file(bio, &text);
    return good && (options->key == NULL || load_key(shared, options, reading, err));
}

/* ---- The context --------------------------------------------------------------------------- */

static enum tls_trust trust_of(const struct tls_options *options)
{
    bool chain = options->pin_count == 0 || options->ca != NULL || options->hostname != NULL;
    if (options->insecure)
        return TLS_TRUST_NONE;
    if (options->pin_count == 0)
        return TLS_TRUST_CHAIN;
    return chain ? TLS_TRUST_BOTH : TLS_TRUST_PIN;
}

static bool set_up(struct tls_context *context, struct err *err)
{
    SSL_CTX *shared = context->shared = SSL_CTX_new(TLS_client_method());
    context->socket = tls_socket_method();
    /* RFC 9103 section 7.2: TLS 1.3 or later; section 7.1: ALPN "dot". */
    if (shared == NULL || context->socket == NULL ||
        SSL_CTX_set_min_proto_version(shared, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(shared, 0) != 1 ||
        SSL_CTX_set_alpn_protos(shared, (const unsigned char *)"\3dot", 4) != 0)
        return no_tls(err);
    SSL_CTX_set_session_cache_mode(shared, SSL_SESS_CACHE_OFF);
    /* A server that sends nothing but tickets must not keep the program inside OpenSSL. */
    SSL_CTX_clear_mode(shared, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_mode(shared, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(shared, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(shared, tls_verify, NULL);
    SSL_CTX_set_cert_cb(shared, tls_asked, NULL);
    return true;
}

struct tls_context *tls_context_new(const struct tls_options *options, const struct loop *loop,
                                    uint64_t deadline, struct err *err)
{
    const struct reading reading = {loop, deadline};
    struct tls_context *context = openssl_load(err) ? calloc(1, sizeof *context) : NULL;
    if (context == NULL) {
        err_set(err, ERR_MEMORY, "no memory for TLS");
        return NULL;
    }
    if (options->hostname != NULL && strlen(options->hostname) <= TLS_NAME_MAX)
        memcpy(context->hostname, options->hostname, strlen(options->hostname) + 1);
    memcpy(context->pins, options->pins, sizeof context->pins);
    context->pin_count = options->pin_count;
    context->trust = trust_of(options);
    context->insist_alpn = options->insist_alpn;
    context->has_certificate = options->cert != NULL;
    bool chain = context->trust == TLS_TRUST_CHAIN || context->trust == TLS_TRUST_BOTH;
    ERR_clear_error();
    if (set_up(context, err) &&
        (!chain || load_roots(context->shared, options->ca, &reading, err)) &&
        load_certificate(context->shared, options, &reading, err))
        return context;
    tls_context_free(context);
    return NULL;
}

void tls_context_free(struct tls_context *context)
{
    if (context == NULL)
        return;
    SSL_CTX_free(context->shared);
    BIO_meth_free(context->socket);
    free(context);
}

/* ---- The fence ----------------------------------------------------------------------------- */

/* The links of such a folder may lead elsewhere, mostly all to one folder. */
static void let_links(struct fence *fence, const char *path)
{
    char link[PATH_MAX], before[PATH_MAX] = "";
    const struct dirent *entry;
    DIR *folder = opendir(path);
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        ssize_t n = entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN
                        ? readlinkat(dirfd(folder), entry->d_name, link, sizeof link - 1)
                        : -1;
        char whole[PATH_MAX], *slash;
        if (n <= 0)
            continue;
        link[n] = '\0';
        slash = strrchr(link, '/');
        if (slash == NULL)
            continue;
        slash[1] = '\0';
        if (strcmp(link, before) == 0)
            continue;
        strcpy(before, link);
        bool good = snprintf(whole, sizeof whole, "%s/%s", *link == '/' ? "" : path, link) <
                    (int)sizeof whole;
        if (good)
            fence_let_read(fence, whole);
    }
    if (folder != NULL)
        closedir(folder);
}

/* A list of folders with colons between. */
static void let_folders(struct fence *fence, const char *list)
{
    char folder[PATH_MAX];
    for (size_t n; *list != '\0'; list += n + (list[n] == ':')) {
        n = strcspn(list, ":");
        snprintf(folder, sizeof folder, "%.*s", (int)n, list);
        fence_let_read(fence, folder);
        let_links(fence, folder);
    }
}

/* OpenSSL may be loaded inside the fence, from where the dynamic linker is told to look, and nobody
 * else knows for sure where it has its settings: these are the places in the distributions. */
void tls_fence_library(struct fence *fence)
{
    static const char *const system[] = {"/etc/ssl/openssl.cnf", "/usr/lib/ssl/openssl.cnf",
                                         "/etc/pki/tls/openssl.cnf", "/etc/pki/tls/openssl.d",
                                         "/etc/crypto-policies"};
    const char *given = getenv("OPENSSL_CONF"), *libraries = getenv("LD_LIBRARY_PATH");
    if (libraries != NULL)
        let_folders(fence, libraries);
    if (given != NULL)
        fence_let_read(fence, given);
    for (size_t i = 0; i < sizeof system / sizeof *system; i++)
        fence_let_read(fence, system[i]);
}

void tls_fence(const struct tls_options *options, struct fence *fence)
{
    struct err ignored = {.kind = ERR_NONE}; /* loading it again will say the same */
    struct stat st;
    if (!openssl_load(&ignored))
        return;
    const char *folders = options->ca != NULL ? NULL : getenv(X509_get_default_cert_dir_env());
    if (options->ca == NULL)
        let_folders(fence, folders != NULL ? folders : X509_get_default_cert_dir());
    else if (stat(options->ca, &st) == 0 && S_ISDIR(st.st_mode)) {
        fence_let_read(fence, options->ca);
        let_links(fence, options->ca);
    }
}
