#include "cli/cmd_audit.h"

#include "cli/audit_diff.h"
#include "cli/audit_say.h"
#include "cli/compile.h"
#include "cli/jsonmem.h"
#include "cli/run_fence.h"
#include "cli/say.h"
#include "cli/say_facts.h"
#include "cli/sync_zones.h"
#include "job/audit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    BAD_LINES_SHOWN = 20,
    SECOND = 1000000, /* microseconds */
    PROGRESS_EVERY = SECOND / 5,
};

struct run {
    const struct settings *settings;
    const struct loop *loop;
    struct loop_halt halt;
    struct say_facts facts;
    struct zonelist *list;
    struct sync_zones zones;
    bool has_zones;
    struct compile_net net;
    struct audit_zone *rows;
    size_t count, done;
    uint64_t answers;
    bool shows_progress;
    uint64_t began, progress_at; /* of loop_now; not before the second */
};

/* Reads the list, and takes its zones and those of the words. */
static bool read_zones(struct run *run, struct err *err)
{
    const struct zonelist_config config = {
        .run = run->settings,
        .loop = run->loop,
        .deadline = LOOP_NEVER,
        .teller = &run->facts.teller,
        .servers_come = true,
        .max_faults = BAD_LINES_SHOWN,
    };
    run->list = zonelist_read(&config, run->settings->sync.list, err);
    if (run->list == NULL)
        return false;
    const struct faults *faults = zonelist_faults(run->list);
    for (unsigned i = 0; i < faults->kept; i++)
        say_error("%s", faults->texts[i]);
    if (faults->count > 0)
        return err_set(err, ERR_USAGE, "nothing was asked, because of the bad lines");
    run->has_zones = true;
    if (!sync_zones_init(&run->zones, run->settings, run->list, 0, err))
        return false;
    return run->zones.zones.count > 0 ||
           err_set(err, ERR_USAGE, "there are no zones: the list is empty");
}

static bool make_rows(struct run *run, struct err *err)
{
    const struct zones *zones = &run->zones.zones;
    run->rows = calloc(zones->count + 1, sizeof *run->rows);
    if (run->rows == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < zones->count; i++) {
        struct audit_zone *row = &run->rows[run->count++];
        row->orders = zones->rows[i]->orders;
        row->name_length = zones->rows[i]->name_length;
        memcpy(row->name, zones->rows[i]->name, row->name_length);
    }
    return true;
}

static bool set_up(struct run *run, struct err *err)
{
    loop_halt_init(&run->halt, run->loop, compile_deadline(run->settings));
    say_facts_init(&run->facts, run->settings, NULL);
    jsonmem_watch();
    if (!read_zones(run, err) || !make_rows(run, err))
        return false;
    run_fence_audit(run->settings, run->list);
    return compile_net(&run->net, run->settings, run->loop, NULL, err);
}

static void show_progress(struct run *run)
{
    uint64_t now = loop_now();
    if (!run->shows_progress || now < run->progress_at)
        return;
    run->progress_at = now + PROGRESS_EVERY;
    say_progress("%zu of %zu zones, %llu answers, %llu s", run->done, run->count,
                 (unsigned long long)run->answers,
                 (unsigned long long)((now - run->began) / SECOND));
}

/* Nothing may come for long. */
static void ticked(void *context)
{
    show_progress(context);
}

static void step_done(void *context, const struct audit_zone *zone, const struct audit_row *row,
                      enum audit_step step)
{
    struct run *run = context;
    run->answers++;
    if (run->settings->verbose)
        audit_say_step(zone, row, step);
    show_progress(run);
}

static void zone_done(void *context, const struct audit_zone *zone)
{
    struct run *run = context;
    (void)zone;
    run->done++;
    show_progress(run);
}

static bool ask(struct run *run, struct err *err)
{
    const struct audit_options *options = &run->settings->audit;
    run->shows_progress = compile_progress(run->settings);
    run->began = loop_now();
    const struct audit_config config = {
        .engine = run->net.engine,
        .endpoints = run->net.endpoints,
        .zones = run->rows,
        .zone_count = run->count,
        .also = options->also,
        .also_count = options->also_count,
        .rate = options->rate,
        .content = options->content || options->diff,
        .limits = {.max_lag = options->max_lag},
        .lag_time = options->lag_time,
        .halt = &run->halt.halt,
        .teller = &run->facts.teller,
        .stepped = step_done,
        .done = zone_done,
        .tick = run->shows_progress ? PROGRESS_EVERY : 0,
        .ticked = ticked,
        .context = run,
    };
    struct audit *audit = audit_new(&config, err);
    bool good = audit != NULL && audit_run(audit, err);
    audit_free(audit);
    say_progress_end();
    return good;
}

