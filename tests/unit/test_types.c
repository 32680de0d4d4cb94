/* dns/types: the schema. */
#include "dns/kinds.h"
#include "dns/types.h"

#include "tap.h"

#include <ctype.h>
#include <strings.h>

/* The types whose mnemonic and text BIND 9.18 and 9.20, Knot 3.2 and 3.4, NSD 4.6 and 4.12,
 * ldns 1.8 and dnspython 2 all read; found by asking each of them. */
static const char portable[] =
    " A NS CNAME SOA PTR HINFO MX TXT RP AFSDB RT AAAA LOC SRV NAPTR KX CERT DNAME DS SSHFP "
    "IPSECKEY RRSIG NSEC DNSKEY DHCID NSEC3 NSEC3PARAM TLSA SMIMEA CDS CDNSKEY OPENPGPKEY CSYNC "
    "ZONEMD SVCB HTTPS SPF NID L32 L64 LP EUI48 EUI64 URI CAA ";

/* IANA's registry of RR types; those that are no zone content in lower case. */
static const struct {
    unsigned code;
    const char *mnemonic;
} registry[] = {
    {1, "A"},           {2, "NS"},        {3, "MD"},        {4, "MF"},       {5, "CNAME"},
    {6, "SOA"},         {7, "MB"},        {8, "MG"},        {9, "MR"},       {10, "NULL"},
    {11, "WKS"},        {12, "PTR"},      {13, "HINFO"},    {14, "MINFO"},   {15, "MX"},
    {16, "TXT"},        {17, "RP"},       {18, "AFSDB"},    {19, "X25"},     {20, "ISDN"},
    {21, "RT"},         {22, "NSAP"},     {23, "NSAP-PTR"}, {24, "SIG"},     {25, "KEY"},
    {26, "PX"},         {27, "GPOS"},     {28, "AAAA"},     {29, "LOC"},     {30, "NXT"},
    {31, "EID"},        {32, "NIMLOC"},   {33, "SRV"},      {34, "ATMA"},    {35, "NAPTR"},
    {36, "KX"},         {37, "CERT"},     {38, "A6"},       {39, "DNAME"},   {40, "SINK"},
    {41, "opt"},        {42, "APL"},      {43, "DS"},       {44, "SSHFP"},   {45, "IPSECKEY"},
    {46, "RRSIG"},      {47, "NSEC"},     {48, "DNSKEY"},   {49, "DHCID"},   {50, "NSEC3"},
    {51, "NSEC3PARAM"}, {52, "TLSA"},     {53, "SMIMEA"},   {55, "HIP"},     {56, "NINFO"},
    {57, "RKEY"},       {58, "TALINK"},   {59, "CDS"},      {60, "CDNSKEY"}, {61, "OPENPGPKEY"},
    {62, "CSYNC"},      {63, "ZONEMD"},   {64, "SVCB"},     {65, "HTTPS"},   {66, "DSYNC"},
    {67, "HHIT"},       {68, "BRID"},     {99, "SPF"},      {100, "UINFO"},  {101, "UID"},
    {102, "GID"},       {103, "UNSPEC"},  {104, "NID"},     {105, "L32"},    {106, "L64"},
    {107, "LP"},        {108, "EUI48"},   {109, "EUI64"},   {128, "nxname"}, {249, "tkey"},
    {250, "tsig"},      {251, "ixfr"},    {252, "axfr"},    {253, "mailb"},  {254, "maila"},
    {255, "any"},       {256, "URI"},     {257, "CAA"},     {258, "AVC"},    {259, "DOA"},
    {260, "AMTRELAY"},  {261, "RESINFO"}, {262, "WALLET"},  {263, "CLA"},    {264, "IPN"},
    {32768, "TA"},      {32769, "DLV"},
};

/* Codes for private use that a well-known server gives a meaning. */
static const struct {
    unsigned code;
    const char *mnemonic;
} private_use[] = {{65281, "WINS"}, {65282, "WINSR"}, {65401, "ALIAS"}, {65402, "LUA"}};

enum { PRIVATES = sizeof private_use / sizeof *private_use };

enum { REGISTERED = sizeof registry / sizeof *registry };

static bool is_portable(const char *mnemonic)
{
    char word[32];
    snprintf(word, sizeof word, " %s ", mnemonic);
    return strstr(portable, word) != NULL;
}

