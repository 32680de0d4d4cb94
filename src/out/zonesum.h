/* The sum of a zone that is not kept: a sink that adds up lines.
 *
 * Purpose: what the end line of a sorted file would say of the zone, its sum and its records, while
 * the records come in any order and none of them is written. Two copies of a zone have the same sum
 * if they have the same records; records that a server sends twice count twice. Owns: what is in
 * the object, and room for one line. Never: keeps a record. */
#ifndef OUT_ZONESUM_H
#define OUT_ZONESUM_H

#include "base/sum.h"
#include "dns/rr.h"

struct zonesum {
    struct sum sum;
    uint64_t records;
    uint32_t serial;
};

/* A sink for one zone, to be freed by its `free`; the result is valid after its end. Error:
 * ERR_MEMORY. Errors of a record: ERR_MEMORY. */
struct sink *zonesum_new(struct zonesum *result, struct err *err);

#endif
