/* Catalog zones: which members there are, or the first reason why a catalog is broken. */
#include "zone/catalog.h"

#include "dns/types.h"
#include "zone/store.h"
#include "zone/zonefile.h"

#include "tap.h"

#include <time.h>

enum { LIST = 1 << 20 };

#define SOA "@ 0 SOA invalid. invalid. 7 3600 600 2147483646 0\n"
#define BARE SOA "@ 0 NS invalid.\n"
#define HEAD BARE "version 0 TXT \"2\"\n"
#define X10 "xxxxxxxxxx"
#define X63 X10 X10 X10 X10 X10 X10 "xxx"

/* ---- From text to a catalog ---------------------------------------------------------------- */

struct text {
    const char *at;
    size_t left;
};

static bool read_text(void *context, void *to, size_t room, size_t *got, struct err *err)
{
    struct text *text = context;
    size_t n = text->left < room ? text->left : room;
    (void)err;
    memcpy(to, text->at, n);
    text->at += n;
    text->left -= n;
    *got = n;
    return true;
}

/* Puts the records of a master file into a store. */
static struct store *store_of(const char *apex, const char *text, uint16_t class, struct err *err)
{
    static const struct store_config plain;
    static struct notes notes; /* of what is odd, which many of these zones are */
    struct text input = {text, strlen(text)};
    const struct zonefile_input file = {.read = read_text, .context = &input, .name = "text"};
    uint8_t name[NAME_MAX_WIRE], length = 0;
    struct rr rr;
    enum rr_op op;
    name_parse(apex, name, &length);
    const struct zone_info zone = {.apex = name, .apex_length = length, .class = class};
    const struct zonefile_config config = {
        .origin = name, .origin_length = length, .class = class, .notes = &notes};
    struct source *source = zonefile_open(&config, &file, err);
    struct store *store = store_new(&plain, err);
    struct sink *sink = store_sink(store);
    enum source_event event = SOURCE_FAIL;
    bool good = sink->begin(sink, &zone, err);
    while (good && (event = source->next(source, &rr, &op, err)) == SOURCE_RR)
        good = sink->record(sink, op, &rr, err);
    if (!good || event != SOURCE_END || !sink->end(sink, OUTCOME_COMPLETE, NULL, err))
        ok(false, "the text is read: %s", err->text);
    source->free(source);
    return store;
}

static bool walk_into(struct store *store, struct catalog *catalog, struct err *err)
{
    struct sink *sink = catalog_sink(catalog);
    const struct zone_info zone = store_facts(store).zone;
    struct source *walk = store_walk(store, NULL, err);
    struct rr rr;
    enum rr_op op;
    bool good = sink->begin(sink, &zone, err);
    while (good && walk->next(walk, &rr, &op, err) == SOURCE_RR)
        good = sink->record(sink, op, &rr, err);
    good = good && sink->end(sink, OUTCOME_COMPLETE, NULL, err);
    walk->free(walk);
    return good;
}

static char *put_groups(char *to, const struct catalog_member *member)
{
    struct catalog_group group;
    size_t at = 0;
    for (bool first = true; catalog_group(member, &at, &group); first = false) {
        if (!first)
            *to++ = ',';
        to = catalog_group_text(to, &group);
    }
    return to;
}

/* A line for each member: zone, label, [groups], coo, with blanks between. */
static const char *list(const struct catalog *catalog)
{
    static char text[LIST];
    struct catalog_member member;
    char *to = text;
    for (size_t i = 0; i < catalog_facts(catalog).members; i++) {
        catalog_member(catalog, i, &member);
        to = name_text(to, member.zone, member.zone_length);
        *to++ = ' ';
        to = catalog_id_text(to, &member);
        *to++ = ' ';
        *to++ = '[';
        to = put_groups(to, &member);
        *to++ = ']';
        if (member.coo_length > 0) {
            *to++ = ' ';
            to = name_text(to, member.coo, member.coo_length);
        }
        *to++ = '\n';
    }
    *to = '\0';
    return text;
}

