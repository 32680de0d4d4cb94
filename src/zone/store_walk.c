#include "dns/neighbour.h"
#include "dns/types.h"
#include "zone/store_rows.h"

#include <stdlib.h>

enum {
    RECORDS_FIRST = 64,
    AHEAD = 12, /* so many runs ahead are fetched into the cache: a run may be anywhere in memory */
    CACHE_LINE = 64,
};

/* The walk goes from owner to owner: it collects the records of all runs with the owner's key, and
 * sorts them. */
struct walk {
    struct source source;
    struct store *store;
    struct notes *notes;
    struct neighbour neighbour;

    size_t parts[PARTS_MAX], ends[PARTS_MAX]; /* without an index: the next run of each part */
    size_t part_count;
    size_t at; /* with an index: the next run */

    uint8_t owner[NAME_MAX_WIRE]; /* the current one, in canonical form */
    uint8_t owner_length;
    bool is_apex;
    struct chunksort_item *records; /* its records, and which of them is next */
    size_t count, capacity, next;
    bool plain_before; /* the record before had the canonical owner */
    unsigned steps;    /* between two looks at the halt */

    const struct type_info *info; /* of the type of the record before */
    uint16_t type;
};

/* ---- The records of an owner --------------------------------------------------------------- */

/* As a string, a record is its type and its RDATA. A chunk has seven octets of it and then how many
 * of these are the record's, because RDATA may end in zeros. */
static uint64_t record_chunk(const void *context, uint64_t ref, size_t octet)
{
    enum { STEP = 7 };
    const struct walk *walk = context;
    struct record record;
    uint64_t value;
    rows_record(walk->store, (size_t)ref, &record);
    size_t left = 2u + record.length - octet;
    if (octet == 0) {
        uint64_t type = order_of_type(record.type, walk->is_apex);
        value = type << 48 | rows_load(record.rdata) >> 16;
    } else {
        value = rows_load(record.rdata + octet - 2);
    }
    if (left >= STEP)
        return (value & ~(uint64_t)0xff) | STEP;
    return (value & ~(UINT64_MAX >> 8 * left)) | left;
}

static bool record_is_last(uint64_t chunk)
{
    return (chunk & 0xff) < 7;
}

/* Compares records that agree up to an octet after the type. */
static int record_compare(const void *context, uint64_t a, uint64_t b, size_t octet)
{
    const struct walk *walk = context;
    struct record left, right;
    rows_record(walk->store, (size_t)a, &left);
    rows_record(walk->store, (size_t)b, &right);
    return order_octets_from(left.rdata, left.length, right.rdata, right.length, octet - 2);
}

