/* io/prefix: addresses of both families in one form, prefixes as people write them, right and
 * wrong, and which addresses are in them. */
#include "io/prefix.h"

#include "tap.h"

#include <netinet/in.h>

static struct prefix_address address_of(const char *text)
{
    struct prefix_address own = {{0}};
    struct address address;
    if (!address_parse(text, 4711, &address) || !prefix_address(&own, &address)) {
        printf("Bail out! %s is not an address\n", text);
        exit(1);
    }
    return own;
}

static const struct {
    const char *text;
    unsigned bits; /* as of IPv6 */
} good[] = {
    {"192.0.2.1", 128},
    {"192.0.2.1/32", 128},
    {"192.0.2.0/24", 120},
    {"192.0.2.128/25", 121},
    {"128.0.0.0/1", 97},
    {"0.0.0.0/0", 96},
    {"2001:db8::1", 128},
    {"2001:db8::1/128", 128},
    {"2001:db8::/32", 32},
    {"2001:db8:8000::/33", 33},
    {"8000::/1", 1},
    {"::/0", 0},
    {"::ffff:192.0.2.0/120", 120},
    {"::ffff:0:0/96", 96},
};

static const char *const bad[] = {
    "", "/", "/24", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/+8", "192.0.2.0/ 8",
    "192.0.2.0/24 ", " 192.0.2.0/24", "192.0.2.0/24/24", "192.0.2.0/2x", "192.0.2.0/0x18",
    "192.0.2.0/255.255.255.0", "192.0.2.0/4294967320", /* 24 in 32 bits */
    "192.0.2.0/0000000024", "192.0.2", "192.0.2.256", "192.0.2.1#53", "ns.example", "ns.example/24",
    "2001:db8::/129", "2001:db8:::/32", "[2001:db8::1]", "-", "*",
    /* Bits beyond those of the prefix. */
    "192.0.2.1/24", "192.0.2.128/24", "192.0.2.1/31", "0.0.0.1/0", "2001:db8::1/127",
    "2001:db8:8000::/32", "::1/0", "::ffff:192.0.2.0/24", /* of IPv6, as it is written */
};

static void reads(void)
{
    struct prefix prefix;
    char longest[1000];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        const char *wrong = prefix_parse(&prefix, good[i].text);
        is_str(wrong, NULL, "%s is one", good[i].text);
        is_int(prefix.bits, good[i].bits, "... of so many bits");
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok(prefix_parse(&prefix, bad[i]) != NULL, "\"%s\" is none", bad[i]);
    memset(longest, '1', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    ok(prefix_parse(&prefix, longest) != NULL, "nor is a long word");
    longest[500] = '/';
    ok(prefix_parse(&prefix, longest) != NULL, "nor is one with a slash");
}

static const struct {
    const char *prefix, *address;
    bool has;
} rows[] = {
    {"192.0.2.0/24", "192.0.2.0", true},
    {"192.0.2.0/24", "192.0.2.255", true},
    {"192.0.2.0/24", "192.0.3.0", false},
    {"192.0.2.0/24", "192.0.1.255", false},
    {"192.0.2.0/24", "::ffff:192.0.2.7", true},
    {"192.0.2.0/24", "::192.0.2.7", false},
    {"192.0.2.0/24", "c000:200::", false},
    {"192.0.2.0/23", "192.0.3.255", true},
    {"192.0.2.0/23", "192.0.4.0", false},
    {"192.0.2.128/25", "192.0.2.127", false},
    {"192.0.2.128/25", "192.0.2.128", true},
    {"192.0.2.6/31", "192.0.2.7", true},
    {"192.0.2.6/31", "192.0.2.8", false},
    {"192.0.2.7", "192.0.2.7", true},
    {"192.0.2.7", "192.0.2.6", false},
    {"192.0.2.7/32", "192.0.2.71", false},
    {"128.0.0.0/1", "255.255.255.255", true},
    {"128.0.0.0/1", "127.255.255.255", false},
    {"0.0.0.0/0", "203.0.113.9", true},
    {"0.0.0.0/0", "::1", false},
    {"0.0.0.0/0", "2001:db8::1", false},
    {"::/0", "2001:db8::1", true},
    {"::/0", "203.0.113.9", true}, /* they stand in ::ffff:0:0/96 */
    {"::ffff:192.0.2.0/120", "192.0.2.9", true},
    {"::ffff:192.0.2.9", "192.0.2.9", true},
    {"2001:db8::/32", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true},
    {"2001:db8::/32", "2001:db9::", false},
    {"2001:db8:8000::/33", "2001:db8:8000::1", true},
    {"2001:db8:8000::/33", "2001:db8:7fff::1", false},
    {"2001:db8::/33", "2001:db8:8000::", false},
    {"2001:db8::fe/127", "2001:db8::ff", true},
    {"2001:db8::fe/127", "2001:db8::fd", false},
    {"2001:db8::1", "2001:db8::1", true},
    {"2001:db8::1", "2001:db8::", false},
    {"8000::/1", "ffff::", true},
    {"8000::/1", "7fff::", false},
};

static void judges(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct prefix_address address = address_of(rows[i].address);
        struct prefix prefix;
        is_str(prefix_parse(&prefix, rows[i].prefix), NULL, "%s", rows[i].prefix);
        is_int(prefix_has(&prefix, &address), rows[i].has, "... and %s", rows[i].address);
    }
}

/* By all lengths, against a comparison bit by bit. */
static void lengths(void)
{
    const struct prefix_address own = address_of("2001:db8:5555:aaaa:5555:aaaa:5555:aaaa");
    unsigned wrong = 0;
    for (unsigned bits = 0; bits <= 128; bits++) {
        struct prefix prefix = {.address = own, .bits = bits};
        for (unsigned at = 0; at < 128; at++)
            if (at >= bits)
                prefix.address.octets[at / 8] &= (uint8_t)~(0x80 >> at % 8);
        wrong += !prefix_has(&prefix, &own);
        for (unsigned at = 0; at < 128; at++) {
            struct prefix_address other = own;
            other.octets[at / 8] ^= (uint8_t)(0x80 >> at % 8);
            wrong += prefix_has(&prefix, &other) != (at >= bits);
        }
    }
    is_int(wrong, 0, "one bit that differs matters within the prefix alone, of every length");
}

static void same(void)
{
    const struct prefix_address a = address_of("192.0.2.1"), b = address_of("::ffff:192.0.2.1"),
                                c = address_of("192.0.2.2"), d = address_of("::192.0.2.1");
    struct address other_port, local = {.storage.ss_family = AF_UNIX};
    struct prefix_address e;
    ok(prefix_same(&a, &b), "as a peer of an IPv6 socket it is the same");
    ok(!prefix_same(&a, &c) && !prefix_same(&a, &d), "another one is not");
    ok(address_parse("192.0.2.1", 53, &other_port) && prefix_address(&e, &other_port) &&
           prefix_same(&a, &e),
       "the port does not matter");
    ok(!prefix_address(&e, &local), "what is of another family has none");
}

int main(void)
{
    reads();
    judges();
    lengths();
    same();
    return tap_end();
}
