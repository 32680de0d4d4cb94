#include "job/members.h"

#include "dns/types.h"
#include "job/input.h"
#include "job/pump.h"

#include <stdlib.h>

/* It is sorted: zxfr has written it. */
static bool fill(const struct members_config *config, struct catalog *catalog, struct notes *notes,
                 struct err *err)
{
    const struct input_config reading = {
        .path = config->path,
        .origin = config->zone,
        .origin_length = config->zone_length,
        .class = CLASS_IN,
        .sorts = true,
        .loop = config->loop,
        .deadline = config->deadline,
        .notes = notes,
    };
    struct sink *sink = catalog_sink(catalog);
    struct input *input = input_open(&reading, err);
    struct pump pump = {.sink = sink, .halt = config->halt};
    bool good = input != NULL && pump_source(&pump, &input->source, err) &&
                sink->end(sink, OUTCOME_COMPLETE, NULL, err);
    if (input != NULL)
        input->source.free(&input->source);
    return good;
}

struct catalog *members_read(const struct members_config *config, struct err *err)
{
    struct notes *notes = calloc(1, sizeof *notes); /* they were told when it was written */
    struct catalog *catalog = notes != NULL ? catalog_new(config->halt, err) : NULL;
    if (notes == NULL)
        err_set(err, ERR_MEMORY, "out of memory");
    bool good = catalog != NULL && fill(config, catalog, notes, err);
    if (good && !config->may_be_empty && catalog_facts(catalog).members == 0)
        good = err_set(err, ERR_CATALOG_EMPTY, "the catalog has no members");
    free(notes);
    if (good)
        return catalog;
    catalog_free(catalog);
    return NULL;
}
