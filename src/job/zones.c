#include "job/zones.h"

#include "dns/name.h"

#include <openssl/sha.h>
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

/* A row, with its name behind it. */
static struct zone *new_row(const uint8_t *name, size_t length, struct err *err)
{
    struct zone *zone = calloc(1, sizeof *zone + length);
    if (zone == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    uint8_t *own = (uint8_t *)(zone + 1);
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
    zone = new_row(wire, length, err);
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

uint32_t zones_shard(const struct zone *zone, uint32_t shards)
{
    uint8_t digest[32];
    uint64_t number = 0;
    SHA256(zone->name, zone->name_length, digest);
    for (unsigned i = 0; i < 8; i++)
        number = number << 8 | digest[i];
    return (uint32_t)(number % shards);
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
