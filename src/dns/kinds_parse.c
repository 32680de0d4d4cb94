/* How the text of each field kind is read: numbers, names, strings and octets. What is accepted
 * here passes the strict check. */
#include "dns/kinds_rows.h"

#include "base/codec.h"
#include "dns/lexer.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/spelling.h"

#include <string.h>

bool kinds_wants(const struct rdata_input *in, const char *what, struct err *err)
{
    return lexer_expected(in->lexer, what, err);
}

COLD static bool too_long(const struct rdata_input *in, struct err *err)
{
    return kinds_wants(in, "RDATA of at most 65535 octets", err);
}

bool kinds_room(const struct rdata_input *in, size_t n, struct err *err)
{
    return (size_t)(in->end - in->at) >= n || too_long(in, err);
}

static inline bool put_number(struct rdata_input *in, uint64_t value, unsigned octets,
                              struct err *err)
{
    if (in->end - in->at < (ptrdiff_t)octets)
        return too_long(in, err);
    for (unsigned i = 0; i < octets; i++)
        in->at[i] = (uint8_t)(value >> 8 * (octets - 1 - i));
    in->at += octets;
    return true;
}

bool kinds_put(struct rdata_input *in, uint64_t value, unsigned octets, struct err *err)
{
    return put_number(in, value, octets, err);
}

bool kinds_number(struct rdata_input *in, uint64_t most, const char *what, uint64_t *value,
                  struct err *err)
{
    struct lexer *lexer = in->lexer;
    return (lexer_item(lexer) && codec_read_number(lexer->token, lexer->length, most, value)) ||
           kinds_wants(in, what, err);
}

/* A number, or a word of the field's set. */
static inline bool number_or_word(struct rdata_input *in, const struct field *field,
                                  unsigned octets, const char *what, struct err *err)
{
    struct lexer *lexer = in->lexer;
    uint64_t value;
    if (!lexer_item(lexer))
        return kinds_wants(in, what, err);
    if (!codec_read_number(lexer->token, lexer->length, UINT64_MAX >> (64 - 8 * octets), &value)) {
        uint16_t number;
        if (!kinds_word(field->words, lexer->token, lexer->length, &number))
            return kinds_wants(in, what, err);
        value = number;
    }
    return put_number(in, value, octets, err);
}

bool kinds_parse_u8(struct rdata_input *in, const struct field *field, struct err *err)
{
    return number_or_word(in, field, 1,
                          field->words == WORDS_NONE ? "a number from 0 to 255"
                                                     : "a number from 0 to 255 or a mnemonic",
                          err);
}

bool kinds_parse_u16(struct rdata_input *in, const struct field *field, struct err *err)
{
    return number_or_word(in, field, 2,
                          field->words == WORDS_NONE ? "a number from 0 to 65535"
                                                     : "a number from 0 to 65535 or a mnemonic",
                          err);
}

bool kinds_parse_u32(struct rdata_input *in, const struct field *field, struct err *err)
{
    return number_or_word(in, field, 4, "a number from 0 to 4294967295", err);
}

/* One number, or two halves with a dot between them. */
bool kinds_parse_u64(struct rdata_input *in, const struct field *field, struct err *err)
{
    static const char what[] = "a number from 0 to 18446744073709551615, or two up to 4294967295 "
                               "with a dot between them";
    struct lexer *lexer = in->lexer;
    uint64_t high, low;
    (void)field;
    if (!lexer_item(lexer))
        return kinds_wants(in, what, err);
    const char *dot = memchr(lexer->token, '.', lexer->length);
    if (dot == NULL)
        return codec_read_number(lexer->token, lexer->length, UINT64_MAX, &low)
                   ? kinds_put(in, low, 8, err)
                   : kinds_wants(in, what, err);
    size_t before = (size_t)(dot - lexer->token);
    if (!codec_read_number(lexer->token, before, UINT32_MAX, &high) ||
        !codec_read_number(dot + 1, lexer->length - before - 1, UINT32_MAX, &low))
        return kinds_wants(in, what, err);
    return put_number(in, high << 32 | low, 8, err);
}