static bool grow_records(struct walk *walk, struct err *err)
{
    size_t capacity = walk->capacity > 0 ? 2 * walk->capacity : RECORDS_FIRST;
    struct chunksort_item *records = NULL;
    if (capacity <= SIZE_MAX / sizeof *records)
        records = realloc(walk->records, capacity * sizeof *records);
    if (records == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    walk->records = records;
    walk->capacity = capacity;
    return true;
}

/* Adds the records of a run and sets *next to where the run ends. */
static bool collect_run(struct walk *walk, size_t run, size_t *next, struct err *err)
{
    struct record record;
    size_t at = run + KEY_HEAD + rows_key(walk->store, run).length;
    do {
        if (walk->count == walk->capacity && !grow_records(walk, err))
            return false;
        struct chunksort_item *item = &walk->records[walk->count++];
        item->ref = at;
        item->chunk = record_chunk(walk, at, 0);
        at = rows_record(walk->store, at, &record);
        if (halt_step(walk->store->config.halt, &walk->steps, err))
            return false;
    } while ((record.flags & LAST) == 0);
    *next = at;
    return true;
}

static bool sort_records(struct walk *walk, struct err *err)
{
    const struct chunksort_strings strings = {
        .chunk = record_chunk,
        .is_last = record_is_last,
        .compare = record_compare,
        .step = 7,
        .context = walk,
        .halt = walk->store->config.halt,
    };
    bool in_order = true;
    for (size_t i = 1; i < walk->count && in_order; i++)
        in_order = walk->records[i - 1].chunk < walk->records[i].chunk;
    return in_order || chunksort(walk->records, walk->count, &strings, err);
}

/* ---- One owner after the other ------------------------------------------------------------- */

static void enter_owner(struct walk *walk, struct key key)
{
    const struct store *store = walk->store;
    walk->owner_length = (uint8_t)namekey_name(walk->owner, key.octets, key.length, store->apex,
                                               store->facts.zone.apex_length);
    walk->is_apex = key.length == 0;
    walk->count = walk->next = 0;
}

/* Collects the records of the next owner from the parts; none if there is no other owner. */
static bool collect_from_parts(struct walk *walk, struct err *err)
{
    struct key least = {.octets = NULL};
    for (size_t i = 0; i < walk->part_count; i++) {
        if (walk->parts[i] == walk->ends[i])
            continue;
        struct key key = rows_key(walk->store, walk->parts[i]);
        if (least.octets == NULL || rows_compare_keys(key, least, 0) < 0)
            least = key;
    }
    walk->count = walk->next = 0;
    if (least.octets == NULL)
        return true;
    enter_owner(walk, least);
    for (size_t i = 0; i < walk->part_count; i++) {
        if (walk->parts[i] == walk->ends[i])
            continue;
        struct key key = rows_key(walk->store, walk->parts[i]);
        if (key.length == least.length && memcmp(key.octets, least.octets, key.length) == 0 &&
            !collect_run(walk, walk->parts[i], &walk->parts[i], err))
            return false;
    }
    return true;
}

/* Sorts the index from its next run on, as far as first chunks are equal. */
static bool sort_ahead(struct walk *walk, struct err *err)
{
    struct store *store = walk->store;
    struct chunksort_item *index = store->index;
    size_t end = walk->at + 1;
    struct chunksort_strings keys = rows_keys;
    keys.context = store;
    keys.base = store->arena.base;
    keys.halt = store->config.halt;
    while (end < store->facts.runs && index[end].chunk == index[walk->at].chunk)
        end++;
    if (!chunksort_rest(index + walk->at, end - walk->at, &keys, err))
        return false;
    store->sorted = end;
    return true;
}

static bool same_key(const struct walk *walk, size_t i, size_t j)
{
    const struct chunksort_item *index = walk->store->index;
    if (index[i].chunk != index[j].chunk)
        return false;
    return rows_keys.is_last(index[i].chunk) ||
           rows_keys.compare(walk->store, index[i].ref, index[j].ref, 0) == 0;
}

/* Collects the records of the next owner from the index; none if there is no other owner. */
static bool collect_from_index(struct walk *walk, struct err *err)
{
    const struct store *store = walk->store;
    size_t first = walk->at, next;
    walk->count = walk->next = 0;
    if (first == store->facts.runs)
        return true;
    if (first == store->sorted && !sort_ahead(walk, err))
        return false;
    enter_owner(walk, rows_key(store, (size_t)store->index[first].ref));
    do {
        if (walk->at + AHEAD < store->facts.runs) {
            const uint8_t *ahead = store->arena.base + store->index[walk->at + AHEAD].ref;
            __builtin_prefetch(ahead);
            __builtin_prefetch(ahead + CACHE_LINE);
        }
        if (!collect_run(walk, (size_t)store->index[walk->at].ref, &next, err))
            return false;
        walk->at++;
    } while (walk->at < store->facts.runs && same_key(walk, first, walk->at));
    return true;
}

/* ---- The records, one after the other ------------------------------------------------------ */

/* Whether a record is to be kept rather than another that differs only in letter case. */
static bool is_preferred(const struct walk *walk, const struct record *record,
                         const struct record *other)
{
    const uint8_t *owner = record->given_owner, *other_owner = other->given_owner;
    int order = memcmp(owner != NULL ? owner : walk->owner,
                       other_owner != NULL ? other_owner : walk->owner, walk->owner_length);
    if (order == 0)
        order = memcmp(record->given_rdata, other->given_rdata, record->length);
    return order < 0;
}

static void fill_rr(struct walk *walk, const struct record *record, uint32_t ttl, bool first,
                    struct rr *rr)
{
    bool plain = record->given_owner == NULL;
    if (record->type != walk->type || walk->info == NULL) {
        walk->type = record->type;
        walk->info = types_find(record->type, walk->store->facts.zone.class);
    }
    *rr = (struct rr){
        .owner = plain ? walk->owner : record->given_owner,
        .rdata = record->given_rdata,
        .info = walk->info,
        .ttl = ttl,
        .type = record->type,
        .class = walk->store->facts.zone.class,
        .rdlength = record->length,
        .owner_length = walk->owner_length,
        .flags = (record->flags & OPAQUE) != 0 ? RR_OPAQUE : 0,
    };
    if (!first && plain && walk->plain_before)
        rr->flags |= RR_SAME_OWNER;
    walk->plain_before = plain;
}

static bool is_same(const struct walk *walk, size_t i, size_t j)
{
    const struct chunksort_item *records = walk->records;
    return records[i].chunk == records[j].chunk &&
           (record_is_last(records[i].chunk) ||
            record_compare(walk, records[i].ref, records[j].ref, 2) == 0);
}

/* Gives the next record of the owner, merged with those that are the same. */
static bool give_record(struct walk *walk, struct rr *rr, struct err *err)
{
    struct record best, other;
    size_t start = walk->next, end = start + 1;
    rows_record(walk->store, (size_t)walk->records[start].ref, &best);
    uint32_t ttl = best.ttl;
    for (; end < walk->count && is_same(walk, start, end); end++) {
        rows_record(walk->store, (size_t)walk->records[end].ref, &other);
        if (other.ttl < ttl)
            ttl = other.ttl;
        if (walk->store->config.keep_case && is_preferred(walk, &other, &best))
            best = other;
    }
    walk->next = end;
    fill_rr(walk, &best, ttl, start == 0, rr);
    if (walk->notes == NULL)
        return true;
    for (size_t i = start + 1; i < end; i++)
        if (!neighbour_duplicate(rr, walk->notes, err))
            return false;
    return neighbour_check_distinct(&walk->neighbour, rr, start > 0, walk->notes, err);
}

static enum source_event walk_next(struct source *source, struct rr *rr, enum rr_op *op,
                                   struct err *err)
{
    struct walk *walk = (struct walk *)source;
    *op = RR_ADD;
    if (walk->next == walk->count) {
        bool good = walk->store->index != NULL ? collect_from_index(walk, err)
                                               : collect_from_parts(walk, err);
        if (!good)
            return SOURCE_FAIL;
        if (walk->count == 0)
            return walk->notes == NULL || neighbour_end(&walk->neighbour, walk->notes, err)
                       ? SOURCE_END
                       : SOURCE_FAIL;
        if (!sort_records(walk, err))
            return SOURCE_FAIL;
    }
    return give_record(walk, rr, err) ? SOURCE_RR : SOURCE_FAIL;
}

static void walk_free(struct source *source)
{
    struct walk *walk = (struct walk *)source;
    free(walk->records);
    free(walk);
}

struct source *store_walk(struct store *store, struct notes *notes, struct err *err)
{
    struct walk *walk = calloc(1, sizeof *walk);
    if (walk == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    walk->source = (struct source){.next = walk_next, .free = walk_free};
    walk->store = store;
    walk->notes = notes;
    if (store->index == NULL)
        walk->part_count = (size_t)store->facts.parts;
    for (size_t i = 0; i < walk->part_count; i++) {
        walk->parts[i] = store->parts[i];
        walk->ends[i] = i + 1 < walk->part_count ? store->parts[i + 1] : store->arena.length;
    }
    return &walk->source;
}
