#include "verify/keys.h"

#include "base/cursor.h"
#include "base/mergesort.h"
#include "dns/order.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD = 4, PROTOCOL = 3, RSAMD5 = 1 };

uint16_t keys_tag(const uint8_t *rdata, size_t length)
{
    uint32_t sum = 0;
    if (rdata[3] == RSAMD5) /* of the modulus (RFC 4034 appendix B.1) */
        return length >= HEAD + 3 ? octets_u16(rdata + length - 3) : 0;
    for (size_t i = 0; i < length; i++)
        sum += i % 2 == 0 ? (uint32_t)rdata[i] << 8 : rdata[i];
    return (uint16_t)(sum + (sum >> 16));
}

static enum key_state judge(const struct key *key)
{
    if ((key->flags & KEY_FLAG_ZONE) == 0 || key->protocol != PROTOCOL)
        return KEY_NOT_ZONE;
    if (key->public.state == PUBKEY_UNKNOWN)
        return KEY_UNKNOWN;
    if (key->public.state != PUBKEY_GOOD)
        return KEY_UNUSABLE;
    return (key->flags & KEY_FLAG_REVOKE) != 0 ? KEY_REVOKED : KEY_GOOD;
}

static bool add_key(struct keys *keys, const uint8_t *rdata, uint16_t length, struct err *err)
{
    uint8_t *copy = arena_reserve(&keys->octets, length, err);
    if (copy == NULL)
        return false;
    memcpy(copy, rdata, length);
    struct key *key = &keys->items[keys->count];
    *key = (struct key){
        .tag = keys_tag(rdata, length),
        .flags = octets_u16(rdata),
        .protocol = rdata[2],
        .algorithm = rdata[3],
        .rdata = keys->octets.length,
        .rdlength = length,
    };
    keys->octets.length += length;
    if (!pubkey_init(&key->public, key->algorithm, rdata + HEAD, length - (size_t)HEAD, err))
        return false;
    key->state = judge(key);
    keys->count++;
    return true;
}

static int order_keys(const struct key *key, uint16_t tag, uint8_t algorithm)
{
    int order = order_types(key->tag, tag);
    return order != 0 ? order : order_types(key->algorithm, algorithm);
}

static int compare_places(const void *a, const void *b, void *context)
{
    const struct key *items = context;
    const struct key *right = &items[*(const size_t *)b];
    return order_keys(&items[*(const size_t *)a], right->tag, right->algorithm);
}

static bool fill(struct keys *keys, const struct node *node, const struct node_set *set,
                 struct err *err)
{
    const struct mergesort by_tag = {.compare = compare_places, .context = keys->items};
    for (size_t i = 0; i < set->count; i++) {
        const struct node_record *record = &node->records[set->first + i];
        if (record->rdlength >= HEAD &&
            !add_key(keys, node_rdata(node, set->first + i), record->rdlength, err))
            return false;
    }
    for (size_t i = 0; i < keys->count; i++)
        keys->order[i] = i;
    return mergesort_run(&by_tag, keys->order, keys->count, sizeof *keys->order, err);
}

struct keys *keys_new(const struct node *node, const struct node_set *set, struct err *err)
{
    struct keys *keys = calloc(1, sizeof *keys);
    if (keys == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    if (set == NULL || set->count == 0)
        return keys;
    keys->items = calloc(set->count, sizeof *keys->items);
    keys->order = calloc(set->count, sizeof *keys->order);
    if (keys->items == NULL || keys->order == NULL)
        err_set(err, ERR_MEMORY, "out of memory");
    else if (fill(keys, node, set, err))
        return keys;
    keys_free(keys);
    return NULL;
}

void keys_free(struct keys *keys)
{
    if (keys == NULL)
        return;
    for (size_t i = 0; i < keys->count; i++)
        pubkey_fini(&keys->items[i].public);
    arena_fini(&keys->octets);
    free(keys->items);
    free(keys->order);
    free(keys);
}

const struct key *keys_next(const struct keys *keys, size_t *at, uint16_t tag, uint8_t algorithm)
{
    size_t from = *at, end = from == 0 ? keys->count : from;
    while (from < end) { /* the first one that is not before it */
        size_t middle = from + (end - from) / 2;
        if (order_keys(&keys->items[keys->order[middle]], tag, algorithm) < 0)
            from = middle + 1;
        else
            end = middle;
    }
    *at = from + 1;
    if (from >= keys->count)
        return NULL;
    const struct key *key = &keys->items[keys->order[from]];
    return order_keys(key, tag, algorithm) == 0 ? key : NULL;
}
