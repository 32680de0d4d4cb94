/* Trust anchors: the three syntaxes, what is malformed, and which key one leads to. */
#include "dns/types.h"
#include "verify/anchor.h"
#include "verify/keys.h"

#include "zonetext.h"

/* The example of RFC 4034 section 5.4 and RFC 4509 section 2.3; dnspython agrees with all three. */
#define KEY_DATA                                                                                   \
    "AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/"                                             \
    "2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphX"                                                \
    "dvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw=="
#define SHA1 "2BB183AF5F22588179A53B0A98631FAD1A292118"
#define SHA256 "D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A"
#define SHA384                                                                                     \
    "ab64dbebe13c0b6bae558b78ccab93b836f8ada4cbed2d4484a8715a819de7b9e846315e70ea5d884b377394bdaf" \
    "16a3"
#define ZONE "dskey.example.com."
#define ROOT_DS "20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"

/* What is read: for each anchor "owner type tag-or-flags". */
static const struct {
    const char *what, *text, *expected;
} good[] = {
    {"a DS", ZONE " 86400 IN DS 60485 5 1 " SHA1 "\n", "dskey.example.com. 43 60485;"},
    {"without TTL, without class", ZONE " DS 60485 5 1 " SHA1, "dskey.example.com. 43 60485;"},
    {"class before TTL", ZONE " IN 60 DS 60485 5 1 " SHA1, "dskey.example.com. 43 60485;"},
    {"no dot at the end, upper case", "DsKey.Example.Com IN DS 60485 5 1 " SHA1,
     "dskey.example.com. 43 60485;"},
    {"several lines in parentheses, remarks",
     "; a remark\n\n" ZONE " IN DS ( 60485 5 ; here, too\n 1 " SHA1 " )\n",
     "dskey.example.com. 43 60485;"},
    {"an owner for several lines", ZONE " IN DS 60485 5 1 " SHA1 "\n\tIN DS 60485 5 2 " SHA256,
     "dskey.example.com. 43 60485;dskey.example.com. 43 60485;"},
    {"a DNSKEY of the root", ". IN DNSKEY 256 3 5 " KEY_DATA " ; keytag 60485\n", ". 48 256;"},
    {"other records are passed over", "a. IN NS b.\n$TTL 60\na. IN A 192.0.2.1\n. IN DS " ROOT_DS,
     ". 43 20326;"},
    {"Windows line ends", ". IN DS " ROOT_DS "\r\n", ". 43 20326;"},
    {"unbound's state: valid and missing keys count, others do not",
     "; autotrust trust anchor file\n;;id: . 1\n"
     ".\t86400\tIN\tDNSKEY\t256 3 5 " KEY_DATA
     " ;{id = 60485 (ksk), size = 1024b} ;;state=2 [  VALID  ] ;;count=0 ;;lastchange=1 ;;Thu\n"
     ".\t86400\tIN\tDNSKEY\t257 3 5 " KEY_DATA " ;{id = 60486 (ksk)} ;;state=1 [ ADDPEND ]\n"
     ".\t86400\tIN\tDNSKEY\t258 3 5 " KEY_DATA " ;{id = 60487 (ksk)} ;;state=3 [ MISSING ]\n"
     ".\t86400\tIN\tDNSKEY\t259 3 5 " KEY_DATA " ;{id = 60488 (ksk)} ;;state=4 [ REVOKED ]\n",
     ". 48 256;. 48 258;"},
    {"BIND", "trust-anchors { \".\" initial-key 256 3 5 \"" KEY_DATA "\"; };", ". 48 256;"},
    {"BIND, a DS", "trust-anchors {\n  example.com. static-ds 60485 5 1\n   \"" SHA1 "\";\n};",
     "example.com. 43 60485;"},
    {"BIND, inside a configuration, with remarks",
     "options { dnssec-validation yes; }; # trust-anchors {\n// trust-anchors {\n/* trust-anchors "
     "{ */\nmanaged-keys {\n \"a\" initial-key 256 3 5 \"AQOe iiR0\n GOMY\"; # yes\n};\n"
     "trusted-keys { b. 256 3 5 \"" KEY_DATA "\"; c 258 3 5 \"" KEY_DATA "\"; };\n",
     "a. 48 256;b. 48 256;c. 48 258;"},
    {"IANA",
     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<TrustAnchor id=\"x\" source=\"y\">\n"
     "<!-- <KeyDigest> --><Zone>.</Zone>\n<KeyDigest id=\"K\" validFrom=\"2017-02-02T00:00:00+00:00"
     "\">\n<KeyTag>20326</KeyTag>\n<Algorithm> 8 </Algorithm>\n<DigestType>2</DigestType>\n"
     "<Digest>E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D</Digest>\n"
     "<PublicKey>AwEA</PublicKey><Flags>257</Flags></KeyDigest></TrustAnchor>\n",
     ". 43 20326;"},
    {"a mark of UTF-8 before it", "\357\273\277. IN DS " ROOT_DS "\n", ". 43 20326;"},
};

