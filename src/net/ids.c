#include "net/ids.h"

/* Open addressing with linear probing; IDs are random, so they are their own hash. */

static unsigned slot_of(unsigned id)
{
    return id % IDS_SLOTS;
}

/* The slot of an ID, or the free one where it would be. */
static unsigned find_slot(const struct ids *ids, uint16_t id)
{
    unsigned at = slot_of(id);
    while (ids->slots[at].used && ids->slots[at].id != id)
        at = slot_of(at + 1);
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
    const struct ids_slot *slot = &ids->slots[find_slot(ids, id)];
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
    ids->slots[find_slot(ids, id)] =
        (struct ids_slot){.question = question, .id = id, .used = true};
    ids->count++;
}

void ids_kill(struct ids *ids, uint16_t id)
{
    ids->slots[find_slot(ids, id)].question = NULL;
}

/* An entry after the hole that was pushed past it moves into it. */
void ids_remove(struct ids *ids, uint16_t id)
{
    unsigned hole = find_slot(ids, id);
    if (!ids->slots[hole].used)
        return;
    ids->slots[hole] = (struct ids_slot){.used = false};
    ids->count--;
    for (unsigned at = slot_of(hole + 1); ids->slots[at].used; at = slot_of(at + 1)) {
        unsigned home = slot_of(ids->slots[at].id);
        if (slot_of(at - home) < slot_of(at - hole))
            continue; /* its home is after the hole */
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