static void check(const char *apex, const char *name, const char *text, enum err_kind kind,
                  const char *expected)
{
    struct err err = {.kind = ERR_NONE};
    struct store *store = store_of(apex, text, CLASS_IN, &err);
    struct catalog *catalog = catalog_new(NULL, &err);
    bool good = walk_into(store, catalog, &err);
    is_int(err.kind, kind, "%s: %s", name, kind == ERR_NONE ? "a catalog" : "broken");
    is_str(good ? list(catalog) : err.text, expected, "%s: what comes of it", name);
    if (!good)
        is_int((int64_t)catalog_facts(catalog).members, 0, "%s: no members", name);
    catalog_free(catalog);
    store_free(store);
}

/* ---- Catalogs ------------------------------------------------------------------------------ */

/* Of the zone catz.test. What the RFC says is named by its section. */
static const struct {
    const char *name, *text;
    enum err_kind kind;
    const char *expected; /* the list, or the text of the error */
} rows[] = {
    {"the example of the RFC (appendix A)",
     HEAD "example.vendor.ext CNAME example.net.\n"
          "nj2xg5b.zones PTR example.com.\n"
          "nvxxezj.zones PTR example.net.\n"
          "group.nvxxezj.zones TXT operator-x-foo\n"
          "nfwxa33.zones PTR example.org.\n"
          "coo.nfwxa33.zones PTR newcatz.invalid.\n"
          "group.nfwxa33.zones TXT operator-y-bar\n"
          "metrics.vendor.ext.nfwxa33.zones CNAME collector.example.net.\n",
     ERR_NONE,
     "example.com. nj2xg5b []\n"
     "example.net. nvxxezj [operator-x-foo]\n"
     "example.org. nfwxa33 [operator-y-bar] newcatz.invalid.\n"},
    {"no members", HEAD, ERR_NONE, ""},

    /* Section 4: the usual rules. */
    {"no NS records", SOA "version TXT 2\na.zones PTR a.test.\n", ERR_CATALOG_APEX,
     "catz.test.: the zone has no NS records"},
    {"NS records that are real",
     SOA "@ NS ns1\n@ NS ns2.test.\nversion TXT 2\na.zones PTR a.test.\n", ERR_NONE,
     "a.test. a []\n"},
    {"neither NS records nor members", SOA "version TXT 2\n", ERR_CATALOG_APEX,
     "catz.test.: the zone has no NS records"},
    {"a CNAME beside the PTR", HEAD "a.zones CNAME x.\na.zones PTR a.test.\n", ERR_CATALOG_ALIAS,
     "a.zones.catz.test.: other data beside a CNAME"},
    {"a CNAME beside the version", BARE "version CNAME x.\nversion TXT 2\n", ERR_CATALOG_ALIAS,
     "version.catz.test.: other data beside a CNAME"},
    {"a CNAME at the apex", "@ 0 CNAME x.\n" HEAD, ERR_CATALOG_ALIAS,
     "catz.test.: other data beside a CNAME"},
    {"a CNAME in place of the version", BARE "version CNAME x\nx TXT 2\n", ERR_CATALOG_VERSION,
     "version.catz.test. has no TXT record, so this is not a catalog zone"},
    {"a CNAME in place of the PTR", HEAD "a.zones CNAME x\nx PTR a.test.\n", ERR_NONE, ""},
    {"a CNAME beside a property",
     HEAD "a.zones PTR a.test.\ngroup.a.zones CNAME x.\ngroup.a.zones TXT g\n", ERR_CATALOG_ALIAS,
     "group.a.zones.catz.test.: other data beside a CNAME"},
    {"a CNAME that clashes where nobody looks",
     HEAD "a.zones PTR a.test.\nx CNAME y\nx TXT z\ngroup.b.zones CNAME y\ngroup.b.zones TXT g\n",
     ERR_NONE, "a.test. a []\n"},
    {"a DNAME above all", "@ 0 DNAME other.test.\n" HEAD, ERR_CATALOG_ALIAS,
     "version.catz.test.: data below a DNAME"},
    {"a DNAME above the members", HEAD "zones DNAME zones.other.test.\na.zones PTR a.test.\n",
     ERR_CATALOG_ALIAS, "a.zones.catz.test.: data below a DNAME"},
    {"a DNAME in place of the members", HEAD "zones DNAME zones.other.test.\n", ERR_NONE, ""},
    {"a DNAME above properties",
     HEAD "a.zones PTR a.test.\na.zones DNAME b.zones\ncoo.a.zones PTR other.test.\n",
     ERR_CATALOG_ALIAS, "coo.a.zones.catz.test.: data below a DNAME"},
    {"a DNAME above the properties of another member",
     HEAD "a.zones PTR a.test.\na.zones DNAME b.zones\nb.zones PTR b.test.\ngroup.b.zones TXT g\n",
     ERR_NONE, "a.test. a []\nb.test. b [g]\n"},
    {"a DNAME elsewhere", HEAD "a.zones PTR a.test.\next DNAME other.test.\nx DNAME y.\n", ERR_NONE,
     "a.test. a []\n"},
    {"a delegation above the members", HEAD "zones NS ns.test.\na.zones PTR a.test.\n", ERR_NONE,
     "a.test. a []\n"},

    /* Section 4.2.1: the version. */
    {"an ordinary zone", BARE "www A 192.0.2.1\n", ERR_CATALOG_VERSION,
     "version.catz.test. has no TXT record, so this is not a catalog zone"},
    {"no version, although there are members", BARE "a.zones PTR a.test.\na.zones PTR b.test.\n",
     ERR_CATALOG_VERSION, "version.catz.test. has no TXT record, so this is not a catalog zone"},
    {"version 1", BARE "version TXT 1\na.zones PTR a.test.\n", ERR_CATALOG_VERSION,
     "version.catz.test.: the version is 1, which is not that of RFC 9432"},
    {"version 3", BARE "version TXT 3\n", ERR_CATALOG_VERSION,
     "version.catz.test.: it is not \"2\""},
    {"version 02", BARE "version TXT 02\n", ERR_CATALOG_VERSION,
     "version.catz.test.: it is not \"2\""},
    {"version 2 and a blank", BARE "version TXT \"2 \"\n", ERR_CATALOG_VERSION,
     "version.catz.test.: it is not \"2\""},
    {"version 2 in two strings", BARE "version TXT \"2\" \"\"\n", ERR_CATALOG_VERSION,
     "version.catz.test.: it is not \"2\""},
    {"a version that is empty", BARE "version TXT \"\"\n", ERR_CATALOG_VERSION,
     "version.catz.test.: it is not \"2\""},
    {"a version without a string", BARE "version TXT \\# 0\n", ERR_CATALOG_VERSION,
     "version.catz.test.: it is not \"2\""},
    {"two versions", HEAD "version TXT 3\na.zones PTR a.test.\n", ERR_CATALOG_VERSION,
     "version.catz.test.: several TXT records; there must be one"},
    {"two versions, the wrong one first", HEAD "version TXT 1\n", ERR_CATALOG_VERSION,
     "version.catz.test.: the version is 1, which is not that of RFC 9432"},
    {"the same version twice is one record", HEAD "version TXT 2\na.zones PTR a.test.\n", ERR_NONE,
     "a.test. a []\n"},
    {"a version of another type", BARE "version PTR a.test.\nversion SPF 2\n", ERR_CATALOG_VERSION,
     "version.catz.test. has no TXT record, so this is not a catalog zone"},
    {"a version beside something else", HEAD "version A 192.0.2.1\nversion SPF x\n", ERR_NONE, ""},
    {"the version elsewhere", BARE "version.zones TXT 2\nx.version TXT 2\nversion.ext TXT 2\n",
     ERR_CATALOG_VERSION, "version.catz.test. has no TXT record, so this is not a catalog zone"},
    {"letters in another case",
     BARE "VERSION TXT 2\nA.ZONES PTR A.TEST.\nGROUP.a.Zones TXT G\nCoo.a.zones PTR New.Test.\n",
     ERR_NONE, "a.test. a [G] new.test.\n"},

    /* Section 4.1: members. */
    {"two PTR records", HEAD "a.zones PTR a.test.\na.zones PTR b.test.\n", ERR_CATALOG_MEMBER,
     "a.zones.catz.test.: several PTR records; a member node must have one"},
    {"two PTR records by the letter case of the label",
     HEAD "a.zones PTR a.test.\nA.zones PTR b.test.\n", ERR_CATALOG_MEMBER,
     "a.zones.catz.test.: several PTR records; a member node must have one"},
    {"one PTR record by the letter case of the name",
     HEAD "a.zones PTR a.test.\na.zones PTR A.test.\n", ERR_NONE, "a.test. a []\n"},
    {"a PTR record without a name", HEAD "a.zones PTR \\# 0\n", ERR_CATALOG_MEMBER,
     "a.zones.catz.test.: the PTR record holds no name"},
    {"a PTR record with more than a name", HEAD "a.zones PTR \\# 4 01610000\n", ERR_CATALOG_MEMBER,
     "a.zones.catz.test.: the PTR record holds no name"},
    {"a PTR record with half a name", HEAD "a.zones PTR \\# 2 0561\n", ERR_CATALOG_MEMBER,
     "a.zones.catz.test.: the PTR record holds no name"},
    {"the same member twice",
     HEAD "b.zones PTR x.test.\na.zones PTR X.TEST.\nc.zones PTR w.test.\n", ERR_CATALOG_TWICE,
     "b.zones.catz.test.: the zone x.test. is a member already, by the label a"},
    {"members one below the other",
     HEAD "a.zones PTR b.test.\nb.zones PTR a.b.test.\n"
          "c.zones PTR test.\nd.zones PTR aa.b.test.\n",
     ERR_NONE, "test. c []\nb.test. a []\na.b.test. b []\naa.b.test. d []\n"},
    {"the root and the catalog itself", HEAD "a.zones PTR .\nb.zones PTR catz.test.\n", ERR_NONE,
     ". a []\ncatz.test. b []\n"},
    {"a member node without a PTR record", HEAD "a.zones TXT b.test.\nb.zones A 192.0.2.1\n",
     ERR_NONE, ""},
    {"other types at a member node",
     HEAD "a.zones PTR a.test.\na.zones TXT x\na.zones NS b.test.\n", ERR_NONE, "a.test. a []\n"},
    {"PTR records that are no members",
     HEAD "@ PTR a.test.\nversion PTR b.test.\nzones PTR c.test.\nx.a.zones PTR d.test.\n"
          "y.x.a.zones PTR e.test.\na.zone PTR f.test.\nzones.zones.x PTR g.test.\nzonesx PTR h.\n",
     ERR_NONE, ""},
    {"TTLs that differ", HEAD "a.zones 5 PTR a.test.\na.zones 7 TXT x\n", ERR_NONE,
     "a.test. a []\n"},
    {"labels that look like properties",
     HEAD "zones.zones PTR a.test.\ngroup.zones PTR b.test.\n"
          "coo.zones PTR c.test.\next.zones PTR d.test.\n"
          "version.zones PTR e.test.\n",
     ERR_NONE,
     "a.test. zones []\nb.test. group []\nc.test. coo []\nd.test. ext []\ne.test. version []\n"},
    {"labels of any octets",
     HEAD "\\000.zones PTR a.test.\n\\..zones PTR b.test.\n"
          "\\009\\010.zones PTR c.test.\n\\255.zones PTR d.test.\n"
          "-.zones PTR e.test.\n" X63 ".zones PTR f.test.\n",
     ERR_NONE,
     "a.test. \\000 []\nb.test. \\. []\nc.test. \\009\\010 []\nd.test. \\255 []\ne.test. - []\n"
     "f.test. " X63 " []\n"},
    {"names that are hostile",
     HEAD "a.zones PTR \\.\\..test.\nb.zones PTR a/b.\nc.zones PTR \\000.\nd.zones PTR -x.\n"
          "e.zones PTR \\009\\010\\027[31m.\nf.zones PTR \\195\\164.\ng.zones PTR a\\032b.\n"
          "h.zones PTR \\$\\(x\\)\\;\\`\\\".\n",
     ERR_NONE,
     "\\000. c []\n\\009\\010\\027\\09131m. e []\n\\$\\(x\\)\\;\\`\\\". h []\n-x. d []\na\\032b. g "
     "[]\n"
     "a/b. b []\n\\.\\..test. a []\n\\195\\164. f []\n"},
    {"a name of 255 octets",
     HEAD "a.zones PTR " X63 "." X63 "." X63 "." X10 X10 X10 X10 X10 X10 "x.\n"
          "b.zones PTR " X63 "." X63 "." X63 "." X10 X10 X10 X10 X10 X10 ".\n",
     ERR_NONE,
     X63 "." X63 "." X63 "." X10 X10 X10 X10 X10 X10 ". b []\n" X63 "." X63 "." X63
         "." X10 X10 X10 X10 X10 X10 "x. a []\n"},

    /* Sections 4.2, 4.3 and 4.4: properties. */
    {"several groups",
     HEAD "a.zones PTR a.test.\ngroup.a.zones TXT zz\ngroup.a.zones TXT a b\n"
          "group.a.zones TXT \"a b\"\ngroup.a.zones TXT ab\n",
     ERR_NONE, "a.test. a [a b,ab,zz,a\\032b]\n"},
    {"the same group twice is one record",
     HEAD "a.zones PTR a.test.\ngroup.a.zones TXT g\ngroup.a.zones TXT g\n", ERR_NONE,
     "a.test. a [g]\n"},
    {"groups that are hostile",
     HEAD
     "a.zones PTR a.test.\ngroup.a.zones TXT \"\"\ngroup.a.zones TXT -\ngroup.a.zones TXT \"a,b\"\n"
     "group.a.zones TXT \"\\009\\010\\\"\\\\\\255\"\ngroup.a.zones TXT \"\" \"\"\n"
     "group.a.zones TXT -x\n",
     ERR_NONE, "a.test. a [\"\",\"\" \"\",\\045,-x,a\\044b,\\009\\010\\034\\092\\255]\n"},
    {"a group without a string", HEAD "a.zones PTR a.test.\ngroup.a.zones TXT \\# 0\n",
     ERR_CATALOG_PROPERTY, "group.a.zones.catz.test.: a TXT record is malformed"},
    {"a group that is cut", HEAD "a.zones PTR a.test.\ngroup.a.zones TXT \\# 2 0561\n",
     ERR_CATALOG_PROPERTY, "group.a.zones.catz.test.: a TXT record is malformed"},
    {"two new catalogs", HEAD "a.zones PTR a.test.\ncoo.a.zones PTR b.\ncoo.a.zones PTR c.\n",
     ERR_CATALOG_PROPERTY,
     "coo.a.zones.catz.test.: several PTR records; there must be at most one"},
    {"a new catalog without a name", HEAD "a.zones PTR a.test.\ncoo.a.zones PTR \\# 0\n",
     ERR_CATALOG_PROPERTY, "coo.a.zones.catz.test.: the PTR record holds no name"},
    {"properties of other types",
     HEAD "a.zones PTR a.test.\ncoo.a.zones TXT b.\ngroup.a.zones PTR c.\ngroup.a.zones SPF x\n",
     ERR_NONE, "a.test. a []\n"},
    {"properties of a label that is no member",
     HEAD "a.zones PTR a.test.\ncoo.b.zones PTR b.\ncoo.b.zones PTR c.\ngroup.b.zones TXT \\# 0\n"
          "group.0.zones TXT x\nc.zones PTR c.test.\n",
     ERR_NONE, "a.test. a []\nc.test. c []\n"},
    {"properties that are deeper, or not of a member",
     HEAD "a.zones PTR a.test.\nx.group.a.zones TXT x\ngroup.ext.a.zones TXT x\n"
          "coo.coo.a.zones PTR x.\ngroup.zones TXT x\ngroup TXT x\ncoo PTR x.\n"
          "group.ext TXT x\ngroup.group.zones TXT x\n",
     ERR_NONE, "a.test. a []\n"},
    {"properties that nobody knows, between those that are known",
     HEAD "a.zones PTR a.test.\na.a.zones TXT x\ncoo.a.zones PTR new.test.\nd.a.zones TXT x\n"
          "allow-query.ext.a.zones APL 1:192.0.2.0/24\ngroup.a.zones TXT g\nz.a.zones TXT x\n"
          "serial.a.zones TXT 7\n",
     ERR_NONE, "a.test. a [g] new.test.\n"},
    {"members with the same properties",
     HEAD "a.zones PTR a.test.\ncoo.a.zones PTR new.test.\ngroup.a.zones TXT g\n"
          "b.zones PTR b.test.\ncoo.b.zones PTR new.test.\ngroup.b.zones TXT g\n",
     ERR_NONE, "a.test. a [g] new.test.\nb.test. b [g] new.test.\n"},
    {"a new catalog that is the old one", HEAD "a.zones PTR a.test.\ncoo.a.zones PTR @\n", ERR_NONE,
     "a.test. a [] catz.test.\n"},
    {"a label with a dot beside two labels",
     HEAD "coo.a.zones PTR x.\ncoo\\.a.zones PTR a.test.\na.zones PTR b.test.\n", ERR_NONE,
     "a.test. coo\\.a []\nb.test. a [] x.\n"},
};

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check("catz.test.", rows[i].name, rows[i].text, rows[i].kind, rows[i].expected);
}

