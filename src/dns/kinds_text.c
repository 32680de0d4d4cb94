/* The text of each field kind. What is written was checked before, so nothing can fail. */
#include "dns/kinds_plain.h"

#include <string.h>

static char *put_chars(char *to, const char *text, size_t n)
{
    memcpy(to, text, n);
    return to + n;
}

static char *quoted_octet(char *to, uint8_t octet)
{
    if (octet < 0x20 || octet >= 0x7f) {
        *to++ = '\\';
        *to++ = (char)('0' + octet / 100);
        *to++ = (char)('0' + octet / 10 % 10);
        *to++ = (char)('0' + octet % 10);
        return to;
    }
    if (octet == '"' || octet == '\\')
        *to++ = '\\';
    *to++ = (char)octet;
    return to;
}

static char *quoted(char *to, const uint8_t *octets, size_t n)
{
    *to++ = '"';
    for (size_t i = 0; i < n; i++)
        to = quoted_octet(to, octets[i]);
    *to++ = '"';
    return to;
}

static char *ip4_text(char *to, const uint8_t *p)
{
    for (int i = 0; i < 4; i++) {
        if (i > 0)
            *to++ = '.';
        to = codec_u32(to, p[i]);
    }
    return to;
}

static char *group_text(char *to, uint16_t group)
{
    static const char digits[] = "0123456789abcdef";
    int shift = group > 0xfff ? 12 : group > 0xff ? 8 : group > 0xf ? 4 : 0;
    for (; shift >= 0; shift -= 4)
        *to++ = digits[group >> shift & 15];
    return to;
}

/* RFC 5952: the longest run of at least two zero groups becomes "::", the first of equals. */
static char *ip6_text(char *to, const uint8_t *p)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (memcmp(p, mapped, sizeof mapped) == 0)
        return ip4_text(put_chars(to, "::ffff:", 7), p + 12);
    int best = -1, best_length = 1;
    for (int i = 0; i < 8; i++) {
        int run = 0;
        while (i + run < 8 && octets_u16(p + (size_t)2 * (size_t)(i + run)) == 0)
            run++;
        if (run > best_length) {
            best = i;
            best_length = run;
        }
        i += run;
    }
    for (int i = 0; i < 8; i++) {
        if (i == best) {
            to = put_chars(to, "::", 2);
            i += best_length - 1;
            continue;
        }
        if (i > 0 && to[-1] != ':')
            *to++ = ':';
        to = group_text(to, octets_u16(p + (size_t)2 * (size_t)i));
    }
    return to;
}

/* ldns refuses type 0. */
char *kinds_text_cert(char *to, struct rdata_walk *walk, const struct field *field)
{
    walk->odd |= octets_u16(walk->at) == 0;
    return kinds_text_u16(to, walk, field);
}

char *kinds_text_u64(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    to = codec_u64(to, octets_u64(walk->at));
    walk->at += 8;
    return to;
}

char *kinds_text_octal(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    unsigned value = octets_u16(walk->at);
    walk->at += 2;
    int shift = 15;
    while (shift > 0 && value >> shift == 0)
        shift -= 3;
    for (; shift >= 0; shift -= 3)
        *to++ = (char)('0' + (value >> shift & 7));
    return to;
}

char *kinds_text_ip4(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    to = ip4_text(to, walk->at);
    walk->at += 4;
    return to;
}

char *kinds_text_ip6(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    to = ip6_text(to, walk->at);
    walk->at += 16;
    return to;
}

/* Groups of octets in hexadecimal with a character between them. */
static char *text_grouped(char *to, struct rdata_walk *walk, size_t octets, size_t group, char mark)
{
    for (size_t i = 0; i < octets; i += group) {
        if (i > 0)
            *to++ = mark;
        to = codec_hex(to, walk->at + i, group);
    }
    walk->at += octets;
    return to;
}

char *kinds_text_eui48(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    return text_grouped(to, walk, 6, 1, '-');
}

char *kinds_text_eui64(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    return text_grouped(to, walk, 8, 1, '-');
}

/* Four digits in each group: Knot and dnspython refuse fewer (RFC 6742 allows them). */
char *kinds_text_node(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    return text_grouped(to, walk, 8, 2, ':');
}

char *kinds_text_names(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    for (bool first = true; kinds_left(walk) > 0; first = false) {
        if (!first)
            *to++ = ' ';
        to = name_to_text(to, walk, name_length(walk->at, kinds_left(walk)));
    }
    return to;
}

static char *counted(char *to, struct rdata_walk *walk)
{
    size_t n = walk->at[0];
    to = quoted(to, walk->at + 1, n);
    walk->at += n + 1;
    return to;
}

