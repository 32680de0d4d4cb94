#include "cli/report_sync.h"

#include "cli/jsonmem.h"
#include "cli/report_json.h"
#include "cli/report_zone.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECOND = 1000000 };

/* ---- The output ---------------------------------------------------------------------------- */

void report_sync_init(struct report_sync *report)
{
    *report = (struct report_sync){.is_open = false};
    report_held_init(&report->held);
}

static bool open_output(struct report_sync *report, const char *path, mode_t new_mode,
                        const struct loop *loop, struct err *err)
{
    const struct outfile_options options = {.path = strcmp(path, "-") != 0 ? path : NULL,
                                            .straight = true,
                                            .append = report->stays,
                                            .new_mode = new_mode,
                                            .sets_mode = true};
    jsonmem_watch(); /* what is held is parsed */
    report->is_open = outfile_open(&report->out, &options, loop, LOOP_NEVER, err);
    return report->is_open;
}

bool report_sync_open(struct report_sync *report, const char *path, mode_t new_mode,
                      const struct loop *loop, struct err *err)
{
    return open_output(report, path, new_mode, loop, err);
}

bool report_sync_append(struct report_sync *report, const char *path, mode_t new_mode,
                        const struct loop *loop, struct err *err)
{
    report->stays = true;
    if (!open_output(report, path, new_mode, loop, err))
        return false;
    lines_look(&report->lines, &report->out);
    return true;
}

bool report_sync_reopen(struct report_sync *report, struct err *err)
{
    if (!report->is_open)
        return true;
    if (!outfile_reopen(&report->out, err))
        return false;
    lines_look(&report->lines, &report->out);
    return true;
}

uint64_t report_sync_lost(struct report_sync *report)
{
    return lines_lost(&report->lines);
}

static bool is_active(const struct report_sync *report)
{
    return report->is_open && !report->failed && !report->broken_pipe;
}

static bool no_memory(struct err *err)
{
    return err_set(err, ERR_MEMORY, "no memory for the report");
}

/* Remembers that something has failed, where that ends the report. */
static bool checked(struct report_sync *report, bool good)
{
    report->failed = report->failed || (!good && !report->stays);
    return good;
}

static bool write_text(struct report_sync *report, const char *text, size_t length, struct err *err)
{
    struct err failure = {.kind = ERR_NONE};
    bool good = report->stays ? lines_write(&report->lines, &report->out, text, length, &failure)
                              : outfile_write(&report->out, text, length, &failure);
    if (good)
        return true;
    report->broken_pipe = report->out.is_stdout && report->out.broken_pipe;
    return report->broken_pipe || err_set(err, failure.kind, "%s", failure.text);
}

/* Takes the object; NULL: there was no memory to make it. */
static bool write_object(struct report_sync *report, json_t *object, struct err *err)
{
    size_t length = 0;
    char *text = object != NULL ? report_line(object, &length) : NULL;
    json_decref(object);
    if (text == NULL)
        return no_memory(err);
    bool good = write_text(report, text, length, err);
    free(text);
    return good;
}

/* ---- Warnings ------------------------------------------------------------------------------ */

static struct report_sync_log **find_log(struct report_sync *report, const struct zone *zone)
{
    struct report_sync_log **at = &report->logs[(uintptr_t)zone / sizeof *zone % REPORT_SYNC_LOGS];
    while (*at != NULL && (*at)->zone != zone)
        at = &(*at)->next;
    return at;
}

static void free_log(struct report_sync_log **at)
{
    struct report_sync_log *log = *at;
    if (log == NULL)
        return;
    *at = log->next;
    report_log_fini(&log->log);
    free(log);
}

static bool is_warning(enum fact_kind kind)
{
    return kind == FACT_WARNING || kind == FACT_NOTICE || kind == FACT_REMARK ||
           kind == FACT_DISTRUST || kind == FACT_WARNINGS;
}

bool report_sync_fact(struct report_sync *report, const struct zone *zone, const struct fact *fact,
                      struct err *err)
{
    if (!is_active(report) || !is_warning(fact->kind))
        return true;
    struct report_sync_log **at = find_log(report, zone);
    if (*at == NULL) {
        *at = calloc(1, sizeof **at);
        if (*at == NULL)
            return checked(report, no_memory(err));
        (*at)->zone = zone;
        report_log_init(&(*at)->log, NULL);
    }
    report_log_keep(&(*at)->log, fact);
    return true;
}

