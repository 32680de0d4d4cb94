/* Which zones a run of many is about, and with which orders: words, lists, catalogs.
 *
 * Purpose: the one place that knows who wins: the line of a list over the template of a group over
 * the options of the run; the first that names a zone over all others.
 * Owns: the rows of zones and of catalogs, the names of groups.
 * Borrows: the settings and the list, for its life.
 * Never: asks anybody; prints. */
#ifndef CLI_SYNC_ZONES_H
#define CLI_SYNC_ZONES_H

#include "cli/zonelist.h"
#include "job/zones.h"
#include "zone/catalog.h"

struct sync_zones {
    const struct settings *settings;
    struct zonelist *list; /* also without --list */
    struct zones zones;    /* in list order */
    struct zones catalogs;
    struct zones others; /* that a line names, and no catalog has: not of the run */
    struct dict groups;  /* the names of all groups of members */
    char **texts;        /* ... one for each */
    size_t text_count, text_room;
    bool is_partial; /* what is not there may still come: for sync_zones_pick */
};

/* Takes the words and the catalogs of the settings, and, where there is no catalog, the lines of
 * the list. `behind` as in struct zones. To be freed by sync_zones_fini in any case. Errors:
 * ERR_USAGE, ERR_OPENSSL, ERR_MEMORY. */
bool sync_zones_init(struct sync_zones *zones, const struct settings *settings,
                     struct zonelist *list, size_t behind, struct err *err);

/* Adds the members of a catalog, which is row number `index` of the catalogs, and was read. Errors:
 * ERR_MEMORY. */
bool sync_zones_add(struct sync_zones *zones, size_t index, const struct catalog *catalog,
                    struct err *err);

/* Once all are there: leaves those that --group, --pick and --shard ask for. Errors: ERR_USAGE, a
 * zone to be picked is not there, or none is left but in a shard (neither with is_partial);
 * ERR_OPENSSL, shards cannot be told; ERR_MEMORY. */
bool sync_zones_pick(struct sync_zones *zones, struct err *err);

/* The next line whose zone is neither a word nor a member of any catalog, before sync_zones_pick;
 * *at is 0 at first. NULL: there is no other. */
const struct zone *sync_zones_stray(const struct sync_zones *zones, size_t *at);

/* Whether a member of a catalog that was read is of this group: n octets, as catalog_group_text
 * writes them. */
bool sync_zones_has_group(const struct sync_zones *zones, const char *group, size_t n);

/* Whether the settings leave any out that would be there else. */
bool sync_zones_is_narrow(const struct settings *settings);

/* Takes over from another one, whose rows have gone elsewhere, all that is beside them. */
void sync_zones_follow(struct sync_zones *zones, struct sync_zones *from);

void sync_zones_fini(struct sync_zones *zones);

#endif
