#include "dns/doubt.h"

#include "base/cursor.h"
#include "dns/doubt_form.h"
#include "dns/kinds.h"
#include "dns/name.h"
#include "dns/types.h"

#include <stdio.h>
#include <string.h>

/* Where a field begins that has no fixed place. */
enum { AT_SIGNATURE = 0xfe, AT_HASH = 0xff, SIGNER = 18 /* of RRSIG and SIG */ };

enum rule_kind { RULE_LENGTHS, RULE_OCTET, RULE_BELOW, RULE_TEST };

/* The octets that go with a value of a selector. */
struct length {
    uint8_t value, octets; /* octets 0 end the list */
    const char *readers;
};

struct rule {
    const char *field;   /* NULL ends the list */
    const char *what;    /* RULE_LENGTHS: the selector */
    const char *readers; /* or NULL; RULE_LENGTHS: see there */
    bool (*wrong)(const struct rr *rr);
    const struct length *lengths;
    uint8_t kind; /* enum rule_kind */
    int8_t at;    /* negative: from the end */
    uint8_t value, from;
};

/* ---- Fields -------------------------------------------------------------------------------- */

/* The octets of a length rule's field. */
static size_t measure(const struct rule *rule, const struct rr *rr)
{
    size_t from = rule->from;
    if (from == AT_HASH) {
        size_t salt = rr->rdata[4];
        return rr->rdata[5 + salt];
    }
    if (from == AT_SIGNATURE)
        from = SIGNER + name_length(rr->rdata + SIGNER, rr->rdlength - SIGNER);
    return rr->rdlength - from;
}

/* A string with its length before it, which moves *at behind it. */
struct slice {
    const uint8_t *octets;
    size_t length;
};

static struct slice string_at(const struct rr *rr, size_t at, unsigned index)
{
    for (; index > 0; index--)
        at += (size_t)rr->rdata[at] + 1;
    return (struct slice){rr->rdata + at + 1, rr->rdata[at]};
}

/* The parameters of SVCB, after its priority and its target. */
static const uint8_t *svc_params(const struct rr *rr)
{
    return rr->rdata + 2 + name_length(rr->rdata + 2, rr->rdlength - 2u);
}

/* Finds the value of a parameter. */
static bool svc_value(const struct rr *rr, unsigned key, struct slice *value)
{
    const uint8_t *end = rr->rdata + rr->rdlength;
    for (const uint8_t *p = svc_params(rr); p < end; p += 4 + octets_u16(p + 2))
        if (octets_u16(p) == key) {
            *value = (struct slice){p + 4, octets_u16(p + 2)};
            return true;
        }
    return false;
}

/* ---- Tests --------------------------------------------------------------------------------- */

static bool always(const struct rr *rr)
{
    (void)rr;
    return true;
}

/* dnspython takes the first for the latitude. */
static bool has_bad_longitude(const struct rr *rr)
{
    struct slice text = string_at(rr, 0, 0);
    return !doubt_form_number(text.octets, text.length, 90);
}

static bool has_bad_latitude(const struct rr *rr)
{
    struct slice text = string_at(rr, 0, 1);
    return !doubt_form_number(text.octets, text.length, 180);
}

static bool has_bad_altitude(const struct rr *rr)
{
    struct slice text = string_at(rr, 0, 2);
    return !doubt_form_number(text.octets, text.length, 0);
}

static bool has_bad_regexp(const struct rr *rr)
{
    enum { STRINGS = 4 };
    struct slice text = string_at(rr, STRINGS, 2);
    return !doubt_form_substitution(text.octets, text.length);
}

static bool is_short_sink(const struct rr *rr)
{
    return rr->rdlength < 3;
}

enum { IPSECKEY_GATEWAY_TYPE = 1, IPSECKEY_ALGORITHM = 2, IPSECKEY_GATEWAY = 3 };

/* RFC 4025 section 2.4. */
static bool has_key_at_0(const struct rr *rr, bool with_key)
{
    if (rr->rdata[IPSECKEY_ALGORITHM] != 0)
        return false;
    static const uint8_t lengths[] = {0, 4, 16};
    unsigned type = rr->rdata[IPSECKEY_GATEWAY_TYPE];
    size_t rest = (size_t)(rr->rdlength - IPSECKEY_GATEWAY);
    size_t gateway = type < 3 ? lengths[type] : name_length(rr->rdata + IPSECKEY_GATEWAY, rest);
    return (rest > gateway) == with_key;
}

static bool is_absent_key(const struct rr *rr)
{
    return has_key_at_0(rr, false);
}

static bool is_surplus_key(const struct rr *rr)
{
    return has_key_at_0(rr, true);
}

/* RFC 4034 section 3.1.3: the signer is the zone, which the owner lies in. */
static bool has_few_labels(const struct rr *rr)
{
    enum { LABELS = 3 };
    unsigned labels = 0;
    for (const uint8_t *p = rr->rdata + SIGNER; *p != 0; p += *p + 1)
        labels++;
    return rr->rdata[LABELS] < labels;
}

/* RFC 4034 section 4.1.2: NSEC itself is always among them. */
static bool has_no_types(const struct rr *rr)
{
    return name_length(rr->rdata, rr->rdlength) == rr->rdlength;
}

/* RFC 4701 section 3.1: three octets come before the digest. */
static bool is_short_dhcid(const struct rr *rr)
{
    return rr->rdlength <= 3;
}

