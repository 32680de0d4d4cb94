#include "zone/catalog.h"

#include "base/arena.h"
#include "base/chunksort.h"
#include "dns/namekey.h"
#include "dns/order.h"
#include "dns/rdata.h"
#include "dns/soa.h"
#include "dns/types.h"

#include <stdlib.h>
#include <string.h>

/* A member in the arena:
 *
 *     size_t length of all this | u16 length of the key | key of its name (dns/namekey.h)
 *         | label, with its length | u8 length of coo, or 0 | coo
 *         | groups: u16 RDLENGTH | RDATA ...
 *
 * Numbers are not aligned. */
enum { MEMBER_HEAD = sizeof(size_t) + 2, ROOT_LENGTH = 1 };

/* Where the names are that have a meaning. */
enum place {
    AT_APEX,
    AT_VERSION, /* version.$CATZ */
    AT_ZONES,   /* zones.$CATZ */
    AT_MEMBER,  /* LABEL.zones.$CATZ */
    AT_COO,     /* coo.LABEL.zones.$CATZ */
    AT_GROUP,   /* group.LABEL.zones.$CATZ */
    AT_NOWHERE,
    PLACES
};

struct catalog {
    struct sink sink;
    const struct halt *halt;
    unsigned steps;

    uint8_t apex[NAME_MAX_WIRE];
    uint8_t apex_length;
    uint32_t serial;
    bool has_soa, has_ns, has_version;

    /* The name under way. */
    uint8_t owner[NAME_MAX_WIRE];
    uint8_t owner_length; /* 0: none yet */
    enum place place;
    bool has_cname;
    bool has_dname[PLACES]; /* of the names above it, and of itself */

    size_t member;  /* the last member that began */
    bool in_member; /* the name under way is its node, or below that */
    bool has_coo;

    struct arena arena;
    struct chunksort_item *index; /* the members by their names, once the catalog is good */
    size_t count;
};

/* What stands for a name, in the arena. */
struct key {
    const uint8_t *octets;
    size_t length;
};

/* ---- Errors -------------------------------------------------------------------------------- */

/* Names in messages are cut, so that the words that follow them have room. */
#define OWNER "%.250s"

COLD static bool broken(const struct catalog *catalog, enum err_kind kind, const char *what,
                        struct err *err)
{
    struct name_string owner;
    return err_set(err, kind, OWNER ": %s", name_string(&owner, catalog->owner), what);
}

COLD static bool broken_apex(const struct catalog *catalog, enum err_kind kind, const char *what,
                             struct err *err)
{
    struct name_string apex;
    return err_set(err, kind, OWNER ": %s", name_string(&apex, catalog->apex), what);
}

/* Whether it is a catalog zone at all. This is looked at before its members are. */
static bool check_head(const struct catalog *catalog, struct err *err)
{
    struct name_string apex;
    if (!catalog->has_soa || !catalog->has_ns)
        return broken_apex(
            catalog, ERR_CATALOG_APEX,
            catalog->has_soa ? "the zone has no NS records" : "the zone has no SOA record", err);
    return catalog->has_version ||
           err_set(err, ERR_CATALOG_VERSION,
                   "version." OWNER " has no TXT record, so this is not a catalog zone",
                   catalog->apex_length > ROOT_LENGTH ? name_string(&apex, catalog->apex) : "");
}

/* ---- Names --------------------------------------------------------------------------------- */

/* A label without a dot behind it. */
static char *label_text(char *to, const uint8_t *label)
{
    uint8_t name[NAME_MAX_WIRE];
    size_t length = 1u + label[0];
    memcpy(name, label, length);
    name[length] = 0;
    return name_text(to, name, length + 1) - 1;
}

static bool label_is(const uint8_t *label, const char *wire)
{
    return name_equal(label, 1u + label[0], (const uint8_t *)wire, 1u + (uint8_t)wire[0]);
}

