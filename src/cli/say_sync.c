#include "cli/say_sync.h"

#include "cli/say.h"
#include "job/orders.h"

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
        say("%s: %" PRIu64 " line%s could not be written", sync->out.name, lost, plural(lost));
    if (good || sync->broken_pipe)
        return true;
    if (failure.kind == ERR_INTERRUPTED)
        return err_set(err, failure.kind, "%s", failure.text);
    say("%s; lines are left out", failure.text);
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

/* A failure of a zone. */
struct failure {
    const char *server, *address, *text; /* the first two may be empty */
    enum err_kind kind;
    unsigned facts;
    bool by_name, is_current;
};

static uint32_t mix(uint32_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = (hash ^ (uint8_t)*text) * 16777619;
    return hash * 16777619;
}

/* FNV-1a. */
static uint32_t hash_failure(const struct failure *failure)
{
    uint32_t hash = 2166136261u ^ (uint32_t)failure->kind ^ (failure->is_current ? 1u << 31 : 0);
    hash = mix(mix(mix(hash, failure->server), failure->address), failure->text);
    return hash ^ hash >> 16;
}

/* What servers say is part of it, and can make one bucket long, but not longer than
 * SAY_SYNC_GROUPS. */
static uint32_t bucket_of(const struct failure *failure)
{
    return hash_failure(failure) % SAY_SYNC_BUCKETS;
}

static bool is_same(const struct failure *a, const struct failure *b)
{
    return a->kind == b->kind && a->is_current == b->is_current && strcmp(a->text, b->text) == 0 &&
           strcmp(a->server, b->server) == 0 && strcmp(a->address, b->address) == 0;
}

static const char *server_of(const struct say_sync *sync, const struct say_sync_group *group)
{
    return (const char *)sync->arena.base + group->words;
}

static const char *after(const char *text)
{
    return text + strlen(text) + 1;
}

static bool is_of(const struct say_sync *sync, const struct say_sync_group *group,
                  const struct failure *failure)
{
    const char *server = server_of(sync, group), *address = after(server), *text = after(address);
    const struct failure of = {.server = server,
                               .address = address,
                               .text = text,
                               .kind = group->kind,
                               .is_current = group->is_current};
    return is_same(&of, failure);
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

/* Keeps the first zones in list order: they end in any. */
static void add_name(struct say_sync_group *group, const struct zone *zone)
{
    size_t most = group->count < SAY_SYNC_NAMES ? (size_t)group->count : SAY_SYNC_NAMES;
    size_t at = most;
    while (at > 0 && group->first[at - 1]->index > zone->index)
        at--;
    if (at == SAY_SYNC_NAMES)
        return;
    size_t move = (most < SAY_SYNC_NAMES ? most : SAY_SYNC_NAMES - 1) - at;
    memmove(&group->first[at + 1], &group->first[at], move * sizeof(void *));
    group->first[at] = zone;
}

static void add_failure(struct say_sync *sync, const struct zone *zone,
                        const struct failure *failure)
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
    add_name(group, zone);
    group->last = zone;
    group->count++;
}

static bool is_failed(const struct zone *zone)
{
    return zone->state == ZONE_KEPT || zone->state == ZONE_MISSING;
}

/* With --allow-older a server that has an older zone is what was expected. */
static bool is_expected(const struct say_sync *sync, const struct zone_end *end,
                        const struct attempt *attempt)
{
    const struct orders *orders = end->zone->orders;
    return attempt->kind == ERR_SERIAL_OLDER && orders != NULL && orders->allow_older &&
           !is_failed(end->zone) && sync->words.verbose == 0;
}

static size_t count_attempts(const struct zone_end *end)
{
    return end->attempts != NULL ? attempts_kept(end->attempts) : 0;
}

/* Sets *failure to an attempt that has failed, where that is to be told. */
static bool read_attempt(const struct say_sync *sync, const struct zone_end *end, size_t at,
                         struct failure *failure)
{
    const struct attempt *attempt = &end->attempts->list[at];
    *failure = (struct failure){.server = attempt->server,
                                .address = attempt->address,
                                .text = attempt->text,
                                .kind = attempt->kind,
                                .facts = attempt->facts,
                                .by_name = attempt->by_name,
                                .is_current = !is_failed(end->zone)};
    return attempt->kind != ERR_NONE && !is_expected(sync, end, attempt);
}