static void rows(void)
{
    const struct type_info *row, *before = NULL;
    size_t count = 0;
    unsigned portables = 0;
    for (; (row = types_row(count)) != NULL; before = row, count++) {
        const char *name = row->mnemonic;
        if (before != NULL)
            ok(row->code > before->code ||
                   (row->code == before->code && row->class != before->class),
               "%s: codes ascend", name);
        ok(strlen(name) > 0 && strlen(name) <= 10, "%s: at most 10 characters", name);
        for (size_t i = 0; i < count; i++) {
            const struct type_info *other = types_row(i);
            if ((strcmp(other->mnemonic, name) == 0) != (other->code == row->code))
                ok(false, "%s: one mnemonic, one code", name);
        }
        unsigned fields = 0;
        bool unique = true;
        for (const struct field *a = row->fields; a->name != NULL; a++, fields++) {
            for (const struct field *b = row->fields; b != a; b++)
                unique = unique && strcmp(a->name, b->name) != 0;
            unique = unique && a->kind < KINDS && kinds[a->kind].text != NULL &&
                     (kinds[a->kind].fixed != 0) == (kinds[a->kind].skip == NULL);
        }
        ok(unique, "%s: names of members are unique, and their kinds have functions", name);
        ok(fields < TYPE_FIELDS_MAX, "%s: the list of fields ends", name);
        ok((fields == 0) == ((row->flags & (TYPE_FLAG_META | TYPE_FLAG_OPAQUE)) != 0),
           "%s: has fields, or is never text", name);
        if (row->class == CLASS_CH)
            continue;
        ok(((row->flags & TYPE_FLAG_PORTABLE) != 0) == is_portable(name), "%s: portable or not",
           name);
        portables += (row->flags & TYPE_FLAG_PORTABLE) != 0;
    }
    ok(types_row(count + 1) == NULL, "nothing behind the last row");
    unsigned listed = 0;
    for (const char *p = portable + 1; *p != '\0'; p++)
        listed += *p == ' ';
    is_int(portables, listed, "every portable type has a row");
}

/* None of them is portable, and no row of the registry is one of them. */
static void private_codes(void)
{
    unsigned rows = 0;
    const struct type_info *info;
    for (size_t i = 0; i < PRIVATES; i++) {
        char text[16];
        info = types_find((uint16_t)private_use[i].code, CLASS_IN);
        *types_text(text, (uint16_t)private_use[i].code, 0) = '\0';
        ok(info != NULL && info->flags == TYPE_FLAG_PRIVATE, "%s is private",
           private_use[i].mnemonic);
        is_str(text, private_use[i].mnemonic, "its text");
        is_int(types_parse(text, strlen(text)), private_use[i].code, "and back");
    }
    for (size_t i = 0; (info = types_row(i)) != NULL; i++)
        rows += (info->flags & TYPE_FLAG_PRIVATE) != 0;
    is_int(rows, PRIVATES, "no other row is private");
}

static bool is_private(unsigned code)
{
    for (size_t i = 0; i < PRIVATES; i++)
        if (private_use[i].code == code)
            return true;
    return false;
}

static void codes(void)
{
    for (size_t i = 0; i < REGISTERED; i++) {
        const struct type_info *info = types_find((uint16_t)registry[i].code, CLASS_IN);
        bool meta = registry[i].mnemonic[0] >= 'a';
        if (!ok(info != NULL, "%s has a row", registry[i].mnemonic))
            continue;
        ok(strcasecmp(info->mnemonic, registry[i].mnemonic) == 0, "its mnemonic is %s",
           info->mnemonic);
        is_int((info->flags & TYPE_FLAG_META) != 0, meta, "it is zone content or not");
        char text[16], expected[16];
        *types_text(text, info->code, 0) = '\0';
        snprintf(expected, sizeof expected, "TYPE%u", registry[i].code);
        ok(strcasecmp(text, registry[i].mnemonic) == 0, "its text is %s", text);
        *types_text(text, info->code, 1) = '\0';
        is_str(text, is_portable(registry[i].mnemonic) ? registry[i].mnemonic : expected,
               "its portable text");
    }
    size_t next = 0;
    bool right = true;
    for (unsigned code = 0; code <= 65535; code++) {
        while (next < REGISTERED && registry[next].code < code)
            next++;
        bool known = next < REGISTERED && registry[next].code == code;
        if (known || is_private(code))
            continue;
        char text[16], expected[16];
        *types_text(text, (uint16_t)code, 0) = '\0';
        snprintf(expected, sizeof expected, "TYPE%u", code);
        right =
            right && types_find((uint16_t)code, CLASS_IN) == NULL && strcmp(text, expected) == 0;
    }
    ok(right, "no other code is known");
}

