#include "cli/watch_lists.h"

#include "cli/say.h"
#include "cli/sync_begin.h"
#include "cli/sync_catalogs.h"
#include "cli/sync_odd.h"

#include <stdlib.h>
#include <string.h>

enum {
    FEW = 10,       /* zones: fewer may always go at once */
    CALM = 2000000, /* microseconds between two renewals because of catalogs, at least */
    COSTS = 10,     /* ... and as often the time that one has taken */
};

/* ---- From a list to rows ------------------------------------------------------------------- */

/* Whether there are catalogs whose members nobody knows yet. */
static bool waits_for_catalogs(const struct sync_run *run)
{
    for (size_t i = 0; i < run->settings->sync.catalogs.count; i++)
        if (run->ends[i].catalog == NULL)
            return true;
    return false;
}

static bool add_members(struct sync_run *run, struct sync_zones *fresh, struct err *err)
{
    for (size_t i = 0; i < run->settings->sync.catalogs.count; i++)
        if (run->ends[i].catalog != NULL && !sync_zones_add(fresh, i, run->ends[i].catalog, err))
            return false;
    return true;
}

/* The rows that follow from a list and the members that are known. `is_whole`: what is not there is
 * a mistake, and not still to come. To be freed by sync_zones_fini in any case. */
static bool make_rows(struct watch_run *watch, struct zonelist *list, bool is_whole,
                      struct sync_zones *fresh, struct err *err)
{
    struct sync_run *run = watch->run;
    if (!sync_zones_init(fresh, run->settings, list, watcher_behind(), err) ||
        !add_members(run, fresh, err))
        return false;
    fresh->is_partial = !is_whole || waits_for_catalogs(run);
    return sync_zones_pick(fresh, err);
}

/* How many zones would go. */
static size_t count_lost(const struct zones *live, const struct zones *fresh)
{
    size_t lost = 0;
    for (size_t i = 0; i < live->count; i++) {
        const struct zone *zone = live->rows[i];
        lost += zones_find(fresh, zone->name, zone->name_length) == NULL;
    }
    return lost;
}

/* A list that was cut, or a catalog that somebody has emptied but for a rest, must not end the care
 * for all zones; nor may a line that is bad today, or whose key cannot be read today, end that for
 * its zone, which nobody can tell from one that was taken out. */
static bool judge_loss(const struct watch_run *watch, const struct sync_zones *fresh, bool is_read,
                       struct err *err)
{
    enum { PERCENT = 100 };
    const struct zones *live = &watch->run->zones.zones;
    unsigned most = watch->run->settings->sync.max_unlisted;
    size_t lost = count_lost(live, &fresh->zones);
    if (is_read && lost > 0 && watch->run->summary.invalid_lines > 0)
        return err_set(err, ERR_USAGE,
                       "%zu of %zu zones would go, and the list has bad lines, which may be theirs",
                       lost, live->count);
    return lost < FEW || lost * PERCENT <= live->count * most ||
           err_set(err, ERR_USAGE,
                   "%zu of %zu zones would go, more than --max-unlisted %u%% allows; the zones are "
                   "what they were, and after a restart those that it names now",
                   lost, live->count, most);
}

static const struct orders *orders_at(const void *list, size_t index)
{
    return zonelist_orders(list, index);
}

/* Nothing fails any more. */
static void put_in_force(struct watch_run *watch, struct sync_zones *fresh)
{
    struct sync_run *run = watch->run;
    watcher_renew(watch->watcher, &run->zones.catalogs, &fresh->catalogs);
    watcher_renew(watch->watcher, &run->zones.zones, &fresh->zones);
    sync_zones_follow(&run->zones, fresh);
    for (size_t i = 0; i < run->zones.catalogs.count; i++)
        run->catalogs[i].name = run->zones.catalogs.rows[i]->name;
    run->list = watch->generations->list;
    watch->looks_at_files = true;
    watch->has_news = true;
}

static bool renew(struct watch_run *watch, struct zonelist *list, bool is_whole, struct err *err)
{
    struct sync_zones fresh;
    bool good = make_rows(watch, list, is_whole, &fresh, err) &&
                (!watch->has_begun || judge_loss(watch, &fresh, is_whole, err)) &&
                (!is_whole || sync_odd_servers(watch->run, &fresh.zones, err)) &&
                notifiers_renew(watcher_notifiers(watch->watcher), orders_at, list, err);
    if (good) {
        put_in_force(watch, &fresh);
        watch->run->summary.has_zones = true;
    }
    sync_zones_fini(&fresh);
    return good;
}

/* ---- Generations --------------------------------------------------------------------------- */

static struct watch_generation *new_generation(struct zonelist *list, struct err *err)
{
    struct watch_generation *generation = calloc(1, sizeof *generation);
    if (generation == NULL)
        err_set(err, ERR_MEMORY, "out of memory");
    else
        generation->list = list;
    return generation;
}

