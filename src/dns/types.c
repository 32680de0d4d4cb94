#include "dns/types.h"

#include "base/codec.h"
#include "dns/kinds.h"

#include <string.h>
#include <strings.h>

/* clang-format off */
#define FIELD(name, kind, flags, least) {#name, KIND_##kind, flags, least},
#define NAME(name, flags)  FIELD(name, NAME, flags, 0)
#define NAMES(name)        FIELD(name, NAMES, 0, 0)
#define U8(name)           FIELD(name, U8, 0, 0)
#define U16(name)          FIELD(name, U16, 0, 0)
#define U32(name)          FIELD(name, U32, 0, 0)
#define U64(name)          FIELD(name, U64, 0, 0)
#define ALG(name)          FIELD(name, ALG, 0, 0)
#define CERT(name)         FIELD(name, CERT, 0, 0)
#define TTL(name)          FIELD(name, TTL, 0, 0)
#define TIME(name)         FIELD(name, TIME, 0, 0)
#define TYPE(name)         FIELD(name, TYPE, 0, 0)
#define OCTAL(name)        FIELD(name, OCTAL, 0, 0)
#define IP4(name)          FIELD(name, IP4, 0, 0)
#define IP6(name)          FIELD(name, IP6, 0, 0)
#define EUI48(name)        FIELD(name, EUI48, 0, 0)
#define EUI64(name)        FIELD(name, EUI64, 0, 0)
#define NODE(name)         FIELD(name, NODE, 0, 0)
#define STR(name)          FIELD(name, STR, 0, 0)
#define STR_OPT(name)      FIELD(name, STR_OPT, 0, 0)
#define STRS(name)         FIELD(name, STRS, 0, 1)
#define DIGITS(name)       FIELD(name, DIGITS, 0, 4)
#define TAG(name)          FIELD(name, TAG, 0, 1)
#define QUOTED(name, n)    FIELD(name, QUOTED, 0, n)
#define HEX(name, n)       FIELD(name, HEX, 0, n)
#define HEX_L8(name)       FIELD(name, HEX_L8, 0, 0)
#define B32_L8(name)       FIELD(name, B32_L8, 0, 1)
#define B64(name, n)       FIELD(name, B64, 0, n)
#define B64_KEY(name)      FIELD(name, B64_KEY, 0, 1)
#define B64_DASH(name)     FIELD(name, B64_DASH, 0, 0)
#define BITMAP(name, n)    FIELD(name, BITMAP, 0, n)
#define BITMAP_SET(name)   FIELD(name, BITMAP, FIELD_SET, 0)
#define NXTMAP(name)       FIELD(name, NXTMAP, 0, 1)
#define PORTS(name)        FIELD(name, PORTS, 0, 0)
#define NSAP(name)         FIELD(name, NSAP, 0, 1)
#define ATMA(name)         FIELD(name, ATMA, 0, 2)
#define LOC(name)          FIELD(name, LOC, 0, 0)
#define APL(name)          FIELD(name, APL, 0, 0)
#define A6(name)           FIELD(name, A6, 0, 0)
#define NAME_A6(name, flags) FIELD(name, NAME_A6, flags, 0)
#define HIP(name)          FIELD(name, HIP, 0, 0)
#define GATEWAY(name)      FIELD(name, GATEWAY, 0, 0)
#define RELAY_TYPE(name)   FIELD(name, RELAY_TYPE, 0, 0)
#define RELAY(name)        FIELD(name, RELAY, 0, 0)
#define SVCPARAMS(name)    FIELD(name, SVCPARAMS, 0, 0)
#define NONE               {NULL, 0, 0, 0}
/* clang-format on */

enum {
    STD = FIELD_STD,
    LOWER = FIELD_LOWER,
    PORTABLE = TYPE_FLAG_PORTABLE,
    META = TYPE_FLAG_META,
    OPAQUE = TYPE_FLAG_OPAQUE,
    IN = CLASS_IN,
    CH = CLASS_CH,
    ANY = CLASS_ANY,
};

static const struct type_info table[] = {
#define T(mnemonic, code, class, flags, ...) {mnemonic, code, class, flags, {__VA_ARGS__}},
#define ALSO T
#include "dns/types.def"
#undef ALSO
#undef T
};

enum { ROWS = sizeof table / sizeof *table };

/* The numbers of the rows, by code and class. */
enum row_number {
#define T(mnemonic, code, class, flags, ...) ROW_##code##_##class,
#define ALSO T
#include "dns/types.def"
#undef ALSO
#undef T
};

/* The first row of a code; the compiler makes a table of it. */
static size_t first_row(uint16_t code)
{
    switch (code) {
#define T(mnemonic, code, class, flags, ...)                                                    \
    case code:                                                                                  \
        return ROW_##code##_##class;
#define ALSO(...)
#include "dns/types.def"
#undef ALSO
#undef T
    default:
        return ROWS;
    }
}

const struct type_info *types_find(uint16_t code, uint16_t class)
{
    for (size_t i = first_row(code); i < ROWS && table[i].code == code; i++)
        if (table[i].class == class || table[i].class == CLASS_ANY)
            return &table[i];
    return NULL;
}

const struct type_info *types_row(size_t index)
{
    return index < ROWS ? &table[index] : NULL;
}

char *types_text(char *at, uint16_t code, int portable_only)
{
    size_t row = first_row(code);
    if (row < ROWS && (!portable_only || (table[row].flags & PORTABLE) != 0)) {
        size_t n = strlen(table[row].mnemonic);
        memcpy(at, table[row].mnemonic, n);
        return at + n;
    }
    memcpy(at, "TYPE", 4);
    return codec_u32(at + 4, code);
}

uint16_t types_parse(const char *text, size_t n)
{
    for (size_t i = 0; i < ROWS; i++)
        if (strlen(table[i].mnemonic) == n && strncasecmp(text, table[i].mnemonic, n) == 0)
            return table[i].code;
    uint32_t value = 0;
    if (n < 5 || n > 9 || strncasecmp(text, "TYPE", 4) != 0)
        return 0;
    for (size_t i = 4; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        value = value * 10 + (uint32_t)(text[i] - '0');
    }
    return value <= UINT16_MAX ? (uint16_t)value : 0;
}

static const struct {
    const char *mnemonic;
    uint16_t class;
} classes[] = {{"IN", CLASS_IN}, {"CH", CLASS_CH}, {"HS", CLASS_HS}};

char *types_class_text(char *at, uint16_t class)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (classes[i].class == class) {
            memcpy(at, classes[i].mnemonic, 2);
            return at + 2;
        }
    memcpy(at, "CLASS", 5);
    return codec_u32(at + 5, class);
}

uint16_t types_class_parse(const char *text)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strcasecmp(text, classes[i].mnemonic) == 0)
            return classes[i].class;
    if (strncasecmp(text, "CLASS", 5) != 0 || text[5] < '0' || text[5] > '9')
        return 0;
    uint32_t value = 0;
    for (text += 5; *text >= '0' && *text <= '9' && value <= UINT16_MAX; text++)
        value = value * 10 + (uint32_t)(*text - '0');
    if (*text != '\0' || value > UINT16_MAX || value == CLASS_NONE || value == CLASS_ANY)
        return 0;
    return (uint16_t)value;
}
