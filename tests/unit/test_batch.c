/* Signatures: the examples of the RFCs, damaged octet by octet; times; keys that may not sign; too
 * many of them. */
#include "verify/batch.h"

#include "zonetext.h"

/* RFC 8080 section 6, RFC 6605 section 6, RFC 5702 section 6; dnspython agrees. */
#define KEY_25519 "3600 DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4="
#define MX "3600 MX 10 mail.example.com."
#define MX_25519                                                                                   \
    "oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg=="
#define A1 "3600 A 192.0.2.1"
#define A91 "3600 A 192.0.2.91"

static const struct vector {
    const char *zone, *key, *owner, *record, *signature;
} vectors[] = {
    {"example.com.", KEY_25519, "example.com.", MX,
     "3600 RRSIG MX 15 2 3600 1440021600 1438207200 3613 example.com. " MX_25519},
    {"example.com.",
     "3600 DNSKEY 257 3 15 zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs=", "example.com.", MX,
     "3600 RRSIG MX 15 2 3600 1440021600 1438207200 35217 example.com. zXQ0bkYgQTEFyfLyi9QoiY6D8Zd"
     "Yo4wyUhVioYZXFdT410QPRITQSqJSnzQoSm5poJ7gD7AQR0O7KuI5k2pcBg=="},
    {"example.com.",
     "3600 DNSKEY 257 3 16 3kgROaDjrh0H2iuixWBrc8g2EpBBLCdGzHmn+G2MpTPhpj/OiBVHHSfPodx1FYYUcJKm1MD"
     "pJtIA",
     "example.com.", MX,
     "3600 RRSIG MX 16 2 3600 1440021600 1438207200 9713 example.com. 3cPAHkmlnxcDHMyg7vFC34l0blBh"
     "uG1qpwLmjInI8w1CMB29FkEAIJUA0amxWndkmnBZ6SKiwZSAxGILn/NBtOXft0+Gj7FSvOKxE/07+4RQvE581N3Aj/JtI"
     "yaiYVdnYtyMWbSNyGEY2213WKsJlwEA"},
    {"example.net.",
     "3600 DNSKEY 257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr"
     "+Wi9xMWyQLc8NAA==",
     "www.example.net.", A1,
     "3600 RRSIG A 13 3 3600 20100909100439 20100812100439 55648 example.net. qx6wLYqmh+l9oCKTN6qI"
     "c+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw=="},
    {"example.net.",
     "3600 DNSKEY 257 3 14 xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8"
     "X1DRSEkrbYQ+OB+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40",
     "www.example.net.", A1,
     "3600 RRSIG A 14 3 3600 20100909102025 20100812102025 10771 example.net. /L5hDKIvGDyI1fcARX3z"
     "65qrmPsVz73QD1Mr5CEqOiLP95hxQouuroGCeZOvzFaxsT8Glr74hbavRKayJNuydCuzWTSSPdz7wnqXL5bdcJzusdnI0"
     "RSMROxxwGipWcJm"},
    {"example.net.",
     "3600 DNSKEY 256 3 8 AwEAAcFcGsaxxdgiuuGmCkVImy4h99CqT7jwY3pexPGcnUFtR2Fh36BponcwtkZ4cAgtvd4Q"
     "s8PkxUdp6p/DlUmObdk=",
     "www.example.net.", A91,
     "3600 RRSIG A 8 3 3600 20300101000000 20000101000000 9033 example.net. kRCOH6u7l0QGy9qpC9l1sL"
     "ncJcOKFLJ7GhiUOibu4teYp5VE9RncriShZNz85mwlMgNEacFYK/lPtPiVYP4bwg=="},
    {"example.net.",
     "3600 DNSKEY 256 3 10 AwEAAdHoNTOW+et86KuJOWRDp1pndvwb6Y83nSVXXyLA3DLroROUkN6X0O6pnWnjJQujX/A"
     "yhqFDxj13tOnD9u/1kTg7cV6rklMrZDtJCQ5PCl/D7QNPsgVsMu1J2Q8gpMpztNFLpPBz1bWXjDtaR7ZQBlZ3PFY12ZTS"
     "ncorffcGmhOL",
     "www.example.net.", A91,
     "3600 RRSIG A 10 3 3600 20300101000000 20000101000000 3740 example.net. tsb4wnjRUDnB1BUi+t6TM"
     "TXThjVnG+eCkWqjvvjhzQL1d0YRoOe0CbxrVDYd0xDtsuJRaeUw1ep94PzEWzr0iGYgZBWm/zpq+9fOuagYJRfDqfReKB"
     "zMweOLDiNa8iP5g9vMhpuv6OPlvpXwm9Sa9ZXIbNl1MBGk0fthPgxdDLw="},
};