/* Whether the failure of the zone is one of the attempts. */
static bool is_there(const struct say_sync *sync, const struct zone_end *end)
{
    struct failure failure;
    for (size_t i = 0; i < count_attempts(end); i++)
        if (read_attempt(sync, end, i, &failure) && end->failure == failure.kind &&
            end->message != NULL && strcmp(end->message, failure.text) == 0)
            return true;
    return false;
}

/* Goes through what has failed: *at is 0 at first. Returns false at the end. */
static bool next_failure(const struct say_sync *sync, const struct zone_end *end, size_t *at,
                         struct failure *failure)
{
    size_t attempts = count_attempts(end);
    while (*at < attempts)
        if (read_attempt(sync, end, (*at)++, failure))
            return true;
    if ((*at)++ > attempts || end->failure == ERR_NONE || is_there(sync, end))
        return false;
    *failure = (struct failure){.server = end->server != NULL ? end->server : "",
                                .address = end->address != NULL ? end->address : "",
                                .text = end->message != NULL ? end->message : "failed",
                                .kind = end->failure,
                                .facts = end->failure_facts,
                                .by_name = end->by_name};
    return true;
}

static void add_end(struct say_sync *sync, const struct zone_end *end)
{
    struct failure failure;
    for (size_t at = 0; next_failure(sync, end, &at, &failure);)
        add_failure(sync, end->zone, &failure);
}

static bool put_line(struct say_sync *sync, const struct zone_end *end, struct err *err)
{
    bool has_changed = end->zone->state == ZONE_NEW || end->zone->state == ZONE_UPDATED;
    if (!sync->is_open || sync->failed || sync->broken_pipe || !has_changed)
        return true;
    return checked(sync, write_line(sync, end, err));
}

bool say_sync_zone(struct say_sync *sync, const struct zone_end *end, struct err *err)
{
    add_end(sync, end);
    return put_line(sync, end, err);
}

/* ---- In a process that stays --------------------------------------------------------------- */

/* Whether an earlier one of the same zone says the same: servers may be asked several times. */
static bool is_repeated(const struct say_sync *sync, const struct zone_end *end, size_t before,
                        const struct failure *failure)
{
    struct failure earlier;
    for (size_t at = 0; next_failure(sync, end, &at, &earlier) && at < before;)
        if (is_same(&earlier, failure))
            return true;
    return false;
}

/* A hash that is not 0, and says whether the zone has failed. */
static uint32_t as_told(uint32_t hash, bool fails)
{
    hash &= ~SAY_SYNC_FAILED;
    return (hash != 0 ? hash : 1) | (fails ? SAY_SYNC_FAILED : 0);
}

uint32_t say_sync_hash(const struct say_sync *sync, const struct zone_end *end)
{
    struct failure failure;
    uint32_t sum = 0;
    bool is_any = false;
    for (size_t at = 0; next_failure(sync, end, &at, &failure);) {
        is_any = true;
        if (!is_repeated(sync, end, at, &failure))
            sum += hash_failure(&failure) * 0x85ebca6b;
    }
    return is_any ? as_told(sum, end->failure != ERR_NONE || is_failed(end->zone)) : 0;
}

/* What is told of a zone beside failures. */
static void add_news(struct say_sync *sync, const struct zone *zone, const char *text)
{
    add_failure(sync, zone, &(struct failure){.server = "", .address = "", .text = text});
}

bool say_sync_look(struct say_sync *sync, const struct zone_end *end, struct say_sync_told *told,
                   bool had_expired, struct err *err)
{
    uint32_t hash = say_sync_hash(sync, end);
    bool had_failed = (told->look & SAY_SYNC_FAILED) != 0, fails = (hash & SAY_SYNC_FAILED) != 0;
    if (end->failure == ERR_INTERRUPTED)
        return put_line(sync, end, err);
    if (hash != 0 && hash != told->look)
        add_end(sync, end);
    if (!fails && (had_expired || (had_failed && sync->words.verbose > 0)))
        add_news(sync, end->zone, "current again");
    if (hash != 0 || had_failed)
        told->look = hash;
    return put_line(sync, end, err);
}

void say_sync_command(struct say_sync *sync, const struct zone *zone, const struct err *failure,
                      struct say_sync_told *told)
{
    const struct failure command = {.server = "",
                                    .address = "",
                                    .text = failure->text,
                                    .kind = failure->kind,
                                    .facts = failure->facts};
    uint32_t hash = failure->kind != ERR_NONE ? as_told(hash_failure(&command), true) : 0;
    if (failure->kind == ERR_INTERRUPTED)
        return;
    if (hash != 0 && hash != told->command)
        add_failure(sync, zone, &command);
    told->command = hash;
}

