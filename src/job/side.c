#include "job/side.h"

#include "dns/order.h"
#include "dns/types.h"
#include "io/spool.h"
#include "job/input.h"
#include "job/pump.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- What is taken ------------------------------------------------------------------------- */

static bool is_of_zonemd(const struct rr *rr)
{
    return rr->type == TYPE_ZONEMD || (rr->type == TYPE_RRSIG && order_covered(rr) == TYPE_ZONEMD);
}

bool side_takes(const struct side_config *config, const struct rr *rr)
{
    const struct filter *filter = config->spec->shape->filter;
    return (filter == NULL || !filter->active || filter_passes(filter, rr->type)) &&
           (!config->without_zonemd || !is_of_zonemd(rr));
}

/* ---- The sink before the store ------------------------------------------------------------- */

static struct side *side_of(struct sink *sink)
{
    return ((struct side_tap *)sink)->side;
}

/* The zone is kept as the store would give it. */
static bool tap_begin(struct sink *sink, const struct zone_info *zone, struct err *err)
{
    struct side *side = side_of(sink);
    struct sink *next = side->guarded;
    side->passing = *zone;
    side->passing.apex = side->apex;
    memcpy(side->apex, zone->apex, zone->apex_length);
    if (!side->config.exact)
        name_lower(side->apex, zone->apex_length);
    return next->begin(next, zone, err);
}

void side_keep_soa(struct side *side, const struct rr *rr)
{
    if (!soa_keep(&side->soa, rr))
        return;
    side->has_soa = true;
    if (!side->config.exact) /* as the store gives it */
        soa_make_canonical(&side->soa);
}

static bool tap_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct side *side = side_of(sink);
    struct sink *next = side->guarded;
    if (rr->type == TYPE_SOA)
        side_keep_soa(side, rr);
    if (!side_takes(&side->config, rr)) {
        side->dropped = true;
        return true;
    }
    side->passed++;
    if (!side->dropped)
        return next->record(next, op, rr, err);
    /* The hint "the same owner as before" may be about a record that was left out. */
    struct rr copy = *rr;
    copy.flags &= (uint8_t)~RR_SAME_OWNER;
    side->dropped = false;
    return next->record(next, op, &copy, err);
}

static bool tap_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    struct sink *next = side_of(sink)->guarded;
    return next->end(next, outcome, why, err);
}

static void close_input(struct side *side)
{
    if (side->input != NULL)
        side->input->source.free(&side->input->source);
    side->input = NULL;
}

void side_forget(struct side *side)
{
    close_input(side);
    if (side->guarded != NULL)
        side->guarded->free(side->guarded);
    store_free(side->store);
    side->guarded = NULL;
    side->store = NULL;
    side->has_soa = side->dropped = false;
    side->passed = 0;
}

/* The sinks before the last one, which it takes over. */
static bool set_tap(struct side *side, struct sink *last, struct err *err)
{
    side->guarded = guard_new(last, &side->config.spec->shape->guard, err);
    side->tap = (struct side_tap){{tap_begin, tap_record, tap_end, NULL}, side};
    side->target.sink = &side->tap.sink;
    side->target.began = false;
    return side->guarded != NULL;
}

static bool restart_store(struct fetch_target *target, struct notes *notes, struct err *err)
{
    struct side *side = (struct side *)target;
    const struct store_config config = {
        .keep_case = side->config.exact,
        .halt = side->config.halt,
        .memory = side->config.memory,
        .scratch = &spool_scratch,
    };
    (void)notes;
    side_forget(side);
    side->store = store_new(&config, err);
    return side->store != NULL && set_tap(side, store_sink(side->store), err);
}

/* ---- Files --------------------------------------------------------------------------------- */

bool side_is_missing(const struct side *side)
{
    const char *path = side->config.path;
    struct stat st;
    return side->config.missing_good && path != NULL && strcmp(path, "-") != 0 &&
           stat(path, &st) != 0 && errno == ENOENT;
}