static struct node apex, node;
static struct err err;

/* Verifies the first set of the node; the batch is the caller's. */
static const struct batch_set *check(const struct signature_frame *frame, struct batch **batch)
{
    *batch = batch_new(frame, NULL, NULL, &err);
    for (size_t i = 0; i < node.set_count; i++)
        if (!batch_add(*batch, &node, &node.sets[i], &err))
            ok(false, "a set is added: %s", err.text);
    if (!batch_run(*batch, &err))
        ok(false, "a batch is run: %s", err.text);
    return batch_set(*batch, 0);
}

/* What the first set and its first signature come to, as "set/signature". */
static const char *outcome(const struct signature_frame *frame)
{
    static char text[32];
    struct batch *batch;
    const struct batch_set *set = check(frame, &batch);
    int signature = set->signatures > 0 ? batch_signatures(batch, set)[0].state : -1;
    snprintf(text, sizeof text, "%d/%d", set->state, signature);
    batch_free(batch);
    return text;
}

static const char *states(enum batch_state set, enum signature_state signature)
{
    static char text[32];
    snprintf(text, sizeof text, "%d/%d", set, signature);
    return text;
}

/* Makes zone and name of a vector; the frame's time is within the signature's. */
static struct signature_frame frame_of(const struct vector *vector, struct node_walk *walk)
{
    *walk = zonetext_walk(vector->zone);
    zonetext_node(&apex, walk, vector->zone, (const char *const[]){vector->key, NULL});
    zonetext_node(&node, walk, vector->owner,
                  (const char *const[]){vector->record, vector->signature, NULL});
    struct signature_frame frame = {
        .apex = walk->apex,
        .apex_length = walk->apex_length,
        .class = CLASS_IN,
        .skew = 300,
        .keys = keys_new(&apex, node_find(&apex, TYPE_DNSKEY), &err),
    };
    const uint8_t *rdata = node_rdata(&node, node.sets[0].first_signature);
    frame.now = (uint32_t)rdata[12] << 24 | (uint32_t)rdata[13] << 16 | (uint32_t)rdata[14] << 8 |
                rdata[15];
    return frame;
}

static void free_keys(const struct signature_frame *frame)
{
    keys_free((struct keys *)(uintptr_t)frame->keys);
}

/* ---- The examples -------------------------------------------------------------------------- */

static void test_vector(const struct vector *vector)
{
    struct node_walk walk;
    struct signature_frame frame = frame_of(vector, &walk);
    uint8_t algorithm = frame.keys->items[0].algorithm;
    is_str(outcome(&frame), states(BATCH_GOOD, SIGNATURE_GOOD), "algorithm %u: good", algorithm);
    const struct node_set *set = &node.sets[0];
    const struct node_record *record = &node.records[set->first_signature];
    unsigned wrong = 0, flipped = 0;
    for (size_t i = 2; i < record->rdlength; i++, flipped++) {
        uint8_t *octet = node.octets.base + record->rdata + i;
        *octet ^= 4;
        wrong += strcmp(outcome(&frame), states(BATCH_GOOD, SIGNATURE_GOOD)) == 0;
        *octet ^= 4;
    }
    is_int(wrong, 0, "... %u octets of the RRSIG changed, one after the other", flipped);
    node.octets.base[node.records[set->first].rdata] ^= 1;
    is_str(outcome(&frame), states(BATCH_BAD, SIGNATURE_INVALID), "... the record changed");
    free_keys(&frame);
}

/* ---- Times, in serial arithmetic ----------------------------------------------------------- */