void say_sync_expired(struct say_sync *sync, const struct zone *zone)
{
    add_news(sync, zone, "expired: no server has confirmed it for as long as its SOA allows");
}

/* ---- Facts --------------------------------------------------------------------------------- */

/* How a fact is said in a run over many zones. */
enum manner {
    MANNER_NEVER = 0,
    MANNER_AS_IT_IS, /* it names the zone, or a file, or belongs to a connection */
    MANNER_OF_ZONE,  /* with the zone before it */
    MANNER_VERBOSE,  /* as it is, with --verbose */
    MANNER_VERBOSE_OF_ZONE,
};

static enum manner manner_of(enum fact_kind kind)
{
    static const uint8_t manners[] = {
        [FACT_WARNING] = MANNER_OF_ZONE,
        [FACT_NOTICE] = MANNER_OF_ZONE,
        [FACT_REMARK] = MANNER_OF_ZONE,
        [FACT_LOOKED_UP] = MANNER_AS_IT_IS,
        [FACT_SERVER_FOUND] = MANNER_AS_IT_IS,
        [FACT_CONNECTED] = MANNER_AS_IT_IS,
        [FACT_QUERY] = MANNER_OF_ZONE,
        [FACT_MESSAGE] = MANNER_OF_ZONE,
        [FACT_WITHOUT_EDNS] = MANNER_OF_ZONE,
        [FACT_GATES] = MANNER_OF_ZONE,
        [FACT_FINDING] = MANNER_OF_ZONE,
        [FACT_BEGUN] = MANNER_OF_ZONE,
        [FACT_PROGRESS] = MANNER_NEVER,
        [FACT_WHOLE_ZONE] = MANNER_OF_ZONE,
        [FACT_DISTRUST] = MANNER_OF_ZONE,
        [FACT_FAILED] = MANNER_VERBOSE_OF_ZONE, /* it is kept, and told at the end */
        [FACT_OLDER] = MANNER_OF_ZONE,
        [FACT_PAUSE] = MANNER_AS_IT_IS,
        [FACT_NO_TIME] = MANNER_VERBOSE,
        [FACT_TRANSFERRED] = MANNER_OF_ZONE,
        [FACT_WARNINGS] = MANNER_OF_ZONE,
        [FACT_AFTER_FAILURES] = MANNER_VERBOSE,
        [FACT_GAVE_UP] = MANNER_NEVER,
        [FACT_FILE_REPLACED] = MANNER_AS_IT_IS,
        [FACT_FILE_UNCHANGED] = MANNER_AS_IT_IS,
        [FACT_FILE_TOUCHED] = MANNER_AS_IT_IS,
        [FACT_COMMAND_WAITS] = MANNER_AS_IT_IS,
        [FACT_COMMAND_RUNS] = MANNER_AS_IT_IS,
        [FACT_COMMAND_ENDED] = MANNER_AS_IT_IS,
        [FACT_COMMAND_DONE] = MANNER_AS_IT_IS,
        [FACT_COMMAND_FAILED] =
            MANNER_NEVER, /* as FACT_FAILED, but with --verbose at the end, too */
        [FACT_SIDE_READ] = MANNER_NEVER,
        [FACT_SIDE_FAILED] = MANNER_NEVER,
    };
    return (enum manner)manners[kind];
}

/* A failure without a server names the zone itself. */
static bool names_zone(const struct fact *fact)
{
    return fact->kind == FACT_FAILED && fact->attempt->server[0] == '\0' && fact->found &&
           err_class(fact->attempt->kind) == ERR_CLASS_NETWORK;
}

void say_sync_fact(struct say_sync *sync, const struct zone *zone, const struct fact *fact)
{
    enum manner manner = manner_of(fact->kind);
    bool needs_verbose = manner == MANNER_VERBOSE || manner == MANNER_VERBOSE_OF_ZONE;
    bool is_of_zone = manner == MANNER_OF_ZONE || manner == MANNER_VERBOSE_OF_ZONE;
    struct name_string name;
    if (fact->kind == FACT_COMMAND_FAILED)
        add_failure(sync, zone,
                    &(struct failure){.server = "",
                                      .address = "",
                                      .text = fact->err->text,
                                      .kind = fact->err->kind,
                                      .facts = fact->err->facts});
    bool is_new = fact->kind == FACT_WHOLE_ZONE && !zone->has_file; /* what else than the whole */
    if (manner == MANNER_NEVER || is_new || (needs_verbose && sync->words.verbose == 0))
        return;
    if (is_of_zone && !names_zone(fact))
        say_about(sync_facts_name(&name, zone->name));
    sync->words.teller.tell(&sync->words.teller, fact);
    say_about(NULL);
}