bool kinds_parse_ttl(struct rdata_input *in, const struct field *field, struct err *err)
{
    uint32_t seconds;
    (void)field;
    if (!lexer_item(in->lexer) || !codec_read_ttl(in->lexer->token, in->lexer->length, &seconds))
        return kinds_wants(in, "a number of seconds, or a time such as 1h30m", err);
    return put_number(in, seconds, 4, err);
}

/* RFC 4034 section 3.2: fourteen digits, or up to ten that count seconds. */
bool kinds_parse_time(struct rdata_input *in, const struct field *field, struct err *err)
{
    struct lexer *lexer = in->lexer;
    uint32_t seconds = 0;
    uint64_t number = 0;
    (void)field;
    bool good = lexer_item(lexer);
    if (good && lexer->length == 14) {
        good = codec_read_time(lexer->token, lexer->length, &seconds);
    } else if (good) {
        good = codec_read_number(lexer->token, lexer->length, UINT32_MAX, &number);
        seconds = (uint32_t)number;
    }
    if (!good)
        return kinds_wants(in, "a time as YYYYMMDDHHMMSS, or in seconds", err);
    return put_number(in, seconds, 4, err);
}

bool kinds_parse_type(struct rdata_input *in, const struct field *field, struct err *err)
{
    uint16_t type;
    (void)field;
    if (!lexer_item(in->lexer) ||
        !types_recall(in->context->types, in->lexer->token, in->lexer->length, &type))
        return kinds_wants(in, "a record type", err);
    return put_number(in, type, 2, err);
}

/* Chaosnet addresses are octal. */
bool kinds_parse_octal(struct rdata_input *in, const struct field *field, struct err *err)
{
    static const char what[] = "an octal number from 0 to 177777";
    struct lexer *lexer = in->lexer;
    unsigned value = 0;
    (void)field;
    if (!lexer_item(lexer) || lexer->length == 0)
        return kinds_wants(in, what, err);
    for (size_t i = 0; i < lexer->length; i++) {
        unsigned digit = (unsigned)(unsigned char)lexer->token[i] - '0';
        if (digit > 7 || value > UINT16_MAX >> 3)
            return kinds_wants(in, what, err);
        value = value << 3 | digit;
    }
    return put_number(in, value, 2, err);
}

bool kinds_ip4(const char *text, size_t n, uint8_t to[4])
{
    const char *end = text + n;
    for (unsigned i = 0; i < 4; i++) {
        const char *from = text;
        unsigned value = 0;
        while (text < end && (unsigned)(unsigned char)*text - '0' <= 9 && text - from < 3)
            value = value * 10 + (unsigned)(unsigned char)*text++ - '0';
        if (text == from || value > 255 || (text - from > 1 && *from == '0'))
            return false;
        to[i] = (uint8_t)value;
        if (i < 3 && (text == end || *text++ != '.'))
            return false;
    }
    return text == end;
}

static unsigned hex_digit(char c)
{
    unsigned digit = (unsigned)(unsigned char)c - '0';
    unsigned letter = ((unsigned)(unsigned char)c | 0x20) - 'a';
    return digit <= 9 ? digit : letter <= 5 ? letter + 10 : 16;
}

/* One to four hexadecimal digits; returns how many there are. */
static size_t hex_group(const char *text, const char *end, uint8_t *to)
{
    unsigned value = 0;
    size_t n = 0;
    while (text + n < end && n < 4 && hex_digit(text[n]) < 16)
        value = value << 4 | hex_digit(text[n++]);
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
    return n;
}