static const struct {
    uint32_t inception, expiration, now;
    enum signature_state state;
    bool skewed;
} times[] = {
    {1000, 2000, 1000, SIGNATURE_PLAUSIBLE, false},
    {1000, 2000, 2000, SIGNATURE_PLAUSIBLE, false}, /* both ends are within */
    {1000, 2000, 2001, SIGNATURE_LATE, false},
    {1000, 2000, 999, SIGNATURE_PLAUSIBLE, true},
    {1000, 2000, 700, SIGNATURE_PLAUSIBLE, true}, /* the skew is 300 */
    {1000, 2000, 699, SIGNATURE_EARLY, false},
    {2000, 1000, 1500, SIGNATURE_INVERTED, false},
    {4294967000, 1000, 4294967200, SIGNATURE_PLAUSIBLE, false}, /* over the end of 32 bits */
    {4294967000, 1000, 500, SIGNATURE_PLAUSIBLE, false},
    {4294967000, 1000, 1001, SIGNATURE_LATE, false},
    {4294967000, 1000, 4294966000, SIGNATURE_EARLY, false},
    {1700000000, 3000000000, 1800000000, SIGNATURE_PLAUSIBLE, false}, /* expires after 2038 */
};

static void put_u32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void test_times(void)
{
    struct node_walk walk;
    struct signature_frame frame = frame_of(&vectors[0], &walk);
    const struct node_record *record = &node.records[node.sets[0].first_signature];
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct signature signature;
        size_t at;
        uint8_t *rdata = node.octets.base + record->rdata;
        put_u32(rdata + 8, times[i].expiration);
        put_u32(rdata + 12, times[i].inception);
        frame.now = times[i].now;
        signature_read(&signature, &frame, rdata, record->rdlength, 3600, 15, 2, &at);
        is_int(signature.state, times[i].state, "from %u to %u, at %u", times[i].inception,
               times[i].expiration, times[i].now);
        if (signature.state == SIGNATURE_PLAUSIBLE)
            ok(signature.skewed == times[i].skewed, "... skewed or not");
    }
    free_keys(&frame);
}

/* ---- RRSIGs that cannot be good ------------------------------------------------------------ */

#define SIGNED(labels, signer)                                                                     \
    "3600 RRSIG MX 15 " labels " 3600 1440021600 1438207200 3613 " signer " " MX_25519

static const struct {
    const char *key, *owner, *signature;
    enum batch_state set;
    enum signature_state state;
} refused[] = {
    {KEY_25519, "example.com.", SIGNED("2", "example.com."), BATCH_GOOD, SIGNATURE_GOOD},
    {KEY_25519, "example.com.", SIGNED("2", "EXAMPLE.com."), BATCH_GOOD, SIGNATURE_GOOD},
    {KEY_25519, "example.com.", SIGNED("2", "com."), BATCH_BAD, SIGNATURE_SIGNER},
    {KEY_25519, "example.com.", SIGNED("1", "example.com."), BATCH_BAD, SIGNATURE_LABELS_LESS},
    {KEY_25519, "example.com.", SIGNED("3", "example.com."), BATCH_BAD, SIGNATURE_LABELS_MORE},
    {KEY_25519, "*.example.com.", SIGNED("3", "example.com."), BATCH_BAD, SIGNATURE_LABELS_MORE},
    {KEY_25519, "*.example.com.", SIGNED("2", "example.com."), BATCH_BAD, SIGNATURE_INVALID},
    {"3600 DNSKEY 257 3 15 zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs=", "example.com.",
     SIGNED("2", "example.com."), BATCH_BAD, SIGNATURE_NO_KEY},
    {"3600 DNSKEY 1 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=", "example.com.",
     "3600 RRSIG MX 15 2 3600 1440021600 1438207200 3357 example.com. " MX_25519, BATCH_BAD,
     SIGNATURE_KEY_NOT_ZONE},
    {"3600 DNSKEY 257 2 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=", "example.com.",
     "3600 RRSIG MX 15 2 3600 1440021600 1438207200 3357 example.com. " MX_25519, BATCH_BAD,
     SIGNATURE_KEY_NOT_ZONE},
    {"3600 DNSKEY 385 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=", "example.com.",
     "3600 RRSIG MX 15 2 3600 1440021600 1438207200 3741 example.com. " MX_25519, BATCH_BAD,
     SIGNATURE_KEY_REVOKED},
    {"3600 DNSKEY 257 3 15 AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "example.com.",
     "3600 RRSIG MX 15 2 3600 1440021600 1438207200 1296 example.com. " MX_25519, BATCH_BAD,
     SIGNATURE_KEY_UNUSABLE},
    {"3600 DNSKEY 257 3 200 AQID", "example.com.",
     "3600 RRSIG MX 200 2 3600 1440021600 1438207200 2251 example.com. " MX_25519, BATCH_UNKNOWN,
     SIGNATURE_UNKNOWN},
    {KEY_25519, "example.com.",
     "3600 RRSIG MX 15 2 3600 1440021600 1438207200 3613 example.com. AA==", BATCH_BAD,
     SIGNATURE_INVALID},
};

