#include "cli/say_sync.h"

#include "cli/say.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 1 << 16, NUMBER_ROOM = 24, SECOND = 1000000 };

void say_sync_init(struct say_sync *sync, const struct settings *settings, bool has_lines,
                   bool has_progress)
{
    *sync = (struct say_sync){
        .quiet = settings->quiet,
        .has_lines = has_lines && !settings->quiet,
        .has_summary = settings->verbose > 0 || (!settings->quiet && isatty(STDERR_FILENO)),
        .has_progress = has_progress,
    };
    say_facts_init(&sync->words, settings, NULL);
}

/* ---- Standard output ----------------------------------------------------------------------- */

void say_sync_stay(struct say_sync *sync)
{
    sync->stays = true;
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* A failure is told here, for the process goes on; a signal is not. */
static bool write_staying(struct say_sync *sync, const void *octets, size_t length, struct err *err)
{
    struct err failure = {.kind = ERR_NONE};
    bool good = lines_write(&sync->written, &sync->out, octets, length, &failure);
    uint64_t lost = lines_lost(&sync->written);
    sync->broken_pipe = !good && sync->out.broken_pipe;
    if (lost > 0)
        say_error("%s: %" PRIu64 " line%s could not be written", sync->out.name, lost,
                  plural(lost));
    if (good || sync->broken_pipe)
        return true;
    if (failure.kind == ERR_INTERRUPTED)
        return err_set(err, failure.kind, "%s", failure.text);
    say_error("%s; lines are left out", failure.text);
    return true;
}

/* A reader that is gone ends the lines, and nothing else. */
static bool flush(void *context, const void *octets, size_t length, struct err *err)
{
    struct say_sync *sync = context;
    struct err failure = {.kind = ERR_NONE};
    if (sync->broken_pipe)
        return true;
    if (sync->stays)
        return write_staying(sync, octets, length, err);
    if (outfile_write(&sync->out, octets, length, &failure))
        return true;
    sync->broken_pipe = sync->out.broken_pipe;
    return sync->broken_pipe || err_set(err, failure.kind, "%s", failure.text);
}

bool say_sync_open(struct say_sync *sync, const struct loop *loop, struct err *err)
{
    const struct outfile_options options = {.path = NULL};
    if (!sync->has_lines)
        return true;
    if (!buf_init(&sync->lines, BUFFER, flush, sync, err))
        return false;
    sync->is_open = outfile_open(&sync->out, &options, loop, LOOP_NEVER, err);
    if (!sync->is_open)
        buf_fini(&sync->lines);
    return sync->is_open;
}

/* A number, or a hyphen for what is not known. */
static const char *number_text(char text[NUMBER_ROOM], bool is_known, uint64_t number)
{
    if (is_known)
        snprintf(text, NUMBER_ROOM, "%" PRIu64, number);
    else
        snprintf(text, NUMBER_ROOM, "-");
    return text;
}

size_t say_sync_line(char to[SAY_SYNC_LINE], const struct zone_end *end)
{
    const struct zone *zone = end->zone;
    char old[NUMBER_ROOM], new[NUMBER_ROOM], added[NUMBER_ROOM], deleted[NUMBER_ROOM];
    struct name_string name;
    int n = snprintf(
        to, SAY_SYNC_LINE, "%s %s %s added %s deleted %s %s\n", sync_facts_name(&name, zone->name),
        number_text(old, end->has_old_serial, end->old_serial),
        number_text(new, zone->has_serial, zone->serial),
        number_text(added, end->has_counts, end->added),
        number_text(deleted, end->has_counts, end->deleted), end->kind != NULL ? end->kind : "-");
    return (size_t)n;
}

static bool write_line(struct say_sync *sync, const struct zone_end *end, struct err *err)
{
    char line[SAY_SYNC_LINE];
    return buf_add(&sync->lines, line, say_sync_line(line, end), err);
}

/* Remembers that the lines could not be written. */
static bool checked(struct say_sync *sync, bool good)
{
    sync->failed = sync->failed || !good;
    return good;
}

bool say_sync_flush(struct say_sync *sync, struct err *err)
{
    if (!sync->is_open || sync->failed || sync->lines.length == 0)
        return true;
    say_progress_end(); /* both may be one terminal */
    return checked(sync, buf_drain(&sync->lines, err));
}

/* ---- What has failed ----------------------------------------------------------------------- */

/* What servers say is part of it, and can make one bucket long, but not longer than
 * SAY_SYNC_GROUPS. */
static uint32_t bucket_of(const struct failure *failure)
{
    return failures_hash(failure) % SAY_SYNC_BUCKETS;
}

static const char *after(const char *text)
{
    return text + strlen(text) + 1;
}

static struct failure failure_of(const struct say_sync *sync, const struct say_sync_group *group)
{
    const char *server = (const char *)sync->arena.base + group->words, *address = after(server);
    return (struct failure){.server = server,
                            .address = address,
                            .text = after(address),
                            .kind = group->kind,
                            .facts = group->facts,
                            .by_name = group->by_name,
                            .is_current = group->is_current};
}

static bool is_of(const struct say_sync *sync, const struct say_sync_group *group,
                  const struct failure *failure)
{
    const struct failure of = failure_of(sync, group);
    return failures_same(&of, failure);
}

static bool make_room(struct say_sync *sync)
{
    size_t room = sync->group_room > 0 ? 2 * sync->group_room : 16;
    if (sync->group_count < sync->group_room)
        return true;
    if (sync->group_count >= SAY_SYNC_GROUPS)
        return false;
    room = room < SAY_SYNC_GROUPS ? room : SAY_SYNC_GROUPS;
    struct say_sync_group *groups = realloc(sync->groups, room * sizeof *groups);
    if (groups == NULL)
        return false;
    sync->groups = groups;
    sync->group_room = room;
    return true;
}

/* Copies the words. Returns false without memory. */
static bool keep_words(struct say_sync *sync, const struct failure *failure)
{
    struct err ignored = {.kind = ERR_NONE};
    const char *const words[] = {failure->server, failure->address, failure->text};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i]) + 1;
        uint8_t *to = arena_reserve(&sync->arena, n, &ignored);
        if (to == NULL)
            return false;
        memcpy(to, words[i], n);
        sync->arena.length += n;
    }
    return true;
}