/* RFC 4291 section 2.2. */
bool kinds_ip6(const char *text, size_t n, uint8_t to[16])
{
    const char *end = text + n;
    size_t at = 0, gap = 17; /* where "::" stands; 17: nowhere */
    if (n >= 2 && text[0] == ':') {
        if (text[1] != ':')
            return false;
        gap = 0;
        text += 2;
    }
    while (text < end) {
        const char *colon = memchr(text, ':', (size_t)(end - text));
        if (at <= 12 && colon == NULL && memchr(text, '.', (size_t)(end - text)) != NULL) {
            if (!kinds_ip4(text, (size_t)(end - text), to + at))
                return false;
            at += 4;
            break;
        }
        size_t digits = at <= 14 ? hex_group(text, end, to + at) : 0;
        if (digits == 0)
            return false;
        at += 2;
        text += digits;
        if (text == end)
            break;
        if (*text++ != ':' || text == end)
            return false;
        if (*text == ':') {
            if (gap != 17)
                return false;
            gap = at;
            text++;
        }
    }
    if (gap == 17)
        return at == 16;
    if (at > 14) /* "::" stands for at least one group */
        return false;
    memmove(to + gap + 16 - at, to + gap, at - gap);
    memset(to + gap, 0, 16 - at);
    return true;
}

bool kinds_parse_ip4(struct rdata_input *in, const struct field *field, struct err *err)
{
    (void)field;
    if (!kinds_room(in, 4, err))
        return false;
    if (!lexer_item(in->lexer) || !kinds_ip4(in->lexer->token, in->lexer->length, in->at))
        return kinds_wants(in, "an IPv4 address", err);
    in->at += 4;
    return true;
}

bool kinds_parse_ip6(struct rdata_input *in, const struct field *field, struct err *err)
{
    (void)field;
    if (!kinds_room(in, 16, err))
        return false;
    if (!lexer_item(in->lexer) || !kinds_ip6(in->lexer->token, in->lexer->length, in->at))
        return kinds_wants(in, "an IPv6 address", err);
    in->at += 16;
    return true;
}

/* Octets as two digits each, with hyphens between them. */
static bool parse_hyphens(struct rdata_input *in, size_t octets, const char *what, struct err *err)
{
    struct lexer *lexer = in->lexer;
    bool good = lexer_item(lexer) && lexer->length == 3 * octets - 1;
    if (!kinds_room(in, octets, err))
        return false;
    for (size_t i = 0; good && i < octets; i++)
        good = codec_read_hex(lexer->token + 3 * i, 1, in->at + i) &&
               (i == 0 || lexer->token[3 * i - 1] == '-');
    if (!good)
        return kinds_wants(in, what, err);
    in->at += octets;
    return true;
}

bool kinds_parse_eui48(struct rdata_input *in, const struct field *field, struct err *err)
{
    (void)field;
    return parse_hyphens(in, 6, "six octets as xx-xx-xx-xx-xx-xx", err);
}

bool kinds_parse_eui64(struct rdata_input *in, const struct field *field, struct err *err)
{
    (void)field;
    return parse_hyphens(in, 8, "eight octets as xx-xx-xx-xx-xx-xx-xx-xx", err);
}

/* RFC 6742 section 2.1.1: four groups of up to four digits. */
bool kinds_parse_node(struct rdata_input *in, const struct field *field, struct err *err)
{
    struct lexer *lexer = in->lexer;
    bool good = lexer_item(lexer);
    const char *text = lexer->token, *end = text + lexer->length;
    (void)field;
    if (!kinds_room(in, 8, err))
        return false;
    for (int i = 0; good && i < 4; i++) {
        size_t digits = hex_group(text, end, in->at);
        good = digits > 0;
        text += digits;
        in->at += 2;
        if (good && i < 3)
            good = text < end && *text++ == ':';
    }
    return (good && text == end) || kinds_wants(in, "four groups of hexadecimal digits", err);
}

