#include "dns/spelling.h"

#include <string.h>

bool spelling_is_high(const char *text, size_t n)
{
    uint64_t octets[4], all = 0; /* a whole file is looked at */
    size_t i = 0;
    for (; i + sizeof octets <= n; i += sizeof octets) {
        memcpy(octets, text + i, sizeof octets);
        all |= octets[0] | octets[1] | octets[2] | octets[3];
    }
    for (; i < n; i++)
        all |= (uint64_t)(unsigned char)text[i];
    return (all & 0x8080808080808080u) != 0;
}

/* Whether the first n octets of a name, as a name, and those after them are both in the zone. */
static bool has_zone_twice(const uint8_t *name, uint8_t length, size_t n, const uint8_t *zone,
                           size_t zone_length)
{
    uint8_t before[NAME_MAX_WIRE];
    if (n + 1 < zone_length || !name_within(name + n, length - n, zone, zone_length))
        return false;
    memcpy(before, name, n);
    before[n] = 0;
    return name_within(before, n + 1, zone, zone_length);
}

bool spelling_is_twice(const uint8_t *name, uint8_t length, const uint8_t *zone, size_t zone_length)
{
    return length > zone_length &&
           has_zone_twice(name, length, length - zone_length, zone, zone_length);
}

void spelling_look_closely(struct spelling *spelling, const char *text, size_t n,
                           const uint8_t *name, uint8_t length, const uint8_t *origin,
                           size_t origin_length)
{
    const uint8_t *zone = spelling->zone != NULL ? spelling->zone : origin;
    size_t zone_length = spelling->zone != NULL ? spelling->zone_length : origin_length;
    if (spelling->high && spelling_is_high(text, n))
        spelling->raw = true;
    if (origin == NULL || zone_length <= 1 || text[n - 1] == '.' ||
        !has_zone_twice(name, length, length - origin_length, zone, zone_length))
        return;
    memcpy(spelling->twice, name, length);
    spelling->twice_length = length;
}
