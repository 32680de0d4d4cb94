/* How the text of field kinds with a form of their own is read: sets of types and ports, addresses
 * of other networks, locations, prefixes, gateways. */
#include "dns/kinds_rows.h"

#include "base/codec.h"
#include "dns/lexer.h"

#include <string.h>
#include <strings.h>

/* Inserts n zero octets into what was written before. */
static bool insert_zeros(struct rdata_input *in, uint8_t *at, size_t n, struct err *err)
{
    if (!kinds_room(in, n, err))
        return false;
    memmove(at + n, at, (size_t)(in->at - at));
    memset(at, 0, n);
    in->at += n;
    return true;
}

/* Sets the bit of a type in blocks that begin at `from` (RFC 4034 section 4.1.2). Types mostly come
 * in order, and then nothing moves. */
static bool set_type(struct rdata_input *in, uint8_t *from, unsigned type, struct err *err)
{
    unsigned octet = type >> 3 & 31;
    uint8_t *block = from;
    while (block < in->at && block[0] < type >> 8)
        block += block[1] + 2;
    if (block == in->at || block[0] != type >> 8) {
        if (!insert_zeros(in, block, octet + 3, err))
            return false;
        block[0] = (uint8_t)(type >> 8);
        block[1] = (uint8_t)(octet + 1);
    } else if (octet >= block[1]) {
        unsigned n = octet + 1 - block[1];
        if (!insert_zeros(in, block + 2 + block[1], n, err))
            return false;
        block[1] = (uint8_t)(octet + 1);
    }
    block[2 + octet] |= (uint8_t)(0x80 >> (type & 7));
    return true;
}

bool kinds_parse_bitmap(struct rdata_input *in, const struct field *field, struct err *err)
{
    static const char what[] = "a record type";
    uint8_t *from = in->at;
    uint16_t type;
    bool more;
    while (kinds_more(in, what, &more, err)) {
        if (!more)
            return (size_t)(in->at - from) >= field->least || kinds_wants(in, what, err);
        if (!types_recall(in->context->types, in->lexer->token, in->lexer->length, &type))
            return kinds_wants(in, what, err);
        if (!set_type(in, from, type, err))
            return false;
    }
    return false;
}

/* Sets a bit in a map that begins at `from` and is as long as its last bit needs. */
static bool set_bit(struct rdata_input *in, uint8_t *from, unsigned bit, struct err *err)
{
    size_t length = (size_t)(in->at - from), octet = bit / 8;
    if (octet >= length && !insert_zeros(in, in->at, octet + 1 - length, err))
        return false;
    from[octet] |= (uint8_t)(0x80 >> bit % 8);
    return true;
}

/* A type without a mnemonic may be its bare number, as BIND writes it. */
static bool read_nxt_type(const struct rdata_input *in, uint16_t *type)
{
    const struct lexer *lexer = in->lexer;
    uint64_t number;
    if (codec_read_number(lexer->token, lexer->length, 127, &number))
        *type = (uint16_t)number;
    else if (!types_recall(in->context->types, lexer->token, lexer->length, type))
        return false;
    return *type >= 1 && *type <= 127;
}

bool kinds_parse_nxtmap(struct rdata_input *in, const struct field *field, struct err *err)
{
    static const char what[] = "a record type with a code from 1 to 127";
    uint8_t *from = in->at;
    uint16_t type;
    bool more;
    while (kinds_more(in, what, &more, err)) {
        if (!more)
            return (size_t)(in->at - from) >= field->least || kinds_wants(in, what, err);
        if (!read_nxt_type(in, &type))
            return kinds_wants(in, what, err);
        if (!set_bit(in, from, type, err))
            return false;
    }
    return false;
}

