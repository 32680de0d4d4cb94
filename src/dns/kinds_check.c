/* The strict check of each field kind: it accepts exactly what the text of the kind can express so
 * that it reads back to the same octets. */
#include "dns/kinds_plain.h"

#include <string.h>

bool kinds_put_pending(struct rdata_walk *walk)
{
    return put_pending(walk);
}

bool kinds_skip_names(struct rdata_walk *walk, const struct field *field)
{
    while (kinds_left(walk) > 0)
        if (!kinds_skip_name(walk, field))
            return false;
    return true;
}

bool kinds_skip_counted_optional(struct rdata_walk *walk, const struct field *field)
{
    return kinds_left(walk) == 0 || kinds_skip_counted(walk, field);
}

bool kinds_skip_strings(struct rdata_walk *walk, const struct field *field)
{
    if (kinds_left(walk) == 0)
        return fail(walk, "is missing", walk->end);
    while (kinds_left(walk) > 0)
        if (!skip_octets(walk, (size_t)walk->at[0] + 1))
            return false;
    (void)field;
    return true;
}

static bool is_digit(uint8_t octet)
{
    return octet >= '0' && octet <= '9';
}

static bool is_letter(uint8_t octet)
{
    return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z');
}

bool kinds_skip_digits(struct rdata_walk *walk, const struct field *field)
{
    const uint8_t *string = walk->at;
    if (!kinds_skip_counted(walk, field))
        return false;
    for (const uint8_t *p = string + 1; p < walk->at; p++)
        if (!is_digit(*p))
            return fail(walk, "has a character that is not a digit", p);
    return true;
}

bool kinds_skip_tag(struct rdata_walk *walk, const struct field *field)
{
    const uint8_t *tag = walk->at;
    if (!kinds_skip_counted(walk, field))
        return false;
    for (const uint8_t *p = tag + 1; p < walk->at; p++)
        if (!is_digit(*p) && !is_letter(*p))
            return fail(walk, "has a character that is neither a letter nor a digit", p);
    return true;
}

/* KEY: flags 0xC000 say that there is no key (RFC 2535 section 3.1.2). */
bool kinds_skip_key(struct rdata_walk *walk, const struct field *field)
{
    if ((octets_u16(walk->start) & 0xc000) == 0xc000)
        return kinds_left(walk) == 0 ||
               fail(walk, "is present although the flags say that there is no key", walk->at);
    return kinds_skip_rest(walk, field);
}

/* IPSECKEY: with algorithm 0 there need not be a key (RFC 4025 section 2.4). */
bool kinds_skip_key_ipsec(struct rdata_walk *walk, const struct field *field)
{
    if (walk->start[IPSEC_ALGORITHM] == 0) {
        walk->at = walk->end;
        return true;
    }
    return kinds_skip_rest(walk, field);
}

/* RFC 4034 section 4.1.2: blocks ascend, none is empty, none ends in a zero octet. */
bool kinds_skip_bitmap(struct rdata_walk *walk, const struct field *field)
{
    if (kinds_left(walk) < field->least)
        return fail(walk, "is empty", walk->end);
    for (int last = -1; kinds_left(walk) > 0;) {
        const uint8_t *block = walk->at;
        if (kinds_left(walk) < 3)
            return fail(walk, "ends inside a block", walk->end);
        if (block[0] <= last)
            return fail(walk, "has blocks out of order", block);
        if (block[1] < 1 || block[1] > 32)
            return fail(walk, "has a block of impossible length", block + 1);
        if (!skip_octets(walk, (size_t)block[1] + 2))
            return false;
        if (walk->at[-1] == 0)
            return fail(walk, "has a block that ends in a zero octet", walk->at - 1);
        last = block[0];
    }
    return true;
}

/* RFC 2535 section 5.2: one block for types 1 to 127; none at all is as good as for NSEC. */
bool kinds_skip_nxtmap(struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    if (kinds_left(walk) == 0)
        return true;
    if (kinds_left(walk) > 16)
        return fail(walk, "has an impossible length", walk->at);
    if ((walk->at[0] & 0x80) != 0)
        return fail(walk, "is of the reserved form", walk->at);
    if (walk->end[-1] == 0)
        return fail(walk, "ends in a zero octet", walk->end - 1);
    walk->at = walk->end;
    return true;
}

