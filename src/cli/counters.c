#include "cli/counters.h"

#include "base/codec.h"
#include "base/dict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { NAME_ROOM = 320, KEY_ROOM = NAME_ROOM + ADDRESS_TEXT_MAX };

static const char OTHER[] = "other";

struct cell {
    uint8_t kind, result;
    uint64_t count;
};

/* What is counted of a server. */
struct tally {
    char *name;
    bool has_octets;
    uint64_t octets;
    struct cell *cells; /* none is 0 */
    size_t count;
};

/* How far the figures of an address were taken over. */
struct mark {
    struct tally *tally;
    uint64_t octets;
};

struct counters {
    uint64_t started;
    bool reloaded;
    uint64_t notifies[COUNTERS_NOTIFIES], refusals[GATES];
    uint64_t hooks[COUNTERS_HOOKS][SYNC_RESULTS];
    struct tally **tallies; /* in the order in which they came; the first is that of OTHER */
    size_t count, room;
    struct dict keys;  /* to tallies: names, and addresses of which the name is known */
    struct dict marks; /* by name and address */
    size_t series;     /* in all tallies but the first */
    uint64_t unmarked; /* octets of addresses without a mark, as of the last time */
};

/* ---- Tallies ------------------------------------------------------------------------------- */

static void free_tally(struct tally *tally)
{
    if (tally == NULL)
        return;
    free(tally->name);
    free(tally->cells);
    free(tally);
}

static bool make_room(struct counters *counters)
{
    size_t room = counters->room > 0 ? 2 * counters->room : 16;
    if (counters->count < counters->room)
        return true;
    struct tally **tallies = realloc(counters->tallies, room * sizeof(void *));
    if (tallies == NULL)
        return false;
    counters->tallies = tallies;
    counters->room = room;
    return true;
}

/* NULL without memory. */
static struct tally *add_tally(struct counters *counters, const char *name)
{
    struct err ignored = {.kind = ERR_NONE};
    struct tally *tally = calloc(1, sizeof *tally);
    if (tally == NULL)
        return NULL;
    tally->name = strdup(name);
    if (tally->name == NULL || !make_room(counters) ||
        !dict_add(&counters->keys, name, strlen(name), tally, &ignored)) {
        free_tally(tally);
        return NULL;
    }
    counters->tallies[counters->count++] = tally;
    return tally;
}

/* The tally of a name, or of an address of which the name is known or will be. */
static struct tally *tally_of(struct counters *counters, const char *key)
{
    struct tally *tally = dict_value(&counters->keys, key, strlen(key));
    if (tally == NULL && counters->series < COUNTERS_SERIES)
        tally = add_tally(counters, key);
    return tally != NULL ? tally : counters->tallies[0];
}

/* Whether another series may be had. */
static bool claim_series(struct counters *counters, const struct tally *tally)
{
    if (tally == counters->tallies[0])
        return true;
    if (counters->series >= COUNTERS_SERIES)
        return false;
    counters->series++;
    return true;
}

static struct cell *find_cell(const struct tally *tally, unsigned kind, unsigned result)
{
    for (size_t i = 0; i < tally->count; i++)
        if (tally->cells[i].kind == kind && tally->cells[i].result == result)
            return &tally->cells[i];
    return NULL;
}

static struct cell *make_cell(struct counters *counters, struct tally *tally, unsigned kind,
                              unsigned result)
{
    struct cell *cells = realloc(tally->cells, (tally->count + 1) * sizeof *cells);
    if (cells == NULL)
        return NULL;
    tally->cells = cells;
    if (!claim_series(counters, tally))
        return NULL;
    cells[tally->count] = (struct cell){.kind = (uint8_t)kind, .result = (uint8_t)result};
    return &cells[tally->count++];
}

static void count_in(struct counters *counters, struct tally *tally, unsigned kind, unsigned result,
                     uint64_t count)
{
    struct cell *cell = find_cell(tally, kind, result);
    if (cell == NULL)
        cell = make_cell(counters, tally, kind, result);
    if (cell == NULL && tally != counters->tallies[0])
        count_in(counters, counters->tallies[0], kind, result, count);
    if (cell != NULL)
        cell->count += count;
}

/* A label is UTF-8, whatever a server is called. */
static const char *as_name(char name[NAME_ROOM], const char *text)
{
    snprintf(name, NAME_ROOM, "%s", text);
    if (!codec_is_utf8(name, strlen(name)))
        codec_mask(name);
    return name;
}

/* ---- Transfers ----------------------------------------------------------------------------- */

