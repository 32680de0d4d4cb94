/* The members of a catalog zone that a file holds.
 *
 * Purpose: reads the file whole, by its sum, and makes a catalog of it (zone/catalog).
 * Owns: nothing after a call.
 * Never: takes a part of a file for a catalog; prints. */
#ifndef JOB_MEMBERS_H
#define JOB_MEMBERS_H

#include "base/halt.h"
#include "io/loop.h"
#include "zone/catalog.h"

struct members_config {
    const char *path;
    const uint8_t *zone; /* the catalog, in wire form */
    uint8_t zone_length;
    bool may_be_empty;
    const struct loop *loop;
    uint64_t deadline; /* of loop_now */
    const struct halt *halt;
};

/* Returns the catalog, for catalog_free, or NULL. Errors: those of catalog_sink, of reading the
 * file; ERR_CATALOG_EMPTY. */
struct catalog *members_read(const struct members_config *config, struct err *err);

#endif