/* Lists that no work needs any more go, with their keys and certificates. */
static void free_old(struct watch_run *watch)
{
    struct watch_generation **at = &watch->generations->next;
    bool is_shed = false;
    while (*at != NULL) {
        struct watch_generation *old = *at;
        if (old->looks > 0) {
            at = &old->next;
            continue;
        }
        if (!is_shed)
            engine_shed(watch->run->net.engine);
        is_shed = true;
        *at = old->next;
        zonelist_free(old->list);
        free(old);
    }
}

void watch_lists_free(struct watch_run *watch)
{
    while (watch->generations != NULL) {
        struct watch_generation *generation = watch->generations;
        watch->generations = generation->next;
        if (generation->list != watch->run->list)
            zonelist_free(generation->list);
        free(generation);
    }
}

/* ---- The beginning, and what follows ------------------------------------------------------- */

static bool load_copies(struct sync_run *run, struct err *err)
{
    for (size_t i = 0; i < run->zones.catalogs.count; i++)
        if (!sync_catalogs_take(run, i, err))
            return false;
    return true;
}

/* Lines that no catalog has are told once all catalogs are known, and after each reload. */
static void tell_odd(struct watch_run *watch)
{
    if (watch->told_odd || !sync_catalogs_read(watch->run))
        return;
    watch->told_odd = true;
    sync_odd_lines(watch->run);
}

/* First the catalogs alone, since their copies are found by their rows. */
bool watch_lists_begin(struct watch_run *watch, struct err *err)
{
    struct sync_run *run = watch->run;
    struct sync_zones first;
    watch->generations = new_generation(run->list, err);
    if (watch->generations == NULL)
        return false;
    bool good = sync_zones_init(&first, run->settings, run->list, watcher_behind(), err);
    if (good) {
        zones_fini(&first.zones);
        zones_init(&first.zones);
        first.zones.behind = watcher_behind();
        put_in_force(watch, &first);
    }
    sync_zones_fini(&first);
    good = good && load_copies(run, err) && renew(watch, run->list, true, err);
    if (good)
        tell_odd(watch);
    watch->has_begun = good;
    return good;
}

/* What was judged goes into force with the catalog's file. */
static bool take_catalogs(struct sync_run *run, struct err *err)
{
    for (size_t i = 0; i < run->zones.catalogs.count; i++) {
        const struct zone *zone = run->zones.catalogs.rows[i];
        if (zone->place != ZONE_AT_WORK && !sync_catalogs_take(run, i, err))
            return false;
    }
    return true;
}

bool watch_lists_turn(struct watch_run *watch, struct err *err)
{
    struct err why = {.kind = ERR_NONE};
    uint64_t began = loop_now();
    if (watch->generations->next != NULL)
        free_old(watch);
    if (!watch->catalog_came || began < watch->renew_at)
        return true;
    watch->catalog_came = false;
    bool good =
        take_catalogs(watch->run, &why) && renew(watch, watch->generations->list, false, &why);
    if (!good || watch->refused_catalog)
        counters_reload(watch->counters, good);
    watch->refused_catalog = !good;
    if (!good)
        say_error("%s", why.text);
    tell_odd(watch);
    uint64_t now = loop_now();
    watch->renew_at = now + CALM + COSTS * (now - began);
    return why.kind != ERR_MEMORY || err_set(err, why.kind, "%s", why.text);
}

static bool reload(struct watch_run *watch, struct err *err)
{
    struct sync_run *run = watch->run;
    struct zonelist *list = NULL;
    uint64_t invalid = run->summary.invalid_lines;
    bool good = sync_begin_list(run, run->list, &list, err);
    struct watch_generation *generation = good ? new_generation(list, err) : NULL;
    if (generation == NULL) {
        zonelist_free(list);
        run->summary.invalid_lines = invalid;
        return false;
    }
    generation->next = watch->generations;
    watch->generations = generation;
    if (renew(watch, list, true, err)) {
        zonelist_inherit(list, generation->next->list);
        return true;
    }
    watch->generations = generation->next;
    zonelist_free(list);
    free(generation);
    run->summary.invalid_lines = invalid;
    return false;
}

void watch_lists_reload(struct watch_run *watch)
{
    struct sync_run *run = watch->run;
    struct err err = {.kind = ERR_NONE};
    service_reloading(&watch->service);
    if (run->has_report && !report_sync_reopen(&run->report, &err))
        say("--report: %s; lines go where they went", err.text);
    err = (struct err){.kind = ERR_NONE};
    bool good = reload(watch, &err);
    if (err.kind == ERR_INTERRUPTED) /* by the signal that ends all: nothing is wrong */
        return;
    counters_reload(watch->counters, good);
    if (!good)
        say("not reloaded, the list, keys and certificates that were read before stay in force: %s",
            err.text);
    else if (run->settings->verbose > 0)
        say("reloaded: %zu zones", run->zones.zones.count);
    watch->told_odd = watch->told_odd && !good;
    tell_odd(watch);
    watcher_hurry(watch->watcher);
    watch->has_news = true;
    service_ready(&watch->service);
}