/* Standard output counts only once it was written. */
static bool tell(struct run *run, struct run_end *end, struct err *err)
{
    const struct settings *settings = run->settings;
    const struct audit_saying saying = {
        .zones = run->rows,
        .count = run->count,
        .fail_on = settings->audit.fail_on,
        .content = settings->audit.content || settings->audit.diff,
        .color = settings->style.color,
        .width = settings->style.width,
        .quiet = settings->quiet,
        .now = loop_time_of_day(),
    };
    if (!settings->format_given)
        audit_say_table(stdout, &saying);
    else if (!audit_say_json(stdout, &saying) && !ferror(stdout))
        return err_set(err, ERR_MEMORY, "no memory for the JSON document");
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    end->broken_pipe = errno == EPIPE;
    return err_set_errno(err, ERR_OUTPUT, errno, "cannot write standard output");
}

/* A zone of which not all could be found out is not called good. */
static void note_gaps(struct run *run)
{
    const struct audit_options *options = &run->settings->audit;
    const struct audit_wants wants = {
        .content = options->content || options->diff,
        .openness = (options->fail_on & AUDIT_IS_OPEN) != 0,
    };
    for (size_t i = 0; i < run->count; i++) {
        struct audit_zone *zone = &run->rows[i];
        struct name_string name;
        if (zone->parent_err.kind != ERR_NONE && (options->fail_on & AUDIT_IS_UNSIGNED) != 0)
            say("%s: warning: its parent does not tell which servers it has, and whether it is "
                "signed: %s",
                name_string(&name, zone->name), zone->parent_err.text);
        if (zone->err.kind == ERR_NONE)
            audit_is_known(zone, &wants, &zone->err);
    }
}

/* Of such zones: the highest exit status. */
static enum err_kind worst_of(struct run *run)
{
    enum err_kind worst = ERR_NONE;
    for (size_t i = 0; i < run->count; i++) {
        const struct audit_zone *zone = &run->rows[i];
        struct name_string name;
        if (zone->err.kind == ERR_NONE)
            continue;
        say_facts_error(&run->facts, name_string(&name, zone->name), &zone->err);
        if (worst == ERR_NONE || err_class(zone->err.kind) > err_class(worst))
            worst = zone->err.kind;
    }
    return worst;
}

static unsigned problems_of(const struct run *run)
{
    unsigned problems = 0;
    for (size_t i = 0; i < run->count; i++)
        problems |= run->rows[i].problems;
    return problems & run->settings->audit.fail_on;
}

static void clean_up(struct run *run)
{
    for (size_t i = 0; i < run->count; i++)
        audit_zone_fini(&run->rows[i]);
    free(run->rows);
    compile_net_fini(&run->net);
    if (run->has_zones)
        sync_zones_fini(&run->zones);
    zonelist_free(run->list);
}

int cmd_audit(const struct settings *settings, const struct loop *loop, struct run_end *end)
{
    struct run run = {.settings = settings, .loop = loop};
    struct err err = {.kind = ERR_NONE}, output = {.kind = ERR_NONE};
    bool good = set_up(&run, &err) && ask(&run, &err);
    enum err_kind kind = err.kind;
    if (good || kind == ERR_TIMEOUT_TOTAL) {
        note_gaps(&run);
        if (!tell(&run, end, &output))
            kind = output.kind;
        else if (good)
            kind = worst_of(&run);
    }
    if (err.kind != ERR_NONE)
        say_facts_error(&run.facts, NULL, &err);
    if (output.kind != ERR_NONE && !end->broken_pipe)
        say_facts_error(&run.facts, NULL, &output);
    int status = run_end_status(end, kind);
    if (kind == ERR_NONE && problems_of(&run) != 0)
        status = ERR_CLASS_DIFFERS;
    if (kind == ERR_NONE && settings->audit.diff) {
        int differs = audit_diff(settings, loop, end, run.rows, run.count);
        if (differs > ERR_CLASS_DIFFERS)
            status = differs;
    }
    clean_up(&run);
    return status;
}
