/* All records of one name: sets, the signatures that belong to them, and where the name lies. */
#include "dns/types.h"
#include "verify/node.h"

#include "tap.h"

static struct node node;

static void begin(const char *owner)
{
    uint8_t name[NAME_MAX_WIRE], length = 0;
    name_parse(owner, name, &length);
    node_begin(&node, name, length, 1);
}

static void add(uint16_t type, uint32_t ttl, const void *rdata, size_t length)
{
    struct err err = {.kind = ERR_NONE};
    struct rr rr = {.type = type,
                    .class = CLASS_IN,
                    .ttl = ttl,
                    .rdata = rdata,
                    .rdlength = (uint16_t)length,
                    .info = types_find(type, CLASS_IN)};
    if (rr.info == NULL) /* as every source says it */
        rr.flags = RR_OPAQUE;
    if (!node_add(&node, &rr, &err))
        ok(false, "a record is added: %s", err.text);
}

static void add_signature(uint16_t covered)
{
    uint8_t rdata[22] = {(uint8_t)(covered >> 8), (uint8_t)covered, 13, 1};
    add(TYPE_RRSIG, 60, rdata, sizeof rdata);
}

static struct node_walk walk_of(const char *apex)
{
    struct node_walk walk = {.apex_length = 0};
    name_parse(apex, walk.apex, &walk.apex_length);
    return walk;
}

static void seal(struct node_walk *walk)
{
    struct err err = {.kind = ERR_NONE};
    if (!node_seal(&node, walk, &err))
        ok(false, "a name is sealed: %s", err.text);
}

/* "type:count/signatures" of each set. */
static const char *sets(void)
{
    static char text[4096];
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < node.set_count; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%u:%zu/%zu", i > 0 ? " " : "",
                               node.sets[i].type, node.sets[i].count, node.sets[i].signatures);
    return text;
}

static void test_sets(void)
{
    struct node_walk walk = walk_of("Example.");
    begin("eXample.");
    is_str((const char *)node.owner, "\7example", "the owner is in lower case");
    add(TYPE_SOA, 60, "\1a\0\1b\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5", 26);
    add(TYPE_A, 300, "\1\1\1\1", 4);
    add(TYPE_A, 200, "\1\1\1\2", 4);
    add(TYPE_NS, 60, "\2NS\0", 4);
    add_signature(TYPE_A);
    add_signature(TYPE_SOA);
    add_signature(TYPE_SOA);
    add_signature(TYPE_DNSKEY);
    add_signature(TYPE_ZONEMD);
    add(TYPE_NSEC, 60, "\0\0\1\100", 4);
    add(TYPE_DNSKEY, 60, "\1\1\3\15", 4);
    seal(&walk);
    is_str(sets(), "1:2/1 2:1/0 6:1/2 47:1/0 48:1/1 63:0/1",
           "sets by type, each with its signatures");
    const struct node_set *a = node_find(&node, TYPE_A);
    ok(a->ttl == 200 && a->ttls_differ && a->octets == 8, "the lowest TTL of several");
    is_mem(node_rdata(&node, a->first + 1), 4, "\1\1\1\2", 4, "the records of a set");
    const struct node_set *ns = node_find(&node, TYPE_NS);
    is_mem(node_rdata(&node, ns->first), 4, "\2ns\0", 4, "RDATA in canonical form");
    ok(!ns->ttls_differ && ns->ttl == 60, "one TTL");
    const struct node_set *soa = node_find(&node, TYPE_SOA);
    is_int(node_rdata(&node, soa->first_signature + 1)[1], TYPE_SOA,
           "the signatures of a set cover its type");
    ok(node_find(&node, TYPE_AAAA) == NULL && node_find(&node, TYPE_RRSIG) == NULL,
       "a type that is not there, and signatures are not a set of their own");
    begin("a.example.");
    seal(&walk);
    ok(node.set_count == 0 && node_find(&node, TYPE_A) == NULL, "a name begins without records");
    begin("b.example.");
    add(TYPE_RRSIG, 60, "\0", 1);
    seal(&walk);
    is_str(sets(), "0:0/1", "a signature that is too short to tell its type");
    node_fini(&node);
}

/* Hostile: all types at one name, each with a signature. */
static void test_many(void)
{
    struct node_walk walk = walk_of("example.");
    begin("example.");
    for (unsigned type = 1; type < 46; type++)
        add((uint16_t)type, 60, "x", 1);
    for (unsigned type = 1; type <= 65535; type++)
        add_signature((uint16_t)type);
    for (unsigned type = 47; type <= 65535; type++)
        add((uint16_t)type, 60, "x", 1);
    seal(&walk);
    is_int((int64_t)node.set_count, 65535, "65535 types at a name");
    size_t wrong = 0;
    for (size_t i = 0; i < node.set_count; i++)
        wrong += node.sets[i].type != i + 1 || node.sets[i].signatures != 1 ||
                 node.sets[i].count != (i + 1 != TYPE_RRSIG);
    is_int((int64_t)wrong, 0, "... each with its signature");
    node_fini(&node);
}

/* ---- Records in any order ------------------------------------------------------------------ */