void report_sync_pass(struct report_sync *report, const struct zone *zone)
{
    free_log(find_log(report, zone));
}

/* ---- Zones --------------------------------------------------------------------------------- */

static enum report_state state_of(const struct zone *zone)
{
    static const enum report_state states[ZONE_STATES] = {
        [ZONE_WAITS] = REPORT_NO_FILE,   [ZONE_NEW] = REPORT_NEW,
        [ZONE_UPDATED] = REPORT_UPDATED, [ZONE_UNCHANGED] = REPORT_UNCHANGED,
        [ZONE_KEPT] = REPORT_KEPT,       [ZONE_MISSING] = REPORT_MISSING,
    };
    return states[zone->state];
}

static const char *kind_of(const struct zone_end *end)
{
    if (end->kind == NULL && end->zone->state == ZONE_UNCHANGED)
        return "uptodate";
    return end->kind;
}

static json_t *zone_object(const struct zone_end *end, const struct report_log *log)
{
    const struct zone *zone = end->zone;
    return report_zone(&(struct report_zone){
        .zone = zone->name,
        .class = end->class,
        .kind = kind_of(end),
        .file = end->file,
        .attempts = end->attempts,
        .facts = end->facts,
        .log = log,
        .gates = end->gates,
        .origin = zone->origin,
        .origin_line = zone->origin_line,
        .group = zone->group,
        .diff = end->diff,
        .state = state_of(zone),
        .has_serial = zone->has_serial,
        .serial = zone->serial,
        .has_records = zone->has_records || zone->state == ZONE_MISSING,
        .records = zone->has_records ? zone->records : 0,
        .has_old_records = end->has_old_records,
        .old_records = end->old_records,
        .has_counts = end->has_counts,
        .added = end->added,
        .deleted = end->deleted,
        .started = end->started,
        .ended = end->ended,
        .waited = end->waited,
        .confirmed = zone->last_success > 0 ? (uint64_t)zone->last_success * SECOND : 0,
        .exit_status = zone->exit,
        .message = end->failure != ERR_NONE ? end->message : NULL,
        .failure = end->failure,
        .failure_facts = end->failure_facts,
    });
}

/* ---- What is held -------------------------------------------------------------------------- */

/* Writes what is held of a zone as it is, if there is something. */
static bool let_out(struct report_sync *report, const struct zone *zone, struct err *err)
{
    size_t length;
    if (!report_held_has(&report->held, zone))
        return true;
    char *text = report_held_take(&report->held, zone, &length, err);
    bool good = text != NULL && write_text(report, text, length, err);
    free(text);
    return good;
}

/* A process that stays does without what the command will have come to. Why is told once. */
static bool write_instead(struct report_sync *report, const char *text, size_t length,
                          const struct err *why, struct err *err)
{
    bool is_news = !report->spool_fails;
    report->spool_fails = true;
    return write_text(report, text, length, err) &&
           (!is_news || err_set(err, why->kind, "%s", why->text));
}

/* Takes the object, and puts it into the temporary file. */
static bool hold_object(struct report_sync *report, json_t *object, const struct zone *zone,
                        struct err *err)
{
    size_t length = 0;
    struct err failure = {.kind = ERR_NONE};
    char *text = object != NULL ? report_line(object, &length) : NULL;
    json_decref(object);
    if (text == NULL)
        return no_memory(err);
    bool good = report_held_put(&report->held, zone, text, length, &failure);
    report->spool_fails = report->spool_fails && !good;
    if (!good && report->stays && failure.kind == ERR_TEMPORARY)
        good = write_instead(report, text, length, &failure, err);
    else if (!good)
        err_set(err, failure.kind, "%s", failure.text);
    free(text);
    return good;
}

bool report_sync_zone(struct report_sync *report, const struct zone_end *end, struct err *err)
{
    const struct zone *zone = end->zone;
    if (!is_active(report))
        return true;
    struct report_sync_log **log = find_log(report, zone);
    json_t *object = zone_object(end, *log != NULL ? &(*log)->log : NULL);
    free_log(log);
    bool good = checked(report, let_out(report, zone, err));
    if (!is_active(report)) {
        json_decref(object);
        return good;
    }
    return checked(report, end->has_command ? hold_object(report, object, zone, err)
                                            : write_object(report, object, err)) &&
           good;
}

