/* What denies: bitmaps of types, hashes, the names of a zone and those between them, and the chain
 * of NSEC. */
#include "base/codec.h"
#include "verify/nsec.h"
#include "verify/nsec3_names.h"
#include "verify/typemap.h"

#include "zonetext.h"

static struct node node;
static struct err err;

/* ---- Bitmaps ------------------------------------------------------------------------------- */

/* The owner is below example., and the bitmaps are what a record of these types has, which the
 * schema reads. */
static const struct {
    const char *owner;
    const char *lines[8];
    const char *nsec, *nsec3; /* as types in text */
} maps[] = {
    {"a.example.", {"60 A 192.0.2.1"}, "A RRSIG NSEC", "A RRSIG"},
    {"example.",
     {"60 SOA . . 1 2 3 4 5", "60 NS a.", "60 NSEC . A", "60 TYPE65534 \\# 1 00"},
     "NS SOA RRSIG NSEC TYPE65534",
     "NS SOA RRSIG NSEC TYPE65534"},
    {"cut.example.", {"60 A 192.0.2.1", "60 NS a."}, "NS RRSIG NSEC", "NS"},
    {"cut.example.",
     {"60 NS a.", "60 DS 1 13 2 00", "60 DNSKEY 1 3 13 AA=="},
     "NS DS RRSIG NSEC",
     "NS DS RRSIG"},
    {"both.example.",
     {"60 A 192.0.2.1", "60 NSEC3 1 0 0 - 00000000000000000000000000000000 A"},
     "A RRSIG NSEC",
     "A RRSIG"},
    {"far.example.",
     {"60 TYPE256 \\# 0", "60 TYPE32768 \\# 0"},
     "RRSIG NSEC TYPE256 TYPE32768",
     "RRSIG TYPE256 TYPE32768"},
};

/* The bitmap of types, made by the schema. */
static size_t parse_map(const char *types, uint8_t out[TYPEMAP_MAX])
{
    static uint8_t rdata[RDATA_SCRATCH];
    char text[256];
    uint16_t length;
    bool opaque;
    snprintf(text, sizeof text, ". %s", types);
    if (!rdata_parse_text(types_find(TYPE_NSEC, CLASS_IN), TYPE_NSEC, text, strlen(text), NULL, 0,
                          rdata, &length, &opaque, &err))
        ok(false, "%s: %s", types, err.text);
    memcpy(out, rdata + 1, length - 1u);
    return length - 1u;
}

static void test_maps(void)
{
    static uint8_t expected[TYPEMAP_MAX], made[TYPEMAP_MAX];
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        struct node_walk walk = zonetext_walk("example.");
        zonetext_node(&node, &walk, maps[i].owner, maps[i].lines);
        is_mem(made, typemap_make(made, &node, false), expected, parse_map(maps[i].nsec, expected),
               "NSEC of %s: %s", maps[i].owner, maps[i].nsec);
        is_mem(made, typemap_make(made, &node, true), expected, parse_map(maps[i].nsec3, expected),
               "NSEC3 of %s: %s", maps[i].owner, maps[i].nsec3);
    }
}

static void test_all_types(void)
{
    static uint8_t made[TYPEMAP_MAX];
    struct node_walk walk = zonetext_walk("example.");
    uint8_t name[NAME_MAX_WIRE], length;
    name_parse("a.example.", name, &length);
    node_begin(&node, name, length, walk.apex_length);
    for (unsigned type = 1; type <= 65535; type++) {
        struct rr rr = {.type = (uint16_t)type, .rdata = name, .rdlength = 2, .flags = RR_OPAQUE};
        if (type != TYPE_NS && type != TYPE_RRSIG)
            node_add(&node, &rr, &err);
    }
    node_seal(&node, &walk, &err);
    size_t n = typemap_make(made, &node, false);
    is_int((int64_t)n, TYPEMAP_MAX, "all types make the longest bitmap");
    ok(typemap_fits(made, n), "... which fits");
}