static const struct {
    const char *what, *given, *wanted; /* a record is a letter for its type, then RDATA, then TTL */
    unsigned merged;
} orders[] = {
    {"in order", "Aab6 Aac6 Xb6", "Aab6 Aac6 Xb6", 0},
    {"types in another", "Xb6 Aab6", "Aab6 Xb6", 0},
    {"RDATA in another", "Aac6 Aab6 Xb6", "Aab6 Aac6 Xb6", 0},
    {"the shorter first", "Xbb6 Xb6", "Xb6 Xbb6", 0},
    {"long, and other in the last octet", "Xabcdefghj6 Xabcdefghi6", "Xabcdefghi6 Xabcdefghj6", 0},
    {"twice, one after the other", "Aab6 Aab6 Xb6", "Aab6 Xb6", 1},
    {"twice, apart, the lower TTL later", "Aab6 Xb6 Aab3", "Aab3 Xb6", 1},
    {"twice, apart, the lower TTL first", "Xb3 Aab6 Xb6", "Aab6 Xb3", 1},
    {"three times", "Xb6 Xb4 Xb5", "Xb4", 2},
};

static void add_letters(const char *word, size_t n)
{
    add(word[0] == 'A' ? TYPE_A : 65280, (uint32_t)word[n - 1] - '0', word + 1, n - 2);
}

static const char *records(void)
{
    static char text[256];
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < node.record_count; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%c%.*s%u", i > 0 ? " " : "",
                               node.records[i].type == TYPE_A ? 'A' : 'X',
                               (int)node.records[i].rdlength, (const char *)node_rdata(&node, i),
                               (unsigned)node.records[i].ttl);
    return text;
}

static void test_orders(void)
{
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        static struct notes notes;
        struct err err = {.kind = ERR_NONE};
        uint64_t merged = 0;
        notes_reset(&notes);
        begin("a.example.");
        for (const char *word = orders[i].given; *word != '\0'; word += *word == ' ') {
            size_t n = strcspn(word, " ");
            add_letters(word, n);
            word += n;
        }
        ok(node_sort(&node, &merged, &notes, &err), "%s: sorted", orders[i].what);
        is_str(records(), orders[i].wanted, "... the records");
        is_int((int64_t)merged, orders[i].merged, "... how many are gone");
        is_int((int64_t)notes.counts[ERR_DUP_RR], orders[i].merged, "... which are noted");
    }
}

/* ---- Places: names in canonical order ------------------------------------------------------ */

static const struct {
    const char *owner;
    uint16_t types[3];
    enum node_place place;
    uint8_t labels;
} places[] = {
    {"example.", {TYPE_SOA, TYPE_NS}, NODE_APEX, 1},
    {"*.example.", {TYPE_A}, NODE_WITHIN, 1},
    {"a.example.", {TYPE_NS, TYPE_DNAME}, NODE_CUT, 2}, /* the cut rules: DNAME is below it */
    {"a.a.example.", {TYPE_A}, NODE_GLUE, 3},
    {"b.a.example.", {TYPE_NS}, NODE_GLUE, 3}, /* a cut below a cut is glue, too */
    {"x.b.a.example.", {TYPE_NSEC3}, NODE_GLUE, 4},
    {"ab.example.", {TYPE_A}, NODE_WITHIN, 2}, /* not below "a" or "b" */
    {"b.example.", {TYPE_DNAME}, NODE_WITHIN, 2},
    {"a.b.example.", {TYPE_NS}, NODE_OCCLUDED, 3},
    {"x.a.b.example.", {TYPE_A}, NODE_OCCLUDED, 4},
    {"c.example.", {TYPE_NSEC3}, NODE_DENIAL, 2},
    {"d.example.", {TYPE_A, TYPE_NSEC3}, NODE_WITHIN, 2},
    {"*.e.example.", {TYPE_NS}, NODE_CUT, 2},
    {"a.*.e.example.", {TYPE_A}, NODE_GLUE, 4},
};

static void test_places(void)
{
    struct node_walk walk = walk_of("example.");
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        begin(places[i].owner);
        for (size_t j = 0; j < 3 && places[i].types[j] != 0; j++)
            add(places[i].types[j], 60, "x", 1);
        if (places[i].place == NODE_DENIAL)
            add_signature(TYPE_NSEC3);
        seal(&walk);
        is_int(node.place, places[i].place, "place of %s", places[i].owner);
        is_int(node.labels, places[i].labels, "labels of %s", places[i].owner);
    }
    walk = walk_of(".");
    begin(".");
    add(TYPE_DNAME, 60, "\0", 1);
    seal(&walk);
    ok(node.place == NODE_APEX && node.labels == 0, "the root is an apex");
    begin("a.");
    add(TYPE_NSEC3, 60, "x", 1);
    seal(&walk);
    is_int(node.place, NODE_DENIAL, "NSEC3 below an apex with a DNAME");
    begin("b.");
    add(TYPE_NS, 60, "x", 1);
    seal(&walk);
    is_int(node.place, NODE_OCCLUDED, "all else below it");
    node_fini(&node);
}

int main(void)
{
    test_sets();
    test_many();
    test_orders();
    test_places();
    return tap_end();
}