static enum place place_of(const uint8_t *owner, size_t below)
{
    const uint8_t *labels[3], *at = owner;
    size_t count = 0;
    for (; at < owner + below; at += 1 + at[0]) {
        if (count == 3)
            return AT_NOWHERE;
        labels[count++] = at;
    }
    if (count == 0)
        return AT_APEX;
    if (count == 1 && label_is(labels[0], "\7version"))
        return AT_VERSION;
    if (!label_is(labels[count - 1], "\5zones"))
        return AT_NOWHERE;
    if (count < 3)
        return count == 1 ? AT_ZONES : AT_MEMBER;
    return label_is(labels[0], "\3coo")     ? AT_COO
           : label_is(labels[0], "\5group") ? AT_GROUP
                                            : AT_NOWHERE;
}

static struct key key_of(const struct catalog *catalog, size_t member)
{
    const uint8_t *at = catalog->arena.base + member;
    uint16_t length;
    memcpy(&length, at + sizeof(size_t), sizeof length);
    return (struct key){at + MEMBER_HEAD, length};
}

static const uint8_t *id_of(const struct catalog *catalog, size_t member)
{
    struct key key = key_of(catalog, member);
    return key.octets + key.length;
}

/* Whether a node is the one of the last member, which was the name under way, or above it. */
static bool is_of_member(const struct catalog *catalog, const uint8_t *node)
{
    if (!catalog->in_member)
        return false;
    const uint8_t *id = id_of(catalog, catalog->member);
    return name_equal(node, 1u + node[0], id, 1u + id[0]);
}

static bool enter_owner(struct catalog *catalog, const struct rr *rr, struct err *err)
{
    size_t below = rr->owner_length - catalog->apex_length;
    memcpy(catalog->owner, rr->owner, rr->owner_length);
    catalog->owner_length = rr->owner_length;
    catalog->place = place_of(rr->owner, below);
    catalog->has_cname = false;
    if (catalog->place < AT_MEMBER || catalog->place == AT_NOWHERE)
        return true;
    const uint8_t *node = catalog->owner;
    if (catalog->place != AT_MEMBER)
        node += 1 + node[0];
    if (catalog->place == AT_MEMBER || !is_of_member(catalog, node)) {
        catalog->in_member = false;
        catalog->has_dname[AT_MEMBER] = false;
    }
    return check_head(catalog, err);
}

/* ---- Records that count -------------------------------------------------------------------- */

/* Whether a record at the name under way has no alias in its way. */
static bool check_alias(const struct catalog *catalog, struct err *err)
{
    bool is_property = catalog->place == AT_COO || catalog->place == AT_GROUP;
    bool is_redirected = catalog->has_dname[AT_APEX] ||
                         (catalog->place >= AT_MEMBER && catalog->has_dname[AT_ZONES]) ||
                         (is_property && catalog->has_dname[AT_MEMBER]);
    if (catalog->has_cname || is_redirected)
        return broken(catalog, ERR_CATALOG_ALIAS,
                      catalog->has_cname ? "other data beside a CNAME" : "data below a DNAME", err);
    return true;
}

static bool take_version(struct catalog *catalog, const struct rr *rr, struct err *err)
{
    static const uint8_t good[] = {1, '0' + CATALOG_VERSION};
    static const uint8_t old[] = {1, '1'};
    if (!check_alias(catalog, err))
        return false;
    if (catalog->has_version)
        return broken(catalog, ERR_CATALOG_VERSION, "several TXT records; there must be one", err);
    catalog->has_version = rr->rdlength == sizeof good && memcmp(rr->rdata, good, sizeof good) == 0;
    if (catalog->has_version)
        return true;
    bool is_old = rr->rdlength == sizeof old && memcmp(rr->rdata, old, sizeof old) == 0;
    return broken(catalog, ERR_CATALOG_VERSION,
                  is_old ? "the version is 1, which is not that of RFC 9432" : "it is not \"2\"",
                  err);
}

/* Adds octets to the last member. */
static bool add(struct catalog *catalog, const void *octets, size_t n, struct err *err)
{
    uint8_t *to = arena_reserve(&catalog->arena, n, err);
    if (to == NULL)
        return false;
    memcpy(to, octets, n);
    catalog->arena.length += n;
    size_t length = catalog->arena.length - catalog->member;
    memcpy(catalog->arena.base + catalog->member, &length, sizeof length);
    return true;
}