static enum counters_kind kind_of(const struct attempt *attempt, const struct zone_end *end)
{
    bool is_good = attempt->kind == ERR_NONE;
    switch (attempt->answer) {
    case XFR_ZONE:
    case XFR_ZONE_STYLE:
    case XFR_INCREMENTAL:
        if (is_good && end->kind != NULL && strcmp(end->kind, "resigned") == 0)
            return COUNTERS_RESIGNED;
        return attempt->answer == XFR_ZONE         ? COUNTERS_AXFR
               : attempt->answer == XFR_ZONE_STYLE ? COUNTERS_AXFR_STYLE
                                                   : COUNTERS_IXFR;
    case XFR_UPTODATE:
        return COUNTERS_UPTODATE;
    case XFR_UNDECIDED:
    case XFR_OLDER:
    default:
        return COUNTERS_NONE;
    }
}

static void count_attempt(struct counters *counters, const struct attempt *attempt,
                          const struct zone_end *end)
{
    char name[NAME_ROOM];
    const char *key = attempt->address[0] != '\0' ? attempt->address : attempt->server;
    if (!attempt->asked_zone || attempt->kind == ERR_INTERRUPTED)
        return;
    count_in(counters, tally_of(counters, as_name(name, key)), kind_of(attempt, end),
             sync_facts_result((int)err_class(attempt->kind)), 1);
}

void counters_zone(struct counters *counters, const struct zone_end *end)
{
    const struct attempts *attempts = end->attempts;
    for (size_t i = 0; attempts != NULL && i < attempts_kept(attempts); i++)
        count_attempt(counters, &attempts->list[i], end);
}

/* ---- Octets -------------------------------------------------------------------------------- */

/* What was counted under an address belongs to its name, once that is known. */
static void take_over(struct counters *counters, struct tally *from, struct tally *to)
{
    size_t at = 0;
    counters->series -= from->count;
    for (size_t i = 0; i < from->count; i++)
        count_in(counters, to, from->cells[i].kind, from->cells[i].result, from->cells[i].count);
    while (counters->tallies[at] != from)
        at++;
    memmove(&counters->tallies[at], &counters->tallies[at + 1],
            (--counters->count - at) * sizeof(void *));
    free_tally(from);
}

/* From now on what comes from the address is the name's. Where it is that of another name already,
 * it stays so. */
static void learn(struct counters *counters, struct tally *tally, const char *address)
{
    struct err ignored = {.kind = ERR_NONE};
    size_t index;
    if (address[0] == '\0' || tally == counters->tallies[0])
        return;
    if (!dict_find(&counters->keys, address, strlen(address), &index)) {
        dict_add(&counters->keys, address, strlen(address), tally, &ignored);
        return;
    }
    struct tally *old = counters->keys.entries[index].value;
    if (old == tally || old->has_octets || strcmp(old->name, address) != 0)
        return;
    counters->keys.entries[index].value = tally;
    take_over(counters, old, tally);
}

/* The first time that an address is met; NULL: it cannot be kept in mind. */
static struct mark *add_mark(struct counters *counters, const char *key, size_t n, const char *name,
                             const char *address)
{
    struct err ignored = {.kind = ERR_NONE};
    struct mark *mark = counters->marks.count < COUNTERS_SERIES ? malloc(sizeof *mark) : NULL;
    struct tally *tally = mark != NULL ? tally_of(counters, name) : counters->tallies[0];
    if (tally == counters->tallies[0] || (!tally->has_octets && !claim_series(counters, tally)) ||
        !dict_add(&counters->marks, key, n, mark, &ignored)) {
        free(mark);
        return NULL;
    }
    *mark = (struct mark){.tally = tally};
    tally->has_octets = true;
    learn(counters, tally, address);
    return mark;
}

static struct mark *mark_of(struct counters *counters, const struct sync_server *server)
{
    char key[KEY_ROOM], name[NAME_ROOM];
    as_name(name, server->server);
    size_t n = (size_t)snprintf(key, sizeof key, "%s\n%s", name, server->address);
    struct mark *mark = dict_value(&counters->marks, key, n);
    return mark != NULL ? mark : add_mark(counters, key, n, name, server->address);
}

/* What has come since the last time; figures that are less than they were have begun anew. */
static uint64_t since(uint64_t *last, uint64_t now)
{
    uint64_t more = now >= *last ? now - *last : now;
    *last = now;
    return more;
}

void counters_servers(struct counters *counters, const struct sync_server *servers, size_t count)
{
    uint64_t unmarked = 0;
    bool has_unmarked = false;
    for (size_t i = 0; i < count; i++) {
        struct mark *mark = mark_of(counters, &servers[i]);
        if (mark != NULL)
            mark->tally->octets += since(&mark->octets, servers[i].octets);
        else
            unmarked += servers[i].octets;
        has_unmarked = has_unmarked || mark == NULL;
    }
    counters->tallies[0]->octets += since(&counters->unmarked, unmarked);
    counters->tallies[0]->has_octets = counters->tallies[0]->has_octets || has_unmarked;
}

