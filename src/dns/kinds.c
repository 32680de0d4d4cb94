#include "dns/kinds.h"

#include "dns/kinds_plain.h"
#include "dns/rdata.h"
#include "dns/types_fields.h"

#define CHECK(kind) kinds_skip_##kind
#define TEXT(kind) kinds_text_##kind
#define READ(kind) kinds_parse_##kind
#define PARTS(kind) kinds_json_##kind

/* clang-format off */
const struct kind kinds[KINDS] = {
    /*                   name         fixed  name_is      skip                      text                    parse               json, spreads */
    [KIND_U8]         = {"u8",         1,    NAME_NEVER,  NULL,                     TEXT(u8),               READ(u8),           PARTS(number)},
    [KIND_U16]        = {"u16",        2,    NAME_NEVER,  NULL,                     TEXT(u16),              READ(u16),          PARTS(number)},
    [KIND_U32]        = {"u32",        4,    NAME_NEVER,  NULL,                     TEXT(u32),              READ(u32),          PARTS(number)},
    [KIND_U64]        = {"u64",        8,    NAME_NEVER,  NULL,                     TEXT(u64),              READ(u64),          PARTS(word)},
    [KIND_ALG]        = {"algorithm",  1,    NAME_NEVER,  NULL,                     TEXT(u8),               READ(u8),           PARTS(number)},
    [KIND_CERT]       = {"cert-type",  2,    NAME_NEVER,  NULL,                     TEXT(cert),             READ(u16),          PARTS(number)},
    [KIND_TTL]        = {"ttl",        4,    NAME_NEVER,  NULL,                     TEXT(ttl),              READ(ttl),          PARTS(number)},
    [KIND_TIME]       = {"time",       4,    NAME_NEVER,  NULL,                     TEXT(time),             READ(time),         PARTS(word)},
    [KIND_TYPE]       = {"type",       2,    NAME_NEVER,  NULL,                     TEXT(type),             READ(type),         PARTS(word)},
    [KIND_OCTAL]      = {"octal",      2,    NAME_NEVER,  NULL,                     TEXT(octal),            READ(octal),        PARTS(word)},
    [KIND_IP4]        = {"ipv4",       4,    NAME_NEVER,  NULL,                     TEXT(ip4),              READ(ip4),          PARTS(word)},
    [KIND_IP6]        = {"ipv6",       16,   NAME_NEVER,  NULL,                     TEXT(ip6),              READ(ip6),          PARTS(word)},
    [KIND_EUI48]      = {"eui48",      6,    NAME_NEVER,  NULL,                     TEXT(eui48),            READ(eui48),        PARTS(word)},
    [KIND_EUI64]      = {"eui64",      8,    NAME_NEVER,  NULL,                     TEXT(eui64),            READ(eui64),        PARTS(word)},
    [KIND_NODE]       = {"node",       8,    NAME_NEVER,  NULL,                     TEXT(node),             READ(node),         PARTS(word)},
    [KIND_NAME]       = {"name",       0,    NAME_ALWAYS, CHECK(name),              TEXT(name),             READ(name),         PARTS(word)},
    [KIND_NAMES]      = {"names",      0,    NAME_ALWAYS, CHECK(names),             TEXT(names),            READ(names),        PARTS(words)},
    [KIND_STR]        = {"string",     0,    NAME_NEVER,  CHECK(counted),           TEXT(string),           READ(string),       PARTS(string)},
    [KIND_STR_OPT]    = {"[string]",   0,    NAME_NEVER,  CHECK(counted_optional),  TEXT(strings),          READ(string_optional),PARTS(string_optional)},
    [KIND_STRS]       = {"strings",    0,    NAME_NEVER,  CHECK(strings),           TEXT(strings),          READ(strings),      PARTS(strings)},
    [KIND_DIGITS]     = {"digits",     0,    NAME_NEVER,  CHECK(digits),            TEXT(string),           READ(digits),       PARTS(string)},
    [KIND_TAG]        = {"tag",        0,    NAME_NEVER,  CHECK(tag),               TEXT(tag),              READ(tag),          PARTS(word)},
    [KIND_QUOTED]     = {"text",       0,    NAME_NEVER,  CHECK(rest),              TEXT(quoted),           READ(quoted),       PARTS(string)},
    [KIND_HEX]        = {"hex",        0,    NAME_NEVER,  CHECK(rest),              TEXT(hex),              READ(hex),          PARTS(word), true},
    [KIND_HEX_L8]     = {"salt",       0,    NAME_NEVER,  CHECK(counted),           TEXT(hex_counted),      READ(hex_counted),  PARTS(word)},
    [KIND_B32_L8]     = {"base32",     0,    NAME_NEVER,  CHECK(counted),           TEXT(base32_counted),   READ(base32_counted),PARTS(word)},
    [KIND_B64]        = {"base64",     0,    NAME_NEVER,  CHECK(rest),              TEXT(base64),           READ(base64),       PARTS(word), true},
    [KIND_B64_KEY]    = {"[base64]",   0,    NAME_NEVER,  CHECK(key),               TEXT(base64),           READ(base64_key),   PARTS(word_optional), true},
    [KIND_B64_IPSEC]  = {"[base64]",   0,    NAME_NEVER,  CHECK(key_ipsec),         TEXT(base64_ipsec),     READ(base64_ipsec), PARTS(word_optional), true},
    [KIND_B64_DASH]   = {"base64|-",   0,    NAME_NEVER,  CHECK(rest),              TEXT(base64_dash),      READ(base64_dash),  PARTS(word)},
    [KIND_BITMAP]     = {"types",      0,    NAME_NEVER,  CHECK(bitmap),            TEXT(bitmap),           READ(bitmap),       PARTS(words)},
    [KIND_NXTMAP]     = {"types",      0,    NAME_NEVER,  CHECK(nxtmap),            TEXT(nxtmap),           READ(nxtmap),       PARTS(words)},
    [KIND_PORTS]      = {"ports",      0,    NAME_NEVER,  CHECK(ports),             TEXT(ports),            READ(ports),        PARTS(numbers)},
    [KIND_NSAP]       = {"nsap",       0,    NAME_NEVER,  CHECK(rest),              TEXT(nsap),             READ(nsap),         PARTS(word)},
    [KIND_ATMA]       = {"atma",       0,    NAME_NEVER,  CHECK(atma),              TEXT(atma),             READ(atma),         PARTS(word)},
    [KIND_LOC]        = {"loc",        0,    NAME_NEVER,  CHECK(loc),               TEXT(loc),              READ(loc),          PARTS(loc)},
    [KIND_APL]        = {"prefixes",   0,    NAME_NEVER,  CHECK(apl),               TEXT(apl),              READ(apl),          PARTS(prefixes)},
    [KIND_A6]         = {"a6",         0,    NAME_NEVER,  CHECK(a6),                TEXT(a6),               READ(a6),           PARTS(a6)},
    [KIND_NAME_A6]    = {"[name]",     0,    NAME_MAYBE,  CHECK(name_a6),           TEXT(name_a6),          READ(name_a6),      PARTS(word_optional)},
    [KIND_HIP]        = {"hip",        0,    NAME_NEVER,  CHECK(hip),               TEXT(hip),              READ(hip),          PARTS(hip)},
    [KIND_GATEWAY]    = {"gateway",    0,    NAME_MAYBE,  CHECK(gateway),           TEXT(gateway),          READ(gateway),      PARTS(word)},
    [KIND_RELAY_TYPE] = {"relay-type", 1,    NAME_NEVER,  NULL,                     TEXT(relay_type),       READ(relay_type),   PARTS(relay_type)},
    [KIND_RELAY]      = {"gateway",    0,    NAME_MAYBE,  CHECK(relay),             TEXT(relay),            READ(relay),        PARTS(word)},
    [KIND_SVCPARAMS]  = {"params",     0,    NAME_NEVER,  CHECK(svcparams),         TEXT(svcparams),        READ(svcparams),    PARTS(params)},
    [KIND_WINS]       = {"wins",       0,    NAME_NEVER,  CHECK(wins),              TEXT(wins),             READ(wins),         PARTS(words)},
    [KIND_IP4S]       = {"ipv4s",      0,    NAME_NEVER,  CHECK(ip4s),              TEXT(ip4s),             READ(ip4s),         PARTS(words)},
};
/* clang-format on */

