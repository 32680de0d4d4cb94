#include "job/zones.h"

#include "base/openssl.h"
#include "dns/name.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void zones_init(struct zones *zones)
{
    *zones = (struct zones){.count = 0};
    if (getrandom(&zones->names.seed, sizeof zones->names.seed, GRND_NONBLOCK) < 0)
        zones->names.seed = 0; /* it only makes an attack harder */
}

void zones_fini(struct zones *zones)
{
    for (size_t i = 0; i < zones->count; i++)
        free(zones->rows[i]);
    free(zones->rows);
    dict_fini(&zones->names);
    *zones = (struct zones){.count = 0};
}

static bool make_room(struct zones *zones, struct err *err)
{
    if (zones->count < zones->room)
        return true;
    size_t room = zones->room == 0 ? 256 : 2 * zones->room;
    struct zone **rows = realloc(zones->rows, room * sizeof *rows);
    if (rows == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    zones->rows = rows;
    zones->room = room;
    return true;
}

/* A row, with what others need of it and its name behind it. */
static struct zone *new_row(size_t behind, const uint8_t *name, size_t length, struct err *err)
{
    struct zone *zone = calloc(1, sizeof *zone + behind + length);
    if (zone == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    uint8_t *own = (uint8_t *)(zone + 1) + behind;
    zone->watched = behind > 0 ? zone + 1 : NULL;
    memcpy(own, name, length);
    zone->name = own;
    zone->name_length = (uint8_t)length;
    return zone;
}

struct zone *zones_add(struct zones *zones, const uint8_t *name, size_t length, bool *is_new,
                       struct err *err)
{
    uint8_t wire[NAME_MAX_WIRE];
    memcpy(wire, name, length);
    name_lower(wire, length);
    struct zone *zone = dict_value(&zones->names, wire, length);
    if (is_new != NULL)
        *is_new = zone == NULL;
    if (zone != NULL || !make_room(zones, err))
        return zone;
    zone = new_row(zones->behind, wire, length, err);
    if (zone == NULL || !dict_add(&zones->names, wire, length, zone, err)) {
        free(zone);
        return NULL;
    }
    zone->index = (uint32_t)zones->count;
    zones->rows[zones->count++] = zone;
    return zone;
}

struct zone *zones_find(const struct zones *zones, const uint8_t *name, size_t length)
{
    uint8_t wire[NAME_MAX_WIRE];
    memcpy(wire, name, length);
    name_lower(wire, length);
    return dict_value(&zones->names, wire, length);
}

bool zones_shard(const struct zone *zone, uint32_t shards, uint32_t *shard, struct err *err)
{
    uint8_t digest[OPENSSL_SHA256];
    uint64_t number = 0;
    if (!openssl_sha256(zone->name, zone->name_length, digest, err))
        return false;
    for (unsigned i = 0; i < 8; i++)
        number = number << 8 | digest[i];
    *shard = (uint32_t)(number % shards);
    return true;
}

void zones_free_row(struct zone *zone)
{
    free(zone);
}

/* Puts another row of the same zone in the place of one, which is freed. */
static void replace_row(struct zones *zones, size_t at, struct zone *row)
{
    struct zone *fresh = zones->rows[at];
    size_t index;
    row->orders = fresh->orders;
    row->group = fresh->group;
    row->origin = fresh->origin;
    row->origin_line = fresh->origin_line;
    row->index = fresh->index;
    row->is_catalog = fresh->is_catalog;
    row->is_only_judged = fresh->is_only_judged;
    if (dict_find(&zones->names, row->name, row->name_length, &index)) /* it is there */
        zones->names.entries[index].value = row;
    zones->rows[at] = row;
    free(fresh);
}

void zones_renew(struct zones *zones, struct zones *fresh, const struct zones_change *change)
{
    for (size_t i = 0; i < fresh->count; i++) {
        const struct zone *zone = fresh->rows[i];
        struct zone *row = zones_find(zones, zone->name, zone->name_length);
        if (row == NULL)
            row = change->back(change->context, zone->name, zone->name_length);
        if (row != NULL)
            replace_row(fresh, i, row);
        else
            change->came(change->context, fresh->rows[i]);
    }
    for (size_t i = 0; i < zones->count; i++) {
        struct zone *row = zones->rows[i];
        if (zones_find(fresh, row->name, row->name_length) != row)
            change->gone(change->context, row);
    }
    zones->count = 0; /* the rows are elsewhere now */
    zones_fini(zones);
    *zones = *fresh;
    *fresh = (struct zones){.behind = zones->behind};
}

bool zones_pick(struct zones *zones, bool (*keeps)(void *context, const struct zone *zone),
                void *context, struct err *err)
{
    struct dict names = {.seed = zones->names.seed};
    size_t kept = 0;
    bool good = true;
    for (size_t i = 0; i < zones->count; i++) {
        struct zone *zone = zones->rows[i];
        if (good && keeps(context, zone))
            good = dict_add(&names, zone->name, zone->name_length, zone, err);
        else if (good) {
            free(zone);
            continue;
        }
        zone->index = (uint32_t)kept;
        zones->rows[kept++] = zone;
    }
    zones->count = kept;
    dict_fini(&zones->names);
    zones->names = names;
    return good;
}
