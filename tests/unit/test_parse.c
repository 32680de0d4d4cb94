/* Text to wire: tests/vectors/rr.tsv, random RDATA made from the schema, and text that is wrong. */
#include "dns/lexer.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/types.h"

#include "schema.h"
#include "tap.h"
#include "wire.h"

#include <errno.h>

enum { LINE_MAX_OCTETS = 700000, COLUMNS = 7, ROUNDS = 2000 };

static char line[LINE_MAX_OCTETS];
static struct wire rdata;
static uint8_t *out; /* RDATA_SCRATCH octets, so that a memory checker sees the one behind */

/* --- the vectors --- */

static void reads(const struct type_info *info, uint16_t type, const char *text, size_t length,
                  const struct wire *expected, bool opaque, const char *what)
{
    struct err err = {.kind = ERR_NONE};
    uint16_t rdlength = 0;
    bool is_opaque = false;
    char *exact = malloc(length + 1);
    memcpy(exact, text, length);
    exact = realloc(exact, length > 0 ? length : 1);
    bool good =
        rdata_parse_text(info, type, exact, length, NULL, 0, out, &rdlength, &is_opaque, &err);
    free(exact);
    if (good && rdlength == expected->n && memcmp(out, expected->octets, rdlength) == 0 &&
        is_opaque == opaque) {
        ok(true, "%s", what);
        return;
    }
    ok(false, "%s: %.*s: %s", what, (int)(length < 200 ? length : 200), text, err.text);
    if (good)
        is_mem(out, rdlength, expected->octets, expected->n, "... octets");
}

static void check_vector(const char *type_text, const char *class_text, const char *text,
                         const char *note, unsigned number)
{
    uint16_t type = types_parse(type_text, strlen(type_text));
    const struct type_info *info = types_find(type, types_class_parse(class_text));
    bool generic = strncmp(text, "\\#", 2) == 0;
    char what[400];
    snprintf(what, sizeof what, "line %u: %s: %.200s", number, type_text, note);
    reads(info, type, text, strlen(text), &rdata, generic, what);
    struct rr rr = {.rdata = rdata.octets,
                    .info = info,
                    .type = type,
                    .rdlength = (uint16_t)rdata.n,
                    .flags = generic ? RR_OPAQUE : 0};
    char *room = malloc(rdata_text_bound(rdata.n));
    char *end = rdata_text_generic(room, &rr);
    snprintf(what, sizeof what, "line %u: %s: generic form", number, type_text);
    reads(info, type, room, (size_t)(end - room), &rdata, generic, what);
    struct rdata_style portable = {.portable = true};
    end = generic ? NULL : rdata_text(room, &rr, &portable);
    snprintf(what, sizeof what, "line %u: %s: portable text", number, type_text);
    if (end != NULL)
        reads(info, type, room, (size_t)(end - room), &rdata, generic, what);
    free(room);
}

static void check_line(unsigned number)
{
    char *columns[COLUMNS] = {NULL}, *rest = line;
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '\0' || line[0] == '#')
        return;
    for (size_t i = 0; i < COLUMNS; i++)
        columns[i] = strsep(&rest, "\t");
    rdata.n = 0;
    if (strcmp(columns[2], "-") != 0)
        wire_hex(&rdata, columns[2]);
    check_vector(columns[0], columns[1], columns[3], columns[6] != NULL ? columns[6] : "", number);
}

static bool check_vectors(const char *path)
{
    FILE *file = fopen(path, "r");
    unsigned number = 0;
    if (file == NULL)
        return ok(false, "the vectors: %s", strerror(errno));
    while (fgets(line, sizeof line, file) != NULL)
        check_line(++number);
    fclose(file);
    return ok(number > 900, "there are vectors");
}

/* --- random RDATA --- */

static bool same_again(const struct rr *rr, const char *text, size_t n, const uint8_t *origin,
                       size_t origin_length, struct err *err)
{
    uint16_t rdlength = 0;
    bool opaque = false;
    return rdata_parse_text(rr->info, rr->type, text, n, origin, origin_length, out, &rdlength,
                            &opaque, err) &&
           rdlength == rr->rdlength && memcmp(out, rr->rdata, rdlength) == 0 &&
           opaque == ((rr->flags & RR_OPAQUE) != 0);
}