bool kinds_parse_ports(struct rdata_input *in, const struct field *field, struct err *err)
{
    static const char what[] = "a port from 0 to 65535 or the name of a service";
    uint8_t *from = in->at;
    uint64_t number;
    uint16_t port;
    bool more;
    (void)field;
    while (kinds_more(in, what, &more, err)) {
        const struct lexer *lexer = in->lexer;
        if (!more)
            return true;
        if (codec_read_number(lexer->token, lexer->length, UINT16_MAX, &number))
            port = (uint16_t)number;
        else if (!kinds_word(WORDS_SERVICE, lexer->token, lexer->length, &port))
            return kinds_wants(in, what, err);
        if (!set_bit(in, from, port, err))
            return false;
    }
    return false;
}

/* At least two hexadecimal digits; dots between them mean nothing. */
static bool dotted_hex(struct rdata_input *in, const char *text, const char *end, const char *what,
                       struct err *err)
{
    char pair[2] = {0};
    size_t digits = 0;
    for (; text < end; text++) {
        if (*text == '.')
            continue;
        pair[digits++ % 2] = *text;
        if (digits % 2 != 0)
            continue;
        if (!kinds_room(in, 1, err))
            return false;
        if (!codec_read_hex(pair, 1, in->at++))
            return kinds_wants(in, what, err);
    }
    return (digits > 0 && digits % 2 == 0) || kinds_wants(in, what, err);
}

/* RFC 1706 section 7. */
bool kinds_parse_nsap(struct rdata_input *in, const struct field *field, struct err *err)
{
    static const char what[] = "0x and hexadecimal digits, two for each octet";
    const struct lexer *lexer = in->lexer;
    (void)field;
    if (!lexer_item(in->lexer) || lexer->length < 3 || lexer->token[0] != '0' ||
        (lexer->token[1] | 0x20) != 'x')
        return kinds_wants(in, what, err);
    return dotted_hex(in, lexer->token + 2, lexer->token + lexer->length, what, err);
}

/* ATM Name System 1.0: "+" and digits (E.164), or an AESA in hexadecimal. */
bool kinds_parse_atma(struct rdata_input *in, const struct field *field, struct err *err)
{
    static const char what[] = "+ and digits, or hexadecimal digits, two for each octet";
    const struct lexer *lexer = in->lexer;
    bool digits = false;
    (void)field;
    if (!lexer_item(in->lexer) || lexer->length == 0)
        return kinds_wants(in, what, err);
    const char *text = lexer->token, *end = text + lexer->length;
    bool is_number = *text == '+';
    if (!kinds_put(in, is_number, 1, err))
        return false;
    if (!is_number)
        return dotted_hex(in, text, end, what, err);
    for (text++; text < end; text++) {
        if (*text == '.')
            continue;
        if (*text < '0' || *text > '9')
            return kinds_wants(in, what, err);
        if (!kinds_put(in, (uint8_t)*text, 1, err))
            return false;
        digits = true;
    }
    return digits || kinds_wants(in, what, err);
}

/* Reads a number with at most `places` digits after the point, in units of the last of them. */
static bool read_decimal(const char *text, size_t n, unsigned places, uint64_t most,
                         uint64_t *value)
{
    const char *point = memchr(text, '.', n);
    size_t before = point != NULL ? (size_t)(point - text) : n;
    size_t decimals = point != NULL ? n - before - 1 : 0;
    uint64_t whole = 0, part = 0;
    if (!codec_read_number(text, before, most, &whole) || decimals > places ||
        (decimals > 0 && !codec_read_number(point + 1, decimals, most, &part)))
        return false;
    for (size_t i = 0; i < places; i++) {
        whole *= 10;
        if (i >= decimals)
            part *= 10;
    }
    *value = whole + part;
    return *value <= most;
}

