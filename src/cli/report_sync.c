#include "cli/report_sync.h"

#include "cli/jsonmem.h"
#include "cli/report_json.h"
#include "cli/report_zone.h"
#include "io/spool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECOND = 1000000 };

/* ---- The output ---------------------------------------------------------------------------- */

void report_sync_init(struct report_sync *report)
{
    *report = (struct report_sync){.spool = -1};
}

bool report_sync_open(struct report_sync *report, const char *path, mode_t new_mode,
                      const struct loop *loop, struct err *err)
{
    const struct outfile_options options = {.path = strcmp(path, "-") != 0 ? path : NULL,
                                            .straight = true,
                                            .new_mode = new_mode,
                                            .sets_mode = true};
    jsonmem_watch(); /* what is held is parsed */
    report->is_open = outfile_open(&report->out, &options, loop, LOOP_NEVER, err);
    return report->is_open;
}

static bool is_active(const struct report_sync *report)
{
    return report->is_open && !report->failed && !report->broken_pipe;
}

static bool no_memory(struct err *err)
{
    return err_set(err, ERR_MEMORY, "no memory for the report");
}

/* Remembers that something has failed. */
static bool checked(struct report_sync *report, bool good)
{
    report->failed = report->failed || !good;
    return good;
}

static bool write_text(struct report_sync *report, const char *text, size_t length, struct err *err)
{
    struct err failure = {.kind = ERR_NONE};
    if (outfile_write(&report->out, text, length, &failure))
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

static struct report_sync_log **find_log(struct report_sync *report, uint32_t index)
{
    struct report_sync_log **at = &report->logs[index % REPORT_SYNC_LOGS];
    while (*at != NULL && (*at)->index != index)
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
    struct report_sync_log **at = find_log(report, zone->index);
    if (*at == NULL) {
        *at = calloc(1, sizeof **at);
        if (*at == NULL)
            return checked(report, no_memory(err));
        (*at)->index = zone->index;
        report_log_init(&(*at)->log, NULL);
    }
    report_log_keep(&(*at)->log, fact);
    return true;
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

/* Makes room for what is held of the zone with this index. */
static bool make_room(struct report_sync *report, uint32_t index, struct err *err)
{
    size_t room = report->held_room > 0 ? report->held_room : 64;
    while (room <= index)
        room *= 2;
    if (room == report->held_room)
        return true;
    struct report_held *held = realloc(report->held, room * sizeof *held);
    if (held == NULL)
        return no_memory(err);
    memset(held + report->held_room, 0, (room - report->held_room) * sizeof *held);
    report->held = held;
    report->held_room = room;
    return true;
}

/* Takes the object, and puts it into the temporary file. */
static bool hold_object(struct report_sync *report, json_t *object, uint32_t index, struct err *err)
{
    size_t length = 0;
    char *text = object != NULL ? report_line(object, &length) : NULL;
    json_decref(object);
    if (text == NULL)
        return no_memory(err);
    bool good = make_room(report, index, err);
    if (good && report->spool < 0)
        good = (report->spool = spool_open(err)) >= 0;
    for (size_t done = 0; good && done < length;) {
        ssize_t n =
            pwrite(report->spool, text + done, length - done, (off_t)(report->spooled + done));
        if (n < 0 && errno != EINTR)
            good = spool_failed("write", err);
        done += n > 0 ? (size_t)n : 0;
    }
    free(text);
    if (good)
        report->held[index] = (struct report_held){.at = report->spooled, .length = length};
    report->spooled += length;
    return good;
}

bool report_sync_zone(struct report_sync *report, const struct zone_end *end, struct err *err)
{
    if (!is_active(report))
        return true;
    struct report_sync_log **log = find_log(report, end->zone->index);
    json_t *object = zone_object(end, *log != NULL ? &(*log)->log : NULL);
    free_log(log);
    return checked(report, end->has_command ? hold_object(report, object, end->zone->index, err)
                                               : write_object(report, object, err));
}

/* ---- What was held ------------------------------------------------------------------------- */

static bool is_held(const struct report_sync *report, size_t index)
{
    return index < report->held_room && report->held[index].length > 0;
}

/* Gives the line that is held, to be freed, and forgets it. */
static char *take_held(struct report_sync *report, size_t index, size_t *length, struct err *err)
{
    struct report_held *held = &report->held[index];
    char *text = malloc(held->length);
    *length = held->length;
    if (text == NULL) {
        no_memory(err);
        return NULL;
    }
    for (size_t done = 0; done < *length;) {
        ssize_t n = pread(report->spool, text + done, *length - done, (off_t)(held->at + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n == 0 ? EIO : errno;
            spool_failed("read", err);
            free(text);
            return NULL;
        }
        done += (size_t)n;
    }
    held->length = 0;
    return text;
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
    char *text = take_held(report, zone->index, &length, err);
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
    return !is_active(report) || !is_held(report, zone->index) ||
           checked(report, write_with_command(report, zone, command, err));
}

static bool write_held(struct report_sync *report, struct err *err)
{
    for (size_t i = 0; i < report->held_room; i++) {
        size_t length;
        if (!is_held(report, i))
            continue;
        char *text = take_held(report, i, &length, err);
        bool good = text != NULL && write_text(report, text, length, err);
        free(text);
        if (!good)
            return false;
    }
    return true;
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

bool report_sync_close(struct report_sync *report, const struct sync_summary *summary,
                       struct err *err)
{
    enum outfile_result result;
    if (!report->is_open)
        return true;
    bool good = !is_active(report) ||
                (write_held(report, err) &&
                 (!is_active(report) || write_object(report, summary_json(summary), err)));
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
    if (report->spool >= 0)
        close(report->spool);
    report->spool = -1;
    free(report->held);
    report->held = NULL;
    report->held_room = 0;
    for (size_t i = 0; i < REPORT_SYNC_LOGS; i++)
        while (report->logs[i] != NULL)
            free_log(&report->logs[i]);
}