bool report_sync_forget(struct report_sync *report, const struct zone *zone, struct err *err)
{
    report_sync_pass(report, zone);
    return !is_active(report) || checked(report, let_out(report, zone, err));
}

/* Puts into an object what the command has changed in it. */
static void put_command(struct report_object *o, const struct zone *zone,
                        const struct zone_command *command)
{
    bool failed = command->failure != ERR_NONE;
    report_put(o, "hooks", report_hook_list(command));
    report_put(o, "result", json_string(report_result(zone->exit)));
    report_put(o, "exit", json_integer(zone->exit));
    if (!failed || !json_is_null(json_object_get(o->json, "message")))
        return;
    report_put(o, "message", report_text(command->message));
    report_put(o, "hint", report_text(err_hint(command->failure, 0)));
}

static bool write_with_command(struct report_sync *report, const struct zone *zone,
                               const struct zone_command *command, struct err *err)
{
    size_t length;
    char *text = report_held_take(&report->held, zone, &length, err);
    if (text == NULL)
        return false;
    struct report_object o = {.json = json_loadb(text, length, 0, NULL)};
    free(text);
    if (o.json == NULL || jsonmem_failed()) {
        json_decref(o.json);
        return no_memory(err);
    }
    put_command(&o, zone, command);
    return write_object(report, report_close(&o), err);
}

bool report_sync_command(struct report_sync *report, const struct zone *zone,
                         const struct zone_command *command, struct err *err)
{
    return !is_active(report) || !report_held_has(&report->held, zone) ||
           checked(report, write_with_command(report, zone, command, err));
}

static bool write_held(struct report_sync *report, struct err *err)
{
    size_t count;
    const struct zone **zones = report_held_zones(&report->held, &count, err);
    bool good = zones != NULL;
    for (size_t i = 0; zones != NULL && i < count && (good || report->stays); i++)
        good = let_out(report, zones[i], err) && good;
    free(zones);
    return good;
}

/* ---- The summary --------------------------------------------------------------------------- */

static json_t *states_json(const struct sync_summary *summary)
{
    struct report_object o = report_object();
    for (unsigned state = ZONE_NEW; state < ZONE_STATES; state++)
        report_put(&o, report_state_name(state_of(&(struct zone){.state = (uint8_t)state})),
                   json_integer((json_int_t)summary->by_state[state]));
    return report_close(&o);
}

static json_t *results_json(const struct sync_summary *summary)
{
    struct report_object o = report_object();
    const char *slug, *meaning;
    enum err_class class;
    for (size_t i = 0; (slug = err_class_slug(i, &class, &meaning)) != NULL; i++)
        if (class != ERR_CLASS_PARTIAL) /* no zone can be that */
            report_put(&o, slug, json_integer((json_int_t)summary->by_result[class]));
    report_put(&o, "signal", json_integer((json_int_t)summary->by_result[SYNC_SIGNAL]));
    return report_close(&o);
}

static json_t *server_json(const struct sync_server *server)
{
    struct report_object o = report_object();
    report_put(&o, "server", report_text(server->server));
    report_put(&o, "address", report_text(server->address));
    report_put(&o, "connections", json_integer((json_int_t)server->connections));
    report_put(&o, "questions", json_integer((json_int_t)server->questions));
    report_put(&o, "transfers", json_integer((json_int_t)server->transfers));
    report_put(&o, "failures", json_integer((json_int_t)server->failures));
    report_put(&o, "least_window", json_integer((json_int_t)server->least_window));
    return report_close(&o);
}

static json_t *catalog_json(const struct sync_catalog *catalog)
{
    static const char *const used[] = {
        [SYNC_USED_NONE] = NULL, [SYNC_USED_KEPT] = "kept", [SYNC_USED_NEW] = "new"};
    bool failed = catalog->failure != ERR_NONE, has_members = catalog->used != SYNC_USED_NONE;
    struct name_string name;
    struct report_object o = report_object();
    report_put(&o, "name", json_string(name_string(&name, catalog->name)));
    report_put(&o, "serial", report_number(catalog->has_serial, catalog->serial));
    report_put(&o, "members", report_number(has_members, catalog->members));
    report_put(&o, "used", report_text(used[catalog->used]));
    report_put(&o, "error", report_text(failed ? catalog->error : NULL));
    return report_close(&o);
}