/* Degrees, minutes and seconds, of which the last two may be left out, and the direction. */
static bool parse_angle(struct rdata_input *in, unsigned most, char above, char below,
                        const char *what, struct err *err)
{
    static const struct {
        uint32_t unit, most;
        unsigned places;
    } parts[] = {{3600000, 180, 0}, {60000, 59, 0}, {1, 59999, 3}};
    const struct lexer *lexer = in->lexer;
    uint64_t angle = 0, value;
    for (unsigned i = 0;; i++) {
        if (!lexer_item(in->lexer))
            return kinds_wants(in, what, err);
        char letter = (char)(lexer->token[0] & ~0x20);
        if (i > 0 && lexer->length == 1 && (letter == above || letter == below)) {
            if (angle > (uint64_t)most * 3600000)
                return kinds_wants(in, what, err);
            uint32_t middle = 0x80000000u, offset = (uint32_t)angle;
            return kinds_put(in, letter == above ? middle + offset : middle - offset, 4, err);
        }
        if (i == 3 ||
            !read_decimal(lexer->token, lexer->length, parts[i].places, parts[i].most, &value))
            return kinds_wants(in, what, err);
        angle += value * parts[i].unit;
    }
}

/* The last token as metres, with or without "m", in centimetres. */
static bool read_metres(const struct lexer *lexer, size_t skip, uint64_t most, uint64_t *value)
{
    const char *text = lexer->token + skip;
    size_t n = lexer->length - skip;
    if (n > 0 && (text[n - 1] | 0x20) == 'm')
        n--;
    return read_decimal(text, n, 2, most, value);
}

static bool parse_altitude(struct rdata_input *in, struct err *err)
{
    static const char what[] = "an altitude from -100000.00m to 42849672.95m";
    enum { SEA_LEVEL = 10000000 }; /* centimetres above the reference of the wire form */
    const struct lexer *lexer = in->lexer;
    uint64_t value;
    if (!lexer_item(in->lexer) || lexer->length == 0)
        return kinds_wants(in, what, err);
    bool below = lexer->token[0] == '-', sign = below || lexer->token[0] == '+';
    if (!read_metres(lexer, sign, below ? SEA_LEVEL : (uint64_t)UINT32_MAX - SEA_LEVEL, &value))
        return kinds_wants(in, what, err);
    return kinds_put(in, below ? SEA_LEVEL - value : SEA_LEVEL + value, 4, err);
}

/* A size is one digit and a power of ten; what does not fit is rounded down. */
static uint8_t size_octet(uint64_t centimetres)
{
    unsigned power = 0;
    for (; centimetres >= 10; centimetres /= 10)
        power++;
    return (uint8_t)(centimetres << 4 | (centimetres > 0 ? power : 0));
}

/* RFC 1876 section 3. The sizes come last in the text and first on the wire. */
bool kinds_parse_loc(struct rdata_input *in, const struct field *field, struct err *err)
{
    static const char what[] = "a size from 0m to 90000000m";
    uint8_t *head = in->at;
    uint64_t value;
    bool more = true;
    (void)field;
    /* Version 0; size 1 m, horizontal precision 10 km, vertical precision 10 m. */
    if (!kinds_put(in, 0x00121613, 4, err) ||
        !parse_angle(in, 90, 'N', 'S', "a latitude as DEGREES [MINUTES [SECONDS]] N or S", err) ||
        !parse_angle(in, 180, 'E', 'W', "a longitude as DEGREES [MINUTES [SECONDS]] E or W", err) ||
        !parse_altitude(in, err))
        return false;
    for (int i = 1; i <= 3; i++) {
        if (!kinds_more(in, what, &more, err))
            return false;
        if (!more)
            return true;
        if (!read_metres(in->lexer, 0, 9000000000u, &value))
            return kinds_wants(in, what, err);
        head[i] = size_octet(value);
    }
    return true;
}