/* ---- Other zones, and misuse --------------------------------------------------------------- */

static void test_apexes(void)
{
    check(".", "a catalog at the root", HEAD "a.zones PTR a.test.\ngroup.a.zones TXT g\n", ERR_NONE,
          "a.test. a [g]\n");
    check(".", "no catalog at the root", BARE, ERR_CATALOG_VERSION,
          "version. has no TXT record, so this is not a catalog zone");
    check("zones.zones.", "a catalog with a confusing name",
          HEAD "a.zones PTR a.test.\nversion.zones TXT x\nx PTR b.test.\n", ERR_NONE,
          "a.test. a []\n");
    check(X63 "." X63 "." X63 "." X10 X10 X10 X10 ".", "a catalog with a long name",
          HEAD "0123456.zones PTR a.test.\ncoo.6.zones PTR x.\n6.zones PTR " X63 "." X63 "." X63
               ".b.\ng.zones PTR " X63 "." X63 "." X63 ".b.\n",
          ERR_CATALOG_TWICE,
          "g.zones." X63 "." X10 X10 X10 X10 X10 "xxxxxx: the zone " X63 "." X63 "." X10 X10 X10
          "xx is a member already, by the label 6");
}

static void test_class(void)
{
    struct err err = {.kind = ERR_NONE};
    struct store *store = store_of("catz.test.", HEAD, CLASS_CH, &err);
    struct catalog *catalog = catalog_new(NULL, &err);
    walk_into(store, catalog, &err);
    is_int(err.kind, ERR_CATALOG_CLASS, "a zone of class CH");
    is_str(err.text, "catz.test.: the class of a catalog zone must be IN", "... in words");
    catalog_free(catalog);
    store_free(store);
}

