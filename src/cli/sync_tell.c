#include "cli/sync_tell.h"

#include "cli/report_hook.h"

#include <stdio.h>
#include <stdlib.h>

enum { SECOND = 1000000 };

static struct sync_run *run_of(struct sync_listener *listener)
{
    return (struct sync_run *)listener;
}

static void tell_zone(struct teller *teller, const struct fact *fact)
{
    struct zone_teller *of = (struct zone_teller *)teller;
    struct sync_run *run = of->run;
    if (of->zone != NULL)
        say_sync_fact(&run->say, of->zone, fact);
    if (of->zone != NULL && run->has_report)
        report_sync_fact(&run->report, of->zone, fact, &run->output);
}

/* What concerns the run. That the command of a zone has failed is said with the zone. */
void sync_tell_run(struct teller *teller, const struct fact *fact)
{
    struct sync_run *run = ((struct zone_teller *)teller)->run;
    struct teller *words = &run->say.words.teller;
    bool is_of_zone = fact->kind == FACT_COMMAND_FAILED && fact->err->kind == ERR_HOOK;
    bool is_detail = fact->kind == FACT_COMMAND_RUNS || fact->kind == FACT_COMMAND_ENDED;
    if (!is_of_zone && (!is_detail || run->settings->verbose > 0))
        words->tell(words, fact);
}

static struct teller *zone_begins(struct sync_listener *listener, struct zone *zone)
{
    struct zone_teller *teller = malloc(sizeof *teller);
    if (teller == NULL)
        return NULL;
    *teller = (struct zone_teller){{tell_zone}, run_of(listener), zone};
    return &teller->teller;
}

/* The line of a zone that has changed, for --exec-all. */
static void add_line(struct sync_run *run, const struct zone_end *end)
{
    char line[SAY_SYNC_LINE];
    if (end->kind != NULL && run->settings->sync.exec_all != NULL)
        hook_all_add(&run->hook_all, line, say_sync_line(line, end));
}

static void note_catalog(struct sync_run *run, const struct zone_end *end)
{
    if (!end->zone->is_catalog || end->failure == ERR_NONE)
        return;
    struct catalog_end *catalog = &run->ends[end->zone->index];
    catalog->failure = end->failure;
    snprintf(catalog->error, sizeof catalog->error, "%s", end->message != NULL ? end->message : "");
}

static void zone_ended(struct sync_listener *listener, struct teller *teller,
                       const struct zone_end *end)
{
    struct sync_run *run = run_of(listener);
    say_sync_zone(&run->say, end, &run->output);
    note_catalog(run, end);
    add_line(run, end);
    if (run->has_report)
        report_sync_zone(&run->report, end, &run->output);
    if (end->attempts != NULL)
        run->summary.records += end->attempts->good.records;
    free(teller);
}

void sync_tell_command(void *context, void *owner, const struct hook *hook)
{
    struct sync_run *run = context;
    struct zone *zone = ((struct sync_command *)owner)->zone;
    const struct zone_command command = report_hook_command(hook);
    bool failed = hook->err.kind != ERR_NONE;
    if (failed)
        say_sync_fact(&run->say, zone,
                      &(struct fact){.kind = FACT_COMMAND_FAILED, .err = &hook->err});
    zone->hook_due = failed || (hook->due == HOOK_NOT_DUE && hook->found);
    run->summary.hooks_failed += failed && hook->err.kind != ERR_INTERRUPTED;
    if (failed && zone->exit == ERR_CLASS_OK)
        zone->exit = (uint8_t)err_class(hook->err.kind);
    if (run->has_report)
        report_sync_command(&run->report, zone, &command, &run->output);
    sync_end_command(run->sync, owner);
}

/* Octets in the last second or so. */
static uint64_t rate_of(struct sync_run *run, uint64_t octets)
{
    uint64_t now = loop_now(), time = now - run->rate_from;
    if (run->rate_from != 0 && time < SECOND)
        return run->rate;
    run->rate = run->rate_from != 0 ? (octets - run->rate_octets) * SECOND / time : 0;
    run->rate_from = now;
    run->rate_octets = octets;
    return run->rate;
}

static void breathe(struct sync_listener *listener, const struct sync_progress *progress)
{
    struct sync_run *run = run_of(listener);
    uint64_t now = loop_time_of_day(); /* it may have been set back */
    const struct say_sync_progress shown = {.done = progress->over,
                                            .all = progress->zones,
                                            .failed = progress->failed,
                                            .transfers = progress->transfers,
                                            .rate = rate_of(run, progress->octets),
                                            .microseconds =
                                                now > run->started ? now - run->started : 0};
    say_sync_flush(&run->say, &run->output);
    if (run->say.has_progress)
        say_sync_progress(&run->say, &shown, loop_now());
}

struct sync_listener sync_tell_listener(void)
{
    return (struct sync_listener){zone_begins, zone_ended, breathe};
}
