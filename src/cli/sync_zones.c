#include "cli/sync_zones.h"

#include "cli/opt_source.h"
#include "cli/opt_value.h"
#include "cli/opt_word.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Rows ---------------------------------------------------------------------------------- */

static struct zone *add(struct zones *to, const uint8_t *name, size_t length, const char *origin,
                        unsigned line, const struct orders *orders, struct err *err)
{
    bool is_new;
    struct zone *zone = zones_add(to, name, length, &is_new, err);
    if (zone == NULL || !is_new)
        return zone;
    zone->origin = origin;
    zone->origin_line = line;
    zone->orders = orders;
    return zone;
}

/* The orders of a zone: those of its line, or the ones given. */
static const struct orders *orders_of(const struct sync_zones *zones, const uint8_t *name,
                                      size_t length, const struct orders *otherwise)
{
    struct zonelist_line line;
    return zonelist_find(zones->list, name, length, &line) ? line.orders : otherwise;
}

static bool add_words(struct sync_zones *zones, struct err *err)
{
    const struct sync_options *options = &zones->settings->sync;
    for (size_t i = 0; i < options->word_count; i++) {
        struct zone_source source;
        if (!opt_source_zone(&source, options->words[i], strlen(options->words[i]), err))
            return false;
        if (zones_find(&zones->catalogs, source.zone, source.zone_length) != NULL)
            continue; /* it is fetched as a catalog */
        struct zone *zone = add(&zones->zones, source.zone, source.zone_length, "word", 0,
                                zonelist_default(zones->list), err);
        if (zone == NULL)
            return false;
        zone->orders = orders_of(zones, zone->name, zone->name_length, zone->orders);
    }
    return true;
}

/* With a catalog the lines are no members by themselves. */
static bool add_lines(struct sync_zones *zones, struct err *err)
{
    bool has_catalogs = zones->settings->sync.catalogs.count > 0;
    struct zonelist_line line;
    for (size_t i = 0; zonelist_line(zones->list, i, &line); i++) {
        bool is_catalog = zones_find(&zones->catalogs, line.zone, line.zone_length) != NULL;
        if (!is_catalog &&
            add(has_catalogs ? &zones->others : &zones->zones, line.zone, line.zone_length,
                zones->settings->sync.list, line.line, line.orders, err) == NULL)
            return false;
    }
    return true;
}

/* The file of a catalog is written by the run of its shard. */
static bool find_writer(const struct sync_options *options, struct zone *catalog, struct err *err)
{
    uint32_t shard;
    if (!options->has_shard)
        return true;
    if (!zones_shard(catalog, options->shards, &shard, err))
        return false;
    catalog->is_only_judged = shard != options->shard;
    return true;
}

static bool add_catalog(struct sync_zones *zones, const char *word, struct err *err)
{
    const char *at = strchr(word, '@');
    size_t n = at != NULL ? (size_t)(at - word) : strlen(word);
    struct zone_source source;
    if (!opt_source_zone(&source, word, n, err))
        return err_prefix(err, "--catalog: ");
    if (zones_find(&zones->catalogs, source.zone, source.zone_length) != NULL)
        return err_set(err, ERR_USAGE, "--catalog %.200s: this catalog is given twice", word);
    const struct orders *orders = zonelist_default(zones->list);
    if (at != NULL && at[1] != '\0')
        orders = zonelist_with_server(zones->list, orders, at + 1, err);
    struct zone *zone = orders != NULL ? add(&zones->catalogs, source.zone, source.zone_length,
                                             "catalog", 0, orders, err)
                                       : NULL;
    if (zone == NULL)
        return false;
    zone->orders = orders_of(zones, zone->name, zone->name_length, orders);
    zone->is_catalog = true;
    return find_writer(&zones->settings->sync, zone, err);
}

bool sync_zones_init(struct sync_zones *zones, const struct settings *settings,
                     struct zonelist *list, size_t behind, struct err *err)
{
    *zones = (struct sync_zones){.settings = settings, .list = list};
    zones_init(&zones->zones);
    zones_init(&zones->catalogs);
    zones_init(&zones->others);
    zones->zones.behind = zones->catalogs.behind = behind;
    for (size_t i = 0; i < settings->sync.catalogs.count; i++)
        if (!add_catalog(zones, settings->sync.catalogs.words[i], err))
            return false;
    return add_words(zones, err) && add_lines(zones, err);
}

