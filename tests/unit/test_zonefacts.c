/* What a report tells of a zone: the numbers of its SOA, and until when it has good signatures. */
#include "out/zonefacts.h"
#include "dns/types.h"

#include "tap.h"

static const uint8_t apex[] = "\7example";
static const uint8_t www[] = "\3www\7example";
static const struct zone_info zone = {
    .apex = apex, .apex_length = sizeof apex, .class = CLASS_IN, .serial = 1};
static struct zonefacts facts;

static void add(const uint8_t *owner, size_t owner_length, uint16_t type, const void *rdata,
                size_t length)
{
    struct rr rr = {.owner = owner,
                    .owner_length = (uint8_t)owner_length,
                    .rdata = rdata,
                    .rdlength = (uint16_t)length,
                    .info = types_find(type, CLASS_IN),
                    .type = type,
                    .class = CLASS_IN};
    zonefacts_add(&facts, &rr);
}

/* A signature over a type that is good until then. */
static void sign(const uint8_t *owner, size_t owner_length, uint16_t covered, uint32_t until)
{
    uint8_t rdata[24] = {(uint8_t)(covered >> 8), (uint8_t)covered, 13, 2};
    for (int i = 0; i < 4; i++)
        rdata[8 + i] = (uint8_t)(until >> (24 - 8 * i));
    add(owner, owner_length, TYPE_RRSIG, rdata, sizeof rdata);
}

#define SIGN(owner, covered, until) sign(owner, sizeof owner, covered, until)

static void test_soa(void)
{
    static const char rdata[] = "\1a\0\1b\0\0\0\0\11\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4";
    zonefacts_begin(&facts, &zone);
    ok(!facts.has_soa && !facts.complete, "nothing yet");
    add(www, sizeof www, TYPE_SOA, rdata, sizeof rdata - 1);
    ok(!facts.has_soa, "a SOA that is not at the apex is none");
    add(apex, sizeof apex, TYPE_SOA, rdata, sizeof rdata - 1);
    ok(facts.has_soa && facts.serial == 9 && facts.refresh == 1 && facts.retry == 2 &&
           facts.expire == 3 && facts.minimum == 4,
       "its numbers");
    is_int((int64_t)facts.records, 2, "records");
    zonefacts_end(&facts);
    ok(facts.complete && !facts.is_signed, "no signatures");
}

static void test_signed(void)
{
    zonefacts_begin(&facts, &zone);
    SIGN(apex, TYPE_SOA, 500);
    SIGN(apex, TYPE_SOA, 700);
    SIGN(www, 1, 900);
    zonefacts_end(&facts);
    ok(facts.is_signed && facts.first_expiry == 700 && facts.records == 3, "until when");
    zonefacts_begin(&facts, &zone);
    add(apex, sizeof apex, TYPE_RRSIG, "\0\1", 2);
    zonefacts_end(&facts);
    ok(!facts.is_signed, "forgotten; and a signature that is too short says nothing");
}

int main(void)
{
    test_soa();
    test_signed();
    return tap_end();
}