static void test_forms(void)
{
    static const struct {
        const char *map;
        size_t length;
        bool fits;
    } rows[] = {
        {"", 0, true},
        {"\0\1\100", 3, true},
        {"\0\1\0", 3, false}, /* zeros at the end */
        {"\0\2\100\0", 4, false},
        {"\0\0", 2, false}, /* an empty window */
        {"\0\1", 2, false},
        {"\0", 1, false},
        {"\1\1\100\0\1\100", 6, false}, /* windows out of order */
        {"\0\1\100\0\1\100", 6, false},
        {"\0\1\100\1\1\100", 6, true},
        {"\0\41\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1", 35, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ok(typemap_fits((const uint8_t *)rows[i].map, rows[i].length) == rows[i].fits,
           "row %zu: a bitmap %s", i, rows[i].fits ? "fits" : "does not fit");
}

static void test_differences(void)
{
    static const struct {
        const char *expected, *found, *difference;
        bool but_nsec;
    } rows[] = {
        {"A", "A", "", true},
        {"A MX", "A TXT", "-MX +TXT", false},
        {"A", "A NSEC", "+NSEC", true},
        {"A NSEC", "A", "-NSEC", true},
        {"A TYPE65280", "TYPE256", "-A +URI -TYPE65280", false},
        {"A", "A NSEC MX", "+MX +NSEC", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static uint8_t a[TYPEMAP_MAX], b[TYPEMAP_MAX];
        char text[TYPEMAP_TEXT_ROOM];
        size_t a_length = parse_map(rows[i].expected, a), b_length = parse_map(rows[i].found, b);
        is_str(typemap_difference(text, a, a_length, b, b_length), rows[i].difference,
               "%s in place of %s", rows[i].found, rows[i].expected);
        ok(typemap_equal_but(a, a_length, b, b_length, TYPE_NSEC) == rows[i].but_nsec,
           "... but for NSEC");
        ok(typemap_has(a, a_length, TYPE_A) == (strchr(rows[i].expected, 'A') != NULL) &&
               !typemap_has(a, a_length, TYPE_AAAA),
           "... and whether there is an A");
    }
}

/* ---- Hashes (RFC 5155 appendix A) ---------------------------------------------------------- */

static const struct {
    const char *name, *hash;
} hashes[] = {
    {"example.", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"},
    {"a.example.", "35mthgpgcu1qg68fab165klnsnk3dpvl"},
    {"ai.example.", "gjeqe526plbf1g8mklp59enfd789njgi"},
    {"ns1.example.", "2t7b4g4vsa5smi47k61mv5bv1a22bojr"},
    {"ns2.example.", "q04jkcevqvmu85r014c7dkba38o0ji5r"},
    {"w.example.", "k8udemvp1j2f7eg6jebps17vp3n8i58h"},
    {"*.w.example.", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"},
    {"x.w.example.", "b4um86eghhds6nea196smvmlo4ors995"},
    {"y.w.example.", "ji6neoaepv8b5o6k4ev33abha8ht9fgc"},
    {"x.y.w.example.", "2vptu5timamqttgl4luu9kg21e0aor3s"},
    {"xx.example.", "t644ebqk9bibcna874givr6joj62mlhv"},
};

static const struct nsec3_param param = {
    .iterations = 12, .salt_length = 4, .salt = {0xaa, 0xbb, 0xcc, 0xdd}};

static void test_hashes(void)
{
    struct nsec3_hash *hash = nsec3_hash_new(&err);
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
        uint8_t name[NAME_MAX_WIRE], length, out[NSEC3_HASH_LENGTH], expected[NSEC3_HASH_LENGTH];
        name_parse(hashes[i].name, name, &length);
        codec_read_base32hex(hashes[i].hash, 32, expected);
        ok(nsec3_hash_name(hash, &param, name, length, out, &err), "a hash is made");
        is_mem(out, sizeof out, expected, sizeof expected, "... of %s", hashes[i].name);
    }
    nsec3_hash_free(hash);
    struct nsec3_param other = {.iterations = 65535};
    is_int(nsec3_hash_work(&other), 65536, "the work of 65535 iterations");
    other.iterations = 1249;
    is_int(nsec3_hash_work(&other), 1250, "... of 1249");
    other.salt_length = 45;
    is_int(nsec3_hash_work(&other), 2500, "... with a salt that needs another block");
}

/* ---- Names --------------------------------------------------------------------------------- */

/* In canonical order, as they come; "-" before an insecure delegation. What becomes of them: names
 * with their kind. */
static const struct {
    const char *names, *rows;
} zones[] = {
    {"example. a.example.", "example./0 a.example./0 "},
    {"example. c.b.a.example. x.b.a.example.",
     "example./0 a.example./0 b.a.example./0 c.b.a.example./0 x.b.a.example./0 "},
    {"example. -b.a.example. c.a.example.",
     "example./0 a.example./0 b.a.example./1 c.a.example./0 "},
    {"example. -b.a.example. -c.a.example. d.example.",
     "example./0 a.example./2 b.a.example./1 c.a.example./1 d.example./0 "},
    {"example. -c.b.a.example. d.a.example.",
     "example./0 a.example./0 b.a.example./2 c.b.a.example./1 d.a.example./0 "},
    {"example. *.w.example. x.y.w.example.",
     "example./0 w.example./0 *.w.example./0 y.w.example./0 x.y.w.example./0 "},
    {". b.a.", "./0 a./0 b.a./0 "},
};

static const char *rows_of(struct nsec3_names *names)
{
    static char text[1024];
    size_t count, at = 0;
    const struct nsec3_row *rows = nsec3_names_rows(names, &count);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        uint8_t name[NAME_MAX_WIRE];
        struct name_string string;
        nsec3_names_name(names, i, name);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s/%u ", name_string(&string, name),
                               rows[i].kind);
    }
    return text;
}

static void test_names(void)
{
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        char words[256];
        uint8_t apex[NAME_MAX_WIRE], apex_length = 0;
        struct nsec3_names *names = NULL;
        strcpy(words, zones[i].names);
        for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " ")) {
            uint8_t name[NAME_MAX_WIRE], length;
            bool insecure = *word == '-';
            name_parse(word + insecure, name, &length);
            if (names == NULL) {
                memcpy(apex, name, length);
                apex_length = length;
                names = nsec3_names_new(apex, apex_length, &param, 1, NULL, NULL, &err);
            }
            if (!nsec3_names_add(names, name, length, insecure ? NSEC3_INSECURE : NSEC3_REQUIRED,
                                 (const uint8_t *)"\0\1\100", 3, &err))
                ok(false, "a name is added: %s", err.text);
        }
        is_str(rows_of(names), zones[i].rows, "%s", zones[i].names);
        nsec3_names_free(names);
    }
}

