#include "type.h"

#include "tool.h"

#include <string.h>
#include <strings.h>

struct type {
    const char *name;
    unsigned code;
    const char *pattern; /* see type_pattern */
};

/* clang-format off */
static const struct type types[] = {
    {"A", 1, "a"},         {"NS", 2, "N"},        {"CNAME", 5, "N"},     {"SOA", 6, "NNltttt"},
    {"PTR", 12, "N"},      {"MX", 15, "sN"},      {"TXT", 16, "q"},      {"AAAA", 28, "6"},
    {"SRV", 33, "sssn"},   {"DNAME", 39, "n"},    {"DS", 43, "sbbx"},    {"SIG", 24, NULL},
    {"OPT", 41, NULL},     {"TKEY", 249, NULL},   {"TSIG", 250, NULL},   {"IXFR", 251, NULL},
    {"AXFR", 252, NULL},   {"MAILB", 253, NULL},  {"MAILA", 254, NULL},  {"ANY", 255, NULL},
};

static const char *const rcodes[] = {
    "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET",
    "NXRRSET", "NOTAUTH", "NOTZONE",
};
/* clang-format on */

enum { TYPE_COUNT = sizeof types / sizeof *types, RCODE_COUNT = sizeof rcodes / sizeof *rcodes };

bool type_parse(const char *text, size_t len, unsigned *code)
{
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (tool_same_word(text, len, types[i].name)) {
            *code = types[i].code;
            return true;
        }
    }
    return tool_numbered(text, len, "TYPE", code);
}

const char *type_pattern(unsigned code)
{
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (types[i].code == code) {
            return types[i].pattern;
        }
    }
    return NULL;
}

bool type_class_parse(const char *text, size_t len, unsigned *code)
{
    static const char *const names[] = {"", "IN", "", "CH", "HS"};

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (len && tool_same_word(text, len, names[i])) {
            *code = i;
            return true;
        }
    }
    return tool_numbered(text, len, "CLASS", code);
}

bool type_rcode_parse(const char *text, long *value)
{
    for (int i = 0; i < RCODE_COUNT; i++) {
        if (!strcasecmp(text, rcodes[i])) {
            *value = i;
            return true;
        }
    }
    return tool_number(text, value) && *value >= 0 && *value <= 4095;
}

size_t type_field_size(char letter)
{
    switch (letter) {
    case 'b':
        return 1;
    case 's':
        return 2;
    case 'a':
    case 'l':
    case 't':
        return 4;
    case '6':
        return 16;
    default:
        return 0;
    }
}