/* One item, [!]FAMILY:ADDRESS/PREFIX (RFC 3123 section 5). */
static bool read_prefix(const char *text, const char *end, uint8_t item[20], size_t *length)
{
    bool negated = text < end && *text == '!';
    text += negated;
    if (end - text < 2 || text[1] != ':' || (*text != '1' && *text != '2'))
        return false;
    bool is_ip4 = *text == '1';
    const char *slash = memchr(text, '/', (size_t)(end - text));
    uint64_t prefix;
    text += 2;
    if (slash == NULL || slash < text ||
        !codec_read_number(slash + 1, (size_t)(end - slash - 1), is_ip4 ? 32 : 128, &prefix))
        return false;
    size_t n = is_ip4 ? 4 : 16;
    if (!(is_ip4 ? kinds_ip4(text, (size_t)(slash - text), item + 4)
                 : kinds_ip6(text, (size_t)(slash - text), item + 4)))
        return false;
    while (n > 0 && item[4 + n - 1] == 0)
        n--;
    item[0] = 0;
    item[1] = is_ip4 ? 1 : 2;
    item[2] = (uint8_t)prefix;
    item[3] = (uint8_t)(n | (negated ? 0x80 : 0));
    *length = 4 + n;
    return true;
}

bool kinds_parse_apl(struct rdata_input *in, const struct field *field, struct err *err)
{
    static const char what[] = "a prefix as [!]1:IPV4/LENGTH or [!]2:IPV6/LENGTH";
    const struct lexer *lexer = in->lexer;
    uint8_t item[20];
    size_t n;
    bool more;
    (void)field;
    while (kinds_more(in, what, &more, err)) {
        if (!more)
            return true;
        if (!read_prefix(lexer->token, lexer->token + lexer->length, item, &n))
            return kinds_wants(in, what, err);
        if (!kinds_room(in, n, err))
            return false;
        memcpy(in->at, item, n);
        in->at += n;
    }
    return false;
}

/* RFC 2874 section 3.1: of the address, only what follows the prefix is kept. */
bool kinds_parse_a6(struct rdata_input *in, const struct field *field, struct err *err)
{
    uint8_t address[16];
    uint64_t prefix;
    (void)field;
    if (!kinds_number(in, 128, "a prefix length from 0 to 128", &prefix, err) ||
        !kinds_put(in, prefix, 1, err))
        return false;
    size_t n = 16 - (size_t)prefix / 8;
    if (n == 0)
        return true;
    if (!lexer_item(in->lexer) || !kinds_ip6(in->lexer->token, in->lexer->length, address))
        return kinds_wants(in, "an IPv6 address", err);
    if (!kinds_room(in, n, err))
        return false;
    address[16 - n] &= (uint8_t)(0xff >> prefix % 8);
    memcpy(in->at, address + 16 - n, n);
    in->at += n;
    return true;
}

bool kinds_parse_name_a6(struct rdata_input *in, const struct field *field, struct err *err)
{
    return in->start[0] == 0 || kinds_parse_name(in, field, err);
}

/* RFC 8005 section 6: algorithm, tag, key; on the wire the lengths come first. */
bool kinds_parse_hip(struct rdata_input *in, const struct field *field, struct err *err)
{
    static const char tag_what[] = "a tag of 1 to 255 octets in hexadecimal";
    const struct lexer *lexer = in->lexer;
    struct codec_base64 state = {.held = 0};
    uint8_t *head = in->at;
    uint64_t algorithm;
    (void)field;
    if (!kinds_number(in, 255, "a number from 0 to 255", &algorithm, err) ||
        !kinds_put(in, algorithm << 16, 4, err))
        return false;
    size_t tag = lexer_item(in->lexer) ? lexer->length / 2 : 0;
    if (tag == 0 || tag > 255 || lexer->length % 2 != 0)
        return kinds_wants(in, tag_what, err);
    if (!kinds_room(in, tag, err))
        return false;
    if (!codec_read_hex(lexer->token, tag, in->at))
        return kinds_wants(in, tag_what, err);
    in->at += tag;
    const uint8_t *key = in->at;
    if (!lexer_item(in->lexer))
        return kinds_wants(in, "a key in base64", err);
    if (!kinds_base64_piece(in, &state, lexer->token, lexer->length, err))
        return false;
    if (in->at == key || !codec_base64_whole(&state))
        return kinds_wants(in, "a key in base64, in one word", err);
    head[0] = (uint8_t)tag;
    head[2] = (uint8_t)((in->at - key) >> 8);
    head[3] = (uint8_t)(in->at - key);
    return true;
}

