#include "dns/kinds.h"

#include "base/codec.h"
#include "base/cursor.h"
#include "dns/name.h"

#include <string.h>

/* ---- Reading: the strict check ------------------------------------------------------------ */

static bool fail(struct rdata_walk *walk, const char *why, const uint8_t *at)
{
    walk->why = why;
    walk->why_at = at;
    return false;
}

static size_t left(const struct rdata_walk *walk)
{
    return (size_t)(walk->end - walk->at);
}

static bool skip_octets(struct rdata_walk *walk, size_t n)
{
    if (left(walk) < n)
        return fail(walk, "runs past the end of the RDATA", walk->end);
    walk->at += n;
    return true;
}

bool kinds_put_pending(struct rdata_walk *walk)
{
    size_t pending = (size_t)(walk->at - walk->mark);
    if (walk->out_end - walk->out < (ptrdiff_t)pending)
        return fail(walk, "is longer than 65535 octets once decompressed", walk->at);
    memcpy(walk->out, walk->mark, pending);
    walk->out += pending;
    walk->mark = walk->at;
    return true;
}

static bool skip_name(struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    if (walk->message == NULL) {
        size_t n = name_length(walk->at, left(walk));
        if (n == 0) {
            walk->why_name = true;
            return fail(walk, "is no complete name", walk->at);
        }
        walk->name = walk->at;
        walk->at += n;
        return true;
    }
    if (!kinds_put_pending(walk))
        return false;
    size_t at = (size_t)(walk->at - walk->message);
    uint8_t length = 0;
    const char *why = name_unpack(walk->message, (size_t)(walk->end - walk->message), &at,
                                  walk->out, &length, &walk->pointers);
    if (why != NULL) {
        walk->why_name = true;
        return fail(walk, why, walk->message + at);
    }
    walk->out += length;
    walk->at = walk->mark = walk->message + at;
    return true;
}

static bool skip_names(struct rdata_walk *walk, const struct field *field)
{
    while (left(walk) > 0)
        if (!skip_name(walk, field))
            return false;
    return true;
}

/* The rest of the RDATA, if it has the least length. */
static bool skip_rest(struct rdata_walk *walk, const struct field *field)
{
    if (left(walk) < field->least)
        return fail(walk, field->least == 1 ? "is empty" : "is too short", walk->end);
    walk->at = walk->end;
    return true;
}

/* One length octet and as many octets. */
static bool skip_counted(struct rdata_walk *walk, const struct field *field)
{
    if (left(walk) < 1)
        return fail(walk, "is missing", walk->end);
    if (walk->at[0] < field->least)
        return fail(walk, field->least == 1 ? "is empty" : "is too short", walk->at);
    return skip_octets(walk, (size_t)walk->at[0] + 1);
}

static bool skip_counted_optional(struct rdata_walk *walk, const struct field *field)
{
    return left(walk) == 0 || skip_counted(walk, field);
}

