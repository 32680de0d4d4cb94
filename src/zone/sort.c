#include "zone/sort.h"

#include "base/cursor.h"
#include "dns/rdata.h"
#include "dns/types.h"

#include <stdlib.h>

struct sort {
    struct sink sink;
    struct sink *next;
    struct store *store;
    struct notes *notes;
    const struct halt *halt;   /* or NULL */
    struct store_spill *spill; /* or NULL */
};

static bool sort_begin(struct sink *sink, const struct zone_info *zone, struct err *err)
{
    struct sink *store = store_sink(((struct sort *)sink)->store);
    return store->begin(store, zone, err);
}

static bool sort_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct sink *store = store_sink(((struct sort *)sink)->store);
    return store->record(store, op, rr, err);
}

/* The serial may not have been known when the zone began, because a SOA need not come first. */
static bool begin_next(struct sort *sort, struct sink *to, const struct rr *first, struct err *err)
{
    struct zone_info zone = store_facts(sort->store).zone;
    if (first != NULL && first->type == TYPE_SOA && first->rdlength >= RDATA_SOA_NUMBERS)
        zone.serial = rdata_soa_serial(first);
    return to->begin(to, &zone, err);
}

/* Walks through the zone and passes it to a sink; with none, it only checks. */
static bool walk_store(struct sort *sort, struct sink *to, struct err *err)
{
    struct source *source = store_walk(sort->store, sort->notes, err);
    if (source == NULL)
        return false;
    struct rr rr;
    enum rr_op op;
    enum source_event event;
    enum halt_work work = to == NULL ? HALT_SORTS : HALT_WRITES;
    uint64_t done = 0, all = store_facts(sort->store).records;
    bool good = true, begun = to == NULL;
    while (good && (event = source->next(source, &rr, &op, err)) != SOURCE_END) {
        good = event == SOURCE_RR && (begun || begin_next(sort, to, &rr, err)) &&
               (to == NULL || to->record(to, op, &rr, err));
        begun = true;
        if (done++ % HALT_EVERY == 0)
            halt_works(sort->halt, work, done - 1, all);
    }
    if (good && !begun)
        good = begin_next(sort, to, NULL, err);
    source->free(source);
    return good;
}

static bool sort_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    struct sort *sort = (struct sort *)sink;
    struct sink *next = sort->next, *store = store_sink(sort->store);
    if (!store->end(store, outcome, why, err))
        return false;
    if (sort->spill != NULL)
        *sort->spill = store_facts(sort->store).spill;
    if (outcome != OUTCOME_ABORTED) {
        /* A zone that strict refuses must not be passed on in part. */
        if (sort->notes->strict && !walk_store(sort, NULL, err))
            return false;
        if (!walk_store(sort, next, err))
            return false;
    }
    return next->end(next, outcome, why, err);
}

static void sort_free(struct sink *sink)
{
    struct sort *sort = (struct sort *)sink;
    store_free(sort->store);
    sort->next->free(sort->next);
    free(sort);
}

struct sink *sort_new(struct sink *next, const struct store_config *config, struct notes *notes,
                      struct store_spill *spill, struct err *err)
{
    struct sort *sort = malloc(sizeof *sort);
    struct store *store = store_new(config, err);
    if (sort == NULL || store == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        free(sort);
        store_free(store);
        next->free(next);
        return NULL;
    }
    *sort = (struct sort){
        .sink = {sort_begin, sort_record, sort_end, sort_free},
        .next = next,
        .store = store,
        .notes = notes,
        .halt = config->halt,
        .spill = spill,
    };
    return &sort->sink;
}
