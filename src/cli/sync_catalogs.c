#include "cli/sync_catalogs.h"

#include "cli/say.h"
#include "job/members.h"

#include <stdio.h>

static struct members_config members_of(struct sync_run *run, const struct zone *zone,
                                        const char *path)
{
    return (struct members_config){
        .path = path,
        .zone = zone->name,
        .zone_length = zone->name_length,
        .may_be_empty = run->settings->sync.allow_empty,
        .loop = run->loop,
        .deadline = LOOP_NEVER,
        .halt = &run->halt.halt,
    };
}

/* Before it may replace the copy that is there. */
bool sync_catalogs_judge(void *context, struct landing *landing, const char *path, struct err *err)
{
    struct sync_run *run = context;
    const struct zone *zone = zones_find(&run->zones.catalogs, landing->config.spec->zone,
                                         landing->config.spec->zone_length);
    const struct members_config config = members_of(run, zone, path);
    struct catalog_end *end = &run->ends[zone->index];
    catalog_free(end->candidate);
    end->candidate = members_read(&config, err);
    return end->candidate != NULL;
}

/* A run that only looks does not fetch it. */
static void tell_behind(const struct sync_run *run, const struct zone *zone)
{
    struct name_string name;
    if (!run->settings->quiet)
        say("catalog %s: it has changed; what follows is of the members that it had",
            sync_facts_name(&name, zone->name));
}

/* What was judged is what the run goes by, if it is in its place now. */
static void take_candidate(struct catalog_end *end, bool is_current)
{
    if (is_current && end->candidate != NULL) {
        catalog_free(end->catalog);
        end->catalog = end->candidate;
    } else {
        catalog_free(end->candidate);
    }
    end->candidate = NULL;
}

bool sync_catalogs_take(struct sync_run *run, size_t index, struct err *err)
{
    const struct zone *zone = run->zones.catalogs.rows[index];
    struct catalog_end *end = &run->ends[index];
    struct sync_catalog *told = &run->catalogs[index];
    char path[PATH_MAX], name[FILENAME_ROOM];
    struct err why = {.kind = ERR_NONE};
    bool is_over = zone->state != ZONE_WAITS, is_current = is_over && zone->exit == ERR_CLASS_OK;
    take_candidate(end, is_current);
    if (end->catalog == NULL) {
        if (!visit_path(path, name, run->folder.path, zone, err))
            return false;
        const struct members_config config = members_of(run, zone, path);
        end->catalog = members_read(&config, &why);
    }
    bool is_behind = run->settings->sync.dry_run && zone->state != ZONE_UNCHANGED;
    told->used = end->catalog == NULL       ? SYNC_USED_NONE
                 : is_current && !is_behind ? SYNC_USED_NEW
                                            : SYNC_USED_KEPT;
    if (is_current && is_behind && end->catalog != NULL)
        tell_behind(run, zone);
    if (err_is_trouble(why.kind)) {
        *err = why;
        return false;
    }
    if (is_over && end->failure == ERR_NONE && why.kind != ERR_NONE) {
        end->failure = why.kind;
        snprintf(end->error, sizeof end->error, "%s", why.text);
    }
    told->failure = end->failure;
    told->error = end->failure != ERR_NONE ? end->error : NULL;
    if (end->catalog != NULL) {
        struct catalog_facts facts = catalog_facts(end->catalog);
        told->has_serial = true;
        told->serial = facts.serial;
        told->members = facts.members;
    }
    return true;
}

bool sync_catalogs_fetch(struct sync_run *run, struct err *err)
{
    struct zones *catalogs = &run->zones.catalogs;
    if (catalogs->count == 0)
        return true;
    if (!sync_run(run->sync, catalogs, &run->work, err))
        return false;
    for (size_t i = 0; i < catalogs->count; i++)
        if (!sync_catalogs_take(run, i, err) ||
            (run->ends[i].catalog != NULL &&
             !sync_zones_add(&run->zones, i, run->ends[i].catalog, err)))
            return false;
    return true;
}

bool sync_catalogs_good(const struct sync_run *run)
{
    for (size_t i = 0; i < run->zones.catalogs.count; i++)
        if (run->catalogs[i].failure != ERR_NONE)
            return false;
    return true;
}

bool sync_catalogs_read(const struct sync_run *run)
{
    for (size_t i = 0; i < run->zones.catalogs.count; i++)
        if (run->catalogs[i].used == SYNC_USED_NONE)
            return false;
    return true;
}
