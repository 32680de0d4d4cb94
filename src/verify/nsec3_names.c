#include "verify/nsec3_names.h"

#include <stdlib.h>
#include <string.h>

enum {
    LABELS_MAX = 128,
    RECENT = 64,    /* bitmaps that are looked for: a zone has few different ones */
    PENDING = 4096, /* names that are hashed at once */
    CHUNK = 64,     /* ... of which a thread takes so many */
    ROOM_FIRST = 256,
};

/* A name whose descendants may still come. */
struct open {
    uint32_t row;
    uint8_t length; /* it is the end of the last name that was added, so long */
};

struct lane {
    struct nsec3_hash *hash;
    struct err err;
};

struct nsec3_names {
    const uint8_t *apex;
    size_t apex_length;
    const struct nsec3_param *params;
    unsigned chains;
    struct work *work;
    const struct halt *halt;

    struct nsec3_row *rows;
    size_t count, room;
    uint8_t *hashes; /* of a row those of all chains, one after the other */
    struct arena labels, maps;
    struct nsec3_map recent[RECENT];
    unsigned recent_count;

    struct open open[LABELS_MAX];
    unsigned depth;
    uint8_t last[NAME_MAX_WIRE];
    size_t last_length;

    size_t hashed; /* rows; those after them have their names here: */
    struct arena pending;
    size_t pending_at[PENDING];

    unsigned lane_count;
    struct lane lanes[];
};

static bool no_memory(struct err *err)
{
    return err_set(err, ERR_MEMORY, "out of memory");
}

struct nsec3_names *nsec3_names_new(const uint8_t *apex, size_t apex_length,
                                    const struct nsec3_param params[], unsigned count,
                                    struct work *work, const struct halt *halt, struct err *err)
{
    unsigned lanes = work_lanes(work);
    struct nsec3_names *names = calloc(1, sizeof *names + lanes * sizeof *names->lanes);
    if (names == NULL) {
        no_memory(err);
        return NULL;
    }
    names->apex = apex;
    names->apex_length = apex_length;
    names->params = params;
    names->chains = count;
    names->work = work;
    names->halt = halt;
    names->lane_count = lanes;
    for (unsigned i = 0; i < lanes; i++) {
        names->lanes[i].hash = nsec3_hash_new(err);
        if (names->lanes[i].hash == NULL) {
            nsec3_names_free(names);
            return NULL;
        }
    }
    return names;
}

void nsec3_names_free(struct nsec3_names *names)
{
    if (names == NULL)
        return;
    for (unsigned i = 0; i < names->lane_count; i++)
        nsec3_hash_free(names->lanes[i].hash);
    arena_fini(&names->labels);
    arena_fini(&names->maps);
    arena_fini(&names->pending);
    free(names->rows);
    free(names->hashes);
    free(names);
}

struct nsec3_row *nsec3_names_rows(const struct nsec3_names *names, size_t *count)
{
    *count = names->count;
    return names->rows;
}

static uint8_t *hash_at(const struct nsec3_names *names, unsigned chain, size_t row)
{
    return names->hashes + (row * names->chains + chain) * NSEC3_HASH_LENGTH;
}

const uint8_t *nsec3_names_hash(const struct nsec3_names *names, unsigned chain, size_t row)
{
    return hash_at(names, chain, row);
}

const uint8_t *nsec3_names_map(const struct nsec3_names *names, uint32_t at)
{
    return names->maps.base + at;
}

size_t nsec3_names_name(const struct nsec3_names *names, size_t row, uint8_t out[NAME_MAX_WIRE])
{
    uint8_t *at = out;
    for (; names->rows[row].parent != NSEC3_NO_ROW; row = names->rows[row].parent) {
        const uint8_t *label = names->labels.base + names->rows[row].label;
        memcpy(at, label, *label + 1u);
        at += *label + 1u;
    }
    memcpy(at, names->apex, names->apex_length);
    return (size_t)(at - out) + names->apex_length;
}

/* ---- Bitmaps ------------------------------------------------------------------------------- */

/* Moves what was asked for towards the front. */
static struct nsec3_map touch(struct nsec3_names *names, unsigned i)
{
    struct nsec3_map found = names->recent[i];
    names->recent[i] = names->recent[i / 2];
    names->recent[i / 2] = found;
    return found;
}

bool nsec3_names_keep_map(struct nsec3_names *names, const uint8_t *map, size_t length,
                          struct nsec3_map *kept, struct err *err)
{
    for (unsigned i = 0; i < names->recent_count; i++)
        if (names->recent[i].length == length &&
            (length == 0 ||
             memcmp(nsec3_names_map(names, names->recent[i].at), map, length) == 0)) {
            *kept = touch(names, i);
            return true;
        }
    uint8_t *copy = arena_reserve(&names->maps, length, err);
    if (copy == NULL || names->maps.length > UINT32_MAX)
        return no_memory(err);
    if (length > 0)
        memcpy(copy, map, length);
    *kept = (struct nsec3_map){.at = (uint32_t)names->maps.length, .length = (uint16_t)length};
    names->maps.length += length;
    if (names->recent_count < RECENT)
        names->recent_count++;
    names->recent[names->recent_count - 1] = *kept;
    return true;
}

/* ---- Hashing ------------------------------------------------------------------------------- */

/* Asking costs about as much as a cheap hash, so that is done once for a chunk of those. */
static bool is_due(const struct nsec3_names *names, unsigned chain, bool is_first, struct err *err)
{
    return (is_first || names->params[chain].iterations >= CHUNK) && halt_due(names->halt, err);
}

