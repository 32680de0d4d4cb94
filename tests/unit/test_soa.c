/* A SOA that is kept, and what makes two of them equal. */
#include "dns/soa.h"
#include "dns/types.h"

#include "tap.h"

static const uint8_t given[] = "\2Ns\0\5aDMin\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5";
static const uint8_t lower[] = "\2ns\0\5admin\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5";

static struct rr soa_of(const uint8_t *rdata, size_t length)
{
    return (struct rr){
        .owner = (const uint8_t *)"\7Example",
        .owner_length = 9,
        .rdata = rdata,
        .rdlength = (uint16_t)length,
        .info = types_find(TYPE_SOA, CLASS_IN),
        .ttl = 60,
        .type = TYPE_SOA,
        .class = CLASS_IN,
        .flags = RR_SAME_OWNER,
    };
}

static void test_keep(void)
{
    uint8_t rdata[sizeof given - 1];
    memcpy(rdata, given, sizeof rdata);
    struct rr rr = soa_of(rdata, sizeof rdata);
    struct soa soa;
    ok(soa_keep(&soa, &rr), "a SOA is kept");
    memset(rdata, 0x55, sizeof rdata);
    ok(soa.rr.rdlength == sizeof rdata && memcmp(soa.rr.rdata, given, sizeof rdata) == 0 &&
           soa.rr.owner != rr.owner && memcmp(soa.rr.owner, "\7Example", 9) == 0,
       "... with all its octets");
    ok(soa.rr.ttl == 60 && soa.rr.flags == 0, "... without the hint of the same owner");
    soa_make_canonical(&soa);
    ok(memcmp(soa.rdata, lower, sizeof rdata) == 0 && memcmp(soa.owner, "\7example", 9) == 0,
       "in canonical form");
    soa_set_serial(&soa, 0xfedcba98);
    ok(rdata_soa_serial(&soa.rr) == 0xfedcba98 && memcmp(soa.rdata, lower, 11) == 0 &&
           memcmp(soa.rdata + 15, lower + 15, sizeof rdata - 15) == 0,
       "a serial is set, and nothing else");
}

static void test_misfits(void)
{
    static const uint8_t zeros[SOA_RDATA_MAX + 1];
    struct soa soa = {.rr = {.ttl = 7}};
    struct rr rr = soa_of(zeros, SOA_RDATA_MIN - 1);
    ok(!soa_keep(&soa, &rr) && soa.rr.ttl == 7, "too short");
    rr = soa_of(zeros, SOA_RDATA_MAX + 1);
    ok(!soa_keep(&soa, &rr) && soa.rr.ttl == 7, "too long");
    rr = soa_of(given, sizeof given - 1);
    rr.flags = RR_OPAQUE;
    ok(!soa_keep(&soa, &rr) && soa.rr.ttl == 7, "in generic form only");
    ok(!soa_equal(&soa.rr, &soa.rr), "none is not equal to none");
}

static void test_equal(void)
{
    uint8_t other[sizeof given - 1];
    struct rr a = soa_of(given, sizeof given - 1), b = soa_of(lower, sizeof lower - 1);
    ok(soa_equal(&a, &b) && soa_equal(&b, &a), "letter case in names makes no difference");
    unsigned taken = 0;
    for (size_t i = 0; i < sizeof other; i++) {
        memcpy(other, lower, sizeof other);
        if (i == 0 || i == 3 || i == 4 || i == 10) /* lengths of labels */
            continue;
        other[i] ^= 1;
        b = soa_of(other, sizeof other);
        taken += soa_equal(&a, &b);
    }
    is_int(taken, 0, "each octet of each field does");
}

/* RFC 4034 section 3.1: the type that is covered, and 16 octets; the signer; the signature. */
#define SIGNATURE(covers, signer, octet)                                                           \
    "\0" covers "\15\2\0\0\16\20\151\0\0\0\150\0\0\0\60\71" signer "\0" octet "\2\3\4"

static void add_signature(struct soa_signed *to, const char *rdata, size_t length)
{
    struct rr rr = soa_of((const uint8_t *)rdata, length);
    rr.type = TYPE_RRSIG;
    rr.info = types_find(TYPE_RRSIG, CLASS_IN);
    soa_signed_add(to, &rr);
}

#define ADD(to, ...) add_signature(to, SIGNATURE(__VA_ARGS__), sizeof SIGNATURE(__VA_ARGS__) - 1)

static void test_signed(void)
{
    struct soa_signed a = {.has_soa = false}, b = {.has_soa = false}, none = {.has_soa = false};
    struct rr soa = soa_of(given, sizeof given - 1);
    ADD(&none, "\1", "\7example", "\1"); /* over A */
    ok(!none.has_soa && none.signatures == 0, "a signature over another type is passed over");
    soa_signed_add(&a, &soa);
    soa_signed_add(&b, &soa);
    ok(a.has_soa && soa_equal(&a.soa.rr, &soa), "the SOA is kept");
    ok(soa_signed_alike(&a, &b), "no signatures are alike");
    ADD(&a, "\6", "\7example", "\1");
    ok(!soa_signed_alike(&a, &b), "one is not alike with none");
    ADD(&b, "\6", "\7example", "\2");
    ok(!soa_signed_alike(&a, &b), "another signature");
    ADD(&a, "\6", "\7example", "\2");
    ADD(&b, "\6", "\7eXAMPle", "\1");
    ok(soa_signed_alike(&a, &b), "the same in another order, whatever the case of the signer");
    ADD(&a, "\6", "\7example", "\1");
    ok(!soa_signed_alike(&a, &b), "one of them twice");
    add_signature(&a, "\0\6\1", 3);
    is_int(a.signatures, 4, "one that is too short is counted");
}

int main(void)
{
    test_keep();
    test_misfits();
    test_equal();
    test_signed();
    return tap_end();
}
