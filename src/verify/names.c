#include "verify/names.h"

#include "dns/namekey.h"
#include "dns/order.h"

#include <string.h>

enum { ITEM_HEAD = 3 };

/* Of a name, in the index. The chunk is the beginning of its key, as a number: most comparisons of
 * a search need nothing else, and so touch no key, each of which is somewhere else in memory. */
struct place {
    uint64_t chunk;
    size_t at; /* in the keys */
};

void names_begin(struct names *names, const uint8_t *apex, size_t length)
{
    memcpy(names->apex, apex, length);
    names->apex_length = (uint8_t)length;
}

void names_fini(struct names *names)
{
    arena_fini(&names->keys);
    arena_fini(&names->index);
}

static unsigned bits_of(const struct node *node)
{
    unsigned bits = node->place == NODE_CUT ? NAMES_CUT : 0;
    if (node->place == NODE_GLUE || node->place == NODE_OCCLUDED)
        bits |= NAMES_BELOW;
    for (size_t i = 0; i < node->set_count; i++) {
        if (node->sets[i].count == 0)
            continue;
        switch (node->sets[i].type) {
        case TYPE_A:
        case TYPE_AAAA:
            bits |= NAMES_ADDRESS;
            break;
        case TYPE_CNAME:
            bits |= NAMES_CNAME;
            break;
        case TYPE_DNAME:
            bits |= NAMES_DNAME;
            break;
        default:
            break;
        }
    }
    return bits;
}

bool names_add(struct names *names, const struct node *node, struct err *err)
{
    if (node->place == NODE_DENIAL)
        return true;
    uint8_t key[NAMEKEY_ROOM];
    size_t length = namekey_make(key, node->owner, node->owner_length, names->apex_length);
    const struct place place = {namekey_chunk(key, length, 0), names->keys.length};
    uint8_t *item = arena_reserve(&names->keys, ITEM_HEAD + length, err);
    uint8_t *to = item != NULL ? arena_reserve(&names->index, sizeof place, err) : NULL;
    if (to == NULL)
        return false;
    item[0] = (uint8_t)bits_of(node);
    item[1] = (uint8_t)(length >> 8);
    item[2] = (uint8_t)length;
    memcpy(item + ITEM_HEAD, key, length);
    memcpy(to, &place, sizeof place);
    names->keys.length += ITEM_HEAD + length;
    names->index.length += sizeof place;
    names->count++;
    return true;
}

static struct place place_at(const struct names *names, size_t index)
{
    struct place place;
    memcpy(&place, names->index.base + index * sizeof place, sizeof place);
    return place;
}

static const uint8_t *item_at(const struct names *names, size_t index)
{
    return names->keys.base + place_at(names, index).at;
}

static size_t key_length(const uint8_t *item)
{
    return (size_t)item[1] << 8 | item[2];
}

static bool comes_before(const struct names *names, struct place place, uint64_t chunk,
                         const uint8_t *key, size_t length)
{
    if (place.chunk != chunk)
        return place.chunk < chunk;
    const uint8_t *item = names->keys.base + place.at;
    return order_octets(item + ITEM_HEAD, key_length(item), key, length) < 0;
}

/* The index of the first name that does not come before the key. */
static size_t first_from(const struct names *names, const uint8_t *key, size_t length)
{
    uint64_t chunk = namekey_chunk(key, length, 0);
    size_t from = 0, end = names->count;
    while (from < end) {
        size_t middle = from + (end - from) / 2;
        if (comes_before(names, place_at(names, middle), chunk, key, length))
            from = middle + 1;
        else
            end = middle;
    }
    return from;
}

/* Whether the item is the name of the key, or lies below it: its key goes on with a new label. */
static bool is_within(const uint8_t *item, const uint8_t *key, size_t length)
{
    size_t of_item = key_length(item);
    return of_item >= length && memcmp(item + ITEM_HEAD, key, length) == 0 &&
           (of_item == length || length == 0 || item[ITEM_HEAD + length] == 0);
}

/* The item of the name, or NULL; *exists tells whether there is the name or one below it. */
static const uint8_t *look_up(const struct names *names, const uint8_t *key, size_t length,
                              bool *exists)
{
    size_t index = first_from(names, key, length);
    const uint8_t *item = index < names->count ? item_at(names, index) : NULL;
    *exists = item != NULL && is_within(item, key, length);
    return *exists && key_length(item) == length ? item : NULL;
}

/* The length of the key of the name above: labels are parted by 00. */
static size_t parent_length(const uint8_t *key, size_t length)
{
    while (length > 0 && key[length - 1] != 0)
        length--;
    return length > 0 ? length - 1 : 0;
}

/* What answers for a name that is not there, below the closest name that is (RFC 4592 section
 * 3.3.1). */
static enum names_way find_wildcard(const struct names *names, uint8_t key[NAMEKEY_ROOM],
                                    size_t length, unsigned *bits)
{
    bool exists;
    if (length > 0)
        key[length++] = 0;
    key[length++] = '*';
    const uint8_t *item = look_up(names, key, length, &exists);
    if (item == NULL)
        return exists ? NAMES_EMPTY : NAMES_NONE;
    *bits = item[0];
    return NAMES_WILDCARD;
}

/* Whether a delegation or DNAME lies above the name. */
static bool is_cut_off(const struct names *names, const uint8_t *key, size_t length)
{
    bool exists;
    while (length > 0) {
        length = parent_length(key, length);
        const uint8_t *item = look_up(names, key, length, &exists);
        if (item != NULL && (item[0] & (NAMES_CUT | NAMES_DNAME)) != 0)
            return true;
    }
    return false;
}

enum names_way names_find(const struct names *names, const uint8_t *name, size_t length,
                          unsigned *bits)
{
    uint8_t key[NAMEKEY_ROOM + 2];
    bool exists;
    *bits = 0;
    size_t key_size = namekey_make(key, name, length, names->apex_length);
    const uint8_t *item = look_up(names, key, key_size, &exists);
    if (item != NULL) {
        *bits = item[0];
        return NAMES_EXACT;
    }
    if (is_cut_off(names, key, key_size))
        return NAMES_DELEGATED;
    if (exists)
        return NAMES_EMPTY;
    do
        key_size = parent_length(key, key_size);
    while (look_up(names, key, key_size, &exists) == NULL && !exists && key_size > 0);
    return find_wildcard(names, key, key_size, bits);
}
