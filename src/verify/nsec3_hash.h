/* Hashes of names (RFC 5155 section 5).
 *
 * Purpose: the only place that makes them.
 * Owns: a context, for one thread.
 * Borrows: names, for the call. */
#ifndef VERIFY_NSEC3_HASH_H
#define VERIFY_NSEC3_HASH_H

#include "base/err.h"

#include <stdint.h>

enum { NSEC3_HASH_LENGTH = 20, NSEC3_HASH_SHA1 = 1 };

struct nsec3_param {
    uint16_t iterations; /* additional ones */
    uint8_t salt_length;
    uint8_t salt[255];
};

/* How many blocks of 64 octets are hashed for a name, about. */
unsigned nsec3_hash_work(const struct nsec3_param *param);

/* Error: ERR_MEMORY. */
struct nsec3_hash;
struct nsec3_hash *nsec3_hash_new(struct err *err);
void nsec3_hash_free(struct nsec3_hash *hash);

/* Hashes a name in wire form and lower case. Error: ERR_MEMORY. */
bool nsec3_hash_name(struct nsec3_hash *hash, const struct nsec3_param *param, const uint8_t *name,
                     size_t length, uint8_t out[NSEC3_HASH_LENGTH], struct err *err);

#endif
