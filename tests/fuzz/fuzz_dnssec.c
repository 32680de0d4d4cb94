/* All judges of a whole zone: two octets that move the clock, then records, each an owner below the
 * apex (its length, its labels), type, TTL (one octet, in hours), length of RDATA, RDATA. Whatever
 * they are, the walk ends, what it says can be shown, and a zone that is good has what that takes:
 * keys, signatures, a chain. */
#include "fuzz.h"

#include "base/codec.h"
#include "base/cursor.h"
#include "dns/order.h"
#include "dns/rdata.h"
#include "out/discard.h"
#include "verify/verify.h"

#include <string.h>

static const uint8_t apex[] = "\6signed\4test"; /* with the root label */
enum { APEX_LENGTH = sizeof apex, MOST = 512, NOW = 1795960000, MINUTE = 60 };

struct record {
    struct rr rr;
    uint8_t owner[NAME_MAX_WIRE];
    uint8_t *canonical;
};

static bool read_record(struct cursor *c, struct record *record)
{
    size_t below = cursor_u8(c);
    const uint8_t *labels = cursor_take(c, below);
    uint16_t type = cursor_u16(c);
    uint32_t ttl = cursor_u8(c) * 3600u;
    uint16_t rdlength = cursor_u16(c);
    const uint8_t *rdata = cursor_take(c, rdlength);
    if (c->failed || below + APEX_LENGTH > NAME_MAX_WIRE)
        return false;
    if (below > 0)
        memcpy(record->owner, labels, below);
    memcpy(record->owner + below, apex, APEX_LENGTH);
    if (name_length(record->owner, below + APEX_LENGTH) != below + APEX_LENGTH)
        return false;
    name_lower(record->owner, below + APEX_LENGTH);
    record->rr = (struct rr){.owner = record->owner,
                             .rdata = rdata,
                             .info = types_find(type, CLASS_IN),
                             .ttl = ttl,
                             .type = type,
                             .class = CLASS_IN,
                             .rdlength = rdlength,
                             .owner_length = (uint8_t)(below + APEX_LENGTH)};
    if (record->rr.info == NULL || !rdata_fits(record->rr.info, rdata, rdlength))
        record->rr.flags = RR_OPAQUE;
    record->canonical = malloc(rdlength + 1u);
    MUST(record->canonical != NULL);
    rdata_canonical(&record->rr, record->canonical);
    return true;
}

static int compare(const void *a, const void *b)
{
    const struct record *left = *(struct record *const *)a, *right = *(struct record *const *)b;
    return order_records(&left->rr, left->canonical, &right->rr, right->canonical);
}

/* Gives the records, which are in order. */
static void walk_records(struct sink *sink, struct record **records, size_t count)
{
    const struct zone_info zone = {
        .apex = apex, .apex_length = APEX_LENGTH, .class = CLASS_IN, .serial = 7};
    struct err err = {.kind = ERR_NONE};
    MUST(sink->begin(sink, &zone, &err));
    for (size_t i = 0; i < count; i++)
        MUST(sink->record(sink, RR_ADD, &records[i]->rr, &err));
    MUST(sink->end(sink, OUTCOME_COMPLETE, NULL, &err));
}

static void check(const struct dnssec_result *result, struct findings *findings)
{
    struct finding finding;
    findings_close(findings);
    for (size_t i = 0; findings_get(findings, i, &finding); i++)
        for (const char *said = finding.text; *said != '\0'; said++)
            MUST(*said >= ' ' && *said < 0x7f);
    if (result->good)
        MUST(result->is_signed && result->sets > 0 && result->denial != DNSSEC_NO_DENIAL &&
             result->late == 0 && result->early == 0);
    if (result->all_verified)
        MUST(result->trust == TRUST_SELF && result->first_expiry >= result->now);
    MUST(!result->all_verified || result->good);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct record records[MOST];
    static struct record *sorted[MOST];
    struct cursor c = cursor_at(data, 0, size);
    uint64_t now = NOW + (uint64_t)cursor_u16(&c) * MINUTE;
    size_t count = 0;
    while (!c.failed && c.at < c.end && count < MOST && read_record(&c, &records[count])) {
        sorted[count] = &records[count];
        count++;
    }
    qsort(sorted, count, sizeof *sorted, compare);
    struct err err = {.kind = ERR_NONE};
    struct verify_result result;
    struct verify_config config = {.what = VERIFY_ZONE | VERIFY_ZONEMD | VERIFY_DNSSEC,
                                   .now = now,
                                   .skew = 300,
                                   .findings = findings_new(20, NULL, &err)};
    struct sink *sink = discard_new(&err);
    MUST(config.findings != NULL && sink != NULL);
    sink = verify_new(sink, &config, &result, &err);
    MUST(sink != NULL);
    walk_records(sink, sorted, count);
    check(&result.dnssec, config.findings);
    sink->free(sink);
    findings_free(config.findings);
    for (size_t i = 0; i < count; i++)
        free(records[i].canonical);
    return 0;
}