static const struct rr ptr = {.owner = (const uint8_t *)"\1a\5zones\4catz",
                              .owner_length = 14,
                              .rdata = (const uint8_t *)"\1a",
                              .rdlength = 3,
                              .type = TYPE_PTR,
                              .class = CLASS_IN};
static const struct zone_info zone = {
    .apex = (const uint8_t *)"\4catz", .apex_length = 6, .class = CLASS_IN};

static struct rr rr_of(const char *owner, uint8_t length, uint16_t type, const char *rdata,
                       uint16_t rdlength)
{
    struct rr rr = ptr;
    rr.owner = (const uint8_t *)owner;
    rr.owner_length = length;
    rr.type = type;
    rr.rdata = (const uint8_t *)rdata;
    rr.rdlength = rdlength;
    return rr;
}

/* Gives the head and one member; false if that fails. */
static bool feed(struct sink *sink, struct err *err)
{
    static const char soa[] =
        "\0\0\0\0\0\7\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"; /* two names, 20 octets */
    struct rr head[] = {rr_of("\4catz", 6, TYPE_SOA, soa, 22), rr_of("\4catz", 6, TYPE_NS, "", 1),
                        rr_of("\7version\4catz", 14, TYPE_TXT,
                              "\1"
                              "2",
                              2)};
    bool good = sink->begin(sink, &zone, err);
    for (size_t i = 0; i < sizeof head / sizeof *head; i++)
        good = good && sink->record(sink, RR_ADD, &head[i], err);
    return good && sink->record(sink, RR_ADD, &ptr, err);
}