/* Reads a name from the last token. Returns NULL or what was expected. */
static inline const char *read_name(const struct rdata_input *in, uint8_t to[NAME_READ_ROOM],
                                    uint8_t *length)
{
    const struct lexer *lexer = in->lexer;
    const struct rdata_context *context = in->context;
    const char *text = lexer->token;
    size_t n = lexer->length;
    if (n == 1 && *text == '@' && lexer->kind == LEXER_WORD) {
        if (context->origin == NULL)
            return name_wants_origin;
        memcpy(to, context->origin, context->origin_length);
        *length = (uint8_t)context->origin_length;
        return NULL;
    }
    const char *why = name_read(text, n, context->origin, context->origin_length, to, length);
    if (why == NULL && context->spelling != NULL)
        spelling_look(context->spelling, text, n, to, *length, context->origin,
                      context->origin_length);
    return why;
}

COLD static bool refuse_name(const struct rdata_input *in, const char *why, struct err *err)
{
    kinds_wants(in, why, err);
    if (why == name_wants_origin && err->kind == ERR_SYNTAX)
        err->kind = ERR_NO_ORIGIN;
    return false;
}

/* Where there is less room than reading a name may take: the room for it is something that every
 * name would have to pay for. */
COLD static bool name_near_end(struct rdata_input *in, struct err *err)
{
    uint8_t name[NAME_READ_ROOM], length;
    const char *why = read_name(in, name, &length);
    if (why != NULL)
        return refuse_name(in, why, err);
    if (!kinds_room(in, length, err))
        return false;
    memcpy(in->at, name, length);
    in->at += length;
    return true;
}

static inline bool take_name(struct rdata_input *in, struct err *err)
{
    uint8_t length;
    if (in->end - in->at < NAME_READ_ROOM)
        return name_near_end(in, err);
    const char *why = read_name(in, in->at, &length);
    if (why != NULL)
        return refuse_name(in, why, err);
    in->at += length;
    return true;
}

bool kinds_name(struct rdata_input *in, struct err *err)
{
    return take_name(in, err);
}

bool kinds_parse_name(struct rdata_input *in, const struct field *field, struct err *err)
{
    (void)field;
    return lexer_item(in->lexer) ? take_name(in, err) : kinds_wants(in, "a name", err);
}

bool kinds_more(struct rdata_input *in, const char *what, bool *more, struct err *err)
{
    bool ends = lexer_ends(in->lexer);
    *more = in->lexer->kind == LEXER_WORD || in->lexer->kind == LEXER_QUOTED;
    return *more || ends || kinds_wants(in, what, err);
}

bool kinds_parse_names(struct rdata_input *in, const struct field *field, struct err *err)
{
    bool more;
    (void)field;
    while (kinds_more(in, "a name", &more, err)) {
        if (!more)
            return true;
        if (!kinds_name(in, err))
            return false;
    }
    return false;
}

/* Decodes the last token, to in->at. Where it cannot, *why is what was expected; NULL: it is too
 * long. */
static bool take_text(struct rdata_input *in, size_t most, const char **why)
{
    struct lexer *lexer = in->lexer;
    size_t room = (size_t)(in->end - in->at);
    uint8_t *end;
    *why = NULL;
    if (!lexer->escaped && lexer->length <= most && lexer->length <= room) {
        memcpy(in->at, lexer->token, lexer->length);
        in->at += lexer->length;
        return true;
    }
    end = lexer_decode(lexer->token, lexer->length, in->at, room < most ? room : most, why);
    if (end == NULL)
        return false;
    in->at = end;
    return true;
}

/* A string that its length octet cannot count. What is one of several may be given in parts. */
COLD static bool refuse_long_string(const struct rdata_input *in, const struct field *field,
                                    struct err *err)
{
    const char *p = in->lexer->token, *end = p + in->lexer->length;
    size_t octets = 0;
    for (; p < end; octets++)
        p += *p != '\\' ? 1 : end - p >= 4 && p[1] >= '0' && p[1] <= '9' ? 4 : 2;
    return err_set(err, ERR_SYNTAX, "expected a string of at most 255 octets, got one of %zu%s",
                   octets, field->kind == KIND_STRS ? "; split it: \"...\" \"...\"" : "");
}

