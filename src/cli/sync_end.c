#include "cli/sync_end.h"

#include "cli/metrics.h"
#include "cli/say.h"

#include <stdlib.h>
#include <string.h>

/* Whether the command of a zone is still due, by a note that this run has left or found. */
static bool is_pending(const struct sync_run *run, const struct zone *zone)
{
    char name[FILENAME_ROOM];
    struct err ignored = {.kind = ERR_NONE};
    bool was_tried = run->hooks != NULL && zone->state != ZONE_WAITS;
    if (zone->hook_due || was_tried || run->folder.markers.count == 0)
        return zone->hook_due;
    return filename_write(name, zone->name, zone->name_length, &ignored) &&
           dict_value(&run->folder.markers, name, strlen(name)) != NULL;
}

static void count_zones(struct sync_run *run)
{
    struct sync_summary *summary = &run->summary;
    const struct zones *zones = &run->zones.zones;
    for (size_t i = 0; i < run->zones.catalogs.count; i++)
        summary->hooks_pending += is_pending(run, run->zones.catalogs.rows[i]);
    for (size_t i = 0; summary->has_zones && i < zones->count; i++) {
        sync_facts_count(summary, zones->rows[i]);
        summary->hooks_pending += is_pending(run, zones->rows[i]);
    }
}

static void count_servers(struct sync_run *run)
{
    struct sync_summary *summary = &run->summary;
    struct engine_server server;
    size_t count = 0, at = 0;
    if (run->net.engine == NULL)
        return;
    summary->octets = engine_octets(run->net.engine);
    while (engine_server(run->net.engine, &at, &server))
        count++;
    run->servers = calloc(count + 1, sizeof *run->servers + ADDRESS_TEXT_MAX);
    if (run->servers == NULL)
        return;
    char *texts = (char *)(run->servers + count + 1);
    at = 0;
    while (summary->server_count < count && engine_server(run->net.engine, &at, &server)) {
        char *text = texts + summary->server_count * ADDRESS_TEXT_MAX;
        address_text(server.address, text);
        run->servers[summary->server_count++] = (struct sync_server){
            .server = server.host != NULL ? server.host : text,
            .address = text,
            .connections = server.connections,
            .questions = server.questions,
            .transfers = server.transfers,
            .failures = server.failures,
            .octets = server.octets,
            .least_window = server.least_window,
            .up = server.up,
        };
    }
    summary->servers = run->servers;
}

/* What is counted here; all else adds up while the run goes on. */
static void begin_count(struct sync_run *run)
{
    struct sync_summary *summary = &run->summary;
    free(run->servers);
    run->servers = NULL;
    summary->servers = NULL;
    summary->server_count = 0;
    summary->zones = summary->without_file = summary->hooks_pending = 0;
    memset(summary->by_state, 0, sizeof summary->by_state);
    memset(summary->by_result, 0, sizeof summary->by_result);
}

void sync_end_count(struct sync_run *run, const struct err *err, int signal_number)
{
    struct sync_summary *summary = &run->summary;
    begin_count(run);
    const struct sync_options *options = &run->settings->sync;
    summary->started = run->started;
    summary->ended = loop_time_of_day();
    summary->interrupted = err->kind == ERR_INTERRUPTED ? signal_number : 0;
    summary->fatal = err->kind;
    summary->message = err->kind != ERR_NONE ? err->text : NULL;
    summary->has_shard = options->has_shard;
    summary->shard = options->shard;
    summary->shards = options->shards;
    summary->catalogs = run->catalogs;
    summary->catalog_count = run->catalogs != NULL ? run->zones.catalogs.count : 0;
    if (err->kind == ERR_NONE && run->output.kind != ERR_NONE) {
        summary->fatal = run->output.kind;
        summary->message = run->output.text;
    }
    count_zones(run);
    count_servers(run);
    summary->exit = sync_facts_exit(summary, run->settings->exit_code);
}

static const struct zone *row_at(const void *context, size_t index)
{
    const struct sync_run *run = context;
    const struct zones *zones = &run->zones.zones, *catalogs = &run->zones.catalogs;
    return index < zones->count ? zones->rows[index] : catalogs->rows[index - zones->count];
}

/* Rows of zones that were not worked on tell what their files do. */
static void fill_rows(struct sync_run *run)
{
    size_t count = run->zones.zones.count + run->zones.catalogs.count;
    for (size_t i = 0; run->locked && i < count; i++) {
        struct zone *zone = (struct zone *)(uintptr_t)row_at(run, i);
        if (zone->state == ZONE_WAITS && zone->place != ZONE_AT_WORK && !zone->was_read)
            visit_read_row(zone, run->folder.path, run->loop);
    }
}

/* Where it is not known which zones there should be, those are told of which there are files. */
static void add_rows(struct sync_run *run)
{
    if (!run->summary.has_zones && run->locked && run->zones.zones.count == 0)
        zonefolder_rows(&run->folder, &run->zones.zones);
}

/* Another run that is at work writes them; a look at what there is does not. */
bool sync_end_metrics(struct sync_run *run, const struct err *failure, struct counters *counters,
                      struct err *err)
{
    const struct metrics_options *options = &run->settings->metrics;
    if (options->path == NULL || run->settings->sync.dry_run || failure->kind == ERR_BUSY ||
        run->clashes || run->no_metrics)
        return true;
    if (counters != NULL)
        counters_servers(counters, run->summary.servers, run->summary.server_count);
    add_rows(run);
    fill_rows(run);
    const struct metrics_facts facts = {
        .summary = &run->summary,
        .row = row_at,
        .context = run,
        .zone_count = run->zones.zones.count + run->zones.catalogs.count,
        .counters = counters,
    };
    return metrics_write(options, &facts, run->loop, LOOP_NEVER, err);
}

/* Another file could not be written: that is told, and is the status if nothing worse is. */
static void end_badly(struct sync_run *run, const struct err *err)
{
    struct sync_summary *summary = &run->summary;
    say_error("%s", err->text);
    if (summary->fatal != ERR_NONE)
        return;
    summary->fatal = err->kind;
    summary->exit = sync_facts_exit(summary, run->settings->exit_code);
}

void sync_end_close(struct sync_run *run)
{
    struct sync_summary *summary = &run->summary;
    struct err err = {.kind = ERR_NONE};
    if (run->has_report && !report_sync_close(&run->report, summary, &err))
        end_badly(run, &err);
    err = (struct err){.kind = ERR_NONE};
    if (!say_sync_close(&run->say, summary, &err))
        end_badly(run, &err);
}

void sync_end_write(struct sync_run *run, const struct err *failure, struct counters *counters)
{
    struct err err = {.kind = ERR_NONE};
    if (!sync_end_metrics(run, failure, counters, &err))
        end_badly(run, &err);
    sync_end_close(run);
}
