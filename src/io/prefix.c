#include "io/prefix.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { MAPPED = 12, V4_BITS = 32, V6_BITS = 128 };

static const uint8_t mapped[MAPPED] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool prefix_address(struct prefix_address *to, const struct address *address)
{
    const struct sockaddr_storage *any = &address->storage;
    if (any->ss_family == AF_INET6) {
        memcpy(to->octets, &((const struct sockaddr_in6 *)any)->sin6_addr, PREFIX_OCTETS);
        return true;
    }
    memcpy(to->octets, mapped, MAPPED);
    memcpy(to->octets + MAPPED, &((const struct sockaddr_in *)any)->sin_addr,
           PREFIX_OCTETS - MAPPED);
    return any->ss_family == AF_INET;
}

bool prefix_same(const struct prefix_address *a, const struct prefix_address *b)
{
    return memcmp(a->octets, b->octets, PREFIX_OCTETS) == 0;
}

/* The octet with only its first bits. */
static uint8_t mask(uint8_t octet, unsigned bits)
{
    return bits >= 8 ? octet : (uint8_t)(octet & ~(0xff >> bits));
}

bool prefix_has(const struct prefix *prefix, const struct prefix_address *address)
{
    unsigned whole = prefix->bits / 8, rest = prefix->bits % 8;
    const uint8_t *a = prefix->address.octets, *b = address->octets;
    return memcmp(a, b, whole) == 0 && (rest == 0 || a[whole] == mask(b[whole], rest));
}

static bool read_bits(const char *text, unsigned most, unsigned *bits)
{
    char *end;
    if (*text < '0' || *text > '9' || strlen(text) > 3)
        return false;
    *bits = (unsigned)strtoul(text, &end, 10);
    return *end == '\0' && *bits <= most;
}

const char *prefix_parse(struct prefix *prefix, const char *text)
{
    char word[ADDRESS_TEXT_MAX];
    struct address address;
    const char *slash = strchr(text, '/');
    size_t n = slash != NULL ? (size_t)(slash - text) : strlen(text);
    if (n >= sizeof word)
        return "not an address";
    memcpy(word, text, n);
    word[n] = '\0';
    if (!address_parse(word, 0, &address) || !prefix_address(&prefix->address, &address))
        return "not an address, nor ADDRESS/BITS";
    bool is_v4 = address.storage.ss_family == AF_INET;
    unsigned most = is_v4 ? V4_BITS : V6_BITS;
    prefix->bits = most;
    if (slash != NULL && !read_bits(slash + 1, most, &prefix->bits))
        return "what stands after / is not the number of bits of a prefix";
    prefix->bits += V6_BITS - most;
    for (unsigned i = 0; i < PREFIX_OCTETS; i++) {
        unsigned bits = prefix->bits > 8 * i ? prefix->bits - 8 * i : 0;
        if (mask(prefix->address.octets[i], bits) != prefix->address.octets[i])
            return "the address has bits beyond those of the prefix";
    }
    return NULL;
}
