#include "base/dict.h"

#include <stdlib.h>
#include <string.h>

enum { ENTRIES_FIRST = 16 };

/* FNV-1a, with all bits mixed once more at the end, since the lowest of them choose the slot. */
static uint32_t hash_of(const struct dict *dict, const uint8_t *key, size_t n)
{
    uint64_t hash = 14695981039346656037u ^ dict->seed;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ key[i]) * 1099511628211u;
    hash ^= hash >> 33;
    hash *= 0xff51afd7ed558ccdu;
    return (uint32_t)(hash >> 32);
}

/* The slot of the key, or the free one where it would be. There is a free one. */
static uint32_t *slot_of(const struct dict *dict, const void *key, size_t n, uint32_t hash)
{
    size_t mask = dict->slot_count - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        if (dict->slots[i] == 0)
            return &dict->slots[i];
        const struct dict_entry *entry = &dict->entries[dict->slots[i] - 1];
        if (entry->hash == hash && entry->length == n &&
            (n == 0 || memcmp(dict->keys.base + entry->at, key, n) == 0))
            return &dict->slots[i];
    }
}

bool dict_find(const struct dict *dict, const void *key, size_t n, size_t *index)
{
    uint32_t found = dict->count > 0 ? *slot_of(dict, key, n, hash_of(dict, key, n)) : 0;
    *index = found > 0 ? found - 1 : 0;
    return found > 0;
}

void *dict_value(const struct dict *dict, const void *key, size_t n)
{
    size_t index;
    return dict_find(dict, key, n, &index) ? dict->entries[index].value : NULL;
}

/* Room for one entry more. There are twice as many slots as entries, at least. */
static bool make_room(struct dict *dict, struct err *err)
{
    size_t room = dict->room == 0 ? ENTRIES_FIRST : dict->room * 2;
    if (dict->count < dict->room)
        return true;
    struct dict_entry *entries =
        room <= UINT32_MAX / 4 ? realloc(dict->entries, room * sizeof *entries) : NULL;
    if (entries == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    dict->entries = entries;
    uint32_t *slots = calloc(room * 2, sizeof *slots);
    if (slots == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    free(dict->slots);
    dict->slots = slots;
    dict->slot_count = room * 2;
    dict->room = room;
    for (size_t i = 0; i < dict->count; i++) {
        const struct dict_entry *entry = &entries[i];
        *slot_of(dict, dict->keys.base + entry->at, entry->length, entry->hash) = (uint32_t)i + 1;
    }
    return true;
}

bool dict_add(struct dict *dict, const void *key, size_t n, void *value, struct err *err)
{
    uint8_t *to = n <= UINT32_MAX ? arena_reserve(&dict->keys, n, err) : NULL;
    if (to == NULL || !make_room(dict, err))
        return err_set(err, ERR_MEMORY, "out of memory");
    if (n > 0)
        memcpy(to, key, n);
    uint32_t hash = hash_of(dict, key, n);
    dict->entries[dict->count] = (struct dict_entry){
        .at = dict->keys.length, .length = (uint32_t)n, .hash = hash, .value = value};
    dict->keys.length += n;
    *slot_of(dict, key, n, hash) = (uint32_t)++dict->count;
    return true;
}

void dict_fini(struct dict *dict)
{
    arena_fini(&dict->keys);
    free(dict->entries);
    free(dict->slots);
    *dict = (struct dict){.seed = dict->seed};
}
