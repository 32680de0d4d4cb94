#include "zone/store.h"

#include "dns/rdata.h"
#include "dns/types.h"
#include "zone/store_held.h"
#include "zone/store_pieces.h"

#include <stdlib.h>

static bool store_begin(struct sink *sink, const struct zone_info *zone, struct err *err)
{
    struct store *store = (struct store *)sink;
    if (zone->changes)
        return err_set(err, ERR_INTERNAL, "changes cannot be sorted as a zone");
    store->facts.zone = *zone;
    memcpy(store->apex_given, zone->apex, zone->apex_length);
    memcpy(store->apex, zone->apex, zone->apex_length);
    name_lower(store->apex, zone->apex_length);
    store->facts.zone.apex = store->config.keep_case ? store->apex_given : store->apex;
    return true;
}

COLD static bool refuse(const struct rr *rr, enum err_kind kind, const char *what, struct err *err)
{
    struct name_string owner;
    char type[16];
    *types_text(type, rr->type, 0) = '\0';
    return err_set(err, kind, "%.255s %s %s", name_string(&owner, rr->owner), type, what);
}

/* Begins a run, whose key is made at the end of the arena, and counts the parts of ascending
 * owners. */
static void begin_run(struct held *held, size_t length, bool ascends)
{
    uint16_t length16 = (uint16_t)length;
    memcpy(held->arena.base + held->arena.length, &length16, sizeof length16);
    if (!ascends) {
        if (held->parts < PARTS_MAX)
            held->starts[held->parts] = held->arena.length;
        held->parts++;
    }
    held->run = held->arena.length;
    held->record = 0;
    held->arena.length += KEY_HEAD + length;
    held->runs++;
}

/* Makes sure that the current run is that of the record's owner. */
static bool enter_run(struct store *store, const struct rr *rr, struct err *err)
{
    struct held *held = &store->held;
    const struct zone_info *zone = &store->facts.zone;
    if (!name_within(rr->owner, rr->owner_length, zone->apex, zone->apex_length))
        return refuse(rr, ERR_OUT_OF_ZONE, "is outside the zone", err);
    uint8_t *to = arena_reserve(&held->arena, KEY_HEAD + NAMEKEY_ROOM, err);
    if (to == NULL)
        return false;
    struct key key = {.octets = to + KEY_HEAD};
    key.length = namekey_make(to + KEY_HEAD, rr->owner, rr->owner_length, zone->apex_length);
    int order = 1;
    if (held->runs > 0)
        order = rows_compare_keys(key, rows_key(held->arena.base + held->run), 0);
    if (order != 0 || held->runs == 0)
        begin_run(held, key.length, order > 0 && held->runs > 0);
    return true;
}

/* Writes RDATA and owner as they came, after the record, where their letter case is not the
 * canonical one. */
__attribute__((noinline)) static uint8_t *put_as_given(uint8_t *to, const struct rr *rr,
                                                       const uint8_t *canonical, uint8_t *flags)
{
    uint8_t owner[NAME_MAX_WIRE];
    if (memcmp(canonical, rr->rdata, rr->rdlength) != 0) {
        memcpy(to, rr->rdata, rr->rdlength);
        to += rr->rdlength;
        *flags |= RDATA_CASE;
    }
    memcpy(owner, rr->owner, rr->owner_length);
    name_lower(owner, rr->owner_length);
    if (memcmp(owner, rr->owner, rr->owner_length) != 0) {
        *to++ = rr->owner_length;
        memcpy(to, rr->owner, rr->owner_length);
        to += rr->owner_length;
        *flags |= OWNER_CASE;
    }
    return to;
}

