#include "zone/store_held.h"

#include <stdlib.h>

enum {
    RECORDS_FIRST = 64,
    AHEAD = 12, /* so many runs ahead are fetched into the cache: a run may be anywhere in memory */
    CACHE_LINE = 64,
};

/* ---- The keys ------------------------------------------------------------------------------ */

static uint64_t key_chunk(const void *context, uint64_t ref, size_t octet)
{
    const struct held *held = context;
    return rows_key_chunk(rows_key(held->arena.base + ref), octet);
}

/* Two zeros in a row are past the end; a single one in the last octet may stand between labels. */
static bool key_is_last(uint64_t chunk)
{
    return (chunk & 0xffff) == 0;
}

static int key_compare(const void *context, uint64_t a, uint64_t b, size_t octet)
{
    const uint8_t *base = ((const struct held *)context)->arena.base;
    return rows_compare_keys(rows_key(base + a), rows_key(base + b), octet);
}

static const struct chunksort_strings keys_of_runs = {
    .chunk = key_chunk, .is_last = key_is_last, .compare = key_compare, .step = 8};

/* Lists the runs in the order of the first chunks of their keys. Whoever reads them sorts the rest
 * when it gets there, because it must read the keys then anyway. */
static bool make_index(struct store *store, struct err *err)
{
    struct held *held = &store->held;
    struct chunksort_item *index = NULL;
    if (held->runs <= SIZE_MAX / sizeof *index)
        index = malloc((size_t)held->runs * sizeof *index);
    if (index == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    const uint8_t *at = held->arena.base, *end = at + held->arena.length;
    size_t n = 0;
    unsigned steps = 0;
    bool good = true;
    while (good && at < end) {
        struct key key = rows_key(at);
        struct record record;
        index[n].chunk = rows_key_chunk(key, 0);
        index[n++].ref = (uint64_t)(at - held->arena.base);
        at = key.octets + key.length;
        do
            at = rows_record(at, &record);
        while ((record.flags & LAST) == 0);
        good = !halt_step(store->config.halt, &steps, err);
    }
    held->index = index;
    return good && chunksort_chunks(index, n, store->config.halt, err);
}

bool store_held_end(struct store *store, struct err *err)
{
    return store->held.parts <= PARTS_MAX || make_index(store, err);
}

uint64_t store_held_octets(const struct held *held)
{
    return held->arena.length + (held->index != NULL ? held->runs * sizeof *held->index : 0);
}

void store_held_empty(struct held *held)
{
    struct arena arena = held->arena;
    arena.length = 0;
    free(held->index);
    *held = (struct held){.arena = arena};
}

void store_held_fini(struct held *held)
{
    arena_fini(&held->arena);
    free(held->index);
    *held = (struct held){.index = NULL};
}

/* It goes from owner to owner: it collects the records of all runs with the owner's key, and sorts
 * them. */
struct reader {
    struct rows rows;
    struct store *store;

    size_t parts[PARTS_MAX], ends[PARTS_MAX]; /* without an index: the next run of each part */
    size_t part_count;
    size_t at; /* with an index: the next run */

    struct key key;                 /* of the owner */
    struct chunksort_item *records; /* its records, and which of them is next */
    size_t count, capacity, next;
    unsigned steps; /* between two looks at the halt */
};

static const uint8_t *octets_at(const struct reader *reader, uint64_t ref)
{
    return reader->store->held.arena.base + ref;
}

/* ---- The records of an owner --------------------------------------------------------------- */

/* As a string, a record is its type and its RDATA. A chunk has seven octets of it and then how many
 * of these are the record's, because RDATA may end in zeros. */
static uint64_t record_chunk(const void *context, uint64_t ref, size_t octet)
{
    enum { STEP = 7 };
    const struct reader *reader = context;
    struct record record;
    uint64_t value;
    rows_record(octets_at(reader, ref), &record);
    size_t left = 2u + record.length - octet;
    if (octet == 0) {
        uint64_t type = order_of_type(record.type, reader->key.length == 0);
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
    const struct reader *reader = context;
    struct record left, right;
    rows_record(octets_at(reader, a), &left);
    rows_record(octets_at(reader, b), &right);
    return order_octets_from(left.rdata, left.length, right.rdata, right.length, octet - 2);
}

static bool grow_records(struct reader *reader, struct err *err)
{
    size_t capacity = reader->capacity > 0 ? 2 * reader->capacity : RECORDS_FIRST;
    struct chunksort_item *records = NULL;
    if (capacity <= SIZE_MAX / sizeof *records)
        records = realloc(reader->records, capacity * sizeof *records);
    if (records == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    reader->records = records;
    reader->capacity = capacity;
    return true;
}

/* Adds the records of a run and sets *next to where the run ends. */
static bool collect_run(struct reader *reader, size_t run, size_t *next, struct err *err)
{
    struct record record;
    size_t at = run + KEY_HEAD + rows_key(octets_at(reader, run)).length;
    do {
        if (reader->count == reader->capacity && !grow_records(reader, err))
            return false;
        struct chunksort_item *item = &reader->records[reader->count++];
        item->ref = at;
        item->chunk = record_chunk(reader, at, 0);
        at = (size_t)(rows_record(octets_at(reader, at), &record) - octets_at(reader, 0));
        if (halt_step(reader->store->config.halt, &reader->steps, err))
            return false;
    } while ((record.flags & LAST) == 0);
    *next = at;
    return true;
}

static bool sort_records(struct reader *reader, struct err *err)
{
    const struct chunksort_strings strings = {
        .chunk = record_chunk,
        .is_last = record_is_last,
        .compare = record_compare,
        .step = 7,
        .context = reader,
        .halt = reader->store->config.halt,
    };
    bool in_order = true;
    for (size_t i = 1; i < reader->count && in_order; i++)
        in_order = reader->records[i - 1].chunk < reader->records[i].chunk;
    return in_order || chunksort(reader->records, reader->count, &strings, err);
}

/* ---- One owner after the other ------------------------------------------------------------- */

/* Collects the records of the next owner from the parts; none if there is no other owner. */
static bool collect_from_parts(struct reader *reader, struct err *err)
{
    struct key least = {.octets = NULL};
    for (size_t i = 0; i < reader->part_count; i++) {
        if (reader->parts[i] == reader->ends[i])
            continue;
        struct key key = rows_key(octets_at(reader, reader->parts[i]));
        if (least.octets == NULL || rows_compare_keys(key, least, 0) < 0)
            least = key;
    }
    reader->count = reader->next = 0;
    if (least.octets == NULL)
        return true;
    reader->key = least;
    for (size_t i = 0; i < reader->part_count; i++) {
        if (reader->parts[i] == reader->ends[i])
            continue;
        struct key key = rows_key(octets_at(reader, reader->parts[i]));
        if (key.length == least.length && memcmp(key.octets, least.octets, key.length) == 0 &&
            !collect_run(reader, reader->parts[i], &reader->parts[i], err))
            return false;
    }
    return true;
}

/* Sorts the index from its next run on, as far as first chunks are equal. */
static bool sort_ahead(struct reader *reader, struct err *err)
{
    struct held *held = &reader->store->held;
    struct chunksort_item *index = held->index;
    size_t end = reader->at + 1;
    struct chunksort_strings keys = keys_of_runs;
    keys.context = held;
    keys.base = held->arena.base;
    keys.halt = reader->store->config.halt;
    while (end < held->runs && index[end].chunk == index[reader->at].chunk)
        end++;
    if (!chunksort_rest(index + reader->at, end - reader->at, &keys, err))
        return false;
    held->sorted = end;
    return true;
}

static bool same_key(const struct reader *reader, size_t i, size_t j)
{
    const struct held *held = &reader->store->held;
    const struct chunksort_item *index = held->index;
    if (index[i].chunk != index[j].chunk)
        return false;
    return key_is_last(index[i].chunk) || key_compare(held, index[i].ref, index[j].ref, 0) == 0;
}

/* Collects the records of the next owner from the index; none if there is no other owner. */
static bool collect_from_index(struct reader *reader, struct err *err)
{
    const struct held *held = &reader->store->held;
    size_t first = reader->at, next;
    reader->count = reader->next = 0;
    if (first == held->runs)
        return true;
    if (first == held->sorted && !sort_ahead(reader, err))
        return false;
    reader->key = rows_key(octets_at(reader, held->index[first].ref));
    do {
        if (reader->at + AHEAD < held->runs) {
            const uint8_t *ahead = octets_at(reader, held->index[reader->at + AHEAD].ref);
            __builtin_prefetch(ahead);
            __builtin_prefetch(ahead + CACHE_LINE);
        }
        if (!collect_run(reader, (size_t)held->index[reader->at].ref, &next, err))
            return false;
        reader->at++;
    } while (reader->at < held->runs && same_key(reader, first, reader->at));
    return true;
}

/* ---- The records, one after the other ------------------------------------------------------ */

static bool is_same(const struct reader *reader, size_t i, size_t j)
{
    const struct chunksort_item *records = reader->records;
    return records[i].chunk == records[j].chunk &&
           (record_is_last(records[i].chunk) ||
            record_compare(reader, records[i].ref, records[j].ref, 2) == 0);
}

/* Gives the next record of the owner, merged with those that are the same. */
static void give_record(struct reader *reader, struct row *row)
{
    struct record other;
    size_t start = reader->next, end = start + 1;
    row->key = reader->key;
    row->first = start == 0;
    rows_record(octets_at(reader, reader->records[start].ref), &row->record);
    for (; end < reader->count && is_same(reader, start, end); end++) {
        rows_record(octets_at(reader, reader->records[end].ref), &other);
        rows_merge(&row->record, &other, reader->store->config.keep_case);
    }
    reader->next = end;
}

static enum source_event reader_next(struct rows *rows, struct row *row, struct err *err)
{
    struct reader *reader = (struct reader *)rows;
    if (reader->next == reader->count) {
        bool good = reader->store->held.index != NULL ? collect_from_index(reader, err)
                                                      : collect_from_parts(reader, err);
        if (!good)
            return SOURCE_FAIL;
        if (reader->count == 0)
            return SOURCE_END;
        if (!sort_records(reader, err))
            return SOURCE_FAIL;
    }
    give_record(reader, row);
    return SOURCE_RR;
}

static void reader_free(struct rows *rows)
{
    struct reader *reader = (struct reader *)rows;
    free(reader->records);
    free(reader);
}

struct rows *store_held_open(struct store *store, struct err *err)
{
    const struct held *held = &store->held;
    struct reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    reader->rows = (struct rows){.next = reader_next, .free = reader_free};
    reader->store = store;
    if (held->index == NULL)
        reader->part_count = (size_t)held->parts;
    for (size_t i = 0; i < reader->part_count; i++) {
        reader->parts[i] = held->starts[i];
        reader->ends[i] = i + 1 < reader->part_count ? held->starts[i + 1] : held->arena.length;
    }
    return &reader->rows;
}
