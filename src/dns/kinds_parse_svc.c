/* How the parameters of SVCB and HTTPS are read (RFC 9460 section 2.1 and appendix A). */
#include "dns/kinds_rows.h"

#include "base/codec.h"
#include "base/cursor.h"
#include "dns/lexer.h"

#include <string.h>

/* What a value looks like as text. */
enum form { OPAQUE, EMPTY, KEYS, IDS, NUMBERS, ADDRESSES4, ADDRESSES6, BASE64 };

/* The keys that have a name. Those above ipv6hint are read by name, but written by number. */
static const struct {
    const char *name;
    uint16_t key;
    enum form form;
    uint8_t most; /* how many items a list may have; 0: any number */
} named[] = {
    {"mandatory", 0, KEYS, 0},        {"alpn", 1, IDS, 0},
    {"no-default-alpn", 2, EMPTY, 0}, {"port", 3, NUMBERS, 1},
    {"ipv4hint", 4, ADDRESSES4, 0},   {"ech", 5, BASE64, 0},
    {"ipv6hint", 6, ADDRESSES6, 0},   {"dohpath", 7, OPAQUE, 0},
    {"ohttp", 8, EMPTY, 0},           {"tls-supported-groups", 9, NUMBERS, 0},
};

enum { NAMED = sizeof named / sizeof *named };

/* Reads a key, by name or as keyN; by number its value is opaque. */
static bool read_key(const char *text, size_t n, uint16_t *key, enum form *form, unsigned *most)
{
    uint64_t number;
    for (size_t i = 0; i < NAMED; i++)
        if (strlen(named[i].name) == n && memcmp(text, named[i].name, n) == 0) {
            *key = named[i].key;
            *form = named[i].form;
            *most = named[i].most;
            return true;
        }
    if (n < 4 || n > 8 || memcmp(text, "key", 3) != 0 || (text[3] == '0' && n > 4) ||
        !codec_read_number(text + 3, n - 3, UINT16_MAX, &number))
        return false;
    *key = (uint16_t)number;
    *form = OPAQUE;
    *most = 0;
    return true;
}

/* A parameter while it is read. It begins at `head` in the RDATA. */
struct param {
    uint16_t key;
    enum form form;
    unsigned most;
    uint8_t *head;
};

static bool put_key_name(struct rdata_input *in, const char *text, size_t n, struct err *err)
{
    uint16_t key;
    enum form form;
    unsigned most;
    if (!read_key(text, n, &key, &form, &most))
        return kinds_wants(in, "names of keys with commas between them", err);
    return kinds_put(in, key, 2, err);
}

static bool put_item(struct rdata_input *in, enum form form, const char *text, size_t n,
                     struct err *err)
{
    uint64_t number;
    switch (form) {
    case KEYS:
        return put_key_name(in, text, n, err);
    case NUMBERS:
        return codec_read_number(text, n, UINT16_MAX, &number)
                   ? kinds_put(in, number, 2, err)
                   : kinds_wants(in, "a number from 0 to 65535", err);
    case ADDRESSES4:
        if (!kinds_room(in, 4, err))
            return false;
        if (!kinds_ip4(text, n, in->at))
            return kinds_wants(in, "IPv4 addresses with commas between them", err);
        in->at += 4;
        return true;
    case ADDRESSES6:
        if (!kinds_room(in, 16, err))
            return false;
        if (!kinds_ip6(text, n, in->at))
            return kinds_wants(in, "IPv6 addresses with commas between them", err);
        in->at += 16;
        return true;
    case OPAQUE:
    case EMPTY:
    case IDS:
    case BASE64:
    default:
        return false;
    }
}

/* Items with commas between them; none of these forms needs an escape. */
static bool put_list(struct rdata_input *in, const struct param *param, const char *text, size_t n,
                     struct err *err)
{
    const char *end = text + n;
    for (unsigned count = 1;; count++) {
        const char *comma = memchr(text, ',', (size_t)(end - text));
        if (comma != NULL && count == param->most)
            return kinds_wants(in, "a single value", err);
        if (!put_item(in, param->form, text, (size_t)((comma != NULL ? comma : end) - text), err))
            return false;
        if (comma == NULL)
            return true;
        text = comma + 1;
    }
}

/* One octet of a character-string. */
static const char *string_octet(const char *text, const char *end, uint8_t *octet)
{
    const char *why;
    size_t n = *text != '\\' ? 1 : end - text > 3 && text[1] >= '0' && text[1] <= '9' ? 4 : 2;
    if ((size_t)(end - text) < n)
        n = (size_t)(end - text);
    return lexer_decode(text, n, octet, 1, &why) != NULL ? text + n : NULL;
}

/* A list of ALPN identifiers is decoded twice: as a character-string, and in what that gives a
 * backslash makes a comma or a backslash part of an item, and stands before nothing else (RFC 9460
 * appendix A.1). */