static bool has_flags(const struct rr *rr)
{
    return octets_u16(rr->rdata) != 0;
}

static bool alias_has_params(const struct rr *rr)
{
    return octets_u16(rr->rdata) == 0 && svc_params(rr) < rr->rdata + rr->rdlength;
}

static bool has_bad_dohpath(const struct rr *rr)
{
    enum { DOHPATH = 7 };
    struct slice value;
    return svc_value(rr, DOHPATH, &value) && !doubt_form_dohpath(value.octets, value.length);
}

static bool ohttp_has_value(const struct rr *rr)
{
    enum { OHTTP = 8 };
    struct slice value;
    return svc_value(rr, OHTTP, &value) && value.length > 0;
}

static bool has_no_target(const struct rr *rr)
{
    return rr->rdlength == 4;
}

/* ---- The rules ----------------------------------------------------------------------------- */

/* clang-format off */
#define NOBODY NULL
#define LENGTH(value, octets, readers) {value, octets, readers},
#define LENGTHS(field, from, selector, at, ...) \
    {#field, #selector, NULL, NULL, (const struct length[]){__VA_ARGS__ {0, 0, NULL}}, \
     RULE_LENGTHS, at, 0, from},
#define OCTET(field, at, value, what, readers) \
    {#field, what, readers, NULL, NULL, RULE_OCTET, at, value, 0},
#define BELOW_2_31(field, at, readers) \
    {#field, "is above 2^31 - 1", readers, NULL, NULL, RULE_BELOW, at, 0, 0},
#define TEST(field, function, what, readers) \
    {#field, what, readers, function, NULL, RULE_TEST, 0, 0, 0},
#define CHECKS(mnemonic, code, ...) \
    static const struct rule rules_##code[] = {__VA_ARGS__ {.field = NULL}};
#include "dns/doubt.def"
#undef CHECKS
/* clang-format on */

static const struct rule *rules_of(uint16_t type)
{
    switch (type) {
#define CHECKS(mnemonic, code, ...)                                                                \
    case code:                                                                                     \
        return rules_##code;
#include "dns/doubt.def"
#undef CHECKS
    default:
        return NULL;
    }
}

/* The length that RDATA does not have, or NULL. */
static const struct length *wrong_length(const struct rr *rr, const struct rule *rule)
{
    const struct length *length = rule->lengths;
    uint8_t value = rr->rdata[rule->at];
    while (length->octets != 0 && length->value != value)
        length++;
    if (length->octets == 0)
        return NULL;
    size_t got = measure(rule, rr);
    return got != length->octets && got > 0 ? length : NULL;
}

/* Whether RDATA breaks the rule. */
static bool breaks(const struct rr *rr, const struct rule *rule)
{
    switch ((enum rule_kind)rule->kind) {
    case RULE_LENGTHS:
        return wrong_length(rr, rule) != NULL;
    case RULE_OCTET:
        return rr->rdata[rule->at] == rule->value;
    case RULE_BELOW:
        return rr->rdata[rule->at >= 0 ? rule->at : rr->rdlength + rule->at] >= 0x80;
    case RULE_TEST:
    default:
        return rule->wrong(rr);
    }
}

COLD static void fill_doubt(struct doubt *doubt, const struct rule *rule, const struct rr *rr)
{
    *doubt = (struct doubt){.kind = ERR_RDATA_VALUE,
                            .field = rule->field,
                            .what = rule->what,
                            .readers = rule->readers};
    if (rule->kind != RULE_LENGTHS)
        return;
    const struct length *length = wrong_length(rr, rule);
    doubt->kind = ERR_RDATA_LENGTH;
    doubt->what = NULL;
    doubt->selector = rule->what;
    doubt->value = length->value;
    doubt->expected = length->octets;
    doubt->got = measure(rule, rr);
    doubt->readers = length->readers;
}

bool doubt_find(const struct rr *rr, struct doubt *doubt)
{
    bool misfit = (rr->flags & RR_OPAQUE) != 0 && (rr->info->flags & TYPE_FLAG_OPAQUE) == 0;
    const struct rule *rule = misfit ? NULL : rules_of(rr->type);
    if (rule == NULL)
        return false;
    while (rule->field != NULL && !breaks(rr, rule))
        rule++;
    if (rule->field == NULL)
        return false;
    fill_doubt(doubt, rule, rr);
    return true;
}

/* "has 31 octets, not the 32 of digest type 2" */
static void length_text(char *to, size_t room, const struct doubt *doubt)
{
    int n = snprintf(to, room, "has %zu octet%s, not the %zu of %s %u", doubt->got,
                     doubt->got == 1 ? "" : "s", doubt->expected, doubt->selector, doubt->value);
    for (int i = 0; i < n; i++)
        if (to[i] == '_')
            to[i] = ' ';
}

const char *doubt_text(char text[DOUBT_TEXT], const struct doubt *doubt)
{
    char what[DOUBT_TEXT / 2];
    if (doubt->kind == ERR_RDATA_LENGTH)
        length_text(what, sizeof what, doubt);
    else
        snprintf(what, sizeof what, "%s", doubt->what);
    if (doubt->readers == NULL)
        snprintf(text, DOUBT_TEXT, "%s %s", doubt->field, what);
    else
        snprintf(text, DOUBT_TEXT, "%s %s; %s %s it in any form", doubt->field, what,
                 doubt->readers, strstr(doubt->readers, " and ") != NULL ? "refuse" : "refuses");
    return text;
}