/* Every text that the RDATA can be written as reads back. Returns the one that does not. */
static const char *reads_back(const struct rr *rr, char *text, struct err *err)
{
    static const uint8_t origin[] = {1, '@', 0}; /* a suffix that random names have */
    char *end = rdata_text_generic(text, rr);
    if (!same_again(rr, text, (size_t)(end - text), NULL, 0, err))
        return "generic";
    if ((rr->flags & RR_OPAQUE) != 0)
        return NULL;
    for (unsigned i = 0; i < 4; i++) {
        struct rdata_style style = {.portable = (i & 1) != 0};
        if ((i & 2) != 0) {
            style.origin = origin;
            style.origin_length = sizeof origin;
        }
        end = rdata_text(text, rr, &style);
        if (end != NULL &&
            !same_again(rr, text, (size_t)(end - text), style.origin, style.origin_length, err)) {
            *end = '\0';
            return (i & 1) != 0 ? "portable" : "modern";
        }
    }
    return NULL;
}

static void check_random(const struct type_info *info)
{
    char *text = malloc(rdata_text_bound(RDATA_MAX) + 1);
    const char *wrong = NULL;
    unsigned typed = 0;
    struct err err = {.kind = ERR_NONE};
    for (unsigned round = 0; round < ROUNDS && wrong == NULL; round++) {
        schema_rdata(&rdata, info);
        if (round % 10 == 0 && rdata.n > 0) /* mostly no longer what the type allows */
            rdata.octets[schema_below((unsigned)rdata.n)] ^= (uint8_t)(1 + schema_below(255));
        struct rr rr = {
            .rdata = rdata.octets, .info = info, .type = info->code, .rdlength = (uint16_t)rdata.n};
        bool fits = rdata_fits(info, rdata.octets, rdata.n);
        rr.flags = fits ? 0 : RR_OPAQUE;
        typed += fits;
        wrong = reads_back(&rr, text, &err);
    }
    ok(wrong == NULL, "%s (class %u): random RDATA reads back%s%s", info->mnemonic, info->class,
       wrong != NULL ? ", but not as text: " : "", wrong != NULL ? wrong : "");
    if (wrong != NULL)
        diag("%.600s: %s", text, err.text);
    ok(typed > ROUNDS / 2, "... and %u of %d have a text form", typed, ROUNDS);
    free(text);
}

/* The longest RDATA, and what is a little shorter: base64 at the end has every padding. */
static bool check_longest(const struct type_info *info)
{
    char *text = malloc(rdata_text_bound(RDATA_MAX) + 1);
    const char *wrong = NULL;
    struct err err = {.kind = ERR_NONE};
    bool can = true;
    for (unsigned round = 0; can && wrong == NULL && round < 12; round++) {
        size_t n = RDATA_MAX - round % 4;
        can = schema_rdata_long(&rdata, info, n);
        struct rr rr = {
            .rdata = rdata.octets, .info = info, .type = info->code, .rdlength = (uint16_t)rdata.n};
        if (!can)
            break;
        if (rdata.n != n || !rdata_fits(info, rdata.octets, rdata.n))
            wrong = "the strict check";
        else
            wrong = reads_back(&rr, text, &err);
    }
    if (can)
        ok(wrong == NULL, "%s: the longest RDATA reads back%s%s (%.200s)", info->mnemonic,
           wrong != NULL ? ", but not as " : "", wrong != NULL ? wrong : "", err.text);
    free(text);
    return can;
}

static void check_all_longest(void)
{
    const struct type_info *info;
    unsigned types = 0;
    for (size_t i = 0; (info = types_row(i)) != NULL; i++)
        if ((info->flags & (TYPE_FLAG_META | TYPE_FLAG_OPAQUE)) == 0)
            types += check_longest(info);
    ok(types > 30, "%u types can be so long", types);
}

static void check_all_random(void)
{
    const struct type_info *info;
    for (size_t i = 0; (info = types_row(i)) != NULL; i++)
        if ((info->flags & (TYPE_FLAG_META | TYPE_FLAG_OPAQUE)) == 0)
            check_random(info);
}

/* --- what is read beside what is written --- */