/* What no store gives, each after a member was taken. */
static void test_misuse(void)
{
    struct rr chaos = ptr, outside = rr_of("\1a\5other", 9, TYPE_PTR, "\1a", 3);
    struct rr before = rr_of("\1A\4catz", 8, TYPE_PTR, "\1a", 3);
    chaos.class = CLASS_CH;
    const struct {
        const char *name;
        const struct rr *rr;
        enum rr_op op;
        enum err_kind kind;
    } misuses[] = {
        {"a record of another class", &chaos, RR_ADD, ERR_CATALOG_CLASS},
        {"a record outside of the zone", &outside, RR_ADD, ERR_INTERNAL},
        {"a record that does not come in order", &before, RR_ADD, ERR_INTERNAL},
        {"a record that is deleted", &ptr, RR_DELETE, ERR_INTERNAL},
    };
    for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++) {
        struct err err = {.kind = ERR_NONE};
        struct catalog *catalog = catalog_new(NULL, &err);
        struct sink *sink = catalog_sink(catalog);
        ok(feed(sink, &err) && catalog_facts(catalog).members == 1, "a member");
        sink->record(sink, misuses[i].op, misuses[i].rr, &err);
        is_int(err.kind, misuses[i].kind, "%s", misuses[i].name);
        is_int((int64_t)catalog_facts(catalog).members, 0, "... and no members are left");
        catalog_free(catalog);
    }
}