static struct say_sync_group *find_group(struct say_sync *sync, const struct failure *failure)
{
    uint32_t bucket = bucket_of(failure);
    for (uint32_t i = sync->buckets[bucket]; i != 0; i = sync->groups[i - 1].next)
        if (is_of(sync, &sync->groups[i - 1], failure))
            return &sync->groups[i - 1];
    size_t words = sync->arena.length;
    if (!make_room(sync) || !keep_words(sync, failure))
        return NULL;
    struct say_sync_group *group = &sync->groups[sync->group_count++];
    *group = (struct say_sync_group){.words = words,
                                     .kind = failure->kind,
                                     .facts = failure->facts,
                                     .by_name = failure->by_name,
                                     .is_current = failure->is_current,
                                     .next = sync->buckets[bucket]};
    sync->buckets[bucket] = (uint32_t)sync->group_count;
    return group;
}

void say_sync_keep(struct say_sync *sync, const struct zone *zone, const struct failure *failure)
{
    if (failure->kind == ERR_INTERRUPTED) /* the signal says it */
        return;
    struct say_sync_group *group = find_group(sync, failure);
    if (group == NULL) {
        sync->beyond += !failure->is_current;
        return;
    }
    if (group->last == zone) /* several attempts of one zone */
        return;
    zonenames_add(&group->zones, zone);
    group->last = zone;
}

/* With --verbose each attempt was told when it failed. */
static void add_end(struct say_sync *sync, const struct zone_end *end)
{
    bool is_verbose = sync->words.verbose > 0, are_told = is_verbose && !sync->quiet;
    struct failure failure;
    for (size_t at = are_told ? failures_attempts(end) : 0;
         failures_next(end, is_verbose, &at, &failure);)
        say_sync_keep(sync, end->zone, &failure);
}

bool say_sync_put(struct say_sync *sync, const struct zone_end *end, struct err *err)
{
    bool has_changed = end->zone->state == ZONE_NEW || end->zone->state == ZONE_UPDATED;
    if (!sync->is_open || sync->failed || sync->broken_pipe || !has_changed)
        return true;
    return checked(sync, write_line(sync, end, err));
}

bool say_sync_zone(struct say_sync *sync, const struct zone_end *end, struct err *err)
{
    add_end(sync, end);
    return say_sync_put(sync, end, err);
}

/* ---- Facts --------------------------------------------------------------------------------- */

/* When a fact is said in a run over many zones. */
enum manner { MANNER_ALWAYS = 0, MANNER_VERBOSE, MANNER_NEVER };

