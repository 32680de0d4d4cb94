#include "job/update.h"

#include "base/codec.h"
#include "dns/rdata.h"
#include "dns/soa.h"
#include "dns/types.h"
#include "io/infile.h"
#include "job/compare.h"
#include "job/input.h"
#include "job/pump.h"
#include "zone/merge.h"
#include "zone/patch.h"
#include "zone/store.h"
#include "zone/zonefile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct update *update_of(struct fetch_update *fetch)
{
    return (struct update *)fetch;
}

static void tell(const struct update *update, enum fact_kind kind, const char *text)
{
    struct teller *teller = update->config.teller;
    teller->tell(teller, &(struct fact){.kind = kind, .text = text});
}

/* ---- The old file -------------------------------------------------------------------------- */

static struct infile *open_old(const struct update *update, struct err *err)
{
    const struct update_config *config = &update->config;
    return infile_open(config->output->out.target, NULL, config->loop, config->deadline, err);
}

static void begin_config(const struct update *update, struct infile *file,
                         struct patch_config *config)
{
    const struct spec *spec = update->config.spec;
    *config = (struct patch_config){
        .apex = spec->zone,
        .apex_length = spec->zone_length,
        .class = spec->class,
        .read = infile_read,
        .context = file,
    };
}

/* Whether FILE is a whole zone as it was written; if not, the error is what is wrong with it. */
static bool check_old(struct update *update, struct err *err)
{
    struct patch_config config;
    struct patch_facts facts;
    struct infile *file = open_old(update, err);
    if (file == NULL)
        return false;
    begin_config(update, file, &config);
    bool good = patch_run(&config, &facts, err);
    infile_close(file);
    if (good)
        update->fetch.since = facts.serial;
    return good;
}

static bool is_trouble(const struct err *err)
{
    return err->kind == ERR_INTERRUPTED || err->kind == ERR_TIMEOUT_TOTAL ||
           err->kind == ERR_MEMORY;
}

/* A text without the path that it begins with. */
static const char *without_path(const struct update *update, const char *text)
{
    const char *path = update->config.output->out.target;
    size_t n = strlen(path);
    return strncmp(text, path, n) == 0 && strncmp(text + n, ": ", 2) == 0 ? text + n + 2 : text;
}

/* Looks at FILE. Fails only where there is no point in going on. */
static bool judge_old(struct update *update, struct err *err)
{
    const char *path = update->config.spec->output.path;
    struct err why = {.kind = ERR_NONE};
    char text[ERR_TEXT_MAX];
    struct stat st;
    update->fetch.why = update->why;
    if (stat(update->config.output->out.target, &st) != 0 && errno == ENOENT) {
        update->missing = true;
        snprintf(update->why, sizeof update->why, "%.300s is not there yet", path);
        return true;
    }
    update->fetch.merges = check_old(update, &why);
    if (update->fetch.merges)
        return true;
    if (is_trouble(&why)) {
        *err = why;
        return false;
    }
    snprintf(update->why, sizeof update->why,
             "%.200s cannot be brought up to date by changes: %.300s", path,
             without_path(update, why.text));
    snprintf(text, sizeof text, "%.600s; the whole zone is asked for", update->why);
    tell(update, FACT_NOTICE, text);
    return true;
}

/* ---- Changes ------------------------------------------------------------------------------- */

/* In this view the SOA that the changes begin with comes first. */
static bool find_soa(const struct delta *delta, struct delta_reader *reader, struct rr *old,
                     struct err *err)
{
    enum rr_op op;
    delta_read(reader, delta, DELTA_NET_STEP);
    return reader->source.next(&reader->source, old, &op, err) == SOURCE_BEGIN &&
           reader->source.next(&reader->source, old, &op, err) == SOURCE_RR && op == RR_DELETE;
}

static bool patch_file(struct update *update, const struct delta *delta, struct infile *file,
                       struct notes *notes, struct patch_facts *facts, struct err *err)
{
    struct patch_config config;
    struct delta_reader deletes, adds, first;
    struct rr old_soa;
    begin_config(update, file, &config);
    if (!find_soa(delta, &first, &old_soa, err))
        return err_set(err, ERR_INTERNAL, "changes without a SOA");
    delta_read(&deletes, delta, DELTA_NET);
    delta_read(&adds, delta, DELTA_NET);
    config.old_soa = &old_soa;
    config.new_soa = &first.newest;
    config.deletes = &deletes.source;
    config.adds = &adds.source;
    config.out = &update->config.output->buf;
    config.notes = notes;
    return patch_run(&config, facts, err) && buf_drain(config.out, err);
}

/* ---- What has changed, beside it ----------------------------------------------------------- */

static bool write_diff(struct update *update, struct source *source, struct notes *notes,
                       struct err *err)
{
    if (!output_restart(&update->diff, notes, err))
        return false;
    struct pump pump = {.sink = update->diff.sink, .halt = update->config.halt};
    return pump_source(&pump, source, err) &&
           pump.sink->end(pump.sink, OUTCOME_COMPLETE, NULL, err);
}