static void test_ends(void)
{
    struct err err = {.kind = ERR_NONE};
    struct catalog *catalog = catalog_new(NULL, &err);
    struct sink *sink = catalog_sink(catalog);
    ok(feed(sink, &err) && sink->end(sink, OUTCOME_COMPLETE, NULL, &err), "a whole catalog");
    is_int(catalog_facts(catalog).serial, 7, "... its serial");
    is_str(list(catalog), "a. a []\n", "... its member");
    catalog_free(catalog);
    catalog = catalog_new(NULL, &err);
    sink = catalog_sink(catalog);
    ok(feed(sink, &err) && sink->end(sink, OUTCOME_ABORTED, "why", &err), "one that is given up");
    is_int((int64_t)catalog_facts(catalog).members, 0, "... has no members");
    catalog_free(catalog);
    catalog = catalog_new(NULL, &err);
    sink = catalog_sink(catalog);
    ok(feed(sink, &err) && !sink->end(sink, OUTCOME_PARTIAL, "why", &err) &&
           err.kind == ERR_INTERNAL,
       "a part is refused");
    is_int((int64_t)catalog_facts(catalog).members, 0, "... and has no members");
    catalog_free(catalog);
    err.kind = ERR_NONE;
    catalog = catalog_new(NULL, &err);
    sink = catalog_sink(catalog);
    ok(sink->begin(sink, &zone, &err) && !sink->end(sink, OUTCOME_COMPLETE, NULL, &err) &&
           err.kind == ERR_CATALOG_APEX,
       "a zone without records: %s", err.text);
    catalog_free(catalog);
}