/* ---- Progress ------------------------------------------------------------------------------ */

/* Octets, in units that people read. */
static const char *amount_text(char text[NUMBER_ROOM], uint64_t octets)
{
    bool is_small = octets < 100000;
    snprintf(text, NUMBER_ROOM, "%.1f %s", (double)octets / (is_small ? 1e3 : 1e6),
             is_small ? "kB" : "MB");
    return text;
}

void say_sync_progress(struct say_sync *sync, const struct say_sync_progress *progress,
                       uint64_t now)
{
    char rate[NUMBER_ROOM];
    if (!sync->has_progress || now < sync->next_progress)
        return;
    sync->next_progress = now + SAY_SYNC_PROGRESS_EVERY;
    say_progress("%" PRIu64 " of %" PRIu64 " zones, %" PRIu64 " failed, %" PRIu64
                 " transfers, %s/s",
                 progress->done, progress->all, progress->failed, progress->transfers,
                 amount_text(rate, progress->rate));
}

/* ---- The end ------------------------------------------------------------------------------- */

/* In list order of the first zone; of one zone in the order in which they were found. */
static int compare_groups(const void *a, const void *b)
{
    const struct say_sync_group *left = a, *right = b;
    uint32_t l = left->first[0]->index, r = right->first[0]->index;
    if (l != r)
        return l < r ? -1 : 1;
    return (left->words > right->words) - (left->words < right->words);
}

/* "SERVER (ADDRESS): ", or nothing. */
enum { WHO_ROOM = ATTEMPT_WHO_MAX + ADDRESS_TEXT_MAX + 8 };

static const char *who_text(char text[WHO_ROOM], const struct say_sync_group *group,
                            const char *server, const char *address)
{
    if (*server == '\0')
        *text = '\0';
    else if (*address != '\0' && group->by_name)
        snprintf(text, WHO_ROOM, "%.255s (%.63s): ", server, address);
    else
        snprintf(text, WHO_ROOM, "%.255s: ", server);
    return text;
}

/* The first zones, with commas between, as far as they fit; and dots where that is not all. */
enum { LIST_ROOM = NAME_TEXT_ROOM + 16 };

static const char *list_text(char text[LIST_ROOM], const struct say_sync_group *group)
{
    size_t used = 0, shown = 0;
    struct name_string name;
    while (shown < group->count && shown < SAY_SYNC_NAMES) {
        sync_facts_name(&name, group->first[shown]->name);
        if (used + strlen(name.text) + 8 > LIST_ROOM)
            break;
        used += (size_t)snprintf(text + used, LIST_ROOM - used, "%s%s", shown > 0 ? ", " : "",
                                 name.text);
        shown++;
    }
    if (shown < group->count)
        snprintf(text + used, LIST_ROOM - used, ", ...");
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

static void say_hint(struct say_sync *sync, const struct say_sync_group *group)
{
    const char *hint = err_hint(group->kind, group->facts);
    if (hint == NULL)
        return;
    size_t i = place_hint(sync, hint);
    bool is_told = sync->hints[i].text == hint &&
                   sync->now - sync->hints[i].at < (uint64_t)SAY_SYNC_HINT_AGAIN * SECOND;
    if (is_told)
        return;
    say("hint: %s", hint);
    sync->hints[i].text = hint;
    sync->hints[i].at = sync->now;
}

static void say_group(struct say_sync *sync, const struct say_sync_group *group)
{
    const char *server = server_of(sync, group), *address = after(server), *text = after(address);
    const char *current = group->is_current ? ", current all the same" : "";
    char who[WHO_ROOM], list[LIST_ROOM];
    who_text(who, group, server, address);
    if (sync->quiet && group->is_current)
        return;
    list_text(list, group);
    if (group->count == 1)
        say("%s: %s%s%s", list, who, text, group->is_current ? "; current all the same" : "");
    else
        say("%s%s; %" PRIu64 " zones%s: %s", who, text, group->count, current, list);
    if (!group->is_current)
        say_hint(sync, group);
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

void say_sync_tell(struct say_sync *sync, uint64_t now)
{
    sync->now = now;
    if (sync->group_count == 0 && sync->beyond == 0)
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
    char more[SUMMARY_ROOM] = "", octets[NUMBER_ROOM];
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
        plural(transfers), amount_text(octets, summary->octets),
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