struct input_config side_input(struct side *side)
{
    const struct side_config *config = &side->config;
    const struct spec *spec = config->spec;
    return (struct input_config){
        .path = config->path,
        .origin = spec->word != NULL ? spec->zone : NULL,
        .origin_length = spec->zone_length,
        .likely = side->likely_length > 0 ? side->likely : NULL,
        .likely_length = side->likely_length,
        .class = config->class_given ? spec->class : 0,
        .sorts = true,
        .incomplete_good = config->incomplete_good,
        .reading = config->reading,
        .faults = config->reading.max_findings > 0 ? &side->faults : NULL,
        .key = keys_for(config->keys, NULL),
        .loop = config->loop,
        .deadline = config->deadline,
        .notes = &side->notes,
        .watcher = config->watches ? config->teller : NULL,
        .json_failed = config->json_failed,
    };
}

bool side_expect(struct side *side, struct side *other, struct err *err)
{
    const struct input_config config = side_input(other);
    const struct spec *spec = other->config.spec;
    bool is_read = other->zone.apex != NULL;
    if (side->config.path == NULL)
        return true;
    if (!is_read && other->config.path != NULL)
        return input_zone(&config, side->likely, &side->likely_length, err);
    side->likely_length = is_read ? other->zone.apex_length : spec->zone_length;
    memcpy(side->likely, is_read ? other->zone.apex : spec->zone, side->likely_length);
    return true;
}

/* A file on its way to the store. */
struct load {
    struct pump pump; /* the first member, so that it leads to the rest */
    struct side *side;
    const struct input *input;
};

static bool begin_store(struct pump *pump, const struct zone_info *zone, struct err *err)
{
    const struct load *load = (const struct load *)pump;
    const struct input *input = load->input;
    const char *lost = input->changes ? "holds changes, not a zone" : "holds no record";
    /* A recording begins before its first record, which is there unless it broke off. */
    bool is_empty = input->records == 0 && (input->form != INPUT_RECORDING || input->partial);
    if (input->changes || is_empty)
        return err_set(err, ERR_ZONE_FILE, "%.300s: %s", load->side->config.path, lost);
    return pump->sink->begin(pump->sink, zone, err);
}

static bool move_all(struct side *side, struct input *input, struct err *err)
{
    struct load load = {
        .pump = {.sink = side->target.sink,
                 .halt = side->config.halt,
                 .begin = begin_store,
                 .work = HALT_READS},
        .side = side,
        .input = input,
    };
    return pump_source(&load.pump, &input->source, err) &&
           load.pump.sink->end(load.pump.sink, OUTCOME_COMPLETE, NULL, err);
}

static void tell(const struct side *side, struct fact fact)
{
    fact.label = side->config.label;
    side->config.teller->tell(side->config.teller, &fact);
}

static void tell_file(const struct side *side, const struct input *input)
{
    char text[ERR_TEXT_MAX];
    tell(side,
         (struct fact){.kind = FACT_WARNINGS, .text = side->config.word, .notes = &side->notes});
    if (!input->partial)
        return;
    snprintf(text, sizeof text, "%.250s: warning: %.300s", side->config.word, input->why);
    tell(side, (struct fact){.kind = FACT_NOTICE, .text = text});
}

static bool read_input(struct side *side, const struct input_config *config, struct err *err)
{
    notes_reset(&side->notes);
    side->notes.strict = side->config.spec->shape->strict;
    filter_notes(&side->notes, side->config.spec->shape->filter);
    side->input = input_open(config, err);
    return side->input != NULL && move_all(side, side->input, err);
}

bool side_read(struct side *side, const struct input_config *config, struct err *err)
{
    return restart_store(&side->target, &side->notes, err) && read_input(side, config, err);
}