bool counters_next(const struct counters *counters, size_t *at, struct counters_series *series)
{
    enum { STRIDE = COUNTERS_KINDS * SYNC_RESULTS + 1 };
    for (; *at / STRIDE < counters->count; *at += STRIDE - *at % STRIDE) {
        const struct tally *tally = counters->tallies[*at / STRIDE];
        size_t i = *at % STRIDE;
        if (i >= tally->count + tally->has_octets)
            continue;
        *series = i == tally->count
                      ? (struct counters_series){tally->name, COUNTERS_KINDS, 0, tally->octets}
                      : (struct counters_series){tally->name, tally->cells[i].kind,
                                                 tally->cells[i].result, tally->cells[i].count};
        ++*at;
        return true;
    }
    return false;
}

/* ---- What has fixed labels ----------------------------------------------------------------- */

struct counters *counters_new(uint64_t started, struct err *err)
{
    struct counters *counters = calloc(1, sizeof *counters);
    if (counters != NULL) {
        counters->started = started;
        counters->reloaded = true;
        if (getrandom(&counters->keys.seed, sizeof counters->keys.seed, GRND_NONBLOCK) < 0)
            counters->keys.seed = 0; /* it only makes an attack harder */
        counters->marks.seed = counters->keys.seed;
        if (add_tally(counters, OTHER) != NULL)
            return counters;
    }
    counters_free(counters);
    err_set(err, ERR_MEMORY, "no memory for the metrics");
    return NULL;
}

void counters_free(struct counters *counters)
{
    if (counters == NULL)
        return;
    for (size_t i = 0; i < counters->count; i++)
        free_tally(counters->tallies[i]);
    free(counters->tallies);
    for (size_t i = 0; i < counters->marks.count; i++)
        free(counters->marks.entries[i].value);
    dict_fini(&counters->keys);
    dict_fini(&counters->marks);
    free(counters);
}

void counters_gates(struct counters *counters, const struct gate_list *gates)
{
    bool refused[GATES] = {false};
    for (unsigned i = 0; i < gates->count; i++)
        if (gates->verdicts[i].result == GATE_REFUSED || gates->verdicts[i].result == GATE_FAILED)
            refused[gates->verdicts[i].gate] = true;
    for (unsigned gate = 0; gate < GATES; gate++)
        counters->refusals[gate] += refused[gate];
}

void counters_notify(struct counters *counters, enum counters_notify result)
{
    counters->notifies[result]++;
}

void counters_hook(struct counters *counters, enum counters_hook hook, enum err_kind failure)
{
    int status = failure == ERR_INTERRUPTED ? SYNC_SIGNAL : (int)err_class(failure);
    counters->hooks[hook][sync_facts_result(status)]++;
}

void counters_reload(struct counters *counters, bool good)
{
    counters->reloaded = good;
}

const char *counters_kind_name(enum counters_kind kind)
{
    static const char *const names[] = {
        [COUNTERS_NONE] = "none",         [COUNTERS_AXFR] = "axfr",
        [COUNTERS_IXFR] = "ixfr",         [COUNTERS_AXFR_STYLE] = "axfr-style",
        [COUNTERS_RESIGNED] = "resigned", [COUNTERS_UPTODATE] = "uptodate",
    };
    return names[kind];
}

const char *counters_notify_name(enum counters_notify result)
{
    static const char *const names[] = {
        [COUNTERS_NOTIFY_TAKEN] = "accepted",    [COUNTERS_NOTIFY_MERGED] = "merged",
        [COUNTERS_NOTIFY_CURRENT] = "current",   [COUNTERS_NOTIFY_REFUSED] = "refused",
        [COUNTERS_NOTIFY_ZONE] = "unknown-zone", [COUNTERS_NOTIFY_SIGNATURE] = "signature",
        [COUNTERS_NOTIFY_BAD] = "invalid",
    };
    return names[result];
}

const char *counters_hook_name(enum counters_hook hook)
{
    return hook == COUNTERS_EXEC ? "exec" : "exec-all";
}

uint64_t counters_notified(const struct counters *counters, enum counters_notify result)
{
    return counters->notifies[result];
}

uint64_t counters_refused(const struct counters *counters, enum gate gate)
{
    return counters->refusals[gate];
}

uint64_t counters_hooks(const struct counters *counters, enum counters_hook hook, unsigned result)
{
    return counters->hooks[hook][result];
}

uint64_t counters_started(const struct counters *counters)
{
    return counters->started;
}

bool counters_reloaded(const struct counters *counters)
{
    return counters->reloaded;
}