static bool has_high_octet(const uint8_t *octets, size_t n)
{
    uint8_t all = 0;
    for (size_t i = 0; i < n; i++)
        all |= octets[i];
    return all >= 0x80;
}

/* dnspython takes an octet above 127 for a character, and makes two octets of it, everywhere but in
 * the strings of TXT and the like. */
char *kinds_text_string(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    walk->odd |= has_high_octet(walk->at + 1, walk->at[0]);
    return counted(to, walk);
}

/* All strings that are left; of an optional one, one or none. */
char *kinds_text_strings(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    for (bool first = true; kinds_left(walk) > 0; first = false) {
        if (!first)
            *to++ = ' ';
        to = counted(to, walk);
    }
    return to;
}

/* NSD puts tags in lower case and refuses long ones; RFC 6844 allowed 15 octets. */
char *kinds_text_tag(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    size_t n = walk->at[0];
    walk->odd |= n > 15;
    for (size_t i = 1; i <= n; i++)
        walk->odd |= walk->at[i] >= 'A' && walk->at[i] <= 'Z';
    memcpy(to, walk->at + 1, n);
    walk->at += n + 1;
    return to + n;
}

char *kinds_text_quoted(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    walk->odd |= has_high_octet(walk->at, kinds_left(walk));
    to = quoted(to, walk->at, kinds_left(walk));
    walk->at = walk->end;
    return to;
}

char *kinds_text_nsap(char *to, struct rdata_walk *walk, const struct field *field)
{
    return kinds_text_hex(put_chars(to, "0x", 2), walk, field);
}

char *kinds_text_base64_dash(char *to, struct rdata_walk *walk, const struct field *field)
{
    if (kinds_left(walk) == 0) {
        *to++ = '-';
        return to;
    }
    return kinds_text_base64(to, walk, field);
}

/* With algorithm 0, ldns and dnspython want a key, Knot and NSD 4.12 none. */
char *kinds_text_base64_ipsec(char *to, struct rdata_walk *walk, const struct field *field)
{
    walk->odd |= walk->start[IPSEC_ALGORITHM] == 0;
    return kinds_text_base64(to, walk, field);
}

/* The types that one block of a bitmap names, each with a space before it. */
static char *block_text(char *to, const uint8_t *bits, size_t n, unsigned base,
                        const struct rdata_style *style)
{
    for (size_t i = 0; i < n; i++)
        for (unsigned bit = 0; bits[i] != 0 && bit < 8; bit++)
            if ((bits[i] & 0x80 >> bit) != 0) {
                *to++ = ' ';
                to = types_text(to, (uint16_t)(base + i * 8 + bit), style->portable);
            }
    return to;
}

/* Removes the space before the first word: the walker writes it. */
static char *without_lead(char *from, char *to)
{
    if (to == from)
        return to;
    memmove(from, from + 1, (size_t)(to - from - 1));
    return to - 1;
}

/* ldns refuses an empty map in some types; NSD and dnspython refuse type 0. */
char *kinds_text_bitmap(char *to, struct rdata_walk *walk, const struct field *field)
{
    char *from = to;
    size_t length = kinds_left(walk);
    walk->odd |= length == 0 ? (field->flags & FIELD_SET) != 0
                             : walk->at[0] == 0 && (walk->at[2] & 0x80) != 0;
    while (kinds_left(walk) > 0) {
        size_t n = walk->at[1];
        to = block_text(to, walk->at + 2, n, (unsigned)walk->at[0] << 8, walk->style);
        walk->at += n + 2;
    }
    return without_lead(from, to);
}

char *kinds_text_nxtmap(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    char *from = to;
    to = block_text(to, walk->at, kinds_left(walk), 0, walk->style);
    walk->at = walk->end;
    return without_lead(from, to);
}

char *kinds_text_ports(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    char *from = to;
    for (uint32_t port = 0; walk->at < walk->end; walk->at++)
        for (int bit = 7; bit >= 0; bit--, port++)
            if ((*walk->at >> bit & 1) != 0) {
                *to++ = ' ';
                to = codec_u32(to, port);
            }
    return without_lead(from, to);
}

char *kinds_text_atma(char *to, struct rdata_walk *walk, const struct field *field)
{
    if (*walk->at++ == 0)
        return kinds_text_hex(to, walk, field);
    *to++ = '+';
    size_t n = kinds_left(walk);
    memcpy(to, walk->at, n);
    walk->at = walk->end;
    return to + n;
}