/* ---- Many ---------------------------------------------------------------------------------- */

/* Gives members whose names are long and differ only in the octets that are compared last; their
 * labels come in order, their names do not. */
static bool feed_many(struct sink *sink, unsigned count, unsigned name_octets, struct err *err)
{
    uint8_t owner[] = "\7mxxxxxx\5zones\4catz", name[NAME_MAX_WIRE] = {0};
    bool good = feed(sink, err);
    for (unsigned i = 0; good && i < count; i++) {
        unsigned mixed = i * 2654435761u;
        char digits[9];
        uint8_t *at = name;
        snprintf(digits, sizeof digits, "%06x", i);
        memcpy(owner + 2, digits, 6);
        snprintf(digits, sizeof digits, "%08x", mixed);
        *at++ = 8;
        memcpy(at, digits, 8);
        at += 8;
        while (at < name + name_octets - 63) {
            *at++ = 61;
            memset(at, 'x', 61);
            at += 61;
        }
        *at++ = 0;
        struct rr rr = ptr;
        rr.owner = owner;
        rr.owner_length = sizeof owner;
        rr.rdata = name;
        rr.rdlength = (uint16_t)(at - name);
        good = sink->record(sink, RR_ADD, &rr, err);
    }
    return good && sink->end(sink, OUTCOME_COMPLETE, NULL, err);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool is_in_order(const struct catalog *catalog)
{
    struct catalog_member a, b;
    bool good = true;
    for (size_t i = 1; good && i < catalog_facts(catalog).members; i++) {
        catalog_member(catalog, i - 1, &a);
        catalog_member(catalog, i, &b);
        good = name_order(a.zone, a.zone_length, b.zone, b.zone_length) < 0;
    }
    return good;
}

static double time_many(unsigned count, unsigned name_octets)
{
    struct err err = {.kind = ERR_NONE};
    struct catalog *catalog = catalog_new(NULL, &err);
    double start = seconds();
    bool good = feed_many(catalog_sink(catalog), count, name_octets, &err);
    double taken = seconds() - start;
    ok(good && catalog_facts(catalog).members == count + 1, "%u members of at most %u octets %s",
       count, name_octets, err.text);
    ok(is_in_order(catalog), "... in order");
    size_t each = catalog_facts(catalog).octets / count;
    ok(each <= name_octets + 50, "... %zu octets each, %.3f s", each, taken);
    catalog_free(catalog);
    return taken;
}

/* Hostile: long names that hardly differ. Time is compared with itself, so that the machine's speed
 * makes no difference; quadratic would be 64 times. */
static void test_many(void)
{
    time_many(100000, 72);
    double few = time_many(20000, 255), many = time_many(160000, 255);
    ok(many < 32 * few + 0.1, "eight times the members: %.3f s, before %.3f s", many, few);
}

/* One member with as many groups as there is room for. */
static void test_many_groups(void)
{
    struct err err = {.kind = ERR_NONE};
    struct catalog *catalog = catalog_new(NULL, &err);
    struct sink *sink = catalog_sink(catalog);
    struct rr rr = rr_of("\5group\1a\5zones\4catz", 20, TYPE_TXT, NULL, 0);
    static uint8_t rdata[65535];
    bool good = feed(sink, &err);
    rr.rdata = rdata;
    rr.rdlength = sizeof rdata - 255; /* strings of 255 octets */
    for (size_t at = 0; at < rr.rdlength; at += 256)
        rdata[at] = 255;
    for (unsigned i = 0; good && i < 300; i++) {
        rdata[1] = (uint8_t)(i >> 7);
        rdata[2] = (uint8_t)(128 | i); /* not printable */
        good = sink->record(sink, RR_ADD, &rr, &err);
    }
    ok(good && sink->end(sink, OUTCOME_COMPLETE, NULL, &err), "300 groups of 65280 octets");
    struct catalog_member member;
    struct catalog_group group;
    size_t at = 0, count = 0, wrong = 0;
    char *text = malloc(CATALOG_GROUP_ROOM * sizeof rdata);
    catalog_member(catalog, 0, &member);
    while (catalog_group(&member, &at, &group)) {
        size_t length = (size_t)(catalog_group_text(text, &group) - text);
        wrong += group.rdata[2] != (uint8_t)(128 | count++) || group.length != rr.rdlength ||
                 length != 255u * 4 * 255 + 254;
    }
    ok(count == 300 && wrong == 0, "... each as it was");
    free(text);
    catalog_free(catalog);
}

struct late_halt {
    struct halt halt;
    unsigned *left;
};

static bool is_late(const struct halt *halt, struct err *err)
{
    const struct late_halt *late = (const struct late_halt *)halt;
    return (*late->left)-- == 0 && !err_set(err, ERR_INTERRUPTED, "interrupted");
}

static void test_halt(void)
{
    unsigned stops = 0, left, n;
    for (n = 0; n < 100; n++) {
        struct err err = {.kind = ERR_NONE};
        const struct late_halt late = {{.due = is_late}, &left};
        struct catalog *catalog = catalog_new(&late.halt, &err);
        left = n;
        bool good = feed_many(catalog_sink(catalog), 30000, 255, &err);
        ok(good == (err.kind == ERR_NONE) && (good || catalog_facts(catalog).members == 0),
           "the halt is due when asked again after %u times", n);
        stops += err.kind == ERR_INTERRUPTED;
        catalog_free(catalog);
        if (good)
            break;
    }
    ok(stops > 3 && n < 100, "it was asked %u times", stops);
}

int main(void)
{
    test_rows();
    test_apexes();
    test_class();
    test_misuse();
    test_ends();
    test_many();
    test_many_groups();
    test_halt();
    return tap_end();
}
