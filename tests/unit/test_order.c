/* The canonical order of records: each row comes after the one before, and the other way round. */
#include "dns/name.h"
#include "dns/order.h"

#include "tap.h"

enum { TXT = 16 };

static const struct {
    const char *owner;
    uint16_t type;
    const char *rdata;
    uint16_t rdlength;
} rows[] = {
    {"example.", TYPE_A, "\1\1\1\1", 4},
    {"example.", TYPE_A, "\1\1\1\2", 4},
    {"EXAMPLE.", TYPE_NS, "\1a\0", 3},
    {"example.", TXT, "", 0}, /* malformed, but such a thing may be kept in generic form */
    {"example.", TXT, "\0", 1},
    {"example.", TXT, "\0\0", 2},
    {"example.", TXT, "\1a", 2},
    {"example.", TXT, "\1\377", 2}, /* octets are not signed (RFC 4034 section 6.3) */
    {"example.", 65535, "\1", 1},
    /* The names of RFC 4034 section 6.1. */
    {"a.example.", TYPE_A, "\1\1\1\1", 4},
    {"yljkjljk.a.example.", TYPE_A, "\1\1\1\1", 4},
    {"Z.a.example.", TYPE_A, "\1\1\1\1", 4},
    {"zABC.a.EXAMPLE.", TYPE_A, "\1\1\1\1", 4},
    {"z.example.", TYPE_A, "\1\1\1\1", 4},
    {"\\001.z.example.", TYPE_A, "\1\1\1\1", 4},
    {"*.z.example.", TYPE_A, "\1\1\1\1", 4},
    {"\\200.z.example.", TYPE_A, "\1\1\1\1", 4},
};
enum { ROWS = sizeof rows / sizeof *rows };

static uint8_t owners[ROWS][NAME_MAX_WIRE];

static struct rr rr_of(size_t i)
{
    struct rr rr = {.owner = owners[i], .type = rows[i].type, .rdlength = rows[i].rdlength};
    name_parse(rows[i].owner, owners[i], &rr.owner_length);
    return rr;
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

static void test_records(void)
{
    for (size_t i = 0; i < ROWS; i++) {
        unsigned wrong = 0;
        struct rr a = rr_of(i);
        for (size_t j = 0; j < ROWS; j++) {
            struct rr b = rr_of(j);
            const uint8_t *left = (const uint8_t *)rows[i].rdata,
                          *right = (const uint8_t *)rows[j].rdata;
            wrong += sign(order_records(&a, left, &b, right)) != (i > j) - (i < j);
        }
        is_int(wrong, 0, "row %zu, %s, is in order with all", i + 1, rows[i].owner);
    }
    struct rr a = rr_of(3), b = rr_of(7), c = rr_of(8);
    ok(order_sets(&a, &b) == 0 && order_sets(&b, &c) < 0, "an RRset is an owner and a type");
}

static void test_parts(void)
{
    const uint8_t *a = (const uint8_t *)"xxb", *b = (const uint8_t *)"xxa";
    ok(order_octets(a, 3, b, 3) > 0 && order_octets_from(a, 3, b, 3, 2) > 0, "from an octet on");
    ok(order_octets_from(a, 2, b, 2, 2) == 0 && order_octets_from(a, 2, b, 3, 2) < 0,
       "... where one of them may end");
    ok(order_octets(NULL, 0, NULL, 0) == 0 && order_octets(a, 1, NULL, 0) > 0, "none at all");
    ok(order_of_type(TYPE_SOA, true) == 0 && order_of_type(TYPE_SOA, false) == TYPE_SOA &&
           order_of_type(TYPE_A, true) == TYPE_A,
       "the SOA of the apex stands before all");
}

static void test_covered(void)
{
    struct rr rr = {.rdata = (const uint8_t *)"\0\6\10", .rdlength = 3, .type = TYPE_RRSIG};
    is_int(order_covered(&rr), TYPE_SOA, "a signature covers a type");
    rr.type = TYPE_SIG;
    is_int(order_covered(&rr), TYPE_SOA, "... so does an old one");
    rr.rdlength = 1;
    is_int(order_covered(&rr), 0, "... but not one without room for it");
    rr = (struct rr){.rdata = rr.rdata, .rdlength = 3, .type = TXT};
    is_int(order_covered(&rr), 0, "another record covers none");
}

int main(void)
{
    test_records();
    test_parts();
    test_covered();
    return tap_end();
}