static void test_good(void)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct err err = {.kind = ERR_NONE};
        char text[1024] = "";
        struct anchors *anchors = anchor_read("f", good[i].text, strlen(good[i].text), &err);
        for (size_t j = 0; anchors != NULL && j < anchors->count; j++) {
            const struct anchor *anchor = &anchors->items[j];
            const uint8_t *rdata = anchor_rdata(anchors, anchor);
            struct name_string name;
            size_t at = strlen(text);
            snprintf(text + at, sizeof text - at, "%s %u %u;", name_string(&name, anchor->owner),
                     anchor->type, rdata[0] << 8 | rdata[1]);
        }
        if (anchors == NULL)
            diag("%s", err.text);
        is_str(text, good[i].expected, "%s", good[i].what);
        anchor_free(anchors);
    }
}

static const struct {
    const char *text, *error;
} bad[] = {
    {"", "f: there is no trust anchor in it, no DS and no DNSKEY record"},
    {"; nothing\n. IN NS a.\n", "f: there is no trust anchor in it, no DS and no DNSKEY record"},
    {". IN\n", "f:1: expected a DS or DNSKEY record"},
    {"\n\nthis is text\n", "f:3: expected a DS or DNSKEY record"},
    {"  IN DS " ROOT_DS, "f:1: expected the name of a zone"},
    {"$TTL 60\n$ORIGIN example.\na DS " ROOT_DS,
     "f:2: only $TTL is known here; give the name of the zone in full"},
    {"@ IN DS " ROOT_DS, "f:1: expected the name of a zone, got @"},
    {". IN DS 20326 8 2 XYZ\n", NULL},
    {". IN DS 20326 8\n", NULL},
    {". IN DNSKEY 257 3 8 (\n", NULL},
    {"trust-anchors { . initial-key 257 3 8; };", NULL},
    {"trust-anchors { . some-key 257 3 8 \"AAAA\"; };",
     "f:1: expected NAME [initial-key] NUMBER NUMBER NUMBER \"DATA\";"},
    {"trust-anchors { . initial-key 257 3 8 \"AAAA\" };",
     "f:1: expected a semicolon after each entry, and a closing brace"},
    {"trust-anchors {\n. initial-key 257 3 8 \"AAAA", NULL},
    {"<TrustAnchor><KeyDigest><KeyTag>1</KeyTag></KeyDigest>",
     "f:1: a KeyDigest lacks zone, tag, algorithm, digest type or digest"},
    {"<TrustAnchor><KeyDigest validFrom=\"yesterday\">",
     "f:1: expected a time such as 2017-02-02T00:00:00+00:00"},
    {"<!-- no end", "f:1: a comment does not end"},
    {"<", "f:1: a tag does not end"},
};

static void test_bad(void)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err err = {.kind = ERR_NONE};
        struct anchors *anchors = anchor_read("f", bad[i].text, strlen(bad[i].text), &err);
        ok(anchors == NULL && err.kind == ERR_ANCHOR, "refused: %.60s", bad[i].text);
        if (bad[i].error != NULL)
            is_str(err.text, bad[i].error, "... and why");
        anchor_free(anchors);
    }
}

/* Text that is cut off anywhere ends the reading, and nothing else. */
static void test_cut(void)
{
    unsigned read = 0;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        for (size_t n = strlen(good[i].text); n > 0; n--) {
            struct err err = {.kind = ERR_NONE};
            char *copy = malloc(n);
            memcpy(copy, good[i].text, n);
            struct anchors *anchors = anchor_read("f", copy, n, &err);
            read += (anchors != NULL) != (err.kind != ERR_NONE);
            anchor_free(anchors);
            free(copy);
        }
    ok(read > 1000, "%u texts that are cut off: an error or anchors", read);
}

/* ---- Time ---------------------------------------------------------------------------------- */

#define LIMITED(from, until)                                                                       \
    "<TrustAnchor><Zone>.</Zone><KeyDigest" from until "><KeyTag>20326</KeyTag><Algorithm>8"       \
    "</Algorithm><DigestType>2</DigestType><Digest>E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC68" \
    "3457104237C7F8EC8D</Digest></KeyDigest></TrustAnchor>"
#define FROM " validFrom=\"2017-02-02T00:00:00+00:00\""
#define UNTIL " validUntil='2019-01-11T01:00:00+01:00'"
#define ZULU " validUntil=\"2019-01-11T00:00:00Z\""
enum { FROM_TIME = 1485993600, UNTIL_TIME = 1547164800 };

