#include "zone/filename.h"

#include "base/codec.h"
#include "base/openssl.h"
#include "dns/name.h"

#include <string.h>

enum {
    HASH_OCTETS = 8,
    HASH_CHARACTERS = 1 + 2 * HASH_OCTETS,
    /* Where each octet takes three. */
    LONGEST = 3 * NAME_MAX_WIRE
};

static bool is_plain(uint8_t octet, bool is_first)
{
    return (octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9') || octet == '_' ||
           (octet == '-' && !is_first);
}

static char *write_escape(char *at, uint8_t octet)
{
    static const char digits[] = "0123456789ABCDEF";
    *at++ = '%';
    *at++ = digits[octet >> 4];
    *at++ = digits[octet & 15];
    return at;
}

/* Returns the end of what it has written. The name is in lower case and not the root. *cut is the
 * last end of an octet that leaves room for the hash. */
static char *write_labels(char *to, const uint8_t *name, size_t *cut)
{
    char *at = to;
    for (const uint8_t *label = name; *label != 0; label += 1 + *label) {
        if (at > to)
            *at++ = '.';
        for (size_t i = 1; i <= *label; i++) {
            if ((size_t)(at - to) <= FILENAME_MOST - HASH_CHARACTERS)
                *cut = (size_t)(at - to);
            if (is_plain(label[i], at == to)) {
                *at++ = (char)label[i];
                continue;
            }
            at = write_escape(at, label[i]);
        }
    }
    return at;
}

static bool write_hash(char *at, const uint8_t *name, size_t length, struct err *err)
{
    uint8_t digest[OPENSSL_SHA256];
    if (!openssl_sha256(name, length, digest, err))
        return false;
    *at++ = '~';
    *codec_hex(at, digest, HASH_OCTETS) = '\0';
    return true;
}

bool filename_write(char to[FILENAME_ROOM], const uint8_t *zone, size_t length, struct err *err)
{
    uint8_t name[NAME_MAX_WIRE];
    char all[LONGEST];
    size_t cut = 0;
    memcpy(name, zone, length);
    name_lower(name, length);
    if (*name == 0) {
        strcpy(to, "@");
        return true;
    }
    size_t n = (size_t)(write_labels(all, name, &cut) - all);
    if (n > FILENAME_MOST) {
        memcpy(to, all, cut);
        return write_hash(to + cut, name, length, err);
    }
    memcpy(to, all, n);
    to[n] = '\0';
    return true;
}