static bool write_changes(struct update *update, const struct delta *delta, struct notes *notes,
                          struct err *err)
{
    struct delta_reader reader;
    if (!update->diff_open)
        return true;
    delta_read(&reader, delta, DELTA_NET);
    return write_diff(update, &reader.source, notes, err);
}

/* A sorted file as a source. */
static struct source *open_sorted(const struct update *update, const char *path,
                                  struct notes *notes, struct err *err)
{
    const struct spec *spec = update->config.spec;
    struct infile *file =
        infile_open(path, NULL, update->config.loop, update->config.deadline, err);
    if (file == NULL)
        return NULL;
    const struct zonefile_config config = {
        .origin = spec->zone,
        .origin_length = spec->zone_length,
        .class = spec->class,
        .notes = notes,
    };
    const struct zonefile_input input = {
        .read = infile_read, .close = infile_close, .context = file, .name = file->name};
    return zonefile_open(&config, &input, err);
}

/* Reads the SOA of a sorted file. */
static bool read_soa(const struct update *update, const char *path, struct notes *notes,
                     struct soa *soa, struct err *err)
{
    struct rr rr;
    enum rr_op op;
    struct source *source = open_sorted(update, path, notes, err);
    if (source == NULL)
        return false;
    bool good = source->next(source, &rr, &op, err) == SOURCE_RR && rr.type == TYPE_SOA &&
                soa_keep(soa, &rr);
    source->free(source);
    return good;
}

/* Reads FILE into a store: any whole zone, in whatever order and style. */
static bool load_old(const struct update *update, struct notes *notes, struct store *store,
                     uint32_t *serial, struct err *err)
{
    const struct spec *spec = update->config.spec;
    const struct input_config config = {
        .path = update->config.output->out.target,
        .likely = spec->zone,
        .likely_length = spec->zone_length,
        .sorts = true,
        .loop = update->config.loop,
        .deadline = update->config.deadline,
        .notes = notes,
    };
    struct input *input = input_open(&config, err);
    if (input == NULL)
        return false;
    struct sink *sink = store_sink(store);
    struct pump pump = {.sink = sink, .halt = update->config.halt};
    bool good =
        pump_source(&pump, &input->source, err) && sink->end(sink, OUTCOME_COMPLETE, NULL, err);
    const struct zone_info *zone = &input->zone;
    if (good && (input->changes || input->filtered || zone->class != spec->class ||
                 !name_equal(zone->apex, zone->apex_length, spec->zone, spec->zone_length)))
        good = err_set(err, ERR_OLD_FILE, "it is not the whole of this zone");
    *serial = zone->serial;
    input->source.free(&input->source);
    return good;
}

static struct source *open_merge(void *context, struct err *err)
{
    const struct merge_config *merge = context;
    return merge_open(merge, err);
}

/* `from` is the old serial. */
static bool compare_files(struct update *update, uint32_t from, const struct soa *new,
                          struct merge_config *merge, struct notes *notes, struct err *err)
{
    const struct spec *spec = update->config.spec;
    const struct compare_config config = {
        .open = open_merge,
        .context = merge,
        .zone = {.apex = spec->zone,
                 .apex_length = spec->zone_length,
                 .class = spec->class,
                 .serial = rdata_soa_serial(&new->rr)},
        .from = from,
        .new_soa = &new->rr,
    };
    struct source *changes = compare_open(&config, err);
    bool good = changes != NULL && write_diff(update, changes, notes, err);
    if (changes != NULL)
        changes->free(changes);
    return good;
}

/* The old zone, which this frees and which may be NULL, against the new file. */
static bool compare_new(struct update *update, struct source *old, uint32_t from,
                        struct notes *notes, struct err *err)
{
    const struct spec *spec = update->config.spec;
    const char *path = update->config.output->out.temporary_name;
    struct soa soa;
    struct merge_config merge = {
        .old = old,
        .apex = spec->zone,
        .apex_length = spec->zone_length,
        .halt = update->config.halt,
    };
    if (old == NULL)
        return false;
    if (read_soa(update, path, notes, &soa, err))
        merge.new = open_sorted(update, path, notes, err);
    else
        err_set(err, ERR_INTERNAL, "a sorted file without a SOA");
    bool good = merge.new != NULL &&compare_files(update, from, &soa, &merge, notes, err);
    if (merge.new != NULL)
        merge.new->free(merge.new);
    old->free(old);
    return good;
}

/* After a transfer of the whole zone: the old file against the new one. */
static bool write_difference(struct update *update, struct notes *notes, struct err *err)
{
    const char *path = update->config.output->out.target;
    struct soa soa;
    if (!read_soa(update, path, notes, &soa, err))
        return err_set(err, ERR_INTERNAL, "a sorted file without a SOA");
    return compare_new(update, open_sorted(update, path, notes, err), rdata_soa_serial(&soa.rr),
                       notes, err);
}

/* The same where FILE is a zone, but not one that changes can be put into. *known tells whether it
 * is one. */