static bool put_string(struct rdata_input *in, const struct field *field, struct err *err)
{
    uint8_t *length = in->at;
    const char *why;
    if (!kinds_put(in, 0, 1, err))
        return false;
    if (!take_text(in, 255, &why))
        return why != NULL               ? kinds_wants(in, why, err)
               : in->end - in->at >= 255 ? refuse_long_string(in, field, err)
                                         : too_long(in, err);
    *length = (uint8_t)(in->at - length - 1);
    return true;
}

bool kinds_parse_string(struct rdata_input *in, const struct field *field, struct err *err)
{
    return lexer_item(in->lexer) ? put_string(in, field, err) : kinds_wants(in, "a string", err);
}

bool kinds_parse_string_optional(struct rdata_input *in, const struct field *field, struct err *err)
{
    bool more;
    return kinds_more(in, "a string", &more, err) && (!more || put_string(in, field, err));
}

bool kinds_parse_strings(struct rdata_input *in, const struct field *field, struct err *err)
{
    bool more = true;
    if (!kinds_parse_string(in, field, err))
        return false;
    while (kinds_more(in, "a string", &more, err)) {
        if (!more)
            return true;
        if (!put_string(in, field, err))
            return false;
    }
    return false;
}

/* A string that the strict check accepts. */
static bool checked_string(struct rdata_input *in, const struct field *field,
                           bool (*skip)(struct rdata_walk *, const struct field *),
                           const char *what, struct err *err)
{
    uint8_t *from = in->at;
    if (!lexer_item(in->lexer))
        return kinds_wants(in, what, err);
    if (!put_string(in, field, err))
        return false;
    struct rdata_walk walk = {.start = in->start, .at = from, .end = in->at};
    return skip(&walk, field) || kinds_wants(in, what, err);
}

bool kinds_parse_digits(struct rdata_input *in, const struct field *field, struct err *err)
{
    return checked_string(in, field, kinds_skip_digits, "a string of 4 to 255 digits", err);
}

bool kinds_parse_tag(struct rdata_input *in, const struct field *field, struct err *err)
{
    return checked_string(in, field, kinds_skip_tag, "1 to 255 letters and digits", err);
}

bool kinds_parse_quoted(struct rdata_input *in, const struct field *field, struct err *err)
{
    const char *why;
    (void)field;
    if (!lexer_item(in->lexer))
        return kinds_wants(in, "a string", err);
    return take_text(in, RDATA_MAX, &why) ||
           (why != NULL ? kinds_wants(in, why, err) : too_long(in, err));
}

/* Hexadecimal digits in any number of words; a word may end within an octet. */
static bool hex_words(struct rdata_input *in, size_t most, const char *what, struct err *err)
{
    struct lexer *lexer = in->lexer;
    uint8_t *limit = (size_t)(in->end - in->at) < most ? in->end : in->at + most;
    char pair[2] = {0};
    bool odd = false, more;
    while (kinds_more(in, what, &more, err)) {
        if (!more)
            return !odd || kinds_wants(in, "an even number of hexadecimal digits", err);
        const char *text = lexer->token;
        size_t n = lexer->length;
        if ((n + odd) / 2 > (size_t)(limit - in->at))
            return limit == in->end ? too_long(in, err) : kinds_wants(in, what, err);
        if (odd && n > 0) {
            pair[1] = *text++;
            n--;
            odd = false;
            if (!codec_read_hex(pair, 1, in->at++))
                return kinds_wants(in, what, err);
        }
        if (!codec_read_hex(text, n / 2, in->at))
            return kinds_wants(in, what, err);
        in->at += n / 2;
        if (n % 2 != 0) {
            pair[0] = text[n - 1];
            odd = true;
        }
    }
    return false;
}

static const char *hex_of(size_t least)
{
    return least > 1 ? "at least 12 octets in hexadecimal" : "hexadecimal digits";
}

bool kinds_parse_hex(struct rdata_input *in, const struct field *field, struct err *err)
{
    const uint8_t *from = in->at;
    return hex_words(in, RDATA_MAX, hex_of(1), err) &&
           ((size_t)(in->at - from) >= field->least || kinds_wants(in, hex_of(field->least), err));
}