static char *degrees_text(char *to, uint32_t value, char above, char below)
{
    bool is_above = value >= 0x80000000u;
    uint32_t angle = is_above ? value - 0x80000000u : 0x80000000u - value;
    to = codec_u32(to, angle / 3600000);
    *to++ = ' ';
    to = codec_u32(to, angle / 60000 % 60);
    *to++ = ' ';
    to = codec_u32(to, angle / 1000 % 60);
    *to++ = '.';
    for (uint32_t unit = 100; unit > 0; unit /= 10)
        *to++ = (char)('0' + angle / unit % 10);
    *to++ = ' ';
    *to++ = is_above ? above : below;
    return to;
}

/* Centimetres as metres with two decimals. */
static char *metres_text(char *to, uint64_t centimetres)
{
    to = codec_u64(to, centimetres / 100);
    *to++ = '.';
    *to++ = (char)('0' + centimetres / 10 % 10);
    *to++ = (char)('0' + centimetres % 10);
    *to++ = 'm';
    return to;
}

static char *loc_size_text(char *to, uint8_t size)
{
    unsigned digit = size >> 4, power = size & 15;
    if (power < 2)
        return metres_text(to, power == 0 ? digit : digit * 10);
    *to++ = (char)('0' + digit);
    for (; power > 2; power--)
        *to++ = '0';
    *to++ = 'm';
    return to;
}

char *kinds_text_loc(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    const uint8_t *p = walk->at;
    const uint32_t sea_level = 10000000; /* centimetres above the reference of the wire form */
    to = degrees_text(to, octets_u32(p + 4), 'N', 'S');
    *to++ = ' ';
    to = degrees_text(to, octets_u32(p + 8), 'E', 'W');
    *to++ = ' ';
    uint32_t altitude = octets_u32(p + 12);
    if (altitude < sea_level)
        *to++ = '-';
    walk->odd |= altitude == 0; /* NSD 4.12 refuses the lowest */
    to = metres_text(to, altitude < sea_level ? sea_level - altitude : altitude - sea_level);
    for (int i = 1; i <= 3; i++) {
        *to++ = ' ';
        to = loc_size_text(to, p[i]);
    }
    walk->at += LOC_OCTETS;
    return to;
}

char *kinds_text_apl(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    char *from = to;
    while (kinds_left(walk) > 0) {
        const uint8_t *p = walk->at;
        uint8_t address[16] = {0};
        size_t n = p[3] & 0x7f;
        memcpy(address, p + 4, n);
        *to++ = ' ';
        if ((p[3] & 0x80) != 0)
            *to++ = '!';
        *to++ = (char)('0' + p[1]);
        *to++ = ':';
        to = p[1] == 1 ? ip4_text(to, address) : ip6_text(to, address);
        *to++ = '/';
        to = codec_u32(to, p[2]);
        walk->at += 4 + n;
    }
    return without_lead(from, to);
}

char *kinds_text_a6(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    unsigned prefix = *walk->at++;
    size_t n = 16 - prefix / 8;
    to = codec_u32(to, prefix);
    if (n > 0) {
        uint8_t address[16] = {0};
        memcpy(address + 16 - n, walk->at, n);
        *to++ = ' ';
        to = ip6_text(to, address);
        walk->at += n;
    }
    return to;
}

char *kinds_text_name_a6(char *to, struct rdata_walk *walk, const struct field *field)
{
    return walk->start[0] == 0 ? to : kinds_text_name(to, walk, field);
}

char *kinds_text_hip(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    const uint8_t *p = walk->at;
    size_t tag = p[0], key = octets_u16(p + 2);
    to = codec_u32(to, p[1]);
    *to++ = ' ';
    to = codec_hex(to, p + 4, tag);
    *to++ = ' ';
    to = codec_base64(to, p + 4 + tag, key);
    walk->at += 4 + tag + key;
    return to;
}

/* NSD misreads escapes in the name of a gateway. */
static char *gateway_name(char *to, struct rdata_walk *walk, const struct field *field)
{
    char *end = kinds_text_name(to, walk, field);
    walk->odd |= memchr(to, '\\', (size_t)(end - to)) != NULL;
    return end;
}

static char *gateway_text(char *to, struct rdata_walk *walk, unsigned type,
                          const struct field *field)
{
    switch (type) {
    case 1:
        return kinds_text_ip4(to, walk, field);
    case 2:
        return kinds_text_ip6(to, walk, field);
    case 3:
        return gateway_name(to, walk, field);
    default:
        *to++ = '.';
        return to;
    }
}

char *kinds_text_gateway(char *to, struct rdata_walk *walk, const struct field *field)
{
    return gateway_text(to, walk, walk->start[1], field);
}

char *kinds_text_relay(char *to, struct rdata_walk *walk, const struct field *field)
{
    return gateway_text(to, walk, walk->start[1] & 0x7f, field);
}

