#include "job/update.h"

#include "base/codec.h"
#include "dns/rdata.h"
#include "dns/soa.h"
#include "dns/types.h"
#include "io/infile.h"
#include "job/difference.h"
#include "job/gates.h"
#include "job/input.h"
#include "job/oldzone.h"
#include "job/pump.h"
#include "out/discard.h"
#include "zone/patch.h"

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

bool update_check_old(struct update *update, struct err *err)
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

/* A text without the path that it begins with. */
static const char *without_path(const struct update *update, const char *text)
{
    const char *path = update->config.output->out.target;
    size_t n = strlen(path);
    return strncmp(text, path, n) == 0 && strncmp(text + n, ": ", 2) == 0 ? text + n + 2 : text;
}

/* Says why no changes can be put into FILE. */
static void doubt_old(struct update *update, const struct err *why)
{
    char text[ERR_TEXT_MAX];
    const char *target = update->config.output->out.target;
    bool is_another = oldzone_was_replaced(update->config.old, target);
    update->fetch.merges = update->unchecked = false;
    snprintf(update->why, sizeof update->why,
             "%.200s cannot be brought up to date by changes: %.300s",
             update->config.spec->output.path,
             is_another ? "it was replaced meanwhile" : without_path(update, why->text));
    snprintf(text, sizeof text, "%.600s; the whole zone is asked for", update->why);
    tell(update, FACT_NOTICE, text);
    update->fetch.is_told = true;
}

/* Reads FILE, unless that was done. */
static bool check_now(struct fetch_update *fetch, struct err *err)
{
    struct update *update = update_of(fetch);
    struct err why = {.kind = ERR_NONE};
    uint32_t asked = update->fetch.since;
    if (!update->unchecked)
        return true;
    if (update_check_old(update, &why) && update->fetch.since != asked)
        err_set(&why, ERR_OLD_FILE, "it has another serial than before");
    update->unchecked = why.kind != ERR_NONE;
    if (!update->unchecked)
        return true;
    if (!err_is_trouble(why.kind)) {
        why.kind = ERR_OLD_FILE;
        doubt_old(update, &why);
    }
    *err = why;
    return false;
}

/* Whether FILE is to be read only together with its changes, which saves half of the time: its head
 * and its last line are in order, and nobody relies on the rest before. */
static bool can_wait(const struct update *update)
{
    const struct spec *spec = update->config.spec;
    const struct oldzone *old = update->config.old;
    const struct endline *last = &old->last;
    return old->has_serial && last->kind == ENDLINE_COMPLETE && last->sum[0] != '\0' &&
           !last->filtered && last->serial == old->serial && spec->diff_to == NULL &&
           !gates_any(spec->shape);
}

/* Looks at FILE. Fails only where there is no point in going on. */
static bool judge_old(struct update *update, struct err *err)
{
    const char *path = update->config.spec->output.path;
    struct err why = {.kind = ERR_NONE};
    struct stat st;
    update->fetch.why = update->why;
    if (stat(update->config.output->out.target, &st) != 0 && errno == ENOENT) {
        update->missing = true;
        snprintf(update->why, sizeof update->why, "%.300s is not there yet", path);
        return true;
    }
    if (can_wait(update)) {
        update->fetch.merges = update->unchecked = true;
        update->fetch.since = update->config.old->serial;
        return true;
    }
    update->fetch.merges = update_check_old(update, &why);
    if (update->fetch.merges)
        return true;
    if (err_is_trouble(why.kind)) {
        *err = why;
        return false;
    }
    doubt_old(update, &why);
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
    struct delta_reader deletes, adds, absent, first;
    struct rr old_soa;
    begin_config(update, file, &config);
    if (!find_soa(delta, &first, &old_soa, err))
        return err_set(err, ERR_INTERNAL, "changes without a SOA");
    delta_read(&deletes, delta, DELTA_TO_APPLY);
    delta_read(&adds, delta, DELTA_TO_APPLY);
    delta_read(&absent, delta, DELTA_PASSING);
    config.old_soa = &old_soa;
    config.new_soa = &first.newest;
    config.deletes = &deletes.source;
    config.adds = &adds.source;
    config.absent = &absent.source;
    config.out = &update->config.output->buf;
    config.notes = notes;
    return patch_run(&config, facts, err) && buf_drain(config.out, err);
}

/* ---- What has changed, beside it ----------------------------------------------------------- */

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
    if (spec->diff_to == NULL || update->diff_open)
        return true;
    update->diff_shape =
        (struct shape){.format = writer_find("diff"), .guard.max_shrink = NO_SHRINK_LIMIT};
    update->diff_open = output_open(&update->diff, &config, err);
    return update->diff_open;
}

/* One that was never begun, because FILE is written anew anyhow, wants none. */
static bool wants_changes(const struct update *update)
{
    const struct spec *spec = update->config.spec;
    return update->counts || (spec != NULL && spec->diff_to != NULL);
}

