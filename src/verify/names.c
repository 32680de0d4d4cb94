#include "verify/names.h"

#include "base/copy.h"
#include "dns/namekey.h"
#include "dns/order.h"

#include <stdlib.h>
#include <string.h>

/* So many slots are looked at for a key, whatever keys somebody has chosen: what is not there is
 * found by searching. */
enum { ITEM_HEAD = 3, PROBES = 8 };

/* Of a name, in the index. The chunk is the beginning of its key, as a number: most comparisons of
 * a search need nothing else, and so touch no key, each of which is somewhere else in memory. */
struct names_place {
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
    free(names->index);
    free(names->slots);
    names->index = NULL;
    names->slots = NULL;
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
    size_t length = node->key_length;
    uint8_t *item = arena_reserve(&names->keys, ITEM_HEAD + length, err);
    if (item == NULL)
        return false;
    unsigned bits = bits_of(node);
    item[0] = (uint8_t)bits;
    item[1] = (uint8_t)(length >> 8);
    item[2] = (uint8_t)length;
    copy_few(item + ITEM_HEAD, node->key, length);
    names->bits |= bits;
    names->has_asterisk |= memchr(node->key, '*', length) != NULL;
    names->last = names->keys.length;
    names->keys.length += ITEM_HEAD + length;
    names->count++;
    return true;
}

static size_t key_length(const uint8_t *item)
{
    return (size_t)item[1] << 8 | item[2];
}

size_t names_name(const struct names *names, size_t at, uint8_t out[NAME_MAX_WIRE])
{
    const uint8_t *item = names->keys.base + at;
    return namekey_name(out, item + ITEM_HEAD, key_length(item), names->apex, names->apex_length);
}

/* ---- By hash ------------------------------------------------------------------------------- */

/* Of eight octets a step, the last ones of which may be taken twice. */
static size_t hash_of(const uint8_t *key, size_t length)
{
    uint64_t hash = length, octets;
    for (size_t i = 0; i + sizeof octets < length; i += sizeof octets) {
        memcpy(&octets, key + i, sizeof octets);
        hash = (hash ^ octets) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    hash = (hash ^ namekey_chunk(key, length, length > 8 ? length - 8 : 0)) * 0x9e3779b97f4a7c15u;
    return (size_t)(hash ^ hash >> 32);
}

/* Without memory there is none. */
static void make_table(struct names *names)
{
    size_t slots = 2;
    while (slots / 3 < names->count / 2) /* two in three are taken, at most */
        slots *= 2;
    names->slots = calloc(slots, sizeof *names->slots);
    names->mask = slots - 1;
    for (size_t at = 0; names->slots != NULL && at < names->keys.length;) {
        const uint8_t *item = names->keys.base + at;
        size_t length = key_length(item), slot = hash_of(item + ITEM_HEAD, length);
        unsigned probe = 0;
        while (probe < PROBES && names->slots[(slot + probe) & names->mask] != 0)
            probe++;
        if (probe < PROBES)
            names->slots[(slot + probe) & names->mask] = (uint32_t)at + 1;
        at += ITEM_HEAD + length;
    }
}

bool names_end(struct names *names, uint64_t questions, struct err *err)
{
    enum { RARE = 8 }; /* fewer questions than a name in so many are not worth a table */
    if (questions == 0 || names->count == 0)
        return true;
    if (names->count <= SIZE_MAX / sizeof *names->index)
        names->index = malloc(names->count * sizeof *names->index);
    if (names->index == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    size_t at = 0;
    for (size_t i = 0; i < names->count; i++) {
        const uint8_t *item = names->keys.base + at;
        size_t length = key_length(item);
        names->index[i] =
            (struct names_place){.chunk = namekey_chunk(item + ITEM_HEAD, length, 0), .at = at};
        at += ITEM_HEAD + length;
    }
    if (questions > names->count / RARE && names->keys.length < UINT32_MAX)
        make_table(names);
    return true;
}

/* ---- By order ------------------------------------------------------------------------------ */

static bool comes_before(const struct names *names, struct names_place place, uint64_t chunk,
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
        if (comes_before(names, names->index[middle], chunk, key, length))
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
    const uint8_t *item = index < names->count ? names->keys.base + names->index[index].at : NULL;
    *exists = item != NULL && is_within(item, key, length);
    return *exists && key_length(item) == length ? item : NULL;
}

/* The item of the name, or NULL. */
static const uint8_t *find_item(const struct names *names, const uint8_t *key, size_t length)
{
    bool ignored;
    size_t slot = hash_of(key, length);
    for (unsigned probe = 0; names->slots != NULL && probe < PROBES; probe++) {
        uint32_t at = names->slots[(slot + probe) & names->mask];
        if (at == 0) /* it would be here */
            return NULL;
        const uint8_t *item = names->keys.base + at - 1;
        if (key_length(item) == length && memcmp(item + ITEM_HEAD, key, length) == 0)
            return item;
    }
    return look_up(names, key, length, &ignored);
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
    while (length > 0) {
        length = parent_length(key, length);
        const uint8_t *item = find_item(names, key, length);
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
    const uint8_t *item = find_item(names, key, key_size);
    if (item != NULL) {
        *bits = item[0];
        return NAMES_EXACT;
    }
    if (is_cut_off(names, key, key_size))
        return NAMES_DELEGATED;
    look_up(names, key, key_size, &exists);
    if (exists)
        return NAMES_EMPTY;
    if (!names->has_asterisk)
        return NAMES_NONE;
    do
        key_size = parent_length(key, key_size);
    while (look_up(names, key, key_size, &exists) == NULL && !exists && key_size > 0);
    return find_wildcard(names, key, key_size, bits);
}

enum names_way names_find_glue(const struct names *names, size_t at, const uint8_t *name,
                               size_t length, unsigned *bits)
{
    enum { CLOSE = 16 }; /* so many names are looked at */
    uint8_t key[NAMEKEY_ROOM];
    size_t key_size = namekey_make(key, name, length, names->apex_length);
    *bits = 0;
    for (unsigned i = 0; i < CLOSE && at < names->keys.length; i++) {
        const uint8_t *item = names->keys.base + at;
        size_t of_item = key_length(item);
        int order = order_octets(item + ITEM_HEAD, of_item, key, key_size);
        if (order == 0)
            *bits = item[0];
        if (order >= 0)
            return order == 0 ? NAMES_EXACT : NAMES_DELEGATED;
        at += ITEM_HEAD + of_item;
    }
    return at < names->keys.length ? names_find(names, name, length, bits) : NAMES_DELEGATED;
}
