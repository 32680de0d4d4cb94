/* What is found by a string of octets.
 *
 * Purpose: one table for names, words and whatever else is to be there once; entries are numbered
 * in the order in which they came.
 * Owns: copies of the keys. Borrows: the values, until dict_fini.
 * Never: takes an entry out. */
#ifndef BASE_DICT_H
#define BASE_DICT_H

#include "base/arena.h"

struct dict_entry {
    size_t at; /* of its key, in the arena */
    uint32_t length, hash;
    void *value;
};

/* A fresh dict is all zero but for the seed: a number that nobody can guess, where somebody could
 * choose keys so that they get into each other's way. */
struct dict {
    uint64_t seed;
    struct arena keys;
    struct dict_entry *entries;
    size_t count, room;
    uint32_t *slots; /* the number of an entry and one; 0: free. Their number is a power of two */
    size_t slot_count;
};

/* Finds the entry of a key of n octets. */
bool dict_find(const struct dict *dict, const void *key, size_t n, size_t *index);

/* The value of a key, or NULL if it is not there. */
void *dict_value(const struct dict *dict, const void *key, size_t n);

/* Adds a key, which is not there yet, as entry number dict->count. Error: ERR_MEMORY; then nothing
 * has changed. */
bool dict_add(struct dict *dict, const void *key, size_t n, void *value, struct err *err);

/* The key of an entry; it may move with the next dict_add. */
static inline const uint8_t *dict_key(const struct dict *dict, size_t index, size_t *n)
{
    *n = dict->entries[index].length;
    return dict->keys.base + dict->entries[index].at;
}

void dict_fini(struct dict *dict);

#endif
