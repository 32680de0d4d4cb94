#include "cli/sync_odd.h"

#include "cli/say.h"
#include "cli/sync_catalogs.h"

#include <string.h>

enum { FAULTS_SHOWN = 20 };

/* Only a run that knows all zones can tell which files are of none. */
static bool judges_unlisted(const struct sync_run *run)
{
    const struct sync_options *options = &run->settings->sync;
    bool has_source = options->list != NULL || options->catalogs.count > 0;
    return has_source && !sync_zones_is_narrow(run->settings) && run->summary.invalid_lines == 0 &&
           sync_catalogs_good(run);
}

bool sync_odd_files(struct sync_run *run, struct err *err)
{
    enum { PERCENT = 100 };
    const struct sync_options *options = &run->settings->sync;
    const struct zones *lists[] = {&run->zones.zones, &run->zones.catalogs, &run->zones.others};
    struct unlisted *unlisted = &run->unlisted;
    if (!judges_unlisted(run))
        return true;
    if (!unlisted_find(unlisted, &run->folder, lists, sizeof lists / sizeof *lists, err))
        return false;
    run->summary.has_unlisted = true;
    run->summary.unlisted = unlisted->count;
    run->summary.too_many_unlisted =
        unlisted->count * PERCENT > unlisted->files * options->max_unlisted;
    for (size_t i = 0; run->settings->verbose > 0 && i < unlisted->count; i++)
        say("%.300s/%.250s: no zone of this run names it", run->folder.path, unlisted->names[i]);
    if (run->summary.too_many_unlisted)
        say("%llu of %llu files in %.300s are of no zone of this run, more than --max-unlisted "
            "%u%% "
            "allows",
            (unsigned long long)unlisted->count, (unsigned long long)unlisted->files,
            run->folder.path, options->max_unlisted);
    return run->summary.too_many_unlisted || options->unlisted_to == NULL || options->dry_run ||
           unlisted_move(unlisted, &run->folder, options->unlisted_to, err);
}

/* Lines that do nothing, which is likely to be a mistake, if not of this list. */
static void tell_stray_lines(const struct sync_run *run)
{
    struct name_string name;
    const struct zone *zone;
    size_t at = 0;
    unsigned count = 0;
    if (run->settings->quiet || !sync_catalogs_read(run))
        return;
    while ((zone = sync_zones_stray(&run->zones, &at)) != NULL)
        if (++count <= FAULTS_SHOWN)
            say("%.200s:%u: no catalog has %s", zone->origin, (unsigned)zone->origin_line,
                sync_facts_name(&name, zone->name));
    if (count > FAULTS_SHOWN)
        say("%.200s: %u lines whose zones no catalog has", run->settings->sync.list, count);
}

/* The same of groups: a slip of the pen would leave their members out, or without their options. */
static void tell_stray_groups(const struct sync_run *run)
{
    const struct sync_options *options = &run->settings->sync;
    const char *group;
    size_t n;
    unsigned line;
    if (run->settings->quiet || !sync_catalogs_read(run))
        return;
    for (size_t i = 0; i < options->groups.count; i++) {
        group = options->groups.words[i];
        if (!sync_zones_has_group(&run->zones, group, strlen(group)))
            say("--group %.200s: no catalog has a member of this group", group);
    }
    for (size_t i = 0; (group = zonelist_group(run->list, i, &n, &line)) != NULL; i++)
        if (!sync_zones_has_group(&run->zones, group, n))
            say("%.200s:%u: no catalog has a member of the group %.*s", options->list, line,
                (int)(n < 200 ? n : 200), group);
}

/* Servers that have no key where others have keys of their own: each once, not for each zone. */
static bool tell_servers(const struct sync_run *run, const struct orders *orders, struct dict *told,
                         struct err *err)
{
    static char there; /* a value that is not NULL */
    const struct route *route = &orders->route;
    if (!keys_have_servers(route->keys) || route->tls_proves)
        return true;
    for (size_t i = 0; i < route->server_count; i++) {
        const char *word = route->servers[i].word;
        if (keys_for(route->keys, &route->servers[i]) != NULL ||
            dict_value(told, word, strlen(word)) != NULL)
            continue;
        if (!run->settings->quiet)
            say("%.250s: warning: not authenticated: --server-key has no key for this server",
                word);
        if (!dict_add(told, word, strlen(word), &there, err))
            return false;
    }
    return true;
}

bool sync_odd_servers(const struct sync_run *run, const struct zones *zones, struct err *err)
{
    struct dict seen = {.seed = 0}, told = {.seed = 0};
    bool good = true;
    for (size_t i = 0; good && !run->settings->strict && i < zones->count; i++) {
        const struct orders *orders = zones->rows[i]->orders;
        if (dict_value(&seen, &orders, sizeof orders) != NULL)
            continue;
        good = dict_add(&seen, &orders, sizeof orders, (void *)(uintptr_t)orders, err) &&
               tell_servers(run, orders, &told, err);
    }
    dict_fini(&seen);
    dict_fini(&told);
    return good;
}

void sync_odd_lines(const struct sync_run *run)
{
    tell_stray_lines(run);
    tell_stray_groups(run);
}
