/* Until when the signatures of a zone are good: what it comes to, and what is read of a line. */
#include "dns/expiry.h"

#include "tap.h"

static const uint8_t apex[] = "\7example";
static const uint8_t www[] = "\3www\7example";
static const uint8_t www_upper[] = "\3WWW\7example";
static struct expiry expiry;

#define SIGN(owner, covered, until) expiry_add(&expiry, owner, sizeof(owner), covered, until)

static void begin(void)
{
    expiry = (struct expiry){.has_first = false};
}

static uint32_t first(void)
{
    expiry_end(&expiry);
    return expiry.has_first ? expiry.first : 12345;
}

static void test_sets(void)
{
    begin();
    is_int(first(), 12345, "no signature");
    SIGN(apex, TYPE_SOA, 500);
    is_int(first(), 500, "one signature");

    begin();
    SIGN(apex, TYPE_SOA, 500);
    SIGN(apex, TYPE_SOA, 700);
    SIGN(apex, TYPE_SOA, 600);
    is_int(first(), 700, "of those over one set the latest counts");

    begin();
    SIGN(apex, TYPE_SOA, 500);
    SIGN(apex, 2, 800);
    SIGN(apex, TYPE_SOA, 900);
    SIGN(www, 1, 850);
    is_int(first(), 800, "of the sets the earliest, also where they are mixed");

    begin();
    SIGN(www, 1, 100);
    SIGN(www_upper, 1, 900);
    SIGN(apex, 1, 901);
    is_int(first(), 900, "letter case does not make another owner");

    begin();
    SIGN(apex, TYPE_SOA, 100);
    SIGN(www, TYPE_SOA, 900);
    is_int(first(), 100, "another owner does");

    begin();
    SIGN((const uint8_t[]){0}, TYPE_SOA, 100);
    is_int(first(), 100, "the root is an owner, too");

    begin();
    for (uint16_t type = 1; type <= 3 * EXPIRY_SETS; type++) {
        SIGN(apex, type, 900u + type);
        SIGN(apex, type, 1000u + type);
    }
    is_int(first(), 1001, "more types at a name than are told apart, in order");
}

static void test_clock(void)
{
    begin();
    SIGN(apex, 1, 0xfffffff0);
    SIGN(www, 1, 16);
    is_int(first(), 0xfffffff0, "before the round of the clock in 2106");

    begin();
    SIGN(apex, 1, 0xfffffff0);
    SIGN(apex, 1, 16);
    is_int(first(), 16, "and after it");

    begin();
    SIGN(apex, 1, 0);
    SIGN(www, 1, 5);
    ok(first() == 0 && expiry.has_first, "0 is a time as any other");
}

static void add_record(const void *rdata, size_t length)
{
    struct rr rr = {.owner = apex,
                    .owner_length = sizeof apex,
                    .rdata = rdata,
                    .rdlength = (uint16_t)length,
                    .type = TYPE_RRSIG};
    expiry_add_record(&expiry, &rr);
}

static void test_record(void)
{
    begin();
    add_record("\0\1\15\2\0\0\0\74\1\2\3", 11);
    is_int(first(), 12345, "a signature that is too short says nothing");
    add_record("\0\1\15\2\0\0\0\74\1\2\3\4", 12);
    add_record("\0\2\15\2\0\0\0\74\1\2\3\5\0", 13);
    is_int(first(), 0x01020304, "malformed behind its expiration it counts");
    begin();
    add_record("\0\1\15\2\0\0\0\74\1\2\3\4", 12);
    add_record("\0\1\15\2\0\0\0\74\1\2\3\5", 12);
    is_int(first(), 0x01020305, "so does the type that it covers");
}

#define REST " 20260101000000 12345 example. AAAA"

static void test_read(void)
{
    static const struct {
        const char *rdata;
        uint16_t covered;
        uint32_t until;
    } good[] = {
        {"SOA 13 2 3600 20301231235959" REST, 6, 1924991999},
        {"NSEC3PARAM 8 0 0 19700101000000" REST, 51, 0},
        {"TYPE65280 255 127 4294967295 21060207062815" REST, 65280, UINT32_MAX},
        {"A 13 2 60 20301231235959 ", 1, 1924991999},
    };
    static const char *const others[] = {
        "",
        "SOA",
        "SOA ",
        "SOA 13 2 3600",
        "SOA 13 2 3600 ",
        "SOA 13 2 3600 2030123123595",
        "SOA 13 2 3600 20301231235959",
        "SOA 13 2 3600 203012312359590" REST,
        "SOA 13 2 3600 1924991999" REST,
        "SOA 13 2 3600 20301331235959" REST,
        "SOA 13 2 1h 20301231235959" REST,
        "SOA 13  2 3600 20301231235959" REST,
        "SOA 13 ( 2 3600 20301231235959" REST,
        "SOA  2 3600 20301231235959" REST,
        "SOA\t13 2 3600 20301231235959" REST,
        "RSASHA 13 2 3600 20301231235959" REST,
        "TYPE65536 13 2 3600 20301231235959" REST,
        "\\# 12 00010d020000003c01020304",
    };
    struct types_memo types = {.slots = {{0}}};
    uint16_t covered;
    uint32_t until;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        const char *rdata = good[i].rdata;
        ok(expiry_read(rdata, strlen(rdata), &types, &covered, &until) &&
               covered == good[i].covered && until == good[i].until,
           "%s", rdata);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        size_t n = strlen(others[i]);
        char *rdata = malloc(n + 1); /* so that a read past the end is seen */
        memcpy(rdata, others[i], n);
        ok(!expiry_read(rdata, n, &types, &covered, &until), "not \"%s\"", others[i]);
        free(rdata);
    }
}

int main(void)
{
    test_sets();
    test_clock();
    test_record();
    test_read();
    return tap_end();
}
