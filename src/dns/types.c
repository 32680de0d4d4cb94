#include "dns/types.h"

#include "base/codec.h"
#include "base/copy.h"
#include "dns/kinds.h"
#include "dns/types_fields.h"

#include <string.h>
#include <strings.h>

#define FIELD_OF(name, kind, flags, least, words) {#name, KIND_##kind, flags, least, WORDS_##words},
#define NONE {NULL, 0, 0, 0, 0}

/* The numbers of the rows, by code and class. */
enum row_number {
#define T(mnemonic, code, class, flags, ...) ROW_##code##_##class,
#define ALSO T
#include "dns/types.def"
#undef ALSO
#undef T
};

static const struct type_info table[] = {
#define T(mnemonic, code, class, flags, ...)                                                       \
    {mnemonic, sizeof mnemonic - 1, code, class, flags, ROW_##code##_##class, {__VA_ARGS__}},
#define ALSO T
#include "dns/types.def"
#undef ALSO
#undef T
};

enum { ROWS = sizeof table / sizeof *table };

_Static_assert(ROWS <= UINT8_MAX, "the slots have the number of a row in an octet");

/* The first row of a code; the compiler makes a table of it. */
static inline size_t first_row(uint16_t code)
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
    size_t row = first_row(code);
    if (row == ROWS)
        return NULL;
    while (table[row].class != class && table[row].class != CLASS_ANY)
        if (++row == ROWS || table[row].code != code)
            return NULL;
    return &table[row];
}

const struct type_info *types_row(size_t index)
{
    return index < ROWS ? &table[index] : NULL;
}

char *types_text(char *at, uint16_t code, int portable_only)
{
    size_t row = first_row(code);
    if (row < ROWS && (!portable_only || (table[row].flags & PORTABLE) != 0)) {
        copy_few(at, table[row].mnemonic, table[row].mnemonic_length);
        return at + table[row].mnemonic_length;
    }
    memcpy(at, "TYPE", 4);
    return codec_u32(at + 4, code);
}

size_t types_slot(const char *text, size_t n, uint64_t multiplier)
{
    uint64_t key = 0;
    for (size_t i = 0; i < n && i < 8; i++) {
        unsigned c = (unsigned char)text[i];
        key |= (uint64_t)(c - 'a' < 26 ? c - 32 : c) << (8 * i);
    }
    return key * multiplier >> (64 - TYPES_SLOT_BITS);
}

/* The rows by the slots of their mnemonics. Other slots lead to the first row, which is none of
 * them either. */
static const uint8_t slots[1 << TYPES_SLOT_BITS] = {
#define SLOT(slot, code, class) [slot] = ROW_##code##_##class,
#include "dns/types_slots.def"
#undef SLOT
};

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
    const struct type_info *row = &table[slots[types_slot(text, n, TYPES_MULTIPLIER)]];
    if (row->mnemonic_length == n && strncasecmp(text, row->mnemonic, n) == 0) {
        *code = row->code;
        return true;
    }
    return n > 4 && strncasecmp(text, "TYPE", 4) == 0 && read_code(text + 4, n - 4, code);
}

bool types_recall(struct types_memo *memo, const char *text, size_t n, uint16_t *code)
{
    if (memo == NULL || n == 0 || n > 8 || text[n - 1] == '\0')
        return types_read(text, n, code);
    uint64_t key = copy_number(text, n); /* which no other word has: it does not end in NUL */
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
    enum { FOLD = 0xff & ~('a' - 'A') }; /* what is a letter then was one before, of either case */
    for (size_t i = 0; i < sizeof classes / sizeof *classes && n == 2; i++)
        if ((text[0] & FOLD) == classes[i].mnemonic[0] &&
            (text[1] & FOLD) == classes[i].mnemonic[1]) {
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