/* One word of digits, two for each octet, after a length octet; "-" stands for no octets. */
bool kinds_parse_hex_counted(struct rdata_input *in, const struct field *field, struct err *err)
{
    static const char what[] = "hexadecimal digits of at most 255 octets in one word, or -";
    struct lexer *lexer = in->lexer;
    (void)field;
    if (!lexer_item(lexer))
        return kinds_wants(in, what, err);
    if (lexer->length == 1 && lexer->token[0] == '-')
        return kinds_put(in, 0, 1, err);
    size_t n = lexer->length / 2;
    if (n == 0 || n > 255 || lexer->length % 2 != 0)
        return kinds_wants(in, what, err);
    if (!kinds_room(in, n + 1, err))
        return false;
    in->at[0] = (uint8_t)n;
    if (!codec_read_hex(lexer->token, n, in->at + 1))
        return kinds_wants(in, what, err);
    in->at += n + 1;
    return true;
}

bool kinds_parse_base32_counted(struct rdata_input *in, const struct field *field, struct err *err)
{
    static const char what[] = "base32hex of 1 to 255 octets in one word";
    struct lexer *lexer = in->lexer;
    (void)field;
    if (!lexer_item(lexer))
        return kinds_wants(in, what, err);
    size_t n = lexer->length * 5 / 8;
    if (n == 0 || lexer->length > 408)
        return kinds_wants(in, what, err);
    if (!kinds_room(in, n + 1, err))
        return false;
    in->at[0] = (uint8_t)n;
    if (!codec_read_base32hex(lexer->token, lexer->length, in->at + 1))
        return kinds_wants(in, what, err);
    in->at += n + 1;
    return true;
}

bool kinds_base64_piece(struct rdata_input *in, struct codec_base64 *state, const char *text,
                        size_t n, struct err *err)
{
    if ((size_t)(in->end - in->at) < codec_base64_bound(state, text, n))
        return too_long(in, err);
    uint8_t *end = codec_read_base64(state, text, n, in->at);
    if (end == NULL)
        return kinds_wants(in, "base64", err);
    in->at = end;
    return true;
}

/* Base64 of at least so many octets. */
static bool parse_base64(struct rdata_input *in, size_t least, struct err *err)
{
    struct codec_base64 state = {.held = 0};
    const uint8_t *from = in->at;
    bool more;
    while (kinds_more(in, "base64", &more, err)) {
        if (!more) {
            if (!codec_base64_whole(&state))
                return kinds_wants(in, "more base64, to a multiple of four characters", err);
            return (size_t)(in->at - from) >= least || kinds_wants(in, "base64", err);
        }
        if (!kinds_base64_piece(in, &state, in->lexer->token, in->lexer->length, err))
            return false;
    }
    return false;
}

bool kinds_parse_base64(struct rdata_input *in, const struct field *field, struct err *err)
{
    return parse_base64(in, field->least, err);
}

/* IPSECKEY: with algorithm 0 there need not be a key (RFC 4025 section 2.4). */
bool kinds_parse_base64_ipsec(struct rdata_input *in, const struct field *field, struct err *err)
{
    return parse_base64(in, in->start[IPSEC_ALGORITHM] == 0 ? 0 : field->least, err);
}

/* KEY: flags 0xC000 say that there is no key (RFC 2535 section 3.1.2). */
bool kinds_parse_base64_key(struct rdata_input *in, const struct field *field, struct err *err)
{
    return (in->start[0] & 0xc0) == 0xc0 || kinds_parse_base64(in, field, err);
}

bool kinds_parse_base64_dash(struct rdata_input *in, const struct field *field, struct err *err)
{
    struct lexer *lexer = in->lexer;
    if (!lexer_item(lexer))
        return kinds_wants(in, "base64 or -", err);
    if (lexer->length == 1 && lexer->token[0] == '-')
        return true;
    lexer_back(lexer);
    return kinds_parse_base64(in, field, err);
}
