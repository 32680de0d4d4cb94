/* How the store lays out a zone; only the files of the store include this.
 *
 * The arena holds runs, one after the other. A run is
 *
 *     u16 length of the key | key | record | record ...
 *
 * where the last record has the flag LAST, and a record is
 *
 *     u8 flags | u16 type | u16 RDLENGTH | u32 TTL | canonical RDATA
 *         | with the flag RDATA_CASE: RDATA as it came, of the same length
 *         | with the flag OWNER_CASE: u8 length | owner as it came
 *
 * Numbers are in the machine's byte order, and not aligned. A reference is an offset in the arena.
 */
#ifndef ZONE_STORE_ROWS_H
#define ZONE_STORE_ROWS_H

#include "base/arena.h"
#include "base/chunksort.h"
#include "dns/namekey.h"
#include "dns/order.h"
#include "zone/store.h"

#include <string.h>

/* Zones that come in a few ascending parts, such as names and then hashed names (NSEC3), are
 * merged rather than sorted. */
enum { PARTS_MAX = 8 };

enum { KEY_HEAD = 2, RECORD_HEAD = 9 };

enum record_flag { LAST = 1, OPAQUE = 2, RDATA_CASE = 4, OWNER_CASE = 8 };

struct store {
    struct sink sink;
    struct store_config config;
    struct arena arena;

    uint8_t apex[NAME_MAX_WIRE]; /* in lower case */
    uint8_t apex_given[NAME_MAX_WIRE];
    struct store_facts facts;
    size_t parts[PARTS_MAX]; /* where the first parts begin */

    size_t run;    /* the last run, and its last record */
    size_t record; /* 0: none yet */

    /* The runs in the order of their keys, where there are more than PARTS_MAX parts; otherwise
     * NULL. */
    struct chunksort_item *index;
    size_t sorted; /* so many are sorted by more than the first chunk */
};

struct key {
    const uint8_t *octets;
    size_t length;
};

static inline struct key rows_key(const struct store *store, size_t run)
{
    uint16_t length;
    memcpy(&length, store->arena.base + run, sizeof length);
    return (struct key){store->arena.base + run + KEY_HEAD, length};
}

/* Compares two keys that agree up to `from`, like memcmp. */
static inline int rows_compare_keys(struct key a, struct key b, size_t from)
{
    return order_octets_from(a.octets, a.length, b.octets, b.length, from);
}

struct record {
    const uint8_t *rdata;
    const uint8_t *given_rdata; /* as it came */
    const uint8_t *given_owner; /* NULL: it is the canonical one */
    uint32_t ttl;
    uint16_t type, length;
    uint8_t flags;
};

/* Reads the record at an offset and returns where it ends. */
static inline size_t rows_record(const struct store *store, size_t at, struct record *record)
{
    const uint8_t *from = store->arena.base + at;
    record->flags = from[0];
    memcpy(&record->type, from + 1, sizeof record->type);
    memcpy(&record->length, from + 3, sizeof record->length);
    memcpy(&record->ttl, from + 5, sizeof record->ttl);
    from += RECORD_HEAD;
    record->rdata = record->given_rdata = from;
    record->given_owner = NULL;
    from += record->length;
    if ((record->flags & (RDATA_CASE | OWNER_CASE)) != 0) {
        if ((record->flags & RDATA_CASE) != 0) {
            record->given_rdata = from;
            from += record->length;
        }
        if ((record->flags & OWNER_CASE) != 0) {
            record->given_owner = from + 1;
            from += 1 + from[0];
        }
    }
    return (size_t)(from - store->arena.base);
}

/* The first 8 octets as a number that sorts as they do. It may read past the end of a string, which
 * the arena's slack allows. */
static inline uint64_t rows_load(const uint8_t *octets)
{
    uint64_t value;
    memcpy(&value, octets, sizeof value);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value;
}

/* A chunk of a key is eight octets, with zeros after the end. It is unambiguous, because no key has
 * two zeros in a row or ends in one (see namekey.h). */
static inline uint64_t rows_key_chunk(struct key key, size_t from)
{
    size_t left = key.length - from;
    if (key.length <= from)
        return 0;
    uint64_t value = rows_load(key.octets + from);
    return left < 8 ? value & ~(UINT64_MAX >> 8 * left) : value;
}

extern const struct chunksort_strings rows_keys;

#endif
