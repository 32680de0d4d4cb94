#include "dns/kinds.h"

#include "dns/kinds_rows.h"

#define CHECK(kind) kinds_skip_##kind
#define TEXT(kind) kinds_text_##kind
#define READ(kind) kinds_parse_##kind
#define PARTS(kind) kinds_json_##kind

/* clang-format off */
const struct kind kinds[KINDS] = {
    /*                   name         fixed  name_is      skip                      text                    parse               json */
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
    [KIND_HEX]        = {"hex",        0,    NAME_NEVER,  CHECK(rest),              TEXT(hex),              READ(hex),          PARTS(word)},
    [KIND_HEX_L8]     = {"salt",       0,    NAME_NEVER,  CHECK(counted),           TEXT(hex_counted),      READ(hex_counted),  PARTS(word)},
    [KIND_B32_L8]     = {"base32",     0,    NAME_NEVER,  CHECK(counted),           TEXT(base32_counted),   READ(base32_counted),PARTS(word)},
    [KIND_B64]        = {"base64",     0,    NAME_NEVER,  CHECK(rest),              TEXT(base64),           READ(base64),       PARTS(word)},
    [KIND_B64_KEY]    = {"[base64]",   0,    NAME_NEVER,  CHECK(key),               TEXT(base64),           READ(base64_key),   PARTS(word_optional)},
    [KIND_B64_IPSEC]  = {"[base64]",   0,    NAME_NEVER,  CHECK(key_ipsec),         TEXT(base64_ipsec),     READ(base64_ipsec), PARTS(word_optional)},
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
