#include "job/measure.h"

#include "job/input.h"
#include "job/pump.h"
#include "out/discard.h"

#include <stdlib.h>

static struct sink *open_chain(struct zonefacts *facts, struct stats *stats, struct err *err)
{
    struct sink *sink = discard_new(err);
    if (sink != NULL && stats != NULL)
        sink = stats_new(sink, stats, err);
    return sink != NULL ? zonefacts_new(sink, facts, err) : NULL;
}

static bool count(struct source *source, struct sink *sink, const struct halt *halt,
                  struct err *err)
{
    struct pump pump = {.sink = sink, .halt = halt};
    return pump_source(&pump, source, err) && sink->end(sink, OUTCOME_COMPLETE, NULL, err);
}

bool measure_source(struct source *source, const struct zone_info *zone, const struct halt *halt,
                    struct zonefacts *facts, struct stats *stats, struct err *err)
{
    struct sink *sink = open_chain(facts, stats, err);
    bool good = sink != NULL && sink->begin(sink, zone, err) && count(source, sink, halt, err);
    if (sink != NULL)
        sink->free(sink);
    return good;
}

bool measure_file(const struct measure_config *config, struct zonefacts *facts, struct stats *stats,
                  struct err *err)
{
    struct notes *notes = calloc(1, sizeof *notes);
    struct sink *sink = notes != NULL ? open_chain(facts, stats, err) : NULL;
    if (sink != NULL && config->filter != NULL)
        sink = filter_new(sink, config->filter, err);
    const struct input_config reading = {
        .path = config->path,
        .origin = config->zone,
        .origin_length = config->zone_length,
        .class = config->class,
        .sorts = true,
        .loop = config->loop,
        .deadline = config->deadline,
        .notes = notes,
    };
    if (sink == NULL) {
        free(notes);
        return err_set(err, ERR_MEMORY, "out of memory");
    }
    struct input *input = input_open(&reading, err);
    bool good = input != NULL && count(&input->source, sink, config->halt, err);
    if (input != NULL)
        input->source.free(&input->source);
    sink->free(sink);
    free(notes);
    return good;
}