static void test_refused(void)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct node_walk walk;
        const struct vector vector = {.zone = "example.com.",
                                      .key = refused[i].key,
                                      .owner = refused[i].owner,
                                      .record = MX,
                                      .signature = refused[i].signature};
        struct signature_frame frame = frame_of(&vector, &walk);
        is_str(outcome(&frame), states(refused[i].set, refused[i].state), "%s %s by %s",
               refused[i].owner, refused[i].signature, refused[i].key);
        if (refused[i].state != SIGNATURE_NO_KEY)
            is_int(frame.keys->items[0].tag,
                   node_rdata(&node, 1)[16] << 8 | node_rdata(&node, 1)[17], "... and its tag");
        free_keys(&frame);
    }
}

/* A signature that is cut off anywhere is malformed, or not good. */
static void test_short(void)
{
    struct node_walk walk;
    struct signature_frame frame = frame_of(&vectors[0], &walk);
    struct node_record *record = &node.records[node.sets[0].first_signature];
    unsigned wrong = 0;
    while (record->rdlength > 0) {
        record->rdlength--;
        wrong += strcmp(outcome(&frame), states(BATCH_GOOD, SIGNATURE_GOOD)) == 0;
    }
    is_int(wrong, 0, "an RRSIG that is cut off anywhere");
    free_keys(&frame);
}

/* ---- Bounds -------------------------------------------------------------------------------- */

/* More plausible signatures than are tried, the good one last; then it is not seen, and the reason
 * is told. */
static void test_too_many(size_t before)
{
    struct node_walk walk;
    struct signature_frame frame = frame_of(&vectors[0], &walk);
    uint8_t name[NAME_MAX_WIRE], length;
    name_parse("example.com.", name, &length);
    node_begin(&node, name, length, walk.apex_length);
    zonetext_add(&node, MX);
    for (size_t i = 0; i < before; i++) {
        zonetext_add(&node, vectors[0].signature);
        node.octets.base[node.octets.length - 1 - i % 60] ^= (uint8_t)(1 + i / 60);
    }
    zonetext_add(&node, vectors[0].signature);
    node_seal(&node, &walk, &err);
    struct batch *batch;
    const struct batch_set *set = check(&frame, &batch);
    bool seen = before < SIGNATURE_ATTEMPTS;
    is_int(set->state, seen ? BATCH_GOOD : BATCH_BAD, "a good signature after %zu bad ones",
           before);
    is_int(batch_signatures(batch, set)[before].state, seen ? SIGNATURE_GOOD : SIGNATURE_REFUSED,
           "... was tried or not");
    batch_free(batch);
    free_keys(&frame);
}

/* Keys with the same tag: two octets of each are set so. */
static void test_one_tag(size_t before)
{
    struct node_walk walk;
    struct signature_frame frame = frame_of(&vectors[0], &walk);
    free_keys(&frame);
    uint8_t name[NAME_MAX_WIRE], length, rdata[36] = {1, 1, 3, 15};
    name_parse("example.com.", name, &length);
    node_begin(&apex, name, length, walk.apex_length);
    for (size_t i = 0; i < before; i++) {
        struct rr rr = {.type = TYPE_DNSKEY,
                        .class = CLASS_IN,
                        .rdata = rdata,
                        .rdlength = 36,
                        .flags = RR_OPAQUE};
        rdata[4] = 0x10; /* the good one begins with 97 */
        rdata[8] = (uint8_t)(i >> 8);
        rdata[9] = (uint8_t)i;
        rdata[34] = rdata[35] = 0;
        for (unsigned last = 0; keys_tag(rdata, 36) != 3613 && last < 65536; last++) {
            rdata[34] = (uint8_t)(last >> 8);
            rdata[35] = (uint8_t)last;
        }
        node_add(&apex, &rr, &err);
    }
    zonetext_add(&apex, KEY_25519);
    node_seal(&apex, &walk, &err);
    frame.keys = keys_new(&apex, node_find(&apex, TYPE_DNSKEY), &err);
    struct batch *batch;
    const struct batch_set *set = check(&frame, &batch);
    bool seen = before < SIGNATURE_TAG_KEYS;
    is_int(batch_signatures(batch, set)[0].state, seen ? SIGNATURE_GOOD : SIGNATURE_REFUSED,
           "%zu keys of the same tag before the one that signed", before);
    batch_free(batch);
    free_keys(&frame);
}