static bool parse_gateway_of(struct rdata_input *in, unsigned type, const struct field *field,
                             struct err *err)
{
    switch (type) {
    case 0:
        return (lexer_item(in->lexer) && in->lexer->length == 1 && in->lexer->token[0] == '.') ||
               kinds_wants(in, "\".\", since the gateway is of type 0", err);
    case 1:
        return kinds_parse_ip4(in, field, err);
    case 2:
        return kinds_parse_ip6(in, field, err);
    case 3:
        return kinds_parse_name(in, field, err);
    default:
        lexer_next(in->lexer);
        return kinds_wants(in, "a gateway of type 0 to 3", err);
    }
}

/* The second octet of IPSECKEY and AMTRELAY tells the form of the gateway. */
bool kinds_parse_gateway(struct rdata_input *in, const struct field *field, struct err *err)
{
    return parse_gateway_of(in, in->start[1], field, err);
}

bool kinds_parse_relay(struct rdata_input *in, const struct field *field, struct err *err)
{
    return parse_gateway_of(in, in->start[1] & 0x7f, field, err);
}

/* The "discovery optional" bit and the type of the relay share an octet (RFC 8777 section 4.3). */
bool kinds_parse_relay_type(struct rdata_input *in, const struct field *field, struct err *err)
{
    uint64_t optional, type;
    (void)field;
    return kinds_number(in, 1, "0 or 1: whether discovery is optional", &optional, err) &&
           kinds_number(in, 127, "a type from 0 to 127", &type, err) &&
           kinds_put(in, optional << 7 | type, 1, err);
}

/* A letter and a number. */
static bool read_letter(const struct lexer *lexer, char letter, uint64_t *value)
{
    return lexer->length > 1 && (lexer->token[0] | 0x20) == letter &&
           codec_read_number(lexer->token + 1, lexer->length - 1, UINT32_MAX, value);
}

/* [LOCAL] [Lseconds] [Cseconds], as Windows writes it; without, the times are what it takes. */
bool kinds_parse_wins(struct rdata_input *in, const struct field *field, struct err *err)
{
    const struct lexer *lexer = in->lexer;
    uint64_t flags = 0, lookup = 2, cache = 900;
    (void)field;
    bool more = lexer_item(in->lexer);
    if (more && lexer->length == 5 && strncasecmp(lexer->token, "LOCAL", 5) == 0) {
        flags = WINS_LOCAL;
        more = lexer_item(in->lexer);
    }
    if (more && read_letter(lexer, 'l', &lookup))
        more = lexer_item(in->lexer);
    if (more && read_letter(lexer, 'c', &cache))
        more = lexer_item(in->lexer);
    if (!more)
        return kinds_wants(in, "[LOCAL] [Lseconds] [Cseconds], and more after it", err);
    lexer_back(in->lexer);
    return kinds_put(in, flags, 4, err) && kinds_put(in, lookup, 4, err) &&
           kinds_put(in, cache, 4, err);
}

bool kinds_parse_ip4s(struct rdata_input *in, const struct field *field, struct err *err)
{
    uint8_t *count = in->at;
    bool more;
    if (!kinds_put(in, 0, 4, err) || !kinds_parse_ip4(in, field, err))
        return false;
    while (kinds_more(in, "an IPv4 address", &more, err)) {
        size_t addresses = (size_t)(in->at - count) / 4 - 1;
        count[2] = (uint8_t)(addresses >> 8);
        count[3] = (uint8_t)addresses;
        if (!more)
            return true;
        if (!kinds_room(in, 4, err))
            return false;
        if (!kinds_ip4(in->lexer->token, in->lexer->length, in->at))
            return kinds_wants(in, "an IPv4 address", err);
        in->at += 4;
    }
    return false;
}
