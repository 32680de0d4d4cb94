/* A catalog zone: records, each a place (one octet), a label (its length, its octets), a type (one
 * octet), and RDATA (its length in one octet, its octets). Whether the catalog is broken, and else
 * its members with their properties, is found out once more in the simplest way, by looking through
 * all records again and again; and what is printed of it is printable. */
#include "fuzz.h"

#include "base/cursor.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "zone/catalog.h"
#include "zone/store.h"

#include <string.h>

static const uint8_t apex[] = "\4catz"; /* with the root label */
enum { APEX_LENGTH = sizeof apex, MOST = 200 };

/* What stands before the apex: \1 is the label of the record. */
static const char *const places[] = {
    "",
    "\7version",
    "\5zones",
    "\1\5zones",
    "\3coo\1\5zones",
    "\5group\1\5zones",
    "\3ext\1\5zones",
    "\1",
    "\1\1\5zones",
    "\5group\5group\1\5zones",
};
enum { APEX, VERSION, ZONES, MEMBER, COO, GROUP, PLACES = sizeof places / sizeof *places };

static const uint16_t types[] = {TYPE_SOA,   TYPE_NS,    TYPE_TXT, TYPE_PTR,
                                 TYPE_CNAME, TYPE_DNAME, TYPE_A,   TYPE_MX};
enum { TYPES = sizeof types / sizeof *types };

struct record {
    struct rr rr;
    uint8_t owner[NAME_MAX_WIRE], label[64]; /* in lower case */
    uint8_t place;
    uint8_t rdata[256]; /* in canonical form */
};

static struct record records[MOST];
static size_t count;

/* ---- Reading ------------------------------------------------------------------------------- */

static bool put_owner(struct record *record)
{
    size_t at = 0;
    for (const char *p = places[record->place]; *p != '\0'; p++) {
        const void *from = *p == 1 ? (const void *)record->label : p;
        size_t length = 1u + *(const uint8_t *)from;
        if (at + length + APEX_LENGTH > NAME_MAX_WIRE)
            return false;
        memcpy(record->owner + at, from, length);
        at += length;
        if (*p != 1)
            p += length - 1;
    }
    memcpy(record->owner + at, apex, APEX_LENGTH);
    record->rr.owner = record->owner;
    record->rr.owner_length = (uint8_t)(at + APEX_LENGTH);
    return true;
}

static bool read_record(struct cursor *c, struct record *record)
{
    uint8_t place = cursor_u8(c), label_length = cursor_u8(c) % 64;
    const uint8_t *label = cursor_take(c, label_length);
    uint8_t type = cursor_u8(c), rdlength = cursor_u8(c);
    const uint8_t *rdata = cursor_take(c, rdlength);
    if (c->failed)
        return false;
    record->place = place % PLACES;
    record->label[0] = label_length == 0 ? 1 : label_length;
    record->label[1] = 'a';
    if (label_length > 0)
        memcpy(record->label + 1, label, label_length);
    name_lower(record->label, 1u + record->label[0]);
    record->rr = (struct rr){.rdata = rdata,
                             .info = types_find(types[type % TYPES], CLASS_IN),
                             .ttl = place,
                             .type = types[type % TYPES],
                             .class = CLASS_IN,
                             .rdlength = rdlength};
    if (!rdata_fits(record->rr.info, rdata, rdlength))
        record->rr.flags = RR_OPAQUE;
    rdata_canonical(&record->rr, record->rdata);
    return put_owner(record);
}

/* ---- The same in the simplest way ---------------------------------------------------------- */

static bool is_at(const struct record *record, uint8_t place, const uint8_t *label)
{
    struct record wanted = {.place = place};
    if (label != NULL)
        memcpy(wanted.label, label, 1u + label[0]);
    return put_owner(&wanted) && wanted.rr.owner_length == record->rr.owner_length &&
           memcmp(wanted.owner, record->owner, wanted.rr.owner_length) == 0;
}

static bool is_same(const struct record *a, const struct record *b)
{
    return a->rr.type == b->rr.type && a->rr.owner_length == b->rr.owner_length &&
           memcmp(a->owner, b->owner, a->rr.owner_length) == 0 &&
           a->rr.rdlength == b->rr.rdlength && memcmp(a->rdata, b->rdata, a->rr.rdlength) == 0;
}

/* How many different records of the type are there; *last is one of them. */
static size_t number_of(uint8_t place, const uint8_t *label, uint16_t type,
                        const struct record **last)
{
    size_t number = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_new = records[i].rr.type == type && is_at(&records[i], place, label);
        for (size_t j = 0; j < i && is_new; j++)
            is_new = !is_same(&records[i], &records[j]);
        number += is_new;
        if (is_new && last != NULL)
            *last = &records[i];
    }
    return number;
}

static bool has(uint8_t place, const uint8_t *label, uint16_t type)
{
    return number_of(place, label, type, NULL) > 0;
}

static bool is_name(const struct record *record)
{
    return record->rr.rdlength > 0 &&
           name_length(record->rdata, record->rr.rdlength) == record->rr.rdlength;
}

static bool head_is_good(void)
{
    const struct record *version;
    bool has_soa = false;
    for (size_t i = 0; i < count; i++)
        has_soa = has_soa || (records[i].rr.type == TYPE_SOA && is_at(&records[i], APEX, NULL) &&
                              records[i].rr.flags == 0);
    return has_soa && has(APEX, NULL, TYPE_NS) && !has(APEX, NULL, TYPE_CNAME) &&
           number_of(VERSION, NULL, TYPE_TXT, &version) == 1 && version->rr.rdlength == 2 &&
           memcmp(version->rdata, "\0012", 2) == 0 && !has(VERSION, NULL, TYPE_CNAME) &&
           !has(APEX, NULL, TYPE_DNAME);
}