static void hash_chunk(void *context, unsigned lane_index, size_t index)
{
    struct nsec3_names *names = context;
    struct lane *lane = &names->lanes[lane_index];
    size_t from = names->hashed + index * CHUNK, end = from + CHUNK;
    if (end > names->count)
        end = names->count;
    for (size_t row = from; row < end && lane->err.kind == ERR_NONE; row++) {
        const uint8_t *name = names->pending.base + names->pending_at[row - names->hashed];
        for (unsigned chain = 0; chain < names->chains; chain++)
            if (is_due(names, chain, row == from, &lane->err) ||
                !nsec3_hash_name(lane->hash, &names->params[chain], name + 1, name[0],
                                 hash_at(names, chain, row), &lane->err))
                return;
    }
}

static bool hash_pending(struct nsec3_names *names, struct err *err)
{
    size_t count = names->count - names->hashed;
    work_each_lane(names->work, hash_chunk, names, (count + CHUNK - 1) / CHUNK);
    for (unsigned i = 0; i < names->lane_count; i++)
        if (names->lanes[i].err.kind != ERR_NONE)
            return err_set(err, names->lanes[i].err.kind, "%s", names->lanes[i].err.text);
    names->hashed = names->count;
    names->pending.length = 0;
    return true;
}

bool nsec3_names_end(struct nsec3_names *names, struct err *err)
{
    return hash_pending(names, err);
}

/* ---- Rows ---------------------------------------------------------------------------------- */

static bool make_room(struct nsec3_names *names, struct err *err)
{
    size_t size = names->chains * (size_t)NSEC3_HASH_LENGTH;
    if (names->count < names->room)
        return true;
    size_t room = names->room > 0 ? names->room + names->room / 2 : ROOM_FIRST;
    if (room > UINT32_MAX)
        return no_memory(err);
    struct nsec3_row *rows = realloc(names->rows, room * sizeof *rows);
    if (rows == NULL)
        return no_memory(err);
    names->rows = rows;
    uint8_t *hashes = realloc(names->hashes, room * size);
    if (hashes == NULL)
        return no_memory(err);
    names->hashes = hashes;
    names->room = room;
    return true;
}

static bool add_pending(struct nsec3_names *names, const uint8_t *name, size_t length,
                        struct err *err)
{
    uint8_t *copy = arena_reserve(&names->pending, length + 1, err);
    if (copy == NULL)
        return false;
    copy[0] = (uint8_t)length;
    memcpy(copy + 1, name, length);
    names->pending_at[names->count - names->hashed] = names->pending.length;
    names->pending.length += length + 1;
    return true;
}

static bool add_row(struct nsec3_names *names, const uint8_t *name, size_t length,
                    enum nsec3_kind kind, const struct nsec3_map *map, struct err *err)
{
    if (names->count - names->hashed == PENDING && !hash_pending(names, err))
        return false;
    uint8_t *label = arena_reserve(&names->labels, name[0] + 1u, err);
    if (label == NULL || names->labels.length > UINT32_MAX || !make_room(names, err) ||
        !add_pending(names, name, length, err))
        return no_memory(err);
    memcpy(label, name, name[0] + 1u);
    names->rows[names->count] = (struct nsec3_row){
        .parent = names->depth > 0 ? names->open[names->depth - 1].row : NSEC3_NO_ROW,
        .label = (uint32_t)names->labels.length,
        .map = map->at,
        .map_length = map->length,
        .kind = (uint8_t)kind,
    };
    names->labels.length += name[0] + 1u;
    names->open[names->depth++] =
        (struct open){.row = (uint32_t)names->count, .length = (uint8_t)length};
    names->count++;
    return true;
}

/* What is above a name that must have a record must have one, too. */
static void require_above(struct nsec3_names *names)
{
    for (unsigned i = names->depth; i > 0; i--) {
        struct nsec3_row *row = &names->rows[names->open[i - 1].row];
        if (row->kind != NSEC3_EMPTY)
            return;
        row->kind = NSEC3_REQUIRED;
    }
}

/* Closes what the name is not below of. */
static void close_others(struct nsec3_names *names, const uint8_t *name, size_t length)
{
    while (names->depth > 0) {
        size_t open = names->open[names->depth - 1].length;
        const uint8_t *above = names->last + names->last_length - open;
        if (name_within(name, length, above, open))
            return;
        names->depth--;
    }
}

/* Adds the empty non-terminals between what is open and the name, the uppermost first. */
static bool add_between(struct nsec3_names *names, const uint8_t *name, size_t length,
                        struct err *err)
{
    uint8_t at[LABELS_MAX];
    unsigned count = 0;
    struct nsec3_map none;
    size_t above = names->open[names->depth - 1].length;
    for (size_t i = name[0] + 1u; length - i > above; i += name[i] + 1u)
        at[count++] = (uint8_t)i;
    if (count > 0 && !nsec3_names_keep_map(names, NULL, 0, &none, err))
        return false;
    for (; count > 0; count--)
        if (!add_row(names, name + at[count - 1], length - at[count - 1], NSEC3_EMPTY, &none, err))
            return false;
    return true;
}

bool nsec3_names_add(struct nsec3_names *names, const uint8_t *name, size_t length,
                     enum nsec3_kind kind, const uint8_t *map, size_t map_length, struct err *err)
{
    struct nsec3_map kept;
    close_others(names, name, length);
    if (!nsec3_names_keep_map(names, map, map_length, &kept, err) ||
        (names->depth > 0 && !add_between(names, name, length, err)))
        return false;
    if (kind == NSEC3_REQUIRED)
        require_above(names);
    memcpy(names->last, name, length);
    names->last_length = length;
    return add_row(names, name, length, kind, &kept, err);
}
