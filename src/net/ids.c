#include "net/ids.h"

/* Open addressing with linear probing; IDs are random, so they are their own hash. */

static unsigned place_of(unsigned id)
{
    return id % IDS_SLOTS;
}

/* The slot of an ID, or the free one where it would be. */
static unsigned find(const struct ids *ids, uint16_t id)
{
    unsigned at = place_of(id);
    while (ids->slots[at].used && ids->slots[at].id != id)
        at = place_of(at + 1);
    return at;
}

static bool was_completed(const struct ids *ids, uint16_t id)
{
    unsigned count = ids->done_count < IDS_DONE ? ids->done_count : IDS_DONE;
    for (unsigned i = 0; i < count; i++)
        if (ids->done[i] == id)
            return true;
    return false;
}

enum ids_state ids_find(const struct ids *ids, uint16_t id, struct question **question)
{
    const struct ids_slot *slot = &ids->slots[find(ids, id)];
    *question = slot->used ? slot->question : NULL;
    if (slot->used)
        return slot->question != NULL ? IDS_LIVE : IDS_DEAD;
    return was_completed(ids, id) ? IDS_COMPLETED : IDS_UNKNOWN;
}

bool ids_has_room(const struct ids *ids)
{
    return ids->count < IDS_MOST;
}

void ids_add(struct ids *ids, uint16_t id, struct question *question)
{
    ids->slots[find(ids, id)] = (struct ids_slot){.question = question, .id = id, .used = true};
    ids->count++;
}

void ids_kill(struct ids *ids, uint16_t id)
{
    ids->slots[find(ids, id)].question = NULL;
}

/* Whoever stands behind the hole and was pushed past it moves into it. */
void ids_remove(struct ids *ids, uint16_t id)
{
    unsigned hole = find(ids, id);
    if (!ids->slots[hole].used)
        return;
    ids->slots[hole] = (struct ids_slot){.used = false};
    ids->count--;
    for (unsigned at = place_of(hole + 1); ids->slots[at].used; at = place_of(at + 1)) {
        unsigned home = place_of(ids->slots[at].id);
        if (place_of(at - home) < place_of(at - hole))
            continue; /* its home is behind the hole */
        ids->slots[hole] = ids->slots[at];
        ids->slots[at] = (struct ids_slot){.used = false};
        hole = at;
    }
}

void ids_complete(struct ids *ids, uint16_t id)
{
    ids_remove(ids, id);
    ids->done[ids->done_count++ % IDS_DONE] = id;
}