bool side_read_into(struct side *side, struct sink *sink, const struct input_config *config,
                    struct err *err)
{
    side_forget(side);
    return set_tap(side, sink, err) && read_input(side, config, err);
}

static bool load_file(struct side *side, struct err *err)
{
    const struct input_config config = side_input(side);
    side->faults.most = side->config.reading.max_findings;
    bool good = side->input != NULL || side_read(side, &config, err);
    if (good)
        tell_file(side, side->input);
    close_input(side);
    return good;
}

/* ---- Servers ------------------------------------------------------------------------------- */

static void begin_fetch(struct side *side)
{
    const struct side_config *config = &side->config;
    const struct fetch_config fetch = {
        .spec = config->spec,
        .engine = config->engine,
        .endpoints = config->endpoints,
        .target = &side->target,
        .teller = config->teller,
        .label = config->label,
        .halt = config->halt,
        .deadline = config->deadline,
        .shows_progress = config->shows_progress,
        .watches = config->watches,
    };
    side->target.restart = restart_store;
    fetch_start(&side->fetch, &fetch);
}

static enum err_kind end_fetch(struct side *side)
{
    fetch_leave(&side->fetch);
    if (side->fetch.good)
        return ERR_NONE;
    fetch_give_up(&side->fetch);
    return side->fetch.attempts.worst.kind;
}

/* ---- Both ---------------------------------------------------------------------------------- */

static void learn_zone(struct side *side)
{
    struct store_facts facts = {.zone = side->passing, .records = side->passed};
    if (side->store != NULL)
        facts = store_facts(side->store);
    side->zone = facts.zone;
    side->zone.serial = 0;
    if (side->has_soa)
        side->zone.serial = rdata_soa_serial(&side->soa.rr);
    tell(side, (struct fact){.kind = FACT_SIDE_READ,
                             .text = side->config.word,
                             .zone_info = &side->zone,
                             .number = facts.records});
    if (facts.spill.pieces > 0)
        tell(side,
             (struct fact){.kind = FACT_SPILLED, .text = side->config.word, .spill = &facts.spill});
}

enum err_kind side_load(struct side *side)
{
    struct err err = {.kind = ERR_NONE};
    struct fetch *fetch = &side->fetch;
    side->target.restart = restart_store;
    if (side->config.path == NULL) {
        begin_fetch(side);
        fetch_run(side->config.engine, &fetch, 1);
        err.kind = end_fetch(side);
    } else if (!load_file(side, &err)) {
        tell(side, (struct fact){.kind = FACT_SIDE_FAILED,
                                 .err = &err,
                                 .text = side->config.word,
                                 .faults = &side->faults});
    }
    if (err.kind == ERR_NONE)
        learn_zone(side);
    return err.kind;
}

void side_load_both(struct side sides[2], enum err_kind failures[2])
{
    struct fetch *list[2] = {&sides[0].fetch, &sides[1].fetch};
    failures[0] = failures[1] = ERR_NONE;
    begin_fetch(&sides[0]);
    begin_fetch(&sides[1]);
    for (size_t i = 0; i < 2 && failures[0] == ERR_NONE; i++) {
        fetch_run(sides[i].config.engine, list + i, 2 - i);
        failures[i] = end_fetch(&sides[i]);
        if (failures[i] == ERR_NONE)
            learn_zone(&sides[i]);
    }
    fetch_leave(list[1]);
}

bool side_empty(struct side *side, const struct zone_info *zone, struct err *err)
{
    struct zone_info copy = *zone;
    if (!restart_store(&side->target, &side->notes, err))
        return false;
    struct sink *store = store_sink(side->store);
    if (!store->begin(store, &copy, err) || !store->end(store, OUTCOME_COMPLETE, NULL, err))
        return false;
    learn_zone(side);
    return true;
}

void side_fini(struct side *side)
{
    faults_fini(&side->faults);
    side_forget(side);
    fetch_fini(&side->fetch);
}
