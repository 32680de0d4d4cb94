#include "job/pipe.h"

#include "io/spool.h"
#include "out/discard.h"
#include "zone/sort.h"

/* A witness sees all that the zone has, so what is left out is left out behind it. */
static bool filters_late(const struct pipe_config *config)
{
    return witness_looks(config->witness);
}

static struct sink *filter(const struct pipe_config *config, struct sink *sink, struct err *err)
{
    const struct filter *filter = config->shape->filter;
    return sink != NULL && filter != NULL ? filter_new(sink, filter, err) : sink;
}

static struct sink *witness(const struct pipe_config *config, struct sink *sink, struct err *err)
{
    return sink != NULL && config->witness != NULL ? witness_new(config->witness, sink, err) : sink;
}

/* After the store there are the records that are left after merging, so the guards that ask for a
 * least number look again there. */
static struct sink *sort_sink(const struct pipe_config *config, struct sink *sink, struct err *err)
{
    const struct store_config store = {
        .keep_case = config->shape->keep_case,
        .halt = config->halt,
        .memory = config->shape->memory,
        .scratch = &spool_scratch,
    };
    struct guard_limits least = *config->limits;
    least.max_records = 0;
    sink = guard_new(sink, &least, err);
    if (filters_late(config))
        sink = filter(config, sink, err);
    sink = witness(config, sink, err);
    return sink != NULL ? sort_new(sink, &store, config->notes, &config->figures->spill, err)
                        : NULL;
}

/* The guards count what comes, so that they trip while it comes, and veto before anything after
 * them ends. */
static struct sink *first_sinks(const struct pipe_config *config, struct sink *sink,
                                struct err *err)
{
    struct guard_limits limits = *config->limits;
    bool sorts = config->shape->sort;
    if (sorts)
        limits.passed = NULL;
    if (sorts && filters_late(config))
        limits.counted = config->shape->filter;
    sink = guard_new(sink, &limits, err);
    return sorts && filters_late(config) ? sink : filter(config, sink, err);
}

/* From the end to the head. */
struct sink *pipe_new(const struct pipe_config *config, struct err *err)
{
    const struct shape *shape = config->shape;
    struct sink *sink = shape->format->open(&shape->style, config->out, err);
    config->figures->spill = (struct store_spill){.pieces = 0};
    if (sink != NULL && shape->format->open == w_nsupdate_open) {
        w_nsupdate_notes(sink, config->notes);
        w_nsupdate_halt(sink, config->halt);
    }
    if (sink != NULL && shape->format->open == w_zonemd_open && !shape->sort)
        w_zonemd_try(sink, config->notes);
    bool can_count =
        shape->sort || (config->changes && (shape->format->flags & WRITER_CHANGES) != 0);
    if (sink != NULL && can_count && shape->counts)
        sink = stats_new(sink, &config->figures->stats, err);
    if (sink != NULL && !config->changes && shape->counts)
        sink = zonefacts_new(sink, &config->figures->facts, err);
    if (sink != NULL && shape->sort)
        sink = sort_sink(config, sink, err);
    return sink != NULL ? first_sinks(config, sink, err) : NULL;
}

struct sink *pipe_judge(const struct pipe_config *config, struct err *err)
{
    const struct shape *shape = config->shape;
    struct sink *sink = discard_new(err);
    if (sink != NULL && shape->counts)
        sink = stats_new(sink, &config->figures->stats, err);
    if (sink != NULL && shape->counts)
        sink = zonefacts_new(sink, &config->figures->facts, err);
    sink = sink != NULL ? guard_new(sink, config->limits, err) : NULL;
    return witness(config, sink, err);
}