static bool is_said(const struct say_sync *sync, const struct zone *zone, enum fact_kind kind)
{
    static const uint8_t manners[FACT_SIDE_FAILED + 1] = {
        [FACT_PROGRESS] = MANNER_NEVER,
        [FACT_FAILED] = MANNER_VERBOSE, /* without it is told at the end, together with others */
        [FACT_NO_TIME] = MANNER_VERBOSE,
        [FACT_AFTER_FAILURES] = MANNER_VERBOSE,
        [FACT_GAVE_UP] = MANNER_NEVER,
        [FACT_COMMAND_FAILED] = MANNER_NEVER, /* it is told at the end */
        [FACT_SIDE_READ] = MANNER_NEVER,
        [FACT_SIDE_FAILED] = MANNER_NEVER,
    };
    if (kind == FACT_WHOLE_ZONE && !zone->has_file) /* what else than the whole */
        return false;
    return manners[kind] == MANNER_ALWAYS ||
           (manners[kind] == MANNER_VERBOSE && sync->words.verbose > 0);
}

void say_sync_fact(struct say_sync *sync, const struct zone *zone, const struct fact *fact)
{
    struct name_string name;
    if (fact->kind == FACT_COMMAND_FAILED)
        say_sync_keep(sync, zone,
                      &(struct failure){.server = "",
                                        .address = "",
                                        .text = fact->err->text,
                                        .kind = fact->err->kind,
                                        .facts = fact->err->facts});
    if (!is_said(sync, zone, fact->kind))
        return;
    sync->words.zone = sync_facts_name(&name, zone->name);
    sync->words.teller.tell(&sync->words.teller, fact);
    sync->words.zone = NULL;
}

/* ---- Progress ------------------------------------------------------------------------------ */

void say_sync_progress(struct say_sync *sync, const struct say_sync_progress *progress,
                       uint64_t now)
{
    char rate[SAY_AMOUNT];
    if (!sync->has_progress || now < sync->next_progress)
        return;
    sync->next_progress = now + SAY_SYNC_PROGRESS_EVERY;
    say_progress("%" PRIu64 " of %" PRIu64 " zones, %" PRIu64 " failed, %" PRIu64
                 " transfers, %s/s, %.0f s",
                 progress->done, progress->all, progress->failed, progress->transfers,
                 say_amount(rate, progress->rate), (double)progress->microseconds / SECOND);
}

/* ---- The end ------------------------------------------------------------------------------- */

/* In list order of the first zone; of one zone in the order in which they were found. */
static int compare_groups(const void *a, const void *b)
{
    const struct say_sync_group *left = a, *right = b;
    uint32_t l = left->zones.first[0]->index, r = right->zones.first[0]->index;
    if (l != r)
        return l < r ? -1 : 1;
    return (left->words > right->words) - (left->words < right->words);
}

const char *say_sync_who(char text[SAY_SYNC_WHO], const struct failure *failure)
{
    if (*failure->server == '\0')
        *text = '\0';
    else if (*failure->address != '\0' && failure->by_name)
        snprintf(text, SAY_SYNC_WHO, "%.255s (%.63s): ", failure->server, failure->address);
    else
        snprintf(text, SAY_SYNC_WHO, "%.255s: ", failure->server);
    return text;
}

/* Where a hint is kept: where it was, at a free place, or in place of the one that was told longest
 * ago. */
static size_t place_hint(struct say_sync *sync, const char *hint)
{
    size_t oldest = 0;
    for (size_t i = 0; i < sync->hint_count; i++) {
        if (sync->hints[i].text == hint)
            return i;
        if (sync->hints[i].at < sync->hints[oldest].at)
            oldest = i;
    }
    return sync->hint_count < SAY_SYNC_HINTS ? sync->hint_count++ : oldest;
}

void say_sync_hint(struct say_sync *sync, enum err_kind kind, unsigned facts, uint64_t now)
{
    const char *hint = err_hint(kind, facts);
    if (hint == NULL)
        return;
    size_t i = place_hint(sync, hint);
    bool is_told = sync->hints[i].text == hint &&
                   now - sync->hints[i].at < (uint64_t)SAY_SYNC_HINT_AGAIN * SECOND;
    if (is_told)
        return;
    say("hint: %s", hint);
    sync->hints[i].text = hint;
    sync->hints[i].at = now;
}

static void say_group(struct say_sync *sync, const struct say_sync_group *group)
{
    const struct failure of = failure_of(sync, group);
    const char *current = of.is_current ? ", current all the same" : "";
    char who[SAY_SYNC_WHO], list[ZONENAMES_ROOM];
    say_sync_who(who, &of);
    if (sync->quiet && of.is_current)
        return;
    zonenames_text(list, &group->zones);
    if (group->zones.count == 1)
        say_error("%s: %s%s%s", list, who, of.text, of.is_current ? "; current all the same" : "");
    else
        say_error("%s%s; %" PRIu64 " zones%s: %s", who, of.text, group->zones.count, current, list);
    if (!of.is_current)
        say_sync_hint(sync, of.kind, of.facts, sync->now);
}