static void forget_rest(struct sync_zones *zones)
{
    zones_fini(&zones->others);
    dict_fini(&zones->groups);
    for (size_t i = 0; i < zones->text_count; i++)
        free(zones->texts[i]);
    free(zones->texts);
}

void sync_zones_follow(struct sync_zones *zones, struct sync_zones *from)
{
    const struct zones own = zones->zones, catalogs = zones->catalogs;
    forget_rest(zones);
    *zones = *from;
    zones->zones = own;
    zones->catalogs = catalogs;
    *from = (struct sync_zones){
        .settings = from->settings, .zones = from->zones, .catalogs = from->catalogs};
}

void sync_zones_fini(struct sync_zones *zones)
{
    zones_fini(&zones->zones);
    zones_fini(&zones->catalogs);
    forget_rest(zones);
}

/* ---- The members of catalogs --------------------------------------------------------------- */

/* A copy of the name of a group that lasts; the same for the same name. NULL: ERR_MEMORY. */
static const char *keep_group(struct sync_zones *zones, const char *text, size_t n, struct err *err)
{
    const char *kept = dict_value(&zones->groups, text, n);
    if (kept != NULL)
        return kept;
    if (zones->text_count == zones->text_room) {
        size_t room = zones->text_room == 0 ? 16 : 2 * zones->text_room;
        char **texts = realloc(zones->texts, room * sizeof *texts);
        if (texts == NULL) {
            err_set(err, ERR_MEMORY, "out of memory");
            return NULL;
        }
        zones->texts = texts;
        zones->text_room = room;
    }
    char *own = strndup(text, n);
    if (own == NULL || !dict_add(&zones->groups, own, n, own, err)) {
        err_set(err, ERR_MEMORY, "out of memory");
        free(own);
        return NULL;
    }
    return zones->texts[zones->text_count++] = own;
}

static bool is_wanted(const struct sync_options *options, const char *group, size_t n)
{
    for (size_t i = 0; i < options->groups.count; i++)
        if (strlen(options->groups.words[i]) == n &&
            memcmp(options->groups.words[i], group, n) == 0)
            return true;
    return false;
}

struct membership {
    const struct orders *orders; /* of a template, or NULL */
    const char *group;           /* the first that is wanted or has a template, else the first */
    bool is_wanted;
};

/* Of several groups the first with a template decides. */
static bool take_group(struct sync_zones *zones, const char *text, size_t n,
                       struct membership *membership, struct err *err)
{
    const struct orders *orders = zonelist_template(zones->list, text, n);
    bool decides = membership->group == NULL || (orders != NULL && membership->orders == NULL);
    const char *group = keep_group(zones, text, n, err);
    if (group == NULL)
        return false;
    membership->is_wanted |= is_wanted(&zones->settings->sync, text, n);
    if (decides)
        membership->group = group;
    if (membership->orders == NULL)
        membership->orders = orders;
    return true;
}

static bool read_groups(struct sync_zones *zones, const struct catalog_member *member,
                        struct membership *membership, struct err *err)
{
    struct catalog_group group;
    size_t at = 0;
    bool good = true;
    while (good && catalog_group(member, &at, &group)) {
        char *text = malloc((size_t)CATALOG_GROUP_ROOM * group.length + 1);
        if (text == NULL)
            return err_set(err, ERR_MEMORY, "out of memory");
        const char *end = catalog_group_text(text, &group);
        good = take_group(zones, text, (size_t)(end - text), membership, err);
        free(text);
    }
    return good;
}

/* The server that the catalog came from serves its members, too, where nobody names another one. */
static const struct orders *with_server(struct sync_zones *zones, const struct orders *orders,
                                        const char *word, struct err *err)
{
    const char *at = strchr(word, '@');
    if (orders->route.server_count > 0 || at == NULL || at[1] == '\0')
        return orders;
    return zonelist_with_server(zones->list, orders, at + 1, err);
}