/* clang-format off */
static const struct {
    const char *type, *text, *same_as;
} other_texts[] = {
    {"SOA", "a. b. 0001 1w 1D 1h1M 1s", "a. b. 1 604800 86400 3660 1"},
    {"SOA", "@ @ 1 2 3 4 5", "origin. origin. 1 2 3 4 5"},
    {"NS", "host", "host.origin."},
    {"NS", "@", "origin."},
    {"NS", "\"a b\"", "a\\032b.origin."},
    {"NS", "\\@", "\\064.origin."},
    {"NS", "h\303\251", "h\\195\\169.origin."},
    {"MX", "(\n 010 ; preference\n host )", "10 host.origin."},
    {"A", "\\# 4 c0 00 02\t01", "192.0.2.1"},
    {"A", "\\# 0004 C0000201", "192.0.2.1"},
    {"AAAA", "2001:DB8::192.0.2.1", "2001:db8::c000:201"},
    {"AAAA", "0:0:0:0:0:0:0:0", "::"},
    {"AAAA", "0001:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
    {"AAAA", "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
    {"AAAA", "1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"},
    {"TXT", "a b\\ c \"d\"e", "\"a\" \"b c\" \"d\" \"e\""},
    {"TXT", "@ \\# \"\"", "\"@\" \"#\" \"\""},
    {"HINFO", "PC Linux", "\"PC\" \"Linux\""},
    {"ISDN", "1 2", "\"1\" \"2\""},
    {"X25", "3110", "\"3110\""},
    {"CAA", "0 issue ca.example", "0 issue \"ca.example\""},
    {"URI", "1 2 https://x/", "1 2 \"https://x/\""},
    {"DNSKEY", "257 dnssec RSASHA256 AQ ID\tBA==", "257 3 8 AQIDBA=="},
    {"DNSKEY", "257 3 8 A Q I D", "257 3 8 AQID"},
    {"DS", "1 ECDSAP256SHA256 SHA-256 AA B bC c", "1 13 2 aabbcc"},
    {"RRSIG", "TYPE1 ed25519 1 1h 3600 0 1 . AA==", "A 15 1 3600 19700101010000 19700101000000 1 . AA=="},
    {"RRSIG", "a 8 1 1 4294967295 20260926000000 1 . AA==", "A 8 1 1 21060207062815 20260926000000 1 . AA=="},
    /* The first as BIND and ldns write a time of 2106, so long as 1969 is nearer. */
    {"RRSIG", "A 8 1 1 19691231235959 20260926000000 1 . AA==", "A 8 1 1 21060207062815 20260926000000 1 . AA=="},
    {"RRSIG", "A 8 1 1 00010101000000 99991231235959 1 . AA==", "A 8 1 1 20420714010400 21060129084031 1 . AA=="},
    {"NSEC", "a. TYPE65535 MX A a TYPE1 RRSIG", "a. A MX RRSIG TYPE65535"},
    {"NSEC", "a. TYPE256 A TYPE511 TYPE1024 ANY", "a. A ANY URI TYPE511 TYPE1024"},
    {"NSEC3", "1 0 0 - CK0POJMG874LJREF7EFN8430QVIT8BSM", "1 0 0 - ck0pojmg874ljref7efn8430qvit8bsm"},
    {"CERT", "pkix 1 RSASHA256 AA==", "1 1 8 AA=="},
    {"CERT", "OID 1 252 AA==", "254 1 INDIRECT AA=="},
    {"TLSA", "DANE-EE SPKI SHA2-256 AA", "3 1 1 aa"},
    {"WKS", "192.0.2.1 tcp smtp domain 21", "192.0.2.1 6 21 25 53"},
    {"WKS", "192.0.2.1 UDP ( 53 )", "192.0.2.1 17 53"},
    {"NSAP", "0X47.0005.80", "0x47000580"},
    {"ATMA", "+61.2.6555", "+6126555"},
    {"ATMA", "39.246f", "39246f"},
    {"LOC", "42 N 71 W 0", "42 0 0.000 N 71 0 0.000 W 0.00m 1m 10000m 10m"},
    {"LOC", "42 21 n 71 6 18.5 w -24m 30m", "42 21 0.000 N 71 6 18.500 W -24.00m 30m 10000m 10m"},
    {"LOC", "1 2 3. S 1 2 3.04 E +1.5 2.50m 0.09 0", "1 2 3.000 S 1 2 3.040 E 1.50m 2m 0.09m 0.00m"},
    {"APL", "1:192.0.2.0/24 !2:FF00::/8", "1:192.0.2.0/24 !2:ff00::/8"},
    {"A6", "64 2001:db8::1 p.", "64 ::1 p."},
    {"NID", "1 1:02:003:FFFF", "1 0001:0002:0003:ffff"},
    {"EUI48", "00-00-5E-00-53-2A", "00-00-5e-00-53-2a"},
    {"IPN", "1.2", "4294967298"},
    {"DSYNC", "CDS NOTIFY 53 x.", "CDS 1 53 x."},
    {"DOA", "1 2 3 text/plain Zm 9v", "1 2 3 \"text/plain\" Zm9v"},
    {"WINS", "( 192.0.2.1 192.0.2.2 )", "L2 C900 192.0.2.1 192.0.2.2"},
    {"WINS", "local l5 c3600 ( 192.0.2.1 )", "LOCAL L5 C3600 192.0.2.1"},
    {"WINS", "C1 192.0.2.1", "L2 C1 192.0.2.1"},
    {"WINS", "LOCAL L00001 192.0.2.1", "LOCAL L1 C900 192.0.2.1"},
    {"WINSR", "LOCAL L1 C2 host", "LOCAL L1 C2 host.origin."},
    {"WINSR", "L1 C2 C3", "L1 C2 C3.origin."},
    {"WINSR", "LOCAL local", "LOCAL L2 C900 local.origin."},
    {"WINSR", "@", "L2 C900 origin."},
    {"ALIAS", "host", "host.origin."},
    {"LUA", "type1 a b", "A \"a\" \"b\""},
    {"SVCB", "1 . port=53 alpn=h2", "1 . alpn=\"h2\" port=53"},
    {"SVCB", "1 . port=\"53\" key7=\"/q{?dns}\"", "1 . port=53 dohpath=/q{?dns}"},
    {"SVCB", "1 . alpn=\"f\\\\\\\\oo\\\\,bar,h2\"", "1 . key1=\"\\008f\\\\oo,bar\\002h2\""},
    {"SVCB", "1 . alpn=f\\\\\\\\oo\\\\,bar,h2", "1 . key1=\"\\008f\\\\oo,bar\\002h2\""},
    {"SVCB", "1 . alpn=\\092,x", "1 . key1=\"\\002,x\""},
    {"SVCB", "1 . mandatory=ipv4hint,alpn alpn=h2 ipv4hint=192.0.2.1,192.0.2.2",
             "1 . mandatory=alpn,ipv4hint alpn=\"h2\" ipv4hint=192.0.2.1,192.0.2.2"},
    {"SVCB", "1 . key667=hello\\210qoo", "1 . key667=\"hello\\210qoo\""},
    {"SVCB", "1 . ohttp key9=\"\\000\\029\"", "1 . key8 tls-supported-groups=29"},
    {"SVCB", "1 . no-default-alpn alpn=h3", "1 . alpn=\"h3\" no-default-alpn=\"\""},
    {"HTTPS", "16 x ( alpn=h2 ; one\n ipv6hint=\"2001:DB8::1\" )", "16 x.origin. alpn=\"h2\" ipv6hint=2001:db8::1"},
};

/* --- text that is wrong --- */

static const struct {
    const char *type, *text, *error;
} bad_texts[] = {
    {"A", "", "A address: expected an IPv4 address, got the end of the text"},
    {"A", "192.0.2", "A address: expected an IPv4 address, got \"192.0.2\""},
    {"A", "192.0.2.01", "A address: expected an IPv4 address, got \"192.0.2.01\""},
    {"A", "192.0.2.256", "A address: expected an IPv4 address, got \"192.0.2.256\""},
    {"A", "192.0.2.1.", "A address: expected an IPv4 address, got \"192.0.2.1.\""},
    {"A", "+1.0.2.1", "A address: expected an IPv4 address, got \"+1.0.2.1\""},
    {"A", "192.0.2.1 2", "A: expected the end of the line, got \"2\""},
    {"A", "192.0.2.1\n192.0.2.2", "expected one line of text, got another after it"},
    {"A", "\\# 4 c00002", "A RDATA: expected as many octets in hexadecimal as announced, got the end of the text"},
    {"A", "\\# 4 c000020101", "A RDATA: expected as many octets in hexadecimal as announced, got \"c000020101\""},
    {"A", "\\# 4 c00002 0g", "A RDATA: expected hexadecimal digits, got \"0g\""},
    {"A", "\\# 65536 00", "A RDATA: expected the number of octets, from 0 to 65535, got \"65536\""},
    {"A", "\\# -1", "A RDATA: expected the number of octets, from 0 to 65535, got \"-1\""},
    {"A", "\\#", "A RDATA: expected the number of octets, from 0 to 65535, got the end of the text"},
    {"A", "\"\\#\" 4 c0000201", "A address: expected an IPv4 address, got \"\\#\""},
    {"AAAA", "1::2::3", "AAAA address: expected an IPv6 address, got \"1::2::3\""},
    {"AAAA", "1:2:3:4:5:6:7", "AAAA address: expected an IPv6 address, got \"1:2:3:4:5:6:7\""},
    {"AAAA", "1:2:3:4:5:6:7:8:9", "AAAA address: expected an IPv6 address, got \"1:2:3:4:5:6:7:8:9\""},
    {"AAAA", "1:2:3:4::5:6:7:8", "AAAA address: expected an IPv6 address, got \"1:2:3:4::5:6:7:8\""},
    {"AAAA", "12345::", "AAAA address: expected an IPv6 address, got \"12345::\""},
    {"AAAA", ":1::", "AAAA address: expected an IPv6 address, got \":1::\""},
    {"AAAA", "1:", "AAAA address: expected an IPv6 address, got \"1:\""},
    {"AAAA", "::1%eth0", "AAAA address: expected an IPv6 address, got \"::1%eth0\""},
    {"AAAA", "1:2:3:4:5:6:7:1.2.3.4", "AAAA address: expected an IPv6 address, got \"1:2:3:4:5:6:7:1.2.3.4\""},
    {"MX", "-1 a.", "MX preference: expected a number from 0 to 65535, got \"-1\""},
    {"MX", "1x a.", "MX preference: expected a number from 0 to 65535, got \"1x\""},
    {"MX", "99999999999999999999999 a.", "MX preference: expected a number from 0 to 65535, got \"99999999999999999999999\""},
    {"SOA", "a. b. 4294967296 1 1 1 1", "SOA serial: expected a number from 0 to 4294967295, got \"4294967296\""},
    {"SOA", "a. b. 1 1 1 1 7102w", "SOA minimum: expected a number of seconds, or a time such as 1h30m, got \"7102w\""},
    {"SOA", "a. b. 1h 1 1 1 1", "SOA serial: expected a number from 0 to 4294967295, got \"1h\""},
    {"NS", "a..b", "NS host: expected a name without empty labels, got \"a..b\""},
    {"NS", ".a", "NS host: expected a name without empty labels, got \".a\""},
    {"NS", "\"\"", "NS host: expected a name, got \"\""},
    {"TXT", "", "TXT strings: expected a string, got the end of the text"},
    {"TXT", "\"a", "TXT strings: a quoted string does not end"},
    {"X25", "311", "X25 address: expected a string of 4 to 255 digits, got \"311\""},
    {"X25", "31 10", "X25 address: expected a string of 4 to 255 digits, got \"31\""},
    {"CAA", "0 iss-ue x", "CAA tag: expected 1 to 255 letters and digits, got \"iss-ue\""},
    {"CAA", "256 issue x", "CAA flags: expected a number from 0 to 255, got \"256\""},
    {"CAA", "0 issue", "CAA value: expected a string, got the end of the text"},
    {"WINS", "", "WINS mapping: expected [LOCAL] [Lseconds] [Cseconds], and more after it, got the end of the text"},
    {"WINS", "L1 L2 192.0.2.1", "WINS servers: expected an IPv4 address, got \"L2\""},
    {"WINS", "C1 L2 192.0.2.1", "WINS servers: expected an IPv4 address, got \"L2\""},
    {"WINS", "L4294967296 C1 192.0.2.1", "WINS servers: expected an IPv4 address, got \"L4294967296\""},
    {"WINS", "L1 LOCAL 192.0.2.1", "WINS servers: expected an IPv4 address, got \"LOCAL\""},
    {"WINSR", "L1 C2", "WINSR mapping: expected [LOCAL] [Lseconds] [Cseconds], and more after it, got the end of the text"},
    {"WINSR", "L1 C2 a b", "WINSR: expected the end of the line, got \"b\""},
    {"ALIAS", "a b", "ALIAS: expected the end of the line, got \"b\""},
    {"LUA", "A", "LUA code: expected a string, got the end of the text"},
    {"CAA", "0 issue a b", "CAA: expected the end of the line, got \"b\""},
    {"DS", "1 8 2", "DS digest: expected hexadecimal digits, got the end of the text"},
    {"DS", "1 8 2 abc", "DS digest: expected an even number of hexadecimal digits, got the end of the text"},
    {"DS", "1 8 2 xy", "DS digest: expected hexadecimal digits, got \"xy\""},
    {"DS", "1 RSASHA2 2 ab", "DS algorithm: expected a number from 0 to 255 or a mnemonic, got \"RSASHA2\""},
    {"ZONEMD", "1 1 1 0011", "ZONEMD digest: expected at least 12 octets in hexadecimal, got the end of the text"},
    {"DNSKEY", "257 3 8 AQI", "DNSKEY public_key: expected more base64, to a multiple of four characters, got the end of the text"},
    {"DNSKEY", "257 3 8 AQ==AQ==", "DNSKEY public_key: expected base64, got \"AQ==AQ==\""},
    {"DNSKEY", "257 3 8 AQ== AQ==", "DNSKEY public_key: expected base64, got \"AQ==\""},
    {"DNSKEY", "257 3 8 AR==", "DNSKEY public_key: expected base64, got \"AR==\""},
    {"DNSKEY", "257 3 8 A===", "DNSKEY public_key: expected base64, got \"A===\""},
    {"DNSKEY", "257 3 8 A-_=", "DNSKEY public_key: expected base64, got \"A-_=\""},
    {"DNSKEY", "257 3 8", "DNSKEY public_key: expected base64, got the end of the text"},
    {"DNSKEY", "257 tcp 8 AQID", "DNSKEY protocol: expected a number from 0 to 255 or a mnemonic, got \"tcp\""},
    {"KEY", "49152 3 0 AQID", "KEY: expected the end of the line, got \"AQID\""},
    {"RRSIG", "A 8 1 1 20260230000000 0 1 . AA==", "RRSIG expiration: expected a time as YYYYMMDDHHMMSS, or in seconds, got \"20260230000000\""},
    {"RRSIG", "A 8 1 1 00001231235959 0 1 . AA==", "RRSIG expiration: expected a time as YYYYMMDDHHMMSS, or in seconds, got \"00001231235959\""},
    {"RRSIG", "FOO 8 1 1 1 0 1 . AA==", "RRSIG type_covered: expected a record type, got \"FOO\""},
    {"NSEC", "a. A TYPE65536", "NSEC types: expected a record type, got \"TYPE65536\""},
    {"NSEC3", "1 0 0 - CK0POJMG874LJREF7EFN8430QVIT8BS", "NSEC3 next: expected base32hex of 1 to 255 octets in one word, got \"CK0POJMG874LJREF7EFN8430QVIT8BS\""},
    {"NSEC3", "1 0 0 - W0", "NSEC3 next: expected base32hex of 1 to 255 octets in one word, got \"W0\""},
    {"NSEC3", "1 0 0 - 01", "NSEC3 next: expected base32hex of 1 to 255 octets in one word, got \"01\""},
    {"NSEC3", "1 0 0 abc 00", "NSEC3 salt: expected hexadecimal digits of at most 255 octets in one word, or -, got \"abc\""},
    {"NXT", "a. TYPE128", "NXT types: expected a record type with a code from 1 to 127, got \"TYPE128\""},
    {"WKS", "192.0.2.1 6 65536", "WKS ports: expected a port from 0 to 65535 or the name of a service, got \"65536\""},
    {"NSAP", "47", "NSAP address: expected 0x and hexadecimal digits, two for each octet, got \"47\""},
    {"NSAP", "0x4", "NSAP address: expected 0x and hexadecimal digits, two for each octet, got \"0x4\""},
    {"ATMA", "+", "ATMA address: expected + and digits, or hexadecimal digits, two for each octet, got \"+\""},
    {"LOC", "91 N 0 E 0", "LOC location: expected a latitude as DEGREES [MINUTES [SECONDS]] N or S, got \"N\""},
    {"LOC", "90 0 0.001 N 0 E 0", "LOC location: expected a latitude as DEGREES [MINUTES [SECONDS]] N or S, got \"N\""},
    {"LOC", "1 60 N 0 E 0", "LOC location: expected a latitude as DEGREES [MINUTES [SECONDS]] N or S, got \"60\""},
    {"LOC", "1 1 60 N 0 E 0", "LOC location: expected a latitude as DEGREES [MINUTES [SECONDS]] N or S, got \"60\""},
    {"LOC", "1 N 181 E 0", "LOC location: expected a longitude as DEGREES [MINUTES [SECONDS]] E or W, got \"181\""},
    {"LOC", "1 N 1 E -100000.01m", "LOC location: expected an altitude from -100000.00m to 42849672.95m, got \"-100000.01m\""},
    {"LOC", "1 N 1 E 42849672.96m", "LOC location: expected an altitude from -100000.00m to 42849672.95m, got \"42849672.96m\""},
    {"LOC", "1 N 1 E 1m 90000000.01m", "LOC location: expected a size from 0m to 90000000m, got \"90000000.01m\""},
    {"LOC", "1 N 1 E 1m 1m 1m 1m 1m", "LOC: expected the end of the line, got \"1m\""},
    {"APL", "1:192.0.2.0/33", "APL prefixes: expected a prefix as [!]1:IPV4/LENGTH or [!]2:IPV6/LENGTH, got \"1:192.0.2.0/33\""},
    {"APL", "3:x/1", "APL prefixes: expected a prefix as [!]1:IPV4/LENGTH or [!]2:IPV6/LENGTH, got \"3:x/1\""},
    {"A6", "129", "A6 address: expected a prefix length from 0 to 128, got \"129\""},
    {"A6", "0 ::1 x.", "A6: expected the end of the line, got \"x.\""},
    {"HIP", "2 200 AQID", "HIP identity: expected a tag of 1 to 255 octets in hexadecimal, got \"200\""},
    {"HIP", "2 2001 AQI", "HIP identity: expected a key in base64, in one word, got \"AQI\""},
    {"IPSECKEY", "1 0 2 192.0.2.1 AQID", "IPSECKEY gateway: expected \".\", since the gateway is of type 0, got \"192.0.2.1\""},
    {"IPSECKEY", "1 4 2 . AQID", "IPSECKEY gateway: expected a gateway of type 0 to 3, got \".\""},
    {"AMTRELAY", "1 2 1 192.0.2.1", "AMTRELAY relay_type: expected 0 or 1: whether discovery is optional, got \"2\""},
    {"AMTRELAY", "1 0 128 .", "AMTRELAY relay_type: expected a type from 0 to 127, got \"128\""},
    {"NID", "1 1:2:3", "NID node_id: expected four groups of hexadecimal digits, got \"1:2:3\""},
    {"NID", "1 1:2:3:12345", "NID node_id: expected four groups of hexadecimal digits, got \"1:2:3:12345\""},
    {"EUI48", "00-00-5e-00-53", "EUI48 address: expected six octets as xx-xx-xx-xx-xx-xx, got \"00-00-5e-00-53\""},
    {"EUI48", "00:00:5e:00:53:2a", "EUI48 address: expected six octets as xx-xx-xx-xx-xx-xx, got \"00:00:5e:00:53:2a\""},
    {"IPN", "18446744073709551616", "IPN number: expected a number from 0 to 18446744073709551615, or two up to 4294967295 with a dot between them, got \"18446744073709551616\""},
    {"NULL", "x", "NULL RDATA: expected \\# LENGTH HEX, since no text form is known, got \"x\""},
    {"TYPE65400", "x", "TYPE65400 RDATA: expected \\# LENGTH HEX, since no text form is known, got \"x\""},
    {"TYPE65400", "", "TYPE65400 RDATA: expected \\# LENGTH HEX, since no text form is known, got the end of the text"},
    {"SVCB", "1 . alpn=", "SVCB params: expected a value for this key, got \"alpn=\""},
    {"SVCB", "1 . alpn=\"h2,,h3\"", "SVCB params: expected identifiers of 1 to 255 octets with commas between them, got \"h2,,h3\""},
    {"SVCB", "1 . alpn=h2,", "SVCB params: expected identifiers of 1 to 255 octets with commas between them, got \"alpn=h2,\""},
    {"SVCB", "1 . alpn=\"a\\\\b\"", "SVCB params: expected a comma or a backslash after a backslash in an identifier, got \"a\\\\b\""},
    {"SVCB", "1 . alpn=a\\\\\\b", "SVCB params: expected a comma or a backslash after a backslash in an identifier, got \"alpn=a\\\\\\b\""},
    {"SVCB", "1 . alpn=a\\092b", "SVCB params: expected a comma or a backslash after a backslash in an identifier, got \"alpn=a\\092b\""},
    {"IPSECKEY", "1 0 2 .", "IPSECKEY public_key: expected base64, got the end of the text"},
    {"SVCB", "1 . port=53 port=54", "SVCB params: expected each key once, got \"port=54\""},
    {"SVCB", "1 . port=1,2", "SVCB params: expected a single value, got \"port=1,2\""},
    {"SVCB", "1 . port=65536", "SVCB params: expected a number from 0 to 65535, got \"port=65536\""},
    {"SVCB", "1 . port", "SVCB params: expected a value for this key, got \"port\""},
    {"SVCB", "1 . ohttp=1", "SVCB params: expected no value for this key, got \"ohttp=1\""},
    {"SVCB", "1 . mandatory=port", "SVCB params: expected values that fit their keys, every mandatory key, and alpn where there is no-default-alpn, got the end of the text"},
    {"SVCB", "1 . no-default-alpn", "SVCB params: expected values that fit their keys, every mandatory key, and alpn where there is no-default-alpn, got the end of the text"},
    {"SVCB", "1 . mandatory=port,port port=1", "SVCB params: expected each mandatory key once, got \"mandatory=port,port\""},
    {"SVCB", "1 . key007=1", "SVCB params: expected a parameter as KEY or KEY=VALUE, got \"key007=1\""},
    {"SVCB", "1 . key65536=1", "SVCB params: expected a parameter as KEY or KEY=VALUE, got \"key65536=1\""},
    {"SVCB", "1 . foo=1", "SVCB params: expected a parameter as KEY or KEY=VALUE, got \"foo=1\""},
    {"SVCB", "1 . ech=AQI", "SVCB params: expected base64, got \"ech=AQI\""},
    {"SVCB", "1 . \"port=1\"", "SVCB params: expected a parameter as KEY or KEY=VALUE, got \"port=1\""},
    {"SVCB", "1 . ipv4hint=192.0.2.1,", "SVCB params: expected IPv4 addresses with commas between them, got \"ipv4hint=192.0.2.1,\""},
};
/* clang-format on */

static const uint8_t origin[] = {6, 'o', 'r', 'i', 'g', 'i', 'n', 0};

static bool parse(const char *type, const char *text, uint16_t *rdlength, struct err *err)
{
    uint16_t code = types_parse(type, strlen(type));
    bool opaque = false;
    return rdata_parse_text(types_find(code, CLASS_IN), code, text, strlen(text), origin,
                            sizeof origin, out, rdlength, &opaque, err);
}

static void check_other_texts(void)
{
    for (size_t i = 0; i < sizeof other_texts / sizeof *other_texts; i++) {
        struct err err = {.kind = ERR_NONE};
        uint16_t first = 0, second = 0;
        bool good = parse(other_texts[i].type, other_texts[i].same_as, &first, &err);
        uint8_t *expected = wire_exact(out, first);
        good = good && parse(other_texts[i].type, other_texts[i].text, &second, &err);
        if (ok(good, "%s %s: %s", other_texts[i].type, other_texts[i].text, err.text))
            is_mem(out, second, expected, first, "... is %s", other_texts[i].same_as);
        free(expected);
    }
}

static void check_bad_texts(void)
{
    for (size_t i = 0; i < sizeof bad_texts / sizeof *bad_texts; i++) {
        struct err err = {.kind = ERR_NONE};
        uint16_t rdlength = 0;
        bool good = parse(bad_texts[i].type, bad_texts[i].text, &rdlength, &err);
        is_str(good ? "it is accepted" : err.text, bad_texts[i].error, "%s %s", bad_texts[i].type,
               bad_texts[i].text);
    }
}

/* RDATA of 65535 octets, and one octet more. */
static void check_limits(void)
{
    static const char *const types[] = {"OPENPGPKEY", "DHCID", "EID", "TXT", "NULL"};
    char *text = malloc(600000);
    uint16_t rdlength = 0;
    for (unsigned more = 0; more < 2; more++) {
        for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
            struct err err = {.kind = ERR_NONE};
            char *at = text;
            size_t octets = 65535 + more;
            if (i < 2) {
                for (size_t n = 0; n < octets / 3; n++)
                    at += sprintf(at, "AAAA%s", n % 100 == 0 ? " " : "");
                at += sprintf(at, "%s", more ? "AA==" : "");
            } else if (i == 2) {
                for (size_t n = 0; n < octets; n++)
                    at += sprintf(at, "00");
            } else if (i == 3) {
                for (size_t n = 0; n < octets / 256; n++)
                    at += sprintf(at, "\"%0255d\" ", 0);
                at += sprintf(at, "%s", more ? "" : "\"");
                if (!more)
                    at += sprintf(at, "%0254d\"", 0);
            } else {
                at += sprintf(at, "\\# %zu ", octets);
                for (size_t n = 0; n < octets; n++)
                    at += sprintf(at, "00");
            }
            bool good = parse(types[i], text, &rdlength, &err);
            if (more)
                ok(!good && err.kind == ERR_SYNTAX, "%s: more than 65535 octets: %s", types[i],
                   err.text);
            else
                ok(good && rdlength == 65535, "%s: 65535 octets: %s", types[i], err.text);
        }
    }
    free(text);
}

int main(int argc, char **argv)
{
    out = malloc(RDATA_SCRATCH);
    if (argc < 2 || argc > 3 || out == NULL) {
        printf("Bail out! usage: test_parse FILE [SEED]\n");
        return 1;
    }
    uint64_t seed = argc == 3 ? strtoull(argv[2], NULL, 10) : 1;
    diag("seed %llu", (unsigned long long)seed);
    schema_seed(seed);
    check_vectors(argv[1]);
    check_other_texts();
    check_bad_texts();
    check_limits();
    check_all_random();
    check_all_longest();
    free(out);
    return tap_end();
}
