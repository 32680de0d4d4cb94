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
 *         | with the flag MORE: u64 how often it came beside this once
 *
 * Numbers are in the machine's byte order, and not aligned. A reference is an offset in the arena.
 *
 * What is read in order are rows: records, each once, from memory (store_held) or from a disk
 * (store_pieces), which makes no difference to whoever reads them. */
#ifndef ZONE_STORE_ROWS_H
#define ZONE_STORE_ROWS_H

#include "base/arena.h"
#include "base/chunksort.h"
#include "dns/namekey.h"
#include "dns/order.h"
#include "zone/store.h"

#include <stdint.h>
#include <string.h>

/* Zones that come in a few ascending parts, such as names and then hashed names (NSEC3), are
 * merged rather than sorted. */
enum { PARTS_MAX = 8 };

enum { KEY_HEAD = 2, RECORD_HEAD = 9 };

enum record_flag { LAST = 1, OPAQUE = 2, RDATA_CASE = 4, OWNER_CASE = 8, MORE = 16 };

/* What is in memory. */
struct held {
    struct arena arena;
    uint64_t runs, records, parts;
    size_t starts[PARTS_MAX]; /* where the first parts begin */

    size_t run;    /* the last run, and its last record */
    size_t record; /* 0: none yet */

    /* The runs in the order of their keys, where there are more than PARTS_MAX parts; otherwise
     * NULL. */
    struct chunksort_item *index;
    size_t sorted; /* so many are sorted by more than the first chunk */
};

struct piece {
    uint64_t at, end; /* in the place */
};

/* What is on a disk. */
struct pieces {
    const struct store_config *config;
    int place; /* -1: none yet */
    uint64_t end;
    struct piece *list;
    size_t count, capacity;
};

struct store {
    struct sink sink;
    struct store_config config;
    struct held held;
    struct pieces pieces;

    uint8_t apex[NAME_MAX_WIRE]; /* in lower case */
    uint8_t apex_given[NAME_MAX_WIRE];
    struct store_facts facts;
};

struct key {
    const uint8_t *octets;
    size_t length;
};

static inline struct key rows_key(const uint8_t *run)
{
    uint16_t length;
    memcpy(&length, run, sizeof length);
    return (struct key){run + KEY_HEAD, length};
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
    uint64_t more;              /* how often it came beside this once */
    uint32_t ttl;
    uint16_t type, length;
    uint8_t flags;
};

/* Reads what only few records have, and returns where it ends. */
static inline const uint8_t *rows_rest(const uint8_t *from, struct record *record)
{
    if ((record->flags & RDATA_CASE) != 0) {
        record->given_rdata = from;
        from += record->length;
    }
    if ((record->flags & OWNER_CASE) != 0) {
        record->given_owner = from + 1;
        from += 1 + from[0];
    }
    if ((record->flags & MORE) != 0) {
        memcpy(&record->more, from, sizeof record->more);
        from += sizeof record->more;
    }
    return from;
}

/* Reads a record and returns where it ends. */
static inline const uint8_t *rows_record(const uint8_t *from, struct record *record)
{
    record->flags = from[0];
    memcpy(&record->type, from + 1, sizeof record->type);
    memcpy(&record->length, from + 3, sizeof record->length);
    memcpy(&record->ttl, from + 5, sizeof record->ttl);
    from += RECORD_HEAD;
    record->rdata = record->given_rdata = from;
    record->given_owner = NULL;
    record->more = 0;
    from += record->length;
    if ((record->flags & (RDATA_CASE | OWNER_CASE | MORE)) != 0)
        return rows_rest(from, record);
    return from;
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

/* Merges a record into another that is the same but for TTL and letter case. Returns whether what
 * it leads to is now that of the second one. An owner that came with a capital is below the same
 * one in canonical form, which has none. */
static inline bool rows_merge(struct record *into, const struct record *record, bool keep_case)
{
    uint32_t ttl = record->ttl < into->ttl ? record->ttl : into->ttl;
    uint64_t more = into->more + record->more + 1;
    const uint8_t *a = record->given_owner, *b = into->given_owner;
    int order = 0;
    if (keep_case && (a != NULL || b != NULL))
        order = a == NULL ? 1 : b == NULL ? -1 : memcmp(a, b, a[-1]);
    if (keep_case && order == 0)
        order = memcmp(record->given_rdata, into->given_rdata, into->length);
    if (order < 0)
        *into = *record;
    into->ttl = ttl;
    into->more = more;
    return order < 0;
}

/* A record in its place, with all that are the same merged into it. */
struct row {
    struct key key; /* of the owner */
    bool first;     /* of those with this owner */
    struct record record;
};

/* The records of a zone in canonical order, each once. */
struct rows {
    /* SOURCE_RR, SOURCE_END or SOURCE_FAIL. What the row leads to lasts until the next is asked
     * for; nothing of the row need be there before. */
    _Alignas(uint64_t) enum source_event (*next)(struct rows *rows, struct row *row,
                                                 struct err *err);
    void (*free)(struct rows *rows);
};

#endif