static const struct {
    const char *text;
    uint64_t now;
    bool holds;
} limits[] = {
    {LIMITED("", ""), 0, true},
    {LIMITED(FROM, ""), FROM_TIME - 1, false},
    {LIMITED(FROM, ""), FROM_TIME, true},
    {LIMITED(FROM, UNTIL), UNTIL_TIME - 1, true},
    {LIMITED(FROM, UNTIL), UNTIL_TIME, false},
    {LIMITED(FROM, ZULU), UNTIL_TIME - 1, true},
    {LIMITED("", ZULU), UNTIL_TIME, false},
    {". IN DS " ROOT_DS, 0, true},
};

static void test_limits(void)
{
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct err err = {.kind = ERR_NONE};
        size_t at = 0;
        struct anchors *anchors = anchor_read("f", limits[i].text, strlen(limits[i].text), &err);
        ok(anchors != NULL && (anchor_next(anchors, &at, (const uint8_t *)"", 1, limits[i].now) !=
                               NULL) == limits[i].holds,
           "row %zu: at %llu an anchor %s", i, (unsigned long long)limits[i].now,
           limits[i].holds ? "holds" : "does not hold");
        anchor_free(anchors);
    }
}

/* ---- Keys ---------------------------------------------------------------------------------- */

/* The first anchor of the text beside a key with such flags, at the zone. */
static enum anchor_match match(const char *text, unsigned flags)
{
    struct err err = {.kind = ERR_NONE};
    struct node node = {.owner_length = 0};
    struct node_walk walk = zonetext_walk(ZONE);
    char line[512];
    snprintf(line, sizeof line, "60 DNSKEY %u 3 5 " KEY_DATA, flags);
    zonetext_node(&node, &walk, ZONE, (const char *const[]){line, NULL});
    struct anchors *anchors = anchor_read("f", text, strlen(text), &err);
    size_t at = 0;
    const struct anchor *anchor =
        anchors != NULL ? anchor_next(anchors, &at, walk.apex, walk.apex_length, 0) : NULL;
    enum anchor_match result =
        anchor != NULL ? anchor_match(anchor->type == TYPE_DS, anchor_rdata(anchors, anchor),
                                      anchor->rdlength, walk.apex, walk.apex_length,
                                      node_rdata(&node, 0), node.records[0].rdlength, &err)
                       : ANCHOR_FAILED;
    anchor_free(anchors);
    node_fini(&node);
    return result;
}

static void test_match(void)
{
    static const struct {
        const char *text;
        unsigned flags;
        enum anchor_match expected;
    } rows[] = {
        {ZONE " DS 60485 5 1 " SHA1, 256, ANCHOR_MATCHES},
        {ZONE " DS 60485 5 2 " SHA256, 256, ANCHOR_MATCHES},
        {ZONE " DS 60485 5 4 " SHA384, 256, ANCHOR_MATCHES},
        {ZONE " DS 60485 5 2 " SHA256 "00", 256, ANCHOR_OTHER},
        {ZONE " DS 60484 5 2 " SHA256, 256, ANCHOR_OTHER},
        {ZONE " DS 60485 8 2 " SHA256, 256, ANCHOR_OTHER},
        {ZONE " DS 60485 5 3 " SHA256, 256, ANCHOR_UNKNOWN},
        {ZONE " DS 60485 5 2 " SHA256, 257, ANCHOR_OTHER},
        {ZONE " DS 60485 5 2 " SHA256, 384, ANCHOR_REVOKED},
        {ZONE " DS 60613 5 2 " SHA256, 384, ANCHOR_OTHER},
        {ZONE " DNSKEY 256 3 5 " KEY_DATA, 256, ANCHOR_MATCHES},
        {ZONE " DNSKEY 256 3 5 " KEY_DATA, 384, ANCHOR_REVOKED},
        {ZONE " DNSKEY 257 3 5 " KEY_DATA, 256, ANCHOR_OTHER},
        {ZONE " DNSKEY 384 3 5 " KEY_DATA, 384, ANCHOR_MATCHES},
        /* Type 1 does not count beside a better one (RFC 4509 section 3). */
        {ZONE " DS 60485 5 1 " SHA1 "\n" ZONE " DS 1 5 2 " SHA256, 256, ANCHOR_OTHER},
        {ZONE " DS 60485 5 1 " SHA1 "\n" ZONE " DS 1 5 3 " SHA256, 256, ANCHOR_MATCHES},
        {"example.com. DS 60485 5 2 " SHA256, 256, ANCHOR_FAILED}, /* of another zone */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        is_int(match(rows[i].text, rows[i].flags), rows[i].expected, "a key with flags %u: %.50s",
               rows[i].flags, rows[i].text);
}

int main(void)
{
    test_good();
    test_bad();
    test_cut();
    test_limits();
    test_match();
    return tap_end();
}