static bool holds_name(const struct rr *rr)
{
    return rr->rdlength > 0 && name_length(rr->rdata, rr->rdlength) == rr->rdlength;
}

static bool take_member(struct catalog *catalog, const struct rr *rr, struct err *err)
{
    static const size_t no_length;
    static const uint8_t no_coo;
    uint8_t key[NAMEKEY_ROOM];
    if (!check_alias(catalog, err))
        return false;
    if (catalog->in_member)
        return broken(catalog, ERR_CATALOG_MEMBER,
                      "several PTR records; a member node must have one", err);
    if (!holds_name(rr))
        return broken(catalog, ERR_CATALOG_MEMBER, "the PTR record holds no name", err);
    uint16_t key_length = (uint16_t)namekey_make(key, rr->rdata, rr->rdlength, ROOT_LENGTH);
    catalog->in_member = true;
    catalog->has_coo = false;
    catalog->member = catalog->arena.length;
    catalog->count++;
    return add(catalog, &no_length, sizeof no_length, err) &&
           add(catalog, &key_length, sizeof key_length, err) &&
           add(catalog, key, key_length, err) &&
           add(catalog, catalog->owner, 1u + catalog->owner[0], err) &&
           add(catalog, &no_coo, sizeof no_coo, err);
}

static bool take_coo(struct catalog *catalog, const struct rr *rr, struct err *err)
{
    if (!check_alias(catalog, err))
        return false;
    if (catalog->has_coo)
        return broken(catalog, ERR_CATALOG_PROPERTY,
                      "several PTR records; there must be at most one", err);
    if (!holds_name(rr))
        return broken(catalog, ERR_CATALOG_PROPERTY, "the PTR record holds no name", err);
    uint8_t length = (uint8_t)rr->rdlength;
    catalog->has_coo = true;
    catalog->arena.length--; /* the length 0 that stands there */
    return add(catalog, &length, sizeof length, err) && add(catalog, rr->rdata, length, err);
}

static bool take_group(struct catalog *catalog, const struct rr *rr, struct err *err)
{
    if (!check_alias(catalog, err))
        return false;
    if ((rr->flags & RR_OPAQUE) != 0)
        return broken(catalog, ERR_CATALOG_PROPERTY, "a TXT record is malformed", err);
    return add(catalog, &rr->rdlength, sizeof rr->rdlength, err) &&
           add(catalog, rr->rdata, rr->rdlength, err);
}

static bool take_record(struct catalog *catalog, const struct rr *rr, struct err *err)
{
    bool is_known = catalog->in_member; /* properties are those of a member */
    if (rr->type == TYPE_CNAME) {
        catalog->has_cname = true;
        return catalog->place != AT_APEX || check_alias(catalog, err);
    }
    if (rr->type == TYPE_DNAME)
        catalog->has_dname[catalog->place] = true;
    else if (catalog->place == AT_APEX && rr->type == TYPE_NS)
        catalog->has_ns = true;
    else if (catalog->place == AT_VERSION && rr->type == TYPE_TXT)
        return take_version(catalog, rr, err);
    else if (catalog->place == AT_MEMBER && rr->type == TYPE_PTR)
        return take_member(catalog, rr, err);
    else if (catalog->place == AT_COO && rr->type == TYPE_PTR && is_known)
        return take_coo(catalog, rr, err);
    else if (catalog->place == AT_GROUP && rr->type == TYPE_TXT && is_known)
        return take_group(catalog, rr, err);
    if (catalog->place != AT_APEX || rr->type != TYPE_SOA || !soa_fits(rr))
        return true;
    catalog->has_soa = true;
    catalog->serial = rdata_soa_serial(rr);
    return true;
}

/* ---- The sink ------------------------------------------------------------------------------ */

COLD static bool refuse_class(const struct catalog *catalog, struct err *err)
{
    return broken_apex(catalog, ERR_CATALOG_CLASS, "the class of a catalog zone must be IN", err);
}