/* The "discovery optional" bit and the type of the relay share an octet (RFC 8777 section 4.2). */
char *kinds_text_relay_type(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    *to++ = (char)('0' + (walk->at[0] >> 7));
    *to++ = ' ';
    to = codec_u32(to, walk->at[0] & 0x7f);
    walk->at++;
    return to;
}

static const char *const svc_names[SVC_NAMED] = {"mandatory", "alpn", "no-default-alpn", "port",
                                                 "ipv4hint",  "ech",  "ipv6hint"};

static char *svc_key_text(char *to, unsigned key)
{
    if (key < SVC_NAMED)
        return put_chars(to, svc_names[key], strlen(svc_names[key]));
    return codec_u32(put_chars(to, "key", 3), key);
}

/* A list in a character-string is decoded twice (RFC 9460 appendix A): a comma or backslash in
 * an item is escaped for the list, and that backslash again for the string. ldns and Knot do not
 * read that back. */
static char *alpn_text(char *to, struct rdata_walk *walk, const uint8_t *value, size_t n)
{
    *to++ = '"';
    for (size_t at = 0; at < n; at += (size_t)value[at] + 1) {
        if (at > 0)
            *to++ = ',';
        for (size_t i = 1; i <= value[at]; i++) {
            uint8_t octet = value[at + i];
            if (octet == ',' || octet == '\\') {
                walk->odd = true;
                to = put_chars(to, "\\\\", 2);
            }
            to = quoted_octet(to, octet);
        }
    }
    *to++ = '"';
    return to;
}

static char *svc_value_text(char *to, struct rdata_walk *walk, unsigned key, const uint8_t *value,
                            size_t n)
{
    size_t step = key == IPV4HINT ? 4 : key == IPV6HINT ? 16 : 2;
    switch (key) {
    case ALPN:
        return alpn_text(to, walk, value, n);
    case ECH:
        return codec_base64(to, value, n);
    case MANDATORY:
    case PORT:
    case IPV4HINT:
    case IPV6HINT:
        for (size_t i = 0; i < n; i += step) {
            if (i > 0)
                *to++ = ',';
            to = key == MANDATORY  ? svc_key_text(to, octets_u16(value + i))
                 : key == PORT     ? codec_u32(to, octets_u16(value + i))
                 : key == IPV4HINT ? ip4_text(to, value + i)
                                   : ip6_text(to, value + i);
        }
        return to;
    default:
        return quoted(to, value, n);
    }
}

/* NSD 4.12 knows the keys 7 to 9 (dohpath, ohttp, tls-supported-groups), which are written as
 * numbers, and wants of each the value that is its own; refuses the reserved key; and in HTTPS
 * refuses to be told what is mandatory anyway. */
static bool svc_is_odd(const struct rdata_walk *walk, unsigned key, size_t n,
                       const struct field *field)
{
    enum { DOHPATH = 7, OHTTP = 8, TLS_SUPPORTED_GROUPS = 9, RESERVED = 65535 };
    if (key != MANDATORY || (field->flags & FIELD_HTTP) == 0)
        return (key == DOHPATH && n == 0) || (key == OHTTP && n > 0) ||
               key == TLS_SUPPORTED_GROUPS || key == RESERVED;
    for (size_t i = 0; i < n; i += 2) {
        unsigned named = octets_u16(walk->at + 4 + i);
        if (named == NO_DEFAULT_ALPN || named == PORT)
            return true;
    }
    return false;
}

char *kinds_text_svcparams(char *to, struct rdata_walk *walk, const struct field *field)
{
    char *from = to;
    while (kinds_left(walk) > 0) {
        unsigned key = octets_u16(walk->at);
        size_t n = octets_u16(walk->at + 2);
        walk->odd |= svc_is_odd(walk, key, n, field);
        *to++ = ' ';
        to = svc_key_text(to, key);
        if (n > 0) {
            *to++ = '=';
            to = svc_value_text(to, walk, key, walk->at + 4, n);
        }
        walk->at += 4 + n;
    }
    return without_lead(from, to);
}

char *kinds_text_wins(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    if (octets_u32(walk->at) == WINS_LOCAL)
        to = put_chars(to, "LOCAL ", 6);
    *to++ = 'L';
    to = codec_u32(to, octets_u32(walk->at + 4));
    to = put_chars(to, " C", 2);
    to = codec_u32(to, octets_u32(walk->at + 8));
    walk->at += WINS_OCTETS;
    return to;
}

char *kinds_text_ip4s(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    for (walk->at += 4; walk->at < walk->end; walk->at += 4) {
        to = ip4_text(to, walk->at);
        *to++ = ' ';
    }
    return to - 1;
}
