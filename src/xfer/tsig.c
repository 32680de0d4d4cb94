#include "xfer/tsig.h"

#include <string.h>
#include <strings.h>

/* clang-format off */
#define ROW(name, digest, wire, output, mac) {name, digest, wire, sizeof wire, output, mac}
static const struct tsig_algorithm algorithms[] = {
    ROW("hmac-sha256",     "SHA256", "\013hmac-sha256",     32, 32),
    ROW("hmac-sha256-128", "SHA256", "\017hmac-sha256-128", 32, 16),
    ROW("hmac-sha384",     "SHA384", "\013hmac-sha384",     48, 48),
    ROW("hmac-sha384-192", "SHA384", "\017hmac-sha384-192", 48, 24),
    ROW("hmac-sha512",     "SHA512", "\013hmac-sha512",     64, 64),
    ROW("hmac-sha512-256", "SHA512", "\017hmac-sha512-256", 64, 32),
    ROW("hmac-sha224",     "SHA224", "\013hmac-sha224",     28, 28),
    ROW("hmac-sha1",       "SHA1",   "\011hmac-sha1",       20, 20),
    ROW("hmac-md5",        "MD5",    "\010hmac-md5\007sig-alg\003reg\003int", 16, 16),
};
/* clang-format on */

enum { ROWS = sizeof algorithms / sizeof *algorithms };

const struct tsig_algorithm *tsig_algorithm_row(size_t index)
{
    return index < ROWS ? &algorithms[index] : NULL;
}

static bool is_name(const char *name, size_t length, const char *row)
{
    return strlen(row) == length && strncasecmp(name, row, length) == 0;
}

const struct tsig_algorithm *tsig_algorithm_find(const char *name, size_t length)
{
    static const char prefix[] = "hmac-", long_md5[] = "hmac-md5.sig-alg.reg.int";
    if (length > 0 && name[length - 1] == '.')
        length--;
    if (is_name(name, length, long_md5))
        return tsig_algorithm_find("hmac-md5", 8);
    for (size_t i = 0; i < ROWS; i++)
        if (is_name(name, length, algorithms[i].name) ||
            is_name(name, length, algorithms[i].name + strlen(prefix)))
            return &algorithms[i];
    return NULL;
}
