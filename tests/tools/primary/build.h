/*
 * build: the octets of one message in the making: records, and the compression of their names.
 *
 * Owns: the row of octets, which is used again for the next message.
 * Borrows: names and records, for the time of the call.
 * Never: writes a header or counts what it adds; the caller does both.
 */
#ifndef PRIMARY_BUILD_H
#define PRIMARY_BUILD_H

#include "bytes.h"
#include "history.h"

#include <stdbool.h>
#include <stdint.h>

enum { BUILD_POINTER_LIMIT = 0x4000 }; /* a compression pointer has 14 bits */

enum compress {
    COMPRESS_STD, /* owners, and names in the RDATA of the types of RFC 1035 */
    COMPRESS_ALL,
    COMPRESS_NONE
};
#define COMPRESS_MODES "std all none"

struct build {
    enum compress compress;
    struct bytes message;
    unsigned answers, authority, additional;
    uint16_t suffixes[BUILD_POINTER_LIMIT]; /* hash table: offsets of names, 0 is free */
};

/* Forgets the message before. */
void build_clear(struct build *b);

/* Names are compared with their case, so that compression changes none. */
void build_name(struct build *b, const uint8_t *name, bool compress);

/* The fixed part of a record behind its owner. */
void build_fixed(struct build *b, unsigned type, unsigned class, uint32_t ttl, unsigned length);

/* Sets the RDLENGTH of a record whose RDATA begins at this place and ends where the message ends.
 */
void build_set_length(struct build *b, size_t rdata_at);

void build_record(struct build *b, const struct record *r);

#endif