bool kinds_skip_ports(struct rdata_walk *walk, const struct field *field)
{
    if (kinds_left(walk) > 8192)
        return fail(walk, "is longer than 8192 octets", walk->at);
    if (kinds_left(walk) > 0 && walk->end[-1] == 0)
        return fail(walk, "ends in a zero octet", walk->end - 1);
    return kinds_skip_rest(walk, field);
}

bool kinds_skip_atma(struct rdata_walk *walk, const struct field *field)
{
    const uint8_t *format = walk->at;
    if (!kinds_skip_rest(walk, field))
        return false;
    if (*format > 1)
        return fail(walk, "is of an unknown format", format);
    for (const uint8_t *p = format + 1; *format == 1 && p < walk->end; p++)
        if (!is_digit(*p))
            return fail(walk, "has a character that is not a digit", p);
    return true;
}

static bool within(uint32_t value, uint32_t most)
{
    return value - (0x80000000u - most) <= 2 * most;
}

/* RFC 1876. What text cannot express is refused: other versions, sizes that are not one digit times
 * a power of ten, angles beyond a quarter and a half of a circle. */
bool kinds_skip_loc(struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    const uint8_t *p = walk->at;
    if (!skip_octets(walk, LOC_OCTETS))
        return false;
    if (p[0] != 0)
        return fail(walk, "has an unknown version", p);
    for (int i = 1; i <= 3; i++)
        if (p[i] >> 4 > 9 || (p[i] & 15) > 9 || (p[i] >> 4 == 0 && p[i] != 0))
            return fail(walk, "has an impossible size", p + i);
    if (!within(octets_u32(p + 4), 90u * 3600000))
        return fail(walk, "has a latitude above 90 degrees", p + 4);
    if (!within(octets_u32(p + 8), 180u * 3600000))
        return fail(walk, "has a longitude above 180 degrees", p + 8);
    return true;
}

/* RFC 3123. */
bool kinds_skip_apl(struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    while (kinds_left(walk) > 0) {
        const uint8_t *p = walk->at;
        if (kinds_left(walk) < 4)
            return fail(walk, "ends inside an item", walk->end);
        uint16_t family = octets_u16(p);
        size_t n = p[3] & 0x7f;
        if (family != 1 && family != 2)
            return fail(walk, "has an unknown address family", p);
        if (p[2] > (family == 1 ? 32 : 128))
            return fail(walk, "has an impossible prefix length", p + 2);
        if (n > (family == 1 ? 4u : 16u))
            return fail(walk, "has an address that is too long", p + 3);
        if (!skip_octets(walk, 4 + n))
            return false;
        if (n > 0 && walk->at[-1] == 0)
            return fail(walk, "has an address that ends in a zero octet", walk->at - 1);
    }
    return true;
}

/* RFC 2874: prefix length and the rest of the address; after it the name of the prefix, if there is
 * a prefix. */
bool kinds_skip_a6(struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    const uint8_t *p = walk->at;
    if (kinds_left(walk) < 1)
        return fail(walk, "is missing", walk->end);
    unsigned prefix = p[0];
    if (prefix > 128)
        return fail(walk, "has an impossible prefix length", p);
    if (!skip_octets(walk, 1 + 16 - prefix / 8))
        return false;
    if (prefix % 8 != 0 && p[1] >> (8 - prefix % 8) != 0)
        return fail(walk, "has padding that is not zero", p + 1);
    return true;
}

bool kinds_skip_name_a6(struct rdata_walk *walk, const struct field *field)
{
    return walk->start[0] == 0 || kinds_skip_name(walk, field);
}

/* RFC 8005: the lengths of the tag and of the key, the algorithm, the tag, the key. */
bool kinds_skip_hip(struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    const uint8_t *p = walk->at;
    if (!skip_octets(walk, 4))
        return false;
    if (p[0] == 0 || octets_u16(p + 2) == 0)
        return fail(walk, "has an empty tag or key", p);
    return skip_octets(walk, (size_t)p[0] + octets_u16(p + 2));
}

