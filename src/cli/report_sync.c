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

/* A number of a row, whose bits are all as good as each other. */
static size_t hash_row(const struct zone *zone)
{
    return (size_t)(((uint64_t)(uintptr_t)zone * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

static struct report_sync_log **find_log(struct report_sync *report, const struct zone *zone)
{
    struct report_sync_log **at = &report->logs[hash_row(zone) % REPORT_SYNC_LOGS];
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

static struct report_held **bucket_of(const struct report_sync *report, const struct zone *zone)
{
    return &report->held[hash_row(zone) & (report->held_room - 1)];
}

/* Where it is, or would be; NULL: nothing was ever held. */
static struct report_held **find_held(const struct report_sync *report, const struct zone *zone)
{
    if (report->held_room == 0)
        return NULL;
    struct report_held **at = bucket_of(report, zone);
    while (*at != NULL && (*at)->zone != zone)
        at = &(*at)->next;
    return at;
}

static bool is_held(const struct report_sync *report, const struct zone *zone)
{
    struct report_held **at = find_held(report, zone);
    return at != NULL && *at != NULL;
}

/* Makes room for one more. */
static bool grow_held(struct report_sync *report, struct err *err)
{
    size_t old_room = report->held_room, room = old_room > 0 ? 2 * old_room : 64;
    struct report_held **old = report->held;
    if (report->held_count < old_room)
        return true;
    struct report_held **table = calloc(room, sizeof(void *));
    if (table == NULL)
        return no_memory(err);
    report->held = table;
    report->held_room = room;
    for (size_t i = 0; i < old_room; i++)
        for (struct report_held *held = old[i], *next; held != NULL; held = next) {
            struct report_held **at = bucket_of(report, held->zone);
            next = held->next;
            held->next = *at;
            *at = held;
        }
    free(old);
    return true;
}

static bool write_at(struct report_sync *report, const char *text, size_t length, uint64_t at,
                     struct err *err)
{
    for (size_t done = 0; done < length;) {
        ssize_t n = pwrite(report->spool, text + done, length - done, (off_t)(at + done));
        if (n < 0 && errno != EINTR)
            return spool_failed("write", err);
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* Gives the line that is held, to be freed. */
static char *read_held(const struct report_sync *report, const struct report_held *held,
                       struct err *err)
{
    char *text = malloc(held->length);
    if (text == NULL) {
        no_memory(err);
        return NULL;
    }
    for (size_t done = 0; done < held->length;) {
        ssize_t n =
            pread(report->spool, text + done, held->length - done, (off_t)(held->at + done));
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
    return text;
}

static void drop_held(struct report_sync *report, struct report_held **at)
{
    struct report_held *held = *at;
    *at = held->next;
    report->unused += held->length;
    report->held_count--;
    free(held);
    /* What a truncation leaves is only space. */
    if (report->held_count == 0 && ftruncate(report->spool, 0) == 0)
        report->spooled = report->unused = 0;
}

/* Gives the line that is held, to be freed, and forgets it. */
static char *take_held(struct report_sync *report, struct report_held **at, size_t *length,
                       struct err *err)
{
    char *text = read_held(report, *at, err);
    *length = (*at)->length;
    drop_held(report, at);
    return text;
}

static int by_place(const void *a, const void *b)
{
    const struct report_held *const *left = a, *const *right = b;
    return ((*left)->at > (*right)->at) - ((*left)->at < (*right)->at);
}

static int by_list(const void *a, const void *b)
{
    const struct report_held *const *left = a, *const *right = b;
    uint32_t l = (*left)->zone->index, r = (*right)->zone->index;
    return (l > r) - (l < r);
}

/* All that is held, in this order, to be freed. */
static struct report_held **sort_held(const struct report_sync *report,
                                      int (*compare)(const void *, const void *), struct err *err)
{
    struct report_held **all = malloc((report->held_count + 1) * sizeof(void *));
    size_t count = 0;
    if (all == NULL) {
        no_memory(err);
        return NULL;
    }
    for (size_t i = 0; i < report->held_room; i++)
        for (struct report_held *held = report->held[i]; held != NULL; held = held->next)
            all[count++] = held;
    qsort(all, count, sizeof(void *), compare);
    return all;
}

/* Copies what is held to another file, one after the other. */
static bool copy_held(struct report_sync *report, struct report_held **all,
                      struct report_sync *packed, struct err *err)
{
    for (size_t i = 0; i < report->held_count; i++) {
        char *text = read_held(report, all[i], err);
        bool good = text != NULL && write_at(packed, text, all[i]->length, packed->spooled, err);
        packed->spooled += all[i]->length;
        free(text);
        if (!good)
            return false;
    }
    return true;
}

static void take_packed(struct report_sync *report, struct report_held **all,
                        struct report_sync *packed)
{
    uint64_t at = 0;
    for (size_t i = 0; i < report->held_count; i++) {
        all[i]->at = at;
        at += all[i]->length;
    }
    int old = report->spool;
    report->spool = packed->spool;
    report->spooled = packed->spooled;
    packed->spool = old;
}

/* Where too much of the temporary file is of no use any more another one takes its place. If there
 * can be none, that is tried again when as much has been lost once more. */
static void pack(struct report_sync *report)
{
    struct err ignored = {.kind = ERR_NONE};
    uint64_t used = report->spooled - report->unused;
    if (report->unused < used + REPORT_SYNC_WASTE)
        return;
    struct report_held **all = sort_held(report, by_place, &ignored);
    struct report_sync packed = {.spool = all != NULL ? spool_open(&ignored) : -1};
    if (packed.spool >= 0 && copy_held(report, all, &packed, &ignored))
        take_packed(report, all, &packed);
    if (packed.spool >= 0)
        close(packed.spool);
    report->unused = 0;
    free(all);
}

static bool hold_text(struct report_sync *report, const char *text, size_t length,
                      const struct zone *zone, struct err *err)
{
    struct report_held *held = malloc(sizeof *held);
    if (held == NULL)
        return no_memory(err);
    pack(report);
    bool good = grow_held(report, err) &&
                (report->spool >= 0 || (report->spool = spool_open(err)) >= 0) &&
                write_at(report, text, length, report->spooled, err);
    if (!good) {
        free(held);
        return false;
    }
    struct report_held **at = bucket_of(report, zone);
    *held = (struct report_held){zone, report->spooled, length, *at};
    *at = held;
    report->held_count++;
    report->spooled += length;
    return true;
}

/* Writes what is held of a zone as it is, if there is something. */
static bool let_out(struct report_sync *report, const struct zone *zone, struct err *err)
{
    size_t length;
    if (!is_held(report, zone))
        return true;
    char *text = take_held(report, find_held(report, zone), &length, err);
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
    bool good = hold_text(report, text, length, zone, &failure);
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
    char *text = take_held(report, find_held(report, zone), &length, err);
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
    return !is_active(report) || !is_held(report, zone) ||
           checked(report, write_with_command(report, zone, command, err));
}

static bool write_held(struct report_sync *report, struct err *err)
{
    size_t count = report->held_count;
    if (count == 0)
        return true;
    struct report_held **all = sort_held(report, by_list, err);
    bool good = all != NULL;
    for (size_t i = 0; all != NULL && i < count && (good || report->stays); i++)
        good = let_out(report, all[i]->zone, err) && good;
    free(all);
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
    if (report->spool >= 0)
        close(report->spool);
    report->spool = -1;
    for (size_t i = 0; i < report->held_room; i++)
        while (report->held[i] != NULL) {
            struct report_held *held = report->held[i];
            report->held[i] = held->next;
            free(held);
        }
    free(report->held);
    report->held = NULL;
    report->held_room = report->held_count = 0;
    for (size_t i = 0; i < REPORT_SYNC_LOGS; i++)
        while (report->logs[i] != NULL)
            free_log(&report->logs[i]);
}