static bool put_record(struct store *store, const struct rr *rr, struct err *err)
{
    struct held *held = &store->held;
    size_t most = RECORD_HEAD + rr->rdlength;
    if (store->config.keep_case)
        most += (size_t)rr->rdlength + 1 + rr->owner_length;
    uint8_t *start = arena_reserve(&held->arena, most, err);
    if (start == NULL)
        return false;
    uint8_t flags = LAST | ((rr->flags & RR_OPAQUE) != 0 ? OPAQUE : 0);
    memcpy(start + 1, &rr->type, sizeof rr->type);
    memcpy(start + 3, &rr->rdlength, sizeof rr->rdlength);
    memcpy(start + 5, &rr->ttl, sizeof rr->ttl);
    uint8_t *canonical = start + RECORD_HEAD;
    rdata_canonical(rr, canonical);
    uint8_t *end = canonical + rr->rdlength;
    if (store->config.keep_case)
        end = put_as_given(end, rr, canonical, &flags);
    start[0] = flags;
    if (held->record != 0)
        held->arena.base[held->record] &= (uint8_t)~LAST;
    held->record = held->arena.length;
    held->arena.length += (size_t)(end - start);
    held->records++;
    return true;
}

/* What is held takes its own octets, and in order to be sorted an item for each run and, at worst,
 * for each record. */
static bool is_full(const struct store *store)
{
    const struct held *held = &store->held;
    uint64_t items = (held->runs + held->records) * sizeof(struct chunksort_item);
    return held->arena.length + items >= store->config.memory && held->records > 0;
}

static void count_held(struct store *store)
{
    store->facts.records += store->held.records;
    store->facts.runs += store->held.runs;
    store->facts.parts += store->held.parts;
}

static bool failed_away(struct err *err)
{
    err->facts |= ERR_FACT_SORT;
    return false;
}

/* Puts what is held away as a sorted piece. */
static bool put_away(struct store *store, struct err *err)
{
    halt_works(store->config.halt, HALT_SORTS, store->facts.records + store->held.records, 0);
    struct rows *rows = store_held_end(store, err) ? store_held_open(store, err) : NULL;
    bool good = rows != NULL && store_pieces_add(&store->pieces, rows, err);
    store->facts.spill.pieces++;
    store->facts.spill.octets = store->pieces.end;
    if (rows != NULL)
        rows->free(rows);
    count_held(store);
    store_held_empty(&store->held);
    return good || failed_away(err);
}

static bool store_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct store *store = (struct store *)sink;
    if (op != RR_ADD)
        return err_set(err, ERR_INTERNAL, "changes cannot be sorted as a zone");
    if (rr->class != store->facts.zone.class)
        return refuse(rr, ERR_CLASS, "is of another class than the zone", err);
    if (is_full(store) && !put_away(store, err))
        return false;
    if ((rr->flags & RR_SAME_OWNER) == 0 || store->held.record == 0)
        if (!enter_run(store, rr, err))
            return false;
    return put_record(store, rr, err);
}

/* Once a part of the zone is away all of it is, so that all memory is there for reading. */
static bool end_pieces(struct store *store, struct err *err)
{
    bool good = store->held.records == 0 || put_away(store, err);
    store_held_fini(&store->held);
    return good && (store_pieces_end(&store->pieces, err) || failed_away(err));
}

static bool store_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    struct store *store = (struct store *)sink;
    (void)why;
    if (outcome == OUTCOME_ABORTED)
        return true;
    halt_works(store->config.halt, HALT_SORTS, store->facts.records + store->held.records, 0);
    if (store->pieces.count > 0)
        return end_pieces(store, err);
    if (!store_held_end(store, err))
        return false;
    count_held(store);
    store->facts.octets = store_held_octets(&store->held);
    return true;
}

static void ignore_free(struct sink *sink)
{
    (void)sink;
}

struct store *store_new(const struct store_config *config, struct err *err)
{
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    store->sink = (struct sink){store_begin, store_record, store_end, ignore_free};
    store->config = *config;
    if (config->memory == 0)
        store->config.memory = SIZE_MAX;
    store_pieces_init(&store->pieces, &store->config);
    return store;
}

void store_free(struct store *store)
{
    if (store == NULL)
        return;
    store_held_fini(&store->held);
    store_pieces_fini(&store->pieces);
    free(store);
}

struct sink *store_sink(struct store *store)
{
    return &store->sink;
}

struct store_facts store_facts(const struct store *store)
{
    return store->facts;
}
