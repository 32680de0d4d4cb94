#include "dns/types.h"

#include "base/codec.h"
#include "dns/kinds.h"

#include <endian.h>
#include <string.h>
#include <strings.h>

/* clang-format off */
#define FIELD(name, kind, flags, least) WORDS(name, kind, flags, least, NONE)
#define WORDS(name, kind, flags, least, words) {#name, KIND_##kind, flags, least, WORDS_##words},
#define NAME(name, flags)  FIELD(name, NAME, flags, 0)
#define NAMES(name)        FIELD(name, NAMES, 0, 0)
#define U8(name)           FIELD(name, U8, 0, 0)
#define U8_OR(name, words) WORDS(name, U8, 0, 0, words)
#define U16(name)          FIELD(name, U16, 0, 0)
#define U32(name)          FIELD(name, U32, 0, 0)
#define U64(name)          FIELD(name, U64, 0, 0)
#define ALG(name)          WORDS(name, ALG, 0, 0, ALGORITHM)
#define CERT(name)         WORDS(name, CERT, 0, 0, CERT)
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
#define B64_IPSEC(name)    FIELD(name, B64_IPSEC, 0, 1)
#define B64_DASH(name)     FIELD(name, B64_DASH, 0, 0)
#define BITMAP(name, n)    FIELD(name, BITMAP, 0, n)
#define BITMAP_SET(name)   FIELD(name, BITMAP, FIELD_SET, 0)
#define NXTMAP(name)       FIELD(name, NXTMAP, 0, 0)
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
#define SVCPARAMS_HTTP(name) FIELD(name, SVCPARAMS, FIELD_HTTP, 0)
#define WINS(name)         FIELD(name, WINS, 0, 0)
#define IP4S(name)         FIELD(name, IP4S, 0, 0)
#define NONE               {NULL, 0, 0, 0, 0}
/* clang-format on */

enum {
    STD = FIELD_STD,
    LOWER = FIELD_LOWER,
    PORTABLE = TYPE_FLAG_PORTABLE,
    META = TYPE_FLAG_META,
    OPAQUE = TYPE_FLAG_OPAQUE,
    PRIVATE = TYPE_FLAG_PRIVATE,
    CHECKED = TYPE_FLAG_CHECKED,
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
#define T(mnemonic, code, class, flags, ...)                                                       \
    case code:                                                                                     \
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

/* The first eight characters of a word, in upper case, as a number: two words are compared at
 * once. */
static inline uint64_t word_key(const char *text, size_t n)
{
    uint64_t key = 0;
    for (size_t i = 0; i < n && i < 8; i++) {
        unsigned c = (unsigned char)text[i];
        key |= (uint64_t)(c - 'a' < 26 ? c - 32 : c) << (8 * i);
    }
    return key;
}

#define OCTET(word, i)                                                                             \
    ((i) < sizeof(word) - 1                                                                        \
         ? (uint64_t)(unsigned char)(word)[(i) < sizeof(word) ? (i) : 0] << (8 * (i))              \
         : 0)
static const uint64_t keys[ROWS] = {
#define T(mnemonic, code, class, flags, ...)                                                       \
    OCTET(mnemonic, 0) | OCTET(mnemonic, 1) | OCTET(mnemonic, 2) | OCTET(mnemonic, 3) |            \
        OCTET(mnemonic, 4) | OCTET(mnemonic, 5) | OCTET(mnemonic, 6) | OCTET(mnemonic, 7),
#define ALSO T
#include "dns/types.def"
#undef ALSO
#undef T
};
#undef OCTET

static bool read_code(const char *text, size_t n, uint16_t *code)
{
    uint64_t value;
    if (n > 5 || !codec_read_number(text, n, UINT16_MAX, &value))
        return false;
    *code = (uint16_t)value;
    return true;
}

bool types_read(const char *text, size_t n, uint16_t *code)
{
    uint64_t key = word_key(text, n);
    for (size_t i = 0; i < ROWS; i++)
        if (keys[i] == key && strlen(table[i].mnemonic) == n &&
            strncasecmp(text, table[i].mnemonic, n) == 0) {
            *code = table[i].code;
            return true;
        }
    return n > 4 && strncasecmp(text, "TYPE", 4) == 0 && read_code(text + 4, n - 4, code);
}

/* A word of 1 to 8 characters, of which the last is not NUL, as a number that no other has. */
static inline uint64_t short_key(const char *text, size_t n)
{
    uint32_t first, last;
    uint64_t key = 0;
    if (n >= 4) { /* two loads, which may overlap */
        memcpy(&first, text, 4);
        memcpy(&last, text + n - 4, 4);
        return le32toh(first) | (uint64_t)le32toh(last) << (8 * (n - 4));
    }
    for (size_t i = 0; i < n; i++)
        key |= (uint64_t)(unsigned char)text[i] << (8 * i);
    return key;
}

bool types_recall(struct types_memo *memo, const char *text, size_t n, uint16_t *code)
{
    if (memo == NULL || n == 0 || n > 8 || text[n - 1] == '\0')
        return types_read(text, n, code);
    uint64_t key = short_key(text, n);
    unsigned slot = (unsigned)(key * 0x9e3779b97f4a7c15u >> 58) % TYPES_MEMO;
    if (memo->slots[slot].key == key) {
        *code = memo->slots[slot].code;
        return true;
    }
    if (!types_read(text, n, code))
        return false;
    memo->slots[slot].key = key;
    memo->slots[slot].code = *code;
    return true;
}

uint16_t types_parse(const char *text, size_t n)
{
    uint16_t code;
    return types_read(text, n, &code) ? code : 0;
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

bool types_class_read(const char *text, size_t n, uint16_t *class)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (n == 2 && strncasecmp(text, classes[i].mnemonic, 2) == 0) {
            *class = classes[i].class;
            return true;
        }
    return n > 5 && strncasecmp(text, "CLASS", 5) == 0 && read_code(text + 5, n - 5, class);
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
