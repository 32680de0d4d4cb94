/* OpenSSL, loaded when something needs it.
 *
 * Purpose: most runs have nothing to sign, hash or encrypt, and loading libcrypto takes a third of
 * the time of a short one, and a megabyte. So zxfr is not linked with OpenSSL. Who includes this
 * calls its functions by their usual names, and the names lead through a table of addresses, which
 * openssl_load fills. (As the dynamic linker's own table, it is read-only from then on, where
 * a page has 4096 octets.)
 * Owns: the libraries, from the first load that succeeds to the end of the process.
 * Never: unloads them; prints. No name below may be called, not even to free NULL, before
 * openssl_load has succeeded once in this process. */
#ifndef BASE_OPENSSL_H
#define BASE_OPENSSL_H

#include "base/err.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdint.h>

/* Alone on its page, which can be made read-only. */
extern union openssl {
    struct {
#define FUNCTION(name) __typeof__(name) *name;
#include "base/openssl.def"
#undef FUNCTION
    };
    unsigned char page[4096];
} openssl;

#include <openssl_names.h> /* made of base/openssl.def */

/* Makes OpenSSL ready to be called; does nothing if it is. From any thread, as often as wanted.
 * Errors: ERR_OPENSSL (it is not installed, or too old), ERR_MEMORY; the next call tries again. */
bool openssl_load(struct err *err);

/* The SHA-256 of n octets; loads OpenSSL for it. Errors: those of openssl_load; ERR_OPENSSL, its
 * settings do not allow that. */
enum { OPENSSL_SHA256 = 32 };
bool openssl_sha256(const uint8_t *octets, size_t n, uint8_t out[OPENSSL_SHA256], struct err *err);

#endif