static bool add_member(struct sync_zones *zones, const char *word,
                       const struct catalog_member *member, struct err *err)
{
    struct membership membership = {.orders = NULL};
    struct zonelist_line line;
    bool has_line = zonelist_find(zones->list, member->zone, member->zone_length, &line);
    if (zones_find(&zones->catalogs, member->zone, member->zone_length) != NULL)
        return true; /* it is fetched as a catalog */
    struct zone *other = zones_find(&zones->others, member->zone, member->zone_length);
    if (other != NULL)
        other->is_member = true;
    if (!read_groups(zones, member, &membership, err))
        return false;
    if (zones->settings->sync.groups.count > 0 && !membership.is_wanted)
        return true;
    const struct orders *orders = has_line                    ? line.orders
                                  : membership.orders != NULL ? membership.orders
                                                              : zonelist_default(zones->list);
    orders = with_server(zones, orders, word, err);
    struct zone *zone = orders != NULL ? add(&zones->zones, member->zone, member->zone_length,
                                             "catalog", 0, orders, err)
                                       : NULL;
    if (zone == NULL)
        return false;
    if (zone->group == NULL)
        zone->group = membership.group;
    return true;
}

bool sync_zones_add(struct sync_zones *zones, size_t index, const struct catalog *catalog,
                    struct err *err)
{
    struct catalog_member member;
    size_t count = catalog_facts(catalog).members;
    for (size_t i = 0; i < count; i++) {
        catalog_member(catalog, i, &member);
        if (!add_member(zones, zones->settings->sync.catalogs.words[index], &member, err))
            return false;
    }
    return true;
}

/* ---- Fewer of them ------------------------------------------------------------------------- */

const struct zone *sync_zones_stray(const struct sync_zones *zones, size_t *at)
{
    while (*at < zones->others.count) {
        const struct zone *zone = zones->others.rows[(*at)++];
        bool is_word = zones_find(&zones->zones, zone->name, zone->name_length) != NULL;
        if (!zone->is_member && !is_word)
            return zone;
    }
    return NULL;
}

bool sync_zones_has_group(const struct sync_zones *zones, const char *group, size_t n)
{
    return dict_value(&zones->groups, group, n) != NULL;
}

bool sync_zones_is_narrow(const struct settings *settings)
{
    const struct sync_options *options = &settings->sync;
    return options->groups.count > 0 || options->picks.count > 0 || options->has_shard;
}

struct sharding {
    const struct sync_options *options;
    bool failed;
    struct err *err;
};

static bool is_of_shard(void *context, const struct zone *zone)
{
    struct sharding *sharding = context;
    uint32_t shard;
    sharding->failed =
        sharding->failed || !zones_shard(zone, sharding->options->shards, &shard, sharding->err);
    return sharding->failed || shard == sharding->options->shard;
}

static bool pick_shard(struct sync_zones *zones, struct err *err)
{
    struct sharding sharding = {&zones->settings->sync, false, err};
    return !sharding.options->has_shard ||
           (zones_pick(&zones->zones, is_of_shard, &sharding, err) && !sharding.failed);
}

static bool is_picked(void *context, const struct zone *zone)
{
    const struct zones *picks = context;
    return zones_find(picks, zone->name, zone->name_length) != NULL;
}

static bool pick(struct sync_zones *zones, struct zones *picks, struct err *err)
{
    const struct sync_options *options = &zones->settings->sync;
    for (size_t i = 0; i < options->picks.count; i++) {
        struct zone_source source;
        const char *word = options->picks.words[i];
        if (!opt_source_zone(&source, word, strlen(word), err))
            return err_prefix(err, "--pick: ");
        bool is_there = zones_find(&zones->zones, source.zone, source.zone_length) != NULL;
        if (!is_there && zones->is_partial)
            continue;
        if (!is_there)
            return err_set(err, ERR_USAGE, "--pick %.200s: no such zone in this run", word);
        if (zones_add(picks, source.zone, source.zone_length, NULL, err) == NULL)
            return false;
    }
    return zones_pick(&zones->zones, is_picked, picks, err);
}

bool sync_zones_pick(struct sync_zones *zones, struct err *err)
{
    const struct sync_options options = zones->settings->sync;
    struct zones picks;
    bool good = true;
    if (zones->zones.count == 0 && !options.allow_empty && !zones->is_partial)
        return err_set(err, ERR_USAGE,
                       options.groups.count > 0 ? "no member is of a group that --group names"
                                                : "there are no zones: the list is empty");
    if (options.picks.count > 0) {
        zones_init(&picks);
        good = pick(zones, &picks, err);
        zones_fini(&picks);
    }
    return good && pick_shard(zones, err);
}