/* ---- Straight code ------------------------------------------------------------------------- *
 *
 * For each row of types.def there is a function that does to the fields of that type, one after the
 * other, what the table above says for their kinds. To the compiler the table is constant, so it
 * calls the functions of the kinds directly, or puts them in place. */

/* unpack_name, with the memo and without reasons. It must be in place, so that the walk can stay in
 * registers; of so many types the compiler would not think so by itself. */
__attribute__((always_inline)) static inline bool recall_name(struct rdata_walk *walk)
{
    if (!put_pending(walk))
        return false;
    size_t at = (size_t)(walk->at - walk->message), end = (size_t)(walk->end - walk->message);
    struct name_found found = name_recall_and_keep(walk->memo, walk->message, end, at, walk->out);
    if (found.length == 0)
        return false;
    walk->pointers += found.hops;
    walk->out += found.length;
    walk->at = walk->mark = walk->message + found.end;
    return true;
}

/* Passes over a field, if nothing is wrong with it. Names that may not be compressed (RFC 3597
 * section 4) mostly are not, and stay where they are. */
__attribute__((always_inline)) static inline bool
pass_field(struct rdata_walk *walk, enum kind_id id, unsigned flags, const struct field *field)
{
    const struct kind *kind = &kinds[id];
    if (id == KIND_NAME && (flags & FIELD_STD) != 0)
        return recall_name(walk);
    if (id != KIND_NAME && kind->fixed == 0)
        return kind->skip(walk, field);
    size_t left = kinds_left(walk), n = kind->fixed > 0 ? kind->fixed : name_length(walk->at, left);
    if (n == 0 || n > left)
        return false;
    walk->at += n;
    return true;
}

