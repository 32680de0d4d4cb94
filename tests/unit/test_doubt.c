/* dns/doubt: the table against the schema, and single RDATA. Who refuses what, vectors/check asks
 * the readers. */
#include "dns/doubt.h"
#include "dns/kinds.h"
#include "dns/types.h"

#include "tap.h"
#include "wire.h"

/* The table once more, as data. */
struct row {
    unsigned code;
    const char *mnemonic;
    const char *fields; /* of its rules, and where the selectors stand: " FIELD", " SELECTOR@AT" */
};

enum { AT_SIGNATURE = 0, AT_HASH = 0 };

#define NOBODY
#define LENGTHS(field, from, selector, at, ...) " " #field " " #selector "@" #at
#define OCTET(field, at, value, what, readers) " " #field "@" #at
#define BELOW_2_31(field, at, readers) " " #field
#define TEST(field, function, what, readers) " " #field
static const struct row rows[] = {
#define CHECKS(mnemonic, code, ...) {code, #mnemonic, __VA_ARGS__},
#include "dns/doubt.def"
#undef CHECKS
};

enum { ROWS = sizeof rows / sizeof *rows };

/* Where a field begins, if all before it have a fixed length; -1: not so, or there is none. */
static int place_of(const struct type_info *info, const char *name, bool *found)
{
    int at = 0;
    *found = false;
    for (const struct field *field = info->fields; field->name != NULL; field++) {
        if (strcmp(field->name, name) == 0) {
            *found = true;
            return at;
        }
        at = at < 0 || kinds[field->kind].fixed == 0 ? -1 : at + kinds[field->kind].fixed;
    }
    return -1;
}

/* RDATA without fields of its own, or a part of a field. */
static bool is_special(const struct row *row, const char *name)
{
    return (row->code == 40 && strcmp(name, "data") == 0) ||
           (row->code == 49 && strcmp(name, "digest_type") == 0);
}

static void check_row(const struct row *row)
{
    char text[2048], *save = NULL;
    const struct type_info *info = types_find((uint16_t)row->code, CLASS_IN);
    if (!ok(info != NULL && strcmp(info->mnemonic, row->mnemonic) == 0, "%s is type %u",
            row->mnemonic, row->code))
        return;
    snprintf(text, sizeof text, "%s", row->fields);
    for (char *word = strtok_r(text, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
        char *at = strchr(word, '@');
        bool found;
        if (at != NULL)
            *at++ = '\0';
        if (is_special(row, word))
            continue;
        int place = place_of(info, word, &found);
        ok(found, "%s has a field %s", row->mnemonic, word);
        if (at != NULL)
            is_int(place, atoi(at), "... at octet %s", at);
    }
}

/* Both ways: the flag is what makes others look here. */
static void flags(void)
{
    const struct type_info *info;
    for (size_t i = 0; (info = types_row(i)) != NULL; i++) {
        bool has_rules = false;
        for (size_t k = 0; k < ROWS; k++)
            has_rules |= rows[k].code == info->code;
        is_int((info->flags & TYPE_FLAG_CHECKED) != 0, has_rules, "%s: the flag", info->mnemonic);
    }
}

static const char *ask(unsigned type, const char *hex, struct doubt *doubt)
{
    static char text[DOUBT_TEXT];
    static struct wire wire;
    wire.n = 0;
    wire_hex(&wire, hex);
    uint8_t *rdata = wire_exact(wire.octets, wire.n);
    struct rr rr = {.rdata = rdata,
                    .info = types_find((uint16_t)type, CLASS_IN),
                    .type = (uint16_t)type,
                    .class = CLASS_IN,
                    .rdlength = (uint16_t)wire.n};
    bool found = doubt_find(&rr, doubt);
    free(rdata);
    return found ? doubt_text(text, doubt) : "";
}

static void answers(void)
{
    struct doubt doubt = {.got = 0};
    is_str(ask(43, "0001 08 02 aabb", &doubt),
           "digest has 2 octets, not the 32 of digest type 2; BIND, NSD 4.12 and dnspython refuse "
           "it in any form",
           "a digest that is too short");
    ok(doubt.kind == ERR_RDATA_LENGTH && strcmp(doubt.field, "digest") == 0 &&
           strcmp(doubt.selector, "digest_type") == 0 && doubt.value == 2 && doubt.expected == 32 &&
           doubt.got == 2,
       "... in parts: field, selector and value, expected, got");
    is_str(ask(52, "03 01 01 aa", &doubt), "data has 1 octet, not the 32 of matching type 1",
           "a length that all readers load");
    is_str(ask(52, "03 01 00 aa", &doubt), "", "a certificate may have any length");
    is_str(
        ask(46, "0001 0f 02 00000e10 00000002 00000001 0007 0161076578616d706c6500 aabb", &doubt),
        "signature has 2 octets, not the 64 of algorithm 15", "the signer is not counted");
    is_str(ask(50, "01 00 0001 02 aabb 03 010203 0001 40", &doubt),
           "next has 3 octets, not the 20 of hash algorithm 1; BIND refuses it in any form",
           "nor is the salt");
    is_str(ask(25, "c000 03 0d", &doubt), "", "a key that the flags say is absent has no length");
    is_str(ask(59, "0000 00 00 00", &doubt), "", "CDS that deletes");
    is_str(ask(63, "00000001 00 f0 000102030405060708090a0b", &doubt),
           "scheme is 0, which is reserved; dnspython refuses it in any form", "a reserved value");
    is_str(ask(6, "00 00 00000001 00000001 00000001 80000000 00000001", &doubt),
           "expire is above 2^31 - 1; NSD 4.12 refuses it in any form", "a time");
    is_str(ask(6, "00 00 ffffffff 7fffffff 7fffffff 7fffffff 7fffffff", &doubt), "",
           "a serial is not a time");
}

int main(void)
{
    for (size_t i = 0; i < ROWS; i++)
        check_row(&rows[i]);
    flags();
    answers();
    return tap_end();
}