static bool catalog_begin(struct sink *sink, const struct zone_info *zone, struct err *err)
{
    struct catalog *catalog = (struct catalog *)sink;
    if (zone->changes)
        return err_set(err, ERR_INTERNAL, "changes are not a catalog");
    memcpy(catalog->apex, zone->apex, zone->apex_length);
    catalog->apex_length = zone->apex_length;
    return zone->class == CLASS_IN || refuse_class(catalog, err);
}

static void forget_members(struct catalog *catalog)
{
    arena_fini(&catalog->arena);
    free(catalog->index);
    catalog->index = NULL;
    catalog->count = 0;
    catalog->in_member = false;
}

static bool take(struct catalog *catalog, const struct rr *rr, struct err *err)
{
    int order = -1;
    if (catalog->owner_length > 0)
        order = name_order(catalog->owner, catalog->owner_length, rr->owner, rr->owner_length);
    if (order > 0)
        return err_set(err, ERR_INTERNAL, "the records of the catalog are not in order");
    return (order == 0 || enter_owner(catalog, rr, err)) && take_record(catalog, rr, err);
}

static bool catalog_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct catalog *catalog = (struct catalog *)sink;
    bool good;
    if (op != RR_ADD ||
        !name_within(rr->owner, rr->owner_length, catalog->apex, catalog->apex_length))
        good = err_set(err, ERR_INTERNAL, "not a record of the catalog");
    else if (rr->class != CLASS_IN)
        good = refuse_class(catalog, err);
    else
        good = take(catalog, rr, err);
    if (!good)
        forget_members(catalog);
    return good;
}

/* ---- The order of the members -------------------------------------------------------------- */

/* The keys as strings for sorting, in chunks of eight octets with zeros after the end. No key has
 * two zeros in a row or ends in one. */
static uint64_t member_chunk(const void *context, uint64_t ref, size_t octet)
{
    struct key key = key_of(context, (size_t)ref);
    return namekey_chunk(key.octets, key.length, octet);
}

static bool member_is_last(uint64_t chunk)
{
    return (chunk & 0xffff) == 0;
}

static int member_compare(const void *context, uint64_t a, uint64_t b, size_t octet)
{
    struct key left = key_of(context, (size_t)a), right = key_of(context, (size_t)b);
    return order_octets_from(left.octets, left.length, right.octets, right.length, octet);
}

static bool sort_members(struct catalog *catalog, struct err *err)
{
    const struct chunksort_strings keys = {
        .chunk = member_chunk,
        .is_last = member_is_last,
        .compare = member_compare,
        .step = sizeof(uint64_t),
        .context = catalog,
        .halt = catalog->halt,
    };
    size_t at = 0, length;
    if (catalog->count > SIZE_MAX / sizeof *catalog->index)
        return err_set(err, ERR_MEMORY, "out of memory");
    catalog->index = malloc((catalog->count + 1) * sizeof *catalog->index);
    if (catalog->index == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < catalog->count; i++, at += length) {
        catalog->index[i] = (struct chunksort_item){member_chunk(catalog, at, 0), at};
        memcpy(&length, catalog->arena.base + at, sizeof length);
    }
    return chunksort(catalog->index, catalog->count, &keys, err);
}

COLD static bool refuse_twin(const struct catalog *catalog, size_t a, size_t b, struct err *err)
{
    char first[NAME_TEXT_ROOM], second[NAME_TEXT_ROOM];
    uint8_t zone[NAME_MAX_WIRE];
    struct name_string zone_text, apex_text;
    struct key key = key_of(catalog, a);
    namekey_name(zone, key.octets, key.length, (const uint8_t *)"", ROOT_LENGTH);
    *label_text(first, id_of(catalog, a < b ? a : b)) = '\0';
    *label_text(second, id_of(catalog, a < b ? b : a)) = '\0';
    return err_set(err, ERR_CATALOG_TWICE,
                   "%.120s.zones.%.120s: the zone %.160s is a member already, by the label %.120s",
                   second, name_string(&apex_text, catalog->apex), name_string(&zone_text, zone),
                   first);
}