static bool put_ids(struct rdata_input *in, const char *text, size_t n, struct err *err)
{
    static const char what[] = "identifiers of 1 to 255 octets with commas between them";
    const char *end = text + n;
    uint8_t *length = in->at, octet;
    bool escaped = false;
    if (!kinds_put(in, 0, 1, err))
        return false;
    while (text < end) {
        text = string_octet(text, end, &octet);
        if (text == NULL)
            return kinds_wants(in, "three digits, at most 255, after a backslash", err);
        if (!escaped && octet == '\\') {
            escaped = true;
            continue;
        }
        if (escaped && octet != ',' && octet != '\\')
            return kinds_wants(in, "a comma or a backslash after a backslash in an identifier",
                               err);
        bool separates = octet == ',' && !escaped;
        escaped = false;
        if (separates && *length == 0)
            return kinds_wants(in, what, err);
        if (!kinds_put(in, separates ? 0 : octet, 1, err))
            return false;
        if (separates)
            length = in->at - 1;
        else if (++*length == 0)
            return kinds_wants(in, what, err);
    }
    return (*length > 0 && !escaped) || kinds_wants(in, what, err);
}

static bool put_opaque(struct rdata_input *in, const char *text, size_t n, struct err *err)
{
    const char *why = NULL;
    uint8_t *end = lexer_decode(text, n, in->at, (size_t)(in->end - in->at), &why);
    if (end == NULL)
        return kinds_wants(in, why != NULL ? why : "RDATA of at most 65535 octets", err);
    in->at = end;
    return true;
}

static bool put_base64(struct rdata_input *in, const char *text, size_t n, struct err *err)
{
    struct codec_base64 state = {.held = 0};
    return kinds_base64_piece(in, &state, text, n, err) &&
           (codec_base64_whole(&state) || kinds_wants(in, "base64", err));
}

/* Sorts the keys that "mandatory" lists: in text they may have any order. */
static bool sort_keys(struct rdata_input *in, uint8_t *keys, struct err *err)
{
    size_t n = (size_t)(in->at - keys);
    for (size_t i = 2; i < n; i += 2) {
        uint8_t key[2] = {keys[i], keys[i + 1]};
        size_t at = i;
        for (; at > 0 && memcmp(keys + at - 2, key, 2) > 0; at -= 2)
            memcpy(keys + at, keys + at - 2, 2);
        memcpy(keys + at, key, 2);
        if (at > 0 && memcmp(keys + at - 2, key, 2) == 0)
            return kinds_wants(in, "each mandatory key once", err);
    }
    return true;
}

static bool put_value(struct rdata_input *in, const struct param *param, const char *text, size_t n,
                      struct err *err)
{
    uint8_t *from = in->at;
    if (param->form == OPAQUE)
        return put_opaque(in, text, n, err);
    if (param->form == EMPTY)
        return n == 0 || kinds_wants(in, "no value for this key", err);
    if (n == 0)
        return kinds_wants(in, "a value for this key", err);
    if (param->form == IDS)
        return put_ids(in, text, n, err);
    if (param->form == BASE64)
        return put_base64(in, text, n, err);
    return put_list(in, param, text, n, err) && (param->form != KEYS || sort_keys(in, from, err));
}

static void reverse(uint8_t *from, uint8_t *to)
{
    while (from < to) {
        uint8_t octet = *from;
        *from++ = *--to;
        *to = octet;
    }
}

/* Moves the last parameter, which begins at `head`, to where its key belongs. */
static bool move_into_order(struct rdata_input *in, uint8_t *params, uint8_t *head, struct err *err)
{
    uint16_t key = octets_u16(head);
    uint8_t *at = params;
    while (at < head && octets_u16(at) < key)
        at += 4 + octets_u16(at + 2);
    if (at == head)
        return true;
    if (octets_u16(at) == key)
        return kinds_wants(in, "each key once", err);
    reverse(at, head);
    reverse(head, in->at);
    reverse(at, in->at);
    return true;
}

/* Reads the parameter whose first word was just read: KEY, KEY=VALUE or KEY="VALUE". */
static bool parse_param(struct rdata_input *in, uint8_t *params, struct err *err)
{
    static const char what[] = "a parameter as KEY or KEY=VALUE";
    struct lexer *lexer = in->lexer;
    struct param param = {.head = in->at};
    const char *equals = memchr(lexer->token, '=', lexer->length), *value = "";
    size_t name = equals != NULL ? (size_t)(equals - lexer->token) : lexer->length, n = 0;
    if (lexer->kind != LEXER_WORD ||
        !read_key(lexer->token, name, &param.key, &param.form, &param.most))
        return kinds_wants(in, what, err);
    if (!kinds_put(in, (uint64_t)param.key << 16, 4, err))
        return false;
    if (equals != NULL) {
        value = equals + 1;
        n = lexer->length - name - 1;
        if (n == 0 && lexer->at < lexer->end && *lexer->at == '"') {
            if (!lexer_item(lexer))
                return kinds_wants(in, "a value", err);
            value = lexer->token;
            n = lexer->length;
        }
    }
    if (!put_value(in, &param, value, n, err))
        return false;
    size_t length = (size_t)(in->at - param.head) - 4;
    param.head[2] = (uint8_t)(length >> 8);
    param.head[3] = (uint8_t)length;
    return move_into_order(in, params, param.head, err);
}

bool kinds_parse_svcparams(struct rdata_input *in, const struct field *field, struct err *err)
{
    uint8_t *params = in->at;
    bool more;
    while (kinds_more(in, "a parameter", &more, err)) {
        if (!more) {
            struct rdata_walk walk = {.start = in->start, .at = params, .end = in->at};
            return kinds_skip_svcparams(&walk, field) ||
                   kinds_wants(in,
                               "values that fit their keys, every mandatory key, and alpn "
                               "where there is no-default-alpn",
                               err);
        }
        if (!parse_param(in, params, err))
            return false;
    }
    return false;
}