static bool write_loaded_difference(struct update *update, struct notes *notes, bool *known,
                                    struct err *err)
{
    struct err why = {.kind = ERR_NONE};
    const struct store_config config = {.halt = update->config.halt};
    struct store *store = store_new(&config, &why);
    uint32_t serial = 0;
    *known = store != NULL && load_old(update, notes, store, &serial, &why);
    bool good = !is_trouble(&why);
    if (!good)
        *err = why;
    if (*known)
        good = compare_new(update, store_walk(store, NULL, err), serial, notes, err);
    store_free(store);
    return good;
}

/* Without an old zone to compare with, the file of --diff-to says so: an empty one would mean that
 * nothing has changed. */
static bool write_unknown(struct update *update, struct notes *notes, struct err *err)
{
    char why[ERR_TEXT_MAX], text[ERR_TEXT_MAX];
    snprintf(text, sizeof text, "%.400s does not tell what has changed",
             update->config.spec->diff_to);
    if (!update->missing)
        tell(update, FACT_WARNING, text);
    snprintf(why, sizeof why, "no old zone to compare with: %.500s", update->why);
    codec_mask(why); /* it may hold a file's name */
    return output_restart(&update->diff, notes, err) &&
           update->diff.sink->end(update->diff.sink, OUTCOME_ABORTED, why, err);
}

static bool fill_diff(struct update *update, bool unchanged, struct notes *notes, struct err *err)
{
    if (unchanged)
        return output_restart(&update->diff, notes, err);
    if (update->fetch.merges)
        return update->has_changes || write_difference(update, notes, err);
    bool known = false;
    if (!update->missing && !write_loaded_difference(update, notes, &known, err))
        return false;
    return known || write_unknown(update, notes, err);
}

bool update_diff(struct update *update, bool unchanged, struct err *err)
{
    if (!update->diff_open)
        return true;
    struct notes *notes = calloc(1, sizeof *notes);
    if (notes == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    bool good = fill_diff(update, unchanged, notes, err);
    free(notes);
    if (good) {
        update->diff_open = false;
        good = output_commit(&update->diff, err);
    }
    return good;
}

/* ---- Changes into the file ----------------------------------------------------------------- */

/* The new content did not come as records. Where figures of them are wanted, they are read back
 * from what was written. */
static bool judge_written(struct update *update, uint64_t records, struct err *err)
{
    const struct spec *spec = update->config.spec;
    struct output *output = update->config.output;
    if (!output->config.shape->counts)
        return guard_check(&output->limits, records, err);
    struct notes *notes = calloc(1, sizeof *notes); /* its warnings were told before */
    const struct input_config config = {
        .path = output->out.temporary_name,
        .origin = spec->zone,
        .origin_length = spec->zone_length,
        .class = spec->class,
        .sorts = true,
        .loop = update->config.loop,
        .deadline = update->config.deadline,
        .notes = notes,
    };
    if (notes == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    struct input *input = input_open(&config, err);
    bool good = input != NULL && output_judge(output, &input->source, update->config.halt, err);
    if (input != NULL)
        input->source.free(&input->source);
    free(notes);
    return good;
}

static bool apply_changes(struct fetch_update *fetch, const struct delta *delta,
                          struct notes *notes, uint64_t *records, struct err *err)
{
    struct update *update = update_of(fetch);
    struct patch_facts facts = {.records = 0};
    struct infile *file = open_old(update, err);
    if (file == NULL)
        return false;
    bool good = patch_file(update, delta, file, notes, &facts, err);
    infile_close(file);
    *records = facts.records;
    if (!good || !judge_written(update, facts.records, err))
        return false;
    update->has_changes = true;
    return write_changes(update, delta, notes, err);
}

/* ---- All of it ----------------------------------------------------------------------------- */

static bool open_diff(struct update *update, struct err *err)
{
    const struct spec *spec = update->config.spec;
    struct output_config config = {
        .shape = &update->diff_shape,
        .changes = true,
        .file = {.path = spec->diff_to,
                 .whole = true,
                 .wait = spec->output.wait,
                 .new_mode = spec->output.new_mode},
        .loop = update->config.loop,
        .deadline = update->config.deadline,
    };
    if (spec->diff_to == NULL)
        return true;
    update->diff_shape =
        (struct shape){.format = writer_find("diff"), .guard.max_shrink = NO_SHRINK_LIMIT};
    update->diff_open = output_open(&update->diff, &config, err);
    return update->diff_open;
}

bool update_open(struct update *update, const struct update_config *config, struct err *err)
{
    *update = (struct update){.fetch = {.take = apply_changes}, .config = *config};
    if (config->output->out.temporary < 0)
        return err_set(err, ERR_USAGE, "--update: %.300s is not a regular file",
                       config->spec->output.path);
    return judge_old(update, err) && open_diff(update, err);
}

void update_fini(struct update *update)
{
    if (update->diff_open)
        output_abort(&update->diff);
    update->diff_open = false;
    output_fini(&update->diff);
}