static void classes(void)
{
    const struct type_info *in = types_find(1, CLASS_IN), *ch = types_find(1, CLASS_CH);
    if (ok(in != NULL && ch != NULL && in != ch, "A differs in IN and CH")) {
        is_int(in->fields[0].kind, KIND_IP4, "in IN it is an address");
        is_int(ch->fields[0].kind, KIND_NAME, "in CH it begins with a name");
        is_int(ch->fields[1].kind, KIND_OCTAL, "and ends with an octal number");
    }
    ok(types_find(1, CLASS_HS) == NULL, "A in HS is unknown");
    ok(types_find(1, 2) == NULL && types_find(1, 65280) == NULL, "and in other classes");
    static const uint16_t in_only[] = {11, 22, 23, 26, 28, 33, 36, 38, 42, 49, 64, 65};
    for (size_t i = 0; i < sizeof in_only / sizeof *in_only; i++) {
        ok(types_find(in_only[i], CLASS_IN) != NULL && types_find(in_only[i], CLASS_CH) == NULL &&
               types_find(in_only[i], CLASS_HS) == NULL,
           "type %u is of class IN alone", in_only[i]);
    }
    static const uint16_t any[] = {2, 5, 6, 12, 15, 16, 43, 46, 47, 48, 257};
    for (size_t i = 0; i < sizeof any / sizeof *any; i++)
        ok(types_find(any[i], CLASS_IN) != NULL &&
               types_find(any[i], CLASS_IN) == types_find(any[i], CLASS_CH) &&
               types_find(any[i], CLASS_IN) == types_find(any[i], 4711),
           "type %u is the same in every class", any[i]);

    static const struct {
        const char *text;
        unsigned class;
    } words[] = {
        {"IN", 1},
        {"in", 1},
        {"CH", 3},
        {"ch", 3},
        {"HS", 4},
        {"CLASS1", 1},
        {"class3", 3},
        {"CLASS65280", 65280},
        {"CLASS65535", 65535},
        {"CLASS00001", 1},
        {"", 0},
        {"I", 0},
        {"INN", 0},
        {"CLASS", 0},
        {"CLASS-1", 0},
        {"CLASS+1", 0},
        {"CLASS 1", 0},
        {"CLASS1x", 0},
        {"CLASS0", 0},
        {"CLASS254", 0},
        {"CLASS255", 0},
        {"CLASS65536", 0},
        {"CLASS4294967297", 0},
        {"CLASS99999999999999999999", 0},
        {"ANY", 0},
        {"NONE", 0},
        {"1", 0},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        is_int(types_class_parse(words[i].text), words[i].class, "read class \"%s\"",
               words[i].text);
    static const struct {
        unsigned class;
        const char *text;
    } texts[] = {{1, "IN"},
                 {3, "CH"},
                 {4, "HS"},
                 {2, "CLASS2"},
                 {0, "CLASS0"},
                 {255, "CLASS255"},
                 {65535, "CLASS65535"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[16];
        *types_class_text(text, (uint16_t)texts[i].class) = '\0';
        is_str(text, texts[i].text, "write class %u", texts[i].class);
    }
}

/* What RFC 3597 section 4 and RFC 4034 section 6.2 with RFC 6840 section 5.1 list. */
static void name_flags(void)
{
    /* RFC 1035's types, and those that RFC 3597 section 4 tells a receiver to decompress. */
    static const char std[] =
        " NS MD MF CNAME SOA MB MG MR PTR MINFO MX RP AFSDB RT SIG PX NXT NAPTR SRV ";
    static const char lower[] = " NS MD MF CNAME SOA MB MG MR PTR MINFO MX RP AFSDB RT SIG PX NXT "
                                "NAPTR KX SRV DNAME RRSIG ";
    const struct type_info *row;
    for (size_t i = 0; (row = types_row(i)) != NULL; i++) {
        if (row->class == CLASS_CH)
            continue;
        char word[32];
        snprintf(word, sizeof word, " %s ", row->mnemonic);
        for (const struct field *field = row->fields; field->name != NULL; field++) {
            if (field->kind != KIND_NAME)
                continue;
            is_int((field->flags & FIELD_STD) != 0, strstr(std, word) != NULL,
                   "%s %s: may be compressed", row->mnemonic, field->name);
            is_int((field->flags & FIELD_LOWER) != 0, strstr(lower, word) != NULL,
                   "%s %s: lower case in canonical form", row->mnemonic, field->name);
        }
    }
}

static void parsing(void)
{
    static const struct {
        const char *text;
        unsigned code;
    } words[] = {{"MX", 15},        {"mx", 15},       {"TYPE15", 15}, {"type65535", 65535},
                 {"NSAP-PTR", 23},  {"TYPE65536", 0}, {"TYPE", 0},    {"TYPE1x", 0},
                 {"TYPE-1", 0},     {"MXX", 0},       {"M", 0},       {"", 0},
                 {"TYPE000015", 0}, {"IN", 0},        {"AXFR", 252}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        is_int(types_parse(words[i].text, strlen(words[i].text)), words[i].code, "read type \"%s\"",
               words[i].text);
}

/* ---- Slots --------------------------------------------------------------------------------- */

enum { SLOTS = 1 << TYPES_SLOT_BITS };

/* Finds the row of each slot, NULL where there is none. Returns false if two want the same one. */
static bool find_slots(const struct type_info *found[SLOTS], uint64_t multiplier)
{
    const struct type_info *row;
    memset(found, 0, SLOTS * sizeof *found);
    for (size_t i = 0; (row = types_row(i)) != NULL; i++) {
        size_t slot = types_slot(row->mnemonic, row->mnemonic_length, multiplier);
        if (found[slot] != NULL && found[slot]->code != row->code)
            return false;
        if (found[slot] == NULL)
            found[slot] = row;
    }
    return true;
}

/* What is to be done so that each mnemonic is found again. */
static void print_slots(const struct type_info *found[SLOTS])
{
    uint64_t multiplier = TYPES_MULTIPLIER;
    for (; !find_slots(found, multiplier | 1); multiplier ^= multiplier << 17) { /* xorshift */
        multiplier ^= multiplier << 13;
        multiplier ^= multiplier >> 7;
    }
    if (multiplier != TYPES_MULTIPLIER)
        printf("# TYPES_MULTIPLIER in src/dns/types.h must become 0x%" PRIx64 "u\n",
               multiplier | 1);
    printf("# src/dns/types_slots.def must have these lines:\n");
    for (size_t i = 0; i < SLOTS; i++)
        if (found[i] != NULL)
            printf("SLOT(%zu, %u, %s) /* %s */\n", i, found[i]->code,
                   found[i]->class == CLASS_IN ? "IN" : "ANY", found[i]->mnemonic);
}

static void slots(void)
{
    static const struct type_info *found[SLOTS];
    const struct type_info *row;
    bool good = ok(find_slots(found, TYPES_MULTIPLIER), "no two mnemonics have one slot");
    for (size_t i = 0; (row = types_row(i)) != NULL; i++) {
        char lower[UINT8_MAX + 1] = "";
        uint16_t codes[2] = {0, 0};
        size_t n = row->mnemonic_length;
        for (size_t k = 0; k < n; k++)
            lower[k] = (char)tolower((unsigned char)row->mnemonic[k]);
        bool is_found = types_read(row->mnemonic, n, &codes[0]) && codes[0] == row->code &&
                        types_read(lower, n, &codes[1]) && codes[1] == row->code;
        good = ok(is_found, "%s and %s are found", row->mnemonic, lower) && good;
    }
    if (!good)
        print_slots(found);
}

/* Words that are nearly mnemonics: none is taken for one, wherever it hashes to. */
static void near_misses(void)
{
    const struct type_info *row;
    unsigned wrong = 0, tried = 0;
    for (size_t i = 0; (row = types_row(i)) != NULL; i++) {
        for (size_t k = 0; k <= row->mnemonic_length; k++) {
            for (unsigned c = 0; c < 256; c++) {
                char word[16];
                uint16_t code = 0, expected = 0;
                size_t n = k < row->mnemonic_length ? row->mnemonic_length : k + 1;
                memcpy(word, row->mnemonic, row->mnemonic_length);
                word[k] = (char)c;
                const struct type_info *other;
                for (size_t j = 0; expected == 0 && (other = types_row(j)) != NULL; j++)
                    if (other->mnemonic_length == n && memchr(word, '\0', n) == NULL &&
                        strncasecmp(other->mnemonic, word, n) == 0)
                        expected = other->code;
                wrong += types_read(word, n, &code) != (expected != 0) || code != expected;
                tried++;
            }
        }
    }
    is_int(wrong, 0, "%u words with one character changed or added", tried);
}

/* Whatever was asked before, the cache says what types_read does. */
static void memo(void)
{
    static const struct {
        const char *word;
        size_t n;
    } words[] = {
        {"A", 1},     {"NS", 2},        {"TXT", 3},    {"AAAA", 4},     {"RRSIG", 5},
        {"TYPE1", 5}, {"TYPE65280", 9}, {"DNSKEY", 6}, {"", 0},         {"\0", 1},
        {"A\0", 2},   {"A\0\0\0", 4},   {"NS\0\0", 4}, {"TXT\0", 4},    {"RRSIG\0\0\0", 8},
        {"\0A", 2},   {"TYPE1\0\0", 7}, {"TYPE0", 5},  {"NSEC3PAR", 8}, {"a", 1},
    };
    enum { WORDS = sizeof words / sizeof *words };
    struct types_memo types = {.slots = {{0}}};
    for (size_t i = 0; i < (size_t)3 * WORDS; i++) {
        const char *word = words[i % WORDS].word;
        size_t n = words[i % WORDS].n;
        uint16_t code = 12345, expected = 12345;
        bool known = types_read(word, n, &expected);
        ok(types_recall(&types, word, n, &code) == known && code == expected, "%s (%zu): %d", word,
           n, known ? (int)code : -1);
    }
}

int main(void)
{
    slots();
    near_misses();
    memo();
    parsing();
    rows();
    codes();
    private_codes();
    classes();
    name_flags();
    return tap_end();
}