/* ---- The chain of NSEC --------------------------------------------------------------------- */

static void say(struct nsec *nsec, char text[2048])
{
    text[0] = '\0';
    for (size_t i = 0; i < nsec->faults.item_count; i++) {
        const struct pending_item *item = &nsec->faults.items[i];
        size_t at = strlen(text);
        snprintf(text + at, 2048 - at, "%s ", findings_rules[item->rule].slug);
    }
}

/* Three names; of each the line of its NSEC record, or NULL. */
static const struct {
    const char *apex, *a, *z, *faults;
} chains[] = {
    {"60 NSEC a.example. NS SOA RRSIG NSEC", "60 NSEC z.example. A RRSIG NSEC",
     "60 NSEC example. A RRSIG NSEC", ""},
    {"60 NSEC A.Example. NS SOA RRSIG NSEC", "60 NSEC z.example. A RRSIG NSEC",
     "60 NSEC EXAMPLE. A RRSIG NSEC", ""}, /* letter case means nothing */
    {"60 NSEC z.example. NS SOA RRSIG NSEC", NULL, "60 NSEC example. A RRSIG NSEC",
     "nsec-missing "}, /* skipped, or not: one fault */
    {"60 NSEC a.example. NS SOA RRSIG NSEC", NULL, "60 NSEC example. A RRSIG NSEC",
     "nsec-missing "},
    {"60 NSEC z.example. NS SOA RRSIG NSEC", "60 NSEC z.example. A RRSIG NSEC",
     "60 NSEC example. A RRSIG NSEC", "nsec-next "},
    {"60 NSEC a.example. NS SOA RRSIG NSEC", "60 NSEC z.example. A RRSIG NSEC",
     "60 NSEC a.example. A RRSIG NSEC", "nsec-next "},
    {"60 NSEC a.example. NS SOA RRSIG NSEC", "60 NSEC z.example. A MX RRSIG NSEC",
     "60 NSEC example. A RRSIG NSEC", "nsec-bitmap "},
    {"60 NSEC a.example. NS SOA RRSIG NSEC", "60 NSEC \\# 16 017a076578616d706c65000001020304",
     "60 NSEC example. A RRSIG NSEC", "bitmap-form "},
    {"60 NSEC a.example. NS SOA RRSIG NSEC", "60 NSEC \\# 3 017a07",
     "60 NSEC example. A RRSIG NSEC", "nsec-next "},
};

static void test_chains(void)
{
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
        struct nsec nsec = {.records = 0};
        struct node_walk walk = zonetext_walk("example.");
        char text[2048];
        zonetext_node(
            &node, &walk, "example.",
            (const char *const[]){"60 SOA . . 1 2 3 4 5", "60 NS a.", chains[i].apex, NULL});
        nsec_node(&nsec, &node, &err);
        zonetext_node(&node, &walk, "a.example.",
                      (const char *const[]){"60 A 192.0.2.1", chains[i].a, NULL});
        nsec_node(&nsec, &node, &err);
        zonetext_node(&node, &walk, "z.example.",
                      (const char *const[]){"60 A 192.0.2.1", chains[i].z, NULL});
        nsec_node(&nsec, &node, &err);
        nsec_end(&nsec, walk.apex, walk.apex_length, &err);
        say(&nsec, text);
        is_str(text, chains[i].faults, "row %zu of the chains", i);
        nsec_fini(&nsec);
    }
}

int main(void)
{
    test_maps();
    test_all_types();
    test_forms();
    test_differences();
    test_hashes();
    test_names();
    test_chains();
    node_fini(&node);
    return tap_end();
}