static bool groups_are_good(const uint8_t *label)
{
    for (size_t i = 0; i < count; i++)
        if (records[i].rr.type == TYPE_TXT && records[i].rr.flags != 0 &&
            is_at(&records[i], GROUP, label))
            return false;
    return true;
}

static bool member_is_good(const uint8_t *label, const struct record *ptr)
{
    const struct record *coo = NULL;
    size_t coos = number_of(COO, label, TYPE_PTR, &coo);
    bool has_groups = has(GROUP, label, TYPE_TXT);
    if (!is_name(ptr) || has(MEMBER, label, TYPE_CNAME) || has(ZONES, NULL, TYPE_DNAME))
        return false;
    if (coos > 1 || (coos == 1 && (!is_name(coo) || has(COO, label, TYPE_CNAME))))
        return false;
    if (has_groups && (!groups_are_good(label) || has(GROUP, label, TYPE_CNAME)))
        return false;
    return coos + has_groups == 0 || !has(MEMBER, label, TYPE_DNAME);
}

/* Of several records at one node only the first stands for it. */
static bool stands_for_node(size_t i)
{
    if (records[i].rr.type != TYPE_PTR || records[i].place != MEMBER)
        return false;
    for (size_t j = 0; j < i; j++)
        if (records[j].rr.type == TYPE_PTR && records[j].place == MEMBER &&
            is_at(&records[j], MEMBER, records[i].label))
            return false;
    return true;
}

static bool is_catalog(size_t *members)
{
    *members = 0;
    if (!head_is_good())
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct record *ptr = &records[i];
        if (!stands_for_node(i))
            continue;
        if (number_of(MEMBER, ptr->label, TYPE_PTR, NULL) != 1 || !member_is_good(ptr->label, ptr))
            return false;
        for (size_t j = 0; j < i; j++)
            if (stands_for_node(j) && records[j].rr.rdlength == ptr->rr.rdlength &&
                name_equal(records[j].rr.rdata, ptr->rr.rdlength, ptr->rr.rdata, ptr->rr.rdlength))
                return false;
        ++*members;
    }
    return true;
}

/* ---- The judgement ------------------------------------------------------------------------- */

static void check_text(const char *text, const char *end, const char *not_in)
{
    for (; text < end; text++)
        MUST(*text >= ' ' && *text < 0x7f && strchr(not_in, *text) == NULL);
}

static void check_member(const struct catalog_member *member)
{
    static char text[CATALOG_GROUP_ROOM * 256 + NAME_TEXT_ROOM];
    const struct record *record = NULL;
    struct catalog_group group;
    size_t at = 0, groups = 0;
    MUST(number_of(MEMBER, member->id, TYPE_PTR, &record) == 1);
    MUST(name_equal(member->zone, member->zone_length, record->rr.rdata, record->rr.rdlength));
    check_text(text, catalog_id_text(text, member), " ");
    while (catalog_group(member, &at, &group)) {
        char *end = catalog_group_text(text, &group);
        MUST(end > text && end <= text + (size_t)CATALOG_GROUP_ROOM * group.length);
        MUST(end - text != 1 || *text != '-');
        check_text(text, end, ",");
        groups++;
    }
    MUST(groups == number_of(GROUP, member->id, TYPE_TXT, NULL));
    MUST((member->coo_length > 0) == has(COO, member->id, TYPE_PTR));
    if (member->coo_length > 0) {
        number_of(COO, member->id, TYPE_PTR, &record);
        MUST(name_equal(member->coo, member->coo_length, record->rr.rdata, record->rr.rdlength));
    }
}

static void check(const struct catalog *catalog, bool good, const struct err *err)
{
    struct catalog_member before, member;
    size_t members;
    MUST(good == is_catalog(&members));
    MUST(good || (err_class(err->kind) == ERR_CLASS_GUARD && err->text[0] != '\0'));
    check_text(err->text, err->text + strlen(err->text), "");
    MUST(catalog_facts(catalog).members == (good ? members : 0));
    for (size_t i = 0; good && i < members; i++, before = member) {
        catalog_member(catalog, i, &member);
        check_member(&member);
        MUST(i == 0 ||
             name_order(before.zone, before.zone_length, member.zone, member.zone_length) < 0);
    }
}

static bool read_catalog(struct store *store, struct catalog *catalog, struct err *err)
{
    const struct zone_info zone = {.apex = apex, .apex_length = APEX_LENGTH, .class = CLASS_IN};
    struct sink *sink = store_sink(store), *to = catalog_sink(catalog);
    struct rr rr;
    enum rr_op op;
    MUST(sink->begin(sink, &zone, err));
    for (size_t i = 0; i < count; i++)
        MUST(sink->record(sink, RR_ADD, &records[i].rr, err));
    MUST(sink->end(sink, OUTCOME_COMPLETE, NULL, err));
    struct source *walk = store_walk(store, NULL, err);
    MUST(walk != NULL);
    bool good = to->begin(to, &zone, err);
    while (good && walk->next(walk, &rr, &op, err) == SOURCE_RR)
        good = to->record(to, op, &rr, err);
    walk->free(walk);
    return good && to->end(to, OUTCOME_COMPLETE, NULL, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct store_config plain;
    struct err err = {.kind = ERR_NONE};
    struct cursor c = cursor_at(data, 0, size);
    for (count = 0; !c.failed && c.at < c.end && count < MOST;)
        count += read_record(&c, &records[count]);
    struct store *store = store_new(&plain, &err);
    struct catalog *catalog = catalog_new(NULL, &err);
    MUST(store != NULL && catalog != NULL);
    bool good = read_catalog(store, catalog, &err);
    check(catalog, good, &err);
    catalog_free(catalog);
    store_free(store);
    return 0;
}