static bool check_twins(struct catalog *catalog, struct err *err)
{
    for (size_t i = 1; i < catalog->count; i++) {
        size_t a = (size_t)catalog->index[i - 1].ref, b = (size_t)catalog->index[i].ref;
        if (catalog->index[i - 1].chunk == catalog->index[i].chunk &&
            member_compare(catalog, a, b, 0) == 0)
            return refuse_twin(catalog, a, b, err);
        if (halt_step(catalog->halt, &catalog->steps, err))
            return false;
    }
    return true;
}

static bool catalog_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    struct catalog *catalog = (struct catalog *)sink;
    bool good = outcome == OUTCOME_COMPLETE;
    (void)why;
    if (outcome == OUTCOME_PARTIAL)
        err_set(err, ERR_INTERNAL, "a part of a zone is not a catalog");
    good =
        good && check_head(catalog, err) && sort_members(catalog, err) && check_twins(catalog, err);
    if (!good)
        forget_members(catalog);
    return good || outcome == OUTCOME_ABORTED;
}

static void ignore_free(struct sink *sink)
{
    (void)sink;
}

/* ---- What others see ----------------------------------------------------------------------- */

struct catalog *catalog_new(const struct halt *halt, struct err *err)
{
    struct catalog *catalog = calloc(1, sizeof *catalog);
    if (catalog == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    catalog->sink = (struct sink){catalog_begin, catalog_record, catalog_end, ignore_free};
    catalog->halt = halt;
    return catalog;
}

void catalog_free(struct catalog *catalog)
{
    if (catalog != NULL)
        forget_members(catalog);
    free(catalog);
}

struct sink *catalog_sink(struct catalog *catalog)
{
    return &catalog->sink;
}

struct catalog_facts catalog_facts(const struct catalog *catalog)
{
    return (struct catalog_facts){
        .apex = catalog->apex,
        .apex_length = catalog->apex_length,
        .serial = catalog->serial,
        .members = catalog->count,
        .octets = sizeof *catalog + catalog->arena.length + catalog->count * sizeof *catalog->index,
    };
}

void catalog_member(const struct catalog *catalog, size_t index, struct catalog_member *member)
{
    size_t at = (size_t)catalog->index[index].ref, length;
    struct key key = key_of(catalog, at);
    memcpy(&length, catalog->arena.base + at, sizeof length);
    member->zone_length = (uint8_t)namekey_name(member->zone, key.octets, key.length,
                                                (const uint8_t *)"", ROOT_LENGTH);
    member->id = key.octets + key.length;
    const uint8_t *coo = member->id + 1 + member->id[0];
    member->coo_length = *coo;
    member->coo = coo + 1;
    member->groups = member->coo + member->coo_length;
    member->groups_length = (size_t)(catalog->arena.base + at + length - member->groups);
}

bool catalog_group(const struct catalog_member *member, size_t *at, struct catalog_group *group)
{
    if (*at == member->groups_length)
        return false;
    memcpy(&group->length, member->groups + *at, sizeof group->length);
    group->rdata = member->groups + *at + sizeof group->length;
    *at += sizeof group->length + group->length;
    return true;
}

static char *octet_text(char *to, uint8_t octet)
{
    if (octet > ' ' && octet < 0x7f && strchr(",\"\\", octet) == NULL) {
        *to = (char)octet;
        return to + 1;
    }
    *to++ = '\\';
    *to++ = (char)('0' + octet / 100);
    *to++ = (char)('0' + octet / 10 % 10);
    *to++ = (char)('0' + octet % 10);
    return to;
}

char *catalog_group_text(char *to, const struct catalog_group *group)
{
    const uint8_t *at = group->rdata, *end = at + group->length;
    static const uint8_t hyphen[] = {1, '-'};
    if (group->length == sizeof hyphen && memcmp(at, hyphen, sizeof hyphen) == 0) {
        memcpy(to, "\\045", 4);
        return to + 4;
    }
    while (at < end) {
        const uint8_t *string = at + 1, *next = string + at[0];
        if (at > group->rdata)
            *to++ = ' ';
        if (string == next) {
            *to++ = '"';
            *to++ = '"';
        }
        for (at = string; at < next; at++)
            to = octet_text(to, *at);
    }
    return to;
}

char *catalog_id_text(char *to, const struct catalog_member *member)
{
    return label_text(to, member->id);
}