static void test_large(void)
{
    struct node_walk walk;
    struct signature_frame frame = frame_of(&vectors[0], &walk);
    uint8_t name[NAME_MAX_WIRE], length;
    static uint8_t octets[40000];
    name_parse("example.com.", name, &length);
    node_begin(&node, name, length, walk.apex_length);
    for (int i = 0; i < 2; i++) {
        struct rr rr = {.type = 65280,
                        .class = CLASS_IN,
                        .rdata = octets,
                        .rdlength = 40000,
                        .flags = RR_OPAQUE};
        octets[0] = (uint8_t)i;
        node_add(&node, &rr, &err);
    }
    zonetext_add(
        &node, "3600 RRSIG TYPE65280 15 2 3600 1440021600 1438207200 3613 example.com. " MX_25519);
    node_seal(&node, &walk, &err);
    struct batch *batch;
    const struct batch_set *set = check(&frame, &batch);
    is_int(set->state, BATCH_LARGE, "a set above 64 KiB is not verified");
    batch_free(batch);
    free_keys(&frame);
}

/* ---- Keys ---------------------------------------------------------------------------------- */

static void fill(uint8_t *to, size_t n, uint8_t value)
{
    memset(to, value, n);
}

/* An RSA key of an exponent and so many bits of modulus, all ones. */
static enum pubkey_state rsa(const char *exponent, size_t e, size_t bits, uint8_t algorithm)
{
    uint8_t octets[1 + 64 + 1024];
    struct pubkey key;
    size_t n = (bits + 7) / 8;
    octets[0] = (uint8_t)e;
    memcpy(octets + 1, exponent, e);
    fill(octets + 1 + e, n, 0xff);
    octets[1 + e] = (uint8_t)(0xff >> (8 * n - bits));
    if (!pubkey_init(&key, algorithm, octets, 1 + e + n, &err))
        ok(false, "a key is made: %s", err.text);
    pubkey_fini(&key);
    return key.state;
}

static void test_rsa(void)
{
    is_int(rsa("\1\0\1", 3, 2048, 8), PUBKEY_GOOD, "RSA of 2048 bits");
    is_int(rsa("\3", 1, 512, 8), PUBKEY_GOOD, "... 512, exponent 3");
    is_int(rsa("\1\0\1", 3, 511, 8), PUBKEY_UNFIT, "... 511");
    is_int(rsa("\1\0\1", 3, 4096, 8), PUBKEY_GOOD, "... 4096");
    is_int(rsa("\1\0\1", 3, 4097, 8), PUBKEY_UNFIT, "... 4097");
    is_int(rsa("\1\0\1", 3, 1023, 10), PUBKEY_UNFIT, "... 1023, algorithm 10");
    is_int(rsa("\1\0\1", 3, 1024, 10), PUBKEY_GOOD, "... 1024");
    is_int(rsa("\1", 1, 2048, 8), PUBKEY_FORGEABLE, "exponent 1");
    is_int(rsa("\0\0\1", 3, 2048, 8), PUBKEY_FORGEABLE, "exponent 1 after zeros");
    is_int(rsa("\0", 1, 2048, 8), PUBKEY_FORGEABLE, "exponent 0");
    is_int(rsa("\2", 1, 2048, 8), PUBKEY_UNFIT, "exponent 2");
    is_int(rsa("\1\0\0", 3, 2048, 8), PUBKEY_UNFIT, "an even exponent");
    is_int(rsa("\1\0\0\0\3", 5, 2048, 8), PUBKEY_GOOD, "exponent 2^32 + 3");
    uint8_t short_one[] = {3, 1, 0, 1};
    struct pubkey key;
    ok(pubkey_init(&key, 8, short_one, sizeof short_one, &err) && key.state == PUBKEY_MALFORMED,
       "no modulus");
    ok(pubkey_init(&key, 8, NULL, 0, &err) && key.state == PUBKEY_MALFORMED, "nothing");
}