static bool skip_strings(struct rdata_walk *walk, const struct field *field)
{
    if (left(walk) == 0)
        return fail(walk, "is missing", walk->end);
    while (left(walk) > 0)
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

static bool skip_digits(struct rdata_walk *walk, const struct field *field)
{
    const uint8_t *string = walk->at;
    if (!skip_counted(walk, field))
        return false;
    for (const uint8_t *p = string + 1; p < walk->at; p++)
        if (!is_digit(*p))
            return fail(walk, "has another character than a digit", p);
    return true;
}

static bool skip_tag(struct rdata_walk *walk, const struct field *field)
{
    const uint8_t *tag = walk->at;
    if (!skip_counted(walk, field))
        return false;
    for (const uint8_t *p = tag + 1; p < walk->at; p++)
        if (!is_digit(*p) && !is_letter(*p))
            return fail(walk, "has another character than a letter or digit", p);
    return true;
}

/* KEY: flags 0xC000 say that there is no key (RFC 2535 section 3.1.2). */
static bool skip_key(struct rdata_walk *walk, const struct field *field)
{
    if ((octets_u16(walk->start) & 0xc000) == 0xc000)
        return left(walk) == 0 || fail(walk, "is there although the flags say no key", walk->at);
    return skip_rest(walk, field);
}

/* RFC 4034 section 4.1.2: blocks ascend, none is empty, none ends in a zero octet. */
static bool skip_bitmap(struct rdata_walk *walk, const struct field *field)
{
    if (left(walk) < field->least)
        return fail(walk, "is empty", walk->end);
    for (int last = -1; left(walk) > 0;) {
        const uint8_t *block = walk->at;
        if (left(walk) < 3)
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

/* RFC 2535 section 5.2: one block for types 1 to 127. */
static bool skip_nxtmap(struct rdata_walk *walk, const struct field *field)
{
    if (left(walk) < field->least || left(walk) > 16)
        return fail(walk, "has an impossible length", walk->at);
    if ((walk->at[0] & 0x80) != 0)
        return fail(walk, "is of the reserved form", walk->at);
    if (walk->end[-1] == 0)
        return fail(walk, "ends in a zero octet", walk->end - 1);
    walk->at = walk->end;
    return true;
}

static bool skip_ports(struct rdata_walk *walk, const struct field *field)
{
    if (left(walk) > 8192)
        return fail(walk, "is longer than 8192 octets", walk->at);
    if (left(walk) > 0 && walk->end[-1] == 0)
        return fail(walk, "ends in a zero octet", walk->end - 1);
    return skip_rest(walk, field);
}

static bool skip_atma(struct rdata_walk *walk, const struct field *field)
{
    const uint8_t *format = walk->at;
    if (!skip_rest(walk, field))
        return false;
    if (*format > 1)
        return fail(walk, "is of an unknown format", format);
    for (const uint8_t *p = format + 1; *format == 1 && p < walk->end; p++)
        if (!is_digit(*p))
            return fail(walk, "has another character than a digit", p);
    return true;
}

enum { LOC_OCTETS = 16 };

static bool within(uint32_t value, uint32_t most)
{
    return value - (0x80000000u - most) <= 2 * most;
}

/* RFC 1876. What text cannot say is refused: other versions, sizes that are no power of ten,
 * angles beyond a quarter and a half of a circle. */
static bool skip_loc(struct rdata_walk *walk, const struct field *field)
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
static bool skip_apl(struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    while (left(walk) > 0) {
        const uint8_t *p = walk->at;
        if (left(walk) < 4)
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

/* RFC 2874: prefix length, the rest of the address, the name of the prefix. */
static bool skip_a6(struct rdata_walk *walk, const struct field *field)
{
    const uint8_t *p = walk->at;
    if (left(walk) < 1)
        return fail(walk, "is missing", walk->end);
    unsigned prefix = p[0];
    if (prefix > 128)
        return fail(walk, "has an impossible prefix length", p);
    if (!skip_octets(walk, 1 + 16 - prefix / 8))
        return false;
    if (prefix % 8 != 0 && p[1] >> (8 - prefix % 8) != 0)
        return fail(walk, "has padding that is not zero", p + 1);
    return prefix == 0 || skip_name(walk, field);
}

/* RFC 8005: the lengths of the tag and of the key, the algorithm, the tag, the key. */
static bool skip_hip(struct rdata_walk *walk, const struct field *field)
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
        return skip_name(walk, field);
    default:
        return fail(walk, "is of an unknown type", walk->start + 1);
    }
}

/* IPSECKEY and AMTRELAY tell the form of the gateway in their second octet. */
static bool skip_gateway(struct rdata_walk *walk, const struct field *field)
{
    return skip_gateway_of(walk, walk->start[1], field);
}

static bool skip_relay(struct rdata_walk *walk, const struct field *field)
{
    return skip_gateway_of(walk, walk->start[1] & 0x7f, field);
}

/* ---- SVCB parameters (RFC 9460) ------------------------------------------------------------ */

enum svc_key { MANDATORY, ALPN, NO_DEFAULT_ALPN, PORT, IPV4HINT, ECH, IPV6HINT, SVC_NAMED };

static const char *const svc_names[SVC_NAMED] = {"mandatory", "alpn", "no-default-alpn", "port",
                                                 "ipv4hint",  "ech",  "ipv6hint"};

static bool svc_has_key(const struct rdata_walk *walk, const uint8_t *params, unsigned key)
{
    for (const uint8_t *p = params; p < walk->end; p += 4 + octets_u16(p + 2))
        if (octets_u16(p) == key)
            return true;
    return false;
}

static bool svc_mandatory_fits(const struct rdata_walk *walk, const uint8_t *params,
                               const uint8_t *value, size_t n)
{
    unsigned last = 0;
    if (n == 0 || n % 2 != 0)
        return false;
    for (size_t i = 0; i < n; i += 2) {
        unsigned key = octets_u16(value + i);
        if (key <= last || !svc_has_key(walk, params, key)) /* 0 may not name itself */
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

static bool skip_svcparams(struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    const uint8_t *params = walk->at;
    int last = -1;
    while (left(walk) > 0) {
        const uint8_t *p = walk->at;
        if (left(walk) < 4)
            return fail(walk, "end inside a parameter", walk->end);
        if (octets_u16(p) <= last)
            return fail(walk, "are out of order", p);
        last = octets_u16(p);
        if (!skip_octets(walk, (size_t)4 + octets_u16(p + 2)))
            return false;
    }
    /* Only now is every parameter known to be whole, which looking for others relies on. */
    for (const uint8_t *p = params; p < walk->end; p += 4 + octets_u16(p + 2))
        if (!svc_value_fits(walk, params, octets_u16(p), p + 4, octets_u16(p + 2)))
            return fail(walk, "have a value that does not fit its key", p);
    return true;
}

/* ---- Writing: text ------------------------------------------------------------------------- */

static char *text_chars(char *to, const char *chars, size_t n)
{
    memcpy(to, chars, n);
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
        return ip4_text(text_chars(to, "::ffff:", 7), p + 12);
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
            to = text_chars(to, "::", 2);
            i += best_length - 1;
            continue;
        }
        if (i > 0 && to[-1] != ':')
            *to++ = ':';
        to = group_text(to, octets_u16(p + (size_t)2 * (size_t)i));
    }
    return to;
}

static char *text_u8(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    to = codec_u32(to, walk->at[0]);
    walk->at += 1;
    return to;
}

static char *text_u16(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    to = codec_u32(to, octets_u16(walk->at));
    walk->at += 2;
    return to;
}

static char *text_u32(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    to = codec_u32(to, octets_u32(walk->at));
    walk->at += 4;
    return to;
}

static char *text_u64(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    to = codec_u64(to, octets_u64(walk->at));
    walk->at += 8;
    return to;
}

static char *text_time(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    to = codec_time(to, octets_u32(walk->at));
    walk->at += 4;
    return to;
}

static char *text_type(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    to = types_text(to, octets_u16(walk->at), walk->style->portable);
    walk->at += 2;
    return to;
}

static char *text_octal(char *to, struct rdata_walk *walk, const struct field *field)
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

static char *text_ip4(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    to = ip4_text(to, walk->at);
    walk->at += 4;
    return to;
}

static char *text_ip6(char *to, struct rdata_walk *walk, const struct field *field)
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

static char *text_eui48(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    return text_grouped(to, walk, 6, 1, '-');
}

static char *text_eui64(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    return text_grouped(to, walk, 8, 1, '-');
}

/* Four digits in each group: Knot and dnspython refuse fewer (RFC 6742 allows them). */
static char *text_node(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    return text_grouped(to, walk, 8, 2, ':');
}

static char *text_name(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    size_t n = name_length(walk->at, left(walk));
    if (walk->style->origin != NULL)
        to = name_text_relative(to, walk->at, n, walk->style->origin, walk->style->origin_length);
    else
        to = name_text(to, walk->at);
    walk->at += n;
    return to;
}

static char *text_names(char *to, struct rdata_walk *walk, const struct field *field)
{
    for (bool first = true; left(walk) > 0; first = false) {
        if (!first)
            *to++ = ' ';
        to = text_name(to, walk, field);
    }
    return to;
}

static char *text_string(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    size_t n = walk->at[0];
    to = quoted(to, walk->at + 1, n);
    walk->at += n + 1;
    return to;
}

/* Every string that is left: one or none for an optional one. */
static char *text_strings(char *to, struct rdata_walk *walk, const struct field *field)
{
    for (bool first = true; left(walk) > 0; first = false) {
        if (!first)
            *to++ = ' ';
        to = text_string(to, walk, field);
    }
    return to;
}

static char *text_tag(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    size_t n = walk->at[0];
    memcpy(to, walk->at + 1, n);
    walk->at += n + 1;
    return to + n;
}

static char *text_quoted(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    to = quoted(to, walk->at, left(walk));
    walk->at = walk->end;
    return to;
}

static char *text_hex(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    to = codec_hex(to, walk->at, left(walk));
    walk->at = walk->end;
    return to;
}

static char *text_nsap(char *to, struct rdata_walk *walk, const struct field *field)
{
    return text_hex(text_chars(to, "0x", 2), walk, field);
}

static char *text_base64(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    to = codec_base64(to, walk->at, left(walk));
    walk->at = walk->end;
    return to;
}

static char *text_base64_dash(char *to, struct rdata_walk *walk, const struct field *field)
{
    if (left(walk) == 0) {
        *to++ = '-';
        return to;
    }
    return text_base64(to, walk, field);
}

static char *text_hex_counted(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    size_t n = walk->at[0];
    if (n == 0)
        *to++ = '-';
    to = codec_hex(to, walk->at + 1, n);
    walk->at += n + 1;
    return to;
}

static char *text_base32_counted(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    size_t n = walk->at[0];
    to = codec_base32hex(to, walk->at + 1, n);
    walk->at += n + 1;
    return to;
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

/* Takes the leading space of the first word away: the walker puts it. */
static char *without_lead(char *from, char *to)
{
    if (to == from)
        return to;
    memmove(from, from + 1, (size_t)(to - from - 1));
    return to - 1;
}

static char *text_bitmap(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    char *from = to;
    while (left(walk) > 0) {
        size_t n = walk->at[1];
        to = block_text(to, walk->at + 2, n, (unsigned)walk->at[0] << 8, walk->style);
        walk->at += n + 2;
    }
    return without_lead(from, to);
}

static char *text_nxtmap(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    char *from = to;
    to = block_text(to, walk->at, left(walk), 0, walk->style);
    walk->at = walk->end;
    return without_lead(from, to);
}

static char *text_ports(char *to, struct rdata_walk *walk, const struct field *field)
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

static char *text_atma(char *to, struct rdata_walk *walk, const struct field *field)
{
    if (*walk->at++ == 0)
        return text_hex(to, walk, field);
    *to++ = '+';
    size_t n = left(walk);
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

static char *text_loc(char *to, struct rdata_walk *walk, const struct field *field)
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
    to = metres_text(to, altitude < sea_level ? sea_level - altitude : altitude - sea_level);
    for (int i = 1; i <= 3; i++) {
        *to++ = ' ';
        to = loc_size_text(to, p[i]);
    }
    walk->at += LOC_OCTETS;
    return to;
}

static char *text_apl(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    char *from = to;
    while (left(walk) > 0) {
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

static char *text_a6(char *to, struct rdata_walk *walk, const struct field *field)
{
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
    if (prefix == 0)
        return to;
    *to++ = ' ';
    return text_name(to, walk, field);
}

static char *text_hip(char *to, struct rdata_walk *walk, const struct field *field)
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

static char *gateway_text(char *to, struct rdata_walk *walk, unsigned type,
                          const struct field *field)
{
    switch (type) {
    case 1:
        return text_ip4(to, walk, field);
    case 2:
        return text_ip6(to, walk, field);
    case 3:
        return text_name(to, walk, field);
    default:
        *to++ = '.';
        return to;
    }
}

static char *text_gateway(char *to, struct rdata_walk *walk, const struct field *field)
{
    return gateway_text(to, walk, walk->start[1], field);
}

static char *text_relay(char *to, struct rdata_walk *walk, const struct field *field)
{
    return gateway_text(to, walk, walk->start[1] & 0x7f, field);
}

/* The "discovery optional" bit and the type of the relay share an octet (RFC 8777 section 4.2). */
static char *text_relay_type(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    *to++ = (char)('0' + (walk->at[0] >> 7));
    *to++ = ' ';
    to = codec_u32(to, walk->at[0] & 0x7f);
    walk->at++;
    return to;
}

static char *svc_key_text(char *to, unsigned key)
{
    if (key < SVC_NAMED)
        return text_chars(to, svc_names[key], strlen(svc_names[key]));
    return codec_u32(text_chars(to, "key", 3), key);
}

/* A list in a character-string is decoded twice (RFC 9460 appendix A): a comma or backslash in
 * an item is escaped for the list, and that backslash again for the string. */
static char *alpn_text(char *to, const uint8_t *value, size_t n)
{
    *to++ = '"';
    for (size_t at = 0; at < n; at += (size_t)value[at] + 1) {
        if (at > 0)
            *to++ = ',';
        for (size_t i = 1; i <= value[at]; i++) {
            uint8_t octet = value[at + i];
            if (octet == ',' || octet == '\\')
                to = text_chars(to, "\\\\", 2);
            to = quoted_octet(to, octet);
        }
    }
    *to++ = '"';
    return to;
}

static char *svc_value_text(char *to, unsigned key, const uint8_t *value, size_t n)
{
    size_t step = key == IPV4HINT ? 4 : key == IPV6HINT ? 16 : 2;
    switch (key) {
    case ALPN:
        return alpn_text(to, value, n);
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

static char *text_svcparams(char *to, struct rdata_walk *walk, const struct field *field)
{
    (void)field;
    char *from = to;
    while (left(walk) > 0) {
        unsigned key = octets_u16(walk->at);
        size_t n = octets_u16(walk->at + 2);
        *to++ = ' ';
        to = svc_key_text(to, key);
        if (n > 0) {
            *to++ = '=';
            to = svc_value_text(to, key, walk->at + 4, n);
        }
        walk->at += 4 + n;
    }
    return without_lead(from, to);
}

/* ---- The table ----------------------------------------------------------------------------- */

/* clang-format off */
const struct kind kinds[KINDS] = {
    /*                   name         fixed  name_is      skip                   text */
    [KIND_U8]         = {"u8",         1,    NAME_NEVER,  NULL,                  text_u8},
    [KIND_U16]        = {"u16",        2,    NAME_NEVER,  NULL,                  text_u16},
    [KIND_U32]        = {"u32",        4,    NAME_NEVER,  NULL,                  text_u32},
    [KIND_U64]        = {"u64",        8,    NAME_NEVER,  NULL,                  text_u64},
    [KIND_ALG]        = {"algorithm",  1,    NAME_NEVER,  NULL,                  text_u8},
    [KIND_CERT]       = {"cert-type",  2,    NAME_NEVER,  NULL,                  text_u16},
    [KIND_TTL]        = {"ttl",        4,    NAME_NEVER,  NULL,                  text_u32},
    [KIND_TIME]       = {"time",       4,    NAME_NEVER,  NULL,                  text_time},
    [KIND_TYPE]       = {"type",       2,    NAME_NEVER,  NULL,                  text_type},
    [KIND_OCTAL]      = {"octal",      2,    NAME_NEVER,  NULL,                  text_octal},
    [KIND_IP4]        = {"ipv4",       4,    NAME_NEVER,  NULL,                  text_ip4},
    [KIND_IP6]        = {"ipv6",       16,   NAME_NEVER,  NULL,                  text_ip6},
    [KIND_EUI48]      = {"eui48",      6,    NAME_NEVER,  NULL,                  text_eui48},
    [KIND_EUI64]      = {"eui64",      8,    NAME_NEVER,  NULL,                  text_eui64},
    [KIND_NODE]       = {"node",       8,    NAME_NEVER,  NULL,                  text_node},
    [KIND_NAME]       = {"name",       0,    NAME_ALWAYS, skip_name,             text_name},
    [KIND_NAMES]      = {"names",      0,    NAME_ALWAYS, skip_names,            text_names},
    [KIND_STR]        = {"string",     0,    NAME_NEVER,  skip_counted,          text_string},
    [KIND_STR_OPT]    = {"[string]",   0,    NAME_NEVER,  skip_counted_optional, text_strings},
    [KIND_STRS]       = {"strings",    0,    NAME_NEVER,  skip_strings,          text_strings},
    [KIND_DIGITS]     = {"digits",     0,    NAME_NEVER,  skip_digits,           text_string},
    [KIND_TAG]        = {"tag",        0,    NAME_NEVER,  skip_tag,              text_tag},
    [KIND_QUOTED]     = {"text",       0,    NAME_NEVER,  skip_rest,             text_quoted},
    [KIND_HEX]        = {"hex",        0,    NAME_NEVER,  skip_rest,             text_hex},
    [KIND_HEX_L8]     = {"salt",       0,    NAME_NEVER,  skip_counted,          text_hex_counted},
    [KIND_B32_L8]     = {"base32",     0,    NAME_NEVER,  skip_counted,          text_base32_counted},
    [KIND_B64]        = {"base64",     0,    NAME_NEVER,  skip_rest,             text_base64},
    [KIND_B64_KEY]    = {"[base64]",   0,    NAME_NEVER,  skip_key,              text_base64},
    [KIND_B64_DASH]   = {"base64|-",   0,    NAME_NEVER,  skip_rest,             text_base64_dash},
    [KIND_BITMAP]     = {"types",      0,    NAME_NEVER,  skip_bitmap,           text_bitmap},
    [KIND_NXTMAP]     = {"types",      0,    NAME_NEVER,  skip_nxtmap,           text_nxtmap},
    [KIND_PORTS]      = {"ports",      0,    NAME_NEVER,  skip_ports,            text_ports},
    [KIND_NSAP]       = {"nsap",       0,    NAME_NEVER,  skip_rest,             text_nsap},
    [KIND_ATMA]       = {"atma",       0,    NAME_NEVER,  skip_atma,             text_atma},
    [KIND_LOC]        = {"loc",        0,    NAME_NEVER,  skip_loc,              text_loc},
    [KIND_APL]        = {"prefixes",   0,    NAME_NEVER,  skip_apl,              text_apl},
    [KIND_A6]         = {"a6",         0,    NAME_MAYBE,  skip_a6,               text_a6},
    [KIND_HIP]        = {"hip",        0,    NAME_NEVER,  skip_hip,              text_hip},
    [KIND_GATEWAY]    = {"gateway",    0,    NAME_MAYBE,  skip_gateway,          text_gateway},
    [KIND_RELAY_TYPE] = {"relay-type", 1,    NAME_NEVER,  NULL,                  text_relay_type},
    [KIND_RELAY]      = {"gateway",    0,    NAME_MAYBE,  skip_relay,            text_relay},
    [KIND_SVCPARAMS]  = {"params",     0,    NAME_NEVER,  skip_svcparams,        text_svcparams},
};
/* clang-format on */