/* Where it is not written, it is counted. */
static bool write_diff(struct update *update, struct source *source, struct notes *notes,
                       struct err *err)
{
    struct sink *counts = NULL;
    if (!open_diff(update, err) || (update->diff_open ? !output_restart(&update->diff, notes, err)
                                                      : (counts = discard_new(err)) == NULL))
        return false;
    update->diff.began = true; /* so that it is taken back where other changes follow */
    struct pump pump = {.sink = update->diff_open ? update->diff.sink : counts,
                        .halt = update->config.halt};
    bool good =
        pump_source(&pump, source, err) && pump.sink->end(pump.sink, OUTCOME_COMPLETE, NULL, err);
    update->is_counted = good;
    update->changed[RR_ADD] = pump.moved[RR_ADD];
    update->changed[RR_DELETE] = pump.moved[RR_DELETE];
    if (counts != NULL)
        counts->free(counts);
    return good;
}

static bool write_changes(struct update *update, const struct delta *delta, struct notes *notes,
                          struct err *err)
{
    struct delta_reader reader;
    if (!wants_changes(update))
        return true;
    delta_read(&reader, delta, DELTA_NET);
    return write_diff(update, &reader.source, notes, err);
}

static bool take_changes(void *context, struct source *changes, struct err *err)
{
    struct update *update = context;
    return write_diff(update, changes, update->diff_notes, err);
}

/* After a transfer of the whole zone: FILE against the new one. */
static bool write_difference(struct update *update, struct notes *notes, bool *known,
                             struct err *err)
{
    const struct spec *spec = update->config.spec;
    struct err why = {.kind = ERR_NONE};
    const struct difference_config config = {
        .old = {.path = update->config.output->out.target, .sorted = update->fetch.merges},
        .new = {.path = update->config.output->out.temporary_name, .sorted = true},
        .zone = spec->zone,
        .zone_length = spec->zone_length,
        .class = spec->class,
        .loop = update->config.loop,
        .deadline = update->config.deadline,
        .edited_good = spec->diff_to == NULL,
        .halt = update->config.halt,
        .memory = spec->shape->memory,
        .notes = notes,
    };
    update->diff_notes = notes;
    if (!difference_run(&config, take_changes, update, known, &why, err))
        return false;
    if (*known || !update->fetch.merges)
        return true;
    *err = why; /* it was a whole zone before */
    return false;
}

/* Without an old zone to compare with, the file of --diff-to says so: an empty one would mean that
 * nothing has changed. */
static bool write_unknown(struct update *update, struct notes *notes, struct err *err)
{
    char why[ERR_TEXT_MAX], text[ERR_TEXT_MAX];
    snprintf(text, sizeof text, "%.400s does not tell what has changed",
             update->config.spec->diff_to);
    if (update->config.spec->diff_to == NULL)
        return true;
    if (!open_diff(update, err))
        return false;
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
        return !update->diff_open || output_restart(&update->diff, notes, err);
    if (update->fetch.merges && update->has_changes)
        return true;
    bool known = false;
    if (!update->missing && !write_difference(update, notes, &known, err))
        return false;
    return known || write_unknown(update, notes, err);
}

void update_restart(struct update *update)
{
    update->has_changes = update->is_counted = false;
}

bool update_fill_diff(struct update *update, bool unchanged, struct err *err)
{
    if (!wants_changes(update))
        return true;
    struct notes *notes = calloc(1, sizeof *notes);
    if (notes == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    bool good = fill_diff(update, unchanged, notes, err);
    free(notes);
    return good;
}

bool update_diff(struct update *update, bool unchanged, struct err *err)
{
    if (!update_fill_diff(update, unchanged, err))
        return false;
    bool commits = update->diff_open;
    update->diff_open = false;
    return !commits || output_commit(&update->diff, err);
}

/* ---- Changes into the file ----------------------------------------------------------------- */

/* The new content did not come as records. Where figures of them are wanted, they are read back
 * from what was written. */
static bool judge_written(struct update *update, uint64_t records, struct err *err)
{
    const struct spec *spec = update->config.spec;
    struct output *output = update->config.output;
    output->records = records;
    if (!output->config.shape->counts && !witness_looks(output->config.witness))
        return guard_check(&output->guards, records, err);
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

/* Changes that do not fit may be right, and FILE wrong. */
static void find_reason(struct update *update, struct err *err)
{
    struct err why = {.kind = ERR_NONE};
    if (!update->unchecked)
        return;
    if (err->kind == ERR_OLD_FILE)
        doubt_old(update, err);
    else if (err_class(err->kind) == ERR_CLASS_PROTOCOL && !check_now(&update->fetch, &why))
        *err = why;
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
    if (!good)
        find_reason(update, err);
    else
        update->unchecked = false;
    if (!good || !judge_written(update, facts.records, err))
        return false;
    update->has_changes = true;
    return write_changes(update, delta, notes, err);
}

/* ---- All of it ----------------------------------------------------------------------------- */

void update_begin(struct update *update, const struct update_config *config, bool missing,
                  bool merges, uint32_t since, const char *why)
{
    *update = (struct update){
        .fetch = {.take = apply_changes, .merges = merges, .since = since},
        .config = *config,
        .missing = missing,
    };
    snprintf(update->why, sizeof update->why, "%s", why);
    update->fetch.why = update->why;
}

bool update_open(struct update *update, const struct update_config *config, struct err *err)
{
    *update =
        (struct update){.fetch = {.take = apply_changes, .check = check_now}, .config = *config};
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