static void say_failures(struct say_sync *sync)
{
    if (sync->group_count > 0)
        qsort(sync->groups, sync->group_count, sizeof *sync->groups, compare_groups);
    memset(sync->buckets, 0, sizeof sync->buckets); /* which numbered them */
    for (size_t i = 0; i < sync->group_count; i++)
        say_group(sync, &sync->groups[i]);
    if (sync->beyond > 0)
        say("... and %" PRIu64 " more failures of zones", sync->beyond);
}

static void forget_failures(struct say_sync *sync)
{
    arena_fini(&sync->arena);
    sync->arena = (struct arena){.base = NULL};
    free(sync->groups);
    sync->groups = NULL;
    sync->group_count = sync->group_room = 0;
    sync->beyond = 0;
}

bool say_sync_has_kept(const struct say_sync *sync)
{
    return sync->group_count > 0 || sync->beyond > 0;
}

void say_sync_tell(struct say_sync *sync, uint64_t now)
{
    sync->now = now;
    if (!say_sync_has_kept(sync))
        return;
    say_progress_end();
    say_failures(sync);
    forget_failures(sync);
}

static void say_catalogs(const struct say_sync *sync, const struct sync_summary *summary)
{
    struct name_string name;
    for (size_t i = 0; i < summary->catalog_count; i++) {
        const struct sync_catalog *catalog = &summary->catalogs[i];
        if (catalog->failure == ERR_NONE)
            continue;
        sync_facts_name(&name, catalog->name);
        if (catalog->used == SYNC_USED_NONE)
            say("catalog %s: there is no copy that could be used", name.text);
        else if (!sync->quiet)
            say("catalog %s: the copy that was kept is used, with %" PRIu64 " members", name.text,
                catalog->members);
    }
}

/* Appends ", N WHAT" where there is any. */
enum { SUMMARY_ROOM = 512 };

static void add_count(char text[SUMMARY_ROOM], uint64_t count, const char *what)
{
    size_t used = strlen(text);
    if (count > 0)
        snprintf(text + used, SUMMARY_ROOM - used, ", %" PRIu64 " %s", count, what);
}

static void say_summary(const struct sync_summary *summary)
{
    const uint64_t *states = summary->by_state;
    uint64_t failed = states[ZONE_KEPT] + states[ZONE_MISSING], connections = 0, transfers = 0;
    char more[SUMMARY_ROOM] = "", octets[SAY_AMOUNT];
    for (size_t i = 0; i < summary->server_count; i++) {
        connections += summary->servers[i].connections;
        transfers += summary->servers[i].transfers;
    }
    add_count(more, states[ZONE_WAITS], "not reached");
    add_count(more, summary->without_file, "without a file");
    add_count(more, summary->unlisted, "files without a zone");
    add_count(more, summary->invalid_lines, "lines left out");
    add_count(more, summary->hooks_pending, "commands due");
    say("%" PRIu64 " zone%s: %" PRIu64 " new, %" PRIu64 " updated, %" PRIu64 " unchanged, %" PRIu64
        " failed%s; %" PRIu64 " connection%s, %" PRIu64 " transfer%s, %s; %.1f s",
        summary->zones, plural(summary->zones), states[ZONE_NEW], states[ZONE_UPDATED],
        states[ZONE_UNCHANGED], failed, more, connections, plural(connections), transfers,
        plural(transfers), say_amount(octets, summary->octets),
        (double)(summary->ended - summary->started) / SECOND);
}

static bool close_output(struct say_sync *sync, struct err *err)
{
    enum outfile_result result;
    bool good = say_sync_flush(sync, err);
    if (!sync->is_open)
        return good;
    sync->is_open = false;
    buf_fini(&sync->lines);
    if (good && !sync->failed && !sync->broken_pipe)
        return checked(sync, outfile_commit(&sync->out, &result, err));
    outfile_abort(&sync->out);
    return good;
}

bool say_sync_close(struct say_sync *sync, const struct sync_summary *summary, struct err *err)
{
    bool good = close_output(sync, err);
    say_progress_end();
    say_failures(sync);
    say_catalogs(sync, summary);
    if (sync->has_summary && summary->has_zones)
        say_summary(summary);
    return good;
}

void say_sync_fini(struct say_sync *sync)
{
    if (sync->is_open) {
        buf_fini(&sync->lines);
        outfile_abort(&sync->out);
    }
    sync->is_open = false;
    forget_failures(sync);
    say_facts_fini(&sync->words);
}
