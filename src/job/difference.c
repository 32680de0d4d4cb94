#include "job/difference.h"

#include "dns/rdata.h"
#include "dns/soa.h"
#include "dns/types.h"
#include "io/infile.h"
#include "io/spool.h"
#include "job/compare.h"
#include "job/input.h"
#include "job/pump.h"
#include "zone/merge.h"
#include "zone/store.h"
#include "zone/zonefile.h"

/* One of the two. */
struct side {
    const struct difference_config *config;
    const struct difference_file *file;
    struct store *store; /* of one that was not sorted */
    struct soa soa;
};

/* ---- Reading ------------------------------------------------------------------------------- */

static struct source *open_sorted(const struct side *side, struct err *err)
{
    const struct difference_config *config = side->config;
    struct infile *file = infile_open(side->file->path, NULL, config->loop, config->deadline, err);
    if (file == NULL)
        return NULL;
    const struct zonefile_config zonefile = {
        .origin = config->zone,
        .origin_length = config->zone_length,
        .class = config->class,
        .notes = config->notes,
    };
    const struct zonefile_input input = {
        .read = infile_read, .close = infile_close, .context = file, .name = file->name};
    return zonefile_open(&zonefile, &input, err);
}

static struct source *open_side(const struct side *side, struct err *err)
{
    return side->file->sorted ? open_sorted(side, err) : store_walk(side->store, NULL, err);
}

/* Whether what was read is the whole of the zone, as far as it was to be written. The new one is
 * whatever it is: it may come from a file in which something was left out. */
static bool is_whole(const struct side *side, const struct input *input)
{
    const struct difference_config *config = side->config;
    const struct zone_info *zone = &input->zone;
    bool is_new = side->file == &config->new;
    bool may_lack_types = is_new || (config->filter != NULL && config->filter->active);
    return !input->changes && (!input->partial || input->edited) &&
           (!input->filtered || may_lack_types) && zone->class == config->class &&
           name_equal(zone->apex, zone->apex_length, config->zone, config->zone_length);
}

/* Reads a file in whatever order, form and style into the store. */
static bool load(struct side *side, struct err *err)
{
    const struct difference_config *config = side->config;
    const struct input_config reading = {
        .path = side->file->path,
        .likely = config->zone,
        .likely_length = config->zone_length,
        .sorts = true,
        .incomplete_good = config->edited_good,
        .loop = config->loop,
        .deadline = config->deadline,
        .notes = config->notes,
    };
    const struct store_config store = {
        .halt = config->halt,
        .memory = config->memory / 2, /* both may have to be */
        .scratch = &spool_scratch,
    };
    side->store = store_new(&store, err);
    struct input *input = side->store != NULL ? input_open(&reading, err) : NULL;
    if (input == NULL)
        return false;
    struct sink *sink = store_sink(side->store);
    struct pump pump = {.sink = sink, .halt = config->halt, .work = HALT_READS};
    bool good =
        pump_source(&pump, &input->source, err) && sink->end(sink, OUTCOME_COMPLETE, NULL, err) &&
        (is_whole(side, input) || err_set(err, ERR_OLD_FILE, "it is not the whole of this zone"));
    input->source.free(&input->source);
    return good;
}

/* In both orders the SOA comes first. */
static bool read_soa(struct side *side, struct err *err)
{
    struct rr rr;
    enum rr_op op;
    struct source *source = open_side(side, err);
    if (source == NULL)
        return false;
    bool good = source->next(source, &rr, &op, err) == SOURCE_RR && rr.type == TYPE_SOA &&
                soa_keep(&side->soa, &rr);
    source->free(source);
    return good || err_set(err, ERR_INTERNAL, "a sorted zone without a SOA");
}

static bool read_side(struct side *side, struct err *err)
{
    return (side->file->sorted || load(side, err)) && read_soa(side, err);
}

/* ---- Comparing ----------------------------------------------------------------------------- */

static bool takes(void *context, const struct rr *rr)
{
    const struct filter *filter = context;
    return filter_passes(filter, rr->type);
}

static struct source *open_merge(void *context, struct err *err)
{
    const struct merge_config *merge = context;
    return merge_open(merge, err);
}

/* The old side, shown as it passes. */
struct shown {
    struct source source;
    struct source *from; /* borrowed */
    const struct difference_config *config;
    void *context;
};

static enum source_event next_shown(struct source *source, struct rr *rr, enum rr_op *op,
                                    struct err *err)
{
    struct shown *shown = (struct shown *)source;
    const struct difference_config *config = shown->config;
    enum source_event event = shown->from->next(shown->from, rr, op, err);
    bool counts =
        event == SOURCE_RR && (config->filter == NULL || filter_passes(config->filter, rr->type));
    if (counts && config->saw_old != NULL)
        config->saw_old(shown->context, rr);
    return event;
}

static void free_nothing(struct source *source)
{
    (void)source;
}

static bool give(struct side sides[2], struct merge_config *merge, difference_take *take,
                 void *context, struct err *err)
{
    const struct difference_config *config = sides[0].config;
    const struct compare_config compare = {
        .open = open_merge,
        .context = merge,
        .zone = {.apex = config->zone,
                 .apex_length = config->zone_length,
                 .class = config->class,
                 .serial = rdata_soa_serial(&sides[1].soa.rr)},
        .from = rdata_soa_serial(&sides[0].soa.rr),
        .new_soa = &sides[1].soa.rr,
    };
    struct source *changes = compare_open(&compare, err);
    bool good = changes != NULL && take(context, changes, err);
    if (changes != NULL)
        changes->free(changes);
    return good;
}

static bool compare(struct side sides[2], difference_take *take, void *context, struct err *err)
{
    const struct difference_config *config = sides[0].config;
    struct merge_config merge = {
        .apex = config->zone,
        .apex_length = config->zone_length,
        .halt = config->halt,
    };
    if (config->filter != NULL && config->filter->active) {
        merge.takes = takes;
        merge.context = (void *)(uintptr_t)config->filter; /* only read */
    }
    struct shown old = {.source = {.next = next_shown, .free = free_nothing},
                        .from = open_side(&sides[0], err),
                        .config = config,
                        .context = context};
    merge.old = &old.source;
    merge.new = old.from != NULL ? open_side(&sides[1], err) : NULL;
    bool good = merge.new != NULL &&give(sides, &merge, take, context, err);
    if (merge.new != NULL)
        merge.new->free(merge.new);
    if (old.from != NULL)
        old.from->free(old.from);
    return good;
}

bool difference_run(const struct difference_config *config, difference_take *take, void *context,
                    bool *known, struct err *why, struct err *err)
{
    struct side sides[2] = {{.config = config, .file = &config->old},
                            {.config = config, .file = &config->new}};
    *known = read_side(&sides[0], why);
    bool good = *known || !err_is_trouble(why->kind);
    if (!good)
        *err = *why;
    if (*known)
        good = read_side(&sides[1], err) && compare(sides, take, context, err);
    store_free(sides[0].store);
    store_free(sides[1].store);
    return good;
}