static json_t *servers_json(const struct sync_summary *summary)
{
    struct report_list list = report_list();
    for (size_t i = 0; i < summary->server_count; i++)
        report_append(&list, server_json(&summary->servers[i]));
    return report_list_close(&list);
}

static json_t *catalogs_json(const struct sync_summary *summary)
{
    struct report_list list = report_list();
    for (size_t i = 0; i < summary->catalog_count; i++)
        report_append(&list, catalog_json(&summary->catalogs[i]));
    return report_list_close(&list);
}

static json_t *shard_json(const struct sync_summary *summary)
{
    char text[32];
    if (!summary->has_shard)
        return json_null();
    snprintf(text, sizeof text, "%" PRIu32 "/%" PRIu32, summary->shard, summary->shards);
    return json_string(text);
}

static void put_figures(struct report_object *o, const struct sync_summary *summary)
{
    bool known = summary->has_zones;
    report_put(o, "zones", report_number(known, summary->zones));
    report_put(o, "by_state", known ? states_json(summary) : json_null());
    report_put(o, "by_result", known ? results_json(summary) : json_null());
    report_put(o, "without_file", report_number(known, summary->without_file));
    report_put(o, "unlisted", report_number(summary->has_unlisted, summary->unlisted));
    report_put(o, "invalid_lines", json_integer((json_int_t)summary->invalid_lines));
    report_put(o, "hooks_pending", report_number(known, summary->hooks_pending));
    report_put(o, "records", json_integer((json_int_t)summary->records));
    report_put(o, "octets", json_integer((json_int_t)summary->octets));
}

static json_t *summary_json(const struct sync_summary *summary)
{
    uint64_t took = summary->ended > summary->started ? summary->ended - summary->started : 0;
    struct report_object o = report_object();
    report_put(&o, "event", json_string("summary"));
    report_put(&o, "version", json_string(ZXFR_VERSION));
    report_put(&o, "started", report_time(summary->started));
    report_put(&o, "ended", report_time(summary->ended));
    report_put(&o, "seconds", json_real((double)took / SECOND));
    report_put(&o, "result", json_string(report_result(summary->exit)));
    report_put(&o, "exit", json_integer(summary->exit));
    report_put(&o, "message", report_text(summary->message));
    report_put(&o, "interrupted", json_boolean(summary->interrupted != 0));
    report_put(&o, "shard", shard_json(summary));
    put_figures(&o, summary);
    report_put(&o, "servers", servers_json(summary));
    report_put(&o, "catalogs", catalogs_json(summary));
    return report_close(&o);
}

/* An outage that the process does not outlive is told with what it has cost. */
static bool check_outage(const struct report_sync *report, struct err *err)
{
    return !report->lines.fails || report->broken_pipe ||
           err_set(err, ERR_OUTPUT, "%.400s: the last %" PRIu64 " lines could not be written",
                   report->out.name, report->lines.dropped);
}

static bool write_end(struct report_sync *report, const struct sync_summary *summary,
                      struct err *err)
{
    bool good = !is_active(report) || write_held(report, err);
    if (!good && !report->stays)
        return false;
    return (!is_active(report) || write_object(report, summary_json(summary), err)) && good &&
           check_outage(report, err);
}

bool report_sync_close(struct report_sync *report, const struct sync_summary *summary,
                       struct err *err)
{
    enum outfile_result result;
    if (!report->is_open)
        return true;
    bool good = write_end(report, summary, err);
    report->is_open = false;
    if (good && !report->failed && !report->broken_pipe)
        return outfile_commit(&report->out, &result, err);
    outfile_abort(&report->out);
    return good;
}

void report_sync_fini(struct report_sync *report)
{
    if (report->is_open)
        outfile_abort(&report->out);
    report->is_open = false;
    report_held_fini(&report->held);
    for (size_t i = 0; i < REPORT_SYNC_LOGS; i++)
        while (report->logs[i] != NULL)
            free_log(&report->logs[i]);
}