/* The points of small order of both curves, in all encodings, by their sums with themselves (a
 * program apart has found them). */
static const char *const small_25519[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};
#define ZEROS_28 "00000000000000000000000000000000000000000000000000000000"
#define ONES_28 "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
#define ONES_27 "ffffffffffffffffffffffffffffffffffffffffffffffffffffff"
static const char *const small_448[] = {
    "00" ZEROS_28 ZEROS_28,         "01" ZEROS_28 ZEROS_28, "fe" ONES_27 "fe" ONES_27 "00",
    "ff" ONES_27 "fe" ONES_27 "00", ZEROS_28 ONES_28 "00",
};

static void unhex(const char *text, uint8_t *out)
{
    for (size_t i = 0; text[2 * i] != '\0'; i++) {
        unsigned octet;
        sscanf(text + 2 * i, "%2x", &octet);
        out[i] = (uint8_t)octet;
    }
}

static enum pubkey_state state_of(uint8_t algorithm, const uint8_t *octets, size_t length)
{
    struct pubkey key;
    if (!pubkey_init(&key, algorithm, octets, length, &err))
        ok(false, "a key is made: %s", err.text);
    pubkey_fini(&key);
    return key.state;
}

static void test_small_order(void)
{
    uint8_t octets[57];
    for (size_t i = 0; i < sizeof small_25519 / sizeof *small_25519; i++) {
        unhex(small_25519[i], octets);
        is_int(state_of(15, octets, 32), PUBKEY_FORGEABLE, "Ed25519: %s", small_25519[i]);
        octets[31] |= 0x80;
        is_int(state_of(15, octets, 32), PUBKEY_FORGEABLE, "... with the other sign");
    }
    for (size_t i = 0; i < sizeof small_448 / sizeof *small_448; i++) {
        unhex(small_448[i], octets);
        octets[56] = 0;
        is_int(state_of(16, octets, 57), PUBKEY_FORGEABLE, "Ed448: %s", small_448[i]);
        octets[56] = 0x80;
        is_int(state_of(16, octets, 57), PUBKEY_FORGEABLE, "... with the other sign");
    }
    fill(octets, 57, 0);
    octets[0] = 2;
    is_int(state_of(15, octets, 32), PUBKEY_GOOD, "a point that is not of small order");
}

static void test_lengths(void)
{
    static const struct {
        uint8_t algorithm;
        size_t length;
    } rows[] = {{13, 64}, {14, 96}, {15, 32}, {16, 57}};
    uint8_t octets[128];
    fill(octets, sizeof octets, 7);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ok(state_of(rows[i].algorithm, octets, rows[i].length - 1) == PUBKEY_LENGTH &&
               state_of(rows[i].algorithm, octets, rows[i].length + 1) == PUBKEY_LENGTH,
           "algorithm %u: a key too short or too long", rows[i].algorithm);
    is_int(state_of(13, octets, 64), PUBKEY_MALFORMED, "P-256: not on the curve");
    is_int(state_of(14, octets, 96), PUBKEY_MALFORMED, "P-384: not on the curve");
    static const uint8_t unknown[] = {0, 1, 2, 3, 4, 6, 9, 11, 12, 17, 23, 200, 252, 253, 254, 255};
    for (size_t i = 0; i < sizeof unknown; i++)
        is_int(state_of(unknown[i], octets, 64), PUBKEY_UNKNOWN, "algorithm %u", unknown[i]);
}

int main(void)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        test_vector(&vectors[i]);
    test_times();
    test_refused();
    test_short();
    test_too_many(SIGNATURE_ATTEMPTS - 1);
    test_too_many(SIGNATURE_ATTEMPTS);
    test_too_many(999);
    test_one_tag(SIGNATURE_TAG_KEYS - 1);
    test_one_tag(SIGNATURE_TAG_KEYS);
    test_one_tag(999);
    test_large();
    test_rsa();
    test_small_order();
    test_lengths();
    node_fini(&node);
    node_fini(&apex);
    return tap_end();
}