static inline struct rdata_walk begin_unpack(const struct rr *rr, const uint8_t *message,
                                             struct name_memo *memo, uint8_t *scratch)
{
    return (struct rdata_walk){
        .start = rr->rdata,
        .at = rr->rdata,
        .end = rr->rdata + rr->rdlength,
        .message = message,
        .memo = memo,
        .out = scratch,
        .out_end = scratch + RDATA_MAX,
        .mark = rr->rdata,
    };
}

/* After the last field; `all_flags` are those of all fields, for pointers in a type that may not be
 * compressed are to be noted. */
static inline int end_unpack(struct rdata_walk *walk, struct rr *rr, uint8_t *scratch,
                             unsigned all_flags)
{
    if (walk->at != walk->end || (walk->pointers > 0 && (all_flags & FIELD_STD) == 0))
        return -1;
    if (walk->pointers == 0)
        return 0; /* it can stay where it is */
    if (!put_pending(walk) || walk->out > walk->out_end)
        return -1;
    rr->rdata = scratch;
    rr->rdlength = (uint16_t)(walk->out - scratch);
    return (int)walk->pointers;
}

static inline char *put_field(char *to, struct rdata_walk *walk, enum kind_id id,
                              const struct field *field)
{
    char *from = to;
    to = kinds[id].text(to, walk, field);
    if (kinds[id].fixed > 0 || id == KIND_NAME || to != from) /* an absent field leaves no gap */
        *to++ = ' ';
    return to;
}

#define NONE
#define T(mnemonic, code, class, flags, ...)                                                       \
    static int unpack_##code##_##class(struct rr * rr, const uint8_t *message,                     \
                                       struct name_memo *memo, uint8_t *scratch)                   \
    {                                                                                              \
        struct rdata_walk walk = begin_unpack(rr, message, memo, scratch);                         \
        const struct field *field = rr->info->fields;                                              \
        unsigned all_flags = 0;                                                                    \
        (void)field;                                                                               \
        __VA_ARGS__                                                                                \
        return end_unpack(&walk, rr, scratch, all_flags);                                          \
    }
#define ALSO T
#define FIELD_OF(name, kind, flags, least, words)                                                  \
    all_flags |= flags;                                                                            \
    if (!pass_field(&walk, KIND_##kind, flags, field++))                                           \
        return -1;
#include "dns/types.def"
#undef FIELD_OF
#undef T

#define T(mnemonic, code, class, flags, ...)                                                       \
    static const struct field *parse_##code##_##class(struct rdata_input * in,                     \
                                                      const struct field *field, struct err *err)  \
    {                                                                                              \
        (void)in;                                                                                  \
        (void)field;                                                                               \
        (void)err;                                                                                 \
        __VA_ARGS__                                                                                \
        return NULL;                                                                               \
    }
#define FIELD_OF(name, kind, flags, least, words)                                                  \
    if (!kinds[KIND_##kind].parse(in, field, err))                                                 \
        return field;                                                                              \
    field++;
#include "dns/types.def"
#undef FIELD_OF
#undef T

#define T(mnemonic, code, class, flags, ...)                                                       \
    static char *text_##code##_##class(char *to, const struct rr *rr,                              \
                                       const struct rdata_style *style)                            \
    {                                                                                              \
        struct rdata_walk walk = {                                                                 \
            .start = rr->rdata, .at = rr->rdata, .end = rr->rdata + rr->rdlength, .style = style}; \
        const struct field *field = rr->info->fields;                                              \
        const char *start = to;                                                                    \
        (void)field;                                                                               \
        __VA_ARGS__                                                                                \
        return walk.odd && style->portable ? NULL : to != start ? to - 1 : to;                     \
    }
#define FIELD_OF(name, kind, flags, least, words) to = put_field(to, &walk, KIND_##kind, field++);
#include "dns/types.def"
#undef FIELD_OF
#undef T

#define FIELD_OF(name, kind, flags, least, words) | (flags)
const struct kinds_code kinds_code[] = {
#define T(mnemonic, code, class, flags, ...)                                                       \
    {unpack_##code##_##class, parse_##code##_##class, text_##code##_##class, 0 __VA_ARGS__},
#include "dns/types.def"
};
