/* The names of a zone that NSEC3 records may stand for, hashed.
 *
 * Purpose: collects them as they pass in canonical order, finds the empty non-terminals between
 * them, and hashes all with each set of parameters.
 * Owns: a row for each name, its first label, and its hashes; the bitmaps of types, each mostly
 * once. A name is put together from the labels when a finding needs it.
 * Borrows: apex, pool and halt, for its life; names, for the call. */
#ifndef VERIFY_NSEC3_NAMES_H
#define VERIFY_NSEC3_NAMES_H

#include "base/arena.h"
#include "base/halt.h"
#include "base/work.h"
#include "dns/name.h"
#include "verify/nsec3_hash.h"

enum { NSEC3_CHAINS = 4 }; /* sets of parameters */

enum nsec3_kind {
    NSEC3_REQUIRED,
    NSEC3_INSECURE, /* a delegation without DS: may be left out by opt-out */
    NSEC3_EMPTY,    /* an empty non-terminal with only such below it: likewise */
};

/* A bitmap of types; those with the same offset are the same. */
struct nsec3_map {
    uint32_t at;
    uint16_t length;
};

#define NSEC3_NO_ROW UINT32_MAX

struct nsec3_row {
    uint32_t parent; /* a row before it; NSEC3_NO_ROW: it is the apex */
    uint32_t label;  /* where it is */
    uint32_t map;
    uint16_t map_length;
    uint8_t kind;         /* enum nsec3_kind */
    bool present, wanted; /* of who compares */
};

struct nsec3_names;

/* Error: ERR_MEMORY. */
struct nsec3_names *nsec3_names_new(const uint8_t *apex, size_t apex_length,
                                    const struct nsec3_param params[], unsigned count,
                                    struct work *work, const struct halt *halt, struct err *err);
void nsec3_names_free(struct nsec3_names *names);

/* Adds the next name, in lower case; the apex comes first. Errors: ERR_MEMORY; those of the halt.
 */
bool nsec3_names_add(struct nsec3_names *names, const uint8_t *name, size_t length,
                     enum nsec3_kind kind, const uint8_t *map, size_t map_length, struct err *err);

/* Hashes what is left: then the rows and hashes can be had. Errors as of nsec3_names_add. */
bool nsec3_names_end(struct nsec3_names *names, struct err *err);

struct nsec3_row *nsec3_names_rows(const struct nsec3_names *names, size_t *count);
const uint8_t *nsec3_names_hash(const struct nsec3_names *names, unsigned chain, size_t row);

/* Writes the name of a row, and returns its length. */
size_t nsec3_names_name(const struct nsec3_names *names, size_t row, uint8_t out[NAME_MAX_WIRE]);

/* Keeps a bitmap, also one of a record; mostly one that is there already. Error: ERR_MEMORY. */
bool nsec3_names_keep_map(struct nsec3_names *names, const uint8_t *map, size_t length,
                          struct nsec3_map *kept, struct err *err);
const uint8_t *nsec3_names_map(const struct nsec3_names *names, uint32_t at);

#endif
