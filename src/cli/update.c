#include "cli/update.h"

#include "cli/oldfile.h"
#include "cli/say.h"
#include "base/cursor.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "io/infile.h"
#include "zone/merge.h"
#include "zone/patch.h"
#include "zone/zonefile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DIFF_BUFFER = 64 * 1024 };

static struct update *update_of(struct fetch_update *fetch)
{
    return (struct update *)fetch;
}

/* ---- The old file -------------------------------------------------------------------------- */

static struct infile *open_old(const struct update *update, struct err *err)
{
    return infile_open(update->output->out.target, NULL, update->loop, update->deadline, err);
}

static void begin_config(const struct update *update, struct infile *file,
                         struct patch_config *config)
{
    const struct settings *settings = update->settings;
    *config = (struct patch_config){
        .apex = settings->zone,
        .apex_length = settings->zone_length,
        .class = settings->class,
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

/* A FILE of another zone was hardly meant: it shall not be lost to a typing error. */
static bool is_other_zone(const struct update *update, struct err *err)
{
    const struct settings *settings = update->settings;
    uint8_t name[NAME_MAX_WIRE], length;
    char zone[OLDFILE_ZONE];
    if (!oldfile_zone(update->output->out.target, zone) ||
        name_parse(zone, name, &length) != NULL ||
        name_equal(name, length, settings->zone, settings->zone_length))
        return false;
    err_set(err, ERR_OTHER_ZONE, "%.200s holds the zone %.255s", settings->output.path, zone);
    return true;
}

/* Looks at FILE. Fails only where there is no point in going on. */
static bool judge_old(struct update *update, struct err *err)
{
    const char *path = update->settings->output.path;
    struct err why = {.kind = ERR_NONE};
    struct stat st;
    update->fetch.why = update->why;
    if (stat(update->output->out.target, &st) != 0 && errno == ENOENT) {
        update->missing = true;
        snprintf(update->why, sizeof update->why, "%.300s is not there yet", path);
        return true;
    }
    if (is_other_zone(update, err))
        return false;
    update->fetch.merges = check_old(update, &why);
    if (update->fetch.merges)
        return true;
    if (is_trouble(&why)) {
        *err = why;
        return false;
    }
    snprintf(update->why, sizeof update->why,
             "%.200s cannot be brought up to date by changes: %.300s", path, why.text);
    if (!update->settings->quiet)
        say("%s; the whole zone is asked for", update->why);
    return true;
}

/* ---- Changes ------------------------------------------------------------------------------- */

/* The SOA that the changes begin with comes first in this view. */
static bool find_soa(const struct delta *delta, struct delta_reader *reader, struct rr *old,
                     struct err *err)
{
    enum rr_op op;
    delta_read(reader, delta, DELTA_NET_STEP);
    return reader->source.next(&reader->source, old, &op, err) == SOURCE_RR && op == RR_DELETE;
}

static bool write_changes(struct update *update, const struct delta *delta, struct err *err);

static bool patch(struct update *update, const struct delta *delta, struct infile *file,
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
    config.out = &update->output->buf;
    config.notes = notes;
    return patch_run(&config, facts, err) && buf_drain(config.out, err);
}

static bool take_changes(struct fetch_update *fetch, const struct delta *delta, struct notes *notes,
                         uint64_t *records, struct err *err)
{
    struct update *update = update_of(fetch);
    struct patch_facts facts = {.records = 0};
    struct infile *file = open_old(update, err);
    if (file == NULL)
        return false;
    bool good = patch(update, delta, file, notes, &facts, err);
    infile_close(file);
    *records = facts.records;
    if (!good || !guard_check(&update->output->limits, facts.records, err))
        return false;
    update->has_changes = true;
    return write_changes(update, delta, err);
}

/* ---- What has changed, beside it ----------------------------------------------------------- */

static bool flush_diff(void *context, const void *octets, size_t length, struct err *err)
{
    return outfile_write(context, octets, length, err);
}

/* Passes changes to the writer of diffs. */
static bool pump_changes(struct source *source, struct sink *sink, const struct zone_info *zone,
                         struct err *err)
{
    struct rr rr;
    enum rr_op op;
    enum source_event event = SOURCE_END;
    bool good = sink->begin(sink, zone, err);
    while (good && (event = source->next(source, &rr, &op, err)) == SOURCE_RR)
        good = sink->record(sink, op, &rr, err);
    return good && event == SOURCE_END && sink->end(sink, OUTCOME_COMPLETE, NULL, err);
}

static bool write_diff(struct update *update, struct source *source, const struct zone_info *zone,
                       struct err *err)
{
    static const struct writer_style style = {.color = false};
    struct buf buf;
    if (!outfile_restart(&update->diff, err))
        return false;
    bool good = buf_init(&buf, DIFF_BUFFER, flush_diff, &update->diff, err);
    struct sink *sink = good ? writer_find("diff")->open(&style, &buf, err) : NULL;
    good = sink != NULL && pump_changes(source, sink, zone, err);
    if (sink != NULL)
        sink->free(sink);
    buf_fini(&buf);
    return good;
}

static bool write_changes(struct update *update, const struct delta *delta, struct err *err)
{
    struct delta_reader reader;
    if (!update->diff_open)
        return true;
    delta_read(&reader, delta, DELTA_NET);
    return write_diff(update, &reader.source, &reader.step, err);
}

/* A sorted file as a source. */
static struct source *open_sorted(const struct update *update, const char *path,
                                  struct notes *notes, struct err *err)
{
    const struct settings *settings = update->settings;
    struct infile *file = infile_open(path, NULL, update->loop, update->deadline, err);
    if (file == NULL)
        return NULL;
    const struct zonefile_config config = {
        .origin = settings->zone,
        .origin_length = settings->zone_length,
        .class = settings->class,
        .notes = notes,
    };
    const struct zonefile_input input = {
        .read = infile_read, .close = infile_close, .context = file, .name = file->name};
    return zonefile_open(&config, &input, err);
}

/* The SOA of a sorted file, kept in the caller's memory. */
struct soa {
    struct rr rr;
    uint8_t owner[NAME_MAX_WIRE];
    uint8_t rdata[2 * NAME_MAX_WIRE + 20];
};

static bool read_soa(const struct update *update, const char *path, struct notes *notes,
                     struct soa *soa, struct err *err)
{
    enum rr_op op;
    struct source *source = open_sorted(update, path, notes, err);
    if (source == NULL)
        return false;
    bool good = source->next(source, &soa->rr, &op, err) == SOURCE_RR && soa->rr.type == TYPE_SOA &&
                soa->rr.rdlength <= sizeof soa->rdata;
    if (good) {
        memcpy(soa->owner, soa->rr.owner, soa->rr.owner_length);
        memcpy(soa->rdata, soa->rr.rdata, soa->rr.rdlength);
        soa->rr.owner = soa->owner;
        soa->rr.rdata = soa->rdata;
    }
    source->free(source);
    return good;
}

/* After a transfer of the whole zone: the old file against the new one. */
static bool compare(struct update *update, struct notes *notes, struct err *err)
{
    const struct settings *settings = update->settings;
    const char *old_path = update->output->out.target;
    const char *new_path = update->output->out.temporary_name;
    struct soa old_soa, new_soa;
    if (!read_soa(update, old_path, notes, &old_soa, err) ||
        !read_soa(update, new_path, notes, &new_soa, err))
        return err->kind != ERR_NONE || err_set(err, ERR_INTERNAL, "a sorted file without a SOA");
    struct merge_config config = {
        .old = open_sorted(update, old_path, notes, err),
        .apex = settings->zone,
        .apex_length = settings->zone_length,
        .halt = &update->output->out.halt.halt,
    };
    config.new = config.old != NULL ? open_sorted(update, new_path, notes, err) : NULL;
    struct source *merge = config.new != NULL ? merge_open(&config, err) : NULL;
    const struct zone_info zone = {
        .apex = settings->zone,
        .apex_length = settings->zone_length,
        .class = settings->class,
        .changes = true,
        .from = rdata_soa_serial(&old_soa.rr),
        .serial = rdata_soa_serial(&new_soa.rr),
        .newest = &new_soa.rr,
    };
    bool good = merge != NULL && write_diff(update, merge, &zone, err);
    if (merge != NULL)
        merge->free(merge);
    if (config.new != NULL)
        config.new->free(config.new);
    if (config.old != NULL)
        config.old->free(config.old);
    return good;
}

/* Without an old zone to compare with, the file says so: an empty one would mean that nothing has
 * changed. */
static bool write_unknown(struct update *update, struct err *err)
{
    char line[2 * ERR_TEXT_MAX];
    char *why = update->why;
    say_mask(why); /* it may hold a file's name */
    int n =
        snprintf(line, sizeof line, "; zxfr INCOMPLETE: no old zone to compare with: %s\n", why);
    if (!update->settings->quiet && !update->missing)
        say("warning: %s does not tell what has changed", update->settings->diff_to);
    return outfile_restart(&update->diff, err) &&
           outfile_write(&update->diff, line, (size_t)n, err);
}

bool update_diff(struct update *update, bool unchanged, struct err *err)
{
    struct notes *notes;
    enum outfile_result result;
    bool good = true;
    if (!update->diff_open)
        return true;
    if (unchanged) {
        good = outfile_restart(&update->diff, err);
    } else if (!update->fetch.merges) {
        good = write_unknown(update, err);
    } else if (!update->has_changes) {
        notes = calloc(1, sizeof *notes);
        good =
            notes != NULL ? compare(update, notes, err) : err_set(err, ERR_MEMORY, "out of memory");
        free(notes);
    }
    if (good) {
        update->diff_open = false;
        good = outfile_commit(&update->diff, &result, err);
        if (!good)
            outfile_abort(&update->diff);
    }
    return good;
}

/* ---- All of it ----------------------------------------------------------------------------- */

static bool open_diff(struct update *update, struct err *err)
{
    struct outfile_options options = {
        .path = update->settings->diff_to,
        .whole = true,
        .wait = update->settings->output.wait,
    };
    if (options.path == NULL)
        return true;
    update->diff_open = outfile_open(&update->diff, &options, update->loop, update->deadline, err);
    return update->diff_open;
}

bool update_open(struct update *update, const struct settings *settings, const struct loop *loop,
                 uint64_t deadline, struct output *output, struct err *err)
{
    *update = (struct update){
        .fetch = {.take = take_changes},
        .settings = settings,
        .loop = loop,
        .deadline = deadline,
        .output = output,
    };
    if (output->out.temporary < 0)
        return err_set(err, ERR_USAGE, "--update: %.300s is no regular file",
                       settings->output.path);
    return judge_old(update, err) && open_diff(update, err);
}

void update_fini(struct update *update)
{
    if (update->diff_open)
        outfile_abort(&update->diff);
    update->diff_open = false;
}