static bool skip_gateway_of(struct rdata_walk *walk, unsigned type, const struct field *field)
{
    switch (type) {
    case 0:
        return true;
    case 1:
        return skip_octets(walk, 4);
    case 2:
        return skip_octets(walk, 16);
    case 3:
        return kinds_skip_name(walk, field);
    default:
        return fail(walk, "is of an unknown type", walk->start + 1);
    }
}

/* The second octet of IPSECKEY and AMTRELAY tells the form of the gateway. */
bool kinds_skip_gateway(struct rdata_walk *walk, const struct field *field)
{
    return skip_gateway_of(walk, walk->start[1], field);
}

bool kinds_skip_relay(struct rdata_walk *walk, const struct field *field)
{
    return skip_gateway_of(walk, walk->start[1] & 0x7f, field);
}

static bool svc_has_key(const struct rdata_walk *walk, const uint8_t *params, unsigned key)
{
    for (const uint8_t *p = params; p < walk->end; p += 4 + octets_u16(p + 2))
        if (octets_u16(p) == key)
            return true;
    return false;
}

/* The list and the parameters both ascend, so one pass over both is enough. */
static bool svc_mandatory_fits(const struct rdata_walk *walk, const uint8_t *params,
                               const uint8_t *value, size_t n)
{
    unsigned last = 0;
    const uint8_t *p = params;
    if (n == 0 || n % 2 != 0)
        return false;
    for (size_t i = 0; i < n; i += 2) {
        unsigned key = octets_u16(value + i);
        if (key <= last) /* 0 may not name itself */
            return false;
        while (p < walk->end && octets_u16(p) < key)
            p += 4 + octets_u16(p + 2);
        if (p >= walk->end || octets_u16(p) != key)
            return false;
        last = key;
    }
    return true;
}

static bool svc_alpn_fits(const uint8_t *value, size_t n)
{
    size_t at = 0;
    while (at < n && value[at] > 0)
        at += (size_t)value[at] + 1;
    return n > 0 && at == n;
}

static bool svc_value_fits(const struct rdata_walk *walk, const uint8_t *params, unsigned key,
                           const uint8_t *value, size_t n)
{
    switch (key) {
    case MANDATORY:
        return svc_mandatory_fits(walk, params, value, n);
    case ALPN:
        return svc_alpn_fits(value, n);
    case NO_DEFAULT_ALPN:
        return n == 0 && svc_has_key(walk, params, ALPN);
    case PORT:
        return n == 2;
    case IPV4HINT:
        return n > 0 && n % 4 == 0;
    case ECH:
        return n > 0;
    case IPV6HINT:
        return n > 0 && n % 16 == 0;
    default:
        return true;
    }
}

bool kinds_skip_svcparams(struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    const uint8_t *params = walk->at;
    int last = -1;
    while (kinds_left(walk) > 0) {
        const uint8_t *p = walk->at;
        if (kinds_left(walk) < 4)
            return fail(walk, "end inside a parameter", walk->end);
        if (octets_u16(p) <= last)
            return fail(walk, "are out of order", p);
        last = octets_u16(p);
        if (!skip_octets(walk, (size_t)4 + octets_u16(p + 2)))
            return false;
    }
    /* Only now is every parameter known to be complete, which the search for others relies on. */
    for (const uint8_t *p = params; p < walk->end; p += 4 + octets_u16(p + 2))
        if (!svc_value_fits(walk, params, octets_u16(p), p + 4, octets_u16(p + 2)))
            return fail(walk, "have a value that does not fit its key", p);
    return true;
}

/* The flags of WINS and WINSR, and the times: seconds of a lookup, and of what was found. */
bool kinds_skip_wins(struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    if (kinds_left(walk) < WINS_OCTETS)
        return fail(walk, "is too short", walk->end);
    uint32_t flags = octets_u32(walk->at);
    if (flags != 0 && flags != WINS_LOCAL)
        return fail(walk, "has flags that text cannot express", walk->at);
    return skip_octets(walk, WINS_OCTETS);
}

/* How many addresses there are, in four octets, and the addresses, which end the RDATA. */
bool kinds_skip_ip4s(struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    size_t left = kinds_left(walk);
    if (left < 8)
        return fail(walk, "is empty", walk->end);
    if (left % 4 != 0 || octets_u32(walk->at) != left / 4 - 1)
        return fail(walk, "has another number of addresses than it says", walk->at);
    return skip_octets(walk, left);
}
